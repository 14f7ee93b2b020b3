"""What the state of the river's LSTM is worth, and what it holds: for chapter 04.

The settings are those that ``rivers_choice`` stored. The river is the Au Saumon, the test its last eight years.
"""

import numpy as np

from experiments import river_rules as rules
from experiments.real_task import SEEDS, days_of
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
    effects = {"spring": [], "autumn": []}
    likeness = []
    month = river.times.astype("datetime64[M]").astype(int) % 12 + 1
    unsnowed = river.inputs.copy()
    unsnowed[np.isin(month, (12, 1, 2, 3)) & (river.inputs[:, 1] < 0) & (np.arange(end) >= test), 0] = 0
    store, _ = snow_store(river.inputs, recipes["boosting_told"]["melt"])
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
        for days in BACK:
            model = _of_pieces(river, first, test, settings, seed, days)
            forecast = model.predict_last(river.inputs[test - days + 1 : end], days)
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
    per_seed |= {f"unsnowed_{season}": shares for season, shares in effects.items()} | {"snow_in_cell": likeness}
    return {
        "config": {"river": river.name, "pieces (days)": BACK, "removed": "snow of December to March, in the test"},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": {f"memory_vs_{name}": verdict for name, verdict in judged.items()},
        "recipes": {"lstm": settings, "pieces": settings | {"days": "as many, in pieces that begin on any day"}},
    }


def _of_pieces(river, first, end, settings, seed, length):
    """Return an LSTM that has learned as many days, in pieces of ``length`` that begin on any day of the year."""
    known = slice(first, end)
    days = rules.summer_starts(river.times[known]).size * YEAR
    starts = np.linspace(0, end - first - length, days // length).round().astype(int)
    model = RiverLSTM(settings["units"], seed=seed)
    training = {"epochs": round(settings["epochs"]), "learning_rate": settings["rate"], "length": length}
    model.fit(river.inputs[known], river.values[known], starts, **training)
    return model
