"""Read times as people write them, put rows in their order, and find what is missing between them."""

import contextlib
import re
from collections.abc import Sequence

import numpy as np

FORMS = (  # how a time is written, and the unit in which it counts
    (r"(\d{4})-(\d{2})", "M"),
    (r"(\d{4})-(\d{2})-(\d{2})", "D"),
    (r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(:(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?", "s"),
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
                whole = [re.match(r"[\d-]+([T ][\d:]+)?", text)[0] for text in texts]  # local time, whole seconds
                return _months(np.array([text.replace(" ", "T") for text in whole], f"datetime64[{unit}]"))
        if all(map(QUARTER.fullmatch, texts)):
            found = [QUARTER.fullmatch(text) for text in texts]
            return np.array([f"{m[1]}-{3 * int(m[2]) - 2:02}" for m in found], "datetime64[M]")
    except ValueError:  # 2024-13-01
        return None
    read = []
    for pattern in OTHERS:
        found = [pattern.fullmatch(text) for text in texts]
        if all(found):
            with contextlib.suppress(ValueError):
                days = [f"{m['y']}-{int(m['m']):02}-{int(m['d']):02}" for m in found]
                read.append(_months(np.array(days, "datetime64[D]")))
    if read:  # 1/2/2024 is January or February: what makes the times even is meant
        return next((times for times in read if evenly(times)), read[0])
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        return None
    if not np.isfinite(numbers).all():
        return None
    whole = (numbers == np.round(numbers)).all() and np.abs(numbers).max() < 1e15
    return numbers.astype(np.int64) if whole else numbers


def _months(days):
    """Return days as months if each is the same day of another month, or each the last day of one."""
    if days.dtype != "datetime64[D]" or len(days) < 3:
        return days
    months = days.astype("datetime64[M]")
    first, last = len(np.unique(days - months)) == 1, ((days + 1).astype("datetime64[M]") > months).all()
    return months if (first or last) and len(np.unique(months)) == len(months) else days


def usual_step(times: np.ndarray) -> np.generic:
    """Return the difference between neighbours that is met most often, in times in rising order."""
    if len(times) < 2:
        return (times[:1] - times[:1] + 1)[0]
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
