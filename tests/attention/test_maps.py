"""A map is the attention of a source by itself, whatever the mode of the model."""

import numpy as np
import pytest
import torch

from lstm_lib.attention.maps import attention_maps
from lstm_lib.data.symbols import BOS, EOS
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Architecture, Seq2Seq

SOURCES = np.array([[4, 6, 5, 7], [5, 0, 0, 0]]), np.array([4, 1])
OUTPUTS = [[4, 5, EOS], [6, 4, 4, EOS]]


def model(seed=0, **options):
    shape = {"hidden_size": 6, "embedding_size": 5, "dropout": 0.5} | options
    return Seq2Seq(Architecture(8, 7, **shape), seed=seed)


@pytest.mark.parametrize("attention", ["dot", "additive"])
def test_a_map_has_the_shares_that_the_steps_one_by_one_have(attention):
    m = model(attention=attention)
    maps = attention_maps(m, SOURCES, OUTPUTS)
    assert [found.shape for found in maps] == [(3, 4), (4, 1)] and m.training
    np.testing.assert_array_equal(maps[1], 1)
    m.eval()
    with torch.no_grad():
        state = m.encode(torch.tensor([[4, 6, 5, 7]]), torch.tensor([4]))
        for token, shares in zip([BOS, *OUTPUTS[0][:-1]], maps[0], strict=True):
            _, state, expected = m._decode(torch.tensor([[token]]), state)
            np.testing.assert_allclose(shares, expected[0, 0], atol=1e-6)
            assert shares.sum() == pytest.approx(1, abs=1e-6) and len(set(shares)) == 4


def test_the_map_of_several_models_is_the_mean_of_theirs():
    members = [model(seed) for seed in (0, 1)]
    maps = [attention_maps(m, SOURCES, OUTPUTS)[0] for m in (*members, Ensemble(members))]
    np.testing.assert_allclose(maps[2], (maps[0] + maps[1]) / 2, atol=1e-6)
    assert not np.allclose(maps[0], maps[1])
