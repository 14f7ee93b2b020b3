"""A bidirectional LSTM that reads a text and answers with a number.

Chapter ``06_tuning``.
"""

import dataclasses
from typing import Literal

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from lstm_lib.frameworks.keras_setup import keras

READ_OUTS = ["last", "mean", "last+mean"]
TABLE = "table"


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
    read_out: Literal["last", "mean", "last+mean"] = "last+mean"
    dropout: float = 0.0
    l2: float = 0.0
    learning_rate: float = 0.03


HAND_MADE = Choices()  # what a search tries first, so that it can't end below its starting point


def build(
    vocab_size: int,
    choices: Choices,
    *,
    encoding: Literal["embedding", "onehot", "scaled-ids"] = "embedding",
    embedding_size: int = 8,
    bidirectional: bool = True,
) -> keras.Model:
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
