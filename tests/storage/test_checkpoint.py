"""Files are whole or absent, and a stopped run goes on as if never stopped."""

import os

import numpy as np
import pytest

from lstm_lib.errors import InputError
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.storage import checkpoint
from lstm_lib.storage.checkpoint import Run, load, save
from lstm_lib.storage.writing import HERE
from lstm_lib.training.loop import fit

pytestmark = pytest.mark.numpy


def test_what_was_saved_comes_back(tmp_path):
    arrays = {"W": np.random.default_rng(0).normal(size=(3, 2)), "n": np.array(7), "t": np.arange(6.0).reshape(2, 3).T}
    meta = {"epoch": 3, "history": [{"loss": 0.1}], "name": "sé"}
    save(tmp_path / "deep" / "a.safetensors", arrays, meta)
    again, meta_again = load(tmp_path / "deep" / "a.safetensors")
    assert meta_again == meta
    for name, array in arrays.items():
        assert again[name].shape == array.shape
        np.testing.assert_array_equal(again[name], array)


def test_a_name_of_a_file_that_is_not_utf_8_comes_back(tmp_path):
    odd = os.fsdecode(b"caf\xe9")
    about = {"settings": {"train": f"{odd}.tsv", odd: ["é", "\U0001f600"]}}
    checkpoint.save(tmp_path / "m.safetensors", {"W": np.ones(2)}, about)
    assert checkpoint.load(tmp_path / "m.safetensors")[1] == about


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 a zip", b"\x80\x04\x95 a pickle"])
def test_a_foreign_file_is_named_and_never_unpickled(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.safetensors: not a checkpoint"):
        load(path)


def test_a_file_cut_short_is_named(tmp_path):
    path = tmp_path / "a.safetensors"
    save(path, {"W": np.ones((40, 40))}, {})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cut short"):
        load(path)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ("lstm_lib.fish 2", r"a\.safetensors: saved as lstm_lib\.fish 2, but this library reads version 1"),
        ("lstm_lib.fowl 1", r"a\.safetensors: not a model of lstm_lib\.fish"),
        ("lstm_lib.fish", "reads version 1"),
        (None, "not a model of"),
        ({"fish": 1}, "not a model of"),
    ],
)
def test_a_model_of_another_kind_or_version_is_named(tmp_path, found, message):
    path = tmp_path / "a.safetensors"
    save(path, {"W": np.ones(2)}, {"kind": "lstm_lib.fish 1"})
    assert load(path, kind="lstm_lib.fish 1")[0]["W"].sum() == 2
    save(path, {"W": np.ones(2)}, {"kind": found})
    with pytest.raises(InputError, match=message):
        load(path, kind="lstm_lib.fish 1")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "none.safetensors")


def test_a_checkpoint_of_another_model_is_named(tmp_path):
    xs, ys = np.ones((4, 3, 1), np.float32), np.ones((4, 1), np.float32)
    options = {"epochs": 1, "batch_size": 4, "learning_rate": 0.1, "seed": 0}
    fit(SequenceRegressor(1, 2, 1, seed=0), xs, ys, run=Run(tmp_path, {}), **options)
    with pytest.raises(InputError, match="that of another model"):
        fit(SequenceRegressor(1, 1, 1, seed=0), xs, ys, run=Run(tmp_path, {}), **options)


@pytest.mark.parametrize(
    ("start", "value"),
    [("model.", np.nan), ("step.mean", np.inf), ("step.square", -1.0), ("step.square", np.nan), ("step.steps", -1)],
)
def test_a_state_that_was_tampered_with_is_refused(tmp_path, start, value):
    xs, ys = np.ones((4, 3, 1), np.float32), np.ones((4, 1), np.float32)
    options = {"epochs": 1, "batch_size": 4, "learning_rate": 0.1, "seed": 0}
    fit(SequenceRegressor(1, 2, 1, seed=0), xs, ys, run=Run(tmp_path, {}), **options)
    arrays, meta = Run(tmp_path, {}).resume("model")
    name = next(name for name in arrays if name.startswith(start))
    Run(tmp_path, {}).save("model", arrays | {name: np.full_like(arrays[name], value)}, meta)
    with pytest.raises(InputError, match="that of another model"):
        fit(SequenceRegressor(1, 2, 1, seed=0), xs, ys, run=Run(tmp_path, {}), **options | {"epochs": 2})


def test_settings_of_a_run_that_refer_to_themselves_are_none(tmp_path):
    Run(tmp_path, {"seed": 1})
    (tmp_path / "settings.yaml").write_text("kind: lstm_lib.run 1\na: &a [1, 2]\nb: [*a, *a]\n")
    with pytest.raises(InputError, match="not the settings of a training run"):
        Run(tmp_path, {"seed": 1})


def test_a_run_stopped_after_its_best_epoch_still_ends_with_that_epoch(tmp_path):
    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(20, 5, 2)), rng.normal(size=(20, 1))
    options = {"epochs": 60, "batch_size": 4, "learning_rate": 0.05, "seed": 3, "schedule": "constant"}
    options |= {"validation": (rng.normal(size=(9, 5, 2)), rng.normal(size=(9, 1))), "patience": 8}
    whole = SequenceRegressor(2, 4, 1, seed=1, dtype=np.float64)
    history = fit(whole, xs, ys, **options)
    best = int(np.argmin([row["validation_loss"] for row in history]))
    assert best < len(history) - 3

    def stop(row):
        if row["epoch"] == best + 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(
            SequenceRegressor(2, 4, 1, seed=1, dtype=np.float64),
            xs,
            ys,
            run=Run(tmp_path, {}),
            on_epoch=stop,
            **options,
        )
    resumed = SequenceRegressor(2, 4, 1, seed=1, dtype=np.float64)
    assert fit(resumed, xs, ys, run=Run(tmp_path, {}), **options) == history
    for name, p in whole.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[name], p)


def test_a_run_refuses_other_settings_and_names_the_first_that_differs(tmp_path):
    Run(tmp_path / "run", {"data": {"seed": 1, "name": "sine"}})
    Run(tmp_path / "run", {"data": {"seed": 1, "name": "sine"}})
    with pytest.raises(InputError, match=r"data\.seed=1, not 2"):
        Run(tmp_path / "run", {"data": {"seed": 2, "name": "sine"}})


def test_a_run_with_unreadable_settings_is_named(tmp_path):
    (tmp_path / "settings.yaml").write_text("- just\n- a list\n")
    with pytest.raises(InputError, match="not the settings of a training run"):
        Run(tmp_path, {"a": 1})


def test_a_folder_with_files_that_no_run_wrote_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_text("a user's")
    with pytest.raises(InputError, match="holds files that no run wrote; move them"):
        Run(tmp_path, {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_run_whose_disk_fills_up_goes_on_from_the_temporary_directory(tmp_path, full_disk):
    folder, elsewhere = full_disk(tmp_path)
    run = Run(folder / "unfinished", {"a": 1})
    run.save("early", {"x": np.zeros(2)}, {})
    run.save("late", {"x": np.zeros(2)}, {"epoch": 1})
    full_disk.fill()
    with pytest.raises(
        InputError, match=r"No space left on device; the run was kept in .*: make room and go on"
    ) as told:
        run.save("late", {"x": np.ones(2)}, {"epoch": 2})
    (kept,) = elsewhere.iterdir()
    assert f"--resume --output {kept}" in str(told.value)
    again = Run(kept / "unfinished", {"a": 1})
    assert again.resume("late")[1] == {"epoch": 2} and again.resume("early")[0]["x"].sum() == 0
    assert run.resume("late")[1] == {"epoch": 1}  # what was there before is there


def test_a_run_is_known_by_its_mark_and_removed_without_what_is_not_its_own(tmp_path, ended_process):
    assert not Run.unfinished(tmp_path / "run")
    Run(tmp_path / "run", {"a": 1}).save("earlier", {"x": np.zeros(2)}, {})
    assert Run.unfinished(tmp_path / "run")
    run = Run(tmp_path / "run", {"a": 1})
    run.resume("earlier")
    run.save("later", {"x": np.zeros(2)}, {})
    (tmp_path / "run" / f"{HERE}{ended_process()}-x.safetensors").write_text("killed here")
    (tmp_path / "run" / "mine.safetensors").write_text("a user's")
    run.remove()
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["mine.safetensors"]
    assert not Run.unfinished(tmp_path / "run")
    (tmp_path / "run" / "settings.yaml").write_text("kind: mine\na: 1\n")
    assert not Run.unfinished(tmp_path / "run")
    (tmp_path / "run" / "settings.yaml").unlink()
    (tmp_path / "run" / "mine.safetensors").unlink()
    Run(tmp_path / "run", {"a": 2}).remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("stopped_after", [1, 3, 4])
def test_a_run_stopped_after_any_epoch_ends_with_the_same_weights(tmp_path, optimizer, stopped_after):
    rng = np.random.default_rng(0)
    xs, ys = rng.normal(size=(23, 5, 2)).astype(np.float32), rng.normal(size=(23, 1)).astype(np.float32)
    options = {
        "epochs": 5,
        "batch_size": 4,
        "learning_rate": 0.05,
        "seed": 3,
        "optimizer": optimizer,
        "validation": (xs[:6], ys[:6]),
    }
    whole = SequenceRegressor(2, 4, 1, seed=1)
    history = fit(whole, xs, ys, **options)

    def stop(row):
        if row["epoch"] == stopped_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(SequenceRegressor(2, 4, 1, seed=1), xs, ys, run=Run(tmp_path, {}), on_epoch=stop, **options)
    resumed = SequenceRegressor(2, 4, 1, seed=99)  # its own first weights must not matter
    assert fit(resumed, xs, ys, run=Run(tmp_path, {}), **options) == history
    for name, p in whole.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[name], p)


def test_the_module_does_not_import_pickle():
    assert "pickle" not in vars(checkpoint)


def test_a_file_whose_header_is_no_mapping_is_refused(tmp_path):
    checkpoint.save(tmp_path / "a.safetensors", {"x": np.zeros(2)}, ["not", "a", "mapping"])
    with pytest.raises(InputError, match="not a checkpoint of this library"):
        checkpoint.load(tmp_path / "a.safetensors")
