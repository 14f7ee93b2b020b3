"""The long runs of chapter ``09_attention``: three cells, with attention and without.

All six have equal weights, but for 2 %, and the same tuning budget: rates of a grid, tried with a seed of their own and
judged on the validation part, until the best stands inside; then five seeds at it. The test part has chosen nothing.
The contenders take turns within a seed, so that whatever else the machine does falls on all of them.
"""

from dataclasses import asdict
from itertools import combinations

import numpy as np

from experiments.grids import best_inside
from experiments.statistics import interval
from experiments.which_setting import PACKAGES, SEEDS, Words, is_short
from lstm_lib.core import compare_pairs
from lstm_lib.data.lexicons import cmudict
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.rivals import LetterRules, align
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.training import Recipe, train
from lstm_lib.storage import results

TUNING_SEED, BUDGET = 100, 20.0  # CPU-seconds, of the runs that choose a rate and of those that are compared
SHAPE = {"dropout": 0.1}
# Highest rates to begin with: the simple network needs lower ones.
RATES = {"rnn": (0.0005, 0.0015, 0.004), "gru": (0.0015, 0.004, 0.01), "lstm": (0.0015, 0.004, 0.01)}
UNITS = {  # H, of the decoder and of the encoder each way
    ("rnn", "none"): 254,
    ("gru", "none"): 170,
    ("lstm", "none"): 140,
    ("rnn", "dot"): 200,
    ("gru", "dot"): 150,
    ("lstm", "dot"): 128,
}
CELLS = tuple(RATES)
SEEN, UNSEEN = range(3, 8), range(8, 13)  # letters of the words
ACCURACY = {"kind": "seeds", "lower_is_better": False}


class Task(Words):
    """The words of 3 to 7 letters, their test and validation parts, and longer words to look beyond the training."""

    def __init__(self):
        lexicon = cmudict()
        self.train = lexicon.train.where(is_short)
        super().__init__(self.train, lexicon.test.where(is_short))
        longer = lexicon.test.where(lambda s, _: 8 <= len(s) <= 12)  # longer than any in training
        parts = {"validation": lexicon.validation.where(is_short), "longer": longer}
        self.scorers = {name: Scorer(pairs, self.letters, self.phonemes) for name, pairs in parts.items()}
        self.scorers["test"] = self.scorer

    def fit(self, shape, recipe, seed, *, budget=BUDGET, steps=None):
        """Train a model for ``budget`` CPU-seconds, or for a number of steps; return it and its history."""
        model = Seq2Seq(Architecture(self.letters.size, self.phonemes.size, **SHAPE | shape), seed=seed)
        if not steps:
            return model, train(model, self.sources, self.targets, recipe, budget=budget, seed=seed)
        pairs = len(self.targets[1])
        rng, read_in_all = np.random.default_rng(seed), steps * recipe.batch_size
        # each pair as often as every other, or once more
        rows = np.concatenate([rng.permutation(pairs) for _ in range(-(-read_in_all // pairs))])[:read_in_all]
        read = ((ids[rows], lengths[rows]) for ids, lengths in (self.sources, self.targets))
        return model, train(model, *read, recipe, epochs=1, seed=seed)

    def score(self, model, part):
        """Return the free-running scores of a part, greedy, any listed reference; also by the length of the word."""
        scorer = self.scorers[part]
        outputs = [tokens for tokens, _ in scorer.write(model)]
        right = scorer.by_length({"right": outputs})
        return scorer.free_running(outputs) | {"by_length": {row["shortest"]: row["right"] for row in right}}


def key_of(cell, attention):
    """Return the name of a pair in stored values."""
    return f"{cell}_{attention}"


def chosen_rate(cell, attention):
    """Return the learning rate that chapter 09 chose."""
    return results.load("09_attention")["rates"]["values"][f"rate_{key_of(cell, attention)}"]


def summary(name, found):
    """Return the means of five seeds, with an interval for the share of words that are right."""
    values = {}
    values[f"{name}_sequence"], values[f"{name}_sequence_half"] = interval(found["sequence_accuracy"])
    for short, kind in {
        "token": "free_token_accuracy",
        "forced": "teacher_forced_token_accuracy",
        "error": "token_error_rate",
    }.items():
        values[f"{name}_{short}"] = float(np.mean(found[kind]))
    return values | {f"{name}_steps": float(np.mean(found["steps"]))}


def shape_of(cell, attention):
    """Return what sets a contender apart."""
    return {"cell": cell, "attention": attention, "hidden_size": UNITS[cell, attention]}


def rates():
    """Choose the rate of each cell, with attention and without."""
    task, per_seed, values, grids = Task(), {}, {}, {}
    for cell, attention in UNITS:
        name, shape = key_of(cell, attention), shape_of(cell, attention)

        def score(rate, shape=shape, name=name):
            model, _ = task.fit(shape, Recipe(learning_rate=rate), TUNING_SEED)
            found = task.score(model, "validation")["sequence_accuracy"]
            print(name, rate, found, flush=True)
            return found

        values[f"rate_{name}"], grids[f"rate_{name}"] = best_inside(score, RATES[cell], lower_is_better=False)
        per_seed |= {f"{name}, rate {rate}": [found] for rate, found in grids[f"rate_{name}"]["scores"].items()}
    config = {"budget": BUDGET, "letters": [3, 7], "units": {key_of(*pair): H for pair, H in UNITS.items()}}
    return {"config": config | {"dropout": SHAPE["dropout"]}, "seeds": [TUNING_SEED], "values": values,
            "per_seed": per_seed, "packages": PACKAGES, "grids": grids}  # fmt: skip


def cells():
    """Compare three cells, with attention and without, at equal weights and equal CPU time."""
    task, per_seed, values = Task(), {}, {}
    for seed in SEEDS:
        for pair in UNITS:
            keep(per_seed, key_of(*pair), trained(task, *pair, seed, budget=BUDGET))
    for pair in UNITS:
        values |= means(key_of(*pair), per_seed)
    right = {pair: np.array(per_seed[f"{key_of(*pair)}: sequence_accuracy"]) for pair in UNITS}
    gains = {cell: right[cell, "dot"] - right[cell, "none"] for cell in CELLS}
    for cell, gain in gains.items():
        values[f"{cell}_gain"], values[f"{cell}_gain_half"] = interval(gain)
    by_table = table_right(task, "test")["by_length"] | table_right(task, "longer")["by_length"]
    values |= {f"table_length_{n}": share for n, share in by_table.items()}
    values["table_sequence"] = table_right(task, "test")["sequence_accuracy"]
    verdicts = cell_verdicts(right, gains) | length_verdicts(per_seed, by_table)
    verdicts |= table_verdicts(right, values["table_sequence"])
    config = {"budget": BUDGET, "letters": [3, 7], "longer": [8, 12], "recipe": asdict(Recipe())}
    return {"config": config | {"dropout": SHAPE["dropout"]}, "seeds": SEEDS, "values": values, "per_seed": per_seed,
            "packages": PACKAGES, "verdicts": verdicts, "recipes": recipes(task, values)}  # fmt: skip


def equal_steps():
    """Give the GRU, which makes the fewest steps in a second, as many as the LSTM made in ``cells``."""
    task, per_seed, values, pairs = Task(), {}, {}, {}
    stored = results.load("09_attention")["cells"]
    steps = {attention: round(stored["values"][f"lstm_{attention}_steps"]) for attention in ("none", "dot")}
    for seed in SEEDS:
        for attention, n in steps.items():
            keep(per_seed, f"equal_gru_{attention}", trained(task, "gru", attention, seed, steps=n))
    for attention in steps:
        name = f"equal_gru_{attention}"
        values |= means(name, per_seed)
        lstm = stored["per_seed"][f"lstm_{attention}: sequence_accuracy"]
        pairs[f"equal_{attention}_lstm_vs_gru"] = lstm, per_seed[f"{name}: sequence_accuracy"]
    gain = np.subtract(*(per_seed[f"equal_gru_{attention}: sequence_accuracy"] for attention in ("dot", "none")))
    values["equal_gru_gain"], values["equal_gru_gain_half"] = interval(gain)
    lstm = np.subtract(*(stored["per_seed"][f"lstm_{attention}: sequence_accuracy"] for attention in ("dot", "none")))
    pairs["equal_gain_lstm_vs_gru"] = lstm, gain
    config = {"steps": steps, "letters": [3, 7], "recipe": asdict(Recipe()), "dropout": SHAPE["dropout"]}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "verdicts": compare_pairs(pairs, **ACCURACY)}  # fmt: skip


def trained(task, cell, attention, seed, **training):
    """Train a contender at its rate and return what is measured of it."""
    recipe = Recipe(learning_rate=chosen_rate(cell, attention))
    model, history = task.fit(shape_of(cell, attention), recipe, seed, **training)
    row = {"steps": history[-1]["step"], "seconds": history[-1]["seconds"]} | task.score(model, "test")
    row |= task.scorers["test"].teacher_forced(model)
    if cell == "lstm":
        row["longer"] = task.score(model, "longer")["by_length"]
    print(cell, attention, seed, row["steps"], row["seconds"], row["sequence_accuracy"], flush=True)
    return row


def keep(per_seed, name, row):
    """Add what was measured of one seed to the lists of its contender."""
    for kind, value in row.items():
        per_seed.setdefault(f"{name}: {kind}", []).append(value)


def means(name, per_seed):
    """Return the means of a contender over its seeds, by key."""
    found = {kind.split(": ")[1]: listed for kind, listed in per_seed.items() if kind.startswith(f"{name}: ")}
    values = summary(name, found) | {f"{name}_seconds": float(np.mean(found["seconds"]))}
    for kind in [kind for kind in ("by_length", "longer") if kind in found]:
        values |= {f"{name}_length_{n}": float(np.mean([row[n] for row in found[kind]])) for n in found[kind][0]}
    return values


def cell_verdicts(right, gains):
    """Judge cells without attention and with it, what each gains, and whether the gains differ: twelve at once."""
    pairs = {}
    for first, second in combinations(reversed(CELLS), 2):
        for attention in ("none", "dot"):
            pairs[f"{attention}_{first}_vs_{second}"] = right[first, attention], right[second, attention]
        pairs[f"gain_{first}_vs_{second}"] = gains[first], gains[second]
    for cell in CELLS:
        pairs[f"{cell}_dot_vs_none"] = right[cell, "dot"], right[cell, "none"]
    return compare_pairs(pairs, **ACCURACY)


def length_verdicts(per_seed, by_table):
    """Judge the LSTM with attention, without, and the table of letters at each length: thirty at once."""
    pairs = {}
    for n in (*SEEN, *UNSEEN):
        right = {}
        for attention in ("dot", "none"):
            rows = per_seed[f"lstm_{attention}: {'by_length' if n in SEEN else 'longer'}"]
            right[attention] = [row[n] for row in rows]
        table = [by_table[n]] * len(right["dot"])
        pairs[f"length_{n}_dot_vs_none"] = right["dot"], right["none"]
        pairs[f"length_{n}_dot_vs_table"] = right["dot"], table
        pairs[f"length_{n}_none_vs_table"] = right["none"], table
    return compare_pairs(pairs, **ACCURACY)


def table_verdicts(right, table):
    """Judge each of the six beside the table of letters, on all words of the test part."""
    pairs = {f"{key_of(*pair)}_vs_table": (found, [table] * len(found)) for pair, found in right.items()}
    return compare_pairs(pairs, **ACCURACY)


def table_right(task, part):
    """Return the scores of the table of letters with two neighbours on a part, by the length of the word too."""
    sounds = [text.split() for text in task.train.targets]
    table = LetterRules(task.train.sources, align(task.train.sources, sounds), context=2)
    scorer = task.scorers[part]
    said = [" ".join(table.pronounce(word)) for word in scorer.texts]
    outputs = [task.phonemes.encode_rows([text], end=True)[0][0].tolist() for text in said]
    right = scorer.by_length({"right": outputs})
    return scorer.free_running(outputs) | {"by_length": {row["shortest"]: row["right"] for row in right}}


def recipes(task, values):
    """Describe how each of the six was made."""
    found = {}
    for cell, attention in UNITS:
        name = key_of(cell, attention)
        shape = SHAPE | shape_of(cell, attention)
        model = Seq2Seq(Architecture(task.letters.size, task.phonemes.size, **shape), seed=0)
        recipe = Recipe(learning_rate=chosen_rate(cell, attention))
        found[f"{cell}, {attention}"] = {
            "weights": sum(p.numel() for p in model.parameters()),
            "units": shape["hidden_size"],
            "highest rate": recipe.learning_rate,
            "batch": recipe.batch_size,
            "dropout": shape["dropout"],
            "label smoothing": recipe.label_smoothing,
            "steps, mean": round(values[f"{name}_steps"]),
            "CPU-seconds": round(values[f"{name}_seconds"], 1),
        }
    return found


EXPERIMENTS = {f.__name__: f for f in (rates, cells, equal_steps)}
