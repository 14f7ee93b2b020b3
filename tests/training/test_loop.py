"""Training does what its options say."""

import numpy as np
import pytest

from lstm_lib.core.losses import mse
from lstm_lib.core.optim import SGD
from lstm_lib.errors import DivergedError
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training import loop as training
from lstm_lib.training.loop import fit, fit_truncated, train_step

pytestmark = pytest.mark.numpy


def data(n=40, T=6, D=2, O=1, seed=0):  # noqa: E741
    """A target that an LSTM can learn: the sum of the inputs."""
    xs = np.random.default_rng(seed).normal(size=(n, T, D))
    return xs, np.tile(xs.sum(axis=(1, 2))[:, None] / 4, (1, O))


def model(**options):
    return SequenceRegressor(2, 5, 1, seed=1, dtype=np.float64, **options)


OPTIONS = {"epochs": 4, "batch_size": 7, "learning_rate": 0.02, "seed": 0}


def test_training_lowers_the_loss_and_counts_epochs():
    xs, ys = data()
    history = fit(model(), xs, ys, **{**OPTIONS, "epochs": 30})
    assert [row["epoch"] for row in history] == list(range(1, 31))
    assert history[-1]["train_loss"] < 0.3 * history[0]["train_loss"]


def test_one_batch_can_be_overfitted():
    xs, ys = data(n=4)
    trained = model()
    fit(trained, xs, ys, epochs=400, batch_size=4, learning_rate=0.02, seed=0)
    assert mse(trained.predict(xs), ys)[0] < 1e-3 * ys.var()


def test_the_same_seed_gives_the_same_weights_and_another_seed_another_order():
    xs, ys = data()
    a, b, c = model(), model(), model()
    fit(a, xs, ys, **OPTIONS)
    fit(b, xs, ys, **OPTIONS)
    fit(c, xs, ys, **{**OPTIONS, "seed": 1})
    np.testing.assert_array_equal(a.parameters["dense.W"], b.parameters["dense.W"])
    assert (a.parameters["dense.W"] != c.parameters["dense.W"]).any()


def test_each_epoch_has_an_order_of_its_own(monkeypatch):
    seen = []
    real = training.train_step

    def record(model, optimizer, xs, ys, **options):
        seen.append(xs[:, 0, 0].copy())
        return real(model, optimizer, xs, ys, **options)

    monkeypatch.setattr(training, "train_step", record)
    xs, ys = data(n=14)
    fit(model(), xs, ys, **{**OPTIONS, "epochs": 2})
    assert (seen[0] != seen[2]).any()
    for first, second in ((0, 2),):
        epochs = np.concatenate(seen[first : first + 2]), np.concatenate(seen[second : second + 2])
        np.testing.assert_array_equal(np.sort(epochs[0]), np.sort(epochs[1]))


def test_an_unknown_schedule_is_named():
    with pytest.raises(ValueError, match="schedule must be one of one_cycle, constant, got 'cosine'"):
        fit(model(), *data(), **OPTIONS, schedule="cosine")


def test_early_stopping_stops_and_keeps_the_best_epoch():
    xs, ys = data()
    noise = np.random.default_rng(1).normal(size=(30, 1))
    held_out = (data(n=30, seed=2)[0], noise)
    trained = model()
    history = fit(trained, xs, ys, **{**OPTIONS, "epochs": 200}, validation=held_out, patience=3)
    losses = [row["validation_loss"] for row in history]
    assert len(history) < 200
    assert len(losses) - 1 - int(np.argmin(losses)) == 3
    assert mse(trained.predict(held_out[0]), noise)[0] == pytest.approx(min(losses), rel=1e-12)


def test_clipping_bounds_the_step_of_sgd():
    xs, ys = data()
    free, clipped = model(), model()
    start = {n: p.copy() for n, p in free.parameters.items()}

    def length_of_step(m, clip_norm):
        norm = train_step(m, SGD(m.parameters, 1.0), xs, 100 * ys, clip_norm=clip_norm).norm
        return np.sqrt(sum(np.sum((p - start[n]) ** 2) for n, p in m.parameters.items())), norm

    step, norm = length_of_step(free, None)
    assert step == pytest.approx(norm) and norm > 1
    assert length_of_step(clipped, 0.01)[0] == pytest.approx(0.01)


def test_a_step_on_a_loss_that_is_not_finite_changes_nothing_and_fit_says_so():
    xs, ys = data()
    m = model()
    before = m.parameters["dense.W"].copy()
    assert not np.isfinite(train_step(m, SGD(m.parameters, 1.0), xs, ys * np.inf).loss)
    np.testing.assert_array_equal(m.parameters["dense.W"], before)
    with pytest.raises(DivergedError, match="lower the learning rate"):
        fit(m, xs, ys * np.inf, **OPTIONS)


def test_truncated_training_in_one_window_equals_training_on_the_whole_sequence():
    xs = np.random.default_rng(3).normal(size=(3, 8, 2))
    ys = xs.cumsum(axis=1)[..., :1]
    one, whole = model(every_step=True), model(every_step=True)
    truncated = fit_truncated(one, xs, ys, window=8, epochs=3, learning_rate=0.01)
    history = fit(whole, xs, ys, epochs=3, batch_size=3, learning_rate=0.01, seed=0, schedule="constant")
    for row, expected in zip(truncated, history, strict=True):
        assert row["epoch"] == expected["epoch"]
        assert row["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-12)


def test_truncated_training_carries_the_state_over_the_windows():
    # The first loss of a pass, before any step has changed much, is that of one long forward pass.
    xs = np.random.default_rng(4).normal(size=(3, 9, 2))
    ys = xs.cumsum(axis=1)[..., :1]
    m = model(every_step=True)
    expected = mse(m.forward(xs)[0], ys)[0]
    (row,) = fit_truncated(m, xs, ys, window=4, epochs=1, learning_rate=1e-12)
    assert row["train_loss"] == pytest.approx(expected, rel=1e-9)


def test_a_validation_loss_that_is_not_finite_ends_the_run():
    xs, ys = data()
    with pytest.raises(DivergedError, match="the validation loss is not finite in epoch 1"):
        fit(model(), xs, ys, validation=(xs, ys * np.inf), **OPTIONS)


def test_truncated_training_says_that_it_diverged():
    xs = np.random.default_rng(3).normal(size=(3, 8, 2))
    with pytest.raises(DivergedError, match=r"not finite in epoch 1; lower the learning rate \(now 0.01\)"):
        fit_truncated(model(every_step=True), xs, xs[..., :1] * np.inf, window=4, epochs=1, learning_rate=0.01)
