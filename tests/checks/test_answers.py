"""What people answer to an exercise gets the verdict it should: right ones pass, plausible mistakes are named.

``tests/support/answers/MODULE.py`` holds them, written as a learner would: ``RIGHT``, exercise to answers that pass,
and ``WRONG``, exercise to pairs of what the hint must hold and an answer.
"""

import importlib.util
from pathlib import Path

import pytest

from lstm_lib import checks
from lstm_lib.checks import check

pytestmark = pytest.mark.numpy

FILES = sorted((Path(__file__).parents[1] / "support" / "answers").glob("*.py"))
LEAST_RIGHT, LEAST_WRONG = 2, 5


def load(file):
    """Return a module of answers; None if they need a framework that is not there, as in the NumPy part."""
    spec = importlib.util.spec_from_file_location(f"answers_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "keras"):
            raise
        return None
    return module


MODULES = {file.stem: module for file in FILES if (module := load(file))}
RIGHT = [(f"{m}.{e}", a) for m, module in MODULES.items() for e, answers in module.RIGHT.items() for a in answers]
WRONG = [(f"{m}.{e}", h, a) for m, module in MODULES.items() for e, pairs in module.WRONG.items() for h, a in pairs]


@pytest.mark.parametrize(("name", "answer"), RIGHT, ids=[f"{n}-{k}" for k, (n, _) in enumerate(RIGHT)])
def test_a_right_answer_passes_however_it_is_written(name, answer):
    assert check(name, answer) == f"{name}: passed"


@pytest.mark.parametrize(("name", "hint", "answer"), WRONG, ids=[f"{n}-{h[:40]}" for n, h, _ in WRONG])
def test_a_plausible_mistake_is_named(name, hint, answer):
    verdict = check(name, answer)
    assert hint in verdict and len(hint) >= 8


@pytest.mark.parametrize("module", MODULES)
def test_every_exercise_was_tried_with_enough_answers(module, record_property):
    exercises = importlib.import_module(f"lstm_lib.checks.{module}").CHECKS
    right, wrong = MODULES[module].RIGHT, MODULES[module].WRONG
    table = [f"{'exercise':32} right answers  mistakes named"]
    for name in exercises:
        table.append(f"{module + '.' + name:32} {len(right.get(name, [])):13}  {len(wrong.get(name, [])):14}")
    record_property("told", "\n".join(table))
    few = [n for n in exercises if len(right.get(n, [])) < LEAST_RIGHT or len(wrong.get(n, [])) < LEAST_WRONG]
    assert few == [] and right.keys() == wrong.keys() == exercises.keys()
    hints = {name: [hint for hint, _ in pairs] for name, pairs in wrong.items()}
    assert [name for name, said in hints.items() if len(set(said)) < LEAST_WRONG] == []


def test_every_module_of_answers_is_one_of_checks():
    assert {*MODULES} <= {*checks.MODULES}
