"""The squashing function of the gates."""

import numpy as np
from numpy.typing import ArrayLike


def sigmoid(a: ArrayLike) -> np.ndarray:
    """Squash numbers into (0, 1), so that each can act as a gate.

    Computed as ``0.5 * tanh(a / 2) + 0.5``: the same function, with no ``exp`` that could overflow.

    Parameters
    ----------
    a : array_like
        Pre-activations, any shape.

    Returns
    -------
    numpy.ndarray
        ``1 / (1 + exp(-a))``, same shape.
    """
    return 0.5 * np.tanh(0.5 * np.asarray(a)) + 0.5  # eq: sigmoid
