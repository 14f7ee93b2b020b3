"""The choice of least risk is the one that a loop over all candidates and truths finds."""

import numpy as np
import pytest

from lstm_lib.beam_search.risk import minimum_risk
from lstm_lib.beam_search.search import every_sequence, exhaustive_search
from lstm_lib.beam_search.toy_decoders import END, START, random_tree

pytestmark = pytest.mark.numpy


def hamming(a, b):
    """Count the places that differ, and by how many the lengths do."""
    return sum(x != y for x, y in zip(a, b, strict=False)) + abs(len(a) - len(b))


def by_loops(candidates, weights):
    risks = []
    for candidate in candidates:
        total = 0.0
        for truth, weight in zip(candidates, weights, strict=True):
            total += weight / sum(weights) * hamming(candidate, truth)
        risks.append(total)
    return candidates[risks.index(min(risks))], min(risks)


@pytest.mark.parametrize("seed", range(8))
def test_the_least_risk_is_that_of_a_loop_over_candidates_and_truths(seed):
    rng = np.random.default_rng(seed)
    candidates = [rng.integers(0, 3, size=rng.integers(1, 6)).tolist() for _ in range(9)]
    weights = rng.uniform(0.1, 2.0, size=9).tolist()
    found, risk = minimum_risk(candidates, hamming, weights)
    expected, least = by_loops(candidates, weights)
    assert found == expected and risk == pytest.approx(least, rel=1e-12)
    assert minimum_risk(candidates, hamming, [7 * w for w in weights])[1] == pytest.approx(least, rel=1e-12)


def test_with_a_distance_of_0_and_1_the_most_probable_sequence_has_the_least_risk():
    for seed in range(20):
        step_fn = random_tree(seed, 4)
        everything = list(every_sequence(step_fn, None, START, END, 4))
        best, log_p = exhaustive_search(step_fn, None, START, END, 4)
        tokens, probabilities = [t for t, _ in everything], np.exp([p for _, p in everything])
        found, risk = minimum_risk(tokens, lambda a, b: float(a != b), probabilities)
        assert found == best and risk == pytest.approx(1 - np.exp(log_p))


def test_a_sequence_that_lies_between_the_others_wins_against_a_more_probable_one():
    found, risk = minimum_risk([[1, 1, 1], [2, 2, 1], [2, 2, 2]], hamming, [0.4, 0.3, 0.3])
    assert found == [2, 2, 1] and risk == pytest.approx(0.4 * 2 + 0.3)


def test_samples_that_come_twice_count_twice_and_ties_go_to_the_likelier_then_the_first():
    assert minimum_risk([[1], [2, 2, 2], [1]], hamming) == ([1], pytest.approx(1.0))
    assert minimum_risk([[1], [2]], hamming, [1, 1])[0] == [1]
    assert minimum_risk([(2,), (1,)], lambda a, b: 0.0, [0.4, 0.6])[0] == [1]


def test_nothing_to_choose_from_is_refused():
    for candidates, weights in (([], None), ([[1]], [0.0])):
        with pytest.raises(ValueError, match="needs candidates"):
            minimum_risk(candidates, hamming, weights)
    with pytest.raises(ValueError, match="zip"):
        minimum_risk([[1]], hamming, [1, 2])
