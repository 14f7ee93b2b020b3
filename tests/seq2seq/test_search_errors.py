"""What a model gives to references, and its very best answers, against searches of one prefix at a time."""

import numpy as np
import pytest
import torch
from decoding import step_function

from lstm_lib.beam_search.search import exhaustive_search, sequence_log_p
from lstm_lib.data.symbols import BOS, EOS
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.search_errors import likeliest_references, most_probable
from lstm_lib.seq2seq.writing import longest_output, write

SOURCES = np.array([[4, 6, 5], [5, 0, 0], [7, 4, 0]]), np.array([3, 1, 2])


@pytest.fixture(scope="module")
def model():
    """A model in float64 that writes two symbols and the end."""
    m = Seq2Seq(Architecture(8, 6, hidden_size=5, embedding_size=3), seed=1).double().eval()
    with torch.no_grad():
        m.output.weight *= 4
        m.output.bias[EOS] = -0.5
    return m


def alone(model, n):
    """The decoder's first state for one source."""
    ids, lengths = SOURCES
    with torch.no_grad():
        return model.encode(torch.from_numpy(ids[n : n + 1, : lengths[n]]), torch.from_numpy(lengths[n : n + 1]))


def test_the_likeliest_reference_is_that_of_the_steps_one_by_one(model):
    references = [[[4, EOS], [5, 5, 4, EOS]], [[EOS]], [[4, 4, 5, EOS], [5, EOS], [EOS]]]
    found = likeliest_references(model, SOURCES, references)
    step_fn = step_function(model)
    expected = [
        max(sequence_log_p(step_fn, alone(model, n), BOS, reference) for reference in listed)
        for n, listed in enumerate(references)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert len(set(found)) == 3


def test_the_most_probable_output_is_that_of_exhaustive_search(model):
    outputs, proved = most_probable(model, SOURCES, widths=(1, 3, 600))
    assert proved.all()
    one = (SOURCES[0][1:2], SOURCES[1][1:2])
    tokens, log_p = exhaustive_search(step_function(model), alone(model, 1), BOS, EOS, longest_output(1))
    assert outputs[1][0] == tokens and outputs[1][1] == pytest.approx(log_p, rel=1e-12)
    wide = write(model, SOURCES, beam_width=600)
    np.testing.assert_allclose([log_p for _, log_p in outputs], [best[0][1] for best in wide], rtol=1e-12)
    greedy, unproved = most_probable(model, one, widths=(1,))
    assert not unproved.any() and greedy[0][1] <= log_p  # a narrow beam proves nothing here
