"""The long runs of the page ``which_setting``, and what related words in two parts are worth.

The recipe is that of chapter ``08_seq2seq``. One setting is changed at a time, at equal steps; what a step then costs
is recorded, and what makes it much dearer is tried at equal CPU time, too.
"""

import math
import time

import numpy as np

from experiments.grids import best_inside
from experiments.statistics import interval
from lstm_lib import seq2seq
from lstm_lib.commands.settings import as_dict
from lstm_lib.core import compare_pairs
from lstm_lib.data.lexicons import Pairs, cmudict
from lstm_lib.data.symbols import Symbols
from lstm_lib.frameworks.torch_parts import use_one_thread

SEEDS, TUNING_SEED = range(5), 100
PACKAGES = ("numpy", "torch")
EPOCHS = 2
SHAPE = {"hidden_size": 128, "encoder_size": 64, "dropout": 0.0}
RECIPE = {"learning_rate": 0.01, "batch_size": 128}  # the rate that setting_rate chose
RATES = (0.0025, 0.005, 0.01)
DEFAULT = "default"


class Words:
    """Words of 3 to 7 letters that are known, and others to score."""

    def __init__(self, train, scored):
        use_one_thread()
        self.letters = Symbols.learn(train.sources)
        self.phonemes = Symbols.learn(train.targets, separator=" ")
        self.sources = self.letters.encode_rows(train.sources)
        self.targets = self.phonemes.encode_rows(train.targets, end=True)
        self.scorer = seq2seq.Scorer(scored, self.letters, self.phonemes)

    def run(self, seed, *, shape=None, recipe=None, l2=0.0, budget=None):
        """Train one network; return whether each word that is scored was right, and what else was measured."""
        made = seq2seq.Architecture(self.letters.size, self.phonemes.size, **SHAPE | (shape or {}))
        model = seq2seq.Seq2Seq(made, seed=seed)
        if l2:
            for name, p in model.named_parameters():
                if "bias" not in name:
                    p.register_hook(lambda gradient, p=p: gradient + l2 * p.detach())
        length = {"epochs": EPOCHS} if budget is None else {"budget": budget}
        started = time.process_time()
        chosen = seq2seq.Recipe(**RECIPE | (recipe or {}))
        history = seq2seq.train(model, self.sources, self.targets, chosen, seed=seed, **length)
        spent = time.process_time() - started
        outputs = [tokens for tokens, _ in self.scorer.write(model)]
        scores = self.scorer.free_running(outputs) | self.scorer.teacher_forced(model)
        matrices = [p for name, p in model.named_parameters() if "bias" not in name]
        measured = {
            "sequence": scores["sequence_accuracy"],
            "token": scores["free_token_accuracy"],
            "forced": scores["teacher_forced_token_accuracy"],
            "loss": scores["teacher_forced_loss"],
            "norm": math.sqrt(sum(float((p.detach() ** 2).sum()) for p in matrices)),
            "steps": history[-1]["step"],
            "seconds": spent,
        }
        pairs = zip(outputs, self.scorer.references, strict=True)
        return np.array([seq2seq.metrics.is_right(*pair) for pair in pairs], dtype=int), measured


def is_short(source, target):
    """Say whether a word has 3 to 7 letters."""
    return 3 <= len(source) <= 7


def setting_rate():
    """Choose the rate of the recipe on the validation part, with a seed of its own."""
    lexicon = cmudict()
    words = Words(lexicon.train.where(is_short), lexicon.validation.where(is_short))

    def score(rate):
        measured = words.run(TUNING_SEED, recipe={"learning_rate": rate})[1]
        print(rate, measured, flush=True)
        return measured["sequence"]

    best, grid = best_inside(score, RATES, lower_is_better=False)
    config = SHAPE | {"batch_size": RECIPE["batch_size"], "epochs": EPOCHS, "letters": [3, 7]}
    return {"config": config, "seeds": [TUNING_SEED], "values": {"setting_rate": best}, "per_seed": {},
            "packages": PACKAGES, "grids": {"setting_rate": grid}}  # fmt: skip


# What each changes: the shape, the recipe, other options.
VARIANTS = {
    DEFAULT: {},
    "decay_0": {"recipe": {"weight_decay": 0.0}},
    "decay_01": {"recipe": {"weight_decay": 0.1}},
    "decay_1": {"recipe": {"weight_decay": 1.0}},
    "l2": {"recipe": {"weight_decay": 0.0}, "l2": 1e-3},
    "unclipped": {"recipe": {"clip_norm": math.inf}},
    "sampled": {"recipe": {"teacher_forcing_end": 0.5}},
    "sampled_time": {"recipe": {"teacher_forcing_end": 0.5}, "budget": "as the default"},  # CPU-seconds
    "additive": {"shape": {"attention": "additive"}},
}


def settings():
    """Change one setting at a time; five seeds each, paired with those of the default."""
    lexicon = cmudict()
    words = Words(lexicon.train.where(is_short), lexicon.test.where(is_short))
    per_seed, values, recipes = {}, {}, {}
    for name, options in VARIANTS.items():
        found = {}
        if "budget" in options:
            options = options | {"budget": float(np.mean(per_seed[f"{DEFAULT}: seconds"]))}
        for seed in SEEDS:
            _, measured = words.run(seed, **options)
            print(name, seed, measured, flush=True)
            for kind, value in measured.items():
                found.setdefault(kind, []).append(value)
        per_seed |= {f"{name}: {kind}": listed for kind, listed in found.items()}
        recipes[name] = recipe_of(options, found)
    for key, listed in per_seed.items():
        values["setting_" + key.replace(": ", "_")] = float(np.mean(listed))
        if key.endswith("sequence"):
            values["setting_" + key.replace(": ", "_") + "_half"] = interval(listed)[1]
    config = SHAPE | {"epochs": EPOCHS, "letters": [3, 7], "recipe": as_dict(seq2seq.Recipe(**RECIPE))}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "verdicts": setting_verdicts(per_seed), "recipes": recipes}  # fmt: skip


def recipe_of(options, found):
    """How one contender of :func:`settings` was made."""
    shape, recipe = SHAPE | options.get("shape", {}), as_dict(seq2seq.Recipe(**RECIPE | options.get("recipe", {})))
    taught = f"1 to {recipe['teacher_forcing_end']:g}" if recipe["teacher_forcing_end"] else "1"
    return {
        "attention": shape.get("attention", "dot"),
        "dropout": shape["dropout"],
        "weight decay": f"{recipe['weight_decay']:g}",
        "L2 in the gradient": f"{options.get('l2', 0):g}",
        "clipped at": "never" if math.isinf(float(recipe["clip_norm"])) else f"{recipe['clip_norm']:g}",
        "teacher forcing": taught,
        "rate": f"{recipe['learning_rate']:g}",
        "batch": recipe["batch_size"],
        "steps": round(np.mean(found["steps"])),
    }


def setting_verdicts(per_seed):
    """Compare each variant with the default, by seed."""
    sequence = {key.split(":")[0]: listed for key, listed in per_seed.items() if key.endswith(": sequence")}
    ours = sequence.pop(DEFAULT)
    pairs = {f"setting_{name}": (theirs, ours) for name, theirs in sequence.items()}
    return compare_pairs(pairs, kind="paired seeds", lower_is_better=False)


def related():
    """Train with the relatives of the test words, and without them: the same test words, and equally many to learn.

    One word in twenty is drawn for the test. One part to learn from has everything else but as many words at random
    as there are relatives; the other has everything else but these relatives.
    """
    lexicon = cmudict()
    parts = [part.where(is_short) for part in (lexicon.train, lexicon.validation, lexicon.test)]
    everything = Pairs(
        "short words", *([x for p in parts for x in getattr(p, side)] for side in ("sources", "targets"))
    )
    names = sorted(set(everything.sources))
    per_seed = {}
    for seed in SEEDS:
        rng = np.random.default_rng([seed, 8])
        test = set(rng.choice(names, len(names) // 20, replace=False).tolist())
        held = {seq2seq.stem(word) for word in test}
        relatives = {word for word in names if word not in test and seq2seq.stem(word) in held}
        others = [word for word in names if word not in test and word not in relatives]
        dropped = set(rng.choice(others, len(relatives), replace=False).tolist())
        known_stems = {seq2seq.stem(word) for word in relatives}
        scored = everything.where(lambda s, _, test=test: s in test)
        row = {"test": len(test), "relatives": len(relatives)}
        for name, left_out in {"random": dropped, "by_stem": relatives}.items():
            away = test | left_out
            words = Words(everything.where(lambda s, _, away=away: s not in away), scored)
            right, measured = words.run(seed)
            has = np.array([seq2seq.stem(word) in known_stems for word in words.scorer.texts])
            row |= {name: float(right.mean()), f"{name}, with relatives": float(right[has].mean()),
                    f"{name}, without": float(right[~has].mean()), f"{name}, steps": measured["steps"]}  # fmt: skip
            row["share with relatives"] = float(has.mean())
            print(seed, name, row, flush=True)
        for key, value in row.items():
            per_seed.setdefault(key, []).append(value)
    values = {f"related_{key.replace(', ', '_').replace(' ', '_')}": float(np.mean(v)) for key, v in per_seed.items()}
    recipe = RECIPE | SHAPE | {"epochs": EPOCHS}
    kept = {"relatives in training": "as many other words", "split by stem": "all relatives of test words"}
    return {"config": recipe | {"letters": [3, 7], "share of the test": 0.05}, "seeds": SEEDS, "values": values,
            "per_seed": per_seed, "packages": PACKAGES,
            "recipes": {name: {"left out in training": text} | recipe for name, text in kept.items()},
            "verdicts": related_verdicts(per_seed)}  # fmt: skip


def related_verdicts(per_seed):
    """Compare the split by stem with the random one, on all test words, those with relatives and those without."""
    kinds = {"related": "", "related_with": ", with relatives", "related_without": ", without"}
    pairs = {key: (per_seed[f"by_stem{kind}"], per_seed[f"random{kind}"]) for key, kind in kinds.items()}
    return compare_pairs(pairs, kind="paired seeds", lower_is_better=False)


EXPERIMENTS = {f.__name__: f for f in (setting_rate, settings, related)}
