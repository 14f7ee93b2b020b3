"""Read a series from the user's own CSV file, however its numbers and times are written."""

import os
import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from lstm_lib.data.series import Series
from lstm_lib.data.times import evenly, parse_times, places_on_grid, show, usual_step
from lstm_lib.errors import InputError
from lstm_lib.storage.tables import NUMBER, as_number, delimiter_of, read_rows, require_columns

MISSING = {"", "na", "n/a", "nan", "null", "none", ".", "-", "#n/a"}
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")  # 1,213.82
DECIMAL_COMMA = re.compile(r"[-+]?(([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?|,[0-9]+)")  # 1.213,82
FILL = "fill it with --data.fill linear or --data.fill last"
DOTTED = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{3})+")
TIMES = re.compile(r"^(date|time|day|week|month|quarter|year|period|ds|datum)$|date|time", re.IGNORECASE)
FILLED = 10  # times that may be filled in for each that is there
SHOWN = 5  # gaps and names in a message


def read_series(
    path: str | os.PathLike,
    column: str | None = None,
    *,
    time: str | None = None,
    where: str | None = None,
    fill: Literal["none", "linear", "last"] = "none",
    inputs: Sequence[str] = (),
    known: Sequence[str] = (),
) -> tuple[Series, list[str]]:
    """Read one column of numbers in the order of time, and perhaps others beside it.

    Parameters
    ----------
    path : str or Path
        A header, then values separated by commas, semicolons or tabs. Numbers may have a decimal comma in a file that
        is not separated by commas, and separators of thousands.
    column : str, optional
        By default the only one that holds numbers and does not count the rows.
    time : str, optional
        The column with the times; by default the only one that holds dates, or counts the rows. With none the rows
        stand in their order.
    where : str, optional
        ``"COLUMN=VALUE"``: only rows with that value, in a file that holds several series.
    fill : {"none", "linear", "last"}
        What stands for values that are missing, and for times that are left out: nothing, a straight line, or the last
        value.
    inputs, known : sequence of str
        Columns by which the series is forecast, and those of them that are known ahead. With such a column the last
        rows may lack the series itself: they say what is known of later times.

    Returns
    -------
    series : Series
    notes : list of str
        What the user should know of how the file was read.

    Raises
    ------
    InputError
        If the file can't be read, has not these columns, a value is no number, or two rows have one time.
    """
    header, rows = read_rows(path, [name for name in (column, time, *inputs) if name])
    require_columns(path, header, header)  # a name twice would hide a column
    rows = list(rows)
    if where is not None:
        rows = _selected(path, header, rows, where)
    lines = [line for _, line in rows]
    columns = {name: [row[k] for row, _ in rows] for k, name in enumerate(header)}
    separator = delimiter_of(path)
    column = column or _only_numbers(path, columns, separator, {time, *inputs})
    time = time or _only_times({name: texts for name, texts in columns.items() if name not in (column, *inputs)})
    if column in inputs:
        raise InputError(f"{path}: {column!r} can't be an input of its own forecast; leave it out of --data.inputs")
    notes, table = _doubts(column, columns, time, inputs, separator), []
    for name in (column, *inputs):
        texts, later = plain_numbers(columns[name], separator), bool(known) and name not in known
        table.append([_value(text, path, line, name, fill, later) for text, line in zip(texts, lines, strict=True)])
        if not np.isfinite(table[-1]).any():
            raise InputError(f"{path}: the column {name!r} holds no number")
    values = np.array(table).T
    if time is None:
        times = np.arange(1, len(values) + 1)
    else:
        times = parse_times(columns[time])
        if times is None:
            shown = ", ".join(map(repr, columns[time][:2]))
            raise InputError(
                f"{path}: the times in column {time!r} ({shown}, …) are not all dates of one form, such as 2024-07-23,"
                " or numbers"
            )
        times, values = _in_order(path, columns, column, time, times, values, lines, notes)
        times, values = _without_gaps(time, times, values, fill, notes)
    n = int(np.flatnonzero(np.isfinite(values[:, 0]))[-1]) + 1 if known else len(values)
    for k, name in enumerate((column, *inputs)):
        whole = values[:n, k] if k == 0 or name not in known else values[:, k]
        if empty := int(np.isnan(whole).sum()):
            if fill == "none":
                raise InputError(f"{path}: {empty} values of {name!r} are missing before the last; {FILL}")
            whole[:] = filled(whole, fill)
            notes.append(f"{empty} missing values of {name!r} were filled ({fill})")
        values[n:, k] = values[n:, k] if name in known else values[n - 1, k]
    return Series(values[:n, 0], times[:n], column, inputs=values[:, 1:] if inputs else None), notes


def plain_numbers(texts: Sequence[str], separator: str) -> list[str]:
    """Return the numbers of a column as ``1213.82``, if they are written in another way throughout.

    Parameters
    ----------
    texts : list of str
    separator : str
        Between the values of a row: where it is a comma, one within a number parts thousands.
    """
    texts = [text.strip() for text in texts]
    known = [text for text in texts if text.lower() not in MISSING]
    if all(map(NUMBER.fullmatch, known)):
        return texts
    told = separator == "," or any("." in text or text.count(",") > 1 for text in known)
    if told and all(NUMBER.fullmatch(text) or THOUSANDS.fullmatch(text) for text in known):
        return [text.replace(",", "") for text in texts]
    if separator != "," and all(map(DECIMAL_COMMA.fullmatch, known)):
        return [text.replace(".", "").replace(",", ".") if text in known else text for text in texts]
    return texts


def filled(values: np.ndarray, how: Literal["linear", "last"]) -> np.ndarray:
    """Return values with what is not a number replaced; what is missing at the start by the first that is known."""
    known, n = np.flatnonzero(np.isfinite(values)), np.arange(len(values))
    if how == "linear":
        return np.interp(n, known, values[known])
    return values[known[np.maximum(0, np.searchsorted(known, n, side="right") - 1)]]


def _value(text, path, line, column, fill, later):
    if text.lower() in MISSING:
        if fill == "none" and not later:
            raise InputError(
                f"{path}, line {line}, column {column!r}: no value; a series needs one at each time: {FILL}"
            )
        return np.nan
    return as_number(text, where=f"{path}, line {line}, column {column!r}")


def _selected(path, header, rows, where):
    name, equals, value = where.partition("=")
    if not equals or name not in header:
        raise InputError(f"{path}: data.where must be COLUMN=VALUE with a column of {', '.join(map(repr, header))}")
    place = header.index(name)
    found = [(row, line) for row, line in rows if row[place].strip() == value.strip()]
    if not found:
        raise InputError(f"{path}: no row has {value!r} in column {name!r}")
    return found


def _are_numbers(texts, separator):
    known = [text for text in plain_numbers(texts, separator) if text.lower() not in MISSING]
    return bool(known) and all(map(NUMBER.fullmatch, known))


def _only_numbers(path, columns, separator, others):
    """Return the name of the one column that holds numbers and does not count the rows."""
    if len(columns) == 1:
        return next(iter(columns))  # and if something in it is no number, the complaint names the line
    numbers = [name for name, texts in columns.items() if name not in others and _are_numbers(texts, separator)]
    told = [name for name in numbers if not _counts(columns[name])]
    if len(told or numbers) == 1:
        return (told or numbers)[0]
    which = f"columns {', '.join(map(repr, numbers))} hold numbers" if numbers else "no column holds numbers alone"
    among = "" if numbers else f" among {', '.join(map(repr, columns))}"
    raise InputError(f"{path}: {which}{among}; name the one to forecast with --column")


def _counts(texts):
    """Return whether a column counts the rows, up or down, in equal steps."""
    times = parse_times(texts)
    return times is not None and times.dtype.kind in "if" and evenly(times)


def _only_times(columns):
    """Return the name of the only column that holds dates, else of the only one that counts the rows, else None."""
    parsed = {name: parse_times(texts) for name, texts in columns.items()}
    dates = [name for name, times in parsed.items() if times is not None and times.dtype.kind == "M"]
    counters = [name for name in columns if _counts(columns[name])]
    return next((found[0] for found in (dates, counters) if len(found) == 1), None)


def _doubts(column, columns, time, inputs, separator):
    """Return notes about what may have been meant otherwise."""
    notes = []
    if NUMBER.fullmatch(column):
        notes.append(f"the first row was taken for the header, and calls the series {column!r}")
    named = [name for name in columns if name not in (column, *inputs) and TIMES.search(name)]
    if time is None and named:
        notes.append(
            f"no column of times was used, and each row counts as one step: {named[0]!r} holds none in one form that is"
            " understood; see --data.time"
        )
    dotted = [text.strip() for text in columns[column] if "." in text]
    if separator != "," and dotted and all(map(DOTTED.fullmatch, dotted)):
        notes.append(f"{dotted[0]} in {column!r} was read with a decimal point; if it separates thousands, take it out")
    return notes


def _in_order(path, columns, column, time, times, values, lines, notes):
    order = np.argsort(times, kind="stable")
    same = np.flatnonzero(np.diff(times[order]) == 0 * (times[:1] - times[:1])[0])
    if len(same):
        first, second = (lines[order[same[0] + k]] for k in (0, 1))
        raise InputError(
            f"{path}: lines {first} and {second} have one time, {show(times[order[same[0]]])} in column {time!r};"
            f" {_told_apart(columns, (column, time), times)}"
        )
    if (np.diff(order) == -1).all():
        notes.append(f"the rows stand newest first; they were sorted by {time!r}")
    elif (np.diff(order) != 1).any():
        notes.append(f"the rows are not in the order of time; they were sorted by {time!r}")
    return times[order], values[order]


def _told_apart(columns, used, times):
    """Return which column tells several series in one file apart, and how to take one, as a message says it."""
    for name, texts in columns.items():
        together = set(zip(times, texts, strict=True))
        if name not in used and 1 < len(set(texts)) < len(texts) == len(together):
            return (
                f"column {name!r} tells {len(set(texts))} series apart: take one, as with"
                f" --data.where {name}={texts[0].strip()}"
            )
    return "a series has one value at each time: sum them up, or remove one"


def _without_gaps(time, times, values, fill, notes):
    if len(times) < 2:
        return times, values
    places = places_on_grid(times)
    if places is None:
        notes.append(f"the times in {time!r} are not evenly spaced; each row counts as one step")
        return times, values
    if len(times) == places[-1] + 1:
        return times, values
    jumps = np.flatnonzero(np.diff(places) > 1)
    missing = int(places[-1] + 1 - len(times))
    after = ", ".join(show(times[k]) for k in jumps[:SHOWN]) + (", …" if len(jumps) > SHOWN else "")
    if fill == "none":
        notes.append(
            f"{missing} times are left out in {time!r}, after {after}; each row counts as one step, or fill them with"
            " --data.fill linear or last"
        )
        return times, values
    if missing > FILLED * len(times):
        raise InputError(
            f"{missing:,} times are left out in {time!r}, after {after}, and {len(times):,} are there; is one of them"
            " wrong?"
        )
    whole = np.full((places[-1] + 1, values.shape[1]), np.nan)
    whole[places] = values
    return times[0] + usual_step(times) * np.arange(len(whole)), whole
