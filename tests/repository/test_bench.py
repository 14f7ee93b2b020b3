"""The rivals of the speed table compute what our layer computes."""

import numpy as np

from bench import __main__ as bench, workers
from bench.textbook import TextbookLSTM
from lstm_lib.core.gradcheck import relative_error
from lstm_lib.numpy_lstm.layers import LSTM


def test_the_textbook_layer_gives_the_same_numbers():
    rng = np.random.default_rng(0)
    layer = LSTM(3, 5, seed=0, dtype=np.float64)
    textbook = TextbookLSTM(**layer.parameters)
    xs, dhs = rng.normal(size=(2, 7, 3)), rng.normal(size=(2, 7, 5))
    np.testing.assert_allclose(textbook.forward(xs), layer.forward(xs)[0], rtol=1e-12)
    ours, theirs = layer.backward(dhs), textbook.backward(dhs)
    for name, gradient in ours.items():
        assert relative_error(gradient, theirs[name]) < 1e-12


def test_a_training_step_takes_less_than_half_the_cpu_time_of_the_textbook():
    workers = {name: bench.Worker(name) for name in ("ours", "textbook")}
    try:
        _, ratios = bench.measure(workers, "b", rounds=5)
    finally:
        for worker in workers.values():
            worker.close()
    assert ratios["textbook"] > 2


def test_the_table_says_what_was_measured_and_what_is_asked():
    at = {"seconds": {"ours": 0.01}, "ratio": {"textbook": 3.14}, "share_of_peak": 0.61, "peak_gflops": 90.0}
    result = dict.fromkeys("abcd", at) | {"stream": {"torch_cell": 2.72}, "growth": dict.fromkeys(bench.GROWTH, 1.05)}
    lines = bench.table(result | {"openblas_kernel": "Zen", "rounds": 3, "read": {}}).splitlines()
    assert "| textbook / ours | 3.14 | 3.14 | 3.14 | 3.14 |" in lines
    assert "| *textbook: at least* | *2.6* | *2.6* | *2.6* | *2.6* |" in lines
    assert "- torch_cell / ours = 2.7 (at least 2.5)" in lines
    assert "- T from 25 to 400: 1.05 (0.9 to 1.1)" in lines


def test_every_rival_can_make_a_step(torch, monkeypatch):
    monkeypatch.setitem(workers.CONFIGURATIONS, "a", (2, 3, 4, 5))
    monkeypatch.setitem(workers.CONFIGURATIONS, "read_a", (2, 3, 4, 5))
    for worker in (workers.ours, workers.torch_lstm, workers.torch_cell, workers.textbook):
        worker("a")()
    for worker in (workers.ours, workers.torch_lstm):
        worker("read_a")()
