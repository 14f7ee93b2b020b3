"""A series is read from a stranger's file however its numbers and times are written, or one line says why not."""

import numpy as np
import pytest

from lstm_lib.data.own_series import filled, plain_numbers, read_series
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy


def read(in_tmp, text, *args, **options):
    (in_tmp / "f.csv").write_text(text)
    return read_series("f.csv", *args, **options)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("v\n1\n2.5\n", [1, 2.5]),
        ('day,v\n2024-01-01,"1,213.82"\n2024-01-02,"13,607,001"\n', [1213.82, 13607001]),
        ("Datum;Umsatz\n2024-01-01;1213,82\n2024-01-02;7\n", [1213.82, 7]),
        ("Datum;Umsatz\n01.01.2024;1.213,82\n02.01.2024;-0,5\n", [1213.82, -0.5]),
        ("a;v\n2024-01-01;1,213.82\n2024-01-02;2,000.5\n", [1213.82, 2000.5]),
        ("t\tv\n2024-01\t3.5\n2024-02\t4\n", [3.5, 4]),
        ("n,v\n1,5\n2,6\n3,9\n", [5, 6, 9]),  # n counts the rows
        ("v,w\n1,x\n  \n2,y\n\n", [1, 2]),  # a line of blanks is an empty one
        ("v,year\n5,2003\n6,2002\n9,2001\n", [9, 6, 5]),  # newest first
    ],
)
def test_numbers_are_read_as_people_write_them(in_tmp, text, values):
    assert read(in_tmp, text)[0].values.tolist() == values


def test_what_is_ambiguous_stays_what_a_comma_file_says():
    assert plain_numbers(["1,213", "2,500"], ",") == ["1213", "2500"]
    assert plain_numbers(["1,213", "2,5"], ";") == ["1.213", "2.5"]
    assert plain_numbers(["1,2,3"], ",") == ["1,2,3"]  # neither; the complaint shows it


def test_rows_are_put_in_the_order_of_time_and_it_is_said(in_tmp):
    series, notes = read(in_tmp, "d,v\n2024-03-01,3\n2024-02-01,2\n2024-01-01,1\n")
    assert series.values.tolist() == [1, 2, 3] and str(series.times[0]) == "2024-01"
    assert notes == ["the rows stand newest first; they were sorted by 'd'"]
    series, notes = read(in_tmp, "d,v\n2024-02-01,2\n2024-03-01,3\n2024-01-01,1\n")
    assert series.values.tolist() == [1, 2, 3] and "not in the order of time" in notes[0]


def test_several_series_in_one_file_are_told_apart(in_tmp):
    text = "d,store,v\n2024-01-01,A,1\n2024-01-01,B,5\n2024-01-02,A,2\n2024-01-02,B,6\n"
    says = (
        r"^f\.csv: lines 2 and 3 have one time, 2024-01-01 in column 'd'; column 'store' tells 2 series apart: take one"
    )
    with pytest.raises(InputError, match=says + r", as with --data\.where store=A$"):
        read(in_tmp, text, "v")
    assert read(in_tmp, text, "v", where="store=B")[0].values.tolist() == [5, 6]
    with pytest.raises(InputError, match="no row has 'C' in column 'store'"):
        read(in_tmp, text, "v", where="store=C")
    with pytest.raises(InputError, match="must be COLUMN=VALUE"):
        read(in_tmp, text, "v", where="shop=A")


def test_gaps_are_named_and_filled_on_request(in_tmp):
    text = "d,v\n2024-01-01,1\n2024-01-02,2\n2024-01-05,8\n2024-01-06,9\n"
    series, notes = read(in_tmp, text)
    assert series.values.tolist() == [1, 2, 8, 9]
    assert notes[0].startswith("2 times are left out in 'd', after 2024-01-02; each row counts as one step")
    series, notes = read(in_tmp, text, fill="linear")
    assert series.values.tolist() == [1, 2, 4, 6, 8, 9] and str(series.times[-1]) == "2024-01-06"
    assert notes == ["2 missing values of 'v' were filled (linear)"]
    assert read(in_tmp, text, fill="last")[0].values.tolist() == [1, 2, 2, 2, 8, 9]
    series, notes = read(
        in_tmp, "d,v\n2024-01-01,1\n2024-01-02,2\n2024-01-04,8\n2024-01-05,8\n2024-01-05T12:00,8\n", "v"
    )
    assert not notes  # the last time is of another form, so the column holds no dates and the rows count
    assert "not evenly spaced" in read(in_tmp, "t,v\n0,1\n1,2\n2.5,3\n3.5,9\n", "v", time="t")[1][0]


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NaN", "null", "."])
def test_a_missing_value_is_complained_of_or_filled(in_tmp, word):
    text = f"d,v\n2024-01-01,1\n2024-01-02,{word}\n2024-01-03,3\n"
    with pytest.raises(InputError, match=r"line 3, column 'v': no value.*--data\.fill linear or --data\.fill last"):
        read(in_tmp, text, "v")
    assert read(in_tmp, text, "v", fill="linear")[0].values.tolist() == [1, 2, 3]


def test_filled_ends_take_the_nearest():
    values = np.array([np.nan, 2, np.nan, np.nan, 8, np.nan])
    assert filled(values, "linear").tolist() == [2, 2, 4, 6, 8, 8]
    assert filled(values, "last").tolist() == [2, 2, 2, 2, 8, 8]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("a,b\n1,5\n2,7\n7,7\n", {}, "columns 'a', 'b' hold numbers; name the one to forecast with --column"),
        ("a,b\nx,y\n", {}, "no column holds numbers alone among 'a', 'b'"),
        ("a,v\nx,1\ny,2\n", {"time": "a"}, "the times in column 'a' ('x', 'y', …) are not all dates of one form"),
        ("d,v\n2024-01-01,1\n2024-01-01,2\n", {}, "sum them up, or remove one"),
        ("d,v\n2024-01-01,NA\n2024-01-02,NA\n", {"column": "v", "fill": "last"}, "the column 'v' holds no number"),
        ("d,v\n2024-01-01,12.14M\n", {"column": "v"}, "'12.14M' is not a finite number"),
    ],
)
def test_what_cannot_be_read_is_one_line(in_tmp, text, options, says):
    with pytest.raises(InputError) as refused:
        read(in_tmp, text, **options)
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_a_workbook_is_named_as_what_it_is(in_tmp):
    import zipfile

    with zipfile.ZipFile("book.xlsx", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    for name in ("book.xlsx", "book.csv"):
        (in_tmp / name).write_bytes((in_tmp / "book.xlsx").read_bytes())
        with pytest.raises(InputError, match=r"a workbook of Excel or another zip archive.*save the sheet as CSV"):
            read_series(name)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("date,v\n4.2.24,1\n3.2.24,2\n", "no column of times was used, and each row counts as one step: 'date' holds"),
        ("week,v\n2024-W01,1\n2024-W02,2\n", "'week' holds none in one form that is understood; see --data.time"),
        ("5\n6\n7\n", "the first row was taken for the header, and calls the series '5'"),
        ("d;v\n01.02.2024;950\n02.02.2024;1.003\n", "1.003 in 'v' was read with a decimal point; if it separates"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_said(in_tmp, text, note):
    notes = read(in_tmp, text)[1]
    assert len(notes) == 1 and note in notes[0]


def test_one_row_is_read_and_a_name_twice_and_a_far_time_are_refused(in_tmp):
    assert read(in_tmp, "date,v\n2020-01-01,1\n")[0].values.tolist() == [1]
    with pytest.raises(InputError, match="2 columns are called 'v'"):
        read(in_tmp, "v,v\n1,2\n2,3\n")
    with pytest.raises(InputError, match=r"2,556,695 times are left out in 'd'.*is one of them wrong"):
        read(in_tmp, "d,v\n2024-01-01,1\n2024-01-02,2\n9024-01-01,3\n", fill="linear")
    assert "not evenly spaced" not in str(read(in_tmp, "t,v\n1,1\n2,2\n3,1\n", "v", time="t")[1])


def test_the_series_is_no_input_of_itself_and_later_rows_need_only_what_is_known(in_tmp):
    with pytest.raises(InputError, match="'v' can't be an input of its own forecast"):
        read(in_tmp, "t,v\n1,1\n2,4\n", "v", inputs=["v"])
    series, notes = read(in_tmp, "t,v,p,q\n1,1,7,5\n2,4,8,6\n3,,9,\n", "v", inputs=["p", "q"], known=["p"])
    assert series.values.tolist() == [1, 4] and series.inputs.tolist() == [[7, 5], [8, 6], [9, 6]] and not notes
    with pytest.raises(InputError, match="1 values of 'q' are missing before the last"):
        read(in_tmp, "t,v,p,q\n1,1,7,\n2,4,8,6\n3,,9,\n", "v", inputs=["p", "q"], known=["p"])
