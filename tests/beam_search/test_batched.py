"""The batched search gives the answers of the framework-free one for every width, and never writes three symbols."""

import numpy as np
import pytest
import torch
from decoding import step_function

from lstm_lib.beam_search.batched import batched_beam_search
from lstm_lib.beam_search.search import beam_search_n_best
from lstm_lib.data.lexicons import cmudict
from lstm_lib.data.symbols import BOS, EOS
from lstm_lib.seq2seq.files import SHIPPED
from lstm_lib.seq2seq.model import NEVER_WRITTEN, Architecture, Seq2Seq
from lstm_lib.seq2seq.saved import Translator
from lstm_lib.seq2seq.scoring import Scorer

WIDTHS = (1, 2, 3, 5, 8, 1000)


class TableModel:
    """A model with a random table for each word: log_p depends on the word, the last token and the number of steps.

    State: ``word`` and ``history`` (a number that differs for every prefix) as tensors with a row each; ``word`` is
    handed on untouched, as an encoder's outputs are.
    """

    def __init__(self, words, V, kind="smooth", seed=0, rows=97):
        rng = np.random.default_rng(seed)
        if kind == "coarse":  # sums of logs are exact, so many prefixes tie
            table = -rng.integers(1, 4, size=(words, rows, V)).astype(float)
        else:
            logits = rng.normal(size=(words, rows, V)) * (1.5 if kind == "smooth" else 4)
            table = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
        if kind == "holes":
            holes = rng.random(size=table.shape) < 0.4
            holes[..., EOS] = False  # so that every word can be written
            table[holes] = -np.inf
        self.table, self.rows, self.V, self.decoded = torch.from_numpy(table), rows, V, 0

    def encode(self, words):
        return {"word": words.clone(), "history": torch.zeros(len(words), dtype=torch.int64)}

    def step(self, tokens, state):
        history = state["history"] * self.V + tokens + 1
        self.decoded += len(tokens)
        return self.table[state["word"], history % self.rows], {"word": state["word"], "history": history}


KINDS = ("smooth", "peaked", "coarse", "holes")


@pytest.mark.parametrize("penalty", [0.0, 1.0, 0.7, -0.5])
@pytest.mark.parametrize("kind", KINDS)
def test_every_width_gives_the_answers_of_the_framework_free_search(kind, penalty):
    words, V, max_len = 9, 7, 5
    model = TableModel(words, V, kind, seed=KINDS.index(kind))
    for width in WIDTHS:
        for n in (1, 4):
            found = batched_beam_search(model, model.encode(torch.arange(words)), width, max_len, penalty, n)
            for w in range(words):
                alone = model.encode(torch.tensor([w]))
                assert found[w] == beam_search_n_best(
                    step_function(model), alone, BOS, EOS, width, max_len, penalty, n_best=n
                )


def test_many_small_batches_with_other_sizes():
    rng = np.random.default_rng(1)
    for seed in range(150):
        words, V, max_len, width = (int(x) for x in rng.integers((1, 5, 1, 1), (6, 9, 7, 12)))
        model = TableModel(words, V, KINDS[seed % 4], seed=seed)
        order = torch.from_numpy(rng.permutation(words))
        found = batched_beam_search(model, model.encode(order), width, max_len, 0.5, 2)
        for w, hypotheses in zip(order, found, strict=True):
            alone = model.encode(w[None])
            expected = beam_search_n_best(step_function(model), alone, BOS, EOS, width, max_len, 0.5, n_best=2)
            assert hypotheses == expected


def decided(**shape):
    """A model with random weights in float64 whose next symbols differ much in probability."""
    model = Seq2Seq(Architecture(source_size=11, target_size=9, hidden_size=6, embedding_size=5, **shape), seed=3)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "bias" not in name:
                weights *= 3
        model.output.bias[EOS] = 1.0
    return model.double().eval()


@pytest.mark.parametrize("attention", ["none", "dot", "additive"])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_real_model_is_searched_alike_for_every_width(cell, attention):
    model = decided(cell=cell, attention=attention, layers=1 + (cell == "gru"))
    rng = np.random.default_rng(0)
    lengths = torch.tensor([3, 7, 1, 4, 7])
    xs = torch.from_numpy(rng.integers(4, 11, size=(5, 7)))
    xs[torch.arange(7) >= lengths[:, None]] = 0
    with torch.no_grad():
        state = model.encode(xs, lengths)
    different = set()
    for width in (1, 2, 5, 30):
        for penalty in (0.0, 1.0):
            found = batched_beam_search(model, state, width, 8, penalty, 3)
            for w, hypotheses in enumerate(found):
                alone = {name: part[w : w + 1] for name, part in state.items()}
                expected = beam_search_n_best(step_function(model), alone, BOS, EOS, width, 8, penalty, n_best=3)
                assert [tokens for tokens, _ in hypotheses] == [tokens for tokens, _ in expected]
                np.testing.assert_allclose([s for _, s in hypotheses], [s for _, s in expected], rtol=1e-12)
                different |= {tuple(tokens) for tokens, _ in hypotheses}
    assert len(different) > 5


def test_padding_start_and_unknown_are_never_written_by_either_path():
    model = decided()
    with torch.no_grad():
        model.output.bias[NEVER_WRITTEN] = 50.0  # they would be by far the likeliest
        state = model.encode(torch.tensor([[4, 5, 6], [7, 8, 9]]), torch.tensor([3, 3]))
    for width in (1, 4):
        for w, hypotheses in enumerate(batched_beam_search(model, state, width, 8, 0.0, 4)):
            alone = {name: part[w : w + 1] for name, part in state.items()}
            hypotheses += beam_search_n_best(step_function(model), alone, BOS, EOS, width, 8, n_best=4)
            assert not set(NEVER_WRITTEN) & {token for tokens, _ in hypotheses for token in tokens}


def test_finished_words_leave_the_batch():
    model = TableModel(50, 7)
    model.table[:25, :, EOS] = -1e-6  # half of the words end at once
    batched_beam_search(model, model.encode(torch.arange(50)), 1, 9)
    assert model.decoded <= 50 + 8 * 25


def test_a_single_precision_model_is_scored_in_double():
    model = TableModel(3, 7)
    expected = batched_beam_search(model, model.encode(torch.arange(3)), 4, 6, 0.3, 3)
    model.table = model.table.float()
    found = batched_beam_search(model, model.encode(torch.arange(3)), 4, 6, 0.3, 3)
    for ours, theirs in zip(found, expected, strict=True):
        assert [tokens for tokens, _ in ours] == [tokens for tokens, _ in theirs]
        np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], rtol=1e-6)


def test_the_state_that_was_given_is_left_as_it_was():
    model = TableModel(4, 7)
    state = model.encode(torch.arange(4))
    batched_beam_search(model, state, 3, 6)
    assert state["word"].tolist() == [0, 1, 2, 3] and state["history"].tolist() == [0] * 4


def test_no_words_give_no_answers_and_impossible_words_an_error():
    model = TableModel(4, 7)
    assert batched_beam_search(model, model.encode(torch.arange(0)), 3, 6) == []
    model.table[2] = -torch.inf
    with pytest.raises(ValueError, match="probability 0"):
        batched_beam_search(model, model.encode(torch.arange(4)), 3, 6)
    for wrong in ((0, 3, 0.0, 1), (1, 0, 0.0, 1), (1, 3, 0.0, 0)):
        with pytest.raises(ValueError, match="must be at least 1"):
            batched_beam_search(model, model.encode(torch.arange(4)), *wrong)


@pytest.fixture(scope="module")
def shipped():
    """The course's own model, and the test part of the dictionary."""
    shipped = Translator.load()
    symbols = shipped.source_symbols, shipped.target_symbols
    return shipped.network, symbols, shipped.record, cmudict().test


@pytest.mark.parametrize("width", [1, 2, 3, 5, 10])
def test_the_course_s_own_model_is_searched_alike_by_both(shipped, width):
    model, (letters, _), _, _ = shipped
    words = ("a", "knight", "rhythm", "saucer", "through", "unquestionably")
    xs, lengths = (torch.from_numpy(part) for part in letters.encode_rows(words))
    model = model.double().eval()
    found = batched_beam_search(model, model.encode(xs, lengths), width, 30, 0.5, min(width, 3))
    for w in range(len(words)):
        with torch.no_grad():
            alone = model.encode(xs[w : w + 1, : lengths[w]], lengths[w : w + 1])
        expected = beam_search_n_best(step_function(model), alone, BOS, EOS, width, 30, 0.5, n_best=min(width, 3))
        assert [tokens for tokens, _ in found[w]] == [tokens for tokens, _ in expected]
        np.testing.assert_allclose([s for _, s in found[w]], [s for _, s in expected], atol=1e-9)
    model.float()


def test_the_course_s_own_model_is_small_and_pronounces_seven_words_in_ten(shipped):
    model, symbols, record, test = shipped
    assert SHIPPED.stat().st_size <= 3_000_000
    scorer = Scorer(test, *symbols)
    found = scorer.free_running([t for t, _ in scorer.write(model, beam_width=5, length_penalty=0.5)])
    assert found["sequence_accuracy"] >= 0.70 and found["token_error_rate"] <= 0.076
    assert record["settings"]["budget"] == 3600.0
