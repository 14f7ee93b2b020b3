"""The command line, as a stranger uses it: in its own process, in an empty folder, with wrong input too."""

import dataclasses
import importlib
import json
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from examples import SEED_YAML

from lstm_lib import cli
from lstm_lib.commands.forecast import settings as st
from lstm_lib.data.series import windows

pytestmark = pytest.mark.numpy

# The same keys, small enough for a test.
QUICK = SEED_YAML.replace("2000", "300").replace("500", "60").replace("epochs: 20", "epochs: 2").replace("32", "8")
WRITTEN = ["forecast.png", "model.safetensors", "next.csv", "results.json"]  # into a folder
SMALL = ["--training.epochs", "2", "--model.members", "1"]


@pytest.fixture
def folder(in_tmp):
    (in_tmp / "config.yaml").write_text(QUICK)
    yield in_tmp
    log = logging.getLogger("lstm_lib")
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def run(*argv):
    return cli.main(["forecast", *argv])


def result(path="results.json"):
    with open(path) as file:
        return json.load(file)


def test_the_seeds_yaml_runs_verbatim_and_writes_what_it_promises(folder, capsys):
    (folder / "config.yaml").write_text(SEED_YAML)
    assert run("--config", "config.yaml", "--training.epochs", "1", "--output", "results.json") == 0
    out = result()
    assert {"train_loss", "test_loss", "baselines", "noise_floor", "seed", "config"} <= out.keys()
    assert out["seed"] == 42 and out["config"]["data"]["n_train"] == 2000
    assert len(out["test"]["observed"]) == 500
    assert out["noise_floor"] < out["baselines"]["best_possible"] < out["baselines"]["linear_ar"]
    assert out["baselines"]["linear_ar"] < out["baselines"]["persistence"] < out["baselines"]["training_mean"]
    printed = capsys.readouterr().out
    assert f"{out['test_loss']:.6g}" in printed and "persistence" in printed
    assert "train loss" in (folder / "logs" / "app.log").read_text()


def test_the_same_seed_gives_the_same_json_and_another_seed_another(folder):
    texts = []
    for seed in ("7", "7", "8"):
        assert run("--config", "config.yaml", "--data.random_seed", seed, "--output", "results.json") == 0
        texts.append((folder / "results.json").read_text())
    assert texts[0] == texts[1] != texts[2]


def seed_of(*argv):
    assert run("--config", "config.yaml", *argv, "--output", "results.json") == 0
    return result()["seed"]


def test_precedence_is_flag_environment_dotenv_yaml(folder, monkeypatch):
    assert seed_of() == 42
    (folder / ".env").write_text("RANDOM_SEED=1\n")
    assert seed_of() == 1
    monkeypatch.setenv("RANDOM_SEED", "2")
    assert seed_of() == 2
    assert seed_of("--data.random_seed", "3") == 3
    assert run("--data.random_seed=3", "--output=results.json", "--config=config.yaml") == 0  # wherever the flag stands
    assert result()["seed"] == 3


@pytest.mark.parametrize("flag", ["--data.random_seed", "--data.random-seed", "--seed"])
def test_a_seed_flag_makes_the_environment_irrelevant(folder, monkeypatch, flag):
    monkeypatch.setenv("RANDOM_SEED", "not a number")
    assert seed_of(flag, "5") == seed_of(f"{flag}=5") == 5


def test_the_short_form_is_a_flag_alone(folder, capsys):
    assert run("--config", "config.yaml", "--seed", "many") == 2
    assert "data.random_seed" in capsys.readouterr().err
    (folder / "config.yaml").write_text(QUICK + "seed: 3\n")
    assert run("--config", "config.yaml") == 2
    assert "seed" in capsys.readouterr().err


def test_without_a_config_the_sunspots_are_forecast(folder, capsys):
    assert run(*SMALL, "--output", "results.json", "--plot", "forecast.png") == 0
    out = result()
    assert out["series"] == "sunspots" and out["noise_floor"] is None
    assert out["forecast"]["times"][0] == 2009 and len(out["forecast"]["values"]) == 11
    assert out["baselines"]["persistence"] == pytest.approx(32.90**2, rel=1e-3)
    assert (folder / "forecast.png").read_bytes().startswith(b"\x89PNG")
    assert "2009" in capsys.readouterr().out


def test_a_users_column_is_forecast(folder):
    rows = "\n".join(f"{k},{(k % 7) * 1.5 - 3}" for k in range(80))
    (folder / "mine.csv").write_text(f"day,sales\n{rows}\n")
    assert (
        run("--data.csv", "mine.csv", "--data.column", "sales", "--data.n_test", "null", *SMALL, "--output", "r.json")
        == 0
    )
    out = result("r.json")
    assert out["series"] == "sales" and "linear_ar_sqrt" not in out["baselines"]
    assert out["baselines"]["linear_ar"] < 1e-9  # a period of 7 in a window of 18 is linear


def test_short_forms_are_the_seeds_keys(folder):
    flags = ("--window", "9", "--seed=3", "--hidden-size", "5", "--layers=2", "--members", "2", "--epochs", "1")
    assert (
        run("--config", "config.yaml", *flags, "--learning_rate", "0.01", "--batch-size", "16", "--output", "r.json")
        == 0
    )
    config = result("r.json")["config"]
    assert (config["data"]["sequence_length"], config["data"]["random_seed"]) == (9, 3)
    assert [config["model"][key] for key in ("hidden_dim", "layers", "members")] == [5, 2, 2]
    assert [config["training"][key] for key in ("epochs", "learning_rate", "batch_size")] == [1, 0.01, 16]


def test_several_steps_at_once_and_stacked_layers(folder):
    flags = (
        "--model.output_dim",
        "3",
        "--model.layers",
        "2",
        "--training.targets",
        "every",
        "--model.relative_to",
        "nothing",
    )
    assert run("--config", "config.yaml", *flags, "--output", "results.json") == 0
    assert result()["baselines"]["best_possible"] < result()["baselines"]["linear_ar"]


def test_a_stopped_run_resumes_to_the_same_result(folder, monkeypatch, capsys):
    from lstm_lib.training import loop as training

    flags = ("--config", "config.yaml", "--epochs", "4", "--output")
    assert run(*flags, "whole") == 0
    real, calls = training.train_step, []

    def stop_in_third_epoch(*args, **kwargs):
        calls.append(1)
        if len(calls) > 90:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(training, "train_step", stop_in_third_epoch)
    assert run(*flags, "run") == 130
    assert [p.name for p in (folder / "run").iterdir()] == ["unfinished"]
    monkeypatch.setattr(training, "train_step", real)
    capsys.readouterr()
    assert run(*flags, "run") == 2
    assert "run holds an unfinished run; add --resume, or name another folder" in capsys.readouterr().err
    assert run(*flags, "run", "--resume", "--data.random_seed", "9") == 2
    assert "data.random_seed=42, not 9" in capsys.readouterr().err
    assert run("--model", "run", "--data", "config.yaml") == 2
    assert "its run is unfinished" in capsys.readouterr().err
    assert run(*flags, "run", "--resume", "--logging.level", "DEBUG") == 0  # the log decides nothing
    assert sorted(p.name for p in (folder / "run").iterdir()) == WRITTEN
    for name in set(WRITTEN) - {"results.json"}:
        assert (folder / "run" / name).read_bytes() == (folder / "whole" / name).read_bytes()
    assert result("run/results.json") | {"config": 0} == result("whole/results.json") | {"config": 0}
    assert run(*flags, "run") == 0  # what has ended is written anew


def test_a_run_of_other_data_is_not_resumed(folder, capsys, monkeypatch):
    flags = ("--config", "config.yaml", "--data", "a.csv", "--data.n_train", "null", "--data.n_test", "9")
    flags += ("--output", "run", "--resume")
    (folder / "a.csv").write_text("b\n" + "\n".join(str(k % 5) for k in range(80)))
    with monkeypatch.context() as patch:
        patch.setattr("lstm_lib.commands.forecast.run.continued", interrupted)
        assert run(*flags) == 130  # all is trained, nothing written
    (folder / "a.csv").write_text("b\n" + "\n".join(str(k % 6) for k in range(80)))
    assert run(*flags) == 2
    assert "holds a run with values_sha256=" in capsys.readouterr().err


def interrupted(*args):
    raise KeyboardInterrupt


def test_a_run_that_diverged_is_not_in_the_way_of_the_next(folder):
    flags = ("--config", "config.yaml", "--output", "run")
    assert run(*flags, "--learning-rate", "1e3") == 1
    assert run(*flags) == 0


@pytest.mark.parametrize("k", [1, 3])
def test_no_training_target_is_a_test_target(k):
    from lstm_lib.commands.forecast.data import load_series, split

    for values in (st.DataSettings(name="sunspots", n_train=None, n_test=60), st.DataSettings(n_train=50, n_test=20)):
        settings = st.ForecastSettings(data=values, model=st.ModelSettings(output_dim=k))
        series = load_series(settings.data, horizon=k)
        series = dataclasses.replace(series, values=np.arange(float(len(series.values))))
        data = split(series, settings)
        assert data["train"][1].max() < data["test"][1].min()
        assert data["test"][1].max() == series.values[-1] and len(data["test"][1]) == values.n_test
        learned = windows(data["learned"], values.sequence_length, horizon=k)  # what the forecaster cuts itself
        for ours, theirs in zip(learned, data["train"], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_fifth_is_tested_if_nothing_is_said():
    from lstm_lib.commands.forecast.data import load_series, split

    settings = st.ForecastSettings(data=st.DataSettings(name="sunspots", n_train=None, n_test=None, sequence_length=9))
    data = split(load_series(settings.data), settings)
    assert len(data["test"][1]) == 60 and len(data["train"][1]) == 240


def config(**changes):
    """QUICK with sections or keys changed."""
    values = yaml.safe_load(QUICK)
    for key, value in changes.items():
        section, _, name = key.partition("__")
        values.setdefault(section, {})[name] = value
    return yaml.safe_dump(values)


BAD = {
    "missing YAML": (None, (), "config.yaml: no such file"),
    "not YAML": ("data: [1,\n", (), "config.yaml, line 2: not YAML"),
    "empty YAML": ("", (), "config.yaml: must hold settings as 'key: value', but is empty"),
    "a list": ("- 1\n", (), "but holds a list"),
    "not UTF-8": (b"\xff\xfe", (), "not UTF-8 at byte 0"),
    "unknown section": (config(modle__hidden_dim=3), (), "modle"),
    "unknown key": (config(data__n_trian=3), (), "n_trian"),
    "wrong type": (config(data__n_train="many"), (), "data.n_train"),
    "float for int": (config(training__epochs=1.5), (), "training.epochs"),
    "negative size": (config(model__hidden_dim=-4), (), "model.hidden_dim must be at least 1, got -4"),
    "window too long": (QUICK, ("--data.name", "sunspots", "--data.sequence_length", "400"), "309 values are too few"),
    "too many windows": (QUICK, ("--data.name", "sunspots", "--data.n_train", "900"), "not the 960 asked for"),
    "unknown flag": (QUICK, ("--nonsense", "1"), "nonsense"),
    "column without csv": (QUICK, ("--column", "a"), "give the file, too, with --data"),
    "two columns of numbers": (QUICK, ("--data", "two.csv"), "two.csv: columns 'a', 'b' hold numbers; name the one"),
    "no column of numbers": (QUICK, ("--data", "words.csv"), "no column holds numbers alone among 'a', 'b'; name the"),
    "one column with a word": (QUICK, ("--data", "word.csv"), "word.csv, line 3, column 'a': 'oops' is not a finite"),
    "missing csv": (QUICK, ("--data.csv", "none.csv", "--data.column", "b"), "none.csv: no such file"),
    "NaN in the column": (QUICK, ("--data.csv", "nan.csv", "--data.column", "b"), "nan.csv, line 3, column 'b'"),
    "text in the column": (QUICK, ("--data.csv", "text.csv", "--data.column", "b"), "'oops' is not a finite number"),
    "missing column": (QUICK, ("--data.csv", "text.csv", "--data.column", "c"), "no column 'c'"),
    "empty csv": (QUICK, ("--data.csv", "empty.csv", "--data.column", "b"), "empty.csv: the file is empty"),
    "mean of a window at every step": (QUICK, ("--training.targets", "every"), "knows its later steps"),
    "empty section": ("data:\n", (), "data must hold settings as 'key: value', but holds None"),
    "section of a number": ("data: 3\n", (), "data must hold settings as 'key: value', but holds 3"),
    "output over the data": (
        QUICK,
        ("--data.csv", "text.csv", "--data.column", "a", "--output", "text.csv"),
        "same file",
    ),
    "output over the config": (QUICK, ("--output", "./config.yaml"), "ends in .json, .csv or .safetensors"),
    "no window left to validate": (
        QUICK,
        ("--data.n_train", "3", "--training.validation", "0.1", "--logging.file", "null"),
        "3 training windows can't be parted",
    ),
    "huge value": (QUICK, ("--data.csv", "huge.csv", "--data.column", "b"), "huge.csv, line 2"),
    "huge field": (QUICK, ("--data.csv", "field.csv", "--data.column", "b"), "not CSV"),
    "unwritable output": (QUICK, ("--output", "nan.csv/r.json"), "cannot write nan.csv/r.json"),
    "output of an odd kind": (QUICK, ("--output", "r.txt"), "must be a folder, or a file that ends in .json, .csv or"),
    "resume without a folder": (QUICK, ("--logging.file", "null", "--resume"), "--resume needs --output FOLDER"),
    "odd image": (QUICK, ("--plot", "a.txt"), "must end in .png"),
    "unwritable log": (QUICK, ("--logging.file", "nan.csv/app.log"), "cannot write the log"),
    "sqrt of a negative": (QUICK, ("--data.transform", "sqrt"), "no square root"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_ends_in_one_line_exit_code_2_and_no_output(folder, capsys, case):
    content, flags, message = BAD[case]
    (folder / "nan.csv").write_text("a,b\n1,2\n3,nan\n")
    (folder / "text.csv").write_text("a,b\n1,2\n3,oops\n")
    (folder / "two.csv").write_text("a,c,b\n1,x,2\n3,y,4\n")
    (folder / "words.csv").write_text("a,b\nx,1\n3,y\n")
    (folder / "word.csv").write_text("a\n1\noops\n")
    (folder / "empty.csv").write_text("")
    (folder / "huge.csv").write_text("b\n1e200\n")
    (folder / "field.csv").write_text("b\n" + "1" * 200_000 + "\n")
    (folder / "config.yaml").unlink()
    if content is not None:
        (folder / "config.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    before = sorted(p.name for p in folder.iterdir())
    output = () if "--output" in flags else ("--output", "results.json")
    assert run("--config", "config.yaml", *flags, *output) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and message in captured.err, captured.err
    assert sorted(p.name for p in folder.iterdir()) == before


@pytest.mark.parametrize("value", ["many", "-1", "1.5"])
def test_a_bad_seed_in_the_environment_is_traced_to_it(folder, capsys, monkeypatch, value):
    monkeypatch.setenv("RANDOM_SEED", value)
    assert run("--config", "config.yaml") == 2
    assert f"RANDOM_SEED={value}" in capsys.readouterr().err


# SGD at a constant rate: with a schedule that ends near 0 it may happen to end well from anywhere.
SGD = ("--training.optimizer", "sgd", "--training.schedule", "constant")


@pytest.mark.parametrize("flags", [(), ("--training.clip_norm", "null"), SGD])
def test_a_run_that_diverges_ends_with_exit_code_1_and_says_what_to_change(folder, capsys, flags):
    assert run("--config", "config.yaml", "--training.learning_rate", "1e3", "--output", "results.json", *flags) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "diverged" in error and "lower the learning rate (now 1000)" in error
    assert not (folder / "results.json").exists()


def test_a_constant_column_does_not_count_as_diverged(folder):
    (folder / "flat.csv").write_text("b\n" + "5\n" * 60)
    flags = ("--data.csv", "flat.csv", "--data.column", "b", "--data.n_train", "null", "--data.n_test", "10")
    assert run("--config", "config.yaml", *flags, "--training.epochs", "30", "--output", "results.json") == 0
    assert result()["test_loss"] < 0.1


def test_the_log_starts_anew_before_it_grows_large(folder):
    (folder / "logs").mkdir()
    (folder / "logs" / "app.log").write_text("x" * 999_990 + "\n")
    assert run("--config", "config.yaml") == 0
    assert (folder / "logs" / "app.log.1").stat().st_size > 900_000
    assert (folder / "logs" / "app.log").stat().st_size < 100_000


def test_print_config_shows_every_key(folder, capsys):
    with pytest.raises(SystemExit) as stop:
        run("--config", "config.yaml", "--print_config")
    assert stop.value.code == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["data"]["n_train"] == 300 and shown["training"]["schedule"] == "one_cycle"


@pytest.mark.parametrize(("argv", "code"), [([], 2), (["--help"], 0), (["--version"], 0), (["forcast"], 2)])
def test_the_menu(argv, code, capsys):
    assert cli.main(argv) == code
    captured = capsys.readouterr()
    assert captured.out + captured.err


def test_help_explains_each_setting(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "Standard deviation of the noise on the sine" in shown and "default: sunspots)" in shown
    assert "--seed is short for --data.random-seed" in shown


def commands():
    """List the words of every command; one that is made of commands has several, two words each."""
    for name in cli.COMMANDS:
        parts = getattr(importlib.import_module(f"lstm_lib.commands.{name}.run"), "COMMANDS", None)
        yield from [(name, part) for part in parts] if parts else [(name,)]


LIGHT = """
import sys
from lstm_lib import cli
try:
    code = cli.main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
heavy = {"torch", "tensorflow", "keras", "keras_tuner", "sklearn", "matplotlib", "pandas", "statsmodels", "scipy"}
print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("--help",), 0),
        *(((*words, "--help"), 0) for words in commands()),
        (("forecast", "--data.csv", "bad.csv", "--data.column", "b"), 2),
        (("classify", "--data", "bad.csv"), 2),
        (("tune", "--train", "bad.csv", "--test", "bad.csv"), 2),
        (("chars", "train", "--text", "empty.txt"), 2),
        (("seq2seq", "train", "--train", "bad.csv", "--dev", "bad.csv"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_no_help_and_no_complaint_about_a_file_waits_for_a_framework(folder, argv, code):
    (folder / "bad.csv").write_text("a,b\n1\n")
    (folder / "empty.txt").write_text("")
    done = subprocess.run([sys.executable, "-c", LIGHT, *argv], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == f"{code} []", done.stderr


def test_the_installed_command_answers(folder):
    command = os.path.join(os.path.dirname(sys.executable), "lstm-lib")
    done = subprocess.run([command, "forecast", "--config", "none.yaml"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "lstm-lib: error: none.yaml: no such file\n"


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "lstm-lib: stopped"),
        (MemoryError(), 2, "lstm-lib: error: not enough memory; take fewer or shorter sequences, units or layers"),
    ],
)
def test_an_interrupted_command_says_so_in_one_line(monkeypatch, capsys, raised, code, message):
    def interrupted(argv):
        raise raised

    monkeypatch.setattr("lstm_lib.commands.forecast.run.main", interrupted)
    assert cli.main(["forecast"]) == code
    assert capsys.readouterr().err == message + "\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "argv",
    [
        ("forecast", "--config", "config.yaml", "--output", "results.json"),
        ("--help",),
        ("--version",),
        ("forecast", "--help"),
    ],
)
def test_a_reader_who_has_gone_is_no_error(folder, unbuffered, argv):
    call = "import sys; from lstm_lib import cli; sys.exit(cli.main(sys.argv[1:]))"
    read, write = os.pipe()
    os.close(read)
    env = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, "-c", call, *argv]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, env=env)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--output" not in argv or result()["test_loss"] > 0


def test_a_flag_without_its_value_is_named(folder, capsys):
    assert run("--config") == 2
    assert "--config: expected one argument" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["forecast", "--training.epoch", "3"], "no flag --training.epoch; did you mean --training.epochs?"),
        (["forecast", "--data.n-tset=3"], "no flag --data.n-tset; did you mean --data.n-test?"),
        (["forecast", "--zzzzzz"], "there is no flag --zzzzzz; lstm-lib forecast --help"),
        (["forecast", "--trainin"], "there is no flag --trainin"),  # nothing is completed behind one's back
    ],
)
def test_an_unknown_flag_names_the_nearest(in_tmp, capsys, argv, hint):
    assert cli.main(argv) == 2
    assert hint in capsys.readouterr().err


def test_help_shows_flags_with_hyphens(capsys):
    with pytest.raises(SystemExit):
        cli.main(["forecast", "--help"])
    shown = capsys.readouterr().out
    assert "--data.random-seed" in shown and "--data.random_seed" not in shown
