"""The command ``lstm-lib``: one sub-command for each system of the course.

Exit codes: 0 done; 1 training diverged; 2 something the user gave can't be used. Frameworks and
matplotlib are imported by the sub-command that needs them.
"""

import argparse
import dataclasses
import importlib.metadata
import importlib.resources
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import yaml

from lstm_lib import settings as st
from lstm_lib.core.errors import DivergedError, InputError
from lstm_lib.core.files import read_text

DESCRIPTION = """\
usage: lstm-lib COMMAND [OPTIONS]

commands:
  forecast   train a NumPy LSTM on a series and forecast it (chapter 02)

lstm-lib COMMAND --help lists the options of a command; lstm-lib --version the version."""


def main(argv=None):
    """Run one command line and return its exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if not argv or argv[0] in ("-h", "--help"):
        print(DESCRIPTION)
        return 0 if argv else 2
    if argv[0] == "--version":
        print(importlib.metadata.version("lstm-lib"))
        return 0
    name, rest = argv[0], argv[1:]
    try:
        if name not in COMMANDS:
            raise InputError(f"no command {name!r}; there are: {', '.join(COMMANDS)}")
        COMMANDS[name](rest)
    except InputError as error:
        print(f"lstm-lib: error: {_one_line(error)}", file=sys.stderr)
        return 2
    except DivergedError as error:
        print(f"lstm-lib: {_one_line(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lstm-lib: stopped", file=sys.stderr)
        return 130
    return 0


def forecast(argv):
    """``lstm-lib forecast``: see chapter ``02_numpy_lstm``."""
    settings, options = parse(
        argv,
        command="forecast",
        description="Train a NumPy LSTM on a series and forecast it. Without --config: the yearly sunspots.",
        groups=st.ForecastSettings,
        options={
            "--output": "write losses, baselines and forecast to this JSON file",
            "--plot": "draw the forecast to this image file (png, svg or pdf)",
            "--checkpoint": "keep the training state in this folder after each epoch, and resume from it",
        },
    )
    from lstm_lib import checkpoint
    from lstm_lib.commands import forecast as command

    if options["plot"]:
        command.require_image_name(options["plot"])
    for place in filter(None, (options["output"], options["plot"])):
        checkpoint.require_writable(place)
    series = command.load_series(settings.data, horizon=settings.model.output_dim)
    data = command.split(series, settings)  # every complaint about the data comes before the first file
    log = start_log(settings.logging)
    run = checkpoint.Run(options["checkpoint"], st.as_dict(settings)) if options["checkpoint"] else None

    result = command.run(series, data, settings, checkpoint=run, log=log)
    print(command.table(result))
    if options["output"]:
        checkpoint.write_json(options["output"], result)
        print(f"wrote {options['output']}")
    if options["plot"]:
        command.draw(options["plot"], series, result)
        print(f"wrote {options['plot']}")


COMMANDS = {"forecast": forecast}


def parse(argv, *, command, description, groups, options):
    """Read a command's settings from flags, environment, ``.env`` and YAML, in that precedence.

    Parameters
    ----------
    argv : list of str
    command, description : str
    groups : type
        A dataclass whose fields are dataclasses: each becomes a group of flags, ``--data.n_train``.
    options : dict of str to str
        Flags outside the settings, each with its help.

    Returns
    -------
    settings : object
        An instance of ``groups``.
    options : dict of str to str or None

    Raises
    ------
    InputError
        If anything is missing, unknown, of the wrong type or out of range.
    """
    from dotenv import dotenv_values
    from jsonargparse import ArgumentError, ArgumentParser

    # --config comes first and the environment after it, so that flags win over both wherever they stand.
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--config")
    try:
        known, flags = early.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise InputError(error) from None
    packaged = importlib.resources.files("lstm_lib") / "configs" / f"{command}.yaml"
    read_yaml(known.config or packaged)
    environment = {**dotenv_values(".env"), **os.environ}
    variables = {flag: name for name, flag in st.ENVIRONMENT.items() if environment.get(name)}
    from_environment = [f"--{flag}={environment[name]}" for flag, name in variables.items()]

    parser = ArgumentParser(prog=f"lstm-lib {command}", description=description, exit_on_error=False)
    parser.add_argument("--config", action="config", help="YAML file with any of the settings below")
    for flag, text in options.items():
        parser.add_argument(flag, help=text)
    for group in dataclasses.fields(groups):
        parser.add_class_arguments(group.type, group.name)
    try:
        found = parser.parse_args([f"--config={known.config or packaged}", *from_environment, *flags])
        values = {g.name: g.type(**vars(found[g.name])) for g in dataclasses.fields(groups)}
        settings = groups(**values)
    except (ArgumentError, argparse.ArgumentError, TypeError, ValueError) as error:  # InputError is a ValueError
        message = _one_line(error)
        for flag, name in variables.items():
            if flag in message:
                message = f"{name}={environment[name]} (from the environment or .env): {message}"
        raise InputError(f"{message}; lstm-lib {command} --help lists the settings") from None
    return settings, {flag[2:]: found[flag[2:]] for flag in options}


def read_yaml(path):
    """Read a YAML file that must hold a mapping, or raise :class:`InputError` in one line."""
    try:
        values = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(values, dict):
        found = "is empty" if values is None else f"holds a {type(values).__name__}"
        raise InputError(f"{path}: must hold settings as 'key: value', but {found}")
    return values


def start_log(settings):
    """Return the logger ``lstm_lib``, writing where the settings say."""
    log = logging.getLogger("lstm_lib")
    log.setLevel(settings.level)
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    log.propagate = False
    if settings.file:
        try:
            Path(settings.file).parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(settings.file, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write the log {settings.file}: {error.strerror}; set logging.file") from None
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
    else:
        log.addHandler(logging.NullHandler())
    return log


def _one_line(error):
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
