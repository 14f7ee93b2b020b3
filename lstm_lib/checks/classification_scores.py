"""Exercises of chapter ``05_classification`` that score answers: a loss, counts and shares."""

import re
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
        "the logarithm is natural, not of base 2: losses are in nats": lambda s, ys: cross_entropy(s, ys) / np.log(2),
    },
)


def judge_cross_entropy(answer: Callable) -> str:
    """Return the hint for a loss on scores of usual size, then on scores whose exponentials a float does not hold."""
    hint = with_one_number(CROSS_ENTROPY, "the loss")(answer)
    if hint:
        return hint
    ys = np.array([0, 2, 1])
    loss = float(answer(np.array([[1000.0, 0, 0], [1, 0, 2], [0, 3, 0]]), ys))
    if not np.isfinite(loss):
        return "right for small scores; e to the 1000 overflows: subtract each row's largest score before np.exp"
    scores = np.array([[0.0, 800.0, 0], [1, 0, 2], [0, 3, 0]])
    loss, expected = float(answer(scores, ys)), cross_entropy(scores, ys)
    if loss == np.inf:
        return "no overflow, but a p so small that it is stored as 0, whose log is -inf: compute s - log(sum(exp(s)))"
    if not np.isclose(loss, expected):
        return f"clipped? where the right class has p = e to the -800 its loss is 800, and the mean {expected:.4g}"
    return ""


def confusion(ys: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Count true classes by row and answers by column: the answer to exercise ``confusion``."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (ys, answers), 1)
    return counts


def _answers(rng):
    """The last class, and one in the middle, never occur."""
    there = np.array([0, 1, 3])
    return [rng.choice(there, size=40), rng.choice(there, size=40), K]


def _shares(ys, answers, classes):
    return _over(confusion(ys, answers, classes), axis=1)


def _shares_of_columns(ys, answers, classes):
    return _over(confusion(ys, answers, classes), axis=0)


def _over(counts, axis):
    totals = counts.sum(axis=axis, keepdims=True)
    return np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)


def _last_counted_once(ys, answers, classes):
    counts = np.zeros((classes, classes))
    counts[ys, answers] += 1
    return counts


def _as_large_as_seen(ys, answers, classes):
    return confusion(ys, answers, max(ys.max(), answers.max()) + 1)


def _only_seen(ys, answers, classes):
    seen = np.unique([ys, answers])
    return confusion(np.searchsorted(seen, ys), np.searchsorted(seen, answers), len(seen))


def _only_right(ys, answers, classes):
    return np.diag(np.diag(confusion(ys, answers, classes)))


def _only_wrong(ys, answers, classes):
    counts = confusion(ys, answers, classes)
    return counts - np.diag(np.diag(counts))


CONFUSION = FunctionCheck(
    confusion,
    _answers,
    ("counts",),
    {
        "rows and columns are swapped: a row is a true class": lambda ys, a, k: confusion(a, ys, k),
        "counts[ys, answers] += 1 counts a pair once, however often it occurs; use np.add.at": _last_counted_once,
        "a class that never occurs has its row and column too: the size is classes, not the largest seen": (
            _as_large_as_seen
        ),
        "classes that do not occur are left out; there must be classes rows and columns": _only_seen,
        "only the right answers are counted; the others belong beside the diagonal": _only_right,
        "only the wrong answers are counted; the right ones belong on the diagonal": _only_wrong,
        "all is divided by the number of sequences; return counts": lambda ys, a, k: confusion(ys, a, k) / len(ys),
    },
)


def judge_confusion(answer: Callable) -> str:
    """Return the hint for counts; shares, which are nan for a class that does not occur, are told apart here."""
    kinds = []

    def seen(ys, answers, classes):
        found = answer(ys, answers, classes)
        if np.shape(found) == (classes, classes):
            for kind, wrong in (("row", _shares), ("column", _shares_of_columns)):
                if np.allclose(np.nan_to_num(np.asarray(found, float)), np.nan_to_num(wrong(ys, answers, classes))):
                    kinds.append(kind)
        return found

    hint = CONFUSION(seen if callable(answer) else answer)
    return f"those are shares of each {kinds[0]}; return counts" if kinds else hint


def majority(train_ys: np.ndarray, test_ys: np.ndarray) -> float:
    """Return the test accuracy of the most frequent class of the training part: exercise ``majority``."""
    return np.mean(test_ys == np.bincount(train_ys).argmax())


def _skewed(rng):
    likely, unlikely = rng.permutation(3)[:2]
    train = np.concatenate([np.full(9, likely), np.arange(3), np.full(5, unlikely)])
    test = np.concatenate([np.full(5, likely), np.arange(3), np.full(8, unlikely)])
    return [rng.permutation(train), rng.permutation(test)]


MAJORITY = FunctionCheck(
    majority,
    _skewed,
    ("accuracy",),
    {
        "the class must be chosen on the training part; yours has seen the test labels": lambda train, test: majority(
            test, test
        ),
        "that is the accuracy on the training part": lambda train, test: majority(train, train),
        "that is the class, not how often it is right": lambda train, test: np.bincount(train).argmax(),
        "that is the number of right answers; divide by that of the test sequences": lambda train, test: np.sum(
            test == np.bincount(train).argmax()
        ),
        "that is one over the number of classes, the chance of guessing; here one answer is given to all": (
            lambda train, test: 1 / len(np.unique(train))
        ),
        "np.max finds the largest class, not the most frequent: np.bincount counts them": lambda train, test: np.mean(
            test == train.max()
        ),
        "the parts are exchanged: choose on train_ys, measure on test_ys": lambda train, test: majority(test, train),
    },
)

TAGS = (3, 7)


def tag_accuracy(answers: np.ndarray, marks: np.ndarray) -> tuple[float, float]:
    """Return the shares of steps and of sequences that are right, where marks are not -1: exercise ``tag_accuracy``."""
    there = marks != -1
    right = answers == marks
    return right[there].mean(), (right | ~there).all(axis=1).mean()


def _tags(rng):
    """Six sequences, two of which are right throughout, and one of which has no more than one step that counts."""
    marks = rng.integers(0, 2, size=(6, TAGS[1]))
    for row, (first, last) in zip(marks, [(1, 7), (4, 7), (6, 7), (2, 7), (5, 7), (3, 7)], strict=True):
        row[first:last] = -1
        row[0] = 1
    answers = rng.integers(0, 2, size=marks.shape)
    answers[:, 0] = [1, 1, 0, 0, 1, 1]
    answers[1] = np.where(marks[1] >= 0, marks[1], 1)
    answers[4, 1] = 1 - marks[4, 1]
    return [answers, marks]


def _words_of(answers, marks):
    return tag_accuracy(answers, marks)[1]


def _all_steps(answers, marks):
    return (answers == marks).mean(), _words_of(answers, marks)


def _mean_of_means(answers, marks):
    shares = [(a == m)[m != -1].mean() for a, m in zip(answers, marks, strict=True)]
    return np.mean(shares), _words_of(answers, marks)


def _words_with_padding(answers, marks):
    return tag_accuracy(answers, marks)[0], (answers == marks).all(axis=1).mean()


def _any(answers, marks):
    return tag_accuracy(answers, marks)[0], ((answers == marks) & (marks != -1)).any(axis=1).mean()


def _only_ones(answers, marks):
    return (answers == marks)[marks == 1].mean(), _words_of(answers, marks)


TAG_ACCURACY = FunctionCheck(
    tag_accuracy,
    _tags,
    ("share of steps", "share of sequences"),
    {
        "the steps marked -1 count among the steps; leave them out of what you divide by": _all_steps,
        "that is the mean of each sequence's own share; take all steps together": _mean_of_means,
        "a sequence is right if all its steps with a mark are; the steps marked -1 must not fail it": (
            _words_with_padding
        ),
        "a sequence is right if all its steps are, not any": _any,
        "only the steps marked 1 are counted; an unstressed vowel can be answered wrongly too": _only_ones,
        "the two shares are exchanged: steps first, then sequences": lambda a, m: tag_accuracy(a, m)[::-1],
    },
)


def with_one_number(judge: Callable[[Callable], str], what: str) -> Callable[[Callable], str]:
    """Return a check whose hint on one wrong number is short: the arguments that it would show are arrays."""

    def shortened(answer):
        hint = judge(answer)
        found = re.match(r"the answer for .* must be (\S+), not (\S+)$", hint, re.DOTALL)
        if not found:
            return hint
        expected, given = (float(number) for number in found.groups())
        return f"{what} is {given:.4g} where it should be {expected:.4g}; work a case of two sequences by hand"

    return shortened
