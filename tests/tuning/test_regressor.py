"""A regressor learns in the units of its target, and comes back from its file whole."""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.keras_setup import OutOfMemory, keras, save_model
from lstm_lib.tuning.model import TABLE, Choices
from lstm_lib.tuning.regressor import KIND, TextRegressor

LENGTH = 9


def task(n, seed):
    """Texts whose target, in the hundreds, grows with the number of Gs."""
    rng = np.random.default_rng(seed)
    texts = ["".join(rng.choice(list("ACGT"), size=rng.integers(3, 9))) for _ in range(n)]
    return texts, np.array([500.0 + 100 * t.count("G") for t in texts])


def fitted(*, epochs=12, rate=0.03, **options):
    regressor = TextRegressor(Choices(hidden_size=4, learning_rate=rate), max_length=LENGTH, seed=4)
    train, validation = task(150, 1), task(40, 2)
    history = regressor.fit(
        *train, validation=validation, **{"epochs": epochs, "batch_size": 16, "patience": 3} | options
    )
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    return regressor, [row["validation_mse"] for row in history], validation


@pytest.fixture(scope="module")
def learned():
    return fitted()


def test_it_learns_and_answers_in_the_units_of_the_target(learned):
    regressor, errors, (texts, targets) = learned
    assert errors[-1] < 0.3 * np.var(targets) < errors[0]
    error = np.mean((regressor.predict(texts) - targets) ** 2)
    assert error == pytest.approx(min(errors), rel=1e-4)


class Spoil(keras.callbacks.Callback):
    """Turn the answer round from the fourth epoch on."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch >= 2:
            kernel, bias = self.model.layers[-1].get_weights()
            self.model.layers[-1].set_weights([-kernel, bias + 3])


def test_the_weights_of_the_best_epoch_are_kept_even_if_later_ones_are_worse():
    regressor, errors, (texts, targets) = fitted(patience=2, callbacks=[Spoil()])
    assert np.argmin(errors) == 2 and len(errors) == 5  # patience
    assert errors[-1] > 1.1 * min(errors)
    assert np.mean((regressor.predict(texts) - targets) ** 2) == pytest.approx(min(errors), rel=1e-4)


def test_one_seed_gives_one_course(learned):
    assert fitted()[1] == learned[1]


def test_an_unknown_character_counts_as_the_average_of_the_known(learned):
    regressor = learned[0]
    table = regressor.model.get_layer(TABLE).get_weights()[0]
    np.testing.assert_allclose(table[1], table[2:].mean(axis=0), rtol=1e-6)
    assert 400 < regressor.predict(["NNNN"])[0] < 1000


def test_a_training_that_diverges_says_so():
    with pytest.raises(DivergedError, match="lower the learning rate"):
        fitted(rate=1e30)


def test_too_little_memory_is_pythons_own_error(monkeypatch):
    def fit(*arguments, **options):
        raise OutOfMemory(None, None, "OOM when allocating a tensor")

    monkeypatch.setattr(keras.Model, "fit", fit)
    with pytest.raises(MemoryError):
        fitted()


ELSEWHERE = """
import sys
from lstm_lib.tuning import TextRegressor
regressor = TextRegressor.load(sys.argv[1])
print(*[float(v).hex() for v in regressor.predict(sys.argv[2:])], regressor.record["note"])
"""


def test_a_saved_model_predicts_the_same_in_another_process_and_place(learned, tmp_path):
    regressor = learned[0]
    texts = ["GATTACA", "CC", "NGG", "ACGTACGTACGT"]
    regressor.record["note"] = "ü"
    regressor.save(tmp_path / "a" / "m.keras")
    command = [sys.executable, "-X", "utf8", "-c", ELSEWHERE, str(tmp_path / "a" / "m.keras"), *texts]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True)
    *values, note = done.stdout.split()
    assert note == "ü" and [float.fromhex(v) for v in values] == regressor.predict(texts).tolist()


def test_the_file_is_what_is_documented_and_comes_back_whole(learned, tmp_path):
    regressor, errors, _ = learned
    regressor.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        about = json.loads(archive.read("about.json"))
    known = {"kind": KIND, "characters": "ACGT", "length": LENGTH, "low": 500.0, "high": max(task(150, 1)[1])}
    known |= {"encoding": "embedding", "embedding_size": 8, "bidirectional": True, "max_length": LENGTH, "seed": 4}
    assert about.items() >= known.items() and about["choices"]["hidden_size"] == 4
    record = {"epochs": 12, "batch_size": 16, "patience": 3, "epochs_run": len(errors)}
    record |= {"kept_epoch": int(np.argmin(errors)) + 1, "validation_mse": min(errors)}
    assert about["record"].items() >= record.items()
    assert about.keys() == {*known, "choices", "record"}
    loaded = TextRegressor.load(tmp_path / "m.keras")
    for name in ("choices", "symbols", "length", "low", "high", "record", "seed", "encoding"):
        assert getattr(loaded, name) == getattr(regressor, name), name


def test_fitting_again_learns_the_new_texts_and_forgets_the_old_ones():
    regressor = TextRegressor(Choices(hidden_size=2))
    for texts in (["abcab", "bb", "ca"], ["xy", "yyx"]):
        regressor.fit(texts, [1.0, 2.0, 4.0][: len(texts)], validation=(texts, [2.0] * len(texts)), epochs=1)
        assert regressor.length == max(map(len, texts)) and regressor.predict(["xya"]).shape == (1,)
        assert "".join(regressor.symbols.names) == "".join(sorted(set("".join(texts))))
    assert (regressor.low, regressor.high) == (1.0, 2.0)


def test_what_cannot_be_predicted_is_named():
    with pytest.raises(ValueError, match="has learned nothing yet"):
        TextRegressor().predict(["A"])
    with pytest.raises(TypeError, match="a list of texts"):
        fitted(epochs=1)[0].predict("GATTACA")


WRONG = [
    {"characters": "ACG"},
    {"characters": 4},
    {"characters": None},
    {"length": 0},
    {"length": "long"},
    {"low": float("nan")},
    {"low": "500"},
    {"low": 1e4},
    {"high": float("inf")},
    {"record": None},
    {"choices": {"hidden": 4}},
]


@pytest.mark.parametrize("changes", WRONG)
def test_a_file_that_says_too_little_or_nonsense_about_its_network_is_refused(learned, tmp_path, changes):
    learned[0].save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as old, zipfile.ZipFile(tmp_path / "w.keras", "w") as new:
        about = {k: v for k, v in (json.loads(old.read("about.json")) | changes).items() if v is not None}
        for name in old.namelist():
            new.writestr(name, json.dumps(about) if name == "about.json" else old.read(name))
    with pytest.raises(InputError, match=r"w\.keras: what it says about its network is incomplete or wrong"):
        TextRegressor.load(tmp_path / "w.keras")


def test_a_model_of_another_kind_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    for about, message in (
        ({"kind": "another"}, r"m\.keras: its kind is 'another', not 'lstm_lib\.tuning 3'"),
        ({"kind": KIND, "characters": "ACGT"}, r"m\.keras: what it says about its network is incomplete or wrong"),
    ):
        save_model(tmp_path / "m.keras", model, about)
        with pytest.raises(InputError, match=message):
            TextRegressor.load(tmp_path / "m.keras")
