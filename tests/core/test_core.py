"""Building blocks against limits worked by hand and PyTorch."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from lstm_lib.core.functions import sigmoid
from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.core.losses import mse
from lstm_lib.core.optim import SGD, Adam, clip_global_norm, one_cycle, one_cycle_step
from lstm_lib.core.weights import chrono_bias, initial_weights, orthogonal, parameter_count

pytestmark = pytest.mark.numpy


def test_sigmoid_equals_its_definition_and_survives_huge_inputs():
    a = np.random.default_rng(0).normal(size=(3, 5)) * 4
    np.testing.assert_allclose(sigmoid(a), 1 / (1 + np.exp(-a)), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(sigmoid([-1e4, 0.0, 1e4]), [0.0, 0.5, 1.0])


def test_orthogonal_keeps_every_length():
    Q = orthogonal(7, np.random.default_rng(1))
    np.testing.assert_allclose(Q @ Q.T, np.eye(7), atol=1e-14)


def test_initial_recurrent_weights_are_orthogonal_per_gate_and_only_the_forget_bias_is_one():
    W_ih, W_hh, b = initial_weights("lstm", 3, 5, np.random.default_rng(2))
    assert W_ih.shape == (20, 3)
    for block in np.split(W_hh, 4):
        np.testing.assert_allclose(block @ block.T, np.eye(5), atol=1e-13)
    np.testing.assert_array_equal(b, np.repeat([0.0, 1.0, 0.0, 0.0], 5))


def test_chrono_bias_gives_memories_up_to_the_longest_lag():
    b_i, b_f, b_g, b_o = np.split(chrono_bias(4000, 50, np.random.default_rng(3)), 4)
    memory = 1 / (1 - sigmoid(b_f))
    assert 2 <= memory.min() < 2.2 and 49.5 < memory.max() <= 50
    np.testing.assert_array_equal(b_i, -b_f)
    assert not b_g.any() and not b_o.any()
    with pytest.raises(ValueError, match="at least 3"):
        chrono_bias(4, 2, np.random.default_rng(0))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_parameter_count_is_pytorchs(torch, cell):
    make = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    for layers in (1, 3):
        theirs = sum(p.numel() for p in make(2, 5, num_layers=layers).parameters())
        assert parameter_count(cell, 2, 5, layers=layers, biases=2) == theirs


def test_mse_is_pytorchs_with_its_gradient(torch):
    rng = np.random.default_rng(4)
    y, target = rng.normal(size=(3, 5, 2)), rng.normal(size=(3, 5, 2))
    y_torch = torch.tensor(y, requires_grad=True)
    loss = torch.nn.functional.mse_loss(y_torch, torch.tensor(target))
    loss.backward()
    ours, gradient = mse(y, target)
    assert ours == pytest.approx(loss.item(), rel=1e-13)
    np.testing.assert_allclose(gradient, y_torch.grad.numpy(), rtol=1e-12)


def test_mse_refuses_to_broadcast():
    with pytest.raises(ValueError, match="one shape"):
        mse(np.zeros((4, 1)), np.zeros(4))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda p: SGD(p, 0.1), lambda torch, p: torch.optim.SGD(p, 0.1)),
        (lambda p: Adam(p, 0.03), lambda torch, p: torch.optim.Adam(p, 0.03)),
        (lambda p: Adam(p, 0.03, betas=(0.8, 0.95)), lambda torch, p: torch.optim.Adam(p, 0.03, betas=(0.8, 0.95))),
    ],
)
def test_optimizers_step_as_pytorchs_do(torch, ours, theirs):
    rng = np.random.default_rng(5)
    parameters = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    copies = [torch.tensor(p, requires_grad=True) for p in parameters.values()]
    optimizer, reference = ours(parameters), theirs(torch, copies)
    for _ in range(7):
        gradients = {name: rng.normal(size=p.shape) for name, p in parameters.items()}
        for copy, gradient in zip(copies, gradients.values(), strict=True):
            copy.grad = torch.tensor(gradient)
        optimizer.step(gradients)
        reference.step()
    for p, copy in zip(parameters.values(), copies, strict=True):
        np.testing.assert_allclose(p, copy.detach().numpy(), rtol=1e-10)


def test_an_optimizer_refuses_gradients_of_other_parameters():
    with pytest.raises(ValueError, match=r"\['W'\]"):
        SGD({"W": np.zeros(2)}, 0.1).step({})


def test_adam_goes_on_from_its_state_as_if_never_stopped():
    rng = np.random.default_rng(6)
    gradients = [{"W": rng.normal(size=(2, 3))} for _ in range(6)]
    whole, first = {"W": np.ones((2, 3))}, {"W": np.ones((2, 3))}
    optimizer = Adam(whole, 0.01)
    for gradient in gradients:
        optimizer.step(gradient)
    before = Adam(first, 0.01)
    for gradient in gradients[:3]:
        before.step(gradient)
    after = Adam(first, 0.01)
    after.load_state({name: array.copy() for name, array in before.state().items()})
    for gradient in gradients[3:]:
        after.step(gradient)
    np.testing.assert_array_equal(first["W"], whole["W"])


def test_clipping_shortens_a_long_gradient_as_pytorch_and_leaves_a_short_one(torch):
    rng = np.random.default_rng(7)
    gradients = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=5)}
    before = {name: g.copy() for name, g in gradients.items()}
    copies = [torch.tensor(g, requires_grad=True) for g in before.values()]
    for copy, g in zip(copies, before.values(), strict=True):
        copy.grad = torch.tensor(g)
    norm = clip_global_norm(gradients, 0.5)
    assert norm == pytest.approx(torch.nn.utils.clip_grad_norm_(copies, 0.5).item(), rel=1e-12)
    for g, copy in zip(gradients.values(), copies, strict=True):
        np.testing.assert_allclose(g, copy.grad.numpy(), rtol=1e-5)  # PyTorch adds 1e-6 to the norm
    short = {name: g * 1e-3 for name, g in before.items()}
    clip_global_norm(short, 0.5)
    np.testing.assert_array_equal(short["a"], before["a"] * 1e-3)


def test_clipping_survives_squares_that_overflow():
    gradients = {"a": np.full(4, 1e20, np.float32)}
    assert clip_global_norm(gradients, 1.0) == pytest.approx(2e20)
    np.testing.assert_allclose(gradients["a"], 0.5)


def test_one_cycle_rises_to_its_peak_and_ends_at_almost_nothing():
    rates = np.array([0.3 * one_cycle_step(s, 200) for s in range(200)])
    assert rates.argmax() == 20 and rates.max() == pytest.approx(0.3)
    assert (np.diff(rates[:20]) > 0).all() and (np.diff(rates[20:]) < 0).all()
    assert 0 < rates[-1] < 1e-4
    assert one_cycle_step(0, 1) == 0.5


@pytest.mark.parametrize("steps", [2, 7, 400, 1260])
def test_steps_and_progress_are_on_one_curve_and_its_fall_is_exact(steps):
    rise = max(1.0, 0.1 * steps)
    for step in range(steps):
        rate = one_cycle_step(step, steps)
        assert rate == pytest.approx(one_cycle(step / steps, warm_up=rise / steps, start=1 / (rise + 1)), rel=1e-9)
        if step >= rise:  # to the last bit, and with NumPy's type: stored results were trained with these rates
            assert 0.005 * rate == 0.005 * 0.5 * (1 + np.cos(np.pi * (step - rise) / (steps - rise)))
            assert type(rate) is np.float64


def test_numerical_gradient_finds_the_gradient_of_a_known_function_and_restores_the_array():
    x = np.random.default_rng(8).normal(size=(2, 3))
    kept = x.copy()
    gradient = numerical_gradient(lambda: float(np.sum(np.sin(x))), x)
    assert relative_error(gradient, np.cos(x)) < 1e-9
    np.testing.assert_array_equal(x, kept)


def test_numerical_gradient_refuses_float32():
    with pytest.raises(ValueError, match="float64"):
        numerical_gradient(lambda: 0.0, np.zeros(2, np.float32))


def test_relative_error_hides_neither_a_nan_nor_another_shape():
    assert np.isnan(relative_error(np.array([np.nan, 1.0]), np.ones(2)))
    assert np.isnan(relative_error(np.ones(2), np.array([np.nan, 1.0])))
    with pytest.raises(ValueError, match="one shape"):
        relative_error(np.ones((3, 1)), np.ones(3))


def test_relative_error_of_nothing_is_zero_and_of_opposites_two():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.ones(3), -np.ones(3)) == pytest.approx(2)


def test_an_lstm_of_128_units_has_as_many_parameters_as_keras_says():
    code = "import keras; l = keras.layers.LSTM(128); l.build((None, 5, 1)); print(l.count_params())"
    if importlib.util.find_spec("keras") is None and not os.environ.get("CI"):
        pytest.skip("Keras is not installed")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert int(done.stdout.split()[-1]) == parameter_count("lstm", 1, 128) == 66_560
