"""Exercises of chapter ``04_forecasting``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.forecasting_judges import sine_forecasts, verdict
from lstm_lib.checks.forecasting_rolling import rolling
from lstm_lib.core.losses import pinball
from lstm_lib.data.series import windows
from lstm_lib.forecasting.model import closed_loop


def _direct(values, length, steps):
    xs, ys = windows(values, length, horizon=steps)
    return xs[..., 0], ys


def _windows(values, length):
    return _direct(values, length, 1)


def _both(make, change):
    """Return a wrong version of a function that returns xs and ys."""
    return lambda values, *sizes: change(values, *make(values, *sizes))


def _early(values, length, steps):
    """Begin the targets with the last value of the window."""
    xs, ys = _direct(values, length, steps)
    return xs, np.concatenate([xs[:, -1:], ys[:, :-1]], axis=1)


def _late(values, length, steps):
    """Leave out the first value after the window."""
    xs, ys = _direct(values, length + 1, steps)
    return xs[:, :-1], ys


def _spread(values, length, steps):
    """Put the windows side by side, so that they do not overlap."""
    return tuple(a[::length] for a in _direct(values, length, steps))


LATEST_FIRST = "a window runs from its oldest value to its latest; yours is turned round"
CUT = {
    "the last window is missing; count once more how many have everything they need": lambda v, x, y: (x[:-1], y[:-1]),
    LATEST_FIRST: lambda v, x, y: (x[:, ::-1], y),
    "xs and ys are transposed: one row is one window": lambda v, x, y: (x.T, y.T),
    "return xs first and ys second; yours come the other way round": lambda v, x, y: (y, x),
}
ONE = CUT | {
    "ys must be a column, (N - length, 1): one row for each window": lambda v, x, y: (x, y[:, 0]),
    "the last window has nothing after it: xs has a row too many": lambda v, x, y: (
        np.concatenate([x, [v[-x.shape[1] :]]]),
        y,
    ),
}
MANY = CUT | {
    "ys holds one value for each window; it must hold all the next `steps` of them": lambda v, x, y: (x, y[:, -1:]),
    "ys is turned round: the first column is the value right after the window": lambda v, x, y: (x, y[:, ::-1]),
}


def _filled(values, length, steps):
    """Go on to the last window that has a value after it, with zeros for what does not come."""
    return _direct(np.concatenate([values, np.zeros(steps - 1)]), length, steps)


def _closed_loop_arguments(rng):
    weights = rng.normal(size=(5, 1)) / 3

    def predict(xs):
        xs = np.asarray(xs)
        if xs.ndim != 3 or xs.shape[2:] != (1,):
            raise ValueError(f"predict got an array {xs.shape}; it takes windows (N, W, 1)")
        if xs.shape[1] != 5:
            change = "grew: drop its oldest value" if xs.shape[1] > 5 else "shrank: put the forecast into it"
            raise ValueError(f"the window {change}; it has {xs.shape[1]} values instead of 5")
        return xs[:, :, 0] @ weights

    return [predict, rng.normal(size=5), 7]


def _fed_back(change, count=0):
    """Return a closed loop that changes its window in another way, and makes ``count`` forecasts more."""

    def wrong(predict, window, steps):
        forecasts = []
        for _ in range(steps + count):
            forecasts.append(predict(window[None, :, None])[0, 0])
            window = change(window, forecasts[-1])
        return np.array(forecasts)

    return wrong


def _slide(window, y):
    return np.append(window[1:], y)


def _pinball(y, q, levels):
    return pinball(q, y[:, None], levels)


def _pinball_arguments(rng):
    return [rng.normal(size=6), rng.normal(size=(6, 3)), np.array([0.1, 0.3, 0.9])]


def _scored(change):
    return lambda y, q, levels: change(*_pinball(y, q, levels), y[:, None] - q, levels)


CHECKS = {
    "windows": FunctionCheck(
        _windows,
        lambda rng: [rng.normal(size=17), 5],
        ("xs", "ys"),
        {
            "the target must be the value after the window, not its last value": lambda v, n: _early(v, n, 1),
            "the target must be the next value; yours is one later": lambda v, n: _late(v, n, 1),
            "windows overlap: each begins one value after the one before it": lambda v, n: _spread(v, n, 1),
            **{hint: _both(_windows, change) for hint, change in ONE.items()},
        },
    ),
    "direct": FunctionCheck(
        _direct,
        lambda rng: [rng.normal(size=19), 5, 3],
        ("xs", "ys"),
        {
            "the first target must be the value after the window, not its last value": _early,
            "the first value after the window is missing from the targets": _late,
            "windows overlap: each begins one value after the one before it": _spread,
            "the last rows were filled up: only windows with `steps` values after them count": _filled,
            **{hint: _both(_direct, change) for hint, change in MANY.items()},
        },
    ),
    "closed_loop": FunctionCheck(
        closed_loop,
        _closed_loop_arguments,
        ("forecasts",),
        {
            "each forecast must be fed back into the window; yours repeats the first": _fed_back(lambda w, y: w),
            "drop the oldest value, not the latest: the forecast took the place of the last one": _fed_back(
                lambda w, y: np.append(w[:-1], y)
            ),
            "the forecast belongs at the end of the window; yours stands at its start": _fed_back(
                lambda w, y: np.concatenate([[y], w[:-1]])
            ),
            "one forecast is missing: the first one counts, too": _fed_back(_slide, -1),
            "one forecast too many": _fed_back(_slide, 1),
            "return the forecasts alone, without the window that was given": lambda p, w, n: np.concatenate(
                [w, closed_loop(p, w, n)]
            ),
            "the forecasts must be a row of numbers, (steps,)": lambda p, w, n: closed_loop(p, w, n)[:, None],
            "this is the last window; return all the forecasts": lambda p, w, n: closed_loop(p, w, n)[-len(w) :],
        },
    ),
    "pinball": FunctionCheck(
        _pinball,
        _pinball_arguments,
        ("loss", "dq"),
        {
            "the levels are the wrong way round: too low a forecast costs level, too high 1 - level": lambda y, q, a: (
                _pinball(y, q, 1 - a)
            ),
            "the gradient has the wrong sign; it is that with respect to q, not to y": _scored(
                lambda loss, dq, e, a: (loss, -dq)
            ),
            "the gradient must be divided by the number of elements, as the mean is": _scored(
                lambda loss, dq, e, a: (loss, dq * dq.size)
            ),
            "the gradient is divided by the rows alone; the mean is over rows and levels": _scored(
                lambda loss, dq, e, a: (loss, dq * dq.shape[1])
            ),
            "loss and gradient are sums over the levels: the mean is over rows and levels": _scored(
                lambda loss, dq, e, a: (loss * len(a), dq * len(a))
            ),
            "loss and gradient are sums: divide both by the number of elements": _scored(
                lambda loss, dq, e, a: (loss * e.size, dq * e.size)
            ),
            "the error is y - q; yours is q - y, so that levels and sides are exchanged": lambda y, q, a: (
                _pinball(y, q, 1 - a)[0],
                np.where(y[:, None] < q, -a, 1 - a) / q.size,
            ),
            "the two sides of the gradient are exchanged: it is -level where the forecast is too low": _scored(
                lambda loss, dq, e, a: (loss, np.where(e > 0, 1 - a, -a) / e.size)
            ),
            "where the forecast is too high a higher one costs more: the gradient there is above 0": _scored(
                lambda loss, dq, e, a: (loss, np.where(e > 0, -a, a - 1) / e.size)
            ),
            "the gradient does not grow with the error: on each side it is the slope of a straight line": _scored(
                lambda loss, dq, e, a: (loss, dq * np.abs(e))
            ),
            "that is the smaller of the two lines; the loss is the larger one": _scored(
                lambda loss, dq, e, a: (np.mean(np.minimum(a * e, (a - 1) * e)), dq)
            ),
            "the loss is the mean over every element, not the sum": _scored(lambda loss, dq, e, a: (loss * e.size, dq)),
            "this is the absolute error: the levels do not count": _scored(
                lambda loss, dq, e, a: (np.abs(e).mean(), -np.sign(e) / e.size)
            ),
            "the gradient knows one side only: it is 1 - level where the forecast is too high": _scored(
                lambda loss, dq, e, a: (loss, np.where(e > 0, -a, 0) / e.size)
            ),
            "where the forecast is too high the gradient is 1 - level; yours is level there": _scored(
                lambda loss, dq, e, a: (loss, np.where(e > 0, -a, a) / e.size)
            ),
            "the loss is negative in places: where the forecast is too high it is (level - 1) times the error": _scored(
                lambda loss, dq, e, a: (np.mean(a * e), dq)
            ),
        },
    ),
    "rolling": rolling,
    "verdict": verdict,
    "sine_forecasts": sine_forecasts,
}
