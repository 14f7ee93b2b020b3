"""What the learner of chapter ``07_char_lm`` writes with PyTorch, first half: a step, and a model.

PyTorch is loaded only when an answer is judged. Each answer runs in a process of its own, on tensors.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from lstm_lib.checks import NO_RETURN, NOT_ATTEMPTED, Answer, FunctionCheck, is_empty
from lstm_lib.checks.supervised import Stopped
from lstm_lib.gates import lstm_step, sigmoid

B, T, V, H, D = 3, 5, 7, 6, 4

ERRORS = {  # what PyTorch says, and what it means here
    "cannot be multiplied": "two tensors do not fit into a product: W_ih is (4H, D) and x_t (B, D); look at transposes",
    "modified by an inplace operation": "optimizer.step() comes before backward, which needs the weights as they were",
    "backward through the graph a second time": "the state still hangs on its graph: detach both parts",
}


def load_torch() -> ModuleType:
    """Return PyTorch, which is loaded now if it was not."""
    from lstm_lib.frameworks.torch_parts import torch

    return torch


def judged(check: Callable, answer: Any, run: Callable) -> str:
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
        told = [hint for words, hint in ERRORS.items() if words in str(stopped)]
        if not told:
            raise
        return told[0]
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


def _cell(*order, squash=np.tanh, out=np.tanh, old="c"):
    """Return a cell whose four parts stand in the given order, perhaps with another function in one place."""

    def cell(parts, h_prev, c_prev):
        a = dict(zip(order, parts, strict=True))
        c_t = sigmoid(a["f"]) * (c_prev if old == "c" else h_prev) + sigmoid(a["i"]) * squash(a["g"])
        return sigmoid(a["o"]) * out(c_t), c_t

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
        "h_t and c_t are exchanged: return h_t, c_t": lambda *a: lstm_step(*a)[::-1],
    },
)


def judge_step(answer: Any) -> str:
    """Judge one LSTM step on tensors."""

    def run(step, *arrays):
        with load_torch().no_grad():
            return step(*map(load_torch().from_numpy, arrays))

    return judged(STEP, answer, run)


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
        return called()


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
    xs = torch.arange(B * T).view(B, T) % V
    found = model(xs)
    if not isinstance(found, tuple) or len(found) != 2:
        return "forward returns two things: the logits and the state after the last step"
    return _examine_outputs(model, xs, *found) or _examine_training(model, xs)


def _examine_outputs(model, xs, logits, state):
    torch = load_torch()
    if tuple(logits.shape) == (B, V):
        return "that is the last step alone; logits are wanted after every character, (B, T, V)"
    if tuple(logits.shape) == (B, T, H):
        return "those are hidden states; a linear layer turns each into V logits"
    if tuple(logits.shape) == (T, B, V):
        return "the logits have time first, (T, B, V); everything here has the batch first, (B, T, V)"
    if tuple(logits.shape) != (B, T, V):
        return f"the logits have shape {tuple(logits.shape)}; they must be {(B, T, V)}: (B, T, V)"
    if torch.allclose(logits.sum(dim=2), torch.ones(B, T), atol=1e-4) and (logits >= 0).all():
        return "those are probabilities; return the logits, for the loss applies the softmax itself"
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
