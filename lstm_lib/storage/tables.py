"""Read rows or columns of the CSV or TSV file that the user named, or say in one line why not."""

import csv
import itertools
import os
import re
from collections.abc import Iterator, Sequence

from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_lines, read_text

NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would compute
ESCAPE = {  # the option of commands that write what the user called things
    "action": "store_true",
    "help": "put ' before what a spreadsheet would take for a formula in the table (names that begin with = + - @)",
}
SHOWN = 40  # characters of a value in a message
MOST_COLUMNS = 20  # names in a message


def read_rows(path: str | os.PathLike, columns: Sequence[str]) -> tuple[list[str], Iterator[tuple[list[str], int]]]:
    """Read the header of a CSV file at once, and its rows one by one, without holding the file in memory.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without a byte order mark; values separated by commas, or by semicolons or tabs if the header
        says so, quoted where needed. Empty lines are passed over.
    columns : list of str
        Names that the header must have, each once.

    Returns
    -------
    header : list of str
    rows : iterator of tuple
        ``(row, line)``: a list of str as long as the header, and the line of the file on which it ends, for complaints
        about a value.

    Raises
    ------
    InputError
        If the file can't be read, is empty, lacks a column or has it twice, a row has fewer or more values than the
        header, or there is none.
    """
    lines, first = read_lines(path), []
    for line in lines:
        first.append(line)
        if line.strip():
            break
    else:
        raise InputError(f"{path}: the file is empty")
    rows = _parsed(path, itertools.chain(first, lines), _delimiter(first[-1]))
    header, _ = next(rows)
    require_columns(path, header, columns)
    return header, _complete(path, header, rows)


def delimiter_of(path: str | os.PathLike) -> str:
    """Return what separates the values of a CSV file: a comma, unless its header has none but semicolons or tabs."""
    return _delimiter(next((line for line in read_lines(path) if line.strip()), ""))


def _delimiter(header):
    unquoted = re.sub(r'"[^"]*"', "", header)
    return "," if "," in unquoted else next((mark for mark in ";\t" if mark in unquoted), ",")


def _parsed(path, lines, delimiter):
    """Yield each row of CSV lines that is not empty, with the line on which it ends."""
    reader = csv.reader(lines, strict=True, delimiter=delimiter)
    try:
        for row in reader:
            if row:
                yield row, reader.line_num
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not CSV: {error}") from None


def _complete(path, header, rows):
    """Yield what ``rows`` yields; raise :class:`InputError` if one is not as long as the header, or there is none."""
    line = None
    for row, line in rows:
        if len(row) == 1 < len(header) and not row[0].strip():  # a line of blanks; in one column it is a missing value
            continue
        if len(row) != len(header):
            why = "a value with a comma needs quotes" if len(row) > len(header) else "fill it up or remove it"
            raise InputError(
                f"{path}, line {line}: the header has {len(header)} columns and this row {len(row)}; {why}"
            )
        yield row, line
    if line is None:
        raise InputError(f"{path}: a header and no rows")


def require_columns(path: str | os.PathLike, header: Sequence[str], columns: Sequence[str], hint: str = "") -> None:
    """Raise :class:`InputError` unless a header has each of these columns, once; ``hint`` says what to do if not."""
    for column in columns:
        if column not in header:
            shown = ", ".join(map(repr, header[:MOST_COLUMNS])) + (", …" if len(header) > MOST_COLUMNS else "")
            raise InputError(f"{path}: no column {column!r}; the header has {shown}{hint}")
        if header.count(column) > 1:
            raise InputError(f"{path}: {header.count(column)} columns are called {column!r}; rename all but one")


def read_columns(path: str | os.PathLike, columns: Sequence[str]) -> tuple[list[list[str]], list[int]]:
    """Read columns of a CSV file with a header, as text.

    Parameters
    ----------
    path, columns
        As in :func:`read_rows`.

    Returns
    -------
    texts : list of list of str
        One list for each column.
    lines : list of int
        The line of the file on which each row ends, for complaints about a value.

    Raises
    ------
    InputError
        As in :func:`read_rows`.
    """
    header, rows = read_rows(path, columns)
    places = [header.index(column) for column in columns]
    chosen, lines = zip(*(([row[place] for place in places], line) for row, line in rows), strict=True)
    return [list(column) for column in zip(*chosen, strict=True)], list(lines)


def read_tab_columns(path: str | os.PathLike, columns: Sequence[int]) -> tuple[list[list[str]], list[int]]:
    """Read columns of a TSV file without a header, as text.

    Parameters
    ----------
    path : str or Path
        UTF-8, with or without a byte order mark; values separated by tabs, nothing quoted. Empty lines are passed over.
    columns : list of int
        Counted from 0.

    Returns
    -------
    texts : list of list of str
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


def as_numbers(texts: Sequence[str], lines: Sequence[int], *, path: str | os.PathLike, column: str) -> list[float]:
    """Turn the texts of a column into finite numbers.

    Parameters
    ----------
    texts : list of str
    lines : list of int
    path : str or Path
    column : str

    Returns
    -------
    list of float

    Raises
    ------
    InputError
        If a text is not a number, or not one between -1e100 and 1e100; the message names the line.
    """
    return [
        as_number(text, where=f"{path}, line {line}, column {column!r}")
        for text, line in zip(texts, lines, strict=True)
    ]


def as_number(text: str, *, where: str, limit: float = 1e100) -> float:
    """Turn a text into a number nearer to 0 than ``limit``, or raise :class:`InputError` that begins with ``where``.

    A number is what a spreadsheet writes, ``-12``, ``0.5`` or ``1.5E-3``: not ``1_000``, digits of another script or
    ``infinity``, which Python would take.
    """
    number = float(text) if NUMBER.fullmatch(text.strip(" \t")) else float("nan")
    if not abs(number) < limit:
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
        raise InputError(f"{where}: {shown!r} is not a finite number; fill, scale or remove it")
    return number


def for_spreadsheet(text: str) -> str:
    """Return a text that a spreadsheet shows as it stands, with ``'`` before what it would take for a formula.

    A spreadsheet computes what begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, wherever the table
    came from. A number stays as it is.

    Parameters
    ----------
    text : str
        One value of a table.

    Returns
    -------
    str

    References
    ----------
    OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text
