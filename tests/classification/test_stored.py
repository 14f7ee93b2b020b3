"""What the chapter claims of its stored runs follows from them, and holds."""

import numpy as np
import pytest
from scipy.stats import binom

from experiments import classification, classification_sets
from lstm_lib.storage import results

STORED = results.load("05_classification")


def test_every_stored_experiment_can_be_repeated():
    assert [*STORED] == [*classification.EXPERIMENTS]


def same(found, stored):
    assert found.keys() == stored.keys()
    for key, verdict in stored.items():
        assert found[key]["verdict"] == verdict["verdict"]
        assert found[key]["p_holm"] == pytest.approx(verdict["p_holm"])


def test_the_stored_verdicts_are_those_of_the_stored_seeds():
    same(classification.negation_verdicts(STORED["negation"]["per_seed"]), STORED["negation"]["verdicts"])
    lengths = STORED["order_by_length"]
    same(classification.length_verdicts(lengths["per_seed"]), lengths["verdicts"])
    assert STORED["negation"]["verdicts"]["negation_lstm_ngrams_5"]["verdict"] == "ahead"


def test_the_networks_on_orders_and_vowels_have_a_rate_inside_their_grids():
    lengths = STORED["order_by_length"]
    assert len(lengths["grids"]) == len(classification.POINTS) == len(lengths["recipes"])
    networks = (*classification_sets.VOWEL_NETWORKS, "lstm_shuffled")
    assert STORED["vowels"]["grids"].keys() == {f"vowels_{name}_rate" for name in networks}


def test_the_verdicts_on_the_vowels_are_those_of_the_stored_answers():
    stored, right = STORED["vowels"], {}
    for name in stored["per_seed"]:
        if "wrong" not in name:
            right[name] = np.ones((5, 370), bool)
            for row, wrong in zip(right[name], stored["per_seed"][f"{name}, wrong"], strict=True):
                row[wrong] = False
            assert right[name].mean(axis=1) == pytest.approx(stored["per_seed"][name])
    same(classification_sets.vowel_verdicts(right), stored["verdicts"])
    family = classification_sets.in_family(right)
    for key, count in classification_sets.ahead_by_mcnemar(family).items():
        assert stored["values"][f"vowels_{key}"] == count
    ours, theirs = right["logistic_ends"], right["dtw"]
    won, lost = (ours & ~theirs).sum(axis=1), (theirs & ~ours).sum(axis=1)
    fewer, n = np.minimum(won, lost), won + lost
    p = 2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)  # McNemar's mid-p
    assert stored["values"]["vowels_logistic_ends_ahead_of_dtw"] == np.sum((p <= 0.05) & (won > lost))


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
