"""Exercises of chapter ``02_numpy_lstm``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.gates import lstm_gates, lstm_step_backward, rnn_step_backward

B, D, H = 3, 2, 4


def _rnn_arguments(rng):
    sizes = [(B, H), (B, D), (B, H), (H, D), (H, H), (H,)]
    return [rng.normal(size=s) for s in sizes]


def _lstm_arguments(rng):
    sizes = [(B, H), (B, H), (B, D), (B, H), (B, H), (4 * H, D), (4 * H, H), (4 * H,)]
    return [rng.normal(size=s) for s in sizes]


def _cell_gradient(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
    """Return the gradient of the old cell: what exercise ``cell_gradient`` asks for."""
    return lstm_step_backward(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b)[2]


def _only_from_later(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
    return dc_t * lstm_gates(x_t, h_prev, W_ih, W_hh, b)[1]


def _no_forget(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
    f = lstm_gates(x_t, h_prev, W_ih, W_hh, b)[1]
    return _cell_gradient(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b) / f


def _cell_gradient_with(through_h):
    """Make a wrong answer: what reaches the cell through h_t is computed in another way."""

    def wrong(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
        i, f, g, o = lstm_gates(x_t, h_prev, W_ih, W_hh, b)
        return (dc_t + dh_t * through_h(o, f * c_prev + i * g, c_prev)) * f

    return wrong


def _no_later(dh_t, dc_t, *rest):
    return _cell_gradient(dh_t, 0 * dc_t, *rest)


def _rnn_at_h_prev(dh_t, x_t, h_prev, W_ih, W_hh, b):
    da = dh_t * (1 - h_prev**2)
    return da @ W_ih, da @ W_hh, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def _rnn_transposed(dh_t, x_t, h_prev, W_ih, W_hh, b):
    dx_t, _, *rest = rnn_step_backward(dh_t, x_t, h_prev, W_ih, W_hh, b)
    h_t = np.tanh(x_t @ W_ih.T + h_prev @ W_hh.T + b)
    return dx_t, (dh_t * (1 - h_t**2)) @ W_hh.T, *rest


CHECKS = {
    "rnn_backward": FunctionCheck(
        rnn_step_backward,
        _rnn_arguments,
        ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db"),
        {
            "the derivative of tanh, 1 - h_t squared, is missing": lambda dh, x, h, W, U, b: (
                dh @ W,
                dh @ U,
                dh.T @ x,
                dh.T @ h,
                dh.sum(axis=0),
            ),
            "the derivative is 1 - h_t squared, with the new state h_t, not h_prev": _rnn_at_h_prev,
            "dh_prev goes back through W_hh itself, da @ W_hh, not its transpose": _rnn_transposed,
        },
    ),
    "cell_gradient": FunctionCheck(
        _cell_gradient,
        _lstm_arguments,
        ("dc_prev",),
        {
            "the part that reaches the cell through h_t is missing": _only_from_later,
            "one factor is missing: what the forget gate lets through": _no_forget,
            "what later steps say, dc_t, is missing": _no_later,
            "the output gate is missing: h_t is o times tanh(c_t)": _cell_gradient_with(
                lambda o, c, _: 1 - np.tanh(c) ** 2
            ),
            "the derivative of tanh(c_t) is missing": _cell_gradient_with(lambda o, c, _: o),
            "tanh must be taken at the new cell c_t, not at c_prev": _cell_gradient_with(
                lambda o, _, c_prev: o * (1 - np.tanh(c_prev) ** 2)
            ),
        },
    ),
}
