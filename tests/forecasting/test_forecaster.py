"""A whole series in, the next values out, and the same bits from a file."""

import numpy as np
import pytest

from lstm_lib.data.series import sunspots, windows
from lstm_lib.errors import InputError
from lstm_lib.forecasting import Forecaster, LSTMForecaster, closed_loop
from lstm_lib.forecasting.forecaster import KIND
from lstm_lib.storage import checkpoint

pytestmark = pytest.mark.numpy

SERIES = 500 + 100 * np.sin(np.arange(90) / 3)
TRAINING = {"epochs": 8, "batch_size": 8, "learning_rate": 0.03}


def learned(series=SERIES, **options):
    forecaster = Forecaster(4, **{"window": 7, "seed": 1} | options)
    forecaster.fit(series, **TRAINING)
    return forecaster


def test_it_does_what_the_forecaster_of_windows_does():
    ours = Forecaster(5, window=7, members=2, seed=3, relative_to="mean")
    history = ours.fit(SERIES, **TRAINING, validation=0.2, patience=3)
    theirs = LSTMForecaster(5, members=2, seed=3, relative_to="mean")
    rows = theirs.fit(*windows(SERIES, 7), **TRAINING, validation=0.2, patience=3)
    assert history == [{"member": k + 1, **row} for k in range(2) for row in rows[k]]
    assert ours.record["train_loss"] == [rows[k][-1]["train_loss"] for k in range(2)]
    other = np.cos(np.arange(30) / 3) * 90 + 480
    np.testing.assert_array_equal(ours.predict(other, steps=12), closed_loop(theirs.predict, other[-7:], 12))


def test_it_continues_a_sine():
    forecaster = Forecaster(16, window=19, relative_to="mean")
    forecaster.fit(SERIES, epochs=80)
    ahead = forecaster.predict(SERIES, steps=9)
    truth = 500 + 100 * np.sin(np.arange(90, 99) / 3)
    assert ahead.shape == (9,) and forecaster.predict(SERIES).shape == (1,)
    assert np.sqrt(np.mean((ahead - truth) ** 2)) < 12  # the sine itself: 71


def test_values_forecast_at_once_are_fed_back_together():
    forecaster = learned(horizon=3)
    first = forecaster.model.predict(SERIES[None, -7:, None])[0]
    second = forecaster.model.predict(np.append(SERIES, first)[None, -7:, None])[0]
    np.testing.assert_array_equal(forecaster.predict(SERIES, steps=5), np.append(first, second)[:5])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"members": 3, "layers": 2, "horizon": 2, "relative_to": "mean"},
        {"transform": "sqrt", "targets": "every", "window": 11},
    ],
)
def test_a_saved_forecaster_predicts_the_same_bits(tmp_path, options):
    forecaster = learned(**options)
    forecaster.record["origin"] = "tests"
    forecaster.save(tmp_path / "m.safetensors")
    again = Forecaster.load(tmp_path / "m.safetensors")
    assert type(again) is Forecaster and again.settings == forecaster.settings and again.record == forecaster.record
    np.testing.assert_array_equal(again.predict(SERIES, steps=20), forecaster.predict(SERIES, steps=20))
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "m.safetensors").read_bytes()


def test_three_lines_without_a_command(in_tmp):
    learned(sunspots().values).save("m.safetensors")
    assert Forecaster.load("m.safetensors").predict(sunspots().values, steps=12).shape == (12,)


def test_a_list_of_whole_numbers_is_a_series():
    forecaster = learned()
    whole = [int(v) for v in SERIES]
    np.testing.assert_array_equal(forecaster.predict(whole), forecaster.predict(np.array(whole, dtype=np.float64)))


def test_what_was_learned_is_found_again_and_only_there():
    forecaster = learned(SERIES[10:60])
    assert forecaster.trained_until(SERIES) == 60
    assert forecaster.trained_until(SERIES[10:60]) == 50
    assert forecaster.trained_until(SERIES[10:59]) == forecaster.trained_until(SERIES[11:]) == 0
    assert forecaster.trained_until(np.where(np.arange(90) == 30, 0.0, SERIES)) == 0
    repeated = np.tile(SERIES[10:12], 40)
    assert forecaster.trained_until(np.concatenate([repeated, SERIES])) == 140
    assert Forecaster(4).trained_until(SERIES) == 0


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (SERIES[:6], "6 values are too few for the forecaster's window of 7; take at least 7"),
        ([], "0 values are too few"),
        (np.where(np.arange(20) == 4, np.nan, 1.0), "value nan, at index 4 of the series, is not a finite number"),
        (np.where(np.arange(20) == 4, -3.0, 1.0), "value -3, at index 4 of the series, has no square root"),
        (SERIES[:, None], r"one axis, time, but this has the shape \(90, 1\)"),
        (["a"] * 20, "a series must be numbers"),
    ],
)
def test_a_series_that_cannot_be_read_is_one_line(series, message):
    with pytest.raises(InputError, match=message):
        learned(transform="sqrt").predict(series)


def test_a_series_without_a_window_and_what_follows_is_refused():
    with pytest.raises(InputError, match="9 values are too few for a window of 7 and 3 to follow it; take at least 10"):
        learned(SERIES[:9], horizon=3)


def test_what_has_learned_nothing_neither_predicts_nor_is_saved(tmp_path):
    for use in (lambda f: f.predict(SERIES), lambda f: f.save(tmp_path / "m.safetensors")):
        with pytest.raises(InputError, match="has learned nothing"):
            use(Forecaster(4))
    assert list(tmp_path.iterdir()) == []


def test_impossible_arguments_are_refused():
    for name in ("window", "horizon", "members", "layers", "hidden_size"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
            Forecaster(**{name: 0})
    with pytest.raises(ValueError, match="steps must be at least 1"):
        learned().predict(SERIES, steps=0)


def changed(about, **changes):
    return about | {"settings": about["settings"] | changes}


def test_no_memory_for_a_model_is_not_called_a_fault_of_its_file(tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    learned().save(path)

    def too_large(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr(LSTMForecaster, "load_state", too_large)
    with pytest.raises(MemoryError):
        Forecaster.load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays, about: (arrays, changed(about, hidden_size=5)),
        lambda arrays, about: (arrays, changed(about, hidden_size=10**9)),
        lambda arrays, about: (arrays, changed(about, members=2)),
        lambda arrays, about: (arrays, changed(about, horizon=2)),
        lambda arrays, about: (arrays, changed(about, window="seven")),
        lambda arrays, about: (arrays, changed(about, transform="log")),
        lambda arrays, about: (arrays, changed(about, colour="red")),
        lambda arrays, about: (arrays, {"kind": KIND}),
        lambda arrays, about: (arrays, about | {"record": 3}),
        lambda arrays, about: (arrays, about | {"record": {"learned": {"values": "many"}}}),
        lambda arrays, about: ({k: v for k, v in arrays.items() if k != "scaling.std"}, about),
        lambda arrays, about: (arrays, changed(about, layers=10**6)),
        lambda arrays, about: (arrays, changed(about, members=1000, layers=1000)),
        lambda arrays, about: (arrays, changed(about, relative_to="mean", targets="every")),
        lambda arrays, about: (arrays | {"scaling.mean": np.zeros((), np.int64)}, about),
    ],
)
def test_a_file_whose_parts_disagree_is_one_line(tmp_path, change):
    path = tmp_path / "m.safetensors"
    learned().save(path)
    checkpoint.save(path, *change(*checkpoint.load(path)))
    with pytest.raises(InputError, match=r"m\.safetensors: its weights and its description disagree"):
        Forecaster.load(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    learned().save(path)
    arrays, about = checkpoint.load(path)
    checkpoint.save(path, arrays | {"member0.dense.b": np.full(1, np.nan, np.float32)}, about)
    with pytest.raises(InputError, match=r"m\.safetensors: the weights member0\.dense\.b are not all finite numbers"):
        Forecaster.load(path)


@pytest.mark.parametrize(
    ("kind", "message"), [("lstm_lib.forecasting 2", "this library reads version 1"), ("x 1", "not a model of")]
)
def test_a_file_of_another_kind_is_one_line(tmp_path, kind, message):
    path = tmp_path / "m.safetensors"
    learned().save(path)
    arrays, about = checkpoint.load(path)
    checkpoint.save(path, arrays, about | {"kind": kind})
    with pytest.raises(InputError, match=message):
        Forecaster.load(path)
