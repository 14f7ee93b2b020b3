"""The exercise of chapter ``05_classification`` that asks for a loss which no score makes overflow."""

from collections.abc import Callable

import numpy as np

from lstm_lib.checks import FunctionCheck

N, K = 4, 5


def cross_entropy(scores: np.ndarray, ys: np.ndarray) -> float:
    """Return the mean negative log of the softmax at the right class: the answer to exercise ``cross_entropy``."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(ys)), ys].mean()


def _scores(rng):
    return [rng.normal(0, 3, size=(N, K)), rng.integers(0, K, size=N)]


def _scores_as_log_p(scores, ys):
    return -scores[np.arange(len(ys)), ys].mean()


def _softmax(scores, axis=1):
    return np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True)


def _all_classes(scores, ys):
    return -np.log(_softmax(scores)).mean()


def _softmax_over_batch(scores, ys):
    return -np.log(_softmax(scores, 0)[np.arange(len(ys)), ys]).mean()


def _softmax_over_all(scores, ys):
    return -np.log(_softmax(scores, (0, 1))[np.arange(len(ys)), ys]).mean()


def _no_log(scores, ys):
    return 1 - _softmax(scores)[np.arange(len(ys)), ys].mean()


def _every_pair(scores, ys):
    return -np.log(_softmax(scores)[:, ys]).mean()


def _sigmoids(scores, ys):
    return np.log1p(np.exp(-scores))[np.arange(len(ys)), ys].mean()


def _likeliest(scores, ys):
    return cross_entropy(scores, scores.argmax(axis=1))


def _binary(scores, ys):
    p, there = _softmax(scores), np.eye(scores.shape[1])[ys]
    return -(there * np.log(p) + (1 - there) * np.log(1 - p)).sum(axis=1).mean()


def _log_of_the_mean(scores, ys):
    return -np.log(_softmax(scores)[np.arange(len(ys)), ys].mean())


CROSS_ENTROPY = FunctionCheck(
    cross_entropy,
    _scores,
    ("loss",),
    {
        "that is the sum over the batch; return the mean": lambda s, ys: len(ys) * cross_entropy(s, ys),
        "the scores are no log-probabilities yet; the softmax is missing": _scores_as_log_p,
        "only the probability of the right class counts, not those of all classes": _all_classes,
        "the softmax goes over the classes of one sequence (axis 1), not over the batch": _softmax_over_batch,
        "the softmax goes over the classes of one sequence (axis 1), not over the whole array": _softmax_over_all,
        "the sign: a log-probability is negative, a loss is not": lambda s, ys: -cross_entropy(s, ys),
        "the logarithm is missing: the loss is the mean of -log p, not of 1 - p": _no_log,
        "the mean of the logarithms, not the logarithm of the mean": _log_of_the_mean,
        "p[:, ys] pairs each sequence with the classes of all; p[np.arange(len(ys)), ys] takes one each": _every_pair,
        "those are sigmoids of single scores; the softmax divides by the sum over the classes": _sigmoids,
        "the probability of the likeliest class is taken, not that of the right one": _likeliest,
        "divided by N K: the mean goes over the N sequences alone": lambda s, ys: cross_entropy(s, ys) / s.shape[1],
        "the part with 1 - p belongs to the loss of two classes; here only log p of the right class counts": _binary,
        "the logarithm is natural, not of base 2: losses are in nats": lambda s, ys: cross_entropy(s, ys) / np.log(2),
    },
)


def judge_cross_entropy(answer: Callable) -> str:
    """Return the hint for a loss on scores of usual size, then on scores whose exponentials a float does not hold."""
    hint = CROSS_ENTROPY(answer)
    if hint:
        return hint
    ys = np.array([0, 2, 1])
    loss = float(answer(np.array([[1000.0, 0, 0], [1, 0, 2], [0, 3, 0]]), ys))
    if not np.isfinite(loss):
        return "right for small scores; e to the 1000 overflows: subtract each row's own largest score before np.exp"
    scores = np.array([[0.0, 800.0, 0], [1, 0, 2], [0, 3, 0]])
    loss, expected = float(answer(scores, ys)), cross_entropy(scores, ys)
    if loss == np.inf:
        return (
            "inf where the right class has p = e to the -800: p is stored as 0, or 1 / p overflows; "
            "take the row's largest score off, then log p is s - log(sum(exp(s)))"
        )
    if not np.isclose(loss, expected):
        return f"clipped? where the right class has p = e to the -800 its loss is 800, and the mean {expected:.4g}"
    return ""
