"""Exercises of chapter ``04_forecasting``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.series import noisy_sine, windows
from lstm_lib.forecasting.model import closed_loop
from lstm_lib.forecasting.rivals import LinearAR


def _windows(values, length):
    xs, ys = windows(values, length)
    return xs[..., 0], ys


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
    "sine_forecasts": _sine_forecasts,
}
