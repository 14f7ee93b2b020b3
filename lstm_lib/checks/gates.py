"""Exercises of chapter ``01_gates``."""

import numpy as np

from lstm_lib.checks import FunctionCheck, latch
from lstm_lib.checks.wrong_steps import GRU_MISTAKES, LSTM_MISTAKES, RNN_MISTAKES
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


def _gradient_by_lag(xs, W_ih, W_hh, b):
    return input_gradient_by_lag("rnn", xs, (W_ih, W_hh, b))


def _lag_with(
    *,
    slope=lambda h_t, h_prev: 1 - h_t**2,
    norm=np.linalg.norm,
    last=True,
    outer=True,
    left=False,
    after=False,
    early=False,
    start=np.eye,
    recurrent=1,
    bias=1,
):
    """Make a wrong gradient by lag."""

    def by_lag(xs, W_ih, W_hh, b):
        H = len(b)
        hs = [np.zeros(H)]
        for x_t in xs:
            hs.append(np.tanh(W_ih @ x_t + recurrent * W_hh @ hs[-1] + bias * b))
        product, norms = start(H), []
        for t in range(len(xs), 0, -1):
            slopes = np.diag(slope(hs[t], hs[t - 1]))
            step = W_hh @ slopes if after else slopes @ W_hh
            end = (slopes if last else np.eye(H)) @ (W_ih if outer else np.eye(H))
            norms.append(norm((product @ step if early else product) @ end))
            product = step @ product if left else product @ step
        return np.array(norms)

    return by_lag


LAG_MISTAKES = {
    "the order is turned round: lag 0, the last input, comes first": lambda *a: _gradient_by_lag(*a)[::-1],
    "the slope of tanh is missing: each Jacobian is diag(1 - h_t**2) @ W_hh": _lag_with(slope=lambda h, _: 1 + 0 * h),
    "the slope is 1 - h_t**2; the square is missing": _lag_with(slope=lambda h, _: 1 - h),
    "h_t is the tanh already: its slope is 1 - h_t**2, with no second tanh": _lag_with(
        slope=lambda h, _: 1 - np.tanh(h) ** 2
    ),
    "the slope is 1 - h_t**2 of the state; yours takes the sum inside the tanh": _lag_with(
        slope=lambda h, _: 1 - np.arctanh(h) ** 2
    ),
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
    "each norm has one Jacobian too many: at lag 0 the product is the identity": _lag_with(early=True),
    "in a Jacobian the slopes stand on the left: diag(1 - h_t**2) @ W_hh": _lag_with(after=True),
    "start with the identity, one row for each unit; yours adds up the units of h_T": _lag_with(
        start=lambda H: np.ones((1, H))
    ),
    "the walk forward forgets the last state: W_hh @ h_{t-1} is missing": _lag_with(recurrent=0),
    "the walk forward leaves b out": _lag_with(bias=0),
    "the norm is the root of the sum of the squares, not the sum of the sizes": _lag_with(norm=lambda m: abs(m).sum()),
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
    "the recurrent weights of one block are counted; there are four": lambda D, H: 4 * H * (D + 1) + H * H,
    "that counts one bias for each block; each of the hidden_size units has one in each": lambda D, H: (
        4 * H * (D + H) + 4
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
    "that is f / (1 - f); its logarithm is missing": 1 / (2 ** (1 / 100) - 1),
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
    return f"with this bias the cell keeps {left:.3f} of its content over 100 steps, not 0.500"


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
