"""Where sequences of different lengths end, and what is measured inside them.

Chapter ``05_classification``.
"""

import numpy as np

PADDING = -1e30  # stands where a sequence has ended; no measurement has this value


def inside(xs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Return which steps belong to a sequence: bool of shape (N, T), all of them if ``lengths`` is None."""
    ends = np.full(len(xs), xs.shape[1]) if lengths is None else np.asarray(lengths)
    return np.arange(xs.shape[1]) < ends[:, None]


def mask(xs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Return ``xs`` in float32 with :data:`PADDING` after the end of each sequence."""
    return np.where(inside(xs, lengths)[:, :, None], xs, PADDING).astype(np.float32)


def feature_moments(xs: np.ndarray, lengths: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of each feature over all steps inside; a constant feature gets variance 1.

    Parameters
    ----------
    xs : numpy.ndarray
        Shape (N, T, D).
    lengths : numpy.ndarray of int, optional
        Shape (N,).

    Returns
    -------
    mean, variance : numpy.ndarray
        Shape (D,).
    """
    steps = xs[inside(xs, lengths)].astype(np.float64)
    mean, variance = steps.mean(axis=0), steps.var(axis=0)
    return mean, np.where(variance > 1e-12 * (mean**2 + 1e-12), variance, 1.0)


def shuffle_time(rng: np.random.Generator, xs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Return a copy of ``xs`` with the steps of each sequence in random order: the same counts, no order."""
    keys = np.where(inside(xs, lengths), rng.random(xs.shape[:2]), 2)  # what lies after the end stays there
    return np.take_along_axis(xs, np.argsort(keys, axis=1)[:, :, None], axis=1)
