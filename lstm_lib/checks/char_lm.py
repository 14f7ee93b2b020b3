"""Exercises of chapter ``07_char_lm``."""

import numpy as np

from lstm_lib.char_lm.scoring import longest_copy
from lstm_lib.checks import FunctionCheck
from lstm_lib.data.texts import contiguous_rows


def _scores(p):
    nats = -np.log(p).mean()
    return nats, nats / np.log(2), np.exp(nats)


def _scores_of_the_mean(p):
    nats = -np.log(np.mean(p))
    return nats, nats / np.log(2), np.exp(nats)


def _scores_two_to_the_nats(p):
    nats, bits, _ = _scores(p)
    return nats, bits, 2**nats


def _scores_times_ln2(p):
    nats, _, perplexity = _scores(p)
    return nats, nats * np.log(2), perplexity


def _witten_bell(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def _add_all_symbols(counts, shorter):
    kinds = len(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def _no_shorter(counts, shorter):
    return counts / counts.sum()


def _back_off(counts, shorter):
    return np.where(counts > 0, counts / counts.sum(), shorter)


def _counts(rng):
    counts = rng.integers(0, 4, size=9) * (rng.random(9) < 0.6)
    counts[2] += 1
    shorter = rng.random(9)
    return [counts, shorter / shorter.sum()]


def _rows(ids, batch_size):
    rows = contiguous_rows(ids, batch_size)
    return rows[:, :-1], rows[:, 1:]


def _interleaved(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(length, batch_size).T
    return rows[:, :-1], rows[:, 1:]


def _targets_are_inputs(ids, batch_size):
    xs, _ = _rows(ids, batch_size)
    return xs, xs


def _temperature(logits, temperature, k):
    p = np.exp((logits - logits.max()) / temperature)
    p[logits < np.sort(logits)[-k]] = 0
    return p / p.sum()


def _times_temperature(logits, temperature, k):
    return _temperature(logits * temperature**2, temperature, k)


def _not_renormalised(logits, temperature, k):
    p = _temperature(logits, temperature, len(logits))
    return np.where(logits < np.sort(logits)[-k], 0, p)


def _no_top_k(logits, temperature, k):
    return _temperature(logits, temperature, len(logits))


def _copied(rng):
    letters = np.array(list("abc"))
    text, train = ("".join(rng.choice(letters, size=n)) for n in (130, 210))
    return [text, train]


_TEMPERATURE = FunctionCheck(
    _temperature,
    lambda rng: [rng.normal(size=7), rng.uniform(0.3, 2.0), int(rng.integers(2, 6))],
    ("p",),
    {
        "divide the logits by the temperature; a low one must make the likely likelier": _times_temperature,
        "the probabilities that are left must sum to 1": _not_renormalised,
        "only the k likeliest characters may have a probability above 0": _no_top_k,
    },
)


def _check_temperature(answer):
    """Compare with the formula, then try a temperature so low that a careless answer overflows."""
    hint = _TEMPERATURE(answer)
    if hint:
        return hint  # or that it was not attempted
    with np.errstate(all="ignore"):
        found = np.asarray(answer(np.array([2.0, 1.0, 0.5]), 0.001, 2), dtype=np.float64)
    if not np.allclose(found, [1, 0, 0]):
        return "at temperature 0.001 it overflows: subtract the largest logit before the exponential"
    return ""


CHECKS = {
    "scores": FunctionCheck(
        _scores,
        lambda rng: [rng.uniform(0.01, 1, size=11)],
        ("nats", "bits", "perplexity"),
        {
            "average the logarithms, not the probabilities": _scores_of_the_mean,
            "the perplexity is e to the nats, or 2 to the bits": _scores_two_to_the_nats,
            "a bit is ln 2 nats, so there are more bits than nats: divide by ln 2": _scores_times_ln2,
        },
    ),
    "witten_bell": FunctionCheck(
        _witten_bell,
        _counts,
        ("p",),
        {
            "K(h) counts the characters that were seen after h, not all there are": _add_all_symbols,
            "the shorter context is missing": _no_shorter,
            "mix with the shorter context always, not only where the count is 0": _back_off,
        },
    ),
    "rows": FunctionCheck(
        _rows,
        lambda rng: [rng.integers(0, 9, size=int(rng.integers(30, 40))), 4],
        ("xs", "ys"),
        {
            "each row must be a contiguous piece of the text; yours takes every fourth character": _interleaved,
            "ys must be what follows: xs moved on by one": _targets_are_inputs,
        },
    ),
    "temperature": _check_temperature,
    "longest_copy": FunctionCheck(
        longest_copy,
        _copied,
        ("length",),
        {"the longest string in both is one longer": lambda text, train: longest_copy(text, train) - 1},
    ),
}
