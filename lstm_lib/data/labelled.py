"""Sequences with a class each: read from a file of the user's, and split into parts.

NPZ, as ``numpy.savez`` writes it: ``x`` (N, T, D) numbers, ``y`` (N,) whole numbers or text, and
``lengths`` (N,) where the sequences end before T. Pickled objects are refused.

CSV, one row a step, with a header: a column that names the sequence, one that counts its steps, one
with its class, the same in all its rows; every other column is a feature.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_packaged
from lstm_lib.storage.npz_files import read_npz
from lstm_lib.storage.tables import as_number, read_rows, require_columns

VOWELS = {  # sha256 of the files
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}
LARGEST = 1e18  # beyond that float32 has no room for a variance
WHOLE = re.compile(r"-?[0-9]{1,18}")  # a class that is a number
SHOWN = 20  # names in a message


@dataclass(frozen=True)
class Labelled:
    """Sequences of different lengths and their classes.

    Attributes
    ----------
    xs : numpy.ndarray
        Shape (N, T, D), float32, zeros after the end.
    lengths : numpy.ndarray of int
        Shape (N,).
    labels : list of str or None
        Names of the classes, N of them; None if the file has none.
    ids : list of str
        Names of the sequences.
    features : list of str or None
        Names of the inputs, where the file gives them.
    name : str
        Where they come from.
    """

    xs: np.ndarray
    lengths: np.ndarray
    labels: list[str] | None
    ids: list[str]
    features: list[str] | None
    name: str


def read_labelled(
    path: str | os.PathLike, *, columns: tuple[str, str, str] = ("id", "step", "label"), labels: bool = True
) -> Labelled:
    """Read an NPZ or CSV file.

    Parameters
    ----------
    path : str or Path
        Its ending says which.
    columns : tuple of str
        Names of the columns of a CSV file that hold the sequence, the step and the class.
    labels : bool
        Whether there must be classes; if not, they are read where there are some.

    Returns
    -------
    Labelled

    Raises
    ------
    InputError
        If the file can't be read, or anything in it can't be used; the message says where.
    """
    kind = Path(path).suffix.lower()
    if kind == ".npz":
        return _read_npz(path, labels)
    if kind == ".csv":
        return _read_csv(path, columns, labels)
    raise InputError(f"{path}: the name must end in .npz or .csv")


def _read_npz(path, need_labels):
    arrays, found = read_npz(path, ["x", "y", "lengths"])
    needed = ("x", "y") if need_labels else ("x",)
    for name in needed:
        if name not in arrays:
            there = ", ".join(map(repr, found[:SHOWN])) + (" and more" if len(found) > SHOWN else "")
            raise InputError(f"{path}: no array {name!r}; there are {there or 'none'}")
    x = arrays["x"]
    if x.ndim != 3 or x.dtype.kind not in "biuf" or 0 in x.shape:
        raise InputError(f"{path}: x must hold numbers of shape (N, T, D), none of them 0, not {x.dtype} {x.shape}")
    N, T, _ = x.shape
    lengths = arrays.get("lengths", np.full(N, T))
    if lengths.shape != (N,) or lengths.dtype.kind not in "iu" or lengths.min() < 1 or lengths.max() > T:
        raise InputError(f"{path}: lengths must hold {N} whole numbers from 1 to {T}, one for each sequence of x")
    there = np.arange(T) < lengths[:, None]
    xs = np.where(there[:, :, None], x, 0)
    bad = np.argwhere(~(np.abs(xs.astype(np.float64)) < LARGEST))
    if len(bad):
        n, t, d = bad[0]
        raise InputError(f"{path}: x[{n}, {t}, {d}] is {xs[n, t, d]}, not a finite number; fill, scale or remove it")
    labels = None
    if "y" in arrays:
        y = arrays["y"]
        if y.shape != (N,):
            raise InputError(f"{path}: y must hold {N} classes, one for each sequence of x; its shape is {y.shape}")
        if y.dtype.kind not in "biuU":
            raise InputError(f"{path}: y must hold whole numbers or text, not {y.dtype}: a class is no quantity")
        labels = _texts(path, y)
    ids = [str(k) for k in range(N)]
    return Labelled(xs.astype(np.float32), lengths.astype(int), labels, ids, None, str(path))


def _texts(path, y):
    try:
        labels = [str(label) for label in y.tolist()]
        "".join(labels).encode()
    except (ValueError, SystemError):  # numbers that stand for no character
        raise InputError(f"{path}: y holds text that can't be read; write it with numpy.savez") from None
    return labels


def _read_csv(path, columns, need_labels):
    header, rows = read_rows(path, columns if need_labels else columns[:2])
    require_columns(path, header, header)  # every other column is a feature, and features have a name each
    features = [name for name in header if name not in columns]
    if not features:
        raise InputError(f"{path}: no feature; every column is {', '.join(map(repr, columns))}")
    sequences = {}
    for row, line in rows:
        _add_row(sequences, dict(zip(header, row, strict=True)), columns, features, f"{path}, line {line}")
    lengths = np.array([len(steps) for steps, _ in sequences.values()])
    xs = np.zeros((len(sequences), lengths.max(), len(features)), np.float32)
    for n, (steps, _) in enumerate(sequences.values()):
        xs[n, : len(steps)] = [steps[step] for step in sorted(steps)]
    labels = [label for _, label in sequences.values()] if columns[2] in header else None
    return Labelled(xs, lengths, labels, list(sequences), features, str(path))


def _add_row(sequences, row, columns, features, where):
    """Add one row of a CSV file, ``{column: text}``, to ``{id: ({step: numbers}, label)}``."""
    id_column, step_column, label_column = columns
    for column in (id_column, label_column):
        if row.get(column) == "":
            raise InputError(f"{where}, column {column!r}: empty; fill it or remove the row")

    def number(column):
        return as_number(row[column], where=f"{where}, column {column!r}", limit=LARGEST)

    name, label, step = row[id_column], row.get(label_column), number(step_column)
    steps, known = sequences.setdefault(name, ({}, label))
    if label != known:
        raise InputError(f"{where}: sequence {name!r} has class {label!r} here and {known!r} before; it can have one")
    if step in steps:
        raise InputError(f"{where}: sequence {name!r} has step {row[step_column]} twice; number its steps")
    steps[step] = [number(feature) for feature in features]


def class_names(labels: Iterable[str]) -> list[str]:
    """Return the different labels in order: by number if all are whole numbers, else by text.

    Parameters
    ----------
    labels : iterable of str

    Returns
    -------
    list of str
    """
    names = set(labels)
    numeric = all(WHOLE.fullmatch(name) for name in names)
    return sorted(names, key=(lambda name: (int(name), name)) if numeric else None)


def japanese_vowels(part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
    sha256 = VOWELS[part.upper()]
    text = read_packaged("sktime==1.2.0", file, sha256=sha256, what="Japanese vowels", deps=False)
    rows = [line.split(":") for line in text.split("@data\n")[1].split()]
    utterances = [np.array([channel.split(",") for channel in row[:-1]], np.float32).T for row in rows]
    xs, lengths = pad(utterances)
    return xs, np.array([int(row[-1]) - 1 for row in rows]), lengths


def pad(sequences: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
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
