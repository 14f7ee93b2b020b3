"""Quantile forecasts against central differences, sorting, and the distribution they claim."""

from statistics import NormalDist

import numpy as np
import pytest

from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.core.losses import pinball
from lstm_lib.data.series import windows
from lstm_lib.forecasting.quantiles import QuantileForecaster, best_sine_quantiles
from lstm_lib.forecasting.rivals import best_linear_sine_forecast, best_sine_forecast
from lstm_lib.training.loop import train_step

pytestmark = pytest.mark.numpy

LEVELS = (0.1, 0.4, 0.95)


def test_pinball_is_a_plain_loop_and_its_gradient_that_of_central_differences():
    rng = np.random.default_rng(0)
    q, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    loss, gradient = pinball(q, y, LEVELS)
    by_hand = [
        tau * (y[n, 0] - q[n, k]) if y[n, 0] > q[n, k] else (1 - tau) * (q[n, k] - y[n, 0])
        for n in range(4)
        for k, tau in enumerate(LEVELS)
    ]
    assert loss == pytest.approx(np.mean(by_hand), rel=1e-12)
    numbers = numerical_gradient(lambda: pinball(q, y, LEVELS)[0], q)
    assert relative_error(gradient, numbers) < 1e-7


def test_the_pinball_loss_of_a_sample_is_smallest_at_its_quantile():
    y = np.random.default_rng(1).normal(size=(999, 1))
    places = np.linspace(-2, 2, 401)
    for level in LEVELS:
        losses = [pinball(np.full((999, 1), place), y, [level])[0] for place in places]
        assert places[np.argmin(losses)] == pytest.approx(np.quantile(y, level), abs=0.02)


def test_pinball_keeps_the_type_of_its_predictions():
    loss, gradient = pinball(np.zeros((2, 3), np.float32), np.ones((2, 1), np.float32), LEVELS)
    assert isinstance(loss, float) and gradient.dtype == np.float32


@pytest.mark.parametrize(
    ("q", "y", "levels", "message"),
    [
        ((4, 3), (4, 3), LEVELS, "can't have targets"),
        ((4, 3), (4,), LEVELS, "can't have targets"),
        ((4, 2), (4, 1), LEVELS, "can't have targets"),
        ((4, 2), (4, 1), (0.5, 1.0), "between 0 and 1"),
    ],
)
def test_pinball_refuses_shapes_that_would_be_broadcast_and_levels_that_are_none(q, y, levels, message):
    with pytest.raises(ValueError, match=message):
        pinball(np.zeros(q), np.zeros(y), levels)


def test_a_quantile_forecaster_finds_the_width_of_noise_that_changes():
    rng = np.random.default_rng(2)
    t = np.arange(900) * 0.2
    spread = np.where(np.sin(t) > 0, 0.4, 0.05)
    xs, ys = windows(10 + np.sin(t) + spread * rng.normal(size=900), 8)
    wide = np.sin(t[8:]) > 0
    forecaster = QuantileForecaster(8, levels=(0.05, 0.5, 0.95), seed=3)
    forecaster.fit(xs, ys, epochs=30, batch_size=16, learning_rate=0.02)
    low, middle, up = forecaster.predict(xs).T
    assert np.all(low <= middle) and np.all(middle <= up)
    assert np.mean((low <= ys[:, 0]) & (ys[:, 0] <= up)) == pytest.approx(0.9, abs=0.05)
    assert np.mean((up - low)[wide]) > 2 * np.mean((up - low)[~wide])


def test_a_training_step_uses_the_loss_that_it_is_given():
    forecaster = QuantileForecaster(3, levels=[0.9], seed=0)
    xs, ys = np.ones((5, 4, 1), np.float32), np.full((5, 1), 2, np.float32)
    predictions = forecaster.model.forward(xs)[0]

    class Nothing:
        def step(self, gradients):
            pass

    step = train_step(forecaster.model, Nothing(), xs, ys, loss=lambda q, y: pinball(q, y, [0.9]))
    assert step.loss == pytest.approx(0.9 * float(np.mean(ys - predictions)), rel=1e-5)


def sines(n, noise, rng, step=0.3, length=7):
    phases = rng.uniform(0, 2 * np.pi, (n, 1)) + step * np.arange(length + 1)
    values = np.sin(phases) + noise(phases) * rng.normal(size=phases.shape)
    return values[:, :length, None], values[:, length:]


def test_the_best_quantiles_of_a_sine_hold_what_they_promise():
    def noise(phase):
        return 0.1 * np.exp(np.sin(phase))

    xs, ys = sines(4000, noise, np.random.default_rng(4))
    quantiles = best_sine_quantiles(xs, step=0.3, noise_std=noise, levels=LEVELS)
    np.testing.assert_allclose(np.mean(ys <= quantiles, axis=0), LEVELS, atol=0.02)
    best = pinball(quantiles, ys, LEVELS)[0]
    for worse in (quantiles + 0.03, quantiles - 0.03, quantiles.mean(axis=1, keepdims=True) + np.array([-0.2, 0, 0.2])):
        assert pinball(worse, ys, LEVELS)[0] > best


def test_the_best_quantiles_with_constant_noise_are_about_the_best_forecast():
    xs, _ = sines(50, lambda phase: np.full_like(phase, 0.05), np.random.default_rng(5), length=20)
    quantiles = best_sine_quantiles(xs, step=0.3, noise_std=lambda p: np.full_like(p, 0.05), levels=(0.16, 0.5, 0.84))
    middle = best_sine_forecast(xs, step=0.3, noise_std=0.05)[:, 0]
    np.testing.assert_allclose(quantiles[:, 1], middle, atol=3e-3)
    assert np.all((quantiles[:, 2] - quantiles[:, 0]) / 2 > 0.049)


def test_the_best_linear_rule_leaves_an_error_that_no_value_of_the_window_explains():
    step, noise, W = 0.3, 0.2, 7
    phases = 2 * np.pi * np.arange(64)[:, None] / 64 + step * np.arange(W + 3)  # averages over these are exact
    curves = np.sin(phases)
    ridge = np.linalg.solve(curves[:, :W].T @ curves[:, :W] / 64 + noise**2 * np.eye(W), curves[:, :W].T / 64)
    xs = np.random.default_rng(6).normal(size=(5, W, 1))
    ours = best_linear_sine_forecast(xs, step=step, noise_std=noise, horizon=3)
    np.testing.assert_allclose(ours, xs[..., 0] @ (ridge @ curves[:, W:]), rtol=1e-9)


def test_no_fitted_line_beats_the_best_linear_rule_on_windows_it_has_not_seen():
    rng = np.random.default_rng(7)
    xs, ys = sines(30_000, lambda p: np.full_like(p, 0.3), rng)
    now, then = sines(30_000, lambda p: np.full_like(p, 0.3), rng)
    fitted = now[..., 0] @ np.linalg.lstsq(xs[..., 0], ys)[0]
    best = best_linear_sine_forecast(now, step=0.3, noise_std=0.3)
    np.testing.assert_allclose(best, fitted, atol=0.05)
    assert np.mean((best - then) ** 2) < np.mean((fitted - then) ** 2)


def test_the_best_quantiles_are_those_of_a_plain_mixture():
    def noise(phase):
        return 0.1 * np.exp(np.sin(phase))

    xs, _ = sines(3, noise, np.random.default_rng(8), length=4)
    quantiles = best_sine_quantiles(xs, step=0.3, noise_std=noise, levels=LEVELS)
    phases = 2 * np.pi * np.arange(300) / 300
    for window, found in zip(xs[..., 0], quantiles, strict=True):
        weights, rules = [], []
        for phase in phases:
            at = [NormalDist(np.sin(phase + 0.3 * k), noise(phase + 0.3 * k)) for k in range(5)]
            weights.append(np.prod([rule.pdf(x) for rule, x in zip(at[:4], window, strict=True)]))
            rules.append(at[4])
        shares = [np.average([rule.cdf(q) for rule in rules], weights=weights) for q in found]
        np.testing.assert_allclose(shares, LEVELS, atol=1e-3)
