"""A real task whose state an LSTM keeps better than a window can: rivers from their weather, for chapter 04.

Each contender maps the weather up to a day to the discharge of that day. Every setting is chosen on years before the
test, one after the other, by :func:`experiments.grids.best_inside`; then all learn once more from all earlier years.
"""

import numpy as np

from experiments import river_rules as rules
from experiments.grids import best_inside
from lstm_lib.core import compare_all
from lstm_lib.data import river as load
from lstm_lib.storage import results

SEEDS = range(5)
RIVERS = {  # key: name, first day to learn from, first day of the test
    "saumon": ("Au Saumon", "1976-01-01", "1996-01-01"),
    "baskatong": ("Baskatong", "1981-01-01", "2005-01-01"),
    "leaf": ("Leaf", "1958-01-01", "1978-01-01"),
}
CHOOSES = ("saumon", "1991-01-01")  # on this river, from this day to the test, every setting is chosen
NETWORKS = ("lstm", "net_window", "net_means")  # those that draw something
CONTENDERS = {  # name: (rule, settings to start from, grids in the order in which they are tried)
    "lstm": (
        rules.lstm,
        {"units": 16, "rate": 0.02, "epochs": 25},
        {"rate": (0.02, 0.04, 0.08), "epochs": (12, 25, 50)},
    ),
    "ridge_window": (
        rules.ridge_window,
        {"days": 60, "penalty": 100},
        {"days": (30, 60, 120, 240), "penalty": (1, 10, 100)},
    ),
    "net_window": (
        rules.net_window,
        {"units": 32, "days": 60, "decay": 0.3, "rate": 0.003, "epochs": 40},
        {"days": (15, 30, 60), "decay": (0.1, 0.3, 1)},
    ),
    "net_means": (
        rules.net_means,
        {"units": 32, "decay": 1, "rate": 0.003, "epochs": 120},
        {"decay": (0.3, 1, 3), "rate": (0.001, 0.003, 0.009)},
    ),
    "boosting_means": (
        rules.boosting_means,
        {"rate": 0.06, "leaves": 15, "trees": 400},
        {"rate": (0.03, 0.06, 0.12), "leaves": (8, 15, 30)},
    ),
    "boosting_told": (
        rules.boosting_told,
        {"rate": 0.06, "leaves": 15, "trees": 400, "melt": 3},
        {"melt": (2, 3, 4), "rate": (0.03, 0.06, 0.12)},
    ),
}


def days_of(key):
    """Return a river and the places of three of its days: the first to learn from, the first of the test, the end."""
    name, *days = RIVERS[key]
    river = load(name)
    return river, *(int(np.flatnonzero(river.times == np.datetime64(day))[0]) for day in days), len(river.values)


def choose(contender):
    """Return the settings with the smallest squared error on the years that choose, and the grids.

    One setting is tried after the other. What draws something is scored by the mean of two networks.
    """
    key, day = CHOOSES
    river, first, test, _ = days_of(key)
    chooses = int(np.flatnonzero(river.times == np.datetime64(day))[0])
    rule, settings, starts = CONTENDERS[contender]
    settings, grids = dict(settings), {}
    for setting, grid in starts.items():

        def score(value, setting=setting):
            now = settings | {setting: value}
            runs = [rule(river, first, chooses, now, seed) for seed in range(2 if contender in NETWORKS else 1)]
            return np.mean([(run - river.values)[chooses:test] ** 2 for run in runs])

        settings[setting], grids[setting] = best_inside(score, grid)
    return settings, grids


def rivers_choice():
    """Choose the settings of all contenders on the Au Saumon's years from 1991 to 1995."""
    recipes, grids, tried = {}, {}, {}
    for contender in CONTENDERS:
        recipes[contender], found = choose(contender)
        grids |= {f"{contender}_{setting}": grid for setting, grid in found.items()}
        tried[contender] = sum(len(grid["scores"]) for grid in found.values())
        print(f"    {contender} {recipes[contender]}", flush=True)
    values = {f"choice_{name}": min(grid["scores"].values()) for name, grid in grids.items()}
    config = {"settings chosen on": CHOOSES, "settings tried": tried, "networks a score": 2}
    return {"config": config, "seeds": range(2), "values": values, "per_seed": {}, "recipes": recipes, "grids": grids}


def rivers_saumon():
    """Compare on the years 1996 to 2003 of the river that chose."""
    return compare_on("saumon")


def rivers_baskatong():
    """Compare on a larger river with snow, which chose nothing."""
    return compare_on("baskatong")


def rivers_leaf():
    """Compare on a river without snow, which chose nothing."""
    return compare_on("leaf")


def compare_on(key):
    """Learn one river with the chosen settings, from all years before its test, and judge the test."""
    recipes = results.load("04_forecasting")["rivers_choice"]["recipes"]
    river, first, test, end = days_of(key)
    actual, years = river.values[test:end], river.times[test:end].astype("datetime64[Y]")
    forecasts = {"climatology": [rules.climatology(river, first, test, {}, 0)]}
    for contender, settings in recipes.items():
        if contender == "boosting_told" and river.inputs.shape[1] < 3:  # no temperature, and no snow
            continue
        seeds = SEEDS if contender in NETWORKS else range(1)
        forecasts[contender] = [CONTENDERS[contender][0](river, first, test, settings, seed) for seed in seeds]
    values, per_seed, verdicts = {}, {}, {}
    for sort, scale in (("", lambda flow: flow), ("_root", np.sqrt)):
        judge_on(f"{key}{sort}", forecasts, river.values, slice(test, end), scale, values, per_seed, verdicts)
    losses = {n: (np.mean(fs, axis=0)[test:end] - actual) ** 2 for n, fs in forecasts.items()}
    best = min((n for n in losses if n != "lstm"), key=lambda n: losses[n].mean())
    won = [losses["lstm"][years == year].mean() < losses[best][years == year].mean() for year in np.unique(years)]
    values |= {f"{key}_years": len(won), f"{key}_years_won": int(np.sum(won))}
    values[f"{key}_saved"] = 1 - values[f"{key}_lstm"] / values[f"{key}_{best}"]
    return {
        "config": {"river": RIVERS[key], "best rival": best, "series": "mean of five networks, each day an error"},
        "seeds": SEEDS,
        "recipes": {n: recipes[n] for n in forecasts if n in recipes},
        "values": values,
        "per_seed": per_seed,
        "verdicts": verdicts,
    }


def judge_on(key, forecasts, observed, test, scale, values, per_seed, verdicts):
    """Score forecasts of the test, in mm or by their roots, and judge the LSTM; adds to the last three arguments.

    The mean of a contender's networks is judged day by day; single networks are judged over seeds.
    """
    actual = scale(observed[test])
    losses = {n: (scale(np.mean(fs, axis=0)[test]) - actual) ** 2 for n, fs in forecasts.items()}
    singles = {n: [float(np.mean((scale(f[test]) - actual) ** 2)) for f in fs] for n, fs in forecasts.items()}
    singles = {n: each * (len(SEEDS) // len(each)) for n, each in singles.items()}
    for n, loss in losses.items():
        values[f"{key}_{n}"] = float(loss.mean())
        values[f"{key}_{n}_share"] = float(loss.mean() / actual.var())
        values[f"{key}_{n}_single"] = float(np.mean(singles[n]))
        values[f"{key}_{n}_worst"] = max(singles[n])
        per_seed[f"{key}_{n}"] = singles[n]
    for sort, errors, kind in (("", losses, "series"), ("_single", singles, "seeds")):
        rivals = {n: each for n, each in errors.items() if n != "lstm"}
        judged = compare_all(errors["lstm"], rivals, kind=kind, lower_is_better=True)
        verdicts |= {f"{key}{sort}_vs_{n}": verdict for n, verdict in judged.items()}
