"""Every rival forecasts what an independent calculation does, and never looks ahead."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from lstm_lib.forecasting import series_rivals as rules
from lstm_lib.forecasting.recipes import Examples, Recipe

pytestmark = pytest.mark.numpy
N, FIRST, SEASON = 90, 70, 6


@pytest.fixture(scope="module")
def values():
    rng, t = np.random.default_rng(3), np.arange(N)
    return 40 + 0.5 * t + 6 * np.sin(2 * np.pi * t / SEASON) + rng.normal(0, 1, N)


def made(values):
    train, recipe = values[:FIRST], Recipe(SEASON, reference="both", window=6)
    return {
        "mean": rules.Mean(train),
        "persistence": rules.Naive(train),
        "drift": rules.Naive(train, drift=True),
        "seasonal": rules.Naive(train, season=SEASON),
        "autoregression": rules.Autoregression(train, season=SEASON),
        "reference": rules.Reference(train, recipe),
        "linear": rules.LinearRecipe(train, recipe),
        "smoothing": rules.ExponentialSmoothing(train, season=SEASON),
    }


def test_the_simple_rules_are_what_they_say(values):
    found, before = made(values), values[FIRST - 1 : -1]
    gain = (values[FIRST - 1] - values[0]) / (FIRST - 1)
    assert (found["mean"].roll(values, FIRST) == values[:FIRST].mean()).all()
    assert (found["persistence"].roll(values, FIRST) == before).all()
    np.testing.assert_allclose(found["drift"].roll(values, FIRST), before + gain)
    assert (found["seasonal"].roll(values, FIRST) == values[FIRST - SEASON : N - SEASON]).all()
    np.testing.assert_allclose(found["drift"].ahead(values, 3), values[-1] + gain * np.arange(1, 4))
    assert found["seasonal"].ahead(values, 8).tolist() == [*values[-6:], *values[-6:-4]]


def test_autoregression_is_that_of_statsmodels(values):
    fitted = AutoReg(values[:FIRST], lags=12).fit()
    rule = made(values)["autoregression"]
    np.testing.assert_allclose(rule.ahead(values[:FIRST], 5), fitted.forecast(5), rtol=1e-8)


def test_exponential_smoothing_is_that_of_statsmodels_with_the_least_aic(values):
    rule = made(values)["smoothing"]
    _, form, parameters = rule.best
    assert form["seasonal"] == "add"
    whole = ETSModel(values, **form)
    np.testing.assert_allclose(rule.roll(values, FIRST), whole.smooth(parameters).fittedvalues[FIRST:])
    expected = ETSModel(values[:FIRST], **form).smooth(parameters).forecast(4)
    np.testing.assert_allclose(rule.ahead(values[:FIRST], 4), expected, rtol=1e-6)


def test_the_ridge_strength_has_the_least_error_of_generalised_cross_validation(values):
    recipe = Recipe(reference="last", window=6)
    rule, examples = rules.LinearRecipe(values[:FIRST], recipe), Examples(values[:FIRST], recipe)
    X, y = examples.xs[:, :, 0].astype(float), examples.ys[:, 0].astype(float)
    errors, found = [], []
    for strength in rules.STRENGTHS * len(y):
        hat = X @ np.linalg.solve(X.T @ X + strength * np.eye(6), X.T)
        errors.append(np.sum((y - hat @ y) ** 2) / (len(y) - np.trace(hat) - 1) ** 2)
        found.append(np.linalg.solve(X.T @ X + strength * np.eye(6), X.T @ y))
    np.testing.assert_allclose(rule.coefficients, found[int(np.argmin(errors))], rtol=1e-6)


@pytest.mark.parametrize("name", ["mean", "persistence", "drift", "seasonal", "autoregression", "reference", "linear",
                                  "smoothing"])  # fmt: skip
def test_no_rule_looks_at_the_value_that_it_forecasts_or_at_later_ones(values, name):
    rule, changed = made(values)[name], values.copy()
    changed[80:] += 1000
    np.testing.assert_allclose(rule.roll(values, FIRST)[:11], rule.roll(changed, FIRST)[:11])
    if name != "mean":
        assert abs(rule.roll(values, FIRST)[11:] - rule.roll(changed, FIRST)[11:]).max() > 1
    np.testing.assert_allclose(rule.ahead(values, 2)[0], rule.roll(np.append(values, 0), N)[0])


def test_smoothing_that_fails_repeats_the_last_value():
    short = np.array([3.0, 4.0, 5.0, 9.0])
    assert rules.ExponentialSmoothing(short[:1]).roll(short, 1).tolist() == [3, 4, 5]
