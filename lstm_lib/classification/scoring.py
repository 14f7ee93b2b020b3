"""Score the probabilities that a classifier gives.

Chapter ``05_classification``.
"""

import numpy as np
from sklearn.metrics import confusion_matrix
from statsmodels.stats.proportion import proportion_confint


def score(probabilities, ys):
    """Judge predictions.

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


def confusion(probabilities, ys):
    """Count answers: row, the true class; column, the predicted one. A list of lists."""
    return confusion_matrix(ys, probabilities.argmax(axis=1), labels=range(probabilities.shape[1])).tolist()
