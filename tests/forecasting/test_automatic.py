"""The automatic forecaster chooses by the past alone, repeats itself, and does well on a stranger's series."""

import csv
import importlib.util

import numpy as np
import pytest

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.forecasting import automatic
from lstm_lib.forecasting.automatic import AutomaticForecaster
from lstm_lib.forecasting.recipes import Inputs, Recipe
from lstm_lib.forecasting.scoring import rmse
from lstm_lib.storage import checkpoint
from lstm_lib.storage.files import read_packaged

pytestmark = pytest.mark.numpy
HOW = {"recipe": Recipe(4, False, "both", 6), "regime": (150, 0.6)}


def growth(n=80, seed=0):
    t = np.arange(n)
    return 100 * 1.03**t * (1 + 0.1 * np.sin(np.pi * t / 2)) * np.exp(np.random.default_rng(seed).normal(0, 0.01, n))


@pytest.fixture(scope="module")
def fitted():
    forecaster = AutomaticForecaster(members=2, seed=3)
    forecaster.fit(growth(), **HOW)
    return forecaster


def test_many_steps_begin_with_one_and_feed_it_back(fitted):
    series = growth()
    paths = fitted.paths(series, 60, 3)
    np.testing.assert_allclose(paths[:-1, 0], fitted.roll(series, 60))
    np.testing.assert_allclose(paths[-1], fitted.predict(series, 3))
    fed = np.append(series, fitted.predict(series, 1))
    np.testing.assert_allclose(fitted.predict(fed, 2), fitted.predict(series, 3)[1:])


def test_no_forecast_looks_ahead(fitted):
    series, changed = growth(), growth()
    changed[70:] *= 2
    np.testing.assert_array_equal(fitted.roll(series, 60)[:11], fitted.roll(changed, 60)[:11])


def test_the_mean_of_the_members_is_the_forecast(fitted):
    alone = []
    for model in fitted.models:
        one = AutomaticForecaster()
        one.recipe, one.scaling, one.models = fitted.recipe, fitted.scaling, [model]
        alone.append(one.predict(growth(), 1)[0])
    assert fitted.predict(growth(), 1)[0] == pytest.approx(np.mean(alone))  # no logarithm here


def test_a_file_gives_the_same_bits_and_knows_what_was_learned(fitted, tmp_path):
    fitted.save(tmp_path / "m.safetensors")
    again = AutomaticForecaster.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict(growth(), 5), fitted.predict(growth(), 5))
    assert (again.recipe, again.regime, again.seed) == (fitted.recipe, fitted.regime, 3)
    assert again.trained_until(np.append(growth(), 7)) == 80 and again.trained_until(growth(80, 1)) == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("members", 3), ("members", 10**6), ("recipe", {}), ("scaling", {"x_mean": 0.0}), ("regime", {"steps": 1}),
        ("recipe", {"season": 1, "logarithm": False, "reference": "both", "window": 6}), ("seed", "a"),
        ("record", {"learned": {"values": -1, "first": 0.0, "sha256": ""}}),
    ],
)  # fmt: skip
def test_a_file_that_says_something_else_is_refused(fitted, tmp_path, key, value):
    fitted.save(tmp_path / "m.safetensors")
    arrays, about = checkpoint.load(tmp_path / "m.safetensors")
    checkpoint.save(tmp_path / "m.safetensors", arrays, about | {key: value})
    with pytest.raises(InputError, match="disagree"):
        AutomaticForecaster.load(tmp_path / "m.safetensors")


def test_inputs_are_kept_with_their_scale_and_must_be_there_again(tmp_path):
    others = Inputs(np.random.default_rng(2).normal(5, 3, size=(83, 2)), (True, False))
    forecaster = AutomaticForecaster(members=1)
    forecaster.fit(growth(), inputs=others, **HOW)
    forecaster.save(tmp_path / "m.safetensors")
    again = AutomaticForecaster.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict(growth(), 3, others), forecaster.predict(growth(), 3, others))
    np.testing.assert_allclose(again.paths(growth(), 70, 2, others)[:-1, 0], again.roll(growth(), 70, others))
    changed = Inputs(others.values.copy(), others.known)
    changed.values[75:, 1] += 9  # not known ahead
    changed.values[76:, 0] += 9
    np.testing.assert_array_equal(
        again.paths(growth(), 70, 3, others)[5, 0], again.paths(growth(), 70, 3, changed)[5, 0]
    )
    assert again.paths(growth(), 70, 3, others)[5, 1] != again.paths(growth(), 70, 3, changed)[5, 1]
    with pytest.raises(InputError, match="trained with 2 inputs"):
        again.predict(growth())


def test_it_chooses_by_the_end_of_what_it_learns_and_repeats_itself():
    series, seen = growth(60), []
    one, two = AutomaticForecaster(members=1), AutomaticForecaster(members=1)
    one.fit(series, on_step=lambda done, total: seen.append((done, total)))
    two.fit(series)
    assert one.recipe == two.recipe and one.recipe.season == 4 and one.regime == two.regime
    np.testing.assert_array_equal(one.predict(series, 4), two.predict(series, 4))
    assert [done for done, _ in seen] == list(range(1, seen[0][1] + 1))


def test_a_training_that_was_stopped_ends_with_the_same_bits(tmp_path, monkeypatch):
    whole = AutomaticForecaster(members=3)
    whole.fit(growth(), **HOW)
    save, saved = checkpoint.Run.save, []

    def save_and_die(self, *state):
        save(self, *state)
        saved.append(state[0])
        if saved.count("member-1") == 1 and state[0] == "member-1":
            raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Run, "save", save_and_die)
        with pytest.raises(MemoryError):
            AutomaticForecaster(members=3).fit(growth(), **HOW, run=checkpoint.Run(tmp_path, {}))
    resumed = AutomaticForecaster(members=3)
    resumed.fit(growth(), **HOW, run=checkpoint.Run(tmp_path, {}))
    np.testing.assert_array_equal(whole.predict(growth(), 4), resumed.predict(growth(), 4))


@pytest.mark.parametrize(
    ("series", "says"),
    [(np.ones(5), "5 values are too few"), ([1.0] * 20 + [np.nan], "at index 20"), (np.ones((20, 2)), "one axis")],
)
def test_what_cannot_be_learned_is_said(series, says):
    with pytest.raises(InputError, match=says):
        AutomaticForecaster().fit(series)


def test_logarithms_of_what_is_not_above_0_are_refused(fitted):
    forecaster = AutomaticForecaster(members=1)
    forecaster.fit(growth(), recipe=Recipe(logarithm=True), regime=(150, 0.0))
    with pytest.raises(InputError, match="takes logarithms"):
        forecaster.predict(growth() - 2000)
    for use in (lambda series: forecaster.roll(series, 60), lambda series: forecaster.paths(series, 60, 2)):
        with pytest.raises(InputError, match="takes logarithms"):
            use(growth() - 2000)
    with pytest.raises(InputError, match="takes logarithms"):
        AutomaticForecaster().fit(growth() - 200, recipe=Recipe(logarithm=True), regime=(150, 0.0))
    with pytest.raises(InputError, match="look"):
        fitted.roll(growth(), 3)


def test_a_recipe_that_diverges_is_passed_over_and_all_of_them_are_an_error(monkeypatch):
    made, failed = automatic._trained, []

    def sometimes(examples, regime, seed, **state):
        if regime[0] == 600 or failed == ["all"]:
            raise DivergedError("training diverged")
        return made(examples, regime, seed, **state)

    monkeypatch.setattr(automatic, "_trained", sometimes)
    forecaster = AutomaticForecaster(members=1)
    forecaster.fit(growth(40))
    assert forecaster.regime[0] == 150
    failed.append("all")
    with pytest.raises(DivergedError, match="with every recipe"):
        AutomaticForecaster(members=1).fit(growth(40))


def test_a_long_series_is_judged_by_its_end_and_learned_whole(monkeypatch):
    monkeypatch.setattr(automatic, "CHOSEN_BY", 60)
    monkeypatch.setattr(automatic, "REGIMES", ((30, 0.0),))
    rng = np.random.default_rng(0)
    series = np.append(rng.normal(100, 1, 200), growth(60))
    others = Inputs(np.arange(260.0)[:, None], (False,))
    seen, made = [], automatic.shortlist

    def shortlist(end, inputs, **options):
        seen.append((end, inputs))
        return made(end, inputs, **options)[:1]

    monkeypatch.setattr(automatic, "shortlist", shortlist)
    forecaster = AutomaticForecaster(members=1)
    forecaster.fit(series, inputs=others)
    ((end, inputs),) = seen
    assert end.tolist() == growth(60).tolist() and inputs.values[0, 0] == 200
    assert forecaster.trained_until(series) == 260


def test_a_constant_series_goes_on_and_a_large_one_keeps_its_scale():
    forecaster = AutomaticForecaster(members=1)
    forecaster.fit(np.full(40, 7e12))
    np.testing.assert_allclose(forecaster.predict(np.full(40, 7e12), 3), 7e12, rtol=1e-3)


@pytest.mark.skipif(importlib.util.find_spec("sktime") is None, reason="the file comes with sktime")
def test_airline_passengers_are_forecast_well_below_every_naive_rule():
    sha256 = "28af0eb869db6d9fbd31d5af03993a0cbf36c0857c3eb046a068c094b60da851"
    text = read_packaged("sktime==1.2.0", "datasets/data/Airline/Airline.csv", sha256=sha256, what="it", deps=False)
    values = np.array([float(row[-1]) for row in list(csv.reader(text.splitlines()))[1:]])
    forecaster = AutomaticForecaster()
    forecaster.fit(values[:-60])
    error = rmse(forecaster.roll(values, 84), values[84:])
    assert error < 20  # persistence 45.6, the month a year ago 42.5
    assert forecaster.recipe.season == 12
