"""The loss of a regression, with its gradient, and what any loss is held against after a training."""

import math

import numpy as np

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
