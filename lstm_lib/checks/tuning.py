"""Exercises of chapter ``06_tuning``."""

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, FunctionCheck
from lstm_lib.data.symbols import PAD, ROWS, Symbols


def _texts(rng, n=5):
    return ["".join(rng.choice(list("ACGTN"), size=k)) for k in rng.permutation(np.arange(2, 2 + n))]


def _encode(texts, characters, length):
    return Symbols(tuple(characters), ROWS).encode_rows(texts, length=length)[0]


def _encode_from_zero(texts, characters, length):
    """Number the characters from 0, so that the first is taken for padding."""
    ids = _encode(texts, characters, length)
    return np.where(ids > 1, ids - 2, ids)


def _encode_right(texts, characters, length):
    return np.array([np.roll(row, length - np.count_nonzero(row)) for row in _encode(texts, characters, length)])


def _skip_unknown(texts, characters, length):
    return _encode(["".join(c for c in t if c in characters) for t in texts], characters, length)


def _scale(train, other):
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (other - low) / (high - low)


def _scale_together(train, other):
    low, high = min(train.min(), other.min()), max(train.max(), other.max())
    return (train - low) / (high - low), (other - low) / (high - low)


def _clip(train, other):
    return _scale(train, other)[0], np.clip(_scale(train, other)[1], 0, 1)


def _masked_mean(hs, ids):
    there = (ids != PAD)[..., None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def _mean_arguments(rng):
    N, T, H = 3, 6, 4
    lengths = np.array([2, 6, 5])
    ids = np.where(np.arange(T) < lengths[:, None], rng.integers(1, 6, size=(N, T)), PAD)
    return [rng.normal(size=(N, T, H)), ids]


def _chosen(validation, holdout):
    return holdout[np.argmin(validation)]


def _errors(rng):
    return [rng.permutation(np.arange(7.0)) + 1, rng.normal(size=7) ** 2 + 5]


def _split(answer):
    """Judge a function that says which rows are held out."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    for seed in range(3):
        texts = [str(k) for k in np.random.default_rng(seed).integers(0, 60, size=400)]
        held = answer(list(texts), 0.25, np.random.default_rng(seed))
        if held is None or held is Ellipsis:
            return NOT_ATTEMPTED
        held = np.asarray(held)
        if held.shape != (400,) or held.dtype != bool:
            return f"return an array of 400 times True or False for 400 texts, not {held.dtype} {held.shape}"
        both = {t for t, h in zip(texts, held, strict=True) if h} & {
            t for t, h in zip(texts, held, strict=True) if not h
        }
        if both:
            return f"{len(both)} texts are held out in one row and trained on in another"
        if not 0.1 < held.mean() < 0.4:
            return f"with a share of 0.25 about a quarter of the rows should be held out, not {held.mean():.2f}"
        if np.array_equal(held, answer(list(texts), 0.25, np.random.default_rng(seed + 9))):
            return "another rng must hold out other texts"
    return ""


CHECKS = {
    "encode": FunctionCheck(
        _encode,
        lambda rng: [_texts(rng), "ACGT", 4],
        ("ids",),
        {
            "0 is taken by the padding and 1 by unknown characters; the first character has id 2": _encode_from_zero,
            "the text comes first and the padding after it": _encode_right,
            "an unknown character keeps its place, with id 1": _skip_unknown,
        },
    ),
    "scale": FunctionCheck(
        _scale,
        lambda rng: [rng.normal(size=9), 2 * rng.normal(size=6)],
        ("train_scaled", "other_scaled"),
        {
            "the other part has helped to choose the scale: that is a leak": _scale_together,
            "each part has its own scale, so that one number means two things": lambda a, b: (
                _scale(a, a)[0],
                _scale(b, b)[0],
            ),
            "a value outside the range of the training part stays outside; do not clip it": _clip,
            "divide by the range, the largest less the smallest": lambda a, b: (
                (a - a.min()) / a.max(),
                (b - a.min()) / a.max(),
            ),
        },
    ),
    "masked_mean": FunctionCheck(
        _masked_mean,
        _mean_arguments,
        ("mean",),
        {
            "the states of padded steps are in your mean": lambda hs, ids: hs.mean(axis=1),
            "divide by the number of steps that are there, not by T": lambda hs, ids: (
                hs * (ids != PAD)[..., None]
            ).mean(axis=1),
            "the mean is over time, axis 1": lambda hs, ids: hs.mean(axis=2),
        },
    ),
    "chosen": FunctionCheck(
        _chosen,
        _errors,
        ("error",),
        {
            "that is the validation error, which has chosen and so flatters": lambda v, h: v.min(),
            "the hold-out part has chosen now; the validation error must": lambda v, h: h.min(),
            "the smallest error is the best, not the largest": lambda v, h: h[np.argmax(v)],
        },
    ),
    "split": _split,
}
