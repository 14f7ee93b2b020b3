"""Read arrays from an NPZ file that someone else may have written, without trusting what it says of itself."""

import math
import os
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lstm_lib.errors import InputError

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the two that numpy.savez and numpy.savez_compressed use
LARGE, MOST_TIMES = 10**9, 100  # bytes that need no reason, and how much larger than the file more of them may be


def read_npz(path: str | os.PathLike, names: Sequence[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return some of the arrays of an NPZ file, and the names of all.

    Before memory is taken for an array, the shape and type that it claims are compared with the bytes that are there.

    Parameters
    ----------
    path : str or Path
        As ``numpy.savez`` and ``numpy.savez_compressed`` write it.
    names : list of str
        Arrays to read; those that the file lacks are left out.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
    found : list of str

    Raises
    ------
    InputError
        If the file can't be read, is damaged, encrypted or compressed otherwise, or one of the arrays holds Python
        objects.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: {'cannot be read: it is not a file' if Path(path).exists() else 'no such file'}")
    try:
        with zipfile.ZipFile(path) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy's, of headers that an old version wrote
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            wanted = {name: members[name] for name in names if name in members}
            _require_plain(path, wanted, os.path.getsize(path))
            return {name: _array(path, archive, name, info) for name, info in wanted.items()}, list(members)
    except (InputError, MemoryError):
        raise
    except Exception:  # a damaged archive raises what zipfile, zlib, struct, tokenize and numpy please
        raise InputError(f"{path}: not an NPZ file, or cut short; write it with numpy.savez") from None


def _require_plain(path, members, size):
    """Raise :class:`InputError` if members are encrypted, compressed in another way, or packed too well to be data."""
    for name, info in members.items():
        if info.flag_bits & 1:
            raise InputError(f"{path}: array {name!r} is encrypted; write the file with numpy.savez")
        if info.compress_type not in METHODS:
            raise InputError(f"{path}: array {name!r} is compressed in a way that is not read; use numpy.savez")
    total = sum(info.file_size for info in members.values())
    if total > max(LARGE, MOST_TIMES * size):
        raise InputError(f"{path}: {size:,} bytes that claim to be {total:,}; write the file with numpy.savez")


def _array(path, archive, name, info):
    with archive.open(info) as file:
        shape, dtype = _header(file)
        if dtype.hasobject:
            raise InputError(f"{path}: {name} holds Python objects, which are not loaded; save plain arrays")
        claimed, there = math.prod(shape) * dtype.itemsize, info.file_size - file.tell()
        if claimed != there or min(shape, default=0) < 0:
            raise InputError(
                f"{path}: array {name!r} claims {claimed:.3g} bytes and has {there:,}; write it with numpy.savez"
            )
    with archive.open(info) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Return the shape and the type that an array claims; ``file`` is then where its values begin."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype
