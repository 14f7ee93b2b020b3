"""Exercises of chapter ``02_numpy_lstm``: backward over time, in windows, and a layer that learns."""

from contextlib import closing
from functools import partial

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, Answer, FunctionCheck, _is_empty
from lstm_lib.checks.backward import BackwardCheck, Row, imitates
from lstm_lib.checks.blocks import alike
from lstm_lib.checks.lstm_steps import H_T_FOR_H_PREV, step_blocks
from lstm_lib.checks.probes import H, drawn
from lstm_lib.data.tasks import marked_number
from lstm_lib.gates import lstm_gates, lstm_step, lstm_step_backward
from lstm_lib.numpy_lstm.loops import LoopLSTM, lstm_sequence, lstm_sequence_backward, train_layer

APART = "the steps know nothing of each other: what one step returns as dh and dc, the step before it needs"
STEPS = 120  # of training, in the check of the layer


# Step 7: the loop over time.
def _da(dh_t, dc_t, x_t, h_prev, c_prev, *weights):
    """Return the gradient of the pre-activations, (B, 4H): for one sequence, that of the bias."""
    rows = zip(dh_t, dc_t, x_t, h_prev, c_prev, strict=True)
    return np.stack([lstm_step_backward(*(a[None] for a in row), *weights)[5] for row in rows])


def _loop_with(before="states before", dW_hh_at="h_prev", carried=1.0, forget=True, add=True, forwards=False):
    """Make a wrong loop: another state before a step, another order, or something that is not passed on."""

    def loop(dhs, xs, hs, cs, h_0, c_0, *weights):
        dh, dc = np.zeros_like(h_0), np.zeros_like(c_0)
        dxs, totals = np.zeros_like(xs), [np.zeros_like(w) for w in weights]
        for t in range(xs.shape[1]) if forwards else reversed(range(xs.shape[1])):
            h_prev, c_prev = (hs[:, t - 1], cs[:, t - 1]) if t or before == "last for first" else (h_0, c_0)
            if before == "states after":
                h_prev, c_prev = hs[:, t], cs[:, t]
            step = (dh + dhs[:, t], dc, xs[:, t], h_prev, c_prev, *weights)
            dxs[:, t], dh, dc, *parts = lstm_step_backward(*step)
            if dW_hh_at == "h_t":
                parts[1] = _da(*step).T @ hs[:, t]
            dh, dc = carried * dh, carried * dc / (1 if forget else lstm_gates(xs[:, t], h_prev, *weights)[1])
            totals = [add * total + part for total, part in zip(totals, parts, strict=True)]
        return dxs, dh if carried else None, dc if carried else None, *totals

    return loop


def _sequence_parts(arguments):
    x_1, zeros = arguments["xs"][:, 0], np.zeros((len(arguments["xs"]), H))
    weights = (arguments[name] for name in ("W_ih", "W_hh", "b"))
    return {"f": lstm_gates(x_1, arguments.get("h_0", zeros), *weights)[1]}


def _sequence_blocks(arguments):
    """Describe the blocks of a sequence of one step."""
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
            sign=imitates(_loop_with("last for first")),
        ),
        Row(
            "step t started from the states before it, hs[:, t - 1] and cs[:, t - 1], not from hs[:, t] and cs[:, t]",
            sign=imitates(_loop_with("states after")),
        ),
        Row(H_T_FOR_H_PREV, sign=imitates(_loop_with(dW_hh_at="h_t"))),
        Row(
            APART,
            right_on=("one step",),
            steps="earlier",
            sign=imitates(_loop_with(carried=0.0)),
        ),
    ),
    blocks=_sequence_blocks,
    parts=_sequence_parts,
)


# Step 8: truncation.
def _truncated(carry=(1.0, 1.0), gradient="cut", add="all", first="given", last_window=True):
    """Make a truncated pass over windows of ``k`` steps; all but the defaults make a wrong one."""

    def passes(dhs, xs, h_0, c_0, W_ih, W_hh, b, k):
        T, weights = xs.shape[1], (W_ih, W_hh, b)
        h, c = (h_0, c_0) if first == "given" else (0 * h_0, 0 * c_0)
        hs, totals = np.zeros_like(dhs), [np.zeros_like(w) for w in weights]
        for start in range(0, T if last_window else T - T % k, k):
            window = slice(start, start + k)
            states = lstm_sequence(xs[:, window], h, c, *weights)
            hs[:, window] = states[0]
            parts = lstm_sequence_backward(dhs[:, window], xs[:, window], *states, h, c, *weights)[3:]
            totals = [total * (add == "all") + part for total, part in zip(totals, parts, strict=True)]
            h, c = carry[0] * states[0][:, -1], carry[1] * states[1][:, -1]
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
    },
)


# Step 9: the layer. It is used, and trained, in the process that calls what a learner wrote.
def _use(make_layer, dhs, xs, W_ih, W_hh, b):
    """Run a layer forward and back, and return all it says."""
    layer = make_layer(W_ih, W_hh, b)
    hs = layer.forward(xs)
    if isinstance(hs, tuple):
        raise ValueError("forward must return one array, hs, and it returned a tuple")
    gradients = None if hs is None else layer.backward(dhs)
    return None if gradients is None else (hs, *_in_a_row(gradients))


def _in_a_row(gradients):
    return gradients.values() if isinstance(gradients, dict) else gradients


def _use_twice(make_layer, dhs, xs, *weights):
    """Return the gradients of one sequence from a layer that has seen others, and whether it follows its weights."""
    weights = [w.copy() for w in weights]
    layer = make_layer(*weights)
    hs = layer.forward(xs[:, ::-1])
    layer.backward(dhs)
    again = layer.forward(xs)
    gradients = list(_in_a_row(layer.backward(dhs)))
    for w in weights:
        w *= 0.5
    return hs, again, gradients, layer.forward(xs)


def _trained(make_layer):
    answer, losses = train_layer(make_layer, steps=STEPS, seed=0)
    return answer(marked_number(np.random.default_rng(1), 500, 8)[0]), losses


def _forward_with(carry=(1.0, 1.0), shifted=False):
    """Make a wrong forward pass of a layer, with no word on its gradients."""

    def layer(dhs, xs, *weights):
        h = c = np.zeros((len(xs), H))
        hs = np.zeros_like(dhs)
        for t in range(xs.shape[1]):
            before, (h, c) = h, lstm_step(xs[:, t], carry[0] * h, carry[1] * c, *weights)
            hs[:, t] = before if shifted else h
        return hs, None, None, None

    return layer


def _layer_with(**wrong):
    """Make a layer with a wrong backward loop."""

    def layer(dhs, xs, *weights):
        zeros = np.zeros((len(xs), H))
        states = lstm_sequence(xs, zeros, zeros, *weights)
        return states[0], *_loop_with(**wrong)(dhs, xs, *states, zeros, zeros, *weights)[3:]

    return layer


def _only_block_f(case):
    """See that of the four blocks of db only f's is wrong, where no path leads through h.

    A layer starts from a cell of zeros, so that nothing of this gate shows in one step.
    """
    _, returned, expected = case.on("no path through h")
    pairs = zip("ifgo", np.split(returned["db"], 4), np.split(expected["db"], 4), strict=True)
    return [gate for gate, ours, right in pairs if not alike(ours, right)] == ["f"]


LAYER = BackwardCheck(
    partial(_use, LoopLSTM),
    drawn({name: SEQUENCE[name] for name in ("dhs", "xs", "W_ih", "W_hh", "b")}),
    ("hs", "dW_ih", "dW_hh", "db"),
    probes=("one sequence", "one step", "no path through h", "no path through c", "loss at the end"),
    rows=(
        Row(
            "forward: hs[:, t] must be the state after step t, not before it",
            sign=imitates(_forward_with(shifted=True)),
        ),
        Row("forward: the cell is not carried from step to step", sign=imitates(_forward_with((1.0, 0.0)))),
        Row("forward: the hidden state is not carried from step to step", sign=imitates(_forward_with((0.0, 1.0)))),
        Row(
            APART,
            sign=imitates(_layer_with(carried=0.0)),
        ),
        Row(
            "the loop runs forwards; a gradient goes back, from the last step to the first",
            sign=imitates(_layer_with(forwards=True)),
        ),
        Row(
            "the gradients of the weights are not added up over the steps: one step's is not the sum",
            sign=imitates(_layer_with(add=False)),
        ),
        Row(
            "what goes back along the cell must pass the forget gate: dc_prev = dc_t * f",
            sign=imitates(_layer_with(forget=False)),
        ),
        Row(
            "step t started from the states before it, not from hs[:, t] and cs[:, t]",
            sign=imitates(_layer_with(before="states after")),
        ),
        Row(H_T_FOR_H_PREV, sign=imitates(_layer_with(dW_hh_at="h_t"))),
        Row("of the gradients only block f is wrong: da_f is dc_t * c_prev * f * (1 - f)", sign=_only_block_f),
    ),
    blocks=_sequence_blocks,
    parts=_sequence_parts,
)


def _together(use, make_layer):
    """Return what calls a function with a layer in the process that makes the layer: an object does not come back."""

    def call(*arguments):
        with closing(Answer(partial(use, make_layer))) as inside:
            return inside(*arguments)

    return call


def check_layer(answer: Answer) -> str:
    """Check the gradients of a layer, then whether it may be used again, and whether it learns."""
    make_layer = answer._function if isinstance(answer, Answer) else answer
    hint = LAYER(_together(_use, make_layer))
    if hint == NOT_ATTEMPTED and not all(_is_empty(getattr(make_layer, name)) for name in ("forward", "backward")):
        return "forward or backward gives nothing back; is a return missing, or one of them not written yet?"
    if hint.startswith("return "):  # which counts what forward returned, too
        return f"backward must return 3 arrays (dW_ih, dW_hh, db), not {int(hint.split()[-1]) - 1}"
    if hint:
        return hint
    arguments = LAYER.make_arguments(np.random.default_rng(0))
    _, again, gradients, other = _together(_use_twice, make_layer)(*arguments)
    expected = _use(LoopLSTM, *arguments)
    if alike(other, again):
        return (
            "the layer does not follow its weights: an optimizer changes them in place, so keep the arrays, not copies"
        )
    if not alike(again, expected[0]):
        return "a second forward gives other hidden states than a new layer; start from zeros in each forward"
    if not all(alike(ours, right) for ours, right in zip(gradients, expected[1:], strict=True)):
        return (
            "a second backward gives other gradients than a new layer; start the sums, and what is kept, anew each time"
        )
    answers, _ = _together(_trained, make_layer)()
    _, ys = marked_number(np.random.default_rng(1), 500, 8)
    error, constant = float(np.mean((answers - ys) ** 2)), float(np.mean(ys**2))
    if not error < constant / 2:
        learned = f"after {STEPS} steps its squared error is {error:.3f}; that of a constant is {constant:.3f}"
        return f"the gradients are right, but it does not learn: {learned}"
    return ""
