"""Call what a learner wrote where it can do no harm: in a process of its own, with limits, under a supervisor.

Three processes stand in a row. The **caller**, a notebook's kernel, forks a **supervisor**, which is no more than a
roof over all that follows; the supervisor forks the **worker**, which calls the function. Whatever the function does
to itself or to its parent, the caller still has the end of a pipe and a deadline. Values come back as bytes of a few
plain kinds, so nothing of what the function has changed in its own process is believed, and nothing is unpickled.

Needs Linux (`fork`, ``/proc``); elsewhere :data:`AVAILABLE` is False and answers are called in the caller's process.
"""

import contextlib
import ctypes
import io
import os
import re
import select
import signal
import struct
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstm_lib.checks.values import arrays_in, pack, unpack

AVAILABLE = sys.platform == "linux" and os.path.isdir("/proc/self/task")
MEMORY = 2 * 2**30  # bytes beyond what the caller holds
FILE_SIZE = 2**28
PROCESSES = 32  # that a function may have started at once
ANSWER_BYTES = 2**28
PRINTED = 2000  # characters that a function may print
IDLE = 0.2  # share of a core below which what hangs does so without computing
HEADER = struct.Struct("<4sQ")
MAGIC = b"LSTM"
SET_CHILD_SUBREAPER, SET_PARENT_DEATH_SIGNAL = 36, 1  # of prctl(2)


class Stopped(Exception):
    """The function gave no value; the message says why in one line."""


class NotAttempted(Stopped):
    """The function says that it has not been written yet."""


class Hung(Stopped):
    """The deadline passed.

    Attributes
    ----------
    idle : bool
        Whether it hung without computing: waiting for a thread that a fork does not have, for example.
    """

    def __init__(self, message: str, *, idle: bool) -> None:
        super().__init__(message)
        self.idle = idle


def call(
    function: Callable, arguments: list, *, seconds: float, idle_seconds: float | None = None, show: bool = True
) -> Any:
    """Call a function in a process of its own and return its value.

    Parameters
    ----------
    function : callable
    arguments : list
        Arrays among them, also in tuples, take on what the function made of them.
    seconds : float
        Wall time.
    idle_seconds : float, optional
        Wall time after which a function that does not compute is given up already.
    show : bool
        Whether what the function prints is shown.

    Returns
    -------
    object
        The value, made of numbers, text, lists, tuples, dictionaries and arrays; whatever else it held is an
        :class:`~lstm_lib.checks.values.Opaque`.

    Raises
    ------
    Stopped
        If there is no value.
    """
    before = set(_children(os.getpid()))
    reader, writer = os.pipe()
    _prctl(SET_CHILD_SUBREAPER, 1)  # what a dying supervisor leaves behind comes to us, not to init
    supervisor = None
    try:
        sys.stdout.flush()
        with warnings.catch_warnings(), uninterrupted():
            warnings.simplefilter("ignore")  # a kernel has threads; the child uses none of them
            supervisor = os.fork()
            if supervisor == 0:
                try:
                    os.close(reader)
                    _supervise(function, arguments, writer, seconds)
                finally:
                    os._exit(0)
        os.close(writer)
        writer = None
        message = read_message(reader, supervisor, seconds, idle_seconds)
    finally:
        for end in (reader, writer):
            if end is not None:
                os.close(end)
        if supervisor:
            with uninterrupted():
                end_process(supervisor, before)
        _prctl(SET_CHILD_SUBREAPER, 0)
    return value_of(message, arguments, show=show)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Put an interrupt off until the block has ended: one between a fork and its result would lose the process."""
    late = []
    inside = threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a forked child takes this over
    if inside:
        handler = signal.signal(signal.SIGINT, lambda *given: late.append(given))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if inside:
            signal.signal(signal.SIGINT, handler)
        if late:
            handler(*late[0])


def value_of(message: bytes, arguments: list, *, show: bool = True) -> Any:
    """Return the value of a worker's message, or raise what it says."""
    try:
        kind, value, after, printed = unpack(message)
    except (ValueError, TypeError, KeyError):  # nothing came, or something that no worker writes
        raise Stopped("stopped without an answer; something in it ends the whole program") from None
    if printed and show:
        print(printed, end="" if printed.endswith("\n") else "\n")
    if kind == "not attempted":
        raise NotAttempted(kind)
    if kind != "value":
        raise Stopped(str(value))
    for array, now in zip(arrays_in(arguments), after, strict=True):
        if array.shape == now.shape and array.dtype == now.dtype and array.flags.writeable:
            array[...] = now
    return value


def read_message(reader: int, process: int, seconds: float, idle_seconds: float | None = None) -> bytes:
    """Read one message of a process or of those below it.

    Returns
    -------
    bytes
        b"" if the pipe closed before it was whole, or held something else.

    Raises
    ------
    Hung
        If the deadline passed.
    """
    content, started = bytearray(), time.monotonic()
    while True:
        passed = time.monotonic() - started
        idle = sum(map(_cpu_seconds, [process, *_descendants(process)])) < IDLE * passed
        if passed >= seconds or (idle_seconds and idle and passed >= idle_seconds):
            raise Hung(f"still running after {seconds:.2g} seconds; look for a loop that does not end", idle=idle)
        if not select.select([reader], [], [], min(0.2, seconds - passed))[0]:
            continue
        piece = os.read(reader, 2**16)
        content += piece
        if len(content) >= HEADER.size:
            magic, size = HEADER.unpack_from(content)
            if magic != MAGIC or size > ANSWER_BYTES:
                return b""
            if len(content) >= HEADER.size + size:
                return bytes(content[HEADER.size : HEADER.size + size])
        if not piece:
            return b""


def _supervise(function, arguments, writer, seconds):
    """Start the worker, wait for it, and end all that it started."""
    os.setsid()
    _close_all_but(writer)  # the caller's files and connections are open here, too
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    _prctl(SET_CHILD_SUBREAPER, 1)
    worker = os.fork()
    if worker == 0:
        try:
            os.setsid()
            _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
            os.nice(10)  # so that a bomb does not starve whoever has to end it
            work(function, arguments, writer, seconds)
        finally:
            os._exit(0)
    deadline = time.monotonic() + seconds + 1
    many = False
    while time.monotonic() < deadline:
        if worker_gone := os.waitpid(worker, os.WNOHANG)[0]:
            break
        if many := len(_descendants(os.getpid())) > PROCESSES:
            break
        time.sleep(0.002 if deadline - time.monotonic() > seconds + 0.9 else 0.02)
    if many:
        send(writer, ("stopped", f"starts more than {PROCESSES} processes", [], ""))
    _kill_all(os.getpid(), reap=not worker_gone)


def stand_above(writer: int) -> None:
    """Fork: the child returns and goes on; this process does no more than stand between it and whoever started it."""
    _prctl(SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        os.setsid()
        return
    try:
        os.close(writer)
        os.waitpid(child, 0)
        _kill_all(os.getpid())
    finally:
        os._exit(0)


def _close_all_but(kept):
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) != kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def work(function: Callable, arguments: list, writer: int, seconds: float) -> None:
    """Call the function under limits, and write one message whatever it does."""
    printed = _Bounded(PRINTED)
    message = None
    try:
        _set_limits(seconds)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)  # the threads of the caller are not here
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), np.errstate(all="ignore"):
            value = function(*arguments)
        message = ("value", value, arrays_in(arguments), printed.text())
    except NotImplementedError:
        message = ("not attempted", None, [], printed.text())
    except SystemExit:
        message = ("stopped", "stopped with exit(); a function should return", [], printed.text())
    except MemoryError:
        message = ("stopped", f"needs more than {MEMORY / 2**30:g} GB of memory", [], printed.text())
    except BaseException as error:
        message = ("stopped", describe(error), [], printed.text())
    finally:
        if message is not None:
            send(writer, message)


def describe(error: BaseException) -> str:
    """Return what was raised in one line, also if it can't be turned into text."""
    try:
        text = (str(error).splitlines() or [""])[0]
    except BaseException:
        text = "(its message can't be shown)"
    if "matmul" in text:
        sizes = re.search(r"size (\d+) is different from (\d+)", text)
        which = f" ({sizes[2]} against {sizes[1]})" if sizes else ""
        return f"two arrays do not fit into a product{which}; look at the transposes, and at lengths that change"
    return f"stopped with {type(error).__name__}: {text[:300]}"


def send(writer: int, message: tuple) -> None:
    """Write one message: its kind, the value or a hint, the arguments' arrays, and what was printed."""
    content = pack(message)
    data = HEADER.pack(MAGIC, len(content)) + content
    while data:
        data = data[os.write(writer, data) :]


class _Bounded(io.StringIO):
    """Text that keeps its first characters."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def write(self, text):
        """Keep what there is room for."""
        super().write(text[: max(0, self.most - self.tell())])
        return len(text)

    def text(self):
        """Return what was kept."""
        return self.getvalue()


def _set_limits(seconds):
    """Limit memory, files and CPU time; the caller's own, which a fork has too, do not count."""
    import resource

    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    for limit, most in (
        (resource.RLIMIT_AS, held + MEMORY),
        (resource.RLIMIT_CPU, int(time.process_time() + seconds) + 2),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower one is in force already
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))


def _prctl(option, value):
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def end_process(supervisor: int, before: set[int] | None = None) -> None:
    """End a supervisor and all below it, and what it may have left to us if it was killed itself."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        _kill_all(supervisor)
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(supervisor, 0)
        orphans = () if before is None else set(_children(os.getpid())) - before
        if not orphans:
            return
        for orphan in orphans:  # they were below the supervisor: nobody else forks while we wait
            _kill_all(orphan)
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)


def _kill_all(root, *, reap=False):
    """Stop and then kill every process below one, again and again until none is left."""
    for _ in range(200):
        victims = _descendants(root)
        if not victims:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):  # what is stopped starts no others
            for victim in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, number)
        if reap or root == os.getpid():
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        elif all(_state(victim) in ("Z", "") for victim in victims):
            return  # dead: whoever is above them reaps them
        time.sleep(0.005)


def _descendants(root):
    found, waiting = [], _children(root)
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += _children(process)
    return found


def _children(process):
    found = []
    try:
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except (OSError, ValueError):  # it has ended
        pass
    return found


def _stat(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _state(process):
    return (_stat(process) or [""])[0]


def _cpu_seconds(process):
    stat = _stat(process)
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK") if stat else 0.0
