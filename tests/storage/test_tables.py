"""Columns of a user's CSV file are read as a spreadsheet would write them, or refused in one line."""

import pytest

from lstm_lib.errors import InputError
from lstm_lib.storage.tables import as_numbers, for_spreadsheet, read_columns

pytestmark = pytest.mark.numpy

WHOLE = {
    "plain": b"id,text\n1,ab\n2,c\n",
    "byte order mark": b"\xef\xbb\xbfid,text\n1,ab\n2,c\n",
    "CRLF": b"id,text\r\n1,ab\r\n2,c\r\n",
    "quotes": b'"id","text"\n"1","ab"\n"2","c"\n',
    "other order, another column, no newline at the end": b"text,more,id\nab,x,1\nc,y,2",
    "empty lines": b"id,text\n\n1,ab\n\n2,c\n\n",
}


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_table_is_read_however_it_was_saved(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    columns, lines = read_columns(tmp_path / "a.csv", ["id", "text"])
    assert columns == [["1", "2"], ["ab", "c"]]
    assert len(lines) == 2 and lines[0] < lines[1]


def test_commas_quotes_and_line_breaks_in_quotes_belong_to_the_text(tmp_path):
    (tmp_path / "a.csv").write_bytes('id,text\n1,"a, b"\n2,"say ""ü"""\n3,"two\nlines"\n4,x\n'.encode())
    columns, lines = read_columns(tmp_path / "a.csv", ["text", "id"])
    assert columns[0] == ["a, b", 'say "ü"', "two\nlines", "x"]
    assert lines == [2, 3, 5, 6]


BROKEN = {
    "empty": (b"", r"a\.csv: the file is empty"),
    "blank": (b" \n\n", "the file is empty"),
    "no rows": (b"id,text\n", "a header and no rows"),
    "no such column": (b"id,Text\n1,ab\n", "no column 'text'; the header has 'id', 'Text'"),
    "twice": (b"text,id,text\n1,2,3\n", "2 columns are called 'text'"),
    "Latin-1": ("id,text\n1,café\n".encode("latin-1"), "not UTF-8 at byte 13"),
    "too many": (
        b"id,text\n1,ab\n2,a,b\n",
        "line 3: the header has 2 columns and this row 3; a",
    ),
    "too few": (b"id,text\n1\n", "line 2: the header has 2 columns and this row 1"),
    "open quotes": (b'id,text\n1,"ab\n2,c\n', "not CSV"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_table_is_refused(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_columns(tmp_path / "a.csv", ["id", "text"])


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_columns(tmp_path / "a.csv", ["id"])
    with pytest.raises(InputError, match="not a file"):
        read_columns(tmp_path, ["id"])


PYTHONS = [
    "1_000",
    "infinity",
    "\uff11\uff12",
    "\u0661",
    "1\u00a0",
]  # what Python's float takes, and no spreadsheet writes


@pytest.mark.parametrize("text", ["", "nan", "inf", "-1e200", "1e999", "3,5", "x", *PYTHONS])
def test_what_is_no_number_is_named_with_its_line(text):
    with pytest.raises(InputError, match=r"f, line 9, column 'y': .* is not a finite number"):
        as_numbers(["1", text], [7, 9], path="f", column="y")
    assert as_numbers(["1", " -2.5e0 "], [7, 9], path="f", column="y") == [1.0, -2.5]


@pytest.mark.parametrize("text", ["1", "-2.5", "+3", ".5", "1.", "1.5E-3", "1e+05", " 7 ", "007"])
def test_what_a_spreadsheet_writes_is_a_number(text):
    assert as_numbers([text], [2], path="f", column="y") == [float(text)]


def test_a_value_that_is_long_is_shown_in_part():
    with pytest.raises(InputError) as caught:
        as_numbers(["9" * 100_000 + "x"], [2], path="f", column="y")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *(
            (text, f"'{text}")
            for text in ("=1+1", "@SUM(A1)", "+a", "-a", "--5", "\t=1", "\r=1", "-", '=HYPERLINK("x")')
        ),
        *((text, text) for text in ("", "a=1", "-5", "+1.5e3", "'=1", " =1", "id-7")),
    ],
)
def test_what_a_spreadsheet_would_compute_is_marked_as_text(text, shown):
    assert for_spreadsheet(text) == shown
