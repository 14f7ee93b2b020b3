"""Series of numbers: generated, from an installed package, or a column of the user's own CSV file.

Nothing is downloaded.
"""

import csv
import os
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstm_lib.storage.files import read_packaged
from lstm_lib.storage.tables import as_numbers, read_columns

SHA256 = {
    "sunspots": "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b",
    "stocks": "f9953ac6693e587476b4ebf2f0b00d9bb95371ca8c39da4cc6155077b3e417cd",
}


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
    inputs : numpy.ndarray or None
        Shape (N, D), or with rows for later times, too: other series by which this one is forecast.
    """

    values: np.ndarray
    times: np.ndarray
    name: str
    clean: np.ndarray | None = None
    inputs: np.ndarray | None = None


def noisy_sine(n: int, *, noise_std: float, seed: int) -> Series:
    """Sample four periods of a sine and add noise.

    Chapter ``04_forecasting``.

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


def sunspots() -> Series:
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
    file = "datasets/sunspots/sunspots.csv"
    text = read_packaged("statsmodels==0.15.0", file, sha256=SHA256["sunspots"], what="sunspot numbers")
    rows = list(csv.DictReader(text.splitlines()))
    return Series(
        np.array([float(row["SUNACTIVITY"]) for row in rows]),
        np.array([int(float(row["YEAR"])) for row in rows]),
        "sunspots",
    )


def stock_prices(symbol: Literal["AAPL", "AMZN", "GOOG", "IBM", "MSFT"]) -> Series:
    """Read the monthly prices of a share, adjusted for splits, 2000 to 2010.

    They come with vega_datasets, as a file that is read without importing that package.

    Parameters
    ----------
    symbol : {"AAPL", "AMZN", "GOOG", "IBM", "MSFT"}

    Returns
    -------
    Series
        US dollars; ``times`` are months as text, ``"Jan 1 2000"``. 123 values, GOOG fewer.

    Raises
    ------
    InputError
        If vega_datasets is missing or its file is not the one the course was written with.
    """
    text = read_packaged(
        "vega_datasets==0.9.0", "_data/stocks.csv", sha256=SHA256["stocks"], what="share prices", deps=False
    )
    rows = [row for row in csv.DictReader(text.splitlines()) if row["symbol"] == symbol]
    if not rows:
        raise ValueError(f"no share {symbol!r} in the file")
    return Series(np.array([float(row["price"]) for row in rows]), np.array([row["date"] for row in rows]), symbol)


def read_csv_column(path: str | os.PathLike, column: str) -> Series:
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
        If the file can't be read, is empty, lacks the column or has it twice, a row has fewer or more
        values than the header, or a value is not a finite number.
    """
    (texts,), lines = read_columns(path, [column])
    values = as_numbers(texts, lines, path=path, column=column)
    return Series(np.array(values), np.arange(1, len(values) + 1), str(column))


def windows(values: np.ndarray, length: int, *, horizon: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Cut a series into overlapping windows and the values that follow each.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (N,).
    length, horizon : int
        Values in a window, and after it.

    Returns
    -------
    xs : numpy.ndarray
        Shape (N - length - horizon + 1, length, 1).
    ys : numpy.ndarray
        Shape (N - length - horizon + 1, horizon).
    """
    pieces = np.lib.stride_tricks.sliding_window_view(values, length + horizon)
    return pieces[:, :length, None].copy(), pieces[:, length:].copy()
