"""The course runs where learners run it: from a wheel with no checkout, in Binder's environment, and in Colab's.

The environments of the slow tests are kept for the next run, in pytest's cache or in the folder that the variable
``LSTM_ENVIRONMENTS`` names. Making one takes a minute and asks the package index.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pages
import pytest
from nbclient.exceptions import CellExecutionError

from tools import plain_sphinx
from tools.as_colab import copy_files, make_repository, run
from tools.venvs import find_python, make_venv, outside_environment

STEMS = [n.stem for n in pages.NOTEBOOKS]


# --- a wheel --------------------------------------------------------------------------------


def build_wheel(source):
    """Build a wheel of the files in a folder, with the setuptools of this environment."""
    code = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


def missing_files(wheel, source):
    """List the files of the package that a wheel lacks."""
    package = {f.relative_to(source).as_posix() for f in (source / "lstm_lib").rglob("*") if f.is_file()}
    return sorted(package - set(zipfile.ZipFile(wheel).namelist()))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = copy_files(tmp_path_factory.mktemp("source"))
    missing = missing_files(built := build_wheel(source), source)
    assert missing == []
    return built


def test_wheel_holds_the_library_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"lstm_lib", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}


@pytest.mark.planted_fault(
    "a results file left out of the wheel", caught_by="test_wheel_holds_the_library_and_nothing_else"
)
def test_a_results_file_planted_to_be_left_out_of_the_wheel_is_caught(tmp_path):
    source = copy_files(tmp_path)
    settings = source / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    assert text.count('"results/*.json", ') == 1
    settings.write_text(text.replace('"results/*.json", ', ""), encoding="utf-8")
    missing = missing_files(build_wheel(source), source)
    assert "lstm_lib/results/04_forecasting.json" in missing
    assert all(name.startswith("lstm_lib/results/") for name in missing)


# What a learner does in an empty folder, with nothing of the repository beside it.
FROM_A_WHEEL = """
import sys
sys.path.insert(0, sys.argv[1])
import lstm_lib
from lstm_lib import cli
from lstm_lib.checks import check
from lstm_lib.storage import results
print(lstm_lib.__file__)
assert all(results.load(stem) for stem in sys.argv[2:])
assert "passed" not in check("gates.rnn_step", ...)
small = ["--data.n_train", "100", "--data.n_test", "50", "--training.epochs", "1"]
assert cli.main(["forecast", *small, "--output", "results.json"]) in (0, 1)
"""


# How each topic's model is used without a command, where its framework is at hand.
IN_PYTHON = {
    "forecasting": (
        "numpy",
        """
import numpy as np
from lstm_lib.forecasting import Forecaster
series = np.sin(np.arange(60) / 3)
forecaster = Forecaster(hidden_size=4, window=8, members=2)
forecaster.fit(series, epochs=3)
forecaster.save("m.safetensors")
ahead = Forecaster.load("m.safetensors").predict(series, steps=12)
assert ahead.shape == (12,) and (ahead == forecaster.predict(series, steps=12)).all()
assert not {"torch", "keras"} & sys.modules.keys()
""",
    ),
    "classification": (
        "keras",
        """
import numpy as np
from lstm_lib.classification import SequenceClassifier
xs, ys = np.random.default_rng(0).normal(size=(20, 5, 3)), np.array(["calm", "storm"] * 10)
classifier = SequenceClassifier(hidden_size=2)
classifier.fit(xs, ys, validation=(xs, ys), epochs=1)
classifier.save("model.keras")
answers = SequenceClassifier.load("model.keras").predict(xs)
assert (answers == classifier.predict(xs)).all() and set(answers) <= {"calm", "storm"}
""",
    ),
    "tuning": (
        "keras",
        """
from lstm_lib.tuning import Choices, TextRegressor
texts, targets = ["ACGT", "GG", "TTA", "CAT"], [1.0, 2.0, 5.0, 3.0]
regressor = TextRegressor(Choices(hidden_size=2))
regressor.fit(texts, targets, validation=(texts, targets), epochs=1, batch_size=4)
regressor.save("model.keras")
assert TextRegressor.load("model.keras").predict(["ACGT"]) == regressor.predict(["ACGT"])
""",
    ),
    "char_lm": (
        "torch",
        """
from lstm_lib.char_lm import CharModel
assert len(CharModel.load().sample("HAMLET:", length=20)) == 27
""",
    ),
    "seq2seq": (
        "torch",
        """
from lstm_lib.seq2seq import Translator
assert Translator.load().translate(["phoneme"]) == ["F OW N IY M"]
""",
    ),
}


@pytest.fixture(scope="module")
def run_from_wheel(wheel, tmp_path_factory):
    """A function that runs code in an empty folder; the first argument is where the wheel is installed."""
    target = tmp_path_factory.mktemp("target")
    command = [sys.executable, "-m", "pip", "install"]
    if not importlib.util.find_spec("pip"):  # an environment made by uv has none
        command = ["uv", "pip", "install", "--offline", "--python", sys.executable]
    subprocess.run([*command, "--quiet", "--no-deps", "--target", str(target), str(wheel)], check=True)

    def run_code(code, *arguments):
        command = [sys.executable, "-I", "-c", code, str(target), *arguments]
        empty = tmp_path_factory.mktemp("empty")
        done = subprocess.run(command, cwd=empty, env=outside_environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert Path(done.stdout.splitlines()[0]).is_relative_to(target)

    return run_code


def test_library_works_from_a_wheel_in_an_empty_folder(run_from_wheel):
    stored = [f.stem for f in (pages.ROOT / "lstm_lib" / "results").glob("[0-9]*.json")]
    assert stored
    run_from_wheel(FROM_A_WHEEL, *stored)


@pytest.mark.parametrize("topic", IN_PYTHON)
def test_a_model_is_used_in_python_from_a_wheel_in_an_empty_folder(run_from_wheel, topic):
    framework, code = IN_PYTHON[topic]
    pytest.importorskip(framework)
    run_from_wheel(f"import sys; sys.path.insert(0, sys.argv[1]); import lstm_lib; print(lstm_lib.__file__){code}")


# --- Binder and Colab -------------------------------------------------------------------------


def python_or_skip(*versions):
    """Give a Python of these versions; without one the test is skipped, but fails where CI is set."""
    if python := find_python(*versions):
        return python
    message = f"no Python {' or '.join(versions)}: install it, or put it on the path"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def kept_venv(request):
    """A function that makes an environment, or takes the one that an earlier run made from the same files."""
    folder = os.environ.get("LSTM_ENVIRONMENTS") or request.config.cache.mkdir("environments")

    def make(name, python, files, *arguments):
        content = b"\0".join([python.encode(), *(file.read_bytes() for file in files)])
        place = Path(folder, f"{name}-{hashlib.sha256(content).hexdigest()[:12]}").resolve()
        if not (place / "made").exists():
            make_venv(place, python, *arguments)
            (place / "made").touch()
        return place / "bin" / "python"

    return make


@pytest.fixture(scope="module")
def binder(kept_venv, tmp_path_factory):
    """Binder's environment as repo2docker builds it; the Python of it, its folder of the repository, its variables.

    repo2docker copies the repository, makes an environment of the Python in runtime.txt that has Jupyter, and
    runs, in the root of the copy, pip on requirements.txt and then postBuild.
    """
    repository = copy_files(tmp_path_factory.mktemp("binder"))
    names = ("requirements.txt", "requirements-data.txt", "pyproject.toml", "binder/requirements.txt")
    files = [repository / name for name in names]
    version = (repository / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    python = kept_venv("binder", python_or_skip(version), files, "-c", str(files[0]), "ipykernel")
    variables = outside_environment()
    variables["PATH"] = f"{python.parent}{os.pathsep}{variables['PATH']}"
    for command in (["pip", "install", "--quiet", "-r", "binder/requirements.txt"], [repository / "binder/postBuild"]):
        done = subprocess.run(command, cwd=repository, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return python, repository, variables


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_notebook_runs_in_binder(binder, stem):
    python, repository, variables = binder
    notebook = repository / "chapters" / f"{stem}.ipynb"
    assert run(notebook, notebook.parent, variables, python).is_relative_to(repository)


@pytest.mark.slow
@pytest.mark.planted_fault("an import that Binder's environment has not", caught_by="test_notebook_runs_in_binder")
def test_a_planted_import_that_binder_has_not_is_caught(binder, tmp_path):
    python, repository, variables = binder
    notebook = nbformat.read(repository / "chapters" / "01_gates.ipynb", as_version=4)
    notebook.cells = [nbformat.v4.new_code_cell("import onnx")]
    nbformat.write(notebook, tmp_path / "01_gates.ipynb")
    with pytest.raises(CellExecutionError, match="No module named 'onnx'"):
        run(tmp_path / "01_gates.ipynb", tmp_path, variables, python)


@pytest.mark.slow
def test_binder_is_small_and_has_no_cuda(binder):
    done = subprocess.run(
        [binder[0], "-m", "pip", "list", "--format", "json"], check=True, capture_output=True, text=True
    )
    names = {package["name"] for package in json.loads(done.stdout)}
    assert not {name for name in names if name.startswith(("nvidia", "cuda", "triton"))}


@pytest.fixture(scope="module")
def colab(kept_venv):
    """A function that gives the Python of an environment with Colab's versions, as near as the index allows.

    See tests/colab.txt. PyTorch for Colab's Python is to be had with CUDA only, so that a chapter that needs it gets
    the course's own PyTorch, and Python 3.11, beside Colab's versions of all else.
    """

    def environment(torch):
        versions = pages.ROOT / "tests" / "colab.txt"
        arguments = ["-r", str(versions)]
        if torch:
            pinned = re.search(r"^torch==\S+", (pages.ROOT / "requirements.txt").read_text(), re.M)[0]
            python = kept_venv("colab-torch", python_or_skip("3.11"), [versions], *arguments, pinned)
        else:
            python = kept_venv("colab", python_or_skip("3.13", "3.12"), [versions], *arguments)
        # left over if an earlier run was killed between a first cell and its end
        uninstall = [python, "-m", "pip", "uninstall", "--yes", "--quiet", "lstm-lib"]
        subprocess.run(uninstall, check=True, capture_output=True)
        return python

    return environment


def needs_torch(stem):
    """Return whether a chapter imports PyTorch, or a package of the library that needs it."""
    modules = {*pages.FRAMEWORKS["torch"]} - {"frameworks", "beam_search"}  # these have parts without it
    notebook = nbformat.read(pages.CHAPTERS / f"{stem}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    packages = ", ".join(re.findall(r"^from lstm_lib import (.+)$", code, re.M))
    if modules & {*packages.split(", ")}:
        return True
    return re.search(rf"^(import torch|from lstm_lib\.({'|'.join(modules)}) )", code, re.M) is not None


def run_as_colab(python, root, stem):
    """Run the tool of a repository on one notebook."""
    command = [python, root / "tools" / "as_colab.py", stem]
    return subprocess.run(command, cwd=root, env=outside_environment(), capture_output=True, text=True)


def test_colab_is_not_tried_where_the_library_is_installed_already():
    done = run_as_colab(sys.executable, pages.ROOT, "01_gates")
    assert done.returncode == 2
    assert done.stdout.count("\n") == 1 and "pip uninstall lstm-lib" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_notebook_runs_in_colab_from_its_first_cell(colab, stem):
    done = run_as_colab(colab(needs_torch(stem)), pages.ROOT, stem)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'"notebook": "{stem}"' in done.stdout


@pytest.mark.slow
@pytest.mark.planted_fault(
    "a Colab cell that installs nothing", caught_by="test_notebook_runs_in_colab_from_its_first_cell"
)
def test_a_planted_first_cell_that_installs_nothing_is_caught(colab, tmp_path):
    make_repository(tmp_path)
    file = tmp_path / "chapters" / "01_gates.ipynb"
    notebook = nbformat.read(file, as_version=4)
    assert notebook.cells[0].source.count("google.colab") == 1
    notebook.cells[0].source = notebook.cells[0].source.replace("google.colab", "google.nowhere")
    nbformat.write(notebook, file)
    done = run_as_colab(colab(torch=False), tmp_path, "01_gates")
    assert done.returncode == 1
    assert "No module named 'lstm_lib'" in done.stdout


# --- plain Sphinx ------------------------------------------------------------------------------


@pytest.mark.slow
def test_book_builds_without_warning_on_the_newest_sphinx_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_sphinx, "WORK", tmp_path)
    assert plain_sphinx.main() == 0
    pages = {page.stem for page in (tmp_path / "html" / "chapters").glob("*.html")}
    assert pages >= {*STEMS, *(page.stem for page in pages.PAGES)}
    shutil.rmtree(tmp_path)
