"""Settings of the three commands ``lstm-lib seq2seq train | evaluate | translate``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from lstm_lib.commands.settings import require
from lstm_lib.data.lexicons import MAX_LENGTH
from lstm_lib.errors import InputError

EPOCHS = 20  # where neither budget nor epochs is given
SECONDS_PER_PAIR = {192: 0.0004, 256: 0.0006}  # of an idle core for one pass over one pair, about


@dataclass(frozen=True)
class TrainSettings:
    """Everything that decides the result of ``lstm-lib seq2seq train``.

    Parameters
    ----------
    train : str or None
        TSV file of pairs to learn; null for CMU's pronouncing dictionary.
    dev : str or None
        TSV file to measure on after each epoch; null: one source in twenty is held out of train.
    test : str or None
        TSV file that ``seq2seq evaluate`` will score.
    source_column : int
        Column of the files that is read, counted from 0.
    target_column : int
        Column of the files that is written.
    header : bool or None
        Whether the first line of each file names its columns and is no pair; null: where it looks so, with a warning.
    form : str
        Form of Unicode of all texts: NFC, or NFD, which takes accents and Hangul apart.
    max_length : int
        Most symbols of a source or target; memory grows with the square of the longest.
    source_units : str
        What a symbol is: characters, tokens between spaces, or auto, which takes tokens where nine in ten have a space.
    target_units : str
        The same for the other side.
    stress : bool
        Whether the vowels of the pronouncing dictionary carry their stress.
    epochs : int or None
        Passes over the pairs; 20 if neither it nor budget is given.
    budget : float or None
        Time of the training in seconds, of the CPU or, on a GPU, of the clock, instead of epochs. Short epochs are not
        all measured then.
    cell : str
        lstm, gru, or rnn for the simple recurrent network.
    attention : str
        dot, additive, or none.
    models : int or None
        Models that are trained, one after the other, and write together; they share a budget. null: 2 where a budget
        lets each pair be seen often, else 1.
    hidden_size : int or None
        Units of the decoder; null: 192 for a budget of up to 200 seconds for a model, else 256.
    encoder_size : int or None
        Units of the encoder in each direction; null: as many as the decoder has, or half if it reads both
        ways; 0: as many as the decoder has.
    bidirectional : bool
        Whether the encoder reads both ways.
    layers : int
        Layers of the encoder, and of the decoder.
    embedding_size : int
        Numbers that stand for a symbol.
    readout_size : int
        Units between the decoder and its output; 0: as many as the decoder has.
    dropout : float or None
        Share of units silenced in training; null: 0.1, 0.2 or 0.3, the more often each pair will be seen.
    learning_rate : float or None
        The highest rate of AdamW; null: 0.003 for up to 192 units, else 0.002.
    schedule : str
        linear (the highest rate for 60 % of the training, then straight down to 0), one_cycle or constant.
    batch_size : int
        Pairs in a batch.
    weight_decay : float
        Of AdamW; biases do not decay.
    clip_norm : float
        Longest gradient.
    label_smoothing : float
        Share of the target's probability that is spread over all symbols.
    teacher_forcing : float
        Probability with which the decoder is given the true last symbol, not its own.
    teacher_forcing_end : float or None
        Where that probability ends, falling in a straight line (scheduled sampling); null: it stays.
    beam_width : int
        Prefixes that a search keeps; stored for evaluate and translate.
    length_penalty : float or None
        A search divides log-probabilities by length to this power; null: 0.5 with attention, 2.5 without.
    sample : int
        Training sources that are measured after each epoch.
    seed : int
        Seed of the first weights, the order of the pairs, the dropout and the sampling.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}  # variable: the setting it gives

    train: str | None = None
    dev: str | None = None
    test: str | None = None
    source_column: int = 0
    target_column: int = 1
    header: bool | None = None
    form: Literal["NFC", "NFD"] = "NFC"
    max_length: int = MAX_LENGTH
    source_units: Literal["auto", "characters", "tokens"] = "auto"
    target_units: Literal["auto", "characters", "tokens"] = "auto"
    stress: bool = False
    epochs: int | None = None
    budget: float | None = None
    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    attention: Literal["dot", "additive", "none"] = "dot"
    models: int | None = None
    hidden_size: int | None = None
    encoder_size: int | None = None
    bidirectional: bool = True
    layers: int = 1
    embedding_size: int = 64
    readout_size: int = 128
    dropout: float | None = None
    learning_rate: float | None = None
    schedule: Literal["linear", "one_cycle", "constant"] = "linear"
    batch_size: int = 64
    weight_decay: float = 1e-5
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    teacher_forcing: float = 1.0
    teacher_forcing_end: float | None = None
    beam_width: int = 5
    length_penalty: float | None = None
    sample: int = 2000
    seed: int = 42

    def __post_init__(self):
        if self.budget is not None and self.epochs is not None:
            raise InputError("budget and epochs both say when to stop; give one of them")
        if self.train is None and not self.dev == self.test is None:
            raise InputError("dev and test without train: give all files, or none for the pronouncing dictionary")
        if self.budget is not None:
            require("budget", self.budget, above=0)
        if self.epochs is not None:
            require("epochs", self.epochs, least=1, most=10**5)
        require_columns(self.source_column, self.target_column)
        require("max_length", self.max_length, least=1)
        if self.models is not None:
            require("models", self.models, least=1, most=100)
        for key, least in {"hidden_size": 1, "encoder_size": 0, "readout_size": 0, "embedding_size": 1}.items():
            if getattr(self, key) is not None:
                require(key, getattr(self, key), least=least, most=10**4)
        require("layers", self.layers, least=1, most=20)
        if self.learning_rate is not None:
            require("learning_rate", self.learning_rate, above=0)
        if self.dropout is not None:
            require("dropout", self.dropout, least=0, most=0.95)
        require("batch_size", self.batch_size, least=1)
        require("weight_decay", self.weight_decay, least=0)
        require("clip_norm", self.clip_norm, above=0)
        require("label_smoothing", self.label_smoothing, least=0, most=0.95)
        for key in ("teacher_forcing", "teacher_forcing_end"):
            if getattr(self, key) is not None:
                require(key, getattr(self, key), least=0, most=1)
        require_search(self.beam_width, self.length_penalty)
        require("sample", self.sample, least=1)
        require("seed", self.seed, least=0, most=2**62)

    def until(self):
        """Return when to stop, as :func:`lstm_lib.seq2seq.train` takes it."""
        if self.budget is not None:
            return {"budget": self.budget}
        return {"epochs": EPOCHS if self.epochs is None else self.epochs}

    def resolved(self, pairs):
        """Return what was left open, for a number of training pairs.

        Parameters
        ----------
        pairs : int

        Returns
        -------
        dict
            ``models``, ``hidden_size``, ``encoder_size``, ``learning_rate``, ``dropout`` and ``length_penalty``.
        """
        budget = self.until().get("budget")
        models = self.models or (2 if budget and passes_within(budget, pairs) > 20 else 1)
        hidden_size = self.hidden_size or (192 if budget and budget / models <= 200 else 256)
        passes = passes_within(budget / models, pairs) if budget else self.until()["epochs"]
        chosen = {
            "models": models,
            "hidden_size": hidden_size,
            "encoder_size": -(-hidden_size // 2) if self.bidirectional else hidden_size,
            "learning_rate": 0.003 if hidden_size <= 192 else 0.002,
            "dropout": 0.1 if passes < 14 else 0.2 if passes < 40 else 0.3,
            "length_penalty": 2.5 if self.attention == "none" else 0.5,
        }
        return {key: value if getattr(self, key) is None else getattr(self, key) for key, value in chosen.items()}


def passes_within(budget, pairs):
    """Return about how often a number of pairs is read within a budget in CPU-seconds."""
    return budget / (pairs * SECONDS_PER_PAIR[192 if budget <= 200 else 256])


def require_columns(source, target):
    """Raise unless two numbers can stand for the columns of a file."""
    for key, column in (("source_column", source), ("target_column", target)):
        if column is not None:
            require(key, column, least=0, most=1000)
    if source is not None and source == target:
        raise InputError(f"source_column and target_column are both {source}: a text can't be its own translation")


def require_search(beam_width, length_penalty):
    """Raise unless a search can be made with these."""
    if beam_width is not None:
        require("beam_width", beam_width, least=1, most=1000)
    if length_penalty is not None:
        require("length_penalty", length_penalty, least=-10, most=10)


@dataclass(frozen=True)
class EvaluateSettings:
    """Settings of ``lstm-lib seq2seq evaluate``.

    Parameters
    ----------
    model : str or None
        Saved model, or the folder that seq2seq train --output wrote; null for the library's own, of English words.
    test : str or None
        TSV file to score; null: what the model was trained with as test.
    source_column : int or None
        Column of the file that is read, counted from 0; null: as in training.
    target_column : int or None
        Column of the file that should be written; null: as in training.
    header : bool or None
        Whether the first line of the file names its columns and is no pair; null: as in training.
    max_length : int
        Most symbols of a source or target.
    beam_width : int or None
        Prefixes that the search keeps; null: as in training.
    length_penalty : float or None
        The search divides log-probabilities by length to this power; null: as in training.
    """

    ENVIRONMENT: ClassVar = {}
    SHORT: ClassVar = {"run": "model"}  # flag: the setting it stands for

    model: str | None = None
    test: str | None = None
    source_column: int | None = None
    target_column: int | None = None
    header: bool | None = None
    max_length: int = MAX_LENGTH
    beam_width: int | None = None
    length_penalty: float | None = None

    def __post_init__(self):
        require_columns(self.source_column, self.target_column)
        require("max_length", self.max_length, least=1)
        require_search(self.beam_width, self.length_penalty)


@dataclass(frozen=True)
class TranslateSettings:
    """Settings of ``lstm-lib seq2seq translate``.

    Parameters
    ----------
    model : str or None
        Saved model, or the folder that seq2seq train --output wrote; null for the library's own, of English words.
    n_best : int or None
        Outputs to print for each word, or rows of the TSV file; null: 3, or 1 in the file.
    beam_width : int or None
        Prefixes that the search keeps, at least n_best; null: as in training, or n_best if that is more.
    length_penalty : float or None
        The search divides log-probabilities by length to this power; null: as in training.
    max_length : int
        Most symbols of a word.
    """

    ENVIRONMENT: ClassVar = {}
    SHORT: ClassVar = {"run": "model"}  # flag: the setting it stands for

    model: str | None = None
    n_best: int | None = None
    beam_width: int | None = None
    length_penalty: float | None = None
    max_length: int = MAX_LENGTH

    def __post_init__(self):
        if self.n_best is not None:
            require("n_best", self.n_best, least=1, most=1000)
        require("max_length", self.max_length, least=1)
        require_search(self.beam_width, self.length_penalty)
        if None not in (self.beam_width, self.n_best) and self.beam_width < self.n_best:
            raise InputError(f"beam_width {self.beam_width} finds no {self.n_best} outputs; make it at least n_best")

    def outputs(self, in_file):
        """Return how many outputs are wanted for each word, in a file or on the screen; no more than a beam holds."""
        usual = 1 if in_file else 3
        return self.n_best or min(usual, self.beam_width or usual)
