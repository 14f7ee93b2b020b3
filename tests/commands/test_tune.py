"""``lstm-lib tune`` as a stranger uses it: on any table, interrupted, on a full disk, and with wrong input."""

import csv
import json
import resource
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import yaml

from lstm_lib import cli
from lstm_lib.data.dna import melting_temperature, random_oligos
from lstm_lib.tuning import Choices, TextRegressor

SMALL = ("--trials", "3", "--epochs", "2", "--final-epochs", "5", "--batch-size", "32")


def run(*argv):
    return cli.main(["tune", *argv])


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def example(folder, n=120):
    """A train.csv and a test.csv of DNA."""
    oligos = random_oligos(n, seed=1)
    write(folder / "train.csv", ["sequence", "target"], zip(oligos.sequences, oligos.targets.round(3), strict=True))
    write(
        folder / "test.csv", ["id", "sequence"], [("b", "GATTACAGATTACA"), ("a", "CCGG"), ("c,d", oligos.sequences[0])]
    )


def table(printed):
    """The lines of the table of trials."""
    lines = printed.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("trial "))
    return lines[first + 1 : first + 4]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished run in its own process, from the seed project's file names: the folder and what was printed."""
    folder = tmp_path_factory.mktemp("whole")
    example(folder)
    command = [sys.executable, "-m", "lstm_lib.cli", "tune", *SMALL]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return folder, result


def test_the_seed_projects_command_writes_predictions_in_the_order_of_the_test_file(done):
    folder, result = done
    rows = read(folder / "predictions.csv")
    assert rows[0] == ["id", "target"] and [r[0] for r in rows[1:]] == ["b", "a", "c,d"]
    assert all(0 < float(r[1]) < 100 for r in rows[1:])
    assert result.stderr == "" and sorted(p.name for p in folder.iterdir()) == [
        "predictions.csv",
        "test.csv",
        "train.csv",
        "tuned",
    ]


def test_it_prints_the_trials_the_rivals_both_losses_and_the_time(done):
    folder, result = done
    report = json.loads((folder / "tuned" / "report.json").read_text())
    assert [line.split()[0] for line in table(result.stdout)] == ["0", "1", "2"]
    errors = [min(row["validation_mse"] for row in t["history"]) for t in report["trials"]]
    assert report["best_validation_mse"] == min(errors) and report["winner"] == np.argmin(errors)
    for number in (report["best_validation_mse"], *report["holdout_mse"].values(), *errors):
        assert f"{number:.5g}" in result.stdout
    for words in ("mean of the training part", "ridge on counts", "ridge on shares", "LSTM", "s of CPU time"):
        assert words in result.stdout
    assert "12 are held out" in result.stdout


def test_a_killed_run_resumes_to_the_same_table_and_the_same_predictions(done, tmp_path):
    folder, whole = done
    example(tmp_path)
    command = [sys.executable, "-m", "lstm_lib.cli", "tune", *SMALL]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process.stdout:
        while not process.stdout.readline().startswith("    1 "):  # two trials are done, the third has begun
            pass
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL and not (tmp_path / "predictions.csv").exists()

    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (
        refused.returncode == 2
        and "tuned holds an unfinished run; add --resume, or name another folder" in refused.stderr
    )
    other = subprocess.run(
        [*command, "--resume", "--seed", "1"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert other.returncode == 2 and "holds a run with seed=0, not 1" in other.stderr
    resumed = subprocess.run([*command, "--resume"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert table(resumed.stdout) == table(whole.stdout)
    assert (tmp_path / "predictions.csv").read_bytes() == (folder / "predictions.csv").read_bytes()
    assert sorted(p.name for p in (tmp_path / "tuned").iterdir()) == ["model.keras", "report.json"]


def test_a_saved_model_predicts_the_same_file_elsewhere(done, tmp_path, capsys, monkeypatch):
    folder, _ = done
    monkeypatch.chdir(tmp_path)
    assert run("--model", str(folder / "tuned"), "--test", str(folder / "test.csv"), "--output", "new/p.csv") == 0
    assert (tmp_path / "new" / "p.csv").read_bytes() == (folder / "predictions.csv").read_bytes()
    assert capsys.readouterr().out == "wrote new/p.csv\n"
    with zipfile.ZipFile(folder / "tuned" / "model.keras") as archive:
        about = json.loads(archive.read("about.json"))
        assert not [name for name in archive.namelist() if "pkl" in name or "pickle" in name]
    assert about["characters"] == "ACGT" and about["record"]["settings"]["trials"] == 3
    assert {"kind", "length", "low", "high", "choices"} <= about.keys()
    regressor = TextRegressor.load(folder / "tuned" / "model.keras")
    texts = [row[1] for row in read(folder / "test.csv")[1:]]
    assert [f"{y:.6g}" for y in regressor.predict(texts)] == [row[1] for row in read(tmp_path / "new" / "p.csv")[1:]]


def test_a_model_that_was_trained_in_python_is_used_by_the_command(in_tmp, capsys):
    example(in_tmp)
    texts, targets = [row[0] for row in read("train.csv")[1:]], [float(row[1]) for row in read("train.csv")[1:]]
    regressor = TextRegressor(Choices(hidden_size=4), seed=3)
    regressor.fit(texts[:90], targets[:90], validation=(texts[90:], targets[90:]), epochs=1, batch_size=30)
    regressor.save("mine.keras")
    assert run("--model", "mine.keras", "--output", "p.csv") == 0
    expected = regressor.predict([row[1] for row in read("test.csv")[1:]])
    assert read("p.csv")[0] == ["id", "target"]
    np.testing.assert_allclose([float(row[1]) for row in read("p.csv")[1:]], expected, rtol=1e-5)


@pytest.fixture
def folder(done, in_tmp):
    """A folder with both tables, and a saved model beside it."""
    example(in_tmp)
    (in_tmp / "model").symlink_to(done[0] / "tuned")
    return in_tmp


def predictions(folder, test, *flags):
    (folder / "t.csv").write_bytes(test if isinstance(test, bytes) else test.encode())
    assert run("--model", "model", "--test", "t.csv", "--output", "p.csv", *flags) == 0
    return read(folder / "p.csv")


def test_a_table_is_read_however_it_was_saved(folder):
    plain = predictions(folder, "id,sequence\n1,GATTACA\n2,CC\n")
    assert predictions(folder, b"\xef\xbb\xbfid,sequence\r\n1,GATTACA\r\n2,CC\r\n") == plain
    assert predictions(folder, 'x,"sequence","id"\n"a, b","GATTACA","1"\n,CC,2\n') == plain
    named = predictions(
        folder, "name,dna\n1,GATTACA\n2,CC\n", "--id-column=name", "--sequence-column=dna", "--target-column=Tm"
    )
    assert named == [["name", "Tm"], *plain[1:]]


def test_a_saved_model_remembers_the_name_of_its_target(folder):
    (folder / "renamed").mkdir()
    with zipfile.ZipFile(folder / "model" / "model.keras") as old:
        members = {name: old.read(name) for name in old.namelist()}
    about = json.loads(members["about.json"])
    about["record"]["settings"]["target_column"] = "Tm"
    with zipfile.ZipFile(folder / "renamed" / "model.keras", "w") as new:
        for name, content in (members | {"about.json": json.dumps(about)}).items():
            new.writestr(name, content)
    assert run("--model", "renamed", "--output", "p.csv") == 0
    assert read(folder / "p.csv")[0] == ["id", "Tm"]


def test_what_training_never_saw_is_predicted_with_a_counted_warning(folder, capsys):
    rows = predictions(folder, 'id,sequence\n1,GANTAC-\n2,CC\n3,"G,G"\n')
    error = capsys.readouterr().err
    assert len(rows) == 4 and all(np.isfinite(float(r[1])) for r in rows[1:])
    assert error == "lstm-lib: warning: t.csv: 2 of 3 texts have characters that training never saw: ',', '-', 'N'\n"
    predictions(folder, f"id,sequence\n1,{'GATTACA' * 9}\n2,CC\n")
    assert "1 of 2 texts are cut to 40 characters" in capsys.readouterr().err


BAD_TRAIN = {
    "missing file": (None, "train.csv: no such file"),
    "empty file": ("", "train.csv: the file is empty"),
    "no rows": ("sequence,target\n", "a header and no rows"),
    "missing column": ("sequence,Target\nGA,1\n", "no column 'target'; the header has 'sequence', 'Target'"),
    "text for a target": ("sequence,target\nGA,1\nGC,warm\n", "train.csv, line 3, column 'target': 'warm' is not a"),
    "NaN for a target": ("sequence,target\nGA,nan\n", "line 2, column 'target': 'nan' is not a finite number"),
    "a class for a target": (
        "sequence,target\nGA,hot\nGC,warm\n",
        "train.csv: column 'target' holds texts, such as 'hot', and tune predicts a number; a class is learned by"
        " lstm-lib classify --data train.csv --text-column sequence --label-column target",
    ),
    "no target": ("sequence,target\nGA,\n", "line 2, column 'target': '' is not a finite number"),
    "empty sequence": ("sequence,target\nGA,1\n,2\n", "line 3, column 'sequence': the text is empty"),
    "blank sequence": ("sequence,target\nGA,1\n  ,2\n", "line 3, column 'sequence': the text is empty"),
    "constant target": ("sequence,target\nGA,2\nCC,2.0\n", "column 'target' is 2 in every row"),
    "fewer rows than a batch": (
        "sequence,target\nGA,1\nCC,2\n",
        "leave 2 to train on, fewer than a batch of 64",
    ),
    "Latin-1": ("sequence,target\ncafé,1\n".encode("latin-1"), "train.csv: not UTF-8 at byte 19"),
    "a comma without quotes": ("sequence,target\nG,A,1\n", "line 2: the header has 2 columns and this row 3"),
    "one text only": ("sequence,target\n" + "GA,1\nGA,2\n" * 50, "too few different texts"),
}


@pytest.mark.parametrize("case", BAD_TRAIN)
def test_bad_rows_to_train_on_end_in_one_line_and_no_file(folder, capsys, case):
    content, message = BAD_TRAIN[case]
    (folder / "train.csv").unlink()
    if content is not None:
        (folder / "train.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(folder, capsys, message)


def assert_refused(folder, capsys, message, *flags):
    before = sorted(p.name for p in folder.iterdir())
    assert run(*flags) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1 and message in captured.err, captured.err
    assert sorted(p.name for p in folder.iterdir()) == before


BAD_TEST = {
    "missing file": (None, "test.csv: no such file"),
    "empty file": ("", "test.csv: the file is empty"),
    "missing column": ("sequence\nGA\n", "test.csv: no column 'id'"),
    "empty sequence": ("id,sequence\n1,\n", "test.csv, line 2, column 'sequence': the text is empty"),
    "duplicate id": ("id,sequence\n1,A\n2,C\n1,G\n", "test.csv, line 4: id '1' stands on line 2 already"),
    "Latin-1": ("id,sequence\n1,café\n".encode("latin-1"), "test.csv: not UTF-8"),
}


@pytest.mark.parametrize("flags", [(), ("--model", "model")], ids=["train", "predict"])
@pytest.mark.parametrize("case", BAD_TEST)
def test_bad_rows_to_predict_are_refused_before_anything_is_trained(folder, capsys, case, flags):
    content, message = BAD_TEST[case]
    (folder / "test.csv").unlink()
    if content is not None:
        (folder / "test.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(folder, capsys, message, *flags)


BAD_FLAGS = {
    "output over the training file": (("--output", "train.csv"), "--output and --train are the same file"),
    "output over the test file": (("--output", "./test.csv"), "are the same file"),
    "unwritable output": (("--output", "train.csv/p.csv"), "cannot write train.csv/p.csv"),
    "output of another kind": (("--output", "p.txt"), "--output p.txt: must be a folder, or a file that ends in .csv"),
    "model over the training file": (
        ("--train", "saved/model.keras", "--save", "saved"),
        "model.keras and --train are the same file",
    ),
    "report over the training file": (("--train", "saved/report.json", "--save", "saved"), "are the same file"),
    "predictions of a folder over the test file": (
        ("--test", "saved/predictions.csv", "--output", "saved"),
        "predictions.csv and --test are the same file",
    ),
    "a folder beside a folder": (("--save", "a", "--output", "b"), "--save is for an --output that ends in .csv"),
    "nothing to overwrite": (("--overwrite",), "--overwrite needs --make-example"),
    "nowhere to go on": (("--output", "report.json", "--resume"), "--resume needs --output FOLDER"),
    "predictions over the model": (("--model", "model/model.keras", "--output", "model/model.keras"), "ends in .csv"),
    "a folder without a model": (("--model", "."), "--model .: the folder holds no model.keras"),
    "unwritable folder": (("--save", "train.csv"), "cannot write train.csv/model.keras"),
    "no model": (("--model", "nowhere"), "--model nowhere: no such file or folder"),
    "no trials": (("--trials", "0"), "trials must be at least 1, got 0"),
    "all held out": (("--holdout", "1.5"), "holdout must be"),
    "unknown encoding": (("--encoding", "bytes"), "encoding"),
    "one column twice": (("--id-column", "sequence"), "must differ"),
    "no regular expression": (("--token-pattern", "("), "token_pattern '(' is no regular expression"),
    "tokens of nothing": (("--token-pattern", "a*"), "token_pattern 'a*' fits the empty text, too"),
    "atoms without their case": (("--token-pattern", "smiles", "--lower-case", "true"), "lower_case makes one of C"),
    "negative seed": (("--seed", "-1"), "seed must be at least 0"),
}


@pytest.mark.parametrize("case", BAD_FLAGS)
def test_bad_flags_end_in_one_line_and_no_file(folder, capsys, case):
    flags, message = BAD_FLAGS[case]
    assert_refused(folder, capsys, message, *flags)


@pytest.mark.parametrize("flags", [(), ("--model", "model")], ids=["train", "predict"])
def test_texts_of_which_nothing_is_known_are_refused_with_what_may_be_the_reason(folder, capsys, flags):
    write(folder / "test.csv", ["id", "sequence"], [(1, "gattaca"), (2, "ttt")])
    message = (
        "test.csv: not one character of these texts was in the training: 'a', 'c', 'g', 't'; they are known in the"
    )
    assert_refused(folder, capsys, message + " other case: to make no difference train with --lower-case", *flags)
    write(folder / "test.csv", ["id", "sequence"], [(1, "123")])
    assert_refused(folder, capsys, "'1', '2', '3'; name texts of the kind that was trained on", *flags)
    write(folder / "test.csv", ["id", "sequence"], [(1, "GATt"), (2, "CC")])
    assert run("--model", "model", "--output", "p.csv") == 0
    assert "1 of 2 texts have characters that training never saw: 't'; they are known" in capsys.readouterr().err


def test_the_case_of_letters_is_overlooked_on_request_and_the_model_remembers_it(folder, capsys):
    assert run(*SMALL, "--trials", "1", "--lower-case", "true", "--output", "lower") == 0
    rows = [("b", "gattacaGATTACA"), ("a", "ccgg"), ("c,d", read("train.csv")[1][0].lower())]
    write(folder / "test.csv", ["id", "sequence"], rows)
    assert run("--model", "lower", "--output", "p.csv") == 0
    assert read("p.csv") == read("lower/predictions.csv") and capsys.readouterr().err == ""


def test_atoms_of_two_letters_are_one_token_and_a_new_one_is_called_by_its_name(folder, capsys):
    rng, pieces = np.random.default_rng(0), ["C", "l", "B", "r", "Cl", "Br", "[nH]"]
    rows = [rng.choice(pieces, rng.integers(2, 7)) for _ in range(160)]
    write(folder / "train.csv", ["sequence", "target"], [("".join(row), sum(row == "Cl")) for row in rows])
    write(folder / "test.csv", ["id", "sequence"], [(1, "ClC[nH]"), (2, "C[Na+]")])
    assert run(*SMALL, "--trials", "1", "--token-pattern", "smiles", "--output", "atoms") == 0
    warning = "lstm-lib: warning: test.csv: 1 of 2 texts have characters that training never saw: '[Na+]'\n"
    assert capsys.readouterr().err == warning
    assert run("--model", "atoms", "--output", "p.csv") == 0 and capsys.readouterr().err == warning
    assert read("p.csv") == read("atoms/predictions.csv")
    regressor = TextRegressor.load("atoms/model.keras")
    assert regressor.record["tokens"]["names"] == ["Br", "Cl", "[nH]"] and regressor.symbols.size == 2 + 7
    assert regressor.length <= 6 < max(len("".join(row)) for row in rows)


def test_a_damaged_model_and_one_of_another_command_are_refused(folder, capsys):
    from lstm_lib.frameworks.keras_setup import keras, save_model

    (folder / "broken").mkdir()
    content = (folder / "model" / "model.keras").read_bytes()
    (folder / "broken" / "model.keras").write_bytes(content[: len(content) // 2])
    assert_refused(folder, capsys, "broken/model.keras: not a model saved by this library", "--model", "broken")
    (folder / "other").mkdir()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    save_model(folder / "other" / "model.keras", model, {"characters": "ab", "length": 2, "low": 0, "high": 1})
    assert_refused(folder, capsys, "other/model.keras: its kind is None, not 'lstm_lib.tuning 3'", "--model", "other")


@pytest.fixture
def full_disk():
    """A disk that takes a few kilobytes: the system itself refuses to let a file grow beyond a limit."""
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, kept[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, kept)


def test_a_disk_that_fills_up_while_predictions_are_written_leaves_the_old_ones(folder, capsys, full_disk):
    write(folder / "test.csv", ["id", "sequence"], [(f"{k} {'x' * 5000}", "GATTACA") for k in range(500)])
    (folder / "predictions.csv").write_text("id,target\nold,1\n")
    full_disk(2_000_000)  # Keras unpacks the weights, which are smaller, into a file of its own
    assert_refused(folder, capsys, "cannot write predictions.csv: File too large", "--model", "model")
    assert (folder / "predictions.csv").read_text() == "id,target\nold,1\n"


@pytest.mark.parametrize("size", [100, 20_000])  # no room for a trial; room for all but the state of a training
def test_a_disk_that_fills_up_in_a_search_or_in_a_training_leaves_no_half_file(folder, capsys, full_disk, size):
    full_disk(size)
    assert run(*SMALL, "--trials", "1") == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "cannot write" in captured.err, captured.err
    assert not (folder / "predictions.csv").exists() and not (folder / "tuned" / "model.keras").exists()
    assert [p.name for p in (folder / "tuned").iterdir() if p.name != "unfinished"] == []
    assert not list(folder.rglob(".writing-*"))
    full_disk(10**9)
    assert run(*SMALL, "--trials", "1", "--resume") == 0
    assert (folder / "predictions.csv").exists()


def test_a_folder_gets_everything_and_one_file_is_the_one_of_the_folder(done, folder, capsys):
    assert run(*SMALL, "--output", "all/") == 0
    assert sorted(p.name for p in (folder / "all").iterdir()) == ["model.keras", "predictions.csv", "report.json"]
    assert (folder / "all" / "predictions.csv").read_bytes() == (done[0] / "predictions.csv").read_bytes()
    before = sorted(p.name for p in folder.iterdir())
    (folder / "test.csv").unlink()  # nothing of it is asked for
    assert run(*SMALL, "--output", "alone.keras") == 0 and run(*SMALL, "--output", "alone.json") == 0
    assert sorted(p.name for p in folder.iterdir()) == sorted({*before, "alone.keras", "alone.json"} - {"test.csv"})
    reports = [json.loads((folder / name).read_text()) for name in ("alone.json", "all/report.json")]
    assert reports[0] | {"seconds": 0} == reports[1] | {"seconds": 0}
    example(folder)
    assert run("--model", "alone.keras", "--output", "p.csv") == 0 and run("--model", "all", "--output", "new") == 0
    for name in ("p.csv", "new/predictions.csv"):
        assert (folder / name).read_bytes() == (folder / "all" / "predictions.csv").read_bytes()


def test_what_the_command_did_not_write_stays(folder, capsys):
    for name in ("search", "unfinished", "unfinished/keras_tuner.d"):
        (folder / name).mkdir()
        (folder / name / "mine.txt").write_text("mine")
    assert run(*SMALL, "--trials", "1", "--save", ".", "--resume") == 2
    assert "unfinished holds files that no run wrote; move them" in capsys.readouterr().err
    for name in ("search", "unfinished", "unfinished/keras_tuner.d"):
        assert (folder / name / "mine.txt").read_text() == "mine"
    (folder / "unfinished").rename(folder / "moved")
    assert run(*SMALL, "--trials", "1", "--save", ".", "--resume") == 0
    assert (folder / "search" / "mine.txt").read_text() == "mine" and not (folder / "unfinished").exists()


def test_a_search_that_diverges_leaves_nothing_to_go_on_with(folder, capsys, monkeypatch):
    from lstm_lib.tuning.search import Search

    monkeypatch.setattr(Search, "_history", lambda self, *_: [])
    assert run(*SMALL) == 1
    assert "all 3 trials diverged" in capsys.readouterr().err
    assert not (folder / "predictions.csv").exists() and list((folder / "tuned").iterdir()) == []


def test_the_example_replaces_no_file_unasked(in_tmp, capsys):
    for name in ("train.csv", "answers.csv"):
        (in_tmp / name).write_text("mine")
        assert run("--make-example", ".") == 2
        assert f"{name} exists; --overwrite replaces it, or name another folder" in capsys.readouterr().err
        assert [p.name for p in in_tmp.iterdir()] == [name] and (in_tmp / name).read_text() == "mine"
        (in_tmp / name).unlink()
    (in_tmp / "train.csv").write_text("mine")
    assert run("--make-example", ".", "--overwrite") == 0
    assert len(read(in_tmp / "train.csv")) == 10_001


def test_settings_come_from_flags_the_environment_and_yaml_in_this_order(in_tmp, monkeypatch, capsys):
    (in_tmp / "mine.yaml").write_text("seed: 1\ntrials: 5\nencoding: onehot\n")

    def shown(*flags):
        with pytest.raises(SystemExit):
            run("--config", "mine.yaml", *flags, "--print_config")
        return yaml.safe_load(capsys.readouterr().out)

    found = shown("--final-epochs", "9")
    assert [found[name] for name in ("seed", "trials", "encoding", "final_epochs")] == [1, 5, "onehot", 9]
    monkeypatch.setenv("RANDOM_SEED", "2")
    assert shown()["seed"] == 2 and shown("--seed=3")["seed"] == 3
    (in_tmp / "mine.yaml").write_text("trails: 5\n")
    assert run("--config", "mine.yaml") == 2 and "trails" in capsys.readouterr().err


def test_the_example_is_what_the_chapter_describes(in_tmp, capsys):
    assert run("--make-example", "data", "--seed", "3") == 0
    train, test, answers = (read(in_tmp / "data" / f"{name}.csv") for name in ("train", "test", "answers"))
    assert train[0] == ["sequence", "target"] and test[0] == ["id", "sequence"] and answers[0] == ["id", "target"]
    assert len(train) == 10_001 and len(test) == len(answers) == 2001
    for rows in (train[1:], [(t[1], a[1]) for t, a in zip(test[1:], answers[1:], strict=True)]):
        noise = [float(y) - melting_temperature(x) for x, y in rows]
        assert np.std(noise) == pytest.approx(1.0, abs=0.05) and abs(np.mean(noise)) < 0.1
    assert [t[0] for t in test] == [a[0] for a in answers]
    assert len({r[0] for r in train} & {r[1] for r in test}) < 5  # short ones meet by chance
