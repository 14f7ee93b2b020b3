"""What a page shows of the library is its source, less docstrings and annotations."""

import ast

import pytest

from lstm_lib import gates, show
from lstm_lib.numpy_lstm import LSTM

pytestmark = pytest.mark.numpy

SOURCE = '''
def f(a: int, b: "np.ndarray" = 3, /, *args: str, c: float = 1.5, d: list[int] | None = None, **k: dict) -> tuple[int]:
    """Doc."""
    return a


class A:
    """Doc."""

    def g(
        self,
        x: int,  # why
        y: int = (1, 2),
    ) -> None:
        """Doc."""
        return x


def untouched(
    a,
    b,
):
    return {"a": a}


def long(first_of_the_names: int, second_of_the_names: int, third_of_the_names: int = 5, last: int = 6) -> int:
    return 1
'''
SHOWN = """
def f(a, b=3, /, *args, c=1.5, d=None, **k):
    return a


class A:
    def g(self, x, y=(1, 2)):
        return x


def untouched(
    a,
    b,
):
    return {"a": a}


def long(
    first_of_the_names, second_of_the_names, third_of_the_names=5, last=6,
):
    return 1"""


def test_annotations_and_docstrings_are_left_out_and_nothing_else():
    assert show._plain(SOURCE) == SHOWN


def stripped(tree):
    """A tree without annotations and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)


@pytest.mark.parametrize("shown", [gates.lstm_step, gates.gru_step_backward, LSTM, show.show_source])
def test_what_is_shown_computes_the_same(shown, capsys):
    import inspect

    show.show_source(shown)
    assert stripped(ast.parse(capsys.readouterr().out)) == stripped(ast.parse(inspect.getsource(shown)))
