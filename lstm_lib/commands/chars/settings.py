"""Settings of the four commands ``lstm-lib chars train | evaluate | sample | compare``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from lstm_lib.commands.settings import require
from lstm_lib.errors import InputError
from lstm_lib.storage.files import UTF_8, require_encoding

# AdamW's highest rate for each cell: the best that was tried on Shakespeare's validation part. It matters more than
# the cell. A model that is trained for many minutes wants a lower one.
RATES = {"rnn": 0.008, "gru": 0.012, "lstm": 0.022}
BUDGET = 90.0  # seconds, where neither budget nor epochs is given


@dataclass(frozen=True)
class LearningSettings:
    """What a single model and a comparison have in common.

    Parameters
    ----------
    data : str or None
        Text file to learn; its first 90 % train, the next 5 % validate, the last 5 % test. null for Shakespeare.
    encoding : str
        That of the file: utf-8, utf-16, cp1252 or any other that Python knows.
    budget : float or None
        Time of one model's training in seconds, of the CPU or, on a GPU, of the clock; 90 if neither it nor epochs
        is given.
    epochs : int or None
        Passes over the training text, instead of budget.
    parameters : int
        Weights of a model; the layers get as many units as come closest.
    layers : int
        Recurrent layers on top of each other.
    embedding_size : int
        Numbers that stand for a character; 0 for one-hot inputs.
    dropout : float
        Share of each layer's inputs, and of the last one's outputs, silenced in training.
    recurrent_dropout : float
        Share of the recurrent weights silenced in training.
    tied : bool
        Whether the output layer uses the embedding's weights.
    forget_bias : float
        Start of the LSTM's forget bias.
    batch_size : int
        Rows of text read side by side.
    window : int
        Characters between two steps; no gradient reaches back further.
    weight_decay : float
        Of AdamW.
    clip_norm : float
        Longest gradient.
    schedule : str
        one_cycle (a rise, then half a cosine down to 0) or constant.
    seed : int
        Seed of the first weights, the dropout and what is drawn.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}  # variable: the setting it gives
    SHORT: ClassVar = {"text": "data"}  # flag: the setting it stands for

    data: str | None = None
    encoding: str = UTF_8
    budget: float | None = None
    epochs: int | None = None
    parameters: int = 316_000
    layers: int = 1
    embedding_size: int = 32
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    tied: bool = False
    forget_bias: float = 1.0
    batch_size: int = 32
    window: int = 64
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    seed: int = 42

    def __post_init__(self):
        require_encoding(self.encoding)
        if self.budget is not None and self.epochs is not None:
            raise InputError("budget and epochs both say when to stop: give one of them")
        if self.budget is not None:
            require("budget", self.budget, above=0)
        if self.epochs is not None:
            require("epochs", self.epochs, least=1)
        require("parameters", self.parameters, least=1)
        require("layers", self.layers, least=1, most=100)
        require("embedding_size", self.embedding_size, least=0, most=10**5)
        for key in ("dropout", "recurrent_dropout"):
            require(key, getattr(self, key), least=0, most=0.95)
        if self.tied and not self.embedding_size:
            raise InputError("tied needs embedding_size above 0: one-hot inputs have no weights to share")
        require("forget_bias", self.forget_bias, least=-100, most=100)
        require("batch_size", self.batch_size, least=1)
        require("window", self.window, least=1)
        require("weight_decay", self.weight_decay, least=0)
        require("clip_norm", self.clip_norm, above=0)
        require("seed", self.seed, least=0, most=2**62)

    def until(self):
        """Return when to stop, as :func:`lstm_lib.char_lm.train` takes it."""
        if self.epochs is not None:
            return {"epochs": self.epochs}
        return {"budget": BUDGET if self.budget is None else self.budget}


@dataclass(frozen=True)
class TrainSettings(LearningSettings):
    """Everything that decides the result of ``lstm-lib chars train``.

    Parameters
    ----------
    cell : str
        lstm, gru, or rnn for the simple recurrent network.
    hidden_size : int or None
        Units of each layer; null for as many as parameters allows.
    learning_rate : float or None
        The highest rate of AdamW; null for the cell's own.
    """

    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    hidden_size: int | None = None
    learning_rate: float | None = None

    def __post_init__(self):
        super().__post_init__()
        if self.hidden_size is not None:
            require("hidden_size", self.hidden_size, least=1, most=10**5)
        if self.learning_rate is not None:
            require("learning_rate", self.learning_rate, above=0)


@dataclass(frozen=True)
class CompareSettings(LearningSettings):
    """Everything that decides the result of ``lstm-lib chars compare``.

    Parameters
    ----------
    characters : int
        Characters that each model writes, to measure its text by.
    """

    characters: int = 100_000

    def __post_init__(self):
        super().__post_init__()
        require("characters", self.characters, least=1000, most=10**7)


@dataclass(frozen=True)
class EvaluateSettings:
    """Settings of ``lstm-lib chars evaluate``.

    Parameters
    ----------
    model : str or None
        Saved model, or the folder that chars train --output wrote; null for the course's own, which has read
        Shakespeare.
    data : str or None
        Text file that the model has not seen, scored as a whole; null for the validation and test parts of
        Shakespeare.
    encoding : str
        That of the file: utf-8, utf-16, cp1252 or any other that Python knows.
    """

    ENVIRONMENT: ClassVar = {}
    SHORT: ClassVar = {"text": "data"}

    model: str | None = None
    data: str | None = None
    encoding: str = UTF_8

    def __post_init__(self):
        require_encoding(self.encoding)


@dataclass(frozen=True)
class SampleSettings:
    """Settings of ``lstm-lib chars sample``.

    Parameters
    ----------
    model : str or None
        Saved model, or the folder that chars train --output wrote; null for the course's own, which has read
        Shakespeare.
    prime : str or None
        Beginning that the model goes on from; null for a line break.
    length : int
        Characters to write.
    temperature : float
        1 draws with the model's own probabilities; below 1 the likely become likelier, above 1 less so.
    top_k : int or None
        Draw among this many of the likeliest characters only; null for all.
    seed : int
        Seed of what is drawn.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}

    model: str | None = None
    prime: str | None = None
    length: int = 500
    temperature: float = 0.6
    top_k: int | None = None
    seed: int = 42

    def __post_init__(self):
        require("length", self.length, least=1, most=10**7)
        require("temperature", self.temperature, least=0.001, most=1000)
        if self.top_k is not None:
            require("top_k", self.top_k, least=1)
        require("seed", self.seed, least=0, most=2**62)
