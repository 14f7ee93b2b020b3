"""The two measurements of a network that does not learn agree with what is known without them."""

import numpy as np
import pytest

from lstm_lib.data.tasks import adding_problem
from lstm_lib.gates import input_gradient_by_lag
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training import last_state_knows, reach

pytestmark = pytest.mark.numpy


def test_the_reach_of_one_sequence_is_that_of_chapter_1():
    model = SequenceRegressor(2, 5, 1, seed=3, dtype=np.float64)
    xs = np.random.default_rng(4).normal(size=(1, 9, 2))
    expected = input_gradient_by_lag("lstm", xs[0], tuple(model.layers[0].parameters.values()))
    np.testing.assert_allclose(reach(model, xs), expected / expected[0], rtol=1e-9)


def test_the_reach_of_several_sequences_is_their_root_mean_square():
    model = SequenceRegressor(2, 5, 1, seed=3, dtype=np.float64)
    xs = np.random.default_rng(4).normal(size=(3, 7, 2))
    weights = tuple(model.layers[0].parameters.values())
    squares = np.mean([input_gradient_by_lag("lstm", x, weights) ** 2 for x in xs], axis=0)
    np.testing.assert_allclose(reach(model, xs), np.sqrt(squares / squares[0]), rtol=1e-9)


def test_a_state_that_holds_the_target_knows_it_and_one_that_does_not_knows_nothing():
    model = SequenceRegressor(2, 6, 1, seed=0, dtype=np.float64)
    xs, _, lengths = adding_problem(np.random.default_rng(1), 600, 20)
    hs, _ = model.layers[0].forward(xs)
    last = hs[np.arange(600), lengths - 1]
    held = 3 + last @ np.random.default_rng(2).normal(size=(6, 1))
    assert last_state_knows(model, xs, held, lengths=lengths) == pytest.approx(1, abs=1e-9)
    noise = np.random.default_rng(5).normal(size=(600, 1))
    assert -0.15 < last_state_knows(model, xs, noise, lengths=lengths) < 0.05
    few = {"xs": xs[:40], "ys": noise[:40], "lengths": lengths[:40]}
    assert last_state_knows(model, **few) < 0  # judged where it was fitted, it would be above 0
    half_noise = held / held.std() + noise
    assert last_state_knows(model, xs, half_noise, lengths=lengths) == pytest.approx(0.5, abs=0.12)


def test_the_state_is_read_at_the_end_of_each_sequence():
    model = SequenceRegressor(1, 4, 1, seed=0, dtype=np.float64)
    xs, lengths = np.random.default_rng(1).normal(size=(200, 5, 1)), np.full(200, 3)
    xs_other = xs.copy()
    xs_other[:, 3:] = 9  # after the end
    ys = xs[:, 2]
    assert last_state_knows(model, xs, ys, lengths=lengths) == last_state_knows(model, xs_other, ys, lengths=lengths)
    assert last_state_knows(model, xs, ys, lengths=lengths) > 0.5
