"""Answers to the exercises of chapter ``04_forecasting``, as learners write them."""

import functools

import numpy as np

from lstm_lib.data import noisy_sine
from lstm_lib.forecasting import LSTMForecaster

# 1. windows


def windows_of_slices(values, length):
    n = len(values) - length
    xs = np.array([values[k : k + length] for k in range(n)])
    ys = np.array([[values[k + length]] for k in range(n)])
    return xs, ys


def windows_by_index(values, length):
    places = np.arange(len(values) - length)[:, None] + np.arange(length)
    return values[places], values[length:].reshape(-1, 1)


def windows_view(values, length):
    pieces = np.lib.stride_tricks.sliding_window_view(values, length + 1)
    return pieces[:, :-1], pieces[:, -1:]


def windows_one_short(values, length):
    n = len(values) - length - 1
    return np.array([values[k : k + length] for k in range(n)]), np.array([[values[k + length]] for k in range(n)])


def windows_known_target(values, length):
    xs, _ = windows_of_slices(values, length)
    return xs, xs[:, -1:]


def windows_late(values, length):
    n = len(values) - length - 1
    return np.array([values[k : k + length] for k in range(n)]), values[length + 1 :, None]


def windows_apart(values, length):
    starts = range(0, len(values) - length, length)
    return np.array([values[k : k + length] for k in starts]), np.array([[values[k + length]] for k in starts])


def windows_row_of_targets(values, length):
    return windows_of_slices(values, length)[0], values[length:]


def windows_too_many(values, length):
    return np.array([values[k : k + length] for k in range(len(values) - length + 1)]), values[length:, None]


def windows_turned(values, length):
    xs, ys = windows_of_slices(values, length)
    return xs[:, ::-1], ys


def windows_transposed(values, length):
    xs, ys = windows_of_slices(values, length)
    return xs.T, ys.T


# 2. direct


def direct_slices(values, length, steps):
    n = len(values) - length - steps + 1
    xs = np.array([values[k : k + length] for k in range(n)])
    return xs, np.array([values[k + length : k + length + steps] for k in range(n)])


def direct_view(values, length, steps):
    pieces = np.lib.stride_tricks.sliding_window_view(values, length + steps)
    return pieces[:, :length], pieces[:, length:]


def direct_one_short(values, length, steps):
    n = len(values) - length - steps
    xs = np.array([values[k : k + length] for k in range(n)])
    return xs, np.array([values[k + length : k + length + steps] for k in range(n)])


def direct_last_only(values, length, steps):
    xs, ys = direct_slices(values, length, steps)
    return xs, ys[:, -1:]


def direct_early(values, length, steps):
    xs, _ = direct_slices(values, length, steps)
    return xs, np.array([values[k + length - 1 : k + length - 1 + steps] for k in range(len(xs))])


def direct_late(values, length, steps):
    n = len(values) - length - steps
    xs = np.array([values[k : k + length] for k in range(n)])
    return xs, np.array([values[k + length + 1 : k + length + 1 + steps] for k in range(n)])


def direct_filled(values, length, steps):
    n = len(values) - length
    xs, ys = np.array([values[k : k + length] for k in range(n)]), np.zeros((n, steps))
    for k in range(n):
        after = values[k + length : k + length + steps]
        ys[k, : len(after)] = after
    return xs, ys


def direct_turned(values, length, steps):
    xs, ys = direct_slices(values, length, steps)
    return xs, ys[:, ::-1]


def direct_apart(values, length, steps):
    return tuple(a[::length] for a in direct_slices(values, length, steps))


# 3. closed loop


def loop_of_lists(predict, window, steps):
    window, forecasts = list(window), []
    for _ in range(steps):
        y = predict(np.array(window)[None, :, None])[0, 0]
        forecasts.append(y)
        window = [*window[1:], y]
    return np.array(forecasts)


def loop_rolled(predict, window, steps):
    now, out = np.array(window), np.zeros(steps)
    for k in range(steps):
        out[k] = predict(now.reshape(1, -1, 1)).item()
        now = np.roll(now, -1)
        now[-1] = out[k]
    return out


def loop_long(predict, window, steps):
    W, values = len(window), list(window)
    for _ in range(steps):
        values.append(predict(np.array(values[-W:])[None, :, None])[0, 0])
    return values[W:]


def loop_grows(predict, window, steps):
    forecasts = []
    for _ in range(steps):
        y = predict(window[None, :, None])[0, 0]
        forecasts.append(y)
        window = np.append(window, y)
    return np.array(forecasts)


def loop_shrinks(predict, window, steps):
    forecasts = []
    for _ in range(steps):
        forecasts.append(predict(window[None, :, None])[0, 0])
        window = window[1:]
    return np.array(forecasts)


def loop_repeats(predict, window, steps):
    return np.array([predict(window[None, :, None])[0, 0] for _ in range(steps)])


def loop_drops_latest(predict, window, steps):
    forecasts = []
    for _ in range(steps):
        forecasts.append(predict(window[None, :, None])[0, 0])
        window = np.append(window[:-1], forecasts[-1])
    return np.array(forecasts)


def loop_at_the_front(predict, window, steps):
    forecasts = []
    for _ in range(steps):
        forecasts.append(predict(window[None, :, None])[0, 0])
        window = np.insert(window[:-1], 0, forecasts[-1])
    return np.array(forecasts)


def loop_without_axes(predict, window, steps):
    return np.array([predict(window) for _ in range(steps)])


def loop_with_the_window(predict, window, steps):
    return np.concatenate([window, loop_of_lists(predict, window, steps)])


def loop_one_less(predict, window, steps):
    return loop_of_lists(predict, window, steps - 1)


def loop_of_columns(predict, window, steps):
    return loop_of_lists(predict, window, steps)[:, None]


def loop_last_window(predict, window, steps):
    window = list(window)
    for _ in range(steps):
        window = [*window[1:], predict(np.array(window)[None, :, None])[0, 0]]
    return np.array(window)


def loop_in_place(predict, window, steps):
    out = []
    for _ in range(steps):
        y = predict(window[None, :, None])[0, 0]
        window[:-1] = window[1:].copy()
        window[-1] = y
        out.append(y)
    return np.array(out)


# 4. pinball


def pinball_maximum(y, q, levels):
    e = y[:, None] - q
    loss = np.mean(np.maximum(levels * e, (levels - 1) * e))
    return loss, np.where(e > 0, -levels, 1 - levels) / e.size


def pinball_loops(y, q, levels):
    N, Q = q.shape
    loss, dq = 0.0, np.zeros((N, Q))
    for n in range(N):
        for k in range(Q):
            if y[n] > q[n, k]:
                loss += levels[k] * (y[n] - q[n, k])
                dq[n, k] = -levels[k]
            else:
                loss += (1 - levels[k]) * (q[n, k] - y[n])
                dq[n, k] = 1 - levels[k]
    return loss / (N * Q), dq / (N * Q)


def pinball_indicator(y, q, levels):
    below = (y[:, None] < q).astype(float)
    return np.mean((y[:, None] - q) * (levels - below)), (below - levels) / q.size


def with_parts(change):
    def answer(y, q, levels):
        e = y[:, None] - q
        return change(e, levels, np.where(e > 0, -levels, 1 - levels))

    return answer


def pinball_loss(e, levels):
    return np.mean(np.maximum(levels * e, (levels - 1) * e))


# 5. rolling


def rolling_plain(values, first, every, length, fit, *, peek=0, scale=None, once=False, lag=0):
    forecasts = []
    for origin in range(first, len(values), every):
        past = values[:origin]
        known = values if scale == "all" else values[:first] if scale == "first" else past
        mean, std = (0, 1) if scale == "none" else (known.mean(), known.std())
        u = (values - mean) / std
        end = first if once else min(origin + peek, len(values))
        xs = np.array([u[k : k + length] for k in range(end - length)])
        predict = fit(xs, u[length:end])
        for t in range(origin, min(origin + every, len(values))):
            ahead = predict(u[t - length - lag : t - lag][None, :])[0]
            forecasts.append(ahead * std + mean)
    return np.array(forecasts)


def rolling_at_once(values, first, every, length, fit):
    out = np.zeros(len(values) - first)
    pieces = np.lib.stride_tricks.sliding_window_view(values, length)
    for start in range(first, len(values), every):
        m, s = np.mean(values[:start]), np.std(values[:start])
        rule = fit((pieces[: start - length] - m) / s, (values[length:start] - m) / s)
        stop = min(start + every, len(values))
        out[start - first : stop - first] = rule((pieces[start - length : stop - length] - m) / s) * s + m
    return out


def rolling_in_blocks(values, first, every, length, fit, *, ddof=0, undo=None, **mistakes):
    forecasts = []
    for origin in range(first, len(values), every):
        past = values[origin - first : origin] if "slides" in mistakes else values[:origin]
        mean, std = past.mean(), past.std(ddof=ddof)
        u = past if "learns_raw" in mistakes else (past - mean) / std
        xs = np.array([u[k : k + length] for k in range(len(u) - length)])
        predict = fit(xs, u[length:])
        stop = origin + every if "whole" in mistakes else min(origin + every, len(values))
        for t in range(origin, stop):
            if "rescales" in mistakes:
                mean, std = values[:t].mean(), values[:t].std()
            window = values[t - length : t] if "raw" in mistakes else (values[t - length : t] - mean) / std
            if "repeats" in mistakes:
                window = u[-length:]
            y = predict(window if "flat" in mistakes else window[None])
            y = y if "flat" in mistakes else y[0]
            forecasts.append(undo(y, mean, std) if undo else y * std + mean)
    return np.array(forecasts)


def rolling_fed_back(values, first, every, length, fit):
    forecasts = []
    for origin in range(first, len(values), every):
        mean, std = values[:origin].mean(), values[:origin].std()
        u = list((values[:origin] - mean) / std)
        xs = np.array([u[k : k + length] for k in range(origin - length)])
        predict = fit(xs, np.array(u[length:]))
        for _ in range(origin, min(origin + every, len(values))):
            u.append(predict(np.array(u[-length:])[None, :])[0])
            forecasts.append(u[-1] * std + mean)
    return np.array(forecasts)


def rolling_scaled_units(values, first, every, length, fit):
    forecasts = []
    for origin in range(first, len(values), every):
        u = (values - values[:origin].mean()) / values[:origin].std()
        xs = np.array([u[k : k + length] for k in range(origin - length)])
        predict = fit(xs, u[length:origin])
        forecasts += [predict(u[t - length : t][None])[0] for t in range(origin, min(origin + every, len(values)))]
    return np.array(forecasts)


def rolling_with_an_axis(values, first, every, length, fit):
    xs = np.array([values[k : k + length] for k in range(first - length)])
    return fit(xs[..., None], values[length:first])


# 6. verdict


def verdict_plain(ours, theirs, quantile):
    d = ours - theirs
    half = quantile * np.std(d, ddof=1) / np.sqrt(len(d))
    low, high = d.mean() - half, d.mean() + half
    if high < 0:
        return low, high, "ahead"
    if low > 0:
        return low, high, "behind"
    return low, high, "not told apart"


def verdict_by_sums(ours, theirs, quantile):
    n = len(ours)
    d = [a - b for a, b in zip(ours, theirs, strict=True)]
    mean = sum(d) / n
    error = (sum((x - mean) ** 2 for x in d) / (n - 1) / n) ** 0.5
    low, high = mean - quantile * error, mean + quantile * error
    word = "not told apart" if low <= 0 <= high else ("ahead" if mean < 0 else "behind")
    return [low, high, word]


def worded(interval):
    def answer(ours, theirs, quantile):
        low, high = interval(ours, theirs, quantile)
        return low, high, "ahead" if high < 0 else "behind" if low > 0 else "not told apart"

    return answer


def around(d, half):
    return d.mean() - half, d.mean() + half


def apart(a, b, q):
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return around(a - b, q * error)


def overlap(a, b, q):
    (al, ah), (bl, bh) = (around(x, q * x.std(ddof=1) / np.sqrt(len(x))) for x in (a, b))
    return al - bh, ah - bl


def verdict_turned(ours, theirs, quantile):
    low, high, word = verdict_plain(ours, theirs, quantile)
    return low, high, {"ahead": "behind", "behind": "ahead"}.get(word, word)


def verdict_by_mean(ours, theirs, quantile):
    low, high, _ = verdict_plain(ours, theirs, quantile)
    return low, high, "ahead" if np.mean(ours) < np.mean(theirs) else "behind"


def verdict_timid(ours, theirs, quantile):
    return *verdict_plain(ours, theirs, quantile)[:2], "not told apart"


# 7. sine forecasts


@functools.cache
def sine():
    values = noisy_sine(2521, noise_std=0.05, seed=1).values
    return values, *windows_view(values, 20)


@functools.cache
def lstm(rate):
    _, xs, ys = sine()
    forecaster = LSTMForecaster(32, relative_to="mean", seed=0)
    forecaster.fit(xs[:2000, :, None], ys[:2000], epochs=20, batch_size=32, learning_rate=rate)
    return forecaster.predict(xs[-500:, :, None])


def fitted_line(penalty=0.0, length=20):
    values, *_ = sine()
    xs, ys = windows_view(values, length)
    train = 2020 - length
    rows = np.concatenate([np.ones((len(xs), 1)), xs], axis=1)
    weights = np.linalg.solve(rows[:train].T @ rows[:train] + penalty * np.eye(length + 1), rows[:train].T @ ys[:train])
    return rows[-500:] @ weights


def of_seed_0():
    xs, ys = windows_view(noisy_sine(2521, noise_std=0.05, seed=0).values, 20)
    return xs[-500:] @ np.linalg.lstsq(xs[:2000], ys[:2000])[0]


def height_and_slope():
    """Right without a network: the slope follows from the height."""
    places = np.arange(20) - 9.5
    step = 8 * np.pi / 2520
    _, xs, _ = sine()
    height = np.clip(xs[-500:].mean(axis=1) / np.mean(np.cos(step * places)), -1, 1)
    slope = np.sign(xs[-500:] @ places) * np.sqrt(1 - height**2)
    return (height * np.cos(10.5 * step) + slope * np.sin(10.5 * step))[:, None]


_, XS, YS = sine()
CLEAN = np.sin(np.linspace(0, 8 * np.pi, 2521))[-500:, None]

RIGHT = {
    "windows": [windows_of_slices, windows_by_index, windows_view],
    "direct": [direct_slices, direct_view],
    "closed_loop": [loop_of_lists, loop_rolled, loop_long],
    "pinball": [pinball_maximum, pinball_loops, pinball_indicator],
    "rolling": [rolling_plain, rolling_at_once, rolling_in_blocks],
    "verdict": [verdict_plain, verdict_by_sums],
    "sine_forecasts": [lstm(0.005), lstm(0.02), height_and_slope()],
}

WRONG = {
    "windows": [
        ("the last window is missing", windows_one_short),
        ("not its last value", windows_known_target),
        ("yours is one later", windows_late),
        ("windows overlap", windows_apart),
        ("ys must be a column", windows_row_of_targets),
        ("xs has a row too many", windows_too_many),
        ("yours is turned round", windows_turned),
        ("one row is one window", windows_transposed),
        ("yours come the other way round", lambda values, length: windows_of_slices(values, length)[::-1]),
    ],
    "direct": [
        ("the last window is missing", direct_one_short),
        ("all the next `steps` of them", direct_last_only),
        ("not its last value", direct_early),
        ("missing from the targets", direct_late),
        ("the last rows were filled up", direct_filled),
        ("ys is turned round", direct_turned),
        ("windows overlap", direct_apart),
    ],
    "closed_loop": [
        ("the window grew: drop its oldest value", loop_grows),
        ("the window shrank: put the forecast", loop_shrinks),
        ("yours repeats the first", loop_repeats),
        ("drop the oldest value, not the latest", loop_drops_latest),
        ("yours stands at its start", loop_at_the_front),
        ("it takes windows (N, W, 1)", loop_without_axes),
        ("without the window that was given", loop_with_the_window),
        ("one forecast is missing", loop_one_less),
        ("must be a row of numbers", loop_of_columns),
        ("this is the last window", loop_last_window),
        ("changes one of its arguments in place", loop_in_place),
    ],
    "pinball": [
        ("the levels are the wrong way round", lambda y, q, levels: pinball_maximum(y, q, 1 - levels)),
        ("the gradient has the wrong sign", with_parts(lambda e, t, s: (pinball_loss(e, t), -s / e.size))),
        ("divided by the number of elements", with_parts(lambda e, t, s: (pinball_loss(e, t), s))),
        ("divided by the rows alone", with_parts(lambda e, t, s: (pinball_loss(e, t), s / len(e)))),
        (
            "the mean over every element, not the sum",
            with_parts(lambda e, t, s: (np.sum(np.maximum(t * e, (t - 1) * e)), s / e.size)),
        ),
        ("this is the absolute error", with_parts(lambda e, t, s: (np.abs(e).mean(), -np.sign(e) / e.size))),
        (
            "the gradient knows one side only",
            with_parts(lambda e, t, s: (pinball_loss(e, t), np.where(e > 0, -t, 0) / e.size)),
        ),
        ("yours is level there", with_parts(lambda e, t, s: (pinball_loss(e, t), np.where(e > 0, -t, t) / e.size))),
        ("are sums over the levels", with_parts(lambda e, t, s: (pinball_loss(e, t) * len(t), s / len(e)))),
        ("are sums: divide both", with_parts(lambda e, t, s: (pinball_loss(e, t) * e.size, s))),
        ("yours is q - y", with_parts(lambda e, t, s: (pinball_loss(-e, t), np.where(-e > 0, -t, 1 - t) / e.size))),
        (
            "sides of the gradient are exchanged",
            with_parts(lambda e, t, s: (pinball_loss(e, t), np.where(e > 0, 1 - t, -t) / e.size)),
        ),
        (
            "the gradient there is above 0",
            with_parts(lambda e, t, s: (pinball_loss(e, t), np.where(e > 0, -t, t - 1) / e.size)),
        ),
        ("does not grow with the error", with_parts(lambda e, t, s: (pinball_loss(e, t), s * np.abs(e) / e.size))),
        (
            "the smaller of the two lines",
            with_parts(lambda e, t, s: (np.mean(np.minimum(t * e, (t - 1) * e)), s / e.size)),
        ),
        ("the loss is negative in places", with_parts(lambda e, t, s: (np.mean(t * e), s / e.size))),
    ],
    "rolling": [
        ("a leak: every fit saw the whole series", functools.partial(rolling_plain, peek=100)),
        ("a leak: mean and standard deviation are", functools.partial(rolling_plain, scale="all")),
        ("and fit know the whole series", functools.partial(rolling_plain, peek=100, scale="all")),
        ("a leak: the fit saw the first value", functools.partial(rolling_plain, peek=1)),
        ("the last known value was not learned from", functools.partial(rolling_plain, peek=-1)),
        ("fitted once; fit again every", functools.partial(rolling_plain, once=True, scale="first")),
        ("forecasts are fed back", rolling_fed_back),
        ("the window ends one value too early", functools.partial(rolling_plain, lag=1)),
        ("are those of the first fit", functools.partial(rolling_plain, scale="first")),
        ("the values were not scaled", functools.partial(rolling_plain, scale="none")),
        ("still in scaled units", rolling_scaled_units),
        ("it takes (N, W) and (N,)", rolling_with_an_axis),
        ("the last block is shorter", functools.partial(rolling_in_blocks, whole=True)),
        ("it takes windows (1, W)", functools.partial(rolling_in_blocks, flat=True)),
        ("yours is fitted at each", lambda v, first, every, length, fit: rolling_in_blocks(v, first, 1, length, fit)),
        ("yours drops the oldest", functools.partial(rolling_in_blocks, slides=True)),
        ("one forecast is repeated", functools.partial(rolling_in_blocks, repeats=True)),
        ("stay as they were at the last one", functools.partial(rolling_in_blocks, rescales=True)),
        ("that predict gets was not scaled", functools.partial(rolling_in_blocks, raw=True)),
        ("that fit gets were not scaled", functools.partial(rolling_in_blocks, learns_raw=True)),
        ("the mean is missing", functools.partial(rolling_in_blocks, undo=lambda y, mean, std: y * std)),
        ("in the other order", functools.partial(rolling_in_blocks, undo=lambda y, mean, std: (y + mean) * std)),
        ("the standard deviation is missing", functools.partial(rolling_in_blocks, undo=lambda y, mean, std: y + mean)),
        ("yours divides by N - 1", functools.partial(rolling_in_blocks, ddof=1)),
    ],
    "verdict": [
        ("one is wanted, of the differences of the pairs", worded(overlap)),
        ("take that of the differences, draw by draw", worded(apart)),
        ("not theirs minus ours", lambda a, b, q: verdict_plain(b, a, q)),
        ("divide the sum of squares by n - 1", worded(lambda a, b, q: around(a - b, q * (a - b).std() / 10**0.5))),
        ("their mean varies less", worded(lambda a, b, q: around(a - b, q * (a - b).std(ddof=1)))),
        ("not by n", worded(lambda a, b, q: around(a - b, q * (a - b).std(ddof=1) / 10))),
        ("into the standard deviation alone", worded(lambda a, b, q: around(a - b, q * (a - b).std(ddof=1) / 3))),
        ("the interval needs its root", worded(lambda a, b, q: around(a - b, q * (a - b).var(ddof=1) / 10**0.5))),
        ("1.96 is the quantile", worded(lambda a, b, q: around(a - b, 1.96 * (a - b).std(ddof=1) / 10**0.5))),
        ("leave out the absolute value", lambda a, b, q: verdict_plain(np.abs(a - b), 0, q)),
        ("low is the smaller end", lambda a, b, q: (lambda v: (v[1], v[0], v[2]))(verdict_plain(a, b, q))),
        (
            "not its middle and its half width",
            lambda a, b, q: (lambda v: ((v[0] + v[1]) / 2, (v[1] - v[0]) / 2, v[2]))(verdict_plain(a, b, q)),
        ),
        ("the word comes last", lambda a, b, q: verdict_plain(a, b, q)[::-1]),
        ("without the quantile of t", worded(lambda a, b, q: around(a - b, (a - b).std(ddof=1) / 10**0.5))),
        ("you turned ahead and behind round", verdict_turned),
        ("so the two are not told apart", verdict_by_mean),
        ("leaves out 0; it is no draw", verdict_timid),
        ("return three values", lambda a, b, q: verdict_plain(a, b, q)[:2]),
        ("the word must be", lambda a, b, q: (*verdict_plain(a, b, q)[:2], "better")),
    ],
    "sine_forecasts": [
        ("this is a linear rule, or as good as one", fitted_line()),
        ("this is a linear rule, or as good as one", fitted_line(penalty=1.0)),
        ("a linear rule that looks back further", fitted_line(length=60)),
        ("this is persistence", XS[-500:, -1:]),
        ("which nobody knows beforehand", YS[-500:]),
        ("did the clean curve help?", CLEAN),
        ("undo the scaling", (lstm(0.005) - XS.mean()) / (2 * XS.std())),
        ("these windows are of another seed", of_seed_0()),
        ("are they of the last 500 windows?", lstm(0.005)[::-1]),
        ("they must be (500, 1)", lstm(0.005)[:, 0]),
        ("and at which rate?", lstm(0.0006)),
    ],
}
