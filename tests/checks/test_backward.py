"""The table of backward passes names a mistake from what is wrong and when; of one it does not know it says as much."""

import numpy as np
import pytest

from lstm_lib.checks import backward, check, numpy_lstm, probes
from lstm_lib.checks.backward import BackwardCheck
from lstm_lib.checks.blocks import wrong_blocks
from lstm_lib.core.gradcheck import numerical_gradient, relative_error
from lstm_lib.gates import lstm_step, lstm_step_backward
from lstm_lib.numpy_lstm.loops import LoopLSTM, lstm_sequence_backward

pytestmark = pytest.mark.numpy

BACKWARD = {name: one for name, one in numpy_lstm.CHECKS.items() if isinstance(one, BackwardCheck)}


@pytest.mark.parametrize("name", BACKWARD)
def test_the_reference_of_a_backward_pass_passes(name):
    assert BACKWARD[name](BACKWARD[name].reference) == ""


@pytest.mark.parametrize("name", BACKWARD)
def test_every_size_of_a_problem_differs_and_every_probe_can_be_made(name):
    one = BACKWARD[name]
    sizes = {"B": probes.B, "T": probes.T, "D": probes.D, "H": probes.H}
    assert len({*sizes.values()}) == 4
    case = probes.Case(one, one.reference, seed=0)
    assert all(not case.wrong(probe) for probe in case.probes)


def test_hints_of_the_table_are_told_apart():
    for one in BACKWARD.values():
        hints = [row.hint for row in one.rows]
        assert len(set(hints)) == len(hints)
    hints = [row.hint for row in backward.TABLE]
    assert len(set(hints)) == len(hints)


def test_the_small_steps_agree_with_central_differences():
    one = BACKWARD["step"]
    arguments = one.draw(np.random.default_rng(3), {})
    names = ("x_t", "h_prev", "c_prev", "W_ih", "W_hh", "b")

    def loss():
        h_t, c_t = lstm_step(*(arguments[name] for name in names))
        return float(np.sum(h_t * arguments["dh_t"]) + np.sum(c_t * arguments["dc_t"]))

    for name, found in zip(names, one.reference(*arguments.values()), strict=True):
        assert relative_error(found, numerical_gradient(loss, arguments[name])) < 1e-7, name


def doubled_where(condition):
    """Make a loop with a mistake that no row knows: everything doubled in some problems."""

    def wrong(dhs, xs, *rest):
        factor = 2 if condition(dhs, xs) else 1
        return [factor * g for g in lstm_sequence_backward(dhs, xs, *rest)]

    return wrong


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        (lambda dhs, xs: True, "right shape, wrong values in dxs, dh_0, dc_0, dW_ih, dW_hh, db; compare"),
        (lambda dhs, xs: len(xs) > 1, "all is right for a batch of one sequence"),
        (lambda dhs, xs: xs.shape[1] > 1, "all is right for one step"),
    ],
)
def test_an_unknown_mistake_is_told_where_it_shows(condition, hint):
    assert hint in check("numpy_lstm.loop", doubled_where(condition))


def test_an_answer_that_fails_in_a_probe_is_still_told_what_is_wrong_with_it():
    def wrong(dhs, xs, *rest):
        if len(xs) == 1 or xs.shape[1] == 1:
            raise IndexError("only for several")
        return [2 * g for g in lstm_sequence_backward(dhs, xs, *rest)]

    assert "right shape, wrong values in dxs, dh_0" in check("numpy_lstm.loop", wrong)


MANGLED = {
    "an axis more": lambda a: a[None],
    "a row less": lambda a: a[1:],
    "one number": lambda a: a.sum(),
    "a row": lambda a: a[0],
    "flat": np.ravel,
    "in rows of two": lambda a: np.resize(a, (a.size, 2)),
}


@pytest.mark.parametrize("mangle", MANGLED.values(), ids=MANGLED)
@pytest.mark.parametrize("name", BACKWARD)
def test_an_array_of_another_shape_never_makes_the_check_fail(name, mangle):
    one = BACKWARD[name]

    def answer(place):
        def wrong(*arguments):
            found = one.reference(*arguments)
            found = list(found) if isinstance(found, tuple) else [found]
            found[place] = mangle(found[place])
            return tuple(found)

        return wrong

    right = one.reference(*one.make_arguments(np.random.default_rng(0)))
    right = right if isinstance(right, tuple) else (right,)
    for place in [k for k, array in enumerate(right) if mangle(array).shape != array.shape]:
        hint = one(answer(place))
        assert "has shape" in hint or "add" in hint or "another order" in hint or "axis" in hint, one.outputs[place]


def test_a_hint_on_values_is_not_taken_from_arrays_of_another_shape():
    def wrong(*arguments):
        dxs, *rest = lstm_sequence_backward(*arguments)
        return 0 * dxs[:, 1:-1], *rest

    assert check("numpy_lstm.loop", wrong).endswith("dxs has shape (3, 2, 2); it must be (3, 4, 2)")


def test_a_length_that_is_written_into_a_loop_is_found():
    def wrong(dhs, xs, hs, cs, *rest):
        return lstm_sequence_backward(dhs[:, :4], xs[:, :4], hs[:, :4], cs[:, :4], *rest)

    assert "right for 4 steps, and not for 6" in check("numpy_lstm.loop", wrong)


def test_what_is_no_number_is_told_first():
    def wrong(*arguments):
        dxs, *rest = lstm_sequence_backward(*arguments)
        return np.nan * dxs, *rest

    assert "nan or infinity in dxs;" in check("numpy_lstm.loop", wrong)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: None, "not attempted"),
        (lambda *a: lstm_step_backward(*a)[:5], "return 6 values (dx_t, dh_prev, dc_prev, dW_ih, dW_hh, db), not 5"),
        (lambda *a: [*lstm_step_backward(*a)[:5], "x"], "stopped with ValueError"),
        (7, "asks for a function, not a int"),
    ],
)
def test_what_is_no_answer_is_told_as_in_other_exercises(answer, hint):
    assert hint in check("numpy_lstm.step", answer)


def test_arguments_changed_in_place_are_noticed():
    def greedy(dh_t, dc_t, *rest):
        found = lstm_step_backward(dh_t, dc_t, *rest)
        dc_t *= 0
        return found

    assert "in place" in check("numpy_lstm.step", greedy)


class Lame(LoopLSTM):
    """Right in all that the check compares, and of no use to an optimizer after the tenth time."""

    def backward(self, dhs):
        self.count = getattr(self, "count", 0) + 1
        return [g * (self.count < 10) for g in super().backward(dhs)]


class Lazy:
    """The exercise as it is given."""

    def __init__(self, W_ih, W_hh, b):
        self.W_ih, self.W_hh, self.b = W_ih, W_hh, b

    def forward(self, xs): ...

    def backward(self, dhs): ...


@pytest.mark.parametrize(
    ("layer", "verdict"),
    [
        (LoopLSTM, "passed"),
        (Lame, "the gradients are right, but it does not learn: after 120 steps its squared error is 0."),
        (Lazy, "not attempted"),
        (type("NoBackward", (LoopLSTM,), {"backward": lambda self, dhs: None}), "forward or backward gives nothing"),
    ],
)
def test_a_layer_must_learn_too(layer, verdict):
    assert check("numpy_lstm.layer", layer).startswith(f"numpy_lstm.layer: {verdict}")


def test_what_a_layer_prints_is_shown_once(capsys):
    class Talking(LoopLSTM):
        def forward(self, xs):
            print("forward")
            return super().forward(xs)

    assert check("numpy_lstm.layer", Talking) == "numpy_lstm.layer: passed"
    assert capsys.readouterr().out == "forward\n"


def test_blocks_that_are_right_or_beyond_help_get_no_hint():
    rng = np.random.default_rng(0)
    up, v = rng.normal(size=(2, 3)), rng.uniform(size=(2, 3))
    blocks = {"i": (up, v, "sigmoid", {}), "g": (up, v, "tanh", {})}
    right = np.concatenate([up * v * (1 - v), up * (1 - v**2)], axis=1)
    assert wrong_blocks(right, blocks) == "" and wrong_blocks(rng.normal(size=(2, 6)), blocks) == ""
    assert "order g i; the book's order is i g" in wrong_blocks(right[:, [3, 4, 5, 0, 1, 2]], blocks)
