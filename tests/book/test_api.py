"""The API reference shows every public name once, every reference in a docstring leads somewhere, and no framework
is loaded to make it.

What is public is read here a second time, from the faces and the modules, by code that the book's extension does
not share.
"""

import ast
import html
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from pages import CHAPTERS, ROOT

LIBRARY = ROOT / "lstm_lib"
FROM_THE_COMMAND_LINE = ("cli", "commands")
# Importing one of these fails while the reference is built: it needs nothing but Sphinx and the source.
FORBIDDEN = ("lstm_lib", "numpy", "matplotlib", "torch", "tensorflow", "keras", "keras_tuner", "sklearn", "pandas")


# --- what is public ---------------------------------------------------------------------------


def public_names(library):
    """Return the full path of each public name of a library, and of each public method and property of its classes."""
    found = set()
    for file in sorted(library.glob("*.py")):
        if file.stem not in ("__init__", *FROM_THE_COMMAND_LINE):
            found |= names_in(file, f"lstm_lib.{file.stem}")
    for front in sorted(library.glob("*/__init__.py")):
        folder = front.parent
        package, face = f"lstm_lib.{folder.name}", folder / "__init__.pyi"
        if folder.name in FROM_THE_COMMAND_LINE:
            continue
        if face.exists():
            text = face.read_text(encoding="utf-8")
            for line in re.sub(r"\(([^)]*)\)", lambda m: " ".join(m[1].split()).rstrip(","), text).splitlines():
                if match := re.match(r"from \.(\w*) import (.*)", line):
                    names = {item.split(" as ")[-1].strip() for item in match[2].split(",")}
                    for module in names if not match[1] else ():
                        found |= names_in(folder / f"{module}.py", f"{package}.{module}")
                    if match[1]:
                        found |= {f"{package}.{name}" for name in names}
                        found |= methods_in(folder / f"{match[1]}.py", package, names)
        elif folder.name == "checks":  # the modules behind hold the answers
            found |= names_in(front, package)
        else:
            for file in folder.glob("*.py"):
                found |= names_in(file, package if file == front else f"{package}.{file.stem}")
    return found


def public(nodes):
    kinds = ast.FunctionDef | ast.ClassDef
    return [node for node in nodes if isinstance(node, kinds) and not node.name.startswith("_")]


def names_in(file, path):
    names = {node.name for node in public(ast.parse(file.read_text(encoding="utf-8")).body)}
    return {f"{path}.{name}" for name in names} | methods_in(file, path, names)


def methods_in(file, path, names):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    return {f"{path}.{node.name}.{method.name}" for node in classes for method in public(node.body)}


# --- what the pages show ----------------------------------------------------------------------


class Page(HTMLParser):
    """The definitions of a built page, and the names in the table of the index with their links."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.sources, self.in_table = [], [], [], False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "dt" and (attrs.get("id") or "").startswith("lstm_lib."):
            self.anchors.append(attrs["id"])
        if tag == "table":
            self.in_table = "api-index" in (attrs.get("class") or "")
        if tag == "a":
            if self.in_table:
                self.links.append(attrs["href"])
            if "#L" in attrs["href"]:
                self.sources.append(attrs["href"])

    def handle_endtag(self, tag):
        if tag == "table":
            self.in_table = False


def read_reference(folder):
    """Read the pages of the reference in a built book."""
    return {file.stem: Page(file) for file in sorted(folder.glob("**/api/*.html"))}


def complaints(folder, library):
    """List what the pages of a built reference lack, show twice or show although it is not public."""
    wanted, pages = public_names(library), read_reference(folder)
    shown = Counter(anchor for page in pages.values() for anchor in page.anchors)
    found = [f"{name}: not on a page" for name in sorted(wanted - shown.keys())]
    found += [f"{name}: not public" for name in sorted(shown.keys() - wanted)]
    found += [f"{name}: {count} times on the pages" for name, count in sorted(shown.items()) if count > 1]
    listed = {link.partition("#")[2] for link in pages["index"].links}
    top = {name for name in wanted if name.rpartition(".")[0] not in wanted}  # no methods
    return found + [f"{name}: not in the table" for name in sorted(top - listed)]


@pytest.fixture(scope="module")
def reference(built_book):
    return read_reference(built_book.html)


def test_every_public_name_is_on_the_pages_once(built_book):
    assert len(public_names(LIBRARY)) > 200
    assert complaints(built_book.html, LIBRARY) == []


def test_a_name_is_linked_to_the_line_that_defines_it(reference):
    counted = 0
    for page in reference.values():
        assert len(page.sources) == len(page.anchors)  # both in the order of the page
        for anchor, link in zip(page.anchors, page.sources, strict=True):
            file, line = re.search(r"/blob/[^/]+/(lstm_lib/.+)#L(\d+)$", link).groups()
            text = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            assert re.search(rf"\b{anchor.rpartition('.')[2]}\b", text), link
            counted += 1
    assert counted > 200


# --- the reference alone, of a copy of the library --------------------------------------------


@pytest.fixture
def copied_library(tmp_path):
    """Copy the library's source and the pages of the reference, with a configuration of their own."""
    kept = shutil.ignore_patterns("__pycache__", "*.json", "*.safetensors", "*.yaml")
    shutil.copytree(LIBRARY, tmp_path / "lstm_lib", ignore=kept)
    shutil.copytree(CHAPTERS / "api", tmp_path / "api")
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / '_sphinx')!r})\n"
        "extensions = ['lstm_api']\nroot_doc = 'api/index'\nhtml_theme = 'basic'\n",
        encoding="utf-8",
    )
    with (tmp_path / "api" / "index.rst").open("a", encoding="utf-8") as index:
        index.write("\n.. toctree::\n   :glob:\n\n   *\n")
    return tmp_path


def build(folder):
    """Build the reference where no framework can be imported; return the exit code and the warnings."""
    code = (
        "import sys\n"
        "class Forbid:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name.partition('.')[0] in {FORBIDDEN}:\n"
        "            raise AssertionError(f'{name} is imported')\n"
        "sys.meta_path.insert(0, Forbid())\n"
        "from sphinx.cmd.build import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "-b", "html", "-W", "--keep-going", "-n", "-q", str(folder)]
    done = subprocess.run([*command, str(folder / "out")], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_reference_is_built_without_importing_the_library_or_a_framework(copied_library):
    assert build(copied_library) == (0, "")
    assert complaints(copied_library / "out", copied_library / "lstm_lib") == []


@pytest.mark.planted_fault(
    "a reference in a docstring to a name that does not exist",
    caught_by=test_reference_is_built_without_importing_the_library_or_a_framework,
)
def test_a_planted_dead_reference_is_caught(copied_library):
    file = copied_library / "lstm_lib" / "gates.py"
    change(file, "def lstm_step(", 'def planted():\n    """Call :func:`no_such_step`."""\n\n\ndef lstm_step(')
    code, log = build(copied_library)
    assert code != 0 and "no_such_step" in log
    assert "gates.py:" in log  # the warning names the file that has to be changed


@pytest.mark.parametrize(
    ("what", "page", "old", "complaint"),
    [
        ("a package without a page", "api/core.rst", ".. lstm-api:: core", "lstm_lib.core.sigmoid: not on a page"),
        ("an index without its table", "api/index.rst", ".. lstm-api-index::", "lstm_lib.core.sigmoid: not in the"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_public_name_is_on_the_pages_once)
def test_a_planted_gap_is_caught(copied_library, what, page, old, complaint):
    change(copied_library / page, old, "")
    build(copied_library)
    found = complaints(copied_library / "out", copied_library / "lstm_lib")
    assert any(line.startswith(complaint) for line in found)


@pytest.mark.parametrize(
    ("what", "name", "copies", "complaint"),
    [
        ("a public function taken off the page of its package", "rnn_step", 0, "not on a page"),
        ("a public function shown twice", "rnn_step", 2, "2 times on the pages"),
        ("a private function on a page", "_rnn_step", 1, "not public"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_public_name_is_on_the_pages_once)
def test_a_planted_change_of_a_page_is_caught(built_book, tmp_path, what, name, copies, complaint):
    shutil.copytree(built_book.html / "chapters" / "api", tmp_path / "api")
    anchor = '<dt class="sig sig-object py" id="lstm_lib.gates.rnn_step">'
    change(tmp_path / "api" / "gates.html", anchor, anchor.replace("rnn_step", name) * copies)
    assert f"lstm_lib.gates.{name}: {complaint}" in complaints(tmp_path, LIBRARY)


# --- signatures, constants, references --------------------------------------------------------

MODULE = '''"""A module of its own."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstm_lib.errors import InputError

FEW = ("a", "b")  # *both* of them
# above it
LONELY = 3
FIRST, SECOND = range(2)  # in this order
MANY = {
    "name": "LONG",
}


@dataclass(frozen=True)
class Shape:
    """A shape.

    Attributes
    ----------
    size : int
    """

    size: int
    names: tuple = ("x",)

    @property
    def twice(self) -> int:
        """Twice the size."""

    @classmethod
    def read(cls, path):
        """Read one, or raise :class:`InputError`."""

    def _hidden(self):
        pass


class Pair(NamedTuple):
    """Two."""

    left: np.ndarray
    right: "torch.Tensor" = None


class Base:
    """What takes a size."""

    def __init__(self, size, *, seed=0):
        pass


class Derived(Base):
    """It takes what :class:`Base` takes."""


def run(xs: np.ndarray, shape: Shape = None, /, *rest, depth=8, **options) -> list[Shape]:
    """Run it.

    Parameters
    ----------
    xs : numpy.ndarray
        H.
    shape : Shape or None

    Raises
    ------
    InputError
        If it has to; see :func:`lstm_lib.toy.inner.run` and :meth:`Shape.read`.
    """
'''
FACE = """from .inner import (
    FEW as FEW,
    FIRST as FIRST,
    LONELY as LONELY,
    MANY as MANY,
    SECOND as SECOND,
    Base as Base,
    Derived as Derived,
    Pair as Pair,
    Shape as Shape,
    run as run,
)
"""


@pytest.fixture
def toy_page(copied_library):
    """Build the page of a small package made for it; return the page."""
    folder = copied_library / "lstm_lib" / "toy"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A package of toys."""\n', encoding="utf-8")
    (folder / "__init__.pyi").write_text(FACE, encoding="utf-8")
    (folder / "inner.py").write_text(MODULE.replace("LONG", "long" * 40), encoding="utf-8")
    (copied_library / "api" / "toy.rst").write_text("toy\n===\n\n.. lstm-api:: toy\n", encoding="utf-8")
    assert build(copied_library) == (0, "")
    assert complaints(copied_library / "out", copied_library / "lstm_lib") == []
    return (copied_library / "out" / "api" / "toy.html").read_text(encoding="utf-8")


def test_page_shows_signatures_constants_and_links(toy_page):
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", toy_page)).replace("¶", "").split())
    for part in (
        "from lstm_lib import toy",
        "FEW = ('a', 'b') *both* of them",
        "LONELY = 3 above it",
        "SECOND = 1 in this order",
        "class Shape(size: int, names: tuple = ('x',))",
        "MANY = {'name': …",
        "property twice: int",
        "classmethod read(path)",
        "class Pair(left: np.ndarray, right: torch.Tensor = None)",
        "class Derived(size, *, seed=0)",
        "run(xs: np.ndarray, shape: Shape = None, /, *rest, depth=8, **options) → list[Shape]",
        "xs (numpy.ndarray) – H.",
    ):
        assert part in text, part
    assert "_hidden" not in text
    # types, what is raised and what the module imports
    assert toy_page.count('href="#lstm_lib.toy.Shape"') >= 3
    assert 'href="errors.html#lstm_lib.errors.InputError"' in toy_page
    assert 'href="#lstm_lib.toy.Shape.read"' in toy_page
