"""The long runs of chapter ``02_numpy_lstm``."""

import numpy as np

from lstm_lib import settings as st
from lstm_lib.commands import forecast
from lstm_lib.datasets import sunspots
from lstm_lib.forecasting import LinearAR, persistence, probability_better, rmse, rolling_origin
from lstm_lib.long_lags import AddingRun, constant_error
from lstm_lib.sunspot_forecast import CHOSEN, lstm_rule

SEEDS = range(5)


def sine():
    """Run the seed project's YAML with five values of RANDOM_SEED."""
    ratios, rows = [], []
    for seed in SEEDS:
        settings = st.ForecastSettings(data=st.DataSettings(random_seed=seed))
        series = forecast.load_series(settings.data)
        row = forecast.run(series, forecast.split(series, settings), settings)
        rows.append(row)
        ratios.append(row["test_loss"] / row["baselines"]["linear_ar"])
    losses = {"lstm": [row["test_loss"] for row in rows]}
    losses |= {name: [row["baselines"][name] for row in rows] for name in rows[0]["baselines"]}
    losses["noise"] = [row["noise_floor"] for row in rows]
    excess = {
        f"excess_{name}": [row["excess_over_clean"][name] for row in rows] for name in rows[0]["excess_over_clean"]
    }
    per_seed = losses | excess | {"ratio_to_ar": ratios}
    values = {f"sine_{name}": float(np.mean(v)) for name, v in per_seed.items()}
    values["sine_ratio_worst"] = max(ratios)
    return {"config": st.as_dict(st.ForecastSettings()), "seeds": SEEDS, "values": values, "per_seed": per_seed}


def sine_seed_recipe():
    """Run the same data with what seed projects commonly do: constant rate, values as they are."""
    per_seed = {"sgd": [], "adam_constant": [], "one_cycle": [], "relative": []}
    variants = {
        "sgd": ({"optimizer": "sgd", "schedule": "constant", "clip_norm": None}, "nothing"),
        "adam_constant": ({"schedule": "constant"}, "nothing"),
        "one_cycle": ({}, "nothing"),
        "relative": ({}, "mean"),
    }
    for seed in SEEDS:
        for name, (training, relative_to) in variants.items():
            settings = st.ForecastSettings(
                data=st.DataSettings(random_seed=seed),
                model=st.ModelSettings(relative_to=relative_to),
                training=st.TrainingSettings(**training),
            )
            series = forecast.load_series(settings.data)
            per_seed[name].append(forecast.run(series, forecast.split(series, settings), settings)["test_loss"])
    values = {f"recipe_{name}": float(np.mean(losses)) for name, losses in per_seed.items()}
    return {
        "config": {n: v[0] | {"relative_to": v[1]} for n, v in variants.items()},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
    }


def sunspots_rolling():
    """Forecast 1849 to 2008, refitting every 20 years; five ensembles of six."""
    series = sunspots()
    first = int(np.flatnonzero(series.times == 1849)[0])
    actual = series.values[first:]
    rules = {
        "persistence": (1, lambda xs, ys: persistence),
        "ar9": (9, lambda xs, ys: LinearAR(xs, ys).predict),
        "sqrt_ar9": (9, lambda xs, ys: _on_root(LinearAR(np.sqrt(xs), np.sqrt(ys)))),
    }
    forecasts = {
        name: rolling_origin(series.values, first, rule, every=20, length=length)
        for name, (length, rule) in rules.items()
    }
    values = {f"rolling_{name}": rmse(f, actual) for name, f in forecasts.items()}
    per_seed = {"rmse": [], "better_than_ar9": [], "better_than_sqrt_ar9": [], "mixed_with_sqrt_ar9": []}
    singles = []
    for ensemble in SEEDS:
        members = np.array(
            [
                rolling_origin(series.values, first, lstm_rule(seed), every=20, length=CHOSEN["window"])
                for seed in range(6 * ensemble, 6 * ensemble + 6)
            ]
        )
        lstm = members.mean(axis=0)
        mixed = (lstm + forecasts["sqrt_ar9"]) / 2
        singles += [rmse(m, actual) for m in members]
        per_seed["rmse"].append(rmse(lstm, actual))
        per_seed["mixed_with_sqrt_ar9"].append(rmse(mixed, actual))
        for name in ("ar9", "sqrt_ar9"):
            chance = probability_better(lstm - actual, forecasts[name] - actual, block=11)
            per_seed[f"better_than_{name}"].append(chance)
        if ensemble == 0:
            forecasts["lstm"] = lstm
    values |= {
        "rolling_lstm": per_seed["rmse"][0],
        "rolling_lstm_worst": max(per_seed["rmse"]),
        "rolling_lstm_mean": float(np.mean(per_seed["rmse"])),
        "rolling_single_best": min(singles),
        "rolling_single_worst": max(singles),
        "rolling_mixed": per_seed["mixed_with_sqrt_ar9"][0],
        "rolling_better_than_ar9": per_seed["better_than_ar9"][0],
        "rolling_better_than_sqrt_ar9": per_seed["better_than_sqrt_ar9"][0],
    }
    config = CHOSEN | {"first": 1849, "every": 20, "members": 6, "seeds of ensemble k": "6k to 6k + 5"}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


def sunspots_fixed():
    """Forecast the last 60 years with rules fitted once on 1700 to 1948."""
    series = sunspots()
    first = len(series.values) - 60
    actual = series.values[first:]

    def once(length, rule):
        return rmse(rolling_origin(series.values, first, rule, every=60, length=length), actual)

    values = {
        "fixed_persistence": once(1, lambda xs, ys: persistence),
        "fixed_cycle": once(11, lambda xs, ys: lambda now: now[:, 0]),
        "fixed_ar2": once(2, lambda xs, ys: LinearAR(xs, ys).predict),
        "fixed_ar9": once(9, lambda xs, ys: LinearAR(xs, ys).predict),
        "fixed_sqrt_ar9": once(9, lambda xs, ys: _on_root(LinearAR(np.sqrt(xs), np.sqrt(ys)))),
    }
    seeds = range(10)
    members = [rolling_origin(series.values, first, lstm_rule(s), every=60, length=CHOSEN["window"]) for s in seeds]
    singles = [rmse(m, actual) for m in members]
    values |= {
        "fixed_lstm": rmse(np.mean(members, axis=0), actual),
        "fixed_single_best": min(singles),
        "fixed_single_worst": max(singles),
    }
    return {
        "config": CHOSEN | {"test": "1949 to 2008"},
        "seeds": seeds,
        "values": values,
        "per_seed": {"rmse": singles},
    }


def _on_root(rule):
    return lambda now: np.square(np.maximum(rule.predict(np.sqrt(now)), 0))


def adding():
    """Train on the adding problem at T = 100 with chrono biases and with forget bias 1."""
    per_seed = {"sequences": [], "wrong": [], "mse": [], "forget_bias_1_mse": [], "forget_bias_1_wrong": []}
    for seed in SEEDS:
        run = AddingRun(100, seed=seed, chrono=True)
        solved = run.train(37_000)
        wrong, error = run.test()
        per_seed["sequences"].append(run.sequences if solved else None)
        per_seed["wrong"].append(wrong)
        per_seed["mse"].append(error)
        plain = AddingRun(100, seed=seed, chrono=False)
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
    config = {"T": 100, "most": 37_000, "streak": 2000, "hidden": 16, "batch": 16, "rate": 0.02, "halved every": 6000}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


def adding_rnn():
    """Train a simple recurrent network on the same task, at three learning rates."""
    rates = (0.02, 0.005, 0.001)
    per_seed = {f"mse at rate {rate}": [] for rate in rates}
    for rate in rates:
        for seed in SEEDS:
            run = AddingRun(100, seed=seed, cell="rnn", learning_rate=rate)
            assert not run.train(37_000), "the chapter says that no rate solves it"
            per_seed[f"mse at rate {rate}"].append(run.test()[1])
    values = {"adding_rnn_mse": min(float(np.mean(v)) for v in per_seed.values())}
    values["adding_rnn_best"] = min(min(v) for v in per_seed.values())
    config = {"T": 100, "most": 37_000, "hidden": 16, "batch": 16, "rates": list(rates)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


EXPERIMENTS = {
    "sine": sine,
    "sine_recipes": sine_seed_recipe,
    "sunspots_rolling": sunspots_rolling,
    "sunspots_fixed": sunspots_fixed,
    "adding": adding,
    "adding_rnn": adding_rnn,
}
