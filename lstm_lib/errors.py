"""The ways in which a command ends without a result."""


class InputError(ValueError):
    """What the user gave can't be used; the message is one line that says what, where and what to do. Exit code 2."""


class DivergedError(ArithmeticError):
    """Training ended worse than it began; the message says what to change. Exit code 1."""


class MissingFrameworkError(ImportError):
    """A framework can't be loaded; the message says what to install. Exit code 2."""


class StoppedError(KeyboardInterrupt):
    """The process was told to stop, by SIGINT (exit code 130) or SIGTERM (143).

    Parameters
    ----------
    number : int
        The signal.
    message : str
        What has been kept.
    """

    def __init__(self, number: int, message: str = "stopped") -> None:
        super().__init__(message)
        self.code = 128 + number
