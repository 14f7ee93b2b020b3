"""Exercises of chapter ``02_numpy_lstm``: backward over time, and in windows."""

from collections.abc import Callable
from functools import partial

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.lstm_blocks import step_blocks
from lstm_lib.checks.lstm_steps import H_T_FOR_H_PREV
from lstm_lib.checks.probes import H, drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.gates import lstm_gates, lstm_step_backward
from lstm_lib.numpy_lstm.loops import lstm_sequence, lstm_sequence_backward

APART = "the steps know nothing of each other: what one step returns as dh and dc, the step before it needs"


# Step 7: the loop over time.
def _da(dh_t, dc_t, x_t, h_prev, c_prev, *weights):
    """Return the gradient of the pre-activations, (B, 4H): for one sequence, that of the bias."""
    rows = zip(dh_t, dc_t, x_t, h_prev, c_prev, strict=True)
    return np.stack([lstm_step_backward(*(a[None] for a in row), *weights)[5] for row in rows])


def loop_with(
    before: str = "states before",
    dW_hh_at: str = "h_prev",
    carried: float = 1.0,
    forget: bool = True,
    add: bool = True,
    forwards: bool = False,
) -> Callable[..., tuple]:
    """Return a wrong loop: another state before a step, another order, or something that is not passed on."""

    def loop(dhs, xs, hs, cs, h_0, c_0, *weights):
        dh, dc = np.zeros_like(h_0), np.zeros_like(c_0)
        dxs, totals = np.zeros_like(xs), [np.zeros_like(w) for w in weights]
        for t in range(xs.shape[1]) if forwards else reversed(range(xs.shape[1])):
            h_prev, c_prev = (hs[:, t - 1], cs[:, t - 1]) if t or before == "last for first" else (h_0, c_0)
            if before in ("states after", "cell after"):
                h_prev, c_prev = h_prev if before == "cell after" else hs[:, t], cs[:, t]
            step = (dh + dhs[:, t], dc, xs[:, t], h_prev, c_prev, *weights)
            dxs[:, t], dh, dc, *parts = lstm_step_backward(*step)
            if dW_hh_at == "h_t":
                parts[1] = _da(*step).T @ hs[:, t]
            dh, dc = carried * dh, carried * dc / (1 if forget else lstm_gates(xs[:, t], h_prev, *weights)[1])
            totals = [add * total + part for total, part in zip(totals, parts, strict=True)]
        return dxs, dh if carried else None, dc if carried else None, *totals

    return loop


def _loop_told(change):
    """Make a loop to which the loss seems to say something else."""
    return lambda dhs, *rest: lstm_sequence_backward(change(dhs), *rest)


def _twice_before_the_end(dhs):
    return np.concatenate([2 * dhs[:, :-1], dhs[:, -1:]], axis=1)


def sequence_parts(arguments: dict) -> dict:
    """Return the forget gate of the first step, for the signs of :data:`~lstm_lib.checks.backward.TABLE`."""
    x_1, zeros = arguments["xs"][:, 0], np.zeros((len(arguments["xs"]), H))
    weights = (arguments[name] for name in ("W_ih", "W_hh", "b"))
    return {"f": lstm_gates(x_1, arguments.get("h_0", zeros), *weights)[1]}


def sequence_blocks(arguments: dict) -> dict:
    """Describe the blocks of a sequence of one step, for :func:`~lstm_lib.checks.blocks.wrong_blocks`."""
    first = {"dh_t": arguments["dhs"][:, 0], "dc_t": 0 * arguments["dhs"][:, 0], "x_t": arguments["xs"][:, 0]}
    zeros = 0 * first["dh_t"]
    states = {"h_prev": arguments.get("h_0", zeros), "c_prev": arguments.get("c_0", zeros)}
    return step_blocks(first | states | {name: arguments[name] for name in ("W_ih", "W_hh", "b")})


def _loop_arguments(arrays):
    hs, cs = lstm_sequence(*(arrays[name] for name in ("xs", "h_0", "c_0", "W_ih", "W_hh", "b")))
    first = {name: arrays[name] for name in ("dhs", "xs")}
    return first | {"hs": hs, "cs": cs} | {name: arrays[name] for name in ("h_0", "c_0", "W_ih", "W_hh", "b")}


SEQUENCE = {"dhs": "B T H", "xs": "B T D", "h_0": "B H", "c_0": "B H", "W_ih": "4H D", "W_hh": "4H H", "b": "4H"}
LOOP = BackwardCheck(
    lstm_sequence_backward,
    drawn(SEQUENCE),
    ("dxs", "dh_0", "dc_0", "dW_ih", "dW_hh", "db"),
    complete=_loop_arguments,
    probes=(
        *("one sequence", "one step", "no path through h", "no path through c"),
        *("loss at the end", "loss at the start", "a start of zeros"),
    ),
    rows=(
        Row(
            "at t = 0, hs[:, t - 1] is the last step; the first step started from h_0 and c_0",
            sign=imitates(loop_with("last for first")),
        ),
        Row(
            "step t started from the states before it, hs[:, t - 1] and cs[:, t - 1], not from hs[:, t] and cs[:, t]",
            sign=imitates(loop_with("states after")),
        ),
        Row("the cell before step t is cs[:, t - 1], not cs[:, t]", sign=imitates(loop_with("cell after"))),
        Row(H_T_FOR_H_PREV, sign=imitates(loop_with(dW_hh_at="h_t"))),
        Row(
            "dhs is shifted by a step: dhs[:, t] belongs to the state that step t has made",
            sign=lambda case: any(imitates(_loop_told(partial(np.roll, shift=k, axis=1)))(case) for k in (1, -1)),
        ),
        Row("dhs[:, t] counts twice at the steps before the last", sign=imitates(_loop_told(_twice_before_the_end))),
        Row(
            APART,
            right_on=("one step",),
            steps="earlier",
            sign=imitates(loop_with(carried=0.0)),
        ),
    ),
    blocks=sequence_blocks,
    parts=sequence_parts,
)


# Step 8: truncation.
def _truncated(carry=(1.0, 1.0), place=-1, gradient="cut", add="all", first="given", last_window=True):
    """Make a truncated pass over windows of ``k`` steps; all but the defaults make a wrong one."""

    def passes(dhs, xs, h_0, c_0, W_ih, W_hh, b, k):
        T, weights = xs.shape[1], (W_ih, W_hh, b)
        h, c = (h_0, c_0) if first == "given" else (0 * h_0, 0 * c_0)
        hs, totals = np.zeros_like(dhs), [np.zeros_like(w) for w in weights]
        for start in range(0, T if last_window else T - T % k, k):
            window = slice(start, start + k)
            states = lstm_sequence(xs[:, window], h, c, *weights)
            hs[:, window] = states[0]
            told = dhs[:, : states[0].shape[1]] if gradient == "first dhs" else dhs[:, window]
            start_of = {"from h_0": (h_0, c_0), "from zeros": (0 * h_0, 0 * c_0)}.get(gradient, (h, c))
            parts = lstm_sequence_backward(told, xs[:, window], *states, *start_of, *weights)[3:]
            totals = [total * (add == "all") + part for total, part in zip(totals, parts, strict=True)]
            h, c = carry[0] * states[0][:, place], carry[1] * states[1][:, place]
        if gradient == "whole":
            states = lstm_sequence(xs, h_0, c_0, *weights)
            totals = lstm_sequence_backward(dhs, xs, *states, h_0, c_0, *weights)[3:]
        if gradient == "mean":
            totals = [total / -(-T // k) for total in totals]
        return hs, *totals

    return passes


def _truncated_arguments(rng):
    return [*drawn(SEQUENCE)(rng, {"T": 7}).values(), 3]


TRUNCATED = FunctionCheck(
    _truncated(),
    _truncated_arguments,
    ("hs", "dW_ih", "dW_hh", "db"),
    {
        "each window starts from zeros; only the gradient is cut, the state is carried over": _truncated((0.0, 0.0)),
        "the cell is not carried over from window to window, only h is": _truncated((1.0, 0.0)),
        "the hidden state is not carried over from window to window, only c is": _truncated((0.0, 1.0)),
        "the gradient runs through all windows: that is the whole pass; cut it at the start of each": _truncated(
            gradient="whole"
        ),
        "only the last window counts in the weights; add up those of all windows": _truncated(add="last"),
        "the last window, shorter than k steps, is left out": _truncated(last_window=False),
        "the first window starts from zeros; it starts from h_0 and c_0": _truncated(first="zeros"),
        "the gradients are a mean over the windows; add them up": _truncated(gradient="mean"),
        "each window has its own part of dhs; yours takes the first k steps again and again": _truncated(
            gradient="first dhs"
        ),
        "forward a window starts from the carried state, so backward it must, too; yours takes h_0": _truncated(
            gradient="from h_0"
        ),
        "forward a window starts from the carried state, so backward it must, too; yours takes zeros": _truncated(
            gradient="from zeros"
        ),
        "the state that is carried over is the last of a window, not its first": _truncated(place=0),
    },
)
