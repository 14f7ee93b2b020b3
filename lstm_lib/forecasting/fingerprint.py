"""Check a series before it is learned, and recognise it afterwards.

Chapter ``04_forecasting``. A forecast of what was seen in training is no test.
"""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lstm_lib.errors import InputError
from lstm_lib.storage import records

LEARNED = {"values": records.whole(1, 10**12), "first": records.number(-1e300, 1e300), "sha256": records.text}


def as_series(series: ArrayLike, *, least: int, what: str) -> np.ndarray:
    """Return a series as float64, or raise :class:`~lstm_lib.errors.InputError`.

    Parameters
    ----------
    series : array_like
        Shape (N,), finite numbers.
    least : int
        Values that there must be.
    what : str
        For what, as a message says it.
    """
    try:
        series = np.asarray(series, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("a series must be numbers, one at each time") from None
    if series.ndim != 1:
        raise InputError(f"a series must have one axis, time, but this has the shape {series.shape}")
    if len(series) < least:
        raise InputError(f"{len(series)} values are too few for {what}; take at least {least}")
    if not np.isfinite(series).all():
        place = int(np.argmin(np.isfinite(series)))
        raise InputError(f"value {series[place]:g}, at index {place} of the series, is not a finite number")
    return series


def fingerprint(series: np.ndarray) -> dict[str, Any]:
    """Return what a piece of a series is recognised by: its length, its first value, a digest of all."""
    return {"values": len(series), "first": float(series[0]), "sha256": hashlib.sha256(series.tobytes()).hexdigest()}


def require_fingerprint(record: dict[str, Any]) -> None:
    """Raise ValueError if a record says what it learned, and not as :func:`fingerprint` does."""
    if "learned" in record:
        records.require(record["learned"], LEARNED, "record.learned")


def trained_until(record: dict[str, Any], series: ArrayLike) -> int:
    """Return the index of the first value after the part of a series that was learned, 0 if that part is not in it."""
    series, learned = np.asarray(series, dtype=np.float64), record.get("learned")
    if not learned:
        return 0
    n = learned["values"]
    for start in np.flatnonzero(series[: max(0, len(series) - n + 1)] == learned["first"]):
        if fingerprint(series[start : start + n]) == learned:
            return int(start + n)
    return 0
