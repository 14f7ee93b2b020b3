"""The brackets follow their grammar, and cost what its entropy says."""

import itertools

import numpy as np
import pytest

from lstm_lib.data.brackets import bracket_entropy, bracket_errors, bracket_text

pytestmark = pytest.mark.numpy


def grammar(text, deepest, pairs):
    """Probability of a text under the grammar, by hand for opening at one half."""
    p, stack = 1.0, []
    for c in text:
        opens = [pair for pair in pairs if pair[0] == c]
        up = 1.0 if not stack else 0.0 if len(stack) == deepest else 0.5
        if opens:
            p *= up / len(pairs)
            stack.append(opens[0][1])
        else:
            p *= (1 - up) * (bool(stack) and stack.pop() == c)
    return p


def test_the_entropy_of_the_brackets_is_what_a_long_text_costs_under_their_grammar():
    pairs = ("()", "[]", "{}")
    text = bracket_text(60_000, np.random.default_rng(0), pairs=pairs, deepest=4)
    pieces, depth, start = [], 0, 0
    for k, c in enumerate(text, start=1):  # cut where the depth is 0, so that pieces are independent
        depth += 1 if c in "([{" else -1
        if depth == 0:
            pieces.append(text[start:k])
            start = k
    surprise = -sum(np.log(grammar(piece, 4, pairs)) for piece in pieces)
    assert surprise / start == pytest.approx(bracket_entropy(kinds=3, deepest=4), rel=0.01)
    assert bracket_errors(text, pairs=pairs, deepest=4) == 0
    assert bracket_entropy(kinds=1, deepest=1) == pytest.approx(0)
    assert bracket_entropy(kinds=4, deepest=1) == pytest.approx(np.log(4) / 2)


def test_bracket_errors_are_the_characters_that_the_grammar_forbids():
    allowed = {"".join(c) for c in itertools.product("()[]", repeat=4) if grammar(c, 2, ("()", "[]")) > 0}
    for text in map("".join, itertools.product("()[]", repeat=4)):
        assert (bracket_errors(text, deepest=2) == 0) == (text in allowed)
    assert bracket_errors("([)])") == 1 and bracket_errors("((()", deepest=2) == 1 and bracket_errors("x)") == 2
