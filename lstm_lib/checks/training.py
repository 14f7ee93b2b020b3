"""Exercises of chapter ``03_training``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.steps import STEPS

# 4. Truncated backpropagation


def _truncated(w, xs, ys, K, *, carry=True, stop=True, at_start=1.0, factor=1.0, mean=False, last=False, shift=0):
    """Return dL/dw of h_t = w h_{t-1} + x_t, the gradient stopped at each window's start; options make it wrong."""
    h, slope, total, piece = 0.0, 0.0, 0.0, 0.0
    for t, (x, y) in enumerate(zip(xs, ys, strict=True)):
        first = (t + shift) % K == 0
        if first:
            h, slope, piece = h if carry else 0.0, 0.0 if stop else slope, 0.0
        slope = h * (at_start if first else 1.0) + w * slope
        h = w * h + x
        piece += (h - y) * slope
        total += (h - y) * slope
    return factor * (piece if last else total) / (len(xs) if mean else 1)


def _truncated_arguments(rng):
    return [float(rng.uniform(0.6, 0.9)), rng.normal(size=14), rng.normal(size=14), int(rng.choice([3, 4]))]


def _truncated_with(**options):
    return lambda *arguments: _truncated(*arguments, **options)


def _sliding(w, xs, ys, K):
    hs = [0.0]
    for x in xs:
        hs.append(w * hs[-1] + x)
    return sum((hs[t + 1] - ys[t]) * sum(w**k * hs[t - k] for k in range(min(K, t + 1))) for t in range(len(xs)))


def _by_steps(rule=lambda h, new, w, slope: h + w * slope, term=lambda h, y, slope: (h - y) * slope, left_out=0):
    """Make a wrong version with another rule for the slope, another term of a step, or steps left out."""

    def gradient(w, xs, ys, K):
        h = slope = total = 0.0
        for t in range(len(xs) - left_out * (len(xs) % K)):
            new = w * h + xs[t]
            slope, h = rule(h, new, w, 0.0 if t % K == 0 else slope), new
            total += term(h, ys[t], slope)
        return total

    return gradient


def _last_step(w, xs, ys, K):
    return _truncated(w, xs, ys, K) - _truncated(w, xs[:-1], ys[:-1], K)


TRUNCATED_MISTAKES = {
    "the state is reset at each window; only the gradient stops there, h goes on": _truncated_with(carry=False),
    "this is the full gradient; at a window's start the slope of h is 0 again": _truncated_with(stop=False),
    "the state that enters a window is a constant, but w still multiplies it: the first slope is h, not 0": (
        _truncated_with(at_start=0.0)
    ),
    "this is the gradient of the last window alone; add those of all": _truncated_with(last=True),
    "each loss goes back K steps of its own here; the windows stand side by side, as in the text": _sliding,
    "the loss has the factor 1/2, so that its slope has no 2": _truncated_with(factor=2.0),
    "the loss is a sum over the steps, not their mean": _truncated_with(mean=True),
    "the windows are shifted by one step: they start at t = 0, K, 2 K, ...": _truncated_with(shift=1),
    "the gradient has the wrong sign: h - y, not y - h": _truncated_with(factor=-1.0),
    "w multiplies the state before this step: take the slope before h moves on": _by_steps(
        lambda h, new, w, slope: new + w * slope
    ),
    "the old slope comes through w: h + w * slope, not h + slope": _by_steps(lambda h, new, w, slope: h + slope),
    "each slope is h alone here, as with K = 1; within a window w times the old slope comes on top": _by_steps(
        lambda h, new, w, slope: h
    ),
    "the slope never gets anything: w multiplies h directly too, so h comes on top of w * slope": _by_steps(
        lambda h, new, w, slope: w * slope
    ),
    "this is the loss; its slope in w is asked for": _by_steps(term=lambda h, y, slope: (h - y) ** 2 / 2),
    "these are the slopes of h alone; each is multiplied by h - y": _by_steps(term=lambda h, y, slope: slope),
    "the target is missing: each slope is multiplied by h - y, not by h": _by_steps(term=lambda h, y, slope: h * slope),
    "this is the last step's share alone; the loss is a sum over all steps": _last_step,
    "the last window, which is shorter, is left out": _by_steps(left_out=1),
    "add the windows up; do not average them": lambda w, xs, ys, K: _truncated(w, xs, ys, K) / -(-len(xs) // K),
}


# 5. Chrono biases


def _chrono(u, blocks=lambda b: (-b, b, 0 * b, 0 * b), log=np.log):
    return np.concatenate(blocks(log(u)))


def _chrono_with(**options):
    return lambda u: _chrono(u, **options)


CHRONO_MISTAKES = {
    "the forget gates are right, but the input gates stay half open; give them the negative biases": _chrono_with(
        blocks=lambda b: (0 * b, b, 0 * b, 0 * b)
    ),
    "the signs are exchanged: forget gates open (positive), input gates shut (negative)": _chrono_with(
        blocks=lambda b: (b, -b, 0 * b, 0 * b)
    ),
    "the input gates are opened too; their biases are the negatives": _chrono_with(
        blocks=lambda b: (b, b, 0 * b, 0 * b)
    ),
    "the blocks are stacked i, f, g, o; the forget biases are the second": _chrono_with(
        blocks=lambda b: (b, 0 * b, -b, 0 * b)
    ),
    "the first block is i, the second f; the two are not exchanged in their signs, but in their places": _chrono_with(
        blocks=lambda b: (0 * b, 0 * b, -b, b)
    ),
    "a bias is a logarithm of steps; the log is missing": _chrono_with(log=lambda u: u),
    "use the natural logarithm, which the sigmoid undoes": _chrono_with(log=np.log10),
    "the memory is 1 + u steps with bias log(u); do not add 1 inside the log": _chrono_with(log=np.log1p),
    "return one bias for each of the four gates of a unit, 4 H numbers": np.log,
    "the biases of g and o are missing; they are 0, 2 H numbers more": lambda u: _chrono(u)[: 2 * len(u)],
    "chrono biases stand in place of the forget bias 1; do not add it": _chrono_with(
        blocks=lambda b: (-b, 1 + b, 0 * b, 0 * b)
    ),
    "the input gates are right, but the forget biases are still 1; they are log u": _chrono_with(
        blocks=lambda b: (-b, 0 * b + 1, 0 * b, 0 * b)
    ),
    "the input gates are right; the forget biases stand third, where g's belong": _chrono_with(
        blocks=lambda b: (-b, 0 * b, b, 0 * b)
    ),
    "the four gates' biases stand in blocks of H, not unit by unit": lambda u: _chrono(u).reshape(4, -1).T.ravel(),
    "one row a gate is right; join the rows to one array of 4 H numbers": lambda u: _chrono(u).reshape(4, -1),
    "a logarithm to base 2 does not fit the sigmoid; use the natural one": _chrono_with(log=np.log2),
    "these are the values of the gates; their biases are asked for": lambda u: _chrono_with(
        blocks=lambda b: (1 / (1 + u), u / (1 + u), 0 * u, 0 * u)
    )(u),
}


# 6. What a loss is to be read against


def _first_losses(ys):
    return float(np.mean(ys**2)), float(np.mean(np.var(ys, axis=0)))


def _losses_arguments(rng):
    return [rng.normal(size=(7, 3)) + np.array([0.0, 1.0, 3.0])]


def _losses_with(at_zero=lambda ys: np.mean(ys**2), constant=lambda ys: np.mean(np.var(ys, axis=0))):
    return lambda ys: (float(at_zero(ys)), float(constant(ys)))


LOSSES_MISTAKES = {
    "the two losses are in the wrong order: answering 0 first, then the best constant": lambda ys: _first_losses(ys)[
        ::-1
    ],
    "an answer of 0 is off by y: square y, then take the mean": _losses_with(at_zero=lambda ys: np.mean(ys) ** 2),
    "the mean of |y| is not a squared error": _losses_with(at_zero=lambda ys: np.mean(np.abs(ys))),
    "the root is too much: a mean squared error, not its root": _losses_with(
        lambda ys: np.sqrt(np.mean(ys**2)), lambda ys: np.sqrt(np.mean(np.var(ys, axis=0)))
    ),
    "the best constant may differ from output to output; take the variance of each column": _losses_with(
        constant=np.var
    ),
    "divide by N, not by N - 1: it is an error on these targets, not an estimate": _losses_with(
        constant=lambda ys: np.mean(np.var(ys, axis=0, ddof=1))
    ),
    "the loss is a mean over all numbers, not a sum": _losses_with(
        lambda ys: np.sum(ys**2), lambda ys: np.sum(np.var(ys, axis=0)) * len(ys)
    ),
    "the loss is a mean over the outputs too, not a sum over them": _losses_with(
        lambda ys: np.sum(ys**2) / len(ys), lambda ys: np.sum(np.var(ys, axis=0))
    ),
    "a fresh read-out answers about 0, so that its loss is the mean square, not the variance": _losses_with(
        at_zero=lambda ys: np.mean(np.var(ys, axis=0))
    ),
    "the best constant for a squared error is the mean, not the median": _losses_with(
        constant=lambda ys: np.mean((ys - np.median(ys, axis=0)) ** 2)
    ),
    "the mean squared error has no factor 1/2 here": _losses_with(
        lambda ys: np.mean(ys**2) / 2, lambda ys: np.mean(np.var(ys, axis=0)) / 2
    ),
    "the second value is the best constant itself; its error is asked for": _losses_with(constant=np.mean),
    "a constant for each output, not for each sequence: the variance runs along axis 0": _losses_with(
        constant=lambda ys: np.mean(np.var(ys, axis=1))
    ),
    "the error of the best constant is a variance, not a standard deviation": _losses_with(
        constant=lambda ys: np.mean(np.std(ys, axis=0))
    ),
    "the error of the best constant is a mean over the outputs too; the first is one already": _losses_with(
        constant=lambda ys: np.sum(np.var(ys, axis=0))
    ),
    "the mean of y is no error; square first": _losses_with(at_zero=np.mean),
}


# 7. What the last state knows


def _knows(states, ys, *, ones=True, fit=slice(None, 0), judge=slice(0, None), report=None, against=None):
    """Return the share of the target's variance that a line reads from the states; options make it wrong."""
    half = len(states) // 2
    train = slice(0, half) if fit == slice(None, 0) else fit
    test = slice(half, None) if judge == slice(0, None) else judge
    read = np.column_stack([states, np.ones(len(states))]) if ones else states
    line = np.linalg.lstsq(read[train], ys[train], rcond=None)[0]
    if against:
        return float(1 - np.mean((ys[test] - read[test] @ line) ** 2) / against(ys, half))
    return float((report or (lambda p, y: 1 - np.mean((y - p) ** 2) / np.var(y)))(read[test] @ line, ys[test]))


def _knows_arguments(rng):
    states = rng.normal(size=(40, 4))
    return [states, 1 + states @ rng.normal(size=4) + rng.normal(size=40)]


def _knows_with(**options):
    return lambda *arguments: _knows(*arguments, **options)


ALL, FIRST, SECOND = slice(0, 40), slice(0, 20), slice(20, 40)
KNOWS_MISTAKES = {
    "the line is judged on the sequences that it was fitted on; judge it on the second half": _knows_with(judge=FIRST),
    "the line is fitted on all sequences; fit it on the first half alone": _knows_with(fit=ALL),
    "all sequences fit the line and all judge it; split them": _knows_with(fit=ALL, judge=ALL),
    "the line has no constant term; add a column of ones": _knows_with(ones=False),
    "this is the error itself; divide by the variance and subtract from 1": _knows_with(
        report=lambda p, y: np.mean((y - p) ** 2)
    ),
    "this is the share that is left; subtract it from 1": _knows_with(
        report=lambda p, y: np.mean((y - p) ** 2) / np.var(y)
    ),
    "divide by the variance of the targets, not by their mean square": _knows_with(
        report=lambda p, y: 1 - np.mean((y - p) ** 2) / np.mean(y**2)
    ),
    "a correlation forgives a wrong size and offset; use 1 - error / variance": _knows_with(
        report=lambda p, y: np.corrcoef(p, y)[0, 1]
    ),
    "the square of a correlation forgives a wrong size and offset; use 1 - error / variance": _knows_with(
        report=lambda p, y: np.corrcoef(p, y)[0, 1] ** 2
    ),
    "the halves are exchanged: fit on the first, judge on the second": _knows_with(fit=SECOND, judge=FIRST),
    "the variance is that of the second half, not of all targets": _knows_with(against=lambda ys, n: np.var(ys)),
    "the variance is that of the second half, on which the line is judged, not of the first": _knows_with(
        against=lambda ys, n: np.var(ys[:n])
    ),
    "the variance of the second half is around its own mean, not around that of the first": _knows_with(
        against=lambda ys, n: np.mean((ys[n:] - np.mean(ys[:n])) ** 2)
    ),
    "divide by the variance, with N below, not by one with N - 1": _knows_with(
        against=lambda ys, n: np.var(ys[n:], ddof=1)
    ),
    "divide by the variance, not by the standard deviation": _knows_with(against=lambda ys, n: np.std(ys[n:])),
    "a sum of squares stands over a variance, which is a mean": _knows_with(against=lambda ys, n: np.var(ys[n:]) / n),
    "no roots: an error and a variance are both squares": _knows_with(
        report=lambda p, y: 1 - np.sqrt(np.mean((y - p) ** 2)) / np.std(y)
    ),
    "the halves are the first and the second, not every other sequence": _knows_with(
        fit=slice(0, None, 2), judge=slice(1, None, 2)
    ),
}


CHECKS = {
    **STEPS,
    "truncated": FunctionCheck(_truncated, _truncated_arguments, ("gradient",), TRUNCATED_MISTAKES),
    "chrono": FunctionCheck(_chrono, lambda rng: [rng.uniform(1, 99, size=5)], ("b",), CHRONO_MISTAKES),
    "first_losses": FunctionCheck(_first_losses, _losses_arguments, ("at_zero", "constant"), LOSSES_MISTAKES),
    "knows": FunctionCheck(_knows, _knows_arguments, ("share",), KNOWS_MISTAKES),
}
