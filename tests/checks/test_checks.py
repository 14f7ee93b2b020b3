"""A check tells right from wrong, and survives whatever a learner writes."""

import contextlib
import importlib
import os
import re
import time

import numpy as np
import pytest

from lstm_lib import checks
from lstm_lib.checks import FunctionCheck, check
from lstm_lib.data.tasks import temporal_order
from lstm_lib.gates import lstm_step

pytestmark = pytest.mark.numpy

FUNCTION_CHECKS = [
    (f"{module}.{name}", one)
    for module in checks.MODULES
    for name, one in importlib.import_module(f"lstm_lib.checks.{module}").CHECKS.items()
    if isinstance(one, FunctionCheck)
]
MISTAKES = [(name, hint, wrong) for name, one in FUNCTION_CHECKS for hint, wrong in one.mistakes.items()]


@pytest.mark.parametrize(("name", "one"), FUNCTION_CHECKS, ids=[n for n, _ in FUNCTION_CHECKS])
def test_the_reference_passes_its_own_check(name, one):
    assert check(name, one.reference) == f"{name}: passed"


@pytest.mark.parametrize(("name", "hint", "wrong"), MISTAKES, ids=[f"{n}-{h[:30]}" for n, h, _ in MISTAKES])
def test_each_known_mistake_gets_its_own_hint(name, hint, wrong):
    assert check(name, wrong) == f"{name}: {hint}"


def not_written_yet(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [None, ..., lambda *a: None, lambda *a: ..., not_written_yet])
def test_an_empty_answer_is_not_attempted(answer):
    assert check("gates.lstm_step", answer) == "gates.lstm_step: not attempted"


def forgotten_return(x_t, h_prev, W_ih, W_hh, b):
    h_t = np.tanh(x_t @ W_ih.T + h_prev @ W_hh.T + b)  # noqa: F841


def test_a_missing_return_is_named():
    assert check("gates.rnn_step", forgotten_return) == f"gates.rnn_step: {checks.NO_RETURN}"


def not_begun(*arguments):
    """Only a docstring."""


def test_a_docstring_alone_is_not_attempted():
    assert check("gates.rnn_step", not_begun) == "gates.rnn_step: not attempted"


def test_sizes_that_do_not_fit_are_named():
    assert "(2 against 4)" in check("gates.rnn_step", lambda x, h, W, U, b: np.tanh(x @ W + h @ U + b))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda D, H: 4 * H * (D + H + 1) + 7, "count is "),
        (lambda D, H: 4 * H * (D + H + 1) + 0.01, "count is "),
    ],
)
def test_a_wrong_number_is_shown_with_the_digits_that_tell_it_from_the_right_one(answer, said):
    verdict = check("gates.parameter_count", answer).removeprefix("gates.parameter_count: ")
    assert verdict.startswith(said) and " for the arguments " in verdict
    given, expected = re.match(r"count is (\S+) and must be (\S+) for", verdict).groups()
    assert given != expected


def endless(*arguments):
    while True:
        with contextlib.suppress(BaseException):
            pass


def test_an_endless_loop_is_stopped_even_if_it_catches_everything(monkeypatch):
    monkeypatch.setattr(checks, "SECONDS", 0.2)
    before = time.process_time()
    assert "still running" in check("gates.lstm_step", endless)
    assert time.process_time() - before < 60  # it ended at all; how fast is not asked


def stubborn(*arguments):
    while True:
        try:
            for _ in range(10**9):
                pass
        except:  # noqa: E722
            pass


@pytest.mark.parametrize(
    ("answer", "hint"),
    [(stubborn, "still running"), (lambda *a: exit(), "exit()"), (lambda *a: os._exit(3), "ends the whole program")],
)
def test_an_answer_can_neither_hang_nor_end_the_notebook(monkeypatch, answer, hint):
    monkeypatch.setattr(checks, "SECONDS", 0.5)
    assert hint in check("gates.lstm_step", answer)


def test_an_exception_comes_back_as_one_line():
    def broken(*arguments):
        raise ValueError("first line\nsecond line")

    assert check("gates.lstm_step", broken) == "gates.lstm_step: stopped with ValueError: first line"


def test_changing_an_argument_in_place_is_named():
    def greedy(x_t, h_prev, c_prev, W_ih, W_hh, b):
        result = lstm_step(x_t, h_prev, c_prev, W_ih, W_hh, b)
        c_prev *= 0
        return result

    assert "in place" in check("gates.lstm_step", greedy)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: lstm_step(*a)[0], "return 2 values (h_t, c_t), not 1"),
        (lambda *a: [s.T for s in lstm_step(*a)], "h_t has shape (4, 3); it must be (3, 4)"),
        (lambda *a: (lstm_step(*a)[0], 2 * lstm_step(*a)[1]), "wrong values in c_t"),
        (3, "asks for a function, not a int"),
        (lambda: 0, "stopped with TypeError"),
    ],
)
def test_unknown_mistakes_are_still_narrowed_down(answer, hint):
    assert hint in check("gates.lstm_step", answer)


def test_gradients_clipped_in_place_are_noticed_inside_their_tuple():
    def greedy(gradients, max_norm):
        for g in gradients:
            g *= 0
        return gradients

    assert "in place" in check("training.clip", greedy)


def test_a_forgotten_transpose_is_named():
    assert "transposes" in check("gates.rnn_step", lambda x, h, W, U, b: np.tanh(x @ W + h @ U + b))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [("x", "array of numbers"), (np.zeros(500), "(500, 1)"), (np.zeros((500, 1)), "the best linear rule's 0.00053")],
)
def test_forecasts_that_do_not_beat_their_rival_are_told_by_how_much(answer, hint):
    assert hint in check("forecasting.sine_forecasts", answer)


def test_an_unknown_exercise_is_an_error_of_the_page_not_of_the_learner():
    with pytest.raises(KeyError, match=r"gates\.nothing"):
        check("gates.nothing", 1)


ORDERS_OF_7 = temporal_order(np.random.default_rng(7), 500, 40)[1]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (ORDERS_OF_7, "passed"),
        (np.where(ORDERS_OF_7 == 2, 1, ORDERS_OF_7), "counts alone reach 75 %"),
        (np.zeros(500), "it takes 98 %"),
        (np.zeros((500, 4)), "they must be (500,)"),
        ("x", "whole numbers"),
    ],
)
def test_answers_on_the_order_are_told_what_they_miss(answer, hint):
    assert hint in check("classification.order_answers", answer)


LATCH = (np.array([[0, 20.0], [0, -20], [5, 0], [0, 0]]), np.zeros((4, 1)), np.array([-10.0, 10, 0, 0]))


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda W, U, b: (W, U, b), "passed"),
        (lambda W, U, b: (W * [[0], [1], [1], [1]], U, b * [-1, 1, 1, 1]), "noise has been written"),
        (lambda W, U, b: (W, U, b * [1, 0, 1, 1]), "leaked away, to 0.50"),
        (lambda W, U, b: (W * [[0], [0], [1], [1]], U, b), "the input gate opens only"),
        (lambda W, U, b: (W * [[1], [1], [0.05], [1]], U, b), "the candidate g is only"),
        (lambda W, U, b: (W.T, U, b), "W_ih has shape (2, 4)"),
        (lambda W, U, b: 7, "three arrays"),
    ],
)
def test_the_latch_must_write_and_keep(change, hint):
    assert hint in check("gates.latch", change(*LATCH))


def test_the_forget_bias_must_halve_the_cell_in_100_steps():
    right = -np.log(2**0.01 - 1)
    assert check("gates.forget_bias", right) == "gates.forget_bias: passed"
    assert "keeps 0.9" in check("gates.forget_bias", 7.0)
    assert "that is the gate" in check("gates.forget_bias", 2**-0.01)
    assert "one number" in check("gates.forget_bias", "a lot")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda texts, share, rng: rng.random(len(texts)) < share, "held out in one row and trained on in another"),
        (lambda texts, share, rng: np.array(texts) < np.unique(texts)[int(400 * share)], "a block of the alphabet"),
        (lambda texts, share, rng: np.zeros(len(texts), bool), "not 0%"),
        (lambda texts, share, rng: texts[: int(share * len(texts))], "one True or False for each of 1200"),
        (lambda texts, share, rng: ..., "not attempted"),
        (7, "asks for a function"),
    ],
)
def test_texts_must_be_held_out_whole_and_at_random(answer, hint):
    assert hint in check("tuning.split", answer)


def tempered(logits, temperature, k, *, shift=True):
    p = np.exp((logits - (logits.max() if shift else 0)) / temperature)
    p[logits < np.sort(logits)[-k]] = 0
    return p / p.sum()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (tempered, "passed"),
        (lambda *a: tempered(*a, shift=False), "overflows"),
        (lambda a, tau, k: tempered(a * tau**2, tau, k), "divide the logits by the temperature"),
        (lambda a, tau, k: tempered(a, tau, len(a)), "only the k likeliest"),
        (lambda a, tau, k: tempered(a, tau, len(a)) * (a >= np.sort(a)[-k]), "must sum to 1"),
        (lambda *a: None, "not attempted"),
    ],
)
def test_the_check_of_the_temperature_names_the_mistake(answer, verdict):
    assert verdict in check("char_lm.temperature", answer)
