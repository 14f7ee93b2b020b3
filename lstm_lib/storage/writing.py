"""Write files that are whole or absent, on the disk before they are named, and replace nothing read-only.

Where the disk is full, :func:`write` keeps what a training has come to in the temporary directory.
"""

import contextlib
import errno
import os
import platform
import re
import shutil
import tempfile
import time
import zlib
from pathlib import Path

from safetensors import SafetensorError

from lstm_lib.errors import InputError
from lstm_lib.storage.files import FILE, NOTHING, kind_of

HERE = f".writing-{zlib.crc32(platform.node().encode()):08x}-"  # begins the names of files that this machine writes
HALF_WRITTEN = re.compile(r"\.writing-[0-9a-f]{8}-(\d+)-")  # with the process that writes it
DAY = 86_400
_targets = {}  # of the files being written: a temporary name and what the user calls it
NO_ROOM = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS") if hasattr(errno, name)}


class NoRoomError(InputError):
    """The disk failed while a file was written: another disk may do."""

    def __init__(self, path, reason):
        super().__init__(f"cannot write {path}: {reason}; choose another place")
        self.path, self.reason = path, reason


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
    target, temporary = require_writable(path), None
    path = _targets.get(str(path), path)  # a file that is part of another block
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_half_written(target.parent)
        prefix = f"{HERE}{os.getpid()}-"
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=target.suffix, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        _targets[name] = path
        yield temporary
        temporary.chmod(_mode(target))  # mkstemp makes files that only the owner can read
        _to_disk(temporary)  # else a crash of the machine could leave the new name with no content
        os.replace(temporary, target)
        with contextlib.suppress(OSError):  # not every system can do it for a folder
            _to_disk(target.parent)
    except (OSError, SafetensorError) as error:
        number, reason = _cause(error)
        if number in NO_ROOM:
            raise NoRoomError(path, reason) from None
        raise InputError(f"cannot write {path}: {reason}; choose another place") from None
    finally:
        if temporary:
            del _targets[name]
            temporary.unlink(missing_ok=True)


def _cause(error):
    """Return the number of the system's error and its text; safetensors has both in a sentence of its own."""
    if isinstance(error, SafetensorError):
        code = re.search(r"os error (\d+)", str(error))
        return (int(code[1]), os.strerror(int(code[1]))) if code else (None, str(error))
    return error.errno, error.strerror or str(error)


def _to_disk(path):
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_half_written(folder):
    """Delete what :func:`atomic` left in a folder when its process was killed: it has ended, or it is a day ago."""
    for file in folder.glob(".writing-*"):
        name = HALF_WRITTEN.match(file.name)
        with contextlib.suppress(OSError):
            if name and (_has_ended(file.name, int(name[1])) or time.time() - file.stat().st_mtime > DAY):
                file.unlink()


def _has_ended(name, process):
    """Return whether a process of this machine has ended, as far as can be known."""
    if os.name != "posix" or not name.startswith(HERE):  # elsewhere os.kill would stop it
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # it runs, and belongs to somebody else
        return False
    return False


def _mode(path):
    """Return the permissions of a file that is there, or those that a new one gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def require_writable(path):
    """Return where :func:`atomic` would write ``path``, links followed, or raise :class:`InputError`.

    Nothing is left behind. A folder, device or pipe is refused, since it can't be replaced by a file; so is a file that
    is read-only, which a rename would not respect.
    """
    kind_of(path)
    target = Path(os.path.realpath(path))
    try:
        found = kind_of(target)
        if found not in (FILE, NOTHING):
            raise InputError(f"cannot write {path}: it is not a file; choose another place")
        # To root everything is writable, so the permissions are asked, too.
        if found == FILE and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
            raise InputError(f"cannot write {path}: it is read-only; choose another place, or make it writable")
        parent = target.parent
        while not parent.exists():
            parent = parent.parent
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another place") from None
    return target


def write(path, writer):
    """Write a file, whole or not at all, or into the temporary directory if its own disk is full or fails.

    Parameters
    ----------
    path : str or Path
    writer : callable
        Called with the path of a file to write.

    Raises
    ------
    InputError
        If the file can't be written; the message says where it is instead, if it is anywhere.
    """
    try:
        with atomic(path) as temporary:
            writer(temporary)
    except NoRoomError as error:
        with elsewhere(error) as folder:
            place = folder / Path(error.path).name
            writer(place)
        raise InputError(f"cannot write {error.path}: {error.reason}; it was saved as {place}") from None


@contextlib.contextmanager
def elsewhere(error):
    """Yield a new folder in the temporary directory; raise ``error`` if it can't be written to either."""
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="lstm-lib-"))
        yield folder
    except (OSError, SafetensorError):
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise error from None
