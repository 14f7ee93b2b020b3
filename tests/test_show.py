"""What a page shows of the library is its source, less docstrings and annotations."""

import ast

import pytest

from lstm_lib import gates, show
from lstm_lib.core import compare_all
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


TABLE = show.Table(["", "RMSE"], [["AR(9) & co", show.keyed("ar", 16.418, ".2f")], ["LSTM", "≈ 14"]], "The <error>")


def test_a_table_is_plain_text_and_html_with_invisible_keys():
    assert repr(TABLE) == "The <error>\n | RMSE\nAR(9) & co | 16.42\nLSTM | ≈ 14"
    text = TABLE._repr_html_()
    assert '<th scope="row">AR(9) &amp; co</th><td data-key="ar">16.42</td>' in text
    assert "<caption>The &lt;error&gt;</caption>" in text and '<td></td><th scope="col">RMSE</th>' in text


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns: AR"):
        show.Table(["", "RMSE"], [["AR(9)"]])


def test_a_trained_number_is_marked_as_about():
    assert show.keyed("x", 0.04567, ".3f", about=True) == ("≈ 0.046", "x")


def test_recipes_and_verdicts_are_shown_one_row_a_choice_or_comparison(capsys):
    show.show_recipes({"recipes": {"RNN": {"weights": 1200, "rate": 0.1}, "LSTM": {"weights": 1180, "clip": 1.0}}})
    assert capsys.readouterr().out == (
        "How each was made\n | RNN | LSTM\nweights | 1,200 | 1,180\nrate | 0.1 | –\nclip | – | 1.0\n"
    )
    ours, rivals = [1.0, 2.0, 3.0, 4.0], {"ar": [2.0, 3.1, 4.0, 5.2], "rnn": [1.1, 1.9, 3.2, 3.9]}
    found = compare_all(ours, rivals, kind="paired seeds", lower_is_better=True)
    show.show_verdicts(found, {"ar": "LSTM and AR", "rnn": "LSTM and RNN"})
    head, first, second = capsys.readouterr().out.splitlines()
    assert head == " | verdict | difference | 95 % interval | p | test"
    assert first.startswith("LSTM and AR | ahead | -1.08 | ") and second.startswith("LSTM and RNN | not told apart | ")
