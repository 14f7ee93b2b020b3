"""The long runs of chapter ``07_char_lm``.

Every cell gets the same tuning budget: the same number of rates, tried once with a seed of their own and judged on the
validation part; then five seeds at the best of them. The test part, a play that nothing was chosen by, is scored last.
"""

import math

import numpy as np

from experiments.statistics import interval
from lstm_lib.char_lm import analysis as ca, comparison as cc
from lstm_lib.char_lm.saved import SHIPPED, CharModel
from lstm_lib.char_lm.scoring import quality
from lstm_lib.char_lm.training import Recipe
from lstm_lib.char_lm.writing import sample
from lstm_lib.commands.chars import run as chars, settings as st
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.data.texts import shakespeare
from lstm_lib.frameworks.torch_parts import use_one_thread
from lstm_lib.storage import results

SEEDS = range(5)
TUNING_SEED = 100
PACKAGES = ("numpy", "torch")
BUDGET = 90.0

# AdamW's highest rate: three tries for each cell.
GRIDS = {"rnn": (0.004, 0.008, 0.016), "gru": (0.006, 0.012, 0.024), "lstm": (0.011, 0.022, 0.044)}


def _fit(text, cell, rate, seed, **until):
    """Train one model of the comparison's size; return it and its row."""
    use_one_thread()
    settings = st.CompareSettings()
    return cc.train_and_score(
        text,
        cell,
        shape=subset(settings, chars.SHAPE),
        parameters=settings.parameters,
        recipe=Recipe(learning_rate=rate, **subset(settings, chars.RECIPE)),
        until=until,
        seed=seed,
    )


def _chosen(cell):
    """Return the rate of a cell that was best on the validation part."""
    found = results.load("07_char_lm")["rates"]["per_seed"]
    return min(GRIDS[cell], key=lambda rate: found[f"{cell}, {rate:g}"][0])


def rates():
    """Try three rates for each cell, 45 CPU-seconds each."""
    text = shakespeare()
    per_seed, values = {}, {}
    for cell, grid in GRIDS.items():
        for k, rate in enumerate(grid):
            _, row = _fit(text, cell, rate, TUNING_SEED, budget=BUDGET / 2)
            per_seed[f"{cell}, {rate:g}"] = [row["validation"]]
            values[f"rates_{cell}_{k + 1}"] = row["validation"]
            print(cell, rate, row["validation"], flush=True)
    config = {"budget": BUDGET / 2, "grids": {cell: list(grid) for cell, grid in GRIDS.items()}}
    return {"config": config, "seeds": [TUNING_SEED], "values": values, "per_seed": per_seed, "packages": PACKAGES}


def _compare(analyse, **until):
    """Train every cell with five seeds at its best rate; return what was measured and the rates."""
    text = shakespeare()
    per_seed, values, chosen = {}, {}, {}
    for name in GRIDS:
        chosen[name] = _chosen(name)
        rows = []
        for seed in SEEDS:
            model, row = _fit(text, name, chosen[name], seed, **until)
            print(name, seed, row["validation"], row["test"], row["seconds"], flush=True)
            rows.append(row | analyse(model, text, seed))
        for key in rows[0].keys() - {"name", "cell", "device", "history", "learning_rate"}:
            per_seed[f"{name}: {key}"] = [row[key] for row in rows]
        for key in ("validation", "test"):
            mean, half = interval([row[key] for row in rows])
            values |= {f"{name}_{key}": mean, f"{name}_{key}_half": half}
        per_seed[f"{name}: history"] = [
            [[h["characters"], h["seconds"], h["train_loss"], h["validation_loss"]] for h in row["history"]]
            for row in rows
        ]
        losses = [row["history"][-1]["train_loss"] for row in rows]
        values |= {
            f"{name}_train": float(np.mean(losses)),
            f"{name}_gap": values[f"{name}_validation"] - float(np.mean(losses)),
            f"{name}_bits": values[f"{name}_validation"] / math.log(2),
            f"{name}_millions": float(np.mean([row["characters"] for row in rows])) / 1e6,
            f"{name}_parameters": rows[0]["parameters"],
            f"{name}_ms_per_step": float(np.mean([1000 * row["seconds_per_step"] for row in rows])),
            f"{name}_megabytes": rows[0]["memory_bytes"] / 1e6,
        }
    return per_seed, values, chosen


def _analyse(model, text, seed):
    """Write with a model, and look into it."""
    network, symbols = model.network, model.symbols
    validation = symbols.encode(text.validation)
    written = sample(network, symbols.encode("\n"), 100_000 // cc.STREAMS, streams=cc.STREAMS, seed=seed)
    lines = "\n".join(symbols.decode(row) for row in written)
    held_out = (text.validation + text.test)[: len(lines)]
    excess = ca.excess_by_context(network, validation, seed=seed)
    return {
        "quality": quality(lines, text.train, at=len(held_out)),
        "excess": [round(float(x), 5) for x in excess],
        "gradient": [float(f"{g:.4g}") for g in ca.gradient_by_lag(network, validation, seed=seed)],
    }


def equal_time():
    """Compare the cells at equal parameters and 90 CPU-seconds each, beside counting."""
    per_seed, values, chosen = _compare(_analyse, budget=BUDGET)
    text = shakespeare()
    symbols, parts = cc.encode_parts(text)
    for order in (1, 2, 3, 4, 5, 6, 7):
        _, row = cc.count_and_score(parts, order, symbols.size)
        values |= {f"ngram_{order}_{key}": row[key] for key in ("validation", "test")}
        values |= {f"ngram_{order}_cpu": row["seconds"], f"ngram_{order}_parameters": row["parameters"]}
    held_out = (text.validation + text.test)[:100_000]
    model, _ = cc.count_and_score(parts, 5, symbols.size)
    drawn = model.sample(100_000 // cc.STREAMS, cc.STREAMS, np.random.default_rng(0))
    counted = "\n".join(symbols.decode(row) for row in drawn)
    qualities = {"real": quality(held_out, text.train), "ngram_5": quality(counted, text.train)}
    for name in GRIDS:
        found = per_seed[f"{name}: quality"]
        qualities[name] = {key: float(np.mean([q[key] for q in found])) for key in found[0]}
        excess = np.mean(per_seed[f"{name}: excess"], axis=0)
        values[f"{name}_context"] = enough_context(excess)
        gradient = np.mean(per_seed[f"{name}: gradient"], axis=0)
        values |= {f"{name}_gradient_{k}": float(gradient[k] / gradient[0]) for k in (10, 20, 40)}
    for name, found in qualities.items():
        values |= {f"{name}_{key}": value for key, value in found.items() if value is not None}
    config = as_dict(st.CompareSettings()) | {"budget": BUDGET, "rates": chosen}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


def enough_context(excess, tolerance=0.01):
    """Return the number of true characters from which on the loss stays within ``tolerance`` of that with all of them.

    The curve is averaged over windows of nine steps first: it comes from a few thousand characters.
    """
    smooth = np.convolve(np.pad(excess, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    above = np.flatnonzero(smooth > tolerance)
    return int(above[-1] + 2) if len(above) else 1


def equal_characters():
    """Compare the cells at equal parameters and two passes over the text each."""
    per_seed, values, chosen = _compare(lambda *_: {}, epochs=2)
    values = {f"epochs_{key}": value for key, value in values.items()}
    for name in GRIDS:
        values[f"epochs_{name}_cpu"] = float(np.mean(per_seed[f"{name}: seconds"]))
    config = as_dict(st.CompareSettings()) | {"epochs": 2, "rates": chosen}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


BRACKET_RATES = {"rnn": (0.003, 0.007, 0.015), "gru": (0.007, 0.015, 0.03), "lstm": (0.01, 0.02, 0.04)}
DEPTHS = (2, 4, 8)


def brackets():
    """Train the three cells on brackets that are nested to three depths, beside the exact floor."""
    use_one_thread()
    per_seed, values, chosen = {}, {}, {}
    for cell, grid in BRACKET_RATES.items():
        for deepest in DEPTHS:
            rate = min(grid, key=lambda rate: cc.learn_brackets(cell, rate, deepest, seed=TUNING_SEED)[0])
            found = [cc.learn_brackets(cell, rate, deepest, seed=seed) for seed in SEEDS]
            name, key = f"{cell}, depth {deepest}", f"brackets_{cell}_{deepest}"
            chosen[name] = rate
            per_seed |= {f"{name}: excess": [f[0] for f in found], f"{name}: errors": [f[1] for f in found]}
            values[key], values[f"{key}_half"] = interval([f[0] for f in found])
            values[f"{key}_errors"] = float(np.mean([f[1] for f in found]))
            print(name, rate, found, flush=True)
    config = {"rates": {cell: list(grid) for cell, grid in BRACKET_RATES.items()}, "chosen": chosen}
    config |= {"depths": list(DEPTHS), "parameters": 6000, "epochs": 8, "training text": 200_000}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


SHIPPED_SETTINGS = {
    "budget": 900.0,
    "hidden_size": 384,
    "dropout": 0.15,
    "recurrent_dropout": 0.15,
    "learning_rate": 0.008,
}


def shipped():
    """Train the model that comes with the course, as ``lstm-lib chars train`` does with these settings."""
    flags = [f"--{key.replace('_', '-')}={value}" for key, value in SHIPPED_SETTINGS.items()]
    chars.train([*flags, "--device", "cpu", "--output", str(SHIPPED)])
    row = CharModel.load().record
    history = [[h["characters"], h["seconds"], h["train_loss"], h["validation_loss"]] for h in row["history"]]
    values = {f"shipped_{key}": row[key] for key in ("validation", "test", "parameters")}
    values |= {"shipped_minutes": row["seconds"] / 60, "shipped_train": history[-1][2]}
    values["shipped_gap"] = row["validation"] - history[-1][2]
    values["shipped_epochs"] = row["characters"] / len(shakespeare().train)
    return {
        "config": row["settings"],
        "seeds": [row["settings"]["seed"]],
        "values": values,
        "per_seed": {"history": [history]},
        "packages": PACKAGES,
    }


EXPERIMENTS = {f.__name__: f for f in (rates, equal_time, equal_characters, brackets, shipped)}
