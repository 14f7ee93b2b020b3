"""Exercises of chapter ``10_beam_search`` that choose by numbers in arrays."""

from collections.abc import Callable

import numpy as np

from lstm_lib.beam_search.sampling import nucleus
from lstm_lib.beam_search.toy_decoders import log_softmax
from lstm_lib.checks import NOT_ATTEMPTED

WIDTH = 4


def step(totals: np.ndarray, log_p: np.ndarray, beam_width: int) -> np.ndarray:
    """Return parents and tokens of the best continuations, a row each: the answer to exercise ``step``."""
    order = np.argsort(-(totals[:, None] + log_p), axis=None)[:beam_width]
    return np.array([order // log_p.shape[1], order % log_p.shape[1]])


def _step_one_of_each(totals, log_p, beam_width):
    tokens = log_p.argmax(axis=1)
    parents = np.argsort(-(totals + log_p.max(axis=1)))[:beam_width]
    return np.array([parents, tokens[parents]])


def _step_divided_by_rows(totals, log_p, beam_width):
    order = np.argsort(-(totals[:, None] + log_p), axis=None)[:beam_width]
    return np.array([order // len(totals), order % len(totals)])


def _step_unflattened(totals, log_p, beam_width):
    order = np.argsort(-(totals[:, None] + log_p), axis=None)[:beam_width]
    return np.array([order, order])


STEP_MISTAKES = {
    "one prefix may have several of the best continuations; yours keeps one of each": _step_one_of_each,
    "those are the least likely; the best come first": lambda totals, log_p, k: step(-totals, -log_p, k),
    "the log-probability of the prefix itself must be added": lambda totals, log_p, k: step(0 * totals, log_p, k),
    "return parents first, then tokens": lambda totals, log_p, k: step(totals, log_p, k)[::-1],
    "the best are there, in the wrong order: the most probable come first": lambda totals, log_p, k: step(
        totals, log_p, k
    )[:, ::-1],
    "a place in the flat array is prefix * V + token: divide by V, the number of columns": _step_divided_by_rows,
    "those are places in the flat array; the prefix is place // V, the token place % V": _step_unflattened,
    "all continuations are there; keep the best beam_width of them": lambda totals, log_p, k: step(
        totals, log_p, log_p.size
    ),
}


def judge_step(answer: Callable) -> str:
    """Return the hint for one step in arrays; two rows, two columns and pairs are right as well as two arrays."""
    cases = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        cases.append((-rng.exponential(size=3), log_softmax(rng.normal(size=(3, 5))), WIDTH))

    def read(result):
        try:
            found = np.asarray(result, np.float64)
        except (TypeError, ValueError):
            return None, "return two arrays of beam_width numbers each, the parents and the tokens"
        if found.shape == (WIDTH, 2):
            found = found.T  # a pair for each
        if found.ndim == 2 and len(found) == 2:
            return found, ""
        if found.shape == (WIDTH,):
            return None, "one array is missing: return the parents and the tokens"
        return None, "return two arrays of beam_width numbers each, the parents and the tokens"

    shape = f"return {WIDTH} parents and {WIDTH} tokens, as many as beam_width"
    return _judge(answer, cases, step, STEP_MISTAKES, read, shape)


def _judge(answer, cases, reference, mistakes, read, shape):
    """Compare an answer with the reference and with known mistakes, in all cases at once."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    found = []
    for case in cases:
        given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in case]
        result = answer(*given)
        if result is None or result is Ellipsis:
            return NOT_ATTEMPTED
        if any(not np.array_equal(a, b) for a, b in zip(given, case, strict=True)):
            return "the function changes one of its arguments in place; work on new arrays"
        value, complaint = read(result)
        if complaint:
            return complaint
        found.append(value)

    def agrees(function):
        with np.errstate(all="ignore"):
            pairs = [(value, function(*case)) for value, case in zip(found, cases, strict=True)]
        return all(np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-7, atol=1e-10) for a, b in pairs)

    if agrees(reference):
        return ""
    for hint, wrong in mistakes.items():
        if agrees(wrong):
            return hint
    if any(np.shape(a) != np.shape(reference(*case)) for a, case in zip(found, cases, strict=True)):
        return shape
    return "right shape, wrong values; go through one case by hand"


def _mask(p, mass, kept):
    return np.where(kept, p, 0) / np.sum(p, where=kept)


def _before(p):
    """Return what the likelier tokens have together, for each token."""
    order = np.argsort(-p, kind="stable")
    before = np.empty_like(p)
    before[order] = np.cumsum(p[order]) - p[order]
    return before


def _from_below(p, mass):
    order = np.argsort(p, kind="stable")
    kept = np.zeros(len(p), bool)
    kept[order] = np.cumsum(p[order]) - p[order] < mass
    return _mask(p, mass, kept)


NUCLEUS_MISTAKES = {
    "what is left must be divided by its sum": lambda p, mass: np.where(nucleus(p, mass) > 0, p, 0),
    "the token with which the mass is reached belongs to the nucleus; yours drops it": lambda p, mass: _mask(
        p, mass, _before(p) + p < mass - 1e-12
    ),
    "where the mass is exceeded one token too few is kept: the one that crosses it belongs to the nucleus": (
        lambda p, mass: _mask(p, mass, _before(p) + p <= mass + 1e-12)
    ),
    "once the mass is reached exactly, nothing more is kept: <, not ≤": lambda p, mass: _mask(
        p, mass, _before(p) <= mass + 1e-12
    ),
    "the values are sorted; each must stay in the place of its token": lambda p, mass: np.sort(nucleus(p, mass))[::-1],
    "the sum runs in the order of the tokens; begin with the likeliest": lambda p, mass: _mask(
        p, mass, np.cumsum(p) - p < mass - 1e-12
    ),
    "the sum begins with the least likely; begin with the likeliest": _from_below,
    "that is min-p: a share of the highest. The nucleus reaches a sum": lambda p, mass: _mask(
        p, mass, p >= mass * p.max()
    ),
    "those are the tokens that are kept, as True or 1; return their probabilities": lambda p, mass: (
        nucleus(p, mass) > 0
    ),
    "nothing is cut off": lambda p, mass: p,
    "only the likeliest is left; the nucleus reaches the mass": lambda p, mass: _mask(p, mass, p == p.max()),
}


def judge_nucleus(answer: Callable) -> str:
    """Return the hint for a distribution cut to its nucleus."""
    exact = np.array([0.125, 0.5, 0.125, 0.25])  # reaches 0.75 with two tokens
    cases = [(np.array([0.2, 0.05, 0.4, 0.35]), 0.7), (exact, 0.75)]
    for seed in range(3):
        cases.append((np.random.default_rng(seed).dirichlet(np.ones(8)), 0.6))

    def read(result):
        try:
            return np.asarray(result, np.float64), ""
        except (TypeError, ValueError):
            return None, "return an array with a probability for each of the V tokens"

    shape = "return a probability for each of the V tokens, 0 for what is cut off"
    return _judge(answer, cases, nucleus, NUCLEUS_MISTAKES, read, shape)


def least_risk(distances: np.ndarray, p: np.ndarray) -> list[float]:
    """Return the number of the candidate with the least risk, and its risk: the answer to exercise ``least_risk``."""
    risks = distances @ p / p.sum()
    return [risks.argmin(), risks.min()]


def _chosen_by(cost):
    """Return a wrong rule: choose the least of another cost, and return that."""

    def rule(distances, p):
        costs = cost(distances, p)
        return [costs.argmin(), costs.min()]

    return rule


RISK_MISTAKES = {
    "the risk is not divided by the sum of the probabilities, which are not all there are": _chosen_by(
        lambda distances, p: distances @ p
    ),
    "all candidates count the same in your risk; weight each by its probability": _chosen_by(
        lambda distances, p: distances.mean(axis=1)
    ),
    "that is the sum of the distances; the risk is their mean, weighted by the probabilities": _chosen_by(
        lambda distances, p: distances.sum(axis=1)
    ),
    "that is the candidate with the greatest risk": lambda distances, p: [
        (distances @ p).argmax(),
        (distances @ p / p.sum()).max(),
    ],
    "that is the most probable candidate, which a beam would return; choose by the risk": lambda distances, p: [
        p.argmax(),
        (distances @ p / p.sum())[p.argmax()],
    ],
    "the weights belong to the truths: distances @ p, not the candidate's own probability times its distances": (
        _chosen_by(lambda distances, p: p * distances.sum(axis=1) / p.sum())
    ),
    "that is the worst case of each candidate; its mean was asked for": _chosen_by(
        lambda distances, p: distances.max(axis=1)
    ),
    "return the number of the candidate first, then its risk": lambda distances, p: least_risk(distances, p)[::-1],
    "candidates are numbered from 0": lambda distances, p: [
        least_risk(distances, p)[0] + 1,
        least_risk(distances, p)[1],
    ],
}


def judge_least_risk(answer: Callable) -> str:
    """Return the hint for the choice among candidates by expected distance."""
    cases = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        distances = np.triu(rng.integers(1, 6, size=(5, 5)), 1).astype(float)
        p = np.sort(rng.dirichlet(np.ones(5)) * 0.8)[::-1].copy()
        cases.append((distances + distances.T, p))

    def read(result):
        try:
            found = [float(np.asarray(value).reshape(())) for value in result]
        except (TypeError, ValueError):
            found = []
        if len(found) == len(cases[0][1]):
            return None, "those are the risks of all candidates; return the number of the best, and its risk"
        return (found, "") if len(found) == 2 else (None, "return two numbers, of the candidate and of its risk")

    return _judge(answer, cases, least_risk, RISK_MISTAKES, read, "return two numbers")
