"""Directives of the book's pages: what the notebooks cost, a result of a chapter elsewhere, how to cite."""

import base64
import json
import os
from pathlib import Path
from typing import ClassVar

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

COST_FILE = "lstm_lib/results/notebook_cost.json"


class NotebookCost(SphinxDirective):
    """``{notebook-cost}``: a table of CPU time and peak memory per chapter."""

    def run(self):
        """Return the table, or the sentence that stands for it."""
        path = Path(self.env.srcdir, COST_FILE)
        self.env.note_dependency(str(path))
        if not path.exists():
            return self.parse_markdown(["Not measured yet: `make cost` writes this table."])
        cost = json.loads(path.read_text(encoding="utf-8"))
        rows, limits = cost["notebooks"], cost["limits"]
        total = sum(row["calibrated_seconds"] for row in rows.values())
        lines = [
            "| Chapter | CPU time (calibrated s) | Peak memory (MB) |",
            "|:--|--:|--:|",
            *(
                f"| {self.chapter(stem)} | {row['calibrated_seconds']:.0f} | {row['peak_mb']:.0f} |"
                for stem, row in sorted(rows.items())
            ),
            f"| *limit of each* | *{limits['calibrated_seconds']}* | *{limits['peak_mb']}* |",
            f"| all together | {total:.0f} | |",
            f"| *limit of all* | *{limits['calibrated_seconds_together']}* | |",
            "",
            f"Measured {cost['date']} on {cost['machine']}. A calibrated second is a CPU-second of a machine",
            f"that needs {cost['calibration_seconds']:.2f} s for the mix of work in `tests/support/calibration.py`.",
        ]
        return self.parse_markdown(lines)

    def chapter(self, stem):
        """Name a chapter, with a link where the book has it."""
        docname = f"chapters/{stem}"
        return f"[](/{docname}.ipynb)" if docname in self.env.found_docs else f"`{stem}`"

    def parse_markdown(self, lines):
        """Parse lines in the page's own syntax."""
        node = nodes.Element()
        self.state.nested_parse(lines, self.content_offset, node)
        return node.children


class FromNotebook(SphinxDirective):
    """``{from-notebook} STEM CELL``: the figure, or with ``:lines: 2-9`` lines of the text, that a cell has stored."""

    required_arguments = 2
    option_spec: ClassVar = {"alt": directives.unchanged_required, "lines": directives.unchanged_required}

    def run(self):
        """Return an image, or a block of text."""
        stem, cell = self.arguments
        path = Path(self.env.srcdir, "chapters", f"{stem}.ipynb")
        self.env.note_dependency(str(path))
        cells = {c.get("id"): c for c in json.loads(path.read_text(encoding="utf-8"))["cells"]}
        outputs = cells.get(cell, {}).get("outputs", [])
        if "lines" in self.options:
            first, _, last = self.options["lines"].partition("-")
            text = "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream")
            shown = "\n".join(text.splitlines()[int(first) - 1 : int(last)])
            if shown:
                return [nodes.literal_block(shown, shown, language="none")]
        pictures = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
        if not pictures:
            raise self.error(f"the cell {cell!r} of {path.name} shows no such result")
        file = Path(self.env.app.outdir).parent / "from_notebooks" / f"{stem}-{cell}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode("".join(pictures[0])))
        source = Path(os.path.relpath(file, self.env.srcdir)).as_posix()
        return [nodes.image(uri=f"/{source}", alt=self.options["alt"])]


class CiteThis(SphinxDirective):
    """``{cite-this}``: how to cite the book, from ``CITATION.cff``."""

    def run(self):
        """Return a sentence and an entry for BibTeX."""
        path = Path(self.env.srcdir, "CITATION.cff")
        self.env.note_dependency(str(path))
        cited = yaml.safe_load(path.read_text(encoding="utf-8"))
        authors, date = " and ".join(author["name"] for author in cited["authors"]), cited["date-released"]
        fields = {
            "author": f"{{{authors}}}",
            "title": cited["title"],
            "year": date.year,
            "version": cited["version"],
            "url": cited["url"],
        }
        entry = "\n".join(["@book{lstm_course,", *(f"  {name} = {{{value}}}," for name, value in fields.items()), "}"])
        text = f"{authors} ({date.year}). {cited['title']}. Version {cited['version']}, {date:%d %B %Y}. {cited['url']}"
        return [nodes.paragraph(text, text), nodes.literal_block(entry, entry, language="bibtex")]


DIRECTIVES = {"cite-this": CiteThis, "from-notebook": FromNotebook, "notebook-cost": NotebookCost}
