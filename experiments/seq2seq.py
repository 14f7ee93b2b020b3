"""The long runs of chapter ``08_seq2seq``: the budgets of the command. Its settings are tried in ``which_setting``."""

import csv
import json
import shutil
import tempfile
from pathlib import Path

from experiments import which_setting
from lstm_lib.commands.seq2seq import run as command
from lstm_lib.seq2seq.files import MODEL, SHIPPED, read_file

PACKAGES = ("numpy", "torch")


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
