"""What ``lstm-lib tune`` reads and writes as CSV: rows to train on, rows to predict, predictions, an example."""

import csv
from pathlib import Path

import numpy as np

from lstm_lib.data.dna import random_oligos
from lstm_lib.data.parts import split
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import NUMBER, as_numbers, for_spreadsheet, read_columns

EXAMPLE = {"train.csv": 10_000, "test.csv": 2_000}  # rows
ANSWERS = "answers.csv"
SHOWN = 10  # characters in a message


def make_example(folder, settings, *, overwrite):
    """Write DNA sequences with noisy melting temperatures; those of the test file into a file of their own.

    Raises
    ------
    InputError
        If a file of that name exists and ``overwrite`` is not set, or can't be written; then none is.
    """
    folder, files = Path(folder), [*EXAMPLE, ANSWERS]
    for name in files:
        if (folder / name).exists() and not overwrite:
            raise InputError(f"{folder / name} exists; --overwrite replaces it, or name another folder")
        checkpoint.require_writable(folder / name)
    names = [settings.sequence_column, settings.target_column, settings.id_column]
    for k, (file, n) in enumerate(EXAMPLE.items()):
        oligos = random_oligos(n, seed=2 * settings.seed + k)
        ids, targets = range(1, n + 1), [f"{t:.3f}" for t in oligos.targets]
        if file == "train.csv":
            write_csv(folder / file, names[:2], zip(oligos.sequences, targets, strict=True))
        else:
            write_csv(folder / file, [names[2], names[0]], zip(ids, oligos.sequences, strict=True))
            write_csv(folder / ANSWERS, [names[2], names[1]], zip(ids, targets, strict=True))
    print(f"wrote {', '.join(files)} to {folder}")


def read_train(path, settings):
    """Read texts and their targets, or raise :class:`InputError`."""
    column = settings.target_column
    (sequences, targets), lines = read_columns(path, [settings.sequence_column, column])
    require_texts(sequences, lines, path, settings)
    if not any(map(NUMBER.fullmatch, targets)) and (text := next(filter(_is_text, targets), None)):
        flags = f"--data {path} --text-column {settings.sequence_column} --label-column {column}"
        raise InputError(
            f"{path}: column {column!r} holds texts, such as {text!r:.40}, and tune predicts a number; a class is"
            f" learned by lstm-lib classify {flags}"
        )
    targets = np.array(as_numbers(targets, lines, path=path, column=column))
    if targets.min() == targets.max():
        raise InputError(f"{path}: column {column!r} is {targets[0]:g} in every row; there is nothing to learn")
    return sequences, targets


def _is_text(value):
    try:
        float(value)
    except ValueError:
        return value.strip() != ""
    return False


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


def unknown(texts, known, tokens):
    """Return the characters and tokens that are not among the known ones, by name, and how many texts have one.

    Returns
    -------
    names : list of str
    affected : int
    hint : str
        What may be the reason: the other case of letters.
    """
    strange = [set(text) - known for text in texts]
    found = sorted(set().union(*strange))
    other = any(known & set(c.swapcase()) for c in found)
    hint = "; they are known in the other case: to make no difference train with --lower-case" if other else ""
    names = sorted(map(tokens.shown, found))
    return names, sum(map(bool, strange)), hint


def require_known(texts, known, tokens, path):
    """Raise :class:`InputError` if not one character of some texts is known from the training."""
    if texts and not any(known & set(text) for text in texts):
        names, _, hint = unknown(texts, known, tokens)
        shown = ", ".join(map(repr, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
        hint = hint or "; name texts of the kind that was trained on"
        raise InputError(f"{path}: not one character of these texts was in the training: {shown}{hint}")


def parts_of(path, sequences, targets, settings):
    """Split the rows, or raise :class:`InputError` if there are too few."""
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


def write_predictions(path, ids, predictions, settings, *, escape=False):
    """Write one row for each test row, in its order; with ``escape`` no id is a formula to a spreadsheet."""
    ids = map(for_spreadsheet, ids) if escape else ids
    rows = ((name, f"{value:.6g}") for name, value in zip(ids, predictions, strict=True))
    write_csv(path, [settings.id_column, settings.target_column], rows)


def write_csv(path, header, rows):
    """Write a CSV file, whole or not at all."""
    with checkpoint.atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
