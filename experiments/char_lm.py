"""The long runs of chapter ``07_char_lm``.

Every cell gets the same tuning budget: the same number of rates, tried once with a seed of their own and judged on the
validation part; then five seeds at the best of them. The test part, a play that nothing was chosen by, is scored last.
"""

import math

import numpy as np

from experiments import char_texts
from experiments.char_texts import PACKAGES, SEEDS, enough_context, held_out_quality
from experiments.grids import best_inside
from experiments.statistics import interval
from lstm_lib.char_lm import analysis as ca, comparison as cc
from lstm_lib.char_lm.saved import SHIPPED, CharModel
from lstm_lib.char_lm.training import Recipe
from lstm_lib.char_lm.writing import sample
from lstm_lib.commands.chars import run as chars, settings as st
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.core import compare_pairs
from lstm_lib.data.texts import shakespeare
from lstm_lib.frameworks.torch_parts import use_one_thread
from lstm_lib.storage import results

TUNING_SEED = 100
BUDGET = 90.0

# AdamW's highest rate: three tries for each cell.
GRIDS = {"rnn": (0.004, 0.008, 0.016), "gru": (0.006, 0.012, 0.024), "lstm": (0.011, 0.022, 0.044)}
PAIRS = (("gru", "rnn"), ("lstm", "rnn"), ("lstm", "gru"))


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


def _chosen(cell, found=None):
    """Return the rate of a cell that was best on the validation part."""
    found = found or results.load("07_char_lm")["rates"]["per_seed"]
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
    grids = {f"{cell}_rate": rate_grid(cell, per_seed) for cell in GRIDS}
    config = {"budget": BUDGET / 2, "grids": {cell: list(grid) for cell, grid in GRIDS.items()}}
    return {"config": config, "seeds": [TUNING_SEED], "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "grids": grids}  # fmt: skip


def rate_grid(cell, per_seed):
    """Return the grid of one cell's rates for the stored results."""
    scores = {f"{rate:g}": per_seed[f"{cell}, {rate:g}"][0] for rate in GRIDS[cell]}
    return {"chosen": f"{_chosen(cell, per_seed):g}", "scores": scores}


def _compare(prefix, **until):
    """Train every cell with five seeds at its best rate, look into each; return what was measured and the verdicts."""
    text = shakespeare()
    per_seed, values, chosen = {}, {}, {}
    for name in GRIDS:
        chosen[name] = _chosen(name)
        rows = []
        for seed in SEEDS:
            model, row = _fit(text, name, chosen[name], seed, **until)
            print(name, seed, row["validation"], row["test"], row["seconds"], flush=True)
            rows.append(row | _analyse(model, text, seed))
        for key in rows[0].keys() - {"name", "cell", "device", "history", "learning_rate"}:
            per_seed[f"{name}: {key}"] = [row[key] for row in rows]
        per_seed[f"{name}: history"] = [
            [[h["characters"], h["seconds"], h["train_loss"], h["validation_loss"]] for h in row["history"]]
            for row in rows
        ]
    values = {prefix + key: value for name in GRIDS for key, value in cell_values(name, per_seed).items()}
    config = as_dict(st.CompareSettings()) | until | {"rates": chosen}
    told = {"verdicts": cell_verdicts(prefix or "timed_", per_seed), "recipes": cell_recipes(config, per_seed)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES} | told


def cell_values(name, per_seed):
    """Return what prose may quote of one cell, from what was measured with each seed."""
    found = {key.removeprefix(f"{name}: "): rows for key, rows in per_seed.items() if key.startswith(f"{name}: ")}
    losses = [history[-1][2] for history in found["history"]]
    values = {}
    for key in ("validation", "test"):
        values[f"{name}_{key}"], values[f"{name}_{key}_half"] = interval(found[key])
    values |= {
        f"{name}_train": float(np.mean(losses)),
        f"{name}_gap": values[f"{name}_validation"] - float(np.mean(losses)),
        f"{name}_bits": values[f"{name}_validation"] / math.log(2),
        f"{name}_test_bits": values[f"{name}_test"] / math.log(2),
        f"{name}_millions": float(np.mean(found["characters"])) / 1e6,
        f"{name}_cpu": float(np.mean([history[-1][1] for history in found["history"]])),
        f"{name}_parameters": found["parameters"][0],
        f"{name}_ms_per_step": float(1000 * np.mean(found["seconds_per_step"])),
        f"{name}_megabytes": found["memory_bytes"][0] / 1e6,
    }
    for key in found["quality"][0]:
        values[f"{name}_{key}"], values[f"{name}_{key}_half"] = interval([q[key] for q in found["quality"]])
    values[f"{name}_context"] = enough_context(np.mean(found["excess"], axis=0))
    gradient = np.mean(found["gradient"], axis=0)
    return values | {f"{name}_gradient_{k}": float(gradient[k] / gradient[0]) for k in (10, 20, 40)}


def cell_verdicts(prefix, per_seed):
    """Compare each two cells: in loss, in time a step, in what they write, in how far they look."""

    def of(cell, key, change=lambda found: found):
        return [change(found) for found in per_seed[f"{cell}: {key}"]]

    def pairs(key, *change):
        return {(a, b): (of(a, key, *change), of(b, key, *change)) for a, b in PAIRS}

    def judged(family, lower_is_better):
        named = {f"{prefix}{key}_{a}_{b}": pair for key, found in family.items() for (a, b), pair in found.items()}
        return compare_pairs(named, kind="seeds", lower_is_better=lower_is_better)

    losses = {key: pairs(key) for key in ("validation", "test")}
    gradients = {f"gradient_{k}": pairs("gradient", lambda g, k=k: math.log(g[k] / g[0])) for k in (10, 40)}
    verdicts = judged(losses, True) | judged({"seconds_per_step": pairs("seconds_per_step")}, True)
    verdicts |= judged(gradients, False) | judged({"context": pairs("excess", enough_context)}, False)
    for key in per_seed["lstm: quality"][0]:
        verdicts |= judged({key: pairs("quality", lambda q, key=key: q[key])}, key == "longest_copy")
    return verdicts


def cell_recipes(config, per_seed):
    """How the three networks of a comparison were made."""
    choices = ("layers", "embedding_size", "dropout", "batch_size", "window", "clip_norm", "schedule")
    until = {"CPU-seconds": config["budget"]} if config["budget"] else {"passes": config["epochs"]}
    return {
        name: {"weights": per_seed[f"{name}: parameters"][0], "rate": config["rates"][name], "rates tried": len(grid)}
        | until
        | {choice.replace("_", " "): config[choice] for choice in choices}
        for name, grid in GRIDS.items()
    }


def _analyse(model, text, seed):
    """Write with a model, and look into it."""
    network, symbols = model.network, model.symbols
    validation = symbols.encode(text.validation)
    written = sample(network, symbols.encode("\n"), 100_000 // cc.STREAMS, streams=cc.STREAMS, seed=seed)
    lines = "\n".join(symbols.decode(row) for row in written)
    excess = ca.excess_by_context(network, validation, seed=seed)
    return {
        "quality": held_out_quality(lines, text),
        "excess": [round(float(x), 5) for x in excess],
        "gradient": [float(f"{g:.4g}") for g in ca.gradient_by_lag(network, validation, seed=seed)],
    }


def equal_time():
    """Compare the cells at equal parameters and 90 CPU-seconds each."""
    return _compare("", budget=BUDGET)


def equal_characters():
    """Compare the cells at equal parameters and two passes over the text each."""
    return _compare("epochs_", epochs=2)


BRACKET_RATES = {"rnn": (0.003, 0.007, 0.015), "lstm": (0.02, 0.04, 0.08)}
DEPTHS = (2, 8)


def brackets():
    """Train the simple network and the LSTM on brackets that are nested to two depths, beside the exact floor."""
    use_one_thread()
    per_seed, values, chosen, grids = {}, {}, {}, {}
    for deepest in DEPTHS:
        for cell, grid in BRACKET_RATES.items():
            name, key = f"{cell}, depth {deepest}", f"brackets_{cell}_{deepest}"
            chosen[name], grids[f"{key}_rate"] = best_inside(
                lambda rate, cell=cell, deepest=deepest: cc.learn_brackets(cell, rate, deepest, seed=TUNING_SEED)[0],
                grid,
            )
            found = [cc.learn_brackets(cell, chosen[name], deepest, seed=seed) for seed in SEEDS]
            per_seed |= {f"{name}: excess": [f[0] for f in found], f"{name}: errors": [f[1] for f in found]}
            values[key], values[f"{key}_half"] = interval([f[0] for f in found])
            values[f"{key}_errors"] = float(np.mean([f[1] for f in found]))
            print(name, grids[f"{key}_rate"], found, flush=True)
    excess = {
        f"brackets_lstm_rnn_{deepest}": tuple(per_seed[f"{cell}, depth {deepest}: excess"] for cell in ("lstm", "rnn"))
        for deepest in DEPTHS
    }
    verdicts = compare_pairs(excess, kind="paired seeds", lower_is_better=True)
    config = {"chosen": chosen, "depths": list(DEPTHS)}
    config |= {"parameters": 6000, "epochs": 8, "training text": 200_000}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "grids": grids, "verdicts": verdicts}  # fmt: skip


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


EXPERIMENTS = {f.__name__: f for f in (rates, equal_time, equal_characters, brackets, shipped)} | char_texts.EXPERIMENTS
