"""The object that a character model is used by: fit, sample, score, save, load."""

import pickle
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from lstm_lib.char_lm import SHIPPED, Architecture, CharLM, CharModel, Recipe, loss, sample, train
from lstm_lib.data import TEXT, Symbols
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint

SHAPE = {"hidden_size": 7, "cell": "gru", "embedding_size": 3, "dropout": 0.2}
RECIPE = Recipe(learning_rate=0.02, batch_size=4, window=9)
LINES = "".join(f"{a} goes {b}, {b} goes {a}.\n" for a in ("north", "south") for b in ("in", "out", "up")) * 8
UNSEEN = "south goes north, and up.\n"


@pytest.fixture(scope="module")
def fitted():
    model = CharModel(seed=3, **SHAPE)
    model.fit(LINES + "§", UNSEEN, recipe=RECIPE, epochs=2)
    return model


def nats_by_hand(model, text):
    """Return the mean of -ln p, a character at a time from the network itself."""
    index = {name: k for k, name in enumerate(model.symbols.names, start=1)}
    ids = [index.get(c, 0) for c in text]
    total, state = 0.0, None
    model.network.eval()
    with torch.no_grad():
        for k, following in pairwise(ids):
            logits, state = model.network(torch.tensor([[k]]), state)
            total -= logits[0, 0].log_softmax(0)[following].item()
    return total / (len(ids) - 1)


def test_fit_is_the_training_that_the_chapter_writes_by_hand(fitted):
    symbols = Symbols(tuple(sorted(set(LINES))), TEXT)  # § comes once and is the unknown symbol
    network = CharLM(Architecture(symbols.size, **SHAPE), seed=3)
    history = train(network, symbols.encode(LINES + "§"), RECIPE, epochs=2, seed=3, validation=symbols.encode(UNSEEN))
    assert fitted.symbols == symbols and fitted.network.architecture == network.architecture
    for ours, expected in zip(fitted.network.parameters(), network.parameters(), strict=True):
        assert torch.equal(ours, expected)
    losses = [[row[key] for key in ("train_loss", "validation_loss")] for row in history]
    assert [[row[key] for key in ("train_loss", "validation_loss")] for row in fitted.record["history"]] == losses
    assert fitted.record["recipe"] == asdict(RECIPE) and fitted.record["seed"] == 3


def test_fit_returns_its_history_and_begins_anew_each_time(fitted):
    model = CharModel(seed=3, **SHAPE)
    rows = [model.fit(LINES + "§", UNSEEN, recipe=RECIPE, epochs=2) for _ in range(2)]
    assert rows[0][-1]["epoch"] == 2 and rows[1] == model.record["history"]
    assert rows[0][-1]["validation_loss"] == rows[1][-1]["validation_loss"]
    assert model.score(UNSEEN) == fitted.score(UNSEEN)


def test_a_text_is_scored_as_it_stands_with_what_the_model_does_not_know(fitted):
    text = UNSEEN * 50 + "€x" + UNSEEN  # more than is read at once
    assert fitted.score(text) == pytest.approx(nats_by_hand(fitted, text), rel=1e-5)
    with pytest.raises(InputError, match="1 characters are too few to score"):
        fitted.score("n")


def test_a_sample_goes_on_from_its_beginning(fitted):
    written = fitted.sample("north ", length=40, temperature=0.5, seed=5)
    (ids,) = sample(fitted.network, fitted.symbols.encode("north "), 40, temperature=0.5, seed=5)
    assert written == "north " + fitted.symbols.decode(ids) and len(written) == 46
    assert fitted.sample("north ", 40, temperature=0.5, seed=6) != written
    assert fitted.sample("north ", 30, top_k=1) == fitted.sample("north ", 30, temperature=0.001)
    assert fitted.sample(length=9)[0] == "\n" and len(fitted.sample()) == 501


def test_a_beginning_that_cannot_be_read_is_refused_in_a_short_line(fitted):
    with pytest.raises(InputError, match="the beginning is empty"):
        fitted.sample("")
    with pytest.raises(InputError, match=r"does not know 'z€'; it knows '\\n ,.eghinoprstu'$"):
        fitted.sample("z€")
    with pytest.raises(InputError, match="and 2,940 more; it knows") as told:
        fitted.sample("".join(map(chr, range(1000, 4000))))
    assert len(str(told.value)) < 200


def test_a_model_without_training_says_what_it_needs(tmp_path):
    for use in (CharModel().sample, lambda: CharModel().score("ab"), lambda: CharModel().save(tmp_path / "m")):
        with pytest.raises(ValueError, match="call fit, or CharModel"):
            use()
    with pytest.raises(InputError, match="no character comes twice"):
        CharModel().fit("abc", epochs=1)
    with pytest.raises(InputError, match="4 characters; 32 rows of one window of 64 need 2080"):
        CharModel().fit("abab", epochs=1)
    with pytest.raises(TypeError, match="units"):
        CharModel(units=3)


def test_a_saved_model_comes_back(fitted, tmp_path):
    model = CharModel(seed=11, **SHAPE | {"tied": True, "layers": 2, "dropout": 0.1})
    model.fit(LINES, recipe=RECIPE, epochs=1)
    model.record["note"] = "ä"
    model.save(tmp_path / "m.safetensors")
    again = CharModel.load(tmp_path / "m.safetensors")
    assert again.network.architecture == model.network.architecture == again.architecture
    assert again.symbols == model.symbols and again.record == model.record and again.seed == 11
    assert again.score(UNSEEN) == model.score(UNSEEN) and again.sample(seed=2) == model.sample(seed=2)
    again.fit(LINES, recipe=RECIPE, epochs=1)
    assert again.score(UNSEEN) == model.score(UNSEEN)


def test_without_a_path_the_course_s_own_model_is_loaded():
    model = CharModel.load()
    assert checkpoint.load(SHIPPED)[1]["kind"] == "lstm_lib.char_lm 1"
    assert model.record["settings"]["hidden_size"] == model.network.architecture.hidden_size == 384
    assert model.record["seconds"] == pytest.approx(900, abs=1) and model.seed == 42
    assert model.sample("HAMLET:", length=20).startswith("HAMLET:")


def test_a_foreign_cut_or_contradictory_model_file_is_named_and_never_unpickled(fitted, tmp_path):
    path = tmp_path / "m.safetensors"
    fitted.save(path)
    whole = path.read_bytes()
    for content in (b"", whole[:-50], whole[:20], pickle.dumps({"a": 1}), b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"m\.safetensors: not a checkpoint of this library, or cut short"):
            CharModel.load(path)
    save_file({"W": np.ones(3)}, path)
    with pytest.raises(InputError, match="not a checkpoint"):
        CharModel.load(path)
    checkpoint.save(path, {"W": np.ones(3)}, {"epoch": 3})
    with pytest.raises(InputError, match="not a character model of this version; its kind is None"):
        CharModel.load(path)
    path.write_bytes(whole)
    arrays, about = checkpoint.load(path)
    for kind in ("lstm_lib.char_lm 2", "lstm_lib.seq2seq 1"):
        checkpoint.save(path, arrays, about | {"kind": kind})
        with pytest.raises(InputError, match=rf"m\.safetensors: .* is '{kind}', not 'lstm_lib\.char_lm 1'"):
            CharModel.load(path)
    shape = about["architecture"]
    for change in (
        {"characters": "abc"},
        {"characters": about["characters"] + "é"},
        {"architecture": shape | {"hidden_size": 8}},
        {"architecture": shape | {"hidden_size": 10**9}},  # refused before memory is taken
        {"architecture": {"cell": "lstm"}},
        {"architecture": shape | {"cell": "transformer"}},
        {"record": None},
        {"characters": None},
        {"architecture": None},
    ):
        checkpoint.save(path, arrays, about | change)
        with pytest.raises(InputError, match=r"m\.safetensors: its weights and its description disagree"):
            CharModel.load(path)
    checkpoint.save(path, arrays | {"more": np.ones(2)}, about)
    with pytest.raises(InputError, match="disagree"):
        CharModel.load(path)
    renamed = {name.replace("output", "outputs"): array for name, array in arrays.items()}
    checkpoint.save(path, renamed, about)
    with pytest.raises(InputError, match="disagree"):
        CharModel.load(path)


def test_a_model_is_a_network_on_the_device_it_is_asked_for(fitted, tmp_path):
    fitted.save(tmp_path / "m.safetensors")
    meta = CharModel.load(tmp_path / "m.safetensors", device="meta")
    assert {p.device.type for p in meta.network.parameters()} == {"meta"}
    assert {p.device.type for p in fitted.network.parameters()} == {"cpu"}
    assert loss(fitted.network, fitted.symbols.encode(UNSEEN)) == fitted.score(UNSEEN)
