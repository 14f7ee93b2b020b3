"""Files of labelled sequences are read whole, or refused in one line that says where."""

import io
import zipfile

import numpy as np
import pytest

from lstm_lib.data.labelled import class_names, read_labelled
from lstm_lib.data.parts import stratified_split
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy

X = np.arange(24.0).reshape(3, 4, 2)


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def text(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_npz_keeps_numbers_lengths_and_labels_and_overlooks_what_lies_after_the_end(tmp_path):
    x = X.copy()
    x[1, 2:] = np.nan
    data = read_labelled(npz(tmp_path / "a.npz", x=x, y=np.array(["no", "yes", "no"]), lengths=[4, 2, 4]))
    np.testing.assert_array_equal(data.xs[[0, 2]], X[[0, 2]])
    np.testing.assert_array_equal(data.xs[1], [[8, 9], [10, 11], [0, 0], [0, 0]])
    assert data.labels == ["no", "yes", "no"] and data.lengths.tolist() == [4, 2, 4] and data.ids == ["0", "1", "2"]


def test_labels_may_be_missing_where_none_are_needed(tmp_path):
    assert read_labelled(npz(tmp_path / "a.npz", x=X), labels=False).labels is None
    rows = "id,step,v\na,1,2\n"
    assert read_labelled(text(tmp_path / "a.csv", rows), labels=False).labels is None


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, r"no array 'y'; there are 'x'"),
        ({"y": [1, 2, 3]}, r"no array 'x'; there are 'y'"),
        (
            {"x": X[0], "y": [1, 2, 3]},
            r"x must hold numbers of shape \(N, T, D\), none of them 0, not float64 \(4, 2\)",
        ),
        ({"x": X[:0], "y": []}, r"none of them 0, not float64 \(0, 4, 2\)"),
        ({"x": X.astype(str), "y": [1, 2, 3]}, "x must hold numbers"),
        ({"x": X.astype(complex), "y": [1, 2, 3]}, "x must hold numbers"),
        ({"x": X, "y": [1, 2]}, r"y must hold 3 classes, one for each sequence of x; its shape is \(2,\)"),
        ({"x": X, "y": [0.5, 1.5, 2.5]}, "y must hold whole numbers or text, not float64"),
        ({"x": X, "y": [1, 2, 3], "lengths": [0, 4, 4]}, "3 whole numbers from 1 to 4"),
        ({"x": X, "y": [1, 2, 3], "lengths": [5, 4, 4]}, "3 whole numbers from 1 to 4"),
        ({"x": X, "y": [1, 2, 3], "lengths": [4, 4]}, "3 whole numbers from 1 to 4"),
        ({"x": X, "y": [1, 2, 3], "lengths": [4.0, 4, 4]}, "3 whole numbers from 1 to 4"),
        ({"x": np.where(X == 11, np.nan, X), "y": [1, 2, 3]}, r"x\[1, 1, 1\] is nan, not a finite number"),
        ({"x": np.where(X == 11, 1e30, X), "y": [1, 2, 3]}, r"x\[1, 1, 1\] is 1e\+30"),
        ({"x": X, "y": np.array(["a", None, "b"], object)}, "holds Python objects, which are not loaded"),
    ],
)
def test_an_npz_that_cannot_be_used_says_why(tmp_path, arrays, message):
    with pytest.raises(InputError, match=r"a\.npz: .*" + message):
        read_labelled(npz(tmp_path / "a.npz", **arrays))


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04 and no more", b"\x93NUMPY", "whole"])
def test_another_file_or_half_of_one_is_not_an_npz(tmp_path, content):
    if content == "whole":
        whole = io.BytesIO()
        np.savez(whole, x=X, y=[1, 2, 3])
        content = whole.getvalue()[: len(whole.getvalue()) // 2]
    with pytest.raises(InputError, match=r"a\.npz: not an NPZ file, or cut short"):
        read_labelled(text(tmp_path / "a.npz", content))


def test_an_archive_of_something_else_is_not_an_npz(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.txt", "hello")
    with pytest.raises(InputError, match=r"no array 'x'"):
        read_labelled(tmp_path / "a.npz")
    with open(tmp_path / "one.npz", "wb") as file:
        np.save(file, X)
    with pytest.raises(InputError, match="not an NPZ file"):
        read_labelled(tmp_path / "one.npz")


def test_csv_rows_are_put_in_order_and_ragged_sequences_padded(tmp_path):
    rows = '\ufeffstep,id,"up, down",label,v\r\n2,a,3,yes,4\r\n1,a,1,yes,2\r\n\r\n10,"b ""c""",7,no,8\r\n'
    data = read_labelled(text(tmp_path / "a.CSV", rows))
    np.testing.assert_array_equal(data.xs, [[[1, 2], [3, 4]], [[7, 8], [0, 0]]])
    assert data.features == ["up, down", "v"] and data.ids == ["a", 'b "c"']
    assert data.labels == ["yes", "no"] and data.lengths.tolist() == [2, 1]


def test_csv_columns_may_have_other_names(tmp_path):
    rows = "name,t,class,v\na,1,yes,2\n"
    assert read_labelled(text(tmp_path / "a.csv", rows), columns=("name", "t", "class")).features == ["v"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("id,step,v\na,1,2\n", r"no column 'label'; the header has 'id', 'step', 'v'"),
        ("id,v,label\na,1,2\n", "no column 'step'"),
        ("id,step,label\na,1,2\n", "no feature; every column is 'id', 'step', 'label'"),
        ("id,step,v,v,label\na,1,2,3,x\n", "2 columns are called 'v'"),
        ("id,step,v,label\na,1,2\n", "line 2: the header has 4 columns and this row 3; fill it up"),
        ("id,step,v,label\na,1,x,c\n", r"line 2, column 'v': 'x' is not a finite number; fill, scale or remove it"),
        ("id,step,v,label\n", "a header and no rows"),
        ("id,step,v,label\na,1,nan,c\n", r"line 2, column 'v': 'nan' is not"),
        ("id,step,v,label\na,1,1e40,c\n", r"line 2, column 'v': '1e40' is not"),
        ("id,step,v,label\na,one,2,c\n", r"line 2, column 'step': 'one' is not"),
        ("id,step,v,label\n,1,2,c\n", r"line 2, column 'id': empty"),
        ("id,step,v,label\na,1,2,\n", r"line 2, column 'label': empty"),
        ("id,step,v,label\na,1,2,c\na,2,2,d\n", "line 3: sequence 'a' has class 'd' here and 'c' before"),
        ("id,step,v,label\na,1,2,c\na,1.0,2,c\n", r"line 3: sequence 'a' has step 1\.0 twice"),
        (b"id,step,v,label\na,1,2,\xfc\n", "not UTF-8 at byte 22"),
        ('id,step,v,label\na,1,2,"c\n', "not CSV"),
    ],
)
def test_a_csv_that_cannot_be_used_says_why_and_where(tmp_path, content, message):
    with pytest.raises(InputError, match=r"a\.csv.*" + message):
        read_labelled(text(tmp_path / "a.csv", content))


def test_what_is_no_such_file_is_named(tmp_path):
    for name, message in (
        ("a.npz", "no such file"),
        ("a.csv", "no such file"),
        ("a.txt", r"must end in \.npz or \.csv"),
    ):
        with pytest.raises(InputError, match=message):
            read_labelled(tmp_path / name)
    (tmp_path / "d.npz").mkdir()
    with pytest.raises(InputError, match="it is not a file"):
        read_labelled(tmp_path / "d.npz")


def test_every_class_has_its_share_in_every_part_and_every_sequence_one_place():
    ys = np.repeat([0, 1, 2], [100, 40, 3])
    parts = stratified_split(ys, (0.2, 0.25), np.random.default_rng(0))
    assert sorted(np.concatenate(parts)) == list(range(143))
    assert [np.bincount(ys[p]).tolist() for p in parts] == [[55, 22, 1], [20, 8, 1], [25, 10, 1]]
    assert (np.diff(parts[0]) < 0).any()  # not in the order of the file
    assert [np.bincount(ys[p]).tolist() for p in stratified_split(ys, (0.9,), np.random.default_rng(0))] == [
        [10, 4, 1],
        [90, 36, 2],
    ]
    with pytest.raises(ValueError, match="class 2 has 3 members"):
        stratified_split(ys, (0.1, 0.1, 0.1), np.random.default_rng(0))


def test_classes_are_ordered_by_number_only_where_all_are_whole_numbers():
    assert class_names(["10", "9", "-3", "9"]) == ["-3", "9", "10"]
    assert class_names(["10", "9", "--5"]) == ["--5", "10", "9"]
    for odd in ("-", "", "1e5", "\uff12", "\u00b2", "9" * 5000, "1_0"):
        assert class_names(["10", "9", odd]) == sorted(["10", "9", odd])
    assert class_names(["1", "01"]) == class_names(["01", "1"]) == ["01", "1"]


@pytest.mark.parametrize(
    "value", ["1_000", "\uff11\uff12", "infinity", "Infinity", "-inf", "1e", "0x10", "1 2", "1,5", "--5"]
)
def test_a_csv_number_is_what_a_spreadsheet_writes(tmp_path, value):
    rows = f'id,step,v,label\na,1,1,c\na,2,"{value}",c\n'
    with pytest.raises(InputError, match=r"a\.csv, line 3, column 'v': .* is not a finite number"):
        read_labelled(text(tmp_path / "a.csv", rows))


def member(path, header, data=b"", *, method=zipfile.ZIP_STORED, also=("y", "lengths")):
    """Write an NPZ file whose x has a header of our own."""
    arrays = {"y": np.array(["a", "b", "c"]), "lengths": np.array([4, 2, 4])}
    head = f"{header}\n".encode("latin-1")
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + data)
        for name in also:
            whole = io.BytesIO()
            np.save(whole, arrays[name])
            archive.writestr(f"{name}.npy", whole.getvalue())
    return path


def header(shape, descr="'<f8'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"


DAMAGED = {
    "claims a huge shape": (header((10**30, 4, 2)), r"array 'x' claims 6\.4e\+31 bytes and has 192"),
    "claims too many": (header((3, 4, 3)), "array 'x' claims 288 bytes and has 192"),
    "claims a negative shape": (header((-3, -4, 2)), "array 'x' claims 192 bytes and has 192"),
    "claims too few": (header((1, 4, 2)), "array 'x' claims 64 bytes and has 192"),
    "a number that is too long": (header("(3, 4, %s)" % ("9" * 5000)), "not an NPZ file, or cut short"),
    "brackets": ("(" * 5000, "not an NPZ file, or cut short"),
    "half a header": ("{'descr': '<f8', 'shape': (3", "not an NPZ file, or cut short"),
    "no such type": (header((3, 4, 2), "'<q99'"), "not an NPZ file, or cut short"),
    "objects": (header((3, 4, 2), "'|O'"), "x holds Python objects, which are not loaded"),
    "objects in a record": (header((3, 4, 2), "[('a', '|O')]"), "x holds Python objects, which are not loaded"),
    "records": (header((3, 4, 2), "[('a', '<f4'), ('b', '<f4')]"), "x must hold numbers"),
}


@pytest.mark.parametrize(("head", "message"), DAMAGED.values(), ids=DAMAGED)
def test_an_npz_that_lies_about_its_arrays_is_refused_in_a_line(tmp_path, head, message):
    with pytest.raises(InputError, match=r"a\.npz: " + message):
        read_labelled(member(tmp_path / "a.npz", head, X.tobytes()))


def test_the_same_member_with_an_honest_header_is_read(tmp_path):
    np.testing.assert_array_equal(read_labelled(member(tmp_path / "a.npz", header(X.shape), X.tobytes())).xs[0], X[0])


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_npz_that_is_compressed_otherwise_is_refused(tmp_path, method):
    with pytest.raises(InputError, match="array 'x' is compressed in a way that is not read"):
        read_labelled(member(tmp_path / "a.npz", header(X.shape), X.tobytes(), method=method))


def test_an_encrypted_npz_is_refused(tmp_path):
    content = bytearray(npz(tmp_path / "a.npz", x=X, y=[1, 2, 3]).read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the headers of a member, and their flags
        content[content.find(mark) + flags] |= 1
    with pytest.raises(InputError, match="array 'x' is encrypted"):
        read_labelled(text(tmp_path / "a.npz", bytes(content)))


def test_a_small_npz_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(10**6))
    content = (tmp_path / "a.npz").read_bytes()
    place = content.find(b"PK\x01\x02") + 24  # of what the directory says of its size
    with pytest.raises(InputError, match=r"bytes that claim to be 4,000,000,000"):
        read_labelled(
            text(tmp_path / "a.npz", content[:place] + (4 * 10**9).to_bytes(4, "little") + content[place + 4 :])
        )


def test_text_of_numbers_that_are_no_characters_is_refused(tmp_path):
    for number in (0x110000, 0xD800):
        y = np.array([97, number, 98], "<u4").view("<U1")
        with pytest.raises(InputError, match="y holds text that can't be read"):
            read_labelled(npz(tmp_path / "a.npz", x=X, y=y))


def test_every_array_that_is_not_asked_for_is_left_alone(tmp_path):
    data = read_labelled(npz(tmp_path / "a.npz", x=X, y=[1, 2, 3], more=np.array([None], object)))
    assert data.labels == ["1", "2", "3"]
