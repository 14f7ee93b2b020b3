"""Build the book without Jupyter Book, on the newest Sphinx: ``make sphinx``.

Jupyter Book 1 will not be kept up for ever. This is the way out, tried before it is needed: Jupyter Book writes
its configuration as a ``conf.py``, its own two extensions are dropped, and Sphinx builds the same sources in an
environment of its own, with every warning an error. All of it happens in ``_build/plain-sphinx``.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.as_colab import copy_files
from tools.venvs import make_venv

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "_build" / "plain-sphinx"

# What Jupyter Book brings besides what pyproject.toml asks for.
BROUGHT = ["linkify-it-py", "myst-nb", "sphinx", "sphinx-comments", "sphinx-external-toc", "sphinx-thebe"]
BROUGHT += ["sphinx-togglebutton"]
CHANGES = """
import sys
sys.path.insert(0, "_sphinx")
dropped = {"jupyter_book", "sphinx_jupyterbook_latex"}
extensions = [name for name in dict.fromkeys(extensions) if name not in dropped]
"""


def packages():
    """List what to install, in its newest version: the book's own packages but Jupyter Book, and what that brings."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    own = [re.match(r"[\w-]+", requirement).group() for requirement in extras["book"]]
    return sorted({*own, *BROUGHT} - {"jupyter-book"})


def main():
    """Build; return the exit code of Sphinx."""
    shutil.rmtree(WORK, ignore_errors=True)
    source = WORK / "source"
    source.mkdir(parents=True)
    copy_files(source)
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    subprocess.run([*jupyter_book, "config", "sphinx", str(source)], check=True, stdout=subprocess.DEVNULL)
    with (source / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write(CHANGES)
    python = str(make_venv(WORK / "venv", sys.executable, *packages()))
    command = ["-b", "html", "-W", "--keep-going", "-n", "-q", str(source), str(WORK / "html")]
    code = subprocess.run([python, "-I", "-m", "sphinx", *command]).returncode
    version = subprocess.run([python, "-I", "-m", "sphinx", "--version"], stdout=subprocess.PIPE, text=True).stdout
    print(f"{version.strip()}: {'built ' + str(WORK / 'html') if code == 0 else 'failed'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
