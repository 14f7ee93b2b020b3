"""The long runs of chapter ``03_training``: clipping and truncation here, long lags in :mod:`experiments.long_lags`.

Rates are chosen on seeds from 100 on, scores are of seeds from 0 on.
"""

import time

import numpy as np

from experiments.grids import LOWER, best_rate
from experiments.long_lags import adding, adding_halves
from lstm_lib.core import SGD, compare, compare_all
from lstm_lib.data.tasks import adding_problem
from lstm_lib.numpy_lstm import SequenceRegressor
from lstm_lib.training import constant_error, fit_truncated, recall_stream, train_step

# Clipping

CLIP_NORM, CLIP_STEPS, CLIP_T, CLIP_SIZE = 0.25, 2000, 10, 10.0
CLIP_RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
GLITCHES = {"clean": 0.0, "glitches": 1 / 200}
NAMES = {"clean": "clean", "glitches": "1 in 200 wrong", "free": "not clipped", "clipped": "clipped"}


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
            rate, grids[key] = best_rate(lambda r, s: sgd_run(r, norm, s, share), CLIP_RATES, range(100, 103))  # noqa: B023
            per_seed[key] = [sgd_run(rate, norm, seed, share) for seed in seeds]
            values |= {f"{key}_rate": rate, f"{key}_mse": float(np.mean(per_seed[key]))}
            recipes[f"{NAMES[data]}, {NAMES[name]}"] = {
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
    gains = [np.subtract(per_seed[f"{data}_free"], per_seed[f"{data}_clipped"]) for data in ("glitches", "clean")]
    verdicts["clipping_gain"] = compare(*gains, kind="paired seeds", lower_is_better=False).as_dict()
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
            rate, grids[key] = best_rate(lambda r, s: recall_run(K, r, s, n), (0.003, 0.01, 0.03), range(100, 104))  # noqa: B023
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
        pair = [per_seed[f"{equal}_{K}"] for K in (12, 10)]  # just beyond the lag, and up to it
        verdicts[f"{equal}_12_10"] = compare(*pair, kind="paired seeds", **LOWER).as_dict()
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


EXPERIMENTS = {f.__name__: f for f in (clipping, truncation, adding, adding_halves)}
