"""What ``lstm-lib classify`` does with its settings: load, split, train, compare, write.

Chapter ``05_classification`` does the same by hand; here it is one call.
"""

import contextlib
import csv
import dataclasses
import hashlib
import json
import sys

import numpy as np

from lstm_lib import classification as cl
from lstm_lib.commands import output
from lstm_lib.commands.classify import settings as st
from lstm_lib.commands.classify.data import load_to_predict, named, prepare
from lstm_lib.commands.classify.report import SURE, by_class, table
from lstm_lib.commands.parsing import parse, warn
from lstm_lib.commands.settings import as_dict
from lstm_lib.core.losses import entropy
from lstm_lib.data.labelled import class_names
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import ESCAPE, for_spreadsheet

METRICS, PREDICTIONS, CURVES, MODEL = FILES = ("metrics.json", "predictions.csv", "curves.png", "model.keras")
PARTS = ("train", "validation", "test")


def main(argv):
    """``lstm-lib classify``: see chapter ``05_classification``."""
    settings, options = parse(
        argv,
        command="classify",
        description="Train a Keras classifier of sequences beside one that does not see their order, or use a saved"
        " one. Without --data: which of two symbols came first?",
        settings=st.ClassifySettings,
        options={
            "output": output.describe(FILES),
            "model": f"{output.MODEL}; classifies --data and writes {PREDICTIONS} into --output, or prints it",
            "escape_formulas": ESCAPE,
            **output.RESUME,
        },
    )
    file = None
    if options["model"] is not None:
        file = output.find_model(options["model"], MODEL)
        if settings.data is None:
            raise InputError("--model needs --data FILE, the sequences to classify")
        if options["resume"]:
            raise InputError("--resume goes on with a training, and --model trains nothing; leave one of them out")
        if "test_data" in options["given"]:
            raise InputError("--test-data is for training; with --model name the sequences with --data")
    elif any(word.partition("=")[0] == "--predict" for word in argv):
        raise InputError("--predict needs --model, a saved model; to train on a file name it with --data")
    out = output.locate(options["output"], [PREDICTIONS] if file else FILES)
    out.require_apart(
        {"--config": options["config"], "--data": settings.data, "--test-data": settings.test_data, "--model": file}
    )
    columns = (settings.id_column, settings.step_column, settings.label_column)
    escape = options["escape_formulas"]
    if file:
        predict(file, load_to_predict(file, settings, columns, options["given"]), out.files, escape=escape)
        return
    data, parts = prepare(settings, columns)  # every complaint about the data comes before the framework is loaded
    decisive = as_dict(settings) | {
        "data": {"sha256": digest(data, parts)},
        "test_data": None,
    }  # wherever the files are
    with out.training("classify", decisive, resume=options["resume"]) as state:
        result, classifier, probabilities = run(data, parts, settings, state)
        test = parts["test"]
        ids, labels = [data.ids[k] for k in test], [data.labels[k] for k in test]
        rows = prediction_rows(ids, labels, parts["classes"], probabilities, escape=escape)
        write(out.files, result, classifier, rows)
    print(table(result))
    out.announce()


def digest(data, parts):
    """Return the SHA-256 of sequences, their ends, their classes and which of them are tested on, as text."""
    found = hashlib.sha256(json.dumps([data.labels, data.features]).encode())
    for array in (data.xs, data.lengths, parts["test"]):
        found.update(np.ascontiguousarray(array))
    return found.hexdigest()


def run(data, parts, settings, state=None):
    """Train, and test beside what does not see the order.

    Parameters
    ----------
    data : lstm_lib.data.Labelled
    parts : dict
        What :func:`lstm_lib.commands.classify.data.split` returned.
    settings : lstm_lib.commands.classify.settings.ClassifySettings
    state : lstm_lib.storage.checkpoint.Run, optional
        Where the training keeps its state.

    Returns
    -------
    result : dict
        Ready for JSON. Losses are mean cross-entropies in nats.
    classifier : lstm_lib.classification.SequenceClassifier
    probabilities : numpy.ndarray
        Shape (test sequences, classes).
    """
    from lstm_lib.frameworks.keras_setup import OutOfMemory
    from lstm_lib.frameworks.keras_training import judged, some_rows

    ys, classes = parts["ys"], parts["classes"]
    train, validation, test = ((data.xs[p], ys[p], data.lengths[p]) for p in map(parts.get, PARTS))
    options = {"cell": settings.cell, "hidden_size": settings.hidden_size, "start": settings.start}
    classifier = cl.SequenceClassifier(**options, seed=settings.seed)
    names = ("epochs", "batch_size", "learning_rate", "patience", "clip_norm")
    training = {name: getattr(settings, name) for name in names} | {"normalise": settings.text_column is None}
    counts = np.bincount(train[1])
    weights = len(train[1]) / (len(counts) * counts) if settings.class_weights == "balanced" else None
    training["class_weights"] = None if weights is None else dict(enumerate(weights.tolist()))
    try:
        history = classifier.fit(
            *train,
            validation=validation,
            classes=classes,
            features=data.features,
            progress="training",
            run=state,
            **training,
        )
    except OutOfMemory:
        raise MemoryError from None
    some, constant = some_rows(len(train[1])), entropy(counts if weights is None else counts * weights)
    xs, numbers, lengths = (part[some] for part in train)
    train_loss = judged(
        classifier,
        lambda c: cl.score(c.predict_probabilities(xs, lengths), numbers, weights)["loss"],
        constant,
        f"lower the learning rate (now {settings.learning_rate:g})",
    )
    features = {
        name: cl.order_free_features(p[0], p[2]) for name, p in zip(PARTS, (train, validation, test), strict=True)
    }
    logistic = cl.logistic_baseline(
        features["train"],
        train[1],
        (features["validation"], validation[1]),
        features["test"],
        class_weights=training["class_weights"],
    )
    shares = counts / len(train[1])
    probabilities = classifier.predict_probabilities(test[0], test[2])
    confusion = cl.confusion(probabilities, test[1])
    often = float(np.mean(test[1] == counts.argmax()))
    p = cl.chance(int(np.trace(confusion)), len(test[1]), often)
    known = {x[:n].tobytes() for x, n in zip(train[0], train[2], strict=True)}
    result = {
        "data": data.name,
        "features": data.features,
        "steps": data.steps and [data.steps[0], data.steps[-1]],
        "classes": classes,
        "sequences": {name: len(parts[name]) for name in PARTS},
        "test_also_in_train": sum(x[:n].tobytes() in known for x, n in zip(test[0], test[2], strict=True)),
        "epochs": len(history),
        "kept_epoch": classifier.record["kept_epoch"],
        "test": cl.score(probabilities, test[1]) | {"confusion_matrix": confusion} | by_class(confusion, classes),
        "baselines": {
            "order_free_logistic": cl.score(logistic, test[1]),
            "majority": cl.score(np.tile(shares, (len(test[1]), 1)), test[1]),
        },
        "beats_majority": {"p": p, "ahead": p < SURE},
        "train_loss": train_loss,
        "constant_loss": constant,
        "history": history,
        "config": as_dict(settings),
    }
    kept = ("data", "sequences", "config")
    classifier.record |= {name: result[name] for name in kept} | {"test": cl.score(probabilities, test[1])}
    return result, classifier, probabilities


def predict(model, data, places, *, escape=False):
    """Classify sequences with a saved model; write the answers, or print them."""
    classifier = cl.SequenceClassifier.load(model)
    for note in data.notes:
        warn(note)
    expected = classifier.model.input_shape[-1]
    if data.xs.shape[2] != expected:
        raise InputError(
            f"{data.name}: {data.xs.shape[2]} features at each step, but {model} was trained on {expected}"
        )
    if data.features and classifier.features and data.features != classifier.features:
        if sorted(data.features) != sorted(classifier.features):
            odd = ", ".join(sorted(set(data.features) ^ set(classifier.features)))
            raise InputError(f"{data.name}: other features than {model} was trained on; they differ in {odd}")
        order = [data.features.index(name) for name in classifier.features]
        data = dataclasses.replace(data, xs=data.xs[:, :, order], features=classifier.features)
    probabilities = classifier.predict_probabilities(data.xs, data.lengths)
    if strange := class_names(set(data.labels or ()) - set(map(str, classifier.classes))):
        n = sum(label in strange for label in data.labels)
        warn(f"{data.name}: {n:,} sequences count as wrong; {model} was trained on no {named(strange)}")
    rows = prediction_rows(data.ids, data.labels, classifier.classes, probabilities, escape=escape)
    if not places:
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
        return
    with checkpoint.atomic(places[PREDICTIONS]) as temporary:
        write_rows(temporary, rows)
    if data.labels is not None:
        right = sum(row[1] == row[2] for row in rows[1:])
        print(f"{data.name}: {right} of {len(data.ids)} right, {right / len(data.ids):.2%}")
    print(f"wrote {places[PREDICTIONS]}")


def prediction_rows(ids, labels, classes, probabilities, *, escape=False):
    """Lay predictions out as rows, the first of them a header; without ``labels`` there is no such column.

    With ``escape`` no text in them is a formula to a spreadsheet.
    """
    rows = [["id", *(["label"] if labels is not None else []), "predicted", *(f"p({name})" for name in classes)]]
    for k, (name, row) in enumerate(zip(ids, probabilities, strict=True)):
        known = [labels[k]] if labels is not None else []
        rows.append([name, *known, str(classes[int(row.argmax())]), *(f"{p:.6f}" for p in row)])
    return [[for_spreadsheet(value) for value in row] for row in rows] if escape else rows


def write_rows(path, rows):
    """Write rows as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write(places, result, classifier, rows):
    """Write the files that have a place, all of them or none."""
    writers = {
        MODEL: classifier.save,
        METRICS: lambda path: checkpoint.write_json(path, result),
        PREDICTIONS: lambda path: write_rows(path, rows),
        CURVES: lambda path: draw_curves(path, result["history"]),
    }
    with contextlib.ExitStack() as stack:
        temporary = {name: stack.enter_context(checkpoint.atomic(place)) for name, place in places.items()}
        for name in [name for name in writers if name in temporary]:  # the model first: it alone took long
            writers[name](temporary[name])


def draw_curves(path, history):
    """Draw loss and accuracy over the epochs and write the image."""
    import matplotlib as mpl

    mpl.use("Agg")  # no window is wanted, and none may exist
    from lstm_lib.plotting import plot_history

    plot_history(history)[0].figure.savefig(path)
