"""Judges of chapter ``04_forecasting`` for answers that are more than a function's arrays: a word, a forecast."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.core.verdicts import compare
from lstm_lib.data.series import noisy_sine, windows
from lstm_lib.forecasting.rivals import LinearAR, best_linear_sine_forecast, best_sine_forecast

T_QUANTILE = 2.262157  # of 10 pairs: 9 degrees of freedom, 2.5 % beyond it on either side
SHARE = 0.8  # of the best linear rule's error, which no fitted line has reached in any draw that was tried


def _interval(ours, theirs, quantile):
    return _of_difference(ours - theirs, quantile)


def _of_difference(d, quantile, *, error=None):
    error = d.std(ddof=1) / np.sqrt(len(d)) if error is None else error
    return d.mean() - quantile * error, d.mean() + quantile * error


def _unpaired(ours, theirs, quantile):
    error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / len(ours))
    return _of_difference(ours - theirs, quantile, error=error)


def _overlap(ours, theirs, quantile):
    a, b = (_of_difference(x, quantile) for x in (ours, theirs))
    return a[0] - b[1], a[1] - b[0]


def _errors(rng, lead=0.0):
    hard = rng.exponential(size=10)  # what a draw has for both of them
    theirs = 1 + hard + 0.1 * rng.normal(size=10)
    return [1 + hard - lead + 0.1 * rng.normal(size=10), theirs, T_QUANTILE]


INTERVAL = FunctionCheck(
    _interval,
    lambda rng: _errors(rng, 0.1),
    ("low", "high"),
    {
        "these are two intervals put together; one is wanted, of the differences of the pairs": _overlap,
        "you took the spread of ours and theirs apart; take that of the differences, draw by draw": _unpaired,
        "ours minus theirs is asked for, not theirs minus ours": lambda a, b, q: _interval(b, a, q),
        "divide the sum of squares by n - 1 (ddof=1): the mean is estimated, too": lambda a, b, q: _of_difference(
            a - b, q, error=(a - b).std() / np.sqrt(len(a))
        ),
        "that is the spread of single differences; their mean varies less, by the root of n": lambda a, b, q: (
            _of_difference(a - b, q, error=(a - b).std(ddof=1))
        ),
        "divide by the root of n, not by n": lambda a, b, q: _of_difference(
            a - b, q, error=(a - b).std(ddof=1) / len(a)
        ),
        "n - 1 belongs into the standard deviation alone; divide that by the root of n": lambda a, b, q: _of_difference(
            a - b, q, error=(a - b).std(ddof=1) / np.sqrt(len(a) - 1)
        ),
        "that is the variance of the differences; the interval needs its root": lambda a, b, q: _of_difference(
            a - b, q, error=(a - b).var(ddof=1) / np.sqrt(len(a))
        ),
        "1.96 is the quantile of the normal distribution; take `quantile`": lambda a, b, q: _of_difference(a - b, 1.96),
        "the signs of the differences are gone: leave out the absolute value": lambda a, b, q: _of_difference(
            np.abs(a - b), q
        ),
        "low is the smaller end: mean minus, high the larger: mean plus": lambda a, b, q: _interval(a, b, q)[::-1],
        "return both ends of the interval, not its middle and its half width": lambda a, b, q: (
            np.mean(a - b),
            _interval(a, b, q)[1] - np.mean(a - b),
        ),
        "this is the standard error without the quantile of t": lambda a, b, q: _of_difference(a - b, 1.0),
    },
)


def verdict(answer: object) -> str:
    """Judge a function that returns an interval and the word for it."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"

    def of_answer(*arguments):
        found = answer(*arguments)
        if found is None or found is Ellipsis:
            return None
        if not isinstance(found, tuple | list) or len(found) != 3:
            raise ValueError("return three values: low, high and the word")
        if isinstance(found[0], str) or isinstance(found[1], str):
            raise ValueError("the word comes last: return low, high and the word")
        return found[0], found[1]

    hint = INTERVAL(of_answer)
    if hint:
        return hint
    for seed, lead in ((3, 0.5), (4, -0.5), (5, 0.0), (6, 0.0)):
        arguments = _errors(np.random.default_rng(seed), lead)
        low, high, word = answer(*arguments)
        right = compare(*arguments[:2], kind="paired seeds", lower_is_better=True).word
        if word == right:
            continue
        if right == "not told apart":
            return f"the interval holds 0, so the two are not told apart; you say {word!r}"
        if word == {"ahead": "behind", "behind": "ahead"}[right]:
            return "these are errors: who has the smaller ones is ahead; you turned ahead and behind round"
        if word == "not told apart":
            return f"the interval {low:.3f} to {high:.3f} leaves out 0; it is no draw"
        return f'the word must be "ahead", "behind" or "not told apart", not {word!r}'
    return ""


def _sine(seed):
    return noisy_sine(2521, noise_std=0.05, seed=seed)


def _longer(values):
    """Yield the forecasts of linear rules on windows longer than those of the task."""
    for length in (25, 30, 40, 50, 60, 80, 100, 150, 200):
        xs, ys = windows(values, length)
        yield LinearAR(xs[: 2020 - length], ys[: 2020 - length]).predict(xs[-500:])


def sine_forecasts(answer: object) -> str:
    """Compare the error of forecasts, against the clean curve, with that of the best linear rule."""
    try:
        forecasts = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return "give an array of numbers"
    if forecasts.shape != (500, 1):
        return f"the forecasts have shape {forecasts.shape}; they must be (500, 1)"
    if not np.isfinite(forecasts).all():
        return "some forecasts are not finite; the training diverged: lower the learning rate"
    series = _sine(1)
    xs, ys = windows(series.values, 20)
    now, clean = xs[-500:], windows(series.clean, 20)[1][-500:]
    known = {"step": series.times[1], "noise_std": 0.05}

    def error(values):
        return np.mean((values - clean) ** 2)

    mine, linear = error(forecasts), error(best_linear_sine_forecast(now, **known))
    if np.array_equal(forecasts, ys[-500:]):
        return "these are the values themselves, which nobody knows beforehand"
    if mine < 0.7 * error(best_sine_forecast(now, **known)):
        return "that is below what any rule can do with windows of 20; did the clean curve help?"
    if any(np.mean((forecasts - f) ** 2) < 0.05 * linear for f in _longer(series.values)):
        return "this is a linear rule that looks back further; the windows hold 20 values"
    if mine < SHARE * linear:
        return ""
    told = f"your error against the clean curve is {mine:.5f}, the best linear rule's {linear:.5f}"
    if mine > 0.02 and np.corrcoef(forecasts[:, 0], clean[:, 0])[0, 1] > 0.9:
        return f"{told}: right but for scale and level; undo the scaling"
    if mine > 0.02:
        return f"{told}: these follow another curve; are they of the last 500 windows?"
    if np.allclose(forecasts, now[:, -1]):
        return f"{told}: this is persistence, the last value of each window"
    own, other = (best_linear_sine_forecast(x, **known) for x in (now, windows(_sine(0).values, 20)[0][-500:]))
    if np.mean((forecasts - other) ** 2) < np.mean((forecasts - own) ** 2):
        return f"{told}: these windows are of another seed; take seed=1"
    ar = LinearAR(xs[:2000], ys[:2000]).predict(now)
    if np.mean((forecasts - ar) ** 2) < 0.3 * linear:
        return f"{told}: this is a linear rule, or as good as one; the task asks for what no linear rule reaches"
    return f"{told}, and {SHARE:g} of that is asked for; what should the network predict, and at which rate?"
