"""Every notebook runs once, gives its stored outputs, stays in its budget, and its prose tells those numbers."""

import re

import costs
import nbformat
import numpy as np
import pages
import pytest
import running
import yaml

from lstm_lib.checks import check
from tools import notebooks as tool

IDS = [n.stem for n in pages.NOTEBOOKS]


@pytest.fixture(scope="module")
def spent():
    """What each notebook that ran has cost."""
    return {}


@pytest.mark.parametrize("notebook", pages.NOTEBOOKS, ids=IDS)
def test_notebook_gives_its_stored_outputs_within_its_budget(notebook, spent, record_property):
    run, cost = costs.run_beside_calibration(notebook, running.COMPARE)
    record_property("told", f"{notebook.stem}: {cost}")
    assert run.passed, run.log[-6000:]
    costs.keep_cost(notebook.stem, cost)
    spent[notebook.stem] = cost
    assert costs.cost_complaints({notebook.stem: cost}) == []


def test_all_notebooks_together_stay_within_their_budget(spent, record_property):
    if not spent:
        pytest.skip("no notebook ran before this test")
    raw, calibrated = (sum(getattr(c, n) for c in spent.values()) for n in ("cpu_seconds", "calibrated_seconds"))
    record_property("told", f"{len(spent)} notebooks: {raw:.0f} CPU-seconds, {calibrated:.0f} calibrated")
    assert [c for c in costs.cost_complaints(spent) if c.startswith("all together")] == []


@pytest.mark.parametrize("notebook", pages.NOTEBOOKS, ids=IDS)
def test_notebook_is_stored_as_the_tool_stores_it(notebook):
    stored = nbformat.read(notebook, as_version=4)
    nbformat.validate(stored)
    assert list(tool.stale_cells(stored, notebook.stem)) == []
    assert stored.cells[0].metadata.get("generated") == "colab"
    counts = [c.execution_count for c in stored.cells if c.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run make notebooks"
    for cell in stored.cells:
        assert {t for t in cell.metadata.get("tags", []) if t.startswith("nbval")} <= {"nbval-ignore-output"}
        assert "NBVAL" not in cell.source
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr"
            if "print(check(" in cell.source:
                assert output.text.endswith(": not attempted\n")
            assert output.output_type != "execute_result", f"{cell.id}: its last line shows a value by accident"


@pytest.mark.parametrize("notebook", pages.NOTEBOOKS, ids=IDS)
def test_notebook_reads_in_any_viewer(notebook):
    text = pages.prose(notebook)
    assert not re.search(r"^:::|^```\{|\{(?:eq|ref|cite|doc|term|numref)\}`", text, re.M), "MyST syntax in a notebook"


def answers_to_solutions(notebook):
    """Run every folded solution of a chapter, one after the other; what its check says, by the check's name."""
    stored = nbformat.read(notebook, as_version=4)
    solutions = re.findall(r"<summary>Solution</summary>.*?```python\n(.*?)```", pages.prose(notebook), re.S)
    exercises = [c.source for c in stored.cells if c.cell_type == "code" and "print(check(" in c.source]
    assert len(solutions) == len(exercises) > 0
    said, names = {}, {}
    exec("import numpy as np\nfrom lstm_lib.checks import check\nfrom lstm_lib.core.functions import sigmoid", names)
    for solution, exercise in zip(solutions, exercises, strict=True):
        name, answer = re.search(r'check\("([^"]+)", (\w+)\)', exercise).groups()
        exec(solution.replace("print(", "("), names)
        said[name] = check(name, names[answer])
    return said


@pytest.mark.parametrize("notebook", pages.NUMBERED, ids=lambda n: n.stem)
def test_every_folded_solution_passes_its_check(notebook):
    assert {name: text for name, text in answers_to_solutions(notebook).items() if text != f"{name}: passed"} == {}


@pytest.mark.parametrize("path", [*pages.NOTEBOOKS, *pages.PAGES], ids=lambda p: p.name)
def test_numbers_in_prose_are_those_of_their_source(path):
    assert pages.prose_complaints(path) == []


@pytest.mark.parametrize("notebook", pages.NOTEBOOKS, ids=IDS)
def test_every_figure_asserts_what_it_shows(notebook):
    assert pages.figure_complaints(notebook) == []


# These tests must be able to fail. Each fault is planted in a copy of a real chapter.

CHAPTER = pages.CHAPTERS / "01_gates.ipynb"


@pytest.fixture
def copy(tmp_path):
    """A copy of a chapter up to its first number in prose, to keep the run short."""
    stored = nbformat.read(CHAPTER, as_version=4)
    last = next(k for k, c in enumerate(stored.cells) if c.cell_type == "markdown" and pages.PROSE.search(c.source))
    stored.cells = stored.cells[: last + 1]
    path = tmp_path / CHAPTER.name

    def write(change=None):
        if change:
            change(stored)
        nbformat.write(stored, path)
        return path

    return write


def text_outputs(stored):
    """Code cells with text in their outputs."""
    return [c for c in stored.cells if c.get("outputs") and c.outputs[0].output_type == "stream"]


def change_digit(stored):
    output = text_outputs(stored)[-1].outputs[0]
    output.text = re.sub(r"\d(?=\D*$)", lambda m: str((int(m.group()) + 1) % 10), output.text)


def delete_output(stored):
    text_outputs(stored)[-1].outputs = []


def change_prose(stored):
    cell = next(c for c in stored.cells if c.cell_type == "markdown" and pages.PROSE.search(c.source))
    cell.source = pages.PROSE.sub(
        lambda m: m.group().replace(m.group(1), f"{float(m.group(1)) + 0.001:.3f}"), cell.source
    )


def test_an_unchanged_copy_passes(copy):
    path = copy()
    run = running.run_nbval(path, running.COMPARE)
    assert run.passed, run.log
    assert run.cpu_seconds > 0.5  # the kernel's share is in it
    assert pages.prose_complaints(path) == []


@pytest.mark.parametrize(
    ("what", "fault"),
    [("a digit of a stored output changed", change_digit), ("a stored output deleted", delete_output)],
)
@pytest.mark.planted_fault("{what}", caught_by=test_notebook_gives_its_stored_outputs_within_its_budget)
def test_a_planted_output_is_caught(copy, what, fault):
    run = running.run_nbval(copy(fault))
    assert not run.passed
    assert "1 failed" in run.log or not running.COMPARE, run.log


def fail_assertion(stored):
    text_outputs(stored)[-1].source += "\nassert False"


@pytest.mark.planted_fault(
    "a failing assertion, where outputs are not compared",
    caught_by=test_notebook_gives_its_stored_outputs_within_its_budget,
)
def test_a_planted_failing_assertion_is_caught_where_outputs_are_not_compared(copy):
    assert running.run_nbval(copy(change_digit), compare=False).passed
    assert not running.run_nbval(copy(fail_assertion), compare=False).passed


@pytest.fixture
def small(tmp_path):
    """A notebook of one cell, which prints nothing."""

    def write(source):
        path = tmp_path / "small.ipynb"
        cell = nbformat.v4.new_code_cell(source, execution_count=1)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        return path

    return write


TWO_GB = "big = bytearray(2**31)\nfor page in range(0, len(big), 4096):\n    big[page] = 1"
IN_A_CHILD = f"import subprocess, sys\ndone = subprocess.run([sys.executable, '-c', {TWO_GB!r}], check=True)"
MEMORY_FAULTS = {
    "a notebook that fills 2 GB": TWO_GB,
    "a notebook that fills 2 GB and frees them": f"{TWO_GB}\ndel big",
    "a notebook that fills 2 GB in a child": IN_A_CHILD,
}


@pytest.mark.parametrize("what", MEMORY_FAULTS)
@pytest.mark.planted_fault("{what}", caught_by=test_notebook_gives_its_stored_outputs_within_its_budget)
def test_a_planted_notebook_that_fills_two_gigabytes_is_caught(small, what):
    run = running.run_nbval(small(MEMORY_FAULTS[what]))
    assert run.passed and 2048 <= run.peak_mb < 2200, run
    complaints = costs.cost_complaints({"small": costs.Cost(run.cpu_seconds, 1, run.peak_mb, 1)})
    assert len(complaints) == 1 and "more than 1500 MB" in complaints[0]


@pytest.mark.planted_fault(
    "a small notebook, counted as large as the process that tests it",
    caught_by=test_notebook_gives_its_stored_outputs_within_its_budget,
)
def test_the_memory_of_a_small_notebook_is_not_that_of_the_process_that_tests_it(small):
    fat = np.ones(1500 * 2**17)
    run = running.run_nbval(small("pass"))
    assert run.passed and 30 < run.peak_mb < 150 < fat.nbytes / 2**20, run


@pytest.mark.planted_fault(
    "a notebook that burns CPU time", caught_by=test_notebook_gives_its_stored_outputs_within_its_budget
)
def test_a_planted_slow_notebook_is_caught(small):
    burn = "import time\nwhile time.process_time() < 4:\n    pass"
    run, cost = costs.run_beside_calibration(small(burn))
    assert run.passed and run.cpu_seconds > 4
    assert costs.cost_complaints({"small": cost}) == []
    complaints = costs.cost_complaints({"small": cost}, costs.LIMITS | {"calibrated_seconds": 1})
    assert len(complaints) == 1 and "more than 1.5 calibrated seconds" in complaints[0]


@pytest.mark.parametrize(
    ("machine", "cpu_seconds", "calibration", "complaints"),
    [
        ("the table's", 80, 0.25, 0),
        ("the table's", 100, 0.25, 1),
        ("three times slower", 240, 0.75, 0),
        ("three times slower", 300, 0.75, 1),
        ("twice as fast", 50, 0.125, 1),
    ],
)
def test_a_slow_machine_is_forgiven_and_a_slow_notebook_is_not(machine, cpu_seconds, calibration, complaints):
    cost = costs.Cost(cpu_seconds, calibration, 100, reference_seconds=0.25)
    assert len(costs.cost_complaints({"a": cost})) == complaints, machine


@pytest.mark.planted_fault(
    "notebooks that are too slow together and not one by one",
    caught_by=test_all_notebooks_together_stay_within_their_budget,
)
def test_planted_notebooks_that_are_too_slow_together_are_caught():
    cost = costs.Cost(75, 0.25, 100, 0.25)
    assert costs.cost_complaints(dict.fromkeys(range(9), cost)) == []
    complaints = costs.cost_complaints(dict.fromkeys(range(10), cost))
    assert complaints == ["all together: take more than 720 calibrated seconds: 750"]


def test_a_run_that_told_no_peak_is_no_small_one():
    assert costs.cost_complaints({"a": costs.Cost(1, 1, float("nan"), 1)}) != []


# Chapter 01 stands for all in make test; make verify exchanges curves in every figure of every chapter.
CURVES = [pytest.param(n, marks=() if n == CHAPTER else pytest.mark.slow, id=n.stem) for n in pages.NOTEBOOKS]


@pytest.mark.parametrize("notebook", CURVES)
@pytest.mark.planted_fault(
    "two curves exchanged, in every figure of a chapter",
    caught_by=test_notebook_gives_its_stored_outputs_within_its_budget,
)
def test_two_curves_exchanged_are_caught_in_every_figure(notebook):
    exchanged, accepting = running.figures_that_hide_a_swap(notebook)
    assert exchanged and accepting == []


def change_cell(folder, id, change):
    """Write a copy of the chapter in which one cell is changed."""
    stored = nbformat.read(CHAPTER, as_version=4)
    change(next(cell for cell in stored.cells if cell.id == id))
    nbformat.write(stored, folder / CHAPTER.name)
    return folder / CHAPTER.name


def exchange_values(cell):
    """Exchange two curves in the source of a cell, as a slip of the author's would."""
    before = '{"chrono, longest lag 100": spread, "forget bias 1": equal},\n    xlabel'
    assert before in cell.source
    cell.source = cell.source.replace(
        before, before.replace("spread", "?").replace("equal", "spread").replace("?", "equal")
    )


@pytest.mark.planted_fault(
    "two curves exchanged in the source of a figure",
    caught_by=test_notebook_gives_its_stored_outputs_within_its_budget,
)
def test_two_curves_exchanged_in_the_source_are_caught(tmp_path):
    stored = nbformat.read(CHAPTER, as_version=4)
    cells = {cell.id: cell for cell in stored.cells}
    stored.cells = [cells["imports"], cells["rnn-figure"], cells["chrono-figure"]]
    lines = stored.cells[1].source.splitlines()
    stored.cells[1].source = next(line for line in lines if line.startswith("from lstm_lib.checks.figures"))
    stored.cells[1].outputs = []
    path = tmp_path / CHAPTER.name
    nbformat.write(stored, path)
    assert running.run_nbval(path, running.COMPARE).passed
    exchange_values(cells["chrono-figure"])
    nbformat.write(stored, path)
    run = running.run_nbval(path, running.COMPARE)
    assert not run.passed and "values of 'chrono, longest lag 100'" in run.log, run.log


def forget_to_assert(cell):
    cell.source = re.sub(r"^assert_shows\((.*\)|\n( .*\n)*\))$", "", cell.source, flags=re.M)


def compare_with_what_was_drawn(cell):
    cell.source = 'drawn = {"a": spread, "b": equal}\nax = plot_curves(drawn)\nassert_shows(ax, drawn)'


@pytest.mark.parametrize(
    ("what", "fault", "complaint"),
    [
        ("a figure that asserts nothing about its curves", forget_to_assert, "does not assert what it shows"),
        ("a figure that is compared with itself", compare_with_what_was_drawn, "from which it was drawn"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_figure_asserts_what_it_shows)
def test_a_planted_figure_is_caught(tmp_path, what, fault, complaint):
    complaints = pages.figure_complaints(change_cell(tmp_path, "chrono-figure", fault))
    assert len(complaints) == 1 and complaint in complaints[0]


@pytest.mark.parametrize("notebook", pages.NOTEBOOKS, ids=lambda n: n.stem)
def test_every_output_that_is_not_compared_says_why(notebook):
    assert pages.unexplained_complaints(notebook) == []


@pytest.mark.planted_fault(
    "an output kept from comparison without a reason", caught_by=test_every_output_that_is_not_compared_says_why
)
def test_an_unexplained_exception_is_caught(tmp_path):
    def silence(cell):
        cell.metadata["tags"] = ["nbval-ignore-output"]

    path = change_cell(tmp_path, "chrono-figure", silence)
    assert pages.unexplained_complaints(path) == ["01_gates.ipynb: chrono-figure: not compared, and does not say why"]

    def explain(cell):
        silence(cell)
        cell.metadata["why"] = "it differs"

    assert pages.unexplained_complaints(change_cell(tmp_path, "chrono-figure", explain)) == []


@pytest.mark.planted_fault(
    "a number in prose changed in its last digit", caught_by=test_numbers_in_prose_are_those_of_their_source
)
def test_a_planted_prose_number_is_caught(copy):
    complaints = pages.prose_complaints(copy(change_prose))
    assert len(complaints) == 1 and "but its source says" in complaints[0]


@pytest.mark.planted_fault(
    "a number in prose with a key that nothing prints, or a key with no number",
    caught_by=test_numbers_in_prose_are_those_of_their_source,
)
def test_a_number_whose_source_is_gone_or_whose_key_is_loose_is_caught(copy):
    def rename(stored):
        cell = next(c for c in stored.cells if c.cell_type == "markdown" and pages.PROSE.search(c.source))
        cell.source = pages.PROSE.sub("0.774<!-- no_such_key -->, word<!-- loose -->", cell.source)

    complaints = pages.prose_complaints(copy(rename))
    assert len(complaints) == 2 and "follows no number" in complaints[0] and "nothing prints" in complaints[1]


def test_trained_numbers_may_differ_but_nothing_else(tmp_path):
    source = "print('loss ≈ 0.1234   rows = 7   ≈ 1.2e-05, ≈ -3,456')"
    text = "loss ≈ 0.1299   rows = 7   ≈ 9.9e-06, ≈ -3,999\n"
    for rows, passes in (("7", True), ("8", False)):
        cell = nbformat.v4.new_code_cell(source, execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", text=text.replace("rows = 7", f"rows = {rows}"))]
        path = tmp_path / "a.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        assert running.run_nbval(path).passed is passes


@pytest.mark.planted_fault("a folded solution that is wrong", caught_by=test_every_folded_solution_passes_its_check)
def test_a_planted_solution_is_caught(tmp_path):
    def fault(cell):
        assert cell.source.count("sigmoid(a_f) * c_prev") == 1
        cell.source = cell.source.replace("sigmoid(a_f) * c_prev", "sigmoid(a_i) * c_prev")

    said = answers_to_solutions(change_cell(tmp_path, "sol-lstm", fault))
    assert [name for name, text in said.items() if text != f"{name}: passed"] == ["gates.lstm_step"]


def question(**changes):
    options = [{"text": "a", "why": "b", "right": True}, {"text": "c", "why": "d"}]
    return {"id": "q", "question": "?", "options": options} | changes


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([question(), question()], "stands twice"),
        ([question(options=[{"text": "a", "why": "b"}])], "exactly one option"),
        ([question(options=[{"text": "a", "right": True}])], "an option has"),
        ([question(extra=1)], "a question has"),
    ],
)
def test_a_broken_quiz_is_named(tmp_path, monkeypatch, entries, message):
    (tmp_path / "quizzes").mkdir()
    (tmp_path / "quizzes" / "01_x.yml").write_text(yaml.safe_dump(entries))
    monkeypatch.setattr(tool, "CHAPTERS", tmp_path)
    with pytest.raises(ValueError, match=message):
        tool.load_quiz("01_x")


@pytest.mark.parametrize("stem", [n.stem for n in pages.NUMBERED])
def test_every_question_of_a_chapter_is_asked_in_it(stem):
    stored = nbformat.read(pages.CHAPTERS / f"{stem}.ipynb", as_version=4)
    asked = {c.metadata.get("generated", "").removeprefix("quiz:") for c in stored.cells}
    assert set(tool.load_quiz(stem)) <= asked
