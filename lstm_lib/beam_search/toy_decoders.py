"""Decoders whose every probability is known, to search in: tables and trees in place of a network.

Chapter ``10_beam_search``. Each is a function ``step_fn(token, state) -> (log_p, state)``; the first state is None.
Token 0 is the end, and :data:`START` stands before the first one.
"""

from collections.abc import Sequence

import numpy as np

from lstm_lib.beam_search.search import StepFn

END, START = 0, -1


def table_decoder(table: dict[str, Sequence[float]], symbols: str) -> StepFn:
    """Return a decoder that looks the next probabilities up by what has been written.

    Parameters
    ----------
    table : dict of str to sequence of float
        Text written so far to the probability of each next symbol.
    symbols : str
        One for each token; the first is the end.

    Returns
    -------
    callable
        Its state is the text before the last token.
    """

    def step_fn(token, text):
        text = "" if text is None else text + symbols[token]
        with np.errstate(divide="ignore"):
            return np.log(table[text]), text

    return step_fn


def random_tree(seed: int, vocab_size: int, spread: float = 1.5) -> StepFn:
    """Return a decoder that draws a distribution for every prefix, so that no two prefixes share anything.

    Parameters
    ----------
    seed : int
    vocab_size : int
        V, the end included.
    spread : float
        Standard deviation of the logits; a larger one decides more clearly.

    Returns
    -------
    callable
        Its state is the tuple of tokens before the last.
    """

    def step_fn(token, prefix):
        prefix = () if prefix is None else (*prefix, token)
        logits = spread * np.random.default_rng([seed, len(prefix), *prefix]).normal(size=vocab_size)
        return log_softmax(logits), prefix

    return step_fn


def hasty_copier(
    seed: int, vocab_size: int = 12, *, shortest: int = 8, longest: int = 16, sure: float = 0.75, doubt: float = 1.0
) -> tuple[StepFn, list[int], float]:
    """Return a decoder that has to write a random text, knows each symbol of it, and may end too early.

    At every position it gives most of the probability to the right symbol, whatever came before, and a little to every
    other one, the end among them. After the last symbol the end is right.

    Parameters
    ----------
    seed : int
        Of the text, its length and the doubts.
    vocab_size : int
        V, the end included.
    shortest, longest : int
        Bounds of the length, without the end.
    sure : float
        Probability of the right symbol.
    doubt : float
        Standard deviation of the logits of the wrong ones, which share the rest.

    Returns
    -------
    step_fn : callable
        Its state is the number of tokens written before the last.
    target : list of int
        The text with its end.
    best : float
        Highest log-probability of any sequence, in nats, by going through all lengths.
    """
    rng = np.random.default_rng(seed)
    length = int(rng.integers(shortest, longest + 1))
    target = [*rng.integers(1, vocab_size, size=length).tolist(), END]
    logits, right = doubt * rng.normal(size=(length + 1, vocab_size)), (np.arange(length + 1), target)
    logits[right] = -np.inf
    rows = np.log(1 - sure) + log_softmax(logits)
    rows[right] = np.log(sure)

    def step_fn(token, position):
        position = 0 if position is None else position + 1
        return rows[min(position, length)], position

    on = rows[:, 1:].max(axis=1)  # the likeliest symbol that is not the end
    before = np.concatenate([[0], np.cumsum(on[:-1])])
    return step_fn, target, float(np.max(before + rows[:, END]))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Turn scores into log-probabilities along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
