"""Made-up tasks whose answer lies some steps back: a marked number, the adding problem, and temporal order.

The last two are from Hochreiter & Schmidhuber (1997).
"""

from typing import Literal

import numpy as np


def marked_number(rng: np.random.Generator, batch_size: int, T: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences of numbers of which one is marked; the answer is that number.

    Chapter ``02_numpy_lstm``. Each step holds a number, uniform in [-1, 1], and a marker: 1 at one step, else 0. Every
    step but the last may be marked, so whoever looks at the last input alone can't know the answer.

    Parameters
    ----------
    rng : numpy.random.Generator
    batch_size : int
    T : int
        Steps, at least 2.

    Returns
    -------
    xs : numpy.ndarray
        Shape (B, T, 2).
    ys : numpy.ndarray
        Shape (B, 1): the marked number. Its mean is 0 and its variance 1/3.
    """
    xs, rows = np.zeros((batch_size, T, 2)), np.arange(batch_size)
    xs[:, :, 0] = rng.uniform(-1, 1, size=(batch_size, T))
    marked = rng.integers(T - 1, size=batch_size)
    xs[rows, marked, 1] = 1
    return xs, xs[rows, marked, :1]


def adding_problem(rng: np.random.Generator, batch_size: int, T: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw sequences whose answer is the sum of two marked numbers, as posed in 1997.

    Chapter ``03_training``. Each step holds a number, uniform in [-1, 1], and a marker: 1 at two
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


def temporal_order(
    rng: np.random.Generator, n: int, T: int, *, classes: Literal[4, 2] = 4
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw sequences of symbols whose class is the order of two of them.

    Chapter ``05_classification``. A sequence starts with E and ends with B; between them stand a, b,
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
