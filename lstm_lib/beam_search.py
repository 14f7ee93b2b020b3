"""Find a likely sequence when only its next token has a probability: greedy, exhaustive and beam search.

Chapter ``07_beam_search``. A model is here no more than a function ``step_fn(token, state) -> (log_p, state)`` with
``log_p`` of shape (V,), the log-probability of each next token in nats; which framework computes it does not matter.
A **hypothesis** is a sequence that ends in ``eos``, or one of ``max_len`` tokens that does not. These are all that can
be written, and their probabilities sum to 1. Its score is its log-probability divided by length ** length_penalty.

:mod:`lstm_lib.batched_beam` gives the same answers for many sources at once.
"""

from dataclasses import dataclass

import numpy as np


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

    tokens: tuple
    log_p: float
    state: object


def greedy_search(step_fn, state, bos, eos, max_len, length_penalty=0.0):
    """Write the likeliest next token again and again.

    Parameters, returns and errors as in :func:`beam_search`; of equally likely tokens the lowest id is taken.
    """
    _check(max_len=max_len)
    tokens, log_p, token = [], 0.0, bos
    while token != eos and len(tokens) < max_len and log_p > -np.inf:
        next_log_p, state = _step(step_fn, token, state)
        totals = log_p + next_log_p
        token = int(np.argmax(totals))
        log_p = float(totals[token])
        tokens.append(token)
    possible = [(tokens, score(log_p, len(tokens), length_penalty))] if log_p > -np.inf else []
    return best_first(possible)[0]


def every_sequence(step_fn, state, bos, eos, max_len):
    """Yield all hypotheses that have a probability above 0.

    Parameters
    ----------
    step_fn, state, bos, eos, max_len
        As in :func:`beam_search`.

    Yields
    ------
    tokens : list of int
    log_p : float
        In nats.
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


def exhaustive_search(step_fn, state, bos, eos, max_len, length_penalty=0.0):
    """Find the best sequence by looking at all of them: V ** max_len steps, for small examples only.

    Parameters, returns and errors as in :func:`beam_search`.
    """
    hypotheses = every_sequence(step_fn, state, bos, eos, max_len)
    scored = [(tokens, score(log_p, len(tokens), length_penalty)) for tokens, log_p in hypotheses]
    return best_first(scored)[0]


def beam_search(step_fn, state, bos, eos, beam_width, max_len, length_penalty=0.0):
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
        Start and end token ids, in [0, V).
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


def beam_search_n_best(step_fn, state, bos, eos, beam_width, max_len, length_penalty=0.0, *, n_best):
    """Find several likely output sequences; see :func:`beam_search`.

    Parameters
    ----------
    step_fn, state, bos, eos, beam_width, max_len, length_penalty
        As in :func:`beam_search`.
    n_best : int
        Sequences wanted. A beam at least as wide finds as many, if so many have a probability above 0.

    Returns
    -------
    list of tuple
        ``(tokens, score)``, at most ``n_best``, the best first; of equals the shorter, then the lower ids.
    """
    _check(beam_width=beam_width, max_len=max_len, n_best=n_best)
    alive, finished = [Prefix((), 0.0, state)], []
    for length in range(1, max_len + 1):
        longer = [extension for prefix in alive for extension in _extensions(step_fn, prefix, bos)]
        kept = sorted(longer, key=lambda prefix: -prefix.log_p)[:beam_width]  # of equals the first: sorting is stable
        alive = []
        for prefix in kept:
            if prefix.tokens[-1] == eos or length == max_len:
                finished.append((list(prefix.tokens), score(prefix.log_p, length, length_penalty)))
            else:
                alive.append(prefix)
        finished = sorted(finished, key=rank)[:n_best]
        if len(finished) == n_best:  # what can't overtake the last of them is not worth a step
            to_beat = finished[-1][1]
            alive = [p for p in alive if best_possible(p.log_p, length, max_len, length_penalty) > to_beat]
    return best_first(finished)


def score(log_p, length, length_penalty):
    """Divide a log-probability by length ** length_penalty."""
    return log_p / length**length_penalty


def best_possible(log_p, length, max_len, length_penalty):
    """Give the highest score that a prefix can still reach.

    More tokens can only lower the log-probability, so the best case is to lose nothing more; the division then
    favours the longest sequence (``length_penalty`` above 0) or the shortest (below 0).

    Parameters
    ----------
    log_p : float
        Of the prefix, at most 0.
    length : int
        Of the prefix, below ``max_len``.
    max_len : int
    length_penalty : float

    Returns
    -------
    float
    """
    return score(log_p, max_len if length_penalty > 0 else length + 1, length_penalty)


def rank(hypothesis):
    """Give what hypotheses ``(tokens, score)`` are sorted by: the best first; of equals the shorter, then lower ids."""
    tokens, value = hypothesis
    return -value, len(tokens), tokens


def best_first(hypotheses):
    """Sort hypotheses by :func:`rank`; ``ValueError`` if there is none."""
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
