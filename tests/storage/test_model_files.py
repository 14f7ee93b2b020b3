"""What a model's file says is checked before memory is taken: every kind of model that is saved comes back, and a file
that lies about itself is refused in a line, at once."""

import itertools
import json
import time

import numpy as np
import pytest

from lstm_lib.char_lm import Architecture, CharLM, CharModel
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.errors import InputError
from lstm_lib.forecasting import Forecaster
from lstm_lib.frameworks.torch_parts import parameter_arrays
from lstm_lib.seq2seq import Architecture as Shape, Seq2Seq, Translator
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.storage import checkpoint

LETTERS = Symbols(tuple("abcde"))


def char_model(**shape):
    model = CharModel()
    model.symbols = Symbols(tuple("abcd"), TEXT)
    model.network = CharLM(Architecture(vocab_size=5, **shape), seed=3)
    return model


def translator(*, models=1, **shape):
    networks = [Seq2Seq(Shape(9, 9, **shape), seed=k) for k in range(models)]
    return Translator.from_parts(Ensemble(networks) if models > 1 else networks[0], LETTERS, LETTERS)


def forecaster(**choices):
    made = Forecaster(hidden_size=3, window=4, **choices)
    made.fit(np.sin(np.arange(30.0)), epochs=40)
    return made


def comes_back(model, path):
    model.save(path)
    before, again = model.network, type(model).load(path).network
    arrays = parameter_arrays(before)
    assert parameter_arrays(again).keys() == arrays.keys() and again.architecture == before.architecture
    assert all(np.array_equal(a, arrays[name]) for name, a in parameter_arrays(again).items())


@pytest.mark.parametrize(("cell", "layers"), [*itertools.product(("lstm", "gru", "rnn"), (1, 3))])
def test_a_character_model_of_any_shape_is_what_its_file_is_expected_to_hold(tmp_path, cell, layers):
    for embedding_size, tied in ((0, False), (2, False), (2, True)):
        shape = {"cell": cell, "layers": layers, "embedding_size": embedding_size, "tied": tied, "hidden_size": 7}
        comes_back(char_model(**shape), tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("cell", "attention"), [*itertools.product(("lstm", "gru", "rnn"), ("dot", "additive", "none"))]
)
def test_a_translator_of_any_shape_is_what_its_file_is_expected_to_hold(tmp_path, cell, attention):
    for k, bidirectional in enumerate((False, True)):
        for encoder_size, readout_size in ((0, 0), (3, 5)):
            shape = {"cell": cell, "attention": attention, "bidirectional": bidirectional, "layers": 1 + k}
            shape |= {"encoder_size": encoder_size, "readout_size": readout_size, "hidden_size": 6}
            comes_back(translator(models=1 + k, embedding_size=2, **shape), tmp_path / "m.safetensors")


@pytest.mark.parametrize("targets", ["last", "every"])
def test_a_forecaster_of_any_shape_is_what_its_file_is_expected_to_hold(tmp_path, targets):
    for layers, members, horizon in ((1, 1, 1), (2, 3, 4)):
        made = forecaster(layers=layers, members=members, horizon=horizon, targets=targets)
        made.save(tmp_path / "m.safetensors")
        again = Forecaster.load(tmp_path / "m.safetensors")
        series = np.sin(np.arange(9.0))
        np.testing.assert_array_equal(again.predict(series, 5), made.predict(series, 5))


MAKERS = {
    CharModel: lambda: char_model(hidden_size=4, cell="lstm"),
    Translator: lambda: translator(hidden_size=4, embedding_size=2),
    Forecaster: forecaster,
}


def rewritten(path, *, text=None, tensors=None, replace=()):
    """Write a safetensors file anew: with another description, other entries in its header, or other text in both."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    if text is not None:
        header["__metadata__"]["yaml"] = text
    for name, changes in (tensors or {}).items():
        header[name] |= changes
    new = json.dumps(header)
    for old, other in replace:
        assert old in new
        new = new.replace(old, other)
    path.write_bytes(len(new.encode()).to_bytes(8, "little") + new.encode() + content[8 + length :])


def refused(cls, path):
    started = time.perf_counter()
    with pytest.raises(InputError) as caught:
        cls.load(path)
    assert time.perf_counter() - started < 3
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message and len(message) - len(str(path)) < 300
    return message


@pytest.fixture(params=MAKERS, ids=lambda cls: cls.__name__)
def saved(request, tmp_path):
    """A class, and the file of a model of it."""
    path = tmp_path / "m.safetensors"
    MAKERS[request.param]().save(path)
    return request.param, path


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\\n" for a, b in itertools.pairwise("abcdefgh")
)


@pytest.mark.parametrize(
    "change",
    [
        [("hidden_size: ", "hidden_size: 800")],
        [("hidden_size: ", "hidden_size: " + "9" * 15)],
        [("hidden_size: ", "hidden_size: " + "9" * 6000)],
        [("hidden_size: ", "hidden_size: -")],
        [("hidden_size: ", "hidden_size: 2024-01-0")],
        [("hidden_size: ", "hidden_size: x")],
        [("hidden_size: ", "hidden_size: [], x: ")],
        [("hidden_size: ", "hidden_sizes: ")],
        [("  layers: 1\\n", "  layers: 1000000\\n")],
        [("  layers: 1\\n", "  layers: 0\\n")],
        [("  layers: 1\\n", "  layers: true\\n")],
        [("  layers: 1\\n", "  layers: 1.0\\n")],
        [("  layers: 1\\n", "  layers: 1\\n  layers: 1\\n")],
        [("  layers: 1\\n", "")],
        [("seed: 0", "seed: .nan")],
        [("seed: 0", "seed: 2024-01-31")],
        [("seed: 0", "seed: null")],
        [("kind: ", "more: 1\\nkind: ")],
        [("kind: ", f"{BOMB}kind: ")],
        [("kind: ", "at: !!timestamp 2024-01-31\\nkind: ")],
        [("kind: ", "deep: " + "[" * 1000 + "]" * 1000 + "\\nkind: ")],
        [("kind: ", "long: " + "x" * 3_000_000 + "\\nkind: ")],
        [("record:", "records:")],
    ],
    ids=lambda change: change[0][1][:24],
)
def test_a_description_that_is_damaged_or_hostile_is_refused(saved, change):
    cls, path = saved
    rewritten(path, replace=change)
    refused(cls, path)


@pytest.mark.parametrize("record", ["null", "[]", "3", "{settings: 3}", "{history: {}}", "{history: [1]}", "{1: a}"])
def test_a_record_of_another_form_is_refused(saved, record):
    cls, path = saved
    about = checkpoint.load(path)[1]
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in about.items() if key != "record")
    rewritten(path, text=f"{text}record: {record}\n")
    assert "record" in refused(cls, path)
    rewritten(path, text=f"{text}record: {{}}\n")
    cls.load(path)


def test_weights_of_another_type_or_shape_or_that_are_no_numbers_are_refused(saved):
    cls, path = saved
    arrays, about = checkpoint.load(path)
    name = sorted(arrays)[0]
    other = {np.float16: np.float32, np.float32: np.float16}[arrays[name].dtype.type]
    for array, message in (
        (arrays[name].astype(other), f"{name} is F"),
        (arrays[name].astype(np.int64), f"{name} is I64"),
        (arrays[name][..., None], f"{name} has the shape"),
        (np.full_like(arrays[name], np.nan), f"the weights {name} are not all finite numbers"),
        (np.full_like(arrays[name], np.inf), f"the weights {name} are not all finite numbers"),
    ):
        checkpoint.save(path, arrays | {name: array}, about)
        assert message in refused(cls, path)
    checkpoint.save(path, {n: a for n, a in arrays.items() if n != name}, about)
    assert f"there are no weights {name}" in refused(cls, path)
    checkpoint.save(path, arrays | {"more": np.ones(1, np.float32)}, about)
    assert "there should be no weights more" in refused(cls, path)


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "BF16"},
        {"dtype": "F8_E4M3"},
        {"dtype": "F64"},
        {"dtype": 3},
        {"shape": [10**30]},
        {"shape": [-1]},
        {"shape": "x"},
        {"shape": [1.5]},
        {"data_offsets": [0, 10**18]},
        {"data_offsets": [-8, 0]},
        {"data_offsets": [None]},
    ],
    ids=str,
)
def test_an_entry_that_claims_what_is_not_there_is_refused(saved, changes):
    cls, path = saved
    name = sorted(checkpoint.load(path)[0])[0]
    rewritten(path, tensors={name: changes})
    refused(cls, path)


def test_a_header_of_a_hundred_megabytes_is_refused_unread(saved):
    cls, path = saved
    for length in (99_000_000, 2**63, 2**64 - 1):
        with path.open("wb") as file:
            file.write(length.to_bytes(8, "little") + b'{"a": ')
            file.truncate(100_000_000)
        assert "not a checkpoint of this library, or cut short" in refused(cls, path)


@pytest.mark.parametrize(
    "change",
    [
        {"models": 0},
        {"models": 10**6},
        {"models": "1"},
        {"search": {"beam_width": "5", "length_penalty": 0.5}},
        {"search": {"beam_width": 5}},
        {"source": {"names": [1, 2, 3, 4, 5], "separator": ""}},
        {"source": {"names": list("abcda"), "separator": ""}},
        {"source": {"names": ["a", "b", "c", "d", "\ud800"], "separator": ""}},
        {"source": {"names": list("abcde"), "separator": "-"}},
        {"source": {"names": "abcde", "separator": ""}},
        {"target": {"names": list("abcd"), "separator": ""}},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_a_translator_with_other_parts_is_refused(tmp_path, change):
    path = tmp_path / "m.safetensors"
    translator(hidden_size=4, embedding_size=2).save(path)
    about = checkpoint.load(path)[1] | change
    rewritten(path, text=json.dumps(about))
    refused(Translator, path)


@pytest.mark.parametrize("known", ["abca", "abc", "abcde", "", 4, ["a", "b", "c", "d"], "abc\ud800"], ids=repr)
def test_a_character_model_with_other_characters_is_refused(tmp_path, known):
    path = tmp_path / "m.safetensors"
    char_model(hidden_size=4, cell="lstm").save(path)
    about = checkpoint.load(path)[1] | {"characters": known}
    rewritten(path, text=json.dumps(about))
    refused(CharModel, path)
