"""The rivals of the speed table compute what our layer computes."""

import numpy as np

from bench import workers
from bench.textbook import TextbookLSTM
from lstm_lib.core.gradcheck import relative_error
from lstm_lib.numpy_lstm import LSTM


def test_the_textbook_layer_gives_the_same_numbers():
    rng = np.random.default_rng(0)
    layer = LSTM(3, 5, seed=0, dtype=np.float64)
    textbook = TextbookLSTM(**layer.parameters)
    xs, dhs = rng.normal(size=(2, 7, 3)), rng.normal(size=(2, 7, 5))
    np.testing.assert_allclose(textbook.forward(xs), layer.forward(xs)[0], rtol=1e-12)
    ours, theirs = layer.backward(dhs), textbook.backward(dhs)
    for name, gradient in ours.items():
        assert relative_error(gradient, theirs[name]) < 1e-12


def test_every_rival_can_make_a_step(torch, monkeypatch):
    monkeypatch.setitem(workers.CONFIGURATIONS, "a", (2, 3, 4, 5))
    for worker in (workers.ours, workers.torch_lstm, workers.torch_cell, workers.textbook):
        worker("a")()  # each can make a step
