"""The layers of DESIGN hold, every equation tag leads to an equation, every public name is documented."""

import ast
import shutil

import pages
import pytest

LIBRARY = pages.ROOT / "lstm_lib"
CODE = sorted(LIBRARY.rglob("*.py"))


def test_imports_point_down():
    assert pages.layer_complaints(LIBRARY) == []


def test_nothing_imports_the_tools_around_the_library():
    for file in CODE:
        assert not {"tests", "tools", "experiments", "grading"} & {n.split(".")[0] for n, _ in pages._imports(file)}


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("gates.py", "from lstm_lib.numpy_lstm import LSTM", "gates.py: imports lstm_lib.numpy_lstm"),
        ("core/optim.py", "from lstm_lib import data", "core/optim.py: imports lstm_lib.data"),
        ("core/losses.py", "import scipy.special", "core/losses.py: imports scipy, and core has NumPy only"),
        ("storage/checkpoint.py", "import lstm_lib.cli", "storage/checkpoint.py: imports lstm_lib.cli"),
        ("data/texts.py", "import torch", "data/texts.py: imports torch"),
        ("beam_search/search.py", "from lstm_lib.seq2seq import write", "imports lstm_lib.seq2seq"),
        ("training/loop.py", "import torch", "training/loop.py: imports torch"),
        ("plotting.py", "import matplotlib.pyplot as plt", "imports matplotlib"),
        ("__init__.py", "from lstm_lib.gates import lstm_step", "must import nothing"),
        ("novelty.py", "x = 1", "does not know"),
    ],
)
@pytest.mark.planted_fault("`{line}` in `{file}`", caught_by=test_imports_point_down)
def test_an_upward_import_planted_in_a_copy_is_caught(tmp_path, file, line, complaint):
    copy = tmp_path / "lstm_lib"
    shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / file).open("a") as handle:
        handle.write(f"\n{line}\n")
    complaints = pages.layer_complaints(copy)
    assert len(complaints) == 1 and complaint in complaints[0]


def test_every_equation_tag_in_code_has_its_equation_in_a_chapter():
    assert pages.equation_complaints(CODE, pages.NOTEBOOKS) == []


@pytest.mark.planted_fault(
    "an equation whose tag is gone, while code names it",
    caught_by=test_every_equation_tag_in_code_has_its_equation_in_a_chapter,
)
def test_a_tag_without_its_label_planted_in_a_copy_is_caught(tmp_path):
    chapter = next(n for n in pages.NOTEBOOKS if n.stem == "01_gates")
    copy = tmp_path / chapter.name
    text = chapter.read_text(encoding="utf-8")
    assert text.count(r"\\tag{lstm-cell}") == 1
    copy.write_text(text.replace(r"\\tag{lstm-cell}", ""), encoding="utf-8")
    others = [n for n in pages.NOTEBOOKS if n != chapter]
    complaints = pages.equation_complaints(CODE, [copy, *others])
    assert complaints and all("# eq: lstm-cell" in c for c in complaints)


def public_definitions():
    """Modules, their functions and classes, and the methods of those; not what is nested in a function."""
    for file in CODE:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        yield file.name, tree
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        for node in [n for body in (tree, *classes) for n in body.body]:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                yield f"{file.name}: {node.name}", node


def test_every_module_class_and_public_function_has_a_docstring():
    assert [where for where, node in public_definitions() if not ast.get_docstring(node)] == []


def test_every_part_of_the_layer_table_exists():
    parts = {f.stem for f in LIBRARY.glob("*.py")} | {f.parent.name for f in LIBRARY.glob("*/__init__.py")}
    assert parts - {"__init__"} == {*pages.BELOW, *pages.TOP}


@pytest.mark.parametrize("stem", [n.stem for n in pages.NUMBERED])
def test_a_stem_has_its_rooms(stem):
    name = stem[3:]
    assert (LIBRARY / name / "__init__.py").is_file() or (LIBRARY / f"{name}.py").is_file()
    tests = pages.ROOT / "tests"
    assert (tests / name).is_dir() or (tests / f"test_{name}.py").is_file()
    assert (LIBRARY / "checks" / f"{name}.py").is_file()
