"""English words, their sounds, and the syllable that bears the stress: a real question of order.

Chapter ``05_classification``.
"""

import itertools
import zlib
from dataclasses import dataclass

import numpy as np

from lstm_lib.data import cmudict, pad

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FAMILY = 4  # letters: words that begin with the same ones are kept in one part


@dataclass(frozen=True)
class StressedWords:
    """Words with one pronunciation and one main stress.

    Attributes
    ----------
    words : list of str
    sounds : list of list of str
        Phonemes without their stress, ``["F", "AH", "T", …]``.
    marks : list of list of int
        For each phoneme 1 if it is the vowel with the main stress, 0 if it is another vowel, -1 if it is a consonant.
    """

    words: list[str]
    sounds: list[list[str]]
    marks: list[list[int]]

    def __len__(self) -> int:
        return len(self.words)

    def take(self, rows: np.ndarray) -> "StressedWords":
        """Return the words at some places."""
        return StressedWords(*([column[k] for k in rows] for column in (self.words, self.sounds, self.marks)))

    def classes(self) -> np.ndarray:
        """Return which vowel bears the stress, shape (N,): 0 the first, 1 the second, 2 a later one."""
        vowels = ([mark for mark in marks if mark >= 0] for marks in self.marks)
        return np.array([min(marks.index(1), 2) for marks in vowels])


def stressed_words(*, fewest: int = 3, longest: int = 14) -> StressedWords:
    """Read the words of CMUdict that have one pronunciation, with one main stress, in alphabetical order.

    Parameters
    ----------
    fewest : int
        Vowels, so many at least: where there is one, there is nothing to ask.
    longest : int
        Letters at most.

    Returns
    -------
    StressedWords

    Raises
    ------
    InputError
        As :func:`lstm_lib.data.cmudict`.
    """
    lexicon = cmudict(stress=True)
    found = {}
    for part in (lexicon.train, lexicon.validation, lexicon.test):
        for word, spoken in zip(part.sources, part.targets, strict=True):
            found.setdefault(word, []).append(spoken.split())
    rows = []
    for word in sorted(found):
        spoken, *others = found[word]
        marks = [int(sound[-1] == "1") if sound[-1].isdigit() else -1 for sound in spoken]
        if not others and marks.count(1) == 1 and len(marks) - marks.count(-1) >= fewest and len(word) <= longest:
            rows.append((word, [sound.rstrip("012") for sound in spoken], marks))
    return StressedWords(*map(list, zip(*rows, strict=True)))


def family_split(words: list[str], sizes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    """Draw parts of some sizes, so that words which begin with the same letters are in one part.

    *Photograph* would else be learned and *photographs* asked: a twin, which a memory answers.

    Parameters
    ----------
    words : list of str
    sizes : tuple of int
        Words of each part.
    seed : int

    Returns
    -------
    list of numpy.ndarray
        Places in ``words``, in random order.

    Raises
    ------
    ValueError
        If there are too few words for a part.
    """
    order = np.random.default_rng(seed).permutation(len(words))
    lots = np.array([zlib.crc32(f"{seed} {words[k][:FAMILY]}".encode()) / 2**32 for k in order])
    ends = np.cumsum([0, *sizes]) / sum(sizes)
    parts = [order[(first <= lots) & (lots < last)] for first, last in itertools.pairwise(ends)]
    for part, size in zip(parts, sizes, strict=True):
        if len(part) < size:
            raise ValueError(f"{len(words)} words hold no {size} for a part of their own; ask for fewer")
    return [part[:size] for part, size in zip(parts, sizes, strict=True)]


def one_hot_letters(words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return words as vectors, one letter a step.

    Returns
    -------
    xs : numpy.ndarray
        Shape (N, T, 26), float32, zeros after the end.
    lengths : numpy.ndarray of int
        Shape (N,).
    """
    eye = np.eye(len(LETTERS), dtype=np.float32)
    return pad([eye[[LETTERS.index(letter) for letter in word]] for word in words])
