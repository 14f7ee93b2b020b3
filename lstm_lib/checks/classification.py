"""Exercises of chapter ``05_classification``. No framework is loaded: a check runs in a forked process."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.tasks import temporal_order

N, T, D, K = 4, 6, 3, 5


def _ragged(rng):
    return [rng.normal(size=(N, T, D)), rng.permutation([1, 3, 4, 5])]


def masked_mean(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Average each feature over the steps inside: the answer to exercise ``masked_mean``."""
    return np.array([x[:n].mean(axis=0) for x, n in zip(xs, lengths, strict=True)])


def _divided_by_T(xs, lengths):
    return masked_mean(xs, lengths) * (lengths / xs.shape[1])[:, None]


def reverse(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Turn each sequence around within its length: the answer to exercise ``reverse``."""
    turned = xs.copy()
    for row, n in zip(turned, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    return turned


def _features_reversed(xs, lengths):
    return reverse(xs[:, :, ::-1], lengths)


def cross_entropy(scores: np.ndarray, ys: np.ndarray) -> float:
    """Return the mean negative log of the softmax at the right class: the answer to exercise ``cross_entropy``."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(ys)), ys].mean()


def _scores(rng):
    return [rng.normal(0, 3, size=(N, K)), rng.integers(0, K, size=N)]


def _scores_as_log_p(scores, ys):
    return -scores[np.arange(len(ys)), ys].mean()


def _all_classes(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p).mean()


def _softmax_over_batch(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def confusion(ys: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Count true classes by row and answers by column: the answer to exercise ``confusion``."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (ys, answers), 1)
    return counts


def _answers(rng):
    return [rng.integers(0, K, size=40), rng.integers(0, K, size=40), K]


def _shares(ys, answers, classes):
    counts = confusion(ys, answers, classes)
    return counts / counts.sum(axis=1, keepdims=True)


def _last_counted_once(ys, answers, classes):
    counts = np.zeros((classes, classes))
    counts[ys, answers] += 1
    return counts


def majority(train_ys: np.ndarray, test_ys: np.ndarray) -> float:
    """Return the test accuracy of the most frequent class of the training part: exercise ``majority``."""
    return np.mean(test_ys == np.bincount(train_ys).argmax())


def _skewed(rng):
    likely, unlikely = rng.permutation(3)[:2]
    train = np.concatenate([np.full(9, likely), np.arange(3), np.full(5, unlikely)])
    test = np.concatenate([np.full(4, likely), np.arange(3), np.full(8, unlikely)])
    return [rng.permutation(train), rng.permutation(test)]


TEST = {"seed": 7, "n": 500, "T": 40}  # the chapter prints how to draw it


def _order_answers(answer):
    """Compare answers to four orders with the truth."""
    try:
        found = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return "give an array of whole numbers"
    if found.shape != (TEST["n"],):
        return f"the answers have shape {found.shape}; they must be ({TEST['n']},), one class for each sequence"
    _, ys, _ = temporal_order(np.random.default_rng(TEST["seed"]), TEST["n"], TEST["T"])
    right = np.mean(found == ys)
    if right >= 0.98:
        return ""
    if right > 0.7:
        return (
            f"{right:.1%} right; counts alone reach 75 %, so the order is missing; train longer, or start with chrono"
        )
    return f"{right:.1%} right; it takes 98 %"


CHECKS = {
    "masked_mean": FunctionCheck(
        masked_mean,
        _ragged,
        ("means",),
        {
            "the padding is averaged too; only the first lengths[n] steps belong to sequence n": lambda xs, n: xs.mean(
                1
            ),
            "the sum is right, but it is divided by T; divide by the length of each sequence": _divided_by_T,
        },
    ),
    "reverse": FunctionCheck(
        reverse,
        _ragged,
        ("turned",),
        {
            "the padding has moved to the front; turn only the first lengths[n] steps around": lambda xs, n: xs[
                :, ::-1
            ],
            "the features are turned around too; only time should be": _features_reversed,
        },
    ),
    "cross_entropy": FunctionCheck(
        cross_entropy,
        _scores,
        ("loss",),
        {
            "that is the sum over the batch; return the mean": lambda s, ys: len(ys) * cross_entropy(s, ys),
            "the scores are no log-probabilities yet; the softmax is missing": _scores_as_log_p,
            "only the probability of the right class counts, not those of all classes": _all_classes,
            "the softmax goes over the classes of one sequence (axis 1), not over the batch": _softmax_over_batch,
            "the sign: a log-probability is negative, a loss is not": lambda s, ys: -cross_entropy(s, ys),
        },
    ),
    "confusion": FunctionCheck(
        confusion,
        _answers,
        ("counts",),
        {
            "rows and columns are swapped: a row is a true class": lambda ys, a, k: confusion(a, ys, k),
            "those are shares; return counts": _shares,
            "counts[ys, answers] += 1 counts a pair once, however often it occurs; use np.add.at": _last_counted_once,
        },
    ),
    "majority": FunctionCheck(
        majority,
        _skewed,
        ("accuracy",),
        {
            "the class must be chosen on the training part; yours has seen the test labels": lambda train, test: (
                majority(test, test)
            ),
            "that is the accuracy on the training part": lambda train, test: majority(train, train),
        },
    ),
    "order_answers": _order_answers,
}
