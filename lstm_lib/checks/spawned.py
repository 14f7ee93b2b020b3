"""Call a function in a fresh process, for answers that use a framework whose threads a fork does not have.

TensorFlow computes in threads that it starts once. A child that is forked later waits for them without end; so what
hangs without computing is asked again here. The function and its arguments are carried over by cloudpickle.
"""

import importlib.util
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from lstm_lib.checks import supervised

FRAMEWORKS = ("tensorflow", "torch")
START_SECONDS = 30.0  # for loading a framework
SIZE = struct.Struct("<Q")
CHILD = "from lstm_lib.checks import spawned; spawned.serve()"


def needed() -> bool:
    """Return whether the caller has loaded a framework, and an answer can be carried over."""
    return any(name in sys.modules for name in FRAMEWORKS) and importlib.util.find_spec("cloudpickle") is not None


class Fresh:
    """A fresh process that calls one function as often as it is asked to, until it is closed.

    Parameters
    ----------
    function : callable
    """

    def __init__(self, function: Callable) -> None:
        import cloudpickle

        try:
            content = cloudpickle.dumps(function)
        except Exception:  # whatever can't be carried over
            raise supervised.Stopped("still running, and it can't be tried in a fresh process") from None
        self._reader, writer = os.pipe()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", CHILD, str(writer)]
        with supervised.uninterrupted():
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, pass_fds=[writer], env=environment, start_new_session=True, **quiet
            )
        os.close(writer)
        try:
            self._send(content)
            self._receive([], START_SECONDS)
        except BaseException:  # an interrupt, too: nobody else knows the process yet
            self.close()
            raise

    def __call__(self, *arguments: Any, seconds: float) -> Any:
        """Return the function's value; see :func:`lstm_lib.checks.supervised.call`."""
        import cloudpickle

        self._send(cloudpickle.dumps((arguments, seconds)))
        return self._receive(list(arguments), seconds)

    def _send(self, content):
        try:
            self._process.stdin.write(SIZE.pack(len(content)) + content)
            self._process.stdin.flush()
        except BrokenPipeError:  # it has ended; what it said is read next
            pass

    def _receive(self, arguments, seconds):
        message = supervised.read_message(self._reader, self._process.pid, seconds)
        return supervised.value_of(message, arguments, show=False)

    def close(self) -> None:
        """End the process and all that it has started."""
        with supervised.uninterrupted():
            supervised.end_process(self._process.pid)
        os.close(self._reader)
        self._process.stdin.close()
        self._process.returncode = 0  # it was waited for


def serve() -> None:
    """Be the fresh process: load the function, report that, and answer until nothing more is asked."""
    writer = int(sys.argv[1])
    supervised.stand_above(writer)
    function = pickle.loads(_receive())  # from our own parent
    supervised.send(writer, ("value", None, [], ""))
    while content := _receive():
        arguments, seconds = pickle.loads(content)
        supervised.work(function, list(arguments), writer, seconds)


def _receive():
    head = sys.stdin.buffer.read(SIZE.size)
    return sys.stdin.buffer.read(*SIZE.unpack(head)) if head else b""
