"""Read times as people write them, put rows in their order, and find what is missing between them."""

import re
from collections.abc import Sequence

import numpy as np

FORMS = (  # how a time is written, and the unit in which it counts
    (r"(\d{4})-(\d{2})", "M"),
    (r"(\d{4})-(\d{2})-(\d{2})", "D"),
    (r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?Z?", "s"),
)
QUARTER = re.compile(r"(\d{4})[ -]?Q([1-4])")
OTHERS = (  # days in other orders, of which the first that all texts allow is taken
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
    re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
)


def parse_times(texts: Sequence[str]) -> np.ndarray | None:
    """Return what texts say as times, None if they are not all written in one form.

    Months, days and seconds become ``datetime64`` of that unit, so that the time a step later is found by adding; days
    that lie one month apart become months. Whole years and other numbers stay numbers.

    Parameters
    ----------
    texts : list of str
        ISO 8601 (2024-07, 2024-07-23, 2024-07-23T12:00), quarters (2024Q3), days with dots or slashes, numbers.

    Returns
    -------
    numpy.ndarray or None
        Shape (N,).
    """
    texts = [text.strip() for text in texts]
    try:
        for pattern, unit in FORMS:
            if all(re.fullmatch(pattern, text, re.ASCII) for text in texts):
                return _months(np.array([text.rstrip("Z").replace(" ", "T") for text in texts], f"datetime64[{unit}]"))
        if all(map(QUARTER.fullmatch, texts)):
            found = [QUARTER.fullmatch(text) for text in texts]
            return np.array([f"{m[1]}-{3 * int(m[2]) - 2:02}" for m in found], "datetime64[M]")
    except ValueError:  # 2024-13-01
        return None
    for pattern in OTHERS:
        found = [pattern.fullmatch(text) for text in texts]
        if all(found):
            try:
                days = [f"{m['y']}-{int(m['m']):02}-{int(m['d']):02}" for m in found]
                return _months(np.array(days, "datetime64[D]"))
            except ValueError:
                continue
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        return None
    if not np.isfinite(numbers).all():
        return None
    return numbers.astype(np.int64) if (numbers == np.round(numbers)).all() else numbers


def _months(days):
    """Return days as months if each lies in the month after the one before, in either direction."""
    if days.dtype != "datetime64[D]" or len(days) < 3:
        return days
    months = days.astype("datetime64[M]")
    steps = np.diff(months).astype(int)
    return months if abs(steps[0]) == 1 and (steps == steps[0]).all() else days


def usual_step(times: np.ndarray) -> np.generic:
    """Return the difference between neighbours that is met most often, in times in rising order."""
    steps, counts = np.unique(np.diff(times), return_counts=True)
    return steps[counts.argmax()]


def evenly(times: np.ndarray) -> bool:
    """Return whether all steps between times are equal and none is 0."""
    steps = np.diff(times)
    return len(steps) > 1 and steps[0] != 0 * steps[0] and bool((steps == steps[0]).all())


def places_on_grid(times: np.ndarray) -> np.ndarray | None:
    """Return how many usual steps each time lies after the first, None if one lies between two steps.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (N,), in rising order, no time twice.

    Returns
    -------
    numpy.ndarray of int or None
        Shape (N,), from 0. Where no number is left out the series has no gap.
    """
    passed = (times - times[0]) / usual_step(times)
    places = np.round(passed.astype(float)).astype(np.int64)
    return places if np.allclose(places, passed.astype(float), atol=1e-6) else None


def show(time: object) -> str:
    """Return a time as a label."""
    return f"{time:g}" if isinstance(time, float | np.floating) else str(time)
