"""Every message that the page on troubleshooting quotes is printed by the project, in those words."""

import ast
import re
import subprocess
from functools import cache

import pages
import pytest

PAGE = pages.CHAPTERS / "troubleshooting.md"
OTHERS = "## Messages of other programs"  # from here on nothing is quoted from this repository
MESSAGE = re.compile(r"^`([^`]+)`\n: ", re.MULTILINE)
GAP = "…"  # what differs from case to case, in the page and in a template


def template(node):
    """Return the text of a string or an f-string, with a gap for each value; None for any other node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    return None


@cache
def templates():
    """Return every string that the library and the tools may print: all but docstrings."""
    names = ["lstm_lib/*.py", "tools/*.py"]
    listed = subprocess.run(["git", "ls-files", *names], cwd=pages.ROOT, capture_output=True, text=True, check=True)
    nodes = [n for name in listed.stdout.split() for n in ast.walk(ast.parse((pages.ROOT / name).read_text("utf-8")))]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return {text for node in nodes if id(node) not in docstrings and (text := template(node))}


def quoted(text):
    """List the messages of the library that a page quotes."""
    return MESSAGE.findall(text.partition(OTHERS)[0])


def is_printed(message):
    """Say whether the fixed pieces of a message stand in one string of the code, in this order, ending as it ends."""
    pieces = re.split(f"{GAP}+", message)
    ending = "" if message.endswith(GAP) else f"{GAP}*$"
    pattern = re.compile(".*".join(map(re.escape, pieces)) + ending, re.DOTALL)
    return any(pattern.search(text) for text in templates() if max(pieces, key=len) in text)


def message_complaints(text):
    """Say which quoted message no string of the code can give."""
    return [f"{message}: printed nowhere" for message in quoted(text) if not is_printed(message)]


def test_every_quoted_message_is_printed_by_the_code():
    text = pages.prose(PAGE)
    assert len(quoted(text)) >= 40 and text.count(OTHERS) == 1
    assert message_complaints(text) == []


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("a word of a quoted message changed", "is a return missing?", "is the return missing?"),
        ("a quoted message cut short", "`not attempted`", "`not attempt`"),
        ("the order of a quoted message changed", "`no command …; there are: …`", "`there are: …; no command …`"),
        ("a quoted message that nothing prints", "`…: no such file`", "`…: file not found here`"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_quoted_message_is_printed_by_the_code)
def test_a_planted_message_is_caught(what, old, new):
    text = pages.prose(PAGE)
    assert text.count(old) == 1
    (complaint,) = message_complaints(text.replace(old, new))
    assert complaint.endswith("printed nowhere")
