"""Generated data have the properties they claim; files are read or refused in one line."""

import os

import numpy as np
import pytest

from lstm_lib import datasets
from lstm_lib.core.errors import InputError
from lstm_lib.datasets import adding_problem, noisy_sine, read_csv_column, sunspots


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


def test_a_changed_or_missing_sunspot_file_is_refused(monkeypatch):
    monkeypatch.setattr(datasets, "SUNSPOTS_SHA256", "0")
    with pytest.raises(InputError, match="not the sunspot table"):
        sunspots()
    monkeypatch.setattr(datasets.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install statsmodels"):
        sunspots()


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
        ("a,b\n1\n", r"line 2, column 'b': None is not"),
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
