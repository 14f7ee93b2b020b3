"""Exercises of chapter ``05_classification``. No framework is loaded: a check runs in a forked process."""

import itertools
import re

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.tasks import ORDERS, temporal_order

N, T, D, K = 4, 6, 3, 5


def _ragged(rng):
    return [rng.normal(size=(N, T, D)), rng.permutation([1, 3, 4, 5])]


def _inside(xs, lengths):
    return np.arange(xs.shape[1]) < np.asarray(lengths)[:, None]


def masked_mean(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Average each feature over the steps inside: the answer to exercise ``masked_mean``."""
    return np.array([x[:n].mean(axis=0) for x, n in zip(xs, lengths, strict=True)])


def _divided_by_T(xs, lengths):
    return masked_mean(xs, lengths) * (lengths / xs.shape[1])[:, None]


def _one_step_more(xs, lengths):
    return masked_mean(xs, np.minimum(lengths + 1, xs.shape[1]))


def _of_the_batch(xs, lengths):
    return xs[_inside(xs, lengths)].mean(axis=0)


def _one_number_each(xs, lengths):
    return masked_mean(xs, lengths).mean(axis=1)


def reverse(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Turn each sequence around within its length: the answer to exercise ``reverse``."""
    turned = xs.copy()
    for row, n in zip(turned, lengths, strict=True):
        row[:n] = row[:n][::-1].copy()
    return turned


def _features_reversed(xs, lengths):
    return np.where(_inside(xs, lengths)[:, :, None], reverse(xs[:, :, ::-1], lengths), xs)


def _only_features(xs, lengths):
    return xs[:, :, ::-1]


def _one_step_short(xs, lengths):
    return reverse(xs, lengths - 1)


def _at_the_end(xs, lengths):
    turned = np.zeros_like(xs)
    for row, x, n in zip(turned, xs, lengths, strict=True):
        row[len(x) - n :] = x[:n][::-1]
    return turned


REVERSE = FunctionCheck(
    reverse,
    _ragged,
    ("turned",),
    {
        "the padding has moved to the front; turn only the first lengths[n] steps around": lambda xs, n: xs[:, ::-1],
        "the sequences end where the array ends; each should begin at step 0, with its padding behind": _at_the_end,
        "the batch is turned around, not the time: axis 0 counts sequences, axis 1 steps": lambda xs, n: xs[::-1],
        "only the features are turned around; time is axis 1": _only_features,
        "the features are turned around too; only time should be": _features_reversed,
        "one step of each sequence is left out: the slice of the first n steps is [:n]": _one_step_short,
        "that is xs as it was: a slice turned around is a new view, so assign it": lambda xs, n: xs,
    },
)


def _judge_reverse(answer):
    """Accept zeros behind the sequences as well as what stood there."""
    if not callable(answer):
        return REVERSE(answer)

    def with_old_padding(xs, lengths):
        turned = answer(xs, lengths)
        if isinstance(turned, np.ndarray) and turned.shape == xs.shape:
            there = _inside(xs, lengths)[:, :, None]
            if not np.where(there, 0, turned).any():
                return np.where(there, turned, xs)
        return turned

    hint = REVERSE(with_old_padding)
    padding = "the padding has moved to the front" in hint
    return hint if hint != NOT_REVERSED or padding else "right shape, wrong values: write out a sequence of three steps"


NOT_REVERSED = "right shape, wrong values in turned; compare each line with its equation"


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


def _judge_cross_entropy(answer):
    """Try scores of usual size, and then scores whose exponentials a float does not hold."""
    hint = _scalar(CROSS_ENTROPY, "the loss")(answer)
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


def _judge_confusion(answer):
    """Judge counts; shares, which are nan for a class that does not occur, are told apart here."""
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


def _scalar(judge, what):
    """Shorten the hint of a check whose answer is one number: its arguments are arrays."""

    def shortened(answer):
        hint = judge(answer)
        found = re.match(r"the answer for .* must be (\S+), not (\S+)$", hint, re.DOTALL)
        if not found:
            return hint
        expected, given = (float(number) for number in found.groups())
        return f"{what} is {given:.4g} where it should be {expected:.4g}; work a case of two sequences by hand"

    return shortened


TEST = {"seed": 7, "n": 500, "T": 40}  # the chapter prints how to draw it


def _judge_order(answer):
    """Compare answers to four orders with the truth."""
    try:
        found = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return f"answer with whole numbers, the classes 0 to 3, not with names; 1 stands for {ORDERS[4][1]}"
    if found.shape == (TEST["n"], len(ORDERS[4])):
        return (
            "those are probabilities of four classes; they must be (500,) classes: take the likeliest, argmax(axis=1)"
        )
    if found.shape != (TEST["n"],):
        return f"the answers have shape {found.shape}; they must be ({TEST['n']},), one class for each sequence"
    if not np.isin(found, range(4)).all():
        return f"classes are numbered 0 to 3; yours go from {np.nanmin(found):g} to {np.nanmax(found):g}"
    _, ys, _ = temporal_order(np.random.default_rng(TEST["seed"]), TEST["n"], TEST["T"])
    right = np.mean(found == ys)
    if right >= 0.98:
        return ""
    if len(np.unique(found)) == 1:
        return f"{right:.1%} right, and it takes 98 %: one answer to all of them, so nothing has been learned yet"
    orders = (np.array(order) for order in itertools.permutations(range(4)))
    if any(np.mean(order[found.astype(int)] == ys) >= 0.98 for order in orders):
        return f"the orders are told apart, but under other numbers; 0 to 3 stand for {', '.join(ORDERS[4])}"
    if right > 0.65:
        return f"{right:.1%} right; counts alone reach 75 %, so the order is missing: train longer, or raise the rate"
    return f"{right:.1%} right, and guessing reaches 25 %: are these the answers to test_xs, in its order?"


CHECKS = {
    "masked_mean": FunctionCheck(
        masked_mean,
        _ragged,
        ("means",),
        {
            "the padding is averaged too; only the first lengths[n] steps belong to sequence n": (
                lambda xs, n: xs.mean(axis=1)
            ),
            "the sum is right, but it is divided by T; divide by the length of each sequence": _divided_by_T,
            "that is the sum over the steps; divide it by the length": lambda xs, n: masked_mean(xs, n) * n[:, None],
            "one step too many: the steps inside are those with t < length": _one_step_more,
            "that is one mean over all sequences; each sequence has its own": _of_the_batch,
            "the features are averaged too; return one mean for each of them": _one_number_each,
            "that is the median; the exercise asks for the mean": lambda xs, n: np.array(
                [np.median(x[:k], axis=0) for x, k in zip(xs, n, strict=True)]
            ),
        },
    ),
    "reverse": _judge_reverse,
    "cross_entropy": _judge_cross_entropy,
    "confusion": _judge_confusion,
    "majority": _scalar(MAJORITY, "the accuracy"),
    "tag_accuracy": TAG_ACCURACY,
    "order_answers": _judge_order,
}
