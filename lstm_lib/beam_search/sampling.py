"""Draw sequences in place of searching for one, and cut off the tail of unlikely tokens first.

Chapter ``10_beam_search``. Probabilities are NumPy arrays; which framework computed them does not matter.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Truncation = Callable[[np.ndarray], np.ndarray]  # probabilities (..., V) -> what is left of them
BatchedStep = Callable[[np.ndarray, Any], tuple[Any, Any]]  # (tokens (N,), state) -> (log_p (N, V), state)
ROUNDING = 1e-12  # of a sum of probabilities


def nucleus(p: np.ndarray, mass: float) -> np.ndarray:
    """Return the probabilities that are left of a distribution in its nucleus: its likeliest tokens, as few as will do.

    Also called top-p.

    Parameters
    ----------
    p : numpy.ndarray
        Shape (..., V).
    mass : float
        In (0, 1]: what the tokens that are kept must have together, at the least.

    Returns
    -------
    numpy.ndarray
        Shape (..., V): 0 for what is cut off, the rest divided by its sum. Of equally likely tokens at the edge the
        lower ids are kept.

    References
    ----------
    Holtzman et al. (2020), arXiv:1904.09751.
    """
    _require_share("mass", mass)
    p = np.asarray(p, np.float64)
    order = np.argsort(-p, axis=-1, kind="stable")
    likely = np.take_along_axis(p, order, axis=-1)
    before = np.cumsum(likely, axis=-1) - likely
    stays = before < mass - ROUNDING  # eq: nucleus
    kept = np.zeros_like(p)
    np.put_along_axis(kept, order, likely * stays, axis=-1)
    return kept / kept.sum(axis=-1, keepdims=True)


def min_p(p: np.ndarray, share: float) -> np.ndarray:
    """Return the probabilities that are left of a distribution where they reach a share of the highest.

    Parameters
    ----------
    p : numpy.ndarray
        Shape (..., V).
    share : float
        In (0, 1].

    Returns
    -------
    numpy.ndarray
        Shape (..., V): 0 for what is cut off, the rest divided by its sum.

    References
    ----------
    Nguyen et al. (2024), arXiv:2407.01082.
    """
    _require_share("share", share)
    p = np.asarray(p, np.float64)
    stays = p >= share * p.max(axis=-1, keepdims=True)  # eq: min-p
    kept = np.where(stays, p, 0.0)
    return kept / kept.sum(axis=-1, keepdims=True)


def sample_sequences(
    step: BatchedStep,
    state: Any,
    start: np.ndarray,
    eos: int | None,
    max_len: int,
    rng: np.random.Generator,
    truncate: Truncation | None = None,
) -> list[list[int]]:
    """Return sequences that are drawn side by side, token by token.

    Parameters
    ----------
    step : callable
        ``(tokens, state) -> (log_p, state)`` for all sequences at once: ``tokens`` of shape (N,), ``log_p`` (N, V) in
        nats, an array or a tensor on the CPU.
    state : object
        Of the decoder, all N of them. Passed along.
    start : numpy.ndarray of int
        Shape (N,): the tokens that ``step`` is given first.
    eos : int or None
        End token; None: every sequence gets ``max_len`` tokens.
    max_len : int
        Most tokens to draw, ``eos`` included.
    rng : numpy.random.Generator
    truncate : callable, optional
        What is left of probabilities (N, V), as :func:`nucleus` or :func:`min_p` with their second argument given.

    Returns
    -------
    list of list of int
        N of them; each ends in ``eos`` unless ``max_len`` came first.
    """
    tokens, drawn = np.asarray(start), []
    going = np.ones(len(tokens), bool)
    while len(drawn) < max_len and going.any():
        log_p, state = step(tokens, state)
        p = np.exp(np.asarray(log_p, np.float64))
        tokens = _draw(truncate(p) if truncate else p, rng)
        drawn.append(tokens)
        going &= tokens != eos
    rows = np.array(drawn).T.tolist()
    return [row[: row.index(eos) + 1] if eos in row else row for row in rows]


def _draw(p, rng):
    """Draw a token of each row of p, shape (N, V), that need not sum to 1 exactly."""
    reached = np.cumsum(p, axis=-1)
    lots = rng.random((len(p), 1)) * reached[:, -1:]
    return (reached <= lots).sum(axis=-1)


def _require_share(name, value):
    if not 0 < value <= 1:
        raise ValueError(f"{name} must be above 0 and at most 1, got {value}")
