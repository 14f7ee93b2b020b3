"""The table of planted faults in tests/FAULTS.md is the one that the tests give, and none is left out."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from book_fixtures import ROOT

from tools import planted_faults as tool


def test_the_table_is_what_the_tests_say():
    # In a process of its own, since pytest collects the tests once more.
    command = [sys.executable, "-m", "tools.planted_faults", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def item(name, mark=None, **params):
    """Make what pytest would collect."""
    return SimpleNamespace(
        path=Path("test_x.py"),
        originalname=name,
        callspec=SimpleNamespace(params=params),
        get_closest_marker=lambda _: mark and mark.mark,
    )


MARK = pytest.mark.planted_fault("a {what} | gone", caught_by="test_gate")
GATE = item("test_gate")


def test_a_row_holds_the_parameters_and_stands_once():
    rows = tool.table([item("test_a", MARK, what="file"), item("test_b", MARK, what="file"), GATE]).strip()
    assert rows.splitlines()[2:] == [r"| a file \| gone | `test_x.py`: `test_gate` |"]


@pytest.mark.planted_fault("a row missing in this table", caught_by=test_the_table_is_what_the_tests_say)
def test_a_planted_gap_in_the_table_is_caught():
    text = tool.BEGIN + tool.table([item("test_a", MARK, what="file")]) + tool.END
    assert tool.with_table(text, tool.table([item("test_a", MARK, what="file")])) == text
    assert tool.with_table(text, tool.table([item("test_a", MARK, what="folder")])) != text


@pytest.mark.parametrize(
    ("what", "test", "complaint"),
    [
        ("a test that plants a fault and is not in this table", item("test_a_planted_x"), "has no mark"),
        (
            "a test that does not exist",
            item("test_x", pytest.mark.planted_fault("x", caught_by="test_no_such")),
            "is no test of its file",
        ),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_the_table_is_what_the_tests_say)
def test_a_planted_test_without_its_gate_is_caught(what, test, complaint):
    good = [GATE, item("test_a", MARK), item("test_b", pytest.mark.planted_fault("x", caught_by="make links"))]
    assert tool.complaints(good, {"links"}) == []
    (found,) = tool.complaints([*good, test], {"links"})
    assert complaint in found
