"""Symbols, characters or tokens between spaces, and the numbers that stand for them.

The first ids stand for no symbol of a text. Which ones there are depends on what is learned; the symbols of the
training texts come after them, in order:

=============  ================================  =================================================
:data:`TEXT`   ``unknown``                       one long text, chapter ``07_char_lm``
:data:`ROWS`   ``pad unknown``                   texts side by side, chapter ``06_tuning``
:data:`PAIRS`  ``pad begin end unknown``         a source and a target, chapter ``08_seq2seq``
=============  ================================  =================================================
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

TEXT = ("unknown",)
ROWS = ("pad", "unknown")
PAIRS = ("pad", "begin", "end", "unknown")
PAD, BOS, EOS, UNKNOWN = range(4)  # ids in PAIRS
SPECIAL = len(PAIRS)


@dataclass(frozen=True)
class Symbols:
    """The symbols of the training texts, each with an id.

    Attributes
    ----------
    names : tuple of str
        In order; the first has the id after the special ones.
    special : tuple of str
        What the first ids stand for: :data:`TEXT`, :data:`ROWS` or :data:`PAIRS`.
    separator : {"", " "}
        What stands between symbols: nothing between characters, spaces between tokens.
    """

    names: tuple[str, ...]
    special: tuple[str, ...] = PAIRS
    separator: str = ""

    @classmethod
    def learn(
        cls, texts: Iterable[str], *, special: tuple[str, ...] = PAIRS, separator: str = "", least: int = 1
    ) -> Self:
        """Return the symbols of the training texts.

        Parameters
        ----------
        texts : list of str
        special : tuple of str
        separator : {"", " "}
        least : int
            How often a symbol must occur. With 2, those that occur once become the unknown symbol, which
            thereby has something to be learned from.
        """
        counts = Counter()
        for text in texts:
            counts.update(text.split() if separator else text)
        return cls(tuple(sorted(name for name, n in counts.items() if n >= least)), special, separator)

    @property
    def size(self) -> int:
        """V: the symbols and the special ids."""
        return len(self.names) + len(self.special)

    @property
    def unknown(self) -> int:
        """The id of a symbol that the training texts do not have."""
        return self.special.index("unknown")

    def split(self, text: str) -> list[str]:
        """Cut a text into its symbols, known or not."""
        return text.split() if self.separator else list(text)

    def encode(self, text: str) -> np.ndarray:
        """Return the ids of one text, shape (N,), int64."""
        ids = self._ids()
        if self.separator:
            return np.fromiter((ids.get(name, self.unknown) for name in text.split()), np.int64)
        table = np.full(sys.maxunicode + 1, self.unknown)
        table[[ord(name) for name in ids]] = [*ids.values()]
        return table[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)]

    def encode_rows(
        self, texts: Sequence[str], *, length: int | None = None, end: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids of several texts.

        Parameters
        ----------
        texts : list of str
        length : int, optional
            T, to which texts are cut and padded; that of the longest if not given.
        end : bool
            Whether each row gets the end after its last symbol.

        Returns
        -------
        ids : numpy.ndarray
            Shape (N, T), int64: each text from the left, the rest is padding.
        lengths : numpy.ndarray of int
            Shape (N,), the end included.

        Raises
        ------
        ValueError
            If rows should have an end and there is no id for it.
        """
        known, unknown = self._ids(), self.unknown
        if end and "end" not in self.special:
            raise ValueError(f"no id stands for the end of a text among {', '.join(self.special)}")
        last = [self.special.index("end")] if end else []
        rows = [([known.get(name, unknown) for name in self.split(text)] + last)[:length] for text in texts]
        lengths = np.array([len(row) for row in rows], np.int64)
        T = max(lengths, default=0) if length is None else length
        ids = np.full((len(rows), T), self.special.index("pad"), np.int64)
        for row, given in zip(ids, rows, strict=True):
            row[: len(given)] = given
        return ids, lengths

    def decode(self, ids: ArrayLike) -> str:
        """Return the text of one row of ids, up to its end; what is no symbol is shown as U+FFFD."""
        end = self.special.index("end") if "end" in self.special else -1
        shown = []
        for k in np.asarray(ids, int).tolist():
            if k == end:
                break
            shown.append("\ufffd" if k < len(self.special) else self.names[k - len(self.special)])
        return self.separator.join(shown)

    def unknown_in(self, texts: Iterable[str]) -> tuple[list[str], int]:
        """Return the symbols that ``texts`` have and this lacks, in order, and how many texts have one."""
        known = set(self.names)
        strange = [set(self.split(text)) - known for text in texts]
        return sorted(set().union(*strange)), sum(map(bool, strange))

    def knows_some_of(self, text: str) -> bool:
        """Return whether at least one symbol of a text is known."""
        return not set(self.names).isdisjoint(self.split(text))

    def _ids(self):
        return {name: k for k, name in enumerate(self.names, start=len(self.special))}


def listed(names: Sequence[str], most: int = 20) -> str:
    """Return symbols as a message shows them, not too many."""
    return " ".join(map(shortened, names[:most])) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def shortened(text: str, most: int = 40) -> str:
    """Return a text as a message shows it, quoted and not too long."""
    return repr(text if len(text) <= most else f"{text[:most]}...")


def separator_of(texts: Sequence[str]) -> str:
    """Return what separates the symbols of texts: a space if nine texts in ten have one, else nothing."""
    return " " if sum(" " in text for text in texts) >= 0.9 * len(texts) else ""
