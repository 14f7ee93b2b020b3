"""Run notebooks as Colab would: ``python tools/as_colab.py [STEM ...]`` in the environment to try.

Each notebook runs in an empty folder, with no checkout beside it, in a kernel that has ``google.colab``
loaded, so that its first cell installs the library for real. That cell names the repository on GitHub;
git is told (``url.….insteadOf``, by environment variables) to clone the files as they stand here
instead. The library is removed again after each notebook, since Colab gives each a machine of its own.

The environment needs nbclient and ipykernel, as Colab has them, and must not have ``lstm_lib``. This
file uses nothing of the project's, so that it runs where nothing of it is installed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent

# What Colab's kernel has done before the first cell: google.colab is loaded.
STARTUP = """\
import sys, types
sys.modules.setdefault("google.colab", types.ModuleType("google.colab"))
"""
# One thread, and no warnings from TensorFlow's start or the debugger's.
QUIET = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYDEVD_DISABLE_FILE_VALIDATION")}
QUIET |= {"TF_CPP_MIN_LOG_LEVEL": "3"}
# Asked after the last cell: the library of this run came from the installation, not from a checkout.
WHERE = "import lstm_lib; print(lstm_lib.__file__)"


def git(*arguments, folder=ROOT):
    """Run git in a folder and return what it printed; its complaints go where ours go."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def copy_files(folder):
    """Copy the repository's files as they stand, without what git ignores, into a folder."""
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def make_repository(folder):
    """Make a repository of its own, of one commit, from the files as they stand."""
    copy_files(folder)
    git("init", "--quiet", folder=folder)
    git("add", "--all", "--force", folder=folder)
    who = ("-c", "user.name=as_colab", "-c", "user.email=as_colab@localhost")
    git(*who, "commit", "--quiet", "--no-verify", "--message", "files as they stand", folder=folder)


def environment(repository, url, scratch):
    """Return the variables of the kernel: git finds the repository at its address, IPython starts as in Colab."""
    startup = scratch / "ipython" / "profile_default" / "startup" / "00-colab.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STARTUP, encoding="utf-8")
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MPLBACKEND")}
    return variables | {
        "IPYTHONDIR": str(scratch / "ipython"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
        "GIT_TERMINAL_PROMPT": "0",
    }


def run(file, folder, variables, python=sys.executable):
    """Execute a notebook in a folder, with its assertions, in a kernel of any Python that has ipykernel.

    Parameters
    ----------
    file : Path
        The notebook; it is not changed.
    folder : Path
        Where the kernel runs.
    variables : dict of str to str
        The kernel's whole environment.
    python : str or Path
        The interpreter of the kernel.

    Returns
    -------
    Path
        The file from which the kernel imported ``lstm_lib``.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(WHERE))
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    with tempfile.TemporaryDirectory() as kernels:
        spec = Path(kernels, "as_colab", "kernel.json")
        spec.parent.mkdir()
        spec.write_text(json.dumps({"argv": command, "display_name": "as_colab", "language": "python"}))

        class Manager(AsyncKernelManager):
            def _kernel_spec_manager_default(self):
                return KernelSpecManager(kernel_dirs=[kernels])

        options = {"kernel_manager_class": Manager, "kernel_name": "as_colab", "timeout": 900}
        client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, **options)
        client.execute(env=variables | QUIET)
    return Path(notebook.cells[-1].outputs[0].text.strip())


def pip(*arguments):
    """Run pip in this environment, quietly."""
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet"], check=True)


def installed(variables, folder):
    """Return whether this environment has the library, as a fresh process outside the checkout sees it."""
    command = [sys.executable, "-c", "import importlib.util as u; print(u.find_spec('lstm_lib') is not None)"]
    done = subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip() == "True"


def main(argv=None):
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python tools/as_colab.py", description=__doc__.splitlines()[0])
    parser.add_argument("stems", nargs="*", metavar="STEM", help="chapters; all if none is named")
    stems = parser.parse_args(argv).stems or sorted(p.stem for p in (ROOT / "chapters").glob("*.ipynb"))
    url = re.search(r"^  url: (\S+)$", (ROOT / "_config.yml").read_text(encoding="utf-8"), re.M).group(1)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch).resolve()
        repository, empty = scratch / "repository", scratch / "empty"
        repository.mkdir()
        make_repository(repository)
        variables = environment(repository, url, scratch)
        if installed(variables, scratch):
            print("lstm_lib is installed here already, so the first cell would prove nothing: pip uninstall lstm-lib")
            return 2
        for stem in stems:
            empty.mkdir()
            try:
                place = run(ROOT / "chapters" / f"{stem}.ipynb", empty, variables)
            except CellExecutionError as error:
                print(f"{stem}: failed\n{error}")
                return 1
            finally:
                if installed(variables, scratch):
                    pip("uninstall", "--yes", "lstm-lib")
                shutil.rmtree(empty)
            if not place.is_relative_to(sys.prefix):
                print(f"{stem}: took the library from {place}, not from what its first cell installed")
                return 1
            print(json.dumps({"notebook": stem, "library": str(place)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
