"""The small translator: its steps one by one, its padding, and what it can learn."""

import numpy as np
import pytest
import torch

from lstm_lib.attention import SmallTranslator, fit, look_back
from lstm_lib.data.symbols import BOS, EOS, PAD, SPECIAL

V = 9
XS = np.array([[4, 6, 5, 7, 8], [5, 4, 8, PAD, PAD], [7, PAD, PAD, PAD, PAD]])


def model(back=look_back, seed=0, **options):
    return SmallTranslator(V, back, **({"hidden_size": 6, "embedding_size": 5, "seed": seed} | options))


@pytest.mark.parametrize("back", [look_back, None])
def test_given_targets_are_scored_as_step_by_step(back):
    m, inputs = model(back), torch.tensor([[BOS, 4, 5, 6]] * 3)
    whole = m(torch.as_tensor(XS), inputs)
    state, memory, mask = m.encode(torch.as_tensor(XS))
    for t in range(4):
        scores, state, shares = m.decode(inputs[:, t : t + 1], state, memory, mask)
        torch.testing.assert_close(scores[:, 0], whole[:, t], atol=1e-6, rtol=1e-5)
    assert whole.shape == (3, 4, V) and (shares is None) == (back is None)


@pytest.mark.parametrize("back", [look_back, None])
def test_a_source_is_translated_alike_alone_and_beside_longer_ones(back):
    m = model(back)
    together, shares = m.write(XS, most=7)
    for k, length in enumerate((5, 3, 1)):
        alone, own = m.write(XS[k : k + 1, :length], most=7)
        assert alone == together[k : k + 1]
        if back:
            assert shares[k].shape == (min(7, len(alone[0]) + 1), length)
            np.testing.assert_allclose(own[0], shares[k], atol=1e-6)
            np.testing.assert_allclose(shares[k].sum(axis=1), 1, atol=1e-5)
    assert back or shares == []


def test_writing_stops_at_the_end_symbol_and_at_the_limit():
    m = model()
    with torch.no_grad():
        m.output.weight.zero_()
        m.output.bias.copy_(torch.eye(V)[EOS])
    outputs, shares = m.write(XS)
    assert outputs == [[], [], []] and [found.shape for found in shares] == [(1, 5), (1, 3), (1, 1)]
    with torch.no_grad():
        m.output.bias.copy_(torch.eye(V)[4])
    assert m.write(XS, most=3)[0] == [[4, 4, 4]] * 3


def test_the_way_to_look_back_is_handed_in_and_used():
    seen = []

    def first_only(hs, keys, memory, mask):
        seen.append((hs.shape, keys.shape, memory.shape, mask.tolist()))
        shares = torch.zeros(len(hs), hs.shape[1], keys.shape[1])
        shares[:, :, 0] = 1
        return shares @ memory, shares

    m, inputs = model(first_only), torch.tensor([[BOS, 4]] * 3)
    m(torch.as_tensor(XS), inputs)
    assert seen == [((3, 2, 6), (3, 5, 6), (3, 5, 6), (XS != PAD).tolist())]


def test_what_is_written_depends_on_the_context_and_on_the_state():
    m, inputs = model(lambda hs, keys, memory, mask: (torch.zeros_like(hs), None)), torch.tensor([[BOS, 4]] * 3)
    without = m(torch.as_tensor(XS), inputs)
    m.look_back = lambda hs, keys, memory, mask: (torch.ones_like(hs), None)
    H = 6
    moved = m.readout.weight[:, H:].sum(dim=1)  # what a context of ones adds before the tanh
    state, _, _ = m.encode(torch.as_tensor(XS))
    hs, _ = m.decoder(m.embedding(inputs), state)
    before = hs @ m.readout.weight[:, :H].T + m.readout.bias
    torch.testing.assert_close(without, m.output(torch.tanh(before)))
    torch.testing.assert_close(m(torch.as_tensor(XS), inputs), m.output(torch.tanh(before + moved)))


def test_the_seed_makes_the_weights_and_none_has_no_keys():
    same = [[p.detach().numpy() for p in model(seed=s).parameters()] for s in (1, 1, 2)]
    assert all(np.array_equal(a, b) for a, b in zip(*same[:2], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(same[0], same[2], strict=True))
    count = lambda m: sum(p.numel() for p in m.parameters())  # noqa: E731
    assert count(model()) - count(model(None)) == 6 * 6 + 6 * 6  # the keys, and the context in the readout


def test_it_learns_to_reverse_with_attention():
    rng = np.random.default_rng(0)
    xs = rng.integers(SPECIAL, V, size=(400, 5))
    ys = np.concatenate([xs[:, ::-1], np.full((400, 1), EOS)], axis=1)
    m = model(hidden_size=24, embedding_size=12)
    history = fit(m, xs[:350], ys[:350], epochs=12, learning_rate=0.02, seed=1)
    assert len(history) == 12 and history[-1] < 0.2 < 1 < history[0]
    written = m.write(xs[350:], most=8)[0]
    assert np.mean([row == y[:-1].tolist() for row, y in zip(written, ys[350:], strict=True)]) > 0.8


def test_padding_of_a_target_adds_nothing_to_the_loss():
    ys = np.array([[4, EOS, PAD], [5, EOS, PAD], [6, 4, EOS]])
    wide = np.concatenate([ys, np.full((3, 4), PAD)], axis=1)
    losses = [fit(model(), XS, targets, epochs=2, learning_rate=0.01, seed=3) for targets in (ys, wide)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
