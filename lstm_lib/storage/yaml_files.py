"""Read YAML that someone else may have written: configurations, the settings of a run, what a model's file says.

Keys, lists, texts, numbers, true, false and null are all that is needed there. What YAML can say beyond that is refused
with its line (anchors and aliases, by which a short text can stand for a very long one; tags; a key twice), or is the
text as it stands: ``2024-01-31``, ``1:30``, ``1_000`` and ``0x10`` are no numbers.
"""

import os
import re

import yaml

from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_text

MOST_BYTES = 1_000_000  # of a file that the user wrote
MOST_LEVELS = 50
MOST_DIGITS = 19  # of a whole number: every one below 2**63 has as many or fewer
SHOWN = 40  # characters of a key or value in a message

PLAIN = {  # how a value is written that is no text
    "null": (re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"(?:[yY]es|YES|[nN]o|NO|[tT]rue|TRUE|[fF]alse|FALSE|[oO]n|ON|[oO]ff|OFF)$"), "yYnNtTfFoO"),
    "int": (re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789"),
    "float": (
        re.compile(
            r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))$"
            r"|\.(?:nan|NaN|NAN)$"
        ),
        "-+0123456789.",
    ),
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """A loader of plain values: it knows the forms in ``PLAIN``, and no key may come twice."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - filled below

    def construct_mapping(self, node, deep=False):
        """Return a dictionary of keys that differ."""
        seen = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _refusal("a key must be a text or a number", key.start_mark)
            name = self.construct_object(key)
            if name in seen:
                raise _refusal(f"{_short(key.value)} is given twice, first in line {seen[name]}", key.start_mark)
            seen[name] = key.start_mark.line + 1
        return super().construct_mapping(node, deep=deep)

    def _whole_number(self, node):
        if len(node.value.lstrip("+-")) > MOST_DIGITS:
            raise _refusal(f"a number of {len(node.value.lstrip('+-'))} digits", node.start_mark)
        return int(node.value)


for _name, (_form, _first) in PLAIN.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", _form, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader._whole_number)


def parse_yaml(text: str) -> object:
    """Return the value that a YAML text stands for.

    Parameters
    ----------
    text : str
        If it is not YAML, or says what is refused here, ``yaml.YAMLError`` is raised.

    Returns
    -------
    dict, list, str, int, float, bool or None
    """
    level = 0
    for event in yaml.parse(text, Loader=_Loader):  # before anything is made of them
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refusal("anchors and aliases (& and *) are not read; write the value out", event.start_mark)
        if getattr(event, "tag", None):
            raise _refusal(f"tags are not read, and {_short(event.tag)} is one", event.start_mark)
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > MOST_LEVELS:
            raise _refusal(f"nested too deeply, in more than {MOST_LEVELS} levels", event.start_mark)
    return yaml.load(text, Loader=_Loader)


def read_yaml(path: str | os.PathLike) -> dict:
    """Return what a YAML file holds, keys and their values.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file can't be read, is too long, is not YAML, says what is refused here, or holds no keys.
    """
    if os.path.isfile(path) and os.path.getsize(path) > MOST_BYTES:
        raise InputError(f"{path}: {os.path.getsize(path):,} bytes; settings fit into {MOST_BYTES:,}")
    text = read_text(path)
    try:
        content = parse_yaml(text)
    except yaml.YAMLError as error:
        raise InputError(f"{path}{explained(error)}") from None
    if not isinstance(content, dict):
        instead = "is empty" if content is None else f"holds a {type(content).__name__}"
        raise InputError(f"{path}: must hold settings as 'key: value', but {instead}")
    return content


def explained(error: yaml.YAMLError) -> str:
    """Return what a message says after the name of a file: the line, and what is wrong there."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    where = f", line {mark.line + 1}" if mark else ""
    if isinstance(error, _Refusal):
        return f"{where}: {problem}"
    return f"{where}: not YAML: {problem or getattr(error, 'reason', None) or type(error).__name__}"


class _Refusal(yaml.MarkedYAMLError):
    """What is YAML and not read all the same."""


def _refusal(problem, mark):
    return _Refusal(problem=problem, problem_mark=mark)


def _short(text):
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
