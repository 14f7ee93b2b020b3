"""Exercises of chapter ``03_training`` on one step: Adam, the schedule, clipping."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.core.optim import clip_global_norm, one_cycle_step

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


# 3. Clipping


def _clip(gradients, max_norm):
    copies = {str(k): g.copy() for k, g in enumerate(gradients)}
    clip_global_norm(copies, max_norm)
    return tuple(copies.values())


def _clip_arguments(rng):
    return [
        (rng.normal(size=(2, 3)), 0.1 * rng.normal(size=4)),
        float(rng.choice([50.0, 0.2])),
    ]  # the first draw is not to be clipped


def _scaled(norm, factor=lambda max_norm, norm: min(1.0, max_norm / norm)):
    """Make a wrong version that scales all arrays by one factor."""
    return lambda gradients, max_norm: tuple(g * factor(max_norm, norm(gradients)) for g in gradients)


def _norm(gradients):
    return np.sqrt(sum(np.sum(g**2) for g in gradients))


def _clip_each(gradients, max_norm):
    return tuple(g * min(1.0, max_norm / np.linalg.norm(g)) for g in gradients)


def _clip_values(gradients, max_norm):
    return tuple(np.clip(g, -max_norm, max_norm) for g in gradients)


CLIP_MISTAKES = {
    "each array is clipped by its own norm; use one norm over all of them": _clip_each,
    "the values are clipped one by one, which turns the gradient; scale all by one factor": _clip_values,
    "the norms of the arrays do not add up; add their squares, then take the root": _scaled(
        lambda gradients: sum(np.linalg.norm(g) for g in gradients)
    ),
    "the norm is the root of the sum of squares; the root is missing": _scaled(lambda gradients: _norm(gradients) ** 2),
    "the norm is a sum of squares over all numbers, not their mean": _scaled(
        lambda gradients: np.sqrt(np.mean(np.concatenate([g.ravel() for g in gradients]) ** 2))
    ),
    "a gradient shorter than max_norm must stay as it is": _scaled(_norm, lambda most, norm: most / norm),
    "a gradient that is too long comes back as it was; scale it when its norm is larger than max_norm": _scaled(
        _norm, lambda most, norm: 1.0
    ),
    "the factor is upside down: max_norm over the norm": _scaled(_norm, lambda most, norm: min(1.0, norm / most)),
    "a gradient that is too long is shortened to max_norm, not to length 1": _scaled(
        _norm, lambda most, norm: 1 / norm if norm > most else 1.0
    ),
    "the factor lacks max_norm above the line: it is max_norm over the larger of the two": _scaled(
        _norm, lambda most, norm: 1 / max(norm, most)
    ),
    "this is the norm of the first array alone; sum the squares of all": _scaled(
        lambda gradients: _norm(gradients[:1])
    ),
    "the norm is not the largest entry; it is the root of the sum of all squares": _scaled(
        lambda gradients: max(np.abs(g).max() for g in gradients)
    ),
    "the norm is not the sum of the sizes; it is the root of the sum of all squares": _scaled(
        lambda gradients: sum(np.abs(g).sum() for g in gradients)
    ),
}


# 1. Adam


def _adam(theta, g, m, v, s, rate, *, corrected=(True, True), betas=(BETA_1, BETA_2), power=2, step=None, given=None):
    """Return Adam's step; options make it wrong."""
    m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * np.abs(g) ** power
    m_hat = m / (1 - betas[0] ** s) if corrected[0] else m
    v_hat = v / (1 - betas[1] ** s) if corrected[1] else v
    theta = theta - rate * (step or (lambda a, b: a / (np.sqrt(b) + EPSILON)))(m_hat, v_hat)
    return (theta, m_hat, v_hat) if given else (theta, m, v)


def _adam_arguments(rng):
    m, v = 1e-3 * rng.normal(size=(2, 3)), 1e-6 * rng.uniform(0.5, 1.5, size=(2, 3))
    theta, g = rng.normal(size=(2, 3)), 1e-3 * rng.normal(size=(2, 3))
    for array, factor in ((g, 1e-6), (m, 1e-6), (v, 1e-12)):
        array[0, 0] *= factor  # small enough for epsilon to count
    return [theta, g, m, v, int(rng.integers(2, 30)), 0.01]


def _adam_with(**options):
    return lambda *arguments: _adam(*arguments, **options)


def _adam_other(*, keep=(BETA_1, BETA_2), take=(1 - BETA_1, 1 - BETA_2), correct=lambda beta, s: 1 - beta**s):
    """Make a wrong version with other shares in the means, or another correction."""

    def step(theta, g, m, v, s, rate):
        m, v = keep[0] * m + take[0] * g, keep[1] * v + take[1] * g**2
        m_hat, v_hat = m / correct(BETA_1, s), v / correct(BETA_2, s)
        return theta - rate * m_hat / (np.sqrt(v_hat) + EPSILON), m, v

    return step


def _adam_old_means(theta, g, m, v, s, rate):
    step = rate * (m / (1 - BETA_1**s)) / (np.sqrt(v / (1 - BETA_2**s)) + EPSILON)
    return theta - step, BETA_1 * m + (1 - BETA_1) * g, BETA_2 * v + (1 - BETA_2) * g**2


ADAM_MISTAKES = {
    "the correction for having started at 0 is missing": _adam_with(corrected=(False, False)),
    "v is divided by 1 - beta_2 ** s too, before the root": _adam_with(corrected=(True, False)),
    "m is divided by 1 - beta_1 ** s too": _adam_with(corrected=(False, True)),
    "the two betas are exchanged; the mean of the squares forgets more slowly": _adam_with(betas=(BETA_2, BETA_1)),
    "v is the running mean of the squared gradient; the square is missing": _adam_with(power=1),
    "the root of v is missing": _adam_with(step=lambda a, b: a / (b + EPSILON)),
    "epsilon stands outside the root": _adam_with(step=lambda a, b: a / np.sqrt(b + EPSILON)),
    "the step goes uphill: subtract it": lambda *a: (2 * a[0] - _adam(*a)[0], *_adam(*a)[1:]),
    "return the means themselves; the correction is for the step only": _adam_with(given=True),
    "the step must use the means after this gradient has entered them": _adam_old_means,
    "the step must use the mean m, not the gradient of this batch": lambda *a: (
        a[0] - a[5] * a[1] / (np.sqrt(_adam(*a)[2] / (1 - BETA_2 ** a[4])) + EPSILON),
        *_adam(*a)[1:],
    ),
    "epsilon is missing; where every gradient was 0 so far, 0 / 0 is no number": _adam_with(
        step=lambda a, b: a / np.sqrt(b)
    ),
    "s is the number of the step already; the power is s, not s + 1": _adam_other(
        correct=lambda beta, s: 1 - beta ** (s + 1)
    ),
    "s counts from 1; the power is s, not s - 1": _adam_other(correct=lambda beta, s: 1 - beta ** (s - 1)),
    "the correction divides by 1 - beta ** s; it does not multiply": _adam_other(
        correct=lambda beta, s: 1 / (1 - beta**s)
    ),
    "a mean keeps beta of itself and takes 1 - beta of the new; these shares are exchanged": _adam_other(
        keep=(1 - BETA_1, 1 - BETA_2), take=(BETA_1, BETA_2)
    ),
    "m is a mean: the new gradient enters it times 1 - beta_1": _adam_other(take=(1, 1 - BETA_2)),
    "v is a mean: the new square enters it times 1 - beta_2": _adam_other(take=(1 - BETA_1, 1)),
    "both means lack the factor 1 - beta in front of what is new": _adam_other(take=(1, 1)),
    "the rate is not multiplied in": lambda *a: _adam(*a[:5], 1.0),
    "this is the step alone; subtract it from theta": lambda *a: (a[0] - _adam(*a)[0], *_adam(*a)[1:]),
    "return theta first, then m and v": lambda *a: (*_adam(*a)[1:], _adam(*a)[0]),
}


# 2. The schedule


def _schedule(S, highest):
    return np.array([highest * one_cycle_step(s, S) for s in range(S)])


def _rates(rule):
    """Make a schedule of all steps out of a rule for one."""
    return lambda S, highest: np.array([rule(s, S, highest, 0.1 * S) for s in range(S)])


def _rate_rule(s, S, highest, w, *, rise=lambda s, w: (s + 1) / (w + 1), fall=lambda x: (1 + np.cos(np.pi * x)) / 2):
    return highest * (rise(s, w) if s < w else fall((s - w) / (S - w)))


def _with_rate(**options):
    return _rates(lambda *a: _rate_rule(*a, **options))


def _schedule_arguments(rng):
    return [int(rng.integers(3, 8)) * 10, float(rng.uniform(0.5, 2))]


RATE_MISTAKES = {
    "the highest rate is not multiplied in": lambda S, highest: _with_rate()(S, 1.0),
    "the first step is wasted at rate 0: the rise begins at 1 / (w + 1)": _with_rate(rise=lambda s, w: s / w),
    "the rise ends one step early: divide s + 1 by w + 1": _with_rate(rise=lambda s, w: (s + 1) / w),
    "the fall is half a cosine: its angle goes from 0 to pi, not to 2 pi": _with_rate(
        fall=lambda x: (1 + np.cos(2 * np.pi * x)) / 2
    ),
    "the fall is a straight line; it must follow half a cosine": _with_rate(fall=lambda x: 1 - x),
    "a quarter of a cosine falls from 1 to 0; half of one, raised by 1 and halved, starts and ends flat": _with_rate(
        fall=lambda x: np.cos(np.pi * x / 2)
    ),
    "1 + cos is 2 at the top; halve it": _with_rate(fall=lambda x: 1 + np.cos(np.pi * x)),
    "cos alone falls to -1; add 1 and halve": _with_rate(fall=lambda x: np.cos(np.pi * x)),
    "the fall starts at step w: its angle is pi (s - w) / (S - w), not pi s / S": _rates(
        lambda s, S, highest, w: highest * ((s + 1) / (w + 1) if s < w else (1 + np.cos(np.pi * s / S)) / 2)
    ),
    "the fall must end at step S: divide s - w by S - w, not by S": _rates(
        lambda s, S, highest, w: highest * ((s + 1) / (w + 1) if s < w else (1 + np.cos(np.pi * (s - w) / S)) / 2)
    ),
    "the rise over the first tenth is missing": _rates(
        lambda s, S, highest, w: highest * (1 + np.cos(np.pi * s / S)) / 2
    ),
    "the first tenth already stands at the highest rate; there it must rise": _with_rate(rise=lambda s, w: 1.0),
    "the steps are counted from 0 to S - 1, not from 1 to S": _rates(lambda s, *a: _rate_rule(s + 1, *a)),
    "the rise reaches its end at step w, not at w - 1: (s + 1) / (w + 1), not s / (w - 1)": _with_rate(
        rise=lambda s, w: s / (w - 1)
    ),
    "the first rate is 0, and a step is wasted; s + 1 stands over w + 1": _with_rate(rise=lambda s, w: s / (w + 1)),
    "the fall reaches 0 at step S, one after the last: divide s - w by S - w, not by S - 1 - w": _rates(
        lambda s, S, highest, w: _rate_rule(
            s, S, highest, w, fall=lambda x: (1 + np.cos(np.pi * x * (S - w) / (S - 1 - w))) / 2
        )
    ),
    "pi is missing in the angle": _with_rate(fall=lambda x: (1 + np.cos(x)) / 2),
    "1 - cos rises from 0; the fall needs 1 + cos": _with_rate(fall=lambda x: (1 - np.cos(np.pi * x)) / 2),
    "the rate never falls; after the first tenth it must follow half a cosine to 0": _with_rate(fall=lambda x: 1.0),
    "this rate is the same at every step; it must rise, then fall": lambda S, highest: np.full(S, highest),
}


STEPS = {
    "clip": FunctionCheck(_clip, _clip_arguments, ("first", "second"), CLIP_MISTAKES, rtol=1e-5),
    "adam": FunctionCheck(_adam, _adam_arguments, ("theta", "m", "v"), ADAM_MISTAKES),
    "rates": FunctionCheck(_schedule, _schedule_arguments, ("rates",), RATE_MISTAKES),
}
