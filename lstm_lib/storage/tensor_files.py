"""Read the header of a safetensors file by itself, so that nothing is made of arrays before they are known to fit."""

import json
import math
import os
from typing import Any, NamedTuple

import yaml

from lstm_lib.storage.yaml_files import parse_yaml

MOST_HEADER = 16_000_000  # bytes; the format's own limit is 100 MB
MOST_ABOUT = 2_000_000  # bytes of what a file says of itself
# What stands for a byte of a file's name that is not UTF-8: half a character in Python, which YAML can't hold, and in
# the file a character for private use.
HALVES = {0xDC00 + byte: 0x10DC00 + byte for byte in range(0x80, 0x100)}
WHOLES = {whole: half for half, whole in HALVES.items()}
BYTES = {"F64": 8, "F32": 4, "F16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}  # what NumPy has, too


class Header(NamedTuple):
    """The result of :func:`read_header`.

    Attributes
    ----------
    shapes : dict of str to tuple of int
    types : dict of str to str
        As the format writes them, ``"F32"``.
    about : dict
        What the file says of itself.
    """

    shapes: dict[str, tuple[int, ...]]
    types: dict[str, str]
    about: dict[str, Any]


def read_header(path: str | os.PathLike) -> Header:
    """Return what a safetensors file with a description in YAML says that it holds.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Header

    Raises
    ------
    ValueError, TypeError, KeyError, RecursionError
        If it is no such file, or claims more than it holds; ``yaml.YAMLError`` if its description is not YAML.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > min(size - 8, MOST_HEADER):
            raise ValueError("a header that is longer than the file, or than any of this library")
        header = json.loads(file.read(length), object_pairs_hook=_distinct)
    text = header.pop("__metadata__")["yaml"]
    if len(text) > MOST_ABOUT:
        raise ValueError("a description that is too long")
    about = parse_yaml(text)
    if not isinstance(about, dict):
        raise TypeError("a description without keys")
    about = _translated(about, WHOLES)
    shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
    for name, shape in shapes.items():
        begin, end = header[name]["data_offsets"]
        if any(type(n) is not int or n < 0 for n in (*shape, begin, end)) or end > size - 8 - length:
            raise ValueError(f"a place outside the file for {name}")
        if math.prod(shape) * BYTES[header[name]["dtype"]] != end - begin:
            raise ValueError(f"another size than that of {name}")
    return Header(shapes, {name: entry["dtype"] for name, entry in header.items()}, about)


def description(about: dict[str, Any]) -> str:
    """Return the YAML in which a file says what it holds, for :func:`read_header`."""
    return yaml.safe_dump(_translated(about, HALVES), sort_keys=False)


def _translated(value, table):
    """Return plain values in which all texts are translated, keys too."""
    if isinstance(value, dict):
        return {_translated(key, table): _translated(inner, table) for key, inner in value.items()}
    if isinstance(value, list):
        return [_translated(inner, table) for inner in value]
    return value.translate(table) if isinstance(value, str) and not value.isascii() else value


def _distinct(pairs):
    """Return a dictionary of pairs whose keys differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found
