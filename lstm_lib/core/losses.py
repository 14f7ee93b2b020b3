"""The loss of a regression, with its gradient."""

import numpy as np


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
