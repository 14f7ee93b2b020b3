"""Sequences with a class each: read from a file of the user's, and split into parts.

NPZ, as ``numpy.savez`` writes it: ``x`` (N, T, D) numbers, ``y`` (N,) whole numbers or text, and
``lengths`` (N,) where the sequences end before T; steps that are nan throughout end one, too. Padding in front, Keras's
own default, is recognised. Pickled objects are refused.

CSV, one row a step, with a header: a column that names the sequence, one that counts its steps or says their times,
one with its class, the same in all its rows; every other column is a feature. Or, wide, one row a sequence: a column
with its class, perhaps one with its name, and every other column a step.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from lstm_lib.data.labelled_csv import read_series, read_steps
from lstm_lib.data.labelled_npz import read_arrays
from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_packaged

VOWELS = {  # sha256 of the files
    "TRAIN": "68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd",
    "TEST": "b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462",
}
WHOLE = re.compile(r"-?[0-9]{1,18}")  # a class that is a number


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
    steps : list of str or None
        Names of the steps, where a file has one row a sequence.
    notes : tuple of str
        What was taken to be meant, and what the user should know of it.
    """

    xs: np.ndarray
    lengths: np.ndarray
    labels: list[str] | None
    ids: list[str]
    features: list[str] | None
    name: str
    steps: list[str] | None = None
    notes: tuple[str, ...] = ()


def read_labelled(
    path: str | os.PathLike,
    *,
    columns: tuple[str, str, str] = ("id", "step", "label"),
    labels: bool = True,
    features: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    wide: bool = False,
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
    features : list of str, optional
        Columns of a CSV file that are features, in this order (where it is wide: steps); by default all others.
    ignore : list of str
        Columns of a CSV file that are left out.
    wide : bool
        Whether a CSV file has one row a sequence, not one row a step.

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
        return Labelled(**read_arrays(path, labels=labels), name=str(path))
    if kind == ".csv":
        read = read_series if wide else read_steps
        return Labelled(**read(path, columns, labels=labels, features=features, ignore=ignore), name=str(path))
    raise InputError(f"{path}: the name must end in .npz or .csv")


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
