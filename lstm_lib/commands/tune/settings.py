"""Settings of ``lstm-lib tune``."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from lstm_lib.commands.settings import require
from lstm_lib.data.tokens import PATTERNS, Tokens
from lstm_lib.errors import InputError


@dataclass(frozen=True)
class TuneSettings:
    """Everything that decides the result of ``lstm-lib tune``.

    Parameters
    ----------
    sequence_column : str
        Column that holds the text.
    target_column : str
        Column of the training file that holds the number to predict, and of the predictions.
    id_column : str
        Column of the test file that names a row, and of the predictions.
    encoding : str
        How a character enters the network: embedding (a learned vector), onehot, or scaled-ids (its number on a line
        from 0 to 1, as if characters were quantities).
    token_pattern : str or None
        What counts as one character: smiles for molecules (Cl, Br, [nH], %12), or a regular expression of your own.
    lower_case : bool
        Read upper case as lower case.
    max_length : int or None
        Characters read of a text; null for those of the longest training text.
    holdout : float
        Share of the rows that choose nothing and are used once, to measure.
    validation : float
        Share of the other rows that choose the epoch and the trial.
    trials : int
        Sets of hyperparameters to try; the first is a hand-made one.
    epochs : int
        Passes over the training part in a trial.
    final_epochs : int
        Passes in the training of the winner.
    patience : int
        Epochs without a better validation error after which training stops; after half of them the learning rate is
        halved.
    batch_size : int
        Texts in a step.
    seed : int
        Seed of the split, of what is tried, of the first weights and of the order of the rows.
    """

    ENVIRONMENT: ClassVar = {"RANDOM_SEED": "seed"}  # variable: the setting it gives

    sequence_column: str = "sequence"
    target_column: str = "target"
    id_column: str = "id"
    encoding: Literal["embedding", "onehot", "scaled-ids"] = "embedding"
    token_pattern: str | None = None
    lower_case: bool = False
    max_length: int | None = None
    holdout: float = 0.1
    validation: float = 0.2
    trials: int = 8
    epochs: int = 5
    final_epochs: int = 40
    patience: int = 20
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self):
        for key in ("trials", "epochs", "final_epochs", "patience", "batch_size"):
            require(key, getattr(self, key), least=1)
        require("seed", self.seed, least=0, most=2**62)
        for key in ("holdout", "validation"):
            require(key, getattr(self, key), above=0, most=0.9)
        if self.max_length is not None:
            require("max_length", self.max_length, least=1)
        if self.token_pattern == "smiles" and self.lower_case:
            raise InputError(
                "lower_case makes one of C and c, which token_pattern smiles tells apart; give one of them"
            )
        try:
            Tokens(self.token_pattern)
        except ValueError as error:
            raise InputError(f"token_pattern {error}; name {' or '.join(PATTERNS)}, or give another") from None
        columns = (self.sequence_column, self.target_column, self.id_column)
        if len(set(columns)) < 3:
            raise InputError(f"sequence_column, target_column and id_column must differ, got {', '.join(columns)}")
