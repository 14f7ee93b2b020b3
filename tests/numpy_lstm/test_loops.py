"""The readable loops against central differences, and against the fast layer."""

import numpy as np
import pytest

from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.data.tasks import marked_number
from lstm_lib.numpy_lstm.layers import LSTM
from lstm_lib.numpy_lstm.loops import LoopLSTM, lstm_sequence, lstm_sequence_backward, train_layer

pytestmark = pytest.mark.numpy

B, T, D, H = 2, 5, 3, 4
NAMES = ("xs", "h_0", "c_0", "W_ih", "W_hh", "b")


@pytest.fixture
def problem():
    """Arrays by name, and the gradient of every hidden state."""
    rng = np.random.default_rng(0)
    shapes = ((B, T, D), (B, H), (B, H), (4 * H, D), (4 * H, H), (4 * H,))
    arrays = {name: rng.normal(size=shape) for name, shape in zip(NAMES, shapes, strict=True)}
    return arrays, rng.normal(size=(B, T, H))


def gradients(arrays, dhs):
    hs, cs = lstm_sequence(*arrays.values())
    found = lstm_sequence_backward(dhs, arrays["xs"], hs, cs, *list(arrays.values())[1:])
    return dict(zip(NAMES, found, strict=True))


def test_every_gradient_of_the_loop_equals_central_differences(problem):
    arrays, dhs = problem
    found = gradients(arrays, dhs)
    for name, array in arrays.items():
        by_differences = numerical_gradient(lambda: float(np.sum(dhs * lstm_sequence(*arrays.values())[0])), array)
        assert relative_error(found[name], by_differences) < 1e-7, name


def test_the_loop_and_the_fast_layer_agree(problem):
    arrays, dhs = problem
    fast = LSTM(D, H, seed=0, dtype=np.float64)
    for name, p in fast.parameters.items():
        p[...] = arrays[name]
    hs, (_, c_T) = fast.forward(arrays["xs"], (arrays["h_0"], arrays["c_0"]))
    loop_hs, loop_cs = lstm_sequence(*arrays.values())
    np.testing.assert_allclose(loop_hs, hs, rtol=1e-12)
    np.testing.assert_allclose(loop_cs[:, -1], c_T, rtol=1e-12)
    found = gradients(arrays, dhs)
    for name, expected in fast.backward(dhs, inputs=True).items():
        assert relative_error(found[name], expected) < 1e-12, name


def test_the_layer_of_loops_starts_from_zeros_and_follows_weights_changed_in_place(problem):
    arrays, dhs = problem
    weights = [arrays[name] for name in ("W_ih", "W_hh", "b")]
    layer, fast = LoopLSTM(*weights), LSTM(D, H, seed=0, dtype=np.float64)
    for _ in range(2):
        for w in weights:
            w *= 0.9
        for name, p in fast.parameters.items():
            p[...] = arrays[name]
        np.testing.assert_allclose(layer.forward(arrays["xs"]), fast.forward(arrays["xs"])[0], rtol=1e-12)
        for ours, theirs in zip(layer.backward(dhs), fast.backward(dhs).values(), strict=True):
            assert relative_error(ours, theirs) < 1e-12


def test_a_layer_of_loops_learns_the_marked_number_and_one_without_gradients_does_not():
    class Deaf(LoopLSTM):
        def backward(self, dhs):
            return [0 * g for g in super().backward(dhs)]

    xs, ys = marked_number(np.random.default_rng(1), 500, 8)
    (learned, losses), (deaf, _) = (train_layer(make, steps=150, seed=0) for make in (LoopLSTM, Deaf))
    assert len(losses) == 150 and losses[0] > 0.1
    assert np.mean((learned(xs) - ys) ** 2) < 0.05 < 0.15 < np.mean((deaf(xs) - ys) ** 2)
