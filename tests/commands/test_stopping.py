"""A training that is told to stop keeps its state after the step, says where, and goes on to the same bytes."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.errors import StoppedError
from lstm_lib.frameworks.keras_files import read_about
from lstm_lib.storage import checkpoint, stopping

CHARS = ("chars", "train", "--data", "t.txt", "--epochs", "2", "--hidden-size", "8", "--batch-size", "4")
CHARS += ("--window", "16", "--dropout", "0.2", "--embedding-size", "5")
SEQ2SEQ = ("seq2seq", "train", "--train", "t.tsv", "--dev", "d.tsv", "--epochs", "2", "--hidden-size", "8")
SEQ2SEQ += ("--embedding-size", "4", "--readout-size", "8", "--batch-size", "16", "--dropout", "0.2")
SEQ2SEQ += ("--teacher-forcing", "0.5")
COMPARE = ("chars", "compare", *CHARS[2:], "--parameters", "900", "--characters", "1000")
COMPARE = tuple(word for k, word in enumerate(COMPARE) if "--hidden-size" not in COMPARE[max(0, k - 1) : k + 1])
CLASSIFY = ("classify", "--sequences", "60", "--steps", "12", "--hidden-size", "5", "--epochs", "4", "--patience", "2")
CLASSIFY += ("--batch-size", "16")
TUNE = ("tune", "--train", "rows.csv", "--trials", "2", "--epochs", "2", "--final-epochs", "3", "--batch-size", "32")
FORECAST = ("forecast", "--epochs", "2", "--model.members", "2", "--logging.file", "null", "--hidden-size", "5")
# A step is one call of these. The process signals itself within it, so that the moment is the same on each machine.
STEP = {
    CHARS: "lstm_lib.char_lm.training:train_step",
    COMPARE: "lstm_lib.char_lm.training:train_step",
    SEQ2SEQ: "lstm_lib.seq2seq.training:train_step",
    FORECAST: "lstm_lib.training.loop:train_step",
    CLASSIFY: "lstm_lib.storage.stopping:Keeper.after_step",  # not called for the steps that are replayed
    TUNE: "lstm_lib.storage.stopping:Keeper.after_step",
}
PROGRAM = """
import os, sys, itertools, pkgutil
from lstm_lib.storage import stopping
place, number, at, argv = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[5:]
stopping.EVERY = float(sys.argv[4])
made, count = pkgutil.resolve_name(place), itertools.count(1)

def step(*args, **options):
    if next(count) == at:
        os.kill(os.getpid(), number)
    return made(*args, **options)

within, _, name = place.replace(":", ".").rpartition(".")
setattr(pkgutil.resolve_name(within), name, step)
from lstm_lib import cli
sys.exit(cli.main(argv))
"""
needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can wait for")


@pytest.fixture
def folder(in_tmp):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("acgt"), rng.integers(3, 9))) for _ in range(150)]
    (in_tmp / "t.txt").write_text(" ".join(words))
    for name, part in (("t.tsv", words[:110]), ("d.tsv", words[110:])):
        (in_tmp / name).write_text("".join(f"{word}\t{word[::-1]}\n" for word in part))
    rows = "".join(f"{word},{word.count('a')}\n" for word in words)
    (in_tmp / "rows.csv").write_text("sequence,target\n" + rows)
    (in_tmp / "test.csv").write_text("id,sequence\n1,acca\n")
    return in_tmp


def interrupted(line, number, at, *more, every=stopping.EVERY, reader=True):
    """Run a command in a process that gets a signal within a step of its training; its reader may be gone."""
    command = [sys.executable, "-c", PROGRAM, STEP[line], str(int(number)), str(at), str(every), *line, *more]
    env = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
    out = subprocess.PIPE
    if not reader:
        gone, out = os.pipe()
        os.close(gone)
    try:
        options = {"check": False, "env": env, "text": True, "timeout": 240, "stderr": subprocess.PIPE}
        return subprocess.run(command, stdout=out, **options)
    finally:
        if not reader:
            os.close(out)


def run(*argv):
    assert cli.main([*argv]) == 0


def learned(folder):
    """Return the weights in a folder, and what its model says of the training but for the time that it took."""
    (model, *_) = [*Path(folder).glob("model.*"), *Path(folder).glob("results.json")]
    if model.suffix == ".json":
        writings = {file.name: file.read_text() for file in Path(folder, "samples").iterdir()}
        return writings, timeless(checkpoint.read_json(model))
    if model.suffix == ".keras":
        from lstm_lib.frameworks.keras_setup import keras

        network = keras.saving.load_model(model, compile=False)
        (report,) = Path(folder).glob("*.json")
        found = [timeless(checkpoint.read_json(report)), timeless(read_about(model))]
        predictions = (Path(folder) / "predictions.csv").read_text()
        return [a.tobytes() for a in network.get_weights()], found, predictions
    arrays, about = checkpoint.load(model)
    return {name: a.tobytes() for name, a in arrays.items()}, timeless(about)


def timeless(value):
    if isinstance(value, dict):
        return {key: timeless(v) for key, v in value.items() if "seconds" not in key}
    return [timeless(v) for v in value] if isinstance(value, list) else value


def stop_and_go_on(line, moments):
    """Hold that a training which gets a signal at some moments, one process each, ends as one that gets none."""
    run(*line, "--output", "whole")
    for k, (number, at) in enumerate(moments):
        done = interrupted(line, number, at, "--output", "run", "--resume")
        assert done.returncode == 128 + number, done.stderr
        said = f"lstm-lib: stopped; the state is kept in {os.path.join('run', 'unfinished')}: the same command with"
        assert done.stderr.splitlines()[-1].startswith(said) and "Traceback" not in done.stderr
        assert checkpoint.Run.unfinished("run/unfinished"), k
        assert not [*Path("run").glob("model.*"), *Path("run").glob("results.json")]
    run(*line, "--output", "run", "--resume")
    assert learned("whole") == learned("run")
    assert not Path("run/unfinished").exists()


@needs_signals
@pytest.mark.parametrize(
    ("line", "moments"),
    [
        # In the first epoch, at the end of one, in the second, and at the end of all.
        pytest.param(CHARS, [(signal.SIGTERM, 3), (signal.SIGINT, 1)], id="chars"),
        pytest.param(COMPARE, [(signal.SIGTERM, 20), (signal.SIGINT, 25)], id="compare"),
        # In the third epoch, and in the second of the winner's.
        pytest.param(CLASSIFY, [(signal.SIGTERM, 5)], id="classify"),
        pytest.param(TUNE, [(signal.SIGINT, 17)], id="tune"),
        pytest.param(SEQ2SEQ, [(signal.SIGINT, 2), (signal.SIGTERM, 7)], id="seq2seq"),
        pytest.param(FORECAST, [(signal.SIGTERM, 4)], id="forecast", marks=pytest.mark.numpy),
    ],
)
def test_a_training_that_is_told_to_stop_goes_on_to_the_same_bytes(folder, line, moments):
    stop_and_go_on(line, moments)


LONGER = {  # enough steps for twenty processes that make a few each
    CHARS: ("--epochs", "8"),
    COMPARE: ("--epochs", "3"),
    SEQ2SEQ: ("--epochs", "12"),
    FORECAST: ("--epochs", "10"),
    CLASSIFY: ("--epochs", "40", "--patience", "40"),
    TUNE: ("--final-epochs", "20"),
}


@needs_signals
@pytest.mark.slow
@pytest.mark.parametrize("line", STEP, ids=lambda line: "_".join(line[:2]).replace("_--", "--"))
def test_twenty_processes_that_are_stopped_at_random_moments_end_as_one_that_is_not(folder, line):
    more, rng = LONGER[line], np.random.default_rng(len(line))
    run(*line, *more, "--output", "whole")
    for k in range(20):
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)[k % 3]
        at = int(rng.integers(2, 4))
        done = interrupted(line, number, at, *more, "--output", "run", "--resume", every=0, reader=k % 4 > 0)
        assert done.returncode == (-9 if number == signal.SIGKILL else 128 + number), (k, done.stderr)
    run(*line, *more, "--output", "run", "--resume")
    assert learned("whole") == learned("run")
    assert not Path("run/unfinished").exists()


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_without_a_folder_there_is_no_state_and_the_command_ends_at_once(folder, number):
    done = interrupted(CHARS, number, 2)
    assert (done.returncode, done.stderr) == (128 + number, "lstm-lib: stopped\n")


@pytest.mark.numpy
def test_a_state_is_kept_by_the_clock_in_the_middle_of_an_epoch(folder, monkeypatch):
    monkeypatch.setattr(stopping, "EVERY", 0.0)
    saved, save = [], checkpoint.Run.save

    def save_and_die(self, name, arrays, meta):
        save(self, name, arrays, meta)
        saved.append((len(meta["history"]), len(arrays["losses"])))
        if saved[-1] == (1, 3):
            raise MemoryError  # whatever ends it, as kill -9 would

    run(*FORECAST, "--output", "whole")
    monkeypatch.setattr(checkpoint.Run, "save", save_and_die)
    assert cli.main([*FORECAST, "--output", "run"]) == 2
    assert saved[:3] == [(0, 1), (0, 2), (0, 3)] and saved[-4:] == [(1, 0), (1, 1), (1, 2), (1, 3)]
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    run(*FORECAST, "--output", "run", "--resume")
    assert learned("whole") == learned("run")


@pytest.mark.parametrize("line", [CHARS, SEQ2SEQ], ids=["chars", "seq2seq"])
def test_a_process_that_dies_loses_no_more_than_the_steps_since_its_last_state(folder, monkeypatch, line):
    run(*line, "--output", "whole")
    save = checkpoint.Run.save
    with monkeypatch.context() as patch:
        patch.setattr(stopping, "EVERY", 0.0)

        def save_and_die(self, name, arrays, meta):
            save(self, name, arrays, meta)
            if (meta["epoch"], meta["within"]) == (1, 2):
                raise MemoryError

        patch.setattr(checkpoint.Run, "save", save_and_die)
        assert cli.main([*line, "--output", "run"]) == 2
    run(*line, "--output", "run", "--resume")
    assert learned("whole") == learned("run")


@needs_signals
@pytest.mark.numpy
def test_the_second_signal_does_what_it_always_does():
    with pytest.raises(KeyboardInterrupt) as first, stopping.kept(lambda: None) as keeper:
        os.kill(os.getpid(), signal.SIGINT)
        assert keeper.told == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)
    assert not isinstance(first.value, StoppedError)


@needs_signals
@pytest.mark.numpy
def test_a_signal_is_asked_for_at_the_end_and_handlers_are_put_back():
    before, saved = [signal.getsignal(number) for number in stopping.SIGNALS], []
    with pytest.raises(StoppedError) as told, stopping.kept(lambda: saved.append(1)):
        os.kill(os.getpid(), signal.SIGTERM)
    assert told.value.code == 143 and not saved
    with pytest.raises(StoppedError), stopping.kept(lambda: saved.append(1)) as keeper:
        keeper.after_step()
        os.kill(os.getpid(), signal.SIGTERM)
        keeper.after_step()
    assert saved == [1]
    assert [signal.getsignal(number) for number in stopping.SIGNALS] == before


@needs_signals
@pytest.mark.numpy
def test_what_is_ignored_stays_ignored_and_threads_watch_nothing():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stopping.kept(lambda: None) as keeper:
            os.kill(os.getpid(), signal.SIGTERM)
        assert keeper.told is None
    finally:
        signal.signal(signal.SIGTERM, before)
    entered = []

    def watch():
        with stopping.kept(lambda: None) as keeper:
            entered.append(keeper)

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert len(entered) == 1
