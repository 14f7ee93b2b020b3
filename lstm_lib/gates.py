"""One time step of the three recurrent cells, forward and backward.

Chapter ``01_gates``. Arrays in, arrays out; nothing is stored. Whole sequences, and speed, are the
business of :mod:`lstm_lib.numpy_lstm`.

Shapes: B batch, D inputs, H hidden units. Gate blocks are stacked along the first axis of the
weights: ``i f g o`` for the LSTM, ``r z n`` for the GRU, as in PyTorch.
"""

from typing import Literal

import numpy as np

from lstm_lib.core.functions import sigmoid

Array = np.ndarray  # short, so that a step's signature reads in one line


def _check_shapes(gates, x_t, h_prev, W_ih, W_hh, b):
    """Refuse weights that would broadcast into a wrong answer."""
    D, H = x_t.shape[1], h_prev.shape[1]
    for name, array, shape in (("W_ih", W_ih, (gates * H, D)), ("W_hh", W_hh, (gates * H, H)), ("b", b, (gates * H,))):
        if array.shape != shape:
            raise ValueError(f"{name} must be {shape} for D={D} and H={H}, got {array.shape}")


def rnn_step(x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array) -> Array:
    """Advance a simple recurrent network by one time step.

    Chapter ``01_gates``, equation (rnn).

    Parameters
    ----------
    x_t : numpy.ndarray
        Input, shape (B, D).
    h_prev : numpy.ndarray
        Hidden state, shape (B, H).
    W_ih, W_hh, b : numpy.ndarray
        Shapes (H, D), (H, H) and (H,).

    Returns
    -------
    numpy.ndarray
        ``h_t``, shape (B, H), each number in (-1, 1).

    Raises
    ------
    ValueError
        If a weight has another shape.

    References
    ----------
    Elman (1990), doi:10.1207/s15516709cog1402_1.
    """
    _check_shapes(1, x_t, h_prev, W_ih, W_hh, b)
    return np.tanh(x_t @ W_ih.T + h_prev @ W_hh.T + b)  # eq: rnn (B, H)


def rnn_step_backward(dh_t: Array, x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array) -> tuple[Array, ...]:
    """Carry a gradient back through :func:`rnn_step`.

    Parameters
    ----------
    dh_t : numpy.ndarray
        Gradient with respect to ``h_t``, shape (B, H).
    x_t, h_prev, W_ih, W_hh, b : numpy.ndarray
        What :func:`rnn_step` was called with.

    Returns
    -------
    tuple of numpy.ndarray
        Gradients with respect to ``x_t, h_prev, W_ih, W_hh, b``, in that order.
    """
    h_t = rnn_step(x_t, h_prev, W_ih, W_hh, b)
    da = dh_t * (1 - h_t**2)  # eq: rnn-backward
    return da @ W_ih, da @ W_hh, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def lstm_step(x_t: Array, h_prev: Array, c_prev: Array, W_ih: Array, W_hh: Array, b: Array) -> tuple[Array, Array]:
    """Advance an LSTM by one time step.

    Chapter ``01_gates``, equations (lstm-gates), (lstm-cell) and (lstm-hidden).

    Parameters
    ----------
    x_t : numpy.ndarray
        Input, shape (B, D).
    h_prev, c_prev : numpy.ndarray
        Hidden state and cell state, each of shape (B, H).
    W_ih, W_hh, b : numpy.ndarray
        Shapes (4H, D), (4H, H) and (4H,), gate blocks in the order i f g o.

    Returns
    -------
    h_t, c_t : numpy.ndarray
        New hidden and cell state, each of shape (B, H).

    Raises
    ------
    ValueError
        If a weight has another shape.

    References
    ----------
    Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; forget gate: Gers, Schmidhuber
    & Cummins (2000), doi:10.1162/089976600300015015.
    """
    i, f, g, o = lstm_gates(x_t, h_prev, W_ih, W_hh, b)
    c_t = f * c_prev + i * g  # eq: lstm-cell
    h_t = o * np.tanh(c_t)  # eq: lstm-hidden
    return h_t, c_t


def lstm_gates(x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array) -> tuple[Array, Array, Array, Array]:
    """Compute the three gates and the candidate of an LSTM from its input and hidden state.

    Chapter ``01_gates``, equation (lstm-gates). Parameters as in :func:`lstm_step`.

    Returns
    -------
    i, f, g, o : numpy.ndarray
        Input gate, forget gate, candidate, output gate, each of shape (B, H).
    """
    _check_shapes(4, x_t, h_prev, W_ih, W_hh, b)
    a = x_t @ W_ih.T + h_prev @ W_hh.T + b  # eq: lstm-gates (B, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  #      each (B, H)
    return sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)


def lstm_step_backward(
    dh_t: Array, dc_t: Array, x_t: Array, h_prev: Array, c_prev: Array, W_ih: Array, W_hh: Array, b: Array
) -> tuple[Array, ...]:
    """Carry gradients back through :func:`lstm_step`.

    Chapter ``02_numpy_lstm``, equations (bptt-cell), (bptt-gates) and (bptt-back).

    Parameters
    ----------
    dh_t, dc_t : numpy.ndarray
        Gradients with respect to ``h_t`` and ``c_t``, each of shape (B, H). ``dc_t`` is only what
        reaches the cell from later steps; what reaches it through ``h_t`` is added here.
    x_t, h_prev, c_prev, W_ih, W_hh, b : numpy.ndarray
        What :func:`lstm_step` was called with.

    Returns
    -------
    tuple of numpy.ndarray
        Gradients with respect to ``x_t, h_prev, c_prev, W_ih, W_hh, b``, in that order.
    """
    i, f, g, o = lstm_gates(x_t, h_prev, W_ih, W_hh, b)
    tanh_c = np.tanh(f * c_prev + i * g)

    dc_t = dc_t + dh_t * o * (1 - tanh_c**2)  # eq: bptt-cell
    da = np.concatenate(  # eq: bptt-gates
        [
            dc_t * g * i * (1 - i),
            dc_t * c_prev * f * (1 - f),
            dc_t * i * (1 - g**2),
            dh_t * tanh_c * o * (1 - o),
        ],
        axis=1,
    )
    dx_t, dh_prev, dc_prev = da @ W_ih, da @ W_hh, dc_t * f  # eq: bptt-back
    return dx_t, dh_prev, dc_prev, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def gru_step(x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array, b_hn: Array) -> Array:
    """Advance a gated recurrent unit by one time step.

    Chapter ``01_gates``, equations (gru-gates), (gru-candidate) and (gru-hidden). The reset gate
    acts after the product with ``W_hh``, as in cuDNN, PyTorch and today's Keras; Cho et al. applied
    it before.

    Parameters
    ----------
    x_t : numpy.ndarray
        Input, shape (B, D).
    h_prev : numpy.ndarray
        Hidden state, shape (B, H).
    W_ih, W_hh, b : numpy.ndarray
        Shapes (3H, D), (3H, H) and (3H,), gate blocks in the order r z n.
    b_hn : numpy.ndarray
        Shape (H,): the bias that the reset gate multiplies.

    Returns
    -------
    numpy.ndarray
        ``h_t``, shape (B, H).

    Raises
    ------
    ValueError
        If a weight has another shape.

    References
    ----------
    Cho et al. (2014), arXiv:1406.1078.
    """
    _, z, n = gru_gates(x_t, h_prev, W_ih, W_hh, b, b_hn)
    return (1 - z) * n + z * h_prev  # eq: gru-hidden


def gru_gates(x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array, b_hn: Array) -> tuple[Array, Array, Array]:
    """Compute the two gates and the candidate of a GRU.

    Chapter ``01_gates``, equations (gru-gates) and (gru-candidate). Parameters as in :func:`gru_step`.

    Returns
    -------
    r, z, n : numpy.ndarray
        Reset gate, update gate, candidate, each of shape (B, H).
    """
    _check_shapes(3, x_t, h_prev, W_ih, W_hh, b)
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)  # each (B, H)
    h_r, h_z, h_n = np.split(h_prev @ W_hh.T, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)  # eq: gru-gates
    n = np.tanh(x_n + r * (h_n + b_hn))  # eq: gru-candidate
    return r, z, n


def gru_step_backward(
    dh_t: Array, x_t: Array, h_prev: Array, W_ih: Array, W_hh: Array, b: Array, b_hn: Array
) -> tuple[Array, ...]:
    """Carry a gradient back through :func:`gru_step`.

    Parameters
    ----------
    dh_t : numpy.ndarray
        Gradient with respect to ``h_t``, shape (B, H).
    x_t, h_prev, W_ih, W_hh, b, b_hn : numpy.ndarray
        What :func:`gru_step` was called with.

    Returns
    -------
    tuple of numpy.ndarray
        Gradients with respect to ``x_t, h_prev, W_ih, W_hh, b, b_hn``, in that order.
    """
    r, z, n = gru_gates(x_t, h_prev, W_ih, W_hh, b, b_hn)
    q = h_prev @ np.split(W_hh, 3)[2].T + b_hn  # what the reset gate multiplies
    da_n = dh_t * (1 - z) * (1 - n**2)
    da_z = dh_t * (h_prev - n) * z * (1 - z)
    da_r = da_n * q * r * (1 - r)
    da_x = np.concatenate([da_r, da_z, da_n], axis=1)
    da_h = np.concatenate([da_r, da_z, da_n * r], axis=1)  # the reset gate stands before W_hh's block n
    dh_prev = da_h @ W_hh + dh_t * z
    return da_x @ W_ih, dh_prev, da_x.T @ x_t, da_h.T @ h_prev, da_x.sum(axis=0), (da_n * r).sum(axis=0)


def input_gradient_by_lag(cell: Literal["rnn", "lstm", "gru"], xs: Array, weights: tuple[Array, ...]) -> Array:
    """Measure how strongly the last hidden state still depends on each earlier input.

    Chapter ``01_gates``, equation (gradient-lag). Exact: the gradient of every hidden unit is
    carried back with the cell's backward step.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    xs : numpy.ndarray
        One sequence, shape (T, D).
    weights : tuple of numpy.ndarray
        What follows the state in the cell's step function.

    Returns
    -------
    numpy.ndarray
        Shape (T,): entry k is the Frobenius norm of d h_T / d x_{T-k}.
    """
    H, T = weights[1].shape[1], len(xs)
    h, c = np.zeros((1, H)), np.zeros((1, H))
    before = []
    for x_t in xs[:, None]:
        before.append((h, c))
        if cell == "lstm":
            h, c = lstm_step(x_t, h, c, *weights)
        else:
            h = (rnn_step if cell == "rnn" else gru_step)(x_t, h, *weights)

    def rows(array):
        return np.repeat(array, H, axis=0)  # one row of the batch for each unit of h_T

    norms = np.zeros(T)
    dh, dc = np.eye(H), np.zeros((H, H))
    for lag in range(T):
        t = T - 1 - lag
        x_t, (h, c) = rows(xs[t : t + 1]), before[t]
        if cell == "lstm":
            dx, dh, dc = lstm_step_backward(dh, dc, x_t, rows(h), rows(c), *weights)[:3]
        else:
            backward = rnn_step_backward if cell == "rnn" else gru_step_backward
            dx, dh = backward(dh, x_t, rows(h), *weights)[:2]
        norms[lag] = np.linalg.norm(dx)  # eq: gradient-lag
    return norms
