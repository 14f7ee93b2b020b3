"""What learners write in the exercises of chapter ``06_tuning``: right answers, and plausible mistakes.

``WRONG`` holds a fragment of the hint that each mistake must get.
"""

import hashlib
import random

import numpy as np

# 1. Texts to ids.


def encode(texts, characters, length, first=2, unknown=1, pad=0):
    ids = np.full((len(texts), length), pad)
    for n, text in enumerate(texts):
        for t, c in enumerate(text[:length]):
            ids[n, t] = characters.index(c) + first if c in characters else unknown
    return ids


def encode_by_table(texts, characters, length):
    number = dict(zip(characters, range(2, 99), strict=False))
    return [[number.get(c, 1) for c in t[:length]] + [0] * (length - len(t)) for t in texts]


def encode_by_find(texts, characters, length):
    rows = [[max(characters.find(c), -1) + 2 for c in t.ljust(length, "\0")[:length]] for t in texts]
    there = np.array([[t < len(text) for t in range(length)] for text in texts])
    return np.where(there, rows, 0)


def encode_left(texts, characters, length):
    rows = [[0] * (length - len(r)) + r for r in encode_ragged([t[:length] for t in texts], characters, length)]
    return np.array(rows)


def encode_ragged(texts, characters, length):
    return [[characters.index(c) + 2 if c in characters else 1 for c in t[:length]] for t in texts]


def encode_to_the_longest(texts, characters, length):
    return encode(texts, characters, max(map(len, texts)))


def encode_known(texts, characters, length):
    return encode(["".join(c for c in t if c in characters) for t in texts], characters, length)


ENCODE = [encode, encode_by_table, encode_by_find]
ENCODE_WRONG = [
    ("your first character has it too", lambda texts, cs, T: encode(texts, cs, T, first=0)),
    ("begin with 2", lambda texts, cs, T: encode(texts, cs, T, first=1)),
    ("must not look like padding", lambda texts, cs, T: encode(texts, cs, T, unknown=0)),
    ("the padding after it", encode_left),
    ("not that of an unknown character", lambda texts, cs, T: encode(texts, cs, T, pad=1)),
    ("keeps its place", encode_known),
    ("not the alphabet", lambda texts, cs, T: encode(texts, sorted(cs), T)),
    ("the beginning is kept", lambda texts, cs, T: encode([t[-T:] for t in texts], cs, T)),
    ("the rows have different lengths", encode_ragged),
    ("as long as the longest text", encode_to_the_longest),
    ("everything is one too low", lambda texts, cs, T: encode(texts, cs, T, first=1, unknown=0)),
    ("your first character has id 3", lambda texts, cs, T: encode(texts, cs, T, first=3)),
    ("not one after the last", lambda texts, cs, T: encode(texts, cs, T, unknown=len(cs) + 2)),
    ("not those of these texts", lambda texts, cs, T: encode(texts, sorted(set("".join(texts))), T)),
    ("ids has shape", lambda texts, cs, T: encode(texts, cs, T).T),
]


# 2. Scaling without a leak.


def scale(train, other):
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (other - low) / (high - low)


def scale_by_list(train, other):
    low, width = min(train), max(train) - min(train)
    return [(x - low) / width for x in train], [(x - low) / width for x in other]


def scale_by_line(train, other):
    slope, start = np.polyfit([train.min(), train.max()], [0, 1], 1)
    return slope * train + start, slope * other + start


def scale_together(train, other):
    both = np.concatenate([train, other])
    return (train - both.min()) / np.ptp(both), (other - both.min()) / np.ptp(both)


def scale_overwritten(train, other):
    train = (train - train.min()) / (train.max() - train.min())
    return train, (other - train.min()) / (train.max() - train.min())


SCALE = [scale, scale_by_list, scale_by_line]
SCALE_WRONG = [
    ("that is a leak", scale_together),
    ("each part has its own scale", lambda a, b: (scale(a, a)[0], scale(b, b)[0])),
    ("do not clip it", lambda a, b: tuple(np.clip(x, 0, 1) for x in scale(a, b))),
    ("the largest less the smallest", lambda a, b: ((a - a.min()) / a.max(), (b - a.min()) / a.max())),
    ("subtract the smallest", lambda a, b: (a / np.ptp(a), b / np.ptp(a))),
    ("that is mean 0", lambda a, b: ((a - a.mean()) / a.std(), (b - a.mean()) / a.std())),
    ("the two parts are exchanged", lambda a, b: scale(b, a)[::-1]),
    ("return 2 values", lambda a, b: scale(a, b)[0]),
    ("comes back as it was", scale_overwritten),
    ("each part has mean 0", lambda a, b: ((a - a.mean()) / a.std(), (b - b.mean()) / b.std())),
    ("divided by its own range", lambda a, b: (scale(a, a)[0], (b - a.min()) / np.ptp(b))),
    ("its own smallest is subtracted", lambda a, b: (scale(a, a)[0], (b - b.min()) / np.ptp(a))),
    ("into brackets", lambda a, b: [x - a.min() / (a.max() - a.min()) for x in (a, b)]),
    ("not the mean", lambda a, b: [(x - a.mean()) / np.ptp(a) for x in (a, b)]),
    ("dividing by the largest alone", lambda a, b: (a / a.max(), b / a.max())),
]


# 3. The mean that sees no padding.


def masked_mean(hs, ids):
    there = (ids != 0)[:, :, None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def mean_by_row(hs, ids):
    return np.array([h[i != 0].mean(axis=0) for h, i in zip(hs, ids, strict=True)])


def mean_by_einsum(hs, ids):
    weights = np.where(ids > 0, 1.0, 0.0)
    return np.einsum("nth,nt->nh", hs, weights / weights.sum(axis=1, keepdims=True))


def mean_by_average(hs, ids):
    return np.stack([np.average(h, axis=0, weights=i != 0) for h, i in zip(hs, ids, strict=True)])


def mean_by_nan(hs, ids):
    return np.nanmean(np.where((ids == 0)[..., None], np.nan, hs), axis=1)


MEAN = [masked_mean, mean_by_row, mean_by_einsum, mean_by_average, mean_by_nan]
MEAN_WRONG = [
    ("the states of padded steps", lambda hs, ids: hs.mean(axis=1)),
    ("not by T", lambda hs, ids: (hs * (ids != 0)[..., None]).sum(axis=1) / hs.shape[1]),
    ("not over the units", lambda hs, ids: hs.mean(axis=-1)),
    ("only 0 is padding", lambda hs, ids: mean_by_row(hs, np.where(ids > 1, 1, 0))),
    ("divide by their number", lambda hs, ids: np.array([h[i != 0].sum(axis=0) for h, i in zip(hs, ids, strict=True)])),
    ("that is the last state", lambda hs, ids: np.array([h[i != 0][-1] for h, i in zip(hs, ids, strict=True)])),
    ("the sum still has the padded steps", lambda hs, ids: hs.sum(axis=1) / (ids != 0).sum(axis=1)[:, None]),
    ("of all texts together", lambda hs, ids: (hs * (ids != 0)[:, :, None]).sum(axis=1) / np.count_nonzero(ids)),
    ("the wrong way round", lambda hs, ids: masked_mean(hs, ids == 0)),
    ("at the last place", lambda hs, ids: hs[:, -1]),
    ("the largest over time", lambda hs, ids: np.where(ids[..., None] > 0, hs, -9).max(axis=1)),
    ("mean has shape (4,)", lambda hs, ids: hs[ids != 0].mean(axis=0)),
    ("a name and no weight", lambda hs, ids: np.einsum("nth,nt->nh", hs, ids) / ids.sum(axis=1, keepdims=True)),
]


# 4. What to report.


def report_by_pairs(validation_errors, holdout_errors):
    return min(zip(validation_errors, holdout_errors, strict=True))[1]


def report_by_loop(validation_errors, holdout_errors):
    best = 0
    for k in range(len(validation_errors)):
        if validation_errors[k] < validation_errors[best]:
            best = k
    return holdout_errors[best]


CHOSEN = [lambda v, h: h[np.argmin(v)], report_by_pairs, report_by_loop, lambda v, h: h[np.argsort(v)][0]]
CHOSEN_WRONG = [
    ("has chosen and so flatters", lambda v, h: min(v)),
    ("the hold-out part has chosen now", lambda v, h: min(h)),
    ("not the largest", lambda v, h: h[np.argmax(v)]),
    ("the number of the trial", lambda v, h: int(np.argmin(v))),
    ("describes no network", lambda v, h: np.mean(h)),
    ("and the validation error is reported", lambda v, h: v[h.argmin()]),
    ("half of it", lambda v, h: 0.5 * (min(v) + h[np.argmin(v)])),
    ("by hand with three trials", lambda v, h: h[0]),
    ("and the hold-out part has chosen it", lambda v, h: np.argmin(h)),
    ("on the part that chooses", lambda v, h: sum(v) / len(v)),
    ("the largest hold-out error", lambda v, h: max(h)),
    ("the gap between the two parts", lambda v, h: h[np.argmin(v)] - min(v)),
    ("the number itself", lambda v, h: h[v == v.min()]),
    ("return 1 value", lambda v, h: (min(v), h[np.argmin(v)])),
]


# 5. Texts, not rows.


def split(texts, share, rng):
    unique = sorted(set(texts))
    held = set(rng.permutation(unique)[: round(share * len(unique))])
    return np.array([text in held for text in texts])


def split_by_unique(texts, share, rng):
    unique, which = np.unique(texts, return_inverse=True)
    return (rng.random(len(unique)) < share)[which]


def split_by_order(texts, share, rng):
    chance = {}
    for text in texts:
        chance.setdefault(text, rng.random())
    return [chance[text] < share for text in texts]


def split_by_digest(texts, share, rng):
    """Never ask the rng, so that a text stays in its part when rows are added."""
    return np.array([int(hashlib.md5(t.encode()).hexdigest(), 16) % 10_000 < 10_000 * share for t in texts])


def split_by_salted_digest(texts, share, rng):
    salt = str(rng.integers(10**9))
    numbers = [int.from_bytes(hashlib.sha256((salt + t).encode()).digest()[:4], "big") for t in texts]
    return np.array(numbers) / 2**32 < share


def held(texts, chosen):
    chosen = set(chosen)
    return np.array([text in chosen for text in texts])


def first(unique, share):
    return unique[: round(share * len(unique))]


def split_all_in_one_set(texts, share, rng):
    return held(texts, first(rng.permutation(list(set(texts))), share))


def split_by_choice(texts, share, rng, replace=False):
    unique = sorted(set(texts))
    return held(texts, rng.choice(unique, size=round(share * len(unique)), replace=replace))


def split_by_rows(texts, share, rng):
    """Draw rows, and hold out all that have their texts: far too many."""
    return held(texts, [texts[k] for k in rng.permutation(len(texts))[: round(share * len(texts))]])


def split_by_global_state(texts, share, rng):
    unique = sorted(set(texts))
    random.shuffle(unique)
    return held(texts, first(unique, share))


SPLIT = [split_by_choice, split, split_by_unique, split_by_order, split_by_digest, split_by_salted_digest]
SPLIT_WRONG = [
    ("trained on in another", lambda texts, share, rng: rng.random(len(texts)) < share),
    ("of the texts should be held out, not 25%", lambda texts, share, rng: split(texts, 0.25, rng)),
    ("a block of the alphabet", lambda texts, share, rng: held(texts, first(sorted(set(texts)), share))),
    ("a block of the order in the file", lambda texts, share, rng: held(texts, first([*dict.fromkeys(texts)], share))),
    ("changes with each start of Python", lambda texts, share, rng: held(texts, first(list(set(texts)), share))),
    ("the order of a set", split_all_in_one_set),
    ("as do the order of a set and hash()", lambda texts, share, rng: [hash(t) % 1000 < 1000 * share for t in texts]),
    ("you drew rows", split_by_rows),
    ("replace=False", lambda texts, share, rng: split_by_choice(texts, share, rng, replace=True)),
    ("two different splits", split_by_global_state),
    ("another rng gave the same split", lambda texts, share, rng: split(texts, share, np.random.default_rng(0))),
    ("held out, not 0%", lambda texts, share, rng: np.zeros(len(texts), bool)),
    ("two different splits", lambda texts, share, rng: split(texts, share, np.random.default_rng())),
    ("yours stands for the others", lambda texts, share, rng: ~split(texts, share, rng)),
    ("one True or False for each", lambda texts, share, rng: np.flatnonzero(split(texts, share, rng))),
    ("not int64", lambda texts, share, rng: split(texts, share, rng).astype(int)),
]


# 6. A loss in units.


def in_units(loss, low, high, targets):
    mse = loss * (high - low) ** 2
    return mse, 1 - mse / np.var(targets)


def in_units_by_root(loss, low, high, targets):
    rmse = np.sqrt(loss) * (high - low)
    return rmse**2, (np.var(targets) - rmse**2) / np.var(targets)


def in_units_by_sums(loss, low, high, targets):
    mse = loss * (high - low) * (high - low)
    middle = sum(targets) / len(targets)
    return [mse, 1 - len(targets) * mse / sum((y - middle) ** 2 for y in targets)]


UNITS = [in_units, in_units_by_root, in_units_by_sums]
UNITS_WRONG = [
    ("the range must be squared", lambda loss, a, b, ys: (loss * (b - a), 1 - loss * (b - a) / ys.var())),
    ("it cancels", lambda loss, a, b, ys: (loss * (b - a) ** 2 + a, 1 - (loss * (b - a) ** 2 + a) / ys.var())),
    ("the share which is left", lambda loss, a, b, ys: (loss * (b - a) ** 2, loss * (b - a) ** 2 / ys.var())),
    (
        "not with the standard deviation",
        lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - loss * (b - a) ** 2 / ys.std()),
    ),
    ("have different units", lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - loss / ys.var())),
    ("that is the root", lambda loss, a, b, ys: (loss**0.5 * (b - a), in_units(loss, a, b, ys)[1])),
    ("not per cent", lambda loss, a, b, ys: (loss * (b - a) ** 2, 100 * in_units(loss, a, b, ys)[1])),
    ("the two are exchanged", lambda loss, a, b, ys: in_units(loss, a, b, ys)[::-1]),
    ("the scale was set by", lambda loss, a, b, ys: in_units(loss, min(ys), max(ys), ys)),
    ("the range is high - low", lambda loss, a, b, ys: in_units(loss, 0, b, ys)),
    (
        "the difference of the squares",
        lambda loss, a, b, ys: (loss * (b**2 - a**2), 1 - loss * (b**2 - a**2) / ys.var()),
    ),
    ("square the range alone", lambda loss, a, b, ys: in_units(loss**2, a, b, ys)),
    ("multiply to undo it", lambda loss, a, b, ys: (loss / (b - a) ** 2, 1 - loss / (b - a) ** 2 / ys.var())),
    ("a variance of 1", lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - loss)),
    (
        "not with the mean square",
        lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - loss * (b - a) ** 2 / np.mean(ys**2)),
    ),
    ("not the share less 1", lambda loss, a, b, ys: (in_units(loss, a, b, ys)[0], -in_units(loss, a, b, ys)[1])),
    ("mse is not right", lambda loss, a, b, ys: (loss, 1 - loss / ys.var())),
    ("and explained is not", lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - ys.var() / (loss * (b - a) ** 2))),
    ("not by N - 1", lambda loss, a, b, ys: (loss * (b - a) ** 2, 1 - loss * (b - a) ** 2 / ys.var(ddof=1))),
]

RIGHT = {"encode": ENCODE, "scale": SCALE, "masked_mean": MEAN, "chosen": CHOSEN, "split": SPLIT, "in_units": UNITS}
WRONG = {
    "encode": ENCODE_WRONG,
    "scale": SCALE_WRONG,
    "masked_mean": MEAN_WRONG,
    "chosen": CHOSEN_WRONG,
    "split": SPLIT_WRONG,
    "in_units": UNITS_WRONG,
}
