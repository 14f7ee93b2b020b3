"""What ``lstm-lib tune`` does with its settings: read, split, search, train the winner, compare, predict.

Chapter ``06_tuning`` does the same by hand; here it is one call.
"""

import csv
import dataclasses
import hashlib
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from lstm_lib.commands.parsing import parse, require_apart
from lstm_lib.commands.settings import as_dict
from lstm_lib.commands.tune import settings as st
from lstm_lib.core.losses import mse
from lstm_lib.data.dna import random_oligos
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import as_numbers, read_columns

MODEL, REPORT, SEARCH = "model.keras", "report.json", "search"
EXAMPLE = {"train.csv": 10_000, "test.csv": 2_000}  # rows


def main(argv):
    """``lstm-lib tune``: see chapter ``06_tuning``."""
    settings, options = parse(
        argv,
        command="tune",
        description="Predict a number from a text: search for a bidirectional LSTM at random, train the winner, and"
        " predict a test file. With --model: predict with a saved model and train nothing.",
        settings=st.TuneSettings,
        options={
            "train": {"default": "train.csv", "help": "CSV file with a text and a number in each row"},
            "test": {"default": "test.csv", "help": "CSV file with an id and a text in each row"},
            "output": {"default": "predictions.csv", "help": "write id and prediction of each test row to this file"},
            "save": {"default": "tuned", "help": f"folder for {MODEL}, {REPORT} and, until they are there, the search"},
            "resume": {"action": "store_true", "help": "go on with the search that --save holds"},
            "model": "folder of an earlier run; predict --test with its model",
            "make_example": f"write {', '.join(EXAMPLE)} and answers.csv, on the melting of DNA, to this folder,"
            " and do nothing else",
        },
    )
    if options["make_example"]:
        make_example(Path(options["make_example"]), settings)
        return
    reading = {"--test": options["test"]} | ({} if options["model"] else {"--train": options["train"]})
    require_apart({"--config": options["config"], **reading, "--output": options["output"]})
    checkpoint.require_writable(options["output"])
    ids, sequences = read_test(options["test"], settings)
    if options["model"]:
        from lstm_lib.tuning.model import TextRegressor

        regressor, about = TextRegressor.load(Path(options["model"]) / MODEL)
        if settings.target_column == st.TuneSettings.target_column:  # not said otherwise
            settings = dataclasses.replace(settings, target_column=about["settings"]["target_column"])
    else:
        regressor = tune(options, settings)
    write_predictions(options["output"], ids, predict(regressor, sequences, options["test"]), settings)
    if not options["model"]:
        shutil.rmtree(Path(options["save"]) / SEARCH, ignore_errors=True)  # its results are in the report
        print(f"wrote {options['save']}")
    print(f"wrote {options['output']}")


def make_example(folder, settings):
    """Write DNA sequences with noisy melting temperatures; those of the test file into a file of their own."""
    names = [settings.sequence_column, settings.target_column, settings.id_column]
    for k, (file, n) in enumerate(EXAMPLE.items()):
        oligos = random_oligos(n, seed=2 * settings.seed + k)
        ids, targets = range(1, n + 1), [f"{t:.3f}" for t in oligos.targets]
        if file == "train.csv":
            write_csv(folder / file, names[:2], zip(oligos.sequences, targets, strict=True))
        else:
            write_csv(folder / file, [names[2], names[0]], zip(ids, oligos.sequences, strict=True))
            write_csv(folder / "answers.csv", [names[2], names[1]], zip(ids, targets, strict=True))
    print(f"wrote {', '.join([*EXAMPLE, 'answers.csv'])} to {folder}")


def read_train(path, settings):
    """Read texts and their targets, or raise :class:`InputError`."""
    column = settings.target_column
    (sequences, targets), lines = read_columns(path, [settings.sequence_column, column])
    require_texts(sequences, lines, path, settings)
    targets = np.array(as_numbers(targets, lines, path=path, column=column))
    if targets.min() == targets.max():
        raise InputError(f"{path}: column {column!r} is {targets[0]:g} in every row; there is nothing to learn")
    return sequences, targets


def read_test(path, settings):
    """Read ids and texts, or raise :class:`InputError`."""
    (ids, sequences), lines = read_columns(path, [settings.id_column, settings.sequence_column])
    require_texts(sequences, lines, path, settings)
    seen = {}
    for name, line in zip(ids, lines, strict=True):
        if name in seen:
            raise InputError(f"{path}, line {line}: id {name!r} stands on line {seen[name]} already; ids must differ")
        seen[name] = line
    return ids, sequences


def require_texts(sequences, lines, path, settings):
    """Raise :class:`InputError` if a text is empty."""
    for text, line in zip(sequences, lines, strict=True):
        if not text.strip():
            column = settings.sequence_column
            raise InputError(f"{path}, line {line}, column {column!r}: the text is empty; fill it or remove the row")


def parts_of(path, sequences, targets, settings):
    """Split the rows, or raise :class:`InputError` if there are too few."""
    from lstm_lib.data.parts import split

    shares = {"validation": settings.validation, "holdout": settings.holdout}
    parts = split(sequences, targets, **shares, seed=settings.seed)
    n_train, n_validation, n_holdout = (len(part[0]) for part in parts)
    if n_train < settings.batch_size:
        raise InputError(
            f"{path}: {len(sequences)} rows leave {n_train} to train on, fewer than a batch of {settings.batch_size};"
            " give more rows or a smaller --batch-size"
        )
    if not n_validation or not n_holdout:
        raise InputError(f"{path}: {len(sequences)} rows with too few different texts to validate and to hold out")
    if parts[0][1].min() == parts[0][1].max():
        raise InputError(f"{path}: the target is the same in all {n_train} training rows; there is nothing to learn")
    return parts


def tune(options, settings):
    """Search, train the winner, print what came out, and save the model.

    Returns
    -------
    lstm_lib.tuning.TextRegressor
    """
    folder, file = Path(options["save"]), options["train"]
    sequences, targets = read_train(file, settings)
    for name in (MODEL, REPORT):
        checkpoint.require_writable(folder / name)
    if (folder / SEARCH).exists() and not options["resume"]:
        raise InputError(f"{folder} holds a search that was not finished; add --resume, or name another folder")
    from lstm_lib.tuning.search import Search, best, derived_seed

    parts = parts_of(file, sequences, targets, settings)
    train, validation, holdout = parts
    digest = hashlib.sha256(json.dumps([sequences, targets.tolist()]).encode()).hexdigest()
    about = as_dict(settings) | {"rows_sha256": digest}
    checkpoint.Run(folder / SEARCH, about)  # refuses to go on with other settings or rows
    print(f"{file}: {len(train[0]):,} rows train, {len(validation[0]):,} validate, {len(holdout[0]):,} are held out")
    started, cpu = time.perf_counter(), time.process_time()
    search = Search(
        train,
        validation,
        encoding=settings.encoding,
        length=settings.max_length,
        batch_size=settings.batch_size,
        patience=settings.patience,
        seed=settings.seed,
        progress=True,
    )
    print(TABLE_HEAD)
    trials = search.run(folder / SEARCH, trials=settings.trials, epochs=settings.epochs, on_trial=print_trial)
    winner = best(trials)
    regressor, history = search.fit(
        winner.choices, epochs=settings.final_epochs, seed=derived_seed(settings.seed, settings.trials), name="winner"
    )
    seconds = {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    result = {
        "winner": winner.number,
        "best_validation_mse": winner.error,
        "final_validation_mse": min(row["validation_mse"] for row in history),
        "holdout_mse": {name: mse(p(holdout[0]), holdout[1])[0] for name, p in rivals(train, regressor).items()},
    }
    print(summary(result, len(holdout[0])))
    print(f"search and final training took {seconds['wall']:.0f} s, {seconds['cpu']:.0f} s of CPU time")
    report = {"trials": [dataclasses.asdict(trial) for trial in trials], "settings": about, "seconds": seconds}
    checkpoint.write_json(folder / REPORT, result | report)
    regressor.save(folder / MODEL, {"settings": about, "choices": dataclasses.asdict(winner.choices)})
    return regressor


TABLE_HEAD = "trial  units  layers  read-out   dropout       l2     rate  epoch  validation MSE"


def print_trial(trial):
    """Print one line of the table of trials."""
    c = trial.choices
    best = min(trial.history, key=lambda row: row["validation_mse"], default=None)
    ended = f"{best['epoch']:5}  {best['validation_mse']:14.5g}" if best else f"{'diverged':>21}"
    row = f"{trial.number:5}  {c.hidden_size:5}  {c.layers:6}  {c.read_out:9}  {c.dropout:7.2f}"
    print(f"{row}  {c.l2:7.0e}  {c.learning_rate:7.4f}  {ended}", flush=True)


def rivals(train, regressor):
    """Name the rules that are measured on the hold-out part; each maps N texts to (N,)."""
    from lstm_lib.tuning.rivals import kmer_ridge

    mean = train[1].mean()
    return {
        "mean": lambda texts: np.full(len(texts), mean),
        "ridge_counts": kmer_ridge(*train),
        "ridge_shares": kmer_ridge(*train, shares=True),
        "lstm": regressor.predict,
    }


NAMES = {
    "mean": "mean of the training part",
    "ridge_counts": "ridge on counts of 1- and 2-mers",
    "ridge_shares": "ridge on shares of 1- and 2-mers",
    "lstm": "LSTM, the winner trained to the end",
}


def summary(result, n):
    """Lay the result out as lines of text."""
    chosen = f"best validation MSE {result['best_validation_mse']:.5g} (trial {result['winner']})"
    lines = [f"{chosen}; trained to the end {result['final_validation_mse']:.5g}"]
    lines.append(f"mean squared error on {n:,} rows that chose nothing:")
    lines += [f"  {NAMES[name]:36}{error:10.5g}" for name, error in result["holdout_mse"].items()]
    return "\n".join(lines)


def predict(regressor, sequences, path):
    """Predict each text; say on the standard error what a prediction can't rest on."""
    strange, affected = regressor.symbols.unknown_in(sequences)
    if strange:
        shown = ", ".join(repr(c) for c in strange[:10]) + (", …" if len(strange) > 10 else "")
        warn(f"{path}: {affected:,} of {len(sequences):,} texts have characters that training never saw: {shown}")
    longer = sum(len(text) > regressor.length for text in sequences)
    if longer:
        warn(f"{path}: {longer:,} of {len(sequences):,} texts are cut to {regressor.length} characters, as in training")
    return regressor.predict(sequences)


def warn(message):
    """Say on the standard error what the user should know."""
    print(f"lstm-lib: warning: {message}", file=sys.stderr)


def write_predictions(path, ids, predictions, settings):
    """Write one row for each test row, in its order."""
    rows = ((name, f"{value:.6g}") for name, value in zip(ids, predictions, strict=True))
    write_csv(path, [settings.id_column, settings.target_column], rows)


def write_csv(path, header, rows):
    """Write a CSV file, whole or not at all."""
    with checkpoint.atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
