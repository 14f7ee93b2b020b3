"""A bidirectional LSTM that reads a text and answers with a number; how it is trained, saved and loaded.

Chapter ``06_tuning``. Targets are scaled to [0, 1] by the smallest and largest of the training part;
what this module takes and returns is in the units of the target.
"""

import contextlib
import dataclasses

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from lstm_lib.core.optim import one_cycle
from lstm_lib.data.symbols import ROWS, Symbols
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.keras_setup import OutOfMemory, keras, load_model, save_model

ENCODINGS = ("embedding", "onehot", "scaled-ids")
READ_OUTS = ["last", "mean", "last+mean"]
TABLE = "table"
KIND = "lstm_lib.tuning 2"
EVALUATED = 1024  # rows at once where nothing is learned


@dataclasses.dataclass(frozen=True)
class Choices:
    """What a search may choose for a network.

    Attributes
    ----------
    hidden_size : int
        Of the LSTM in each direction.
    layers : int
    read_out : {"last", "mean", "last+mean"}
        What the answer is computed from: the last state of each direction, the mean over time of all
        hidden states, or both.
    dropout : float
        Share of what is read out that is dropped while training.
    l2 : float
        Weight of the sum of squares of the LSTM's input and recurrent weights in the loss.
    learning_rate : float
        The highest of the schedule.
    """

    hidden_size: int = 32
    layers: int = 1
    read_out: str = "last+mean"
    dropout: float = 0.0
    l2: float = 0.0
    learning_rate: float = 0.03


def build(
    vocab_size,
    choices,
    *,
    encoding="embedding",
    embedding_size=8,
    bidirectional=True,
):
    """Make a network that has learned nothing yet.

    Characters are looked up in a table (V, E), and the encodings differ in that table alone: learned;
    the identity matrix; or the ids on a line from 0 to 1.

    Parameters
    ----------
    vocab_size : int
    choices : Choices
    encoding : {"embedding", "onehot", "scaled-ids"}
    embedding_size : int
        E, of a learned table.
    bidirectional : bool
        False for a network that reads from left to right only.

    Returns
    -------
    keras.Model
        Ids (N, T) to scaled targets (N, 1), compiled. Steps with id 0 are masked.
    """
    layers, last = keras.layers, choices.layers - 1
    ids = keras.Input((None,), dtype="int32")
    xs = _table(vocab_size, encoding, embedding_size)(ids)  # eq: lookup
    for k in range(choices.layers):
        lstm = layers.LSTM(
            choices.hidden_size,
            kernel_regularizer=_l2(choices.l2),
            recurrent_regularizer=_l2(choices.l2),
            return_sequences=True,
            return_state=k == last,
        )
        if bidirectional:
            lstm = layers.Bidirectional(lstm)  # eq: bidirectional
        outputs = lstm(xs)
        xs = outputs[0] if k == last else outputs
    read = []
    if "last" in choices.read_out:
        read += outputs[1::2]  # after the sequence come h and c of each direction
    if "mean" in choices.read_out:
        read.append(layers.GlobalAveragePooling1D()(xs))  # eq: masked-mean
    features = layers.Concatenate()(read) if len(read) > 1 else read[0]
    answer = layers.Dense(1)(layers.Dropout(choices.dropout)(features))
    model = keras.Model(ids, answer)
    error = keras.metrics.MeanSquaredError(name="mse")  # the loss without the penalty
    adam = keras.optimizers.Adam(choices.learning_rate)
    model.compile(adam, "mse", metrics=[error])
    return model


def _table(vocab_size, encoding, embedding_size):
    """Make the layer that looks characters up."""
    fixed = {"onehot": np.eye(vocab_size), "scaled-ids": MinMaxScaler().fit_transform(np.arange(vocab_size)[:, None])}
    width = fixed[encoding].shape[1] if encoding in fixed else embedding_size
    spread = keras.initializers.RandomNormal(stddev=1.0)  # Keras's own numbers are 30 times as small: a faint voice
    layer = keras.layers.Embedding(
        vocab_size, width, embeddings_initializer=spread, trainable=encoding not in fixed, mask_zero=True, name=TABLE
    )
    layer.build()
    if encoding in fixed:
        layer.set_weights([fixed[encoding]])
    return layer


def _l2(weight):
    return keras.regularizers.L2(weight) if weight else None


def whole_batches(n, batch_size, seed):
    """Give places of ``n`` rows, each at least once, so many that every batch is full.

    All batches then have one shape, and the step is compiled once. Which rows fill up the last batch
    is drawn at random.
    """
    return np.resize(np.random.default_rng(seed).permutation(n), -(-n // batch_size) * batch_size)


ENDS = {"start": 0.01, "end": 1e-4}  # of the schedule: it multiplies, so no rate may be 0


class OneCycle(keras.callbacks.Callback):
    """Multiply the learning rate step by step, so that it rises and falls once.

    It multiplies what it finds, so another callback may lower the rate as well.
    """

    def on_train_begin(self, logs=None):
        """Start low."""
        self.steps, self.done = self.params["epochs"] * self.params["steps"], 0
        self._scale(self._relative(0))

    def on_train_batch_end(self, batch, logs=None):
        """Go on by one step."""
        before, self.done = self._relative(self.done), self.done + 1
        self._scale(self._relative(self.done) / before)

    def _relative(self, steps):
        return one_cycle(steps / self.steps, **ENDS)

    def _scale(self, factor):
        self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) * factor


@dataclasses.dataclass
class TextRegressor:
    """A network with what a prediction needs besides it.

    Attributes
    ----------
    model : keras.Model
    symbols : lstm_lib.data.symbols.Symbols
    length : int
        T, the symbols of a text that are read.
    low, high : float
        Smallest and largest target of the training part.
    """

    model: keras.Model
    symbols: Symbols
    length: int
    low: float
    high: float

    @property
    def scaler(self):
        """The scaler that was fitted on the training targets."""
        return MinMaxScaler().fit([[self.low], [self.high]])

    def fit(self, train, validation, *, epochs, batch_size, patience, seed, callbacks=()):
        """Train, and keep the weights of the epoch with the smallest validation error.

        Parameters
        ----------
        train, validation : tuple
            ``(sequences, targets)``: a list of str and an array (N,).
        epochs, batch_size : int
        patience : int
            Epochs without a better validation error after which training stops; after half of them the
            learning rate is halved.
        seed : int
            Says which rows fill up the last batch; their order follows from Keras's own seed.
        callbacks : sequence of keras.callbacks.Callback

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
        rows = whole_batches(len(train[0]), batch_size, seed)
        held = self.encode(validation[0]), self._scaled(validation[1])
        watch = {"monitor": "val_mse", "mode": "min"}
        try:
            history = self.model.fit(
                self.encode(train[0])[rows],
                self._scaled(train[1])[rows],
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
                    *callbacks,
                ],
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
        return [{"epoch": k, "validation_mse": error} for k, error in enumerate(errors.tolist(), start=1)]

    def encode(self, sequences):
        """Look up ids, shape (N, T), int32: texts are cut and padded to T."""
        return self.symbols.encode_rows(sequences, length=self.length)[0].astype(np.int32)

    def predict(self, sequences):
        """Answer for each sequence, shape (N,), in the units of the target."""
        ids = self.encode(sequences)
        scaled = self.model.predict(ids, batch_size=_even(len(ids)), verbose=0)
        return self.scaler.inverse_transform(scaled.astype(np.float64))[:, 0]

    def _scaled(self, targets):
        return self.scaler.transform(np.asarray(targets)[:, None]).astype(np.float32)

    def save(self, path, about):
        """Write one ``.keras`` file, whole or not at all.

        Its member ``about.json`` holds ``about``, its ``kind``, and under ``characters``, ``length``, ``low``
        and ``high`` what the network does not know.
        """
        needed = {"kind": KIND, "characters": "".join(self.symbols.names)}
        needed |= {"length": self.length, "low": self.low, "high": self.high}
        save_model(path, self.model, about | needed)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote; return it and ``about``.

        Raises
        ------
        InputError
            If the file is missing, damaged, or holds another kind of model.
        """
        model, about = load_model(path)
        if about.get("kind") != KIND:
            raise InputError(f"{path}: not a text regressor; its kind is {about.get('kind')!r}, not {KIND!r}")
        with contextlib.suppress(KeyError, TypeError, ValueError):
            symbols = Symbols(tuple(str(about["characters"])), ROWS)
            return cls(model, symbols, int(about["length"]), float(about["low"]), float(about["high"])), about
        raise InputError(f"{path}: what it says about its network is incomplete or wrong; train it again")


def _even(n):
    """Return a batch size that parts ``n`` rows into nearly equal batches of at most EVALUATED."""
    return -(-n // -(-n // EVALUATED))
