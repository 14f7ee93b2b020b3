"""Wrong steps of the simple network, the LSTM and the GRU, each under the hint for whoever wrote it."""

from itertools import permutations

import numpy as np

from lstm_lib.core.functions import sigmoid
from lstm_lib.gates import gru_step, lstm_step, rnn_step

RNN_MISTAKES = {
    "the bias b is missing": lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U.T),
    "the bias b belongs inside the tanh": lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U.T) + b,
    "the tanh is missing": lambda x, h, W, U, b: x @ W.T + h @ U.T + b,
    "the squashing function is tanh, not sigmoid": lambda x, h, W, U, b: sigmoid(x @ W.T + h @ U.T + b),
    "tanh goes once around the whole sum, not around each product": lambda x, h, W, U, b: (
        np.tanh(x @ W.T) + np.tanh(h @ U.T + b)
    ),
    "W_hh must be transposed: each of its rows belongs to one unit": lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U + b),
    "the recurrent part is missing: h_prev with W_hh": lambda x, h, W, U, b: np.tanh(x @ W.T + b),
    "the input is missing: x_t with W_ih": lambda x, h, W, U, b: np.tanh(h @ U.T + b),
    "b is added twice; this network has one bias": lambda x, h, W, U, b: rnn_step(x, h, W, U, 2 * b),
    "this network recomputes its state; do not add h_prev to the tanh": lambda x, h, W, U, b: (
        h + rnn_step(x, h, W, U, b)
    ),
}


def _lstm_with(combine, *, order=(0, 1, 2, 3), squash=(sigmoid, sigmoid, np.tanh, sigmoid), bias=True):
    """Make a wrong LSTM step: gates taken in another order, squashed or combined in another way."""

    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        blocks = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + bias * b, 4, axis=1)
        i, f, g, o = (s(blocks[k]) for s, k in zip(squash, order, strict=True))
        return combine(i, f, g, o, c_prev, h_prev)

    return step


def _lstm_of(new_cell, shown=lambda o, c_t, c_prev: o * np.tanh(c_t)):
    """Make a wrong LSTM step whose gates are right."""

    def combine(i, f, g, o, c_prev, h_prev):
        c_t = new_cell(i, f, g, c_prev, h_prev)
        return shown(o, c_t, c_prev), c_t

    return _lstm_with(combine)


def _new_cell(i, f, g, c_prev, h_prev):
    return f * c_prev + i * g


def _right(i, f, g, o, c_prev, h_prev):
    c_t = f * c_prev + i * g
    return o * np.tanh(c_t), c_t


def _cell_squashed(i, f, g, o, c_prev, h_prev):
    h_t, c_t = _right(i, f, g, o, c_prev, h_prev)
    return h_t, np.tanh(c_t)


def _every_fourth(a):
    return sigmoid(a[:, ::4]), sigmoid(a[:, 1::4]), np.tanh(a[:, 2::4]), sigmoid(a[:, 3::4])


def _each_block_transposed(W_hh):
    return np.concatenate([block.T for block in np.split(W_hh, len(W_hh) // W_hh.shape[1])])


LSTM_MISTAKES = {
    "the two results are in the wrong order; return h_t, then c_t": lambda *a: lstm_step(*a)[::-1],
    "the input and forget gates are exchanged; the first block is i, the second f": _lstm_with(
        _right, order=(1, 0, 2, 3)
    ),
    "the forget and output gates are exchanged; the second block is f, the last o": _lstm_with(
        _right, order=(0, 3, 2, 1)
    ),
    "the input and output gates are exchanged; the first block is i, the last o": _lstm_with(
        _right, order=(3, 1, 2, 0)
    ),
    "each block is H columns side by side, as np.split cuts them; yours takes every fourth column": (
        lambda x, h, c, W, U, b: _right(*_every_fourth(x @ W.T + h @ U.T + b), c, h)
    ),
    "the candidate g goes through tanh, not sigmoid": _lstm_with(_right, squash=(sigmoid,) * 4),
    "the candidate g is not squashed: it goes through tanh": _lstm_with(
        _right, squash=(sigmoid, sigmoid, np.asarray, sigmoid)
    ),
    "the output gate o is not squashed: it goes through sigmoid": _lstm_with(
        _right, squash=(sigmoid, sigmoid, np.tanh, np.asarray)
    ),
    "the output gate o goes through sigmoid, not tanh": _lstm_with(_right, squash=(sigmoid, sigmoid, np.tanh, np.tanh)),
    "the gates i, f and o go through sigmoid, not tanh": _lstm_with(_right, squash=(np.tanh,) * 4),
    "the gates and the candidate are not squashed: sigmoid for i, f, o and tanh for g": _lstm_with(
        _right, squash=(np.asarray,) * 4
    ),
    "the bias b is missing": _lstm_with(_right, bias=False),
    "h_t is o times tanh of the cell; the tanh is missing": _lstm_of(_new_cell, lambda o, c_t, c_prev: o * c_t),
    "h_t is o times the tanh of the cell, not its sigmoid": _lstm_of(
        _new_cell, lambda o, c_t, c_prev: o * sigmoid(c_t)
    ),
    "the output gate stands outside the tanh: o * tanh(c_t)": _lstm_of(
        _new_cell, lambda o, c_t, c_prev: np.tanh(o * c_t)
    ),
    "the cell itself is not squashed; tanh(c_t) stands in h_t alone": _lstm_with(_cell_squashed),
    "the tanh of the cell is taken twice; c_t itself is not squashed": _lstm_of(
        lambda i, f, g, c, h: np.tanh(_new_cell(i, f, g, c, h))
    ),
    "the output gate is not used: h_t is o times tanh of the cell": _lstm_of(
        _new_cell, lambda o, c_t, c_prev: np.tanh(c_t)
    ),
    "the recurrent part is missing: h_prev with W_hh": lambda x, h, c, W, U, b: lstm_step(x, h, c, W, 0 * U, b),
    "the input is missing: x_t with W_ih": lambda x, h, c, W, U, b: lstm_step(x, h, c, 0 * W, U, b),
    "h_prev meets each block of W_hh transposed: each row of it belongs to one gate of one unit": (
        lambda x, h, c, W, U, b: lstm_step(x, h, c, W, _each_block_transposed(U), b)
    ),
    "the gates read h_prev, not c_prev": lambda x, h, c, W, U, b: _lstm_with(
        lambda i, f, g, o, *_: _right(i, f, g, o, c, h)
    )(x, c, c, W, U, b),
    "h_t must look at the new cell c_t, not at c_prev": _lstm_of(_new_cell, lambda o, c_t, c_prev: o * np.tanh(c_prev)),
    "the input gate is not used; 1 - f stands in its place": _lstm_of(lambda i, f, g, c, h: f * c + (1 - f) * g),
    "the input gate is not used: it multiplies the candidate": _lstm_of(lambda i, f, g, c, h: f * c + g),
    "the forget gate multiplies the old cell alone, not the sum": _lstm_of(lambda i, f, g, c, h: f * (c + i * g)),
    "f itself keeps the old cell; yours multiplies it by 1 - f": _lstm_of(lambda i, f, g, c, h: (1 - f) * c + i * g),
    "the forget gate is not used; c_prev is added whole": _lstm_of(lambda i, f, g, c, h: c + i * g),
    "the forget gate multiplies the old cell c_prev, not h_prev": _lstm_of(lambda i, f, g, c, h: f * h + i * g),
}
LSTM_MISTAKES |= {  # all other orders, after those with a hint of their own
    f"the gate blocks are stacked i, f, g, o; yours are read in another order ({', '.join(read)})": _lstm_with(
        _right, order=tuple(map(read.index, "ifgo"))
    )
    for read in permutations("ifgo")
    if sum(map(str.__ne__, read, "ifgo")) > 2 or "".join(read) in ("ifog", "igfo", "gfio")
}


def _gru_with(
    *,
    order=(0, 1, 2),
    gate=sigmoid,
    candidate=np.tanh,
    inner=lambda r, z, q, b_hn: r * (q + b_hn),
    mix=lambda z, n, h: (1 - z) * n + z * h,
):
    """Make a wrong GRU step; ``inner`` is what the candidate takes from the state's product q."""

    def step(x_t, h_prev, W_ih, W_hh, b, b_hn):
        of_x, of_h = np.split(x_t @ W_ih.T + b, 3, axis=1), np.split(h_prev @ W_hh.T, 3, axis=1)
        r, z = (gate(of_x[k] + of_h[k]) for k in order[:2])
        n = candidate(of_x[order[2]] + inner(r, z, of_h[order[2]], b_hn))
        return mix(z, n, h_prev)

    return step


def _gru_reset_before(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    U_r, U_z, U_n = np.split(W_hh, 3)
    r, z = sigmoid(x_r + h_prev @ U_r.T), sigmoid(x_z + h_prev @ U_z.T)
    return (1 - z) * np.tanh(x_n + (r * h_prev) @ U_n.T + b_hn) + z * h_prev


def _gru_one_product(x_t, h_prev, W_ih, W_hh, b, reset):
    a_r, a_z, a_n = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 3, axis=1)
    z = sigmoid(a_z)
    return (1 - z) * np.tanh(reset(sigmoid(a_r), a_n)) + z * h_prev


GRU_MISTAKES = {
    "the blocks are stacked r, z, n; yours are read z, r, n": _gru_with(order=(1, 0, 2)),
    "the blocks are stacked r, z, n; yours are read r, n, z": _gru_with(order=(0, 2, 1)),
    "the blocks are stacked r, z, n; yours are read n, z, r": _gru_with(order=(2, 1, 0)),
    "the blocks are stacked r, z, n; yours are read z, n, r": _gru_with(order=(2, 0, 1)),
    "the blocks are stacked r, z, n; yours are read n, r, z": _gru_with(order=(1, 2, 0)),
    "z keeps the old state and 1 - z takes the candidate; yours is the other way round": _gru_with(
        mix=lambda z, n, h: z * n + (1 - z) * h
    ),
    "b_hn stands inside the reset: r * (h_prev @ R_n.T + b_hn)": _gru_with(inner=lambda r, z, q, b_hn: r * q + b_hn),
    "the reset gate acts after the product with W_hh, on h_prev @ R_n.T + b_hn": _gru_reset_before,
    "the reset gate is not used: it multiplies h_prev @ R_n.T + b_hn": _gru_with(inner=lambda r, z, q, b_hn: q + b_hn),
    "the candidate is reset by r, not by z": _gru_with(inner=lambda r, z, q, b_hn: z * (q + b_hn)),
    "the reset gate multiplies the state's part alone, not x_t @ W_n.T + b_n: keep the two products apart": (
        lambda x, h, W, U, b, b_hn: _gru_one_product(x, h, W, U, b, lambda r, a_n: r * (a_n + b_hn))
    ),
    "the reset gate multiplies h_prev @ R_n.T too, not b_hn alone": (
        lambda x, h, W, U, b, b_hn: _gru_one_product(x, h, W, U, b, lambda r, a_n: a_n + r * b_hn)
    ),
    "the bias b_n stands outside the reset; only b_hn stands inside": lambda x, h, W, U, b, b_hn: gru_step(
        x, h, W, U, np.where(np.arange(len(b)) < 2 * len(b_hn), b, 0), b_hn + b[2 * len(b_hn) :]
    ),
    "the reset gate is r itself; yours is 1 - r": _gru_with(inner=lambda r, z, q, b_hn: (1 - r) * (q + b_hn)),
    "b_hn is not used": _gru_with(inner=lambda r, z, q, b_hn: r * q),
    "the bias b is missing": lambda x, h, W, U, b, b_hn: gru_step(x, h, W, U, 0 * b, b_hn),
    "the gates r and z go through sigmoid, not tanh": _gru_with(gate=np.tanh),
    "the candidate n goes through tanh, not sigmoid": _gru_with(candidate=sigmoid),
    "the candidate n is not squashed: it goes through tanh": _gru_with(candidate=np.asarray),
    "the old state is added whole; it is multiplied by z": _gru_with(mix=lambda z, n, h: (1 - z) * n + h),
    "the update gate is not used; h_t mixes n and h_prev": _gru_with(mix=lambda z, n, h: n),
    "the candidate is added whole; it is multiplied by 1 - z": _gru_with(mix=lambda z, n, h: n + z * h),
    "h_prev meets each block of W_hh transposed: each row of it belongs to one gate of one unit": (
        lambda x, h, W, U, b, b_hn: gru_step(x, h, W, _each_block_transposed(U), b, b_hn)
    ),
}
