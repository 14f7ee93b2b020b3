"""What --output, --resume and --model mean, for every command."""

import os

import numpy as np
import pytest

from lstm_lib.commands import output
from lstm_lib.errors import DivergedError, InputError

pytestmark = pytest.mark.numpy

NAMES = ("results.json", "more.json", "model.safetensors", "plot.png")


def test_one_file_by_its_ending_or_a_folder_with_everything(in_tmp):
    assert output.locate(None, NAMES) == output.Output()
    assert output.locate("new/b.JSON", NAMES) == output.Output(None, {"results.json": "new/b.JSON"})
    assert output.locate("b.safetensors", NAMES).files == {"model.safetensors": "b.safetensors"}
    (in_tmp / "is.json").mkdir()
    for folder in ("run", "run/", "v1.2", "new.dir/", "is.json"):
        found = output.locate(folder, NAMES)
        assert found.folder == folder
        assert found.files == {name: os.path.join(folder, name) for name in NAMES}
    assert [p.name for p in in_tmp.iterdir()] == ["is.json"]  # nothing is made before there is something to write


@pytest.mark.parametrize("place", ["b.txt", "b.csv", "b.png", "b.pt", "file"])
def test_a_kind_that_the_command_cannot_write_is_refused(in_tmp, place):
    (in_tmp / "file").write_text("")
    with pytest.raises(InputError, match=rf"--output {place}: must be .* ends in \.json or \.safetensors$"):
        output.locate(place, NAMES)


@pytest.mark.parametrize("place", ["file/new", "file/b.json", "run"])
def test_a_place_that_cannot_be_written_to_is_refused_at_once(in_tmp, place):
    (in_tmp / "file").write_text("")
    (in_tmp / "run" / "results.json").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot write"):
        output.locate(place, NAMES)


@pytest.mark.parametrize(
    ("place", "data", "named"),
    [("d.json", "./d.json", "--output and --data"), ("run", "run/results.json", "results.json and --data")],
)
def test_an_output_that_is_an_input_is_refused(in_tmp, place, data, named):
    output.locate(place, NAMES).require_apart({"--data": None})
    output.locate(None, NAMES).require_apart({"--data": data})
    with pytest.raises(InputError, match=f"{named} are the same file"):
        output.locate(place, NAMES).require_apart({"--data": data})


def states(out, settings, *, resume, error=None):
    """Train a little, with an error or without; return what was resumed."""
    with out.training("tests", settings, resume=resume) as run:
        found = run.resume("state")
        run.save("state", {"x": np.ones(1)}, {})
        if error:
            raise error
    return found


def test_an_unfinished_run_waits_for_resume_and_goes_when_it_has_ended(in_tmp):
    out = output.locate("run", NAMES)
    with pytest.raises(KeyboardInterrupt):
        states(out, {"a": 1}, resume=True, error=KeyboardInterrupt())  # nothing there: it begins
    with pytest.raises(InputError, match="run holds an unfinished run; add --resume, or name another folder"):
        states(out, {"a": 1}, resume=False)
    with pytest.raises(InputError, match="a=1, not 2"):
        states(out, {"a": 2}, resume=True)
    with pytest.raises(InputError, match="command=tests, not others"), out.training("others", {"a": 1}, resume=True):
        pass
    (in_tmp / "run" / "notes.txt").write_text("mine")
    assert states(out, {"a": 1}, resume=True) is not None
    assert [p.name for p in (in_tmp / "run").iterdir()] == ["notes.txt"]
    assert states(out, {"a": 1}, resume=False) is None


def test_a_run_that_diverged_is_over(in_tmp):
    out = output.locate("run", NAMES)
    with pytest.raises(DivergedError):
        states(out, {"a": 1}, resume=False, error=DivergedError("training diverged"))
    assert states(out, {"a": 2}, resume=False) is None


def test_a_run_that_ended_before_its_first_state_leaves_nothing(in_tmp):
    out = output.locate("run", NAMES)
    with pytest.raises(InputError, match="too few"), out.training("tests", {"a": 1}):
        raise InputError("too few")
    with pytest.raises(InputError, match="disk full"):
        states(out, {"a": 2}, resume=False, error=InputError("disk full"))
    assert states(out, {"a": 2}, resume=True) is not None  # but what it had learned is kept


@pytest.mark.parametrize("place", [None, "b.json"])
def test_only_a_folder_can_be_resumed_from(in_tmp, place):
    out = output.locate(place, NAMES)
    with out.training("tests", {}) as run:
        assert run is None
    with pytest.raises(InputError, match="--resume needs --output FOLDER"), out.training("tests", {}, resume=True):
        pass


def test_a_model_is_a_file_or_the_folder_that_holds_it(in_tmp):
    out = output.locate("run", NAMES)
    with pytest.raises(InputError, match="--model run: no such file or folder"):
        output.find_model("run")
    with pytest.raises(KeyboardInterrupt):
        states(out, {}, resume=False, error=KeyboardInterrupt())
    with pytest.raises(InputError, match=r"holds no model\.safetensors; its run is unfinished"):
        output.find_model("run")
    states(out, {}, resume=True)
    with pytest.raises(InputError, match=r"holds no model\.safetensors; name one"):
        output.find_model("run")
    (in_tmp / "run" / "model.safetensors").write_text("")
    assert output.find_model("run") == output.find_model("run/model.safetensors") == "run/model.safetensors"


def test_the_help_names_what_can_be_written():
    assert output.describe(NAMES).endswith("or one file that ends in .json or .safetensors")
