"""The model agrees with a plain loop over symbols, whatever its cell, and no padding can be felt."""

import numpy as np
import pytest
import torch

from lstm_lib.beam_search.batched import batched_beam_search
from lstm_lib.data.symbols import BOS, PAD, UNKNOWN
from lstm_lib.frameworks.torch_parts import SequenceDropout
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Architecture, Seq2Seq

SHAPES = [
    {"cell": "lstm", "attention": "dot"},
    {"cell": "lstm", "attention": "additive", "layers": 2},
    {"cell": "gru", "attention": "dot", "bidirectional": False, "encoder_size": 3, "readout_size": 11},
    {"cell": "gru", "attention": "none"},
    {"cell": "rnn", "attention": "additive", "encoder_size": 4},
    {"cell": "lstm", "attention": "none", "bidirectional": False, "layers": 2},
]


def model(*, seed=0, **options):
    return Seq2Seq(Architecture(9, 8, **({"hidden_size": 6, "embedding_size": 5} | options)), seed=seed).double().eval()


def batch(B=4, S=7, T=5, seed=0):
    rng = np.random.default_rng(seed)
    lengths = rng.permutation(np.linspace(1, S, B).astype(int))
    xs = rng.integers(4, 9, size=(B, S)) * (np.arange(S) < lengths[:, None])
    inputs = rng.integers(4, 8, size=(B, T))
    inputs[:, 0] = BOS
    return torch.from_numpy(xs), torch.from_numpy(lengths), torch.from_numpy(inputs)


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_give_what_a_whole_target_gives_and_change_no_state(shape):
    m = model(**shape)
    xs, lengths, inputs = batch()
    whole = m(xs, lengths, inputs)
    state = m.encode(xs, lengths)
    assert all(len(part) == len(xs) for part in state.values())
    for t in range(inputs.shape[1]):
        before = {name: part.clone() for name, part in state.items()}
        log_p, after = m.step(inputs[:, t], state)
        assert state.keys() == after.keys() and all(torch.equal(state[n], before[n]) for n in state)
        torch.testing.assert_close(log_p, whole[:, t])
        state = after
    torch.testing.assert_close(whole.exp().sum(2), torch.ones(whole.shape[:2], dtype=torch.float64))
    assert torch.isneginf(whole[..., [PAD, BOS, UNKNOWN]]).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_source_among_longer_ones_is_read_as_it_is_alone(shape):
    m = model(**shape)
    xs, lengths, inputs = batch()
    together = m(xs, lengths, inputs)
    for k, length in enumerate(lengths):
        alone = m(xs[k : k + 1, :length], lengths[k : k + 1], inputs[k : k + 1])
        torch.testing.assert_close(together[k : k + 1], alone)


@pytest.mark.parametrize("kind", ["dot", "additive"])
def test_attention_is_that_of_a_plain_loop_and_so_are_its_gradients(kind):
    m = model(attention=kind, cell="gru", encoder_size=4)
    xs, lengths, inputs = batch()
    weights = m.align(xs, lengths, inputs).numpy()
    np.testing.assert_allclose(weights.sum(2), 1)
    state = m.encode(xs, lengths)
    memory, W = state["memory"], m.key.weight
    hs, _ = m.decoder(m.target_embedding(inputs), state["hidden"].transpose(0, 1).contiguous())
    total = 0
    for b in range(len(xs)):
        for t in range(inputs.shape[1]):
            h = hs[b, t]
            if kind == "dot":
                scores = [h @ (W @ memory[b, s]) for s in range(lengths[b])]
            else:
                query = m.query.weight @ h + m.query.bias
                scores = [m.energy.weight[0] @ torch.tanh(query + W @ memory[b, s]) for s in range(lengths[b])]
            shares = torch.softmax(torch.stack(scores), 0)
            np.testing.assert_allclose(weights[b, t, : lengths[b]], shares.detach(), atol=1e-12)
            assert (weights[b, t, lengths[b] :] == 0).all()
            context = sum(share * memory[b, s] for s, share in enumerate(shares))
            read = torch.tanh(m.readout.weight @ torch.cat([h, context]) + m.readout.bias)
            logits = m.output.weight @ read + m.output.bias
            total = total + logits[4] - torch.logsumexp(logits[[2, 4, 5, 6, 7]], 0)
    plain = torch.autograd.grad(total, list(m.parameters()), allow_unused=True)
    ours = torch.autograd.grad(m(xs, lengths, inputs)[..., 4].sum(), list(m.parameters()), allow_unused=True)
    for (name, _), a, b in zip(m.named_parameters(), plain, ours, strict=True):
        torch.testing.assert_close(a, b, msg=lambda text, name=name: f"{name}: {text}")
        assert a is not None, name


@pytest.mark.parametrize("kind", ["dot", "additive", "none"])
def test_gradients_are_those_of_central_differences(kind):
    m = model(attention=kind, cell="lstm")
    xs, lengths, inputs = batch(B=3, S=4, T=3)
    value = m(xs, lengths, inputs)[..., 5].sum()
    value.backward()
    rng = np.random.default_rng(1)
    for name, p in m.named_parameters():
        place = tuple(rng.integers(0, n) for n in p.shape)
        if "embedding" in name:
            place = (4 if "source" in name else BOS, place[1])
        found = []
        for change in (1e-5, -1e-5):
            with torch.no_grad():
                p[place] += change
                found.append(m(xs, lengths, inputs)[..., 5].sum().item())
                p[place] -= change
        assert p.grad[place].item() == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-5, abs=1e-7), name


def test_sizes_that_agree_need_no_bridge_and_others_get_one():
    assert not model(bidirectional=False).bridge and not model(encoder_size=3).bridge
    assert set(model().bridge) == {"hidden", "cell"} and set(model(cell="gru").bridge) == {"hidden"}
    plain = model(bidirectional=False, attention="none", layers=2, cell="gru")
    xs, lengths, _ = batch()
    state = plain.encode(xs, lengths)
    _, last = plain.encoder(plain.source_embedding(xs[:1, : lengths[0]]))
    torch.testing.assert_close(state["hidden"][:1], last.transpose(0, 1))


def test_without_teacher_forcing_the_model_reads_what_it_likes_best():
    m = model()
    xs, lengths, inputs = batch()
    free = m(xs, lengths, inputs, teacher_forcing=0.0)
    written = torch.cat([inputs[:, :1], free.argmax(2)[:, :-1]], 1)
    torch.testing.assert_close(free, m(xs, lengths, written))
    torch.manual_seed(0)
    mixed = m(xs, lengths, inputs, teacher_forcing=0.5)
    assert not torch.allclose(mixed, free) and not torch.allclose(mixed, m(xs, lengths, inputs))
    torch.testing.assert_close(mixed[:, 0], free[:, 0])


def test_several_models_write_by_the_mean_of_their_probabilities():
    members = [model(seed=k) for k in range(3)]
    together = Ensemble(members)
    xs, lengths, inputs = batch()
    mean = sum(m(xs, lengths, inputs).exp() for m in members) / 3
    torch.testing.assert_close(together(xs, lengths, inputs).exp(), mean)
    state = together.encode(xs, lengths)
    for t in range(inputs.shape[1]):
        log_p, state = together.step(inputs[:, t], state)
        torch.testing.assert_close(log_p.exp(), mean[:, t])
    alike = sum(m.align(xs, lengths, inputs) for m in members) / 3
    torch.testing.assert_close(together.align(xs, lengths, inputs), alike)
    one = batched_beam_search(members[0], members[0].encode(xs, lengths), 3, 6)
    same = Ensemble([members[0], members[0]])
    two = batched_beam_search(same, same.encode(xs, lengths), 3, 6)
    assert [[tokens for tokens, _ in best] for best in one] == [[tokens for tokens, _ in best] for best in two]


def test_a_model_without_attention_has_no_map():
    with pytest.raises(ValueError, match="without attention"):
        model(attention="none").align(*batch())


def test_the_same_seed_makes_the_same_model_and_dropout_is_for_training():
    first, second, other = model(dropout=0.5), model(dropout=0.5), model(seed=1)
    for (name, a), b, c in zip(first.named_parameters(), second.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert torch.equal(a, c) == ("bias" in name), name
    xs, lengths, inputs = batch()
    assert torch.equal(first(xs, lengths, inputs), second(xs, lengths, inputs))
    first.train()
    assert not torch.equal(first(xs, lengths, inputs), second(xs, lengths, inputs))


def test_dropout_silences_the_same_units_at_every_step_and_keeps_the_mean():
    dropout = SequenceDropout(0.3)
    xs = torch.ones(400, 5, 7, dtype=torch.float64)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        found = dropout(xs)
        assert not torch.equal(found, dropout(xs))
    assert torch.equal(found, found[:, :1].expand_as(found))
    silenced = (found[:, 0] == 0).double()  # (400, 7)
    torch.testing.assert_close(found[:, 0], (1 - silenced) / 0.7)
    assert abs(silenced.mean() - 0.3) < 0.03
    for axis in (0, 1):  # each sequence and each unit by chance
        assert 0 < silenced.mean(axis).max() < 1 and silenced.mean(axis).std() > 0
    assert dropout.eval()(xs) is xs and SequenceDropout(0.0)(xs) is xs
