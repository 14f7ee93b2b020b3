"""A training that ends worse than it began is exit 1 and leaves no model; one that is of no use says so."""

from pathlib import Path

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.core.losses import entropy, require_learned
from lstm_lib.errors import DivergedError

CHARS = ("chars", "train", "--text", "t.txt", "--epochs", "1", "--hidden-size", "16", "--batch-size", "4")
CHARS += ("--window", "16", "--schedule", "constant")
SEQ2SEQ = ("seq2seq", "train", "--train", "t.tsv", "--epochs", "1", "--hidden-size", "8", "--embedding-size", "4")
SEQ2SEQ += ("--readout-size", "8")
CLASSIFY = ("classify", "--sequences", "90", "--steps", "12", "--hidden-size", "4", "--epochs", "1")
COMPARE = ("chars", "compare", "--text", "t.txt", "--epochs", "1", "--parameters", "2000", "--batch-size", "4")
COMPARE += ("--window", "16", "--characters", "1000")


@pytest.fixture
def folder(in_tmp):
    words = ["".join(np.random.default_rng(k).choice(list("abcd"), 5)) for k in range(200)]
    (in_tmp / "t.txt").write_text("to be or not to be, that is the question\n" * 90)
    (in_tmp / "t.tsv").write_text("".join(f"{word}\t{word[::-1]}\n" for word in sorted(set(words))))
    return in_tmp


def run(capsys, *argv):
    code = cli.main([*argv])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ((*CHARS, "--learning-rate", "1000"), "of a constant answer and the 2."),
        ((*SEQ2SEQ, "--learning-rate", "1e9", "--clip-norm", "1e9"), "are not finite"),
        ((*SEQ2SEQ, "--learning-rate", "100"), "of a constant answer and the "),
    ],
    ids=["chars", "seq2seq halves", "seq2seq"],
)
def test_a_training_that_diverged_is_exit_1_and_leaves_no_model(folder, capsys, line, says):
    code, _, error = run(capsys, *line, "--output", "r")
    assert code == 1 and error.startswith("lstm-lib: training diverged: the ") and says in error
    assert error.count("\n") == 1 and "; lower the learning rate (now 1" in error
    assert not list(Path("r").rglob("*.safetensors"))


def test_a_classifier_that_diverged_is_exit_1_and_leaves_nothing(folder, capsys):
    code, _, error = run(capsys, *CLASSIFY, "--learning-rate", "1000", "--output", "r")
    assert code == 1 and "of a constant answer" in error and "lower the learning rate (now 1000)" in error
    assert not list(folder.glob("r/*"))


def test_one_cell_that_diverged_ends_a_comparison(folder, capsys, monkeypatch):
    from lstm_lib.commands.chars import settings

    monkeypatch.setitem(settings.RATES, "gru", 1000.0)
    code, _, error = run(capsys, *COMPARE, "--output", "r", "--schedule", "constant")
    assert code == 1 and "lower the learning rate (now 1000)" in error
    assert not list(Path("r").rglob("*"))


@pytest.mark.parametrize(
    ("line", "count"),
    [(CHARS, 1), (SEQ2SEQ, 1), (COMPARE, 3), (CLASSIFY, 1)],
    ids=lambda x: " ".join(x[:2]) if isinstance(x, tuple) else "",
)
def test_a_model_that_is_no_better_than_a_constant_says_so_and_is_kept(folder, capsys, monkeypatch, line, count):
    from lstm_lib.commands.chars import settings

    monkeypatch.setattr(settings, "RATES", dict.fromkeys(settings.RATES, 1e-6))
    rate = () if line == COMPARE else ("--learning-rate", "1e-6")
    code, out, error = run(capsys, *line, *rate, "--output", "r")
    assert (code, error) == (0, "")
    assert out.count("is no better than a constant: ") == count and list(Path("r").iterdir())


def test_a_model_that_has_learned_says_nothing_of_it(folder, capsys):
    assert "no better" not in run(capsys, *CHARS)[1]


@pytest.mark.numpy
def test_worse_than_both_by_a_tenth_is_diverged():
    for fine in ((1.0, 2.0, 3.0), (3.2, 2.0, 3.0), (2.1, 2.0, 1.0), (1e-4, 0.0, 0.0)):
        require_learned(*fine, "wait")
    for bad in ((3.4, 2.0, 3.0), (3.4, 3.0, 2.0), (np.nan, 2.0, 3.0), (np.inf, 2.0, np.inf)):
        with pytest.raises(DivergedError, match=r"^training diverged: .*; wait$"):
            require_learned(*bad, "wait")


@pytest.mark.numpy
def test_the_entropy_is_the_smallest_loss_of_a_constant_answer():
    counts, rng = np.array([5, 0, 2, 1]), np.random.default_rng(0)
    losses = [-(counts @ np.log(p)) / counts.sum() for p in rng.dirichlet(counts + 0.1, size=4000)]
    assert 0 <= min(losses) - entropy(counts) < 0.01


@pytest.fixture
def rows(in_tmp):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("acgt"), 6)) for _ in range(60)]
    (in_tmp / "rows.csv").write_text("sequence,target\n" + "".join(f"{w},{1e3 * w.count('a')}\n" for w in words))
    (in_tmp / "test.csv").write_text("id,sequence\n1,acgtac\n")
    return (
        "tune",
        "--train",
        "rows.csv",
        "--trials",
        "1",
        "--epochs",
        "1",
        "--final-epochs",
        "1",
        "--batch-size",
        "32",
        "--output",
        "r/",
    )


def answers_with(monkeypatch, factor):
    """Have each trained network answer with the mean of its training targets, moved by ``factor`` of their spread."""
    from lstm_lib.tuning.regressor import TextRegressor

    def fit(self, texts, targets, **options):
        history = made(self, texts, targets, **options)
        self.answer = np.mean(targets) + factor * np.std(targets)
        return history

    def predict(self, texts):
        untrained = self.model is not trained.setdefault("model", self.model)
        return np.full(len(texts), self.low if untrained else self.answer)

    made, trained = TextRegressor.fit, {}
    monkeypatch.setattr(TextRegressor, "fit", fit)
    monkeypatch.setattr(TextRegressor, "predict", predict)


def test_a_winner_of_a_search_that_diverged_is_exit_1_and_leaves_nothing(rows, capsys, monkeypatch):
    answers_with(monkeypatch, 30)
    code, _, error = run(capsys, *rows)
    assert code == 1 and "of a constant answer" in error and error.endswith("or another --seed\n")
    assert not list(Path("r").rglob("*"))


def test_a_winner_of_a_search_that_is_no_better_than_the_mean_says_so(rows, capsys, monkeypatch):
    answers_with(monkeypatch, 0)
    code, out, _ = run(capsys, *rows)
    assert code == 0 and "the network is no better than a constant: on its training part" in out
    assert Path("r/model.keras").exists()
