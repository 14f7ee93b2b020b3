"""Read a command line, and what all commands do before and after their work.

A setting comes, in falling precedence, from a flag, the environment, the file ``.env``, the YAML
file given with ``--config``, or the default.
"""

import argparse
import dataclasses
import importlib.resources
import io
import itertools
import logging
import os
import re
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

import yaml

from lstm_lib.commands.checking import MOST_SHOWN, SHOWN, about, nearest, numbers, require_number, settings_in
from lstm_lib.errors import InputError
from lstm_lib.storage.files import FOLDER, NOTHING, OTHER, kind_of, read_text
from lstm_lib.storage.yaml_files import parse_yaml

MODE = "lstm_lib"  # how jsonargparse is to read values: as parse_yaml does
FLAG = re.compile(r"^--([a-zA-Z][\w.-]*)(?==|$)")  # not a text that begins with two hyphens


def require_apart(places):
    """Raise :class:`InputError` if two names stand for one file: writing one would destroy the other."""
    seen = {}
    for name, place in places.items():
        if place:
            real = _identity(place)
            if real in seen:
                raise InputError(f"{name} and {seen[real]} are the same file, {place}; choose another name for one")
            seen[real] = name


def _identity(place):
    """Return what two names of one file share; where upper and lower case are one, their paths differ."""
    if kind_of(place) == NOTHING:
        return os.path.realpath(place)
    found = os.stat(place)
    return found.st_dev, found.st_ino


def parse(argv, *, command, description, settings, options, words=None):
    """Read a command's settings from flags, environment, ``.env`` and YAML, in that precedence.

    Parameters
    ----------
    argv : list of str
    command, description : str
    settings : type
        A dataclass. A field that is a dataclass becomes a group of flags and a section of the YAML
        file, ``--data.n_train``; any other field a flag of its own, where ``-`` may stand for ``_``.
        Its class attribute ``ENVIRONMENT`` maps variables to the settings they give; ``SHORT``, if there is one,
        maps short names of flags to the settings they stand for.
    options : dict of str to (str or dict)
        Flags outside the settings by name, each with its help or with the arguments of ``add_argument``. One that has
        the name of a group is taken before the settings are read.
    words : str, optional
        Help of what is given without a flag; nothing may be if left out.

    Returns
    -------
    settings : object
        An instance of ``settings``.
    options : dict of str to object
        By name; also ``config``, the YAML file that was named, ``given``, the names of the settings and options that
        were given as flags, and ``words``, a list, if they are wanted.

    Raises
    ------
    InputError
        If anything is missing, unknown, of the wrong type or out of range.
    """
    from jsonargparse import ArgumentError, ArgumentParser, set_loader

    short = getattr(settings, "SHORT", {})
    argv = [FLAG.sub(lambda flag: "--" + _full_name(flag[1], short), word) for word in argv]
    # --config comes first and the environment after it, so that flags win over both wherever they stand.
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--config", action="append")
    groups = {f.name: f.type for f in dataclasses.fields(settings) if dataclasses.is_dataclass(f.type)}
    for name in options.keys() & groups.keys():
        early.add_argument(f"--{name}")
    try:
        known, flags = early.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise InputError(error) from None
    if len(known.config or ()) > 1:
        raise InputError(f"--config is given {len(known.config)} times; put the settings into one file")
    known.config = known.config[0] if known.config else None
    packaged = importlib.resources.files("lstm_lib") / "configs" / f"{command}.yaml"
    config = known.config or (packaged if packaged.is_file() else None)
    in_file = settings_in(config, settings, groups, options) if config else {}
    environment = read_dotenv() | {name: value for name, value in os.environ.items() if value}
    given = {flag[1] for flag in map(FLAG.match, argv) if flag}
    variables = {
        flag: name for name, flag in settings.ENVIRONMENT.items() if environment.get(name) and flag not in given
    }
    from_environment = [f"--{flag}={environment[name]}" for flag, name in variables.items()]

    stands_for = "; ".join(
        f"--{name} is {'short' if '.' in setting else 'another name'} for --{setting}"
        for name, setting in short.items()
        if name not in groups
    )
    set_loader(MODE, parse_yaml, exceptions=(yaml.YAMLError,))
    parser = _parser_class(ArgumentParser)(
        prog=f"lstm-lib {command}",
        description=description,
        epilog=stands_for or None,
        exit_on_error=False,
        allow_abbrev=False,
        parser_mode=MODE,
    )
    parser.add_argument("--config", action="config", help="YAML file with any of the settings below")
    for name, extra in options.items():
        if name not in groups:
            parser.add_argument(f"--{name}", **({"help": extra} if isinstance(extra, str) else extra))
    if words:
        parser.add_argument("words", nargs="*", help=words)
    for name, group in groups.items():
        parser.add_class_arguments(group, name)
        _explain_group(parser._option_string_actions[f"--{name}"], options.get(name), short.get(name))
    plain = [f.name for f in dataclasses.fields(settings) if f.name not in groups]
    if plain:
        parser.add_class_arguments(settings, skip=set(groups))
    kinds = numbers(settings, groups)
    try:
        for name, value in [*in_file.items(), *_values([*from_environment, *flags])]:
            if name in kinds:
                require_number(name, value, kinds[name])
        parsed = parser.parse_args([*([f"--config={config}"] if config else []), *from_environment, *flags])
        arguments = {name: parsed[name] for name in plain}
        for name, group in groups.items():
            arguments[name] = group(**{k: v for k, v in vars(parsed[name]).items() if k != "__path__"})
        made = settings(**arguments)
    except (ArgumentError, argparse.ArgumentError, TypeError, ValueError) as error:  # InputError is a ValueError
        message = _nearest(one_line(error), [*parser._option_string_actions, *(f"--{name}" for name in short)])
        message = f"{message[:MOST_SHOWN]}..." if len(message) > MOST_SHOWN else message
        for flag, name in variables.items():
            if flag in message:
                message = f"{name}={environment[name]:.{SHOWN}} (from the environment or .env): {message}"
        if any(about(message, key) for key in in_file if key not in given and key not in variables):
            message = f"{config}: {message}"
        raise InputError(f"{message}; lstm-lib {command} --help lists the settings") from None
    others = [name for name in [*options, *(["words"] if words else [])] if name not in groups]
    return made, {name: parsed[name] for name in others} | vars(known) | {"given": given}


def _parser_class(base):
    """Return a class of parsers that show flags with hyphens, as they are usually typed."""

    class Parser(base):
        def format_help(self):
            return re.sub(r"--[a-z][\w.]*", lambda flag: flag[0].replace("_", "-"), super().format_help())

    return Parser


def _explain_group(action, option, setting):
    """Show in the help what ``--NAME`` means here, which to jsonargparse is a file with the settings of a group."""
    action.help = option or (f"short for --{setting}" if setting else argparse.SUPPRESS)
    action.metavar = "PATH" if option else "FILE"


def _nearest(message, flags):
    """Name the nearest flag if a message complains of one that does not exist."""
    unknown = re.search(r"unrecognized arguments: (--[^\s=]+)", message, re.IGNORECASE)
    if not unknown:
        return message
    near = nearest(unknown[1], flags)
    hint = f"; did you mean {near.replace('_', '-')}?" if near else ""
    return f"there is no flag {unknown[1].replace('_', '-')}{hint}"


def _full_name(flag, short):
    """Return the name of the setting that a flag stands for, with ``_`` for ``-``."""
    name = flag.replace("-", "_")
    return short.get(name, name)


def _values(argv):
    """Yield the name and the value of each flag that has one."""
    for word, after in itertools.zip_longest(argv, argv[1:], fillvalue=""):
        if FLAG.match(word):
            name, equals, value = word[2:].partition("=")
            yield name, value if equals else after


def read_dotenv():
    """Read the file ``.env`` of this folder; nothing if there is none."""
    from dotenv import dotenv_values

    if not Path(".env").is_file():
        return {}
    logging.getLogger("dotenv").setLevel(logging.ERROR)  # a line it can't read is a line that sets nothing
    return {name: value for name, value in dotenv_values(stream=io.StringIO(read_text(".env"))).items() if value}


def start_log(settings):
    """Return the logger ``lstm_lib``, writing where the settings say."""
    log = logging.getLogger("lstm_lib")
    log.setLevel(settings.level)
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    log.propagate = False
    if settings.file:
        if kind_of(settings.file) in (FOLDER, OTHER):  # to open a pipe would wait for whoever reads from it
            raise InputError(f"cannot write the log {settings.file}: it is not a file; set logging.file")
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


def warn(message):
    """Write to the standard error what the user should know."""
    print(f"lstm-lib: warning: {message}", file=sys.stderr)


def one_line(error):
    """Return the message of an error without its line breaks."""
    return " ".join(str(error).split())


def dispatch(argv, name, commands):
    """Run one of the commands that a command is made of, or list them.

    Parameters
    ----------
    argv : list of str
        What follows ``lstm-lib NAME``.
    name : str
    commands : dict of str to tuple
        Name to ``(what it does in a few words, function of the rest of argv)``.

    Raises
    ------
    InputError
        If none is named, or one that does not exist.
    """
    if not argv or argv[0] in ("-h", "--help"):
        lines = "\n".join(f"  {command:<10} {text}" for command, (text, _) in commands.items())
        print(f"usage: lstm-lib {name} COMMAND [OPTIONS]\n\ncommands:\n{lines}\n")
        print(f"lstm-lib {name} COMMAND --help lists the options of a command.")
        if not argv:
            raise InputError(f"{name} needs a command; there are: {', '.join(commands)}")
        return
    if argv[0] not in commands:
        raise InputError(f"no command {name} {argv[0]!r}; there are: {', '.join(commands)}")
    commands[argv[0]][1](argv[1:])
