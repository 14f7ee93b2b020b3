"""Feedback on an exercise, in one line.

``check("gates.lstm_step", my_function)`` answers "passed", "not attempted", or a hint that names the
mistake. Whatever the learner wrote runs in a child process: it can't hang, end or change the
notebook. (On Windows, which can't fork, it runs in the notebook's own process, with no limit of time.)
It is for learning: the answer could read the reference, so this can't grade a submission.

A new check is an entry in the ``CHECKS`` of a module of this package, which ``MODULES`` lists:

* :class:`FunctionCheck` for a function: a reference, a maker of arguments, and known mistakes. A
  mistake is a wrong version of the reference with the hint for whoever wrote it.
* any callable ``(answer) -> str`` for another kind of answer: ``""`` if right, else the hint.
"""

import copy
import dis
import importlib
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstm_lib.checks import spawned, supervised
from lstm_lib.checks.values import arrays_in

MODULES = (
    *("gates", "numpy_lstm", "training", "forecasting", "classification", "tuning"),
    *("char_lm", "seq2seq", "attention", "beam_search"),
)
SECONDS = 5.0
IDLE_SECONDS = 1.5  # after which an answer that waits is tried in a fresh process, if it may use a framework
PASSED, NOT_ATTEMPTED = "passed", "not attempted"
NO_RETURN = "the function works and gives nothing back; is a return missing?"
IDLE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP", "COPY_FREE_VARS", "MAKE_CELL"}
LONGEST = 400  # characters of a verdict


@dataclass(frozen=True)
class FunctionCheck:
    """How to judge a function.

    Attributes
    ----------
    reference : callable
    make_arguments : callable
        ``(rng) -> list`` of arguments, random, every size different.
    outputs : tuple of str
        Names of what the function returns, for hints.
    mistakes : dict of str to callable
        Hint to the wrong version of the reference that earns it.
    rtol : float
        Relative difference up to which a value is right.
    """

    reference: Callable
    make_arguments: Callable[[np.random.Generator], list]
    outputs: tuple[str, ...]
    mistakes: dict[str, Callable]
    rtol: float = 1e-7

    def __call__(self, answer: Any) -> str:
        """Return ``""`` if ``answer`` agrees with the reference, else a hint."""
        if not callable(answer):
            return f"this exercise asks for a function, not a {type(answer).__name__}"
        for seed in range(3):
            arguments = self.make_arguments(np.random.default_rng(seed))
            given = copy.deepcopy(arguments)
            result = answer(*given)
            if result is None or result is Ellipsis:
                return NOT_ATTEMPTED
            for before, after in zip(arrays_in(arguments), arrays_in(given), strict=True):
                if not np.array_equal(before, after):
                    return "the function changes one of its arguments in place; work on new arrays"
            hint = self._compare(result, arguments)
            if hint:
                return hint
        return ""

    def _compare(self, result, arguments):
        expected = _as_list(self.reference(*arguments), self.outputs)
        returned = _as_list(result, self.outputs)
        names = ", ".join(self.outputs)
        if len(returned) != len(expected):
            return f"return {len(expected)} value{'s' * (len(expected) > 1)} ({names}), not {len(returned)}"
        returned = [np.asarray(r, dtype=np.float64) for r in returned]
        if self._equal(returned, expected):
            return ""
        for hint, wrong in self.mistakes.items():
            if self._equal(returned, _as_list(wrong(*arguments), self.outputs)):
                return hint
        for name, r, e in zip(self.outputs, returned, expected, strict=True):
            if r.shape != np.shape(e):
                return f"{name} has shape {r.shape}; it must be {tuple(np.shape(e))}"
        every = zip(self.outputs, returned, expected, strict=True)
        differing = [(name, r, e) for name, r, e in every if not self._equal([r], [e])]
        if all(np.ndim(e) == 0 for _, _, e in differing):
            shown = repr(arguments)[1:-1]
            return self.wrong_numbers(differing) + (f", for the arguments {shown}" if len(shown) < 100 else "")
        return (
            f"right shape, wrong values in {', '.join(n for n, *_ in differing)}; compare each line with its equation"
        )

    def wrong_numbers(self, wrong: list[tuple[str, float, float]]) -> str:
        """Return the hint for numbers that no known mistake gives: names, what was given, what it must be."""
        return "; ".join(f"{name} is {_digits(r, e)} and must be {_digits(e, r)}" for name, r, e in wrong)

    def _equal(self, returned, expected):
        return all(
            np.shape(r) == np.shape(e) and np.allclose(r, e, rtol=self.rtol, atol=1e-10)
            for r, e in zip(returned, expected, strict=True)
        )


def check(name: str, answer: object) -> str:
    """Judge an answer to an exercise.

    Parameters
    ----------
    name : str
        Module and exercise, as in ``"gates.lstm_step"``.
    answer : object
        What the exercise asks for.

    Returns
    -------
    str
        One line: the name and ``passed``, ``not attempted``, or a hint.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """
    module, _, exercise = name.partition(".")
    checks = importlib.import_module(f"lstm_lib.checks.{module}").CHECKS if module in MODULES else {}
    if exercise not in checks:
        raise KeyError(f"no exercise {name!r}; {module!r} has {sorted(checks)}")
    if answer is None or answer is Ellipsis:
        return f"{name}: {NOT_ATTEMPTED}"
    return f"{name}: {_verdict(checks[exercise], answer)}"


class Answer:
    """A learner's function as a check sees it: each call happens in a process of its own.

    Parameters
    ----------
    function : callable

    Attributes
    ----------
    function : callable
        As it was given. To call it is to run it in the process of the caller.
    gave_nothing : bool
        Whether the last call returned None, though the function has a body.
    """

    def __init__(self, function: Callable) -> None:
        self.function, self._fresh, self._called = function, None, False
        self.gave_nothing = False
        self._deadline = time.monotonic() + SECONDS  # of all calls together

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function returns, as plain values, or raise :class:`~lstm_lib.checks.supervised.Stopped`."""
        value = self._call(arguments)
        self.gave_nothing = value is None and not is_empty(self.function)
        return value

    def _call(self, arguments):
        if not supervised.AVAILABLE:
            return self.function(*arguments)
        left = max(self._deadline - time.monotonic(), 0.1)
        if self._fresh:
            return self._fresh(*arguments, seconds=left)
        again = spawned.needed()
        try:
            options = {"idle_seconds": IDLE_SECONDS if again else None, "show": not self._called}
            self._called = True
            return supervised.call(self.function, list(arguments), seconds=left, **options)
        except supervised.Hung as hung:
            if not (hung.idle and again):
                raise
        self._fresh = spawned.Fresh(self.function)  # it waited for threads that a fork does not have
        self._deadline = time.monotonic() + SECONDS / 2
        return self._fresh(*arguments, seconds=SECONDS / 2)

    def close(self) -> None:
        """End what a call has started."""
        if self._fresh:
            self._fresh.close()


def _verdict(judge, answer):
    """Judge an answer, and put whatever happens into one short line."""
    wrapped = Answer(answer if callable(answer) else lambda: answer)
    try:
        with np.errstate(all="ignore"):
            text = judge(wrapped if callable(answer) else wrapped()) or PASSED
        if text == NOT_ATTEMPTED and wrapped.gave_nothing:
            text = NO_RETURN
    except (supervised.NotAttempted, NotImplementedError):
        text = NOT_ATTEMPTED
    except supervised.Stopped as stopped:
        text = str(stopped)
    except SystemExit:
        text = "stopped with exit(); a function should return"
    except Exception as error:  # whatever a value of the wrong kind can make of the judge
        text = supervised.describe(error)
    finally:
        wrapped.close()
    text = " ".join(text.split())
    return text if len(text) < LONGEST else text[: LONGEST - 1] + "…"


def is_empty(function: Callable) -> bool:
    """Return whether a function does nothing but return a constant, as one that was not written yet.

    Parameters
    ----------
    function : callable

    Returns
    -------
    bool
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is None or all(step.opname in IDLE for step in dis.get_instructions(code))


def _digits(value, other):
    """Return a number with as many digits as tell it from another."""
    k = next((k for k in range(4, 17) if f"{value:.{k}g}" != f"{other:.{k}g}"), 17)
    return f"{value:.{k}g}"


def _as_list(result, outputs):
    if len(outputs) == 1 and not isinstance(result, tuple):
        return [result]
    if isinstance(result, np.ndarray) and result.ndim and len(result) == len(outputs):
        return list(result)  # all of them stacked in one array
    return list(result) if isinstance(result, tuple | list) else [result]
