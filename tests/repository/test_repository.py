"""The repository's address stands once; every copy follows it, and so do the buttons of a fork's book."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from book_fixtures import ROOT, build_book

from tools import repository as tool
from tools.as_colab import make_repository

HERE = tool.current_slug(ROOT)


@pytest.fixture
def copy(tmp_path):
    """A repository of its own, of the files as they stand."""
    make_repository(tmp_path)
    return tmp_path


def contents(root):
    """Every file of a copy, by name."""
    return {f.relative_to(root): f.read_bytes() for f in root.rglob("*") if f.is_file() and ".git" not in f.parts}


def test_every_copy_holds_the_address():
    assert tool.complaints(ROOT) == []


@pytest.mark.parametrize(
    "slug", ["Some-One/lstm.fork_2", "a/b", "someone/someone.github.io", "lstm-course/lstm-course-2", HERE]
)
def test_moving_there_and_back_changes_nothing(copy, slug):
    (copy / "tests" / "repository" / Path(__file__).name).unlink()  # names these repositories
    before = contents(copy)
    assert tool.main([f"https://github.com/{slug}"], copy) == 0
    assert tool.complaints(copy) == []
    moved = contents(copy)
    changed = {file.as_posix() for file in before if moved[file] != before[file]}
    assert changed >= ({"README.md", "CITATION.cff", "_config.yml"} if slug != HERE else set())
    assert not any(re.search(rf"/{HERE}(?![\w-])", moved[Path(file)].decode()) for file in changed)
    assert tool.main([f"https://github.com/{HERE}.git/"], copy) == 0
    assert contents(copy) == before


def test_address_of_the_published_book():
    assert tool.spellings("Some-One/book")["pages"] == "https://some-one.github.io/book/"
    assert tool.spellings("me/me.github.io")["pages"] == "https://me.github.io/"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "owner/name",
        "$(touch x)",
        "http://github.com/a/b",
        "https://gitlab.com/a/b",
        "https://github.com/a",
        "https://github.com/a/..",
        "https://github.com/a/b/c",
        "https://github.com/a/b?c",
        "https://github.com/a/b\nc",
    ],
)
def test_a_bad_address_is_one_clear_line_and_changes_nothing(copy, capsys, url):
    before = contents(copy)
    assert tool.main([url], copy) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and repr(url) in said and "URL=https://github.com/owner/name" in said
    assert contents(copy) == before


def plant(copy, name, old, new):
    """Replace a text that stands in a file."""
    text = (copy / name).read_text(encoding="utf-8")
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.planted_fault(
    "the repository's address in a file that nobody listed", caught_by=test_every_copy_holds_the_address
)
def test_a_planted_copy_that_nobody_listed_is_caught(copy):
    (copy / "NEWS.md").write_text(f"See https://github.com/{HERE}/releases.\n")
    assert [c for c in tool.complaints(copy) if "NEWS.md" in c] == tool.complaints(copy) != []


@pytest.mark.planted_fault("another repository's address in `{name}`", caught_by=test_every_copy_holds_the_address)
@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "pyproject.toml", "chapters/01_gates.ipynb"])
def test_a_planted_copy_of_another_address_is_caught(copy, name):
    plant(copy, name, f"github.com/{HERE}", "github.com/other/name")
    (complaint,) = tool.complaints(copy)
    assert complaint.startswith(name) and "make repository" in complaint


@pytest.mark.planted_fault("a listed copy of the address that is gone", caught_by=test_every_copy_holds_the_address)
def test_a_planted_copy_that_is_gone_is_caught(copy):
    plant(copy, "CITATION.cff", "repository-code:", "repository:")
    assert any("CITATION.cff" in c and "no such line" in c for c in tool.complaints(copy))


# --- the Pages workflow in a fork ---------------------------------------------------------------


def pages_steps():
    """Steps of the job that builds the book for GitHub Pages."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8"))
    return workflow["jobs"]["build"]["steps"]


def test_pages_workflow_sets_the_address_of_its_repository_before_it_builds():
    commands = [step.get("run") for step in pages_steps()]
    setting = commands.index("make repository")
    assert setting < commands.index("make book")
    assert pages_steps()[setting]["env"] == {"URL": "${{ github.server_url }}/${{ github.repository }}"}


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
def test_the_buttons_of_a_forks_book_open_the_fork(copy, tmp_path_factory):
    # -o: this environment has what the book needs, so the rule that would install it is left alone.
    venv = sys.prefix
    command = ["make", f"VENV={venv}", "-o", f"{venv}/.book", "repository"]
    environment = os.environ | {"URL": "https://github.com/Some-One/lstm.fork"}
    environment.pop("PYTHONPATH", None)
    subprocess.run(command, cwd=copy, env=environment, check=True)
    book = build_book(copy, tmp_path_factory.mktemp("fork"))
    assert book.returncode == 0, book.log[-3000:]
    for chapter in sorted((copy / "chapters").glob("*.ipynb")):
        page = (book.html / "chapters" / f"{chapter.stem}.html").read_text(encoding="utf-8")
        path = f"chapters/{chapter.name}"
        assert f'"https://mybinder.org/v2/gh/Some-One/lstm.fork/main?urlpath=lab/tree/{path}"' in page
        assert f'"https://colab.research.google.com/github/Some-One/lstm.fork/blob/main/{path}"' in page
        assert HERE not in page
