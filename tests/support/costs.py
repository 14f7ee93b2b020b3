"""What a notebook costs: CPU time beside a calibration's, so that machines can be compared, and peak memory."""

import datetime
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pages import CHAPTERS, ROOT
from running import notebook_environment, run_nbval

# The budget of a notebook and of all together, in calibrated CPU-seconds, and of a kernel in MB. Processors that share
# their cores are noisy, and are forgiven that; memory is not noisy.
LIMITS = {"calibrated_seconds": 60, "calibrated_seconds_together": 480, "peak_mb": 1500}
SLACK = 1.5

# What the book shows. Its ``calibration_seconds`` is how long the calibration took on the machine that made it, so one
# calibrated second is what that machine did in one. ``make cost`` keeps it, whichever machine runs it: the unit stays.
# To choose a unit anew, take the calibration that the test prints.
STORED_COST = ROOT / "lstm_lib" / "results" / "notebook_cost.json"
MEASURED_COST = ROOT / "_build" / "notebook_cost.json"


def calibrate():
    """Return the CPU-seconds that a fixed mix of work takes here and now, on one thread of a fresh process."""
    command = [sys.executable, str(Path(__file__).with_name("calibration.py"))]
    return float(subprocess.run(command, env=notebook_environment(), capture_output=True, check=True).stdout)


@dataclass(frozen=True)
class Cost:
    """What a notebook used, and what the calibration took beside it."""

    cpu_seconds: float
    calibration_seconds: float
    peak_mb: float
    reference_seconds: float

    @property
    def calibrated_seconds(self):
        """The CPU time, in seconds of the machine on which the calibration takes ``reference_seconds``."""
        return self.cpu_seconds * self.reference_seconds / self.calibration_seconds

    def __str__(self):
        return (
            f"{self.cpu_seconds:.1f} CPU-seconds, {self.calibrated_seconds:.1f} calibrated (the calibration took "
            f"{self.calibration_seconds:.3f} s, the table's machine {self.reference_seconds:.3f} s), "
            f"{self.peak_mb:.0f} MB"
        )


def run_beside_calibration(notebook, compare=True):
    """Execute a notebook between two calibrations; return the run and its ``Cost``."""
    before = calibrate()
    run = run_nbval(notebook, compare)
    calibration = statistics.fmean([before, calibrate()])
    reference = json.loads(STORED_COST.read_text(encoding="utf-8"))["calibration_seconds"]
    return run, Cost(run.cpu_seconds, calibration, run.peak_mb, reference)


def cost_complaints(costs, limits=LIMITS):
    """List the notebooks, by name in ``costs``, that use more than they may, and whether all together do."""
    seconds, together = (SLACK * limits[name] for name in ("calibrated_seconds", "calibrated_seconds_together"))
    complaints = []
    for name, cost in costs.items():
        if not cost.calibrated_seconds <= seconds:
            complaints.append(f"{name}: takes more than {seconds:g} calibrated seconds: {cost}")
        if not cost.peak_mb <= limits["peak_mb"]:
            complaints.append(f"{name}: takes more than {limits['peak_mb']} MB: {cost}")
    total = sum(cost.calibrated_seconds for cost in costs.values())
    if total > together:
        complaints.append(f"all together: take more than {together:g} calibrated seconds: {total:.0f}")
    return complaints


def keep_cost(name, cost):
    """Note the cost of a chapter in ``_build/notebook_cost.json``; ``make cost`` puts it into the book."""
    known = MEASURED_COST if MEASURED_COST.exists() else STORED_COST
    rows = json.loads(known.read_text(encoding="utf-8"))["notebooks"]
    rows[name] = {
        "cpu_seconds": round(cost.cpu_seconds),
        "calibrated_seconds": round(cost.calibrated_seconds),
        "peak_mb": round(cost.peak_mb, -1),
    }
    table = {
        "notebooks": {stem: rows[stem] for stem in sorted(rows) if (CHAPTERS / f"{stem}.ipynb").exists()},
        "limits": LIMITS,
        "calibration_seconds": cost.reference_seconds,
        "date": datetime.date.today().isoformat(),
        "machine": "one thread of a shared server core",
    }
    MEASURED_COST.parent.mkdir(exist_ok=True)
    MEASURED_COST.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
