"""Exercises of chapter ``05_classification``. No framework is loaded: a check runs in a forked process."""

import itertools

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.classification_scores import (
    MAJORITY,
    TAG_ACCURACY,
    judge_confusion,
    judge_cross_entropy,
    with_one_number,
)
from lstm_lib.data.tasks import ORDERS, temporal_order

N, T, D = 4, 6, 3


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
    "cross_entropy": judge_cross_entropy,
    "confusion": judge_confusion,
    "majority": with_one_number(MAJORITY, "the accuracy"),
    "tag_accuracy": TAG_ACCURACY,
    "order_answers": _judge_order,
}
