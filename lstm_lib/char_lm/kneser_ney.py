"""Predict a character by counting, with the smoothing of Kneser and Ney: the strongest rival that only counts.

Two things differ from :mod:`lstm_lib.char_lm.rivals`. A fixed discount D is taken from each count and handed to the
shorter context, instead of a share that depends on how many kinds of characters followed. And in all contexts but
the longest a character is counted once for each *different* character that stood before the context, not for each time
that it came: what is asked of a short context is how likely the character is where the longer one knows nothing.

    p(c | h) = (n(h c) - D) / n(h) + lambda(h) p(c | h'),  lambda(h) the share of the counts of h that was taken
"""

import numpy as np

from lstm_lib.char_lm.rivals import NGram, find_keys

UNDEFINED = 0.5  # the discount where too few counts of 1 to 4 exist to estimate one


class KneserNey:
    """An interpolated Kneser-Ney model of the given order, with three discounts for each length of context.

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
    Kneser & Ney (1995), doi:10.1109/ICASSP.1995.479394; the form with three discounts: Chen & Goodman (1999),
    doi:10.1006/csla.1999.0128.
    """

    def __init__(self, ids: np.ndarray, order: int, vocab_size: int) -> None:
        self.order, self.vocab_size = order, vocab_size
        self._counted = NGram(ids, order, vocab_size)
        levels = self._counted.levels
        self._tables = [
            _table(level, _continuations(level, levels[k + 1 : k + 2], vocab_size), vocab_size)
            for k, level in enumerate(levels)
        ]

    @property
    def parameters(self) -> int:
        """Number of counts that are stored."""
        return self._counted.parameters

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
        for (grams, taken_from, totals, left), context in zip(
            self._tables, self._counted.contexts_of(ids), strict=True
        ):
            place = find_keys(grams, context * self.vocab_size + ids)
            known = (context >= 0) & (totals[context] > 0)
            kept = np.where(place >= 0, taken_from[place], 0.0)
            p = np.where(known, (kept + left[context] * p) / np.where(known, totals[context], 1), p)  # eq: kneser-ney
        return p

    def loss(self, ids: np.ndarray) -> float:
        """Return the mean of -ln p over all characters but the first, in nats."""
        return float(-np.log(self.probabilities(ids)[1:]).mean())


def _continuations(level, longer, V):
    """Count, for each gram of a level, the different characters before it; its own counts if no level is longer."""
    if not longer:
        return np.diff(level.ends, prepend=0)
    (above,) = longer
    shorter_context = above.contexts[above.grams // V] // V
    places = find_keys(level.grams, shorter_context * V + above.grams % V)
    return np.bincount(places, minlength=len(level.grams))


def _table(level, counts, V):
    """Return the keys of a level, each count less its discount, and for each context its total and what was taken."""
    discounts = _discounts(counts)[np.minimum(counts, 3)]
    after = level.grams // V
    totals, left = (np.bincount(after, x, minlength=len(level.totals)) for x in (counts, discounts))
    return level.grams, counts - discounts, totals, left


def _discounts(counts):
    """Return what is taken from counts of 0, 1, 2, and 3 or more, estimated as Chen and Goodman do."""
    n = np.bincount(counts, minlength=5)
    if not n[1:5].all():
        return np.array([0, UNDEFINED, UNDEFINED, UNDEFINED])
    share = n[1] / (n[1] + 2 * n[2])
    found = [k - (k + 1) * share * n[k + 1] / n[k] for k in (1, 2, 3)]
    return np.array([0, *np.clip(found, 0, (1, 2, 3))])
