"""The runs of chapter ``06_seq2seq`` that are too long for its notebook.

Every cell, with attention and without, gets the same tuning budget: three learning rates, tried once with a seed of
their own and judged on the dev part; then five seeds at the best of them. The test part has chosen nothing.
"""

import math

import numpy as np
import torch

from experiments.statistics import interval
from lstm_lib import metrics, results
from lstm_lib.batched_beam import batched_beam_search
from lstm_lib.lexicons import EOS, Symbols, cmudict
from lstm_lib.seq2seq import Architecture, Seq2Seq
from lstm_lib.seq2seq_training import Recipe, shifted, train
from lstm_lib.settings import as_dict
from lstm_lib.torch_parts import use_one_thread

SEEDS = range(5)
TUNING_SEED = 100
PACKAGES = ("numpy", "torch")
BUDGET = 10.0
# Highest rates, three for each cell: the simple network needs lower ones.
RATES = {"rnn": (0.0005, 0.0015, 0.004), "gru": (0.0015, 0.004, 0.01), "lstm": (0.0015, 0.004, 0.01)}
CELLS = tuple(RATES)
ATTENTION = ("none", "dot")
SHAPE = {"hidden_size": 128, "dropout": 0.1}
LONGEST = 28  # symbols that a decoder may write


class Task:
    """Words of 3 to 7 letters and their pronunciations, in symbols; longer words to look beyond the training."""

    def __init__(self):
        use_one_thread()
        lexicon = cmudict()
        short = {part: getattr(lexicon, part).where(lambda s, _: 3 <= len(s) <= 7) for part in ("train", "dev", "test")}
        self.train, self.dev, self.test = short.values()
        self.longer = lexicon.test.where(lambda s, _: 8 <= len(s) <= 12)
        self.letters = Symbols.learn(self.train.sources)
        self.phonemes = Symbols.learn(self.train.targets, separator=" ")
        self.sources = self.letters.encode(self.train.sources)
        self.targets = self.phonemes.encode(self.train.targets, end=True)

    def fit(self, shape, recipe, seed, *, budget=BUDGET, l2=0.0):
        """Train a model for ``budget`` CPU-seconds; return it and its history."""
        model = Seq2Seq(Architecture(self.letters.size, self.phonemes.size, **SHAPE | shape), seed=seed)
        if l2:
            for name, p in model.named_parameters():
                if "bias" not in name:
                    p.register_hook(lambda gradient, p=p: gradient + l2 * p.detach())
        return model, train(model, self.sources, self.targets, recipe, budget=budget, seed=seed)

    def outputs(self, model, words):
        """Write the pronunciations of some words, each time the likeliest symbol."""
        model.eval()
        ids, lengths = self.letters.encode(words)
        written = []
        with torch.no_grad():
            for start in range(0, len(words), 256):
                rows = slice(start, start + 256)
                xs = torch.from_numpy(ids[rows, : lengths[rows].max()])
                state = model.encode(xs, torch.from_numpy(lengths[rows]))
                written += [found[0][0] for found in batched_beam_search(model, state, 1, LONGEST)]
        return written

    def references(self, pairs):
        """List the words of some pairs, and for each its pronunciations as ids."""
        listed = pairs.references()
        words = sorted(listed, key=len)
        return words, [[self._ids(text) for text in listed[word]] for word in words]

    def _ids(self, text):
        return self.phonemes.encode([text], end=True)[0][0].tolist()

    def score(self, model, pairs):
        """Give the free-running scores on some pairs, any listed reference, and the teacher-forced token accuracy."""
        words, references = self.references(pairs)
        outputs = self.outputs(model, words)
        right = np.array([metrics.is_right(o, r) for o, r in zip(outputs, references, strict=True)])
        lengths = np.array([len(word) for word in words])
        scores = {name: float(x) for name, x in metrics.free_running_scores(outputs, references, eos=EOS).items()}
        scores["by_length"] = {int(n): float(right[lengths == n].mean()) for n in np.unique(lengths)}
        return scores | {"teacher_forced": self._teacher_forced(model, pairs)}

    @torch.no_grad()
    def _teacher_forced(self, model, pairs):
        model.eval()
        xs, lengths = map(torch.from_numpy, self.letters.encode(pairs.sources))
        ys = torch.from_numpy(self.phonemes.encode(pairs.targets, end=True)[0])
        likeliest = model(xs, lengths, shifted(ys)).argmax(2)
        there = ys != 0
        return float((likeliest == ys)[there].double().mean())


def _key(cell, attention):
    return f"{cell}_{attention}"


def rates():
    """Try three learning rates for each cell, with attention and without."""
    task, per_seed, values, chosen = Task(), {}, {}, {}
    for cell in CELLS:
        for attention in ATTENTION:
            found = {}
            for rate in RATES[cell]:
                model, _ = task.fit({"cell": cell, "attention": attention}, Recipe(learning_rate=rate), TUNING_SEED)
                found[rate] = task.score(model, task.dev)["sequence_accuracy"]
                per_seed[f"{cell}, {attention}, rate {rate:g}"] = [found[rate]]
                print(cell, attention, rate, found[rate], flush=True)
            chosen[_key(cell, attention)] = max(found, key=found.get)
            values[f"rate_{_key(cell, attention)}"] = chosen[_key(cell, attention)]
    config = {"budget": BUDGET, "rates": {cell: list(grid) for cell, grid in RATES.items()}, "letters": [3, 7]} | SHAPE
    return {"config": config, "seeds": [TUNING_SEED], "values": values, "per_seed": per_seed, "packages": PACKAGES}


def _chosen(cell, attention):
    return results.load("06_seq2seq")["rates"]["values"][f"rate_{_key(cell, attention)}"]


def _five_seeds(task, name, shape, recipe, **options):
    """Train with five seeds; return what was measured, by kind, one entry a seed."""
    found = {}
    for seed in SEEDS:
        model, history = task.fit(shape, recipe, seed, **options)
        row = {"steps": history[-1]["step"], "train_loss": history[-1]["train_loss"]}
        row |= task.score(model, task.test) | {"longer": task.score(model, task.longer)["by_length"]}
        print(name, seed, row["steps"], row["sequence_accuracy"], flush=True)
        for kind, value in row.items():
            found.setdefault(kind, []).append(value)
    return found


def _summary(name, found):
    """Give the means of five seeds, with an interval for the share of words that are right."""
    values = {}
    values[f"{name}_sequence"], values[f"{name}_sequence_half"] = interval(found["sequence_accuracy"])
    for short, kind in {"token": "free_token_accuracy", "forced": "teacher_forced", "error": "token_error_rate"}.items():
        values[f"{name}_{short}"] = float(np.mean(found[kind]))
    return values | {f"{name}_steps": float(np.mean(found["steps"]))}


def cells():
    """Compare three cells, with attention and without, at equal CPU time."""
    task, per_seed, values = Task(), {}, {}
    for cell in CELLS:
        for attention in ATTENTION:
            name = _key(cell, attention)
            recipe = Recipe(learning_rate=_chosen(cell, attention))
            found = _five_seeds(task, name, {"cell": cell, "attention": attention}, recipe)
            per_seed |= {f"{name}: {kind}": listed for kind, listed in found.items()}
            values |= _summary(name, found)
            for kind in ("by_length", "longer"):
                for n in found[kind][0]:
                    values[f"{name}_length_{n}"] = float(np.mean([row[n] for row in found[kind]]))
    for cell in CELLS:
        with_it, without = (np.array(per_seed[f"{_key(cell, a)}: sequence_accuracy"]) for a in ("dot", "none"))
        values[f"{cell}_gain"], values[f"{cell}_gain_half"] = interval(with_it - without)
    config = {"budget": BUDGET, "letters": [3, 7], "longer": [8, 12]} | SHAPE
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


VARIANTS = {
    "l2_weak": ({}, {"weight_decay": 0.0}, {"l2": 1e-5}),
    "l2_strong": ({}, {"weight_decay": 0.0}, {"l2": 1e-3}),
    "unclipped": ({}, {"clip_norm": math.inf}, {}),
    "sampled": ({}, {"teacher_forcing_end": 0.5}, {}),
    "additive": ({"attention": "additive"}, {}, {}),
    "rnn_unclipped": ({"cell": "rnn"}, {"clip_norm": math.inf}, {}),
}


def variants():
    """Change one thing of the LSTM with attention at a time, and one of the simple network, at equal CPU time."""
    task, per_seed, values = Task(), {}, {}
    for name, (shape, recipe, options) in VARIANTS.items():
        shape = {"cell": "lstm", "attention": "dot"} | shape
        rate = _chosen(shape["cell"], "dot")
        found = _five_seeds(task, name, shape, Recipe(learning_rate=rate, **recipe), **options)
        per_seed |= {f"{name}: {kind}": listed for kind, listed in found.items()}
        values |= _summary(name, found)
    config = {"budget": BUDGET, "letters": [3, 7], "recipe": as_dict(Recipe())} | SHAPE
    config["variants"] = {name: [shape, {k: str(v) for k, v in r.items()}, o] for name, (shape, r, o) in VARIANTS.items()}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES}


EXPERIMENTS = {f.__name__: f for f in (rates, cells, variants)}
