"""What every page must keep: each function takes files and returns complaints, or what it measured.

Tests call them on the book, and on copies with a planted fault (test_notebooks.py).
"""

import ast
import re
import sys
from pathlib import Path

import nbformat

from lstm_lib.storage import results
from tools import prose as prose_tool

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))
APPENDIX = ("11_scaling", "which_setting")  # pages with no quiz, no exercises and no package of their own
NUMBERED = [notebook for notebook in NOTEBOOKS if notebook.stem not in APPENDIX]
PAGES = sorted(CHAPTERS.glob("*.md"))


def draws(cell):
    """Say whether a cell's stored outputs hold a figure."""
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def _calls(tree, prefix):
    """List the calls of functions whose name begins so."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    names = [(getattr(n.func, "id", getattr(n.func, "attr", "")), n) for n in calls]  # f() or package.f()
    return [call for name, call in names if name.startswith(prefix)]


def figure_complaints(path):
    """Say which cell of a notebook draws a figure without asserting, from the artists, what the figure shows.

    The cell or the next one calls ``lstm_lib.plotting.assert_shows``, and not with a dictionary that the same cell
    writes out and draws: two curves swapped there would be swapped in both. A diagram, which has no data, asserts
    whatever it says.
    """
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    complaints = []
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if not draws(cell):
            continue
        tree = ast.parse(cell.source)
        if _calls(tree, "draw_") and any(isinstance(node, ast.Assert) for node in tree.body):
            continue
        asserting = _calls(tree, "assert_shows")
        if after is not None and "%pip" not in after.source and not draws(after):
            asserting += _calls(ast.parse(after.source), "assert_shows")
        if not asserting:
            complaints.append(f"{path.name}: {cell.id}: draws a figure and does not assert what it shows")
        written = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and node.value.keys
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        drawn = {arg.id for call in _calls(tree, "plot_") for arg in call.args if isinstance(arg, ast.Name)}
        compared = {arg.id for call in asserting for arg in call.args if isinstance(arg, ast.Name)}
        for name in sorted(written & drawn & compared):
            complaints.append(f"{path.name}: {cell.id}: compares the figure with {name}, from which it was drawn")
    return complaints


def unexplained_complaints(path):
    """Say which cell of a notebook keeps its outputs from comparison without a reason under the key ``why``."""
    cells = nbformat.read(path, as_version=4).cells
    kept = [c for c in cells if any(tag.startswith("nbval-") for tag in c.metadata.get("tags", []))]
    return [f"{path.name}: {c.id}: not compared, and does not say why" for c in kept if not c.metadata.get("why")]


# A number in prose with its invisible key, and the line of an output that gives the key a value.
PROSE = re.compile(r"([-−]?\d[\d,]*(?:\.\d+)?)(\s?%)?<!--\s*([a-z][a-z0-9_]*)\s*-->")
SOURCE = re.compile(r"\b([a-z][a-z0-9_]*) *[=≈] *([-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(%)?(?=\s|$)")
TABLE_CELL = re.compile(r'data-key="(\w+)">(?:≈ )?([-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)( ?%)?<')
LOOSE_KEY = re.compile(r"<!--\s*[a-z][a-z0-9_]*\s*-->")


def _value(text):
    return float(text.replace(",", "").replace("−", "-"))


def output_values(notebook):
    """Values by key that a notebook's outputs print as ``key = 1.23`` or ``key ≈ 1.23``, or hold in a table."""
    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = SOURCE.findall(output.get("text", "")) if output.output_type == "stream" else []
            found += TABLE_CELL.findall("".join(output.get("data", {}).get("text/html", "")))
            for key, number, percent in found:
                values[key] = _value(number) / (100 if percent else 1)
    return values


def known_values(path):
    """Every value that prose in a file may quote: results files, then outputs; its own outputs win."""
    values = {}
    files = sorted((ROOT / "lstm_lib" / "results").glob("[0-9]*.json"))
    for stem in [*(file.stem for file in files), "own_data"]:
        for experiment in results.load(stem).values():
            values |= experiment["values"]
    for notebook in [*NOTEBOOKS, path]:
        if notebook.suffix == ".ipynb":
            values |= output_values(nbformat.read(notebook, as_version=4))
    return values


def prose(path):
    """Text of a page, or of the Markdown cells of a notebook."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")


def prose_complaints(path):
    """Say which keyed numbers of a file differ from their source, at the digits the prose shows."""
    text, known, complaints = prose(path), known_values(path), []
    found = PROSE.findall(text)
    if len(found) != len(LOOSE_KEY.findall(text)):
        complaints.append(f"{path.name}: a key that follows no number")
    for number, percent, key in found:
        if key not in known:
            complaints.append(f"{path.name}: {number}<!-- {key} -->: nothing prints or stores {key}")
            continue
        digits = len(number.partition(".")[2])
        expected = known[key] * (100 if percent else 1)
        if abs(_value(number) - expected) > 0.5000001 * 10**-digits:
            complaints.append(
                f"{path.name}: {number}{percent}<!-- {key} -->, but its source says {expected:.{digits + 2}f}"
            )
    return complaints


# A verdict with its invisible key, "ahead<!-- verdict: lynx published -->": of a set, over a rival or the best of them.
WORD = "not told apart|ahead|behind"
VERDICT = re.compile(rf"({WORD})<!-- verdict: (\w+) (\w+) -->")
LOOSE_VERDICT = re.compile(r"<!--\s*verdict\b")
VERDICT_ALONE = re.compile(rf"\|\s*({WORD})\s*(?=\|)")  # a cell of a table


def known_verdicts():
    """Verdicts of the stored comparisons on sets that the course was not tuned on, by set and rival."""
    found = {}
    for experiment in results.load("own_data").values():
        for name, rows in experiment["per_seed"].items():
            row = rows[0]
            words = {rival: verdict["verdict"] for rival, verdict in row["verdicts"].items()}
            best = (min if row["lower_is_better"] else max)(words, key=row["scores"].get)
            found |= {(name.lower(), rival): word for rival, word in (words | {"best": words[best]}).items()}
    return found


def verdict_complaints(path):
    """Say which verdict of a page differs from the stored one, and which cell of a table holds one without a key."""
    text, known = prose(path), known_verdicts()
    found = VERDICT.findall(text)
    complaints = [f"{path.name}: {word} in a table, without a key" for word in VERDICT_ALONE.findall(text)]
    if len(found) != len(LOOSE_VERDICT.findall(text)):
        complaints.append(f"{path.name}: the key of a verdict that follows none")
    for word, name, rival in found:
        if known.get((name, rival)) != word:
            stored = known.get((name, rival), "nothing")
            complaints.append(f"{path.name}: {word}<!-- verdict: {name} {rival} -->, and stored is {stored}")
    return complaints


# The verdict of a comparison in an output, "sine_lstm_ar: ahead: difference ...".
PRINTED_VERDICT = re.compile(rf"^(\w+): ({WORD})\b", re.MULTILINE)


def chapter_verdicts(path):
    """Verdicts by key that the stored results or the outputs of a chapter hold; its own outputs win."""
    found = {}
    for file in sorted((ROOT / "lstm_lib" / "results").glob("[0-9]*.json")):
        for experiment in results.load(file.stem).values():
            found |= {key: results.word_of(verdict) for key, verdict in experiment.get("verdicts", {}).items()}
    for cell in nbformat.read(path, as_version=4).cells if path.suffix == ".ipynb" else []:
        for output in cell.get("outputs", []):
            found |= dict(PRINTED_VERDICT.findall(output.get("text", "")))
    return found


EXCHANGED = {"ahead": "behind", "behind": "ahead", "not told apart": "not told apart"}


def conclusion_complaints(path):
    """Say which comparative word of a chapter claims another verdict than the stored or printed one."""
    known, complaints = chapter_verdicts(path), []
    for hit in prose_tool.hits(prose(path)):
        if not (hit.mark and hit.mark["verdict"]):
            continue
        claimed, key = hit.mark["verdict"], hit.mark["key"].removeprefix("~")
        stored = known.get(key, "nothing")
        if hit.mark["key"].startswith("~"):
            stored = EXCHANGED.get(stored, stored)
        if claimed != stored:
            complaints.append(f"{path.name}: {hit.word}{hit.mark.group()}, and stored is {stored}")
    return complaints


TAG = re.compile(r"\\tag\{([^}]+)\}")
EQ_COMMENT = re.compile(r"# eq: ([a-z0-9-]+)")


def equation_complaints(code_files, chapter_files):
    """Say which ``# eq: label`` in code has no ``\\tag{label}`` in a chapter, and which tag stands twice."""
    tags = [tag for file in chapter_files for tag in TAG.findall(prose(file))]
    complaints = [f"\\tag{{{tag}}} stands twice" for tag in sorted({t for t in tags if tags.count(t) > 1})]
    for file in code_files:
        for label in EQ_COMMENT.findall(file.read_text(encoding="utf-8")):
            if label not in tags:
                complaints.append(f"{file.name}: # eq: {label}: no chapter has that equation")
    return complaints


# Who may import whom, from the bottom up: parts of lstm_lib (modules or packages), what they may import besides
# themselves, and what they are. Importing a part that is not named is an upward or sideways import.
BASE = "errors core gates storage data frameworks"
LAYERS = [
    ("errors", "", "what can go wrong"),
    ("core", "errors", "NumPy, and nothing else"),
    ("plotting show", "", "what pages need; matplotlib is loaded when a figure is drawn"),
    ("diagrams", "plotting", "pictures without data"),
    ("gates", "core", "one step of each cell: arrays in, arrays out"),
    ("storage", "errors", "all that touches a disk"),
    ("data", "errors storage", "data of every chapter, and never a framework"),
    ("frameworks", "errors core storage", "the only doors to PyTorch and Keras"),
    ("numpy_lstm classification tuning char_lm attention beam_search", BASE, "packages that stand alone"),
    ("training", f"{BASE} numpy_lstm", "trains what numpy_lstm holds"),
    ("forecasting", f"{BASE} numpy_lstm training", "trains it on a series"),
    ("seq2seq", f"{BASE} attention beam_search", "attends, and searches"),
]
BELOW = {part: below.split() for parts, below, _ in LAYERS for part in parts.split()}
TOP = ("checks", "commands", "cli")  # may import every part, and cli the commands; nothing imports them
# Which packages may import a framework by its name.
FRAMEWORKS = {
    "torch": ("frameworks", "char_lm", "attention", "beam_search", "seq2seq"),
    "tensorflow": ("frameworks",),
    "keras": ("frameworks", "classification", "tuning"),
    "keras_tuner": ("tuning",),
}


def _allowed(part):
    """Return the parts of lstm_lib that a part may import."""
    if part in BELOW:
        return {part, *BELOW[part]}
    return {part, *BELOW, *(["commands"] if part == "cli" else [])}


def layer_complaints(package):
    """Say which import of a package laid out as lstm_lib points up, sideways, or to a framework."""
    complaints = []
    for file in sorted(package.rglob("*.py")):
        relative = file.relative_to(package)
        part = relative.parts[0].removesuffix(".py")
        if part == "__init__":
            if _imports(file):
                complaints.append(f"{relative}: must import nothing")
            continue
        if part not in {*BELOW, *TOP}:
            complaints.append(f"{relative}: a part that the layer table does not know")
            continue
        for name, at_top in _imports(file):
            top, *below = name.split(".")
            if top == "lstm_lib" and below and below[0] not in _allowed(part):
                complaints.append(f"{relative}: imports lstm_lib.{below[0]}, which is not below it")
            if top in FRAMEWORKS and part not in FRAMEWORKS[top]:
                complaints.append(f"{relative}: imports {top}")
            if top == "matplotlib" and at_top:
                complaints.append(f"{relative}: imports matplotlib when it is imported")
            if part == "core" and top not in {"numpy", "lstm_lib", "lazy_loader", *sys.stdlib_module_names}:
                complaints.append(f"{relative}: imports {top}, and core has NumPy only")
    return complaints


def _imports(file):
    """List ``(module, whether at top level)`` for every import; ``from lstm_lib import x`` counts as ``lstm_lib.x``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        at_top = node in tree.body
        if isinstance(node, ast.Import):
            found += [(alias.name, at_top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"lstm_lib.{a.name}" for a in node.names] if node.module == "lstm_lib" else [node.module]
            found += [(name, at_top) for name in names]
    return found
