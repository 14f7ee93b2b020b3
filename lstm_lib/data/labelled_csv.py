"""Labelled sequences in a CSV file: one row a step, or one row a sequence.

A file is read once, some thousand rows at a time, into compact arrays: what is in memory grows with the numbers, not
with their text.
"""

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from lstm_lib.errors import InputError
from lstm_lib.storage.tables import NUMBER, as_number, read_rows, require_columns

LARGEST = 1e18  # beyond that float32 has no room for a variance
ROWS = 10_000  # at a time
DIGITS = re.compile(r"[-+.eE0-9 \t]*")  # of these characters, Python's float() takes what a spreadsheet writes
COLUMNS = "; name others with --id-column, --step-column, --label-column, or add --format wide if a row is a sequence"
VALUE = "value"  # name of the only feature where a row is a sequence


def read_steps(
    path: str | os.PathLike,
    columns: tuple[str, str, str],
    *,
    labels: bool,
    features: Sequence[str] | None,
    ignore: Sequence[str],
) -> dict[str, Any]:
    """Read a file with one row a step.

    Parameters
    ----------
    path, columns, labels, features, ignore
        As of :func:`lstm_lib.data.read_labelled`.

    Returns
    -------
    dict
        ``xs``, ``lengths``, ``labels``, ``ids`` and ``features`` of a :class:`lstm_lib.data.Labelled`.
    """
    header, rows = read_rows(path, [])
    require_columns(path, header, columns if labels else columns[:2], hint=COLUMNS)
    features = chosen(path, header, columns, features, ignore)
    reader = _Steps(path, header, columns, features)
    while block := list(itertools.islice(rows, ROWS)):
        reader.add(block)
    xs, lengths = reader.arrays()
    known = reader.labels if columns[2] in header else None
    return {"xs": xs, "lengths": lengths, "labels": known, "ids": list(reader.numbers), "features": features}


def chosen(
    path: str | os.PathLike,
    header: Sequence[str],
    columns: Sequence[str],
    features: Sequence[str] | None,
    ignore: Sequence[str],
) -> list[str]:
    """Return the names of the columns that are features, in order, or raise :class:`InputError`."""
    require_columns(path, header, header)  # features have a name each
    require_columns(path, header, [*(features or ()), *ignore])
    for name in [*(features or ()), *ignore]:
        if name in columns:
            raise InputError(f"{path}: column {name!r} is the id, the step or the class, no feature; leave it out")
    names = [name for name in header if name not in columns] if features is None else list(features)
    names = [name for name in names if name not in ignore]
    if not names:
        left = f" or is left out: {', '.join(map(repr, ignore))}" if ignore else ""
        raise InputError(f"{path}: no feature; every column is {', '.join(map(repr, columns))}{left}")
    return names


class _Steps:
    """What has been read of a file with one row a step."""

    def __init__(self, path, header, columns, features):
        self.path, self.header, self.columns, self.features = path, header, columns, features
        self.places = [header.index(name) for name in features]
        self.numbers, self.labels = {}, []  # of the sequences, by name and in order
        self.owners, self.steps, self.values = [], [], []  # of the rows, a block at a time
        self.as_steps = self.first_step = None

    def add(self, block):
        """Add rows, ``[(texts, line), …]``."""
        id_column, step_column, label_column = self.columns
        texts = list(zip(*(row for row, _ in block), strict=True))
        ids = texts[self.header.index(id_column)]
        labels = texts[self.header.index(label_column)] if label_column in self.header else itertools.repeat(None)
        steps = texts[self.header.index(step_column)]
        if self.as_steps is None:
            self.first_step = steps[0].strip()
            self.as_steps = _kind_of_steps(self.first_step)
        owners = self._owners(ids, labels)
        numbers = self.as_steps(steps)
        values = [as_floats(texts[place]) for place in self.places]
        if owners is None or numbers is None or any(column is None for column in values):
            self._complain(block)
        self.owners.append(owners)
        self.steps.append(numbers)
        self.values.append(np.array(values, np.float32).T)

    def _owners(self, ids, labels):
        """Return the number of each row's sequence, shape (rows,); None if a row can't be used."""
        owners, last, number = np.empty(len(ids), np.int32), None, 0
        for k, pair in enumerate(zip(ids, labels, strict=False)):
            if pair != last:
                last, (name, label) = pair, pair
                if name == "" or label == "":
                    return None
                number = self.numbers.setdefault(name, len(self.numbers))
                if number == len(self.labels):
                    self.labels.append(label)
                elif self.labels[number] != label:
                    return None
            owners[k] = number
        return owners

    def _complain(self, block):
        """Raise :class:`InputError` for the first of some rows that can't be used."""
        id_column, step_column, label_column = self.columns
        for texts, line in block:
            row, where = dict(zip(self.header, texts, strict=True)), f"{self.path}, line {line}"
            for column in (id_column, label_column):
                if row.get(column) == "":
                    raise InputError(f"{where}, column {column!r}: empty; fill it or remove the row")
            name, label, step = row[id_column], row.get(label_column), row[step_column]
            if self.as_steps([step]) is None:
                self._complain_of_step(step, f"{where}, column {step_column!r}")
            number = self.numbers.setdefault(name, len(self.numbers))
            self.labels += [label] * (number == len(self.labels))
            if label != (known := self.labels[number]):
                raise InputError(
                    f"{where}: sequence {name!r} has class {label!r} here and {known!r} before; it can have one"
                )
            for feature in self.features:
                as_number(row[feature], where=f"{where}, column {feature!r}", limit=LARGEST)

    def _complain_of_step(self, step, where):
        if self.as_steps is as_floats:
            hint = "" if NUMBER.match(step.strip()) or not step.strip() else ", nor a time such as 2024-01-31 12:00"
            raise InputError(f"{where}: {step!r} is not a finite number{hint}; count the steps, or give times")
        raise InputError(f"{where}: {step!r} is not a time written as the first, {self.first_step}; write all alike")

    def arrays(self):
        """Return xs (N, T, D) and lengths (N,), each sequence in the order of its steps."""
        owners, steps = np.concatenate(self.owners), np.concatenate(self.steps)
        self.owners, self.steps = [], []
        order = np.lexsort((steps, owners))
        same = (np.diff(owners[order]) == 0) & (np.diff(steps[order]) == 0)
        if same.any():
            self._complain_of_repeat(int(order[1:][same].min()))
        lengths = np.bincount(owners)
        starts = np.cumsum(lengths) - lengths
        ranks = np.empty(len(owners), np.int64)
        ranks[order] = np.arange(len(owners)) - starts[owners[order]]
        xs, first = np.zeros((len(lengths), lengths.max(), len(self.features)), np.float32), 0
        for k, values in enumerate(self.values):
            here = slice(first, first := first + len(values))
            xs[owners[here], ranks[here]] = values
            self.values[k] = None
        return xs, lengths

    def _complain_of_repeat(self, row):
        """Raise :class:`InputError` for a row, counted from 0, whose step its sequence has already."""
        _, rows = read_rows(self.path, [])
        texts, line = next(itertools.islice(rows, row, None))
        name, step = (texts[self.header.index(column)] for column in self.columns[:2])
        raise InputError(f"{self.path}, line {line}: sequence {name!r} has step {step} twice; number its steps")


def as_floats(texts: Sequence[str]) -> np.ndarray | None:
    """Return texts as numbers, shape (N,); None if one is no number as :func:`as_number` has it."""
    if not DIGITS.fullmatch("".join(texts)):
        return None
    try:
        numbers = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        return None
    return numbers if (np.abs(numbers) < LARGEST).all() else None


def _kind_of_steps(first):
    """Return the function that turns the texts of steps into numbers: of times, if the first is one."""
    try:
        zone = datetime.fromisoformat(first).tzinfo and UTC
    except ValueError:
        return as_floats
    if NUMBER.fullmatch(first):  # 20240131 is a date, too
        return as_floats
    start, unit = datetime(1970, 1, 1, tzinfo=zone), timedelta(microseconds=1)

    def moments(texts):
        try:
            return np.array([(datetime.fromisoformat(text.strip()) - start) // unit for text in texts], np.float64)
        except (TypeError, ValueError):  # no time; or some with a time zone, others without
            return None

    return moments


def read_series(
    path: str | os.PathLike,
    columns: tuple[str, str, str],
    *,
    labels: bool,
    features: Sequence[str] | None,
    ignore: Sequence[str],
) -> dict[str, Any]:
    """Read a file with one row a sequence, whose columns are its steps in order; an empty end is its end.

    Parameters
    ----------
    path, columns, labels, features, ignore
        As of :func:`lstm_lib.data.read_labelled`; the features are steps.

    Returns
    -------
    dict
        As of :func:`read_steps`, and ``steps``, the names of the columns.
    """
    id_column, _, label_column = columns
    header, rows = read_rows(path, [*([label_column] if labels else []), *named_ids(id_column)])
    steps = chosen(path, header, (id_column, label_column), features, ignore)
    places = [header.index(name) for name in steps]
    ids, known, values = [], [], []
    for name, label, texts, line in whole_rows(path, header, rows, (id_column, label_column)):
        ids.append(name)
        known.append(label)
        values.append(_row(path, line, steps, [texts[place] for place in places]))
    lengths = np.array([len(row) for row in values])
    xs = np.zeros((len(values), lengths.max(), 1), np.float32)
    for x, row in zip(xs, values, strict=True):
        x[: len(row), 0] = row
    known = known if label_column in header else None
    return {"xs": xs, "lengths": lengths, "labels": known, "ids": ids, "features": [VALUE], "steps": steps}


def named_ids(column: str) -> list[str]:
    """Return the column of ids in a list if it must be there: where it is not called as it is by default."""
    return [] if column == "id" else [column]


def whole_rows(
    path: str | os.PathLike, header: Sequence[str], rows: Iterable[tuple[list[str], int]], columns: Sequence[str]
) -> Iterator[tuple[str, str | None, list[str], int]]:
    """Yield id, class (None if there is no such column), texts and line of each row that is a sequence.

    Without a column of ids they count from 0. Raise :class:`InputError` if an id or a class is empty, or an id is there
    already.
    """
    seen, places = {}, [header.index(column) if column in header else None for column in columns]
    for texts, line in rows:
        name, label = (None if place is None else texts[place] for place in places)
        for column, text in zip(columns, (name, label), strict=True):
            if text == "":
                raise InputError(f"{path}, line {line}, column {column!r}: empty; fill it or remove the row")
        name = str(len(seen)) if name is None else name
        if name in seen:
            raise InputError(f"{path}, line {line}: id {name!r} stands on line {seen[name]} already; ids must differ")
        seen[name] = line
        yield name, label, texts, line


def _row(path, line, steps, texts):
    """Return the numbers of one row, float32, up to where it is empty to the end."""
    while texts and not texts[-1].strip():
        texts.pop()
    if not texts:
        raise InputError(f"{path}, line {line}: no step has a number; fill or remove the row")
    numbers = as_floats(texts)
    if numbers is None:
        for name, text in zip(steps, texts, strict=False):
            as_number(text, where=f"{path}, line {line}, column {name!r}", limit=LARGEST)
    return numbers.astype(np.float32)
