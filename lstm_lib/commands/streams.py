"""Print to a reader who may go, to a disk that may be full, or to nobody.

Whoever reads what a command prints must not decide whether its work is done: from the first failure on a stream is
silent, and the work goes on.
"""

import contextlib
import errno
import os
import sys


class Stream:
    """A stream to print on that fails in silence, once and for all.

    Parameters
    ----------
    stream : file or None
        What is printed to; None stands for one that was closed before Python began.

    Attributes
    ----------
    error : Exception or None
        Why it is silent.
    """

    def __init__(self, stream):
        self.stream, self.error = stream, None

    def __getattr__(self, name):
        return getattr(self.stream, name)

    @property
    def encoding(self):
        """What the stream writes its text in."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def isatty(self):
        """Return whether somebody looks at it."""
        return self.error is None and self.stream is not None and not self.stream.closed and self.stream.isatty()

    def write(self, text):
        """Write a text, or drop it."""
        self._attempt("write", text)
        return len(text)

    def flush(self):
        """Send what is in the buffer, or drop it."""
        self._attempt("flush")

    def _attempt(self, method, *arguments):
        if self.stream is None or self.error is not None:
            return
        try:
            getattr(self.stream, method)(*arguments)
        except OSError as error:
            self.error = error
            self._divert()
        except ValueError as error:
            if not self.stream.closed:
                raise
            self.error = error

    def _divert(self):
        """Send what the stream still holds nowhere, or Python would complain of it when it ends."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = self.stream.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)

    def lost(self):
        """Return why a text that somebody waits for was lost; None if none was, or its reader has gone."""
        gone = isinstance(self.error, ConnectionError | ValueError) or getattr(self.error, "errno", None) == errno.EIO
        if self.error is None or gone or (os.name == "nt" and self.error.errno == errno.EINVAL):
            return None
        return self.error.strerror


@contextlib.contextmanager
def guarded():
    """Yield the standard output and the standard error as :class:`Stream`; they are that within the block."""
    _open_missing()
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams = Stream(kept[0]), Stream(kept[1])
    try:
        yield streams
    finally:
        for stream in streams:
            stream.flush()
        sys.stdout, sys.stderr = kept


def _open_missing():
    """Open a closed standard stream to nowhere: else the next file gets its number, and messages of compiled code."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
