"""Show the library's own code and the results in a page, so that the page can't drift from them."""

import ast
import html
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

WIDTH = 76  # of a signature: what a page has room for


class Keyed(NamedTuple):
    """A number of a table that prose quotes by its key; made by :func:`keyed`."""

    text: str
    key: str


def keyed(key: str, value: float, spec: str = "", *, about: bool = False) -> Keyed:
    """Return a number for a table, with the invisible key by which prose quotes it.

    Parameters
    ----------
    key : str
        Prose says ``26.44<!-- key -->``.
    value : float
    spec : str
        As in Python's ``format``.
    about : bool
        Whether the number was trained in this run, so that its digits depend on the processor: ``≈`` stands before
        it, and no test compares it with the stored output. Assert its band in the cell after it.

    Returns
    -------
    Keyed
    """
    return Keyed(f"{'≈ ' if about else ''}{value:{spec}}", key)


class Table:
    """A table of results: HTML where a page can show it, text elsewhere.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequence
        One cell a column; the first names the row.
    caption : str
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> None:
        self.columns, self.caption = [str(c) for c in columns], caption
        self.rows = [[cell if isinstance(cell, Keyed) else Keyed(str(cell), "") for cell in row] for row in rows]
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells under {len(self.columns)} columns: {row[0].text}")

    def __repr__(self) -> str:
        lines = [self.columns, *([cell.text for cell in row] for row in self.rows)]
        return "\n".join(filter(None, [self.caption, *(" | ".join(line) for line in lines)]))

    def _repr_html_(self):
        head = "".join(f'<th scope="col">{html.escape(c)}</th>' if c else "<td></td>" for c in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row, range(len(row))))}</tr>" for row in self.rows)
        caption = f"<caption>{html.escape(self.caption)}</caption>" if self.caption else ""
        return f'<table class="results">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(cell, place):
    text = html.escape(cell.text)
    if place == 0:
        return f'<th scope="row">{text}</th>'
    return f'<td data-key="{cell.key}">{text}</td>' if cell.key else f"<td>{text}</td>"


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, caption: str = "") -> None:
    """Show results as a table: HTML in a page or notebook, plain text elsewhere.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequence
        One cell a column, text or what :func:`keyed` returns; the first names the row.
    caption : str
        What a reader must know who sees the table alone: data, number of seeds, which direction is good.
    """
    _show(Table(columns, rows, caption))


def show_recipes(experiment: Mapping[str, Any], *, caption: str = "How each was made") -> None:
    """Show how the contenders of a stored experiment were made, one row a choice.

    Parameters
    ----------
    experiment : mapping
        With ``recipes``; see :mod:`lstm_lib.storage.results`.
    caption : str
    """
    recipes = experiment["recipes"]
    choices = dict.fromkeys(choice for recipe in recipes.values() for choice in recipe)
    rows = [[choice, *(_plain_value(recipe.get(choice, "–")) for recipe in recipes.values())] for choice in choices]
    _show(Table(["", *recipes], rows, caption))


def show_verdicts(
    verdicts: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], *, caption: str = "", spec: str = ".3g"
) -> None:
    """Show what tests said of some comparisons.

    Parameters
    ----------
    verdicts : mapping of str to mapping
        As stored: the ``verdicts`` of an experiment.
    names : mapping of str to str
        Key to what was compared, as ``"LSTM and AR(9)"``: the verdict is on the first of the two.
    caption : str
    spec : str
        Format of the differences.
    """
    rows = []
    for key, name in names.items():
        v = verdicts[key]
        p = v.get("p_holm", v["p_value"])
        interval = f"{v['low']:{spec}} to {v['high']:{spec}}"
        chance = "< 0.0001" if p < 1e-4 else f"{p:.2g}"
        rows.append([name, v.get("verdict", v["word"]), f"{v['difference']:{spec}}", interval, chance, v["method"]])
    _show(Table(["", "verdict", "difference", "95 % interval", "p", "test"], rows, caption))


def _plain_value(value):
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _show(table):
    """Hand a table to the notebook that runs this; print it where there is none."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ModuleNotFoundError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        print(table)
    else:
        display(table)


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
