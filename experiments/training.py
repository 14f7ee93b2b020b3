"""The long runs of chapter ``03_training``. Rates are chosen on seeds from 100 on, scores are of seeds from 0 on."""

import time

import numpy as np

from experiments.grids import best_inside
from lstm_lib.core import SGD, compare, compare_all
from lstm_lib.data.tasks import adding_problem
from lstm_lib.numpy_lstm import SequenceRegressor
from lstm_lib.training import (
    STARTS,
    AddingRun,
    constant_error,
    fit_truncated,
    last_state_knows,
    reach,
    recall_stream,
    train_step,
)

LOWER = {"lower_is_better": True}


def _choose(loss, rates, seeds):
    """Return the rate with the lowest mean loss over the seeds, and the grid; a rate that lost a run is out."""
    with np.errstate(all="ignore"):
        return best_inside(lambda rate: np.mean([loss(rate, seed) for seed in seeds]), rates)


# Clipping

CLIP_NORM, CLIP_STEPS, CLIP_T, CLIP_SIZE = 0.25, 2000, 10, 10.0
CLIP_RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
GLITCHES = {"clean": 0.0, "glitches": 1 / 200}


def sgd_run(rate, clip_norm, seed, share):
    """Train a simple network by plain SGD on the adding problem; return the mean squared error on clean sequences.

    In a ``share`` of the training sequences the target is off by 10, up or down: a reading gone wrong.
    """
    rng = np.random.default_rng(seed)
    model = SequenceRegressor(2, 16, 1, cell="rnn", seed=rng)
    optimizer = SGD(model.parameters, rate)
    for _ in range(CLIP_STEPS):
        xs, ys, lengths = adding_problem(rng, 16, CLIP_T)
        off = CLIP_SIZE * (rng.random(16) < share) * rng.choice([-1, 1], size=16)
        ys = ys + off[:, None].astype(np.float32)
        if not np.isfinite(train_step(model, optimizer, xs, ys, lengths=lengths, clip_norm=clip_norm).loss):
            return np.inf
    xs, ys, lengths = _clean(seed)
    return float(np.mean((model.forward(xs, lengths=lengths)[0] - ys) ** 2))


def _clean(seed):
    return adding_problem(np.random.default_rng([seed, 1]), 2000, CLIP_T)


def clipping():
    """Compare plain SGD with and without clipping, each at its own best rate, on clean and on glitched data."""
    per_seed, grids, recipes, verdicts, seeds = {}, {}, {}, {}, range(10)
    constant = [float(np.var(_clean(seed)[1])) for seed in seeds]
    values = {"clip_constant": constant_error(CLIP_T), "clip_norm": CLIP_NORM}
    for data, share in GLITCHES.items():
        for name, norm in (("free", None), ("clipped", CLIP_NORM)):
            key = f"{data}_{name}"
            rate, grids[key] = _choose(lambda r, s: sgd_run(r, norm, s, share), CLIP_RATES, range(100, 103))  # noqa: B023
            per_seed[key] = [sgd_run(rate, norm, seed, share) for seed in seeds]
            values |= {f"{key}_rate": rate, f"{key}_mse": float(np.mean(per_seed[key]))}
            recipes[f"{data}, {name}"] = {
                "weights": SequenceRegressor(2, 16, 1, cell="rnn", seed=0).layers[0].W_hh.size + 16 * 3 + 17,
                "optimizer": "SGD, constant rate",
                "rate": rate,
                "rates tried": len(grids[key]["scores"]),
                "longest gradient": "any" if norm is None else norm,
                "batch": 16,
                "steps": CLIP_STEPS,
                "targets off by 10": "none" if share == 0 else "1 in 200",
            }
        pair = per_seed[f"{data}_clipped"], per_seed[f"{data}_free"]
        verdicts[f"clipping_{data}"] = compare(*pair, kind="paired seeds", **LOWER).as_dict()
        for name in ("free", "clipped"):
            found = compare(per_seed[f"{data}_{name}"], constant, kind="paired seeds", **LOWER)
            verdicts[f"{data}_{name}_constant"] = found.as_dict()
    config = {"T": CLIP_T, "glitch": CLIP_SIZE, "rates chosen on seeds": [100, 101, 102]}
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": config, "seeds": seeds, "values": values, "per_seed": per_seed} | found


# Truncation

LAG, WINDOWS, LENGTH, UPDATES = 10, (5, 10, 12, 20, 100), 100, 300


def recall_run(window, rate, seed, epochs):
    """Train on 64 streams with a window; return the mean squared error where a number is asked for, on 64 others."""
    rng = np.random.default_rng(seed)
    model = SequenceRegressor(3, 16, 1, every_step=True, seed=rng)
    xs, ys, _ = recall_stream(rng, 64, LENGTH, lag=LAG)
    fit_truncated(model, xs, ys, window=window, epochs=epochs, learning_rate=rate)
    xs, ys, asked = _recall_test(seed)
    return float(np.mean((model.predict(xs) - ys)[asked] ** 2))


def _recall_test(seed):
    return recall_stream(np.random.default_rng([seed, 1]), 64, LENGTH, lag=LAG)


def _seconds(window):
    """Return the CPU time of an epoch, the least of three measurements of 10."""
    measured = []
    for _ in range(3):
        start = time.process_time()
        recall_run(window, 0.01, 0, 10)
        measured.append((time.process_time() - start) / 10)
    return min(measured)


def truncation():
    """Compare windows with full backpropagation, with equal numbers of updates and with equal CPU time."""
    seconds = {K: _seconds(K) for K in WINDOWS}
    epochs = {
        "updates": {K: round(UPDATES / -(-LENGTH // K)) for K in WINDOWS},
        "time": {K: round(UPDATES * seconds[LENGTH] / seconds[K]) for K in WINDOWS},
    }
    per_seed, grids, recipes, values, verdicts = {}, {}, {}, {"recall_lag": LAG}, {}
    seeds = range(8)
    for equal, of_window in epochs.items():
        for K, n in of_window.items():
            if (equal, K) == ("time", LENGTH):  # the same run
                per_seed[f"time_{K}"], grids[f"time_{K}"] = per_seed[f"updates_{K}"], grids[f"updates_{K}"]
                continue
            key = f"{equal}_{K}"
            rate, grids[key] = _choose(lambda r, s: recall_run(K, r, s, n), (0.003, 0.01, 0.03), range(100, 104))  # noqa: B023
            per_seed[key] = [recall_run(K, rate, seed, n) for seed in seeds]
            recipes[f"K = {K}, equal {equal}"] = {
                "weights": 4 * 16 * (3 + 16 + 1) + 17,
                "rate": rate,
                "rates tried": len(grids[key]["scores"]),
                "streams": 64,
                "updates": n * -(-LENGTH // K),
                "passes over the data": n,
                "CPU-seconds": round(n * seconds[K], 1),
            }
        full = per_seed[f"{equal}_{LENGTH}"]
        windows = {f"{equal}_{K}": per_seed[f"{equal}_{K}"] for K in WINDOWS if K != LENGTH}
        for key, verdict in compare_all(full, windows, kind="paired seeds", **LOWER).items():
            verdicts[f"full_{key}"] = verdict
    constant = [float(np.mean(ys[asked] ** 2)) for _, ys, asked in map(_recall_test, seeds)]
    for key, found in per_seed.items():
        values[f"recall_{key}"] = float(np.mean(found))
        verdicts[f"{key}_constant"] = compare(found, constant, kind="paired seeds", **LOWER).as_dict()
    per_seed["constant"], values["recall_constant"] = constant, float(np.mean(constant))
    config = {
        "lag": LAG,
        "T": LENGTH,
        "hidden_size": 16,
        "optimizer": "Adam",
        "rates chosen on seeds": [100, 101, 102, 103],
    }
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": config, "seeds": seeds, "values": values, "per_seed": per_seed} | found


# Long lags

ADDING_RATES, MOST = (0.005, 0.01, 0.02, 0.05), 24_000
CONTENDERS = {
    "chrono": {"start": "chrono"},
    "forget_bias_1": {"start": "forget bias 1"},
    "rnn": {"cell": "rnn", "hidden_size": 33},  # about as many weights
}


def adding_run(rate, seed, **options):
    """Train at T = 100 on 24,000 sequences; return after how many it was solved (or None), wrong answers, and MSE."""
    run = AddingRun(100, seed=seed, learning_rate=rate, **options)
    solved = run.sequences if run.train(MOST) else None
    while run.sequences + run.batch_size <= MOST:
        run.step()
    return solved, *run.test()


def adding():
    """Train on the adding problem at T = 100: chrono biases, forget bias 1, and a simple network."""
    per_seed, grids, recipes, verdicts, seeds = {}, {}, {}, {}, range(5)
    values = {"adding_constant": constant_error(100)}
    for name, options in CONTENDERS.items():
        rate, grids[name] = _choose(lambda r, s: adding_run(r, s, **options)[2], ADDING_RATES, range(100, 103))  # noqa: B023
        found = [adding_run(rate, seed, **options) for seed in seeds]
        for key, column in zip(("sequences", "wrong", "mse"), zip(*found, strict=True), strict=True):
            per_seed[key if name == "chrono" else f"{name}_{key}"] = list(column)
        mse = [error for _, _, error in found]
        values |= {f"adding_{name}_mse": float(np.mean(mse)), f"adding_{name}_best": min(mse)}
        constant = [constant_error(100)] * len(seeds)
        verdicts[f"adding_{name}_constant"] = compare(mse, constant, kind="seeds", **LOWER).as_dict()
        model = AddingRun(100, seed=0, **options).model
        recipes[name.replace("_", " ")] = {
            "weights": sum(p.size for p in model.parameters.values()),
            "optimizer": "Adam, rate halved every 6,000 sequences",
            "rate": rate,
            "rates tried": len(grids[name]["scores"]),
            "batch": 16,
            "sequences": MOST,
        }
    rivals = {name: per_seed[f"{name}_mse"] for name in CONTENDERS if name != "chrono"}
    for name, verdict in compare_all(per_seed["mse"], rivals, kind="seeds", **LOWER).items():
        verdicts[f"adding_chrono_{name}"] = verdict
    solved = [n for n in per_seed["sequences"] if n]
    values |= {
        "adding_solved": len(solved),
        "adding_fewest": min(solved, default=0),
        "adding_most": max(solved, default=0),
        "adding_wrong": max(per_seed["wrong"]),
    }
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": {"T": 100, "streak": 2000}, "seeds": seeds, "values": values, "per_seed": per_seed} | found


# What the halves of the chrono biases do, and which measurement tells who will learn

T, HALVES_MOST, EARLY, DIAGNOSIS_LAG = 40, 12_000, 1600, 30


def halves_run(start, rate, seed):
    """Train at T = 40; return the MSE on new sequences and what was measured at the start and after 1,600 sequences."""
    run = AddingRun(T, seed=seed, start=start, learning_rate=rate)
    probe = dict(zip(("xs", "ys", "lengths"), adding_problem(np.random.default_rng([seed, 2]), 2000, T), strict=True))
    measured = [reach(run.model, probe["xs"][:16, :T])[DIAGNOSIS_LAG], last_state_knows(run.model, **probe)]
    while run.sequences + run.batch_size <= HALVES_MOST:
        run.step()
        if run.sequences == EARLY:
            measured.append(last_state_knows(run.model, **probe))
    return run.test()[1], *map(float, measured)


def short_run(rate, seed):
    """Train with forget bias 1 at T = 10, for as long; return the MSE on new sequences."""
    run = AddingRun(10, seed=seed, start="forget bias 1", learning_rate=rate)
    while run.sequences + run.batch_size <= HALVES_MOST:
        run.step()
    return run.test()[1]


MEASURES = ("mse", "reach", "knows", "knows_early")


def adding_halves():
    """Train at T = 40 with both, one, or none of the halves of the chrono biases, and measure who will learn."""
    per_seed, grids, recipes, verdicts, seeds = {}, {}, {}, {}, range(20)
    values = {"halves_constant": constant_error(T), "halves_solved_below": 0.1 * constant_error(T)}
    for start in STARTS:
        key = start.replace(" ", "_")
        rate, grids[key] = _choose(lambda r, s: halves_run(start, r, s)[0], (0.01, 0.02, 0.05), range(100, 103))  # noqa: B023
        found = zip(*(halves_run(start, rate, seed) for seed in seeds), strict=True)
        for measure, column in zip(MEASURES, found, strict=True):
            per_seed[f"{key}_{measure}"] = list(column)
            values[f"halves_{key}_{measure}"] = float(np.median(column))
        mse = per_seed[f"{key}_mse"]
        learned = sum(error < values["halves_solved_below"] for error in mse)
        values |= {f"halves_{key}_learned": learned, f"halves_{key}_best": min(mse), f"halves_{key}_worst": max(mse)}
        recipes[start] = {
            "weights": 4 * 16 * (2 + 16 + 1) + 17,
            "optimizer": "Adam, rate halved every 6,000 sequences",
            "rate": rate,
            "rates tried": len(grids[key]["scores"]),
            "batch": 16,
            "sequences": HALVES_MOST,
        }
    logs = {key: np.log10(per_seed[f"{key}_mse"]) for key in (start.replace(" ", "_") for start in STARTS)}
    verdicts |= {
        f"halves_chrono_{k}": v for k, v in compare_all(logs.pop("chrono"), logs, kind="seeds", **LOWER).items()
    }
    for key in (start.replace(" ", "_") for start in STARTS):
        constant = [constant_error(T)] * len(seeds)
        verdicts[f"halves_{key}_constant"] = compare(per_seed[f"{key}_mse"], constant, kind="seeds", **LOWER).as_dict()
    more_values, more_verdicts = diagnosis(per_seed)
    values, verdicts = values | more_values, verdicts | more_verdicts
    per_seed["short_mse"] = [short_run(recipes["forget bias 1"]["rate"], seed) for seed in seeds]
    values["short_mse"], values["short_worst"] = float(np.mean(per_seed["short_mse"])), max(per_seed["short_mse"])
    values["short_constant"] = constant_error(10)
    constant = [constant_error(10)] * len(seeds)
    verdicts["short_constant"] = compare(per_seed["short_mse"], constant, kind="seeds", **LOWER).as_dict()
    found = {"verdicts": verdicts, "recipes": recipes, "grids": grids}
    return {"config": {"T": T, "early": EARLY}, "seeds": seeds, "values": values, "per_seed": per_seed} | found


def diagnosis(per_seed):
    """Judge what the gradient at lag 30 and the probe, both of fresh networks, tell about the errors in the end."""
    keys = [start.replace(" ", "_") for start in STARTS]
    found = {m: np.concatenate([per_seed[f"{key}_{m}"] for key in keys]) for m in MEASURES}
    learned = found["mse"] < 0.1 * constant_error(T)
    able = found["reach"] > 0.01  # something arrives
    values, verdicts = {"halves_able": int(able.sum())}, {}
    for measure in MEASURES[1:]:
        values[f"tells_{measure}"] = _tells(found[measure], learned)
        values[f"rank_{measure}"] = _rank_correlation(found[measure][able], found["mse"][able])
    for key in keys[1:]:
        logs = [np.mean(np.log10(per_seed[f"{k}_mse"])) for k in ("chrono", key)]
        values[f"halves_factor_{key}"] = float(10 ** (logs[1] - logs[0]))  # of geometric means
    medians = [np.median(per_seed[f"{key}_reach"]) for key in ("forget_gates_only", "chrono")]
    values["halves_reach_ratio"] = float(medians[0] / medians[1])
    for key in (key for key in keys if key != "input_gates_only"):
        values[f"rank_knows_{key}"] = _rank_correlation(per_seed[f"{key}_knows"], per_seed[f"{key}_mse"])
    for measure in ("reach", "knows"):
        rivals = {key: per_seed[f"{key}_{measure}"] for key in keys[1:]}
        for key, v in compare_all(per_seed[f"chrono_{measure}"], rivals, kind="seeds", lower_is_better=False).items():
            verdicts[f"fresh_{measure}_{key}"] = v
    return values, verdicts


def _tells(measured, learned):
    """Return how often, of two networks of which one learned, that one had the higher measurement."""
    return float(np.mean(measured[learned][:, None] > measured[~learned]))


def _rank_correlation(a, b):
    """Return Spearman's rank correlation of values without ties."""
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])


EXPERIMENTS = {f.__name__: f for f in (clipping, truncation, adding, adding_halves)}
