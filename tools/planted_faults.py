"""Write the table of planted faults, tests/FAULTS.md, from the tests that plant them: ``make faults``.

A test that plants a fault, in a copy or in a page made for it, carries the mark
``@pytest.mark.planted_fault(what, caught_by=catcher)``. ``what`` may hold the test's parameters in braces; ``catcher``
is the test, of the same file, that keeps such a fault out of the repository, or ``"make TARGET"``.

``python -m tools.planted_faults --check`` writes nothing, and exits with 1 if the table is not what the tests say.
"""

import argparse
import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "FAULTS.md"
BEGIN, END = "<!-- planted faults: make faults writes this table -->\n", "<!-- end of planted faults -->\n"


def collect(folder):
    """List the pytest items of the test files in a folder that speak of planted faults."""
    files = [str(file) for file in sorted(folder.rglob("test_*.py")) if "planted" in file.read_text(encoding="utf-8")]
    found = []

    class Listener:
        def pytest_collection_modifyitems(self, items):
            found.extend(items)

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *files], plugins=[Listener()])
    if code != 0:
        raise SystemExit(f"the tests can't be collected:\n{said.getvalue()}")
    return found


def complaints(items, targets):
    """List the tests that plant a fault without the mark, and those whose mark names something that is none.

    Parameters
    ----------
    items : list of pytest.Function
    targets : collection of str
        What ``make`` can make.
    """
    tests = {(item.path, item.originalname) for item in items}
    found = []
    for item in items:
        mark = item.get_closest_marker("planted_fault")
        if mark is None:
            if "planted" in item.originalname:
                found.append(f"{item.originalname}: has no mark planted_fault")
        elif (item.path, catcher_name(mark)) not in tests and catcher_name(mark).removeprefix("make ") not in targets:
            found.append(f"{item.originalname}: caught_by is no test of its file and no target: {catcher_name(mark)}")
    return sorted({*found})


def catcher_name(mark):
    """Name the catcher of a mark."""
    catcher = mark.kwargs["caught_by"]
    return catcher if isinstance(catcher, str) else catcher.__name__


def table(items):
    """Return the table of all marks, one row a fault, as Markdown."""
    rows = {}
    for item in sorted(items, key=lambda item: item.path.name):  # stable: a file's own order stays
        if mark := item.get_closest_marker("planted_fault"):
            given = item.callspec.params if hasattr(item, "callspec") else {}
            parameters = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
            what = " ".join(mark.args[0].format(**parameters).split())
            catcher = catcher_name(mark)
            catcher = f"`{catcher}`" if catcher.startswith("make ") else f"`{item.path.name}`: `{catcher}`"
            rows[what.replace("|", r"\|"), catcher] = None
    lines = [
        "| planted fault | test that catches it |",
        "|---|---|",
        *(f"| {what} | {catcher} |" for what, catcher in rows),
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def with_table(text, new):
    """Return a text with the table between its two comments replaced."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{TABLE.name}: must hold these two lines once each:\n{BEGIN}{END}")
    before, rest = text.split(BEGIN)
    return before + BEGIN + new + END + rest.split(END)[1]


def main(argv=None):
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.planted_faults", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table is stale")
    check = parser.parse_args(argv).check
    items = collect(ROOT / "tests")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    found = complaints(items, targets)
    text = TABLE.read_text(encoding="utf-8")
    new = with_table(text, table(items))
    if check and new != text:
        found.append(f"{TABLE.name}: the table of planted faults is stale: run make faults")
    elif not check:
        TABLE.write_text(new, encoding="utf-8")
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
