"""The vectorised n-gram model agrees with Witten-Bell written out for one character at a time."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy.stats import chisquare

from lstm_lib.char_lm.rivals import NGram

pytestmark = pytest.mark.numpy


class Plain:
    """The formula, with dictionaries."""

    def __init__(self, ids, order, V):
        self.order, self.V = order, V
        self.after = defaultdict(Counter)
        for i in range(len(ids)):
            for k in range(min(order - 1, i) + 1):
                self.after[tuple(ids[i - k : i])][ids[i]] += 1

    def p(self, character, context):
        context = tuple(context[-(self.order - 1) :]) if self.order > 1 else ()
        shorter = 1 / self.V if not context else self.p(character, context[1:])
        seen = self.after.get(context)
        if not seen:
            return shorter
        return (seen[character] + len(seen) * shorter) / (seen.total() + len(seen))


def skewed(n, V, seed):
    """Text in which what comes next depends on the two before."""
    rng, ids = np.random.default_rng(seed), [0, 1]
    for _ in range(n - 2):
        ids.append(int((ids[-1] * 2 + ids[-2] + rng.integers(0, 2)) % (V - 2)))
    return ids


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_every_probability_is_the_formula_s(order):
    V, train, test = 7, skewed(300, 7, 0), [*skewed(40, 7, 1), 6, 5, 0, 1]  # 5 and 6 were never seen
    plain, model = Plain(train, order, V), NGram(train, order, V)
    expected = [plain.p(c, test[:i]) for i, c in enumerate(test)]
    np.testing.assert_allclose(model.probabilities(test), expected, rtol=1e-12)
    assert model.loss(test) == pytest.approx(-np.mean(np.log(expected[1:])))
    assert model.parameters == sum(len(c) for c in plain.after.values())


def test_the_probabilities_of_all_characters_sum_to_one():
    model = NGram(skewed(500, 6, 0), 4, 6)
    for context in ([], [1], [1, 2, 3], [5, 5, 5], skewed(9, 6, 2)):
        assert sum(model.probabilities([*context, c])[-1] for c in range(6)) == pytest.approx(1)


def test_an_order_beyond_the_text_and_a_large_alphabet_are_no_trouble():
    ids = np.random.default_rng(0).integers(0, 100_000, size=60)
    assert NGram(ids, 40, 100_000).loss(ids) < np.log(100_000) / 2
    assert np.isfinite(NGram([1], 3, 2).probabilities([0, 1, 1])).all()
    with pytest.raises(ValueError, match="at least 1"):
        NGram(ids, 0, 100_000)


def test_a_lower_order_is_that_which_would_have_been_learned():
    ids, unseen = skewed(600, 6, 0), skewed(200, 6, 1)
    shorter, alone = NGram(ids, 5, 6).of_order(3), NGram(ids, 3, 6)
    np.testing.assert_array_equal(shorter.probabilities(unseen), alone.probabilities(unseen))
    written = [m.sample(50, 3, np.random.default_rng(2)) for m in (shorter, alone)]
    np.testing.assert_array_equal(*written)
    assert (shorter.parameters, shorter.nbytes) == (alone.parameters, alone.nbytes)
    with pytest.raises(ValueError, match="from 1 to 5"):
        NGram(ids, 5, 6).of_order(6)


def test_what_it_writes_has_the_frequencies_of_its_probabilities():
    V, train = 5, skewed(60, 5, 3)
    model = NGram(train, 3, V)
    ids = model.sample(4, 40_000, np.random.default_rng(0))
    first = [model.probabilities([c])[0] for c in range(V)]
    assert chisquare(np.bincount(ids[:, 0], minlength=V), 40_000 * np.array(first)).pvalue > 1e-3
    for context in ((0, 1), (1, 2), (2, 2)):
        after = ids[(ids[:, 1] == context[0]) & (ids[:, 2] == context[1]), 3]
        expected = np.array([model.probabilities([*context, c])[-1] for c in range(V)])
        assert len(after) > 50
        assert chisquare(np.bincount(after, minlength=V), len(after) * expected).pvalue > 1e-3
    assert ids.shape == (40_000, 4) and NGram(train, 1, V).sample(3, 2, np.random.default_rng(0)).shape == (2, 3)
