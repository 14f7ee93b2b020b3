"""Keras starts quietly and repeatably, and a model's file is whole or refused."""

import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from lstm_lib.errors import InputError
from lstm_lib.frameworks.keras_setup import keras, load_model, save_model, start


def small_model():
    layers = keras.layers
    return keras.Sequential([keras.Input((None, 3)), layers.LSTM(4), layers.Dense(2, activation="softmax")])


ABOUT = {"kind": "a test 1", "classes": ["ä", "b"]}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    start(1)
    model, file = small_model(), tmp_path_factory.mktemp("model") / "m.keras"
    save_model(file, model, ABOUT)
    return model, file


XS = np.random.default_rng(0).normal(size=(5, 7, 3)).astype(np.float32)


def test_a_loaded_model_predicts_the_same_and_brings_what_belongs_to_it(saved):
    model, file = saved
    loaded, about = load_model(file, ABOUT["kind"])
    np.testing.assert_array_equal(loaded.predict(XS, verbose=0), model.predict(XS, verbose=0))
    assert about == ABOUT


def test_keras_alone_can_load_the_file_and_nothing_in_it_is_pickled(saved):
    model, file = saved
    loaded = keras.saving.load_model(file, safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(XS, verbose=0), model.predict(XS, verbose=0))
    assert set(zipfile.ZipFile(file).namelist()) == {"config.json", "metadata.json", "model.weights.h5", "about.json"}


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_cut_short_is_one_line(saved, tmp_path, share):
    content = saved[1].read_bytes()
    (tmp_path / "cut.keras").write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"cut\.keras: not a model saved by this library, or cut short"):
        load_model(tmp_path / "cut.keras", ABOUT["kind"])


def test_weights_that_are_damaged_inside_a_whole_archive_are_one_line(saved, tmp_path):
    with zipfile.ZipFile(saved[1]) as old, zipfile.ZipFile(tmp_path / "d.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:100] if name.endswith(".h5") else content)
    with pytest.raises(InputError, match="not a model"):
        load_model(tmp_path / "d.keras", ABOUT["kind"])


def test_a_model_of_keras_without_what_belongs_to_it_is_refused(saved, tmp_path):
    saved[0].save(tmp_path / "bare.keras")
    with pytest.raises(InputError, match="not a model saved by this library"):
        load_model(tmp_path / "bare.keras", ABOUT["kind"])


def test_a_file_with_code_in_it_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
    save_model(tmp_path / "code.keras", model, ABOUT)
    with pytest.raises(InputError, match="not a model saved by this library"):
        load_model(tmp_path / "code.keras", ABOUT["kind"])


def test_a_model_of_another_kind_or_version_is_refused_and_not_built(saved, monkeypatch):
    monkeypatch.setattr(keras.saving, "load_model", None)
    with pytest.raises(InputError, match=r"m\.keras: its kind is 'a test 1', not 'a test 2'; name another model"):
        load_model(saved[1], "a test 2")


def recurrent():
    layers = keras.layers
    return keras.Sequential([keras.Input((None, 2)), layers.Masking(9.0), layers.LSTM(3), layers.Dense(4)])


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("config.json", lambda text: text.replace(b'"units": 3', b'"units": 8000')),
        ("config.json", lambda text: text.replace(b'"units": 4', b'"units": 100000')),
        ("config.json", lambda text: text.replace(b'"class_name": "Masking"', b'"class_name": "TorchModuleWrapper"')),
        ("config.json", lambda text: text + b" " * 3_000_000),
        ("about.json", lambda text: text + b" " * 3_000_000),
        (
            "model.weights.h5",
            lambda content: content.replace(np.float32(0.625).tobytes(), np.float32(np.nan).tobytes()),
        ),
        ("model.weights.h5", lambda content: content[:-100]),
    ],
)
def test_a_file_without_the_weights_of_what_it_describes_is_refused_and_not_built(
    tmp_path, monkeypatch, member, change
):
    model = recurrent()
    model.layers[-1].set_weights([np.full((3, 4), 0.625), np.zeros(4)])
    save_model(tmp_path / "m.keras", model, ABOUT)
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(tmp_path / "w.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            changed = change(content) if name == member else content
            assert changed != content or name != member
            new.writestr(name, changed)
    built, load = [], keras.saving.load_model
    monkeypatch.setattr(keras.saving, "load_model", lambda *args, **options: built.append(1) or load(*args, **options))
    load_model(tmp_path / "m.keras", ABOUT["kind"])
    assert built == [1]
    with pytest.raises(InputError, match=r"w\.keras: not a model saved by this library, or cut short"):
        load_model(tmp_path / "w.keras", ABOUT["kind"])
    assert built == [1]


def test_a_missing_file_and_a_wrong_ending_are_named(saved, tmp_path):
    with pytest.raises(InputError, match=r"none\.keras: no such model"):
        load_model(tmp_path / "none.keras", ABOUT["kind"])
    with pytest.raises(InputError, match=r"must end in \.keras"):
        save_model(tmp_path / "m.h5", saved[0], {})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(saved, tmp_path, monkeypatch):
    file = tmp_path / "m.keras"
    file.write_text("old")

    def full(self, *arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(InputError, match="No space left on device"):
        save_model(file, saved[0], {})
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]


def test_one_seed_gives_one_network_and_one_course_of_training():
    weights = []
    for seed in (3, 3, 4):
        start(seed)
        model = small_model()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(XS, np.arange(5) % 2, epochs=2, batch_size=2, verbose=0)
        weights.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_loading_keras_prints_nothing():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    code = "from lstm_lib.frameworks.keras_setup import start; start(0)"
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == result.stderr == ""
