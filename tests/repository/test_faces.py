"""Each package hands its public names on, all of them, and loads no framework to do so."""

import ast
import importlib
import subprocess
import sys

import pages
import pytest

LIBRARY = pages.ROOT / "lstm_lib"
FACES = sorted(stub.parent.name for stub in LIBRARY.rglob("__init__.pyi"))
HEAVY = ("torch", "tensorflow", "keras", "keras_tuner", "sklearn", "statsmodels", "scipy", "pandas", "matplotlib")


def handed_on(package):
    """List ``(module, name)`` for what a face's stub hands on; the name of a whole module stands for itself."""
    tree = ast.parse((LIBRARY / package / "__init__.pyi").read_text(encoding="utf-8"))
    return [(node.module or alias.name, alias.name) for node in tree.body for alias in node.names]


def defined(package):
    """List ``(module, name)`` for every public function and class of a package's modules."""
    found = []
    for file in sorted((LIBRARY / package).glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                found.append((file.stem, node.name))
    return found


@pytest.mark.parametrize("package", FACES)
def test_a_face_hands_on_every_public_name_once(package):
    names = handed_on(package)
    whole = {module for module, name in names if module == name}
    assert [pair for pair in defined(package) if pair not in names and pair[0] not in whole] == []
    assert len({name for _, name in names}) == len(names)


@pytest.mark.parametrize("package", FACES)
def test_a_face_gives_and_lists_its_names(package):
    pytest.importorskip("torch" if package in ("attention", "beam_search", "char_lm", "seq2seq") else "numpy")
    pytest.importorskip("keras" if package in ("classification", "tuning") else "numpy")
    face = importlib.import_module(f"lstm_lib.{package}")
    assert {name for _, name in handed_on(package)} <= set(dir(face))
    for module, name in handed_on(package):
        found = importlib.import_module(f"lstm_lib.{package}.{module}")
        assert getattr(face, name) is (found if module == name else getattr(found, name))
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = face.no_such_name


def test_no_face_loads_a_framework():
    faces = "\n".join(f"import lstm_lib.{package}; dir(lstm_lib.{package})" for package in FACES)
    code = f"{faces}\nimport sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_docstring_of_the_library_names_every_package_and_module():
    doc = ast.get_docstring(ast.parse((LIBRARY / "__init__.py").read_text(encoding="utf-8")))
    assert {part for part in {*pages.BELOW, *pages.TOP} if f"~lstm_lib.{part}`" not in doc} == set()
