"""What people answer to the exercises of chapter ``09_attention``."""

import numpy as np

from lstm_lib.checks.attention import example
from lstm_lib.checks.attention_dates import SOURCES, TARGETS

# scores


def scores_by_einsum(hs, memory, W):
    return np.einsum("bth,hm,bsm->bts", hs, W, memory)


def scores_by_keys(hs, memory, W):
    keys = memory @ W.T
    return hs @ np.swapaxes(keys, 1, 2)


def scores_by_loop(hs, memory, W):
    return [[[float(h @ W @ m) for m in symbols] for h in states] for states, symbols in zip(hs, memory, strict=True)]


def scores_turned(hs, memory, W):
    return (memory @ W.T) @ hs.transpose(0, 2, 1)


def scores_softmaxed(hs, memory, W):
    e = np.exp(scores_by_einsum(hs, memory, W))
    return e / e.sum(-1, keepdims=True)


def scores_scaled(hs, memory, W):
    return scores_by_keys(hs, memory, W) / hs.shape[-1] ** 0.5


def scores_tanh(hs, memory, W):
    return np.tanh(scores_by_keys(hs, memory, W))


def scores_tanh_keys(hs, memory, W):
    return np.einsum("bth,bsh->bts", hs, np.tanh(memory @ W.T))


def scores_cosine(hs, memory, W):
    keys = memory @ W.T
    keys = keys / np.linalg.norm(keys, axis=-1, keepdims=True)
    hs = hs / np.linalg.norm(hs, axis=-1, keepdims=True)
    return np.einsum("bth,bsh->bts", hs, keys)


def scores_first_of_batch(hs, memory, W):
    return np.einsum("bth,sh->bts", hs, memory[0] @ W.T)


def scores_summed(hs, memory, W):
    return np.einsum("bth,bsh->bt", hs, memory @ W.T)


def scores_distance(hs, memory, W):
    keys = memory @ W.T
    return -np.square(hs[:, :, None, :] - keys[:, None, :, :]).sum(-1)


def scores_without_matrix(hs, memory, W):
    return hs @ memory.transpose(0, 2, 1)


# shares


def shares_by_where(scores, mask):
    scores = np.where(mask[:, None, :], scores, -np.inf)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def shares_by_large_number(scores, mask):
    scores = scores - 1e9 * ~mask[:, None]
    scores = scores - scores.max(2)[..., None]
    return np.exp(scores) / np.exp(scores).sum(2)[..., None]


def shares_renormalised(scores, mask):
    e = np.exp(scores - scores.max(axis=2, keepdims=True)) * mask[:, None]
    return e / e.sum(axis=2, keepdims=True)


def shares_by_logsumexp(scores, mask):
    scores = np.where(mask[:, None], scores, -np.inf)
    return np.exp(scores - np.logaddexp.reduce(scores, axis=2, keepdims=True))


def shares_unmasked(scores, mask):
    e = np.exp(scores - scores.max(2, keepdims=True))
    return e / e.sum(2, keepdims=True)


def shares_masked_afterwards(scores, mask):
    return shares_unmasked(scores, mask) * mask[:, None]


def shares_masked_by_zero(scores, mask):
    return shares_unmasked(np.where(mask[:, None], scores, 0), mask)


def shares_other_mask(scores, mask):
    return shares_by_where(scores, ~mask)


def shares_over_steps(scores, mask):
    scores = np.where(mask[:, None, :], scores, -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def shares_over_all(scores, mask):
    scores = np.where(mask[:, None, :], scores, -np.inf)
    e = np.exp(scores - scores.max())
    return e / e.sum()


def shares_overflowing(scores, mask):
    e = np.exp(np.where(mask[:, None], scores, -np.inf))
    return e / e.sum(2, keepdims=True)


def shares_overflowing_unmasked(scores, mask):
    return np.exp(scores) / np.exp(scores).sum(2, keepdims=True)


def shares_hard(scores, mask):
    best = np.where(mask[:, None], scores, -np.inf).argmax(2)
    return np.eye(scores.shape[2])[best]


def shares_without_softmax(scores, mask):
    return np.where(mask[:, None], scores, -np.inf)


def shares_by_sum(scores, mask):
    kept = np.where(mask[:, None], scores, 0)
    return kept / kept.sum(-1, keepdims=True)


def shares_log(scores, mask):
    scores = np.where(mask[:, None], scores, -np.inf)
    return scores - np.logaddexp.reduce(scores, axis=2, keepdims=True)


# look_back: what a function in PyTorch returned for the example, here computed in NumPy


def looked(change=None, average=None):
    hs, keys, memory, mask = example()
    scores = np.einsum("bth,bsh->bts", hs, keys)
    shares = change(scores, mask) if change else shares_by_where(scores, mask)
    context = np.einsum("bts,bsm->btm", shares, memory if average is None else average)
    return context, shares


HS, KEYS, MEMORY, MASK = example()
CONTEXT, SHARES = looked()


def function_itself(hs, keys, memory, mask):
    return CONTEXT, SHARES


# translated


def changed(part, wrong, times=12):
    """Return the right answers with a part replaced in the first of them."""
    texts = []
    for k, text in enumerate(TARGETS):
        words = text.replace(",", " ,").split(" ")  # weekday , month day , year
        if k < times:
            words[part] = wrong
        texts.append(" ".join(words).replace(" ,", ","))
    return texts


IN_PIECES = [["\u2581" + word for word in text.split()] for text in TARGETS]

# self_attention


def attention_by_einsum(xs, W_q, W_k, W_v):
    q, k, v = (np.einsum("td,hd->th", xs, W) for W in (W_q, W_k, W_v))
    scores = np.einsum("th,sh->ts", q, k) / np.sqrt(q.shape[1])
    scores[np.triu_indices(len(xs), 1)] = -np.inf
    e = np.exp(scores - scores.max(1, keepdims=True))
    shares = e / e.sum(1, keepdims=True)
    return shares @ v, shares


def attention_by_loop(xs, W_q, W_k, W_v):
    T, H = len(xs), len(W_v)
    out, shares = np.zeros((T, H)), np.zeros((T, T))
    for t in range(T):
        scores = np.array([(W_q @ xs[t]) @ (W_k @ xs[s]) for s in range(t + 1)]) / H**0.5
        p = np.exp(scores) / np.exp(scores).sum()
        shares[t, : t + 1] = p
        out[t] = sum(p[s] * (W_v @ xs[s]) for s in range(t + 1))
    return [out, shares]


def attention_unfinished(scale=True, seen=np.tril, over=1, queries=None):
    """Return self-attention with one thing done otherwise."""

    def attend(xs, W_q, W_k, W_v):
        q, k, v = xs @ W_q.T, xs @ W_k.T, xs @ W_v.T
        scores = q @ k.T
        scores = scores / np.sqrt(q.shape[1]) if scale is True else scores / scale
        scores = np.where(seen(np.ones_like(scores)) > 0, scores, -np.inf)
        e = np.exp(scores - scores.max(over, keepdims=True))
        shares = e / e.sum(over, keepdims=True)
        return shares @ v, shares

    return attend


def attention_masked_afterwards(xs, W_q, W_k, W_v):
    _, shares = attention_unfinished(seen=lambda ones: ones)(xs, W_q, W_k, W_v)
    shares = np.tril(shares)
    return shares @ (xs @ W_v.T), shares


def attention_masked_by_zero(xs, W_q, W_k, W_v):
    scores = np.tril((xs @ W_q.T) @ (xs @ W_k.T).T / 2)
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return shares @ (xs @ W_v.T), shares


def attention_exchanged(xs, W_q, W_k, W_v):
    return attention_by_einsum(xs, W_k, W_q, W_v)


def attention_of_inputs(xs, W_q, W_k, W_v):
    shares = attention_by_einsum(xs, W_q, W_k, W_v)[1]
    return shares @ xs, shares


def attention_returns_turned(xs, W_q, W_k, W_v):
    out, shares = attention_by_einsum(xs, W_q, W_k, W_v)
    return shares, out


RIGHT = {
    "scores": [scores_by_einsum, scores_by_keys, scores_by_loop],
    "shares": [shares_by_where, shares_by_large_number, shares_renormalised, shares_by_logsumexp],
    "look_back": [(CONTEXT, SHARES), [CONTEXT.tolist(), SHARES.tolist()], looked(shares_renormalised)],
    "translated": [TARGETS, tuple(TARGETS), np.array(TARGETS), changed(2, "May", times=3)],
    "self_attention": [attention_by_einsum, attention_by_loop, attention_unfinished()],
}

WRONG = {
    "scores": [
        ("a row for each step written", scores_turned),
        ("those are shares already", scores_softmaxed),
        ("divided by the root of H", scores_scaled),
        ("the tanh belongs to the additive form", scores_tanh),
        ("the keys go through a tanh", scores_tanh_keys),
        ("those are cosines", scores_cosine),
        ("beside the first source of the batch", scores_first_of_batch),
        ("added up over the symbols", scores_summed),
        ("those are distances", scores_distance),
        ("do not fit into a product", scores_without_matrix),
    ],
    "shares": [
        ("padding gets a share of the attention", shares_unmasked),
        ("mask the scores before the softmax", shares_masked_afterwards),
        ("a score of 0 is not nothing", shares_masked_by_zero),
        ("the mask is the wrong way round", shares_other_mask),
        ("the softmax runs over the steps", shares_over_steps),
        ("one softmax over all", shares_over_all),
        ("e to the 1000 overflows", shares_overflowing),
        ("and padding gets a share", shares_overflowing_unmasked),
        ("all to the likeliest", shares_hard),
        ("the softmax is missing", shares_without_softmax),
        ("divided by their sum", shares_by_sum),
        ("those are logarithms", shares_log),
    ],
    "look_back": [
        ("the two are exchanged", (SHARES, CONTEXT)),
        ("the mask is not used", looked(shares_unmasked)),
        ("mask the scores before the softmax", looked(shares_masked_afterwards)),
        ("fill in -torch.inf", looked(shares_masked_by_zero)),
        ("the keys are averaged", looked(average=KEYS)),
        ("another source of the batch", looked(average=MEMORY[::-1])),
        ("scaled by the root of H", looked(lambda scores, mask: shares_by_where(scores / 2, mask))),
        ("all to the likeliest symbol", looked(shares_hard)),
        ("for the example", function_itself),
        ("return 2 values (context, shares), not 1", [CONTEXT]),
        ("context has shape (2, 6)", (CONTEXT.mean(axis=1), SHARES)),
    ],
    "translated": [
        ("those are the sources", SOURCES),
        ("those are pieces; pieces.decode", IN_PIECES),
        ("the mark before a word", [" ".join(row) for row in IN_PIECES]),
        ("those are numbers of pieces", [[5, 6, 7]] * 12),
        ("that is one text", " ".join(TARGETS)),
        ("12 sources, and you hand over 11", TARGETS[:11]),
        ("in another order", TARGETS[::-1]),
        ("no date of the form", ["1995-10-13"] * 12),
        ("wrong most often: the year. It has the form and does not copy", changed(5, "1999")),
        ("wrong most often: the month. It copies the digits", changed(2, "May")),
        ("not a function", function_itself),
    ],
    "self_attention": [
        ("position t sees what comes after it", attention_unfinished(seen=lambda ones: ones)),
        ("the mask is the wrong way round", attention_unfinished(seen=np.triu)),
        ("position t must see itself too", attention_unfinished(seen=lambda ones: np.tril(ones, -1))),
        ("mask before the softmax", attention_masked_afterwards),
        ("a score of 0 is not nothing", attention_masked_by_zero),
        ("the scores must be divided by the root of H", attention_unfinished(scale=1.0)),
        ("divided by H; it is its root", attention_unfinished(scale=4.0)),
        ("divided by the root of D", attention_unfinished(scale=np.sqrt(3))),
        ("queries and keys are exchanged", attention_exchanged),
        ("the inputs are averaged", attention_of_inputs),
        ("the two are exchanged", attention_returns_turned),
        ("runs down the columns", attention_unfinished(over=0)),
    ],
}
