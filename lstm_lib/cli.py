"""The command ``lstm-lib``: one sub-command for each system of the course.

Exit codes: 0 done; 1 training diverged; 2 something the user gave can't be used. Frameworks and
matplotlib are imported by the sub-command that needs them.
"""

import argparse
import dataclasses
import hashlib
import importlib.metadata
import importlib.resources
import io
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
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name of a column may not fit the terminal's encoding
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
    except BrokenPipeError:  # whoever read our output has gone; the files are written
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    except MemoryError:
        print("lstm-lib: error: not enough memory; take fewer windows, units or layers", file=sys.stderr)
        return 2
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
    require_apart(
        {
            "--config": options["config"],
            "data.csv": settings.data.csv,
            "logging.file": settings.logging.file,
            "--output": options["output"],
            "--plot": options["plot"],
        }
    )
    for place in filter(None, (options["output"], options["plot"])):
        checkpoint.require_writable(place)
    series = command.load_series(settings.data, horizon=settings.model.output_dim)
    data = command.split(series, settings)  # every complaint about the data comes before the first file
    log = start_log(settings.logging)
    run = None
    if options["checkpoint"]:
        decisive = {key: value for key, value in st.as_dict(settings).items() if key != "logging"}
        digest = hashlib.sha256(series.values.tobytes()).hexdigest()
        run = checkpoint.Run(options["checkpoint"], decisive | {"values_sha256": digest})

    result = command.run(series, data, settings, checkpoint=run, log=log)
    if options["output"]:
        checkpoint.write_json(options["output"], result)
    if options["plot"]:
        command.draw(options["plot"], series, result)
    print(command.table(result))
    for place in filter(None, (options["output"], options["plot"])):
        print(f"wrote {place}")


COMMANDS = {"forecast": forecast}


def require_apart(places):
    """Raise :class:`InputError` if two names stand for one file: writing one would destroy the other."""
    seen = {}
    for name, place in places.items():
        if place:
            real = os.path.realpath(place)
            if real in seen:
                raise InputError(f"{name} and {seen[real]} are the same file, {place}; choose another name for one")
            seen[real] = name


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
    environment = read_dotenv() | {name: value for name, value in os.environ.items() if value}
    given = {flag.partition("=")[0] for flag in flags}
    variables = {
        flag: name for name, flag in st.ENVIRONMENT.items() if environment.get(name) and f"--{flag}" not in given
    }
    from_environment = [f"--{flag}={environment[name]}" for flag, name in variables.items()]

    parser = ArgumentParser(prog=f"lstm-lib {command}", description=description, exit_on_error=False)
    parser.add_argument("--config", action="config", help="YAML file with any of the settings below")
    for flag, text in options.items():
        parser.add_argument(flag, help=text)
    for group in dataclasses.fields(groups):
        parser.add_class_arguments(group.type, group.name)
    try:
        found = parser.parse_args([f"--config={known.config or packaged}", *from_environment, *flags])
        sections = {g: vars(found[g.name]) for g in dataclasses.fields(groups)}
        values = {g.name: g.type(**{k: v for k, v in s.items() if k != "__path__"}) for g, s in sections.items()}
        settings = groups(**values)
    except (ArgumentError, argparse.ArgumentError, TypeError, ValueError) as error:  # InputError is a ValueError
        message = _one_line(error)
        for flag, name in variables.items():
            if flag in message:
                message = f"{name}={environment[name]} (from the environment or .env): {message}"
        raise InputError(f"{message}; lstm-lib {command} --help lists the settings") from None
    return settings, {flag[2:]: found[flag[2:]] for flag in options} | {"config": known.config}


def read_dotenv():
    """Read the file ``.env`` of this folder; nothing if there is none."""
    from dotenv import dotenv_values

    if not Path(".env").is_file():
        return {}
    logging.getLogger("dotenv").setLevel(logging.ERROR)  # a line it can't read is a line that sets nothing
    return {name: value for name, value in dotenv_values(stream=io.StringIO(read_text(".env"))).items() if value}


def read_yaml(path):
    """Read a YAML file that must hold a mapping, or raise :class:`InputError` in one line."""
    try:
        values = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: not YAML: {getattr(error, 'problem', None) or error}") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deeply to hold settings") from None
    if not isinstance(values, dict):
        found = "is empty" if values is None else f"holds a {type(values).__name__}"
        raise InputError(f"{path}: must hold settings as 'key: value', but {found}")
    for section, content in values.items():
        if not isinstance(content, dict):
            raise InputError(f"{path}: {section} must hold settings as 'key: value', but holds {content!s:.40}")
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
        handler.handleError = lambda record: None  # a full disk must not fill the screen
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
    else:
        log.addHandler(logging.NullHandler())
    return log


def _one_line(error):
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.exit(main())
