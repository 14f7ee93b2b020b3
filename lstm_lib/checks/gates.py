"""Exercises of chapter ``01_gates``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.core.functions import sigmoid
from lstm_lib.core.weights import parameter_count
from lstm_lib.gates import gru_step, lstm_gates, lstm_step, rnn_step

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


def _lstm_with(combine, *, order=(0, 1, 2, 3), squash=(sigmoid, sigmoid, np.tanh, sigmoid), bias=True):
    """Make a wrong LSTM step: gates taken in another order, squashed or combined in another way."""

    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        blocks = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + bias * b, 4, axis=1)
        i, f, g, o = (s(blocks[k]) for s, k in zip(squash, order, strict=True))
        return combine(i, f, g, o, c_prev)

    return step


def _right(i, f, g, o, c_prev):
    c_t = f * c_prev + i * g
    return o * np.tanh(c_t), c_t


def _no_tanh(i, f, g, o, c_prev):
    c_t = f * c_prev + i * g
    return o * c_t, c_t


def _old_cell(i, f, g, o, c_prev):
    return o * np.tanh(c_prev), f * c_prev + i * g


def _coupled(i, f, g, o, c_prev):
    c_t = f * c_prev + (1 - f) * g
    return o * np.tanh(c_t), c_t


def _swapped_outputs(*arguments):
    return lstm_step(*arguments)[::-1]


LSTM_MISTAKES = {
    "the two results are in the wrong order; return h_t, then c_t": _swapped_outputs,
    "the gate blocks are stacked i, f, g, o; yours are read in another order (i, f, o, g)": _lstm_with(
        _right, order=(0, 1, 3, 2)
    ),
    "the input and forget gates are exchanged; the first block is i, the second f": _lstm_with(
        _right, order=(1, 0, 2, 3)
    ),
    "the candidate g goes through tanh, not sigmoid": _lstm_with(_right, squash=(sigmoid,) * 4),
    "the gates i, f and o go through sigmoid, not tanh": _lstm_with(_right, squash=(np.tanh,) * 4),
    "the bias b is missing": _lstm_with(_right, bias=False),
    "h_t is o times tanh of the cell; the tanh is missing": _lstm_with(_no_tanh),
    "the recurrent part is missing: h_prev with W_hh": lambda x, h, c, W, U, b: lstm_step(x, h, c, W, 0 * U, b),
    "h_t must look at the new cell c_t, not at c_prev": _lstm_with(_old_cell),
    "the input gate is not used; 1 - f stands in its place": _lstm_with(_coupled),
}


def _gru_exchanged(x_t, h_prev, W_ih, W_hh, b, b_hn):
    return gru_step(x_t, h_prev, *(_exchange(a) for a in (W_ih, W_hh, b)), b_hn)


def _exchange(stacked):
    first, second, third = np.split(stacked, 3)
    return np.concatenate([second, first, third])


def _gru_inverted(x_t, h_prev, W_ih, W_hh, b, b_hn):
    W_ih, W_hh, b = (np.concatenate([s[0], -s[1], s[2]]) for s in (np.split(a, 3) for a in (W_ih, W_hh, b)))
    return gru_step(x_t, h_prev, W_ih, W_hh, b, b_hn)


def _gru_bias_outside(x_t, h_prev, W_ih, W_hh, b, b_hn):
    moved = np.concatenate([np.zeros(2 * len(b_hn)), b_hn])
    return gru_step(x_t, h_prev, W_ih, W_hh, b + moved, 0 * b_hn)


def _gru_reset_before(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    U_r, U_z, U_n = np.split(W_hh, 3)
    r, z = sigmoid(x_r + h_prev @ U_r.T), sigmoid(x_z + h_prev @ U_z.T)
    return (1 - z) * np.tanh(x_n + (r * h_prev) @ U_n.T + b_hn) + z * h_prev


def _latch(answer):
    """Run a hand-set one-unit LSTM on bits and pauses."""
    try:
        W_ih, W_hh, b = (np.asarray(a, dtype=np.float64) for a in answer)
    except (TypeError, ValueError):
        return "give three arrays: W_ih, W_hh, b"
    for name, array, shape in (("W_ih", W_ih, (4, 2)), ("W_hh", W_hh, (4, 1)), ("b", b, (4,))):
        if array.shape != shape:
            return f"{name} has shape {array.shape}; it must be {shape}"
    rng = np.random.default_rng(0)
    for bit in (-1.0, 1.0, -1.0, 1.0):
        h = c = np.full((1, 1), -bit)  # whatever was stored before
        h, c = lstm_step(np.array([[bit, 1.0]]), h, c, W_ih, W_hh, b)
        if np.sign(c[0, 0]) == bit and abs(c[0, 0]) < 0.5:
            return f"after writing {bit:+.0f} the cell holds {c[0, 0]:+.2f}: the sign is right, the size below 0.5"
        if np.sign(c[0, 0]) != bit:
            wrong = f"after writing {bit:+.0f} over {-bit:+.0f} the cell holds {c[0, 0]:+.2f}"
            return f"{wrong}; open i and shut f when x[1] = 1"
        for step in range(1, 201):
            h, c = lstm_step(np.array([[rng.choice([-1.0, 1.0]), 0.0]]), h, c, W_ih, W_hh, b)
            if np.sign(c[0, 0]) == bit and abs(c[0, 0]) < 0.5:
                return f"{step} steps after it was written the bit has shrunk below 0.5; open f more when x[1] = 0"
            if np.sign(c[0, 0]) != bit:
                return f"the bit is lost {step} steps after it was written; shut i and open f when x[1] = 0"
    return ""


def _forget_bias(answer):
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return "give one number"
    f = float(sigmoid(value))
    if abs(value - 0.5**0.01) < 1e-3:
        return "that is the gate; the bias is what the sigmoid turns into it"
    left = f**100
    return "" if abs(left - 0.5) < 0.01 else f"with this bias the cell keeps {left:.3f} of its content over 100 steps"


CHECKS = {
    "rnn_step": FunctionCheck(
        rnn_step,
        _arguments(1, 1),
        ("h_t",),
        {
            "the bias b is missing": lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U.T),
            "the tanh is missing": lambda x, h, W, U, b: x @ W.T + h @ U.T + b,
            "W_hh must be transposed: each of its rows belongs to one unit": lambda x, h, W, U, b: np.tanh(
                x @ W.T + h @ U + b
            ),
        },
    ),
    "lstm_gates": FunctionCheck(
        lstm_gates,
        _arguments(4, 1),
        ("i", "f", "g", "o"),
        {
            "the candidate g goes through tanh, not sigmoid": lambda x, h, W, U, b: tuple(
                np.split(sigmoid(x @ W.T + h @ U.T + b), 4, axis=1)
            ),
            "the bias b is missing": lambda x, h, W, U, b: lstm_gates(x, h, W, U, 0 * b),
        },
    ),
    "lstm_step": FunctionCheck(lstm_step, _arguments(4, 2), ("h_t", "c_t"), LSTM_MISTAKES),
    "gru_step": FunctionCheck(
        gru_step,
        _gru_arguments,
        ("h_t",),
        {
            "the blocks are stacked r, z, n; yours are read z, r, n": _gru_exchanged,
            "z keeps the old state and 1 - z takes the candidate; yours is the other way round": _gru_inverted,
            "b_hn stands inside the reset: r * (h_prev @ W_hn.T + b_hn)": _gru_bias_outside,
            "the reset gate acts after the product with W_hh, on h_prev @ W_hn.T + b_hn": _gru_reset_before,
        },
    ),
    "parameter_count": FunctionCheck(
        lambda input_size, hidden_size: parameter_count("lstm", input_size, hidden_size),
        lambda rng: [int(n) for n in rng.integers(2, 90, size=2)],
        ("count",),
        {
            "that counts one gate; there are four blocks of weights": lambda D, H: H * (D + H + 1),
            "that counts one bias number; there is a bias for each of the 4 x hidden_size rows": lambda D, H: (
                4 * H * (D + H) + 1
            ),
            "the biases are missing": lambda D, H: 4 * H * (D + H),
            "that counts two biases, as PyTorch stores them; count one": lambda D, H: 4 * H * (D + H + 2),
            "the recurrent weights are missing": lambda D, H: 4 * H * (D + 1),
        },
    ),
    "latch": _latch,
    "forget_bias": _forget_bias,
}
