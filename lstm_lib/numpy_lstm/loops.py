"""An LSTM over whole sequences, one step at a time: to be read, and to check the fast layer by.

Chapter ``02_numpy_lstm``. What trains in the other chapters is :class:`lstm_lib.numpy_lstm.LSTM`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lib.core.losses import mse
from lstm_lib.core.optim import Adam
from lstm_lib.core.weights import initial_weights
from lstm_lib.data.tasks import marked_number
from lstm_lib.gates import lstm_step, lstm_step_backward
from lstm_lib.numpy_lstm.layers import Dense

Array = np.ndarray  # short, so that a signature reads in a line or two


def lstm_sequence(xs: Array, h_0: Array, c_0: Array, W_ih: Array, W_hh: Array, b: Array) -> tuple[Array, Array]:
    """Read a batch of sequences and keep every state.

    Chapter ``02_numpy_lstm``, equation (unroll).

    Parameters
    ----------
    xs : numpy.ndarray
        Inputs, shape (B, T, D).
    h_0, c_0 : numpy.ndarray
        State to start from, each (B, H).
    W_ih, W_hh, b : numpy.ndarray
        Shapes (4H, D), (4H, H) and (4H,), gate blocks in the order i f g o.

    Returns
    -------
    hs, cs : numpy.ndarray
        Hidden states and cells after each step, each (B, T, H).

    Raises
    ------
    ValueError
        If a weight has another shape.
    """
    B, T, _ = xs.shape
    hs = np.zeros((B, T, h_0.shape[1]))
    cs = np.zeros_like(hs)
    h, c = h_0, c_0
    for t in range(T):
        h, c = lstm_step(xs[:, t], h, c, W_ih, W_hh, b)  # eq: unroll
        hs[:, t], cs[:, t] = h, c
    return hs, cs


def lstm_sequence_backward(
    dhs: Array, xs: Array, hs: Array, cs: Array, h_0: Array, c_0: Array, W_ih: Array, W_hh: Array, b: Array
) -> tuple[Array, ...]:
    """Carry a gradient back through :func:`lstm_sequence`, from the last step to the first.

    Chapter ``02_numpy_lstm``, equations (bptt-loop) and (bptt-weights).

    Parameters
    ----------
    dhs : numpy.ndarray
        Gradient that the loss sends to each hidden state, shape (B, T, H); zeros where it does not look.
    xs, h_0, c_0, W_ih, W_hh, b : numpy.ndarray
        What :func:`lstm_sequence` was called with.
    hs, cs : numpy.ndarray
        What it returned.

    Returns
    -------
    tuple of numpy.ndarray
        Gradients with respect to ``xs, h_0, c_0, W_ih, W_hh, b``, in that order.

    References
    ----------
    Werbos (1990), doi:10.1109/5.58337.
    """
    weights = W_ih, W_hh, b
    dW_ih, dW_hh, db = 0 * W_ih, 0 * W_hh, 0 * b
    dxs, dh, dc = np.zeros_like(xs), 0 * h_0, 0 * c_0
    for t in reversed(range(xs.shape[1])):
        before = (hs[:, t - 1], cs[:, t - 1]) if t > 0 else (h_0, c_0)
        dh = dh + dhs[:, t]  # eq: bptt-loop
        step = lstm_step_backward(dh, dc, xs[:, t], *before, *weights)
        dxs[:, t], dh, dc = step[:3]
        dW_ih += step[3]  # eq: bptt-weights
        dW_hh += step[4]
        db += step[5]
    return dxs, dh, dc, dW_ih, dW_hh, db


class LoopLSTM:
    """One LSTM layer made of the two loops, which starts every sequence from a state of zeros.

    Parameters
    ----------
    W_ih, W_hh, b : numpy.ndarray
        Shapes (4H, D), (4H, H) and (4H,). Kept, not copied: an optimizer changes them in place.

    Attributes
    ----------
    kept : tuple of numpy.ndarray
        ``xs, hs, cs, h_0, c_0`` of the last :meth:`forward`.
    """

    def __init__(self, W_ih: Array, W_hh: Array, b: Array) -> None:
        self.W_ih, self.W_hh, self.b = W_ih, W_hh, b

    def forward(self, xs: Array) -> Array:
        """Return the hidden states (B, T, H) for inputs (B, T, D), and keep what :meth:`backward` needs."""
        start = np.zeros((len(xs), self.W_hh.shape[1]))
        self.kept = xs, *lstm_sequence(xs, start, start, self.W_ih, self.W_hh, self.b), start, start
        return self.kept[1]

    def backward(self, dhs: Array) -> tuple[Array, Array, Array]:
        """Return the gradients of ``W_ih``, ``W_hh`` and ``b`` for a gradient (B, T, H) of the hidden states."""
        return lstm_sequence_backward(dhs, *self.kept, self.W_ih, self.W_hh, self.b)[3:]


def train_layer(
    make_layer: Callable[..., Any], *, steps: int, seed: int, hidden_size: int = 8, T: int = 8
) -> tuple[Callable[[Array], Array], list[float]]:
    """Train a layer on :func:`~lstm_lib.data.tasks.marked_number`, with 32 new sequences at every step.

    Chapter ``02_numpy_lstm``.

    Parameters
    ----------
    make_layer : callable
        ``(W_ih, W_hh, b)`` to an object with ``forward`` and ``backward`` as :class:`LoopLSTM` has them.
    steps, seed, hidden_size, T : int

    Returns
    -------
    answer : callable
        Inputs (B, T, 2) to answers (B, 1).
    losses : list of float
        Mean squared error of each step's sequences, before the step.
    """
    rng = np.random.default_rng(seed)
    weights = initial_weights("lstm", 2, hidden_size, rng)
    layer = make_layer(*weights)
    dense = Dense(hidden_size, 1, seed=rng, dtype=np.float64)
    parameters = [*weights, dense.W, dense.b]
    optimizer = Adam(dict(enumerate(parameters)), learning_rate=0.03)
    losses = []
    for _ in range(steps):
        xs, ys = marked_number(rng, 32, T)
        hs = layer.forward(xs)
        loss, dys = mse(dense.forward(hs[:, -1]), ys)
        dhs = np.zeros_like(hs)  # the loss looks at the last step only
        dhs[:, -1], of_dense = dense.backward(dys)
        gradients = [*layer.backward(dhs), of_dense["W"], of_dense["b"]]
        optimizer.step(dict(enumerate(gradients)))
        losses.append(loss)
    return lambda xs: dense.forward(layer.forward(xs)[:, -1]), losses
