"""What a classifier reaches that does not see the order of the steps.

Chapter ``05_classification``.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lstm_lib.classification.padding import inside

AT_ONCE = 10**6  # numbers that are described at once


def order_free_features(xs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Describe each sequence by numbers that do not change when its steps are shuffled.

    Parameters
    ----------
    xs : numpy.ndarray
        Shape (N, T, D).
    lengths : numpy.ndarray of int, optional
        Shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (N, 4 D + 1): mean, standard deviation, least and greatest value of each feature over the
        steps inside, and the length. For one-hot symbols the means are their counts, divided by the length.
    """
    ends = np.full(len(xs), xs.shape[1]) if lengths is None else np.asarray(lengths)
    size = max(1, AT_ONCE // max(1, xs.shape[1] * xs.shape[2]))
    starts = range(0, max(1, len(xs)), size)
    return np.concatenate([_features(xs[k : k + size], ends[k : k + size]) for k in starts])


def _features(xs, lengths):
    """Describe each of a few sequences: this takes several times their memory."""
    there = inside(xs, lengths)[:, :, None]
    n = there.sum(axis=1)
    xs = np.where(there, xs, 0).astype(np.float64)
    mean = xs.sum(axis=1) / n
    std = np.sqrt((np.where(there, xs - mean[:, None], 0) ** 2).sum(axis=1) / n)
    least, greatest = np.where(there, xs, np.inf).min(axis=1), np.where(there, xs, -np.inf).max(axis=1)
    return np.hstack([mean, std, least, greatest, n])


def logistic_baseline(
    features: np.ndarray,
    ys: np.ndarray,
    validation: tuple[np.ndarray, np.ndarray],
    test: np.ndarray,
    *,
    strengths: Sequence[float] = (0.01, 0.1, 1.0, 10.0),
    class_weights: dict[int, float] | None = None,
) -> np.ndarray:
    """Fit logistic regression, its regularisation chosen on the validation part.

    Parameters
    ----------
    features, ys : numpy.ndarray
        Shapes (N, F) and (N,); every class must occur.
    validation : tuple of numpy.ndarray
        ``(features, ys)``.
    test : numpy.ndarray
        Features of the sequences to classify.
    strengths : tuple of float
        Values of scikit-learn's ``C`` to choose from.
    class_weights : dict of int to float, optional
        How much a sequence of each class counts.

    Returns
    -------
    numpy.ndarray
        Shape (len(test), classes): probabilities.
    """
    options = {"class_weight": class_weights, "max_iter": 5000}
    models = [make_pipeline(StandardScaler(), LogisticRegression(C=c, **options)) for c in strengths]
    count = [class_weights[y] for y in validation[1].tolist()] if class_weights else None
    about = {"labels": np.unique(ys), "sample_weight": count}
    losses = [log_loss(validation[1], m.fit(features, ys).predict_proba(validation[0]), **about) for m in models]
    return models[int(np.argmin(losses))].predict_proba(test)
