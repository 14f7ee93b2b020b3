"""The book, built once per test session; tests/conftest.py imports what stands here."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Book:
    html: Path  # folder of the built pages
    returncode: int
    log: str


def build_book(root, out):
    """Build a whole book, with every warning counted, and keep what it said."""
    # Its console script by way of this interpreter: no PATH, no activated environment.
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(root), "--path-output", str(out), "-W", "--keep-going", "-n"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return Book(out / "_build" / "html", done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def built_book(tmp_path_factory):
    """Build the book once."""
    return build_book(ROOT, tmp_path_factory.mktemp("book"))
