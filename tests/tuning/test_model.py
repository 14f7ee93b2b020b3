"""The network computes what chapter 01's equations say, learns on schedule, and comes back from its file whole."""

import numpy as np
import pytest

from lstm_lib.core.optim import one_cycle
from lstm_lib.data.symbols import ROWS, Symbols
from lstm_lib.frameworks.keras_setup import keras, start
from lstm_lib.frameworks.layouts import from_keras
from lstm_lib.gates import lstm_step
from lstm_lib.tuning.model import TABLE, Choices, build
from lstm_lib.tuning.training import ENDS, OneCycle, whole_batches

TEXTS = ["GATTACA", "CC", "TGCAT"]
DNA = Symbols(tuple("ACGT"), ROWS)
LENGTH = 9


def encode(texts):
    return DNA.encode_rows(texts, length=LENGTH)[0]


def states(xs, cell):
    """All hidden states (T, H) of an LSTM of Keras, by the NumPy step of chapter 01."""
    W_ih, W_hh, b = (w.astype(np.float64) for w in from_keras("lstm", cell.get_weights()))
    h = c = np.zeros((1, W_hh.shape[1]))
    hs = []
    for x_t in xs:
        h, c = lstm_step(x_t[None], h, c, W_ih, W_hh, b)
        hs.append(h[0])
    return np.array(hs)


def by_hand(model, text, *, read_out, layers, bidirectional=True):
    """Answer for one text, without padding and masks."""
    ids = encode([text])[0, : len(text)]
    xs = np.asarray(model.get_layer(TABLE).get_weights()[0], np.float64)[ids]
    for layer in [x for x in model.layers if isinstance(x, keras.layers.Bidirectional | keras.layers.LSTM)]:
        if bidirectional:
            forward = states(xs, layer.forward_layer.cell)
            backward = states(xs[::-1], layer.backward_layer.cell)
            xs, last = np.hstack([forward, backward[::-1]]), np.concatenate([forward[-1], backward[-1]])
        else:
            xs = states(xs, layer.cell)
            last = xs[-1]
    features = {"last": [last], "mean": [xs.mean(axis=0)], "last+mean": [last, xs.mean(axis=0)]}[read_out]
    kernel, bias = model.layers[-1].get_weights()
    return (np.concatenate(features) @ kernel + bias).item()


@pytest.mark.parametrize(
    ("encoding", "read_out", "layers", "bidirectional"),
    [
        ("embedding", "last+mean", 1, True),
        ("onehot", "last", 2, True),
        ("scaled-ids", "mean", 1, True),
        ("embedding", "last+mean", 2, False),
    ],
)
def test_the_network_answers_as_the_equations_do_without_padding(encoding, read_out, layers, bidirectional):
    start(1)
    choices = Choices(hidden_size=3, layers=layers, read_out=read_out)
    model = build(DNA.size, choices, encoding=encoding, embedding_size=5, bidirectional=bidirectional)
    found = model.predict(encode(TEXTS), verbose=0)[:, 0]
    expected = [by_hand(model, t, read_out=read_out, layers=layers, bidirectional=bidirectional) for t in TEXTS]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


def test_encodings_differ_in_a_table():
    tables = {}
    for encoding in ("embedding", "onehot", "scaled-ids"):
        start(0)
        model = build(6, Choices(hidden_size=2), encoding=encoding, embedding_size=5)
        layer = model.get_layer(TABLE)
        tables[encoding] = np.array(layer.get_weights()[0])
        assert bool(layer.trainable_weights) == (encoding == "embedding")
    assert tables["embedding"].shape == (6, 5)
    np.testing.assert_array_equal(tables["onehot"], np.eye(6))
    np.testing.assert_allclose(tables["scaled-ids"][:, 0], [0, 0.2, 0.4, 0.6, 0.8, 1])


def test_what_chooses_does_not_contain_the_penalty():
    start(0)
    model = build(6, Choices(hidden_size=3, l2=0.1))
    ids, ys = encode(TEXTS), np.array([[0.1], [0.2], [0.3]], np.float32)
    got = model.evaluate(ids, ys, return_dict=True, verbose=0)
    error = np.mean((model.predict(ids, verbose=0) - ys) ** 2)
    weights = [
        w for name, w in zip([v.path for v in model.weights], model.get_weights(), strict=True) if "lstm" in name
    ]
    penalty = 0.1 * sum(np.sum(np.square(w)) for w in weights if w.ndim == 2)
    assert got["mse"] == pytest.approx(error, rel=1e-5)
    assert got["loss"] == pytest.approx(error + penalty, rel=1e-5) and penalty > 0.1


@pytest.mark.parametrize(("n", "size"), [(11, 4), (12, 4), (3, 7), (1, 5)])
def test_batches_are_whole_and_hold_every_row(n, size):
    rows = whole_batches(n, size, seed=3)
    assert len(rows) % size == 0 and 0 <= len(rows) - n < size
    counts = np.bincount(rows, minlength=n)
    assert len(counts) == n and counts.min() >= 1 and counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(rows, whole_batches(n, size, seed=3))


def test_the_rate_rises_and_falls_once_within_the_training_whatever_its_length():
    shares = np.linspace(0, 1, 101)
    rates = np.array([one_cycle(s, **ENDS) for s in shares])
    assert rates[0] == pytest.approx(0.01) and rates[10] == pytest.approx(1) and rates[-1] == pytest.approx(1e-4)
    assert (np.diff(rates[:11]) > 0).all() and (np.diff(rates[10:]) < 0).all()


class Rates(keras.callbacks.Callback):
    def __init__(self, halve_after=None):
        super().__init__()
        self.rates, self.halve_after = [], halve_after

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.halve_after:
            self.model.optimizer.learning_rate = 0.5 * float(self.model.optimizer.learning_rate)


@pytest.mark.parametrize("halve_after", [None, 1])
def test_the_schedule_multiplies_so_that_a_plateau_may_lower_the_rate_too(halve_after):
    start(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.2), "mse")
    rates, x = Rates(halve_after), np.ones((8, 1), np.float32)
    model.fit(x, x, batch_size=2, epochs=5, verbose=0, callbacks=[OneCycle(), rates])
    expected = np.array([0.2 * one_cycle(k / 20, **ENDS) for k in range(20)])
    if halve_after is not None:
        expected[8:] /= 2
    np.testing.assert_allclose(rates.rates, expected, rtol=1e-4)
