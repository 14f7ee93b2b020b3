"""What ``lstm-lib classify`` makes of data in other forms, and what it says of classes that are unequal or unknown."""

import csv
import json

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.commands.classify import data as reading, settings as st
from lstm_lib.commands.classify.report import by_class
from lstm_lib.data.labelled import read_labelled

QUICK = ("--hidden-size", "6", "--epochs", "20", "--learning-rate", "0.05")


def run(capsys, *argv):
    """Run the command; return its exit code and what it printed."""
    capsys.readouterr()
    code = cli.main(["classify", *map(str, argv)])
    return code, *capsys.readouterr()


def steps_csv(path, n=48, *, seed=0, classes=("low", "high"), subject=False, first=0):
    """Write sequences of 4 steps whose first feature tells the class; a subject has one class only."""
    rng, lines = np.random.default_rng(seed), ["id,step,subject,warmth,tide,label"]
    for k in range(n):
        which = k % len(classes)
        for t in range(4):
            warmth = rng.normal(0 if subject else which, 0.2)
            lines.append(f"s{first + k},{t},{which},{warmth:.3f},{rng.normal():.3f},{classes[which]}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_subject_is_warned_of_and_left_out_on_request(in_tmp, capsys):
    file = steps_csv(in_tmp / "a.csv", subject=True)
    code, out, err = run(capsys, "--data", file, *QUICK)
    assert code == 0 and "inputs at each step: subject, warmth, tide\n" in out and err.count("\n") == 1
    assert err.startswith("lstm-lib: warning: ") and "column 'subject' never changes within a sequence" in err
    assert "--ignore-columns 'subject'" in err
    code, out, err = run(capsys, "--data", file, *QUICK, "--ignore-columns", "subject")
    assert code == 0 and err == "" and "inputs at each step: warmth, tide\n" in out
    assert "no better than always the most frequent class" in out
    assert run(capsys, "--data", file, *QUICK, "--feature-columns", "tide, warmth")[1].count("tide, warmth\n") == 1


def test_a_saved_model_takes_its_own_columns_out_of_a_file(in_tmp, capsys):
    file = steps_csv(in_tmp / "a.csv")
    flags = ("--ignore-columns", "subject", "--output", "o", "--id-column", "name")
    named = in_tmp / "named.csv"
    named.write_text(file.read_text().replace("id,", "name,", 1))
    assert run(capsys, "--data", named, *QUICK, *flags)[0] == 0
    code, out, err = run(capsys, "--model", "o", "--data", named)
    assert code == 0 and err == "" and len(out.splitlines()) == 49
    other = in_tmp / "other.csv"
    with open(named, newline="") as old, open(other, "w", newline="") as new:
        for name, step, _, warmth, tide, label in csv.reader(old):
            csv.writer(new).writerow((tide, name, step, "note", warmth, label))
    assert run(capsys, "--model", "o", "--data", other)[1] == out
    assert run(capsys, "--model", "o", "--data", file, "--id-column", "id")[1] == out


def test_a_file_of_its_own_is_tested_on_and_none_of_the_rest(in_tmp, capsys):
    file, test = steps_csv(in_tmp / "a.csv"), steps_csv(in_tmp / "b.csv", 10, seed=1, first=100)
    flags = ("--ignore-columns", "subject", *QUICK)
    code, out, _ = run(capsys, "--data", file, "--test-data", test, *flags, "--output", "o")
    assert code == 0 and f"10 test sequences of {test}, 2 classes; trained on 42" in out
    with open("o/predictions.csv", newline="") as predictions:
        assert [row[0] for row in csv.reader(predictions)][1:] == [f"s{k}" for k in range(100, 110)]
    metrics = json.loads((in_tmp / "o" / "metrics.json").read_text())
    assert metrics["sequences"] == {"train": 42, "validation": 6, "test": 10} and metrics["test"]["accuracy"] == 1


@pytest.mark.parametrize(
    ("classes", "flags", "message"),
    [
        (("low", "mid"), (), "b.csv: class 'mid' in none of the sequences to train on; "),
        (("low",), ("--data", "a.csv"), "--test-data and --data are the same file"),
        (("low",), ("--model", "a.csv"), "--test-data is for training"),
        (("low",), ("--test-data", "none.csv"), "none.csv: no such file"),
        (("low",), ("--test-data", "c.npz"), "c.npz: 5 features at each step, but a.csv has 3"),
    ],
)
def test_a_test_file_that_does_not_fit_is_refused(in_tmp, capsys, classes, flags, message):
    steps_csv(in_tmp / "a.csv")
    np.savez("c.npz", x=np.ones((2, 3, 5)), y=["low", "high"])
    test = "a.csv" if "same" in message else steps_csv(in_tmp / "b.csv", 9, classes=classes)
    code, out, err = run(capsys, "--data", "a.csv", "--test-data", test, *flags)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1


def test_a_wide_file_is_learned_and_predicted_without_saying_so_again(in_tmp, capsys):
    rng, lines = np.random.default_rng(0), [",".join(["label", *(f"t{t}" for t in range(5))])]
    lines += [
        ",".join([("up", "down")[k % 2], *(f"{(1, -1)[k % 2] * t + rng.normal():.3f}" for t in range(5))])
        for k in range(40)
    ]
    (in_tmp / "w.csv").write_text("\n".join(lines))
    assert "add --format wide if a row is a sequence" in run(capsys, "--data", "w.csv")[2]
    code, out, _ = run(capsys, "--data", "w.csv", "--format", "wide", *QUICK, "--output", "o")
    assert code == 0 and "inputs at each step: value\n" in out and "steps: t0 to t4" in out
    code, out, err = run(capsys, "--model", "o", "--data", "w.csv", "--output", "p.csv")
    assert code == 0 and err == "" and "of 40 right" in out


@pytest.fixture
def unequal(in_tmp):
    """A file with one rare class that only a little tells from the other."""
    rng, lines = np.random.default_rng(3), ["id,step,u,label"]
    for k in range(200):
        rare = k % 10 == 0
        lines += [f"s{k},{t},{rng.normal(1.2 * rare, 1):.3f},{'fault' if rare else 'ok'}" for t in range(3)]
    (in_tmp / "a.csv").write_text("\n".join(lines))
    return in_tmp / "a.csv"


def test_a_rare_class_is_shown_and_learned_with_weights(unequal, capsys):
    flags = ("--data", unequal, "--hidden-size", "4", "--epochs", "12", "--learning-rate", "0.02", "--output")
    code, out, _ = run(capsys, *flags, "plain.json")
    assert code == 0 and "fault" in out and "of 5\n" in out and "balanced accuracy" in out
    assert "no better than always the most frequent class" in out and "--class-weights balanced" in out
    plain = json.loads((unequal.parent / "plain.json").read_text())
    assert not plain["beats_majority"]["ahead"]
    code, out, _ = run(capsys, *flags, "even.json", "--class-weights", "balanced")
    even = json.loads((unequal.parent / "even.json").read_text())
    assert code == 0 and even["test"]["recall"]["fault"] > plain["test"]["recall"]["fault"]
    assert even["test"]["balanced_accuracy"] > plain["test"]["balanced_accuracy"]
    assert even["constant_loss"] == pytest.approx(np.log(2))
    assert "no better than always" not in out


def test_the_mean_of_the_classes_counts_those_that_are_tested():
    found = by_class([[8, 2, 0], [1, 0, 0], [0, 0, 0]], ["a", "b", "c"])
    assert found == {"recall": {"a": 0.8, "b": 0.0, "c": None}, "balanced_accuracy": 0.4}


def test_a_network_that_is_ahead_is_not_told_otherwise(in_tmp, capsys):
    file = steps_csv(in_tmp / "a.csv")
    out = run(capsys, "--data", file, *QUICK, "--ignore-columns", "subject")[1]
    assert "no better" not in out and "high                                    100.00%   of 6\n" in out


def test_classes_that_the_model_never_saw_are_named(in_tmp, capsys):
    file = steps_csv(in_tmp / "a.csv")
    assert run(capsys, "--data", file, "--ignore-columns", "subject", *QUICK, "--output", "m.keras")[0] == 0
    other = steps_csv(in_tmp / "b.csv", 9, classes=("low", "mid", "high"))
    code, _, err = run(capsys, "--model", "m.keras", "--data", other)
    assert code == 0 and err == (
        f"lstm-lib: warning: {other}: 3 sequences count as wrong; m.keras was trained on no class 'mid'\n"
    )


def texts_csv(path, n=60, *, unit="characters"):
    """Write texts that say which of two letters, or of two words, comes first."""
    rng, lines = np.random.default_rng(0), ["review,mood"]
    marks, rest = (("x", "y"), list("abc")) if unit == "characters" else (("good", "bad"), ["it", "is", "so"])
    for k in range(n):
        pieces = rng.choice(rest, 4).tolist()
        pieces[1:1] = marks[:: (1, -1)[k % 2]]
        lines.append(f"{('' if unit == 'characters' else ' ').join(pieces)},{('glad', 'sad')[k % 2]}")
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("unit", ["characters", "words"])
def test_a_text_is_classified_by_the_order_of_its_symbols(in_tmp, capsys, unit):
    file = texts_csv(in_tmp / "t.csv", 120, unit=unit)
    flags = ("--text-column", "review", "--label-column", "mood", "--text-symbols", unit, "--output", "o", *QUICK)
    code, out, err = run(capsys, "--data", file, *flags)
    assert code == 0 and err == ""
    metrics = json.loads((in_tmp / "o" / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] > 0.9 > metrics["baselines"]["order_free_logistic"]["accuracy"]
    marks = ["x", "y"] if unit == "characters" else ["good", "bad"]
    assert {"<unknown>", *marks} <= set(metrics["features"])
    text = "axybca" if unit == "characters" else "It GOOD bad is so it"
    (in_tmp / "new.csv").write_text(f"id,review\nmine,{text}\nours,{text}!\n")
    code, out, err = run(capsys, "--model", "o", "--data", "new.csv")
    assert code == 0 and [row.split(",")[:2] for row in out.splitlines()[1:]] == [["mine", "glad"], ["ours", "glad"]]
    assert err == f"lstm-lib: warning: new.csv: 1 of 2 texts have {unit} that count as unknown: '!'\n"
    (in_tmp / "new.csv").write_text("review\n???\n")
    code, out, err = run(capsys, "--model", "o", "--data", "new.csv")
    assert code == 2 and f"not one of the {unit} of these texts is known to o" in err


def test_a_long_text_is_cut_and_this_is_said(in_tmp, capsys):
    file = texts_csv(in_tmp / "t.csv")
    flags = ("--text-column", "review", "--label-column", "mood", "--max-length", "5", "--epochs", "1")
    _, _, err = run(capsys, "--data", file, *flags)
    assert "t.csv: 60 of 60 texts are cut to 5 characters; --max-length sets that" in err


def test_symbols_of_the_test_part_alone_are_no_inputs(in_tmp):
    file = texts_csv(in_tmp / "t.csv")
    settings = st.ClassifySettings(data=str(file), text_column="review", label_column="mood")
    _, parts = reading.prepare(settings, ("id", "step", "mood"))
    lines = file.read_text().splitlines()
    for k in parts["test"]:
        lines[1 + k] = lines[1 + k].replace(",", "qq,")
    file.write_text("\n".join(lines))
    data, again = reading.prepare(settings, ("id", "step", "mood"))
    assert again["test"].tolist() == parts["test"].tolist() and "q" not in data.features
    assert (data.xs[parts["test"], :, 0] > 0).sum() == 2 * len(parts["test"])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--ignore-columns", "a"), "ignore_columns needs data"),
        (("--test-data", "a.csv"), "test_data needs data"),
        (("--data", "t.csv", "--text-column", "review"), "no column 'label'"),
        (("--data", "t.csv", "--text-column", "label"), "text_column is the column of ids or classes, too"),
        (("--data", "t.csv", "--text-column", "review", "--format", "wide"), "format is for sequences of numbers"),
        (("--data", "a.npz", "--ignore-columns", "v"), "a.npz: --format, --feature-columns and --ignore-columns are"),
        (("--data", "a.npz", "--text-column", "v"), "a.npz: a text is read from a CSV file"),
        (("--data", "t.csv", "--class-weights", "some"), "class_weights"),
        (("--data", "t.csv", "--max-length", "0"), "max_length must be at least 1"),
    ],
)
def test_flags_that_do_not_go_together_are_one_line(in_tmp, capsys, flags, message):
    texts_csv(in_tmp / "t.csv")
    np.savez("a.npz", x=np.ones((2, 3, 5)), y=["low", "high"])
    code, out, err = run(capsys, *flags)
    assert code == 2 and out == "" and message in err and err.count("\n") == 1


def test_names_of_columns_may_hold_a_comma(tmp_path):
    (tmp_path / "a.csv").write_text('id,step,label,"up, down",v\na,1,c,2,3\n')
    names = reading.as_names('"up, down", v')
    assert names == ["up, down", "v"] and reading.as_names(None) == []
    assert read_labelled(tmp_path / "a.csv", features=names).xs.tolist() == [[[2, 3]]]
