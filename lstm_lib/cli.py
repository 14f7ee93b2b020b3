"""The command ``lstm-lib``: one sub-command for each system of the course.

Exit codes: 0 done; 1 training diverged; 2 something the user gave can't be used, or there is too
little memory or room; 70 a fault of this library; 130 interrupted, 143 terminated. What a sub-command does stands in
the package of its name in :mod:`lstm_lib.commands`, which is imported only when it is called:
frameworks and matplotlib are loaded by the command that needs them.
"""

import importlib
import importlib.metadata
import sys

from lstm_lib.commands import failures, streams
from lstm_lib.errors import InputError
from lstm_lib.storage.stopping import terminable

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
    argv = list(sys.argv[1:] if argv is None else argv)
    with streams.guarded() as (out, _):
        try:
            code = _run(argv)
        except SystemExit:  # --help
            out.flush()
            if not out.lost():
                raise
            code = 0
        out.flush()
        if not code and out.lost():
            print(
                f"lstm-lib: error: cannot write to the standard output: {out.lost()}; files are written",
                file=sys.stderr,
            )
            return 2
    return code


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
        failures.require_working_directory()
        with terminable():
            importlib.import_module(f"lstm_lib.commands.{name}.run").main(rest)
    except (Exception, KeyboardInterrupt) as error:
        code, message = failures.explain(error, argv)
        print(f"lstm-lib: {message}", file=sys.stderr)
        return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
