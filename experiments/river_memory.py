"""What the state of the river's LSTM is worth, and what it holds: for chapter 04.

The settings of the whole are those that ``rivers_choice`` stored; those of the pieces are chosen here, in the same way.
The river is the Au Saumon, the test its last eight years.
"""

import dataclasses

import numpy as np

from experiments import river_rules as rules
from experiments.grids import best_inside
from experiments.real_task import CHOOSES, CONTENDERS, SEEDS, days_of
from lstm_lib.core import compare_all
from lstm_lib.forecasting import RiverLSTM, snow_store
from lstm_lib.forecasting.rivers import YEAR
from lstm_lib.storage import results

BACK = (30, YEAR)  # days


def rivers_memory():
    """Learn from shorter pieces, take the snow away, and look for it in the cells."""
    recipes = results.load("04_forecasting")["rivers_choice"]["recipes"]
    settings = recipes["lstm"]
    river, first, test, end = days_of("saumon")
    actual = river.values[test:end]
    pieces, grids = {}, {}
    for days in BACK:
        pieces[days], found = _choose(river, first, test, days)
        grids |= {f"last_{days}_{setting}": grid for setting, grid in found.items()}
        print(f"    {days} days: {pieces[days]}", flush=True)
    effects = {"spring": [], "autumn": []}
    likeness, beyond = [], []
    month = river.times.astype("datetime64[M]").astype(int) % 12 + 1
    unsnowed = river.inputs.copy()
    unsnowed[np.isin(month, (12, 1, 2, 3)) & (river.inputs[:, 1] < 0) & (np.arange(end) >= test), 0] = 0
    store, _ = snow_store(river.inputs, recipes["boosting_told"]["melt"])
    usual = _season(river, store, first, test)
    seasons = {"spring": np.isin(month, (4, 5)), "autumn": np.isin(month, (8, 9, 10, 11))}
    losses = {"whole": []} | {f"last_{days}": [] for days in BACK}
    for seed in SEEDS:
        model = rules.trained(river, first, test, settings, seed)
        forecast = model.predict(river.inputs)
        losses["whole"].append((forecast[test:end] - actual) ** 2)
        without = model.predict(unsnowed)
        for season, days in seasons.items():
            tested = days & (np.arange(end) >= test)
            effects[season].append(float(without[tested].sum() / forecast[tested].sum() - 1))
        cells = model.cells(river.inputs)
        alike = [np.corrcoef(cell, store[first:test])[0, 1] for cell in cells[first:test].T]
        unit = int(np.argmax(np.abs(alike)))
        likeness.append(float(abs(np.corrcoef(cells[test:end, unit], store[test:end])[0, 1])))
        unusual = cells[:, unit] - _season(river, cells[:, unit], first, test)
        beyond.append(float(abs(np.corrcoef(unusual[test:end], (store - usual)[test:end])[0, 1])))
        for days in BACK:
            forecast = _of_pieces(river, first, test, end, pieces[days], seed, days)
            losses[f"last_{days}"].append((forecast - actual) ** 2)
        print(f"    seed {seed}: {[f'{n} {np.mean(rows[-1]):.3f}' for n, rows in losses.items()]}", flush=True)
    per_seed = {f"memory_{name}": [float(np.mean(row)) for row in rows] for name, rows in losses.items()}
    judged = compare_all(
        per_seed["memory_whole"],
        {f"last_{days}": per_seed[f"memory_last_{days}"] for days in BACK},
        kind="paired seeds",
        lower_is_better=True,
    )
    values = {name: float(np.mean(errors)) for name, errors in per_seed.items()}
    values |= {f"unsnowed_{season}": float(np.mean(shares)) for season, shares in effects.items()}
    values |= {"snow_in_cell_least": min(likeness), "snow_in_cell_most": max(likeness)}
    values |= {"snow_beyond_season_least": min(beyond), "snow_beyond_season_most": max(beyond)}
    values["snow_in_season"] = float(np.corrcoef(usual[test:end], store[test:end])[0, 1])
    per_seed |= {f"unsnowed_{season}": shares for season, shares in effects.items()}
    per_seed |= {"snow_in_cell": likeness, "snow_beyond_season": beyond}
    return {
        "config": {"river": river.name, "pieces (days)": BACK, "removed": "snow of December to March, in the test"},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": {f"memory_vs_{name}": verdict for name, verdict in judged.items()},
        "recipes": {"lstm": settings} | {f"last_{days}": found for days, found in pieces.items()},
        "grids": grids,
    }


def _season(river, values, first, end):
    """Return the mean of ``values`` on the same days of the years that were learned from, for every day."""
    return rules.climatology(dataclasses.replace(river, values=values), first, end, {}, 0)


def _choose(river, first, test, days):
    """Return rate and epochs for pieces of some days, from the grids and the years that chose those of the whole."""
    _, settings, starts = CONTENDERS["lstm"]
    chooses = int(np.flatnonzero(river.times == np.datetime64(CHOOSES[1]))[0])
    settings, grids = dict(settings), {}
    for setting, grid in starts.items():

        def score(value, setting=setting):
            now = settings | {setting: value}
            runs = [_of_pieces(river, first, chooses, test, now, seed, days) for seed in range(2)]
            return np.mean([(run - river.values[chooses:test]) ** 2 for run in runs])

        settings[setting], grids[setting] = best_inside(score, grid)
    return settings, grids


def _of_pieces(river, first, test, end, settings, seed, length):
    """Return forecasts from ``test`` to ``end`` of an LSTM that knows the last ``length`` days alone.

    It has learned as many days as the whole did, in pieces that begin on any day of the year.
    """
    known = slice(first, test)
    days = rules.summer_starts(river.times[known]).size * YEAR
    starts = np.linspace(0, test - first - length, days // length).round().astype(int)
    model = RiverLSTM(settings["units"], seed=seed)
    training = {"epochs": round(settings["epochs"]), "learning_rate": settings["rate"], "length": length}
    model.fit(river.inputs[known], river.values[known], starts, **training)
    return model.predict_last(river.inputs[test - length + 1 : end], length)
