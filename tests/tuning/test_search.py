"""A search is what its seed says, whoever runs it and however often it stops; its rivals are what they claim."""

import itertools
import json
from collections import Counter

import keras_tuner
import numpy as np
import pytest

from lstm_lib.data.parts import split
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.storage import results
from lstm_lib.tuning import search as tuning
from lstm_lib.tuning.rivals import kmer_ridge
from lstm_lib.tuning.search import HAND_MADE, Search, Trial, best, declare, derived_seed, draw


def task(n, seed):
    """Texts and a noisy target that grows with the number of Gs."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(list("ACGT"), size=rng.integers(3, 9))) for _ in range(n)]
    return texts, np.array([50.0 + 10 * t.count("G") + rng.normal() for t in texts])


def test_a_trial_follows_from_the_seed_and_its_number_alone():
    assert draw(3, 7).values == draw(3, 7).values != draw(3, 8).values
    assert declare(draw(3, 0)) == HAND_MADE == declare(draw(4, 0))


def test_the_draws_are_those_of_the_stored_search():
    """What a trial draws follows from the names of the hyperparameters, so another name would be another search."""
    stored = results.load("06_tuning")["searches"]["config"]["trials of each seed"]
    for seed, trials in stored.items():
        assert [draw(int(seed), k).values | {"error": t["error"]} for k, t in enumerate(trials)] == trials


def test_kerastuners_oracle_hands_out_these_trials_in_any_order():
    oracle = tuning._Oracle(3, 12)
    assert isinstance(oracle, keras_tuner.oracles.RandomSearchOracle)
    for number in (7, 0, 2):
        assert oracle.populate_space(f"{number:02}")["values"] == draw(3, number).values


def test_neighbouring_seeds_share_no_trial_and_every_value_has_its_chance():
    values = [draw(seed, number).values for seed in range(12) for number in range(1, 12)]
    rates = [v["learning_rate"] for v in values]
    assert len(set(rates)) == len(rates) and 2e-3 <= min(rates) < 3e-3 < 4e-2 < max(rates) <= 6e-2
    assert np.median(rates) == pytest.approx(np.sqrt(2e-3 * 6e-2), rel=0.3)  # uniform in the logarithm
    for name, options in {"units": 4, "layers": 2, "read_out": 3, "dropout": 4, "l2": 4}.items():
        counts = Counter(v[name] for v in values)
        assert len(counts) == options and max(counts.values()) < 1.7 * len(values) / options, name
    seeds = {derived_seed(s, n, name) for s, n, name in itertools.product(range(9), range(9), ("", "units", "l2"))}
    assert len(seeds) == 9 * 9 * 3


@pytest.fixture(scope="module")
def data():
    return task(96, 1), task(30, 2), task(50, 3)


def search(data, folder, *, seed=0, trials=3, stop_at=None, **options):
    def on_trial(trial):
        if trial.number == stop_at:
            raise KeyboardInterrupt

    random_search = Search(data[0], data[1], batch_size=32, patience=4, seed=seed, **options)
    return random_search, random_search.run(folder, trials=trials, epochs=2, on_trial=on_trial)


@pytest.fixture(scope="module")
def searched(data, tmp_path_factory):
    return search(data, tmp_path_factory.mktemp("search"))


def test_the_first_trial_is_the_hand_made_one_and_all_are_scored_in_units_of_the_target(searched):
    trials = searched[1]
    assert [t.number for t in trials] == [0, 1, 2] and trials[0].choices == HAND_MADE
    assert len({t.choices for t in trials}) == 3
    assert all(len(t.history) == 2 and 1 < t.error < 1e4 for t in trials)


def test_two_searches_with_one_seed_give_the_same_table_and_the_same_predictions(data, searched, tmp_path):
    again = search(data, tmp_path)
    assert again[1] == searched[1]
    choices = best(searched[1]).choices
    first, second = (s.train_network(choices, epochs=2, seed=9)[0].predict(data[2][0]) for s in (searched[0], again[0]))
    np.testing.assert_array_equal(first, second)
    assert search(data, tmp_path / "other", seed=1, trials=1)[1] != searched[1][:1]


def test_a_stopped_search_goes_on_to_the_same_table(data, searched, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        search(data, tmp_path, stop_at=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["trial_0.json", "trial_1.json"]
    trained, real = [], Search._history

    def count(self, choices, number, epochs, run):
        trained.append(number)
        return real(self, choices, number, epochs, run)

    monkeypatch.setattr(Search, "_history", count)
    assert search(data, tmp_path)[1] == searched[1]
    assert trained == [2]
    (tmp_path / "mine.txt").write_text("kept")
    Search.remove(tmp_path, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_trial_of_another_search_or_a_damaged_one_is_refused(data, searched, tmp_path):
    file = tmp_path / "trial_0.json"
    stored = {"number": 0, "choices": {"hidden_size": 48}, "history": [{"epoch": 1, "validation_mse": 1.0}]}
    for content, message in (
        (json.dumps(stored), "not a trial of this search"),
        ('{"number": 0', "not JSON, or cut short"),
        ("[]", "not a trial of this search"),
    ):
        file.write_text(content)
        with pytest.raises(InputError, match=message):
            search(data, tmp_path)


def test_a_folder_that_cannot_be_written_is_named(data, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write into .*file"):
        search(data, tmp_path / "file" / "search")


def test_a_trial_that_diverges_is_in_the_table_and_does_not_win(data, tmp_path, monkeypatch):
    real = Search.train_network

    def diverge(self, choices, **options):
        if choices == HAND_MADE:
            raise DivergedError("no")
        return real(self, choices, **options)

    monkeypatch.setattr(Search, "train_network", diverge)
    trials = search(data, tmp_path, trials=2)[1]
    assert trials[0].history == [] and best(trials).number == 1
    assert search(data, tmp_path, trials=2)[1] == trials  # also from its files
    with pytest.raises(DivergedError, match="all 1 trials diverged"):
        search(data, tmp_path / "other", trials=1)


def test_an_error_inside_a_trial_ends_the_search_with_that_error(data, tmp_path, monkeypatch):
    def fail(self, choices, number, epochs, run):
        raise MemoryError("too large")

    monkeypatch.setattr(Search, "_history", fail)
    with pytest.raises(MemoryError, match="too large"):
        search(data, tmp_path)


def test_the_best_trial_has_the_smallest_error_of_any_epoch():
    rows = [{"epoch": k, "validation_mse": error} for k, error in ((1, 3.0), (2, 2.0), (1, 1.0), (2, 5.0))]
    trials = [Trial(0, HAND_MADE, rows[:2]), Trial(1, HAND_MADE, rows[2:]), Trial(2, HAND_MADE, [])]
    assert best(trials).number == 1 and trials[2].error == np.inf


def test_the_parts_have_their_shares_and_hold_each_row_once():
    texts = [f"{k:03}" for k in range(200)]
    parts = split(texts, np.arange(200.0), validation=0.25, holdout=0.1, seed=0)
    assert [len(p[0]) for p in parts] == [135, 45, 20]
    assert sorted(t for p in parts for t in p[0]) == texts
    assert all([float(t) for t in p[0]] == p[1].tolist() for p in parts)
    assert split(texts, np.arange(200.0), validation=0.25, holdout=0.1, seed=1)[2][0] != parts[2][0]


def test_rows_with_the_same_text_stay_in_one_part():
    rng = np.random.default_rng(0)
    texts = [str(k) for k in rng.integers(0, 40, size=300)]
    parts = split(texts, np.arange(300.0), validation=0.3, holdout=0.3, seed=0)
    sets = [set(p[0]) for p in parts]
    assert all(sets) and not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    assert sum(len(p[0]) for p in parts) == 300


def kmer_counts(texts, longest):
    names = sorted({t[k : k + n] for t in texts for n in range(1, longest + 1) for k in range(len(t) - n + 1)})
    return np.array([[sum(t[k:].startswith(name) for k in range(len(t))) for name in names] for t in texts], float)


@pytest.mark.parametrize("shares", [False, True])
def test_ridge_finds_a_rule_that_is_linear_in_what_it_counts(shares):
    texts = task(150, 4)[0]
    counts = kmer_counts(texts, 2)
    features = counts / counts.sum(axis=1, keepdims=True) if shares else counts
    targets = 7 + features @ np.random.default_rng(5).normal(size=counts.shape[1])
    linear = kmer_ridge(texts[:100], targets[:100], shares=shares)(texts[100:])
    np.testing.assert_allclose(linear, targets[100:], atol=1e-3 * np.std(targets))
    other = kmer_ridge(texts[:100], targets[:100], shares=not shares)(texts[100:])
    assert np.mean((other - targets[100:]) ** 2) > 1e-3 * np.var(targets)
