"""Data for the chapters and commands: generated, from an installed package, or the user's own file.

Nothing is downloaded.
"""

import csv
import hashlib
import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lstm_lib.core.errors import InputError
from lstm_lib.core.files import read_text

SUNSPOTS_SHA256 = "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b"


@dataclass(frozen=True)
class Series:
    """One number at each of many equally spaced times.

    Attributes
    ----------
    values : numpy.ndarray
        Shape (N,), float64.
    times : numpy.ndarray
        Shape (N,): labels of the times, for tables and plots.
    name : str
    clean : numpy.ndarray or None
        The values without their noise, where that is known.
    """

    values: np.ndarray
    times: np.ndarray
    name: str
    clean: np.ndarray | None = None


def noisy_sine(n, *, noise_std, seed):
    """Sample four periods of a sine and add noise.

    Chapter ``02_numpy_lstm``.

    Parameters
    ----------
    n : int
        Samples, from 0 to 8π inclusive.
    noise_std : float
        Standard deviation of the Gaussian noise.
    seed : int

    Returns
    -------
    Series
        ``times`` in radians.
    """
    t = np.linspace(0, 8 * np.pi, n)
    clean = np.sin(t)
    noise = np.random.default_rng(seed).normal(0, noise_std, size=n)
    return Series(clean + noise, t, "sine", clean)


def sunspots():
    """Read the yearly sunspot numbers 1700 to 2008.

    They are in the public domain and come with statsmodels, as a file that is read without importing
    that package.

    Returns
    -------
    Series
        309 values; ``times`` are years.

    Raises
    ------
    InputError
        If statsmodels is missing or its file is not the one the course was written with.
    """
    package = importlib.util.find_spec("statsmodels")
    if package is None:
        raise InputError("the sunspots come with the package statsmodels: pip install statsmodels")
    file = Path(package.origin).parent / "datasets" / "sunspots" / "sunspots.csv"
    content = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest() != SUNSPOTS_SHA256:
        raise InputError(f"{file}: not the sunspot table this course was written with; pip install statsmodels==0.15.0")
    rows = list(csv.DictReader(content.decode().splitlines()))
    return Series(
        np.array([float(row["SUNACTIVITY"]) for row in rows]),
        np.array([int(float(row["YEAR"])) for row in rows]),
        "sunspots",
    )


def read_csv_column(path, column):
    """Read one column of numbers from a CSV file with a header.

    Parameters
    ----------
    path : str or Path
        UTF-8, values separated by commas.
    column : str

    Returns
    -------
    Series
        ``times`` counts the rows from 1, the header not included.

    Raises
    ------
    InputError
        If the file can't be read, is empty, lacks the column or has it twice, or a value is not a
        finite number.
    """
    text = read_text(path)
    if not text.strip():
        raise InputError(f"{path}: the file is empty")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if column not in (reader.fieldnames or []):
        raise InputError(f"{path}: no column {column!r}; the header has {', '.join(map(repr, reader.fieldnames))}")
    if reader.fieldnames.count(column) > 1:
        raise InputError(f"{path}: {reader.fieldnames.count(column)} columns are called {column!r}; rename all but one")
    values = []
    for row in _rows(reader, path):
        try:
            value = float(row[column])
        except (TypeError, ValueError):
            value = np.nan
        if not abs(value) < 1e100:
            raise InputError(
                f"{path}, line {reader.line_num}, column {column!r}: {row[column]!r} is not a finite number;"
                " fill, scale or remove it"
            )
        values.append(value)
    if not values:
        raise InputError(f"{path}: a header and no rows")
    return Series(np.array(values), np.arange(1, len(values) + 1), str(column))


def _rows(reader, path):
    """Give the rows of a CSV reader, its errors in our words."""
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not CSV: {error}") from None


def adding_problem(rng, batch_size, T):
    """Draw sequences whose answer is the sum of two marked numbers, as posed in 1997.

    Chapter ``02_numpy_lstm``. Each step holds a number, uniform in [-1, 1], and a marker: 1 at two
    steps, -1 at the first and last step, else 0. The first mark is among the first ten steps, the
    second among the first T/2 - 1 that are still unmarked. If the very first step is marked, its
    number counts as, and is, 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    batch_size : int
    T : int
        Shortest length, at least 10; each sequence has between T and T + T // 10 steps.

    Returns
    -------
    xs : numpy.ndarray
        Shape (B, T + T // 10, 2), float32, zeros after the end.
    ys : numpy.ndarray
        Shape (B, 1), float32: 0.5 + (first + second) / 4.
    lengths : numpy.ndarray of int
        Shape (B,).

    References
    ----------
    Hochreiter & Schmidhuber (1997), experiment 4, doi:10.1162/neco.1997.9.8.1735.
    """
    longest = T + T // 10
    xs = np.zeros((batch_size, longest, 2), np.float32)
    rows = np.arange(batch_size)
    lengths = rng.integers(T, longest + 1, size=batch_size)
    inside = np.arange(longest) < lengths[:, None]
    xs[:, :, 0] = np.where(inside, rng.uniform(-1, 1, size=(batch_size, longest)), 0)
    first = rng.integers(0, 10, size=batch_size)
    second = rng.integers(0, T // 2 - 1, size=batch_size)
    second += second >= first  # the unmarked ones, counted past the first mark
    xs[rows, 0, 1] = xs[rows, lengths - 1, 1] = -1
    xs[rows, first, 1] = xs[rows, second, 1] = 1
    xs[(first == 0) | (second == 0), 0, 0] = 0
    ys = 0.5 + (xs[rows, first, 0] + xs[rows, second, 0]) / 4
    return xs, ys[:, None], lengths
