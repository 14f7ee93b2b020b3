"""The simple recurrent layer against PyTorch."""

import numpy as np
import pytest

from lstm_lib.core.gradcheck import relative_error
from lstm_lib.frameworks.layouts import to_torch
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.numpy_lstm.rnn import RNN

pytestmark = pytest.mark.numpy


@pytest.mark.parametrize("shape", [(3, 5, 2, 4), (1, 1, 1, 1), (2, 30, 3, 5)], ids=str)
def test_forward_and_every_gradient_agree_with_pytorch(torch, shape):
    B, T, D, H = shape
    rng = np.random.default_rng(T)
    layer = RNN(D, H, seed=1, dtype=np.float64)
    layer.b[...] = rng.normal(size=H)
    reference = torch.nn.RNN(D, H, batch_first=True).double()
    arrays = to_torch("rnn", (layer.W_ih, layer.W_hh, layer.b))
    reference.load_state_dict({name: torch.tensor(a) for name, a in arrays.items()})
    xs, h_0, dhs = rng.normal(size=(B, T, D)), rng.normal(size=(B, H)), rng.normal(size=(B, T, H))
    xs_torch = torch.tensor(xs, requires_grad=True)
    expected, h_T = reference(xs_torch, torch.tensor(h_0)[None])
    (expected * torch.tensor(dhs)).sum().backward()

    hs, (h, _) = layer.forward(xs, (h_0, None))
    gradients = layer.backward(dhs, inputs=True)
    assert relative_error(hs, expected.detach().numpy()) < 1e-12
    np.testing.assert_allclose(h, h_T[0].detach().numpy(), rtol=1e-12)
    for name, theirs in (("W_ih", "weight_ih_l0"), ("W_hh", "weight_hh_l0"), ("b", "bias_ih_l0")):
        assert relative_error(gradients[name], getattr(reference, theirs).grad.numpy()) < 1e-9
    assert relative_error(gradients["xs"], xs_torch.grad.numpy()) < 1e-9


def test_it_fits_where_the_lstm_does():
    model = SequenceRegressor(2, 4, 1, cell="rnn", layers=2, seed=0)
    ys, state = model.forward(np.ones((3, 5, 2), np.float32))
    assert ys.shape == (3, 1) and state[0][1] is None
    assert list(model.backward(np.ones_like(ys))) == list(model.parameters)


def test_a_gradient_of_another_shape_is_refused():
    layer = RNN(2, 3, seed=0)
    layer.forward(np.zeros((4, 5, 2)))
    with pytest.raises(ValueError, match=r"dhs must be \(4, 5, 3\)"):
        layer.backward(np.zeros((4, 5, 2)))
