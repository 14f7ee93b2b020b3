"""Test forecasts as time goes on, and estimate how surely one is better than another.

Chapter ``04_forecasting``.
"""

from collections.abc import Callable

import numpy as np

from lstm_lib.data.series import windows


def rolling_origin(
    values: np.ndarray,
    first: int,
    make_rule: Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]],
    *,
    every: int,
    length: int,
) -> np.ndarray:
    """Forecast one step ahead as time goes on, refitting the rule from time to time on all the past.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (N,).
    first : int
        Index of the first value to forecast, above ``length``.
    make_rule : callable
        ``(xs, ys) -> predict``: fits a rule on windows of the past.
    every : int
        Values forecast with one fit.
    length : int
        Values in a window.

    Returns
    -------
    numpy.ndarray
        Shape (N - first,).
    """
    xs, ys = windows(values, length)
    if first <= length:
        raise ValueError(f"first must be above length ({length}), to leave a window to learn from, got {first}")
    forecasts = []
    for origin in range(first, len(values), every):
        row = origin - length  # the window whose next value is values[origin]
        predict = make_rule(xs[:row], ys[:row])
        forecasts.append(predict(xs[row : row + every])[:, 0])
    return np.concatenate(forecasts)


def rmse(forecasts: np.ndarray, actual: np.ndarray) -> float:
    """Return the root of the mean squared error, in the units of the series."""
    return float(np.sqrt(np.mean(np.square(forecasts - actual))))


def probability_better(
    errors_a: np.ndarray, errors_b: np.ndarray, *, block: int, draws: int = 10_000, seed: int = 0
) -> float:
    """Estimate how surely one forecast has the smaller squared error, by a block bootstrap.

    Errors of neighbouring years are alike, so whole blocks of years are drawn, with replacement.

    Parameters
    ----------
    errors_a, errors_b : numpy.ndarray
        Errors of two forecasts of the same values, shape (N,).
    block : int
        Length of a block.
    draws, seed : int

    Returns
    -------
    float
        Share of the draws in which ``a`` has the smaller mean squared error.

    References
    ----------
    Künsch (1989), doi:10.1214/aos/1176347265.
    """
    difference = np.square(errors_a) - np.square(errors_b)
    starts_of_blocks = np.lib.stride_tricks.sliding_window_view(difference, block).mean(axis=1)
    count = -(-len(difference) // block)
    picks = np.random.default_rng(seed).integers(len(starts_of_blocks), size=(draws, count))
    return float(np.mean(starts_of_blocks[picks].mean(axis=1) < 0))
