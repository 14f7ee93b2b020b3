"""What the learner of chapter ``07_char_lm`` writes with PyTorch, first half: a step, and a model.

PyTorch is loaded only when an answer is judged. Each answer runs in a process of its own, on tensors.
"""

import contextlib
import re
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from lstm_lib.checks import NO_RETURN, NOT_ATTEMPTED, Answer, FunctionCheck, is_empty
from lstm_lib.checks.supervised import Stopped
from lstm_lib.gates import lstm_gates, lstm_step, sigmoid

B, T, V, H, D = 3, 5, 7, 6, 4

STEP_ERRORS = {  # what PyTorch says, as a pattern, and what it means in the exercise
    r"multiplied \((\d+x\d+) and \1\)": "the circle with a dot multiplies number by number: that is *, not @",
    "expected 4, got 3": "chunk(4) alone cuts the rows of the batch; chunk(4, dim=1) cuts the 4H numbers of each",
    "ndarray' and 'Tensor'|Tensor' and 'numpy": "NumPy's functions and tensors do not mix: torch.sigmoid, torch.tanh",
    "cannot be multiplied": "two tensors do not fit into a product: W_ih is (4H, D) and x_t (B, D); look at transposes",
}
SIZES = "the sizes of the layers do not fit: nn.Embedding(V, E), nn.LSTM(E, H, batch_first=True), nn.Linear(H, V)"
MODEL_ERRORS = {
    "does not match weight dtype": "the LSTM reads vectors, not ids: look the ids up in the embedding first",
    "must be equal to input_size|cannot be multiplied": SIZES,
    "expected 3, got 2|must be Tensor, not tuple": "nn.LSTM returns two things: all h_t, and the pair (h, c)",
    "should also be": "the layer's states are (1, B, H): hand None on at first, and it starts at zeros",
    "'tuple' object has no attribute": "the state is one argument of forward, the pair (h, c)",
    "non-iterable NoneType": "state is None at first: hand it to the layer as it is, which then starts at zeros",
}
TRAINING_ERRORS = {
    "Expected target size|For 1D input|batch_size to match": (
        "F.cross_entropy takes logits (N, V) and targets (N,): logits.flatten(0, 1) and ys.flatten()"
    ),
    "'float' object has no attribute": "backward belongs to the loss as a tensor; loss.item() is for the return",
    "does not require grad": "nothing to go back through: the model must run with gradients, without no_grad or detach",
    "'tuple' object has no attribute 'detach'": "the state is a pair, h and c: detach each of them",
    "'tuple' object has no attribute": "the model returns two things: logits, state = model(xs, state)",
    "modified by an inplace operation": "optimizer.step() comes before backward, which needs the weights as they were",
    "backward through the graph a second time": "the state still hangs on its graph: detach both parts",
}
SAMPLE_ERRORS = {
    "probability tensor contains": "torch.multinomial takes probabilities, not logits: the softmax comes first",
    "prob_dist must be|converted to [Ss]calar": "draw from the logits after the last character alone: logits[0, -1]",
    "must be Tensor, not|should also be|Expected hidden": (
        "the model reads ids of shape (B, T): the prime as prime[None], (1, N), and a new character k as (1, 1)"
    ),
}


def load_torch() -> ModuleType:
    """Return PyTorch, which is loaded now if it was not."""
    from lstm_lib.frameworks.torch_parts import torch

    return torch


def explained(stopped: Stopped, errors: dict[str, str]) -> str:
    """Return what an error of PyTorch means in an exercise, or raise it again."""
    for pattern, hint in errors.items():
        if re.search(pattern, str(stopped)):
            return hint
    raise stopped


def judged(check: Callable, answer: Any, run: Callable, errors: dict[str, str]) -> str:
    """Judge what ``run(the learner's function, *arguments)`` returns, in a process of its own."""
    if not callable(answer):
        return check(answer)
    function = answer.function if isinstance(answer, Answer) else answer
    if not isinstance(function, type) and is_empty(function):
        return NOT_ATTEMPTED
    try:
        with contextlib.closing(Answer(lambda *arguments: run(function, *arguments))) as called:
            hint = check(called)
    except Stopped as stopped:
        return explained(stopped, errors)
    return NO_RETURN if hint == NOT_ATTEMPTED else hint


def _weights(rng, hidden=H, inputs=D):
    return [rng.normal(size=(4 * hidden, inputs)), rng.normal(size=(4 * hidden, hidden)), rng.normal(size=4 * hidden)]


def _step_arguments(rng):
    return [rng.normal(size=(B, D)), *(rng.normal(size=(B, H)) for _ in range(2)), *_weights(rng)]


def _step_with(cell):
    """Return a step whose gates, in the order they stand in, are made into states by ``cell``."""

    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        return cell(np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 4, axis=1), h_prev, c_prev)

    return step


def _cell(*order, squash=np.tanh, out=np.tanh, old="c", gate=sigmoid, last=None):
    """Return a cell whose four parts stand in the given order, perhaps with another function in one place."""

    def cell(parts, h_prev, c_prev):
        a = dict(zip(order, parts, strict=True))
        c_t = gate(a["f"]) * (c_prev if old == "c" else h_prev) + gate(a["i"]) * squash(a["g"])
        return (last or gate)(a["o"]) * out(c_t), c_t

    return cell


def _without(place):
    """Return a step that leaves one argument out by setting it to 0."""

    def step(*arguments):
        return lstm_step(*(0 * a if k == place else a for k, a in enumerate(arguments)))

    return step


def _interleaved_gates(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = x_t @ W_ih.T + h_prev @ W_hh.T + b
    return _cell(*"ifgo")([a[:, k::4] for k in range(4)], h_prev, c_prev)


STEP = FunctionCheck(
    lstm_step,
    _step_arguments,
    ("h_t", "c_t"),
    {
        "the order of the blocks is i f g o; o stands last, g third": _step_with(_cell(*"ifog")),
        "the order of the blocks is i f g o; input and forget gate are exchanged": _step_with(_cell(*"figo")),
        "the order of the blocks is i f g o; yours is Keras's old i f o g or another": _step_with(_cell(*"ofgi")),
        "each gate is a block of H columns; yours takes every fourth column": _interleaved_gates,
        "g is no gate: it goes through tanh, not through a sigmoid": _step_with(_cell(*"ifgo", squash=sigmoid)),
        "g goes through tanh before it is written to the cell": _step_with(_cell(*"ifgo", squash=lambda a: a)),
        "h_t is o times tanh(c_t); the tanh is missing": _step_with(_cell(*"ifgo", out=lambda c: c)),
        "the forget gate multiplies the old cell c_prev, not h_prev": _step_with(_cell(*"ifgo", old="h")),
        "h_prev has no effect: its product with W_hh is missing": _without(1),
        "the bias b is missing": _without(5),
        "the old cell has no effect: f times c_prev is missing": _without(2),
        "i, f and o go through a sigmoid each; yours are used as they are": _step_with(
            _cell(*"ifgo", gate=lambda a: a)
        ),
        "o goes through a sigmoid as well": _step_with(_cell(*"ifgo", last=lambda a: a)),
        "h_t is o times tanh of the new cell c_t; yours takes the old one": lambda x, h, c, *weights: (
            lstm_gates(x, h, *weights)[3] * np.tanh(c),
            lstm_step(x, h, c, *weights)[1],
        ),
        "h_t and c_t are exchanged: return h_t, c_t": lambda *a: lstm_step(*a)[::-1],
    },
)


def judge_step(answer: Any) -> str:
    """Judge one LSTM step on tensors."""

    def run(step, *arrays):
        with load_torch().no_grad():
            found = step(*map(load_torch().from_numpy, arrays))
        return tuple(found) if getattr(found, "ndim", 0) == 3 and len(found) == 2 else found

    return judged(STEP, answer, run, STEP_ERRORS)


def language_model(hidden_size: int = H) -> Any:
    """Return a small character model of V symbols, as the chapter's learner would write it."""
    torch = load_torch()

    class Small(torch.nn.Module):
        """Look up, one LSTM layer, a linear layer."""

        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(V, D)
            self.lstm = torch.nn.LSTM(D, hidden_size, batch_first=True)
            self.output = torch.nn.Linear(hidden_size, V)

        def forward(self, xs, state=None):
            """Return logits and the state."""
            hs, state = self.lstm(self.embedding(xs), state)
            return self.output(hs), state

    return Small()


def judge_model(answer: Any) -> str:
    """Judge a class of character models by what every such model does, whatever it is made of."""
    if not isinstance(getattr(answer, "function", answer), type):
        return "this exercise asks for a class: class MyCharLSTM(nn.Module)"
    made = answer.function if isinstance(answer, Answer) else answer
    with contextlib.closing(Answer(partial(_examine, made))) as called:
        try:
            return called()
        except Stopped as stopped:
            return explained(stopped, MODEL_ERRORS)


def _examine(made):
    """Return a hint on the first thing that a model does wrong, or ''."""
    torch = load_torch()
    if not issubclass(made, torch.nn.Module):
        return "derive the class from nn.Module, or its weights are not found by the optimizer"
    if made.forward is torch.nn.Module.forward:
        return NOT_ATTEMPTED if "__init__" not in vars(made) or is_empty(made.__init__) else "forward is missing"
    if is_empty(made.forward):
        return NOT_ATTEMPTED
    torch.manual_seed(0)
    try:
        model = made(V, H)
    except AttributeError as error:
        if "before Module.__init__" in str(error):
            return "call super().__init__() first in __init__"
        raise
    names = [name for name, _ in model.named_parameters()]
    if not names:
        return "the model has no weights: keep its layers as attributes, self.lstm = nn.LSTM(...)"
    loose = [
        k for k, v in vars(model).items() if torch.is_tensor(v) and v.is_floating_point() and v.unique().numel() > 2
    ]
    if loose:
        return f"no optimizer finds self.{loose[0]}, a plain tensor: make it nn.Parameter(...), or use a layer"
    model.eval()  # a dropout that somebody put in would make every call another
    xs = torch.arange(B * T).view(B, T) % V
    found = model(xs)
    if not isinstance(found, tuple | list) or len(found) != 2:
        return "forward returns two things: the logits and the state after the last step"
    return _examine_outputs(model, xs, *found) or _examine_training(model, xs)


def _examine_outputs(model, xs, logits, state):
    torch = load_torch()
    if tuple(logits.shape) == (B, V):
        return "that is the last step alone; logits are wanted after every character, (B, T, V)"
    if tuple(logits.shape) == (1, B, V):
        return "those come from h, the last state alone; the layer's first output has one after every character"
    if tuple(logits.shape) == (B, T, H):
        return "those are hidden states; a linear layer turns each into V logits"
    if tuple(logits.shape) == (T, B, V):
        return "the logits have time first, (T, B, V); everything here has the batch first, (B, T, V)"
    if tuple(logits.shape) != (B, T, V):
        return f"the logits have shape {tuple(logits.shape)}; they must be {(B, T, V)}: (B, T, V)"
    if torch.allclose(logits.sum(dim=2), torch.ones(B, T), atol=1e-4) and (logits >= 0).all():
        return "those are probabilities; return the logits, for the loss applies the softmax itself"
    if (logits >= 0).all():
        return "the logits are never below 0: leave out what stands after the linear layer, the loss wants logits"
    other = xs.clone()
    other[0] = (other[0] + 1) % V
    if not torch.allclose(model(other)[0][1:], logits[1:], atol=1e-5):
        return "one row changes the logits of another: nn.LSTM takes the batch first only with batch_first=True"
    later = xs.clone()
    later[:, -1] = (later[:, -1] + 1) % V
    if not torch.allclose(model(later)[0][:, :-1], logits[:, :-1], atol=1e-5):
        return "a later character changes earlier logits: the model sees what it has to predict"
    with contextlib.suppress(TypeError):
        first, middle = model(xs[:, :2])
        if middle is None:
            return "the state that came in is returned; return the one after the last step"
        second, _ = model(xs[:, 2:], middle)
        together = torch.cat([first, second], dim=1)
        if torch.allclose(together, logits, atol=1e-5):
            return ""
        if torch.allclose(second, model(xs[:, 2:])[0], atol=1e-6):
            return "the state that is handed in has no effect: give it to the recurrent layer"
        return "two halves with the state between them give other logits than the whole: which state is returned?"
    return "forward must take a state as its second argument, None at the beginning"


def _examine_training(model, xs):
    logits, state = model(xs)
    logits[:, :, 0].sum().backward()
    still = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    if still:
        return f"no gradient reaches {still[0]}; is it used, and nothing detached?"
    if not isinstance(state, tuple) or [part.shape[-1] for part in state] != [H, H]:
        return f"the state of an LSTM is (h, c), each with {H} numbers for every row of the batch"
    return ""
