"""Look at the values of settings before they are read: which there are, and that numbers are written as numbers."""

import contextlib
import dataclasses
import difflib
import re
import typing

import yaml

from lstm_lib.errors import InputError
from lstm_lib.storage.yaml_files import parse_yaml, read_yaml

MOST_SHOWN, SHOWN = 400, 40  # characters of what is wrong, and of a value in it


def settings_in(path, settings, groups, options):
    """Return the settings that a YAML file holds, ``{"data.n_train": 9}``; every key must be one that there is.

    Raises
    ------
    InputError
        If the file can't be read, holds an unknown key, or a section that is none.
    """
    found = {}
    plain = [f.name for f in dataclasses.fields(settings)] + [name for name in options if name not in groups]
    for key, value in read_yaml(path).items():
        if key == "config":
            raise InputError(f"{path}: config names another file, and one is read; copy its settings into this one")
        _require_known(path, key, plain)
        if key not in groups:
            found[key] = value
            continue
        if not isinstance(value, dict):
            raise InputError(f"{path}: {key} must hold settings as 'key: value', but holds {value!s:.{SHOWN}}")
        for name in value:
            _require_known(path, name, [f.name for f in dataclasses.fields(groups[key])], f"{key}.")
        found |= {f"{key}.{name}": inner for name, inner in value.items()}
    return found


def _require_known(path, key, known, section=""):
    if key not in known:
        near = nearest(str(key).replace("-", "_"), known)
        hint = f"; did you mean {section}{near}?" if near else f"; there are {', '.join(known)}"
        raise InputError(f"{path}: there is no setting {section}{key!s:.{SHOWN}}{hint}")


def numbers(settings, groups):
    """Return the settings that are numbers, each with its type, ``{"data.n_train": int}``."""
    classes = {"": settings} | {f"{name}.": group for name, group in groups.items()}
    fields = {f"{section}{f.name}": f.type for section, cls in classes.items() for f in dataclasses.fields(cls)}
    kinds = {name: (kind, *typing.get_args(kind)) for name, kind in fields.items()}
    return {name: number for name, kind in kinds.items() for number in (int, float) if number in kind}


def require_number(name, value, kind):
    """Raise ValueError if what stands for a number is a text: ``1:30`` and ``1_000`` are, though some read them."""
    if isinstance(value, str):
        with contextlib.suppress(yaml.YAMLError):
            value = parse_yaml(value)
    if isinstance(value, str | bool | list | dict):
        long = isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]{20,}", value)
        what = "a smaller number" if long else {int: "a whole number", float: "a number"}[kind]
        raise ValueError(f"{name} must be {what}, got {value!s:.{SHOWN}}")


def about(message, key):
    """Return whether a message is about a setting: it names it, and no longer name that contains it."""
    return re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.]*\w)", message) is not None


def nearest(word, known):
    """Return the word among those that are known that is most like another, or an empty text if none is."""
    return next(iter(difflib.get_close_matches(word, known, n=1)), "")
