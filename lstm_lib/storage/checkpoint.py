"""Write files that are whole or absent, and stop and resume a training run.

One file holds one state: arrays as safetensors (never pickle: loading a file must not run it), and
what is not an array as YAML in the file's header, so that the two can't come apart.
"""

import contextlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import yaml
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_text

SETTINGS, RUN = "settings.yaml", "lstm_lib.run 1"  # the file that marks the folder of a run, and its mark


@contextlib.contextmanager
def atomic(path):
    """Yield a temporary path to write to, and rename it to ``path`` if the block ends well.

    Parameters
    ----------
    path : str or Path
        Where the file will stand. Its folder is made if missing.

    Yields
    ------
    Path
        In the same folder, with the same ending.

    Raises
    ------
    InputError
        If the folder can't be written to.
    """
    target = require_writable(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".writing-", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(_mode(target))  # mkstemp makes files that only the owner can read
        os.replace(temporary, target)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}; choose another place") from None
    finally:
        temporary.unlink(missing_ok=True)


def _mode(path):
    """Return the permissions of a file that is there, or those that a new one gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def require_writable(path):
    """Return where :func:`atomic` would write ``path``, links followed, or raise :class:`InputError`.

    Nothing is left behind. A folder, device or pipe is refused: it can't be replaced by a file.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            raise InputError(f"cannot write {path}: it is not a file; choose another place")
        parent = target.parent
        while not parent.exists():
            parent = parent.parent
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
    return target


def write_json(path, value):
    """Write ``value`` as indented JSON, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


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
    contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with atomic(path) as temporary:
        save_file(contiguous, temporary, metadata={"yaml": yaml.safe_dump(meta, sort_keys=False)})


def load(path, *, kind=None):
    """Read what :func:`save` wrote.

    Parameters
    ----------
    path : str or Path
    kind : str, optional
        What ``meta["kind"]`` must be: a name, a space and a version, as ``"lstm_lib.char_lm 1"``.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
    meta : dict

    Raises
    ------
    InputError
        If the file is missing, cut short, or of another kind or version.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    try:
        with safe_open(path, framework="numpy") as file:
            meta = yaml.safe_load((file.metadata() or {})["yaml"])
            if not isinstance(meta, dict):
                raise KeyError("yaml")
            if kind:
                _require_kind(path, meta.get("kind"), kind)
            return {name: file.get_tensor(name) for name in file.keys()}, meta  # noqa: SIM118
    except (SafetensorError, KeyError, yaml.YAMLError, OSError):
        raise InputError(f"{path}: not a checkpoint of this library, or cut short") from None


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
        a file of that name which no run wrote.
    """

    def __init__(self, directory, settings):
        self.directory = Path(directory)
        self.saved = set()
        settings = yaml.safe_load(yaml.safe_dump(settings))
        file = self.directory / SETTINGS
        if not file.exists():
            with atomic(file) as temporary:
                text = yaml.safe_dump({"kind": RUN} | settings, sort_keys=False)
                temporary.write_text(text, encoding="utf-8")
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
        """Replace the state called ``name``."""
        save(self.directory / f"{name}.safetensors", arrays, meta)
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

    def is_empty(self):
        """Return whether no state has been saved."""
        return all(file.name == SETTINGS or file.name.startswith(".writing-") for file in self.directory.iterdir())

    def remove(self):
        """Delete the states that were saved or resumed, the settings, and the folder if nothing else is in it."""
        cut_short = self.directory.glob(".writing-*")  # left by a run that was killed
        for state in [*(self.directory / f"{name}.safetensors" for name in self.saved), *cut_short]:
            state.unlink(missing_ok=True)
        (self.directory / SETTINGS).unlink(missing_ok=True)  # last: while the mark stands, the run can be resumed
        with contextlib.suppress(OSError):
            self.directory.rmdir()


def _settings_of_run(directory):
    """Return the settings of the run that a folder holds, or None if it holds none."""
    try:
        stored = yaml.safe_load((directory / SETTINGS).read_text(encoding="utf-8"))
        return stored if stored.pop("kind") == RUN else None
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, OSError):
        return None


def _flat(settings, prefix=""):
    """Turn {"data": {"seed": 1}} into {"data.seed": 1}."""
    flat = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
