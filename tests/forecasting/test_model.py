"""Windows, baselines and rolling tests against brute force, statsmodels and the sine's own mathematics."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg

from lstm_lib.data.series import noisy_sine, sunspots, windows
from lstm_lib.errors import DivergedError
from lstm_lib.forecasting.model import LSTMForecaster, closed_loop
from lstm_lib.forecasting.rivals import LinearAR, best_sine_forecast, persistence
from lstm_lib.forecasting.scoring import rmse, rolling_origin
from lstm_lib.numpy_lstm.model import SequenceRegressor

pytestmark = pytest.mark.numpy


def test_windows_hold_the_past_and_the_target_is_what_follows():
    xs, ys = windows(np.arange(9.0), 4, horizon=2)
    assert xs.shape == (4, 4, 1)
    np.testing.assert_array_equal(xs[1, :, 0], [1, 2, 3, 4])
    np.testing.assert_array_equal(ys[1], [5, 6])
    np.testing.assert_array_equal(persistence(xs, horizon=2)[1], [4, 4])


def test_linear_ar_is_the_conditional_least_squares_of_statsmodels():
    values = np.random.default_rng(0).normal(size=60).cumsum()
    rule = LinearAR(*windows(values, 5))
    reference = AutoReg(values, lags=5, trend="c").fit()
    np.testing.assert_allclose(rule.coefficients[0, 0], reference.params[0], rtol=1e-8)
    np.testing.assert_allclose(rule.coefficients[1:, 0], reference.params[1:][::-1], rtol=1e-8)


def test_linear_ar_continues_a_clean_sine_exactly():
    series = noisy_sine(200, noise_std=0.0, seed=0)
    xs, ys = windows(series.values, 2)
    np.testing.assert_allclose(LinearAR(xs, ys).predict(xs), ys, atol=1e-12)


def test_the_best_sine_forecast_is_the_posterior_mean_of_a_plain_double_loop():
    step, noise_std, rng = 0.3, 0.2, np.random.default_rng(1)
    xs = np.sin(rng.uniform(0, 6, size=(3, 1)) + step * np.arange(7))[..., None] + noise_std * rng.normal(
        size=(3, 7, 1)
    )
    grid = 2 * np.pi * np.arange(500) / 500
    expected = []
    for window in xs[..., 0]:
        weights = [np.exp(-np.sum((window - np.sin(p + step * np.arange(7))) ** 2) / (2 * noise_std**2)) for p in grid]
        expected.append(np.average(np.sin(grid + step * 7), weights=weights))
    ours = best_sine_forecast(xs, step=step, noise_std=noise_std)
    np.testing.assert_allclose(ours[:, 0], expected, atol=1e-9)


def test_no_rule_beats_the_best_sine_forecast():
    series = noisy_sine(4000, noise_std=0.05, seed=2)
    xs, ys = windows(series.values, 20)
    best = np.mean((best_sine_forecast(xs, step=series.times[1], noise_std=0.05) - ys) ** 2)
    assert 0.05**2 < best < np.mean((LinearAR(xs, ys).predict(xs) - ys) ** 2)


def test_closed_loop_of_a_known_rule_is_its_recursion():
    fibonacci = closed_loop(lambda xs: xs.sum(axis=1), np.array([1.0, 1.0]), 6)
    np.testing.assert_array_equal(fibonacci, [2, 3, 5, 8, 13, 21])
    two = closed_loop(lambda xs: xs.sum(axis=1), np.array([[1.0, 1.0], [1.0, 3.0]]), 3)
    np.testing.assert_array_equal(two, [[2, 3, 5], [4, 7, 11]])


def test_rolling_origin_never_shows_a_rule_the_future():
    values = np.arange(30.0)
    seen = []

    def make_rule(xs, ys):
        seen.append(ys.max())
        return lambda windows_now: windows_now[:, -1] + 1

    forecasts = rolling_origin(values, 18, make_rule, every=5, length=4)
    np.testing.assert_array_equal(forecasts, values[18:])
    assert seen == [17, 22, 27]


def test_rolling_origin_wants_a_past_to_learn_from():
    with pytest.raises(ValueError, match=r"first must be above length \(4\)"):
        rolling_origin(np.arange(30.0), 4, lambda xs, ys: None, every=5, length=4)


def test_published_sunspot_baselines_are_reproduced():
    values = sunspots().values
    first = 1849 - 1700

    def ar(transform, back):
        def make(xs, ys):
            rule = LinearAR(transform(xs), transform(ys))
            return lambda now: back(rule.predict(transform(now)))

        return rolling_origin(values, first, make, every=20, length=9)

    assert rmse(ar(lambda v: v, lambda v: v), values[first:]) == pytest.approx(16.42, abs=0.005)
    assert rmse(ar(np.sqrt, np.square), values[first:]) == pytest.approx(15.17, abs=0.005)
    assert rmse(values[-61:-1], values[-60:]) == pytest.approx(32.90, abs=0.005)


def small(**options):
    return LSTMForecaster(4, seed=1, **options)


TRAINING = {"epochs": 15, "batch_size": 8, "learning_rate": 0.03}


@pytest.mark.parametrize(("targets", "relative_to"), [("last", "nothing"), ("every", "nothing"), ("last", "mean")])
@pytest.mark.parametrize("horizon", [1, 3])
def test_forecaster_learns_in_the_units_of_the_series(targets, relative_to, horizon):
    values = 500 + 100 * np.sin(np.arange(150) / 3)
    xs, ys = windows(values, 8, horizon=horizon)
    forecaster = small(targets=targets, relative_to=relative_to)
    forecaster.fit(xs, ys, **TRAINING)
    assert forecaster.predict(xs).shape == ys.shape
    assert np.mean((forecaster.predict(xs) - ys) ** 2) < 0.2 * ys.var()


def test_a_window_mean_at_every_step_is_refused():
    with pytest.raises(ValueError, match="later steps"):
        small(targets="every", relative_to="mean")


def test_a_forecast_does_not_depend_on_the_other_windows():
    xs, ys = windows(np.sin(np.arange(60) / 3) * np.arange(60), 5)
    forecaster = small()
    forecaster.fit(xs, ys, **TRAINING)
    np.testing.assert_allclose(forecaster.predict(xs[:5]), forecaster.predict(xs)[:5], rtol=1e-5)


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_last_windows_validate_and_share_no_target_with_those_that_train(monkeypatch, horizon):
    xs, ys = windows(np.arange(60.0), 5, horizon=horizon)
    seen = {}

    def spy(model, xs, ys, *, validation, **options):
        seen.update(train=ys, validation=validation[1])
        return [{}]

    monkeypatch.setattr("lstm_lib.forecasting.model.fit", spy)
    monkeypatch.setattr(SequenceRegressor, "predict", lambda self, xs: seen["train"])
    small().fit(xs, ys, validation=0.2, **TRAINING)
    assert len(seen["validation"]) == round(0.2 * len(xs))
    assert seen["train"].max() < seen["validation"].min() and seen["validation"].max() == seen["validation"][-1, -1]


def test_two_ensembles_share_no_member():
    assert not set(small(members=6).seeds) & set(LSTMForecaster(4, members=6, seed=2).seeds)


def test_members_differ_and_their_mean_is_the_forecast():
    xs, ys = windows(np.sin(np.arange(60) / 3), 5)
    forecaster = small(members=3)
    histories = forecaster.fit(xs, ys, **TRAINING)
    members = forecaster.predict_members(xs)
    assert members.shape == (3, *ys.shape) and len(histories) == 3
    assert np.abs(members[0] - members[1]).max() > 1e-4
    np.testing.assert_allclose(forecaster.predict(xs), members.mean(axis=0))


def test_scaling_looks_at_the_training_windows_only_and_the_square_root_is_undone():
    xs, ys = windows(np.abs(np.random.default_rng(4).normal(size=60)) * 40, 5)
    forecaster = small(transform="sqrt")
    forecaster.fit(xs, ys, **TRAINING)
    assert forecaster.mean == np.sqrt(xs).mean() and forecaster.std == np.sqrt(xs).std()
    assert forecaster.predict(1000 * xs).min() >= 0


def test_a_learning_rate_far_too_high_is_reported_not_returned():
    xs, ys = windows(np.sin(np.arange(90) / 3), 5)
    with pytest.raises(DivergedError, match="learning rate"):
        small().fit(xs, ys, epochs=3, batch_size=8, learning_rate=1e3)


def test_a_constant_series_is_forecast_as_constant():
    xs, ys = windows(np.full(40, 7.0), 5)
    forecaster = small()
    forecaster.fit(xs, ys + 1e-9, **TRAINING)
    np.testing.assert_allclose(forecaster.predict(xs), ys, atol=0.5)


def test_a_forecaster_is_rebuilt_from_its_arrays_alone():
    xs, ys = windows(np.sin(np.arange(60) / 3), 5, horizon=2)
    shape = {"members": 3, "layers": 2, "relative_to": "mean"}
    forecaster, other = small(**shape), LSTMForecaster(4, seed=9, **shape)
    forecaster.fit(xs, ys, **TRAINING)
    other.load_state(forecaster.state(), horizon=2)
    np.testing.assert_array_equal(other.predict_members(xs), forecaster.predict_members(xs))
    other.models[0].parameters["dense.b"][...] = 7  # copies: the first one keeps its own
    assert not np.any(forecaster.models[0].parameters["dense.b"] == 7)


def test_arrays_of_another_forecaster_are_refused():
    xs, ys = windows(np.sin(np.arange(60) / 3), 5)
    forecaster = small(members=2)
    forecaster.fit(xs, ys, **TRAINING)
    arrays = forecaster.state()
    others = [LSTMForecaster(n, members=m, layers=k) for n, m, k in ((5, 2, 1), (4, 1, 1), (4, 3, 1), (4, 2, 2))]
    for other in [*others, LSTMForecaster(10**9)]:  # nor is memory for the last one asked for
        with pytest.raises(ValueError, match=r"not the arrays|missing, unknown"):
            other.load_state(arrays, horizon=1)
    with pytest.raises(ValueError, match="not the arrays"):
        forecaster.load_state(arrays, horizon=10**9)
    for bad in ({"scaling.std": np.array(np.nan)}, {"scaling.mean": np.ones(2)}, {"more": np.ones(1)}):
        with pytest.raises(ValueError, match=f"not finite: {next(iter(bad))}"):
            forecaster.load_state(arrays | bad, horizon=1)
