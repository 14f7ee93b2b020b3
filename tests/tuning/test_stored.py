"""What is stored of chapter 06's long runs is what its code computes from the stored runs now."""

import numpy as np
import pytest
from scipy import stats

from experiments import tuning
from lstm_lib.storage import results

STORED = results.load("06_tuning")


def same(found, stored):
    assert found.keys() == stored.keys()
    for key, verdict in found.items():
        assert verdict["verdict"] == stored[key]["verdict"]
        for name in ("difference", "low", "high", "p_value", "p_holm"):
            assert verdict[name] == pytest.approx(stored[key][name], rel=1e-6, abs=1e-12)


def test_every_stored_experiment_has_a_command_that_repeats_it():
    assert list(STORED) == list(tuning.EXPERIMENTS)
    for name, experiment in STORED.items():
        assert experiment["command"] == f"make experiments STEM=06_tuning NAMES={name}"


def test_the_verdicts_on_the_searches_are_those_of_their_networks():
    same(tuning.search_verdicts(STORED["searches"]["per_seed"]), STORED["searches"]["verdicts"])


def test_the_verdicts_on_encodings_are_those_of_their_seeds():
    same(tuning.encoding_verdicts(STORED["encodings"]["per_seed"]), STORED["encodings"]["verdicts"])
    assert STORED["encodings"]["per_seed"].keys() == tuning.CONTENDERS.keys()


def test_only_drawn_trials_are_correlated_and_scipy_agrees():
    same(tuning.associations()["verdicts"], STORED["associations"]["verdicts"])
    tables = STORED["searches"]["config"]["trials of each seed"].values()
    drawn = [trial for table in tables for trial in table if trial["learning_rate"] != 0.03]
    assert len(drawn) == 35 == STORED["associations"]["values"]["random_trials"]
    for key, name in tuning.MORE.items():
        expected = stats.spearmanr([t[name] for t in drawn], [t["error"] for t in drawn])
        verdict = STORED["associations"]["verdicts"][key]
        assert verdict["difference"] == pytest.approx(expected.statistic)
        assert verdict["p_value"] == pytest.approx(expected.pvalue, abs=0.01)
        assert verdict["low"] < expected.statistic < verdict["high"]


def test_a_correlation_of_the_detectable_size_is_found_four_times_in_five():
    rng, n = np.random.default_rng(0), 35
    rho = 2 * np.sin(np.pi * STORED["associations"]["values"]["detectable"] / 6)  # of normal numbers with these ranks
    xs = rng.normal(size=(2000, n))
    ys = rho * xs + np.sqrt(1 - rho**2) * rng.normal(size=(2000, n))
    p = [stats.spearmanr(x, y).pvalue for x, y in zip(xs, ys, strict=True)]
    assert np.mean(np.array(p) <= 0.05 / 5) == pytest.approx(0.8, abs=0.05)


def test_lines_of_letters_are_standardised_in_their_order():
    for order in ("ACGT", "CATG"):
        places = np.array(tuning._line(order)[2:])
        assert places.mean() == pytest.approx(0) and places.std() == pytest.approx(1)
        assert "".join(np.array(list(tuning.LETTERS))[np.argsort(places)]) == order
