"""Exercises of chapter ``09_attention``. No framework is loaded: what was computed with one comes as values."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.attention_dates import judge_translated

B, T, S, H, M = 2, 3, 5, 4, 6


def _softmax(scores, axis=-1):
    p = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return p / p.sum(axis=axis, keepdims=True)


# scores


def _score_arguments(rng):
    return [rng.normal(size=(B, T, H)), rng.normal(size=(B, S, M)), rng.normal(size=(H, M))]


def _scores(hs, memory, W):
    return hs @ W @ memory.transpose(0, 2, 1)


def _cosines(hs, memory, W):
    keys = memory @ W.T
    lengths = np.linalg.norm(hs, axis=2)[:, :, None] * np.linalg.norm(keys, axis=2)[:, None]
    return _scores(hs, memory, W) / lengths


def _distances(hs, memory, W):
    return -((hs[:, :, None] - (memory @ W.T)[:, None]) ** 2).sum(axis=3)


def _first_source(hs, memory, W):
    return hs @ W @ memory[0].T


SCORES = FunctionCheck(
    _scores,
    _score_arguments,
    ("scores",),
    {
        "rows and columns are exchanged: a row for each step written, a column for each symbol read": (
            lambda *a: _scores(*a).transpose(0, 2, 1)
        ),
        "those are shares already: exercise 2 makes them of the scores": lambda *a: _softmax(_scores(*a)),
        "divided by the root of H: that is self-attention's habit, and not in (attention-dot)": (
            lambda *a: _scores(*a) / np.sqrt(H)
        ),
        "the tanh belongs to the additive form; here the products are all": lambda *a: np.tanh(_scores(*a)),
        "the keys go through a tanh; (attention-dot) has none": (
            lambda hs, memory, W: hs @ np.tanh(memory @ W.T).transpose(0, 2, 1)
        ),
        "those are cosines: divide by no length": _cosines,
        "those are distances; the score is a product": _distances,
        "all are scored beside the first source of the batch; each has its own": _first_source,
        "added up over the symbols: each keeps a score of its own": lambda *a: _scores(*a).sum(axis=2),
        "added up over the steps: each has scores of its own": lambda *a: _scores(*a).sum(axis=1),
    },
)


# shares


def _share_arguments(rng):
    scores = rng.normal(size=(B, T, S))
    scores[1, 2] += 1000  # e to the 1000 overflows
    return [scores, np.arange(S) < np.array([[5], [3]])]


def _masked(scores, mask):
    return np.where(mask[:, None], scores, -np.inf)


def _shares(scores, mask):
    return _softmax(_masked(scores, mask))


def _plain_exponentials(scores, mask):
    p = np.exp(_masked(scores, mask))
    return p / p.sum(axis=2, keepdims=True)


def _unmasked_exponentials(scores, mask):
    p = np.exp(scores)
    return p / p.sum(axis=2, keepdims=True)


def _zeroed_exponentials(scores, mask):
    p = np.exp(scores) * mask[:, None]
    return p / p.sum(axis=2, keepdims=True)


def _over_steps(scores, mask):
    return _softmax(_masked(scores, mask), axis=1)


def _over_everything(scores, mask):
    p = np.exp(_masked(scores, mask) - scores.max())
    return p / p.sum()


def _of_the_largest(scores, mask):
    return (_masked(scores, mask) == _masked(scores, mask).max(axis=2, keepdims=True)).astype(float)


def _by_the_sum(scores, mask):
    kept = scores * mask[:, None]
    return kept / kept.sum(axis=2, keepdims=True)


OVERFLOW = "e to the 1000 overflows: take each row's largest score off before the exponential"


class SharesCheck(FunctionCheck):
    """Arrays are also equal where neither has a number: a wrong mask or an overflow leaves none."""

    def _equal(self, returned, expected):
        return all(
            np.shape(r) == np.shape(e) and np.allclose(r, e, rtol=self.rtol, atol=1e-10, equal_nan=True)
            for r, e in zip(returned, expected, strict=True)
        )


SHARES = SharesCheck(
    _shares,
    _share_arguments,
    ("shares",),
    {
        "padding gets a share of the attention": lambda scores, mask: _softmax(scores),
        "mask the scores before the softmax, so that the shares still sum to 1": (
            lambda scores, mask: _softmax(scores) * mask[:, None]
        ),
        "a score of 0 is not nothing: exp(0) = 1; give padding a score of minus infinity": (
            lambda scores, mask: _softmax(scores * mask[:, None])
        ),
        "the mask is the wrong way round: it is true where there is a symbol": (
            lambda scores, mask: _shares(scores, ~mask)
        ),
        "the softmax runs over the steps; each step shares its attention among the symbols, axis 2": _over_steps,
        "one softmax over all: each step has shares that sum to 1": _over_everything,
        "all to the likeliest: that is no softmax, and its gradient is 0": _of_the_largest,
        "divided by their sum, scores may be negative: the exponential is missing": _by_the_sum,
        "those are the masked scores; the softmax is missing": _masked,
        "those are logarithms of shares": lambda *a: np.log(_shares(*a)),
        OVERFLOW: _plain_exponentials,
        f"{OVERFLOW} (and padding gets a share)": _unmasked_exponentials,
        f"{OVERFLOW}, and mask before it": _zeroed_exponentials,
    },
)


# look_back: in PyTorch, so what it returned for the example comes as values


def example() -> list[np.ndarray]:
    """Return states, keys, memory and mask of two sources, on which exercise 3 is tried."""
    rng = np.random.default_rng(9)
    arrays = [rng.normal(size=shape) for shape in ((B, T, H), (B, S, H), (B, S, M))]
    return [*arrays, np.arange(S) < np.array([[5], [3]])]


def _looked(hs, keys, memory, mask, shares=None):
    shares = _shares(hs @ keys.transpose(0, 2, 1), mask) if shares is None else shares
    return shares @ memory, shares


def _with(change):
    """Return the look back whose shares are changed: ``(scores, mask) -> shares``."""
    return lambda hs, keys, memory, mask: _looked(hs, keys, memory, mask, change(hs @ keys.transpose(0, 2, 1), mask))


LOOK_BACK = FunctionCheck(
    _looked,
    lambda rng: example(),
    ("context", "shares"),
    {
        "the two are exchanged: the context comes first, then the shares": lambda *a: _looked(*a)[::-1],
        "padding gets a share of the attention: the mask is not used": _with(lambda scores, mask: _softmax(scores)),
        "mask the scores before the softmax, so that the shares still sum to 1": _with(
            lambda scores, mask: _softmax(scores) * mask[:, None]
        ),
        "a score of 0 is not nothing: exp(0) = 1; fill in -torch.inf": _with(
            lambda scores, mask: _softmax(scores * mask[:, None])
        ),
        "scaled by the root of H, which (attention-dot) does not": _with(
            lambda scores, mask: _shares(scores / np.sqrt(H), mask)
        ),
        "all to the likeliest symbol: the softmax is missing": _with(_of_the_largest),
        "the context is the same at every step: average with each step's own shares": lambda *a: (
            np.broadcast_to(_looked(*a)[0].mean(axis=1, keepdims=True), (B, T, M)),
            _looked(*a)[1],
        ),
        "the keys are averaged; the context is an average of the memory": lambda hs, keys, memory, mask: (
            _looked(hs, keys, memory, mask)[1] @ keys,
            _looked(hs, keys, memory, mask)[1],
        ),
        "the memory is added up, not averaged by the shares": lambda hs, keys, memory, mask: (
            np.broadcast_to((memory * mask[:, :, None]).sum(axis=1, keepdims=True), (B, T, M)),
            _looked(hs, keys, memory, mask)[1],
        ),
        "the shares are right, but they are those of another source of the batch": lambda hs, keys, memory, mask: (
            _looked(hs, keys, memory, mask)[1] @ memory[::-1],
            _looked(hs, keys, memory, mask)[1],
        ),
    },
    rtol=1e-4,
)


def _judge_look_back(answer):
    """Judge what a learner's function returned for the example."""
    if callable(answer):
        return "hand over what your function returns for the example: my_look_back(hs, keys, memory, mask)"
    return LOOK_BACK(lambda *_: answer)


# self_attention


def _sequence(rng):
    T, D, H = 5, 3, 4
    return [rng.normal(size=(T, D)), *rng.normal(size=(3, H, D))]


def _self_attention(xs, W_q, W_k, W_v, *, scale=None, seen=None, axis=-1):
    qs, ks, vs = (xs @ W.T for W in (W_q, W_k, W_v))
    scores = qs @ ks.T / (np.sqrt(len(W_q)) if scale is None else scale)
    seen = np.tril(np.ones((len(xs), len(xs)), bool)) if seen is None else seen
    shares = _softmax(np.where(seen, scores, -np.inf), axis=axis)
    return shares @ vs, shares


def _no_future_mask(xs, *W):
    return _self_attention(xs, *W, seen=np.ones((len(xs), len(xs)), bool))


def _future_only(xs, *W):
    return _self_attention(xs, *W, seen=np.triu(np.ones((len(xs), len(xs)), bool)))


def _without_itself(xs, *W):
    seen = np.tril(np.ones((len(xs), len(xs)), bool), -1)
    return _self_attention(xs, *W, seen=seen)


def _causal_afterwards(xs, W_q, W_k, W_v):
    shares = np.tril(_no_future_mask(xs, W_q, W_k, W_v)[1])
    return shares @ (xs @ W_v.T), shares


def _causal_by_zero(xs, W_q, W_k, W_v):
    scores = np.tril(xs @ W_q.T @ (xs @ W_k.T).T / np.sqrt(len(W_q)))
    shares = _softmax(scores)
    return shares @ (xs @ W_v.T), shares


def _of_inputs(xs, W_q, W_k, W_v):
    shares = _self_attention(xs, W_q, W_k, W_v)[1]
    return shares @ xs, shares


SELF_ATTENTION = SharesCheck(
    _self_attention,
    _sequence,
    ("outputs", "shares"),
    {
        "position t sees what comes after it: mask the scores above the diagonal": _no_future_mask,
        "the mask is the wrong way round: position t may see 1 to t, the lower triangle": _future_only,
        "position t must see itself too: the diagonal stays": _without_itself,
        "mask before the softmax, so that each row still sums to 1": _causal_afterwards,
        "a score of 0 is not nothing: exp(0) = 1; give the future a score of minus infinity": _causal_by_zero,
        "the scores must be divided by the root of H": lambda *a: _self_attention(*a, scale=1.0),
        "divided by H; it is its root": lambda xs, W_q, *W: _self_attention(xs, W_q, *W, scale=len(W_q)),
        "divided by the root of T; it is that of H, the size of a query": lambda xs, *W: _self_attention(
            xs, *W, scale=np.sqrt(len(xs))
        ),
        "divided by the root of D; it is that of H, the size of a query": lambda xs, *W: _self_attention(
            xs, *W, scale=np.sqrt(xs.shape[1])
        ),
        "queries and keys are exchanged": lambda xs, W_q, W_k, W_v: _self_attention(xs, W_k, W_q, W_v),
        "the inputs are averaged; average the values, W_v x": _of_inputs,
        "the keys are averaged; average the values, W_v x": lambda xs, W_q, W_k, W_v: _self_attention(
            xs, W_q, W_k, W_k
        ),
        "the two are exchanged: the outputs come first, then the shares": lambda *a: _self_attention(*a)[::-1],
        "the softmax runs down the columns; each row, a query, shares its own attention": lambda *a: _self_attention(
            *a, axis=0
        ),
    },
)


CHECKS = {
    "scores": SCORES,
    "shares": SHARES,
    "look_back": _judge_look_back,
    "translated": judge_translated,
    "self_attention": SELF_ATTENTION,
}
