"""A translator is the sum of its parts: it trains, writes and scores as they do, and comes back from its file."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from lstm_lib.data.lexicons import Pairs
from lstm_lib.data.symbols import Symbols
from lstm_lib.errors import InputError
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.files import KIND, SHIPPED, read_file
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.saved import Translator
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.training import Recipe, train
from lstm_lib.seq2seq.writing import write
from lstm_lib.storage import checkpoint

LETTERS = "abcdefg"
SHAPE = {"hidden_size": 12, "embedding_size": 6, "dropout": 0.1}
RECIPE = Recipe(batch_size=16, learning_rate=0.01)


def backwards(n, seed=0, longest=4):
    """Words and what they are read backwards, in capitals."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list(LETTERS), size=rng.integers(1, longest + 1))) for _ in range(n)]
    return Pairs("backwards", [LETTERS, *words], [word[::-1].upper() for word in (LETTERS, *words)])


def weights(network):
    return {n: p.detach().numpy().copy() for n, p in network.named_parameters()}


def assert_same(a, b):
    assert weights(a).keys() == weights(b).keys()
    for name, array in weights(a).items():
        np.testing.assert_array_equal(weights(b)[name], array, err_msg=name)


@pytest.fixture(scope="module")
def fitted():
    """A small translator of two networks, and what it learned from."""
    pairs = backwards(150)
    translator = Translator(models=2, seed=3, beam_width=4, length_penalty=0.7, **SHAPE)
    history = translator.fit(pairs, backwards(20, seed=1), epochs=2, recipe=RECIPE)
    return translator, pairs, history


def test_it_trains_the_networks_that_a_loop_by_hand_trains(fitted):
    translator, pairs, history = fitted
    source, target = Symbols.learn(pairs.sources), Symbols.learn(pairs.targets)
    assert (translator.source_symbols, translator.target_symbols) == (source, target)
    data = source.encode_rows(pairs.sources), target.encode_rows(pairs.targets, end=True)
    losses = []
    for k, member in enumerate(translator.network.models):
        by_hand = Seq2Seq(Architecture(source.size, target.size, **SHAPE), seed=3 + k)
        rows = train(by_hand, *data, RECIPE, epochs=2, seed=3 + k)
        assert_same(by_hand, member)
        losses += [(k + 1, row["epoch"], row["train_loss"]) for row in rows]
    assert [(row["model"], row["epoch"], row["train_loss"]) for row in history] == losses
    validation = Scorer(backwards(20, seed=1), source, target)
    second = translator.network.models[1]
    scores = validation.free_running([tokens for tokens, _ in validation.write(second)])
    assert history[-1]["validation_sequence_accuracy"] == scores["sequence_accuracy"]
    assert history[-1]["validation_loss"] == validation.teacher_forced(second)["teacher_forced_loss"]
    assert translator.record["history"] == history and translator.record["data"] == "backwards"
    assert translator.record["settings"]["hidden_size"] == 12 and translator.record["settings"]["batch_size"] == 16
    together = validation.teacher_forced(translator.network)["teacher_forced_loss"]
    assert translator.record["together"]["validation_loss"] == together


def test_what_is_called_on_the_way_sees_the_whole_training():
    started, epochs, shares = [], [], []
    Translator(models=3, **SHAPE).fit(
        backwards(40),
        epochs=2,
        recipe=RECIPE,
        on_start=started.append,
        on_epoch=lambda history: epochs.append([(row["model"], row["epoch"]) for row in history]),
        on_step=lambda share, loss, read: shares.append(share),
    )
    everything = list(itertools.product((1, 2, 3), (1, 2)))
    assert started == [1, 2, 3] and epochs == [everything[: n + 1] for n in range(6)]
    np.testing.assert_allclose(shares, np.arange(1, len(shares) + 1) / len(shares))


def test_a_budget_is_shared(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr("lstm_lib.frameworks.torch_training.time.process_time", lambda: float(next(clock)))
    history = Translator(models=2, **SHAPE).fit(backwards(40), budget=8, recipe=RECIPE)  # each step takes a second
    assert [max(row["seconds"] for row in history if row["model"] == k) for k in (1, 2)] == [4, 4]


def test_it_writes_what_a_search_with_its_settings_finds(fitted):
    translator, _, _ = fitted
    words = ["abc", "gf", "d"]
    xs = translator.source_symbols.encode_rows(words)
    own = write(translator.network, xs, beam_width=4, length_penalty=0.7)
    assert translator.translate(words) == [translator.target_symbols.decode(best[0][0]) for best in own]
    assert translator.translate(words, beam_width=1) == [
        translator.target_symbols.decode(best[0][0]) for best in write(translator.network, xs)
    ]
    five = write(translator.network, xs, beam_width=5, length_penalty=0.7, n_best=5)  # more than the beam is wide
    decoded = [[(translator.target_symbols.decode(tokens), score) for tokens, score in best] for best in five]
    assert translator.translate(words, n_best=5) == decoded
    assert translator.translate([]) == []


def test_it_scores_as_a_scorer_does(fitted):
    translator, _, _ = fitted
    pairs = backwards(30, seed=2)
    found = translator.score(list(zip(pairs.sources, pairs.targets, strict=True)), length_penalty=0.0)
    scorer = Scorer(pairs, translator.source_symbols, translator.target_symbols)
    beam = [tokens for tokens, _ in scorer.write(translator.network, beam_width=4, length_penalty=0.0)]
    assert found["beam"] == scorer.free_running(beam)
    assert found["greedy"] == scorer.free_running([tokens for tokens, _ in scorer.write(translator.network)])
    assert found["teacher_forced"] == scorer.teacher_forced(translator.network)
    assert found["sources"] == len(set(pairs.sources)) and found["rows"] == 31 and found["unknown"] == 0
    assert (found["beam_width"], found["length_penalty"]) == (4, 0.0)
    right = [row["right"] for row in found["predictions"]]
    assert np.mean(right) == found["beam"]["sequence_accuracy"]
    assert translator.score([("axe", "EXA"), ("b", "B")])["unknown"] == 1


@pytest.mark.parametrize("shape", [{}, {"attention": "none", "cell": "gru"}, {"models": 2, "attention": "additive"}])
def test_what_is_saved_is_what_is_loaded(tmp_path, shape):
    pairs = backwards(30)
    made = Translator(**SHAPE, seed=7, beam_width=3, length_penalty=1.5, **shape)
    made.fit(pairs, epochs=1, recipe=RECIPE)
    before = sum(p.nbytes for p in made.network.parameters())
    made.save(tmp_path / "model.safetensors")
    assert (tmp_path / "model.safetensors").stat().st_size < before / 2 + 15_000
    assert read_file(tmp_path)[1]["kind"] == "lstm_lib.seq2seq 1"
    for place in (tmp_path, tmp_path / "model.safetensors"):
        loaded = Translator.load(place)
        assert isinstance(loaded, Translator) and not loaded.network.training
        assert isinstance(loaded.network, Ensemble) == ("models" in shape)
        assert (loaded.source_symbols, loaded.target_symbols) == (made.source_symbols, made.target_symbols)
        assert loaded.record == made.record and loaded.search() == {"beam_width": 3, "length_penalty": 1.5}
        assert_same(made.network, loaded.network)
        assert loaded.translate(pairs.sources, n_best=2) == made.translate(pairs.sources, n_best=2)
    again = loaded.fit(pairs, epochs=1, recipe=RECIPE)
    assert [row["train_loss"] for row in again] == [row["train_loss"] for row in made.record["history"]]


def test_a_network_trained_by_hand_becomes_one(fitted, tmp_path):
    whole, _, _ = fitted
    part = whole.network.models[1]
    Translator.from_parts(part, whole.source_symbols, whole.target_symbols, record={"seed": 4}).save(tmp_path / "m")
    loaded = Translator.load(tmp_path / "m")
    assert_same(part, loaded.network)
    assert loaded.record == {"seed": 4} and loaded.search() == {"beam_width": 5, "length_penalty": 0.5}
    found = write(part, whole.source_symbols.encode_rows(["abc"]), beam_width=5, length_penalty=0.5)
    assert loaded.translate(["abc"]) == [whole.target_symbols.decode(found[0][0][0])]


def test_the_course_s_own_model_pronounces_words():
    translator = Translator.load()
    assert translator.translate(["phoneme", "knight"]) == ["F OW N IY M", "N AY T"]
    assert translator.search() == {"beam_width": 5, "length_penalty": 0.5}
    assert translator.record["settings"]["budget"] == 3600.0 and len(translator.record["history"]) == 44
    assert {array.dtype for array in read_file()[0].values()} == {np.dtype(np.float16)}


def test_tokens_between_spaces_are_symbols_where_texts_have_spaces():
    pairs = [("the cat", "CAT"), ("a dog", "DOG"), ("the dog", "DOG")]
    translator = Translator(**SHAPE)
    translator.fit(pairs, epochs=1)
    assert translator.source_symbols.names == ("a", "cat", "dog", "the")
    assert translator.target_symbols.names == tuple("ACDGOT")
    characters = Translator(separators=("", " "), **SHAPE)
    characters.fit(pairs, epochs=1)
    assert characters.source_symbols.names == tuple(" acdeghot")
    assert characters.target_symbols.names == ("CAT", "DOG")


def test_what_cannot_be_translated_or_learned_is_told(fitted):
    translator, _, _ = fitted
    for texts, message in (
        (["abc", "axe"], "'axe' has 'x', which the model does not know; it knows abcdefg"),
        ([""], "'' is empty; it knows abcdefg"),
        ("abc", r"a list of texts is translated, not one text: \['abc'\]"),
    ):
        with pytest.raises(InputError, match=message):
            translator.translate(texts)
    with pytest.raises(ValueError, match=r"learned nothing yet: call fit, or Translator\.load"):
        Translator(**SHAPE).translate(["a"])
    with pytest.raises(InputError, match="there are no pairs"):
        Translator(**SHAPE).fit([], epochs=1)
    with pytest.raises(InputError, match="a text of pair 1 is empty"):
        Translator(**SHAPE).fit([("a", "b"), ("a", " ")], epochs=1)
    with pytest.raises(ValueError, match="either epochs or budget"):
        Translator(**SHAPE).fit([("a", "b")])
    with pytest.raises(InputError, match="no 'transformer' among rnn, gru, lstm"):
        Translator(cell="transformer")
    with pytest.raises(TypeError, match="hiden_size"):
        Translator(hiden_size=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"kind": "lstm_lib.seq2seq 2"},
            "not a translator; its kind is 'lstm_lib.seq2seq 2', not 'lstm_lib.seq2seq 1'",
        ),
        ({"kind": "lstm_lib.char_lm 1"}, "not a translator"),
        ({"record": None}, "record must be keys and values, got None"),
        ({"search": {"width": 3}}, "its weights and its description disagree"),
        ({"models": 2}, "its weights and its description disagree"),
        ({"source": {"names": ["a"], "separator": ""}}, "its weights and its description disagree"),
    ],
)
def test_a_file_of_another_kind_or_a_false_one_is_refused_in_a_line(fitted, tmp_path, change, message):
    whole, _, _ = fitted
    path = tmp_path / "m.safetensors"
    Translator.from_parts(whole.network.models[0], whole.source_symbols, whole.target_symbols).save(path)
    arrays, about = checkpoint.load(path)
    assert about["kind"] == KIND
    checkpoint.save(path, arrays, about | change)
    with pytest.raises(InputError, match=message) as caught:
        Translator.load(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Translator.load(tmp_path / "m.safetensors")
    with pytest.raises(InputError, match=r"model\.safetensors: no such file"):
        Translator.load(tmp_path)
    assert SHIPPED.is_file()


def test_an_unfinished_fit_goes_on_to_the_same_weights(tmp_path):
    pairs, options = backwards(60), {"epochs": 3, "recipe": dataclasses.replace(RECIPE, teacher_forcing_end=0.5)}
    whole = Translator(models=2, seed=1, **SHAPE)
    history = whole.fit(pairs, **options)
    steps = itertools.count(1)

    def stop(*_):
        if next(steps) == 17:  # within the second network
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Translator(models=2, seed=1, **SHAPE).fit(pairs, run=checkpoint.Run(tmp_path, {}), on_step=stop, **options)
    torch.manual_seed(9)
    resumed = Translator(models=2, seed=1, **SHAPE)
    again = resumed.fit(pairs, run=checkpoint.Run(tmp_path, {}), **options)
    assert_same(whole.network, resumed.network)
    without_time = [[{k: v for k, v in row.items() if k != "seconds"} for row in h] for h in (history, again)]
    assert without_time[0] == without_time[1]
