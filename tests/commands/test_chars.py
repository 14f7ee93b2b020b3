"""``lstm-lib chars`` as a stranger uses it: four commands, their files, and wrong input refused in one line."""

import csv
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from running import ONE_THREAD

from lstm_lib import char_lm, cli
from lstm_lib.checks.figures import plotted
from lstm_lib.commands.chars import report as chars_report, run as chars, settings as st
from lstm_lib.data.texts import Text, encode_parts, load_text, shakespeare
from lstm_lib.storage import checkpoint

SMALL = ("--parameters", "3000", "--batch-size", "4", "--window", "16")
TEXT = "".join(f"[{w}] says the {w}, and {v}.\n" for w in ("north", "south", "winter") for v in ("so", "no", "go")) * 12


def run(capsys, *argv):
    """Run the command; return its exit code and what it printed."""
    capsys.readouterr()
    code = cli.main(["chars", *map(str, argv)])
    return code, *capsys.readouterr()


@pytest.fixture
def folder(in_tmp):
    (in_tmp / "a.txt").write_text(TEXT)
    return in_tmp


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a text and a model of it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "a.txt").write_text(TEXT)
    argv = ["chars", "train", "--data", str(folder / "a.txt"), *SMALL, "--epochs", "6"]
    assert cli.main([*argv, "--output", str(folder / "m.safetensors")]) == 0
    return folder


def test_the_courses_own_model_is_small_and_does_what_its_record_says(capsys):
    assert char_lm.SHIPPED.stat().st_size <= 3_000_000
    model = char_lm.CharModel.load()
    found = char_lm.loss(model.network, model.symbols.encode(shakespeare().validation), batch_size=8)
    assert found == pytest.approx(model.record["validation"], abs=0.01) and model.record["validation"] <= 1.41
    code, out, err = run(capsys, "sample", "--prime", "HAMLET:\n", "--length", "40")
    assert code == 0 and out.startswith("HAMLET:\n") and len(out) == 8 + 40 + 1
    assert err == "drawn at temperature 0.6, seed 42\n"
    assert out == model.sample("HAMLET:\n", 40, temperature=0.6, seed=42) + "\n"


def test_a_sample_says_on_the_other_stream_how_it_was_drawn(capsys):
    flags = ("sample", "--length", 9, "--temperature", 0.8, "--top-k", 5, "--seed", 3)
    code, out, err = run(capsys, *flags)
    assert (code, err) == (0, "drawn at temperature 0.8, among the 5 likeliest, seed 3\n")
    assert out == char_lm.CharModel.load().sample(None, 9, temperature=0.8, top_k=5, seed=3) + "\n"


def test_a_model_is_trained_kept_and_scored_alike_in_another_process(trained, tmp_path):
    model = char_lm.CharModel.load(trained / "m.safetensors")
    text, symbols, record = load_text(trained / "a.txt"), model.symbols, model.record
    assert symbols == encode_parts(text)[0] and record["text"] == "a.txt" and record["seconds"] > 0
    assert record["settings"]["epochs"] == 6 and record["history"][-1]["epoch"] == 6
    assert record["validation"] == model.score(text.validation) < 1.5 < math.log(symbols.size)
    (tmp_path / "unseen.txt").write_text(text.test + "§")
    argv = [sys.executable, "-m", "lstm_lib.cli", "chars", "evaluate", "--model", str(trained / "m.safetensors")]
    done = subprocess.run(
        [*argv, "--data", "unseen.txt"], cwd=tmp_path, env=os.environ | ONE_THREAD, capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == ""
    name, n, unknown, nats, bits, perplexity = done.stdout.splitlines()[1].split()
    expected = char_lm.loss(model.network, np.append(symbols.encode(text.test), 0))
    assert (name, n, unknown) == ("unseen.txt", str(len(text.test) + 1), "1")
    assert float(nats) == pytest.approx(expected, abs=1e-4) and float(bits) == pytest.approx(
        expected / math.log(2), abs=1e-4
    )
    assert float(perplexity) == pytest.approx(math.exp(expected), rel=1e-3)


def test_without_a_text_a_model_is_scored_on_shakespeare(trained, capsys):
    code, out, _ = run(capsys, "evaluate", "--model", trained / "m.safetensors")
    lines = out.splitlines()
    assert code == 0 and lines[1].startswith("Shakespeare, validation") and "95,123" in lines[1]
    assert lines[2].startswith("Shakespeare, test") and "153,065" in lines[2]


def test_a_model_writes_on_from_a_beginning(trained, capsys):
    flags = ("sample", "--model", trained / "m.safetensors", "--length", 80)
    code, first, err = run(capsys, *flags, "--prime", "the north", "--seed", 1)
    assert code == 0 and err.startswith("drawn at") and first.startswith("the north") and len(first) == 9 + 80 + 1
    assert run(capsys, *flags, "--prime", "the north", "--seed", 1)[1] == first
    assert run(capsys, *flags, "--prime", "the north", "--seed", 2)[1] != first
    greedy = [run(capsys, *flags, *cold)[1] for cold in (("--top-k", 1), ("--temperature", 0.001))]
    assert greedy[0] == greedy[1] and greedy[0].startswith("\n")


def test_scores_are_written_to_a_file_or_a_folder(trained, folder, capsys):
    flags = ("evaluate", "--model", trained / "m.safetensors", "--data", "a.txt")
    code, out, _ = run(capsys, *flags, "--output", "scores")
    assert code == 0 and out.splitlines()[-2:] == ["wrote scores/scores.json", "wrote scores/scores.csv"]
    scores = json.loads((folder / "scores" / "scores.json").read_text())
    (row,) = scores["texts"]
    assert scores["model"] == str(trained / "m.safetensors")
    nats = char_lm.CharModel.load(trained / "m.safetensors").score(TEXT)
    assert row == {
        "text": "a.txt",
        "characters": len(TEXT),
        "unknown": 0,
        "nats": nats,
        "bits": pytest.approx(nats / math.log(2)),
        "perplexity": pytest.approx(math.exp(nats)),
    }
    (line,) = csv.DictReader((folder / "scores" / "scores.csv").read_text().splitlines())
    assert line == {key: str(value) for key, value in row.items()}
    for name in ("scores.json", "scores.csv"):
        assert run(capsys, *flags, "--output", f"alone/{name}")[0] == 0
        assert (folder / "alone" / name).read_text() == (folder / "scores" / name).read_text()


def test_what_train_saved_in_a_folder_is_used_by_the_others_and_in_python(folder, capsys):
    assert run(capsys, "train", "--data", "a.txt", *SMALL, "--epochs", 1, "--output", "run")[0] == 0
    assert sorted(p.name for p in (folder / "run").iterdir()) == ["model.safetensors"]
    outputs = {}
    for model in ("run", "run/model.safetensors"):
        sampled = run(capsys, "sample", "--model", model, "--prime", "the ", "--length", 30)
        evaluated = run(capsys, "evaluate", "--model", model, "--text", "a.txt", "--output", "run")  # kept
        assert sampled[0] == evaluated[0] == 0
        outputs[model] = sampled[1], evaluated[1]
    assert outputs["run"] == outputs["run/model.safetensors"]
    model = char_lm.CharModel.load("run/model.safetensors")
    assert model.sample("the ", 30, temperature=0.6, seed=42) + "\n" == outputs["run"][0]
    model.record = {}
    model.save("run/again.safetensors")
    assert (
        run(capsys, "sample", "--model", "run/again.safetensors", "--prime", "the ", "--length", 30)[1]
        == (outputs["run"][0])
    )


def stop_after_each_state(patch):
    """Let every run stop, as if Ctrl-C were pressed, after it has saved its next state; return the list of them."""
    real, saved = checkpoint.Run.save, []

    def save_and_stop(self, *args):
        real(self, *args)
        saved.append(args[0])
        raise KeyboardInterrupt

    patch.setattr(checkpoint.Run, "save", save_and_stop)
    return saved


def test_a_run_that_was_stopped_resumes_to_the_same_weights(folder, capsys):
    flags = ("train", "--data", "a.txt", *SMALL, "--epochs", 3, "--dropout", 0.1)
    assert run(capsys, *flags, "--output", "whole.safetensors")[0] == 0
    with pytest.MonkeyPatch.context() as patch:
        saved = stop_after_each_state(patch)
        for _ in range(2):
            assert run(capsys, *flags, "--output", "run", "--resume")[0] == 130  # the first time, it begins
    code, _, err = run(capsys, *flags, "--output", "run")
    assert code == 2 and "run holds an unfinished run; add --resume, or name another folder" in err
    code, _, err = run(capsys, "sample", "--model", "run")
    assert code == 2 and "its run is unfinished" in err
    (folder / "a.txt").rename(folder / "b.txt")  # the text counts, not where it is
    (folder / "run" / "notes.txt").write_text("mine")
    assert run(capsys, *flags, "--data", "b.txt", "--output", "run", "--resume")[0] == 0
    assert sorted(p.name for p in (folder / "run").iterdir()) == ["model.safetensors", "notes.txt"]
    whole, resumed = (checkpoint.load(name) for name in ("whole.safetensors", "run/model.safetensors"))
    assert len(saved) == 2 and whole[1]["record"]["validation"] == resumed[1]["record"]["validation"]
    for name, array in whole[0].items():
        np.testing.assert_array_equal(resumed[0][name], array)


def test_a_run_with_another_text_or_settings_is_not_resumed(folder, capsys):
    flags = ("train", *SMALL, "--epochs", 2, "--output", "run", "--resume")
    with pytest.MonkeyPatch.context() as patch:
        stop_after_each_state(patch)
        assert run(capsys, *flags, "--data", "a.txt")[0] == 130
    (folder / "b.txt").write_text(TEXT[:-20] + TEXT[-20:].replace("o", "ö"))  # in the part that tests
    for other in (("--data", "b.txt"), ("--data", "a.txt", "--seed", 1)):
        code, _, err = run(capsys, *flags, *other)
        assert code == 2 and " holds a run with " in err and err.count("\n") == 1
    (state,) = (folder / "run").rglob("model.safetensors")
    state.write_bytes(state.read_bytes()[:-40])
    code, _, err = run(capsys, *flags, "--data", "a.txt")
    assert code == 2 and "cut short" in err


def test_a_comparison_prints_one_table_and_writes_a_report(folder, capsys, monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        "matplotlib.figure.Figure.savefig", lambda figure, path: drawn.update(figure=figure) or open(path, "w").close()
    )
    flags = ("compare", "--data", "a.txt", *SMALL, "--parameters", 12_000, "--epochs", 2, "--characters", 2000)
    code, out, err = run(capsys, *flags, "--output", "report")
    assert code == 0 and err == ""
    result = json.loads((folder / "report" / "results.json").read_text())
    rows = result["rows"]
    assert [row["name"].partition("(")[0] for row in rows] == ["RNN", "GRU", "LSTM", "3-gram", "5-gram"]
    assert result["config"]["seed"] == 42 and result["device"] == "cpu"
    assert result["unknown"] == {"train": 0, "validation": 0, "test": 0}
    counts = [row["parameters"] for row in rows[:3]]
    assert max(counts) / min(counts) < 1.2 and len({row["characters"] for row in rows[:3]}) == 1
    table = out.splitlines()
    for row, line in zip(rows, table[2:7], strict=True):
        assert line.split()[:3] == [row["name"], f"{row['validation']:.4f}", f"{row['validation'] / math.log(2):.3f}"]
        assert row["quality"].keys() == result["real"].keys() and f"{row['test']:.4f}" in line
    assert table[7].split()[:2] == ["real", "text"] and table[7].split()[-1] == str(result["real"]["longest_copy"])
    assert result["real"]["closed_brackets"] == 1 == result["real"]["real_words"]

    report = (folder / "report" / "report.md").read_text()
    for row in rows:
        assert f"| {row['name']} | {row['validation']:.4f} |" in report and f"**{row['name']}**" in report
    assert "(curves.png)" in report and (folder / "report" / "curves.png").exists()
    samples = {path.name: path.read_text() for path in (folder / "report" / "samples").iterdir()}
    assert sorted(samples) == ["3-gram.txt", "5-gram.txt", "gru.txt", "lstm.txt", "rnn.txt"]
    assert all(len(text) >= 2000 for text in samples.values())
    time, characters = (plotted(ax) for ax in drawn["figure"].axes)
    for row in rows[:3]:
        losses = [h["validation_loss"] for h in row["history"]]
        for shown, xs in ((time, "seconds"), (characters, "characters")):
            np.testing.assert_array_equal(shown[row["name"]][1], losses)
            scale = 1 if xs == "seconds" else 1e-6
            np.testing.assert_allclose(shown[row["name"]][0], [scale * h[xs] for h in row["history"]])
    for row in rows[3:]:
        assert set(time[row["name"]][1]) == {row["validation"]}
    again = run(capsys, *flags, "--output", "alone.json")
    assert sorted(json.loads((folder / "alone.json").read_text())) == sorted(result)
    assert again[0] == 0 and [line.split()[:2] for line in again[1].splitlines()[2:8]] == [
        line.split()[:2] for line in table[2:8]
    ]


def test_without_budget_or_epochs_a_model_trains_for_90_seconds():
    assert st.TrainSettings().until() == {"budget": 90.0} and st.TrainSettings(epochs=3).until() == {"epochs": 3}
    assert set(st.RATES) == {"rnn", "gru", "lstm"}


@pytest.mark.parametrize(("flags", "rate"), [((), st.RATES["gru"]), (("--learning-rate", "0.5"), 0.5)])
def test_a_model_takes_its_cell_s_own_rate_or_the_one_it_is_given(folder, capsys, flags, rate):
    argv = ("train", "--data", "a.txt", *SMALL, "--cell", "gru", "--epochs", "1", "--output", "m.safetensors", *flags)
    assert run(capsys, *argv)[0] == 0
    assert char_lm.CharModel.load("m.safetensors").record["learning_rate"] == rate


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("fly",), "no command chars 'fly'; there are: train, evaluate, sample, compare"),
        ((), "chars needs a command; there are: train"),
        (("train", "--data", "none.txt"), "none.txt: no such file"),
        (("train", "--data", "empty.txt"), "empty.txt: the text is empty"),
        (("compare", "--data", "empty.txt"), "empty.txt: the text is empty"),
        (("train", "--data", "bytes.txt"), "bytes.txt: not UTF-8 at byte 3; name its encoding: --encoding NAME"),
        (("train", "--data", "wide.txt"), "wide.txt: it looks like UTF-16-LE, with NUL at regular places; name its en"),
        (("compare", "--data", "wide.txt"), "wide.txt: it looks like UTF-16-LE"),
        (("train", "--data", "wide.txt", "--encoding", "wide"), "encoding 'wide': no such encoding"),
        (("train", "--data", "bytes.txt", "--encoding", "ascii"), "bytes.txt: not ascii at byte 3; name its encoding"),
        (("compare", "--encoding", "hex"), "encoding 'hex': no such encoding"),
        (("evaluate", "--encoding", "none"), "encoding 'none': no such encoding"),
        (("evaluate", "--model", "m.safetensors", "--data", "wide.txt"), "name its encoding: --encoding utf-16-le"),
        (
            ("train", "--data", "short.txt"),
            "the training text has 63 characters; 32 rows of one window of 64 need",
        ),
        (("compare", "--data", "short.txt"), "the training text has 63 characters"),
        (("train", "--data", "tiny.txt"), "tiny.txt: 3 characters are too few"),
        (("train", "--data", "once.txt"), "once.txt: no character comes twice"),
        (("train", "--budget", "5", "--epochs", "5"), "budget and epochs both say when to stop"),
        (("train", "--budget", "0"), "budget must be above 0"),
        (("train", "--hidden-size", "-2"), "hidden_size must be at least 1, got -2"),
        (("train", "--cell", "transformer"), "cell"),
        (("train", "--dropout", "1"), "dropout must be at least 0 and at most 0.95"),
        (("train", "--tied", "true", "--embedding-size", "0"), "tied needs embedding_size above 0"),
        (("train", "--output", "m.pt"), "--output m.pt: must be a folder, or a file that ends in .safetensors"),
        (("train", "--output", "a.txt/m.safetensors"), "cannot write a.txt/m.safetensors"),
        (("train", "--data", "x.safetensors", "--output", "x.safetensors"), "--output and --data are the same file"),
        (("train", "--resume", "--data", "a.txt", *SMALL), "--resume needs --output FOLDER"),
        (("train", "--checkpoint", "state"), "there is no flag --checkpoint"),
        (("compare", "--output", "a.txt"), "--output a.txt: must be a folder, or a file that ends in .json"),
        (("compare", "--output", "r.md"), "--output r.md: must be a folder, or a file that ends in .json"),
        (("compare", "--data", "samples/gru.txt", "--output", "."), "samples/gru.txt and --data are the same file"),
        (("evaluate", "--data", "s.json", "--output", "s.json"), "--output and --data are the same file"),
        (("evaluate", "--output", "s.txt"), "must be a folder, or a file that ends in .json or .csv"),
        (("compare", "--characters", "10"), "characters must be at least 1000"),
        (("evaluate", "--model", "none.safetensors"), "--model none.safetensors: no such file or folder"),
        (("evaluate", "--model", "a.txt"), "a.txt: not a checkpoint of this library, or cut short"),
        (("sample", "--model", "pickle.pt"), "pickle.pt: not a checkpoint of this library"),
        (("sample", "--model", "cut.safetensors"), "cut.safetensors: not a checkpoint of this library, or cut short"),
        (("sample", "--model", "state.safetensors"), "state.safetensors: not a character model"),
        (("sample", "--model", "m.safetensors", "--prime", "the €"), "does not know '€'; it knows '\\n ,.[]adegh"),
        (("sample", "--model", "m.safetensors", "--prime", ""), "--prime: the beginning is empty"),
        (("sample", "--model", "samples"), "--model samples: the folder holds no model.safetensors"),
        (("sample", "--model", "m.safetensors", "--temperature", "0"), "temperature must be at least 0.001"),
        (("sample", "--model", "m.safetensors", "--top-k", "0"), "top_k must be at least 1"),
        (("evaluate", "--model", "m.safetensors", "--data", "empty.txt"), "empty.txt: 0 characters are too few"),
        (("evaluate", "--model", "m.safetensors", "--data", "greek.txt"), "knows none of its characters"),
        (("evaluate", "--model", "m.safetensors", "--data", "bytes.txt"), "bytes.txt: not UTF-8"),
    ],
)
def test_bad_input_ends_in_one_line_and_exit_code_2(folder, trained, capsys, argv, message):
    for name, content in {
        "empty.txt": b"",
        "bytes.txt": b"abc\xff",
        "wide.txt": TEXT.encode("utf-16-le"),
        "short.txt": b"abcdefg" * 10,
        "tiny.txt": b"aaa",
        "once.txt": "".join(map(chr, range(1000, 4000))).encode(),
        "greek.txt": "αβγ".encode(),
        "x.safetensors": TEXT.encode(),
        "pickle.pt": b"\x80\x04\x95\x00cos\nsystem\n",
        "cut.safetensors": (trained / "m.safetensors").read_bytes()[:-9],
        "m.safetensors": (trained / "m.safetensors").read_bytes(),
        "samples/gru.txt": TEXT.encode(),
        "s.json": b"{}",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    checkpoint.save(folder / "state.safetensors", {"W": np.ones(2)}, {"epoch": 1})
    before = sorted(os.listdir(folder))
    code, _, err = run(capsys, *argv)
    assert code == 2 and err.startswith("lstm-lib: error: ") and err.count("\n") == 1 and message in err, err
    assert sorted(os.listdir(folder)) == before


def test_a_text_in_another_encoding_is_learned_compared_and_scored_alike(folder, capsys):
    (folder / "wide").mkdir()
    (folder / "wide" / "a.txt").write_bytes(TEXT.encode("utf-16"))
    wide = ("--text", "wide/a.txt", "--encoding", "utf-16")
    seen = []
    for text in (("--text", "a.txt"), wide):
        assert run(capsys, "train", *text, *SMALL, "--epochs", 1, "--output", "m.safetensors")[0] == 0
        code, out, err = run(capsys, "evaluate", "--model", "m.safetensors", *text)
        assert (code, err) == (0, "")
        seen.append(out)
    assert seen[0] == seen[1]
    flags = (*SMALL, "--epochs", 1, "--characters", 1000, "--output", "r.json")
    assert run(capsys, "compare", *wide, *flags)[0] == 0
    assert json.loads((folder / "r.json").read_text())["config"]["encoding"] == "utf-16"


def test_names_of_files_that_are_not_utf_8_survive(folder, capsys):
    odd = os.fsdecode(b"caf\xe9")
    (folder / f"{odd}.txt").write_text(TEXT)
    text = ("--text", f"{odd}.txt")
    assert run(capsys, "train", *text, *SMALL, "--epochs", 1, "--output", odd)[0] == 0
    assert run(capsys, "evaluate", *text, "--model", odd, "--output", f"{odd}-scores")[0] == 0
    assert sorted(os.listdir(f"{odd}-scores")) == ["scores.csv", "scores.json"]
    assert run(capsys, "sample", "--model", odd, "--length", 9)[0] == 0
    flags = (*SMALL, "--epochs", 1, "--characters", 1000, "--output", f"{odd}-report")
    assert run(capsys, "compare", *text, *flags)[0] == 0
    assert char_lm.CharModel.load(f"{odd}/model.safetensors").record["settings"]["data"] == f"{odd}.txt"


COMMAND_LINES = {
    "train": ("--text", "a.txt", *SMALL, "--epochs", 1, "--output", "run"),
    "compare": ("--text", "a.txt", *SMALL, "--epochs", 1, "--characters", 1000, "--output", "report"),
    "evaluate": ("--model", "m.safetensors", "--data", "a.txt"),
    "sample": ("--model", "m.safetensors", "--length", 9),
}


@pytest.mark.parametrize("name", chars.COMMANDS)
def test_a_gpu_that_is_not_there_is_refused_before_anything_is_written(folder, trained, capsys, monkeypatch, name):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    (folder / "m.safetensors").write_bytes((trained / "m.safetensors").read_bytes())
    before = sorted(os.listdir(folder))
    code, out, err = run(capsys, name, *COMMAND_LINES[name], "--device", "cuda")
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert err.startswith("lstm-lib: error: device cuda: PyTorch finds no GPU here")
    code, _, err = run(capsys, name, *COMMAND_LINES[name], "--device", "tpu")
    assert code == 2 and err.count("\n") == 1 and "--device" in err and "cuda" in err
    assert sorted(os.listdir(folder)) == before


def test_a_device_does_not_decide_whether_a_training_may_go_on(folder, capsys):
    argv = ("train", "--data", "a.txt", *SMALL, "--epochs", 2, "--output", "run", "--resume")
    with pytest.MonkeyPatch.context() as patch:
        stop_after_each_state(patch)
        assert run(capsys, *argv, "--device", "cpu")[0] == 130
    code, out, _ = run(capsys, *argv, "--device", "auto")
    assert code == 0 and "CPU-seconds" in out


@pytest.mark.parametrize("text", ["", "aaa", "abcdefg" * 10])
@pytest.mark.parametrize("name", ["train", "compare", "evaluate"])
def test_a_text_that_will_not_do_is_refused_before_pytorch_is_loaded(folder, name, text):
    if name == "evaluate":
        text = text[:1]
    (folder / "short.txt").write_text(text)
    code = (
        "import sys; sys.modules['torch'] = None; from lstm_lib import cli;"
        f" sys.exit(cli.main(['chars', '{name}', '--data', 'short.txt', '--output', 'run']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and "torch" not in done.stderr.lower() and done.stderr.count("\n") == 1
    assert sorted(os.listdir(folder)) == ["a.txt", "short.txt"]


def test_the_seed_comes_from_the_environment_too(trained, capsys, monkeypatch):
    flags = ("sample", "--model", trained / "m.safetensors", "--length", 60)
    expected = run(capsys, *flags, "--seed", 5)[1]
    monkeypatch.setenv("RANDOM_SEED", "5")
    assert run(capsys, *flags)[1] == expected != run(capsys, *flags, "--seed", 6)[1]
    assert run(capsys, *flags, "--random-seed", 5)[0] == 2


@pytest.mark.parametrize(("device", "unit"), [("cpu", "CPU-seconds"), ("cuda", "seconds on a GPU")])
def test_a_time_has_the_unit_of_its_device(device, unit):
    row = {"name": "LSTM(8)", "parameters": 1, "steps": 2, "characters": 3, "seconds": 4.0, "device": device}
    text = Text("a.txt", "", "", "")
    assert f"in 4.0 {unit}\n" in chars_report.describe_training(text, row | {"validation": 1.0, "test": 2.0})
    result = {"config": {"epochs": None}, "budget": 90.0, "device": device, "text": "a.txt", "vocab_size": 5}
    counts = {"train": 1, "validation": 1, "test": 1}
    assert f"; 90 {unit} each" in chars_report.heading(result | {"characters": counts})


def test_help_lists_the_commands_and_their_settings(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0 and all(name in out for name in chars.COMMANDS)
    for name in chars.COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            cli.main(["chars", name, "--help"])
        assert f"usage: lstm-lib chars {name}" in capsys.readouterr().out


def test_a_row_without_a_number_shows_a_dash():
    quality = {"real_words": None, "closed_brackets": 0.5, "distinct_4grams": 1.0, "longest_copy": 7}
    assert chars_report.cells({"name": "real text"}, quality) == ["real text", *["–"] * 8, "50 %", "100.0 %", "7"]
