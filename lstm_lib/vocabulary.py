"""Turn texts into numbers that a network can look up: one number for each character."""

from dataclasses import dataclass

import numpy as np

PAD, UNKNOWN = 0, 1  # ids of no character, and of one that the training texts do not have


@dataclass(frozen=True)
class Vocabulary:
    """The characters of the training texts, and the length to which texts are padded.

    Chapter ``04_tuning``.

    Attributes
    ----------
    characters : str
        In order; the first has id 2.
    length : int
        T, the characters of a text that are read.
    """

    characters: str
    length: int

    @classmethod
    def learn(cls, texts, *, length=None):
        """Collect the characters of the training texts.

        Parameters
        ----------
        texts : list of str
        length : int, optional
            That of the longest text if not given.
        """
        return cls("".join(sorted(set().union(*texts))), length or max(map(len, texts)))

    @property
    def size(self):
        """V: characters, and two ids that stand for none and for an unknown one."""
        return len(self.characters) + 2

    def encode(self, texts):
        """Look up ids, shape (N, T): a text fills its row from the left, the rest is ``PAD``."""
        ids = {c: k for k, c in enumerate(self.characters, start=2)}
        rows = np.full((len(texts), self.length), PAD, np.int32)
        for row, text in zip(rows, texts, strict=True):
            known = [ids.get(c, UNKNOWN) for c in text[: self.length]]
            row[: len(known)] = known
        return rows

    def unknown_in(self, texts):
        """Return the characters that ``texts`` have and the vocabulary lacks, and how many texts have one."""
        strange = set().union(*texts) - set(self.characters)
        return "".join(sorted(strange)), sum(not strange.isdisjoint(text) for text in texts)
