"""Virtual environments besides our own, for what must work without it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def find_python(*versions):
    """Return the path of the first of these Pythons that this machine has, or None.

    Parameters
    ----------
    *versions : str
        As ``"3.13"``; looked for as ``python3.13`` on the path, then among pyenv's.
    """
    for version in versions:
        if version == "{}.{}".format(*sys.version_info):
            return sys.executable
        found = shutil.which(f"python{version}")
        if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:  # not pyenv's shim
            return found
        root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
        for path in sorted(root.glob(f"versions/{version}.*/bin/python{version}"), reverse=True):
            return str(path)
    return None


def make_venv(folder, python=sys.executable, *arguments):
    """Make an empty environment, install what ``arguments`` of pip say, and return the path of its Python.

    An environment that was interrupted while it was made is not taken for a whole one: what stands in the
    folder is removed first.
    """
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    inside = Path(folder, "Scripts" if os.name == "nt" else "bin", "python")
    if arguments:
        command = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True, env=outside_environment())
    return inside


def outside_environment():
    """Return the variables of this process without those that point into its own environment or checkout."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MPLBACKEND")
    return {name: value for name, value in os.environ.items() if name not in ours}
