"""Settings of ``lstm-lib forecast``; the groups are the sections of its YAML file."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from lstm_lib.commands.settings import as_names, require
from lstm_lib.errors import InputError


@dataclass(frozen=True)
class LoggingSettings:
    """What is written to the log.

    Parameters
    ----------
    level : str
        DEBUG, INFO, WARNING or ERROR.
    file : str or None
        Log file, kept below 1 MB by starting a new one and keeping three old ones; null for none.
    """

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    file: str | None = "logs/app.log"


@dataclass(frozen=True)
class DataSettings:
    """The series and how it is cut into windows.

    Parameters
    ----------
    name : str
        sine (generated) or sunspots (yearly, 1700 to 2008); csv overrides it.
    csv : str or None
        A CSV file with a header.
    column : str or None
        The column of the CSV file; null for the only one that holds numbers.
    time : str or None
        The column with the times; null for the only one that holds dates or counts the rows.
    where : str or None
        COLUMN=VALUE: only these rows of the CSV file, where it holds several series.
    fill : str
        What stands for missing values and times: none (they are complained of), linear or last.
    inputs : str or None
        Columns of the CSV file, with commas between them, by which the series is forecast besides its own past.
    known : str or None
        Those of them that are known ahead, such as prices that are set or holidays; the others count one step late.
    n_train : int or None
        Training windows; null for all that come before the test windows, 2000 of the sine.
    n_test : int or None
        Test windows, the last ones; null for a fifth of all, 500 of the sine.
    sequence_length : int
        Values in a window.
    random_seed : int
        Seed of the noise, the first weights and the order of the batches.
    noise_std : float
        Standard deviation of the noise on the sine.
    transform : str
        none, or sqrt for counts, whose noise grows with their size.
    """

    name: Literal["sine", "sunspots"] = "sine"
    csv: str | None = None
    column: str | None = None
    time: str | None = None
    where: str | None = None
    fill: Literal["none", "linear", "last"] = "none"
    inputs: str | None = None
    known: str | None = None
    n_train: int | None = None
    n_test: int | None = None
    sequence_length: int = 20
    random_seed: int = 42
    noise_std: float = 0.05
    transform: Literal["none", "sqrt"] = "none"

    def __post_init__(self):
        if self.csv is None and self.name == "sine":  # which has no length itself
            for key, number in (("n_train", 2000), ("n_test", 500)):
                if getattr(self, key) is None:
                    object.__setattr__(self, key, number)
        for key in ("n_train", "n_test"):
            if getattr(self, key) is not None:
                require(f"data.{key}", getattr(self, key), least=1)
        require("data.sequence_length", self.sequence_length, least=1)
        require("data.random_seed", self.random_seed, least=0, most=2**62)
        require("data.noise_std", self.noise_std, least=0, most=1e6)
        for key in ("column", "time", "where", "inputs", "known"):
            if getattr(self, key) is not None and self.csv is None:
                raise InputError(f"data.{key} is about a file; give the file, too, with --data")
        if len(set(as_names(self.inputs))) < len(as_names(self.inputs)):
            raise InputError(f"data.inputs names a column twice: {self.inputs}")
        if odd := set(as_names(self.known)) - set(as_names(self.inputs)):
            raise InputError(f"data.known: {min(odd)!r} is none of data.inputs")


@dataclass(frozen=True)
class ModelSettings:
    """The network.

    Parameters
    ----------
    input_dim : int
        Numbers at each step of a window: 1, for one series.
    hidden_dim : int
        LSTM units in a layer.
    output_dim : int
        Values predicted at once: the next one, or the next few.
    layers : int
        LSTM layers on top of each other.
    members : int
        Models that differ in their seed alone; their mean is the forecast.
    relative_to : str
        mean: predict the difference from the mean of the window; nothing: the value itself.
    """

    input_dim: int = 1
    hidden_dim: int = 32
    output_dim: int = 1
    layers: int = 1
    members: int = 1
    relative_to: Literal["mean", "nothing"] = "mean"

    def __post_init__(self):
        for name in ("input_dim", "hidden_dim", "output_dim", "layers", "members"):
            require(f"model.{name}", getattr(self, name), least=1)
        if self.input_dim != 1:
            raise InputError(f"model.input_dim must be 1, one number at each step of a series, got {self.input_dim}")


@dataclass(frozen=True)
class TrainingSettings:
    """How the network is trained.

    Parameters
    ----------
    epochs : int
        Passes over the training windows.
    learning_rate : float
        The highest rate of the one-cycle schedule, or the constant one.
    batch_size : int
        Windows in a step.
    optimizer : str
        adam or sgd.
    schedule : str
        one_cycle or constant.
    targets : str
        last: learn the value after each window; every: the value after each step of it.
    clip_norm : float or None
        Longest gradient; null for no limit.
    validation : float
        Share of the training windows, the last ones, that choose the epoch to keep; 0 for none.
    patience : int or None
        Epochs without a better validation loss after which training stops; null for never.
    """

    epochs: int = 20
    learning_rate: float = 0.005
    batch_size: int = 32
    optimizer: Literal["adam", "sgd"] = "adam"
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    targets: Literal["last", "every"] = "last"
    clip_norm: float | None = 1.0
    validation: float = 0.0
    patience: int | None = None

    def __post_init__(self):
        require("training.epochs", self.epochs, least=1)
        require("training.learning_rate", self.learning_rate, above=0)
        require("training.batch_size", self.batch_size, least=1)
        require("training.validation", self.validation, least=0, most=0.9)
        if self.clip_norm is not None:
            require("training.clip_norm", self.clip_norm, above=0)
        if self.patience is not None:
            require("training.patience", self.patience, least=1)
            if not self.validation:
                raise InputError("training.patience needs training.validation above 0, to have a loss to watch")


@dataclass(frozen=True)
class ForecastSettings:
    """Everything that decides the result of ``lstm-lib forecast``.

    Parameters
    ----------
    horizon : int or None
        Values to forecast beyond the end of the series; null for a season, or 11 where there is none.
    """

    OWN_DATA: ClassVar = "data.csv"  # with it, the settings of configs/forecast.yaml, made for sunspots, don't count
    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "data.random_seed"}  # variable: the setting it gives
    SHORT: ClassVar = {  # flag: the setting it stands for
        "data": "data.csv",
        "column": "data.column",
        "time": "data.time",
        "window": "data.sequence_length",
        "seed": "data.random_seed",
        "hidden_size": "model.hidden_dim",
        "layers": "model.layers",
        "members": "model.members",
        "epochs": "training.epochs",
        "learning_rate": "training.learning_rate",
        "batch_size": "training.batch_size",
    }

    logging: LoggingSettings = field(default_factory=LoggingSettings)
    data: DataSettings = field(default_factory=DataSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    horizon: int | None = None

    def __post_init__(self):
        if self.horizon is not None:
            require("horizon", self.horizon, least=1, most=10_000)
        if self.training.targets == "every" and self.model.relative_to == "mean":
            raise InputError(
                "model.relative_to 'mean' and training.targets 'every' exclude each other: the mean of a window knows"
                " its later steps; with --model.relative-to mean give --training.targets last"
            )
