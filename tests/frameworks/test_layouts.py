"""Converted weights mean the same: NumPy's steps against the layers of Keras and PyTorch themselves."""

import subprocess
import sys

import numpy as np
import pytest

from lstm_lib import gates
from lstm_lib.core.weights import GATES, initial_weights
from lstm_lib.frameworks.keras_setup import keras
from lstm_lib.frameworks.layouts import from_keras, from_torch, to_keras, to_torch

B, T, D, H = 3, 7, 2, 5
CELLS = sorted(GATES)


def random_weights(cell, seed=0, D=D):
    """Weights in the course's layout, random and float64."""
    rng, G = np.random.default_rng(seed), GATES[cell]
    shapes = [(G * H, D), (G * H, H), (G * H,), *([(H,)] if cell == "gru" else [])]
    return tuple(rng.normal(size=shape) for shape in shapes)


def random_start(cell, seed=1):
    """A sequence, and a state to begin from, ``h`` or ``h, c``."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(B, T, D)), [rng.normal(size=(B, H)) for _ in range(2 if cell == "lstm" else 1)]


def by_steps(cell, weights, xs, state):
    """Hidden states (B, T, H) by the steps of chapter 01."""
    hs = []
    for t in range(xs.shape[1]):
        state = getattr(gates, f"{cell}_step")(xs[:, t], *state, *weights)
        state = list(state) if cell == "lstm" else [state]
        hs.append(state[0])
    return np.stack(hs, axis=1)


def keras_layer(cell):
    kind = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    layer = kind(H, return_sequences=True, dtype="float64")
    layer.build((B, T, D))
    return layer


def torch_layer(torch, cell, **options):
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    return kind(D, H, batch_first=True, dtype=torch.float64, **options)


def torch_states(torch, cell, layer, xs, state):
    state = tuple(torch.tensor(s)[None] for s in state)
    with torch.no_grad():
        return layer(torch.tensor(xs), state if cell == "lstm" else state[0])[0].numpy()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps", [1, T])
def test_keras_computes_with_converted_weights_what_the_steps_compute(cell, steps):
    weights, (xs, state) = random_weights(cell), random_start(cell)
    layer = keras_layer(cell)
    layer.set_weights(to_keras(cell, weights))
    hs = layer(xs[:, :steps], initial_state=state if cell == "lstm" else state[0])
    np.testing.assert_allclose(hs, by_steps(cell, weights, xs[:, :steps], state), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_the_steps_compute_with_kerass_weights_what_keras_computes(cell):
    layer, (xs, state) = keras_layer(cell), random_start(cell)
    rng = np.random.default_rng(2)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])  # each of a GRU's biases, too
    hs = by_steps(cell, from_keras(cell, layer.get_weights()), xs, state)
    np.testing.assert_allclose(hs, layer(xs, initial_state=state if cell == "lstm" else state[0]), rtol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps", [1, T])
def test_pytorch_computes_with_converted_weights_what_the_steps_compute(torch, cell, steps):
    weights, (xs, state) = random_weights(cell), random_start(cell)
    layer = torch_layer(torch, cell)
    layer.load_state_dict({name: torch.from_numpy(a) for name, a in to_torch(cell, weights).items()})
    hs = torch_states(torch, cell, layer, xs[:, :steps], state)
    np.testing.assert_allclose(hs, by_steps(cell, weights, xs[:, :steps], state), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_the_steps_compute_with_pytorchs_weights_what_pytorch_computes(torch, cell):
    layer, (xs, state) = torch_layer(torch, cell), random_start(cell)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(torch.from_numpy(np.random.default_rng(p.numel()).normal(size=p.shape)))
        layer.bias_hh_l0.copy_(layer.bias_hh_l0.flip(0))  # the two biases have one size, and must differ
    hs = by_steps(cell, from_torch(cell, layer.state_dict()), xs, state)
    np.testing.assert_allclose(hs, torch_states(torch, cell, layer, xs, state), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_each_way_of_a_bidirectional_layer_and_a_bare_cell_go_by_their_names(torch, cell):
    xs, state = random_start(cell)
    forward, backward = random_weights(cell, 3), random_weights(cell, 4)
    both = torch_layer(torch, cell, bidirectional=True)
    arrays = to_torch(cell, forward) | to_torch(cell, backward, "_l0_reverse")
    both.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
    with torch.no_grad():
        found = both(torch.tensor(xs))[0].numpy()
    zero = [0 * s for s in state]
    back = by_steps(cell, backward, xs[:, ::-1], zero)[:, ::-1]
    np.testing.assert_allclose(found, np.concatenate([by_steps(cell, forward, xs, zero), back], axis=2), rtol=1e-10)
    one = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[cell](D, H).double()
    one.load_state_dict({name: torch.from_numpy(a) for name, a in to_torch(cell, forward, "").items()})
    for ours, theirs in zip(forward, from_torch(cell, one.state_dict(), ""), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("cell", CELLS)
def test_there_and_back_is_exact(cell):
    weights = random_weights(cell)
    for back in (from_keras(cell, to_keras(cell, weights)), from_torch(cell, to_torch(cell, weights))):
        assert len(back) == len(weights)
        for ours, theirs in zip(weights, back, strict=True):
            np.testing.assert_array_equal(ours, theirs, strict=True)


def test_a_gru_without_its_hidden_bias_has_it_at_0():
    weights = initial_weights("gru", D, H, np.random.default_rng(0))
    assert not to_torch("gru", weights)["bias_hh_l0"].any() and not to_keras("gru", weights)[2][1].any()
    np.testing.assert_array_equal(from_keras("gru", to_keras("gru", weights))[3], np.zeros(H), strict=True)


def test_what_is_returned_shares_no_memory_with_the_weights():
    weights = random_weights("lstm")
    for arrays in (to_keras("lstm", weights), to_torch("lstm", weights).values()):
        assert not any(np.shares_memory(a, w) for a in arrays for w in weights)
    arrays = to_torch("gru", random_weights("gru"))
    assert not any(np.shares_memory(a, w) for a in arrays.values() for w in from_torch("gru", arrays))


def test_a_gru_that_resets_before_the_product_is_refused():
    kernel, recurrent, bias = to_keras("gru", random_weights("gru"))
    with pytest.raises(ValueError, match="reset_after=True"):
        from_keras("gru", [kernel, recurrent, bias[0]])


def test_no_framework_is_loaded():
    code = "import sys, lstm_lib.frameworks.layouts; print({'torch', 'keras', 'tensorflow'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
