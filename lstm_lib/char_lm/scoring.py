"""Measure generated text by what it does, beside the same measures of real text.

Chapter ``07_char_lm``. None of them is a loss: a text can have real words and closed brackets and say nothing.
Which of them tell models apart, and which do not, is part of the chapter.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

PAIRS = ("()", "[]", "{}", "“”", "«»")
WORD = re.compile(r"[^\W\d_]+")
LOOKED_AT = 1_000_000  # characters of a training text
REAL_WORD = 5  # letters; shorter strings are words too often by chance


def quality(text: str, train: str, *, at: int | None = None) -> dict[str, float | None]:
    """Measure a text.

    Parameters
    ----------
    text : str
        Generated, or held out.
    train : str
        What the model has learned from. Its first million characters are looked at.
    at : int, optional
        Characters from the start within which ``distinct_4grams`` and ``longest_copy`` look. They depend on the
        length, so texts are compared at the same one.

    Returns
    -------
    dict of str to (float, int or None)
        ``real_words``, ``closed_brackets``, ``distinct_4grams`` (shares) and ``longest_copy`` (characters).
        None where there is nothing to count.
    """
    train = train[:LOOKED_AT]
    return {
        "real_words": real_words(text, train),
        "closed_brackets": closed_brackets(text),
        "distinct_4grams": distinct_word_ngrams(text[:at], 4),
        "longest_copy": longest_copy(text[:at], train),
    }


def real_words(text: str, train: str, *, letters: int = REAL_WORD) -> float | None:
    """Return the share of words of at least ``letters`` letters that ``train`` has too; case does not count."""
    known = set(WORD.findall(train.lower()))
    words = [word for word in WORD.findall(text.lower()) if len(word) >= letters]
    return sum(word in known for word in words) / len(words) if words else None


def closed_brackets(text: str, *, pairs: Sequence[str] = PAIRS) -> float | None:
    """Return the share of opening brackets whose next bracket of the same kind closes them.

    Parameters
    ----------
    text : str
        If it was generated, at least 100,000 characters, or the share is mostly noise.
    pairs : sequence of str
        Kinds of brackets, two characters each.

    Returns
    -------
    float or None
        None if the text has no opening bracket.
    """
    opened = closed = 0
    for opening, closing in pairs:
        found = re.findall(f"[{re.escape(opening + closing)}]", text)
        opened += found.count(opening)
        closed += sum(a == opening and b == closing for a, b in pairwise(found))
    return closed / opened if opened else None


def distinct_word_ngrams(text: str, n: int) -> float | None:
    """Return the number of different runs of ``n`` words as a share of all such runs; 1 if none comes twice."""
    words = WORD.findall(text.lower())
    runs = [tuple(words[k : k + n]) for k in range(len(words) - n + 1)]
    return len(set(runs)) / len(runs) if runs else None


def longest_copy(text: str, train: str) -> int:
    """Return the length of the longest string that stands in both texts, in characters.

    If some string of a length stands in both, so does one of every shorter length, at the same place: bisection finds
    the longest, and looks only where a shorter one was found.
    """

    def shared(length, places):
        pieces = {text[k : k + length] for k in range(len(text) - length + 1)}
        return [k for k in places if train[k : k + length] in pieces]

    low, high, places = 0, 1, range(len(train))
    while high <= len(text) and (found := shared(high, places)):
        low, high, places = high, 2 * high, found
    while high - low > 1:  # low is shared, high is not
        middle = (low + high) // 2
        found = shared(middle, places)
        low, high, places = (middle, high, found) if found else (low, middle, places)
    return low
