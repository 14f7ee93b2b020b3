"""The command ``lstm-lib``: one sub-command for each system of the course.

Exit codes: 0 done; 1 training diverged; 2 something the user gave can't be used. What a sub-command
does stands in the package of its name in :mod:`lstm_lib.commands`, which is imported only when it is
called: frameworks and matplotlib are loaded by the command that needs them.
"""

import importlib
import importlib.metadata
import os
import sys

from lstm_lib.commands.parsing import one_line
from lstm_lib.errors import DivergedError, InputError, MissingFrameworkError

COMMANDS = {
    "forecast": "train a NumPy LSTM on a series and forecast it (chapter 4)",
    "classify": "train a Keras network to tell sequences apart (chapter 5)",
    "tune": "search for a Keras network that predicts a number from a text (chapter 6)",
    "chars": "train, score and compare models of a text, a character at a time (chapter 7)",
    "seq2seq": "train, score and use a model that translates one text into another (chapter 8)",
}


def describe():
    """List the commands."""
    lines = [f"  {name:<10} {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        [
            "usage: lstm-lib COMMAND [OPTIONS]\n\ncommands:",
            *lines,
            "\nlstm-lib COMMAND --help lists the options of a command; lstm-lib --version the version.",
        ]
    )


def main(argv=None):
    """Run one command line and return its exit code."""
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    finally:
        try:
            print(end="", flush=True)  # what is still in the buffer may find its reader gone, too
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _run(argv):
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name of a column may not fit the terminal's encoding
    try:
        if not argv or argv[0] in ("-h", "--help"):
            print(describe())
            return 0 if argv else 2
        if argv[0] == "--version":
            print(importlib.metadata.version("lstm-lib"))
            return 0
        name, rest = argv[0], argv[1:]
        if name not in COMMANDS:
            raise InputError(f"no command {name!r}; there are: {', '.join(COMMANDS)}")
        importlib.import_module(f"lstm_lib.commands.{name}.run").main(rest)
    except (InputError, MissingFrameworkError) as error:
        print(f"lstm-lib: error: {one_line(error)}", file=sys.stderr)
        return 2
    except DivergedError as error:
        print(f"lstm-lib: {one_line(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lstm-lib: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has gone; the files are written
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    except MemoryError:
        print("lstm-lib: error: not enough memory; take fewer or shorter sequences, units or layers", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
