"""The vectorised Kneser-Ney model agrees with the formula written out for one character at a time."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from lstm_lib.char_lm.kneser_ney import KneserNey
from lstm_lib.char_lm.rivals import NGram

pytestmark = pytest.mark.numpy


class Plain:
    """Chen and Goodman's interpolated form, with dictionaries."""

    def __init__(self, ids, order, V):
        self.order, self.V = order, V
        raw = [Counter() for _ in range(order)]
        for n in range(1, order + 1):
            for i in range(len(ids) - n + 1):
                raw[n - 1][tuple(ids[i : i + n])] += 1
        self.counts = [defaultdict(Counter) for _ in range(order)]
        for gram, count in raw[-1].items():
            self.counts[-1][gram[:-1]][gram[-1]] = count
        for n in range(order - 1, 0, -1):  # distinct characters before each shorter gram
            for gram in raw[n]:
                self.counts[n - 1][gram[1:-1]][gram[-1]] += 1
        self.discounts = [
            self.estimate([c for after in level.values() for c in after.values()]) for level in self.counts
        ]

    @staticmethod
    def estimate(counts):
        n1, n2, n3, n4 = (counts.count(k) for k in (1, 2, 3, 4))
        if 0 in (n1, n2, n3, n4):
            return 0.5, 0.5, 0.5
        Y = n1 / (n1 + 2 * n2)
        found = (1 - 2 * Y * n2 / n1, 2 - 3 * Y * n3 / n2, 3 - 4 * Y * n4 / n3)
        return tuple(min(max(d, 0), most) for d, most in zip(found, (1, 2, 3), strict=True))

    def p(self, character, context):
        context = tuple(context[-(self.order - 1) :]) if self.order > 1 else ()
        shorter = 1 / self.V if not context else self.p(character, context[1:])
        after = self.counts[len(context)].get(context)
        if not after:
            return shorter
        taken = {c: self.discounts[len(context)][min(n, 3) - 1] for c, n in after.items()}
        kept = after[character] - taken[character] if character in taken else 0
        return (kept + sum(taken.values()) * shorter) / after.total()


def skewed(n, V, seed):
    """Text in which what comes next depends on the two before."""
    rng, ids = np.random.default_rng(seed), [0, 1]
    for _ in range(n - 2):
        ids.append(int((ids[-1] * 2 + ids[-2] + rng.integers(0, 2)) % (V - 2)))
    return ids


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_every_probability_is_the_formula_s(order):
    V, train, test = 9, skewed(400, 9, 0), [*skewed(40, 9, 1), 8, 7, 0, 1]  # 7 and 8 were never seen
    plain, model = Plain(train, order, V), KneserNey(train, order, V)
    expected = [plain.p(c, test[:i]) for i, c in enumerate(test)]
    np.testing.assert_allclose(model.probabilities(test), expected, rtol=1e-12)
    assert model.loss(test) == pytest.approx(-np.mean(np.log(expected[1:])))
    assert model.parameters == NGram(train, order, V).parameters


def test_the_probabilities_of_all_characters_sum_to_one():
    model = KneserNey(skewed(500, 6, 0), 4, 6)
    for context in ([], [1], [1, 2, 3], [5, 5, 5], skewed(9, 6, 2)):
        p = np.array([model.probabilities([*context, c])[-1] for c in range(6)])
        assert p.sum() == pytest.approx(1) and (p > 0).all()


def test_a_bigram_model_worked_by_hand():
    # abracadabra as 1 2 3 1 4 1 5 1 2 3 1. Pairs: ab 2, br 2, ra 2, ac, ca, ad, da 1. Before a stand r, c, d; before
    # each other letter one. So the shorter context has p(b) = (1 - 1/2 + 5/2 * 1/6) / 7 = 11/84. After a come b twice,
    # c and d: p(b | a) = (2 - 1/2 + 3/2 * 11/84) / 4.
    p = KneserNey([1, 2, 3, 1, 4, 1, 5, 1, 2, 3, 1], 2, 6).probabilities([1, 2])
    assert p[1] == pytest.approx((1.5 + 1.5 * 11 / 84) / 4)


def test_a_character_that_always_follows_one_other_is_rare_where_nothing_is_known():
    rng = np.random.default_rng(0)
    ids = np.repeat(rng.integers(0, 8, size=2000), 2)  # 0 to 7, and after each 3 a 9, which so is common
    ids = np.concatenate([[i, 9] if i == 3 else [i] for i in ids])
    counts, pairs = np.bincount(ids), KneserNey(ids, 2, 12)
    unseen = pairs.probabilities([11, 9])[1], pairs.probabilities([11, 3])[1]
    assert counts[9] == counts[3] and unseen[0] < 0.2 * unseen[1]
    assert NGram(ids, 2, 12).probabilities([11, 9])[1] == pytest.approx(NGram(ids, 2, 12).probabilities([11, 3])[1])
