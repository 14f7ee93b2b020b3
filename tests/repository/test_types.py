"""Public functions, methods and classes have types that resolve, and docstrings open with what is returned or done."""

import ast
import importlib
import importlib.resources
import inspect
import typing

import pages
import pytest

from lstm_lib.errors import MissingFrameworkError

LIBRARY = pages.ROOT / "lstm_lib"
# Packages and modules that have no types yet. Whoever annotates one takes it off; what is new has to have them.
NOT_YET = (
    *("cli", "commands"),
    *("storage.checkpoint", "storage.writing", "storage.yaml_files"),
)
OPENERS = ("Ask", "Give", "Know", "Let", "Say", "Tell")  # say neither what is returned nor what is done


def module_of(file):
    """Return the name of a module below lstm_lib, ``core.optim``; of a package's face, that of the package."""
    return ".".join(file.relative_to(LIBRARY).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(file): file for file in sorted(LIBRARY.rglob("*.py")) if file != LIBRARY / "__init__.py"}
COVERED = [name for name in MODULES if not any(f"{name}.".startswith(f"{part}.") for part in NOT_YET)]


def public(tree):
    """Yield ``(name, node)`` for the public functions of a module and the methods of its public classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for member in node.body:
                called = getattr(member, "name", "_") in ("__init__", "__call__")
                if isinstance(member, ast.FunctionDef) and (called or not member.name.startswith("_")):
                    yield f"{node.name}.{member.name}", member


def type_complaints(source):
    """List what has no type among the parameters and returns of a module's public functions and methods."""
    complaints = []
    for name, node in public(ast.parse(source)):
        a = node.args
        arguments = [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]
        bare = [arg.arg for arg in arguments if arg.annotation is None and arg.arg not in ("self", "cls")]
        bare += ["return"] if node.returns is None else []
        complaints += [f"{name}: {', '.join(bare)}"] if bare else []
    return complaints


def opening_complaints(source):
    """List the docstrings of a module, private ones too, that open with a word that says nothing."""
    complaints = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (ast.get_docstring(node) or "").startswith(OPENERS):
            word, *_ = ast.get_docstring(node).split()
            complaints += [f"{node.name}: {word}"] if word in OPENERS else []
    return complaints


def names_for_types(tree):
    """Return the names that a module imports for the sake of its types alone."""
    names = {}
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            exec(compile(ast.Module(node.body, []), "types", "exec"), names)
    return names


def hint_complaints(module, tree):
    """List the public functions, classes and methods whose types name something that is not there."""
    names, complaints = names_for_types(tree), []
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for name in [*(name for name, _ in public(tree)), *classes]:
        found = module
        for part in name.split("."):
            found = inspect.getattr_static(found, part)
        found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
        try:
            typing.get_type_hints(found, localns=names)
        except (AttributeError, NameError) as error:
            complaints.append(f"{name}: {error}")
    return complaints


def test_the_library_says_that_it_has_types():
    assert (importlib.resources.files("lstm_lib") / "py.typed").is_file()
    assert '"py.typed"' in (pages.ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COVERED)
def test_every_public_parameter_and_return_has_a_type(name):
    assert type_complaints(MODULES[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", MODULES)
def test_no_docstring_opens_with_a_word_that_says_nothing(name):
    assert opening_complaints(MODULES[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", COVERED)
def test_every_type_resolves(name):
    try:
        module = importlib.import_module(f"lstm_lib.{name}")
    except MissingFrameworkError as error:
        pytest.skip(str(error))
    assert hint_complaints(module, ast.parse(MODULES[name].read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("a parameter", "def f(a, b: int) -> int: pass"),
        ("a parameter after the star", "def f(*, a) -> int: pass"),
        ("a return value", "def f(a: int): pass"),
        ("a method's return value", "class C:\n    def f(self): pass"),
        ("an argument of a class", "class C:\n    def __init__(self, *sizes) -> None: pass"),
    ],
)
@pytest.mark.planted_fault("{what} without a type", caught_by=test_every_public_parameter_and_return_has_a_type)
def test_a_planted_gap_in_the_types_is_caught(what, source):
    assert len(type_complaints(source)) == 1


@pytest.mark.planted_fault(
    "a docstring that opens with Give", caught_by=test_no_docstring_opens_with_a_word_that_says_nothing
)
def test_a_planted_opening_is_caught():
    assert opening_complaints('def f():\n    """Give the mean."""') == ["f: Give"]
    assert opening_complaints('def f():\n    """Return the mean."""\ndef g():\n    """Given a sum, halve it."""') == []


@pytest.mark.planted_fault("a type whose name is imported nowhere", caught_by=test_every_type_resolves)
def test_a_planted_type_without_its_import_is_caught(tmp_path, monkeypatch):
    text = "from __future__ import annotations\n\n\ndef f(ax: Axes) -> None: pass\n"
    (tmp_path / "planted_types.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("planted_types")
    assert hint_complaints(module, ast.parse(text)) == ["f: name 'Axes' is not defined"]
