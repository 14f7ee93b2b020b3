"""Exercises of chapter ``10_beam_search``."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstm_lib.beam_search.search import MODEL_ERROR, RIGHT, SEARCH_ERROR, error_kind, score
from lstm_lib.beam_search.toy_decoders import log_softmax
from lstm_lib.checks import NOT_ATTEMPTED
from lstm_lib.checks.beam_search_choices import judge_least_risk, judge_nucleus, judge_step
from lstm_lib.checks.beam_search_loop import judge_beam_search, judge_expand, judge_part


@dataclass(frozen=True)
class NumberCheck:
    """How to judge a function that returns one number, on several cases at once.

    Attributes
    ----------
    name : str
        Of the number, for hints.
    reference : callable
    cases : list of tuple
        Arguments.
    mistakes : dict of str to callable
        Hint to the wrong version that earns it; it must agree with the answer in every case.
    shown : tuple of str
        Names of the arguments, where a hint may show them.
    """

    name: str
    reference: Callable
    cases: list[tuple]
    mistakes: dict[str, Callable]
    shown: tuple[str, ...] = field(default=())

    def __call__(self, answer: Any) -> str:
        """Return ``""`` if ``answer`` agrees with the reference, else a hint."""
        if not callable(answer):
            return f"this exercise asks for a function, not a {type(answer).__name__}"
        found = []
        for case in self.cases:
            result = answer(*[np.copy(a) if isinstance(a, np.ndarray) else a for a in case])
            if result is None or result is Ellipsis:
                return NOT_ATTEMPTED
            number = np.asarray(result)
            if number.dtype.kind not in "biuf":
                return f"{self.name} must be a number, not a {type(result).__name__}"
            if number.size != 1:
                return f"{self.name} must be one number; yours has shape {number.shape}. Is a sum missing?"
            found.append(float(number.reshape(())))
        expected = self._all(self.reference)
        if np.allclose(found, expected, rtol=1e-7, atol=1e-10):
            return ""
        for hint, wrong in self.mistakes.items():
            if np.allclose(found, self._all(wrong), rtol=1e-7, atol=1e-10, equal_nan=True):
                return hint
        k = int(np.flatnonzero(~np.isclose(found, expected, rtol=1e-7, atol=1e-10))[0])
        shown = [f"{name} = {value:.6g}" for name, value in zip(self.shown, self.cases[k], strict=False)]
        return f"{self.name} is {found[k]:.6g} and must be {expected[k]:.6g}" + (
            f", for {', '.join(shown)}" if shown else ""
        )

    def _all(self, function):
        with np.errstate(all="ignore"):
            return [float(function(*case)) for case in self.cases]


def _log_p(rows, tokens):
    return rows[np.arange(len(tokens)), tokens].sum()


def _rows_and_tokens(seed):
    rng = np.random.default_rng(seed)
    T, V = 4 + seed, 5
    return log_softmax(rng.normal(size=(T, V))), np.append(rng.integers(1, V, size=T - 1), 0)


def _count(V, T):
    return sum((V - 1) ** (t - 1) for t in range(1, T + 1)) + (V - 1) ** T


def _proof_width(p):
    width = 1
    while not p > 1 / (width + 1):
        width += 1
    return width


def _length(V, smoothing, right=None, wrong=None):
    right = 1 - smoothing + smoothing / V if right is None else right
    wrong = smoothing / V if wrong is None else wrong
    return np.floor(np.log(wrong) / np.log(right)) + 1


SAME_KIND = {kind.replace(" ", mark): kind for kind in (SEARCH_ERROR, MODEL_ERROR) for mark in "_-"}


def _judge_kind(answer):
    """Judge a function that names the kind of an error."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    cases = [(True, -1.0, -1.0), (True, -3.0, -1.0), (True, -1.0, -3.0)]
    cases += [(False, -3.0, -1.0), (False, -1.0, -3.0), (False, -2.0, -2.0)]
    found = [answer(*case) for case in cases]
    if all(kind is None or kind is Ellipsis for kind in found):
        return NOT_ATTEMPTED
    expected = [error_kind(*case) for case in cases]
    if found == expected:
        return ""
    names = {str(kind) for kind in found} - {RIGHT, SEARCH_ERROR, MODEL_ERROR}
    if names:
        near = {name for name in names if SAME_KIND.get(name.lower(), name.lower()) in expected}
        said = "None in some cases: a return is missing" if "None" in names else repr(sorted(names)[0])
        return f'the names are exactly "right", "search error" and "model error"; yours says {said}' + (
            ", with a blank and small letters it would be one of them" if near else ""
        )
    if [found[3], found[4]] == [MODEL_ERROR, SEARCH_ERROR]:
        return "the two errors are exchanged: if the model prefers the reference, the search should have found it"
    if found[:3] != expected[:3]:
        if all(kind == RIGHT for kind in found[3:]) and RIGHT not in found[:3]:
            return "is_right is read the wrong way round"
        return "one of several references will do: a right answer is no error, even if another reference is likelier"
    if found == [*expected[:5], SEARCH_ERROR]:
        return "at a tie the model does not prefer the reference, so no search was bound to find it: >, not ≥"
    if len(set(found[3:])) == 1:
        return f"every wrong answer is a {found[3]} by your function: compare the two log-probabilities"
    case = next(case for case, kind, right in zip(cases, found, expected, strict=True) if kind != right)
    return f"at {case[1]:g} for a wrong answer and {case[2]:g} for the reference, which does the model prefer?"


CHECKS = {
    "log_p": NumberCheck(
        "log_p",
        _log_p,
        [_rows_and_tokens(seed) for seed in range(3)],
        {
            "log-probabilities add up; yours are averaged": lambda rows, tokens: _log_p(rows, tokens) / len(tokens),
            "the end symbol counts too": lambda rows, tokens: _log_p(rows, tokens[:-1]),
            "that is the probability; its logarithm was asked for": lambda rows, tokens: np.exp(_log_p(rows, tokens)),
            "those are the likeliest tokens; take the ones that are given": lambda rows, tokens: rows.max(axis=1).sum(),
            "the log-probabilities of all symbols are added; at each step take that of the token written": (
                lambda rows, tokens: rows.sum()
            ),
            "log-probabilities add up; yours are multiplied": lambda rows, tokens: rows[
                np.arange(len(tokens)), tokens
            ].prod(),
            "that is −log p, the cost; log p is negative": lambda rows, tokens: -_log_p(rows, tokens),
            "the first token is missing: step 0 wrote tokens[0]": lambda rows, tokens: rows[
                np.arange(1, len(tokens)), tokens[1:]
            ].sum(),
            "only the last step is there; add up all of them": lambda rows, tokens: rows[-1, tokens[-1]],
            "only the first step is there: does a return stand in the loop?": lambda rows, tokens: rows[0, tokens[0]],
            "the rows hold logarithms already; take no other": lambda rows, tokens: np.log(
                rows[np.arange(len(tokens)), tokens]
            ).sum(),
        },
    ),
    "count": NumberCheck(
        "count",
        _count,
        [(3, 3), (5, 6), (4, 2), (2, 5), (6, 1)],
        {
            "nothing can follow the end symbol, so there are fewer": lambda V, T: V**T,
            "those that are cut off at the greatest length are missing": lambda V, T: _count(V, T) - (V - 1) ** T,
            "those that end earlier are missing": lambda V, T: V * (V - 1) ** (T - 1),
            "those that end are missing; only the ones that are cut off are counted": lambda V, T: (V - 1) ** T,
            "the end is one of the V symbols, so V - 1 can be followed by something": lambda V, T: _count(V + 1, T),
            "a sequence of t symbols that ends was chosen freely t - 1 times, not t times": lambda V, T: (
                sum((V - 1) ** t for t in range(1, T + 1)) + (V - 1) ** T
            ),
            "those that end with the last symbol are missing: range(1, max_len) stops before max_len": lambda V, T: (
                _count(V, T) - (V - 1) ** (T - 1)
            ),
            "every length is cut off once in your count; only the greatest is": lambda V, T: sum(
                (V - 1) ** (t - 1) + (V - 1) ** t for t in range(1, T + 1)
            ),
        },
        ("V", "max_len"),
    ),
    "expand": judge_expand,
    "part": judge_part,
    "beam_search": judge_beam_search,
    "step": judge_step,
    "proof_width": NumberCheck(
        "beam_width",
        _proof_width,
        [(0.3,), (0.028,), (0.7,), (0.25,), (0.5,), (0.125,)],  # at the last three p is 1 / (width + 1) of one width
        {
            "at p = 1 / (width + 1) exactly, width + 1 such sequences fit in: the proof needs >, not ≥": lambda p: max(
                1, np.ceil(1 / p) - 1
            ),
            "a beam one narrower is enough: p must be above 1 / (width + 1)": lambda p: np.floor(1 / p) + 1,
            "wider than needed: p must be above 1 / (width + 1), where width + 1 is 1 / p rounded up, or more": (
                lambda p: np.ceil(1 / p)
            ),
            "one too narrow: at this width p is still below 1 / (width + 1)": lambda p: np.floor(1 / p) - 1,
            "rounding to the nearest is wider than needed where it rounds up: round down": lambda p: max(
                1, np.round(1 / p)
            ),
            "a width is a whole number": lambda p: 1 / p,
            "a width is a whole number; and at p = 1 / (width + 1) exactly nothing is proved": lambda p: 1 / p - 1,
            "that is the probability that a width proves; the width was asked for": lambda p: 1 / (p + 1),
        },
        ("p",),
    ),
    "score": NumberCheck(
        "score",
        score,
        [(-3.2, 7, 0.6), (-11.0, 19, 1.5), (-0.4, 2, 0.8), (-5.0, 4, -1.0), (-2.0, 3, 0.0)],
        {
            "multiplied by the length, longer answers look worse still; divide": lambda log_p, n, a: log_p * n**a,
            "the exponent belongs to the length: length ** alpha": lambda log_p, n, a: (
                log_p / (a * n) if a else -np.inf
            ),
            "alpha is not used": lambda log_p, n, a: log_p / n,
            "the length is not used": lambda log_p, n, a: log_p,
            "the power is on the score as a whole; only the length gets it": lambda log_p, n, a: -((-log_p / n) ** a),
            "alpha is taken times the length; it is an exponent": lambda log_p, n, a: log_p - a * n,
            "the end counts: length has it already, so take nothing off": lambda log_p, n, a: log_p / (n - 1) ** a,
            "that is the form of Wu et al.; (beam-score) divides by length ** alpha": lambda log_p, n, a: (
                log_p / ((5 + n) / 6) ** a
            ),
            "the sign is lost: log_p is negative and so is the score": lambda log_p, n, a: -log_p / n**a,
            "log_p is a logarithm already; take no other, and no exponential": lambda log_p, n, a: np.exp(log_p) / n**a,
        },
        ("log_p", "length", "alpha"),
    ),
    "cursed_length": NumberCheck(
        "length",
        _length,
        [(41, 0.1), (12, 0.25), (30, 0.05), (1000, 0.1)],
        {
            "one too short: there the full output is still the more probable one": lambda V, s: _length(V, s) - 1,
            "one too long": lambda V, s: _length(V, s) + 1,
            "the right symbol gets its share of the smoothing too: 1 - smoothing + smoothing / V": lambda V, s: _length(
                V, s, 1 - s
            ),
            "the share of one wrong symbol is smoothing / V, not all of it": lambda V, s: _length(V, s, wrong=s),
            "the smoothing is spread over all V symbols, the right one among them": lambda V, s: _length(
                V, s, 1 - s, s / (V - 1)
            ),
            "a length is a whole number: the next above this one": lambda V, s: np.log(s / V) / np.log(1 - s + s / V),
            "the two logarithms are exchanged": lambda V, s: np.log(1 - s + s / V) / np.log(s / V),
            "the end of the empty output is not 1 / V: smoothing gives it smoothing / V": lambda V, s: _length(
                V, s, wrong=1 / V
            ),
        },
        ("V", "smoothing"),
    ),
    "error_kind": _judge_kind,
    "nucleus": judge_nucleus,
    "least_risk": judge_least_risk,
}
