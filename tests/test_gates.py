"""Cells against PyTorch, limits worked by hand and central differences."""

import numpy as np
import pytest

from lstm_lib import gates
from lstm_lib.core.functions import sigmoid
from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.core.weights import initial_weights
from lstm_lib.frameworks.layouts import to_torch
from lstm_lib.gates import gru_step, input_gradient_by_lag, lstm_gates, lstm_step, rnn_step

pytestmark = pytest.mark.numpy

B, D, H = 3, 2, 4
BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}


def random_arguments(cell, seed=0):
    """Arguments of a step function, every size different, every weight random."""
    rng = np.random.default_rng(seed)
    G = BLOCKS[cell]
    state = [rng.normal(size=(B, H)) for _ in range(2 if cell == "lstm" else 1)]
    weights = [rng.normal(size=(G * H, D)), rng.normal(size=(G * H, H)), rng.normal(size=G * H)]
    if cell == "gru":
        weights.append(rng.normal(size=H))
    return [rng.normal(size=(B, D)), *state, *weights]


def torch_step(torch, cell, arguments):
    """The same step by PyTorch's cell."""
    x_t, h_prev, *rest = arguments
    state = (h_prev, rest.pop(0)) if cell == "lstm" else (h_prev,)
    layer = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[cell](D, H).double()
    layer.load_state_dict({name: torch.tensor(a) for name, a in to_torch(cell, rest, suffix="").items()})
    state = tuple(map(torch.tensor, state))
    with torch.no_grad():
        return layer(torch.tensor(x_t), state if cell == "lstm" else state[0])


@pytest.mark.parametrize("cell", BLOCKS)
def test_step_equals_pytorchs_cell(torch, cell):
    arguments = random_arguments(cell)
    ours, theirs = getattr(gates, f"{cell}_step")(*arguments), torch_step(torch, cell, arguments)
    np.testing.assert_allclose(ours, np.array([t.numpy() for t in theirs]), rtol=1e-12)


@pytest.mark.parametrize("cell", BLOCKS)
def test_backward_step_equals_central_differences_for_every_argument(cell):
    arguments = random_arguments(cell, seed=1)
    rng = np.random.default_rng(2)
    upstream = [rng.normal(size=(B, H)) for _ in range(2 if cell == "lstm" else 1)]
    step, backward = getattr(gates, f"{cell}_step"), getattr(gates, f"{cell}_step_backward")

    def loss():
        out = step(*arguments)
        return sum(float(np.sum(u * s)) for u, s in zip(upstream, out if cell == "lstm" else [out], strict=True))

    for gradient, argument in zip(backward(*upstream, *arguments), arguments, strict=True):
        assert relative_error(gradient, numerical_gradient(loss, argument)) < 1e-8


def test_lstm_keeps_its_cell_when_the_forget_gate_is_open_and_the_input_gate_shut():
    x_t, h_prev, c_prev, W_ih, W_hh, _ = random_arguments("lstm")
    b = np.repeat([-50.0, 50.0, 0.0, 0.0], H)  # i = 0, f = 1
    _, c_t = lstm_step(x_t, h_prev, c_prev, 0 * W_ih, 0 * W_hh, b)
    np.testing.assert_allclose(c_t, c_prev, rtol=1e-12)


def test_lstm_forgets_everything_when_the_forget_gate_is_shut():
    x_t, h_prev, c_prev, W_ih, W_hh, b = random_arguments("lstm")
    b[H : 2 * H] = -1e3
    first, second = lstm_step(x_t, h_prev, c_prev, W_ih, W_hh, b), lstm_step(x_t, h_prev, 9 * c_prev, W_ih, W_hh, b)
    np.testing.assert_array_equal(first, second)


def test_gru_keeps_its_state_when_the_update_gate_is_open():
    x_t, h_prev, W_ih, W_hh, b, b_hn = random_arguments("gru")
    b[H : 2 * H] = 1e3
    np.testing.assert_allclose(gru_step(x_t, h_prev, W_ih, W_hh, b, b_hn), h_prev, rtol=1e-12)


def test_rnn_with_no_weights_is_the_tanh_of_its_bias():
    b = np.arange(H) / 3
    h_t = rnn_step(np.ones((B, D)), np.ones((B, H)), np.zeros((H, D)), np.zeros((H, H)), b)
    np.testing.assert_allclose(h_t, np.tile(np.tanh(b), (B, 1)), rtol=1e-14)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("which", ["W_ih", "W_hh", "b"])
def test_a_weight_of_the_wrong_shape_is_named(cell, which):
    arguments = random_arguments(cell)
    place = {"W_ih": 0, "W_hh": 1, "b": 2}[which] + (3 if cell == "lstm" else 2)
    arguments[place] = arguments[place][:1]
    with pytest.raises(ValueError, match=f"{which} must be"):
        getattr(gates, f"{cell}_step")(*arguments)


def test_lstm_gates_lie_in_their_ranges():
    x_t, h_prev, _, *weights = random_arguments("lstm")
    i, f, g, o = lstm_gates(x_t, h_prev, *weights)
    for gate in (i, f, o):
        assert (gate > 0).all() and (gate < 1).all()
    assert (np.abs(g) < 1).all() and (g < 0).any()


@pytest.mark.parametrize("cell", BLOCKS)
def test_gradient_by_lag_equals_central_differences(cell):
    T = 6
    xs = np.random.default_rng(3).normal(size=(T, D))
    weights = random_arguments(cell)[3 if cell == "lstm" else 2 :]
    norms = input_gradient_by_lag(cell, xs, weights)

    def last_hidden(unit):
        h, c = np.zeros((1, H)), np.zeros((1, H))
        for x_t in xs[:, None]:
            if cell == "lstm":
                h, c = lstm_step(x_t, h, c, *weights)
            else:
                h = getattr(gates, f"{cell}_step")(x_t, h, *weights)
        return float(h[0, unit])

    per_unit = [numerical_gradient(lambda u=u: last_hidden(u), xs) for u in range(H)]
    expected = np.sqrt(np.sum(np.square(per_unit), axis=(0, 2)))[::-1]
    np.testing.assert_allclose(norms, expected, rtol=1e-5, atol=1e-11)


def test_with_shut_loops_the_lstm_gradient_decays_by_exactly_the_forget_gate():
    rng = np.random.default_rng(4)
    W_ih, W_hh, b = initial_weights("lstm", D, H, rng, forget_bias=3.0)
    norms = input_gradient_by_lag("lstm", 1e-4 * rng.normal(size=(30, D)), (W_ih, 0 * W_hh, b))
    # Inputs near 0 leave every forget gate at sigmoid(3), and without W_hh only the cell carries.
    np.testing.assert_allclose(norms[1:] / norms[:-1], sigmoid(3.0), rtol=1e-3)
