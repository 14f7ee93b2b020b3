"""The check of chapter ``04_forecasting``'s rolling origin, and the leaks that it names."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.series import windows


def _rolling(values, first, every, length, fit):
    return _rolled(values, first, every, length, fit)


def _rolled(values, first, every, length, fit, *, end=None, known=None, observed=True, wait=0, **other):
    """Forecast as time goes on; a leak is an ``end`` of the training, or of the ``known`` values, that is too late.

    ``other`` has further mistakes: ``ddof``, ``begin`` of the past, a function ``undo``, values that were not scaled.
    """
    begin, undo = other.get("begin", lambda o: 0), other.get("undo", lambda y, mean, std: y * std + mean)
    forecasts, N = [], len(values)
    for origin in range(first, N, every):
        past = values[begin(origin) : known(origin, N) if known else origin]
        mean, std = past.mean(), past.std(ddof=other.get("ddof", 0))
        u = (values - mean) / std
        learned = values if "learn_raw" in other else u
        xs, ys = windows(learned[begin(origin) : end(origin, N) if end else origin], length)
        predict = fit(xs[..., 0], ys[:, 0])
        for t in range(origin, min(origin + every, N)):
            window = (values if "raw" in other else u)[t - length - wait : t - wait][None]
            ahead = predict(window)[0]
            if not observed:
                u[t] = ahead
            forecasts.append(undo(ahead, mean, std))
    return np.array(forecasts)


def _rescaled(values, first, every, length, fit):
    """Scale every window by all that is known when it is forecast, though the fit is older."""
    forecasts = []
    for t in range(first, len(values)):
        origin = first + (t - first) // every * every
        past, known = values[:origin], values[:t]
        xs, ys = windows((past - past.mean()) / past.std(), length)
        window = (values[None, t - length : t] - known.mean()) / known.std()
        forecasts.append(fit(xs[..., 0], ys[:, 0])(window)[0] * known.std() + known.mean())
    return np.array(forecasts)


def _repeated(values, first, every, length, fit):
    """Repeat the first forecast of each block until the next fit."""
    forecasts = _rolled(values, first, every, length, fit)
    return forecasts[np.arange(len(forecasts)) // every * every]


def _unscaled(values, first, every, length, fit):
    forecasts = []
    for t in range(first, len(values)):
        xs, ys = windows(values[: first + (t - first) // every * every], length)
        forecasts.append(fit(xs[..., 0], ys[:, 0])(values[None, t - length : t])[0])
    return np.array(forecasts)


def _still_scaled(values, first, every, length, fit):
    ahead = _rolled(values, first, every, length, fit)
    origins = first + (np.arange(first, len(values)) - first) // every * every
    return np.array([(y - values[:o].mean()) / values[:o].std() for y, o in zip(ahead, origins, strict=True)])


def _rolling_arguments(rng):
    values = 20 + np.cumsum(rng.normal(size=47)) * np.linspace(1, 3, 47)

    def fit(xs, ys):
        xs, ys = np.asarray(xs, np.float64), np.asarray(ys, np.float64)
        if xs.ndim != 2 or ys.shape != xs.shape[:1]:
            raise ValueError(f"fit got xs {xs.shape} and ys {ys.shape}; it takes (N, W) and (N,)")
        weights = np.linalg.solve(xs.T @ xs + 3 * np.eye(xs.shape[1]), xs.T @ ys)

        def predict(now):
            now = np.asarray(now, np.float64)
            if now.ndim != 2:
                raise ValueError(f"predict got an array {now.shape}; it takes windows (1, W)")
            if now.shape[1] < len(weights):
                raise ValueError(
                    f"predict got a window {now.shape}: the last block is shorter, it ends with the values"
                )
            return now @ weights

        return predict

    return [values, 23, 7, 4, fit]  # the last block has three values


rolling = FunctionCheck(
    _rolling,
    _rolling_arguments,
    ("forecasts",),
    {
        "a leak: every fit saw the whole series": lambda *a: _rolled(*a, end=lambda o, n: n),
        "a leak: mean and standard deviation are those of the whole series": lambda *a: _rolled(
            *a, known=lambda o, n: n
        ),
        "a leak: mean, standard deviation and fit know the whole series": lambda *a: _rolled(
            *a, end=lambda o, n: n, known=lambda o, n: n
        ),
        "a leak: the fit saw the first value that it then forecasts": lambda *a: _rolled(*a, end=lambda o, n: o + 1),
        "the last known value was not learned from; windows end before the origin, targets at it": lambda *a: _rolled(
            *a, end=lambda o, n: o - 1
        ),
        "fitted once; fit again every `every` values, on all the past": lambda v, first, every, length, fit: _rolled(
            v, first, len(v), length, fit
        ),
        "forecasts are fed back; the values between two fits are known when the next one is forecast": lambda *a: (
            _rolled(*a, observed=False)
        ),
        "the window ends one value too early: the value just before is known": lambda *a: _rolled(*a, wait=1),
        "mean and standard deviation are those of the first fit; take those of all the past": (
            lambda v, first, *rest: _rolled(v, first, *rest, known=lambda o, n: first)
        ),
        "fit only at `first` and every `every` values after it; yours is fitted at each": (
            lambda v, first, every, length, fit: _rolled(v, first, 1, length, fit)
        ),
        "the past is all values before the origin; yours drops the oldest, as a window that slides": lambda *a: _rolled(
            *a, begin=lambda o: o - a[1]
        ),
        "one forecast is repeated until the next fit; each value has its own window": _repeated,
        "between two fits mean and standard deviation stay as they were at the last one": _rescaled,
        "the values that fit gets were not scaled": lambda *a: _rolled(*a, learn_raw=True),
        "the window that predict gets was not scaled": lambda *a: _rolled(*a, raw=True),
        "undo the scaling with both: times the standard deviation, plus the mean; the mean is missing": lambda *a: (
            _rolled(*a, undo=lambda y, mean, std: y * std)
        ),
        "undo the scaling in the other order: first times the standard deviation, then plus the mean": lambda *a: (
            _rolled(*a, undo=lambda y, mean, std: (y + mean) * std)
        ),
        "undo the scaling with both: the standard deviation is missing": lambda *a: _rolled(
            *a, undo=lambda y, mean, std: y + mean
        ),
        "the standard deviation is `.std()`, which divides by N; yours divides by N - 1": lambda *a: _rolled(
            *a, ddof=1
        ),
        "the values were not scaled": _unscaled,
        "the forecasts are still in scaled units": _still_scaled,
    },
)
