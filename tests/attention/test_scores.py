"""Scores and shares of attention, against numbers worked by hand and PyTorch's own attention."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lstm_lib.attention.scores import additive_scores, attention_weights, dot_scores, look_back

B, T, S, H, M = 3, 4, 5, 6, 7


def random(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng([seed, *shape]).normal(size=shape))


@pytest.fixture
def mask():
    lengths = torch.tensor([5, 1, 3])
    return torch.arange(S) < lengths[:, None]


def test_a_dot_score_by_hand():
    queries = torch.tensor([[[1.0, 2.0], [0.0, -1.0]]])
    keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]]])
    assert dot_scores(queries, keys).tolist() == [[[1.0, 2.0, 5.0], [0.0, -1.0, -1.0]]]


def test_an_additive_score_by_hand():
    queries, keys = torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[-1.0, 0.0], [0.5, -2.0]]])
    energy = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        energy.weight.copy_(torch.tensor([[3.0, -2.0]]))
        found = additive_scores(queries, keys, energy)
    expected = [3 * math.tanh(0.0) - 2 * math.tanh(2.0), 3 * math.tanh(1.5) - 2 * math.tanh(0.0)]
    torch.testing.assert_close(found, torch.tensor([[expected]]))


def test_shares_by_hand():
    scores = torch.log(torch.tensor([[[1.0, 2.0, 5.0]], [[1.0, 3.0, 99.0]]]))
    mask = torch.tensor([[True, True, True], [True, True, False]])
    torch.testing.assert_close(
        attention_weights(scores, mask), torch.tensor([[[1 / 8, 2 / 8, 5 / 8]], [[1 / 4, 3 / 4, 0.0]]])
    )


def test_dot_attention_is_pytorchs_scaled_dot_product_attention_without_the_scale(mask):
    queries, keys, memory = random(B, T, H), random(B, S, H), random(B, S, M)
    ours = attention_weights(dot_scores(queries, keys), mask) @ memory
    theirs = F.scaled_dot_product_attention(queries, keys, memory, attn_mask=mask[:, None], scale=1.0)
    torch.testing.assert_close(ours, theirs)


def test_additive_scores_are_those_of_a_loop(mask):
    queries, keys = random(B, T, H), random(B, S, H, seed=1)
    energy = torch.nn.Linear(H, 1, bias=False, dtype=torch.float64)
    found = additive_scores(queries, keys, energy)
    assert found.shape == (B, T, S)
    for b, t, s in np.ndindex(B, T, S):
        expected = sum(energy.weight[0, h] * torch.tanh(queries[b, t, h] + keys[b, s, h]) for h in range(H))
        torch.testing.assert_close(found[b, t, s], expected)
    shares = attention_weights(found, mask)
    torch.testing.assert_close(shares.sum(2), torch.ones(B, T, dtype=torch.float64))
    assert (shares[~mask[:, None].expand_as(shares)] == 0).all() and (shares[1, :, 0] == 1).all()


def test_a_look_back_is_the_average_of_the_memory_by_a_loop(mask):
    queries, keys, memory = random(B, T, H), random(B, S, H), random(B, S, M)
    context, shares = look_back(queries, keys, memory, mask)
    assert context.shape == (B, T, M)
    for b, t in np.ndindex(B, T):
        there = [s for s in range(S) if mask[b, s]]
        weights = torch.stack([queries[b, t] @ keys[b, s] for s in there]).exp()
        expected = sum(w * memory[b, s] for w, s in zip(weights, there, strict=True)) / weights.sum()
        torch.testing.assert_close(context[b, t], expected)
        torch.testing.assert_close(shares[b, t, there], weights / weights.sum())
