"""Generated data have the properties they claim; files are read or refused in one line."""

import os

import numpy as np
import pytest

from lstm_lib.data import labelled, rivers, series
from lstm_lib.data.labelled import japanese_vowels
from lstm_lib.data.rivers import river
from lstm_lib.data.series import noisy_sine, read_csv_column, stock_prices, sunspots
from lstm_lib.data.tasks import ORDERS, SYMBOLS, adding_problem, marked_number, temporal_order
from lstm_lib.errors import InputError
from lstm_lib.storage import files

pytestmark = pytest.mark.numpy


def test_noisy_sine_is_four_periods_plus_noise_of_the_asked_size():
    series = noisy_sine(2521, noise_std=0.05, seed=1)
    assert series.times[0] == 0 and series.times[-1] == pytest.approx(8 * np.pi)
    np.testing.assert_allclose(series.clean, np.sin(series.times))
    assert (series.values - series.clean).std() == pytest.approx(0.05, rel=0.05)
    assert (series.values != noisy_sine(2521, noise_std=0.05, seed=2).values).any()


def test_sunspots_are_the_309_known_years():
    series = sunspots()
    assert len(series.values) == 309 and series.times[0] == 1700 and series.times[-1] == 2008
    assert series.times[series.values.argmax()] == 1957 and series.values.max() == 190.2


READERS = {
    "sunspots": (sunspots, (series.SHA256, "sunspots"), "pip install statsmodels$"),
    "stocks": (lambda: stock_prices("AAPL"), (series.SHA256, "stocks"), r"pip install --no-deps vega_datasets==\d"),
    "vowels": (lambda: japanese_vowels("test"), (labelled.VOWELS, "TEST"), r"pip install --no-deps sktime==\d"),
    "rivers": (lambda: river("Leaf"), (rivers.SHA256, "Leaf"), r"holmes-hydro: pip install --no-deps holmes-hydro==\d"),
}


@pytest.mark.parametrize(("read", "entry", "install"), READERS.values(), ids=READERS)
def test_a_changed_or_missing_package_is_refused(monkeypatch, read, entry, install):
    monkeypatch.setitem(*entry, "0")
    with pytest.raises(InputError, match=r"not the .* this course was written with; pip install"):
        read()
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=install):
        read()


def test_share_prices_are_those_of_one_share_in_order_of_time():
    series = stock_prices("AAPL")
    assert len(series.values) == 123 and series.times[0] == "Jan 1 2000" and series.times[-1] == "Mar 1 2010"
    assert series.values[0] == 25.94 and series.values[-1] == 223.02  # read off the file by eye
    assert stock_prices("MSFT").values[0] == 39.81
    with pytest.raises(ValueError, match="no share 'X'"):
        stock_prices("X")


def test_rivers_are_days_without_gaps_and_the_cold_ones_have_winters():
    for name, days, columns in (("Au Saumon", 10533, 3), ("Baskatong", 13880, 3), ("Leaf", 11322, 2)):
        days_of = river(name)
        assert days_of.values.shape == days_of.times.shape == (days,) and days_of.inputs.shape == (days, columns)
        assert set(np.diff(days_of.times).astype(int)) == {1} and days_of.values.min() > 0
        assert days_of.inputs[:, 0].min() == 0 and days_of.inputs[:, -1].min() == 0
        if columns == 3:
            january = days_of.times.astype("datetime64[M]").astype(int) % 12 == 0
            assert days_of.inputs[january, 1].mean() < -8 and days_of.inputs[january, 2].mean() < 0.3
    first = river("Au Saumon")  # read off the file by eye
    assert (
        str(first.times[0]) == "1975-03-01"
        and first.values[0] == 0.63
        and first.inputs[0, :2].tolist() == [7.67, -3.75]
    )
    assert river("Leaf").values[-1] == pytest.approx(0.41676363)
    with pytest.raises(ValueError, match="river must be one of"):
        river("Styx")


def test_the_vowels_have_the_counts_that_their_authors_give():
    for part, n, per_speaker in (("train", 270, [30] * 9), ("test", 370, [31, 35, 88, 44, 29, 24, 40, 50, 29])):
        xs, ys, lengths = japanese_vowels(part)
        assert xs.shape[0] == n and xs.shape[2] == 12 and np.bincount(ys).tolist() == per_speaker
        assert lengths.min() == 7 and lengths.max() <= 29
        inside = np.arange(xs.shape[1]) < lengths[:, None]
        assert not xs[~inside].any() and (xs[inside] != 0).any(axis=1).all()
    first = japanese_vowels("train")[0][0]
    np.testing.assert_allclose(first[:2, :2], [[1.860936, -0.207383], [1.891651, -0.193249]], rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
def test_temporal_order_is_what_the_paper_describes(classes):
    T = 100
    xs, ys, lengths = temporal_order(np.random.default_rng(0), 3000, T, classes=classes)
    assert lengths.min() == 100 and lengths.max() == 110 and xs.shape == (3000, 110, 8)
    texts = ["".join(SYMBOLS[step.argmax()] for step in row[:length]) for row, length in zip(xs, lengths, strict=True)]
    places = np.array([[k for k, symbol in enumerate(text) if symbol in "XY"] for text in texts])
    assert places.shape == (3000, 2)
    assert places.min(axis=0).tolist() == [10, 50] and places.max(axis=0).tolist() == [20, 60]
    assert all(text[0] == "E" and text[-1] == "B" and set(text[1:-1]) <= set("abcdXY") for text in texts)
    pairs = [text[i] + text[j] for text, (i, j) in zip(texts, places, strict=True)]
    assert pairs == [ORDERS[classes][y] for y in ys]
    assert (np.abs(np.bincount(ys) / 3000 - 1 / classes) < 0.04).all()
    assert (xs.sum(axis=2) == (np.arange(110) < lengths[:, None])).all()


def test_temporal_order_of_two_classes_gives_nothing_away_by_its_counts():
    xs, ys, _ = temporal_order(np.random.default_rng(0), 500, 10, classes=2)
    assert (xs.sum(axis=1)[:, -2:] == 1).all() and 0 < ys.mean() < 1
    with pytest.raises(ValueError, match="at least 10"):
        temporal_order(np.random.default_rng(0), 1, 9)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_csv_column_is_read_whatever_stands_beside_it(tmp_path):
    path = write(tmp_path / "a.csv", '\ufeffday,"units, sold"\n"one\ntwo",3\nthree,4.5\n')
    series = read_csv_column(path, "units, sold")
    np.testing.assert_array_equal(series.values, [3, 4.5])
    np.testing.assert_array_equal(series.times, [1, 2])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("a,b\n", "a header and no rows"),
        ("a,c\n1,2\n", r"no column 'b'; the header has 'a', 'c'"),
        ("a,b\n1,2\n3,x\n", r"line 3, column 'b': 'x' is not a finite number"),
        ("a,b\n1,nan\n", r"line 2, column 'b': 'nan' is not"),
        ("a,b\n1,\n", r"line 2, column 'b': '' is not"),
        ("b,a,b\n1,2,3\n", r"2 columns are called 'b'"),
        ("a,b\n1\n", "line 2: the header has 2 columns and this row 1; fill"),
        (b"a,b\n1,\xff\n", "not UTF-8 at byte 6"),
    ],
)
def test_a_bad_csv_is_refused_with_its_place(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_csv_column(write(tmp_path / "a.csv", content), "b")


def test_a_missing_csv_or_a_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_csv_column(tmp_path / "none.csv", "b")
    with pytest.raises(InputError, match="cannot be read"):
        read_csv_column(tmp_path, "b")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="it is not a file"):
        read_csv_column(tmp_path / "pipe", "b")


def test_adding_sequences_are_those_of_1997():
    xs, ys, lengths = adding_problem(np.random.default_rng(0), 4000, 20)
    assert xs.shape == (4000, 22, 2) and set(lengths) == {20, 21, 22}
    for x, y, n in zip(xs, ys, lengths, strict=True):
        values, markers = x[:n].T
        assert not x[n:].any()
        marked = np.flatnonzero(markers == 1)
        first_marked = marked[0] == 0  # then its value counts as 0 and its marker is 1
        assert markers[n - 1] == -1 and (first_marked or markers[0] == -1)
        assert len(marked) == 2 and marked.min() < 10 and marked.max() < 10
        assert y[0] == pytest.approx(0.5 + values[marked].sum() / 4, abs=1e-6)
        assert not (set(markers) - {-1, 0, 1})
    assert np.abs(xs[:, :, 0]).max() <= 1
    assert any(x[0, 1] == 1 and x[0, 0] == 0 for x in xs)
    assert ys.var() == pytest.approx(2 / 3 / 16, rel=0.1)


def test_the_second_mark_of_the_adding_problem_reaches_the_first_half():
    xs, _, _ = adding_problem(np.random.default_rng(1), 4000, 60)
    last = [np.flatnonzero(x[:, 1] == 1).max() for x in xs]
    assert max(last) == 29 - 1 or max(last) == 29


def test_the_answer_is_the_number_at_the_only_mark_and_never_the_last():
    xs, ys = marked_number(np.random.default_rng(0), 4000, 5)
    assert xs.shape == (4000, 5, 2) and ys.shape == (4000, 1)
    marks = xs[:, :, 1]
    assert (marks.sum(axis=1) == 1).all() and set(np.unique(marks)) == {0, 1} and not marks[:, -1].any()
    np.testing.assert_array_equal((xs[:, :, 0] * marks).sum(axis=1), ys[:, 0])
    np.testing.assert_allclose(marks.mean(axis=0)[:4], 0.25, atol=0.03)
    assert abs(ys.mean()) < 0.03 and abs(ys.var() - 1 / 3) < 0.02 and np.abs(xs[:, :, 0]).max() <= 1
