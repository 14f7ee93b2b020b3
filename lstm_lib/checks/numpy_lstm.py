"""Exercises of chapter ``02_numpy_lstm``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.core.optim import clip_global_norm
from lstm_lib.data.series import noisy_sine, windows
from lstm_lib.forecasting.model import closed_loop
from lstm_lib.forecasting.rivals import LinearAR
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


def _clip(gradients, max_norm):
    copies = {str(k): g.copy() for k, g in enumerate(gradients)}
    clip_global_norm(copies, max_norm)
    return tuple(copies.values())


def _clip_arguments(rng):
    return [(rng.normal(size=(2, 3)), 0.1 * rng.normal(size=4)), float(rng.choice([0.5, 50.0]))]


def _clip_each(gradients, max_norm):
    return tuple(g * min(1.0, max_norm / np.linalg.norm(g)) for g in gradients)


def _clip_values(gradients, max_norm):
    return tuple(np.clip(g, -max_norm, max_norm) for g in gradients)


def _always_rescale(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * max_norm / norm for g in gradients)


def _windows(values, length):
    xs, ys = windows(values, length)
    return xs[..., 0], ys


def _sum_of_norms(gradients, max_norm):
    norm = sum(np.linalg.norm(g) for g in gradients)
    return tuple(g * min(1.0, max_norm / norm) for g in gradients)


def _no_root(gradients, max_norm):
    square = sum(np.sum(g**2) for g in gradients)
    return tuple(g * min(1.0, max_norm / square) for g in gradients)


def _closed_loop_arguments(rng):
    weights = rng.normal(size=5) / 3
    return [lambda xs: xs[:, :, 0] @ weights[:, None], rng.normal(size=5), 7]


def _open_loop(predict, window, steps):
    return np.repeat(predict(window[None, :, None])[:, 0], steps)


def _sine_forecasts(answer):
    """Compare forecasts of a noisy sine with those of AR(20)."""
    try:
        forecasts = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return "give an array of numbers"
    if forecasts.shape != (500, 1):
        return f"the forecasts have shape {forecasts.shape}; they must be (500, 1)"
    xs, ys = windows(noisy_sine(2521, noise_std=0.05, seed=1).values, 20)
    linear = LinearAR(xs[:2000], ys[:2000]).predict(xs[-500:])
    mine, rival = (np.mean((f - ys[-500:]) ** 2) for f in (forecasts, linear))
    if np.isfinite(mine) and mine < rival:
        return ""
    return f"your mean squared error is {mine:.5f}, AR(20)'s is {rival:.5f}; what should the network predict?"


CHECKS = {
    "sine_forecasts": _sine_forecasts,
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
    "clip": FunctionCheck(
        _clip,
        _clip_arguments,
        ("first", "second"),
        {
            "each array is clipped by its own norm; use one norm over all of them": _clip_each,
            "the values are clipped one by one, which turns the gradient; scale all by one factor": _clip_values,
            "the norms of the arrays do not add up; add their squares, then take the root": _sum_of_norms,
            "the norm is the root of the sum of squares; the root is missing": _no_root,
            "a gradient shorter than max_norm must stay as it is": _always_rescale,
        },
    ),
    "windows": FunctionCheck(
        _windows,
        lambda rng: [rng.normal(size=17), 5],
        ("xs", "ys"),
        {
            "the last window is missing; there are N - length of them": lambda v, n: tuple(
                a[:-1] for a in _windows(v, n)
            ),
            "the target must be the value after the window, not its last value": lambda v, n: (
                _windows(v, n)[0],
                _windows(v, n)[0][:, -1:],
            ),
        },
    ),
    "closed_loop": FunctionCheck(
        closed_loop,
        _closed_loop_arguments,
        ("forecasts",),
        {"each forecast must be fed back into the window; yours repeats the first": _open_loop},
    ),
}
