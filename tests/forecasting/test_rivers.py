"""Rivers: days that belong together meet, what is said of snow holds by hand, and the state is carried along."""

import numpy as np
import pytest

from lstm_lib.forecasting import RiverLSTM, running_means, snow_store, summer_starts

pytestmark = pytest.mark.numpy


def test_snow_stays_until_it_is_warm_and_no_water_is_lost():
    weather = np.array([[5.0, -1, 0.3], [2, 1, 0.1], [0, 1, 0.2], [4, -3, 0.3], [1, 9, 0.5], [3, 0, 0.7]])
    store, water = snow_store(weather, melt=3)
    np.testing.assert_allclose(store, [5, 2, 0, 4, 0, 0])  # worked by hand
    np.testing.assert_allclose(water, [0, 5, 2, 0, 5, 3])
    weather = np.random.default_rng(0).normal(size=(500, 2)) * [1, 8]
    weather[:, 0] = np.abs(weather[:, 0])
    store, water = snow_store(weather, melt=1.7)
    np.testing.assert_allclose(np.cumsum(water) + store, np.cumsum(weather[:, 0]))
    assert store.min() == 0 < store.max()


def test_running_means_weigh_the_past_by_powers():
    rng = np.random.default_rng(1)
    weather = rng.normal(size=(700, 3))
    means = running_means(weather)
    assert means.shape == (700, 27)
    np.testing.assert_array_equal(means[:, :3], weather)
    weights = 0.25 * 0.75 ** np.arange(700)[::-1]  # a mean over 4 days, by its sum
    expected = weights @ weather + 0.75**700 * weather[:365].mean(axis=0)
    np.testing.assert_allclose(means[-1, 6:9], expected)


def test_starts_are_summer_days_with_a_year_behind_them():
    times = np.arange(np.datetime64("1999-03-01"), np.datetime64("2002-08-05"))
    starts = summer_starts(times)
    dates = [str(day)[5:] for day in times[starts]]
    assert min(dates) == "05-31" and max(dates) == "09-29"  # the 152nd day, in a leap year and in another
    assert starts.max() + 365 <= len(times) < starts.max() + 365 + 40
    assert set(np.diff(starts[:10])) == {10}


def test_a_river_of_one_tank_is_learned_and_the_state_reaches_back():
    rng = np.random.default_rng(2)
    weather = np.column_stack([rng.gamma(0.3, 10, size=1500), rng.normal(size=1500)])
    tank, discharge = 30.0, []
    for fallen, _ in weather:
        tank += fallen
        discharge.append(0.1 * tank)
        tank -= discharge[-1]
    model = RiverLSTM(5, seed=0)
    history = model.fit(weather, np.array(discharge), np.arange(0, 1100, 20), length=90, epochs=40, learning_rate=0.03)
    assert history[-1]["train_loss"] < 0.15  # a constant has 1
    whole = model.predict(weather)
    assert whole.shape == (1500,) and np.isfinite(whole).all() and whole.min() >= 0
    changed = weather.copy()
    changed[700, 0] += 80
    effect = model.predict(changed) - whole
    assert not effect[:700].any() and effect[700] > 0.5 and effect[704] > 0.1  # the future changes nothing
    last = model.predict_last(weather, 6)
    assert last.shape == (1495,)
    np.testing.assert_allclose(last[250], model.predict(weather[250:256])[-1], rtol=1e-4)
    hidden = model.cells(weather[:50])
    assert hidden.shape == (50, 5)
    _, ((_, c),) = model.model.forward(model._scaled(weather[:50])[None])
    np.testing.assert_allclose(hidden[-1], c[0], rtol=1e-4, atol=1e-5)
