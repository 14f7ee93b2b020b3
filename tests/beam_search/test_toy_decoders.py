"""The toy decoders have the probabilities they promise."""

import numpy as np
import pytest

from lstm_lib.beam_search.search import every_sequence, exhaustive_search, sequence_log_p
from lstm_lib.beam_search.toy_decoders import END, START, hasty_copier, log_softmax, random_tree, table_decoder

pytestmark = pytest.mark.numpy


def test_a_table_is_read_by_what_has_been_written():
    step_fn = table_decoder({"": [0.25, 0.75, 0], "a": [0.5, 0, 0.5], "ab": [1, 0, 0]}, ".ab")
    assert np.exp(sequence_log_p(step_fn, None, START, [1, 2, END])) == pytest.approx(0.75 * 0.5)
    assert sequence_log_p(step_fn, None, START, [1, 1]) == -np.inf
    assert sorted(tokens for tokens, _ in every_sequence(step_fn, None, START, END, 5)) == [[0], [1, 0], [1, 2, 0]]


def test_a_tree_has_a_distribution_of_its_own_for_every_prefix():
    step_fn = random_tree(3, 4)
    first, state = step_fn(START, None)
    rows = [first, *(step_fn(token, state)[0] for token in range(4))]
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1)
    assert len({row.tobytes() for row in rows}) == 5
    np.testing.assert_array_equal(random_tree(3, 4)(START, None)[0], first)
    assert (random_tree(4, 4)(START, None)[0] != first).any()
    assert np.ptp(random_tree(3, 4, spread=9.0)(START, None)[0]) == pytest.approx(6 * np.ptp(first))


@pytest.mark.parametrize("seed", range(6))
def test_a_copier_knows_each_symbol_and_its_best_sequence(seed):
    step_fn, target, best = hasty_copier(seed, vocab_size=4, shortest=2, longest=4, sure=0.6)
    state, last = None, START
    for token in target:
        log_p, state = step_fn(last, state)
        assert np.exp(log_p).sum() == pytest.approx(1) and np.exp(log_p[token]) == pytest.approx(0.6)
        assert log_p.argmax() == token
        last = token
    assert target[-1] == END and END not in target[:-1] and 3 <= len(target) <= 5
    ended = [log_p for tokens, log_p in every_sequence(step_fn, None, START, END, 7) if tokens[-1] == END]
    assert max(ended) == pytest.approx(best, rel=1e-12)
    assert exhaustive_search(step_fn, None, START, END, 7)[1] >= best - 1e-12


def test_log_softmax_normalises_and_survives_large_numbers():
    values = log_softmax(np.array([[1e4, 1e4, -np.inf], [0.0, 1.0, 2.0]]))
    np.testing.assert_allclose(values[0], [-np.log(2), -np.log(2), -np.inf])
    np.testing.assert_allclose(np.exp(values).sum(axis=1), 1)
