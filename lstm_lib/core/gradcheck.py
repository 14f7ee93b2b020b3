"""Check a gradient against central differences."""

from collections.abc import Callable

import numpy as np


def numerical_gradient(loss_fn: Callable[[], float], array: np.ndarray, *, step: float = 1e-6) -> np.ndarray:
    """Estimate a gradient by moving one number at a time a little up and a little down.

    Chapter ``02_numpy_lstm``, equation (central-difference).

    Parameters
    ----------
    loss_fn : callable
        ``() -> float``; reads ``array``, which is changed and put back.
    array : numpy.ndarray
        float64, any shape. float32 has too few digits for a difference of two losses.
    step : float
        How far to move. The error of the method is of order ``step**2``; the error of the
        subtraction, of order 1e-16 / ``step``. 1e-6 keeps both near 1e-10.

    Returns
    -------
    numpy.ndarray
        Same shape as ``array``.

    Raises
    ------
    ValueError
        If ``array`` is not float64.
    """
    if array.dtype != np.float64:
        raise ValueError(f"a numerical gradient needs float64, got {array.dtype}")
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = loss_fn()
        array[index] = kept - step
        below = loss_fn()
        array[index] = kept
        gradient[index] = (above - below) / (2 * step)  # eq: central-difference
    return gradient


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """Compare two arrays: length of the difference over the longer of the two lengths.

    Parameters
    ----------
    a, b : numpy.ndarray
        Equal shapes.

    Returns
    -------
    float
        0 if equal; 1 or more if unrelated; nan if either holds a nan.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if np.shape(a) != np.shape(b):
        raise ValueError(f"the arrays must have one shape, got {np.shape(a)} and {np.shape(b)}")
    longest = np.maximum(np.linalg.norm(a), np.linalg.norm(b))
    return 0.0 if longest == 0 else float(np.linalg.norm(a - b) / longest)  # nan stays nan
