"""Predict a character by counting what followed the last few: the rival of every network in chapter ``07_char_lm``.

The probability of a character c after the context h mixes what was counted after h with the probability after the
context without its oldest character,

    p(c | h) = (count(h c) + K(h) p(c | h')) / (count(h) + K(h)),

where K(h) is how many different characters were seen after h: a context that has been followed by many kinds is
likely to be followed by yet another. Below the empty context all characters are alike.
"""

import copy
from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np


class Level(NamedTuple):
    """Counts for contexts of one length. A context is a number; so is a context with the character after it.

    Attributes
    ----------
    contexts : numpy.ndarray
        Sorted keys: number of the context one shorter, times V, plus the older character. The place of a
        key is the number of its context.
    grams : numpy.ndarray
        Sorted keys: number of the context, times V, plus the character after it.
    ends : numpy.ndarray
        Cumulative counts of ``grams``.
    totals, kinds : numpy.ndarray
        For each context: characters seen after it, and how many different ones.
    """

    contexts: np.ndarray
    grams: np.ndarray
    ends: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray


class NGram:
    """A Witten-Bell model of the given order, learned in one pass.

    Parameters
    ----------
    ids : numpy.ndarray of int
        Shape (N,), in [0, V): the training text.
    order : int
        Characters counted together: the predicted one and ``order - 1`` before it.
    vocab_size : int
        V.

    References
    ----------
    Witten & Bell (1991), doi:10.1109/18.87000, method C; interpolated as in Chen & Goodman (1999).
    """

    def __init__(self, ids: np.ndarray, order: int, vocab_size: int) -> None:
        if order < 1:
            raise ValueError(f"order must be at least 1, got {order}")
        self.order, self.vocab_size = order, vocab_size
        self.levels: list[Level] = []
        ids = np.asarray(ids, np.int64)
        context = np.zeros(len(ids), np.int64)
        for k in range(min(order, len(ids))):
            if k:  # the k characters before each place, by the number of the k - 1 before it
                keys = context[1:] * vocab_size + ids[: len(ids) - k]
                contexts, context = np.unique(keys, return_inverse=True)
            else:
                contexts = np.zeros(1, np.int64)
            grams, counts = np.unique(context * vocab_size + ids[k:], return_counts=True)
            after = grams // vocab_size
            totals, kinds = np.bincount(context), np.bincount(after)
            self.levels.append(Level(contexts, grams, np.cumsum(counts), totals, kinds))

    def of_order(self, order: int) -> Self:
        """Return the model of a lower order, which is what would have been learned in its place."""
        if not 1 <= order <= self.order:
            raise ValueError(f"order must be from 1 to {self.order}, got {order}")
        model = copy.copy(self)
        model.order, model.levels = order, self.levels[:order]
        return model

    @property
    def parameters(self) -> int:
        """Number of counts that are stored."""
        return sum(len(level.grams) for level in self.levels)

    @property
    def nbytes(self) -> int:
        """Memory of all tables, in bytes."""
        return sum(array.nbytes for level in self.levels for array in level)

    def probabilities(self, ids: np.ndarray) -> np.ndarray:
        """Return the probability of each character of a text after those before it.

        Parameters
        ----------
        ids : numpy.ndarray of int
            Shape (N,).

        Returns
        -------
        numpy.ndarray
            Shape (N,), float64.
        """
        ids = np.asarray(ids, np.int64)
        p = np.full(len(ids), 1 / self.vocab_size)
        for level, context in zip(self.levels, self.contexts_of(ids), strict=True):
            place = find_keys(level.grams, context * self.vocab_size + ids)
            count = np.where(place >= 0, np.diff(level.ends, prepend=0)[place], 0)
            total, kinds = level.totals[context], level.kinds[context]
            p = np.where(context >= 0, (count + kinds * p) / (total + kinds), p)  # eq: witten-bell
        return p

    def contexts_of(self, ids: np.ndarray) -> Iterator[np.ndarray]:
        """Yield for each level the numbers of the contexts in which the characters of a text stand, -1 if not seen.

        Parameters
        ----------
        ids : numpy.ndarray of int
            Shape (N,).

        Yields
        ------
        numpy.ndarray of int
            Shape (N,).
        """
        context = np.zeros(len(ids), np.int64)
        for k, level in enumerate(self.levels):
            if k:
                older = np.concatenate([np.full(min(k, len(ids)), -1), ids[: max(0, len(ids) - k)]])
                context = self._longer(level, context, older)
            yield context

    def _longer(self, level, context, older):
        """Number the contexts that an older character makes of shorter ones; -1 for one never seen."""
        place = find_keys(level.contexts, context * self.vocab_size + older)
        return np.where((context >= 0) & (older >= 0), place, -1)

    def loss(self, ids: np.ndarray) -> float:
        """Return the mean of -ln p over all characters but the first, in nats."""
        return float(-np.log(self.probabilities(ids)[1:]).mean())

    def sample(self, length: int, streams: int, rng: np.random.Generator) -> np.ndarray:
        """Write several texts at once, each from nothing.

        To draw from the mixture, toss for each context from the longest down whether it decides, which has probability
        count(h) / (count(h) + K(h)). If it does, one of the places where it stood is taken, and what followed there.

        Parameters
        ----------
        length, streams : int
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray
            Shape (streams, length).
        """
        V = self.vocab_size
        ids = np.full((streams, self.order - 1 + length), -1)
        for t in range(self.order - 1, ids.shape[1]):
            drawn = rng.integers(0, V, size=streams)
            context = np.zeros(streams, np.int64)
            for k, level in enumerate(self.levels):
                if k:
                    context = self._longer(level, context, ids[:, t - k])
                total, kinds = level.totals[context], level.kinds[context]
                decides = (context >= 0) & (rng.random(streams) * (total + kinds) < total)
                before = np.searchsorted(level.grams, context * V)
                start = np.where(before > 0, level.ends[before - 1], 0)
                picked = np.searchsorted(level.ends, start + rng.integers(0, total), side="right")
                drawn = np.where(decides, level.grams[np.minimum(picked, len(level.grams) - 1)] % V, drawn)
            ids[:, t] = drawn  # the longest context that decided was asked last
        return ids[:, self.order - 1 :]


def find_keys(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the places of numbers in sorted keys, -1 for those that are not there."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)
