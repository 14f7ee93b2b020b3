"""Classify sequences with a recurrent network in Keras. Chapter ``05_classification``."""

import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np

from lstm_lib.classification.files import FORM
from lstm_lib.classification.padding import PADDING, feature_moments, mask
from lstm_lib.core.weights import chrono_bias
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import keras_resume, layouts
from lstm_lib.frameworks.keras_setup import ProgressBar, keras, load_model, save_model, start
from lstm_lib.storage.checkpoint import Run

LEAST_GAIN = 1e-4  # nats; a validation loss that falls by less does not count as better
STARTS = ("chrono", "keras")
Cell = Literal["lstm", "gru", "rnn"]
Start = Literal["chrono", "keras"]
HISTORY = {  # our names, and Keras's
    "train_loss": "loss",
    "train_accuracy": "accuracy",
    "validation_loss": "val_loss",
    "validation_accuracy": "val_accuracy",
}
KIND = "lstm_lib.classification 3"
OPTIONS = ("cell", "hidden_size", "start", "seed")  # of a classifier, kept in its file
KEPT = (*OPTIONS, "classes", "features", "record")


def build(
    input_size: int,
    classes: int,
    *,
    cell: Cell = "lstm",
    hidden_size: int = 128,
    longest: int | None = None,
    mean: np.ndarray | float = 0.0,
    variance: np.ndarray | float = 1.0,
    rng: np.random.Generator | None = None,
) -> keras.Sequential:
    """Make the network: masking, normalisation, one recurrent layer, one dense layer.

    Parameters
    ----------
    input_size, classes, hidden_size : int
    cell : {"lstm", "gru", "rnn"}
    longest : int, optional
        Start an LSTM or GRU with chrono biases for lags up to this, instead of with Keras's own.
    mean, variance : numpy.ndarray of shape (D,), or float
        Of each feature, over the training part.
    rng : numpy.random.Generator
        For the chrono biases; everything else is drawn by Keras.

    Returns
    -------
    keras.Sequential
        ``(N, T, D)`` to ``(N, 1)`` for two classes, the probability of the second, else ``(N, classes)``.
    """
    layers = keras.layers
    kind = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}[cell]
    recurrent = kind(hidden_size)
    outputs, activation = (1, "sigmoid") if classes == 2 else (classes, "softmax")
    mean, variance = (np.full(input_size, a) for a in (mean, variance))
    model = keras.Sequential(
        [
            keras.Input((None, input_size)),
            layers.Masking(PADDING),
            layers.Normalization(mean=mean, variance=variance),
            recurrent,
            layers.Dense(outputs, activation=activation),
        ]
    )
    if longest is not None and cell != "rnn":
        W_ih, W_hh, *_ = layouts.from_keras(cell, recurrent.get_weights())
        b = chrono_bias(hidden_size, longest, rng)
        if cell == "gru":  # r z n; z keeps the old state, as f does
            b_z = np.split(b, 4)[1]
            b = np.concatenate([0 * b_z, b_z, 0 * b_z])
        recurrent.set_weights(layouts.to_keras(cell, (W_ih, W_hh, b)))
    return model


class SequenceClassifier:
    """A recurrent network with the names of its classes, trained with early stopping.

    What a file holds answers in three lines::

        from lstm_lib.classification import SequenceClassifier
        classifier = SequenceClassifier.load("model.keras")
        print(classifier.predict(xs, lengths))  # a class for each sequence

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    hidden_size : int
    start : {"chrono", "keras"}
        Biases at first: memories of every length up to the longest training sequence, or
        Keras's own, 1 for an LSTM's forget gate. A simple network has no gates, and no choice.
    seed : int

    Attributes
    ----------
    model : keras.Sequential
        After :meth:`fit` or :meth:`load`.
    classes : list of str or list of int
    features : list of str or None
        Names of the inputs, where they have any.
    record : dict
        How it was trained: the arguments of :meth:`fit`, ``epochs_run``, ``kept_epoch`` (from 1, the one whose weights
        it has) and the ``validation_loss`` and ``validation_accuracy`` of that epoch. Kept in the file, with whatever
        is added to it that JSON can hold.
    """

    def __init__(self, *, cell: Cell = "lstm", hidden_size: int = 128, start: Start = "chrono", seed: int = 0) -> None:
        if start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start!r}")
        self.cell, self.hidden_size, self.start, self.seed = cell, hidden_size, start, seed
        self.model: keras.Sequential | None = None
        self.classes: list | None = None
        self.features: list[str] | None = None
        self.record: dict[str, Any] = {}

    def fit(
        self,
        xs: np.ndarray,
        ys: np.ndarray | Sequence,
        lengths: np.ndarray | None = None,
        *,
        validation: tuple[np.ndarray, ...],
        classes: Sequence[str] | None = None,
        features: list[str] | None = None,
        normalise: bool = True,
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float = 0.003,
        patience: int = 5,
        clip_norm: float | None = 1.0,
        class_weights: dict[int, float] | None = None,
        progress: str | None = None,
        run: Run | None = None,
    ) -> list[dict[str, float]]:
        """Train until the validation loss no longer falls, and keep the best epoch.

        Parameters
        ----------
        xs : numpy.ndarray
            Shape (N, T, D).
        ys : numpy.ndarray of int or of str
            Shape (N,): classes from 0, or their names.
        lengths : numpy.ndarray of int, optional
            Shape (N,): steps of each sequence; what comes after them is not looked at.
        validation : tuple of numpy.ndarray
            ``(xs, ys, lengths)`` or ``(xs, ys)``; chooses the epoch.
        classes : list of str, optional
            Names of the classes, in order; by default those in ``ys``, or 0, 1, …
        features : list of str, optional
            Names of the inputs, to be kept with the model.
        normalise : bool
            Whether each feature is brought to mean 0 and variance 1, those of the training part.
        epochs, batch_size : int
        learning_rate : float
            Of Adam.
        patience : int
            Epochs without a better validation loss before it stops.
        clip_norm : float or None
            Longest gradient, over all parameters together.
        class_weights : dict of int to float, optional
            How much a sequence of each class, by its number, counts in the losses.
        progress : str, optional
            Show a bar with this text on the standard error.
        run : lstm_lib.storage.checkpoint.Run, optional
            Where to save the state, and from where to resume: :func:`lstm_lib.frameworks.keras_resume.fit`.

        Returns
        -------
        list of dict
            One row an epoch: ``epoch``, ``train_loss`` and ``train_accuracy`` (means over the epoch, each
            batch before its step), ``validation_loss`` and ``validation_accuracy``.

        Raises
        ------
        DivergedError
            If a loss is not finite.
        """
        self.classes, self.features = np.asarray(_names(ys) if classes is None else classes).tolist(), features
        held_xs, held_ys, held_lengths = (*validation, None)[:3]
        ys, held_ys = _numbers(ys, self.classes), _numbers(held_ys, self.classes)
        mean, variance = feature_moments(xs, lengths) if normalise else (0.0, 1.0)
        start(self.seed)
        longest = xs.shape[1] if self.start == "chrono" and xs.shape[1] >= 3 else None
        rng = np.random.default_rng(self.seed)
        sizes = {"cell": self.cell, "hidden_size": self.hidden_size, "longest": longest}
        self.model = build(xs.shape[2], len(self.classes), mean=mean, variance=variance, rng=rng, **sizes)
        loss = "binary_crossentropy" if len(self.classes) == 2 else "sparse_categorical_crossentropy"
        self.model.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=clip_norm), loss, metrics=["accuracy"])
        stop = keras.callbacks.EarlyStopping(
            "val_loss", min_delta=LEAST_GAIN, patience=patience, restore_best_weights=True
        )
        callbacks = [stop, keras.callbacks.TerminateOnNaN()] + ([ProgressBar(progress)] if progress else [])
        held = (mask(held_xs, held_lengths), held_ys)
        if class_weights:
            held += (np.array([class_weights[y] for y in held_ys.tolist()]),)
        history = keras_resume.fit(
            self.model,
            mask(xs, lengths),
            ys,
            validation_data=held,
            class_weight=class_weights,
            epochs=epochs,
            batch_size=batch_size,
            callbacks=callbacks,
            verbose=0,
            run=run,
        ).history
        if not np.isfinite([*history["loss"], *history.get("val_loss", [np.nan])]).all():
            raise DivergedError(f"training diverged: the loss is not finite; lower the learning rate ({learning_rate})")
        rows = [
            {"epoch": k + 1} | {ours: float(history[theirs][k]) for ours, theirs in HISTORY.items()}
            for k in range(len(history["loss"]))
        ]
        kept = rows[stop.best_epoch]
        self.record = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
        self.record |= {"patience": patience, "clip_norm": clip_norm, "normalise": normalise}
        self.record |= {"epochs_run": len(rows), "kept_epoch": kept["epoch"]}
        self.record |= {name: kept[name] for name in ("validation_loss", "validation_accuracy")}
        return rows

    def predict(self, xs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Return the likeliest class of each sequence.

        Parameters
        ----------
        xs : numpy.ndarray
            Shape (N, T, D).
        lengths : numpy.ndarray of int, optional
            Shape (N,); the whole of each sequence counts if not given.

        Returns
        -------
        numpy.ndarray
            Shape (N,): of ``classes``.
        """
        return np.array(self.classes)[self.predict_probabilities(xs, lengths).argmax(axis=1)]

    def predict_probabilities(self, xs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Return the probability of each class, shape (N, classes)."""
        xs = self._masked(xs, lengths)
        p = self.model.predict(xs, batch_size=512, verbose=0).astype(np.float64)
        return np.hstack([1 - p, p]) if len(self.classes) == 2 else p

    def _masked(self, xs, lengths):
        """Return what the network reads, or raise ValueError if it can't be that."""
        if self.model is None:
            raise ValueError("this classifier has learned nothing yet; fit it, or load one")
        xs, features = np.asarray(xs), self.model.input_shape[2]
        if xs.ndim != 3 or xs.shape[2] != features:
            raise ValueError(f"xs must have shape (N, T, {features}), got {xs.shape}")
        return mask(xs, lengths)

    def hidden_states(self, xs: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
        """Return the hidden state after every step, shape (N, T, H); it stays as it is after the end."""
        xs = self._masked(xs, lengths)
        old = self.model.layers[2]
        every = type(old).from_config(old.get_config() | {"return_sequences": True})
        model = keras.Sequential([keras.Input(self.model.input_shape[1:]), *self.model.layers[:2], every])
        every.set_weights(old.get_weights())
        return model.predict(xs, batch_size=512, verbose=0)

    def save(self, path: str | os.PathLike) -> None:
        """Write the model, its normalisation, its names and its record to one ``.keras`` file, whole or not at all."""
        save_model(path, self.model, {"kind": KIND} | {name: getattr(self, name) for name in KEPT})

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Return the classifier that :meth:`save` wrote, or raise :class:`~lstm_lib.errors.InputError`."""
        model, about = load_model(path, KIND, FORM)
        try:
            classifier = cls(**{name: about[name] for name in OPTIONS})
            _require_fit(model, about)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise InputError(f"{path}: what it says about its network is incomplete or wrong; train it again") from None
        classifier.model = model
        classifier.classes, classifier.features, classifier.record = (about[name] for name in KEPT[-3:])
        return classifier


def _names(ys):
    """Return the names of the classes that ``ys`` has, sorted, or all numbers up to its largest."""
    ys = np.asarray(ys)
    return range(int(ys.max()) + 1) if ys.dtype.kind in "biu" else np.unique(ys).tolist()


def _numbers(ys, classes):
    """Return the number of each class in ``ys``; what is a number already stays."""
    ys = np.asarray(ys)
    if ys.dtype.kind in "biu":
        return ys
    places = {name: k for k, name in enumerate(classes)}
    if unknown := sorted(set(ys.tolist()) - places.keys()):
        raise ValueError(f"class {unknown[0]!r} is none of {', '.join(map(repr, classes))}")
    return np.array([places[name] for name in ys.tolist()])


def _require_fit(model, about):
    """Raise unless a network and what a file says about it go together."""
    classes, features = about["classes"], about["features"]
    if not isinstance(about["record"], dict) or {type(name) for name in classes} not in ({str}, {int}):
        raise TypeError
    outputs = 1 if len(classes) == 2 else len(classes)
    if len(set(classes)) < len(classes) or model.output_shape != (None, outputs):
        raise ValueError
    if len(model.input_shape) != 3 or (features is not None and len(features) != model.input_shape[2]):
        raise ValueError
