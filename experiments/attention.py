"""The long runs of chapter ``09_attention``: three cells, with attention and without.

Every one gets the same tuning budget: three learning rates, tried once with a seed of their own and judged on the
validation part; then five seeds at the best of them. The test part has chosen nothing.
"""

import numpy as np

from experiments.seq2seq import BUDGET, PACKAGES, SEEDS, SHAPE, Task, chosen_rate, five_seeds, key_of, summary
from experiments.statistics import interval
from lstm_lib.seq2seq.training import Recipe

TUNING_SEED = 100
# Highest rates, three for each cell: the simple network needs lower ones.
RATES = {"rnn": (0.0005, 0.0015, 0.004), "gru": (0.0015, 0.004, 0.01), "lstm": (0.0015, 0.004, 0.01)}
CELLS = tuple(RATES)
ATTENTION = ("none", "dot")


def rates():
    """Try three learning rates for each cell, with attention and without."""
    task, per_seed, values, chosen = Task(), {}, {}, {}
    for cell in CELLS:
        for attention in ATTENTION:
            found = {}
            for rate in RATES[cell]:
                model, _ = task.fit({"cell": cell, "attention": attention}, Recipe(learning_rate=rate), TUNING_SEED)
                found[rate] = task.score(model, "validation")["sequence_accuracy"]
                per_seed[f"{cell}, {attention}, rate {rate:g}"] = [found[rate]]
                print(cell, attention, rate, found[rate], flush=True)
            chosen[key_of(cell, attention)] = max(found, key=found.get)
            values[f"rate_{key_of(cell, attention)}"] = chosen[key_of(cell, attention)]
    config = {"budget": BUDGET, "rates": {cell: list(grid) for cell, grid in RATES.items()}, "letters": [3, 7]} | SHAPE
    return {"config": config, "seeds": [TUNING_SEED], "values": values, "per_seed": per_seed, "packages": PACKAGES}


def cells():
    """Compare three cells, with attention and without, at equal CPU time."""
    task, per_seed, values = Task(), {}, {}
    for cell in CELLS:
        for attention in ATTENTION:
            name = key_of(cell, attention)
            recipe = Recipe(learning_rate=chosen_rate(cell, attention))
            found = five_seeds(task, name, {"cell": cell, "attention": attention}, recipe)
            per_seed |= {f"{name}: {kind}": listed for kind, listed in found.items()}
            values |= summary(name, found)
            for kind in ("by_length", "longer"):
                for n in found[kind][0]:
                    values[f"{name}_length_{n}"] = float(np.mean([row[n] for row in found[kind]]))
    for cell in CELLS:
        with_it, without = (np.array(per_seed[f"{key_of(cell, a)}: sequence_accuracy"]) for a in ("dot", "none"))
        values[f"{cell}_gain"], values[f"{cell}_gain_half"] = interval(with_it - without)
    config = {"budget": BUDGET, "letters": [3, 7], "longer": [8, 12]} | SHAPE
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


EXPERIMENTS = {f.__name__: f for f in (rates, cells)}
