"""Exercise of chapter ``02_numpy_lstm``: backpropagation through time that is cut into windows."""

from functools import partial

import numpy as np

from lstm_lib.checks import Answer, FunctionCheck
from lstm_lib.checks.lstm_sequences import SEQUENCE
from lstm_lib.checks.probes import drawn
from lstm_lib.checks.supervised import Stopped
from lstm_lib.gates import lstm_step_backward
from lstm_lib.numpy_lstm.loops import lstm_sequence, lstm_sequence_backward

SIZES = ((7, 3), (6, 2))  # T and k: a last window that is shorter, and none that is

# From the last states of a window, and h_0 and c_0, to the state that the next one starts from.
CARRY = {
    "both": lambda h, c, h_0, c_0: (h, c),
    "none": lambda h, c, h_0, c_0: (0 * h, 0 * c),
    "h": lambda h, c, h_0, c_0: (h, 0 * c),
    "c": lambda h, c, h_0, c_0: (0 * h, c),
    "start": lambda h, c, h_0, c_0: (h_0, c_0),
    "h, c_0": lambda h, c, h_0, c_0: (h, c_0),
    "h_0, c": lambda h, c, h_0, c_0: (h_0, c),
}


def _truncated(carry="both", place=-1, gradient="cut", add="all", first="given", last_window=True, fixed=0):
    """Make a truncated pass over windows of ``k`` steps; all but the defaults make a wrong one."""

    def passes(dhs, xs, h_0, c_0, W_ih, W_hh, b, k):
        T, weights, k = xs.shape[1], (W_ih, W_hh, b), fixed or k
        h, c = (h_0, c_0) if first == "given" else (0 * h_0, 0 * c_0)
        hs, totals = np.zeros_like(dhs), [np.zeros_like(w) for w in weights]
        for start in range(0, T if last_window else T - T % k, k):
            window = slice(start, start + k)
            states = lstm_sequence(xs[:, window], h, c, *weights)
            hs[:, window] = states[0]
            told = dhs[:, : states[0].shape[1]] if gradient == "first dhs" else dhs[:, window]
            ends = [s[:, -1] for s in states]
            others = {"from h_0": (h_0, c_0), "from zeros": (0 * h_0, 0 * c_0), "from the end": ends}
            start_of = others.get(gradient, (h, c))
            parts = lstm_sequence_backward(told, xs[:, window], *states, *start_of, *weights)[3:]
            totals = [total * (add == "all") + part for total, part in zip(totals, parts, strict=True)]
            h, c = CARRY[carry](states[0][:, place], states[1][:, place], h_0, c_0)
        if gradient == "whole":
            states = lstm_sequence(xs, h_0, c_0, *weights)
            totals = lstm_sequence_backward(dhs, xs, *states, h_0, c_0, *weights)[3:]
        if gradient == "mean":
            totals = [total / -(-T // k) for total in totals]
        return hs, *totals

    return passes


def _cut_only(dh_passes, dc_passes):
    """Make a pass that cuts one of the two gradients alone at the start of a window."""

    def passes(dhs, xs, h_0, c_0, W_ih, W_hh, b, k):
        weights = W_ih, W_hh, b
        hs, cs = lstm_sequence(xs, h_0, c_0, *weights)
        dh, dc, totals = 0 * h_0, 0 * c_0, [0 * w for w in weights]
        for t in reversed(range(xs.shape[1])):
            before = (hs[:, t - 1], cs[:, t - 1]) if t else (h_0, c_0)
            _, dh, dc, *parts = lstm_step_backward(dh + dhs[:, t], dc, xs[:, t], *before, *weights)
            totals = [total + part for total, part in zip(totals, parts, strict=True)]
            if t % k == 0:
                dh, dc = dh_passes * dh, dc_passes * dc
        return hs, *totals

    return passes


FROM_ZEROS = "each window starts from zeros; only the gradient is cut, the state is carried over"
BACK_TO = "forward a window starts from the carried state, so backward it must, too; yours takes"


def _from_zeros_each(*arguments):
    dhs, xs, h_0, c_0, *rest = arguments
    return _truncated("none")(dhs, xs, 0 * h_0, 0 * c_0, *rest)


def _arguments(rng, T, k):
    return [*drawn(SEQUENCE)(rng, {"T": T}).values(), k]


MISTAKES = {
    FROM_ZEROS: _truncated("none"),
    f"{FROM_ZEROS}, and the first starts from h_0 and c_0": _from_zeros_each,
    "each window starts from h_0 and c_0; start the first one so, and the others where the last one ended": _truncated(
        "start"
    ),
    "the cell is not carried over: each window starts from c_0, only h goes on": _truncated("h, c_0"),
    "the hidden state is not carried over: each window starts from h_0, only c goes on": _truncated("h_0, c"),
    "the cell is not carried over from window to window, only h is": _truncated("h"),
    "the hidden state is not carried over from window to window, only c is": _truncated("c"),
    "the gradient runs through all windows: that is the whole pass; cut it at the start of each": _truncated(
        gradient="whole"
    ),
    "dh is cut, and dc still goes from window to window; cut both": _cut_only(0.0, 1.0),
    "dc is cut, and dh still goes from window to window; cut both": _cut_only(1.0, 0.0),
    "only the last window counts in the weights; add up those of all windows": _truncated(add="last"),
    "the last window, shorter than k steps, is left out": _truncated(last_window=False),
    "the first window starts from zeros; it starts from h_0 and c_0": _truncated(first="zeros"),
    "the gradients are a mean over the windows; add them up": _truncated(gradient="mean"),
    "each window has its own part of dhs; yours takes the first k steps again and again": _truncated(
        gradient="first dhs"
    ),
    f"{BACK_TO} h_0": _truncated(gradient="from h_0"),
    f"{BACK_TO} zeros": _truncated(gradient="from zeros"),
    "h and c go on to the next window before the way back, which needs those that this one started from": _truncated(
        gradient="from the end"
    ),
    "the state that is carried over is the last of a window, not its first": _truncated(place=0),
    "k = 3 is written into it; take the k that is given": _truncated(fixed=3),
}


OUTPUTS = ("hs", "dW_ih", "dW_hh", "db")
CHECKS = [FunctionCheck(_truncated(), partial(_arguments, T=T, k=k), OUTPUTS, MISTAKES) for T, k in SIZES]


def check_truncated(answer: Answer) -> str:
    """Check a truncated pass where the last window is shorter, and where ``k`` divides the length."""
    first, second = CHECKS
    if hint := first(answer):
        return hint
    T, k = SIZES[1]
    try:
        hint = second(answer)
    except Stopped as stopped:
        hint = f"{stopped}; is a window of no steps left at the end?"
    return hint and f"with T = {T} and k = {k}, where k divides T: {hint}"
