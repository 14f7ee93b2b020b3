"""Read and write the stored results of runs that are too long for a notebook.

One file a chapter, ``lstm_lib/results/<stem>.json``, written by ``make experiments STEM=<stem>``. It
holds a list of experiments:

===============  ====================================================================
``name``         what a notebook asks for
``command``      what repeats it
``config``       every choice
``seeds``        list of int
``values``       dict of key to number: what prose may quote as ``0.98<!-- key -->``
``per_seed``     dict of key to list, one entry a seed
``verdicts``     may be missing: dict of key to what :meth:`lstm_lib.core.Verdict.as_dict` returns, or one of
                 :func:`lstm_lib.core.compare_all`; prose may claim it as ``better<!-- ahead: key -->``
``recipes``      may be missing: dict of contender to its sizes, rate, batch, steps and other choices
``grids``        may be missing: dict of name to ``{"chosen": value, "scores": {value: score}}``, values as text;
                 what was chosen is the best, the lowest but with ``"lower_is_better": False``, and no end of its grid
``cpu_seconds``  process CPU time, one thread
``date``         ISO date
``versions``     dict of package to version
===============  ====================================================================
"""

import datetime
import importlib.metadata
import importlib.resources
import json
import platform
from collections.abc import Iterable

from lstm_lib.errors import InputError

FIELDS = {
    "name": str,
    "command": str,
    "config": dict,
    "seeds": list,
    "values": dict,
    "per_seed": dict,
    "cpu_seconds": (int, float),
    "date": str,
    "versions": dict,
}
OPTIONAL = {"verdicts": dict, "recipes": dict, "grids": dict}


def load(stem: str) -> dict[str, dict]:
    """Read the stored results of a chapter.

    Parameters
    ----------
    stem : str
        ``"02_numpy_lstm"``.

    Returns
    -------
    dict of str to dict
        Experiments by name.

    Raises
    ------
    InputError
        If there are none, or the file breaks the schema.
    """
    file = importlib.resources.files("lstm_lib") / "results" / f"{stem}.json"
    if not file.is_file():
        raise InputError(f"no stored results for {stem}; make experiments STEM={stem} writes them")
    experiments = json.loads(file.read_text(encoding="utf-8"))
    for experiment in experiments:
        validate(experiment)
    return {experiment["name"]: experiment for experiment in experiments}


def validate(experiment: dict) -> None:
    """Raise :class:`InputError` unless ``experiment`` has every field of the schema and no other."""
    name = experiment.get("name", "?")
    if odd := (experiment.keys() - OPTIONAL.keys()) ^ FIELDS.keys():
        raise InputError(f"results of {name}: missing or unknown fields: {', '.join(sorted(odd))}")
    for field, kind in (FIELDS | OPTIONAL).items():
        if field in experiment and not isinstance(experiment[field], kind):
            raise InputError(f"results of {name}: {field} has the wrong type")
    for key, entries in experiment["per_seed"].items():
        if len(entries) != len(experiment["seeds"]):
            raise InputError(f"results of {name}: {key} has {len(entries)} values for {len(experiment['seeds'])} seeds")
    for key, value in experiment["values"].items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"results of {name}: the value of {key} is not a number")
    for key, verdict in experiment.get("verdicts", {}).items():
        if word_of(verdict) not in ("ahead", "behind", "not told apart"):
            raise InputError(f"results of {name}: {key} is no verdict")
        if (verdict["word"] == "not told apart") != (verdict["low"] <= 0 <= verdict["high"]):
            raise InputError(f"results of {name}: the word of {key} does not follow from its interval")
        expected = verdict["word"] if verdict.get("p_holm", 0) <= verdict["alpha"] else "not told apart"
        if word_of(verdict) != expected:
            raise InputError(f"results of {name}: the verdict of {key} does not follow from its adjusted p-value")
    for key, grid in experiment.get("grids", {}).items():
        values = sorted(grid["scores"], key=float)
        if not values[0] != grid["chosen"] != values[-1]:
            raise InputError(f"results of {name}: {grid['chosen']} is at the edge of the grid {key}; widen it")
        finite = [score for score in grid["scores"].values() if score is not None]  # None: it diverged
        if grid["scores"][grid["chosen"]] != (min if grid.get("lower_is_better", True) else max)(finite):
            raise InputError(f"results of {name}: {grid['chosen']} is not the best of the grid {key}")


def word_of(verdict: dict) -> str | None:
    """Return the word of a stored verdict: adjusted for several comparisons if it was one of several."""
    return verdict.get("verdict", verdict.get("word"))


def record(
    name: str,
    *,
    command: str,
    config: dict,
    seeds: Iterable[int],
    values: dict[str, float],
    per_seed: dict[str, list],
    cpu_seconds: float,
    packages: Iterable[str] = ("numpy",),
    **optional: dict[str, dict],
) -> dict:
    """Return one experiment of the schema, with today's date and the versions of Python and ``packages``."""
    experiment = {
        "name": name,
        "command": command,
        "config": config,
        "seeds": list(seeds),
        "values": values,
        "per_seed": per_seed,
        "cpu_seconds": round(cpu_seconds, 1),
        "date": datetime.date.today().isoformat(),
        "versions": {"python": platform.python_version()} | {p: importlib.metadata.version(p) for p in packages},
    } | optional
    validate(experiment)
    return experiment
