"""Exercises of chapter ``02_numpy_lstm``: backward over time."""

from collections.abc import Callable
from functools import partial

import numpy as np

from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.lstm_blocks import step_blocks
from lstm_lib.checks.lstm_whole_step import H_T_FOR_H_PREV
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


FIRST = {  # what may stand for the state before the first step
    "h_0, c_0": lambda hs, cs, h_0, c_0: (h_0, c_0),
    "last, last": lambda hs, cs, h_0, c_0: (hs[:, -1], cs[:, -1]),
    "h_0, last": lambda hs, cs, h_0, c_0: (h_0, cs[:, -1]),
    "h_0, zeros": lambda hs, cs, h_0, c_0: (h_0, 0 * c_0),
    "last, c_0": lambda hs, cs, h_0, c_0: (hs[:, -1], c_0),
    "zeros, c_0": lambda hs, cs, h_0, c_0: (0 * h_0, c_0),
}
STARTS = {  # what dh and dc may be before the last step
    "zeros": lambda last: (0 * last, 0 * last),
    "ones": lambda last: (0 * last, 0 * last + 1),
    "one array": lambda last: (0 * last, last),  # dh += dhs[:, t] changes both
    "last twice": lambda last: (last, 0 * last),
}


def loop_with(
    before: str = "states before",
    dW_hh_at: str = "h_prev",
    carried: tuple[float, float] = (1.0, 1.0),
    kept: tuple[float, float] = (0.0, 0.0),
    exchanged: bool = False,
    start: str = "zeros",
    first: str = "h_0, c_0",
    steps: slice = slice(None),
    forget: bool = True,
    add: bool = True,
    forwards: bool = False,
) -> Callable[..., tuple]:
    """Return a wrong loop: another state before a step, another order, or something that is passed on otherwise."""

    def loop(dhs, xs, hs, cs, h_0, c_0, *weights):
        dh, dc = STARTS[start](dhs[:, -1])
        dxs, totals = np.zeros_like(xs), [np.zeros_like(w) for w in weights]
        order = range(xs.shape[1])[steps]
        for t in order if forwards else reversed(order):
            h_prev, c_prev = (hs[:, t - 1], cs[:, t - 1]) if t else FIRST[first](hs, cs, h_0, c_0)
            if before in ("states after", "cell after"):
                h_prev, c_prev = h_prev if before == "cell after" else hs[:, t], cs[:, t]
            step = (dh + dhs[:, t], dc, xs[:, t], h_prev, c_prev, *weights)
            dxs[:, t], dh, dc, *parts = lstm_step_backward(*step)
            if dW_hh_at == "h_t":
                parts[1] = _da(*step).T @ hs[:, t]
            dc = dc / (1 if forget else lstm_gates(xs[:, t], h_prev, *weights)[1])
            dh, dc = carried[0] * dh + kept[0] * step[0], carried[1] * dc + kept[1] * step[1]
            dh, dc = (dc, dh) if exchanged else (dh, dc)
            totals = [add * total + part for total, part in zip(totals, parts, strict=True)]
        return dxs, dh if carried[0] else None, dc if carried[1] else None, *totals

    return loop


LOOPS = {  # hint to the loops that earn it, for whole sequences and for a layer
    "dh and dc are two names of one array, as dh = dc = np.zeros(...) makes them; dh += ... changes both": (
        {"start": "one array"},
    ),
    "dc starts as zeros: nothing follows the last step": ({"start": "ones"},),
    "the last step is told dhs[:, -1] twice: dh starts as zeros, and the loop adds dhs[:, t]": (
        {"start": "last twice"},
    ),
    "at t = 0, hs[:, t - 1] is the last step; the first step started from h_0 and c_0": ({"first": "last, last"},),
    "at t = 0, the cell is c_0": ({"first": "h_0, last"}, {"first": "h_0, zeros"}),
    "at t = 0, the hidden state is h_0": ({"first": "last, c_0"}, {"first": "zeros, c_0"}),
    "dh is what the step returns alone, plus dhs[:, t]; yours also keeps what it was before": ({"kept": (1.0, 0.0)},),
    "dc is what the step returns alone; yours also keeps what it was before": ({"kept": (0.0, 1.0)},),
    "dh and dc are what the step returns alone; yours also keep what they were before": ({"kept": (1.0, 1.0)},),
    "dh and dc are exchanged between the steps": ({"exchanged": True},),
    APART: ({"carried": (0.0, 0.0)},),
    "the path through h is dropped: dh of one step must reach the step before it, on top of dhs[:, t]": (
        {"carried": (0.0, 1.0)},
    ),
    "the path through c is dropped: dc of one step must reach the step before it": ({"carried": (1.0, 0.0)},),
    "step t started from the states before it, hs[:, t - 1] and cs[:, t - 1], not from hs[:, t] and cs[:, t]": (
        {"before": "states after"},
    ),
    "the cell before step t is cs[:, t - 1], not cs[:, t]": ({"before": "cell after"},),
    H_T_FOR_H_PREV: ({"dW_hh_at": "h_t"},),
}


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
    blocks = step_blocks(first | states | {name: arguments[name] for name in ("W_ih", "W_hh", "b")})
    upstream, f, kind, others = blocks["f"]
    hint = "{blocks}: all zero in the first step; was f forgotten, or does that step start from zeros, not from c_0?"
    return blocks | {"f": (upstream, f, kind, others | {hint: 0 * f})}


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
        *("loss at the end", "loss at the start", "no loss", "a start of zeros"),
    ),
    rows=(
        *(Row(hint, sign=imitates(*(loop_with(**wrong) for wrong in loops))) for hint, loops in LOOPS.items()),
        Row(
            "dhs is shifted by a step: dhs[:, t] belongs to the state that step t has made",
            sign=imitates(*(_loop_told(partial(np.roll, shift=k, axis=1)) for k in (1, -1))),
        ),
        Row("dhs[:, t] counts twice at the steps before the last", sign=imitates(_loop_told(_twice_before_the_end))),
    ),
    blocks=sequence_blocks,
    parts=sequence_parts,
)
