"""The adding problem is counted and judged as described."""

import numpy as np
import pytest

from lstm_lib.data.tasks import adding_problem
from lstm_lib.training import long_lags
from lstm_lib.training.long_lags import AddingRun, TemporalOrderRun, constant_error
from lstm_lib.training.loop import Step

pytestmark = pytest.mark.numpy


def test_the_constant_error_is_the_variance_of_the_target():
    _, ys, _ = adding_problem(np.random.default_rng(0), 200_000, 20)
    assert constant_error(20) == pytest.approx(ys.var(), rel=0.01)


def test_the_streak_counts_right_answers_since_the_last_wrong_one(monkeypatch):
    errors = iter([[0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.039], [0.0, 0.0, 0.0, 0.041]])

    def answer(model, optimizer, xs, ys, lengths):
        return Step(0.0, 0.0, ys + np.array(next(errors))[:, None], [])

    monkeypatch.setattr(long_lags, "train_step", answer)
    run, streaks = AddingRun(10, seed=0, batch_size=4), []
    for _ in range(3):
        run.step()
        streaks.append(run.streak)
    assert streaks == [2, 6, 0] and run.sequences == 12


def test_training_stops_at_its_limit_and_chrono_learns_a_short_lag():
    run = AddingRun(10, seed=0)
    assert not run.train(3000)
    assert run.sequences == 2992  # the last whole batch below 3,000
    assert run.test(400)[1] < 0.3 * constant_error(10)
    plain = AddingRun(10, seed=0, start="forget bias 1")
    assert (plain.model.layers[0].b[16:32] == 1).all() and not (run.model.layers[0].b[16:32] == 1).any()


def test_an_unknown_start_is_named():
    with pytest.raises(ValueError, match=r"start must be one of chrono, .*got 'luck'"):
        AddingRun(10, seed=0, start="luck")


def test_an_answer_to_temporal_order_is_right_if_all_outputs_are_near(monkeypatch):
    off = np.zeros((3, 4))
    off[0, 3], off[2, 1] = -0.31, 0.29
    monkeypatch.setattr(long_lags, "train_step", lambda m, o, xs, ys, lengths: Step(0.0, 0.0, ys + off, []))
    run = TemporalOrderRun(10, seed=0, batch_size=3)
    run.step()
    assert run.streak == 2
    monkeypatch.setattr(run.model, "forward", lambda xs, lengths: (np.zeros((len(xs), 4)), None))
    assert run.test(100) == (100, 0.25)


def test_chrono_learns_a_short_temporal_order_and_says_after_how_many_sequences():
    run = TemporalOrderRun(20, seed=0)
    assert run.train(6000, streak=500)
    assert run.sequences < 6000 and run.test(400)[0] <= 4
