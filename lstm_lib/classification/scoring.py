"""Score the probabilities that a classifier returns.

Chapter ``05_classification``.
"""

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix
from statsmodels.stats.proportion import binom_test, proportion_confint


def score(probabilities: np.ndarray, ys: np.ndarray, weights: np.ndarray | None = None) -> dict[str, Any]:
    """Score predictions.

    Parameters
    ----------
    probabilities : numpy.ndarray
        Shape (N, classes).
    ys : numpy.ndarray of int
        Shape (N,).
    weights : numpy.ndarray, optional
        Shape (classes,): how much a sequence of each class counts in the loss.

    Returns
    -------
    dict
        ``accuracy``; ``accuracy_95``, its Wilson interval of 95 %, a pair; ``loss``, the mean
        cross-entropy in nats.
    """
    right = int(np.sum(probabilities.argmax(axis=1) == ys))
    low, high = proportion_confint(right, len(ys), method="wilson")
    p = np.clip(probabilities[np.arange(len(ys)), ys], 1e-12, 1)  # a sure and wrong answer counts 27.6 nats
    count = None if weights is None else weights[ys]
    loss = float(np.average(-np.log(p), weights=count))  # eq: cross-entropy
    return {
        "accuracy": right / len(ys),
        "accuracy_95": [float(low), float(high)],
        "loss": loss,
    }


def confusion(probabilities: np.ndarray, ys: np.ndarray) -> list[list[int]]:
    """Return how often each true class (row) got each answer (column)."""
    return confusion_matrix(ys, probabilities.argmax(axis=1), labels=range(probabilities.shape[1])).tolist()


def chance(right: int, n: int, share: float) -> float:
    """Return how likely at least as many right answers are where each is right with some probability.

    A rule that answers the same to all is right on a share of the test part that its classes fix; with that share, a
    small number says that other answers are better than it.

    Parameters
    ----------
    right, n : int
        Right answers, and all.
    share : float

    Returns
    -------
    float
        p of the exact binomial test, one-sided.
    """
    return float(binom_test(right, n, share, alternative="larger"))
