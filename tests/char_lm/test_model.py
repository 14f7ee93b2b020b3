"""The character model: its loss, its inputs and its sampling."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from lstm_lib.char_lm import model as char_model
from lstm_lib.char_lm.model import Architecture, CharLM, hidden_size_for, loss, whole_loss
from lstm_lib.char_lm.writing import draw, sample
from lstm_lib.core.weights import parameter_count
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import InputError

CELLS = ("rnn", "gru", "lstm")
V, E, H = 11, 3, 6

SYMBOLS = Symbols(tuple("abcdefghij"), TEXT)


def model(cell="lstm", *, seed=0, vocab_size=V, **options):
    """A small model in float64."""
    shape = {"embedding_size": E, "hidden_size": H} | options
    return CharLM(Architecture(vocab_size, cell=cell, **shape), seed=seed).double()


def ids(n, seed=0):
    return np.random.default_rng(seed).integers(0, V, size=n)


def copied(target, **tensors):
    with torch.no_grad():
        for name, tensor in tensors.items():
            target.get_parameter(name.replace("__", ".")).copy_(tensor)


@pytest.mark.parametrize("cell", CELLS)
def test_a_uniform_model_loses_exactly_ln_v(cell):
    uniform = model(cell)
    copied(uniform, output__weight=torch.zeros(V, H), output__bias=torch.full((V,), 3.0))
    assert loss(uniform, ids(50)) == pytest.approx(np.log(V), rel=1e-15)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_scoring_in_chunks_is_scoring_in_one_pass(cell, layers):
    text, m = ids(101), model(cell, layers=layers)
    whole = loss(m, text, window=1000)
    logits = m(torch.from_numpy(text[None, :-1]))[0][0].log_softmax(1)
    assert whole == pytest.approx(-logits[torch.arange(100), text[1:]].mean().item(), abs=1e-12)
    for window in (1, 7, 50, 99):
        assert loss(m, text, window=window) == pytest.approx(whole, abs=1e-12)
    assert loss(m, np.tile(text, 3), batch_size=3) == pytest.approx(loss(m, text), abs=1e-12)
    assert loss(m.float(), text, window=7) == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(("lead", "within"), [(5000, 1e-9), (200, 1e-7)])
def test_a_long_text_read_in_rows_after_a_lead_scores_as_it_does_in_one(cell, lead, within, monkeypatch):
    monkeypatch.setattr(char_model, "LONG", 999)
    monkeypatch.setattr(char_model, "ROWS", 7)
    monkeypatch.setattr(char_model, "LEAD", lead)
    m, text = model(cell).double(), ids(3001)
    assert whole_loss(m, text) == pytest.approx(loss(m, text), rel=within)
    assert whole_loss(m, text[:999]) == loss(m, text[:999])
    monkeypatch.setattr(char_model, "LEAD", 0)
    assert abs(whole_loss(m, text) - loss(m, text)) > 1e-7


@pytest.mark.parametrize("cell", CELLS)
def test_a_one_hot_input_is_an_embedding_multiplied_out(cell):
    embedded, one_hot = model(cell), model(cell, embedding_size=0, seed=1)
    same = {n: p for n, p in embedded.named_parameters() if n != "embedding.weight"}
    same["recurrent.weight_ih_l0"] = embedded.recurrent.weight_ih_l0 @ embedded.embedding.weight.T
    copied(one_hot, **same)
    xs = torch.from_numpy(ids(20).reshape(4, 5))
    np.testing.assert_allclose(one_hot(xs)[0].detach(), embedded(xs)[0].detach(), atol=1e-13)
    assert one_hot.embedding is None


def test_the_weights_start_orthogonal_per_gate_and_the_lstm_keeps():
    m = model(layers=2, forget_bias=1.5)
    for k in range(2):
        for block in m.recurrent.get_parameter(f"weight_hh_l{k}").detach().split(H):
            np.testing.assert_allclose(block @ block.T, np.eye(H), atol=1e-6)
        b = (m.recurrent.get_parameter(f"bias_ih_l{k}") + m.recurrent.get_parameter(f"bias_hh_l{k}")).detach()
        np.testing.assert_array_equal(b.reshape(4, H), np.outer([0, 1.5, 0, 0], np.ones(H)))
    again, other = model(layers=2, forget_bias=1.5), model(layers=2, forget_bias=1.5, seed=1)
    assert torch.equal(m.recurrent.weight_hh_l1, again.recurrent.weight_hh_l1)
    assert not torch.equal(m.output.weight, other.output.weight)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "options", [{}, {"layers": 3}, {"embedding_size": 0}, {"tied": True}, {"tied": True, "layers": 2}]
)
def test_the_parameters_are_counted_without_making_the_model(cell, options):
    m = model(cell, **options)
    assert m.architecture.parameters() == sum(p.numel() for p in m.parameters())


def test_the_hidden_size_comes_closest_to_the_number_of_parameters():
    shape = {"vocab_size": 66, "embedding_size": 32, "layers": 1}
    found = {cell: hidden_size_for(316_000, cell=cell, **shape) for cell in CELLS}
    assert found == {"rnn": 512, "gru": 296, "lstm": 256}
    assert parameter_count("lstm", 32, 256, biases=2) + 66 * 32 + 257 * 66 == 316_034
    assert hidden_size_for(1, cell="lstm", **shape) == 8


def test_tied_weights_are_one_array():
    m = model(tied=True)
    assert "output.weight" not in dict(m.named_parameters())
    with torch.no_grad():
        m.embedding.weight[4] = 0
        m.bias[4] = 0.5
    assert (m(torch.from_numpy(ids(8).reshape(2, 4)))[0][..., 4] == 0.5).all()
    with pytest.raises(InputError, match="tied"):
        model(tied=True, embedding_size=0)


def test_dropout_is_for_training_only_and_recurrent_dropout_reaches_the_recurrent_weights_alone():
    xs = torch.from_numpy(ids(24).reshape(2, 12))
    plain = model()(xs)[0]
    for options in ({"dropout": 0.5}, {"recurrent_dropout": 0.5}):
        m = model(**options)
        torch.manual_seed(0)
        first, second = m(xs)[0], m(xs)[0]
        assert not torch.equal(first, second)
        m.eval()
        assert torch.equal(m(xs)[0], plain)
    m = model(recurrent_dropout=0.5)
    assert torch.equal(m(xs)[0][:, 0], plain[:, 0])  # nothing has come through the recurrent weights yet
    m(xs)[0].sum().backward()
    gradient = m.recurrent.weight_hh_l0.grad
    assert 0.3 < (gradient == 0).double().mean() < 0.7


def test_what_is_drawn_has_the_frequencies_of_the_softmax():
    logits = torch.from_numpy(np.random.default_rng(0).normal(size=V) * 2)
    n = 100_000
    for temperature in (0.5, 1.0, 1.7):
        drawn = draw(logits.expand(n, V), temperature=temperature, generator=torch.Generator().manual_seed(1))
        counts = np.bincount(drawn, minlength=V)
        for other in (temperature, 1.02 * temperature):
            p = np.exp(logits.numpy() / other)
            right = chisquare(counts, n * p / p.sum()).pvalue
            assert right > 1e-3 if other == temperature else right < 1e-3
    top = draw(logits.expand(n, V), top_k=3, generator=torch.Generator().manual_seed(2))
    best = np.argsort(-logits.numpy())[:3]
    p = np.exp(logits.numpy()[best])
    counts = np.bincount(top, minlength=V)
    assert counts.sum() == counts[best].sum() and chisquare(counts[best], n * p / p.sum()).pvalue > 1e-3
    assert (draw(1e4 * logits.expand(5, V), temperature=0.001) == logits.argmax()).all()


@pytest.mark.parametrize("cell", CELLS)
def test_each_character_is_drawn_after_all_before_it(cell):
    m = model(cell, seed=4)
    with torch.no_grad():
        m.output.weight *= 10
        m.recurrent.get_parameter("weight_hh_l0").mul_(3)
    prime = ids(7)
    written = sample(m, prime, 12, streams=2, top_k=1)
    text = prime
    for _ in range(12):
        logits = m(torch.from_numpy(text[None]))[0][0, -1].detach().numpy()
        logits[SYMBOLS.unknown] = -np.inf
        text = np.append(text, logits.argmax())
    np.testing.assert_array_equal(written, [text[7:]] * 2)
    assert len(set(text[7:])) > 1


def test_one_seed_gives_one_text_and_the_unknown_symbol_is_never_written():
    m = model()
    copied(m, output__bias=torch.tensor([50.0] + [0.0] * (V - 1)))
    first = sample(m, [1], 300, streams=3, seed=5)
    np.testing.assert_array_equal(first, sample(m, [1], 300, streams=3, seed=5))
    assert (first != sample(m, [1], 300, streams=3, seed=6)).any() and (first[0] != first[1]).any()
    assert (first != SYMBOLS.unknown).all() and first.shape == (3, 300) and m.training
