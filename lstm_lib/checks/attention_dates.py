"""The dates of an exercise of chapter ``09_attention``: what a trained translator makes of them."""

import re
from typing import Any

import numpy as np

# One source and its translation, two for each language.
DATES = {
    "Freitag, 13. Oktober 1995": "Friday, October 13, 1995",
    "Montag, 6. Februar 2034": "Monday, February 6, 2034",
    "miércoles, 21 de junio de 1950": "Wednesday, June 21, 1950",
    "sábado, 5 de enero de 2058": "Saturday, January 5, 2058",
    "2017(e)ko irailaren 26(a), asteartea": "Tuesday, September 26, 2017",
    "1908(e)ko abuztuaren 30(a), igandea": "Sunday, August 30, 1908",
    "torstai 18. joulukuuta 1975": "Thursday, December 18, 1975",
    "maanantai 4. toukokuuta 2082": "Monday, May 4, 2082",
    "dimanche 8 mars 1987": "Sunday, March 8, 1987",
    "mercredi 16 avril 2064": "Wednesday, April 16, 2064",
    "1929. július 27., szombat": "Saturday, July 27, 1929",
    "2011. november 3., csütörtök": "Thursday, November 3, 2011",
}
SOURCES, TARGETS = list(DATES), list(DATES.values())
LEAST = 9  # right ones
FORM = re.compile(r"(\w+), (\w+) (\d+), (\d+)")
PARTS = ("weekday", "month", "day", "year")


def judge_translated(answer: Any) -> str:
    """Return what is wrong with the translations of :data:`SOURCES`, or ``""`` if enough are right."""
    if callable(answer):
        return "hand over the translations, a list of texts, not a function"
    if isinstance(answer, str):
        return "that is one text; hand over a list with one text for each source"
    try:
        texts = np.asarray(answer).tolist() if not isinstance(answer, list | tuple) else list(answer)
    except ValueError:
        texts = []
    if texts and not any(isinstance(text, str) for text in texts):
        joined = all(isinstance(row, list | tuple) and all(isinstance(x, str) for x in row) for row in texts)
        if joined:
            return "those are pieces; pieces.decode joins them to a text"
        return "those are numbers of pieces; pieces.decode turns them into texts"
    if len(texts) != len(SOURCES):
        return f"there are {len(SOURCES)} sources, and you hand over {len(texts)} translations"
    if any("\u2581" in text for text in texts):
        return "the mark before a word is still there: pieces.decode joins the pieces to a text"
    right = sum(text == target for text, target in zip(texts, TARGETS, strict=True))
    if right >= LEAST:
        return ""
    if texts == SOURCES:
        return "those are the sources; the translator has written nothing yet"
    if sorted(texts) == sorted(TARGETS):
        return "the translations are right, but in another order than their sources"
    found = [FORM.fullmatch(text) for text in texts]
    if sum(match is not None for match in found) < len(texts) / 2:
        return (
            f"{right} of {len(texts)} are right, and most are no date of the form {TARGETS[0]!r}; "
            "is it trained, on targets that end in the end symbol?"
        )
    wrong = dict.fromkeys(PARTS, 0)
    for match, target in zip(found, TARGETS, strict=True):
        theirs = match.groups() if match else ("",) * len(PARTS)
        for part, written, true in zip(PARTS, theirs, FORM.fullmatch(target).groups(), strict=True):
            wrong[part] += written != true
    worst = max(PARTS, key=wrong.get)
    told = f"{right} of {len(texts)} are right, and it takes {LEAST}; wrong most often: the {worst}"
    if wrong["year"] + wrong["day"] > wrong["weekday"] + wrong["month"]:
        return f"{told}. It has the form and does not copy: does the decoder use the context that you return?"
    return f"{told}. It copies the digits, and has not met these words often enough: train longer"
