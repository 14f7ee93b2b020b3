"""Check what a file says of a model before anything is made of it.

A form is a dictionary of the keys that must be there, each with a rule or a form of its own. A rule is a function of a
value that returns what the value must be, or nothing if it is that.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

SHOWN = 40  # characters of a value in a message

Rule = Callable[[Any], str | None]


def whole(least: int, most: int = 10**6) -> Rule:
    """Return the rule of a whole number in a range."""
    return lambda v: None if type(v) is int and least <= v <= most else f"a whole number from {least} to {most}"


def number(least: float = -1e30, most: float = 1e30) -> Rule:
    """Return the rule of a finite number in a range."""
    right = f"a number from {least:g} to {most:g}"
    return lambda v: None if type(v) in (int, float) and least <= v <= most else right


def choice(*values: Any) -> Rule:
    """Return the rule of a value that is one of some."""
    right = f"one of {', '.join(map(str, values))}"
    return lambda v: None if any(type(v) is type(value) and v == value for value in values) else right


def text(value: Any) -> str | None:
    """Return nothing if a value is a text."""
    return None if isinstance(value, str) else "a text"


def flags(value: Any) -> str | None:
    """Return nothing if a value is a list of true and false."""
    return None if isinstance(value, list) and all(type(v) is bool for v in value) else "a list of true and false"


def optional(rule: Rule) -> Rule:
    """Return the rule of a value that may be missing, null."""
    return lambda v: None if v is None else rule(v)


def distinct_texts(value: Any) -> str | None:
    """Return nothing if a value is a list of texts that differ, none of them empty."""
    right = isinstance(value, list) and all(isinstance(name, str) and _writable(name) for name in value)
    return None if right and len(set(value)) == len(value) else "texts that differ"


def distinct(value: Any) -> str | None:
    """Return nothing if a value is a list of texts that differ, or of whole numbers that do."""
    whole_numbers = isinstance(value, list) and value and all(type(name) is int for name in value)
    if whole_numbers and len(set(value)) == len(value):
        return None
    return "texts or numbers that differ" if not value or distinct_texts(value) else None


def characters(value: Any) -> str | None:
    """Return nothing if a value is a text whose characters differ."""
    right = isinstance(value, str) and _writable(value)
    return None if right and len(set(value)) == len(value) else "characters that differ"


def _writable(text):
    """Return whether a text is not empty and made of characters alone, not of halves of some."""
    return text != "" and not any("\ud800" <= c <= "\udfff" for c in text)


def history(value: Any) -> str | None:
    """Return nothing if a value is what is known of a training: keys and what they stand for."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        return "keys and values"
    if not isinstance(value.get("settings", {}), Mapping):
        return "keys and values, its settings likewise"
    rows = value.get("history", [])
    return None if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows) else "rows of a history"


def require(value: Any, form: Mapping | Rule, name: str = "") -> None:
    """Raise ValueError, which names the key, unless a value has a form.

    Parameters
    ----------
    value : object
    form : dict or callable
    name : str
        Of the value, for the message.
    """
    if callable(form):
        if right := form(value):
            raise ValueError(f"{name} must be {right}, got {value!s:.{SHOWN}}")
        return
    if not isinstance(value, Mapping):
        raise ValueError(f"{name or 'it'} must be keys and values, got {value!s:.{SHOWN}}")
    section = f"{name}." if name else ""
    for key in form.keys() - value.keys():
        raise ValueError(f"{section}{key} is missing")
    for key in value.keys() - form.keys():
        raise ValueError(f"{section}{key!s:.{SHOWN}} is unknown")
    for key, inner in form.items():
        require(value[key], inner, f"{section}{key}")


def require_shapes(found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ValueError, which names an array, unless the arrays of a file have the names and shapes that they should.

    Parameters
    ----------
    found, expected : dict of str to tuple of int
    """
    for name in sorted(expected.keys() - found.keys()):
        raise ValueError(f"there are no weights {name}")
    for name in sorted(found.keys() - expected.keys()):
        raise ValueError(f"there should be no weights {name:.{SHOWN}}")
    for name, shape in expected.items():
        if found[name] != shape:
            raise ValueError(f"{name} has the shape {_shown(found[name])}, and should have {_shown(shape)}")


def _shown(shape):
    return " x ".join(f"{n:g}" if math.log10(n + 1) > 9 else str(n) for n in shape) or "of one number"
