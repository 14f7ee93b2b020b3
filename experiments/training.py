"""The long runs of chapter ``03_training``."""

import numpy as np

from lstm_lib.training.long_lags import STARTS, AddingRun, constant_error

SEEDS = range(5)


def adding():
    """Train on the adding problem at T = 100 with chrono biases and with forget bias 1."""
    per_seed = {"sequences": [], "wrong": [], "mse": [], "forget_bias_1_mse": [], "forget_bias_1_wrong": []}
    for seed in SEEDS:
        run = AddingRun(100, seed=seed, start="chrono")
        solved = run.train(37_000)
        wrong, error = run.test()
        per_seed["sequences"].append(run.sequences if solved else None)
        per_seed["wrong"].append(wrong)
        per_seed["mse"].append(error)
        plain = AddingRun(100, seed=seed, start="forget bias 1")
        assert not plain.train(37_000), "the chapter says that forget bias 1 fails"
        wrong, error = plain.test()
        per_seed["forget_bias_1_wrong"].append(wrong)
        per_seed["forget_bias_1_mse"].append(error)
    solved = [n for n in per_seed["sequences"] if n]
    values = {
        "adding_solved": len(solved),
        "adding_fewest": min(solved),
        "adding_most": max(solved),
        "adding_wrong": max(per_seed["wrong"]),
        "adding_mse": float(np.mean(per_seed["mse"])),
        "adding_fb1_mse": float(np.mean(per_seed["forget_bias_1_mse"])),
        "adding_fb1_wrong": min(per_seed["forget_bias_1_wrong"]),
        "adding_constant": constant_error(100),
    }
    config = {
        "T": 100,
        "most": 37_000,
        "streak": 2000,
        "hidden_size": 16,
        "batch_size": 16,
        "learning_rate": 0.02,
        "halved every": 6000,
    }
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


RATES = (0.02, 0.005, 0.001)


def _adding_at_rates(prefix, **options):
    """Train one kind of network on the adding problem at three learning rates, none of which solves it."""
    per_seed = {f"mse at rate {rate}": [] for rate in RATES}
    for rate in RATES:
        for seed in SEEDS:
            run = AddingRun(100, seed=seed, learning_rate=rate, **options)
            assert not run.train(37_000), "the chapter says that no rate solves it"
            per_seed[f"mse at rate {rate}"].append(run.test()[1])
    values = {f"{prefix}_best": min(min(v) for v in per_seed.values())}
    config = {"T": 100, "most": 37_000, "hidden_size": 16, "batch_size": 16, "learning_rates": list(RATES)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


def adding_rnn():
    """Train a simple recurrent network on the same task."""
    return _adding_at_rates("adding_rnn", cell="rnn")


def adding_forget_bias_1():
    """Train the LSTM with forget bias 1 on the same task."""
    return _adding_at_rates("adding_fb1", start="forget bias 1")


def adding_halves():
    """Train at length 40, four times as long as the notebook does, with each half of the chrono biases."""
    per_seed, seeds = {}, SEEDS
    for start in STARTS:
        runs = [AddingRun(40, seed=seed, start=start) for seed in seeds]
        for run in runs:
            run.train(16_000)
        per_seed[start] = [float(np.mean(run.losses[-32:])) for run in runs]
    values = {f"halves_{start.replace(' ', '_')}_worst": max(losses) for start, losses in per_seed.items()}
    values |= {f"halves_{start.replace(' ', '_')}_best": min(losses) for start, losses in per_seed.items()}
    return {"config": {"T": 40, "sequences": 16_000}, "seeds": seeds, "values": values, "per_seed": per_seed}


EXPERIMENTS = {f.__name__: f for f in (adding, adding_forget_bias_1, adding_halves, adding_rnn)}
