"""Stored results follow the schema, come from what the code does now, and hold what the course claims."""

import copy
import importlib

import numpy as np
import pytest

from experiments.grids import LOWER, best_inside
from lstm_lib.core import compare_pairs
from lstm_lib.errors import InputError
from lstm_lib.storage import results

pytestmark = pytest.mark.numpy

STORED = results.load("04_forecasting")


NUMPY_STEMS = ("01_gates", "03_training", "04_forecasting")  # the others' experiments load a framework


@pytest.mark.parametrize("stem", NUMPY_STEMS)
def test_every_stored_experiment_has_a_command_that_repeats_it(stem):
    stored = results.load(stem)
    assert list(stored) == list(importlib.import_module(f"experiments.{stem[3:]}").EXPERIMENTS)
    for name, experiment in stored.items():
        assert experiment["command"] == f"make experiments STEM={stem} NAMES={name}"


def test_the_targets_of_the_course_are_met_by_the_stored_runs():
    sine = STORED["sine"]
    assert np.mean(sine["per_seed"]["ratio_to_ar"]) <= 0.99 and max(sine["per_seed"]["ratio_to_ar"]) <= 1.03
    rolling = STORED["sunspots_rolling"]
    assert max(rolling["per_seed"]["rmse"]) <= 14.8
    assert rolling["values"]["rolling_ar9"] == pytest.approx(16.42, abs=0.005)
    assert rolling["values"]["rolling_sqrt_ar9"] == pytest.approx(15.17, abs=0.005)
    stored = results.load("03_training")["adding"]
    adding = stored["per_seed"]
    assert len(adding["sequences"]) == 5 and max(adding["sequences"]) <= 37_000 and max(adding["wrong"]) <= 1
    assert min(adding["forget_bias_1_mse"]) > 0.9 * stored["values"]["adding_constant"]


def first_verdict(experiment):
    return experiment["verdicts"]["sine_vs_linear_ar"]  # ahead, of errors


def grid(*scores):
    return {"chosen": "0.1", "scores": dict(zip(("0.1", "0.2", "0.3"), scores, strict=True))}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda e: e.pop("seeds"), "missing or unknown fields: seeds"),
        (lambda e: e.update(extra=1), "missing or unknown fields: extra"),
        (lambda e: e.update(config=[]), "config has the wrong type"),
        (lambda e: e["per_seed"].update(x=[1]), "x has 1 values for 10 seeds"),
        (lambda e: e["values"].update(x="1"), "the value of x is not a number"),
        (lambda e: e.update(verdicts={"x": {"word": "better"}}), "x is no verdict"),
        (lambda e: first_verdict(e).update(low=-1.0, high=1.0), "does not follow from its interval"),
        (lambda e: first_verdict(e).update(p_holm=0.2), "does not follow from its adjusted p-value"),
        (lambda e: e.update(verdicts=[]), "verdicts has the wrong type"),
        (lambda e: e.update(grids={"x": grid(1.0, 2.0, 3.0)}), "0.1 is at the edge of the grid x"),
        (lambda e: e.update(grids={"x": grid(2.0, 3.0, 2.5) | {"chosen": "0.3"}}), "0.3 is at the edge of the grid x"),
        (lambda e: e.update(grids={"x": grid(1.0, 2.0, 3.0) | {"chosen": "0.2"}}), "0.2 is not the best of the grid x"),
        (lambda e: e.update(grids={"x": grid(1.0, 3.0, 2.0) | {"chosen": "0.2"}}), "0.2 is not the best of the grid x"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(change, message):
    experiment = copy.deepcopy(STORED["sine"])
    change(experiment)
    with pytest.raises(InputError, match=message):
        results.validate(experiment)


@pytest.mark.parametrize(
    ("scores", "direction"),
    [((2.0, 1.0, 3.0), {}), ((2.0, 1.0, None), {}), ((2.0, 3.0, None), {"lower_is_better": False})],
)
def test_a_choice_inside_its_grid_is_accepted(scores, direction):
    results.validate(STORED["sine"] | {"grids": {"rate": grid(*scores) | {"chosen": "0.2"} | direction}})


def test_a_chapter_without_results_is_told_how_to_make_them():
    with pytest.raises(InputError, match="make experiments STEM=99_nothing"):
        results.load("99_nothing")


def test_the_sunspot_network_of_the_chapter_is_the_packaged_default():
    from lstm_lib.commands.forecast.settings import ForecastSettings
    from lstm_lib.commands.parsing import parse
    from lstm_lib.forecasting.sunspots import CHOSEN

    settings, _ = parse([], command="forecast", description="", settings=ForecastSettings, options={"output": ""})
    packaged = {
        "window": settings.data.sequence_length,
        "hidden_size": settings.model.hidden_dim,
        "epochs": settings.training.epochs,
        "learning_rate": settings.training.learning_rate,
        "batch_size": settings.training.batch_size,
    }
    assert packaged == CHOSEN and settings.training.targets == "every" and settings.model.members == 6


def test_a_record_says_when_and_with_what_it_was_made():
    found = {"config": {"T": 3}, "seeds": range(2), "values": {"x": 1.5}, "per_seed": {"x": [1, 2]}}
    record = results.record("name", command="make it", cpu_seconds=1.234, **found)
    results.validate(record)
    assert record["seeds"] == [0, 1] and record["cpu_seconds"] == 1.2
    assert record["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize(("peak", "expected"), [(0.01, 0.01), (1.0, 1.0), (0.0001, 0.0001)])
def test_a_grid_is_widened_until_its_best_is_inside(peak, expected):
    best, tried = best_inside(lambda rate: abs(np.log(rate / peak)), (0.001, 0.01, 0.1))
    assert best == pytest.approx(expected)
    results.validate(STORED["sine"] | {"grids": {"rate": tried}})
    turned = best_inside(lambda rate: -abs(np.log(rate / peak)), (0.001, 0.01, 0.1), lower_is_better=False)
    assert turned[0] == best
    results.validate(STORED["sine"] | {"grids": {"rate": turned[1]}})


def test_a_value_that_diverged_is_the_worst_and_stored_as_none():
    best, tried = best_inside(lambda rate: np.inf if rate > 0.5 else (rate - 0.1) ** 2, (0.01, 0.1, 1.0))
    assert best == 0.1 and tried == {"chosen": "0.1", "scores": {"0.01": pytest.approx(0.0081), "0.1": 0.0, "1": None}}


def test_a_grid_without_an_inside_is_an_error():
    with pytest.raises(ValueError, match="still at the edge"):
        best_inside(lambda rate: rate, (0.1, 1.0))


def test_several_pairs_are_judged_with_holms_correction():
    ours = np.arange(6.0)
    close = ours + np.array([0.5, -0.1, 0.4, 0.3, -0.2, 0.6])  # p = 0.11
    far = ours + np.array([1.0, 1.1, 0.9, 1.0, 1.2, 0.8])
    found = compare_pairs(
        {"far": (ours, far), "close": (ours, close), "turned": (far, ours)}, kind="paired seeds", **LOWER
    )
    assert [v["verdict"] for v in found.values()] == ["ahead", "not told apart", "behind"]
    assert found["far"]["p_holm"] == pytest.approx(3 * found["far"]["p_value"])
