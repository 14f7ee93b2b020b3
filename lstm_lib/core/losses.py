"""Losses of a regression, with their gradients, and what any loss is held against after a training."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lstm_lib.errors import DivergedError


def mse(predictions: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Score predictions by the mean squared error.

    Chapter ``02_numpy_lstm``, equation (mse).

    Parameters
    ----------
    predictions, targets : numpy.ndarray
        Equal shapes, any number of axes.

    Returns
    -------
    loss : float
        Mean over **every** element, in squared units of the target.
    gradient : numpy.ndarray
        Derivative of ``loss`` with respect to ``predictions``, same shape and dtype.

    Raises
    ------
    ValueError
        If the shapes differ. NumPy would broadcast (B, 1) against (B,) to (B, B) without a word.
    """
    if predictions.shape != targets.shape:
        raise ValueError(f"predictions {predictions.shape} and targets {targets.shape} must have one shape")
    error = predictions - targets
    loss = float(np.mean(np.square(error)))  # eq: mse
    error *= 2.0 / error.size
    return loss, error


def pinball(predictions: np.ndarray, targets: np.ndarray, levels: ArrayLike) -> tuple[float, np.ndarray]:
    """Score forecast quantiles; the smallest expected loss is that of the true ones.

    Chapter ``04_forecasting``, equation (pinball).

    Parameters
    ----------
    predictions : numpy.ndarray
        Shape (..., Q), one forecast for each level.
    targets : numpy.ndarray
        Shape (..., 1), what came.
    levels : array_like
        Shape (Q,), each between 0 and 1: how often what comes should lie below the forecast.

    Returns
    -------
    loss : float
        Mean over every element, in units of the target.
    gradient : numpy.ndarray
        Derivative of ``loss`` with respect to ``predictions``, same shape and dtype; where a forecast is hit exactly,
        the derivative from above.

    Raises
    ------
    ValueError
        If the shapes do not belong together, or a level does not lie between 0 and 1.

    References
    ----------
    Koenker & Bassett (1978), doi:10.2307/1913643.
    """
    levels = np.asarray(levels, dtype=predictions.dtype)
    if predictions.shape != (*targets.shape[:-1], len(levels)) or targets.shape[-1] != 1:
        raise ValueError(f"predictions {predictions.shape} of {len(levels)} levels can't have targets {targets.shape}")
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"levels must lie between 0 and 1, got {levels}")
    error = targets - predictions
    loss = float(np.mean(np.maximum(levels * error, (levels - 1) * error)))  # eq: pinball
    return loss, (np.where(error > 0, -levels, 1 - levels) / error.size).astype(predictions.dtype)


def entropy(counts: np.ndarray) -> float:
    """Return the loss of the best constant answer, in nats: the entropy of how often each class occurs.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (classes,), not all of them 0.
    """
    shares = counts[counts > 0] / counts.sum()
    return float(-np.sum(shares * np.log(shares)))


def require_learned(loss: float, constant: float, untrained: float, advice: str) -> None:
    """Raise :class:`DivergedError` if a training ended clearly (10 %) worse than it began and than a constant answer.

    Parameters
    ----------
    loss : float
        Of the trained model.
    constant : float
        Of the best constant answer.
    untrained : float
        Of the model before its training.
    advice : str
        What to change.
    """
    if not math.isfinite(loss):
        raise DivergedError(f"training diverged: the loss is not finite; {advice}")
    if loss > max(1.1 * constant, 1.1 * untrained, 1e-3):  # where a constant is right, nothing is left to beat
        raise DivergedError(
            f"training diverged: the loss, {loss:.4g}, is above the {constant:.4g} of a constant answer and the"
            f" {untrained:.4g} before the training; {advice}"
        )
