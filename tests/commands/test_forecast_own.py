"""``lstm-lib forecast`` on a stranger's series: it chooses its own settings, and says when a simple rule is as good."""

import csv
import json

import numpy as np
import pytest

from lstm_lib import cli
from lstm_lib.commands.forecast import own, report
from lstm_lib.forecasting import automatic

pytestmark = pytest.mark.numpy


@pytest.fixture
def quick(monkeypatch):
    """Take the recipe with which the linear rule does best, and a short training."""
    monkeypatch.setattr(automatic, "REGIMES", ((150, 0.0),))
    made = automatic.shortlist
    monkeypatch.setattr(automatic, "shortlist", lambda *series, **options: made(*series, **options)[:1])


@pytest.fixture
def months(in_tmp, quick):
    rng, t = np.random.default_rng(0), np.arange(96)
    values = 100 * 1.01**t * (1 + 0.2 * rng.normal(size=12)[t % 12]) + rng.normal(0, 1, 96)
    rows = [f"{1990 + k // 12}-{k % 12 + 1:02},{v:.3f}\n" for k, v in enumerate(values)]
    (in_tmp / "m.csv").write_text("month,sales\n" + "".join(rows))
    (in_tmp / "earlier.csv").write_text("month,sales\n" + "".join(rows[:84]))
    return in_tmp


def run(capsys, *argv):
    code = cli.main(["forecast", *(() if "--model" in argv else ("--logging.file", "null")), *argv])
    return code, *capsys.readouterr()


def test_a_season_and_a_trend_are_forecast_with_names_of_months_and_intervals(months, capsys):
    code, out, _ = run(capsys, "--data", "m.csv", "--output", "r", "--forecast-csv", "n.csv")
    assert code == 0
    first, second, *_ = out.splitlines()
    assert first.startswith("sales: the LSTM ") and "root mean squared error" in first
    assert second.startswith("19 test values, one step ahead; recipe: ") and "season 12" in second
    row = next(line.split() for line in out.splitlines() if line.startswith("LSTM"))
    assert float(row[2]) == pytest.approx(np.sqrt(float(row[1])), rel=1e-3)
    rows = list(csv.DictReader((months / "n.csv").read_text().splitlines()))
    assert (months / "r" / "next.csv").read_text() == (months / "n.csv").read_text()
    assert [row["time"] for row in rows] == [f"1998-{k:02}" for k in range(1, 13)]
    assert all(float(r["low"]) < float(r["forecast"]) < float(r["high"]) for r in rows if r["low"])
    assert "1998-01: " in out and "where 80% should lie" in out
    result = json.loads((months / "r" / "results.json").read_text())
    assert result["test_loss"] < result["baselines"]["persistence"] / 4
    found = result["verdicts"]["persistence"]
    assert found["word"] == "ahead" and found["n"] > 1  # by itself; among eight rivals 19 values say less
    assert found["verdict"] == ("ahead" if found["p_holm"] <= 0.05 else "not told apart")
    assert found["p_holm"] > found["p_value"]
    assert result["test"]["times"][0] == "1996-06" and len(result["rival_forecast"]) == 12


def test_the_horizon_is_asked_for(months, capsys):
    code, out, _ = run(capsys, "--data", "m.csv", "--output", "next.csv", "--horizon", "3")
    assert code == 0 and len((months / "next.csv").read_text().splitlines()) == 4
    assert "1998-03" in out and "1998-04" not in out


def test_the_same_command_writes_the_same_bytes(months, capsys):
    for name in ("a", "b"):
        assert run(capsys, "--data", "m.csv", "--output", name)[0] == 0
    for name in ("results.json", "next.csv", "model.safetensors"):
        assert (months / "a" / name).read_bytes() == (months / "b" / name).read_bytes()


def test_a_saved_model_goes_on_with_newer_values(months, capsys):
    assert run(capsys, "--data", "earlier.csv", "--output", "r")[0] == 0
    code, out, error = run(capsys, "--model", "r", "--data", "m.csv", "--output", "u")
    assert (code, error) == (0, "")
    assert "on 12 windows that the model was not trained on" in out and "1998-01: " in out
    used = json.loads((months / "u" / "results.json").read_text())
    assert used["test"]["times"] == [f"1997-{k:02}" for k in range(1, 13)]
    assert used["test_loss"] < used["baselines"]["persistence"] / 4
    assert len(used["forecast"]["values"]) == len(used["forecast"]["low"]) == 12
    code, out, _ = run(capsys, "--model", "r", "--data", "m.csv", "--horizon", "15")
    assert code == 0 and "and 3 more" in out


def test_settings_of_the_network_are_taken_as_they_are_given(months, capsys):
    code, out, _ = run(capsys, "--data", "m.csv", "--window", "6", "--epochs", "2", "--model.relative-to", "mean")
    assert code == 0 and "recipe" not in out  # the cases: relative_to alone is no contradiction
    code, _, error = run(capsys, "--model.relative-to", "mean")
    assert code == 2 and "--model.relative-to mean give --training.targets last" in error


def test_the_help_shows_the_values_in_force(capsys):
    with pytest.raises(SystemExit):
        cli.main(["forecast", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for text in ("default: 60)", "default: 18)", "default: 6)", "default: nothing)", "default: every)"):
        assert text in shown


@pytest.mark.parametrize(
    ("lstm", "rival", "word", "says"),
    [
        (1.0, 4.0, "ahead", "the LSTM wins, root mean squared error 1, 2 of persistence (last value)"),
        (4.0, 1.0, "behind", "the LSTM loses, root mean squared error 2, 1 of persistence (last value)"),
        (
            4.0,
            1.0,
            "not told apart",
            "the LSTM loses, root mean squared error 2, 1 of persistence (last value) (not told",
        ),
        (
            1.0,
            4.0,
            "not told apart",
            "the LSTM is ahead, root mean squared error 1, 2 of persistence (last value) (not",
        ),
    ],
)
def test_the_first_line_says_who_wins_and_a_loss_shows_what_the_rival_says(lstm, rival, word, says):
    result = {
        "series": "s", "test_loss": lstm, "baselines": {"persistence": rival, "drift": 9.0},
        "best_rival": "persistence", "recipe_in_words": "a recipe",
        "verdicts": {"persistence": {"verdict": word, "word": "behind"}, "drift": {"word": "ahead"}},
        "train_loss": 1.0, "seed": 0, "test": {"observed": [1, 2]}, "rival_forecast": [7.0, 8.0],
        "forecast": {"times": ["a", "b"], "values": [5.0, 6.0]},
    }  # fmt: skip
    lines = report.table_of_own(result).splitlines()
    assert lines[0].startswith(f"s: {says}")
    table = [line.split()[-1] for line in lines if line.startswith(("persistence (last value)  ", "last value and"))]
    assert table == ["behind", "ahead"]  # each by itself
    assert any(line.startswith("persistence (last value) says: a: 7.0  b: 8.0") for line in lines) == (lstm > rival)


@pytest.mark.parametrize(
    ("value", "loss", "shown"),
    [(447.24, 13.9**2, "447"), (447.24, 1.3**2, "447.2"), (0.29127, 0.0042**2, "0.2913"), (12_345.6, 1500**2, "12300"),
     (447.2449, None, "447.2"), (5.0, 0.0, "5")],
)  # fmt: skip
def test_a_value_is_shown_with_the_digits_that_its_error_warrants(value, loss, shown):
    assert report._rounded(value, loss) == shown


def test_half_the_width_is_what_four_errors_in_five_stay_below_and_never_falls():
    rng, observed = np.random.default_rng(0), np.zeros(40)
    paths = rng.normal(size=(41, 3))
    half = own.widths(paths, observed)
    assert half[0] == np.sort(np.abs(paths[:40, 0]))[32]  # ceil(41 * 0.8) - 1
    assert half == sorted(half)
    assert own.widths(paths[:12], observed[:11])[2] is None  # nine errors three steps ahead
    assert own.widths(paths[:10], observed[:9]) == [None] * 3


def test_an_interval_of_exchangeable_errors_holds_its_share():
    held = []
    for seed in range(400):
        errors = np.random.default_rng(seed).standard_t(3, size=21)
        (half,) = own.widths(errors[:20, None], np.zeros(20))
        held.append(abs(errors[20]) <= half)
    assert 0.76 < np.mean(held) < 0.86


def test_a_folder_that_may_not_be_written_costs_only_the_log(months, capsys, monkeypatch):
    (months / "logs").write_text("a file where the folder should be")
    code = cli.main(["forecast", "--data", "m.csv"])
    error = capsys.readouterr().err
    assert code == 0 and error.startswith("lstm-lib: warning: no log is written: logs")


def test_too_few_values_are_one_line(months, capsys):
    (months / "s.csv").write_text("v\n" + "\n".join(map(str, range(13))))
    code, _, error = run(capsys, "--data", "s.csv")
    assert code == 2 and "13 values, 2 of them to test on, leave 11 to learn from" in error and error.count("\n") == 1


@pytest.fixture
def driven(in_tmp, quick):
    """A series that an input known ahead decides, beside another input that says nothing."""
    rng = np.random.default_rng(1)
    price = rng.normal(size=130)
    sold = 50 - 4 * price + rng.normal(0, 0.3, 130)
    rows = [f"{k},{s if k < 120 else ''},{p},{rng.normal()}" for k, (s, p) in enumerate(zip(sold, price, strict=True))]
    (in_tmp / "d.csv").write_text("\n".join(["t,sold,price,noise", *rows]) + "\n")
    return in_tmp, sold


def test_an_input_that_is_known_ahead_is_used_for_it_also_beyond_the_end(driven, capsys):
    folder, sold = driven
    flags = ("--data", "d.csv", "--column", "sold", "--data.inputs", "price,noise", "--data.known", "price,noise")
    code, _, error = run(capsys, *flags, "--output", "r", "--horizon", "10")
    assert (code, error) == (0, ""), error
    result = json.loads((folder / "r" / "results.json").read_text())
    assert result["test_loss"] < 0.3 * result["baselines"]["linear_ar"]
    ahead = np.array(result["forecast"]["values"])
    assert np.corrcoef(ahead, sold[120:])[0, 1] > 0.9 and result["forecast"]["times"][0] == 120
    # A saved model reads its inputs of the file that it is given.
    code, _, error = run(capsys, "--model", "r", "--data", "d.csv", "--horizon", "10", "--output", "again.json")
    assert (code, error) == (0, ""), error
    assert json.loads((folder / "again.json").read_text())["forecast"]["values"] == result["forecast"]["values"]


def test_an_input_that_is_not_known_ahead_says_nothing_of_the_next_value(driven, capsys):
    folder, _ = driven
    (folder / "e.csv").write_text("\n".join((folder / "d.csv").read_text().splitlines()[:121]) + "\n")
    code, _, error = run(capsys, "--data", "e.csv", "--column", "sold", "--data.inputs", "price", "--output", "r.json")
    assert (code, error) == (0, ""), error
    result = json.loads((folder / "r.json").read_text())
    assert result["test_loss"] > 0.7 * result["baselines"]["training_mean"]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--data.inputs", "cost"), "no column 'cost'"),
        (("--data.inputs", "price", "--data.known", "noise"), "data.known: 'noise' is none of data.inputs"),
        (("--data.inputs", "price", "--window", "5"), "leave out data.sequence_length"),
        (("--data.inputs", "price"), "line 122, column 'sold': no value"),
    ],
)
def test_inputs_that_cannot_be_used_are_one_line(driven, capsys, flags, says):
    code, _, error = run(capsys, "--data", "d.csv", "--column", "sold", *flags)
    assert code == 2 and says in error and error.count("\n") == 1


def test_the_plot_has_dates_on_its_axis_and_the_interval(months, capsys, monkeypatch):
    from matplotlib.figure import Figure

    drawn, saved = [], Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **options: (drawn.append(self), saved(self, *args)))
    assert run(capsys, "--data", "m.csv", "--plot", "p.png")[0] == 0
    (ax,) = drawn[0].axes
    assert ax.lines[0].get_xdata()[0] == np.datetime64("1996-06") and len(ax.get_xticks()) < 15
    (band,) = ax.collections
    assert band.get_paths()[0].vertices[:, 1].max() > ax.lines[-1].get_ydata().max()


def test_a_value_that_has_no_logarithm_only_where_it_is_tested_takes_none(months, capsys):
    lines = (months / "m.csv").read_text().splitlines()
    lines[90] = lines[90].split(",")[0] + ",0"
    (months / "z.csv").write_text("\n".join(lines) + "\n")
    code, out, error = run(capsys, "--data", "z.csv")
    assert (code, error) == (0, "") and "recipe: values relative to" in out


def test_known_inputs_that_end_before_the_forecast_are_told(driven, capsys):
    flags = (
        "--data",
        "d.csv",
        "--column",
        "sold",
        "--data.inputs",
        "price",
        "--data.known",
        "price",
        "--horizon",
        "12",
    )
    code, _, error = run(capsys, *flags)
    assert code == 0 and "warning: price: known for 10 of the 12 steps ahead" in error


def test_a_constant_series_is_a_tie_and_a_long_horizon_is_no_wait(in_tmp, quick, capsys):
    (in_tmp / "c.csv").write_text("v\n" + "5\n" * 60)
    code, out, error = run(capsys, "--data", "c.csv", "--horizon", "500", "--output", "r.json")
    assert (code, error) == (0, "") and out.startswith("v: the LSTM is as good as its best rival")
    result = json.loads((in_tmp / "r.json").read_text())
    assert len(result["forecast"]["values"]) == len(result["forecast"]["low"]) == 500


def test_the_number_of_networks_is_five_or_what_is_asked_for(months, capsys):
    for flags, members in (((), 5), (("--members", "1"), 1), (("--members", "2"), 2)):
        assert run(capsys, "--data", "m.csv", *flags, "--output", "r.json")[0] == 0
        assert json.loads((months / "r.json").read_text())["recipe"]["members"] == members


def test_the_rule_of_a_season_ago_has_the_season_of_the_recipe(months, capsys, monkeypatch):
    monkeypatch.setattr(own, "find_seasons", lambda series: (24, 12))  # twice the season repeats as well
    assert run(capsys, "--data", "m.csv", "--output", "r.json")[0] == 0
    result = json.loads((months / "r.json").read_text())
    rows = list(csv.DictReader((months / "m.csv").read_text().splitlines()))
    values = np.array([float(row["sales"]) for row in rows])
    n, m = len(result["test"]["observed"]), result["recipe"]["season"]
    expected = np.mean((values[-n:] - values[-n - m : -m]) ** 2)
    assert m == 12 and result["baselines"]["seasonal_naive"] == pytest.approx(expected)
