"""Files are whole or absent, and a stopped run goes on as if never stopped."""

import numpy as np
import pytest

from lstm_lib import checkpoint
from lstm_lib.checkpoint import Run, atomic, load, require_writable, save, write_json
from lstm_lib.core.errors import InputError
from lstm_lib.regressor import SequenceRegressor
from lstm_lib.training import fit


def test_what_was_saved_comes_back(tmp_path):
    arrays = {"W": np.random.default_rng(0).normal(size=(3, 2)), "n": np.array(7), "t": np.arange(6.0).reshape(2, 3).T}
    meta = {"epoch": 3, "history": [{"loss": 0.1}], "name": "sé"}
    save(tmp_path / "deep" / "a.safetensors", arrays, meta)
    again, meta_again = load(tmp_path / "deep" / "a.safetensors")
    assert meta_again == meta
    for name, array in arrays.items():
        assert again[name].shape == array.shape
        np.testing.assert_array_equal(again[name], array)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "r.json"
    write_json(path, {"a": 1})
    before = path.read_text()
    with pytest.raises(ValueError, match="Out of range"):
        write_json(path, {"a": float("nan")})
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


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


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such checkpoint"):
        load(tmp_path / "none.safetensors")


def test_a_place_that_cannot_be_written_is_named_before_and_after(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "r.json", tmp_path):
        with pytest.raises(InputError, match="cannot write"):
            require_writable(place)
        with pytest.raises(InputError, match="cannot write"):
            write_json(place, {})
    require_writable(tmp_path / "new" / "r.json")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_run_refuses_other_settings_and_names_the_first_that_differs(tmp_path):
    Run(tmp_path / "run", {"data": {"seed": 1, "name": "sine"}})
    Run(tmp_path / "run", {"data": {"seed": 1, "name": "sine"}})
    with pytest.raises(InputError, match=r"data\.seed=1, not 2"):
        Run(tmp_path / "run", {"data": {"seed": 2, "name": "sine"}})


def test_a_run_with_unreadable_settings_is_named(tmp_path):
    (tmp_path / "settings.yaml").write_text("- just\n- a list\n")
    with pytest.raises(InputError, match="not readable"):
        Run(tmp_path, {"a": 1})


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
