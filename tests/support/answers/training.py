"""What people answer to the exercises of chapter ``03_training``."""

import math

import numpy as np

# clip: gradients (tuple of arrays), max_norm


def clip_like_torch(gradients, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    factor = max_norm / (norm + 1e-6)
    return tuple(g * factor if factor < 1 else g for g in gradients)


def clip_flat(gradients, max_norm):
    flat = np.concatenate([g.ravel() for g in gradients])
    norm = np.linalg.norm(flat)
    if norm <= max_norm:
        return list(gradients)
    return [max_norm * g / norm for g in gradients]


def clip_root_of_norms(gradients, max_norm):
    norm = math.hypot(*[np.linalg.norm(g) for g in gradients])
    return tuple(g / max(1.0, norm / max_norm) for g in gradients)


def clip_each(gradients, max_norm):
    clipped = []
    for g in gradients:
        norm = np.sqrt(np.sum(g**2))
        clipped.append(g * max_norm / norm if norm > max_norm else g)
    return tuple(clipped)


def clip_always(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(max_norm / norm * g for g in gradients)


def clip_squares(gradients, max_norm):
    norm = sum(np.sum(g * g) for g in gradients)
    return tuple(g * min(1, max_norm / norm) for g in gradients)


def clip_to_one(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    if norm > max_norm:
        return tuple(g / norm for g in gradients)
    return gradients


def clip_by(norm):
    return lambda gradients, max_norm: tuple(g * min(1, max_norm / norm(gradients)) for g in gradients)


def clip_if_short(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return tuple(g * max_norm / norm if norm < max_norm else g for g in gradients)


# adam: theta, g, m, v, s, rate


def adam_plain(theta, g, m, v, s, rate):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    m_hat = m / (1 - 0.9**s)
    v_hat = v / (1 - 0.999**s)
    return theta - rate * m_hat / (np.sqrt(v_hat) + 1e-8), m, v


def adam_differences(theta, g, m, v, s, rate):
    m = m + (1 - 0.9) * (g - m)
    v = v + (1 - 0.999) * (g * g - v)
    size = np.power(v / (1 - np.power(0.999, s)), 0.5)
    return [theta - rate / (1 - 0.9**s) * m / (size + 1e-8), m, v]


def adam_wrong(correct_m=True, correct_v=True, b1=0.9, b2=0.999, square=True, root=True, inside=False):
    def step(theta, g, m, v, s, rate):
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * (g**2 if square else abs(g))
        a = m / (1 - b1**s) if correct_m else m
        b = v / (1 - b2**s) if correct_v else v
        if inside:
            return theta - rate * a / np.sqrt(b + 1e-8), m, v
        return theta - rate * a / ((np.sqrt(b) if root else b) + 1e-8), m, v

    return step


def adam_corrected_means(theta, g, m, v, s, rate):
    m = (0.9 * m + 0.1 * g) / (1 - 0.9**s)
    v = (0.999 * v + 0.001 * g**2) / (1 - 0.999**s)
    return theta - rate * m / (np.sqrt(v) + 1e-8), m, v


def adam_uphill(theta, g, m, v, s, rate):
    theta_down, m, v = adam_plain(theta, g, m, v, s, rate)
    return theta + (theta - theta_down), m, v


def adam_without_momentum(theta, g, m, v, s, rate):
    _, m, v = adam_plain(theta, g, m, v, s, rate)
    return theta - rate * g / (np.sqrt(v / (1 - 0.999**s)) + 1e-8), m, v


def adam_means(new_m, new_v, corrections=lambda s: (1 - 0.9**s, 1 - 0.999**s), epsilon=1e-8):
    def step(theta, g, m, v, s, rate):
        m, v = new_m(m, g), new_v(v, g)
        first, second = corrections(s)
        return theta - rate * (m / first) / (np.sqrt(v / second) + epsilon), m, v

    return step


def mean_of_gradients(m, g):
    return 0.9 * m + 0.1 * g


def mean_of_squares(v, g):
    return 0.999 * v + 0.001 * g**2


def adam_step_alone(theta, g, m, v, s, rate):
    new, m, v = adam_plain(theta, g, m, v, s, rate)
    return theta - new, m, v


def adam_means_first(*arguments):
    theta, m, v = adam_plain(*arguments)
    return m, v, theta


# rates: S, highest


def rates_loop(S, highest):
    w, rates = 0.1 * S, []
    for s in range(S):
        if s < w:
            rates.append(highest * (s + 1) / (w + 1))
        else:
            rates.append(highest * (1 + math.cos(math.pi * (s - w) / (S - w))) / 2)
    return rates


def rates_arrays(S, highest):
    s, w = np.arange(S), S / 10
    rise = (s + 1) / (w + 1)
    fall = np.cos(np.pi / 2 * (s - w) / (S - w)) ** 2
    return highest * np.where(s < w, rise, fall)


def rates_wrong(rise=lambda s, w: (s + 1) / (w + 1), fall=lambda s, w, S: (1 + np.cos(np.pi * (s - w) / (S - w))) / 2):
    def rates(S, highest):
        s, w = np.arange(S), 0.1 * S
        return highest * np.where(s < w, rise(s, w), fall(s, w, S))

    return rates


def rates_from_one(S, highest):
    s, w = np.arange(1, S + 1), S / 10
    fall = (1 + np.cos(np.pi * (s - w) / (S - w))) / 2
    return np.where(s < w, highest * (s + 1) / (w + 1), highest * fall)


# truncated: w, xs, ys, K


def truncated_forward(w, xs, ys, K):
    h, slope, gradient = 0.0, 0.0, 0.0
    for t in range(len(xs)):
        if t % K == 0:
            slope = 0.0
        slope = h + w * slope
        h = w * h + xs[t]
        gradient += (h - ys[t]) * slope
    return gradient


def truncated_backward(w, xs, ys, K):
    gradient, h = 0.0, 0.0
    for start in range(0, len(xs), K):
        hs = [h]
        for x in xs[start : start + K]:
            hs.append(w * hs[-1] + x)
        dh = 0.0
        for k in reversed(range(len(hs) - 1)):
            dh = w * dh + hs[k + 1] - ys[start + k]
            gradient += dh * hs[k]
        h = hs[-1]
    return np.float64(gradient)


def truncated_wrong(reset=False, stop=True, first=True, each=None, sign=1, windows=None):
    def gradient(w, xs, ys, K):
        h = slope = total = 0.0
        for t in range(len(xs)):
            new = t % K == 0
            if new and stop:
                slope = 0.0
            if new and reset:
                h = 0.0
            if windows == "last" and new:
                total = 0.0
            slope = w * slope + (h if first or not new else 0.0)
            h = w * h + xs[t]
            total += sign * (h - ys[t]) * slope * (each(len(xs)) if each else 1)
        return total

    return gradient


def truncated_line(line, term=lambda h, y, slope: (h - y) * slope):
    def gradient(w, xs, ys, K):
        h, slope, total = 0.0, 0.0, 0.0
        for t in range(len(xs)):
            if t % K == 0:
                slope = 0.0
            slope = line(h, w * h + xs[t], slope, w)
            h = w * h + xs[t]
            total = total + term(h, ys[t], slope)
        return total

    return gradient


def truncated_whole_windows(w, xs, ys, K):
    n = len(xs) // K * K
    return truncated_forward(w, xs[:n], ys[:n], K)


def truncated_returns_inside(w, xs, ys, K):
    h, slope = 0.0, 0.0
    for t in range(len(xs)):
        slope = h + w * slope if t % K else h
        h = w * h + xs[t]
        share = (h - ys[t]) * slope
    return share


def truncated_average(w, xs, ys, K):
    return truncated_forward(w, xs, ys, K) / math.ceil(len(xs) / K)


def truncated_sliding(w, xs, ys, K):
    hs = np.zeros(len(xs) + 1)
    for t in range(len(xs)):
        hs[t + 1] = w * hs[t] + xs[t]
    total = 0.0
    for t in range(len(xs)):
        dh = hs[t + 1] - ys[t]
        for k in range(t, max(-1, t - K), -1):
            total += dh * hs[k]
            dh = dh * w
    return total


# chrono: u


def chrono_pieces(u):
    zeros = np.zeros(len(u))
    return np.concatenate([-np.log(u), np.log(u), zeros, zeros])


def chrono_slices(u):
    H = len(u)
    b = np.zeros(4 * H)
    b[H : 2 * H] = np.log(u)
    b[:H] = np.log(1 / u)
    return b


def chrono_wrong(i=lambda u: -np.log(u), f=np.log, order="ifgo"):
    def bias(u):
        blocks = {"i": i(u), "f": f(u), "g": 0 * u, "o": 0 * u}
        return np.concatenate([blocks[gate] for gate in order])

    return bias


# first_losses: ys


def losses_means(ys):
    return np.mean(ys**2), np.mean((ys - ys.mean(axis=0)) ** 2)


def losses_variance(ys):
    at_zero = (ys * ys).sum() / ys.size
    return at_zero, at_zero - np.mean(ys.mean(axis=0) ** 2)


# knows: states, ys


def knows_lstsq(states, ys):
    n = len(ys) // 2
    A = np.hstack([states, np.ones((len(states), 1))])
    weights = np.linalg.lstsq(A[:n], ys[:n], rcond=None)[0]
    return 1 - np.mean((A[n:] @ weights - ys[n:]) ** 2) / np.var(ys[n:])


def knows_centred(states, ys):
    n = len(ys) // 2
    mean, level = states[:n].mean(axis=0), ys[:n].mean()
    A = states[:n] - mean
    weights = np.linalg.solve(A.T @ A, A.T @ (ys[:n] - level))
    left = ys[n:] - level - (states[n:] - mean) @ weights
    return 1 - (left**2).sum() / ((ys[n:] - ys[n:].mean()) ** 2).sum()


def knows_wrong(train=lambda n: slice(0, n), test=lambda n: slice(n, None), ones=True, report=None):
    def share(states, ys):
        n = len(ys) // 2
        A = np.c_[states, np.ones(len(states))] if ones else states
        weights = np.linalg.lstsq(A[train(n)], ys[train(n)], rcond=None)[0]
        p, y = A[test(n)] @ weights, ys[test(n)]
        return report(p, y) if report else 1 - np.mean((y - p) ** 2) / np.var(y)

    return share


def knows_divided(size):
    def share(states, ys):
        n = len(ys) // 2
        A = np.c_[states, np.ones(len(states))]
        weights = np.linalg.lstsq(A[:n], ys[:n], rcond=None)[0]
        return 1 - np.mean((ys[n:] - A[n:] @ weights) ** 2) / size(ys, n)

    return share


RIGHT = {
    "clip": [clip_like_torch, clip_flat, clip_root_of_norms],
    "adam": [adam_plain, adam_differences],
    "rates": [rates_loop, rates_arrays],
    "truncated": [truncated_forward, truncated_backward],
    "chrono": [chrono_pieces, chrono_slices],
    "first_losses": [losses_means, losses_variance],
    "knows": [knows_lstsq, knows_centred],
}

WRONG = {
    "clip": [
        ("clipped by its own norm", clip_each),
        ("clipped one by one", lambda gs, most: tuple(np.minimum(np.maximum(g, -most), most) for g in gs)),
        ("must stay as it is", clip_always),
        ("the root is missing", clip_squares),
        ("do not add up", lambda gs, most: tuple(g * min(1, most / sum(map(np.linalg.norm, gs))) for g in gs)),
        ("not to length 1", clip_to_one),
        ("comes back as it was", lambda gs, most: gs),
        ("must stay as it is", clip_if_short),
        (
            "lacks max_norm above",
            lambda gs, most: tuple(g / max(math.hypot(*map(np.linalg.norm, gs)), most) for g in gs),
        ),
        ("upside down", lambda gs, most: tuple(g * min(1, math.hypot(*map(np.linalg.norm, gs)) / most) for g in gs)),
        ("first array alone", clip_by(lambda gs: np.linalg.norm(gs[0]))),
        ("not the largest entry", clip_by(lambda gs: max(np.max(np.abs(g)) for g in gs))),
        ("not the sum of the sizes", clip_by(lambda gs: sum(np.sum(np.abs(g)) for g in gs))),
    ],
    "adam": [
        ("for having started at 0", adam_wrong(correct_m=False, correct_v=False)),
        ("divided by 1 - beta_2", adam_wrong(correct_v=False)),
        ("betas are exchanged", adam_wrong(b1=0.999, b2=0.9)),
        ("the root of v is missing", adam_wrong(root=False)),
        ("outside the root", adam_wrong(inside=True)),
        ("the square is missing", adam_wrong(square=False)),
        ("return the means themselves", adam_corrected_means),
        ("goes uphill", adam_uphill),
        ("not the gradient of this batch", adam_without_momentum),
        ("epsilon is missing", adam_means(mean_of_gradients, mean_of_squares, epsilon=0)),
        (
            "not s + 1",
            adam_means(mean_of_gradients, mean_of_squares, lambda s: (1 - 0.9 ** (s + 1), 1 - 0.999 ** (s + 1))),
        ),
        (
            "not s - 1",
            adam_means(mean_of_gradients, mean_of_squares, lambda s: (1 - 0.9 ** (s - 1), 1 - 0.999 ** (s - 1))),
        ),
        (
            "does not multiply",
            adam_means(mean_of_gradients, mean_of_squares, lambda s: (1 / (1 - 0.9**s), 1 / (1 - 0.999**s))),
        ),
        ("shares are exchanged", adam_means(lambda m, g: 0.1 * m + 0.9 * g, lambda v, g: 0.001 * v + 0.999 * g**2)),
        ("enters it times 1 - beta_1", adam_means(lambda m, g: 0.9 * m + g, mean_of_squares)),
        ("enters it times 1 - beta_2", adam_means(mean_of_gradients, lambda v, g: 0.999 * v + g**2)),
        ("both means lack", adam_means(lambda m, g: 0.9 * m + g, lambda v, g: 0.999 * v + g**2)),
        ("rate is not multiplied in", lambda theta, g, m, v, s, rate: adam_plain(theta, g, m, v, s, 1)),
        ("this is the step alone", adam_step_alone),
        ("theta first", adam_means_first),
    ],
    "rates": [
        ("not multiplied in", lambda S, highest: np.array(rates_loop(S, 1.0))),
        ("wasted at rate 0", rates_wrong(rise=lambda s, w: s / w)),
        ("a straight line", rates_wrong(fall=lambda s, w, S: (S - s) / (S - w))),
        ("not to 2 pi", rates_wrong(fall=lambda s, w, S: 0.5 + 0.5 * np.cos(2 * np.pi * (s - w) / (S - w)))),
        ("not pi s / S", rates_wrong(fall=lambda s, w, S: (1 + np.cos(np.pi * s / S)) / 2)),
        ("2 at the top", rates_wrong(fall=lambda s, w, S: 1 + np.cos(np.pi * (s - w) / (S - w)))),
        ("first tenth is missing", lambda S, highest: highest * (1 + np.cos(np.pi * np.arange(S) / S)) / 2),
        ("already stands at the highest", rates_wrong(rise=lambda s, w: np.ones(len(s)))),
        ("not from 1 to S", rates_from_one),
        ("not s / (w - 1)", rates_wrong(rise=lambda s, w: s / (w - 1))),
        ("s + 1 stands over w + 1", rates_wrong(rise=lambda s, w: s / (w + 1))),
        ("not by S - 1 - w", rates_wrong(fall=lambda s, w, S: (1 + np.cos(np.pi * (s - w) / (S - 1 - w))) / 2)),
        ("pi is missing", rates_wrong(fall=lambda s, w, S: (1 + np.cos((s - w) / (S - w))) / 2)),
        ("1 - cos rises", rates_wrong(fall=lambda s, w, S: (1 - np.cos(np.pi * (s - w) / (S - w))) / 2)),
        ("the rate never falls", lambda S, highest: highest * np.minimum(1, (np.arange(S) + 1) / (S / 10 + 1))),
        ("the same at every step", lambda S, highest: [highest] * S),
    ],
    "truncated": [
        ("the state is reset", truncated_wrong(reset=True)),
        ("this is the full gradient", truncated_wrong(stop=False)),
        ("the first slope is h, not 0", truncated_wrong(first=False)),
        ("last window alone", truncated_wrong(windows="last")),
        ("K steps of its own", truncated_sliding),
        ("so that its slope has no 2", truncated_wrong(each=lambda n: 2)),
        ("not their mean", truncated_wrong(each=lambda n: 1 / n)),
        ("h - y, not y - h", truncated_wrong(sign=-1)),
        ("before h moves on", truncated_line(lambda h, new, slope, w: new + w * slope)),
        ("comes through w", truncated_line(lambda h, new, slope, w: h + slope)),
        ("as with K = 1", truncated_line(lambda h, new, slope, w: h)),
        ("never gets anything", truncated_line(lambda h, new, slope, w: w * slope)),
        ("this is the loss", truncated_line(lambda h, new, slope, w: slope, lambda h, y, slope: 0.5 * (h - y) ** 2)),
        ("slopes of h alone", truncated_line(lambda h, new, slope, w: h + w * slope, lambda h, y, slope: slope)),
        (
            "the target is missing",
            truncated_line(lambda h, new, slope, w: h + w * slope, lambda h, y, slope: h * slope),
        ),
        ("last step's share", truncated_returns_inside),
        ("which is shorter, is left out", truncated_whole_windows),
        ("do not average them", truncated_average),
    ],
    "chrono": [
        ("stay half open", chrono_wrong(i=np.zeros_like)),
        ("the signs are exchanged", chrono_wrong(i=np.log, f=lambda u: -np.log(u))),
        ("opened too", chrono_wrong(i=np.log)),
        ("the forget biases are the second", chrono_wrong(order="fgio")),
        ("the log is missing", chrono_wrong(i=lambda u: -u, f=lambda u: u)),
        ("natural logarithm", chrono_wrong(i=lambda u: -np.log10(u), f=np.log10)),
        ("do not add 1", chrono_wrong(i=lambda u: -np.log(1 + u), f=lambda u: np.log(1 + u))),
        ("g and o are missing", lambda u: np.concatenate([-np.log(u), np.log(u)])),
        ("do not add it", chrono_wrong(f=lambda u: 1 + np.log(u))),
        ("forget biases are still 1", chrono_wrong(f=np.ones_like)),
        ("where g's belong", chrono_wrong(order="igfo")),
        ("not unit by unit", lambda u: np.column_stack([-np.log(u), np.log(u), 0 * u, 0 * u]).ravel()),
        ("join the rows", lambda u: np.array([-np.log(u), np.log(u), 0 * u, 0 * u])),
        ("logarithm to base 2", chrono_wrong(i=lambda u: -np.log2(u), f=np.log2)),
        ("the values of the gates", chrono_wrong(i=lambda u: 1 / (1 + u), f=lambda u: u / (1 + u))),
    ],
    "first_losses": [
        ("wrong order", lambda ys: losses_means(ys)[::-1]),
        ("square y, then take the mean", lambda ys: (ys.mean() ** 2, losses_means(ys)[1])),
        ("variance of each column", lambda ys: (np.mean(ys**2), ys.var())),
        ("not an estimate", lambda ys: (np.mean(ys**2), ys.var(axis=0, ddof=1).mean())),
        ("not its root", lambda ys: tuple(np.sqrt(losses_means(ys)))),
        ("not the median", lambda ys: (np.mean(ys**2), np.mean((ys - np.median(ys, axis=0)) ** 2))),
        ("not the variance", lambda ys: (losses_means(ys)[1],) * 2),
        ("no factor 1/2", lambda ys: tuple(0.5 * loss for loss in losses_means(ys))),
        ("the best constant itself", lambda ys: (np.mean(ys**2), np.mean(ys))),
        ("runs along axis 0", lambda ys: (np.mean(ys**2), ys.var(axis=1).mean())),
        ("not a standard deviation", lambda ys: (np.mean(ys**2), ys.std(axis=0).mean())),
        ("the first is one already", lambda ys: (np.mean(ys**2), ys.var(axis=0).sum())),
        ("square first", lambda ys: (ys.mean(), ys.var(axis=0).mean())),
    ],
    "knows": [
        ("judge it on the second half", knows_wrong(test=lambda n: slice(0, n))),
        ("fit it on the first half alone", knows_wrong(train=lambda n: slice(None))),
        ("split them", knows_wrong(train=lambda n: slice(None), test=lambda n: slice(None))),
        ("no constant term", knows_wrong(ones=False)),
        ("this is the error itself", knows_wrong(report=lambda p, y: np.mean((p - y) ** 2))),
        ("not by their mean square", knows_wrong(report=lambda p, y: 1 - np.mean((p - y) ** 2) / np.mean(y**2))),
        ("a correlation forgives", knows_wrong(report=lambda p, y: np.corrcoef(p, y)[0, 1])),
        ("not of all targets", knows_divided(lambda ys, n: np.var(ys))),
        ("on which the line is judged", knows_divided(lambda ys, n: np.var(ys[:n]))),
        ("around its own mean", knows_divided(lambda ys, n: np.mean((ys[n:] - ys[:n].mean()) ** 2))),
        ("not by one with N - 1", knows_divided(lambda ys, n: ys[n:].var(ddof=1))),
        ("not by the standard deviation", knows_divided(lambda ys, n: ys[n:].std())),
        ("a sum of squares stands", knows_divided(lambda ys, n: ys[n:].var() / n)),
        ("no roots", knows_wrong(report=lambda p, y: 1 - np.sqrt(np.mean((y - p) ** 2)) / y.std())),
        ("not every other sequence", knows_wrong(lambda n: slice(0, None, 2), lambda n: slice(1, None, 2))),
        ("fit on the first, judge on the second", knows_wrong(lambda n: slice(n, None), lambda n: slice(0, n))),
    ],
}
