"""Show the library's own code in a page, so that the page can't drift from it."""

import ast
import inspect
import textwrap


def show_source(*objects):
    """Print the source of functions or classes without their docstrings.

    Parameters
    ----------
    *objects : function or class
        The docstrings are left out because the page around the code says the same at more length.
    """
    print("\n\n".join(_without_docstrings(textwrap.dedent(inspect.getsource(o))).rstrip() for o in objects))


def _without_docstrings(source):
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines[docstring.lineno - 1 : docstring.end_lineno] = [None] * (docstring.end_lineno - docstring.lineno + 1)
            after = docstring.end_lineno
            if after < len(lines) and lines[after] is not None and not lines[after].strip():
                lines[after] = None  # the blank line that set the docstring off
    return "\n".join(line for line in lines if line is not None)
