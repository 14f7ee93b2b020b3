"""Exercises of chapter ``05_classification``. No framework is loaded: a check runs in a forked process."""

import itertools

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.classification_loss import judge_cross_entropy
from lstm_lib.checks.classification_scores import MAJORITY, TAG_ACCURACY, judge_confusion
from lstm_lib.data.tasks import ORDERS, temporal_order

N, T, D = 4, 6, 3


def _ragged(rng):
    return [rng.normal(size=(N, T, D)), rng.permutation([2, 3, 4, 5])]


def _inside(xs, lengths):
    return np.arange(xs.shape[1]) < np.asarray(lengths)[:, None]


def masked_mean(xs: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Average each feature over the steps inside: the answer to exercise ``masked_mean``."""
    return np.array([x[:n].mean(axis=0) for x, n in zip(xs, lengths, strict=True)])


def _divided_by_T(xs, lengths):
    return masked_mean(xs, lengths) * (lengths / xs.shape[1])[:, None]


def _one_step_more(xs, lengths):
    return masked_mean(xs, np.minimum(lengths + 1, xs.shape[1]))


def _one_step_less(xs, lengths):
    return np.array([x[: n - 1].sum(axis=0) / max(n - 1, 1) for x, n in zip(xs, lengths, strict=True)])


def _padding_in_the_sum(xs, lengths):
    return xs.sum(axis=1) / lengths[:, None]


def _to_the_longest(xs, lengths):
    return xs[:, : lengths.max()].mean(axis=1)


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


def _one_step_late(xs, lengths):
    turned = xs.copy()
    for row, x, n in zip(turned, xs, lengths, strict=True):
        row[:n] = x[1 : n + 1][::-1]
    return turned


def _written_over(xs, lengths):
    turned = xs.copy()
    for row, n in zip(turned, lengths, strict=True):
        for t in range(n):
            row[t] = row[n - 1 - t]
    return turned


def _each_step_turned(xs, lengths):
    return np.where(_inside(xs, lengths)[:, :, None], xs[:, :, ::-1], xs)


def _to_the_longest_end(xs, lengths):
    longest = lengths.max()
    return np.concatenate([xs[:, :longest][:, ::-1], xs[:, longest:]], axis=1)


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
        "begins one step late: the last step inside is x[length - 1], not x[length]": _one_step_late,
        "the second half reads what the first has written over: read from xs, write into the copy": _written_over,
        "each step's features are turned around; in the slice xs[n, :length] time is axis 0": _each_step_turned,
        "all are turned around up to the longest sequence's end; each has a length of its own": _to_the_longest_end,
        "that is xs as it was: a slice turned around is a new view, so assign it": lambda xs, n: xs,
    },
)


def _judge_reverse(answer):
    """Judge what stands inside the sequences; what stands behind them is no part of the answer."""
    if not callable(answer):
        return REVERSE(answer)

    def with_old_padding(xs, lengths):
        turned = answer(xs, lengths)
        if isinstance(turned, list | tuple) and [len(x) for x in turned] == list(lengths):
            raise ValueError(f"the sequences have lost their padding; return one array of shape {xs.shape}")
        if np.shape(turned) != xs.shape:
            return turned
        there = _inside(xs, lengths)[:, :, None]
        if np.allclose(np.where(there, turned, xs), reverse(xs, lengths)):
            return reverse(xs, lengths)
        return turned if (np.asarray(turned) * ~there).any() else np.where(there, turned, xs)

    try:
        hint = REVERSE(with_old_padding)
    except ValueError as error:
        if not str(error).startswith("the sequences have lost"):
            raise
        return str(error)
    return "right shape, wrong values: write out a sequence of three steps" if hint == NOT_REVERSED else hint


NOT_REVERSED = "right shape, wrong values in turned; compare each line with its equation"


TEST = {"seed": 7, "n": 500, "T": 40}  # the chapter prints how to draw it


def _judge_order(answer):
    """Compare answers to four orders with the truth."""
    if callable(answer):
        return "this exercise asks for the answers, an array of 500 classes, not for a function"
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
        return f"classes are numbered 0 to 3; yours go from {found.min():g} to {found.max():g}"
    _, ys, _ = temporal_order(np.random.default_rng(TEST["seed"]), TEST["n"], TEST["T"])
    right = np.mean(found == ys)
    if right >= 0.98:
        return ""
    if len(np.unique(found)) == 1:
        return f"{right:.1%} right, and it takes 98 %: one answer to all of them, so nothing has been learned yet"
    orders = (np.array(order) for order in itertools.permutations(range(4)))
    if any(np.mean(order[found.astype(int)] == ys) >= 0.98 for order in orders):
        return f"the orders are told apart, but under other numbers; 0 to 3 stand for {', '.join(ORDERS[4])}"
    if right > 0.85:
        return f"{right:.1%} right, and it takes 98 %: the orders are nearly told apart; more epochs, or more sequences"
    if right > 0.65:
        return (
            f"{right:.1%} right; counts alone reach 75 %, so the order is missing: "
            "is test_xs treated as the training part was? If it is, train longer"
        )
    for which, of_answer, of_truth in (("first", found // 2, ys // 2), ("second", found % 2, ys % 2)):
        if np.mean(of_answer == of_truth) > 0.9:
            return f"{right:.1%} right; the {which} marked letter is known, and the other one is not: train longer"
    return (
        f"{right:.1%} right, and guessing reaches 25 %. If the loss still stands at 1.386, nothing is learned: how "
        "loud are X and Y? If it fell, are these the answers to test_xs, in its order, and treated as in training?"
    )


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
            "one step too few: the slice of the first n steps is [:n]": _one_step_less,
            "divided by the length, but the padding is in the sum: it need not be 0": _padding_in_the_sum,
            "that is the mean up to the longest sequence's end; each has a length of its own": _to_the_longest,
            "that is one mean over all sequences; each sequence has its own": _of_the_batch,
            "the features are averaged too; return one mean for each of them": _one_number_each,
            "that is the median; the exercise asks for the mean": lambda xs, n: np.array(
                [np.median(x[:k], axis=0) for x, k in zip(xs, n, strict=True)]
            ),
        },
    ),
    "reverse": _judge_reverse,
    "cross_entropy": judge_cross_entropy,
    "confusion": judge_confusion,
    "majority": MAJORITY,
    "tag_accuracy": TAG_ACCURACY,
    "order_answers": _judge_order,
}
