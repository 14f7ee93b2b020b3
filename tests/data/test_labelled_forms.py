"""The forms in which sequences come from elsewhere: padded in front, timed, wide, with columns that are no features."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from running import ONE_THREAD

from lstm_lib.data.labelled import read_labelled
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy

N, T, D = 5, 7, 2
LENGTHS = np.array([7, 3, 5, 1, 4])


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def text(path, content):
    path.write_text(content)
    return path


def padded(value, where, seed=0):
    """Return x (N, T, D) with padding, and the same with zeros behind."""
    xs = np.random.default_rng(seed).normal(size=(N, T, D))
    behind = np.arange(T) < LENGTHS[:, None]
    x = np.full((N, T, D), value, float)
    x[behind if where == "behind" else behind[:, ::-1]] = xs[behind]
    return x, np.where(behind[:, :, None], xs, 0).astype(np.float32)


@pytest.mark.parametrize("value", [0, -1, np.nan])
def test_padding_in_front_is_seen_and_said(tmp_path, value):
    x, expected = padded(value, "front")
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N), lengths=LENGTHS))
    np.testing.assert_array_equal(data.xs, expected)
    assert data.lengths.tolist() == LENGTHS.tolist()
    assert len(data.notes) == 1 and "a.npz" in data.notes[0] and "lengths" in data.notes[0]


@pytest.mark.parametrize("value", [0, -1, np.nan, 1e30])
def test_padding_behind_stays_where_it_is(tmp_path, value):
    x, expected = padded(value, "behind")
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N), lengths=LENGTHS))
    np.testing.assert_array_equal(data.xs, expected)
    assert data.notes == ()


def test_a_sequence_that_begins_in_zeros_is_not_padding(tmp_path):
    x, expected = padded(0, "behind")
    x[1, :2] = expected[1, :2] = 0
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N), lengths=LENGTHS))
    np.testing.assert_array_equal(data.xs, expected)
    x[3:] = expected[3:] = 0  # silent throughout
    assert read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N), lengths=LENGTHS)).notes == ()


@pytest.mark.parametrize("where", ["behind", "front"])
def test_nan_at_an_end_is_where_the_sequence_ends(tmp_path, where):
    x, expected = padded(np.nan, where)
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N)))
    np.testing.assert_array_equal(data.xs, expected)
    assert data.lengths.tolist() == LENGTHS.tolist()
    assert "4 of 5 sequences" in data.notes[0] and "lengths" in data.notes[0]


def test_nan_elsewhere_is_refused_with_the_name_of_lengths(tmp_path):
    x, _ = padded(0, "behind")
    x[0, 2, 1] = np.nan
    with pytest.raises(InputError, match=r"x\[0, 2, 1\] is nan.*give their number as lengths"):
        read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N), lengths=LENGTHS))
    x[2] = np.nan
    with pytest.raises(InputError, match=r"x\[2\] is nan throughout"):
        read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N)))


@pytest.mark.parametrize(("where", "word"), [("behind", "end"), ("front", "begin")])
def test_zeros_at_an_end_count_as_data_and_this_is_said(tmp_path, where, word):
    x, _ = padded(0, where)
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.arange(N)))
    np.testing.assert_array_equal(data.xs, x.astype(np.float32))
    assert f"4 of 5 sequences of x {word} in zeros" in data.notes[0] and "lengths" in data.notes[0]
    assert read_labelled(npz(tmp_path / "a.npz", x=0 * x, y=np.arange(N))).notes == ()


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (np.array([b"no", "\u00fc".encode(), b"no"]), ["no", "\u00fc", "no"]),
        (np.array([[1], [0], [2]]), ["1", "0", "2"]),
        (np.array([["a"], ["b"], ["a"]]), ["a", "b", "a"]),
        (np.array([1.0, -0.0, 2.0]), ["1", "0", "2"]),
        (np.array([[1.0], [0.0], [2.0]], np.float32), ["1", "0", "2"]),
    ],
)
def test_classes_are_taken_as_other_programs_store_them(tmp_path, y, labels):
    assert read_labelled(npz(tmp_path / "a.npz", x=np.ones((3, 4, 2)), y=y)).labels == labels


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.eye(3), r"y is one-hot, \(3, 3\); it must hold a class for each sequence: y.argmax\(axis=1\)"),
        (np.eye(3, dtype=bool), "one-hot"),
        (np.ones((3, 3)), r"its shape is \(3, 3\)"),
        (np.array([1.0, np.nan, 2.0]), "y must hold whole numbers or text, not float64: a class is no quantity"),
        (np.array([b"no", b"\xff", b"no"]), "y holds text that can't be read"),
    ],
)
def test_classes_that_are_none_say_what_to_write(tmp_path, y, message):
    with pytest.raises(InputError, match=message):
        read_labelled(npz(tmp_path / "a.npz", x=np.ones((3, 4, 2)), y=y))


@pytest.mark.parametrize(
    "steps",
    [
        ("2024-01-02", "2024-01-10", "2023-12-31"),
        ("2024-01-02 09:00:00", "2024-01-02 10:00", " 2024-01-02 08:59:59.5"),
        ("2024-01-02T09:00Z", "2024-01-02T09:30Z", "2024-01-02T10:00+02:00"),
    ],
)
def test_steps_may_be_times_and_are_put_in_their_order(tmp_path, steps):
    rows = "".join(f"a,{step},c,{k}\n" for k, step in enumerate(steps))
    data = read_labelled(text(tmp_path / "a.csv", "id,step,label,v\n" + rows))
    np.testing.assert_array_equal(data.xs[0, :, 0], [2, 0, 1])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (("2024-01-02", "2"), "line 3, column 'step': '2' is not a time written as the first, 2024-01-02"),
        (("2024-01-02", "2024-01-02T09:00Z"), "line 3, column 'step': '2024-01-02T09:00Z' is not a time written as"),
        (("1", "2024-01-02"), "line 3, column 'step': '2024-01-02' is not a finite number"),
        (("first", "2"), "line 2, column 'step': 'first' is not a finite number, nor a time such as"),
        (("2024-01-02", "2024-01-02 00:00"), "line 3: sequence 'a' has step 2024-01-02 00:00 twice"),
        (("20240102", "20240102"), "line 3: sequence 'a' has step 20240102 twice"),
    ],
)
def test_steps_that_have_no_order_say_where(tmp_path, steps, message):
    rows = "".join(f"a,{step},c,{k}\n" for k, step in enumerate(steps))
    with pytest.raises(InputError, match=r"a\.csv, " + message):
        read_labelled(text(tmp_path / "a.csv", "id,step,label,v\n" + rows))


ROWS = "id,step,subject,u,note,v,label\na,2,7,1,x,2,c\na,1,7,3,y,4,c\n"


def test_columns_that_are_no_features_are_left_out(tmp_path):
    file = text(tmp_path / "a.csv", ROWS)
    for options in ({"ignore": ["note", "subject"]}, {"features": ["u", "v"]}):
        data = read_labelled(file, **options)
        assert data.features == ["u", "v"]
        np.testing.assert_array_equal(data.xs, [[[3, 4], [1, 2]]])
    swapped = read_labelled(file, features=["v", "u"])
    assert swapped.features == ["v", "u"] and swapped.xs[0, 0].tolist() == [4, 3]
    with pytest.raises(InputError, match="no column 'w'"):
        read_labelled(file, ignore=["w"])
    with pytest.raises(InputError, match="column 'label' is the id, the step or the class"):
        read_labelled(file, features=["label"])
    with pytest.raises(InputError, match="no feature"):
        read_labelled(file, ignore=["subject", "u", "note", "v"])


def test_a_wide_file_has_a_sequence_in_each_row_that_may_end_early(tmp_path):
    file = text(tmp_path / "a.csv", "t0,label,t1,t2\n1,no,2,3\n4,yes,5,\n-1e3,no,,\n")
    data = read_labelled(file, wide=True)
    np.testing.assert_array_equal(data.xs[:, :, 0], [[1, 2, 3], [4, 5, 0], [-1000, 0, 0]])
    assert data.lengths.tolist() == [3, 2, 1] and data.ids == ["0", "1", "2"] and data.labels == ["no", "yes", "no"]
    assert data.steps == ["t0", "t1", "t2"]
    assert read_labelled(file, wide=True, ignore=["t1"]).xs[0, :, 0].tolist() == [1, 3]
    named = text(tmp_path / "b.csv", "id,t0,t1\nx,1,2\ny,3,4\n")
    assert read_labelled(named, wide=True, labels=False).ids == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("t0,t1\n1,2\n", "no column 'label'"),
        ("label,t0,t1\na,,2\n", "line 2, column 't0': '' is not a finite number"),
        ("label,t0,t1\na,1,x\n", "line 2, column 't1': 'x' is not a finite number"),
        ("label,t0\na,1\nb,\n", "line 3: no step has a number"),
        ("label,t0\na,1\n,2\n", "line 3, column 'label': empty"),
        ("id,label,t0\ns,a,1\ns,a,2\n", "line 3: id 's' stands on line 2 already"),
    ],
)
def test_a_wide_file_that_cannot_be_used_says_where(tmp_path, content, message):
    with pytest.raises(InputError, match=r"a\.csv.*" + message):
        read_labelled(text(tmp_path / "a.csv", content), wide=True)


def test_a_file_without_steps_says_how_a_wide_one_is_read(tmp_path):
    with pytest.raises(InputError, match=r"no column 'id'; the header has 'label', 't0', .*--format wide"):
        read_labelled(text(tmp_path / "a.csv", f"label,{','.join(f't{k}' for k in range(500))}\n"))
    with pytest.raises(InputError, match=r"no column 'step'; .{,150}--step-column"):
        read_labelled(text(tmp_path / "a.csv", "id,t,v,label\na,1,2,c\n"))


def test_blocks_of_rows_join_and_complaints_find_their_line(tmp_path, monkeypatch):
    rng, rows = np.random.default_rng(0), []
    values = {f"s{n}": rng.normal(size=(3 + n % 4, 2)).astype(np.float32) for n in range(9)}
    for name, x in values.items():
        rows += [f"{name},{t},{x[t, 0]!r},{x[t, 1]!r},c{name}" for t in range(len(x))]
    rows = [str(row).replace("np.float32(", "").replace(")", "") for row in rng.permutation(rows)]
    monkeypatch.setattr("lstm_lib.data.labelled_csv.ROWS", 4)
    data = read_labelled(text(tmp_path / "a.csv", "\n".join(["id,step,u,v,label", *rows])))
    for name, label, x, n in zip(data.ids, data.labels, data.xs, data.lengths, strict=True):
        np.testing.assert_array_equal(x[:n], values[name])
        assert label == f"c{name}"
    for k, wrong in ((9, "s0,9,1,x,cs0"), (17, f"{rows[0].split(',')[0]},9,1,2,d"), (30, rows[2])):
        broken = [*rows[:k], wrong, *rows[k:]]
        with pytest.raises(InputError, match=f"line {k + 2}[,:]"):
            read_labelled(text(tmp_path / "a.csv", "\n".join(["id,step,u,v,label", *broken])))


MEASURED = """
import re
from pathlib import Path
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
from lstm_lib.data.labelled import read_labelled
before = peak()
print(read_labelled("big.csv").xs.shape, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_csv_takes_in_memory_grows_with_its_numbers_and_not_with_their_text(tmp_path):
    n, steps = 400, 500
    with open(tmp_path / "big.csv", "w") as file:
        file.write("id,step,u,v,label\n")
        for k in range(n):
            file.write("".join(f"s{k},{t},{t / 7:.5f},{-t / 3:.5f},c{k % 2}\n" for t in range(steps)))
    command = [sys.executable, "-c", MEASURED]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True
    )
    shape, taken = re.fullmatch(r"(\(.*\)) (\d+)\n", done.stdout).groups()
    assert shape == f"({n}, {steps}, 2)" and int(taken) < 40  # MB; with a dictionary of lists it was 72
