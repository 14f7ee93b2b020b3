"""Settings of ``lstm-lib classify``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from lstm_lib.commands.settings import require
from lstm_lib.errors import InputError


@dataclass(frozen=True)
class ClassifySettings:
    """Everything that decides the result of ``lstm-lib classify``.

    Parameters
    ----------
    data : str or None
        NPZ file with x (N, T, D), y (N) and perhaps lengths (N), or CSV file with one row a step; null for the
        generated task: which of two symbols came first?
    test_data : str or None
        File of sequences of the same kind that are only tested on; null to keep a share of data for that.
    format : str
        Of a CSV file: long has one row a step, wide one row a sequence, whose columns are its steps in order.
    id_column : str
        Column of a CSV file that names the sequence.
    step_column : str
        Column of a CSV file that counts the steps of a sequence, or says their times (2024-01-31 12:00).
    label_column : str
        Column of a CSV file with the class of the sequence; all other columns are features.
    feature_columns : str or None
        Columns of a CSV file that are features, with commas between them; null for all others.
    ignore_columns : str or None
        Columns of a CSV file that are no features (a subject, a trial), with commas between them.
    text_column : str or None
        Column of a CSV file with a text in each row, which is classified by its characters or words; null for numbers.
    text_symbols : str
        What is read of a text one after the other: characters, or words in lower case; the 500 most frequent count.
    max_length : int
        Characters or words that are read of a text.
    sequences : int
        Sequences of the generated task.
    steps : int
        Shortest length in the generated task; the longest is a tenth more.
    test : float
        Share of the sequences that are only tested on.
    validation : float
        Share of the sequences that choose the epoch to keep.
    class_weights : str
        none, or balanced: each class counts as much as any other in what is learned, however rare it is.
    cell : str
        lstm, gru, or rnn for the simple recurrent network.
    hidden_size : int
        Units of the recurrent layer.
    start : str
        Biases at first: chrono (memories of every length up to the longest sequence) or keras (its own).
    epochs : int
        Most passes over the training part.
    patience : int
        Epochs without a better validation loss after which training stops.
    batch_size : int
        Sequences in a step.
    learning_rate : float
        Of Adam.
    clip_norm : float or None
        Longest gradient; null for no limit.
    seed : int
        Seed of the generated task, the split, the first weights and the order of the batches.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}  # variable: the setting it gives
    SHORT: ClassVar = {"units": "hidden_size", "predict": "data"}  # what the flags were called at first

    data: str | None = None
    test_data: str | None = None
    format: Literal["long", "wide"] = "long"
    id_column: str = "id"
    step_column: str = "step"
    label_column: str = "label"
    feature_columns: str | None = None
    ignore_columns: str | None = None
    text_column: str | None = None
    text_symbols: Literal["characters", "words"] = "characters"
    max_length: int = 200
    sequences: int = 4000
    steps: int = 100
    test: float = 0.25
    validation: float = 0.125
    class_weights: Literal["none", "balanced"] = "none"
    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    hidden_size: int = 128
    start: Literal["chrono", "keras"] = "chrono"
    epochs: int = 30
    patience: int = 3
    batch_size: int = 32
    learning_rate: float = 0.003
    clip_norm: float | None = 1.0
    seed: int = 42

    def __post_init__(self):
        for key in ("hidden_size", "epochs", "patience", "batch_size", "max_length"):
            require(key, getattr(self, key), least=1)
        require("sequences", self.sequences, least=40)
        require("steps", self.steps, least=10, most=100_000)
        require("seed", self.seed, least=0, most=2**32 - 1)
        for key in ("test", "validation"):
            require(key, getattr(self, key), above=0, most=0.9)
        if self.test + self.validation > 0.9:
            raise InputError(f"test and validation leave {1 - self.test - self.validation:.2g} to train on; lower them")
        require("learning_rate", self.learning_rate, above=0)
        if self.clip_norm is not None:
            require("clip_norm", self.clip_norm, above=0)
        if self.data is None:
            for key in ("test_data", "feature_columns", "ignore_columns", "text_column"):
                if getattr(self, key) is not None:
                    raise InputError(f"{key} needs data, a file of sequences; name it with --data")
        if self.text_column is not None:
            for key, free in (("format", "long"), ("feature_columns", None), ("ignore_columns", None)):
                if getattr(self, key) != free:
                    raise InputError(f"{key} is for sequences of numbers, and text_column for texts; give one of them")
        names = (self.id_column, self.step_column, self.label_column)
        if len(set(names)) < 3:
            raise InputError(f"id_column, step_column and label_column must be three columns, got {', '.join(names)}")
        if self.text_column in (self.id_column, self.label_column):
            raise InputError(f"text_column is the column of ids or classes, too: {self.text_column!r}; name another")
