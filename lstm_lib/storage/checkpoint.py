"""Save what a training has learned, and stop and resume it.

One file holds one state: arrays as safetensors (never pickle: loading a file must not run it), and
what is not an array as YAML in the file's header, so that the two can't come apart.
"""

import contextlib
import json
import shutil
from pathlib import Path

import numpy as np
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lstm_lib.errors import InputError
from lstm_lib.storage.files import FILE, kind_of, read_text
from lstm_lib.storage.records import require_shapes
from lstm_lib.storage.tensor_files import description, read_header
from lstm_lib.storage.writing import (
    NoRoomError,
    atomic,
    elsewhere,
    remove_half_written,
    require_writable as require_writable,
    write,
)
from lstm_lib.storage.yaml_files import parse_yaml, read_yaml

SETTINGS, RUN = "settings.yaml", "lstm_lib.run 1"  # the file that marks the folder of a run, and its mark


def write_json(path, value):
    """Write ``value`` as indented JSON, whole or not at all."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # A name of a file may hold bytes that are not UTF-8; what replaces them reads as an escape of JSON.
    write(path, lambda place: place.write_text(text, encoding="utf-8", errors="backslashreplace"))


def read_json(path):
    """Read what :func:`write_json` wrote, or raise :class:`InputError`."""
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not JSON, or cut short") from None


def save(path, arrays, meta):
    """Save arrays and plain values in one file.

    Parameters
    ----------
    path : str or Path
        Ends in ``.safetensors``.
    arrays : dict of str to numpy.ndarray
    meta : dict
        Anything YAML can hold.
    """
    write(path, _writer(arrays, meta))


def _writer(arrays, meta):
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    metadata = {"yaml": description(meta)}
    return lambda place: save_file(contiguous, place, metadata=metadata)


def load(path, *, kind=None, expect=None, types=None):
    """Read what :func:`save` wrote.

    The header is read first. Memory is taken for the arrays only after it has been checked.

    Parameters
    ----------
    path : str or Path
    kind : str, optional
        What ``meta["kind"]`` must be: a name, a space and a version, as ``"lstm_lib.char_lm 1"``.
    expect : callable, optional
        Of a model: takes ``meta``, returns the shapes that the arrays must have, by name, or raises ``ValueError`` that
        says what is wrong. All numbers must then be finite.
    types : tuple of str, optional
        Types that the arrays may have, ``"F16"``, ``"F32"`` and so on; by default any.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
    meta : dict

    Raises
    ------
    InputError
        If the file is missing, cut short, of another kind or version, or its arrays are not those that are expected.
    """
    if kind_of(path) != FILE:
        raise InputError(f"{path}: no such file")
    try:
        shapes, found, meta = read_header(path)
        if kind:
            _require_kind(path, meta.get("kind"), kind)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, yaml.YAMLError, OSError):
        raise InputError(f"{path}: not a checkpoint of this library, or cut short") from None
    try:
        if expect:
            require_shapes(shapes, expect(meta))
        for name, type_ in found.items():
            if types and type_ not in types:
                raise ValueError(f"{name} is {type_}, and should be {' or '.join(types)}")
    except InputError:
        raise
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: its weights and its description disagree: {error}; train the model again") from None
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in shapes}
    except (SafetensorError, OSError):
        raise InputError(f"{path}: not a checkpoint of this library, or cut short") from None
    if expect:
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise InputError(f"{path}: the weights {name} are not all finite numbers; train the model again")
    return arrays, meta


def is_kind(path, kind):
    """Return whether a file that :func:`save` wrote says that it is of that kind; False if it can't be read."""
    try:
        return read_header(path)[2].get("kind") == kind
    except (InputError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, OSError):
        return False
    except yaml.YAMLError:
        return False


def _require_kind(path, found, kind):
    name, version = kind.split()
    if str(found).split() == [name, version]:
        return
    if str(found).split()[:1] == [name]:
        raise InputError(f"{path}: saved as {found}, but this library reads version {version}; save it again")
    raise InputError(
        f"{path}: not a model of {name} but {found or 'something else'}; choose a file that one was saved in"
    )


class Run:
    """A folder in which one training run keeps its settings and its states, each the last one of its name.

    Parameters
    ----------
    directory : str or Path
        Made if missing.
    settings : dict
        Whatever decides the result. Stored as ``settings.yaml``, under the mark by which a run is recognised.

    Raises
    ------
    InputError
        If the folder belongs to a run with other settings, and the message names the first that differs; or if it holds
        files that no run wrote.
    """

    def __init__(self, directory, settings):
        self.directory = Path(directory)
        self.saved = set()
        settings = parse_yaml(description(settings))
        file = self.directory / SETTINGS
        if not file.exists():
            if self.directory.exists() and not self.is_empty():
                raise InputError(f"{self.directory} holds files that no run wrote; move them, or choose another folder")
            with atomic(file) as temporary:
                temporary.write_text(description({"kind": RUN} | settings), encoding="utf-8")
            return
        stored = _settings_of_run(self.directory)
        if stored is None:
            raise InputError(f"{file}: not the settings of a training run; choose another folder")
        stored, now = _flat(stored), _flat(settings)
        for key in sorted(stored.keys() | now.keys()):
            if stored.get(key) != now.get(key):
                raise InputError(
                    f"{self.directory} holds a run with {key}={stored.get(key)}, not {now.get(key)};"
                    " choose another folder or the same settings"
                )

    @staticmethod
    def unfinished(directory):
        """Return whether a folder holds a run that has not been removed."""
        return _settings_of_run(Path(directory)) is not None

    def save(self, name, arrays, meta):
        """Replace the state called ``name``; if the disk is full, keep the run in the temporary directory and raise."""
        file = self.directory / f"{name}.safetensors"
        writer = _writer(arrays, meta)
        try:
            with atomic(file) as temporary:
                writer(temporary)
        except NoRoomError as error:
            with elsewhere(error) as folder:
                state = folder / self.directory.name
                shutil.copytree(self.directory, state, ignore=shutil.ignore_patterns(".writing-*"))
                writer(state / file.name)
            raise InputError(
                f"cannot write {file}: {error.reason}; the run was kept in {folder}: make room and go on with --resume"
                f" --output {folder}"
            ) from None
        self.saved.add(name)

    def resume(self, name):
        """Return ``(arrays, meta)`` of the state called ``name``, or None if there is none yet."""
        file = self.directory / f"{name}.safetensors"
        if not file.exists():
            return None
        try:
            state = load(file)
        except InputError as error:
            raise InputError(f"{error}; delete it to start anew") from None
        self.saved.add(name)
        return state

    def forget(self, name):
        """Delete the state called ``name``, if there is one."""
        (self.directory / f"{name}.safetensors").unlink(missing_ok=True)
        self.saved.discard(name)

    def is_empty(self):
        """Return whether the folder holds nothing of a run but its settings, and nothing else."""
        return all(file.name == SETTINGS or file.name.startswith(".writing-") for file in self.directory.iterdir())

    def remove(self):
        """Delete the states that were saved or resumed, the settings, and the folder if nothing else is in it."""
        remove_half_written(self.directory)
        for name in list(self.saved):
            self.forget(name)
        (self.directory / SETTINGS).unlink(missing_ok=True)  # last: while the mark stands, the run can be resumed
        with contextlib.suppress(OSError):
            self.directory.rmdir()


def _settings_of_run(directory):
    """Return the settings of the run that a folder holds, or None if it holds none."""
    try:
        stored = read_yaml(directory / SETTINGS)
        return stored if stored.pop("kind") == RUN else None
    except (InputError, KeyError):
        return None


def _flat(settings, prefix=""):
    """Turn {"data": {"seed": 1}} into {"data.seed": 1}."""
    flat = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
