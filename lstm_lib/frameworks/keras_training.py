"""What trainings in Keras have in common: the network before its training, and whether the training came to anything.

Chapters ``05_classification`` and ``06_tuning``.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lib.core.losses import require_learned
from lstm_lib.errors import DivergedError

ROWS = 2000  # sequences on which a trained network is judged


def some_rows(n: int) -> slice:
    """Return a slice of at most ``ROWS`` of ``n`` rows, evenly spread."""
    return slice(None, None, max(1, -(-n // ROWS)))


def judged(trained: Any, loss: Callable[[Any], float], constant: float, advice: str) -> float:
    """Return the loss of a trained network, unless it has diverged.

    Parameters
    ----------
    trained : object
        With a network as its attribute ``model``: a classifier, a regressor.
    loss : callable
        ``trained -> float``, on what it was trained on. It is called a second time with fresh weights.
    constant : float
        Loss of the best constant answer.
    advice : str
        What to change.

    Raises
    ------
    DivergedError
        If the loss is clearly above both ``constant`` and the one with fresh weights, or if something is not finite.
    """
    if not all(np.isfinite(w).all() for w in trained.model.get_weights()):
        raise DivergedError(f"training diverged: the weights are not finite; {advice}")
    fresh = copy.copy(trained)
    fresh.model = type(trained.model).from_config(trained.model.get_config())
    found = loss(trained)
    require_learned(found, constant, loss(fresh), advice)
    return found
