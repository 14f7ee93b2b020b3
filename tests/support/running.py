"""Run notebooks as tests run them: on one thread, from start to end, and with faults planted in their figures."""

import math
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from pages import CHAPTERS, ROOT

# Stored outputs are those of Linux, Python 3.11 and the pinned versions. Elsewhere NOTEBOOK_OUTPUTS=execute runs
# every cell with its assertions, and compares no output.
COMPARE = os.environ.get("NOTEBOOK_OUTPUTS", "compare") != "execute"

KERNEL_PEAK = Path(__file__).with_name("kernel_peak.py")
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def notebook_environment():
    """Return the environment of a kernel: one thread, and no plotting backend but the notebook's own."""
    environment = os.environ | ONE_THREAD | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("MPLBACKEND", None)  # another backend would draw no figure in the notebook
    return environment


@dataclass(frozen=True)
class NotebookRun:
    """One execution of a notebook under strict nbval; ``peak_mb`` is nan if no cell came to its end."""

    passed: bool
    log: str
    cpu_seconds: float
    peak_mb: float


def run_nbval(notebook, compare=True):
    """Execute a notebook on one thread, comparing every output unless told not to, and measure what the run used."""
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "tests" / "nbval.ini"), "-p", "no:cacheprovider", "-q"]
    command += ["--nbval" if compare else "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "900"]
    command += ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg"), str(notebook)]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        ipython, peak = Path(folder, "ipython"), Path(folder, "peak")
        startup = ipython / "profile_default" / "startup"
        startup.mkdir(parents=True)
        shutil.copy(KERNEL_PEAK, startup)
        environment = notebook_environment() | {"IPYTHONDIR": str(ipython), "KERNEL_PEAK": str(peak)}
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        # wait4 counts the process and all it waited for: pytest, and the kernel that ran the cells.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        text = log.read()
        peak_mb = float(peak.read_text()) if peak.exists() else math.nan
    return NotebookRun(process.returncode == 0, text, usage.ru_utime + usage.ru_stime, peak_mb)


# Goes before the first cell of a copy: the first two curves of every figure are exchanged as they are drawn, and
# every matrix is moved by one place.
SWAP_CURVES = """
import numpy
from matplotlib.axes import Axes

def moving(draw):
    def draw_and_move(*args, **options):
        image = draw(*args, **options)
        image.set_data(numpy.roll(image.get_array(), 1))
        print("data exchanged")
        return image
    return draw_and_move

def exchanging(draw):
    def draw_and_exchange(ax, *args, **options):
        drawn = draw(ax, *args, **options)
        artists = [*ax.lines, *ax.containers, *ax.collections]
        labelled = [a for a in artists if not a.get_label().startswith("_")]
        if len(labelled) == 2:
            first, second = labelled
            label = first.get_label()
            first.set_label(second.get_label())
            second.set_label(label)
            print("data exchanged")
        return drawn
    return draw_and_exchange

for name in ("plot", "bar", "scatter"):
    setattr(Axes, name, exchanging(getattr(Axes, name)))
Axes.imshow = moving(Axes.imshow)
"""


def figures_that_hide_a_swap(path):
    """Run a notebook in which every figure shows two curves under each other's name, and say which cell accepts that.

    Returns
    -------
    exchanged, accepting : list of str
        Cells with at least two curves or a matrix, and those of them that raised no ``AssertionError``, nor did the
        cell after them, if that is the one that asserts.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SWAP_CURVES))
    client = NotebookClient(notebook, allow_errors=True, timeout=900, resources={"metadata": {"path": str(CHAPTERS)}})
    client.execute(env=notebook_environment())
    exchanged, accepting = [], []
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if any("data exchanged" in output.get("text", "") for output in cell.outputs):
            exchanged.append(cell.id)
            outputs = [*cell.outputs, *(after.outputs if after and "assert_shows" in after.source else [])]
            if not any(output.get("ename") == "AssertionError" for output in outputs):
                accepting.append(cell.id)
    return exchanged, accepting
