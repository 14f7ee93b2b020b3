"""What is measured in a trained character model."""

import numpy as np
import pytest
import torch

from lstm_lib.char_lm import analysis as ca
from lstm_lib.char_lm.model import Architecture, CharLM

V, E, H = 7, 3, 5


def model(cell="lstm", **options):
    return CharLM(Architecture(V, H, cell, embedding_size=E, **options), seed=1).double()


def ids(n, seed=0):
    return np.random.default_rng(seed).integers(0, V, size=n)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_gradient_by_lag_is_what_moving_an_embedding_does_to_the_loss(cell):
    lags, m = 4, model(cell)
    text = ids(2 * lags + 1)  # so long that only one piece can be drawn
    found = ca.gradient_by_lag(m, text, lags=lags, n=2)

    def loss(moved):
        xs = torch.from_numpy(text[None, :-1])
        with torch.no_grad():
            hs, _ = m.recurrent(m.embedding(xs) + moved)
            return -m.output(hs)[0, -1].log_softmax(0)[text[-1]].item()

    for lag in range(lags):
        slope = []
        for e in range(E):
            d = torch.zeros(1, 2 * lags, E, dtype=torch.float64)
            d[0, -1 - lag, e] = 1e-6
            slope.append((loss(d) - loss(-d)) / 2e-6)
        assert found[lag] == pytest.approx(np.linalg.norm(slope), rel=1e-6)


def test_the_excess_by_context_compares_with_what_really_stood_before():
    longest, n, m, text = 6, 4, model(), ids(100, seed=2)
    found = ca.excess_by_context(m, text, longest=longest, n=n, seed=3)
    starts = np.random.default_rng(3).integers(0, len(text) - 2 * longest, size=n)
    for k in range(1, longest + 1):
        differences = []
        for j, s in enumerate(starts):
            other, after = starts[j - 1], s + longest + k
            true, foreign = text[s:after], np.concatenate([text[other : other + longest], text[s + longest : after]])
            with torch.no_grad():
                logits = [m(torch.from_numpy(c[None]))[0][0, -1].log_softmax(0) for c in (foreign, true)]
            differences.append((logits[1] - logits[0])[text[after]].item())
        assert found[k - 1] == pytest.approx(np.mean(differences), abs=1e-12)


def test_no_context_is_missed_by_a_model_that_uses_none():
    m = model()
    with torch.no_grad():
        m.recurrent.weight_hh_l0.zero_()
        m.recurrent.bias_ih_l0[H : 2 * H] = -1e3  # the forget gate is shut
    assert np.abs(ca.excess_by_context(m, ids(60), longest=9, n=5)).max() < 1e-12
    assert ca.gradient_by_lag(m, ids(60), lags=5, n=5)[1:].max() == 0


def test_cell_states_are_those_of_one_pass():
    m, text = model(), ids(12)
    found = ca.cell_states(m, text)
    assert found.shape == (12, H)
    for t in (1, 5, 12):
        _, (_, c) = m(torch.from_numpy(text[None, :t]))
        np.testing.assert_allclose(found[t - 1], torch.tanh(c[0, 0]).detach(), atol=1e-14)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_readable_unit_is_found_with_its_sign_and_level(sign):
    rng = np.random.default_rng(4)
    states, wanted = rng.normal(size=(300, H)), rng.random(300) < 0.2
    states[:, 3] = sign * (np.where(wanted, 0.6, 0.2) + rng.uniform(-0.1, 0.1, size=300))
    unit, found, level = ca.readable_unit(states, wanted)
    assert (unit, found) == (3, sign)
    assert ((sign * states[:, unit] > level) == wanted).all()


def test_brackets_are_open_from_the_first_to_before_the_last():
    assert ca.within_brackets("a[bc]d[[e]f]g").tolist() == [False, True, True, True, False, False] + [True] * 5 + [
        False,
        False,
    ]
