"""The batched search gives the answers of the framework-free one for every width, and never writes three symbols."""

import numpy as np
import pytest
import torch

from lstm_lib import batched_beam
from lstm_lib.batched_beam import BOS, EOS, NEVER_WRITTEN, batched_beam_search, step_function, writing_step
from lstm_lib.beam_search import beam_search_n_best

WIDTHS = (1, 2, 3, 5, 8, 40, 1000)


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
    words, V, max_len = 13, 7, 6
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


def test_padding_start_and_unknown_are_never_written_by_either_path():
    model = TableModel(5, 6)
    model.table[:, :, NEVER_WRITTEN] = -1e-3  # by far the likeliest
    state = model.encode(torch.arange(5))
    log_p, _ = writing_step(model, torch.full((5,), BOS), state)
    assert (log_p[:, NEVER_WRITTEN] == -torch.inf).all() and log_p[:, [EOS, 4, 5]].isfinite().all()
    for width in (1, 4):
        for n, hypotheses in enumerate(batched_beam_search(model, state, width, 8, 0.0, 4)):
            alone = model.encode(torch.tensor([n]))
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


def test_ids_are_those_of_every_target_vocabulary():
    assert (batched_beam.PAD, BOS, EOS, batched_beam.UNKNOWN) == (0, 1, 2, 3)
