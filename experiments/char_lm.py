"""The long runs of chapter ``05_char_lm``.

Every cell gets the same tuning budget: the same number of rates, tried once with a seed of their own and judged on the
validation part; then five seeds at the best of them. The test part, a play that nothing was chosen by, is scored last.
"""

import numpy as np
import torch

from experiments.statistics import interval
from lstm_lib import char_analysis as ca
from lstm_lib import char_comparison as cc
from lstm_lib import results
from lstm_lib.char_lm import SHIPPED, loss, sample, save_model
from lstm_lib.char_training import Recipe, use_one_thread
from lstm_lib.commands import chars
from lstm_lib.settings import as_dict
from lstm_lib.settings import chars as st
from lstm_lib.text_quality import quality
from lstm_lib.texts import shakespeare

SEEDS = range(5)
TUNING_SEED = 100
PACKAGES = ("numpy", "torch")
BUDGET = 90.0

# AdamW's highest rate, and Muon's (0: AdamW moves all). Five for each cell.
GRIDS = {
    "rnn": ((0.002, 0.0), (0.004, 0.0), (0.008, 0.0), (0.016, 0.0), (0.004, 0.02)),
    "gru": ((0.006, 0.0), (0.012, 0.0), (0.024, 0.0), (0.01, 0.03), (0.01, 0.06)),
    "lstm": ((0.011, 0.0), (0.022, 0.0), (0.044, 0.0), (0.01, 0.03), (0.01, 0.06)),
}
# What is compared over five seeds: each cell at the best rates of its grid, and each with AdamW alone.
CONTENDERS = {"rnn": ("rnn", True), "gru": ("gru", True), "lstm": ("lstm", True), "lstm_adamw": ("lstm", False)}


def _fit(parts, size, cell, rates, seed, **until):
    """Train one network of the comparison's size; return it and its row."""
    use_one_thread()
    settings = st.CompareSettings()
    return cc.train_and_score(
        parts,
        cell,
        shape=chars.values(settings, chars.SHAPE) | {"vocab_size": size},
        parameters=settings.parameters,
        recipe=Recipe(learning_rate=rates[0], muon_rate=rates[1], **chars.values(settings, chars.RECIPE)),
        until=until,
        seed=seed,
    )


def _chosen(cell, *, muon):
    """Give the rates of a cell that were best on the validation part, with Muon among them or not."""
    found = results.load("05_char_lm")["rates"]["per_seed"]
    losses = {rates: found[_label(cell, rates)][0] for rates in GRIDS[cell] if muon or not rates[1]}
    return min(losses, key=losses.get)


def _label(cell, rates):
    return f"{cell}, AdamW {rates[0]:g}" + (f", Muon {rates[1]:g}" if rates[1] else "")


def rates():
    """Try five pairs of rates for each cell, 45 CPU-seconds each."""
    alphabet, parts = cc.encode_parts(shakespeare())
    per_seed, values = {}, {}
    for cell, grid in GRIDS.items():
        for pair in grid:
            _, row = _fit(parts, alphabet.size, cell, pair, TUNING_SEED, budget=BUDGET / 2)
            per_seed[_label(cell, pair)] = [row["validation"]]
            print(_label(cell, pair), row["validation"], flush=True)
        best = {muon: min(per_seed[_label(cell, p)][0] for p in grid if bool(p[1]) == muon) for muon in (True, False)}
        values |= {f"rates_{cell}_adamw": best[False], f"rates_{cell}_muon": best[True]}
    config = {"budget": BUDGET / 2, "grids": {cell: [list(pair) for pair in grid] for cell, grid in GRIDS.items()}}
    return {
        "config": config,
        "seeds": [TUNING_SEED],
        "values": values,
        "per_seed": per_seed,
        "packages": PACKAGES,
    }


def _compare(analyse, **until):
    """Train every contender with five seeds; return what was chosen and measured."""
    text = shakespeare()
    alphabet, parts = cc.encode_parts(text)
    per_seed, values, chosen = {}, {}, {}
    for name, (cell, muon) in CONTENDERS.items():
        chosen[name] = list(_chosen(cell, muon=muon))
        rows = []
        for seed in SEEDS:
            model, row = _fit(parts, alphabet.size, cell, chosen[name], seed, **until)
            print(name, seed, row["validation"], row["test"], row["cpu_seconds"], flush=True)
            rows.append(row | analyse(model, text, alphabet, parts, seed))
        for key in rows[0].keys() - {"name", "cell", "history", "learning_rate", "muon_rate"}:
            per_seed[f"{name}: {key}"] = [row[key] for row in rows]
        for key in ("validation", "test"):
            mean, half = interval([row[key] for row in rows])
            values |= {f"{name}_{key}": mean, f"{name}_{key}_half": half}
        per_seed[f"{name}: history"] = [
            [[h["characters"], h["cpu_seconds"], h["train_loss"], h["validation_loss"]] for h in row["history"]]
            for row in rows
        ]
        values |= {
            f"{name}_parameters": rows[0]["parameters"],
            f"{name}_ms_per_step": float(np.mean([1000 * row["seconds_per_step"] for row in rows])),
            f"{name}_megabytes": rows[0]["memory_bytes"] / 1e6,
        }
    return per_seed, values, chosen


def _analyse(model, text, alphabet, parts, seed):
    """Let a model write, and look into it."""
    written = sample(model, alphabet.encode("\n"), 100_000 // cc.STREAMS, streams=cc.STREAMS, seed=seed)
    lines = "\n".join(alphabet.decode(row) for row in written)
    held_out = (text.validation + text.test)[: len(lines)]
    excess = ca.excess_by_context(model, parts["validation"], seed=seed)
    return {
        "quality": quality(lines, text.train, at=len(held_out)),
        "excess": [round(float(x), 5) for x in excess],
        "gradient": [float(f"{g:.4g}") for g in ca.gradient_by_lag(model, parts["validation"], seed=seed)],
    }


def equal_time():
    """Compare the cells at equal parameters and 90 CPU-seconds each, beside counting."""
    per_seed, values, chosen = _compare(_analyse, budget=BUDGET)
    text = shakespeare()
    alphabet, parts = cc.encode_parts(text)
    for order in (1, 2, 3, 4, 5, 6, 7):
        _, row = cc.count_and_score(parts, order, alphabet.size)
        values |= {f"ngram_{order}_{key}": row[key] for key in ("validation", "test")}
        values |= {f"ngram_{order}_cpu": row["cpu_seconds"], f"ngram_{order}_parameters": row["parameters"]}
    held_out = (text.validation + text.test)[:100_000]
    model, _ = cc.count_and_score(parts, 5, alphabet.size)
    drawn = model.sample(100_000 // cc.STREAMS, cc.STREAMS, np.random.default_rng(0))
    counted = "\n".join(alphabet.decode(row) for row in drawn)
    qualities = {"real": quality(held_out, text.train), "ngram_5": quality(counted, text.train)}
    for name in CONTENDERS:
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
    """Give the number of true characters from which on the loss stays within ``tolerance`` of that with all of them.

    The curve is averaged over windows of nine steps first: it comes from a few thousand characters.
    """
    smooth = np.convolve(np.pad(excess, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    above = np.flatnonzero(smooth > tolerance)
    return int(above[-1] + 2) if len(above) else 1


def equal_characters():
    """Compare the cells at equal parameters and three passes over the text each."""
    per_seed, values, chosen = _compare(lambda *_: {}, epochs=3)
    values = {f"epochs_{key}": value for key, value in values.items()}
    for name in CONTENDERS:
        values[f"epochs_{name}_cpu"] = float(np.mean(per_seed[f"{name}: cpu_seconds"]))
    config = as_dict(st.CompareSettings()) | {"epochs": 3, "rates": chosen}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


VARIANTS = {
    "plain": {},
    "forget bias 0": {"forget_bias": 0.0},
    "tied": {"tied": True},
    "dropout 0.2": {"dropout": 0.2},
    "recurrent dropout 0.2": {"recurrent_dropout": 0.2},
    "two layers": {"layers": 2},
}


def variants():
    """Change one thing of the LSTM at a time, 30 CPU-seconds each, five seeds."""
    use_one_thread()
    alphabet, parts = cc.encode_parts(shakespeare())
    per_seed, values = {}, {}
    settings = st.CompareSettings()
    shape = chars.values(settings, chars.SHAPE) | {"vocab_size": alphabet.size}
    recipe = Recipe(*_chosen("lstm", muon=True))
    for name, change in VARIANTS.items():
        options = {"shape": shape | change, "parameters": settings.parameters, "recipe": recipe}
        rows = [cc.train_and_score(parts, "lstm", **options, until={"budget": 30.0}, seed=seed)[1] for seed in SEEDS]
        per_seed[name] = [row["validation"] for row in rows]
        key = name.replace(" ", "_").replace(".", "")
        values[f"variant_{key}"], values[f"variant_{key}_half"] = interval(per_seed[name])
        print(name, per_seed[name], flush=True)
    config = {"budget": 30.0, "variants": VARIANTS, "recipe": as_dict(recipe)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


QUARTER = {
    "budget": 900.0,
    "hidden_size": 384,
    "dropout": 0.1,
    "recurrent_dropout": 0.15,
    "learning_rate": 0.008,
    "muon_rate": 0.05,
}
HOUR = {
    "budget": 3600.0,
    "hidden_size": 512,
    "dropout": 0.2,
    "recurrent_dropout": 0.3,
    "learning_rate": 0.006,
    "muon_rate": 0.04,
}


def _long(name, options, path=None):
    """Train one LSTM as ``lstm-lib chars train`` does with these options, and keep it as 16-bit numbers."""
    use_one_thread()
    settings = st.TrainSettings(**options)
    text = shakespeare()
    alphabet, parts = cc.encode_parts(text)
    model, row = cc.train_and_score(
        parts,
        settings.cell,
        shape=chars.values(settings, chars.SHAPE) | {"vocab_size": alphabet.size},
        parameters=settings.parameters,
        hidden_size=settings.hidden_size,
        recipe=Recipe(settings.learning_rate, settings.muon_rate, **chars.values(settings, chars.RECIPE)),
        until=settings.until(),
        seed=settings.random_seed,
    )
    return describe_long(name, settings, text, alphabet, parts, model, row, path)


def describe_long(name, settings, text, alphabet, parts, model, row, path=None):
    """Round a trained model to 16 bits, score it, keep it if a path is given, and describe it."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.half().float())
    row = row | {part: loss(model, parts[part]) for part in ("validation", "test")}
    if path:
        save_model(path, model, alphabet, row | {"text": text.name, "settings": as_dict(settings)}, half=True)
    values = {f"{name}_validation": row["validation"], f"{name}_test": row["test"]}
    values |= {f"{name}_parameters": row["parameters"], f"{name}_epochs": row["characters"] / len(parts["train"])}
    values |= {f"{name}_train": row["history"][-1]["train_loss"], f"{name}_cpu": row["cpu_seconds"]}
    history = [[h["characters"], h["cpu_seconds"], h["train_loss"], h["validation_loss"]] for h in row["history"]]
    return {
        "config": as_dict(settings),
        "seeds": [settings.random_seed],
        "values": values,
        "per_seed": {"history": [history]},
        "packages": PACKAGES,
    }


def quarter_hour():
    """Train for 15 CPU-minutes."""
    return _long("quarter", QUARTER)


def hour():
    """Train the model that is shipped: one CPU-hour."""
    return _long("hour", HOUR, SHIPPED)


EXPERIMENTS = {f.__name__: f for f in (rates, equal_time, equal_characters, variants, quarter_hour, hour)}
