"""``lstm-lib forecast`` with a saved model: what it wrote, it uses; what it can't use, it names in one line."""

import json

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.forecasting import Forecaster
from lstm_lib.storage import checkpoint

pytestmark = pytest.mark.numpy

WRITTEN = ["forecast.png", "model.safetensors", "next.csv", "results.json"]  # into a folder
SMALL = ("--epochs", "2", "--members", "1")


def run(*argv):
    return cli.main(["forecast", *argv, *([] if "--model" in argv[0] else ["--logging.file", "null"])])


def result(path):
    with open(path) as file:
        return json.load(file)


@pytest.fixture
def trained(in_tmp):
    """A folder with a model of the column "sales", the first 80 rows, and a file with 20 more."""
    sales = 50 + 20 * np.sin(np.arange(100) / 2)
    rows = [f"{k},x{k},{v:.3f}\n" for k, v in enumerate(sales)]
    (in_tmp / "long.csv").write_text("day,text,sales\n" + "".join(rows))
    (in_tmp / "sales.csv").write_text("text,sales\n" + "".join(row.split(",", 1)[1] for row in rows[:80]))
    flags = ("--data", "sales.csv", "--data.n_test", "10", "--window", "8", "--epochs", "4", "--members", "2")
    assert run(*flags, "--output", "run") == 0
    return in_tmp


def test_a_folder_gets_everything_and_a_file_one_thing(trained):
    assert sorted(p.name for p in (trained / "run").iterdir()) == WRITTEN
    out = result("run/results.json")
    assert out["series"] == "sales" and out["config"]["model"]["members"] == 2
    lines = (trained / "run" / "next.csv").read_text().splitlines()
    assert lines[0] == "time,forecast" and len(lines) == 12
    assert [float(v) for v in lines[1].split(",")] == [81, out["forecast"]["values"][0]]
    before = sorted(p.name for p in trained.iterdir())
    for name in ("m.safetensors", "n.csv"):
        assert run("--data", "sales.csv", "--data.n_test", "10", *SMALL, "--output", name) == 0
    assert sorted(p.name for p in trained.iterdir()) == sorted([*before, "m.safetensors", "n.csv"])


def test_a_saved_model_is_tested_on_what_it_was_not_trained_on(trained, capsys):
    known = result("run/results.json")
    assert run("--model", "run", "--data", "sales.csv", "--output", "again.json") == 0
    again = result("again.json")
    assert again["test_loss"] == known["test_loss"] and again["test"] == known["test"]
    assert again["forecast"] == known["forecast"]
    assert again["baselines"] == {"persistence": known["baselines"]["persistence"]}
    capsys.readouterr()
    assert (
        run("--model=run/model.safetensors", "--data.csv", "long.csv", "--data.column", "sales", "--output", "u") == 0
    )
    printed = capsys.readouterr().out
    assert sorted(p.name for p in (trained / "u").iterdir()) == [n for n in WRITTEN if n != "model.safetensors"]
    used = result("u/results.json")
    assert len(used["test"]["observed"]) == 30  # of 100 values, 70 were learned
    assert used["test"]["observed"][:10] == known["test"]["observed"]
    values = [float(line.split(",")[2]) for line in (trained / "long.csv").read_text().splitlines()[1:]]
    steps = np.diff(values)[69:]
    assert used["baselines"]["persistence"] == pytest.approx(np.mean(steps**2))
    assert f"{used['test_loss']:.6g}" in printed and "30 windows that the model was not trained on" in printed
    assert "next values: 100: " in printed  # the column "day" counts from 0


def test_what_the_command_saved_is_loaded_in_python(trained):
    values = [float(line.split(",")[1]) for line in (trained / "sales.csv").read_text().splitlines()[1:]]
    forecaster = Forecaster.load("run/model.safetensors")
    assert forecaster.predict(values, steps=11).tolist() == result("run/results.json")["forecast"]["values"]
    assert forecaster.record["series"] == "sales" and forecaster.record["data"]["csv"] == "sales.csv"


def test_what_python_saved_is_used_by_the_command(trained, capsys):
    forecaster, values = Forecaster(4, window=8), np.sin(np.arange(40) / 2)
    forecaster.fit(values, epochs=5)
    forecaster.save("own.safetensors")
    (trained / "own.csv").write_text("v\n" + "".join(f"{v!r}\n" for v in values.tolist()))
    assert run("--model", "own.safetensors", "--data", "own.csv", "--output", "own.json") == 0
    assert result("own.json")["forecast"]["values"] == forecaster.predict(values, steps=11).tolist()
    assert "too few values after those that the model was trained on" in capsys.readouterr().out
    (trained / "short.csv").write_text("v\n" + "2\n" * 8)  # one window, nothing after it
    assert run("--model", "own.safetensors", "--data", "short.csv", "--plot", "own.svg") == 0
    assert run("--model", "own.safetensors") == 2
    assert "--model needs the series to continue" in capsys.readouterr().err


def test_a_model_of_a_packaged_series_continues_it(in_tmp, capsys):
    assert run(*SMALL, "--output", "spots") == 0
    first = capsys.readouterr().out.splitlines()
    assert run("--model", "spots") == 0
    second = capsys.readouterr().out.splitlines()
    lstm, following = [line for line in first if line.startswith(("LSTM", "next values"))]
    assert lstm in second and following in second
    sine = ("--data.name", "sine", "--data.n_train", "90", "--data.n_test", "30")
    assert run(*sine, *SMALL, "--output", "sine.safetensors") == 0
    assert run("--model", "sine.safetensors") == 0
    assert "sine: mean squared error on 31 windows" in capsys.readouterr().out
    assert run("--model", "sine.safetensors", "--data.name", "sunspots") == 0


USED_BADLY = {
    "no such model": (("--model", "none"), "--model none: no such file or folder"),
    "no model in the folder": (("--model", "."), "the folder holds no model.safetensors"),
    "not a model": (("--model", "sales.csv", "--data", "long.csv"), "sales.csv: not a checkpoint of this library"),
    "a model of another kind": (("--model", "other.safetensors"), "not a model of lstm_lib.forecasting"),
    "an unreadable record": (("--model", "odd.safetensors"), "record of the model can't be read"),
    "no data": (("--model", "run"), "give it with --data FILE.csv"),
    "too short": (
        ("--model", "run", "--data", "short.csv"),
        "short.csv: 3 values are too few for the",
    ),
    "another column": (("--model", "run", "--data", "long.csv", "--column", "day"), "trained on the column 'sales'"),
    "no such column": (("--model", "run", "--data", "other.csv"), "no column 'sales'; the header has 'price'"),
    "no number": (("--model", "run", "--data", "hole.csv"), "hole.csv, line 3, column 'sales'"),
    "a setting of training": (("--model", "run", "--data", "long.csv", "--epochs", "3"), "leave out --training.epochs"),
    "resume": (("--model", "run", "--data", "long.csv", "--resume"), "leave out --resume"),
    "output over the model": (
        ("--model", "run", "--data", "long.csv", "--output", "run"),
        "--output run holds the model",
    ),
    "output over the data": (("--model", "run", "--data", "long.csv", "--output", "long.csv"), "same file"),
    "output of a model": (
        ("--model", "run", "--data", "long.csv", "--output", "m.safetensors"),
        "ends in .json or .csv",
    ),
}


@pytest.mark.parametrize("case", USED_BADLY)
def test_a_model_that_cannot_be_used_is_one_line_and_nothing_changes(trained, capsys, case):
    argv, message = USED_BADLY[case]
    (trained / "short.csv").write_text("sales\n1\n2\n3\n")
    (trained / "hole.csv").write_text('sales\n1\n""\n3\n')
    (trained / "other.csv").write_text("price\n" + "1\n" * 20)
    arrays, about = checkpoint.load("run/model.safetensors")
    checkpoint.save("other.safetensors", arrays, about | {"kind": "lstm_lib.char_lm 1"})
    checkpoint.save("odd.safetensors", arrays, about | {"record": about["record"] | {"data": {"n_train": "many"}}})
    before = {p: p.read_bytes() for p in trained.rglob("*") if p.is_file()}
    capsys.readouterr()
    assert run(*argv) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and message in captured.err, captured.err
    assert {p: p.read_bytes() for p in trained.rglob("*") if p.is_file()} == before
