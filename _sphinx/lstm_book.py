r"""The book's own Sphinx extension: what Jupyter Book alone does not do for us.

1. MathJax is served by the site itself, so the book works with no network.
2. Inline scripts that Sphinx repeats are dropped; the second copy is an error. So are
   font preloads that fail when the book is opened from a folder. The list of references
   gets the roles that screen readers know.
3. Equations keep their ``\tag{lstm-gates}``, and get the HTML id ``eq-lstm-gates``.
4. ``$...$`` inside ``<summary>`` is a formula, as it is in Jupyter and Colab.
5. A widget's script is loaded on the pages that hold the widget, and on no other; so is
   what corrects the results of a search.
6. ``{notebook-cost}`` shows what each notebook costs to run.

Notebooks hold CommonMark and HTML only, so that they read well in Colab; this
file is what turns the same text into a page.
"""

from __future__ import annotations

import html
import importlib.metadata
import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
COST_FILE = "lstm_lib/results/notebook_cost.json"

# custom element -> its script in _sphinx/widgets
WIDGETS = {"lstm-cell-explorer": "cell_explorer.js"}


# 1. MathJax ---------------------------------------------------------------------


def mathjax_files():
    """Return ``(source, path below _static/mathjax)`` of each file the book needs.

    The package carries 24 MB; one script and its fonts, 1.6 MB, are enough. Its
    folder has a hyphen in its name and can't be imported, hence the metadata.
    """
    try:
        files = importlib.metadata.files("sphinx-mathjax-offline") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    wanted = [
        (Path(file.locate()), str(file).split("/static/mathjax/")[1])
        for file in files
        if str(file).endswith(("/mathjax/tex-mml-chtml.js", ".woff")) and "/static/mathjax/" in str(file)
    ]
    if not any(path == "tex-mml-chtml.js" for _, path in wanted):
        raise ExtensionError("MathJax is missing: install it with `pip install sphinx-mathjax-offline`")
    return wanted


def configure(app, config):
    """Point Sphinx to the book's styles and to its own copy of MathJax."""
    # Not through html_static_path of _config.yml: Jupyter Book puts every script
    # that it finds there on every page.
    config.html_static_path.append(str(HERE / "static"))
    config.mathjax_path = "mathjax/tex-mml-chtml.js"
    config.mathjax3_config = {
        # The menu would make every formula a stop for the Tab key.
        "options": {"enableMenu": False},
        # Without it an unknown macro is an error that a test can see, not red text.
        "tex": {"packages": {"[-]": ["noundefined"]}},
    }


# On a phone a centred equation leaves as much room on its left as the tag takes on its
# right, and has to scroll for it; at the left edge most equations fit.
ALIGN_ON_PHONE = "if (window.MathJax && innerWidth < 600) MathJax.chtml = {displayAlign: 'left'};"


def copy_scripts(app):
    """Copy before the first page is written, since Sphinx puts a checksum in the link."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    copies = [(source, f"mathjax/{path}") for source, path in mathjax_files()]
    copies += [(HERE / "widgets" / name, f"widgets/{name}") for name in WIDGETS.values()]
    for source, path in copies:
        target = static / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


# 2. and 5. Scripts and roles of a page ------------------------------------------------------


def add_widget_scripts(app, pagename, templatename, context, doctree):
    """Load a widget's script on the pages whose text holds its element."""
    for element, name in WIDGETS.items():
        if f"<{element}" in context.get("body", ""):
            app.add_js_file(f"widgets/{name}", loading_method="defer")


def add_search_script(app, pagename, templatename, context, doctree):
    """Correct, after Sphinx's own script, which part of a page a search result quotes."""
    if pagename == "search":
        app.add_js_file("search_text.js", priority=900, loading_method="defer")


def drop_repeated_scripts(app, pagename, templatename, context, doctree):
    """Keep one of each: Sphinx 7.4 repeats inline scripts that come late.

    The repeated one declares a constant again (THEBE_JS_URL), an error on every page.
    """
    seen, scripts = set(), []
    for script in context.get("script_files", []):
        # field by field: the copies differ in their priority, and one has no file name
        # where the other has an empty one
        key = (str(script.filename or ""), repr(script.attributes))
        if key not in seen:
            seen.add(key)
            scripts.append(script)
    context["script_files"] = scripts


# pattern in a written page, what stands there instead
MENDED = [
    # The icons come from a script, so the fonts are not needed, and a page opened from a
    # folder may not preload them: three errors in the console of every page.
    (r'<link rel="preload" as="font"[^>]*>\n?', ""),
    # A name that is not the text one sees can't be spoken to the browser.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # A button that is only an arrow.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="list its pages">'),
    # What docutils writes is deprecated, and a list may hold nothing but list items.
    (r' role="doc-biblioentry"', ' role="listitem"'),
]


def mend_pages(app, exception):
    """Correct what the theme and docutils write, where no setting reaches it."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = mended = page.read_text(encoding="utf-8")
        for pattern, instead in MENDED:
            mended = re.sub(pattern, instead, mended)
        if mended != text:
            page.write_text(mended, encoding="utf-8")


# 3. Equations -----------------------------------------------------------------------


class TaggedEquations(SphinxTransform):
    r"""Write each ``$$`` block as ``\[...\]``, with an id for each ``\tag{...}``.

    Sphinx wraps a block that holds ``\\`` in ``split``, where ``\tag`` is an error;
    ``nowrap`` keeps it from doing so. The id is an explicit target, so that
    ``[...](#eq-lstm-gates)`` and {eq}`lstm-gates` find it from any page.
    """

    default_priority = 300  # before the passes that collect labels and resolve links

    def apply(self, **kwargs):
        """Rewrite the equations of one page."""
        for block in self.document.findall(nodes.math_block):
            if block.get("nowrap") or block.get("number"):
                continue
            text = block.astext().strip()
            block.clear()
            block += nodes.Text(rf"\[{text}\]")
            block["nowrap"] = True
            for tag in re.findall(r"\\tag\*?\{([^}]*)\}", text):
                self.note_target(block, f"eq-{tag}")

    def note_target(self, block, name):
        """Register an id of the block, so that links on any page can name it."""
        # By hand, since note_explicit_target gives all names of a block its last id.
        if name in self.document.ids:
            logger.warning("this page has two equations with the id %s", name, location=block)
        block["ids"].append(name)
        block["names"].append(name)
        self.document.ids[name] = block
        self.document.nameids[name] = name
        self.document.nametypes[name] = True  # explicit


def resolve_equation(app, env, node, contnode):
    """Link {eq}`lstm-gates` to its equation, and show the tag where Sphinx has a number."""
    if node.get("refdomain") != "math":
        return None
    target = node["reftarget"]
    docname, label = env.domaindata["std"]["anonlabels"].get(f"eq-{target}", (None, None))
    if docname is None:
        return None
    return make_refnode(app.builder, node["refdoc"], docname, label, nodes.Text(f"({target})"))


# 4. Formulas in <summary> --------------------------------------------------------------


class SummaryMath(SphinxTransform):
    """Make ``$...$`` in a raw ``<summary>`` a formula; Markdown leaves HTML alone."""

    default_priority = 300  # before Sphinx notes which pages have formulas

    def apply(self, **kwargs):
        """Split the summaries of one page."""
        for raw in list(self.document.findall(nodes.raw)):
            if "html" in raw.get("format", "") and "<summary" in raw.astext():
                raw.parent.replace(raw, self.split(raw.astext()))

    def split(self, text):
        """Return the raw HTML as a list of nodes, formulas between raw pieces."""
        parts = []
        for piece in re.split(r"(<summary.*?</summary>)", text, flags=re.DOTALL):
            if not piece.startswith("<summary"):
                parts.append(nodes.raw("", piece, format="html"))
                continue
            # odd pieces are what stood between dollars; \$ is a dollar
            for i, bit in enumerate(re.split(r"(?<!\\)\$(.+?)(?<!\\)\$", piece)):
                if i % 2:
                    tex = html.unescape(bit)  # the writer escapes it again
                    parts.append(nodes.math(tex, tex))
                else:
                    parts.append(nodes.raw("", bit.replace(r"\$", "$"), format="html"))
        return parts


# 6. What the notebooks cost ----------------------------------------------------------------


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


def setup(app):
    """Register everything above with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_scripts)
    app.connect("html-page-context", add_widget_scripts)
    app.connect("html-page-context", add_search_script)
    app.connect("html-page-context", drop_repeated_scripts, priority=900)
    app.connect("build-finished", mend_pages)
    app.connect("missing-reference", resolve_equation)
    app.add_transform(TaggedEquations)
    app.add_transform(SummaryMath)
    app.add_directive("notebook-cost", NotebookCost)
    app.add_css_file("lstm_book.css")
    app.add_js_file("scroll_boxes.js", loading_method="defer")
    app.add_js_file(None, body=ALIGN_ON_PHONE, priority=700)  # after MathJax's settings
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
