"""Texts with a class each, and what a classifier of sequences reads of them: one-hot characters or words."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstm_lib.data.labelled_csv import named_ids, whole_rows
from lstm_lib.errors import InputError
from lstm_lib.storage.tables import read_rows

REST = "<unknown>"  # the first input: for what is rare, or new
MOST_SYMBOLS = 500  # of them; the others are unknown
LARGEST = 10**8  # numbers that the texts of a file may become, 4 bytes each
LOUD = 4.0  # instead of 1: Keras's weights of an input begin small, and what is spelled with 1 is learned slowly
WORD = re.compile(r"\w+|[^\w\s]")

Unit = Literal["characters", "words"]


@dataclass(frozen=True)
class LabelledTexts:
    """Texts and their classes.

    Attributes
    ----------
    texts : list of str
    labels : list of str or None
        Names of the classes; None if the file has none.
    ids : list of str
        Names of the texts; their numbers, from 0, if the file has none.
    name : str
        Where they come from.
    """

    texts: list[str]
    labels: list[str] | None
    ids: list[str]
    name: str


def read_texts(
    path: str | os.PathLike, *, columns: tuple[str, str, str] = ("id", "text", "label"), labels: bool = True
) -> LabelledTexts:
    """Read a CSV file with a text in each row.

    Parameters
    ----------
    path : str or Path
    columns : tuple of str
        Names of the columns that hold the name of a text, which may be missing, the text, and its class.
    labels : bool
        Whether there must be classes; if not, they are read where there are some.

    Returns
    -------
    LabelledTexts

    Raises
    ------
    InputError
        If the file can't be read, or a text, an id or a class is empty; the message says where.
    """
    id_column, text_column, label_column = columns
    header, rows = read_rows(path, [text_column, *([label_column] if labels else []), *named_ids(id_column)])
    ids, texts, known, place = [], [], [], header.index(text_column)
    for name, label, row, line in whole_rows(path, header, rows, (id_column, label_column)):
        if not row[place].strip():
            raise InputError(f"{path}, line {line}, column {text_column!r}: the text is empty; remove the row")
        ids.append(name)
        texts.append(row[place])
        known.append(label)
    return LabelledTexts(texts, known if label_column in header else None, ids, str(path))


def cut_text(text: str, unit: Unit = "characters") -> list[str]:
    """Return the characters of a text, or its words in lower case, with punctuation as words of its own."""
    return WORD.findall(text.lower()) if unit == "words" else list(text)


def frequent_symbols(texts: Sequence[str], unit: Unit = "characters") -> list[str]:
    """Return what :func:`one_hot_texts` makes an input each of: ``<unknown>``, and the symbols of the training texts.

    Parameters
    ----------
    texts : list of str
    unit : {"characters", "words"}

    Returns
    -------
    list of str
        The 500 most frequent of those that occur twice, sorted.
    """
    counts = Counter(symbol for text in texts for symbol in cut_text(text, unit))
    frequent = sorted((symbol for symbol, n in counts.items() if n > 1), key=lambda symbol: (-counts[symbol], symbol))
    return [REST, *sorted(frequent[:MOST_SYMBOLS])]


def one_hot_texts(
    texts: Sequence[str], symbols: Sequence[str], *, unit: Unit = "characters", length: int = 200, name: str = "texts"
) -> tuple[np.ndarray, np.ndarray]:
    """Return texts as a classifier of sequences reads them.

    Parameters
    ----------
    texts : list of str
        None of them blank.
    symbols : list of str
        What :func:`frequent_symbols` returned; the first stands for all others.
    unit : {"characters", "words"}
    length : int
        Characters or words that are read of a text.
    name : str
        Of the texts, in a message.

    Returns
    -------
    xs : numpy.ndarray
        Shape (N, T, D), float32: a 4 at each step, zeros elsewhere and after the end.
    lengths : numpy.ndarray of int
        Shape (N,).

    Raises
    ------
    InputError
        If they would take more than 0.4 GB.
    """
    cut = [cut_text(text, unit)[:length] for text in texts]
    lengths = np.array([len(row) for row in cut])
    shape = len(cut), int(lengths.max()), len(symbols)
    if np.prod(shape, dtype=float) > LARGEST:
        raise InputError(
            f"{name}: {shape[0]:,} texts of up to {shape[1]} {unit} of {shape[2]} kinds take"
            f" {np.prod(shape, dtype=float) * 4e-9:.1f} GB; lower --max-length, or give fewer texts"
        )
    xs, places = np.zeros(shape, np.float32), {symbol: k for k, symbol in enumerate(symbols)}
    for x, row in zip(xs, cut, strict=True):
        x[np.arange(len(row)), [places.get(symbol, 0) for symbol in row]] = LOUD
    return xs, lengths
