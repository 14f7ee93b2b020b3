"""Exercises of chapter ``01_gates``."""

import numpy as np

from lstm_lib.checks import FunctionCheck, latch
from lstm_lib.core.functions import sigmoid
from lstm_lib.core.weights import parameter_count
from lstm_lib.gates import gru_step, input_gradient_by_lag, lstm_step, rnn_step

B, D, H = 3, 2, 4


def _arguments(gates, states):
    def make(rng):
        return [
            rng.normal(size=(B, D)),
            *(rng.normal(size=(B, H)) for _ in range(states)),
            rng.normal(size=(gates * H, D)),
            rng.normal(size=(gates * H, H)),
            rng.normal(size=gates * H),
        ]

    return make


def _gru_arguments(rng):
    return [*_arguments(3, 1)(rng), rng.normal(size=H)]


def _lag_arguments(rng):
    return [rng.normal(size=(6, D)), rng.normal(size=(H, D)), 0.7 * rng.normal(size=(H, H)), rng.normal(size=H)]


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


def _each_block_transposed(W_hh):
    return np.concatenate([block.T for block in np.split(W_hh, len(W_hh) // H)])


LSTM_MISTAKES = {
    "the two results are in the wrong order; return h_t, then c_t": lambda *a: lstm_step(*a)[::-1],
    "the gate blocks are stacked i, f, g, o; yours are read in another order (i, f, o, g)": _lstm_with(
        _right, order=(0, 1, 3, 2)
    ),
    "the input and forget gates are exchanged; the first block is i, the second f": _lstm_with(
        _right, order=(1, 0, 2, 3)
    ),
    "the forget and output gates are exchanged; the second block is f, the last o": _lstm_with(
        _right, order=(0, 3, 2, 1)
    ),
    "the candidate g goes through tanh, not sigmoid": _lstm_with(_right, squash=(sigmoid,) * 4),
    "the gates i, f and o go through sigmoid, not tanh": _lstm_with(_right, squash=(np.tanh,) * 4),
    "the gates and the candidate are not squashed: sigmoid for i, f, o and tanh for g": _lstm_with(
        _right, squash=(np.asarray,) * 4
    ),
    "the bias b is missing": _lstm_with(_right, bias=False),
    "h_t is o times tanh of the cell; the tanh is missing": _lstm_of(_new_cell, lambda o, c_t, c_prev: o * c_t),
    "h_t is o times the tanh of the cell, not its sigmoid": _lstm_of(
        _new_cell, lambda o, c_t, c_prev: o * sigmoid(c_t)
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
    "the forget gate is not used; c_prev is added whole": _lstm_of(lambda i, f, g, c, h: c + i * g),
    "the forget gate multiplies the old cell c_prev, not h_prev": _lstm_of(lambda i, f, g, c, h: f * h + i * g),
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


GRU_MISTAKES = {
    "the blocks are stacked r, z, n; yours are read z, r, n": _gru_with(order=(1, 0, 2)),
    "z keeps the old state and 1 - z takes the candidate; yours is the other way round": _gru_with(
        mix=lambda z, n, h: z * n + (1 - z) * h
    ),
    "b_hn stands inside the reset: r * (h_prev @ R_n.T + b_hn)": _gru_with(inner=lambda r, z, q, b_hn: r * q + b_hn),
    "the reset gate acts after the product with W_hh, on h_prev @ R_n.T + b_hn": _gru_reset_before,
    "the reset gate is not used: it multiplies h_prev @ R_n.T + b_hn": _gru_with(inner=lambda r, z, q, b_hn: q + b_hn),
    "the candidate is reset by r, not by z": _gru_with(inner=lambda r, z, q, b_hn: z * (q + b_hn)),
    "b_hn is not used": _gru_with(inner=lambda r, z, q, b_hn: r * q),
    "the bias b is missing": lambda x, h, W, U, b, b_hn: gru_step(x, h, W, U, 0 * b, b_hn),
    "the gates r and z go through sigmoid, not tanh": _gru_with(gate=np.tanh),
    "the candidate n goes through tanh, not sigmoid": _gru_with(candidate=sigmoid),
    "the candidate is added whole; it is multiplied by 1 - z": _gru_with(mix=lambda z, n, h: n + z * h),
    "h_prev meets each block of W_hh transposed: each row of it belongs to one gate of one unit": (
        lambda x, h, W, U, b, b_hn: gru_step(x, h, W, _each_block_transposed(U), b, b_hn)
    ),
}


def _gradient_by_lag(xs, W_ih, W_hh, b):
    return input_gradient_by_lag("rnn", xs, (W_ih, W_hh, b))


def _lag_with(*, slope=lambda h_t, h_prev: 1 - h_t**2, norm=np.linalg.norm, last=True, outer=True, left=False):
    """Make a wrong gradient by lag."""

    def by_lag(xs, W_ih, W_hh, b):
        hs = [np.zeros(len(b))]
        for x_t in xs:
            hs.append(np.tanh(W_ih @ x_t + W_hh @ hs[-1] + b))
        product, norms = np.eye(len(b)), []
        for t in range(len(xs), 0, -1):
            slopes = np.diag(slope(hs[t], hs[t - 1]))
            end = (slopes if last else np.eye(len(b))) @ (W_ih if outer else np.eye(len(b)))
            norms.append(norm(product @ end))
            product = slopes @ W_hh @ product if left else product @ slopes @ W_hh
        return np.array(norms)

    return by_lag


LAG_MISTAKES = {
    "the order is turned round: lag 0, the last input, comes first": lambda *a: _gradient_by_lag(*a)[::-1],
    "the slope of tanh is missing: each Jacobian is diag(1 - h_t**2) @ W_hh": _lag_with(slope=lambda h, _: 1 + 0 * h),
    "the slope is 1 - h_t**2; the square is missing": _lag_with(slope=lambda h, _: 1 - h),
    "the slope of a step is that at its new state h_t, not at h_prev": _lag_with(slope=lambda _, h: 1 - h**2),
    "the last factor is diag(1 - h_t**2) @ W_ih; its slope is missing": _lag_with(last=False),
    "that is the gradient for the state h_{T-k}; for the input one more factor is needed, with W_ih": _lag_with(
        last=False, outer=False
    ),
    "that is the gradient for the pre-activation; W_ih is missing": _lag_with(outer=False),
    "the product grows on the right, since it starts at the end: product @ J_t": _lag_with(left=True),
    "np.linalg.norm(m, 2) is the largest singular value; the Frobenius norm is np.linalg.norm(m)": _lag_with(
        norm=lambda m: np.linalg.norm(m, 2)
    ),
    "that is the square of the norm; take the root": lambda *a: _gradient_by_lag(*a) ** 2,
    "W_hh is used transposed in the Jacobians": lambda xs, W, U, b: _lag_transposed(xs, W, U, b),
}


def _lag_transposed(xs, W_ih, W_hh, b):
    h, slopes = np.zeros(len(b)), []
    for x_t in xs:
        h = np.tanh(W_ih @ x_t + W_hh @ h + b)
        slopes.append(np.diag(1 - h**2))
    product, norms = np.eye(len(b)), []
    for slope in slopes[::-1]:
        norms.append(np.linalg.norm(product @ slope @ W_ih))
        product = product @ slope @ W_hh.T
    return np.array(norms)


COUNT_MISTAKES = {
    "that counts one gate; there are four blocks of weights": lambda D, H: H * (D + H + 1),
    "that counts three blocks, as a GRU has; an LSTM has four": lambda D, H: 3 * H * (D + H + 1),
    "that counts one bias number; there is a bias for each of the 4 x hidden_size rows": lambda D, H: (
        4 * H * (D + H) + 1
    ),
    "that counts a bias for each unit; there is one for each of its four blocks": lambda D, H: 4 * H * (D + H) + H,
    "the biases are missing": lambda D, H: 4 * H * (D + H),
    "that counts two biases, as PyTorch stores them; count one": lambda D, H: 4 * H * (D + H + 2),
    "the recurrent weights are missing": lambda D, H: 4 * H * (D + 1),
    "the input weights are missing": lambda D, H: 4 * H * (H + 1),
    "that is what one unit has; there are hidden_size of them": lambda D, H: 4 * (D + H + 1),
    "the two sizes are exchanged: input_size comes first": lambda D, H: 4 * D * (D + H + 1),
}


HALF = -np.log(2 ** (1 / 100) - 1)
WRONG_BIASES = {  # what people find instead, and why
    "that is the gate; the bias is what the sigmoid turns into it": 2 ** (-1 / 100),
    "the sign is turned round: a gate near 1 needs a positive bias, log(f / (1 - f))": -HALF,
    "with bias 0 the gate is one half, and the cell keeps half over one step, not over 100": 0.0,
    "a memory of 1 / (1 - f) = 100 steps leaves 37 % after 100 steps, not half": np.log(99),
    "e to the power of -1 is 37 %; half is 2 to the power of -1": -np.log(np.exp(1 / 100) - 1),
    "a loss of half a percent a step does not add up to half; what is kept is multiplied: f**100 = 1/2": np.log(199),
    "the logarithm is the natural one, np.log, not np.log10": HALF / np.log(10),
    "the gate is the 100th root of one half, not its 100th power": -np.log(2.0**100 - 1),
    "that inverts tanh; invert the sigmoid: log(f / (1 - f))": np.arctanh(2 ** (-1 / 100)),
    "that is log(f); the inverse of the sigmoid is log(f / (1 - f))": -np.log(2) / 100,
}


def _forget_bias(answer):
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return "give one number"
    left = float(sigmoid(value)) ** 100
    if abs(left - 0.5) < 0.003:
        return ""
    for hint, wrong in WRONG_BIASES.items():
        if abs(value - wrong) < 2.4e-3:
            return hint
    return f"with this bias the cell keeps {left:.3f} of its content over 100 steps"


CHECKS = {
    "rnn_step": FunctionCheck(rnn_step, _arguments(1, 1), ("h_t",), RNN_MISTAKES),
    "lstm_step": FunctionCheck(lstm_step, _arguments(4, 2), ("h_t", "c_t"), LSTM_MISTAKES),
    "latch": latch.judge,
    "forget_bias": _forget_bias,
    "gradient_by_lag": FunctionCheck(_gradient_by_lag, _lag_arguments, ("norms",), LAG_MISTAKES),
    "parameter_count": FunctionCheck(
        lambda input_size, hidden_size: parameter_count("lstm", input_size, hidden_size),
        lambda rng: rng.permutation(np.arange(2, 90))[:2].tolist(),
        ("count",),
        COUNT_MISTAKES,
    ),
    "gru_step": FunctionCheck(gru_step, _gru_arguments, ("h_t",), GRU_MISTAKES),
}
