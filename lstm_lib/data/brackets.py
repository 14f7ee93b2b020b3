"""Brackets that always match: a language whose grammar needs a memory, with an entropy that is known exactly.

Chapter ``07_char_lm``.
"""

from collections.abc import Sequence

import numpy as np


def bracket_text(
    n: int, rng: np.random.Generator, *, pairs: Sequence[str] = ("()", "[]"), deepest: int = 8, p_open: float = 0.5
) -> str:
    """Draw brackets that always match: a language whose grammar needs a memory and is known exactly.

    At depth 0 a bracket opens, at the greatest depth one closes, between them one opens with probability
    ``p_open``. All kinds are equally likely to open; only the kind opened last may close.

    Parameters
    ----------
    n : int
        Characters.
    rng : numpy.random.Generator
    pairs : sequence of str
        The kinds, two characters each.
    deepest : int
    p_open : float

    Returns
    -------
    str

    See Also
    --------
    bracket_entropy : what the best possible model loses on it.
    """
    coins, kinds = rng.random(n), rng.integers(0, len(pairs), size=n)
    stack, text = [], []
    for coin, kind in zip(coins.tolist(), kinds.tolist(), strict=True):
        if not stack or (len(stack) < deepest and coin < p_open):
            stack.append(pairs[kind])
            text.append(stack[-1][0])
        else:
            text.append(stack.pop()[1])
    return "".join(text)


def bracket_entropy(*, kinds: int = 2, deepest: int = 8, p_open: float = 0.5) -> float:
    """Return the entropy of :func:`bracket_text`, in nats per character.

    The depth is a Markov chain whose stationary probabilities follow from the balance between each depth and the
    next; a character is as uncertain as the choice between opening and closing, and the kind opened.
    """
    up = np.array([1.0, *[p_open] * (deepest - 1), 0.0])
    share = np.cumprod([1.0, *(up[:-1] / (1 - up[1:]))])
    share /= share.sum()
    inner = np.array([p for p in (p_open, 1 - p_open) if 0 < p < 1])
    choice = np.where((up > 0) & (up < 1), -(inner * np.log(inner)).sum(), 0.0)
    return float((share * (choice + up * np.log(kinds))).sum())


def bracket_errors(text: str, *, pairs: Sequence[str] = ("()", "[]"), deepest: int = 8) -> int:
    """Count the characters that the grammar of :func:`bracket_text` forbids where they stand.

    A closing bracket of the wrong kind counts and closes nothing; one too deep counts and opens nothing.
    """
    closing = {pair[0]: pair[1] for pair in pairs}
    stack, errors = [], 0
    for character in text:
        if character in closing and len(stack) < deepest:
            stack.append(closing[character])
        elif stack and character == stack[-1]:
            stack.pop()
        else:
            errors += 1
    return errors
