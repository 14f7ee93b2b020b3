"""Ask a backward pass again on problems in which some of its paths are shut, and see what is wrong there."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lib.checks.blocks import alike
from lstm_lib.checks.supervised import Stopped

Arrays = dict[str, np.ndarray]
B, T, D, H = 3, 4, 2, 5  # sizes of a problem, all different


def _shut_h(arrays):
    return arrays | {"W_hh": 0 * arrays["W_hh"]}


def _shut_c(arrays):
    b = arrays["b"].copy()
    b[len(b) // 4 : len(b) // 2] = -60  # the forget gate of i f g o
    return arrays | {"b": b}


def _at_the_end(arrays):
    dhs = arrays["dhs"].copy()
    dhs[:, :-1] = 0
    return arrays | {"dhs": dhs}


def _at_the_start(arrays):
    dhs = arrays["dhs"].copy()
    dhs[:, 1:] = 0
    return arrays | {"dhs": dhs}


def _no_loss(arrays):
    return arrays | {"dhs": 0 * arrays["dhs"]}


def _from_zeros(arrays):
    return arrays | {name: 0 * arrays[name] for name in ("h_0", "c_0")}


# Name to the sizes of the problem, and what is done to its arrays.
PROBES: dict[str, tuple[dict[str, int], Callable[[Arrays], Arrays]]] = {
    "as it is": ({}, dict),
    "one sequence": ({"B": 1}, dict),
    "one step": ({"T": 1}, dict),
    "one step of one sequence": ({"B": 1, "T": 1}, dict),
    "no path through h": ({}, _shut_h),
    "no path through c": ({}, _shut_c),
    "loss at the end": ({}, _at_the_end),
    "loss at the start": ({}, _at_the_start),
    "no loss": ({}, _no_loss),
    "a start of zeros": ({}, _from_zeros),
    "another length": ({"T": T + 2}, dict),
}


# Told of an answer that no row fits.
TOLD = {
    "one sequence": "for a batch of one sequence",
    "one step": "for one step",
    "no path through h": "where W_hh is 0",
    "no path through c": "where the forget gates are shut",
    "loss at the end": "where only the last step has a loss",
    "a start of zeros": "from a start of zeros",
}


class Case:
    """A wrong answer, which can be asked again.

    Parameters
    ----------
    check : lstm_lib.checks.backward.BackwardCheck
    answer : callable
    seed : int
    """

    def __init__(self, check: Any, answer: Callable, seed: int) -> None:
        self.check, self._answer, self._seed = check, answer, seed
        self.probes = ("as it is", *check.probes)
        self._seen = {}

    def on(self, probe: str = "as it is") -> tuple[Arrays, Arrays, Arrays]:
        """Return the arguments of a probe, the answer's gradients by name, and the right ones."""
        if probe not in self._seen:
            sizes, change = PROBES[probe]
            arguments = self.check.complete(change(self.check.draw(np.random.default_rng(self._seed), sizes)))
            results = (
                self._answer(*(a.copy() for a in arguments.values())),
                self.check.reference(*arguments.values()),
            )
            returned, expected = (dict(zip(self.check.outputs, several(r), strict=True)) for r in results)
            self._seen[probe] = arguments, {k: np.asarray(v, np.float64) for k, v in returned.items()}, expected
        return self._seen[probe]

    def wrong(self, probe: str = "as it is") -> frozenset[str]:
        """Return the names of the gradients that are wrong in a probe: all, if the answer fails there."""
        try:
            _, returned, expected = self.on(probe)
        except (Stopped, TypeError, ValueError):
            if probe == "as it is":
                raise
            return frozenset(self.check.outputs)
        return frozenset(name for name in expected if not alike(returned[name], expected[name]))

    def wrong_steps(self) -> list[int]:
        """Return at which steps, counted from 0, ``dxs`` is wrong; none if the function does not return it."""
        _, returned, expected = self.on()
        if "dxs" not in expected or returned["dxs"].shape != expected["dxs"].shape:
            return []
        return [t for t in range(T) if not alike(returned["dxs"][:, t], expected["dxs"][:, t])]


def drawn(shapes: dict[str, str]) -> Callable[..., Arrays]:
    """Return what draws random arrays by name; shapes are written in the letters of the sizes, as in ``"4H D"``."""

    def draw(rng, sizes=()):
        sizes = {"B": B, "T": T, "D": D, "H": H} | dict(sizes)
        known = sizes | {f"{gates}H": gates * H for gates in (3, 4)}
        return {name: rng.normal(size=[known[letter] for letter in shape.split()]) for name, shape in shapes.items()}

    return draw


def several(result: Any) -> tuple | list:
    """Return what a function returned as several values."""
    return result if isinstance(result, tuple | list) else (result,)
