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
    return [float(rng.uniform(0.6, 0.9)), rng.normal(size=12), rng.normal(size=12), int(rng.choice([3, 4]))]


def _truncated_with(**options):
    return lambda *arguments: _truncated(*arguments, **options)


def _sliding(w, xs, ys, K):
    hs = [0.0]
    for x in xs:
        hs.append(w * hs[-1] + x)
    return sum((hs[t + 1] - ys[t]) * sum(w**k * hs[t - k] for k in range(min(K, t + 1))) for t in range(len(xs)))


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
}


# 7. What the last state knows


def _knows(states, ys, *, ones=True, fit=slice(None, 0), judge=slice(0, None), report=None):
    """Return the share of the target's variance that a line reads from the states; options make it wrong."""
    half = len(states) // 2
    train = slice(0, half) if fit == slice(None, 0) else fit
    test = slice(half, None) if judge == slice(0, None) else judge
    read = np.column_stack([states, np.ones(len(states))]) if ones else states
    line = np.linalg.lstsq(read[train], ys[train], rcond=None)[0]
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
}


CHECKS = {
    **STEPS,
    "truncated": FunctionCheck(_truncated, _truncated_arguments, ("gradient",), TRUNCATED_MISTAKES),
    "chrono": FunctionCheck(_chrono, lambda rng: [rng.uniform(1, 99, size=5)], ("b",), CHRONO_MISTAKES),
    "first_losses": FunctionCheck(_first_losses, _losses_arguments, ("at_zero", "constant"), LOSSES_MISTAKES),
    "knows": FunctionCheck(_knows, _knows_arguments, ("share",), KNOWS_MISTAKES),
}
