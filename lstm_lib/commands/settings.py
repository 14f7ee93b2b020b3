"""What decides the result of a command: one frozen dataclass each, in a module of its own.

Here is what they share. No framework is imported.
"""

import csv
import dataclasses
from collections.abc import Mapping

from lstm_lib.errors import InputError


def require(key, value, *, least=None, above=None, most=10**9):
    """Raise unless ``value`` is a number in range; the message names the key."""
    low = (least is not None and not value >= least) or (above is not None and not value > above)
    if low or value > most:
        bound = f"at least {least}" if least is not None else f"above {above}"
        shown = "a number far larger" if value > 1e30 else value
        raise InputError(f"{key} must be {bound}{f' and at most {most:g}' if value > most else ''}, got {shown}")


def as_dict(settings):
    """Return the settings as nested dictionaries, in the layout of the YAML file."""
    return dataclasses.asdict(settings)


def subset(settings, names):
    """Return some of the settings as a dictionary."""
    return {name: getattr(settings, name) for name in names}


def as_names(text):
    """Return the names in a text with commas between them, one with a comma in quotes."""
    names = next(csv.reader([text or ""], skipinitialspace=True), [])
    return [name.strip() for name in names if name.strip()]


def from_dict(cls, values):
    """Make settings of class ``cls`` from nested dictionaries; what is left out keeps its default."""
    arguments = {}
    fields = {f.name: f.type for f in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in fields:
            raise InputError(f"unknown setting {key!r}; there are {', '.join(fields)}")
        if dataclasses.is_dataclass(fields[key]) != isinstance(value, Mapping):
            raise InputError(f"setting {key!r} can't be {str(value)[:40]!r}")
        arguments[key] = from_dict(fields[key], value) if isinstance(value, Mapping) else value
    return cls(**arguments)
