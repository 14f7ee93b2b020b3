"""Test forecasts as time goes on; :func:`lstm_lib.core.compare` judges their errors.

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
