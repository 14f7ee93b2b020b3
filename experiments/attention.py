"""The long runs of chapter ``09_attention``: three cells, with attention and without.

All six have equal weights, but for 2 %, and the same tuning budget: rates of a grid, tried with a seed of their own and
judged on the validation part, until the best stands inside; then five seeds at it. The test part has chosen nothing.
The contenders take turns within a seed, so that whatever else the machine does falls on all of them.
"""

from dataclasses import asdict
from itertools import combinations

import numpy as np
import sacrebleu

from experiments.grids import best_inside
from experiments.seq2seq import BUDGET, PACKAGES, SEEDS, SHAPE, Task, chosen_rate, key_of, summary
from experiments.statistics import interval
from lstm_lib.attention import SmallTranslator, fit, look_back, nearest_targets
from lstm_lib.core import compare_pairs
from lstm_lib.data import learn_pieces, piece_rows, written_dates
from lstm_lib.frameworks.torch_parts import use_one_thread
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.rivals import LetterRules, align
from lstm_lib.seq2seq.training import Recipe

TUNING_SEED = 100
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
STEPS = 250
SEEN, UNSEEN = range(3, 8), range(8, 13)  # letters of the words
ACCURACY = {"kind": "seeds", "lower_is_better": False}


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
    found, values = six_contenders(Task(), "")
    return found | {"values": values, "config": {"budget": BUDGET} | found["config"]}


def equal_steps():
    """Compare the same six at equal weights and equal steps, on equal pairs."""
    found, values = six_contenders(Task(), "equal_", steps=STEPS)
    return found | {"values": values, "config": {"steps": STEPS} | found["config"]}


def six_contenders(task, prefix, **training):
    """Train all six with five seeds and judge them; return what is stored, and the values under keys with a prefix."""
    per_seed, values = {}, {}
    for seed in SEEDS:
        for cell, attention in UNITS:
            name = prefix + key_of(cell, attention)
            recipe = Recipe(learning_rate=chosen_rate(cell, attention))
            model, history = task.fit(shape_of(cell, attention), recipe, seed, **training)
            row = {"steps": history[-1]["step"], "seconds": history[-1]["seconds"]} | task.score(model, "test")
            row |= task.scorers["test"].teacher_forced(model)
            if cell == "lstm" and not training:
                row["longer"] = task.score(model, "longer")["by_length"]
            print(name, seed, row["steps"], row["seconds"], row["sequence_accuracy"], flush=True)
            for kind, value in row.items():
                per_seed.setdefault(f"{name}: {kind}", []).append(value)
    for pair in UNITS:
        name = prefix + key_of(*pair)
        found = {kind.split(": ")[1]: listed for kind, listed in per_seed.items() if kind.startswith(f"{name}: ")}
        values |= summary(name, found) | {f"{name}_seconds": float(np.mean(found["seconds"]))}
        for kind in {"by_length", "longer"} & found.keys():
            values |= {f"{name}_length_{n}": float(np.mean([row[n] for row in found[kind]])) for n in found[kind][0]}
    right = {pair: np.array(per_seed[f"{prefix}{key_of(*pair)}: sequence_accuracy"]) for pair in UNITS}
    gains = {cell: right[cell, "dot"] - right[cell, "none"] for cell in CELLS}
    for cell, gain in gains.items():
        values[f"{prefix}{cell}_gain"], values[f"{prefix}{cell}_gain_half"] = interval(gain)
    config = {"letters": [3, 7], "longer": [8, 12], "recipe": asdict(Recipe()), "dropout": SHAPE["dropout"]}
    stored = {"config": config, "seeds": SEEDS, "per_seed": per_seed, "packages": PACKAGES}
    stored["verdicts"] = cell_verdicts(right, gains, prefix)
    stored["recipes"] = recipes(task, prefix, values)
    if not training:
        by_table = table_by_length(task)
        values |= {f"table_length_{n}": right for n, right in by_table.items()}
        values["table_sequence"] = table_right(task, "test")["sequence_accuracy"]
        stored["verdicts"] |= length_verdicts(per_seed, by_table) | table_verdicts(right, values["table_sequence"])
    return stored, values


def cell_verdicts(right, gains, prefix=""):
    """Judge cells without attention and with it, what each gains, and whether the gains differ: twelve at once."""
    pairs = {}
    for first, second in combinations(reversed(CELLS), 2):
        for attention in ("none", "dot"):
            pairs[f"{prefix}{attention}_{first}_vs_{second}"] = right[first, attention], right[second, attention]
        pairs[f"{prefix}gain_{first}_vs_{second}"] = gains[first], gains[second]
    for cell in CELLS:
        pairs[f"{prefix}{cell}_dot_vs_none"] = right[cell, "dot"], right[cell, "none"]
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


def table_by_length(task):
    """Return the accuracy of the table at each length, of words like those it knows and of longer ones."""
    return table_right(task, "test")["by_length"] | table_right(task, "longer")["by_length"]


def recipes(task, prefix, values):
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
            "steps, mean": round(values[f"{prefix}{name}_steps"]),
            "CPU-seconds": round(values[f"{prefix}{name}_seconds"], 1),
        }
    return found


DATES = {"train": 3000, "choose": 400, "test": 400, "pieces": 256, "epochs": 6, "batch": 32}
DATE_RATES = (0.01, 0.02, 0.04)
TRANSLATORS = {  # equal weights, but for 2 %
    "dates_attention": {"look_back": look_back, "hidden_size": 64},
    "dates_none": {"look_back": None, "hidden_size": 70},
}


class DateTask:
    """Dates in six languages, cut into pieces, and what is measured of their translations into English."""

    def __init__(self):
        use_one_thread()
        pairs = written_dates(np.random.default_rng(0), DATES["train"] + DATES["choose"] + DATES["test"])
        self.parts, first = {}, 0
        for name in ("train", "choose", "test"):
            self.parts[name] = pairs.take(range(first, first + DATES[name]))
            first += DATES[name]
        train = self.parts["train"]
        self.pieces = learn_pieces([*train.sources, *train.targets], DATES["pieces"])
        self.sources = {name: piece_rows(self.pieces, part.sources) for name, part in self.parts.items()}
        self.targets = piece_rows(self.pieces, train.targets, end=True)

    def fit(self, options, rate, seed):
        """Return a translator that was trained at a rate."""
        model = SmallTranslator(DATES["pieces"], seed=seed, **options)
        schedule = {"epochs": DATES["epochs"], "batch_size": DATES["batch"]}
        fit(model, self.sources["train"], self.targets, learning_rate=rate, seed=seed, **schedule)
        return model

    def score(self, texts, part):
        """Return the share of texts that are right, BLEU and chrF."""
        wanted = self.parts[part].targets
        return {
            "right": float(np.mean([text == target for text, target in zip(texts, wanted, strict=True)])),
            "bleu": sacrebleu.corpus_bleu(texts, [wanted]).score,
            "chrf": sacrebleu.corpus_chrf(texts, [wanted]).score,
        }

    def translate(self, model, part):
        """Return what a model makes of the sources of a part."""
        return self.pieces.decode(model.write(self.sources[part])[0])


def dates():
    """Translate dates with attention and without, at equal weights and equal steps, each at its own rate."""
    task, per_seed, values, grids, recipes = DateTask(), {}, {}, {}, {}
    for name, options in TRANSLATORS.items():

        def score(rate, options=options, name=name):
            found = task.score(task.translate(task.fit(options, rate, TUNING_SEED), "choose"), "choose")
            print(name, rate, found, flush=True)
            return found["chrf"]

        rate, grids[f"{name}_rate"] = best_inside(score, DATE_RATES, lower_is_better=False)
        for seed in SEEDS:
            model = task.fit(options, rate, seed)
            found = task.score(task.translate(model, "test"), "test")
            print(name, seed, found, flush=True)
            for kind, value in found.items():
                per_seed.setdefault(f"{name}_{kind}", []).append(value)
        recipes["attention" if options["look_back"] else "no attention"] = {
            "weights": sum(p.numel() for p in model.parameters()),
            "units": options["hidden_size"],
            "highest rate": rate,
            "rates tried": len(grids[f"{name}_rate"]["scores"]),
            **{kind: DATES[kind] for kind in ("epochs", "batch", "pieces")},
            "dropout": 0,
        }
    for key, found in per_seed.items():
        values[key], values[f"{key}_half"] = interval(found)
    known, test = task.parts["train"], task.parts["test"]
    rivals = {"dates_copy": test.sources, "dates_nearest": nearest_targets(known, test.sources)}
    for name, texts in rivals.items():
        values |= {f"{name}_{kind}": value for kind, value in task.score(texts, "test").items()}
    pairs = {}
    for kind in ("right", "bleu", "chrf"):
        ours, theirs = per_seed[f"dates_attention_{kind}"], per_seed[f"dates_none_{kind}"]
        nearest = [values[f"dates_nearest_{kind}"]] * len(ours)
        pairs[f"dates_{kind}"] = ours, theirs
        pairs[f"dates_{kind}_attention_vs_nearest"] = ours, nearest
        pairs[f"dates_{kind}_none_vs_nearest"] = theirs, nearest
    return {"config": DATES, "seeds": SEEDS, "values": values, "per_seed": per_seed, "recipes": recipes,
            "grids": grids, "verdicts": compare_pairs(pairs, **ACCURACY),
            "packages": (*PACKAGES, "babel", "sacrebleu", "sentencepiece")}  # fmt: skip


EXPERIMENTS = {f.__name__: f for f in (rates, cells, equal_steps, dates)}
