"""Show the library's own code in a page, so that the page can't drift from it."""

import ast
import inspect
import textwrap
from collections.abc import Callable

WIDTH = 76  # of a signature: what a page has room for


def show_source(*objects: Callable | type) -> None:
    """Print the source of functions or classes, without what the page around it says at more length.

    Parameters
    ----------
    *objects : function or class
        Docstrings and annotations are left out.
    """
    print("\n\n".join(_plain(textwrap.dedent(inspect.getsource(o))).rstrip() for o in objects))


def _plain(source):
    """Return a source without docstrings and annotations."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines[docstring.lineno - 1 : docstring.end_lineno] = [None] * (docstring.end_lineno - docstring.lineno + 1)
            after = docstring.end_lineno
            if after < len(lines) and lines[after] is not None and not lines[after].strip():
                lines[after] = None  # the blank line that set the docstring off
        if isinstance(node, ast.FunctionDef) and _annotated(node):
            first, last = node.lineno - 1, _last_line_of_signature(lines, node)
            lines[first : last + 1] = [_signature(source, node)] + [None] * (last - first)
    return "\n".join(line for line in lines if line is not None)


def _annotated(node):
    return node.returns is not None or any(a.annotation for a in _arguments(node))


def _arguments(node):
    a = node.args
    return [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]


def _last_line_of_signature(lines, node):
    """Return the place of the line that ends in the signature's colon."""
    ends = [node.lineno, *(a.end_lineno for a in _arguments(node))]
    ends += [d.end_lineno for d in [*node.args.defaults, *node.args.kw_defaults, node.returns] if d is not None]
    place = max(ends) - 1
    while not lines[place].split("#")[0].rstrip().endswith(":"):
        place += 1
    return place


def _signature(source, node):
    """Return ``def name(parameters):`` without annotations, broken where a page's width ends."""
    a = node.args

    def shown(argument, default=None):
        return argument.arg + (f"={ast.get_source_segment(source, default)}" if default is not None else "")

    positional = [*a.posonlyargs, *a.args]
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    parts = [shown(*pair) for pair in zip(positional, defaults, strict=True)]
    if a.posonlyargs:
        parts.insert(len(a.posonlyargs), "/")
    if a.vararg or a.kwonlyargs:
        parts.append(f"*{a.vararg.arg}" if a.vararg else "*")
    parts += [shown(*pair) for pair in zip(a.kwonlyargs, a.kw_defaults, strict=True)]
    parts += [f"**{a.kwarg.arg}"] if a.kwarg else []
    indent = " " * node.col_offset
    whole = f"{indent}def {node.name}({', '.join(parts)}):"
    if len(whole) <= WIDTH:
        return whole
    inner = indent + "    "
    rows = [""]
    for part in parts:
        if rows[-1] and len(inner + rows[-1]) + len(part) + 2 > WIDTH:
            rows.append("")
        rows[-1] += (" " if rows[-1] else "") + f"{part},"
    return "\n".join([f"{indent}def {node.name}(", *(inner + row for row in rows), f"{indent}):"])
