"""The stream asks for each marked number exactly one lag later."""

import numpy as np
import pytest

from lstm_lib.training import recall_stream

pytestmark = pytest.mark.numpy


def test_each_question_asks_for_the_number_marked_one_lag_before():
    xs, ys, asked = recall_stream(np.random.default_rng(0), 7, 60, lag=6)
    assert xs.shape == (7, 60, 3) and ys.shape == (7, 60, 1) and (asked == (xs[:, :, 2] == 1)).all()
    np.testing.assert_array_equal(xs[:, :-6, 1], xs[:, 6:, 2])  # a question follows each mark
    np.testing.assert_array_equal(ys[:, 6:, 0], xs[:, :-6, 0] * xs[:, :-6, 1])
    assert not xs[:, :6, 2].any() and not ys[~asked].any()


def test_marks_and_questions_never_overlap_and_there_are_many():
    xs, _, asked = recall_stream(np.random.default_rng(1), 50, 100, lag=10)
    for row in xs:
        events = np.flatnonzero(row[:, 1] + row[:, 2])
        assert (np.diff(events) >= 1).all() and (row[:, 1] + row[:, 2] <= 1).all()
        kinds = row[events, 1]
        assert (kinds[::2] == 1).all() and (kinds[1::2] == 0).all()  # mark, question, mark, question
    assert 4 <= asked.sum(axis=1).mean() <= 8
