"""No tensor is made on the CPU by mistake: a stand-in for tests on a GPU, in two directions.

On the device ``meta`` tensors have shapes and no numbers, and PyTorch refuses to mix it with another. So what computes
with a model on ``meta`` makes all its tensors there. What asks for numbers can't run there; it runs with its model on
the CPU and ``meta`` as the device of every tensor that is made without naming one.
"""

import numpy as np
import pytest
import torch

from lstm_lib.attention import additive_scores, attention_maps, attention_weights, dot_scores
from lstm_lib.char_lm import analysis, comparison, training as char_training
from lstm_lib.char_lm.model import Architecture, CharLM, cross_entropy, loss
from lstm_lib.char_lm.writing import draw, sample
from lstm_lib.data.symbols import EOS
from lstm_lib.frameworks.torch_parts import SequenceDropout, device_of
from lstm_lib.seq2seq import training as seq2seq_training
from lstm_lib.seq2seq.batches import shifted, take_batch
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Architecture as Shape, Seq2Seq
from lstm_lib.seq2seq.scoring import teacher_forced_scores
from lstm_lib.seq2seq.search_errors import likeliest_references, most_probable
from lstm_lib.seq2seq.writing import write

V = 7
RNG = np.random.default_rng(0)
IDS = RNG.integers(0, V, size=400)
SOURCES = np.array([[4, 5, 6], [6, 4, 0], [5, 5, 5]]), np.array([3, 2, 3])
TARGETS = np.array([[4, 5, 6, EOS], [5, EOS, 0, 0], [4, 4, EOS, 0]]), np.array([4, 2, 3])


def char_model(**options):
    options = {"hidden_size": 8, "embedding_size": 3, "dropout": 0.2, "recurrent_dropout": 0.2} | options
    return CharLM(Architecture(V, **options), seed=0)


def pair_model(**options):
    return Seq2Seq(Shape(8, 8, **{"hidden_size": 6, "embedding_size": 5} | options), seed=0)


CHAR_MODELS = [{}, {"cell": "gru", "layers": 2}, {"cell": "rnn", "embedding_size": 0}, {"tied": True}]
PAIR_MODELS = [
    {},
    {"attention": "additive", "cell": "gru", "encoder_size": 4, "layers": 2},
    {"attention": "none", "cell": "rnn", "bidirectional": False},
]


@pytest.mark.parametrize("options", CHAR_MODELS)
def test_a_character_model_reads_on_its_device(options):
    m = char_model(**options).to("meta")
    xs = torch.zeros(2, 5, dtype=torch.int64, device="meta")
    logits, state = m(xs)
    logits, state = m(xs, state)
    value = cross_entropy(logits, xs)
    value.backward()
    assert value.is_meta and all(p.grad.is_meta for p in m.parameters())
    assert draw(logits[:, -1], temperature=0.5, top_k=3).is_meta
    assert comparison.training_memory(m, char_training.Recipe(batch_size=2, window=5)) >= 0


@pytest.mark.parametrize("teacher_forcing", [1.0, 0.5])
@pytest.mark.parametrize("options", PAIR_MODELS)
def test_pairs_are_read_and_written_on_the_device_of_their_model(options, teacher_forcing):
    m = pair_model(**options).to("meta")
    one_length = np.array([0, 2])  # PyTorch itself can't unpack others there
    xs, lengths, ys = take_batch(SOURCES, TARGETS, one_length, device_of(m))
    assert xs.is_meta and ys.is_meta and not lengths.is_meta
    log_p = m(xs, lengths, shifted(ys), teacher_forcing=teacher_forcing)
    log_p.sum().backward()
    assert log_p.is_meta and m.output.weight.grad.is_meta
    together = Ensemble([m, m])
    log_p, state = together.step(ys[:, 0], together.encode(xs, lengths))
    assert log_p.is_meta and all(part.is_meta for part in state.values())


def test_attention_and_dropout_compute_on_the_device_of_their_inputs():
    queries, keys = torch.zeros(2, 3, 4, device="meta"), torch.zeros(2, 5, 4, device="meta")
    mask = torch.ones(2, 5, dtype=torch.bool, device="meta")
    energy = torch.nn.Linear(4, 1, device="meta")
    for scores in (dot_scores(queries, keys), additive_scores(queries, keys, energy)):
        assert attention_weights(scores, mask).is_meta
    assert SequenceDropout(0.3)(keys).is_meta
    with pytest.raises(RuntimeError, match="device"):
        attention_weights(dot_scores(queries, keys), mask.to("meta") & torch.ones(2, 5, dtype=torch.bool))


def plain(model, recipe):
    """SGD in place of AdamW, which makes its step counters on the device that nobody names."""
    return torch.optim.SGD(model.parameters(), recipe.learning_rate)


CHAR_RECIPE = char_training.Recipe(batch_size=4, window=6)
PAIR_RECIPE = seq2seq_training.Recipe(batch_size=2, teacher_forcing=0.5)
REFERENCES = [[[4, EOS]], [[5, EOS], [EOS]], [[4, 4, EOS]]]
OUTPUTS = [[4, EOS], [EOS], [5, 5, EOS]]
CALLS = {
    "train": (char_model, lambda m: char_training.train(m, IDS, CHAR_RECIPE, epochs=1, validation=IDS[:90])),
    "loss": (char_model, lambda m: loss(m, IDS)),
    "sample": (char_model, lambda m: sample(m, IDS[:3], 4, streams=2, top_k=3)),
    "gradient_by_lag": (char_model, lambda m: analysis.gradient_by_lag(m, IDS, lags=4, n=3)),
    "excess_by_context": (char_model, lambda m: analysis.excess_by_context(m, IDS, longest=4, n=3)),
    "cell_states": (char_model, lambda m: analysis.cell_states(m, IDS[:9])),
    "training_memory": (char_model, lambda m: comparison.training_memory(m, CHAR_RECIPE)),
    "train pairs": (pair_model, lambda m: seq2seq_training.train(m, SOURCES, TARGETS, PAIR_RECIPE, epochs=2)),
    "write": (pair_model, lambda m: write(m, SOURCES, beam_width=3, n_best=2)),
    "teacher_forced_scores": (pair_model, lambda m: teacher_forced_scores(m, SOURCES, TARGETS)),
    "likeliest_references": (pair_model, lambda m: likeliest_references(m, SOURCES, REFERENCES)),
    "most_probable": (pair_model, lambda m: most_probable(m, SOURCES, widths=(2,))),
    "attention_maps": (pair_model, lambda m: attention_maps(m, SOURCES, OUTPUTS)),
}


def without_times(result):
    """The result of a call, written out; the rows of a history without the time they took."""
    if isinstance(result, list) and isinstance(result[0], dict):
        result = [{key: value for key, value in row.items() if key != "seconds"} for row in result]
    return repr(result)


def refuse_foreign(module, inputs):
    """PyTorch itself lets an embedding look up symbols that are on another device than its weights."""
    assert inputs[0].device == module.weight.device


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_made_on_a_device_that_nobody_named(monkeypatch, name):
    monkeypatch.setattr(char_training, "make_optimizer", plain)
    make, call = CALLS[name]
    first, second = make(), make()
    for module in second.modules():
        if isinstance(module, torch.nn.Embedding):
            module.register_forward_pre_hook(refuse_foreign)
    expected = call(first)
    with torch.device("meta"):
        assert torch.zeros(1).is_meta
        found = call(second)
    assert without_times(found) == without_times(expected)
