"""Forecast not one number but quantiles, and so an interval whose width may change from window to window.

Chapter ``04_forecasting``. Rules map windows (N, W, 1) to quantiles (N, Q) in the units of the series.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lstm_lib.core.losses import pinball
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training.loop import fit


class QuantileForecaster:
    """An LSTM with one output for each quantile, trained on the pinball loss.

    It predicts how far the quantiles of the next value lie from the mean of the window.

    Parameters
    ----------
    hidden_size : int
    levels : sequence of float
        Shape (Q,), rising, each between 0 and 1: how often the next value should lie below the forecast.
    seed : int
    """

    def __init__(self, hidden_size: int, *, levels: Sequence[float], seed: int = 0) -> None:
        self.levels, self.seed = np.asarray(levels, np.float32), seed
        self.model = SequenceRegressor(1, hidden_size, len(self.levels), seed=seed)

    def fit(self, xs: np.ndarray, ys: np.ndarray, **training: Any) -> list[dict[str, float]]:
        """Train on windows (N, W, 1) and the value that follows each (N, 1); ``**training`` as in ``training.fit``."""
        self.mean, self.std = xs.mean(), xs.std() or 1.0
        changes = (ys - xs.mean(axis=1)) / self.std
        self.change_std = changes.std() or 1.0
        loss = functools.partial(pinball, levels=self.levels)
        targets = (changes / self.change_std).astype(np.float32)
        return fit(self.model, self._scaled(xs), targets, loss=loss, seed=self.seed, **training)

    def predict(self, xs: np.ndarray) -> np.ndarray:
        """Return the quantiles, shape (N, Q), sorted: an upper one is never below a lower one."""
        changes = self.model.predict(self._scaled(xs)).astype(np.float64) * self.change_std * self.std
        return np.sort(xs.mean(axis=1) + changes, axis=1)

    def _scaled(self, xs):
        return ((xs - self.mean) / self.std).astype(np.float32)


def best_sine_quantiles(
    xs: np.ndarray,
    *,
    step: float,
    noise_std: Callable[[np.ndarray], np.ndarray],
    levels: Sequence[float],
    phases: int = 1024,
    points: int = 801,
) -> np.ndarray:
    """Forecast the quantiles of a sine whose noise depends on its phase, with everything known but the phase.

    Each phase is weighted by how well it explains the window, as in equation (posterior-mean); the next value then has
    a mixture of normal distributions, whose quantiles no rule can better in expectation.

    Parameters
    ----------
    xs : numpy.ndarray
        Windows, shape (N, W, 1), of a sine of amplitude 1.
    step : float
        Radians between two values.
    noise_std : callable
        Phases in radians, any shape, to the standard deviation of the noise there.
    levels : sequence of float
    phases, points : int
        Of the grids over phases and over values.

    Returns
    -------
    numpy.ndarray
        Shape (N, Q).
    """
    W = xs.shape[1]
    angles = 2 * np.pi * np.arange(phases)[:, None] / phases + step * np.arange(W + 1)
    curves, widths = np.sin(angles), noise_std(angles)
    past, precision = curves[:, :W], widths[:, :W] ** -2
    log_weight = xs[..., 0] @ (past * precision).T - 0.5 * np.square(xs[..., 0]) @ precision.T
    log_weight -= 0.5 * np.sum(past**2 * precision, axis=1) + np.log(widths[:, :W]).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    edge = 1 + 5 * widths.max()
    grid = np.linspace(-edge, edge, points)
    below = np.vectorize(math.erf)((grid - curves[:, W:]) / (math.sqrt(2) * widths[:, W:])) / 2 + 0.5
    shares = weight @ below  # (N, points): how likely the next value lies below each point
    return np.stack([np.interp(levels, row, grid) for row in shares])
