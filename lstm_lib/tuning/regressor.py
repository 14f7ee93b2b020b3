"""A network with what a prediction needs besides it: how it is trained, saved and loaded.

Chapter ``06_tuning``. Targets are scaled to [0, 1] by the smallest and largest of the training part; what this module
takes and returns is in the units of the target.
"""

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from lstm_lib.data.symbols import ROWS, Symbols
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import keras_resume
from lstm_lib.frameworks.keras_setup import OutOfMemory, ProgressBar, keras, load_model, save_model, start
from lstm_lib.storage import records
from lstm_lib.storage.checkpoint import Run
from lstm_lib.tuning.model import HAND_MADE, READ_OUTS, TABLE, Choices, build
from lstm_lib.tuning.training import OneCycle, whole_batches

KIND = "lstm_lib.tuning 3"
OPTIONS = ("encoding", "embedding_size", "bidirectional", "max_length", "seed")  # of a regressor, kept in its file
LEARNED = ("length", "low", "high", "record")
FORM = {  # of what a file says
    "kind": records.choice(KIND),
    "choices": {
        **dict.fromkeys(("hidden_size", "layers"), records.whole(1)),
        "read_out": records.choice(*READ_OUTS),
        **dict.fromkeys(("dropout", "l2", "learning_rate"), records.number(0)),
    },
    "characters": records.characters,
    "encoding": records.choice("embedding", "onehot", "scaled-ids"),
    "embedding_size": records.whole(1),
    "bidirectional": records.choice(False, True),
    "max_length": records.optional(records.whole(1)),
    "seed": records.whole(0, 2**63),
    "length": records.whole(1),
    **dict.fromkeys(("low", "high"), records.number(-1e300, 1e300)),
    "record": records.history,
}
EVALUATED = 1024  # rows at once where nothing is learned


class TextRegressor:
    """A network that predicts a number from a text, with what a prediction needs besides it.

    It is made of hyperparameters that a search found, or of those that are made by hand::

        from lstm_lib.tuning import TextRegressor
        regressor = TextRegressor(seed=0)
        regressor.fit(texts, targets, validation=(other_texts, other_targets))
        regressor.save("model.keras")
        TextRegressor.load("model.keras").predict(["GATTACA"])

    Parameters
    ----------
    choices : Choices
    encoding, embedding_size, bidirectional
        See :func:`build`.
    max_length : int, optional
        Symbols of a text that are read; those of the longest training text if not given.
    seed : int
        Of the first weights, the dropout and the order of the rows.

    Attributes
    ----------
    model : keras.Model
        After :meth:`fit` or :meth:`load`, as are the following.
    symbols : lstm_lib.data.symbols.Symbols
        Of the training texts.
    length : int
        T, the symbols of a text that are read.
    low, high : float
        Smallest and largest target of the training part.
    record : dict
        How it was trained: the arguments of :meth:`fit`, ``epochs_run``, ``kept_epoch`` (from 1, the one whose weights
        it has) and the ``validation_mse`` of that epoch. Kept in the file, with whatever is added to it that JSON can
        hold.
    """

    def __init__(
        self,
        choices: Choices = HAND_MADE,
        *,
        encoding: Literal["embedding", "onehot", "scaled-ids"] = "embedding",
        embedding_size: int = 8,
        bidirectional: bool = True,
        max_length: int | None = None,
        seed: int = 0,
    ) -> None:
        self.choices = choices
        self.encoding, self.embedding_size, self.bidirectional = encoding, embedding_size, bidirectional
        self.max_length, self.seed = max_length, seed
        self.model: keras.Model | None = None
        self.symbols: Symbols | None = None
        self.length: int | None = None
        self.low: float | None = None
        self.high: float | None = None
        self.record: dict[str, Any] = {}

    def fit(
        self,
        texts: Sequence[str],
        targets: np.ndarray | Sequence[float],
        *,
        validation: tuple[Sequence[str], np.ndarray | Sequence[float]],
        epochs: int = 40,
        batch_size: int = 64,
        patience: int = 20,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        progress: str | None = None,
        run: Run | None = None,
        name: str = "model",
    ) -> list[dict[str, float]]:
        """Train, and keep the weights of the epoch with the smallest validation error.

        Parameters
        ----------
        texts : list of str
        targets : numpy.ndarray
            Shape (N,).
        validation : tuple
            ``(texts, targets)``; chooses the epoch.
        epochs, batch_size : int
        patience : int
            Epochs without a better validation error after which training stops; after half of them the
            learning rate is halved.
        callbacks : sequence of keras.callbacks.Callback
        progress : str, optional
            Show a bar with this text on the standard error.
        run, name
            Where to save the state, and from where to resume: :func:`lstm_lib.frameworks.keras_resume.fit`.

        Returns
        -------
        list of dict
            One row an epoch: ``epoch``, and ``validation_mse`` in squared units of the target.

        Raises
        ------
        DivergedError
            If not even the first epoch ended with a finite error.
        MemoryError
            If a batch does not fit.
        """
        self.symbols = Symbols.learn(texts, special=ROWS)
        self.length = self.max_length or max(map(len, texts))
        self.low, self.high = float(np.min(targets)), float(np.max(targets))
        start(self.seed, compiled=True)
        options = {name: getattr(self, name) for name in ("encoding", "embedding_size", "bidirectional")}
        self.model = build(self.symbols.size, self.choices, **options)
        rows = whole_batches(len(texts), batch_size, self.seed)
        held = self.encode(validation[0]), self._scaled(validation[1])
        watch = {"monitor": "val_mse", "mode": "min"}
        try:
            history = keras_resume.fit(
                self.model,
                self.encode(texts)[rows],
                self._scaled(targets)[rows],
                batch_size=batch_size,
                validation_data=held,
                validation_batch_size=_even(len(held[0])),
                epochs=epochs,
                verbose=0,
                callbacks=[
                    OneCycle(),
                    keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=max(1, patience // 2), **watch),
                    keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True, **watch),
                    keras.callbacks.TerminateOnNaN(),
                    *([ProgressBar(progress)] if progress else []),
                    *callbacks,
                ],
                run=run,
                name=name,
            )
        except OutOfMemory:
            raise MemoryError from None
        errors = np.array(history.history.get("val_mse", [np.nan])) * (self.high - self.low) ** 2
        errors = errors[np.cumprod(np.isfinite(errors)).astype(bool)]
        if not len(errors):
            rate = float(self.model.optimizer.learning_rate)
            raise DivergedError(f"training diverged: the loss is not finite; lower the learning rate ({rate:g})")
        layer = self.model.get_layer(TABLE)
        table = np.array(layer.get_weights()[0])
        unknown = self.symbols.unknown
        table[unknown] = table[unknown + 1 :].mean(axis=0)  # an unknown character counts as the average of the known
        layer.set_weights([table])
        history = [{"epoch": k, "validation_mse": error} for k, error in enumerate(errors.tolist(), start=1)]
        kept = min(history, key=lambda row: row["validation_mse"])
        self.record = {"epochs": epochs, "batch_size": batch_size, "patience": patience, "epochs_run": len(history)}
        self.record |= {"kept_epoch": kept["epoch"], "validation_mse": kept["validation_mse"]}
        return history

    @property
    def scaler(self) -> MinMaxScaler:
        """The scaler that was fitted on the training targets."""
        return MinMaxScaler().fit([[self.low], [self.high]])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the ids of texts, shape (N, T), int32: texts are cut and padded to T."""
        return self.symbols.encode_rows(texts, length=self.length)[0].astype(np.int32)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """Return a number for each text, shape (N,), in the units of the target."""
        if self.model is None:
            raise ValueError("this regressor has learned nothing yet; fit it, or load one")
        if isinstance(texts, str):
            raise TypeError("predict takes a list of texts, not one text")
        ids = self.encode(texts)
        scaled = self.model.predict(ids, batch_size=_even(len(ids)), verbose=0)
        return self.scaler.inverse_transform(scaled.astype(np.float64))[:, 0]

    def _scaled(self, targets):
        return self.scaler.transform(np.asarray(targets)[:, None]).astype(np.float32)

    def save(self, path: str | os.PathLike) -> None:
        """Write one ``.keras`` file, whole or not at all; its member ``about.json`` holds all but the network."""
        about = {"kind": KIND, "choices": dataclasses.asdict(self.choices), "characters": "".join(self.symbols.names)}
        save_model(path, self.model, about | {name: getattr(self, name) for name in (*OPTIONS, *LEARNED)})

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Return the regressor that :meth:`save` wrote, or raise :class:`~lstm_lib.errors.InputError`.

        Raises
        ------
        InputError
            If the file is missing, damaged, or holds another kind of model.
        """
        model, about = load_model(path, KIND, FORM)
        try:
            regressor = cls(Choices(**about["choices"]), **{name: about[name] for name in OPTIONS})
            regressor.model, regressor.symbols = model, Symbols(tuple(about["characters"]), ROWS)
            for name in LEARNED:
                setattr(regressor, name, about[name])
            regressor._require_whole()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise InputError(f"{path}: what it says about its network is incomplete or wrong; train it again") from None
        return regressor

    def _require_whole(self):
        """Raise unless the network and what a file says about it go together."""
        if not (isinstance(self.record, dict) and isinstance(self.length, int) and self.length > 0):
            raise TypeError
        if not -math.inf < self.low <= self.high < math.inf:
            raise ValueError
        if self.model.get_layer(TABLE).input_dim != self.symbols.size or self.model.output_shape != (None, 1):
            raise ValueError


def _even(n):
    """Return a batch size that parts ``n`` rows into nearly equal batches of at most EVALUATED."""
    return -(-n // -(-n // EVALUATED))
