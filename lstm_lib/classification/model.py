"""Classify sequences with Keras, and know what a classifier reaches that does not see their order.

Chapter ``05_classification``.
"""

import contextlib

import numpy as np

from lstm_lib.classification.padding import PADDING, feature_moments, mask
from lstm_lib.core.weights import chrono_bias
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks import layouts
from lstm_lib.frameworks.keras_setup import ProgressBar, keras, load_model, save_model, start

LEAST_GAIN = 1e-4  # nats; a validation loss that falls by less does not count as better
STARTS = ("chrono", "keras")
HISTORY = {  # our names, and Keras's
    "train_loss": "loss",
    "train_accuracy": "accuracy",
    "validation_loss": "val_loss",
    "validation_accuracy": "val_accuracy",
}
KIND = "lstm_lib.classification 2"
OPTIONS = ("cell", "hidden_size", "start", "seed")  # of a classifier, kept in its file


def build(
    input_size,
    classes,
    *,
    cell="lstm",
    hidden_size=128,
    longest=None,
    mean=0.0,
    variance=1.0,
    rng=None,
):
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

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    hidden_size : int
    start : {"chrono", "keras"}
        Biases at first: memories of every length up to the longest training sequence, or those that
        Keras gives, 1 for an LSTM's forget gate. A simple network has no gates, and no choice.
    seed : int

    Attributes
    ----------
    model : keras.Sequential
        After :meth:`fit` or :meth:`load`.
    classes : list of str
    features : list of str or None
        Names of the inputs, where they have any.
    kept_epoch : int
        Whose weights :meth:`fit` kept, counted from 1.
    """

    def __init__(self, *, cell="lstm", hidden_size=128, start="chrono", seed=0):
        if start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start!r}")
        self.cell, self.hidden_size, self.start, self.seed = cell, hidden_size, start, seed
        self.model = self.classes = self.features = None

    def fit(
        self,
        xs,
        ys,
        lengths=None,
        *,
        validation,
        classes=None,
        features=None,
        normalise=True,
        epochs=30,
        batch_size=32,
        learning_rate=0.003,
        patience=5,
        clip_norm=1.0,
        progress=None,
    ):
        """Train until the validation loss no longer falls, and keep the best epoch.

        Parameters
        ----------
        xs : numpy.ndarray
            Shape (N, T, D).
        ys : numpy.ndarray of int
            Shape (N,): classes from 0.
        lengths : numpy.ndarray of int, optional
            Shape (N,): steps of each sequence; what comes after them is not looked at.
        validation : tuple of numpy.ndarray
            ``(xs, ys, lengths)``; chooses the epoch.
        classes : list of str, optional
            Names; by default "0", "1", …
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
        progress : str, optional
            Show a bar with this text on the standard error.

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
        self.classes, self.features = list(classes or map(str, range(max(ys) + 1))), features
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
        history = self.model.fit(
            mask(xs, lengths),
            ys,
            validation_data=(mask(validation[0], validation[2]), validation[1]),
            epochs=epochs,
            batch_size=batch_size,
            callbacks=callbacks,
            verbose=0,
        ).history
        self.kept_epoch = stop.best_epoch + 1
        if not np.isfinite([*history["loss"], *history.get("val_loss", [np.nan])]).all():
            raise DivergedError(f"training diverged: the loss is not finite; lower the learning rate ({learning_rate})")
        return [
            {"epoch": k + 1} | {ours: float(history[theirs][k]) for ours, theirs in HISTORY.items()}
            for k in range(len(history["loss"]))
        ]

    def predict(self, xs, lengths=None):
        """Return the probability of each class, shape (N, classes)."""
        p = self.model.predict(mask(xs, lengths), batch_size=512, verbose=0).astype(np.float64)
        return np.hstack([1 - p, p]) if len(self.classes) == 2 else p

    def hidden_states(self, xs, lengths=None):
        """Return the hidden state after every step, shape (N, T, H); it stays as it is after the end."""
        old = self.model.layers[2]
        every = type(old).from_config(old.get_config() | {"return_sequences": True})
        model = keras.Sequential([keras.Input(self.model.input_shape[1:]), *self.model.layers[:2], every])
        every.set_weights(old.get_weights())
        return model.predict(mask(xs, lengths), batch_size=512, verbose=0)

    def save(self, path):
        """Write the model, its normalisation and its names to one ``.keras`` file, whole or not at all."""
        about = {name: getattr(self, name) for name in (*OPTIONS, "classes", "features")}
        save_model(path, self.model, {"kind": KIND} | about)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote, or raise :class:`~lstm_lib.errors.InputError`."""
        model, about = load_model(path)
        if about.get("kind") != KIND:
            raise InputError(f"{path}: not a sequence classifier; its kind is {about.get('kind')!r}, not {KIND!r}")
        with contextlib.suppress(KeyError, TypeError, ValueError):
            classifier = cls(**{name: about[name] for name in OPTIONS})
            classifier.model, classifier.classes, classifier.features = model, about["classes"], about["features"]
            return classifier
        raise InputError(f"{path}: what it says about its network is incomplete or wrong; train it again")
