"""Exercises of chapter ``03_training``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.core.optim import clip_global_norm


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


def _sum_of_norms(gradients, max_norm):
    norm = sum(np.linalg.norm(g) for g in gradients)
    return tuple(g * min(1.0, max_norm / norm) for g in gradients)


def _no_root(gradients, max_norm):
    square = sum(np.sum(g**2) for g in gradients)
    return tuple(g * min(1.0, max_norm / square) for g in gradients)


CHECKS = {
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
}
