"""``lstm-lib seq2seq`` as a stranger uses it: three commands, their files, and wrong input refused in one line."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from examples import COLUMNS, FILES, NATIVE, write_files
from running import ONE_THREAD

from lstm_lib import cli
from lstm_lib.commands.seq2seq import data as seq2seq_data, run as seq2seq, settings as st
from lstm_lib.data.lexicons import load_pairs
from lstm_lib.errors import InputError
from lstm_lib.seq2seq import Translator, sample_sources
from lstm_lib.seq2seq.files import read_file
from lstm_lib.storage import checkpoint

SMALL = ("--hidden-size", "24", "--embedding-size", "8", "--readout-size", "16", "--batch-size", "16", "--dropout", "0")


def run(capsys, *argv):
    """Run the command; return its exit code and what it printed."""
    capsys.readouterr()
    code = cli.main(["seq2seq", *map(str, argv)])
    return code, *capsys.readouterr()


@pytest.fixture
def folder(in_tmp):
    write_files(in_tmp)
    return in_tmp


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with three files and the run of a model trained on them."""
    folder = tmp_path_factory.mktemp("trained")
    write_files(folder)
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert cli.main(["seq2seq", "train", *FILES, *SMALL, "--epochs", "12", "--output", "run"]) == 0
    finally:
        os.chdir(before)
    return folder


def settings_of(folder):
    """The settings that a model was trained with, from its file."""
    return read_file(folder)[1]["record"]["settings"]


@pytest.fixture
def in_trained(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def test_training_logs_every_epoch_and_keeps_a_model(trained):
    with open(trained / "run" / "log.csv", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["epoch"] for row in rows] == [str(k) for k in range(1, 13)]
    for part in ("train", "validation"):
        for name in ("free_token_accuracy", "sequence_accuracy"):
            first, last = (float(rows[k][f"{part}_{name}"]) for k in (0, -1))
            assert 0 <= first < last <= 1
    assert {"validation_teacher_forced_token_accuracy", "validation_loss", "train_loss"} < rows[0].keys()
    assert "seconds" not in rows[0]
    with open(trained / "run" / "times.csv", newline="") as handle:
        times = [float(row["seconds"]) for row in csv.DictReader(handle)]
    assert len(times) == 12 and times == sorted(times) and times[0] > 0
    settings = settings_of(trained / "run")
    assert settings["weight_decay"] == 1e-5 and settings["hidden_size"] == 24 and settings["beam_width"] == 5
    record = read_file(trained / "run")[1]["record"]
    assert record["data"] == "train.tsv" and len(record["history"]) == 12
    assert {p.name for p in (trained / "run").iterdir()} >= {"model.safetensors", "log.csv", "times.csv"}
    assert not (trained / "run" / "unfinished").exists()


def test_evaluate_scores_what_it_writes_alike_in_another_process(in_trained, capsys):
    code, out, err = run(capsys, "evaluate", "--model", "run")
    assert code == 0 and err == ""
    result = json.loads((in_trained / "run" / "metrics.json").read_text())
    with open(in_trained / "run" / "predictions.tsv", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    pairs = load_pairs("test.tsv", source=1, target=0)
    references = pairs.references()
    assert [row["source"] for row in rows] == list(references) and result["sources"] == len(rows) < result["rows"]
    for search in ("greedy", "beam"):
        right = {row["source"]: row[search] in references[row["source"]] for row in rows}
        assert result[search]["sequence_accuracy"] == np.mean(list(right.values()))
        written = {row["source"]: row[search] for row in rows}
        by_row = [written[source] == target for source, target in zip(pairs.sources, pairs.targets, strict=True)]
        assert result[search]["row_sequence_accuracy"] == np.mean(by_row)
        assert result[search]["row_sequence_accuracy_any"] == np.mean([right[s] for s in pairs.sources])
        assert f"{100 * result[search]['sequence_accuracy']:.2f} %" in out
        assert sum(g["sources"] * g[search] for g in result["by_length"]) == pytest.approx(sum(right.values()))
    assert {row["source"] for row in rows if row["right"] == "0"} >= {error["source"] for error in result["worst"]}
    edits = [error["edits"] for error in result["worst"]]
    assert edits == sorted(edits, reverse=True) and len(edits) == min(20, sum(row["right"] == "0" for row in rows))
    assert all(f"  {error['source']}: " in out for error in result["worst"])
    assert result["beam_width"] == 5 and result["greedy"]["sequence_accuracy"] > 0.3
    argv = [sys.executable, "-m", "lstm_lib.cli", "seq2seq", "evaluate", "--run", "run", "--output", "again"]
    done = subprocess.run(argv, env=os.environ | ONE_THREAD, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines()[:-2] == out.splitlines()[:-2]
    for name in ("metrics.json", "predictions.tsv"):
        assert (in_trained / "again" / name).read_bytes() == (in_trained / "run" / name).read_bytes()


def test_another_file_and_another_search_can_be_scored(in_trained, capsys):
    (in_trained / "other.tsv").write_text("abc\tकखग\nab?\tकख\n", encoding="utf-8")
    flags = ("--test", "other.tsv", "--source-column", 0, "--target-column", 1, "--beam-width", 2, "--output", "other")
    code, out, err = run(capsys, "evaluate", "--run", "run/model.safetensors", *flags)
    assert code == 0 and "beam 2, length penalty 0.5" in out
    assert err == "lstm-lib: warning: other.tsv: 1 sources have symbols that the model does not know: '?'\n"
    assert json.loads((in_trained / "other" / "metrics.json").read_text())["unknown"] == 1


def test_translate_explains_the_score_and_the_sounds_of_the_dictionary(capsys):
    code, out, err = run(capsys, "translate", "Phone", "knife", "--n-best", 1)
    assert code == 0 and "1 of 2 words are read in small letters" in err
    lines = out.splitlines()
    assert lines[2].split()[1:4] == ["F", "OW", "N"] and lines[4].split()[1:4] == ["N", "AY", "F"]
    assert lines[5] == "score: log-probability in nats / length^0.5; the nearer to 0, the likelier"
    assert lines[6:] == ["sounds, each as in a word: AY ride, F fan, N net, OW boat"]


def test_translate_prints_the_best_with_falling_scores_and_draws_their_attention(in_trained, capsys):
    code, out, err = run(capsys, "translate", "abc", "hgf", "--run", "run", "--n-best", 4)
    lines = out.splitlines()
    assert code == 0 and err == "" and lines[1] == "abc" and lines[6] == "hgf"
    assert "nearer to 0" in lines[-1]  # and no key of sounds, which these symbols are not
    outputs = [line.split() for line in lines[2:6]]
    scores = [float(fields[2]) for fields in outputs]
    assert [fields[0] for fields in outputs] == ["1", "2", "3", "4"] and scores == sorted(scores, reverse=True)
    probabilities = [float(fields[3]) / 100 for fields in outputs]
    for fields, p in zip(outputs, probabilities, strict=True):
        assert np.log(p) / (len(fields[1]) + 1) ** 0.5 == pytest.approx(float(fields[2]), rel=0.02)
    for name, start in (("map.png", b"\x89PNG"), ("map.svg", b"<?xml"), ("map.pdf", b"%PDF")):
        code, _, err = run(capsys, "translate", "--run", "run", "--plot", name, "abc")
        assert code == 0 and (in_trained / name).read_bytes().startswith(start)
        assert err == "" or err.startswith(f"lstm-lib: warning: {name}: matplotlib's font lacks some symbols")


def test_a_map_shows_the_attention_of_each_word_with_its_symbols(in_trained, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "matplotlib.figure.Figure.savefig", lambda figure, path: drawn.update(figure=figure) or open(path, "w").close()
    )
    assert cli.main(["seq2seq", "translate", "abc", "fg", "--run", "run", "--plot", "map.png", "--n-best", "1"]) == 0
    first, second = (ax for ax in drawn["figure"].axes if ax.images)
    for ax, word in ((first, "abc"), (second, "fg")):
        values = ax.images[0].get_array()
        np.testing.assert_allclose(values.sum(1), 1, rtol=1e-5)
        assert [label.get_text() for label in ax.get_xticklabels()] == list(word)
        labels = [label.get_text() for label in ax.get_yticklabels()]
        assert len(labels) == len(values) and labels[-1] == "(end)" and set(labels[:-1]) <= set(NATIVE)


def test_a_run_killed_after_any_epoch_goes_on_to_the_same_log_and_weights(folder, capsys):
    flags = ("train", *FILES, *SMALL, "--epochs", 3, "--dropout", 0.1, "--models", 2)
    assert run(capsys, *flags, "--output", "whole")[0] == 0
    saved = []
    with pytest.MonkeyPatch.context() as patch:
        stop_after_saving(patch, saved)
        assert run(capsys, *flags, "--output", "resumed")[0] == 130
        code, _, err = run(capsys, *flags, "--output", "resumed")
        assert code == 2 and "resumed holds an unfinished run; add --resume" in err
        for _ in range(5):
            assert run(capsys, *flags, "--output", "resumed", "--resume")[0] == 130
    assert saved == ["state_1"] * 3 + ["state_2"] * 3
    code, _, err = run(capsys, "evaluate", "--run", "resumed")
    assert code == 2 and "its run is unfinished" in err
    assert run(capsys, *flags, "--output", "resumed", "--resume")[0] == 0
    assert sorted(os.listdir("resumed")) == ["log.csv", "model.safetensors", "times.csv"]
    assert (folder / "whole" / "log.csv").read_bytes() == (folder / "resumed" / "log.csv").read_bytes()
    whole, resumed = (checkpoint.load(f"{name}/model.safetensors") for name in ("whole", "resumed"))
    assert whole[0].keys() == resumed[0].keys() and any(name.startswith("models.1.") for name in whole[0])
    for name, array in whole[0].items():
        np.testing.assert_array_equal(resumed[0][name], array)
    code, out, _ = run(capsys, "evaluate", "--run", "resumed")
    assert code == 0 and "greedy" in out


def stop_after_saving(patch, saved):
    """Let Ctrl-C come right after a state was saved; its name is added to ``saved``."""
    real = checkpoint.Run.save

    def save_and_stop(self, *args):
        real(self, *args)
        saved.append(args[0])
        raise KeyboardInterrupt

    patch.setattr(checkpoint.Run, "save", save_and_stop)


def test_the_state_of_other_settings_or_pairs_is_refused_and_so_is_one_cut_short(folder, capsys):
    flags = ("train", *FILES, *SMALL, "--epochs", 1, "--output", "new", "--resume")
    with pytest.MonkeyPatch.context() as patch:
        stop_after_saving(patch, [])
        assert run(capsys, *flags)[0] == 130
    code, _, err = run(capsys, *flags, "--cell", "gru")
    assert code == 2 and "holds a run with cell=lstm, not gru" in err
    state = folder / "new" / "unfinished" / "state_1.safetensors"
    whole = state.read_bytes()
    state.write_bytes(whole[:-40])
    code, _, err = run(capsys, *flags)
    assert code == 2 and "state_1.safetensors: not a checkpoint of this library, or cut short" in err
    state.write_bytes(whole)
    (folder / "train.tsv").write_text((folder / "dev.tsv").read_text())
    code, _, err = run(capsys, *flags)
    warning, error = err.splitlines()
    assert code == 2 and "pairs are also in train.tsv" in warning
    assert error.startswith("lstm-lib: error: ") and "holds a run with train_sha256=" in error
    assert os.listdir("new") == ["unfinished"]


def test_a_finished_run_is_neither_made_again_nor_overwritten(folder, capsys):
    flags = ("train", *FILES, *SMALL, "--epochs", 1, "--output", "new")
    assert run(capsys, *flags)[0] == 0
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (folder / "new").iterdir()}
    for again in (flags, (*flags, "--resume")):
        code, out, err = run(capsys, *again)
        assert (code, err) == (0, "") and out.startswith("new holds this run, and it is finished; ")
    for other in (("--cell", "gru"), ("--resume", "--seed", 1)):
        code, out, err = run(capsys, *flags, *other)
        assert (code, out) == (2, "") and "new holds a finished run with " in err and "name another folder" in err
    text = (folder / "train.tsv").read_text()
    (folder / "train.tsv").write_text(text[: text.rindex("\n", 0, -1) + 1])
    code, _, err = run(capsys, *flags)
    assert code == 2 and "new holds a finished run with train_sha256=" in err
    assert before == {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (folder / "new").iterdir()}
    (folder / "own").mkdir()
    (folder / "own" / "model.safetensors").write_text("mine")
    code, _, err = run(capsys, *flags, "--output", "own")
    assert code == 2 and "own holds another model.safetensors; name another folder" in err


def test_one_file_is_written_where_the_output_is_one(in_trained, folder, capsys):
    flags = ("train", *FILES, *SMALL, "--epochs", 1)
    code, out, _ = run(capsys, *flags, "--output", "m.safetensors")
    assert code == 0 and "wrote m.safetensors" in out
    code, out, _ = run(capsys, *flags, "--output", "log.csv")
    assert code == 0 and "the model is not kept" in out
    assert len(list(csv.DictReader((folder / "log.csv").read_text().splitlines()))) == 1
    for name in ("s.json", "p.tsv"):
        assert run(capsys, "evaluate", "--model", "m.safetensors", "--output", name)[0] == 0
    n = json.loads((folder / "s.json").read_text())["sources"]
    assert len((folder / "p.tsv").read_text(encoding="utf-8").splitlines()) == n + 1
    made = {"m.safetensors", "log.csv", "s.json", "p.tsv"}
    assert {p.name for p in folder.iterdir()} == made | {f"{part}.tsv" for part in ("train", "dev", "test")}


def test_what_the_command_saved_is_loaded_in_python_and_the_other_way_round(in_trained, folder, capsys):
    (folder / "run").mkdir()
    (folder / "run" / "model.safetensors").write_bytes((in_trained / "run" / "model.safetensors").read_bytes())
    translator = Translator.load("run")
    code, out, _ = run(capsys, "translate", "abc", "hgf", "--run", "run", "--n-best", 1)
    assert code == 0 and [line.split()[1] for line in out.splitlines()[2:5:2]] == translator.translate(["abc", "hgf"])
    assert translator.record["settings"]["train"] == "train.tsv"
    pairs = load_pairs("test.tsv", source=1, target=0)
    assert run(capsys, "evaluate", "--run", "run")[0] == 0
    stored = json.loads((folder / "run" / "metrics.json").read_text())
    found = translator.score(pairs)
    assert {key: stored[key] for key in found if key != "predictions"} == json.loads(
        json.dumps({key: value for key, value in found.items() if key != "predictions"})
    )
    small = Translator(hidden_size=8, embedding_size=4)
    small.fit([("ab", "BA"), ("b", "B")], epochs=1)
    small.save("python.safetensors")
    (folder / "two.tsv").write_text("ab\tBA\n")
    assert run(capsys, "evaluate", "--model", "python.safetensors", "--test", "two.tsv")[0] == 0
    code, _, err = run(capsys, "evaluate", "--model", "python.safetensors")
    assert code == 2 and "trained on other pairs, without a test file; give --test FILE" in err
    assert run(capsys, "translate", "ba", "--model", "python.safetensors")[0] == 0


def test_columns_are_called_swapped_only_against_the_training(folder, capsys):
    flags = ("train", "--train", "train.tsv", *SMALL, "--epochs", 1)
    code, out, err = run(capsys, *flags, "--output", "run")  # native to Latin
    assert code == 0 and "train.tsv, held out" in out and err == ""
    code, _, err = run(capsys, "evaluate", "--run", "run", "--test", "test.tsv")
    assert code == 0 and err == ""
    code, _, err = run(capsys, "evaluate", "--run", "run", "--test", "test.tsv", *COLUMNS)
    warning, error = err.splitlines()
    assert code == 2 and "test.tsv: its columns look swapped" in warning and "every source has only symbols" in error
    (folder / "dev.tsv").write_text("abc\tकखग\n", encoding="utf-8")
    code, _, err = run(capsys, *flags, "--dev", "dev.tsv", *COLUMNS)
    assert code == 0 and "dev.tsv: its columns look swapped" in err
    assert err.splitlines()[0].endswith("(--source-column, --target-column)")


def test_measuring_on_what_was_learned_is_warned_of(folder, capsys):
    flags = ("--train", "dev.tsv", "--dev", "dev.tsv", *COLUMNS)
    code, _, err = run(capsys, "train", *flags, *SMALL, "--epochs", 1)
    n = len(load_pairs("dev.tsv"))
    assert code == 0 and f"warning: dev.tsv: {n} of its {n} pairs are also in dev.tsv" in err


def test_settings_come_from_yaml_and_flags_win(folder, capsys):
    (folder / "c.yaml").write_text("cell: gru\nattention: additive\nepochs: 1\nhidden_size: 8\ntrain: train.tsv\n")
    code, _, _ = run(capsys, "train", "--config", "c.yaml", *COLUMNS, "--attention", "none", "--output", "run")
    assert code == 0
    settings = settings_of(folder / "run")
    assert (settings["cell"], settings["attention"], settings["length_penalty"]) == ("gru", "none", 2.5)
    code, _, err = run(capsys, "translate", "ab", "--run", "run", "--plot", "map.png")
    assert code == 2 and "--plot: this model has no attention to draw" in err


def test_what_is_left_open_follows_the_budget_and_the_number_of_pairs():
    def open_ones(pairs, **options):
        return st.TrainSettings(**options).resolved(pairs)

    cmudict, hindi = 113_081, 44_204
    short, long, hour = (open_ones(cmudict, budget=budget) for budget in (60.0, 1200.0, 3600.0))
    assert short | {"hidden_size": 192, "learning_rate": 0.003, "dropout": 0.1, "models": 1} == short
    assert long | {"hidden_size": 256, "learning_rate": 0.002, "dropout": 0.2, "models": 1} == long
    assert hour | {"hidden_size": 256, "dropout": 0.2, "models": 2} == hour
    assert open_ones(hindi, budget=600.0)["models"] == 2 and open_ones(hindi, budget=600.0)["dropout"] == 0.1
    assert open_ones(hindi, epochs=20)["models"] == 1
    assert [open_ones(hindi, epochs=epochs)["dropout"] for epochs in (9, 20, 60)] == [0.1, 0.2, 0.3]
    assert open_ones(hindi, bidirectional=False)["encoder_size"] == 256
    assert (short["encoder_size"], long["encoder_size"]) == (96, 128)
    assert open_ones(hindi, hidden_size=25)["encoder_size"] == 13
    assert [open_ones(hindi, encoder_size=size)["encoder_size"] for size in (0, 7)] == [0, 7]
    assert open_ones(hindi, budget=600.0, models=1, dropout=0.4, learning_rate=1.0)["dropout"] == 0.4
    assert st.TrainSettings().until() == {"epochs": 20} and st.TrainSettings(budget=9.0).until() == {"budget": 9.0}


def about(settings):
    """What the file of a model says that was trained so."""
    return {"record": {"settings": settings}}


def test_without_files_the_pronouncing_dictionary_is_learned_and_scored():
    settings = st.TrainSettings()
    pairs, dev = seq2seq_data.read_training(settings)
    assert (len(pairs), len(dev)) == (113_081, 6172)
    source, target = seq2seq_data.learn_symbols(settings, pairs, dev)
    assert (source.separator, target.separator, len(source.names), len(target.names)) == ("", " ", 26, 39)
    test = seq2seq_data.read_test(st.EvaluateSettings(), about({"train": None, "test": None, "stress": False}))
    assert len(test.references()) == 5897
    few = sample_sources(pairs, 1000)
    assert 900 < len(few.references()) <= 1000 and few.sources[0] == pairs.sources[0]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("fly",), "no command seq2seq 'fly'; there are: train, evaluate, translate"),
        ((), "seq2seq needs a command; there are: train"),
        (("train", "--train", "none.tsv"), "none.tsv: no such file"),
        (("train", "--train", "empty.tsv"), "empty.tsv: the file is empty"),
        (("train", "--train", "bytes.tsv"), "bytes.tsv: not UTF-8 at byte 4"),
        (
            ("train", "--train", "ragged.tsv"),
            "ragged.tsv, line 2: 3 columns separated by tabs, where",
        ),
        (("train", "--train", "hole.tsv"), "hole.tsv, line 2: the target (column 1) is empty"),
        (("train", "--train", "train.tsv", "--dev", "hole.tsv"), "hole.tsv, line 2: the target"),
        (("train", "--train", "train.tsv", "--dev", "dev.tsv", "--test", "ragged.tsv"), "ragged.tsv, line 2"),
        (("train", "--train", "train.tsv", "--target-column", "7"), "there is no column 7, counted from 0"),
        (("train", "--train", "train.tsv", "--target-column", "0"), "source_column and target_column are both 0"),
        (("train", "--source-column", "-1"), "source_column must be at least 0"),
        (("train", "--train", "one.tsv"), "too few to hold some out; give more, or others to validate on, with --dev"),
        (("train", "--dev", "dev.tsv"), "dev and test without train"),
        (("train", "--budget", "5", "--epochs", "5"), "budget and epochs both say when to stop"),
        (("train", "--epochs", "0"), "epochs must be at least 1"),
        (("train", "--hidden-size", "-2"), "hidden_size must be at least 1, got -2"),
        (("train", "--cell", "transformer"), "cell"),
        (("train", "--attention", "much"), "attention"),
        (("train", "--dropout", "1"), "dropout must be at least 0 and at most 0.95"),
        (("train", "--teacher-forcing", "2"), "teacher_forcing must be at least 0 and at most 1"),
        (("train", "--beam-width", "0"), "beam_width must be at least 1"),
        (("train", "--config", "bad.yaml"), "bad.yaml, line 2: not YAML"),
        (("train", "--config", "key.yaml"), "no_such_key"),
        (("train", "--output", "train.tsv"), "--output train.tsv: must be a folder, or a file that ends in .safeten"),
        (("train", "--train", "r/log.csv", "--output", "r"), "log.csv and --train are the same file"),
        (("train", "--train", "train.tsv", "--resume"), "--resume needs --output FOLDER"),
        (("train", "--train", "train.tsv", "--output", "m.safetensors", "--resume"), "--resume needs --output FOLDER"),
        (("evaluate", "--run", "none"), "--model none: no such file or folder"),
        (("evaluate", "--run", "."), "--model .: the folder holds no model.safetensors"),
        (("evaluate", "--run", "m.safetensors", "--output", "test.tsv"), "--output and --test are the same file"),
        (
            ("evaluate", "--run", "m.safetensors", "--output", "x.csv"),
            "must be a folder, or a file that ends in .tsv or",
        ),
        (("evaluate", "--run", "train.tsv"), "train.tsv: not a checkpoint of this library, or cut short"),
        (("evaluate", "--run", "cut.safetensors"), "cut.safetensors: not a checkpoint of this library, or cut short"),
        (("evaluate", "--run", "state.safetensors"), "state.safetensors: not a translator; its kind is None"),
        (("evaluate", "--run", "odd.safetensors"), "odd.safetensors: its weights and its description disagree"),
        (("evaluate", "--run", "m.safetensors", "--test", "none.tsv"), "none.tsv: no such file"),
        (
            ("evaluate", "--run", "m.safetensors", "--test", "one.tsv", *COLUMNS),
            "one.tsv: every source has only symbols that the model does not know: 'x'; are source_column",
        ),
        (("evaluate", "--run", "m.safetensors", "--beam-width", "0"), "beam_width must be at least 1"),
        (("translate", "--run", "m.safetensors"), "needs words to translate"),
        (
            ("translate", "xyz", "zx", "--run", "m.safetensors"),
            "'xyz' has 'x' 'y' 'z', which the model does not know; it knows abcd",
        ),
        (("translate", "", "--run", "m.safetensors"), "'' is empty; it knows abcdefgh"),
        (("translate", "ab", "--run", "m.safetensors", "--n-best", "9", "--beam-width", "5"), "finds no 9 outputs"),
        (("translate", "ab", "--run", "m.safetensors", "--plot", "a.jpg"), "must end in .png, .svg, .pdf"),
    ],
)
def test_bad_input_ends_in_one_line_and_exit_code_2(folder, trained, capsys, argv, message):
    for name, content in {
        "empty.tsv": b"",
        "bytes.tsv": b"a\tb\n\xff\tc\n",
        "ragged.tsv": b"a\tb\na\tb\tc\n",
        "hole.tsv": b"a\tb\na\t \n",
        "one.tsv": "य\tx\n".encode(),
        "bad.yaml": b"epochs: [1\n",
        "key.yaml": b"no_such_key: 1\n",
        "cut.safetensors": (trained / "run" / "model.safetensors").read_bytes()[:-9],
        "m.safetensors": (trained / "run" / "model.safetensors").read_bytes(),
    }.items():
        (folder / name).write_bytes(content)
    checkpoint.save(folder / "state.safetensors", {"W": np.ones(2)}, {"epoch": 1})
    arrays, about = checkpoint.load(folder / "m.safetensors")
    about["source"]["names"] = about["source"]["names"][:-1]  # another vocabulary than that of the weights
    checkpoint.save(folder / "odd.safetensors", arrays, about)
    before = sorted(os.listdir(folder))
    code, _, err = run(capsys, *argv)
    errors = [line for line in err.splitlines() if not line.startswith("lstm-lib: warning: ")]
    assert code == 2 and len(errors) == 1 and errors[0].startswith("lstm-lib: error: ") and message in errors[0], err
    assert sorted(os.listdir(folder)) == before


COMMAND_LINES = {
    "train": (*FILES, *SMALL, "--epochs", 1, "--output", "new"),
    "evaluate": ("--run", "m.safetensors", "--test", "test.tsv", *COLUMNS),
    "translate": ("abc", "--run", "m.safetensors"),
}


@pytest.mark.parametrize("name", seq2seq.COMMANDS)
def test_a_gpu_that_is_not_there_is_refused_before_anything_is_written(folder, trained, capsys, monkeypatch, name):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    (folder / "m.safetensors").write_bytes((trained / "run" / "model.safetensors").read_bytes())
    before = sorted(os.listdir(folder))
    code, out, err = run(capsys, name, *COMMAND_LINES[name], "--device", "cuda")
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert err.startswith("lstm-lib: error: device cuda: PyTorch finds no GPU here")
    assert sorted(os.listdir(folder)) == before
    if name != "train":
        assert run(capsys, name, *COMMAND_LINES[name], "--device", "cpu")[0] == 0


def test_a_device_does_not_decide_whether_a_training_may_go_on(trained):
    settings = settings_of(trained / "run")
    assert "device" not in settings and settings["seed"] == 42
    assert read_file(trained / "run")[1]["record"]["device"] == "cpu"


def test_the_seed_comes_from_the_environment_too(folder, capsys, monkeypatch):
    monkeypatch.setenv("RANDOM_SEED", "5")
    assert run(capsys, "train", *FILES, *SMALL, "--epochs", 1, "--output", "run")[0] == 0
    assert settings_of(folder / "run")["seed"] == 5


def test_help_lists_the_commands_and_their_settings(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0 and all(name in out for name in seq2seq.COMMANDS)
    for name in seq2seq.COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            cli.main(["seq2seq", name, "--help"])
        assert f"usage: lstm-lib seq2seq {name}" in capsys.readouterr().out


def test_a_model_without_a_test_file_wants_one():
    with pytest.raises(InputError, match=r"trained on t\.tsv, without a test file; give --test FILE"):
        seq2seq_data.read_test(st.EvaluateSettings(), about({"train": "t.tsv", "test": None}))
