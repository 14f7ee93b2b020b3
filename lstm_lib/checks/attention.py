"""Exercises of chapter ``09_attention``."""

import numpy as np

from lstm_lib.checks import FunctionCheck


def _softmax(scores):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _attend(h, keys, memory, mask):
    scores = (keys @ h[:, :, None])[:, :, 0]
    weights = _softmax(np.where(mask, scores, -np.inf))
    return weights, (weights[:, None] @ memory)[:, 0]


def _attend_to_padding(h, keys, memory, mask):
    return _attend(h, keys, memory, np.ones_like(mask))


def _mask_afterwards(h, keys, memory, mask):
    weights = _attend_to_padding(h, keys, memory, mask)[0] * mask
    return weights, (weights[:, None] @ memory)[:, 0]


def _mask_by_zero(h, keys, memory, mask):
    scores = (keys @ h[:, :, None])[:, :, 0]
    weights = _softmax(scores * mask)
    return weights, (weights[:, None] @ memory)[:, 0]


def _no_softmax(h, keys, memory, mask):
    scores = (keys @ h[:, :, None])[:, :, 0] * mask
    return scores, (scores[:, None] @ memory)[:, 0]


def _sources(rng):
    B, S, H, M = 3, 5, 4, 6
    mask = np.arange(S) < np.array([5, 2, 4])[:, None]
    return [rng.normal(size=(B, H)), rng.normal(size=(B, S, H)), rng.normal(size=(B, S, M)), mask]


CHECKS = {
    "attend": FunctionCheck(
        _attend,
        _sources,
        ("weights", "context"),
        {
            "padding gets a share of the attention": _attend_to_padding,
            "mask the scores before the softmax, so that the weights still sum to 1": _mask_afterwards,
            "a score of 0 is not nothing: exp(0) = 1; give padding a score of minus infinity": _mask_by_zero,
            "the scores must go through a softmax": _no_softmax,
        },
    ),
}
