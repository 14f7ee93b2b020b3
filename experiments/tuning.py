"""The long runs of chapter ``06_tuning``."""

import dataclasses
import functools
import tempfile

import numpy as np
from scipy import stats

from experiments.grids import best_inside
from experiments.statistics import interval
from lstm_lib.commands.settings import as_dict
from lstm_lib.commands.tune.settings import TuneSettings
from lstm_lib.core import adjusted, compare_all, compare_pairs
from lstm_lib.core.losses import mse
from lstm_lib.data.dna import random_oligos
from lstm_lib.data.parts import split
from lstm_lib.errors import DivergedError
from lstm_lib.frameworks.keras_setup import keras
from lstm_lib.storage import results
from lstm_lib.tuning.model import HAND_MADE, TABLE
from lstm_lib.tuning.regressor import TextRegressor
from lstm_lib.tuning.rivals import kmer_ridge
from lstm_lib.tuning.search import Search, best, declare, derived_seed, draw

SEEDS = range(5)
ALPHA, NOT_TOLD_APART = 0.05, "not told apart"
DEFAULTS = TuneSettings()
PACKAGES = ("numpy", "keras", "tensorflow-cpu", "keras-tuner", "scikit-learn")


@functools.cache
def _data(seed):
    """Rows as the command splits them, and fresh ones that choose nothing."""
    oligos = random_oligos(10_000, seed=100 + seed)
    shares = {"validation": DEFAULTS.validation, "holdout": DEFAULTS.holdout}
    return split(oligos.sequences, oligos.targets, **shares, seed=seed), random_oligos(10_000, seed=200 + seed)


def _mse(predict, oligos):
    return mse(predict(oligos.sequences), oligos.targets)[0]


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
    judged = {"verdicts": search_verdicts(per_seed), "recipes": RECIPES}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES} | judged


def search_verdicts(per_seed):
    """Judge the networks that the searches chose beside what they must beat, on the same draws of rows."""
    rivals = {"search_by_hand": "hand_made", "search_shares": "ridge_shares", "search_counts": "ridge_counts"}
    theirs = {key: per_seed[name] for key, name in rivals.items()}
    return compare_all(per_seed["winner"], theirs, kind="paired seeds", lower_is_better=True)


RECIPES = {
    "chosen by a search": {
        "rows": 7200,
        "trials": DEFAULTS.trials,
        "epochs of a trial": DEFAULTS.epochs,
        "epochs": DEFAULTS.final_epochs,
        "batch": DEFAULTS.batch_size,
        "highest rate": "drawn",
        "choices": "the best of the trials",
    },
    "made by hand": {
        "rows": 7200,
        "trials": "about 30, on other rows",
        "epochs of a trial": "5 to 40",
        "epochs": DEFAULTS.final_epochs,
        "batch": DEFAULTS.batch_size,
        "highest rate": HAND_MADE.learning_rate,
        "choices": "1 layer, 2 x 32 units, last+mean, no dropout, no L2",
    },
    "ridge": {"rows": 7200, "choices": "penalty by leave-one-out, 10 from 1e-6 to 1e3"},
}
MORE = {"more_rate": "learning_rate", "more_layers": "layers", "more_dropout": "dropout", "more_units": "units"}
MORE |= {"more_l2": "l2"}
SHUFFLES = 9999


def associations():
    """Correlate what the random trials of ``searches`` drew with their errors; those made by hand were not drawn."""
    tables = results.load("06_tuning")["searches"]["config"]["trials of each seed"]
    drawn = [trial for table in tables.values() for trial in table[1:]]
    error, rng = stats.rankdata([t["error"] for t in drawn]), np.random.default_rng(0)
    shuffled = np.array([rng.permutation(error) for _ in range(SHUFFLES)])
    found = {}
    for key, name in MORE.items():
        ranks = stats.rankdata([t[name] for t in drawn])
        rho = float(np.corrcoef(ranks, error)[0, 1])
        z = (shuffled - error.mean()) @ (ranks - ranks.mean()) / (len(error) * error.std() * ranks.std())
        p_value = (1 + np.sum(np.abs(z) >= abs(rho) - 1e-12)) / (SHUFFLES + 1)
        half = 1.96 * np.sqrt((1 + rho**2 / 2) / (len(error) - 3))  # Bonett & Wright (2000)
        low, high = np.tanh([np.arctanh(rho) - half, np.arctanh(rho) + half]).tolist()
        word = "ahead" if rho < 0 else "behind"
        found[key] = {"word": word if p_value <= ALPHA else NOT_TOLD_APART, "difference": rho, "low": low, "high": high}
        found[key] |= {"p_value": float(p_value), "alpha": ALPHA, "n": len(error)}
        found[key] |= {"method": f"Spearman's rank correlation, {SHUFFLES} shuffles"}
    found = adjusted(found)
    quantiles = stats.norm.ppf([1 - ALPHA / len(MORE) / 2, 0.8])  # the strictest test of Holm's, found four times in 5
    values = {"detectable": float(np.tanh(quantiles.sum() / np.sqrt(len(error) - 3))), "random_trials": len(error)}
    values |= {f"rank_{key}": verdict["difference"] for key, verdict in found.items()}
    config = {"from": "searches", "trials": len(error), "left out": "the first of each search, made by hand"}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": {}, "verdicts": found}


RATES = (0.01, 0.03, 0.09)  # widened until the best is inside
EPOCHS = 6
LETTERS = "ACGT"  # with ids 2 to 5
LOUD = 8**0.5  # what a row of eight standard normal numbers is long, by root mean square


class StartFrom(keras.callbacks.Callback):
    """Put other numbers into the table of characters before the first step."""

    def __init__(self, rows):
        super().__init__()
        self.rows = np.asarray(rows, np.float64).reshape(len(rows), -1)

    def on_train_begin(self, logs=None):
        """Exchange the table."""
        self.model.get_layer(TABLE).set_weights([self.rows])


def _line(order, spread=1.0):
    """Place the letters on a line in an order, with mean 0; padding and unknown, which do not occur, at 0."""
    places = np.array([order.index(c) for c in LETTERS]) - 1.5
    return [0, 0, *(spread * places / places.std())]


NARROW = float(np.std([0.4, 0.6, 0.8, 1.0]))  # of ids 2 to 5, scaled with 0 to 5
CONTENDERS = {  # name: (its encoding, its table at the start if that is another)
    "scaled_ids": ("scaled-ids", None),
    "centred_ids": ("scaled-ids", _line("ACGT", spread=NARROW)),
    "line": ("scaled-ids", _line("ACGT")),
    "line_catg": ("scaled-ids", _line("CATG")),
    "onehot_loud": ("onehot", LOUD * np.eye(6)),
    "embedding": ("embedding", None),
}


def contender(name):
    """Train one variant of the hand-made network on five draws of rows, at the rate that was best on a sixth."""
    encoding, table = CONTENDERS[name]

    def train(rate, parts, seed):
        choices = dataclasses.replace(HAND_MADE, learning_rate=rate)
        regressor = TextRegressor(choices, encoding=encoding, seed=derived_seed(seed, 99))
        callbacks = [] if table is None else [StartFrom(table)]
        try:
            history = regressor.fit(*parts[0], validation=parts[1], epochs=EPOCHS, patience=EPOCHS, callbacks=callbacks)
        except DivergedError:
            return regressor, np.inf
        return regressor, min(row["validation_mse"] for row in history)

    parts = _data(5)[0]  # a draw that is used for nothing else
    rate, grid = best_inside(lambda rate: train(rate, parts, 5)[1], RATES)
    above = []
    for seed in SEEDS:
        parts, fresh = _data(seed)
        regressor = train(rate, parts, seed)[0]
        above.append(mse(regressor.predict(fresh.sequences), fresh.clean)[0])
    print(f"  {name}: {grid}", above, flush=True)
    return {"above": above, "grid": grid, "size": regressor.model.count_params()}


PAIRS = {  # verdict: who is compared with whom
    "centred_and_scaled": ("centred_ids", "scaled_ids"),
    "line_and_centred": ("line", "centred_ids"),
    "line_and_catg": ("line", "line_catg"),
    "line_and_loud": ("line", "onehot_loud"),
    "loud_and_embedding": ("onehot_loud", "embedding"),
}


def encodings():
    """Train the hand-made network with other tables of characters, and nothing else changed but the rate."""
    return encodings_record({name: contender(name) for name in CONTENDERS})


def encodings_record(found):
    """Return what is stored of some contenders."""
    above = {name: one["above"] for name, one in found.items()}
    values = {f"above_{name}": float(np.mean(v)) for name, v in above.items()}
    values |= {f"median_{name}": float(np.median(v)) for name, v in above.items()}
    grids = {name: one["grid"] for name, one in found.items()}
    recipes = {
        name: {
            "weights": one["size"],
            "rows": 7200,
            "epochs": EPOCHS,
            "batch": DEFAULTS.batch_size,
            "highest rate": float(grids[name]["chosen"]),
            "rates tried": ", ".join(grids[name]["scores"]),
        }
        for name, one in found.items()
    }
    verdicts = encoding_verdicts(above)
    config = {"rows": 7200, "epochs": EPOCHS, "base": as_dict(HAND_MADE), "rate chosen on": "a sixth draw of rows"}
    config |= {"fresh rows": 10_000, "score": "mean squared error against the temperatures without noise"}
    judged = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": above, "packages": PACKAGES} | judged


def encoding_verdicts(above):
    """Compare pairs of contenders on the same draws of rows, adjusted for the number of pairs.

    Logarithms are compared: errors differ by factors of up to a hundred, and so do their spreads.
    """
    logs = {name: np.log(v) for name, v in above.items()}
    pairs = {key: (logs[a], logs[b]) for key, (a, b) in PAIRS.items()}
    return compare_pairs(pairs, kind="paired seeds", lower_is_better=True)


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
    """Train the ids on a line as long, and at the same rate, as the network made by hand in ``searches``."""

    def train(parts, seed):
        regressor = TextRegressor(HAND_MADE, encoding="scaled-ids", seed=derived_seed(seed, DEFAULTS.trials))
        options = {"epochs": DEFAULTS.final_epochs, "patience": DEFAULTS.patience}
        regressor.fit(*parts[0], validation=parts[1], **options)
        return regressor

    errors = []
    for seed in SEEDS:
        parts, fresh = _data(seed)
        errors.append(_mse(train(parts, seed).predict, fresh))
        print(f"  seed {seed}: {errors[-1]:.3f}", flush=True)
    values = {"scaled_ids_long": float(np.mean(errors)), "scaled_ids_long_worst": max(errors)}
    config = {"rows": 7200, "epochs": DEFAULTS.final_epochs, "rate": HAND_MADE.learning_rate}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": {"mse": errors}, "packages": PACKAGES}


EXPERIMENTS = {
    "searches": searches,
    "associations": associations,
    "encodings": encodings,
    "scaled_ids": scaled_ids,
    "optimism": optimism,
}
