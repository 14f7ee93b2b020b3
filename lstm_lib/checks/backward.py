"""Name the mistake in a backward pass: one table, from which gradients are wrong, and when, to what was done wrong.

A wrong answer leaves a pattern. A mean where a sum belongs is right for one sequence; a path that was dropped is right
for one step, and also where the weights close that path. So an answer that is not right is asked again on **probes**,
problems in which some paths are shut, and the first row of :data:`TABLE` whose pattern fits gives the hint.

What a row may ask for:

* ``within``: nothing else than these gradients is wrong. ``x h c W_ih W_hh b`` stand for ``dx_t`` and ``dxs``,
  ``dh_prev`` and ``dh_0``, and so on, so that the rows serve one step and whole sequences of every cell.
* ``steps``: where a sequence's ``dxs`` is wrong: at the ``first`` step alone, or at all ``earlier`` ones, and right at
  the last.
* ``right_on``, ``wrong_on``: probes in which every gradient is right, or not.
* ``sign``: a function of the :class:`~lstm_lib.checks.probes.Case` that sees the numbers.
* ``shapes``: rows of mistakes that change a shape. Where a shape is wrong, no other row is asked.

To serve another backward pass, make a :class:`BackwardCheck`, and give the mistakes that only it knows as ``rows``;
what other cells share belongs into :data:`TABLE`. If none fits,
:func:`~lstm_lib.checks.blocks.wrong_blocks` compares each gate with what a missing or exchanged derivative gives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, FunctionCheck
from lstm_lib.checks.blocks import alike, wrong_blocks
from lstm_lib.checks.probes import TOLD, Arrays, Case, T
from lstm_lib.checks.signs import (
    FAMILY,
    along_the_first_axis,
    deaf_before_the_end,
    forwards,
    in_reverse,
    negated,
    no_forget_gate,
    not_summed,
    scaled,
    sequences,
    step_missing,
    transposed,
    weights_wrong_and_inputs_right,
    without_step,
)
from lstm_lib.checks.supervised import Stopped

WEIGHTS = "W_ih W_hh b"
STEPS = {"first": [0], "earlier": list(range(T - 1))}  # counted from 0


@dataclass(frozen=True)
class Row:
    """A mistake, and the pattern that it leaves.

    Attributes
    ----------
    hint : str
    within : str
        The only gradients that may be wrong, as in ``"W_hh b"``; empty if any may.
    right_on, wrong_on : tuple of str
        Names of probes.
    steps : {"", "first", "earlier"}
        Asked only of a function that returns ``dxs``.
    sign : callable, optional
        ``(case) -> bool``.
    shapes : bool
        Whether the mistake gives a gradient another shape.
    """

    hint: str
    within: str = ""
    right_on: tuple[str, ...] = ()
    wrong_on: tuple[str, ...] = ()
    steps: str = ""
    sign: Callable[[Case], bool] | None = None
    shapes: bool = False

    def fits(self, case: Case) -> bool:
        """Return whether a case shows this pattern."""
        if self.within and not {FAMILY.get(name, name) for name in case.wrong()} <= set(self.within.split()):
            return False
        if any(probe not in case.probes for probe in (*self.right_on, *self.wrong_on)):
            return False
        if any(case.wrong(probe) for probe in self.right_on) or not all(case.wrong(p) for p in self.wrong_on):
            return False
        if self.steps and "dxs" in case.check.outputs and case.wrong_steps() != STEPS[self.steps]:
            return False
        try:
            return self.sign is None or bool(self.sign(case))
        except (Stopped, TypeError, ValueError, IndexError):  # the answer fails in a probe that the sign asks for
            return False


TABLE = (
    Row("db must be added up over the batch: da.sum(axis=0)", within="b", sign=not_summed("db"), shapes=True),
    Row("db_hn must be added up over the batch, axis 0", within="b", sign=not_summed("db_hn"), shapes=True),
    Row(
        "dW_ih is transposed; its rows belong to da, its columns to x_t",
        within=WEIGHTS,
        sign=transposed("dW_ih"),
        shapes=True,
    ),
    Row(
        "dW_hh is transposed; its rows belong to da, its columns to h_prev",
        within=WEIGHTS,
        sign=transposed("dW_hh"),
        shapes=True,
    ),
    Row(
        "the steps of dxs stand on axis 0; they belong on axis 1: np.stack(..., axis=1)",
        sign=along_the_first_axis(1),
        shapes=True,
    ),
    Row(
        "the steps of dxs stand on axis 0, and the last comes first; turn the list round, then np.stack(..., axis=1)",
        sign=along_the_first_axis(-1),
        shapes=True,
    ),
    Row("dxs has a step too few; does the loop reach t = 0?", sign=step_missing, shapes=True),
    Row("the sign of all gradients is turned round", sign=negated),
    Row(
        "the gradients of the weights are a mean over the batch; each sequence counts in full, so add them up",
        within=WEIGHTS,
        right_on=("one sequence",),
        sign=scaled(lambda arguments: 1 / sequences(arguments)),
    ),
    Row(
        "all gradients are divided by the number of sequences; over the batch stands a sum, not a mean",
        right_on=("one sequence",),
        sign=scaled(lambda arguments: 1 / sequences(arguments)),
    ),
    Row(
        "the gradients of the weights are a mean over the steps; a weight was used at each of them, so add them up",
        within=WEIGHTS,
        right_on=("one step",),
        sign=scaled(lambda arguments: 1 / arguments["dhs"].shape[1]),
    ),
    Row(
        "the gradients of the weights are not added up over the steps: one step's is not the sum",
        right_on=("one step",),
        sign=weights_wrong_and_inputs_right,
    ),
    Row("what goes back along the cell must pass the forget gate: dc_prev = dc_t * f", sign=no_forget_gate),
    Row("dxs is in reverse order: what belongs to the first step must come first", sign=in_reverse),
    Row(
        "the loop runs forwards; a gradient goes back, from the last step to the first",
        right_on=("no loss",),
        wrong_on=("loss at the start",),
        sign=forwards,
    ),
    Row("the first step, t = 0, is left out", steps="first", sign=without_step(0)),
    Row("the last step is left out", wrong_on=("loss at the end",), sign=without_step(-1)),
    Row(
        "dhs[:, t] reaches only the last step; add it to dh at every step",
        right_on=("one step", "loss at the end"),
        wrong_on=("loss at the start",),
        steps="earlier",
        sign=deaf_before_the_end,
    ),
    Row(
        "the first step started from h_0 and c_0, not from zeros",
        right_on=("a start of zeros",),
        wrong_on=("one step",),
        steps="first",
    ),
)


@dataclass(frozen=True)
class BackwardCheck:
    """How to judge a function that carries a gradient back.

    Attributes
    ----------
    reference : callable
    draw : callable
        ``(rng, sizes) -> dict`` of independent arrays by name, all sizes different; ``sizes`` may hold B and T.
    outputs : tuple of str
        Names of the gradients that are returned.
    rows : tuple of Row
        Mistakes that the table does not know; they are looked for first.
    complete : callable, optional
        Adds to drawn arrays what depends on them, and puts all in the order of the arguments.
    probes : tuple of str
        Those that have a meaning here.
    blocks : callable, optional
        ``arguments -> dict`` for one step of one sequence: the gates, as
        :func:`~lstm_lib.checks.blocks.wrong_blocks` takes them.
    blocks_in : str
        Name of the output that holds the pre-activations' gradients then: for one sequence, ``db`` does.
    blocks_on : str
        The probe in which it does.
    parts : callable, optional
        ``arguments -> dict`` with what a sign needs; ``f``, the forget gate of one step.
    """

    reference: Callable
    draw: Callable[[np.random.Generator, dict[str, int]], Arrays]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    complete: Callable[[Arrays], Arrays] = dict
    probes: tuple[str, ...] = ("one sequence",)
    blocks: Callable[[Arrays], dict] | None = None
    blocks_in: str = "db"
    blocks_on: str = "one step of one sequence"
    parts: Callable[[Arrays], dict] = lambda arguments: {}

    def make_arguments(self, rng: np.random.Generator) -> list:
        """Return random arguments."""
        return list(self.complete(self.draw(rng, {})).values())

    def __call__(self, answer: Any) -> str:
        """Return ``""`` if ``answer`` agrees with the reference, else a hint."""
        plain = FunctionCheck(self.reference, self.make_arguments, self.outputs, {})(answer)
        if not callable(answer) or plain == NOT_ATTEMPTED:
            return plain
        if plain:
            return self.name_mistake(answer) or plain
        if "one step" in self.probes and Case(self, answer, seed=0).wrong("another length"):
            return (
                f"it is right for {T} steps, and not for {T + 2}; is their number written into it? xs.shape[1] holds it"
            )
        return ""

    def name_mistake(self, answer: Callable) -> str:
        """Return the hint for a wrong answer: that of the first row that fits, or what is wrong and when."""
        case = Case(self, answer, seed=0)
        try:
            wrong = case.wrong()
        except (TypeError, ValueError):  # not as many arrays of numbers
            return ""
        if not wrong:
            return ""
        _, returned, expected = case.on()
        places = [[n for n, right in expected.items() if alike(array, right)] for array in returned.values()]
        if sorted(n for found in places for n in found) == sorted(expected):
            return f"the gradients are right, but in another order; return {', '.join(self.outputs)}"
        shapes = [[np.shape(array) for array in arrays.values()] for arrays in (returned, expected)]
        misshapen = shapes[0] != shapes[1]
        if misshapen and sorted(shapes[0]) == sorted(shapes[1]):
            return f"these are the right shapes in another order; return {', '.join(self.outputs)}"
        unfit = [name for name, array in returned.items() if not np.isfinite(array).all()]
        if unfit:
            return f"nan or infinity in {', '.join(unfit)}; look for a division by 0, or an array that was never filled"
        for row in (*self.rows, *TABLE):
            if row.shapes >= misshapen and row.fits(case):
                return row.hint
        if misshapen:  # which the plain check says
            return ""
        if self.blocks and (hint := self._wrong_blocks(case)):
            return hint
        names = ", ".join(n for n in expected if n in wrong)
        right = [TOLD[probe] for probe in case.probes if probe in TOLD and not case.wrong(probe)]
        if case.wrong_steps() == STEPS["earlier"]:
            right.append("at the last step")
        but = f", but all is right {' and '.join(right)}" if right else ""
        return f"right shape, wrong values in {names}{but}; compare with the equations"

    def _wrong_blocks(self, case):
        try:
            arguments, returned, expected = case.on(self.blocks_on)
        except (Stopped, TypeError, ValueError):
            return ""
        da = returned[self.blocks_in]
        right = expected[self.blocks_in]
        if da.size != right.size or da.shape[-1] != right.shape[-1] or alike(da, right):
            return ""
        return wrong_blocks(da.reshape(1, -1) if da.ndim == 1 else da, self.blocks(arguments))
