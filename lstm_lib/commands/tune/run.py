"""What ``lstm-lib tune`` does with its settings: read, split, search, train the winner, compare, predict.

Chapter ``06_tuning`` does the same by hand; here it is one call.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import tempfile
import time

import numpy as np

from lstm_lib.commands import output
from lstm_lib.commands.parsing import parse, require_apart, warn
from lstm_lib.commands.settings import as_dict
from lstm_lib.commands.tune import settings as st
from lstm_lib.commands.tune.data import (
    ANSWERS,
    EXAMPLE,
    SHOWN,
    make_example,
    parts_of,
    read_test,
    read_train,
    require_known,
    unknown,
    write_predictions,
)
from lstm_lib.commands.tune.report import TABLE_HEAD, print_trial, summary
from lstm_lib.core.losses import mse
from lstm_lib.data.tokens import Tokens
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import ESCAPE

PREDICTIONS, MODEL, REPORT = FILES = ("predictions.csv", "model.keras", "report.json")


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
            "output": {"default": PREDICTIONS, "help": output.describe(FILES)},
            "save": {
                "default": "tuned",
                "help": f"folder for {MODEL}, {REPORT} and the unfinished search where --output is a CSV file",
            },
            "model": f"{output.MODEL}; predicts --test",
            "resume": {"action": "store_true", "help": "go on with the unfinished search in --output or --save"},
            "make_example": f"write {', '.join(EXAMPLE)} and {ANSWERS}, on the melting of DNA, to this folder,"
            " and do nothing else",
            "overwrite": {"action": "store_true", "help": "let --make-example replace files"},
            "escape_formulas": ESCAPE,
        },
    )
    if options["make_example"]:
        make_example(options["make_example"], settings, overwrite=options["overwrite"])
    elif options["overwrite"]:
        raise InputError("--overwrite needs --make-example")
    elif options["model"]:
        use(options, settings)
    else:
        tune(options, settings)


def use(options, settings):
    """Predict a test file with a saved model."""
    file = output.find_model(options["model"], MODEL)
    out = output.locate(options["output"], [PREDICTIONS])
    out.require_apart({"--config": options["config"], "--test": options["test"], "--model": file})
    ids, texts = read_test(options["test"], settings)
    from lstm_lib.tuning.regressor import TextRegressor

    regressor = TextRegressor.load(file)
    tokens = tokens_of(regressor, file)
    texts = tokens.encode(texts)
    require_known(texts, set(regressor.symbols.names), tokens, options["test"])
    trained_with = regressor.record.get("settings")  # none if it was not trained by this command
    if settings.target_column == st.TuneSettings.target_column and isinstance(trained_with, dict):  # not said otherwise
        name = str(trained_with.get("target_column", settings.target_column))
        settings = dataclasses.replace(settings, target_column=name)
    write_predictions(
        out.files[PREDICTIONS],
        ids,
        predict(regressor, texts, options["test"], tokens),
        settings,
        escape=options["escape_formulas"],
    )
    print(f"wrote {out.files[PREDICTIONS]}")


def tokens_of(regressor, file):
    """Return how a saved model reads its texts, or raise :class:`InputError`."""
    try:
        return Tokens.from_dict(regressor.record["tokens"]) if "tokens" in regressor.record else Tokens()
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{file}: what it says of its tokens is incomplete or wrong; train it again") from None


def locate(options):
    """Return where to write: all where ``--output`` says, or predictions there and the rest into ``--save``.

    Raises
    ------
    InputError
        If a file can't be written, or is one that is read.
    """
    out = output.locate(options["output"], FILES)
    reads = {"--config": options["config"], "--train": options["train"]}
    if PREDICTIONS in out.files:
        reads["--test"] = options["test"]
    if list(out.files) == [PREDICTIONS]:
        rest = output.locate(os.path.join(options["save"], ""), (MODEL, REPORT)).files
        require_apart({**reads, "--output": out.files[PREDICTIONS], **rest})
        return output.Output(options["save"], out.files | rest)
    if "save" in options["given"]:
        raise InputError("--save is for an --output that ends in .csv; any other says itself where all goes")
    out.require_apart(reads)
    return out


def tune(options, settings):
    """Search, train the winner, write what was asked for, and print what came out."""
    out, file = locate(options), options["train"]
    ids, texts = read_test(options["test"], settings) if PREDICTIONS in out.files else ([], [])
    sequences, targets = read_train(file, settings)
    tokens = Tokens.learn(sequences, settings.token_pattern, lower_case=settings.lower_case)
    sequences, texts = tokens.encode(sequences), tokens.encode(texts)
    parts = parts_of(file, sequences, targets, settings)
    require_known(texts, set().union(*parts[0][0]), tokens, options["test"])
    digest = hashlib.sha256(json.dumps([sequences, targets.tolist()]).encode()).hexdigest()
    about = as_dict(settings) | {"rows_sha256": digest}
    n_train, n_validation, n_holdout = (len(part[0]) for part in parts)
    with out.training("tune", about, resume=options["resume"]) as run, contextlib.ExitStack() as stack:
        print(f"{file}: {n_train:,} rows train, {n_validation:,} validate, {n_holdout:,} are held out")
        folder = run.directory if run else stack.enter_context(tempfile.TemporaryDirectory())
        with kept_until_it_ends(folder, settings.trials):
            regressor, report = search_in(folder, parts, settings, run)
            regressor.record |= {"settings": about, "tokens": tokens.as_dict()}
            if REPORT in out.files:
                checkpoint.write_json(out.files[REPORT], report | {"settings": about})
            if MODEL in out.files:
                regressor.save(out.files[MODEL])
            if PREDICTIONS in out.files:
                predictions = predict(regressor, texts, options["test"], tokens)
                write_predictions(out.files[PREDICTIONS], ids, predictions, settings, escape=options["escape_formulas"])
    print(summary(report, n_holdout))
    out.announce()


@contextlib.contextmanager
def kept_until_it_ends(folder, trials):
    """Keep the files of the trials in a folder until the block has ended well, or has diverged."""
    from lstm_lib.tuning.search import Search

    try:
        yield
    except DivergedError:
        Search.remove(folder, trials)
        raise
    Search.remove(folder, trials)


def search_in(folder, parts, settings, run):
    """Run the trials that a folder does not hold yet, train the winner, and measure it beside its rivals.

    Returns
    -------
    regressor : lstm_lib.tuning.TextRegressor
    report : dict
        Ready for JSON. Errors are in squared units of the target.
    """
    from lstm_lib.frameworks.keras_training import judged, some_rows
    from lstm_lib.tuning.search import Search, best, derived_seed

    train, validation, holdout = parts
    started, cpu = time.perf_counter(), time.process_time()
    search = Search(
        train,
        validation,
        encoding=settings.encoding,
        max_length=settings.max_length,
        batch_size=settings.batch_size,
        patience=settings.patience,
        seed=settings.seed,
        progress=True,
    )
    print(TABLE_HEAD)
    trials = search.run(folder, trials=settings.trials, epochs=settings.epochs, run=run, on_trial=print_trial)
    winner, seed = best(trials), derived_seed(settings.seed, settings.trials)
    regressor, history = search.train_network(
        winner.choices, epochs=settings.final_epochs, seed=seed, name="winner", run=run
    )
    some, constant = some_rows(len(train[1])), float(np.var(train[1]))
    train_mse = judged(
        regressor,
        lambda r: mse(r.predict(train[0][some]), train[1][some])[0],
        constant,
        "take more --trials, more --final-epochs or another --seed",
    )
    return regressor, {
        "winner": winner.number,
        "best_validation_mse": winner.error,
        "final_validation_mse": min(row["validation_mse"] for row in history),
        "train_mse": train_mse,
        "constant_mse": constant,
        "holdout_mse": {name: mse(p(holdout[0]), holdout[1])[0] for name, p in rivals(train, regressor).items()},
        "trials": [dataclasses.asdict(trial) for trial in trials],
        "seconds": {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu},
    }


def rivals(train, regressor):
    """Return the rules that are measured on the hold-out part by name; each maps N texts to (N,)."""
    from lstm_lib.tuning.rivals import kmer_ridge

    mean = train[1].mean()
    return {
        "mean": lambda texts: np.full(len(texts), mean),
        "ridge_counts": kmer_ridge(*train),
        "ridge_shares": kmer_ridge(*train, shares=True),
        "lstm": regressor.predict,
    }


def predict(regressor, sequences, path, tokens):
    """Predict each text, and warn of what a prediction can't rest on."""
    strange, affected, hint = unknown(sequences, set(regressor.symbols.names), tokens)
    if strange:
        shown = ", ".join(map(repr, strange[:SHOWN])) + (", …" if len(strange) > SHOWN else "")
        warn(f"{path}: {affected:,} of {len(sequences):,} texts have characters that training never saw: {shown}{hint}")
    longer = sum(len(text) > regressor.length for text in sequences)
    if longer:
        warn(f"{path}: {longer:,} of {len(sequences):,} texts are cut to {regressor.length} characters, as in training")
    return regressor.predict(sequences)
