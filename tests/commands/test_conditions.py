"""The commands under the conditions of a real machine: readers who go, full disks, strange paths, too little memory."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.forecasting import Forecaster

FORECAST = ("forecast", "--training.epochs", "2", "--model.members", "1", "--logging.file", "null")
SMALL = ("--epochs", "2", "--hidden-size", "8", "--embedding-size", "4", "--readout-size", "8")
CLASSIFY = ("classify", "--epochs", "1", "--sequences", "60", "--hidden-size", "4")
CHARS = ("chars", "train", "--epochs", "1", "--hidden-size", "8", "--batch-size", "4", "--window", "16")
TUNE = ("tune", "--trials", "1", "--epochs", "1", "--final-epochs", "6", "--batch-size", "32", "--train", "a.csv")
LINES = {  # a command and the file of its model in the folder "r"
    FORECAST: "model.safetensors",
    CLASSIFY: "model.keras",
    (*TUNE, "--test", "t.csv"): "model.keras",
    (*CHARS, "--text", "t.txt"): "model.safetensors",
    ("seq2seq", "train", *SMALL, "--train", "t.tsv"): "model.safetensors",
}
numpy_only = pytest.mark.numpy


@pytest.fixture
def folder(in_tmp):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("acgt"), 8)) for _ in range(120)]
    rows = [f"{word},{k * 0.1:.1f}" for k, word in enumerate(words)]
    (in_tmp / "a.csv").write_text("\n".join(["sequence,target", *rows]) + "\n")
    (in_tmp / "t.csv").write_text("\n".join(["id,sequence", *(f"{k},{w}" for k, w in enumerate(words[:9]))]) + "\n")
    (in_tmp / "t.txt").write_text(" ".join(words * 3))
    (in_tmp / "t.tsv").write_text("".join(f"{word}\t{word[::-1]}\n" for word in words))
    return in_tmp


def start(*argv, **options):
    """Run a command line in a process of its own."""
    command = [sys.executable, "-m", "lstm_lib.cli", *argv]
    root = str(Path(cli.__file__).parents[1])
    env = os.environ | {"PYTHONPATH": root} | options.pop("env", {})
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 240} | options
    return subprocess.run(command, check=False, env=env, **options)


def one_line(done, *words, code=2):
    """Hold that a command has ended in one line with these words, and return the line."""
    assert done.returncode == code, done.stderr
    error = done.stderr.splitlines()[-1:]
    assert "Traceback" not in done.stderr and all(word in error[0] for word in words), done.stderr
    return error[0]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("line", "model"),
    [pytest.param(*pair, id=pair[0][0], marks=numpy_only if pair[0] == FORECAST else ()) for pair in LINES.items()],
)
def test_a_reader_who_has_gone_silences_the_output_and_never_the_work(folder, line, model, unbuffered):
    read, write = os.pipe()
    os.close(read)
    done = start(*line, "--output", "r", stdout=write, env={"PYTHONUNBUFFERED": unbuffered})
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "r" / model).stat().st_size > 1000


@numpy_only
@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ("2>&-", 0),
        (">&-", 0),
        ("0<&- >&- 2>&-", 0),
        (">/dev/full", 2),
        ("2>/dev/full", 0),
        (">/dev/full 2>/dev/full", 2),
    ],
)
def test_with_a_closed_or_full_stream_the_work_is_done(folder, streams, code):
    if "full" in streams and not Path("/dev/full").exists():
        pytest.skip("only Linux has a device that is full")
    shell = f'exec "$@" {streams}'
    command = ["sh", "-c", shell, "sh", sys.executable, "-m", "lstm_lib.cli", *FORECAST, "--output", "r"]
    env = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == code
    told = "lstm-lib: error: cannot write to the standard output: No space left on device; files are written\n"
    assert done.stderr == (told if streams == ">/dev/full" else "")
    assert Forecaster.load(folder / "r" / "model.safetensors").predict(np.arange(99.0)).shape == (1,)


@numpy_only
def test_a_file_does_not_get_the_number_of_a_closed_stream():
    code = "import os; from lstm_lib.commands.streams import guarded\nwith guarded(): print(os.open('f', os.O_CREAT))"
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", code]
    with tempfile.TemporaryDirectory() as place:
        env = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place, env=env)
    assert int(done.stdout) > 2


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


@numpy_only
@pytest.mark.parametrize("place", ["r", "m.safetensors"])
def test_where_no_file_may_grow_a_command_ends_in_one_line(folder, place):
    before = sorted(folder.iterdir())
    done = start(*FORECAST, "--output", place, preexec_fn=limit_files)
    one_line(done, f"cannot write {place}", "File too large; choose another place")
    assert [p for p in folder.rglob("*") if p.is_file() and p not in before] == []


@pytest.fixture
def disk(folder):
    """Mount a disk with room for two small files."""
    place = folder / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=8k", "tmpfs", place], check=False).returncode:
        pytest.skip("nobody but root can mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            (*FORECAST, "--model.hidden-dim", "48", "--output", "disk/m.safetensors"), marks=numpy_only, id="forecast"
        ),
        pytest.param((*CLASSIFY, "--output", "disk/m.keras"), id="classify"),
        pytest.param((*CHARS, "--text", "t.txt", "--output", "disk/m.safetensors"), id="chars"),
    ],
)
def test_on_a_full_disk_the_model_is_saved_elsewhere(folder, disk, line):
    (folder / "elsewhere").mkdir()
    done = start(*line, env={"TMPDIR": str(folder / "elsewhere")})
    told = one_line(done, f"cannot write {line[-1]}: No space left on device; it was saved as ")
    assert Path(told.split("saved as ")[1]).stat().st_size > 8192
    assert list(disk.iterdir()) == []


@numpy_only
def test_a_run_whose_disk_is_full_goes_on_elsewhere(folder, disk):
    (folder / "elsewhere").mkdir()
    done = start(*FORECAST, "--output", "disk/r", env={"TMPDIR": str(folder / "elsewhere")})
    told = one_line(done, "the run was kept in ", "make room and go on with --resume --output ")
    done = start(*FORECAST, "--resume", "--output", told.split("--output ")[1])
    assert done.returncode == 0, done.stderr
    whole = start(*FORECAST, "--output", "whole")
    assert whole.returncode == 0
    left, right = Path(told.split("--output ")[1]) / "next.csv", folder / "whole" / "next.csv"
    assert left.read_bytes() == right.read_bytes()


LONG = "n" * 300
FLAGS = ("--config", "--output", "--model", "--plot", "--data", "--logging.file")


@numpy_only
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize(
    ("place", "told"),
    [
        (LONG, "File name too long"),
        (f"{LONG}/a", "File name too long"),
        ("pipe", "a file"),  # it is not
        ("loop", "symbolic links"),
        ("locked/a", "Permission denied"),
    ],
)
def test_a_strange_path_is_one_line(folder, capsys, monkeypatch, flag, place, told):
    place += ".png" * (flag == "--plot")
    for ending in ("", ".png"):
        os.mkfifo(folder / f"pipe{ending}")
        (folder / f"loop{ending}").symlink_to(f"loop{ending}")
    refuse_to_enter(monkeypatch, "locked")
    assert cli.main(["forecast", flag, place]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("lstm-lib: error: ") and told in error


@pytest.mark.parametrize(
    ("line", "key"),
    [
        pytest.param(("forecast",), "data.csv", marks=numpy_only),
        pytest.param(("forecast",), "logging.file", marks=numpy_only),
        (("classify",), "data"),
        (("chars", "train"), "data"),
        (("chars", "evaluate"), "model"),
        (("seq2seq", "train"), "train"),
        (("seq2seq", "evaluate"), "model"),
    ],
)
def test_a_name_with_nul_in_a_yaml_file_is_one_line(folder, capsys, line, key):
    section, _, name = key.rpartition(".")
    (folder / "c.yaml").write_text(f'{section}:\n  {name}: "a\\0b"\n' if section else f'{name}: "a\\0b"\n')
    assert cli.main([*line, "--config", "c.yaml"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "character NUL" in error


def refuse_to_enter(monkeypatch, name):
    """Let a folder be closed to the user; to root none is, whatever its permissions."""

    def closed(function):
        def call(path, *arguments, **options):
            if isinstance(path, str | os.PathLike) and f"{name}/" in os.fspath(path):
                raise PermissionError(13, "Permission denied", os.fspath(path))
            return function(path, *arguments, **options)

        return call

    for function in ("stat", "lstat", "open", "mkdir", "scandir"):
        monkeypatch.setattr(os, function, closed(getattr(os, function)))


@numpy_only
def test_a_deleted_working_directory_is_one_line(folder):
    (folder / "gone").mkdir()
    done = start(*FORECAST, cwd=folder / "gone", preexec_fn=lambda: os.rmdir(folder / "gone"))
    one_line(done, "the working directory can't be used: No such file or directory; change to another one")


@numpy_only
def test_a_read_only_output_is_not_replaced(folder, capsys):
    (folder / "r").mkdir()
    for name in ("r.json", "r/next.csv", "p.png"):
        (folder / name).write_text("mine")
        (folder / name).chmod(0o444)
    for flags in (("--output", "r.json"), ("--output", "r"), ("--plot", "p.png")):
        assert cli.main([*FORECAST, *flags]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1 and "it is read-only; choose another place, or make it writable" in error
    assert {(folder / name).read_text() for name in ("r.json", "r/next.csv", "p.png")} == {"mine"}


SAME = {  # a command that would write over the file that it reads: its words, and the file
    "forecast data": ((*FORECAST, "--data", "r/next.csv", "--output", "r"), "r/next.csv"),
    "forecast config": ((*FORECAST, "--config", "c.json", "--output", "c.json"), "c.json"),
    "forecast plot": ((*FORECAST, "--data", "a.png", "--plot", "a.png"), "a.png"),
    "forecast log": ((*FORECAST[:-2], "--data", "a.csv", "--logging.file", "a.csv"), "a.csv"),
    "forecast state": (
        (*FORECAST, "--data", "r/unfinished/member-0.csv", "--output", "r"),
        "r/unfinished/member-0.csv",
    ),
    "classify data": ((*CLASSIFY, "--data", "r/predictions.csv", "--output", "r"), "r/predictions.csv"),
    "classify model": (("classify", "--data", "a.csv", "--model", "m.csv", "--output", "m.csv"), "m.csv"),
    "tune train": ((*TUNE[:-1], "r/report.json", "--test", "t.csv", "--save", "r"), "r/report.json"),
    "tune test": ((*TUNE, "--test", "p.csv", "--output", "p.csv"), "p.csv"),
    "tune link": ((*TUNE, "--test", "t.csv", "--output", "link.csv"), "t.csv"),
    "tune model": (("tune", "--test", "t.csv", "--model", "m.csv", "--output", "m.csv"), "m.csv"),
    "chars text": ((*CHARS, "--text", "r/model.safetensors", "--output", "r"), "r/model.safetensors"),
    "chars scores": (("chars", "evaluate", "--data", "r/scores.csv", "--output", "r"), "r/scores.csv"),
    "chars report": (("chars", "compare", "--data", "r/report.md", "--output", "r"), "r/report.md"),
    "seq2seq train": (("seq2seq", "train", *SMALL, "--train", "r/log.csv", "--output", "r"), "r/log.csv"),
    "seq2seq dev": (
        ("seq2seq", "train", *SMALL, "--train", "t.tsv", "--dev", "r/times.csv", "--output", "r"),
        "r/times.csv",
    ),
    "seq2seq test": (
        ("seq2seq", "evaluate", "--test", "r/predictions.tsv", "--output", "r"),
        "r/predictions.tsv",
    ),
    "seq2seq model": (("seq2seq", "evaluate", "--model", "m.json", "--output", "m.json"), "m.json"),
    "seq2seq plot": (("seq2seq", "translate", "ab", "--model", "m.png", "--plot", "m.png"), "m.png"),
}


@pytest.mark.parametrize("case", SAME)
def test_an_input_is_never_an_output(folder, capsys, case):
    argv, file = SAME[case]
    (folder / "link.csv").symlink_to("t.csv")
    (folder / "r" / "unfinished").mkdir(parents=True)
    (folder / "r" / "model.safetensors").touch()
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    if not (folder / file).exists() or not (folder / file).stat().st_size:
        shutil.copy("a.csv", file)
    if case == "forecast config":
        (folder / file).write_text('{"training": {"epochs": 1}}')
    before = (folder / file).read_bytes()
    assert cli.main(list(argv)) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and ("are the same file" in error or "kept for unfinished runs" in error), error
    assert (folder / file).read_bytes() == before


@numpy_only
def test_an_exception_that_nobody_foresaw_is_70_and_its_traceback_in_a_file(tmp_path, monkeypatch, capsys):
    class OddError(Exception):
        def __str__(self):
            raise ZeroDivisionError

    for error in (KeyError("no such key"), OddError()):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        told = fail_with(monkeypatch, capsys, error, code=70)
        assert "this should not happen" in told and told.count("\n") == 1
        name = told.strip().split("please report it with the file ")[1]
        report = Path(name).read_text()
        assert "Traceback" in report and type(error).__name__ in report and "['forecast', '--output', 'é']" in report
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    told = fail_with(monkeypatch, capsys, KeyError("no such key"), code=70)
    assert "Traceback" in told and told.strip().endswith("please report it with the lines above")


def fail_with(monkeypatch, capsys, error, *, code):
    """Let a command end in an exception, and return what it prints on the standard error."""

    def main(argv):
        raise error

    monkeypatch.setattr("lstm_lib.commands.forecast.run.main", main)
    assert cli.main(["forecast", "--output", "é"]) == code
    return capsys.readouterr().err


def test_too_little_memory_in_pytorch_is_one_line(monkeypatch, capsys, torch):
    with pytest.raises(RuntimeError) as told:
        torch.empty(2**48)
    error = fail_with(monkeypatch, capsys, told.value, code=2)
    assert "not enough memory for another 1,125,899.9 GB; take fewer or shorter sequences, units or layers" in error


@numpy_only
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "not enough memory for another 2.00 GiB;"),
        (RuntimeError("std::bad_alloc"), "not enough memory; take"),
        (OSError(12, "Cannot allocate memory"), "not enough memory; take"),
        (OSError(28, "No space left on device"), "error: No space left on device; name another place"),
        (PermissionError(13, "Permission denied", "x.csv"), "error: x.csv: Permission denied; name another place"),
    ],
)
def test_what_the_system_refuses_is_one_line(monkeypatch, capsys, error, told):
    line = fail_with(monkeypatch, capsys, error, code=2)
    assert line.count("\n") == 1 and told in line
