"""Keep the state of a training by the clock and when it is told to stop, so that hardly a step is lost.

A process is told to stop by SIGTERM (``kill``, a scheduler, the end of a container) or SIGINT (Ctrl-C).
"""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from lstm_lib.errors import StoppedError

EVERY = 30.0  # seconds of the wall clock between two states
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Keeper:
    """Keep the state of a training that asks after each step.

    Parameters
    ----------
    save : callable or None
        Called without arguments, saves the state. None: there is nowhere to keep it.

    Attributes
    ----------
    told : int or None
        The signal by which the training was told to stop.
    """

    def __init__(self, save: Callable[[], None] | None) -> None:
        self.save, self.told, self.last = save, None, time.monotonic()

    def after_step(self) -> None:
        """Save the state if it is time to or if the training was told to stop; then it stops."""
        if self.save and (self.told is not None or time.monotonic() - self.last >= EVERY):
            self.keep()

    def keep(self) -> None:
        """Save the state, and raise :class:`~lstm_lib.errors.StoppedError` if the training was told to stop."""
        if self.save:
            self.save()
            self.last = time.monotonic()
        self.stop_if_told()

    def stop_if_told(self) -> None:
        """Raise :class:`~lstm_lib.errors.StoppedError` if the training was told to stop."""
        if self.told is not None:
            raise StoppedError(self.told)


@contextlib.contextmanager
def kept(save: Callable[[], None] | None) -> Iterator[Keeper]:
    """Yield a :class:`Keeper`; the first signal to stop within the block waits until the training asks for it.

    The second does what it always does. So does the first where there is no ``save``, or outside of the main thread,
    which alone gets signals.

    Parameters
    ----------
    save : callable or None
    """
    keeper, before = Keeper(save), {}

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number, _frame):
        keeper.told = number
        restore()

    if save and threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler not in (None, signal.SIG_IGN):  # what nohup and a shell's & ignore stays ignored
                before[number] = handler
                signal.signal(number, note)
    try:
        yield keeper
    finally:
        restore()
    keeper.stop_if_told()  # it came after the last step


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """End the block at SIGTERM as at Ctrl-C, by an exception, so that nothing half done stays behind."""
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise StoppedError(number)
