"""Exercise of chapter ``02_numpy_lstm``: a layer that passes a gradient check and learns."""

from contextlib import closing, redirect_stdout
from functools import partial
from io import StringIO

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, Answer, is_empty
from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.blocks import alike
from lstm_lib.checks.lstm_sequences import LOOPS, SEQUENCE, loop_with, sequence_blocks, sequence_parts
from lstm_lib.checks.probes import H, drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.data.tasks import marked_number
from lstm_lib.gates import lstm_step
from lstm_lib.numpy_lstm.loops import LoopLSTM, lstm_sequence, train_layer

STEPS = 120  # of training


# Step 9: the layer. It is used, and trained, in the process that calls what a learner wrote.
def _use(make_layer, dhs, xs, W_ih, W_hh, b):
    """Run a layer forward and back, and return all it says."""
    layer = make_layer(W_ih, W_hh, b)
    hs = layer.forward(xs)
    if isinstance(hs, tuple):
        raise ValueError("forward must return one array, hs, and it returned a tuple")
    gradients = None if hs is None else layer.backward(dhs)
    if isinstance(gradients, dict):
        raise ValueError("backward must return dW_ih, dW_hh, db, and it returned a dictionary")
    return None if gradients is None else (hs, *gradients)


def _use_twice(make_layer, dhs, xs, *weights):
    """Return the gradients of one sequence from a layer that has seen others, and whether it follows its weights."""
    weights = [w.copy() for w in weights]
    layer = make_layer(*weights)
    hs = layer.forward(xs[:, ::-1])
    layer.backward(dhs)
    again = layer.forward(xs)
    gradients = list(layer.backward(dhs))
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
        return states[0], *loop_with(**wrong)(dhs, xs, *states, zeros, zeros, *weights)[3:]

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
    probes=(
        "one sequence",
        "one step",
        "no path through h",
        "no path through c",
        "loss at the end",
        "loss at the start",
    ),
    rows=(
        Row(
            "forward: hs[:, t] must be the state after step t, not before it",
            sign=imitates(_forward_with(shifted=True)),
        ),
        Row("forward: the cell is not carried from step to step", sign=imitates(_forward_with((1.0, 0.0)))),
        Row("forward: the hidden state is not carried from step to step", sign=imitates(_forward_with((0.0, 1.0)))),
        *(Row(hint, sign=imitates(*(_layer_with(**wrong) for wrong in loops))) for hint, loops in LOOPS.items()),
        Row("the first step, t = 0, is left out", sign=imitates(_layer_with(steps=slice(1, None)))),
        Row("the last step is left out", sign=imitates(_layer_with(steps=slice(-1)))),
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
        Row("of the gradients only block f is wrong: da_f is dc_t * c_prev * f * (1 - f)", sign=_only_block_f),
    ),
    blocks=sequence_blocks,
    parts=sequence_parts,
)


def _together(use, make_layer, *arguments):
    """Call a function with a layer in the process that makes the layer: an object does not come back."""
    with closing(Answer(partial(use, make_layer))) as inside, redirect_stdout(StringIO()):  # prints were shown before
        return inside(*arguments)


def check_layer(answer: Answer) -> str:
    """Check the gradients of a layer, then whether it may be used again, and whether it learns."""
    make_layer = answer.function if isinstance(answer, Answer) else answer
    if not isinstance(make_layer, type):
        return "this exercise asks for a class, with forward and backward"
    with closing(Answer(partial(_use, make_layer))) as inside:
        hint = LAYER(inside)
    if hint == NOT_ATTEMPTED and not all(is_empty(getattr(make_layer, name)) for name in ("forward", "backward")):
        return "forward or backward gives nothing back; is a return missing, or one of them not written yet?"
    if hint.startswith("return "):  # which counts what forward returned, too
        return f"backward must return 3 arrays (dW_ih, dW_hh, db), not {int(hint.split()[-1]) - 1}"
    if hint:
        return hint.replace("order; return hs, ", "order; backward must return ")
    arguments = LAYER.make_arguments(np.random.default_rng(0))
    _, again, gradients, other = _together(_use_twice, make_layer, *arguments)
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
    answers, _ = _together(_trained, make_layer)
    _, ys = marked_number(np.random.default_rng(1), 500, 8)
    error, constant = float(np.mean((answers - ys) ** 2)), float(np.mean(ys**2))
    if not error < constant / 2:
        learned = f"after {STEPS} steps its squared error is {error:.3f}; that of a constant is {constant:.3f}"
        return f"the gradients are right, but it does not learn: {learned}"
    return ""
