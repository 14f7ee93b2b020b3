"""What ``lstm-lib classify`` learns from and is tested on: made, read, joined and split."""

import dataclasses

import numpy as np

from lstm_lib.commands.classify.settings import ClassifySettings
from lstm_lib.commands.parsing import warn
from lstm_lib.commands.settings import as_names
from lstm_lib.data.labelled import Labelled, class_names, pad, read_labelled
from lstm_lib.data.labelled_csv import VALUE
from lstm_lib.data.labelled_text import LabelledTexts, cut_text, frequent_symbols, one_hot_texts, read_texts
from lstm_lib.data.parts import stratified_split
from lstm_lib.data.tasks import ORDERS, temporal_order
from lstm_lib.errors import InputError
from lstm_lib.frameworks.keras_files import read_about
from lstm_lib.storage.tables import read_rows

GENERATED = "temporal order"
SHOWN = 10  # names in a message
REMEMBERED = {  # settings that say how to read a file, which a saved model remembers
    **dict.fromkeys(("id_column", "step_column", "label_column", "format", "text_column", "text_symbols"), str),
    "max_length": int,
}


def prepare(settings, columns):
    """Read or generate the sequences and split them; whatever is worth a warning is one.

    Returns
    -------
    data : lstm_lib.data.Labelled
    parts : dict
        What :func:`split` returned.
    """
    data, own = load(settings, columns), None
    if settings.test_data is not None:
        features = getattr(data, "features", None)
        other = load(dataclasses.replace(settings, data=settings.test_data), columns, features=features)
        own, data = len(data.ids), joined(data, other)
    parts = split(data, settings, own=own)
    if isinstance(data, LabelledTexts):
        learned = frequent_symbols([data.texts[k] for k in parts["train"]], settings.text_symbols)
        if len(learned) == 1:
            raise InputError(f"{data.name}: none of the {settings.text_symbols} comes twice in the texts to train on")
        data = encoded(data, learned, settings)
    for note in data.notes:
        warn(note)
    if settings.data is not None and settings.text_column is None:
        warn_of_ids(data)
    return data, parts


def load(settings, columns, *, labels=True, features=None):
    """Read or generate the sequences, or raise :class:`InputError`; ``features`` are the columns that must be those."""
    file = settings.data
    if file is None:
        rng = np.random.default_rng(settings.seed)
        xs, ys, lengths = temporal_order(rng, settings.sequences, settings.steps, classes=2)
        names = [f"{ORDERS[2][y][0]} first" for y in ys]
        return Labelled(xs, lengths, names, [str(k) for k in range(len(ys))], None, GENERATED)
    table = str(file).lower().endswith(".csv")
    if settings.text_column is not None:
        if not table:
            raise InputError(f"{file}: a text is read from a CSV file, the column --text-column; name one")
        return read_texts(file, columns=(columns[0], settings.text_column, columns[2]), labels=labels)
    wide = settings.format == "wide"
    chosen, ignore = as_names(settings.feature_columns), as_names(settings.ignore_columns)
    if not table and (wide or chosen or ignore):
        raise InputError(f"{file}: --format, --feature-columns and --ignore-columns are for a CSV file")
    if features and not wide and table:
        chosen, ignore = features, []
    return read_labelled(file, columns=columns, labels=labels, features=chosen or None, ignore=ignore, wide=wide)


def joined(data, other):
    """Return what is trained on and what is tested on as one, or raise :class:`InputError`."""
    if strange := sorted(set(other.labels) - set(data.labels)):
        raise InputError(
            f"{other.name}: {named(strange)} in none of the sequences to train on; {data.name} has"
            f" {named(class_names(data.labels))}"
        )
    labels, ids, name = data.labels + other.labels, data.ids + other.ids, data.name
    if isinstance(data, LabelledTexts):
        return LabelledTexts(data.texts + other.texts, labels, ids, name)
    if data.xs.shape[2] != other.xs.shape[2]:
        raise InputError(
            f"{other.name}: {other.xs.shape[2]} features at each step, but {data.name} has {data.xs.shape[2]}"
        )
    xs, lengths = pad([x[:n] for part in (data, other) for x, n in zip(part.xs, part.lengths, strict=True)])
    notes = data.notes + other.notes
    return dataclasses.replace(data, xs=xs, lengths=lengths, labels=labels, ids=ids, notes=notes)


def named(classes):
    """Return classes as part of a sentence, the first of them if there are many."""
    shown = ", ".join(map(repr, classes[:SHOWN])) + (", …" if len(classes) > SHOWN else "")
    return f"class{'es' * (len(classes) > 1)} {shown}"


def split(data, settings, own=None):
    """Return the classes' names, each sequence's class, and the places of the three parts.

    Parameters
    ----------
    data : lstm_lib.data.Labelled or lstm_lib.data.LabelledTexts
    settings : lstm_lib.commands.classify.settings.ClassifySettings
    own : int, optional
        How many sequences train and choose; the rest are tested on. By default a share of all is.

    Returns
    -------
    dict
        ``classes`` list of str, ``ys`` (N,), ``train``, ``validation``, ``test`` arrays of places.
    """
    labels = data.labels[:own]
    classes = class_names(labels)
    if len(classes) < 2:
        raise InputError(f"{data.name}: all sequences have class {classes[0]!r}; there is nothing to tell apart")
    places = {name: k for k, name in enumerate(classes)}
    ys = np.array([places[label] for label in data.labels])
    counts = np.bincount(ys[:own])
    least, aims = (3, ", to choose the epoch and to test on") if own is None else (2, " and to choose the epoch")
    if counts.min() < least:
        rare = classes[int(counts.argmin())]
        raise InputError(
            f"{data.name}: class {rare!r} has {counts.min()} sequences; it needs {least}, to train on{aims};"
            " add some, or leave it out"
        )
    rng = np.random.default_rng([settings.seed, 1])
    shares = (settings.validation, settings.test) if own is None else (settings.validation,)
    train, validation, *test = stratified_split(ys[:own], shares, rng)
    test = test[0] if own is None else np.arange(own, len(ys))
    return {"classes": classes, "ys": ys, "train": train, "validation": validation, "test": test}


def encoded(data, symbols, settings):
    """Return texts as sequences of one-hot symbols."""
    unit, length = settings.text_symbols, settings.max_length
    xs, lengths = one_hot_texts(data.texts, symbols, unit=unit, length=length, name=data.name)
    cut = sum(len(cut_text(text, unit)) > length for text in data.texts)
    note = f"{data.name}: {cut:,} of {len(data.texts):,} texts are cut to {length} {unit}; --max-length sets that"
    return Labelled(xs, lengths, data.labels, data.ids, list(symbols), data.name, notes=(note,) if cut else ())


def warn_of_ids(data):
    """Warn of features that tell the sequences apart and never change within one."""
    first = data.xs[:, :1]
    outside = np.arange(data.xs.shape[1]) >= data.lengths[:, None]
    same = np.all((data.xs == first) | outside[:, :, None], axis=(0, 1)) & (data.lengths.max() > 1)
    for d in np.flatnonzero(same & np.any(first[:, 0] != first[0, 0], axis=0)):
        name = data.features[d] if data.features else None
        what = f"column {name!r}" if name else f"feature {d} of x"
        how = f"--ignore-columns {name!r}" if name else "another file"
        warn(
            f"{data.name}: {what} never changes within a sequence; if it is the number of a subject or a trial, what is"
            f" learned from it holds for no other: leave it out, {how}"
        )


def load_to_predict(model, settings, columns, given):
    """Read the sequences to classify in the way that a saved model was trained with, where nothing else is said.

    Parameters
    ----------
    model : str
    settings : lstm_lib.commands.classify.settings.ClassifySettings
    columns : tuple of str
        Of ids, steps and classes.
    given : set of str
        Names of the settings that were given as flags.

    Returns
    -------
    lstm_lib.data.Labelled
    """
    try:
        about = read_about(model)
        config, features = about["record"]["config"], about["features"]
    except Exception:  # trained in Python, or no model at all: whoever loads it says so
        config, features = {}, None
    for name, kind in REMEMBERED.items():
        said = name in given or getattr(settings, name) != getattr(ClassifySettings, name)
        if not said and isinstance(config, dict) and type(config.get(name)) is kind:
            settings = dataclasses.replace(settings, **{name: config[name]})
    columns = (settings.id_column, settings.step_column, settings.label_column)
    features = features if isinstance(features, list) and all(isinstance(name, str) for name in features) else []
    if settings.text_column is not None:
        data = load(settings, columns, labels=False)
        known, unit = set(features), settings.text_symbols
        strange = [set(cut_text(text, unit)) - known for text in data.texts]
        if not any(known & set(cut_text(text, unit)) for text in data.texts):
            raise InputError(f"{data.name}: not one of the {unit} of these texts is known to {model}; nothing to go by")
        data = encoded(data, features, settings)
        if n := sum(map(bool, strange)):
            shown = ", ".join(map(repr, sorted(set().union(*strange))[:SHOWN]))
            note = f"{data.name}: {n:,} of {len(strange):,} texts have {unit} that count as unknown: {shown}"
            data = dataclasses.replace(data, notes=(*data.notes, note))
        return data
    told = {"feature_columns", "ignore_columns"} & set(given) or settings.format == "wide" or features == [VALUE]
    there = not told and features and str(settings.data).lower().endswith(".csv")
    there = there and set(features) <= set(read_rows(settings.data, [])[0])
    return load(settings, columns, labels=False, features=features if there else None)
