"""Look into a ``.keras`` file before Keras does: what it would build, and whether the weights for that are there."""

import io
import json
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

ABOUT, CONFIG, WEIGHTS = "about.json", "config.json", "model.weights.h5"
MOST_TEXT = 2_000_000  # bytes of a member in JSON
LARGE, MOST_TIMES = 10**9, 100  # bytes that need no reason, and how much larger than the file more of them may be
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
LAYERS = {"InputLayer", "Masking", "Normalization", "Dense", "Embedding", "Bidirectional", "Concatenate", "Dropout"}
LAYERS |= {"GlobalAveragePooling1D", "NotEqual", "Any", *GATES}


def read_about(path: str | os.PathLike) -> dict[str, Any]:
    """Return what a file says of itself, its member ``about.json``.

    Raises
    ------
    Exception
        Of many kinds, if it is no such file.
    """
    with zipfile.ZipFile(path) as archive:
        about = _json(archive, ABOUT)
    if not isinstance(about, dict):
        raise TypeError(ABOUT)
    return about


def require_weights(path: str | os.PathLike) -> None:
    """Raise unless a file holds the weights of what it describes, all of them finite, and nothing of another kind.

    Nothing is built for it, and no more memory is taken than the file has bytes.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    Exception
        Of many kinds, as h5py and zipfile please.
    """
    import h5py  # it comes with Keras, and this module is imported before that is known to be there

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise ValueError("a member twice")
        config = _json(archive, CONFIG)
        member = archive.getinfo(WEIGHTS)
        if member.file_size > max(LARGE, MOST_TIMES * os.path.getsize(path)):
            raise ValueError("weights that are packed too well to be some")
        content = io.BytesIO(archive.read(member))
    with h5py.File(content, "r") as file:
        shapes = set(_shapes(file, h5py))
    for layer in _layers(config["config"]):
        kind, options = layer["class_name"], layer["config"]
        if kind not in LAYERS:
            raise ValueError(f"a layer of the kind {kind!r:.40}")
        if kind in GATES and (options["units"], GATES[kind] * options["units"]) not in shapes:
            raise ValueError(f"no recurrent weights of {options['units']!r:.40} units")
        if kind == "Embedding" and (options["input_dim"], options["output_dim"]) not in shapes:
            raise ValueError("no table of that size")
        if kind == "Dense" and all(shape[1:] != (options["units"],) for shape in shapes):
            raise ValueError(f"no weights of {options['units']!r:.40} units")


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > MOST_TEXT:
        raise ValueError(f"{name} is too long")
    return json.loads(archive.read(name))


def _layers(config: Mapping) -> Iterator[Mapping]:
    """Yield the layers of a model's configuration, and those inside others."""
    for layer in config["layers"]:
        yield layer
        for name in ("layer", "backward_layer"):
            if isinstance(inner := layer["config"].get(name), dict):
                yield inner


def _shapes(group, h5py, level=0):
    """Yield the shapes of the arrays in a file, each of which is there in full and holds finite numbers."""
    if level > 20:
        raise ValueError("groups in groups in groups")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} stands in another place")
        entry = group[name]
        if isinstance(entry, h5py.Group):
            yield from _shapes(entry, h5py, level + 1)
            continue
        size = math.prod(entry.shape) * entry.dtype.itemsize
        if entry.is_virtual or entry.external or entry.dtype.kind not in "biuf" or entry.id.get_storage_size() != size:
            raise ValueError(f"{name} claims more than there is")
        if not np.isfinite(entry[()]).all():
            raise ValueError(f"{name} holds what is no finite number")
        yield entry.shape
