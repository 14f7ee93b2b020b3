"""The long runs of chapter ``06_tuning``."""

import dataclasses
import tempfile

import numpy as np

from experiments.statistics import interval
from lstm_lib.commands.settings import as_dict
from lstm_lib.commands.tune.settings import TuneSettings
from lstm_lib.core.losses import mse
from lstm_lib.data.dna import random_oligos
from lstm_lib.data.parts import split
from lstm_lib.storage import results
from lstm_lib.tuning.model import HAND_MADE
from lstm_lib.tuning.regressor import TextRegressor
from lstm_lib.tuning.rivals import kmer_ridge
from lstm_lib.tuning.search import Search, best, declare, derived_seed, draw

SEEDS = range(5)
DEFAULTS = TuneSettings()
PACKAGES = ("numpy", "keras", "tensorflow-cpu", "keras-tuner", "scikit-learn")


def _data(seed):
    """Rows as the command splits them, and fresh ones that choose nothing."""
    oligos = random_oligos(10_000, seed=100 + seed)
    shares = {"validation": DEFAULTS.validation, "holdout": DEFAULTS.holdout}
    return split(oligos.sequences, oligos.targets, **shares, seed=seed), random_oligos(10_000, seed=200 + seed)


def _mse(predict, oligos):
    return mse(predict(oligos.sequences), oligos.targets)[0]


def _least(history):
    return min(row["validation_mse"] for row in history)


def _search(seed):
    """Search once; return what is stored of it by name, and the table of trials."""
    (train, validation, holdout), fresh = _data(seed)
    search = Search(train, validation, patience=DEFAULTS.patience, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        trials = search.run(folder, trials=DEFAULTS.trials, epochs=DEFAULTS.epochs)
    winner, final = best(trials), {"epochs": DEFAULTS.final_epochs, "seed": derived_seed(seed, DEFAULTS.trials)}
    regressor = search.train_network(winner.choices, **final)[0]
    scores = {
        "best_validation": winner.error,
        "holdout": mse(regressor.predict(holdout[0]), holdout[1])[0],
        "winner": _mse(regressor.predict, fresh),
        "ridge_counts": _mse(kmer_ridge(*train), fresh),
        "ridge_shares": _mse(kmer_ridge(*train, shares=True), fresh),
        "mean": _mse(lambda texts: np.full(len(texts), train[1].mean()), fresh),
        "noise": mse(fresh.clean, fresh.targets)[0],
    }
    same = winner.choices == HAND_MADE
    hand_made = regressor if same else search.train_network(HAND_MADE, **final)[0]
    scores["hand_made"] = _mse(hand_made.predict, fresh)
    return scores, [draw(seed, t.number).values | {"error": t.error} for t in trials]


def searches():
    """Search with the command's defaults on five draws of rows, and train the hand-made network as long."""
    runs = {seed: _search(seed) for seed in SEEDS}
    per_seed = {name: [scores[name] for scores, _ in runs.values()] for name in runs[0][0]}
    values = {f"search_{name}": float(np.mean(v)) for name, v in per_seed.items()}
    values |= {"search_winner_worst": max(per_seed["winner"]), "search_holdout_worst": max(per_seed["holdout"])}
    gains = np.subtract(per_seed["hand_made"], per_seed["winner"])
    values |= {"search_gain": float(gains.mean()), "search_gain_interval": interval(gains)[1]}
    values["search_winner_above_noise"] = values["search_winner"] - values["search_noise"]
    values["search_shares_above_noise"] = values["search_ridge_shares"] - values["search_noise"]
    tables = {str(seed): table for seed, (_, table) in runs.items()}
    config = as_dict(DEFAULTS) | {"rows": 10_000, "fresh rows": 10_000, "trials of each seed": tables}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


RATES = (0.01, 0.03)
EPOCHS = 6
CONTENDERS = {  # name: (what differs from the hand-made network, what differs in building and training it)
    "embedding": ({}, {}),
    "onehot": ({}, {"encoding": "onehot"}),
    "scaled_ids": ({}, {"encoding": "scaled-ids"}),
    "one_way": ({"hidden_size": 47}, {"bidirectional": False}),
    "last": ({"read_out": "last"}, {}),
}


def contenders():
    """Train variants of the hand-made network with the same epochs, each with the better of two rates."""
    above, chosen, sizes = {name: [] for name in CONTENDERS}, {}, {}
    for name, (changes, options) in CONTENDERS.items():

        def train(rate, parts, seed, changes=changes, options=options):
            choices = dataclasses.replace(HAND_MADE, learning_rate=rate, **changes)
            regressor = TextRegressor(choices, seed=derived_seed(seed, 99), **options)
            return regressor, regressor.fit(*parts[0], validation=parts[1], epochs=EPOCHS, patience=EPOCHS)

        parts = _data(5)[0]  # a draw that is used for nothing else
        chosen[name] = min(RATES, key=lambda rate, train=train, parts=parts: _least(train(rate, parts, 5)[1]))
        for seed in SEEDS:
            parts, fresh = _data(seed)
            regressor = train(chosen[name], parts, seed)[0]
            sizes[name] = regressor.model.count_params()
            above[name].append(mse(regressor.predict(fresh.sequences), fresh.clean)[0])
        print(f"  {name}: rate {chosen[name]}", above[name], flush=True)
    values = {f"above_{name}": float(np.mean(v)) for name, v in above.items()}
    values |= {f"above_{name}_interval": interval(v)[1] for name, v in above.items()}
    values |= {f"size_{name}": sizes[name] for name in CONTENDERS}
    config = {"rows": 7200, "epochs": EPOCHS, "rates": list(RATES), "chosen rates": chosen, "base": as_dict(HAND_MADE)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": above, "packages": PACKAGES}


def optimism():
    """Try 16 networks on few rows, and choose among N of them on many small validation sets."""
    rows, fresh = random_oligos(1200, seed=300), random_oligos(20_000, seed=301)
    train, validation = (rows.sequences[:1000], rows.targets[:1000]), (rows.sequences[1000:], rows.targets[1000:])
    squares = []
    for number in range(16):
        regressor = TextRegressor(declare(draw(7, number)), seed=derived_seed(7, number))
        regressor.fit(*train, validation=validation, epochs=20)
        squares.append(np.square(regressor.predict(fresh.sequences) - fresh.targets))
    squares, rng = np.array(squares), np.random.default_rng(0)
    true = squares.mean(axis=1)
    kept = np.argsort(true)[:10]  # a search that has narrowed down: differences are small, and noise decides
    curves = {"claimed": np.zeros(10), "true": np.zeros(10), "possible": np.zeros(10)}
    draws = 4000
    for _ in range(draws):
        order = rng.permutation(kept)
        claimed = squares[order][:, rng.integers(0, squares.shape[1], size=100)].mean(axis=1)
        for n in range(10):
            k = np.argmin(claimed[: n + 1])
            curves["claimed"][n] += claimed[k] / draws
            curves["true"][n] += true[order[k]] / draws
            curves["possible"][n] += true[order[: n + 1]].min() / draws
    values = {f"optimism_{name}_{n}": float(c[n - 1]) for name, c in curves.items() for n in (1, 10)}
    values["optimism_gap"] = values["optimism_true_10"] - values["optimism_claimed_10"]
    config = {"train": 1000, "validation": 100, "epochs": 20, "networks": 16, "kept": 10, "draws": draws}
    config |= {"curves": {name: c.tolist() for name, c in curves.items()}, "true errors": sorted(true.tolist())}
    return {"config": config, "seeds": [7], "values": values, "per_seed": {}, "packages": PACKAGES}


def scaled_ids():
    """Train the ids on a line as long as the winners of the searches, at the rate that ``contenders`` chose."""

    def train(rate, parts, seed):
        choices = dataclasses.replace(HAND_MADE, learning_rate=rate)
        regressor = TextRegressor(choices, encoding="scaled-ids", seed=derived_seed(seed, DEFAULTS.trials))
        options = {"epochs": DEFAULTS.final_epochs, "patience": DEFAULTS.patience}
        regressor.fit(*parts[0], validation=parts[1], **options)
        return regressor

    rate = results.load("06_tuning")["contenders"]["config"]["chosen rates"]["scaled_ids"]
    errors = []
    for seed in SEEDS:
        parts, fresh = _data(seed)
        errors.append(_mse(train(rate, parts, seed).predict, fresh))
        print(f"  seed {seed}: {errors[-1]:.3f}", flush=True)
    values = {"scaled_ids_long": float(np.mean(errors)), "scaled_ids_long_worst": max(errors)}
    config = {"rows": 7200, "epochs": DEFAULTS.final_epochs, "rate chosen by contenders": rate}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": {"mse": errors}, "packages": PACKAGES}


EXPERIMENTS = {"searches": searches, "contenders": contenders, "scaled_ids": scaled_ids, "optimism": optimism}
