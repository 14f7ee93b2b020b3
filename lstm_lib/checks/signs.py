"""Signs by which a row of the table of backward passes knows its mistake: functions of a case."""

from collections.abc import Callable

import numpy as np

from lstm_lib.checks.blocks import alike
from lstm_lib.checks.probes import Arrays, Case, T, several

FAMILY = {
    **{"dx_t": "x", "dxs": "x", "dh_prev": "h", "dh_0": "h", "dc_prev": "c", "dc_0": "c"},
    **{"dW_ih": "W_ih", "dW_hh": "W_hh", "db": "b", "db_hn": "b"},
}


def scaled(factor: Callable[[Arrays], float]) -> Callable[[Case], bool]:
    """Return a sign: every wrong gradient is the right one times a factor of the arguments."""

    def sign(case):
        arguments, returned, expected = case.on()
        return all(alike(returned[n], expected[n] * factor(arguments)) for n in case.wrong())

    return sign


def imitates(*wrong: Callable) -> Callable[[Case], bool]:
    """Return a sign: the answer gives what a wrong version of the reference gives, or what another one does.

    Parameters
    ----------
    *wrong : callable
        Takes what the reference takes, and returns all it returns; None stands for what need not agree.
    """

    def sign(case):
        arguments, returned, _ = case.on()
        results = (zip(returned.values(), several(make(*arguments.values())), strict=True) for make in wrong)
        return any(all(theirs is None or alike(ours, theirs) for ours, theirs in found) for found in results)

    return sign


def transposed(name: str) -> Callable[[Case], bool]:
    """Return a sign: one gradient is transposed."""

    def sign(case):
        _, returned, expected = case.on()
        return name in case.wrong() and alike(returned[name], expected[name].T)

    return sign


def not_summed(name: str) -> Callable[[Case], bool]:
    """Return a sign: the gradient of a bias still has its batch axis."""

    def sign(case):
        _, returned, expected = case.on()
        return name in case.wrong() and alike(np.sum(returned[name], axis=0), expected[name])

    return sign


def negated(case: Case) -> bool:
    """See that all gradients have the wrong sign."""
    _, returned, expected = case.on()
    return all(alike(returned[name], -expected[name]) for name in expected if name != "hs")


def along_the_first_axis(step: int) -> Callable[[Case], bool]:
    """Return a sign: the steps of ``dxs`` stand on its first axis, from the first (1) or the last step (-1)."""

    def sign(case):
        _, returned, expected = case.on()
        if "dxs" not in case.wrong() or returned["dxs"].ndim != 3:
            return False
        return alike(np.moveaxis(returned["dxs"][::step], 0, 1), expected["dxs"])

    return sign


def step_missing(case: Case) -> bool:
    """See that ``dxs`` holds a step too few."""
    _, returned, expected = case.on()
    right = np.shape(expected.get("dxs"))
    return "dxs" in expected and returned["dxs"].shape in (
        (right[0], right[1] - 1, right[2]),
        (right[1] - 1, right[0], right[2]),
    )


def sequences(arguments: Arrays) -> int:
    """Count the sequences of a batch."""
    return len(next(a for a in arguments.values() if a.ndim > 1))


def forwards(case: Case) -> bool:
    """See that what the loss says at the first step reaches every later input: that needs a loop that runs forwards."""
    _, returned, expected = case.on("loss at the start")
    ours, right = returned.get("dxs"), expected.get("dxs")
    return np.shape(ours) == np.shape(right) and all(
        alike(ours[:, t], right[:, t]) if t == 0 else np.any(np.abs(ours[:, t]) > 0) for t in range(T)
    )


def deaf_before_the_end(case: Case) -> bool:
    """See that what the loss says at the first step changes nothing."""
    return not any(np.any(array) for name, array in case.on("loss at the start")[1].items() if name in FAMILY)


def without_step(t: int) -> Callable[[Case], bool]:
    """Return a sign: nothing comes out of one step."""

    def sign(case):
        dxs = case.on()[1].get("dxs")
        return dxs is not None and not np.any(dxs[:, t])

    return sign


def in_reverse(case: Case) -> bool:
    """See that ``dxs`` alone is wrong, and right when it is read from its end."""
    _, returned, expected = case.on()
    return case.wrong() == {"dxs"} and alike(returned["dxs"][:, ::-1], expected["dxs"])


def weights_wrong_and_inputs_right(case: Case) -> bool:
    """See that in a sequence all gradients of the weights are wrong, and all others right."""
    families = {FAMILY.get(name, name) for name in case.wrong()}
    return "dxs" in case.check.outputs and families == {"W_ih", "W_hh", "b"}


def no_forget_gate(case: Case) -> bool:
    """See whether the gradient of the cell before one step lacks the factor f."""
    arguments, returned, expected = case.on("one step")
    f = case.check.parts(arguments).get("f")
    return f is not None and any(
        alike(returned[n] * f, expected[n]) for n in ("dc_prev", "dc_0") if n in case.wrong("one step")
    )
