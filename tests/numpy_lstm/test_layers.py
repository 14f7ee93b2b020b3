"""The layer against PyTorch, for every argument of the gradient, over random shapes."""

import numpy as np
import pytest

from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.frameworks.layouts import to_torch
from lstm_lib.gates import lstm_step
from lstm_lib.numpy_lstm import layers as numpy_lstm
from lstm_lib.numpy_lstm.layers import LSTM, Dense
from lstm_lib.numpy_lstm.model import SequenceRegressor

pytestmark = pytest.mark.numpy

NAMES = ("W_ih", "W_hh", "b")


def shapes():
    """Shapes (B, T, D, H) drawn at random, with the edges added."""
    rng = np.random.default_rng(0)
    return [tuple(int(n) for n in rng.integers(1, 9, size=4)) for _ in range(12)] + [(1, 1, 1, 1), (2, 40, 3, 5)]


def random_layer(D, H, seed=1):
    layer = LSTM(D, H, seed=seed, dtype=np.float64)
    rng = np.random.default_rng(seed)
    for p in layer.parameters.values():
        p[...] = rng.normal(size=p.shape) * 0.7
    return layer


def as_torch(torch, layer):
    """PyTorch's layer with our weights."""
    D, H = layer.W_ih.shape[1], layer.W_hh.shape[1]
    reference = torch.nn.LSTM(D, H, batch_first=True, dtype=torch.float64)
    arrays = to_torch("lstm", (layer.W_ih, layer.W_hh, layer.b))
    reference.load_state_dict({name: torch.tensor(a) for name, a in arrays.items()})
    return reference


@pytest.mark.parametrize("shape", shapes(), ids=str)
def test_forward_and_every_gradient_agree_with_pytorch_to_1e_9(torch, shape):
    B, T, D, H = shape
    rng = np.random.default_rng(T)
    layer = random_layer(D, H)
    xs, h_0, c_0 = rng.normal(size=(B, T, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
    dhs, dh, dc = rng.normal(size=(B, T, H)), rng.normal(size=(B, H)), rng.normal(size=(B, H))

    reference = as_torch(torch, layer)
    leaves = [torch.tensor(a, requires_grad=True) for a in (xs, h_0, c_0)]
    out, (h_T, c_T) = reference(leaves[0], (leaves[1][None], leaves[2][None]))
    loss = (out * torch.tensor(dhs)).sum() + (h_T[0] * torch.tensor(dh)).sum() + (c_T[0] * torch.tensor(dc)).sum()
    loss.backward()
    expected = {
        "W_ih": reference.weight_ih_l0.grad,
        "W_hh": reference.weight_hh_l0.grad,
        "b": reference.bias_ih_l0.grad,
        "xs": leaves[0].grad,
        "h_0": leaves[1].grad,
        "c_0": leaves[2].grad,
    }

    hs, (h, c) = layer.forward(xs, (h_0, c_0))
    for ours, theirs in ((hs, out), (h, h_T[0]), (c, c_T[0])):
        assert relative_error(ours, theirs.detach().numpy()) < 1e-12
    gradients = layer.backward(dhs, (dh, dc), inputs=True)
    assert gradients.keys() == expected.keys()
    for name, theirs in expected.items():
        assert gradients[name].shape == tuple(theirs.shape)
        assert relative_error(gradients[name], theirs.numpy()) < 1e-9, name


def test_every_gradient_equals_central_differences():
    B, T, D, H = 2, 5, 3, 4
    rng = np.random.default_rng(11)
    layer = random_layer(D, H)
    arrays = layer.parameters | {
        "xs": rng.normal(size=(B, T, D)),
        "h_0": rng.normal(size=(B, H)),
        "c_0": rng.normal(size=(B, H)),
    }
    dhs, dh, dc = rng.normal(size=(B, T, H)), rng.normal(size=(B, H)), rng.normal(size=(B, H))

    def loss():
        hs, (h, c) = layer.forward(arrays["xs"], (arrays["h_0"], arrays["c_0"]))
        return float(np.sum(hs * dhs) + np.sum(h * dh) + np.sum(c * dc))

    loss()
    gradients = layer.backward(dhs, (dh, dc), inputs=True)
    for name, array in arrays.items():
        assert relative_error(gradients[name], numerical_gradient(loss, array)) < 1e-7, name


def test_layer_equals_its_own_steps():
    B, T, D, H = 3, 5, 2, 4
    layer = random_layer(D, H)
    xs = np.random.default_rng(2).normal(size=(B, T, D))
    hs, (h_T, c_T) = layer.forward(xs)
    h, c = np.zeros((B, H)), np.zeros((B, H))
    for t in range(T):
        h, c = lstm_step(xs[:, t], h, c, layer.W_ih, layer.W_hh, layer.b)
        np.testing.assert_allclose(hs[:, t], h, rtol=1e-12)
    np.testing.assert_allclose(c_T, c, rtol=1e-12)
    np.testing.assert_array_equal(h_T, hs[:, -1])


def test_a_sequence_in_two_pieces_with_the_state_carried_equals_the_whole():
    layer = random_layer(2, 4)
    xs = np.random.default_rng(3).normal(size=(3, 7, 2))
    whole, (h, c) = layer.forward(xs)
    first, state = layer.forward(xs[:, :3])
    second, (h_2, c_2) = layer.forward(xs[:, 3:], state)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, rtol=1e-13)
    np.testing.assert_allclose([h_2, c_2], [h, c], rtol=1e-13)


def test_what_forward_returned_does_not_change_when_it_is_called_again():
    layer = random_layer(2, 4)
    xs = np.random.default_rng(4).normal(size=(3, 7, 2))
    hs, (h, c) = layer.forward(xs)
    kept = hs.copy(), h.copy(), c.copy()
    layer.backward(np.ones_like(hs))
    layer.forward(-xs)
    for now, before in zip((hs, h, c), kept, strict=True):
        np.testing.assert_array_equal(now, before)


def test_one_forward_serves_any_number_of_backward_passes():
    layer = random_layer(2, 4)
    rng = np.random.default_rng(4)
    hs, _ = layer.forward(rng.normal(size=(3, 7, 2)))
    one, other = rng.normal(size=hs.shape), rng.normal(size=hs.shape)
    first, second, both = (layer.backward(d) for d in (one, other, one + other))
    for name in NAMES:
        np.testing.assert_allclose(first[name] + second[name], both[name], rtol=1e-10)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 99])
def test_the_gradient_does_not_depend_on_how_many_steps_a_block_holds(monkeypatch, block):
    B, T, D, H = 3, 7, 2, 4
    rng = np.random.default_rng(12)
    xs, dhs = rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    whole, pieces = random_layer(D, H), random_layer(D, H)
    whole.forward(xs)
    expected = whole.backward(dhs, inputs=True)
    monkeypatch.setattr(numpy_lstm, "BLOCK", block * B * H)
    pieces.forward(xs)
    for name, gradient in pieces.backward(dhs, inputs=True).items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12)


def test_weights_changed_in_place_count_at_the_next_forward():
    layer = random_layer(2, 4)
    xs = np.random.default_rng(5).normal(size=(1, 3, 2))
    before, _ = layer.forward(xs)
    layer.b[...] += 1
    after, _ = layer.forward(xs)
    assert np.abs(after - before).max() > 1e-3


def test_float32_stays_float32_and_close_to_float64():
    wide = random_layer(3, 5)
    narrow = LSTM(3, 5, seed=0, dtype=np.float32)
    for name, p in narrow.parameters.items():
        p[...] = wide.parameters[name]
    xs = np.random.default_rng(6).normal(size=(2, 20, 3))
    hs, _ = narrow.forward(xs.astype(np.float32))
    assert hs.dtype == np.float32
    np.testing.assert_allclose(hs, wide.forward(xs)[0], atol=1e-5)
    gradients = narrow.backward(np.ones_like(hs))
    assert {g.dtype for g in gradients.values()} == {np.dtype(np.float32)}


def test_stream_gives_the_layers_hidden_states_and_one_hot_is_a_row_look_up():
    layer = random_layer(5, 4)
    tokens = [3, 0, 4, 4, 1]
    xs = np.eye(5)[tokens][None]
    rng = np.random.default_rng(7)
    h_0, c_0 = rng.normal(size=4), rng.normal(size=4)
    hs, _ = layer.forward(xs, (h_0[None], c_0[None]))
    dense, looked_up = layer.stream((h_0, c_0)), layer.stream((h_0, c_0))
    for t, token in enumerate(tokens):
        np.testing.assert_allclose(dense.step(xs[0, t]), hs[0, t], rtol=1e-12)
        np.testing.assert_allclose(looked_up.step_one_hot(token), hs[0, t], rtol=1e-12)


def test_stream_is_a_snapshot():
    layer = random_layer(2, 3)
    stream, untouched = layer.stream(), layer.stream()
    layer.W_ih[...] = 0
    layer.b[...] = 9
    np.testing.assert_array_equal(stream.step(np.ones(2)), untouched.step(np.ones(2)))
    assert np.abs(layer.stream().step(np.ones(2)) - stream.h).max() > 1e-3


@pytest.mark.parametrize("call", ["D", "T", "state", "dhs", "first", "size"])
def test_wrong_use_is_named(call):
    layer = random_layer(2, 3)
    xs = np.zeros((4, 5, 2))
    messages = {"D": r"xs must be \(B, T, 2\)", "T": "T at least 1", "state": "state must be", "dhs": r"dhs must be"}
    with pytest.raises(ValueError, match=messages.get(call, "forward pass|at least 1")):
        if call == "D":
            layer.forward(np.zeros((4, 5, 3)))
        elif call == "T":
            layer.forward(np.zeros((4, 0, 2)))
        elif call == "state":
            layer.forward(xs, (np.zeros((4, 3)), np.zeros((1, 3))))
        elif call == "first":
            layer.backward(np.zeros((4, 5, 3)))
        elif call == "size":
            LSTM(2, 0, seed=0)
        else:
            layer.forward(xs)
            layer.backward(np.zeros((4, 5, 2)))


@pytest.mark.parametrize("every_step", [False, True])
@pytest.mark.parametrize("layers", [1, 3])
def test_stacked_model_and_its_gradients_agree_with_pytorch(torch, every_step, layers):
    B, T, D, H, O = 3, 6, 2, 5, 4  # noqa: E741
    rng = np.random.default_rng(8)
    model = SequenceRegressor(D, H, O, layers=layers, every_step=every_step, seed=1, dtype=np.float64)
    for p in model.parameters.values():
        p[...] = rng.normal(size=p.shape) * 0.6
    reference, read_out = torch.nn.LSTM(D, H, layers, batch_first=True).double(), torch.nn.Linear(H, O).double()
    arrays = {}
    for k, layer in enumerate(model.layers):
        arrays |= to_torch("lstm", (layer.W_ih, layer.W_hh, layer.b), suffix=f"_l{k}")
    reference.load_state_dict({name: torch.tensor(a) for name, a in arrays.items()})
    read_out.weight.data, read_out.bias.data = torch.tensor(model.dense.W), torch.tensor(model.dense.b)

    xs = rng.normal(size=(B, T, D))
    lengths = None if every_step else np.array([6, 2, 4])
    ys, _ = model.forward(xs, lengths=lengths)
    hs, _ = reference(torch.tensor(xs))
    expected = read_out(hs if every_step else hs[torch.arange(B), torch.tensor(lengths) - 1])
    np.testing.assert_allclose(ys, expected.detach().numpy(), rtol=1e-10)

    dys = rng.normal(size=ys.shape)
    (expected * torch.tensor(dys)).sum().backward()
    gradients = model.backward(dys)
    assert list(gradients) == list(model.parameters)
    for k in range(layers):
        for ours, theirs in (("W_ih", "weight_ih"), ("W_hh", "weight_hh"), ("b", "bias_ih")):
            grad = getattr(reference, f"{theirs}_l{k}").grad.numpy()
            assert relative_error(gradients[f"layer{k}.{ours}"], grad) < 1e-9
    assert relative_error(gradients["dense.W"], read_out.weight.grad.numpy()) < 1e-9
    assert relative_error(gradients["dense.b"], read_out.bias.grad.numpy()) < 1e-9


def test_padding_after_the_end_changes_no_output():
    model = SequenceRegressor(2, 5, 1, seed=0, dtype=np.float64)
    xs = np.random.default_rng(9).normal(size=(3, 6, 2))
    padded = np.concatenate([xs, np.full((3, 4, 2), 7.0)], axis=1)
    np.testing.assert_array_equal(model.forward(xs)[0], model.forward(padded, lengths=np.full(3, 6))[0])


def test_predicting_in_pieces_equals_predicting_at_once():
    model = SequenceRegressor(1, 3, 2, seed=0, dtype=np.float64)
    xs = np.random.default_rng(10).normal(size=(7, 4, 1))
    np.testing.assert_allclose(model.predict(xs, batch_size=3), model.forward(xs)[0], rtol=1e-13)


def test_same_seed_same_weights_other_seed_others():
    one, same, other = (LSTM(2, 3, seed=s) for s in (1, 1, 2))
    for name in NAMES:
        np.testing.assert_array_equal(one.parameters[name], same.parameters[name])
    assert (one.W_ih != other.W_ih).any()


def test_dense_refuses_a_size_below_one():
    with pytest.raises(ValueError, match="at least 1"):
        Dense(3, 0, seed=0)


def test_a_model_refuses_what_can_not_be_stacked_or_read():
    with pytest.raises(ValueError, match="layers must be at least 1"):
        SequenceRegressor(2, 3, 1, layers=0, seed=0)
    with pytest.raises(ValueError, match="lengths say where the one output is read"):
        SequenceRegressor(2, 3, 1, every_step=True, seed=0).forward(np.zeros((1, 4, 2)), lengths=np.array([2]))
