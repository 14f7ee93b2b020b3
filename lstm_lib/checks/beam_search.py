"""Exercises of chapter ``10_beam_search``."""

import numpy as np

from lstm_lib.beam_search.search import MODEL_ERROR, RIGHT, SEARCH_ERROR, error_kind, score
from lstm_lib.beam_search.toy_decoders import log_softmax
from lstm_lib.checks import NOT_ATTEMPTED, FunctionCheck


def _rows_and_tokens(rng):
    T, V = int(rng.integers(4, 8)), 5
    return [log_softmax(rng.normal(size=(T, V))), np.append(rng.integers(1, V, size=T - 1), 0)]


def _log_p(rows, tokens):
    return rows[np.arange(len(tokens)), tokens].sum()


def _sizes(rng):
    return [int(rng.integers(3, 7)), int(rng.integers(2, 7))]


def _count(V, max_len):
    return sum((V - 1) ** (t - 1) for t in range(1, max_len + 1)) + (V - 1) ** max_len


def _beam(rng):
    n, V = 3, 5
    return [-rng.exponential(size=n), log_softmax(rng.normal(size=(n, V))), 4]


def _step(totals, log_p, beam_width):
    order = np.argsort(-(totals[:, None] + log_p), axis=None)[:beam_width]
    return order // log_p.shape[1], order % log_p.shape[1]


def _step_greedily(totals, log_p, beam_width):
    """Continue each prefix with its likeliest token only."""
    tokens = log_p.argmax(axis=1)
    parents = np.argsort(-(totals + log_p.max(axis=1)))[:beam_width]
    return parents, tokens[parents]


def _step_worst(totals, log_p, beam_width):
    return _step(-totals, -log_p, beam_width)


def _step_forgetful(totals, log_p, beam_width):
    return _step(0 * totals, log_p, beam_width)


def _scored(rng):
    return [-float(rng.exponential(5)), int(rng.integers(3, 20)), float(rng.choice([0.6, 0.8, 1.5]))]


def _proof_width(p):
    return int(np.floor(1 / p))


def _kind(answer):
    """Judge a function that names the kind of an error."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    cases = [(True, -1.0, -1.0), (True, -3.0, -1.0), (False, -3.0, -1.0), (False, -1.0, -3.0)]
    found = [answer(*case) for case in cases]
    if all(kind is None or kind is Ellipsis for kind in found):
        return NOT_ATTEMPTED
    expected = [error_kind(*case) for case in cases]
    if found == expected:
        return ""
    exchanged = {RIGHT: RIGHT, SEARCH_ERROR: MODEL_ERROR, MODEL_ERROR: SEARCH_ERROR}
    if found == [exchanged[kind] for kind in expected]:
        return "the two errors are exchanged: if the model prefers the reference, the search should have found it"
    if found[1] == SEARCH_ERROR:
        return "one of several references will do: a right answer is no error, even if another reference is likelier"
    case, kind, right = next(row for row in zip(cases, found, expected, strict=True) if row[1] != row[2])
    return f"for {case} the answer must be {right!r}, not {kind!r}"


CHECKS = {
    "log_p": FunctionCheck(
        _log_p,
        _rows_and_tokens,
        ("log_p",),
        {
            "log-probabilities add up; yours are averaged": lambda rows, tokens: _log_p(rows, tokens) / len(tokens),
            "the end symbol counts too": lambda rows, tokens: _log_p(rows, tokens[:-1]),
            "that is the probability; its logarithm was asked for": lambda rows, tokens: np.exp(_log_p(rows, tokens)),
            "those are the likeliest tokens; take the ones that are given": lambda rows, tokens: rows.max(axis=1).sum(),
        },
    ),
    "count": FunctionCheck(
        _count,
        _sizes,
        ("count",),
        {
            "nothing can follow the end symbol, so there are fewer": lambda V, T: V**T,
            "those that are cut off at the greatest length are missing": lambda V, T: _count(V, T) - (V - 1) ** T,
            "those that end earlier are missing": lambda V, T: V * (V - 1) ** (T - 1),
            "the end is one of the V symbols, so V - 1 can be followed by something": lambda V, T: _count(V + 1, T),
        },
    ),
    "step": FunctionCheck(
        _step,
        _beam,
        ("parents", "tokens"),
        {
            "one prefix may have several of the best continuations; yours keeps one of each": _step_greedily,
            "those are the least likely; the best come first": _step_worst,
            "the log-probability of the prefix itself must be added": _step_forgetful,
            "return parents first, then tokens": lambda *arguments: _step(*arguments)[::-1],
        },
    ),
    "score": FunctionCheck(
        score,
        _scored,
        ("score",),
        {
            "multiplied by the length, longer answers look worse still; divide": lambda log_p, n, a: log_p * n**a,
            "the exponent belongs to the length: length ** alpha": lambda log_p, n, a: log_p / (a * n),
            "alpha is not used": lambda log_p, n, a: log_p / n,
            "the power is on the score as a whole; only the length gets it": lambda log_p, n, a: -((-log_p / n) ** a),
        },
    ),
    "proof_width": FunctionCheck(
        _proof_width,
        lambda rng: [float(rng.uniform(0.02, 0.45))],
        ("beam_width",),
        {
            "a beam one narrower is enough: p must be above 1 / (width + 1)": lambda p: int(np.floor(1 / p)) + 1,
            "one too narrow: at this width p is still below 1 / (width + 1)": lambda p: int(np.floor(1 / p)) - 1,
        },
    ),
    "error_kind": _kind,
}
