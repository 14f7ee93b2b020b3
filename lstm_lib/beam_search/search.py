"""Find a likely sequence when only its next token has a probability: greedy, exhaustive and beam search.

Chapter ``10_beam_search``. A model is here no more than a function ``step_fn(token, state) -> (log_p, state)`` with
``log_p`` of shape (V,), the log-probability of each next token in nats; which framework computes it does not matter.
A **hypothesis** is a sequence that ends in ``eos``, or one of ``max_len`` tokens that does not. These are all that can
be written, and their probabilities sum to 1. Its score is its log-probability divided by length ** length_penalty.

:mod:`lstm_lib.beam_search.batched` gives the same answers for many sources at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

StepFn = Callable[[int, Any], tuple[np.ndarray, Any]]  # (token, state) -> (log_p, state)
Hypothesis = tuple[list[int], float]  # tokens, and their score or log-probability
RIGHT, SEARCH_ERROR, MODEL_ERROR = "right", "search error", "model error"


@dataclass(frozen=True)
class Prefix:
    """What has been written so far.

    Attributes
    ----------
    tokens : tuple of int
        Without ``bos``.
    log_p : float
        Log-probability of these tokens, in nats.
    state : object
        The decoder's, before it reads the last token.
    """

    tokens: tuple[int, ...]
    log_p: float
    state: object


def greedy_search(
    step_fn: StepFn, state: Any, bos: int, eos: int, max_len: int, length_penalty: float = 0.0
) -> Hypothesis:
    """Write the likeliest next token again and again.

    Parameters, returns and errors as in :func:`beam_search`; of equally likely tokens the lowest id is taken.
    """
    _check(max_len=max_len)
    tokens, log_p, token = [], 0.0, bos
    while token != eos and len(tokens) < max_len and log_p > -np.inf:
        next_log_p, state = _step(step_fn, token, state)
        totals = log_p + next_log_p
        token = int(np.argmax(totals))  # eq: greedy
        log_p = float(totals[token])
        tokens.append(token)
    value = score(log_p, len(tokens), length_penalty)
    return best_first([(tokens, value)] if log_p > -np.inf else [])[0]


def every_sequence(step_fn: StepFn, state: Any, bos: int, eos: int, max_len: int) -> Iterator[Hypothesis]:
    """Yield ``(tokens, log_p)``, in nats, of every hypothesis that has a probability above 0.

    Parameters
    ----------
    step_fn, state, bos, eos, max_len
        As in :func:`beam_search`.
    """
    _check(max_len=max_len)
    waiting = [Prefix((), 0.0, state)]
    while waiting:
        prefix = waiting.pop()
        for longer in _extensions(step_fn, prefix, bos):
            if longer.tokens[-1] == eos or len(longer.tokens) == max_len:
                yield list(longer.tokens), longer.log_p
            else:
                waiting.append(longer)


def exhaustive_search(
    step_fn: StepFn, state: Any, bos: int, eos: int, max_len: int, length_penalty: float = 0.0
) -> Hypothesis:
    """Find the best sequence by looking at all of them: V ** max_len steps, for small examples only.

    Parameters, returns and errors as in :func:`beam_search`.
    """
    scored = []
    for tokens, log_p in every_sequence(step_fn, state, bos, eos, max_len):
        scored.append((tokens, score(log_p, len(tokens), length_penalty)))
    return best_first(scored)[0]


def beam_search(
    step_fn: StepFn, state: Any, bos: int, eos: int, beam_width: int, max_len: int, length_penalty: float = 0.0
) -> Hypothesis:
    """Find a likely output sequence by keeping the best few prefixes.

    At each step every kept prefix is continued with every token, and the ``beam_width`` likeliest of all these are
    kept. Those that end in ``eos`` are finished: they take no part in later steps and are never dropped.

    Parameters
    ----------
    step_fn : callable
        ``(token, state) -> (log_p, state)``; ``log_p`` has shape (V,), in nats, -inf for what can't be written.
    state : object
        Decoder state to start from. Passed along, never changed in place.
    bos, eos : int
        Start token, which ``step_fn`` is given first, and end token, in [0, V).
    beam_width : int
        Prefixes kept at each step; 1 is greedy search.
    max_len : int
        Most tokens to emit, ``eos`` included.
    length_penalty : float
        Score is log-probability / length ** length_penalty, length counted with ``eos``. 0: the log-probability.
        Above 0 favours *longer* sequences: the log-probability is negative, and is divided by more.

    Returns
    -------
    tokens : list of int
        Best sequence without ``bos``; ends in ``eos`` unless ``max_len`` came first.
    score : float

    Raises
    ------
    ValueError
        If ``beam_width`` or ``max_len`` is less than 1, if ``step_fn`` returns something else than log-probabilities,
        or if every sequence that was looked at has probability 0.

    References
    ----------
    Sutskever, Vinyals & Le (2014), arXiv:1409.3215. Division by the length: Wu et al. (2016), arXiv:1609.08144.
    """
    return beam_search_n_best(step_fn, state, bos, eos, beam_width, max_len, length_penalty, n_best=1)[0]


def beam_search_n_best(
    step_fn: StepFn,
    state: Any,
    bos: int,
    eos: int,
    beam_width: int,
    max_len: int,
    length_penalty: float = 0.0,
    *,
    n_best: int,
) -> list[Hypothesis]:
    """Find several likely output sequences; see :func:`beam_search`.

    Parameters
    ----------
    step_fn, state, bos, eos, beam_width, max_len, length_penalty
        As in :func:`beam_search`.
    n_best : int
        Sequences wanted. A beam at least as wide finds that many, if there are that many with a probability above 0.

    Returns
    -------
    list of tuple
        ``(tokens, score)``, at most ``n_best``, the best first; among equals the shorter, then the one with lower ids.
    """
    _check(beam_width=beam_width, max_len=max_len, n_best=n_best)
    alive, finished = [Prefix((), 0.0, state)], []
    for length in range(1, max_len + 1):
        longer = [e for prefix in alive for e in _extensions(step_fn, prefix, bos)]
        longer.sort(key=lambda prefix: -prefix.log_p)  # among equals the first stays first
        alive = []
        for prefix in longer[:beam_width]:
            if prefix.tokens[-1] == eos or length == max_len:
                value = score(prefix.log_p, length, length_penalty)
                finished.append((list(prefix.tokens), value))
            else:
                alive.append(prefix)
        finished = sorted(finished, key=rank)[:n_best]
        if len(finished) == n_best:
            to_beat, limits = finished[-1][1], (length, max_len, length_penalty)
            alive = [p for p in alive if best_possible(p.log_p, *limits) > to_beat]
    return best_first(finished)


def score(log_p: Any, length: int, length_penalty: float) -> Any:
    """Return a log-probability divided by length ** length_penalty; also of an array or a tensor of them."""
    return log_p / length**length_penalty  # eq: beam-score


def best_possible(log_p: Any, length: int, max_len: int, length_penalty: float) -> Any:
    """Return the highest score that a prefix can still reach.

    More tokens can only lower the log-probability, so the best case is to lose nothing more; the division then
    favours the longest sequence (``length_penalty`` above 0) or the shortest (below 0).

    Parameters
    ----------
    log_p : float
        Of the prefix, at most 0; or an array or a tensor of them.
    length : int
        Of the prefix, below ``max_len``.
    max_len : int
    length_penalty : float
    """
    longest = max_len if length_penalty > 0 else length + 1
    return score(log_p, longest, length_penalty)  # eq: beam-bound


def is_proved_best(log_p: float, beam_width: int) -> bool:
    """Return whether what a beam has found must be the most probable hypothesis of all.

    Suppose a likelier one was lost. When its prefix fell out of the beam, ``beam_width`` others of the same length were
    at least as likely, and all of these probabilities together are at most 1.

    Parameters
    ----------
    log_p : float
        Of the answer of :func:`beam_search` without length penalty.
    beam_width : int

    Returns
    -------
    bool
        False proves nothing: the answer may be the best all the same.
    """
    return log_p > -np.log(beam_width + 1)  # eq: beam-proof


def sequence_log_p(step_fn: StepFn, state: Any, bos: int, tokens: Sequence[int]) -> float:
    """Return the log-probability of a given sequence in nats, the sum over its tokens.

    Parameters
    ----------
    step_fn, state, bos
        As in :func:`beam_search`.
    tokens : sequence of int
        Without ``bos``.
    """
    total, last = 0.0, bos
    for token in tokens:
        log_p, state = _step(step_fn, last, state)
        total, last = total + float(log_p[token]), token  # eq: log-p-sum
    return total


def error_kind(is_right: bool, log_p: float, reference_log_p: float) -> str:
    """Return whose fault a wrong answer is, the search's or the model's.

    Parameters
    ----------
    is_right : bool
        Whether the answer is one of the references.
    log_p, reference_log_p : float
        What the model gives to the answer, and to the likeliest of the references.

    Returns
    -------
    {"right", "search error", "model error"}
        A search error: the model prefers a reference, and the search did not find it. A model error: the model prefers
        the wrong answer, and a better search can't help.
    """
    if is_right:
        return RIGHT
    return SEARCH_ERROR if reference_log_p > log_p else MODEL_ERROR


def rank(hypothesis: Hypothesis) -> tuple[float, int, list[int]]:
    """Return the sort key of a hypothesis: the best comes first; among equals the shorter, then lower ids."""
    tokens, value = hypothesis
    return -value, len(tokens), tokens


def best_first(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Return hypotheses sorted by :func:`rank`; ``ValueError`` if there is none."""
    if not hypotheses:
        raise ValueError("every sequence that was looked at has probability 0")
    return sorted(hypotheses, key=rank)


def _extensions(step_fn, prefix, bos):
    """List a prefix with each next token that has a probability above 0, the lower ids first."""
    log_p, state = _step(step_fn, prefix.tokens[-1] if prefix.tokens else bos, prefix.state)
    return [
        Prefix((*prefix.tokens, token), prefix.log_p + value, state)
        for token, value in enumerate(log_p.tolist())
        if value > -np.inf
    ]


def _step(step_fn, token, state):
    log_p, state = step_fn(token, state)
    log_p = np.asarray(log_p, np.float64)
    if not np.all(log_p <= 0):
        raise ValueError("step_fn must return log-probabilities, at most 0: take the log-softmax of logits")
    return log_p, state


def _check(**numbers):
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
