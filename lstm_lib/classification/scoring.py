"""Score the probabilities that a classifier returns.

Chapter ``05_classification``.
"""

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix
from statsmodels.stats.proportion import proportion_confint


def score(probabilities: np.ndarray, ys: np.ndarray) -> dict[str, Any]:
    """Score predictions.

    Parameters
    ----------
    probabilities : numpy.ndarray
        Shape (N, classes).
    ys : numpy.ndarray of int
        Shape (N,).

    Returns
    -------
    dict
        ``accuracy``; ``accuracy_95``, its Wilson interval of 95 %, a pair; ``loss``, the mean
        cross-entropy in nats.
    """
    right = int(np.sum(probabilities.argmax(axis=1) == ys))
    low, high = proportion_confint(right, len(ys), method="wilson")
    p = np.clip(probabilities[np.arange(len(ys)), ys], 1e-12, 1)  # a sure and wrong answer counts 27.6 nats
    loss = float(-np.log(p).mean())  # eq: cross-entropy
    return {
        "accuracy": right / len(ys),
        "accuracy_95": [float(low), float(high)],
        "loss": loss,
    }


def confusion(probabilities: np.ndarray, ys: np.ndarray) -> list[list[int]]:
    """Return how often each true class (row) got each answer (column)."""
    return confusion_matrix(ys, probabilities.argmax(axis=1), labels=range(probabilities.shape[1])).tolist()
