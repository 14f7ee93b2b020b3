"""Read what the user named, or say in one line why not."""

from pathlib import Path

from lstm_lib.core.errors import InputError


def read_text(path):
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
    if Path(path).exists() and not Path(path).is_file():  # a pipe would wait for whoever writes to it
        raise InputError(f"{path}: cannot be read: it is not a file")
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
