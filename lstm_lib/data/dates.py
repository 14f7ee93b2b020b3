"""Dates written out in other languages, and in English: a small translation task with an answer that is surely right.

Chapter ``09_attention``. The forms are those of Unicode's CLDR, which Babel brings.
"""

import datetime

import numpy as np

from lstm_lib.data.lexicons import Pairs
from lstm_lib.errors import InputError

LANGUAGES = ("de", "es", "eu", "fi", "fr", "hu", "lt", "tr")  # eu, hu and lt begin with the year
FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)


def written_dates(rng: np.random.Generator, n: int, *, languages: tuple[str, ...] = LANGUAGES) -> Pairs:
    """Return dates of 1900 to 2099 in full, each in one of some languages, and in English.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Different dates, at most 73,049; so parts cut from them have no date in common.
    languages : tuple of str
        Codes such as ``"fr"``; they take turns.

    Returns
    -------
    Pairs
        ``mardi 3 mars 1992`` and ``Tuesday, March 3, 1992``.

    Raises
    ------
    InputError
        If Babel is missing.
    """
    try:
        from babel.dates import format_date
    except ImportError:
        raise InputError("the written dates come from Babel: pip install babel") from None
    days = rng.choice(LAST.toordinal() - FIRST.toordinal() + 1, n, replace=False) + FIRST.toordinal()
    dates = [datetime.date.fromordinal(day) for day in days.tolist()]
    codes = [languages[k % len(languages)] for k in range(n)]
    sources = [format_date(day, "full", locale=code) for day, code in zip(dates, codes, strict=True)]
    targets = [format_date(day, "full", locale="en") for day in dates]
    return Pairs("dates", [" ".join(text.split()) for text in sources], targets)
