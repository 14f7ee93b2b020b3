"""Read the public surface of ``lstm_lib`` from its source, without importing it.

A *part* is what lies directly in ``lstm_lib``: a package or a module. The face of a package, its ``__init__.pyi``,
says which names are public and under which path a reader imports them; a module without a face shows every public
function and class. Signatures, docstrings and the comments beside constants come from the syntax tree, so that the
book's environment needs none of the frameworks.
"""

from __future__ import annotations

import ast
import copy
import io
import re
import textwrap
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

LIBRARY = "lstm_lib"
NOT_FOR_PYTHON = ("cli", "commands")  # used from the command line
ONLY_FRONT_DOOR = ("checks",)  # the modules behind hold the answers
LONGEST_VALUE = 100  # characters of a constant's value


@dataclass(frozen=True)
class Entry:
    """One public name.

    Attributes
    ----------
    path : str
        How a reader finds it, ``lstm_lib.char_lm.train``.
    defined : str
        Where it is written, ``lstm_lib.char_lm.training.train``.
    kind : {"function", "class", "data", "method", "classmethod", "staticmethod", "property"}
    signature : str
        What stands in parentheses and after them; of a constant its value, if that is short.
    doc : str
        The docstring; of a constant the comment beside it.
    line : int
    bases : tuple of str
        What a class extends, as the source writes it.
    members : tuple of Entry
        Public methods and properties of a class.
    """

    path: str
    defined: str
    kind: str
    signature: str
    doc: str
    line: int
    bases: tuple = ()
    members: tuple = ()

    @property
    def name(self):
        """The last piece of the path."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Module:
    """One file, and those of its names that are public."""

    path: str  # lstm_lib.char_lm.training
    home: str  # where its names are handed on: lstm_lib.char_lm
    file: Path
    doc: str
    imported: dict  # local name -> full path
    entries: tuple


@dataclass(frozen=True)
class Part:
    """A package or module directly in the library."""

    name: str
    file: Path
    doc: str
    modules: tuple
    files: frozenset = field(repr=False)  # all that was read

    @property
    def chapter(self):
        """The stem of its chapter, or ``""``."""
        return (re.search(r"[Cc]hapter ``(\w+)``", self.doc) or ["", ""])[1]


def part_names(root):
    """List the parts of the library below ``root`` that Python code uses, in the order of the library's docstring."""
    library = root / LIBRARY
    found = {p.stem for p in library.glob("*.py")} | {p.parent.name for p in library.glob("*/*.py")}
    named = re.findall(rf":mod:`~?{LIBRARY}\.(\w+)`", _doc(_parse(library / "__init__.py")))
    return [name for name in dict.fromkeys([*named, *sorted(found)]) if name in found - {"__init__", *NOT_FOR_PYTHON}]


def read_part(root, name):
    """Read one part of the library below ``root``."""
    path, folder = f"{LIBRARY}.{name}", root / LIBRARY / name
    if not folder.is_dir():
        module = _read_module(folder.with_suffix(".py"), path, path)
        return Part(name, module.file, module.doc, (module,), frozenset({module.file}))
    front, face = folder / "__init__.py", folder / "__init__.pyi"
    if face.exists():
        modules = [
            _read_module(folder / f"{stem}.py", f"{path}.{stem}", path if names else f"{path}.{stem}", names)
            for stem, names in _handed_on(face).items()
        ]
    else:
        behind = [] if name in ONLY_FRONT_DOOR else sorted(p for p in folder.glob("*.py") if p != front)
        modules = [_read_module(front, path, path)]
        modules += [_read_module(file, f"{path}.{file.stem}", f"{path}.{file.stem}") for file in behind]
    files = frozenset({front, *folder.glob("*.py"), *([face] if face.exists() else [])})
    return Part(name, front, _doc(_parse(front)), tuple(m for m in modules if m.entries), files)


def _handed_on(face):
    """Return, for each module of a package, the names that its face hands on; none for a whole module."""
    found = {}
    for node in _parse(face).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names = found.setdefault(node.module or alias.name, set())
                if node.module:
                    names.add(alias.name)
    return found


def _read_module(file, path, home, names=None):
    """Read one file; without ``names`` every public function and class of it is public."""
    tree, entries = _parse(file), []
    comments = _comments(file)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if node.name in names if names else not node.name.startswith("_"):
                entries.append(_entry(node, home, path, tree))
        elif names and isinstance(node, ast.Assign | ast.AnnAssign):
            entries += [e for e in _constants(node, home, path, comments) if e.name in names]
    return Module(path, home, file, _doc(tree), _imported(tree), tuple(entries))


def _parse(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def _doc(node):
    return ast.get_docstring(node) or ""


def _entry(node, home, path, tree):
    """Describe a function or a class with its methods."""
    where = {"path": f"{home}.{node.name}", "defined": f"{path}.{node.name}", "doc": _doc(node), "line": node.lineno}
    if isinstance(node, ast.FunctionDef):
        return Entry(kind="function", signature=_signature(node), **where)
    members = [
        Entry(f"{where['path']}.{m.name}", f"{where['defined']}.{m.name}", kind, _signature(m, kind), _doc(m), m.lineno)
        for m in node.body
        if isinstance(m, ast.FunctionDef) and not m.name.startswith("_") and (kind := _kind_of_method(m))
    ]
    bases = tuple(ast.unparse(base) for base in node.bases)
    return Entry(kind="class", signature=_class_signature(node, tree), bases=bases, members=tuple(members), **where)


def _kind_of_method(node):
    """Name the kind of a method, or ``None`` for the second half of a property."""
    decorators = [ast.unparse(d) for d in node.decorator_list]
    if any(d.endswith((".setter", ".deleter")) for d in decorators):
        return None
    if any(d in ("property", "functools.cached_property", "cached_property") for d in decorators):
        return "property"
    return next((d for d in decorators if d in ("classmethod", "staticmethod")), "method")


def _signature(node, kind="function"):
    """Write the arguments of a function, without ``self``, and what it returns if that is annotated."""
    returns = _annotation(node.returns) if node.returns else ""
    if kind == "property":
        return returns
    arguments = copy.deepcopy(node.args)
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg) and argument.annotation:
            argument.annotation = ast.Name(_annotation(argument.annotation))
    if kind in ("method", "classmethod"):
        first = arguments.posonlyargs or arguments.args
        del first[0]
    return f"({ast.unparse(arguments)})" + (f" -> {returns}" if returns else "")


def _annotation(node):
    """Write a type, without the quotes that keep Python from looking it up."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)


def _class_signature(node, tree):
    """Write what a class is called with: the arguments of ``__init__``, or its fields, or those of its base."""
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return _signature(member, "method").partition(" -> ")[0]
    decorators = " ".join(ast.unparse(d) for d in node.decorator_list)
    if "dataclass" in decorators or any("NamedTuple" in ast.unparse(base) for base in node.bases):
        fields = [_field(f) for f in node.body if isinstance(f, ast.AnnAssign)]
        return f"({', '.join((['*'] if 'kw_only=True' in decorators else []) + list(filter(None, fields)))})"
    bases = {ast.unparse(base) for base in node.bases}
    inherited = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name in bases]
    return _class_signature(inherited[0], tree) if inherited else ""


def _field(node):
    """Write one field of a dataclass as an argument; ``None`` for one that is no argument."""
    text = f"{ast.unparse(node.target)}: {_annotation(node.annotation)}"
    value = node.value
    if value is None:
        return text
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("field"):
        given = {k.arg: ast.unparse(k.value) for k in value.keywords}
        if given.get("init") == "False":
            return None
        default = given.get("default") or (f"{given['default_factory']}()" if "default_factory" in given else "")
        return text + (f" = {default}" if default else "")
    return f"{text} = {ast.unparse(value)}"


def _constants(node, home, path, comments):
    """Describe the names that one assignment gives to constants."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    doc = comments.get(node.lineno) or comments.get(node.end_lineno, "")
    found = []
    for target in targets:
        several = isinstance(target, ast.Tuple)
        for k, name in enumerate(target.elts if several else [target]):
            if isinstance(name, ast.Name):
                value = _value(node.value, k if several else None, shorten=not doc)
                found.append(Entry(f"{home}.{name.id}", f"{path}.{name.id}", "data", value, doc, node.lineno))
    return found


def _value(node, k, shorten):
    """Write the value of a constant, or of the k-th of several; a long one shortened, or not at all."""
    if k is not None:
        if isinstance(node, ast.Tuple):
            node = node.elts[k]
        elif re.fullmatch(r"range\(\d+\)", ast.unparse(node)):  # PAD, BOS, EOS = range(3)
            return str(k)
    text = ast.unparse(node)
    if len(text) <= LONGEST_VALUE:
        return text
    return textwrap.shorten(text, LONGEST_VALUE, placeholder=" …") if shorten else ""


def _comments(file):
    """Return the comments of a file: beside code by its line, above code by the line below them."""
    found, above = {}, []
    for token in tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("#: ")
            if token.line.lstrip().startswith("#"):
                above.append(text)
            else:
                found[token.start[0]] = text
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) or not token.line.strip():
            if above and token.line.strip():
                found.setdefault(token.start[0], " ".join(above))
            above = []
    return found


def _imported(tree):
    """Return what the names that a file imports from the library stand for."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == LIBRARY
        for alias in node.names
    }
