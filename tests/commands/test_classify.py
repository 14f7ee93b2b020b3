"""``lstm-lib classify`` trains, writes whole files, predicts elsewhere, and refuses bad input in one line."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import yaml
from running import ONE_THREAD

from lstm_lib import cli
from lstm_lib.classification import SequenceClassifier
from lstm_lib.commands.classify import data as reading, run as classify, settings as st
from lstm_lib.data.labelled import read_labelled
from lstm_lib.data.tasks import temporal_order
from lstm_lib.storage import checkpoint

SMALL = ["--sequences", "240", "--steps", "10", "--hidden-size", "8", "--epochs", "8", "--learning-rate", "0.03"]


def run(capsys, *argv):
    """Run the command; return its exit code and what it printed."""
    capsys.readouterr()
    code = cli.main(["classify", *map(str, argv)])
    return code, *capsys.readouterr()


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the four files of a small run on the generated task."""
    folder = tmp_path_factory.mktemp("trained")
    assert cli.main(["classify", *SMALL, "--output", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture
def ragged_csv(tmp_path):
    """A CSV file of three classes, ragged, features named, labels only at some distance from the end."""
    rng = np.random.default_rng(0)
    lines = ["id,step,warmth,tide,label"]
    for k in range(45):
        for t in range(rng.integers(2, 6)):
            warmth, tide = rng.normal([k % 3, 0], 0.2)
            lines.append(f"s{k},{t},{warmth:.3f},{tide:.3f},{('low', 'mid', 'high')[k % 3]}")
    path = tmp_path / "d.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_metrics_hold_the_network_beside_its_baselines(trained):
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["sequences"] == {"train": 150, "validation": 30, "test": 60}
    assert metrics["classes"] == ["X first", "Y first"]
    matrix = np.array(metrics["test"]["confusion_matrix"])
    assert matrix.sum() == 60 and np.trace(matrix) / 60 == metrics["test"]["accuracy"]
    majority = metrics["baselines"]["majority"]
    assert majority["accuracy"] == pytest.approx(matrix.sum(axis=1).max() / 60, abs=0.07)
    logistic = metrics["baselines"]["order_free_logistic"]
    assert logistic["accuracy_95"][0] < logistic["accuracy"] < logistic["accuracy_95"][1]
    assert metrics["test"]["accuracy"] > logistic["accuracy"] + 0.1
    assert len(metrics["history"]) == metrics["epochs"] >= metrics["kept_epoch"] >= 1
    assert metrics["config"]["hidden_size"] == 8


def test_predictions_agree_with_the_metrics(trained):
    header, *predictions = rows(trained / "predictions.csv")
    assert header == ["id", "label", "predicted", "p(X first)", "p(Y first)"] and len(predictions) == 60
    metrics = json.loads((trained / "metrics.json").read_text())
    assert sum(row[1] == row[2] for row in predictions) / 60 == metrics["test"]["accuracy"]
    for row in predictions:
        p = np.array(row[3:], float)
        assert p.sum() == pytest.approx(1, abs=2e-6) and header[3 + p.argmax()] == f"p({row[2]})"


def test_one_seed_gives_one_result_and_the_image_is_an_image(trained, tmp_path, capsys):
    code, out, err = run(capsys, *SMALL, "--output", tmp_path / "again")
    assert code == 0 and "LSTM(8)" in out and "sees no order" in out and err == ""
    for name in ("metrics.json", "predictions.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / name).read_bytes()
    assert (trained / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(os.listdir(trained)) == sorted(classify.FILES)


def test_a_saved_model_predicts_the_same_file_in_another_process_and_folder(trained, tmp_path):
    header, *expected = rows(trained / "predictions.csv")
    settings = st.ClassifySettings(sequences=240, steps=10)
    data = reading.load(settings, ("id", "step", "label"))
    np.savez(tmp_path / "x.npz", x=data.xs, lengths=data.lengths, y=np.array(data.labels))
    (tmp_path / "m.keras").write_bytes((trained / "model.keras").read_bytes())
    argv = [sys.executable, "-m", "lstm_lib.cli", "classify", "--model", "m.keras", "--predict", "x.npz"]
    result = subprocess.run(argv, cwd=tmp_path, env=os.environ | ONE_THREAD, capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr == ""
    found = {row[0]: row for row in csv.reader(result.stdout.splitlines())}
    assert found["id"] == header and len(found) == 241
    for row in expected:
        assert found[row[0]][:3] == row[:3]
        np.testing.assert_allclose(np.array(found[row[0]][3:], float), np.array(row[3:], float), atol=1e-5)


def test_a_csv_of_ones_own_is_learned_and_predicted_with_its_columns_in_any_order(ragged_csv, tmp_path, capsys):
    out = tmp_path / "o"
    flags = ("--hidden-size", "6", "--epochs", "25", "--learning-rate", "0.05", "--cell", "rnn", "--output", out)
    code, text, _ = run(capsys, "--data", ragged_csv, *flags)
    assert code == 0 and "RNN(6)" in text
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["classes"] == ["high", "low", "mid"] and metrics["test"]["accuracy"] > 0.8
    other = tmp_path / "swapped.csv"
    columns = [(i, s, tide, warmth) for i, s, warmth, tide, _ in rows(ragged_csv)]
    other.write_text("\n".join(map(",".join, columns)))
    model = ("--model", out / "model.keras", "--predict")
    code, straight, _ = run(capsys, *model, ragged_csv)
    _, swapped, _ = run(capsys, *model, other)
    assert code == 0
    straight, swapped = (list(csv.reader(text.splitlines())) for text in (straight, swapped))
    assert [row[:1] + row[2:] for row in straight] == swapped and len(swapped) == 46
    code, text, _ = run(capsys, *model, ragged_csv, "--output", tmp_path / "p")
    assert code == 0 and "of 45 right" in text and os.listdir(tmp_path / "p") == ["predictions.csv"]


@pytest.mark.parametrize(("name", "file"), [("m.json", "metrics.json"), ("p.csv", "predictions.csv")])
def test_one_file_of_a_run_is_the_one_of_its_folder(trained, tmp_path, capsys, name, file):
    code, out, _ = run(capsys, *SMALL, "--output", tmp_path / name)
    assert code == 0 and out.endswith(f"wrote {tmp_path / name}\n") and os.listdir(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == (trained / file).read_bytes()


def test_a_model_is_used_by_its_file_its_folder_and_in_python(trained, ragged_csv, tmp_path, capsys):
    model = tmp_path / "alone.keras"
    flags = ("--hidden-size", "4", "--epochs", "3", "--learning-rate", "0.05")
    assert run(capsys, "--data", ragged_csv, *flags, "--output", model)[0] == 0
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.keras").write_bytes(model.read_bytes())
    (tmp_path / "c.yaml").write_text("data: elsewhere.csv\n")
    uses = (
        ("--model", model, "--data", ragged_csv),
        ("--model", tmp_path / "folder", f"--data={ragged_csv}"),
        ("--config", tmp_path / "c.yaml", "--model", model, "--predict", ragged_csv),
    )
    outputs = {run(capsys, *use)[1] for use in uses}
    assert len(outputs) == 1
    printed = list(csv.reader(outputs.pop().splitlines()))
    assert run(capsys, *uses[1], "--output", tmp_path / "p.csv")[0] == 0
    assert rows(tmp_path / "p.csv") == printed

    classifier = SequenceClassifier.load(model)
    data = read_labelled(ragged_csv)
    np.testing.assert_array_equal(classifier.predict(data.xs, data.lengths), [row[2] for row in printed[1:]])
    assert classifier.features == data.features == ["warmth", "tide"]
    assert classifier.record["config"]["learning_rate"] == 0.05 and classifier.record["test"]["accuracy"] > 0


def test_a_model_that_was_trained_in_python_is_used_by_the_command(tmp_path, capsys):
    xs, ys, lengths = temporal_order(np.random.default_rng(0), 60, 10, classes=2)
    classifier = SequenceClassifier(hidden_size=3, seed=1)
    classifier.fit(xs, ys, lengths, validation=(xs, ys, lengths), epochs=2)
    classifier.save(tmp_path / "m.keras")
    np.savez(tmp_path / "x.npz", x=xs, y=ys, lengths=lengths)
    argv = ("--model", tmp_path / "m.keras", "--data", tmp_path / "x.npz", "--output", tmp_path / "p.csv")
    code, out, _ = run(capsys, *argv)
    answers = classifier.predict(xs, lengths)
    assert code == 0 and f"x.npz: {np.sum(answers == ys)} of 60 right" in out
    assert [int(row[2]) for row in rows(tmp_path / "p.csv")[1:]] == answers.tolist()


def npz(path, n=12, **changes):
    xs, ys, _ = temporal_order(np.random.default_rng(0), n, 10, classes=2)
    np.savez(path, **({"x": xs, "y": ys} | changes))
    return path


def test_fewer_sequences_than_a_batch_and_a_constant_feature_are_fine(tmp_path, capsys):
    xs = np.random.default_rng(0).normal(size=(12, 3, 2))
    xs[:, :, 1] = 5
    code, out, err = run(capsys, "--data", npz(tmp_path / "a.npz", x=xs), "--hidden-size", "3", "--epochs", "2")
    assert code == 0 and "3 test sequences" in out and err == ""


def test_whole_numbers_as_labels_are_put_in_their_order(tmp_path):
    data = read_labelled(npz(tmp_path / "a.npz", n=9, y=np.array([10, 9, -1] * 3)))
    assert reading.split(data, st.ClassifySettings())["classes"] == ["-1", "9", "10"]


def test_a_label_with_two_signs_is_a_text_and_no_number(tmp_path):
    data = read_labelled(npz(tmp_path / "a.npz", n=9, y=np.array(["10", "9", "--5"] * 3)))
    assert reading.split(data, st.ClassifySettings())["classes"] == ["--5", "10", "9"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.zeros(12, int)}, "all sequences have class '0'; there is nothing to tell apart"),
        ({"y": np.array([1] * 10 + [2] * 2)}, "class '2' has 2 sequences; it needs 3"),
        ({"y": np.linspace(0, 1, 12)}, "a class is no quantity"),
    ],
)
def test_classes_that_cannot_be_learned_are_one_line(tmp_path, capsys, changes, message):
    code, out, err = run(capsys, "--data", npz(tmp_path / "a.npz", **changes), "--output", tmp_path / "o")
    assert code == 2 and out == "" and message in err and err.count("\n") == 1 and "a.npz" in err
    assert os.listdir(tmp_path) == ["a.npz"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--hidden-size", "0"], "hidden_size must be at least 1"),
        (["--steps", "9"], "steps must be at least 10"),
        (["--sequences", "39"], "sequences must be at least 40"),
        (["--test", "0"], "test must be above 0"),
        (["--test", "0.6", "--validation", "0.4"], "leave 0 to train on"),
        (["--learning-rate", "0"], "learning_rate must be above 0"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--clip-norm", "-1"], "clip_norm must be above 0"),
        (["--seed", "-1"], "seed must be at least 0"),
        (["--cell", "transformer"], "cell"),
        (["--id-column", "step"], "must be three columns"),
        (["--data", "none.npz"], "none.npz: no such file"),
        (["--model", "a.npz"], "--model needs --data FILE, the sequences to classify"),
        (["--predict", "a.npz"], "--predict needs --model, a saved model; to train on a file name it with --data"),
        (["--predict=a.npz"], "--predict needs --model"),
        (["--model", "none.keras", "--predict", "a.npz"], "--model none.keras: no such file or folder"),
        (["--model", ".", "--data", "a.npz"], "--model .: the folder holds no model.keras"),
        (["--model", "a.npz", "--data", "a.npz"], "--model and --data are the same file"),
        (["--model", "a.npz", "--data", "none.csv"], "none.csv: no such file"),
        (
            ["--data", "a.npz", "--output", "a.npz"],
            "--output a.npz: must be a folder, or a file that ends in .json, .csv",
        ),
        (["--output", "m.safetensors"], "must be a folder, or a file that ends in .json, .csv or .keras"),
        (["--model", "a.npz", "--data", "none.csv", "--output", "m.json"], "a folder, or a file that ends in .csv"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_leaves_nothing(in_tmp, capsys, flags, message):
    npz(in_tmp / "a.npz")
    code, out, err = run(capsys, *flags)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1
    assert os.listdir(in_tmp) == ["a.npz"]


def test_the_first_name_of_the_hidden_size_and_the_seed_of_the_environment_still_count(in_tmp, capsys, monkeypatch):
    monkeypatch.setenv("RANDOM_SEED", "7")
    for flags in (["--units", "5"], ["--units=5"], ["--hidden-size", "5"], ["--hidden_size=5"]):
        capsys.readouterr()
        with pytest.raises(SystemExit):
            cli.main(["classify", *flags, "--print_config"])
        shown = yaml.safe_load(capsys.readouterr().out)
        assert shown["hidden_size"] == 5 and shown["seed"] == 7 and "units" not in shown
    assert run(capsys, "--seed", "-1")[2].startswith("lstm-lib: error: seed must be at least 0")  # the flag comes first
    monkeypatch.setenv("RANDOM_SEED", "-2")
    assert "RANDOM_SEED=-2 (from the environment or .env): seed must be" in run(capsys)[2]


def test_a_file_is_not_overwritten_by_what_comes_from_it(in_tmp, capsys):
    (in_tmp / "predictions.csv").write_text("id,step,v,label\n")
    code, _, err = run(capsys, "--data", "predictions.csv", "--output", ".")
    assert code == 2 and "are the same file" in err


@pytest.mark.parametrize("content", ["", "rubbish", "half"])
def test_a_broken_model_is_one_line(trained, in_tmp, capsys, content):
    whole = (trained / "model.keras").read_bytes()
    (in_tmp / "m.keras").write_bytes(whole[: len(whole) // 2] if content == "half" else content.encode())
    npz(in_tmp / "a.npz")
    code, out, err = run(capsys, "--model", "m.keras", "--predict", "a.npz", "--output", "o")
    assert code == 2 and out == "" and "not a model saved by this library, or cut short" in err and err.count("\n") == 1
    assert sorted(os.listdir(in_tmp)) == ["a.npz", "m.keras"]


def test_other_features_than_in_training_are_named(trained, ragged_csv, in_tmp, capsys):
    npz(in_tmp / "a.npz", x=np.zeros((12, 4, 3)))
    code, _, err = run(capsys, "--model", trained / "model.keras", "--predict", "a.npz")
    assert code == 2 and "3 features at each step, but" in err and "was trained on 8" in err
    assert run(capsys, "--data", ragged_csv, "--hidden-size", "2", "--epochs", "1", "--output", "o")[0] == 0
    (in_tmp / "b.csv").write_text("id,step,warmth,wind\na,1,2,3\n")
    code, _, err = run(capsys, "--model", "o/model.keras", "--predict", "b.csv")
    assert code == 2 and "b.csv: other features than o/model.keras was trained on; they differ in tide, wind" in err


@pytest.mark.parametrize("place", ["write_json", "write_rows"])
def test_a_full_disk_leaves_the_old_files_and_no_new_one(trained, tmp_path, capsys, monkeypatch, place):
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text("old")

    def full(path, *rest):
        with open(path, "w") as file:
            file.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint if place == "write_json" else classify, place, full)
    code, text, err = run(capsys, *SMALL, "--epochs", "1", "--output", out)
    assert code == 2 and text == "" and "No space left on device" in err and err.count("\n") == 1
    assert sorted(os.listdir(out)) == ["metrics.json", "unfinished"]  # what was learned is kept
    assert (out / "metrics.json").read_text() == "old"
    monkeypatch.undo()
    code, *_ = run(capsys, *SMALL, "--epochs", "1", "--output", out, "--resume")
    assert code == 0 and json.loads((out / "metrics.json").read_text())["epochs"] == 1
    assert "unfinished" not in os.listdir(out)


def test_a_network_larger_than_the_memory_is_one_line(in_tmp, capsys):
    code, out, err = run(capsys, *SMALL, "--hidden-size", "999999999")
    assert code == 2 and out == "" and "not enough memory" in err and err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_refused_before_training(in_tmp, capsys, monkeypatch):
    monkeypatch.setattr(classify, "run", None)
    (in_tmp / "file").write_text("")
    code, _, err = run(capsys, "--output", "file/out")
    assert code == 2 and "cannot write file/out/metrics.json" in err and err.count("\n") == 1


def test_help_lists_every_setting_and_loads_no_framework(in_tmp):
    code = (
        "import sys; from lstm_lib.cli import main\n"
        "try: main(['classify', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'keras', 'tensorflow', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in ("--data", "--predict", "--cell", "--start", "--label-column", "--patience", "--model", "--output"):
        assert name in result.stdout


def test_ids_and_labels_go_out_as_they_came_and_for_a_spreadsheet_on_request():
    rows = classify.prediction_rows(["=1+1", "-5", "a"], ["--5", "3", "@x"], ["--5", "3"], np.array([[0.9, 0.1]] * 3))
    assert [row[:3] for row in rows[1:]] == [["=1+1", "--5", "--5"], ["-5", "3", "--5"], ["a", "@x", "--5"]]
    rows = classify.prediction_rows(
        ["=1+1", "-5", "a"], ["--5", "3", "@x"], ["--5", "3"], np.array([[0.9, 0.1]] * 3), escape=True
    )
    assert [row[:3] for row in rows[1:]] == [["'=1+1", "'--5", "'--5"], ["-5", "3", "'--5"], ["a", "'@x", "'--5"]]


def test_labels_that_only_look_like_numbers_are_text(tmp_path):
    rows = "".join(f"s{k},{t},{('--5', '3')[k % 2]},{k + t}\n" for k in range(24) for t in range(3))
    (tmp_path / "d.csv").write_text("id,step,label,x\n" + rows)
    data = read_labelled(tmp_path / "d.csv")
    assert reading.split(data, st.ClassifySettings())["classes"] == ["--5", "3"]
