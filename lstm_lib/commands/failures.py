"""Turn whatever ends a command into an exit code and one line."""

import errno
import os
import platform
import re
import sys
import tempfile
import traceback
from importlib.metadata import version

from lstm_lib.commands.parsing import one_line
from lstm_lib.errors import DivergedError, InputError, MissingFrameworkError
from lstm_lib.storage.writing import NO_ROOM

# PyTorch raises a RuntimeError, TensorFlow one of its own, C++ says bad_alloc.
NO_MEMORY = re.compile(r"not enough memory|can't allocate memory|out of memory|OOM when allocating|bad_alloc", re.I)
UNFORESEEN = 70  # what sysexits.h calls an internal software error


def explain(error, argv):
    """Return the exit code of an exception, and a line about it.

    Parameters
    ----------
    error : BaseException
    argv : list of str
        The command line; it stands in the report of an exception that nobody foresaw.
    """
    if isinstance(error, KeyboardInterrupt):
        return getattr(error, "code", 130), one_line(error) or "stopped"
    if isinstance(error, DivergedError):
        return 1, one_line(error)
    if isinstance(error, InputError | MissingFrameworkError):
        return 2, f"error: {one_line(error)}"
    if _is_memory(error):
        wanted = re.search(r"allocate (\d+) bytes|allocate ([\d.]+ [KMGT]i?B)", str(error))
        size = f" for another {wanted[2] or _shown(int(wanted[1]))}" if wanted else ""
        return 2, f"error: not enough memory{size}; take fewer or shorter sequences, units or layers"
    if isinstance(error, OSError) and (error.filename is not None or error.errno in NO_ROOM):
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        return 2, f"error: {where}{error.strerror}; name another place, or see to it"
    return UNFORESEEN, f"error: {_report(error, argv)}"


def _is_memory(error):
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return bool(NO_MEMORY.search(_text(error)))


def _shown(size):
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"


def _text(error):
    """Return an exception as Python would show it, even one that can't be shown."""
    return "".join(traceback.format_exception_only(error))


def _report(error, argv):
    """Write what a report of a fault should hold into a file; return a line that says where."""
    what = f"this should not happen ({one_line(_text(error)):.200})"
    lines = [
        f"lstm-lib {version('lstm-lib')}, Python {platform.python_version()}, {platform.platform()}\n",
        f"{argv}\n",
        *traceback.format_exception(error),
    ]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="lstm-lib-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.writelines(lines)
    except OSError:
        sys.stderr.write("".join(lines))
        return f"{what}; please report it with the lines above"
    return f"{what}; please report it with the file {file.name}"


def require_working_directory():
    """Raise :class:`InputError` if the working directory has been deleted: no name of a file would mean anything."""
    try:
        os.getcwd()
    except OSError as error:
        raise InputError(f"the working directory can't be used: {error.strerror}; change to another one") from None
