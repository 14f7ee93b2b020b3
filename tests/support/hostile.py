"""Answers to exercises that nobody should write, and what each is told."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import time

import numpy as np

from lstm_lib.gates import lstm_step


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raising(error):
    def answer(*arguments):
        raise error

    return answer


def endless(*arguments):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def deaf(*arguments):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    endless()


def waiting(*arguments):
    time.sleep(1000)


def forking(*arguments):
    if os.fork() == 0:
        time.sleep(1000)
    return lstm_step(*arguments)


def daemon(*arguments):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(1000)
        os._exit(0)
    return lstm_step(*arguments)


def process(*arguments):
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,)).start()
    return lstm_step(*arguments)


def bomb(*arguments):
    while True:
        os.fork()


def capped_bomb(*arguments):
    for _ in range(6):
        os.fork()
    time.sleep(1000)


def ends_its_parent(*arguments):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(1000)


def ends_its_parent_as_a_daemon(*arguments):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    os.kill(os.getppid(), signal.SIGKILL)
    return lstm_step(*arguments)


def stops_its_parent(*arguments):
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(1000)


def ends_its_group(*arguments):
    os.killpg(0, signal.SIGKILL)


def stops_itself(*arguments):
    os.kill(os.getpid(), signal.SIGSTOP)


def closes_everything(*arguments):
    os.closerange(0, 4096)
    return lstm_step(*arguments)


def believes_all(*arguments):
    np.allclose = lambda *a, **k: True
    np.array_equal = lambda *a, **k: True
    return tuple(np.zeros_like(part) for part in lstm_step(*arguments))


def eats_memory(*arguments):
    return np.ones(2**30), np.ones(2**30)


def recursive(*arguments):
    return recursive(*arguments)


def chatty(*arguments):
    for _ in range(100_000):
        print("x" * 100)
    return lstm_step(*arguments)


def forged(*arguments):
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(number, b"LSTM" + b"\xff" * 8)
    os._exit(0)


class Strange:
    def __array__(self, *arguments, **options):
        raise KeyboardInterrupt


class Endless:
    def __array__(self, *arguments, **options):
        endless()


STILL, ENDS = "still running", "ends the whole program"
ANSWERS = {  # name: (answer, part of its verdict)
    "KeyboardInterrupt": (raising(KeyboardInterrupt()), "stopped with KeyboardInterrupt"),
    "BaseException": (raising(BaseException("x")), "stopped with BaseException: x"),
    "CancelledError": (raising(asyncio.CancelledError()), "stopped with CancelledError"),
    "GeneratorExit": (raising(GeneratorExit()), "stopped with GeneratorExit"),
    "SystemExit": (raising(SystemExit()), "exit()"),
    "NotImplementedError": (raising(NotImplementedError()), "not attempted"),
    "StopIteration": (raising(StopIteration()), "stopped with StopIteration"),
    "a message that raises": (raising(Unprintable()), "can't be shown"),
    "a message of a megabyte": (raising(ValueError("x" * 10**6)), "stopped with ValueError: xxx"),
    "a message of many lines": (raising(ValueError("a\nb\nc")), "stopped with ValueError: a"),
    "sys.exit": (lambda *a: sys.exit(3), "exit()"),
    "os._exit": (lambda *a: os._exit(3), ENDS),
    "abort": (lambda *a: os.abort(), ENDS),
    "endless": (endless, STILL),
    "deaf": (deaf, STILL),
    "waiting": (waiting, STILL),
    "forking": (forking, "passed"),
    "daemon": (daemon, "passed"),
    "process": (process, "passed"),
    "bomb": (bomb, "s"),  # too many processes, or still running where the machine is busy
    "capped bomb": (capped_bomb, "s"),
    "ends its parent": (ends_its_parent, ""),
    "ends its parent as a daemon": (ends_its_parent_as_a_daemon, ""),
    "stops its parent": (stops_its_parent, STILL),
    "ends its group": (ends_its_group, ENDS),
    "stops itself": (stops_itself, STILL),
    "closes everything": (closes_everything, ENDS),
    "replaces np.allclose": (believes_all, "wrong values"),
    "eats memory": (eats_memory, "memory"),
    "recursive": (recursive, "RecursionError"),
    "chatty": (chatty, "passed"),
    "forged": (forged, ENDS),
    "an object whose array raises": (Strange(), "asks for a function"),
    "an object whose array never comes": (lambda *a: (Endless(), Endless()), "stopped with"),
    "an object of no kind": (lambda *a: object(), "return 2 values"),
}
