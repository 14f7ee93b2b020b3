"""Read columns of the CSV or TSV file that the user named, or say in one line why not."""

import csv
import io

from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_text


def read_columns(path, columns):
    """Read columns of a CSV file with a header, as text.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without a byte order mark; values separated by commas, quoted where needed.
    columns : list of str

    Returns
    -------
    values : list of list of str
        One list for each column.
    lines : list of int
        The line of the file on which each row ends, for complaints about a value.

    Raises
    ------
    InputError
        If the file can't be read, is empty, lacks a column or has it twice, or a row has fewer or
        more values than the header.
    """
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path}: the file is empty")
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows, lines = [], []
    try:
        header = reader.fieldnames
        for column in columns:
            if column not in header:
                raise InputError(f"{path}: no column {column!r}; the header has {', '.join(map(repr, header))}")
            if header.count(column) > 1:
                raise InputError(f"{path}: {header.count(column)} columns are called {column!r}; rename all but one")
        for row in reader:
            if None in row or None in row.values():
                found = len(header) + len(row.get(None, ())) - sum(value is None for value in row.values())
                why = "a value with a comma needs quotes" if found > len(header) else "fill it up or remove it"
                raise InputError(
                    f"{path}, line {reader.line_num}: the header has {len(header)} columns and this row {found}; {why}"
                )
            rows.append([row[column] for column in columns])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not CSV: {error}") from None
    if not rows:
        raise InputError(f"{path}: a header and no rows")
    return [list(column) for column in zip(*rows, strict=True)], lines


def read_tab_columns(path, columns):
    """Read columns of a TSV file without a header, as text.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without a byte order mark; values separated by tabs, nothing quoted. Empty lines are passed over.
    columns : list of int
        Counted from 0.

    Returns
    -------
    values : list of list of str
        One list for each column, without spaces around a value.
    lines : list of int
        The line of the file on which each row stands, for complaints about a value.

    Raises
    ------
    InputError
        If the file can't be read, is empty, lacks a column, or a row has fewer or more columns than the first.
    """
    rows, lines, width = [], [], None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        row = [value.strip() for value in line.split("\t")]
        width = len(row) if width is None else width
        if width <= max(columns):
            raise InputError(
                f"{path}, line {number}: there is no column {max(columns)}, counted from 0;"
                f" the line has {width} column{'s' * (width > 1)} separated by tabs"
            )
        if len(row) != width:
            raise InputError(
                f"{path}, line {number}: {len(row)} columns separated by tabs, where the first row has {width}"
            )
        rows.append([row[column] for column in columns])
        lines.append(number)
    if not rows:
        raise InputError(f"{path}: the file is empty")
    return [list(column) for column in zip(*rows, strict=True)], lines


def as_numbers(values, lines, *, path, column):
    """Turn texts into finite numbers, or raise :class:`InputError` that names the line.

    Parameters
    ----------
    values : list of str
    lines : list of int
    path : str or Path
    column : str

    Returns
    -------
    list of float
    """
    numbers = []
    for text, line in zip(values, lines, strict=True):
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not abs(number) < 1e100:
            raise InputError(
                f"{path}, line {line}, column {column!r}: {text!r} is not a finite number; fill, scale or remove it"
            )
        numbers.append(number)
    return numbers
