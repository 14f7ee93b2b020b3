"""Data for the chapters and commands: generated, from an installed package, or the user's own file.

Nothing is downloaded.
"""

import csv
from dataclasses import dataclass

import numpy as np

from lstm_lib.core.files import read_packaged
from lstm_lib.core.tables import as_numbers, read_columns

SHA256 = {
    "sunspots": "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b",
    "stocks": "f9953ac6693e587476b4ebf2f0b00d9bb95371ca8c39da4cc6155077b3e417cd",
    "vowels TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "vowels TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
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
    file = "datasets/sunspots/sunspots.csv"
    text = read_packaged("statsmodels==0.15.0", file, sha256=SHA256["sunspots"], what="sunspot numbers")
    rows = list(csv.DictReader(text.splitlines()))
    return Series(
        np.array([float(row["SUNACTIVITY"]) for row in rows]),
        np.array([int(float(row["YEAR"])) for row in rows]),
        "sunspots",
    )


def stock_prices(symbol):
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


def japanese_vowels(part):
    """Read utterances of two vowels by nine speakers; the question is who spoke.

    They come with sktime, as files that are read without importing that package.

    Parameters
    ----------
    part : {"train", "test"}
        270 or 370 utterances, split by those who recorded them.

    Returns
    -------
    xs : numpy.ndarray
        Shape (N, 29, 12), float32, zeros after the end: cepstrum coefficients, one row for 6.4 ms.
    ys : numpy.ndarray of int
        Shape (N,): speakers 0 to 8.
    lengths : numpy.ndarray of int
        Shape (N,): 7 to 29.

    Raises
    ------
    InputError
        If sktime is missing or its file is not the one the course was written with.

    References
    ----------
    Kudo, Toyama & Shimbo (1999), doi:10.1016/S0167-8655(99)00077-X; UCI, doi:10.24432/C5NS47.
    """
    file = f"datasets/data/JapaneseVowels/JapaneseVowels_{part.upper()}.ts"
    sha256 = SHA256[f"vowels {part.upper()}"]
    text = read_packaged("sktime==1.2.0", file, sha256=sha256, what="Japanese vowels", deps=False)
    rows = [line.split(":") for line in text.split("@data\n")[1].split()]
    utterances = [np.array([channel.split(",") for channel in row[:-1]], np.float32).T for row in rows]
    xs, lengths = pad(utterances)
    return xs, np.array([int(row[-1]) - 1 for row in rows]), lengths


def pad(sequences):
    """Put sequences of different lengths into one array, zeros after their ends.

    Parameters
    ----------
    sequences : list of numpy.ndarray
        Shapes (T_n, D).

    Returns
    -------
    xs : numpy.ndarray
        Shape (N, T, D) with T the largest T_n, float32.
    lengths : numpy.ndarray of int
        Shape (N,).
    """
    lengths = np.array([len(s) for s in sequences])
    xs = np.zeros((len(sequences), lengths.max(), sequences[0].shape[1]), np.float32)
    for row, sequence in zip(xs, sequences, strict=True):
        row[: len(sequence)] = sequence
    return xs, lengths


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
        If the file can't be read, is empty, lacks the column or has it twice, a row has fewer or more
        values than the header, or a value is not a finite number.
    """
    (texts,), lines = read_columns(path, [column])
    values = as_numbers(texts, lines, path=path, column=column)
    return Series(np.array(values), np.arange(1, len(values) + 1), str(column))


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


SYMBOLS = "abcdEBXY"  # what the inputs of temporal_order stand for
ORDERS = {2: ("XY", "YX"), 4: ("XX", "XY", "YX", "YY")}


def temporal_order(rng, n, T, *, classes=4):
    """Draw sequences of symbols whose class is the order of two of them.

    Chapter ``03_classification``. A sequence starts with E and ends with B; between them stand a, b,
    c, d at random, but for two places that hold X or Y each: the first between T/10 and T/5, the
    second between T/2 and 3T/5. With four classes each pair is a class, as posed in 1997. With two,
    one place holds X and the other Y, so that every sequence has the same symbols at its marked
    places and the class is their order alone.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Sequences.
    T : int
        Shortest length, at least 10; each sequence has between T and T + T // 10 steps.
    classes : {4, 2}

    Returns
    -------
    xs : numpy.ndarray
        Shape (n, T + T // 10, 8), float32: one-hot in the order of :data:`SYMBOLS`, zeros after the end.
    ys : numpy.ndarray of int
        Shape (n,): places in ``ORDERS[classes]``.
    lengths : numpy.ndarray of int
        Shape (n,).

    References
    ----------
    Hochreiter & Schmidhuber (1997), experiment 6a, doi:10.1162/neco.1997.9.8.1735.
    """
    if T < 10:
        raise ValueError(f"T must be at least 10, got {T}")
    longest, rows = T + T // 10, np.arange(n)
    lengths = rng.integers(T, longest + 1, size=n)
    symbols = rng.integers(0, 4, size=(n, longest))
    symbols[:, 0], symbols[rows, lengths - 1] = SYMBOLS.index("E"), SYMBOLS.index("B")
    ys = rng.integers(0, classes, size=n)
    pairs = np.array([[SYMBOLS.index(symbol) for symbol in pair] for pair in ORDERS[classes]])
    symbols[rows, rng.integers(T // 10, T // 5 + 1, size=n)] = pairs[ys, 0]
    symbols[rows, rng.integers(T // 2, 3 * T // 5 + 1, size=n)] = pairs[ys, 1]
    xs = np.eye(len(SYMBOLS), dtype=np.float32)[symbols]
    xs[np.arange(longest) >= lengths[:, None]] = 0
    return xs, ys, lengths
