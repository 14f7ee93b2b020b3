"""What the chapter claims of its stored runs follows from them, and holds."""

import numpy as np
import pytest

from experiments import classification
from lstm_lib.storage import results

STORED = results.load("05_classification")


def test_every_stored_experiment_can_be_repeated():
    assert [*STORED] == [*classification.EXPERIMENTS]


def test_the_stored_verdicts_are_those_of_the_stored_seeds():
    found = classification.negation_verdicts(STORED["negation"]["per_seed"])
    for key, verdict in STORED["negation"]["verdicts"].items():
        assert found[key]["verdict"] == verdict["verdict"]
        assert found[key]["p_holm"] == pytest.approx(verdict["p_holm"])
    assert found["negation_lstm_ngrams_5"]["verdict"] == "ahead"


def test_the_default_command_is_right_where_its_control_guesses():
    seeds = STORED["classify_default"]["per_seed"]
    assert min(seeds["lstm"]) >= 0.99 and np.mean(seeds["order_free"]) == pytest.approx(0.5, abs=0.03)


def test_the_network_is_ahead_of_every_rival_on_the_stress_of_words():
    stress = STORED["stress"]
    words = {verdict["verdict"] for verdict in stress["verdicts"].values()}
    assert words == {"ahead"} and len(stress["verdicts"]) == 10
    rivals = [values for name, values in stress["per_seed"].items() if name != "lstm"]
    assert min(stress["per_seed"]["lstm"]) > np.max(rivals)
    assert all(stress["values"][f"stress_lstm_ahead_of_{name}"] == 5 for name in ("ngrams", "rocket", "dtw", "edit"))
