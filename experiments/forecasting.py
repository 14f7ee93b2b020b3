"""The long runs of chapter ``04_forecasting``."""

import functools
import itertools

import numpy as np

from experiments.real_task import rivers_baskatong, rivers_choice, rivers_leaf, rivers_saumon
from experiments.river_memory import rivers_memory
from lstm_lib.commands.forecast import run as forecast, settings as st
from lstm_lib.commands.settings import as_dict
from lstm_lib.data.series import noisy_sine, sunspots, windows
from lstm_lib.forecasting.model import LSTMForecaster, closed_loop
from lstm_lib.forecasting.rivals import LinearAR, best_sine_forecast, persistence
from lstm_lib.forecasting.scoring import probability_better, rmse, rolling_origin
from lstm_lib.forecasting.sunspots import CHOSEN, lstm_rule

SEEDS = range(5)


def sine():
    """Run the seed project's YAML with five values of RANDOM_SEED."""
    ratios, rows = [], []
    for seed in SEEDS:
        settings = st.ForecastSettings(data=st.DataSettings(random_seed=seed))
        series = forecast.load_series(settings.data)
        row, _ = forecast.run(series, forecast.split(series, settings), settings)
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
    return {"config": as_dict(st.ForecastSettings()), "seeds": SEEDS, "values": values, "per_seed": per_seed}


RECIPES = {  # name: (training settings, what is predicted)
    "sgd": ({"optimizer": "sgd", "schedule": "constant", "clip_norm": None}, "nothing"),
    "sgd_tuned": ({"optimizer": "sgd", "learning_rate": 0.05, "schedule": "constant"}, "nothing"),
    "adam_constant": ({"schedule": "constant"}, "nothing"),
    "one_cycle": ({}, "nothing"),
    "relative": ({}, "mean"),
    "sgd_relative": ({"optimizer": "sgd", "learning_rate": 0.2}, "mean"),
}


def sine_recipes():
    """Train on the same data by six recipes, from the plainest to the one of the book."""
    per_seed = {name: [] for name in RECIPES}
    for seed in SEEDS:
        for name, (training, relative_to) in RECIPES.items():
            settings = st.ForecastSettings(
                data=st.DataSettings(random_seed=seed),
                model=st.ModelSettings(relative_to=relative_to),
                training=st.TrainingSettings(**training),
            )
            series = forecast.load_series(settings.data)
            per_seed[name].append(forecast.run(series, forecast.split(series, settings), settings)[0]["test_loss"])
    values = {f"recipe_{name}": float(np.mean(losses)) for name, losses in per_seed.items()}
    config = {name: training | {"relative_to": relative_to} for name, (training, relative_to) in RECIPES.items()}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


def sine_closed_loop():
    """Feed forecasts back for 100 steps, with five draws of noise and weights."""
    per_seed = {name: [] for name in ("persistence", "ar", "best_one_step", "lstm", "floor")}
    for seed in SEEDS:
        series = noisy_sine(2521, noise_std=0.05, seed=seed)
        xs, ys = windows(series.values, 20)
        starts = xs[-500:-100, :, 0]
        truth = series.clean[-401:-1]  # 100 steps after each start
        forecaster = LSTMForecaster(32, relative_to="mean", seed=seed)
        forecaster.fit(xs[:2000], ys[:2000], epochs=20, batch_size=32, learning_rate=0.005)
        known = {"step": series.times[1], "noise_std": 0.05}
        ends = {
            "persistence": closed_loop(persistence, starts, 100),
            "ar": closed_loop(LinearAR(xs[:2000], ys[:2000]).predict, starts, 100),
            "best_one_step": closed_loop(functools.partial(best_sine_forecast, **known), starts, 100),
            "lstm": closed_loop(forecaster.predict, starts, 100),
            "floor": best_sine_forecast(starts[..., None], horizon=100, **known),
        }
        for name, forecasts in ends.items():
            per_seed[name].append(rmse(forecasts[:, 99], truth))
    values = {f"loop_{name}": float(np.mean(errors)) for name, errors in per_seed.items()}
    return {"config": {"steps": 100, "starts": 400}, "seeds": SEEDS, "values": values, "per_seed": per_seed}


def sunspots_choice():
    """Score a grid of networks on 1809 to 1848, refitted in 1809 and 1829: the choice of the chapter."""
    series = sunspots()
    first, end = (int(np.flatnonzero(series.times == year)[0]) for year in (1809, 1849))
    past, scores = series.values[:end], {}
    seeds = range(600, 606)  # the members of the ensemble with seed 100

    def score(transform, window, rate, targets):
        def make_rule(xs, ys):
            forecaster = LSTMForecaster(16, members=6, transform=transform, targets=targets, seed=100)
            forecaster.fit(xs, ys, epochs=25, learning_rate=rate, batch_size=16)
            return forecaster.predict

        return rmse(rolling_origin(past, first, make_rule, every=20, length=window), past[first:])

    for grid in itertools.product(("none", "sqrt"), (12, 18, 24), (0.02, 0.03, 0.05), ("every",)):
        scores[grid] = score(*grid)
    scores["none", 18, 0.03, "last"] = score("none", 18, 0.03, "last")

    def mean_over(place, value):
        return float(np.mean([s for grid, s in scores.items() if grid[3] == "every" and grid[place] == value]))

    values = {f"choice_window_{w}": mean_over(1, w) for w in (12, 18, 24)}
    values |= {f"choice_rate_{str(r)[2:]}": mean_over(2, r) for r in (0.02, 0.03, 0.05)}
    values |= {f"choice_transform_{t}": mean_over(0, t) for t in ("none", "sqrt")}
    values |= {"choice_chosen": scores["none", 18, 0.03, "every"], "choice_last": scores["none", 18, 0.03, "last"]}
    values["choice_best"], values["choice_worst"] = min(scores.values()), max(scores.values())
    config = {"test": "1809 to 1848", "every": 20, "members": 6, "hidden_size": 16, "epochs": 25}
    config["scores"] = {" ".join(map(str, grid)): score for grid, score in scores.items()}
    return {"config": config, "seeds": seeds, "values": values, "per_seed": {}}


def sunspots_rolling():
    """Forecast 1849 to 2008, refitting every 20 years; five ensembles of six."""
    series = sunspots()
    first = int(np.flatnonzero(series.times == 1849)[0])
    actual = series.values[first:]
    rules = {
        "persistence": (1, lambda xs, ys: persistence),
        "ar9": (9, lambda xs, ys: LinearAR(xs, ys).predict),
        "sqrt_ar9": (9, _sqrt_ar),
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
        "rolling_lstm_best": min(per_seed["rmse"]),
        "rolling_lstm_worst": max(per_seed["rmse"]),
        "rolling_lstm_mean": float(np.mean(per_seed["rmse"])),
        "rolling_single_best": min(singles),
        "rolling_single_worst": max(singles),
        "rolling_mixed": float(np.mean(per_seed["mixed_with_sqrt_ar9"])),
        "rolling_better_than_ar9_least": min(per_seed["better_than_ar9"]),
        "rolling_better_than_ar9_most": max(per_seed["better_than_ar9"]),
        "rolling_better_than_sqrt_ar9_least": min(per_seed["better_than_sqrt_ar9"]),
        "rolling_better_than_sqrt_ar9_most": max(per_seed["better_than_sqrt_ar9"]),
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
        "fixed_sqrt_ar9": once(9, _sqrt_ar),
    }
    seeds = range(10)
    members = [rolling_origin(series.values, first, lstm_rule(s), every=60, length=CHOSEN["window"]) for s in seeds]
    singles = [rmse(m, actual) for m in members]
    lstm, sqrt_ar = np.mean(members, axis=0), rolling_origin(series.values, first, _sqrt_ar, every=60, length=9)
    usual = ~np.isin(series.times[first:], range(1956, 1960))
    year_1958 = int(np.flatnonzero(series.times[first:] == 1958)[0])
    values |= {
        "fixed_lstm": rmse(lstm, actual),
        "fixed_lstm_without_peak": rmse(lstm[usual], actual[usual]),
        "fixed_sqrt_ar9_without_peak": rmse(sqrt_ar[usual], actual[usual]),
        "fixed_lstm_1958": float(lstm[year_1958]),
        "fixed_sqrt_ar9_1958": float(sqrt_ar[year_1958]),
        "fixed_observed_1958": float(actual[year_1958]),
        "fixed_single_best": min(singles),
        "fixed_single_worst": max(singles),
    }
    return {
        "config": CHOSEN | {"test": "1949 to 2008"},
        "seeds": seeds,
        "values": values,
        "per_seed": {"rmse": singles},
    }


def _sqrt_ar(xs, ys):
    """Fit linear autoregression on the square root and square what it forecasts."""
    rule = LinearAR(np.sqrt(xs), np.sqrt(ys))
    return lambda now: np.square(np.maximum(rule.predict(np.sqrt(now)), 0))


EXPERIMENTS = {
    f.__name__: f
    for f in (
        sine,
        sine_recipes,
        sine_closed_loop,
        sunspots_choice,
        sunspots_rolling,
        sunspots_fixed,
        rivers_choice,
        rivers_saumon,
        rivers_baskatong,
        rivers_leaf,
        rivers_memory,
    )
}
