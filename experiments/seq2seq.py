"""The long runs of chapter ``08_seq2seq``: the budgets of the command. Its settings are tried in ``which_setting``."""

import csv
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from experiments import which_setting
from experiments.statistics import interval
from lstm_lib.commands.seq2seq import run as command
from lstm_lib.data.lexicons import cmudict
from lstm_lib.data.symbols import Symbols
from lstm_lib.frameworks.torch_parts import use_one_thread
from lstm_lib.seq2seq.files import MODEL, SHIPPED, read_file
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.training import train
from lstm_lib.storage import results

SEEDS = range(5)
PACKAGES = ("numpy", "torch")
BUDGET = 20.0
SHAPE = {"hidden_size": 128, "dropout": 0.1}
SCORES = {"token": "free_token_accuracy", "forced": "teacher_forced_token_accuracy", "error": "token_error_rate"}


class Task:
    """Words of 3 to 7 letters and their pronunciations, in symbols; longer words to look beyond the training."""

    def __init__(self):
        use_one_thread()
        lexicon = cmudict()
        parts = lexicon.train, lexicon.validation, lexicon.test
        self.train, validation, test = (part.where(lambda s, _: 3 <= len(s) <= 7) for part in parts)
        self.letters = Symbols.learn(self.train.sources)
        self.phonemes = Symbols.learn(self.train.targets, separator=" ")
        self.sources = self.letters.encode_rows(self.train.sources)
        self.targets = self.phonemes.encode_rows(self.train.targets, end=True)
        longer = lexicon.test.where(lambda s, _: 8 <= len(s) <= 12)  # longer than any in training
        parts = {"validation": validation, "test": test, "longer": longer}
        self.scorers = {name: Scorer(pairs, self.letters, self.phonemes) for name, pairs in parts.items()}

    def fit(self, shape, recipe, seed, *, budget=BUDGET, steps=None, l2=0.0):
        """Train a model for ``budget`` CPU-seconds, or for a number of steps; return it and its history."""
        model = Seq2Seq(Architecture(self.letters.size, self.phonemes.size, **SHAPE | shape), seed=seed)
        if l2:
            for name, p in model.named_parameters():
                if "bias" not in name:
                    p.register_hook(lambda gradient, p=p: gradient + l2 * p.detach())
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


def five_seeds(task, name, shape, recipe, **options):
    """Train with five seeds; return what was measured, by kind, one entry a seed."""
    found = {}
    for seed in SEEDS:
        model, history = task.fit(shape, recipe, seed, **options)
        row = {"steps": history[-1]["step"], "train_loss": history[-1]["train_loss"]}
        row |= task.score(model, "test") | {"longer": task.score(model, "longer")["by_length"]}
        row |= task.scorers["test"].teacher_forced(model)
        print(name, seed, row["steps"], row["sequence_accuracy"], flush=True)
        for kind, value in row.items():
            found.setdefault(kind, []).append(value)
    return found


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


def _long(name, budget, path=None):
    """Train on the whole dictionary by the command, score by the command, and keep the model if a path is given."""
    with tempfile.TemporaryDirectory() as run:
        command.main(["train", "--budget", str(budget), "--device", "cpu", "--output", run])
        command.main(["evaluate", "--model", run, "--device", "cpu"])
        if path:
            shutil.copyfile(Path(run) / MODEL, path)
        return describe_long(name, run)


def describe_long(name, run):
    """Describe what ``lstm-lib seq2seq train`` and ``evaluate`` left in the folder of a run."""
    run = Path(run)
    scores = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    settings = scores["model"]["settings"]
    logs = {}
    for file in ("log.csv", "times.csv"):
        with open(run / file, newline="", encoding="utf-8") as handle:
            logs[file] = list(csv.DictReader(handle))
    log, times = logs["log.csv"], logs["times.csv"]
    spent = {row.get("model", "1"): float(row["seconds"]) for row in times}  # of each model, after its last epoch
    values = {
        f"{name}_wer": 1 - scores["beam"]["sequence_accuracy"],
        f"{name}_per": scores["beam"]["token_error_rate"],
        f"{name}_token": scores["beam"]["free_token_accuracy"],
        f"{name}_greedy_wer": 1 - scores["greedy"]["sequence_accuracy"],
        f"{name}_forced": scores["teacher_forced"]["teacher_forced_token_accuracy"],
        f"{name}_parameters": sum(array.size for array in read_file(run)[0].values()),
        f"{name}_epochs": max(int(row["epoch"]) for row in log),
        f"{name}_cpu": sum(spent.values()),
    }
    columns = ("epoch", "train_loss", "train_sequence_accuracy", "validation_sequence_accuracy")
    history = [[float(row[column]) for column in columns] for row in log]
    return {
        "config": settings,
        "seeds": [settings["seed"]],
        "values": values,
        "per_seed": {"history": [history], "by_length": [scores["by_length"]]},
        "packages": PACKAGES,
    }


def six_minutes():
    """Train for six CPU-minutes."""
    return _long("six_minutes", 360)


def twenty_minutes():
    """Train for 20 CPU-minutes."""
    return _long("twenty_minutes", 1200)


def hour():
    """Train the two models that are shipped: one CPU-hour in all."""
    return _long("hour", 3600, SHIPPED)


EXPERIMENTS = which_setting.EXPERIMENTS | {f.__name__: f for f in (six_minutes, twenty_minutes, hour)}
