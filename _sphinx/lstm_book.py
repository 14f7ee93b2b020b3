r"""The book's own Sphinx extension: what Jupyter Book alone does not do for us.

1. MathJax is served by the site itself, so the book works with no network; where the book is
   published, its pages know their own address.
2. A page loads the scripts that it needs: a widget's, the search's, what shows equations.
3. ``$...$`` inside ``<summary>`` is a formula, as it is in Jupyter and Colab.
4. Written pages are mended where no setting reaches the theme: repeated tags, roles for screen
   readers, icons (``lstm_icons``), links to equations (``lstm_equations``), and the index of
   sections for the search (``lstm_search``).

Notebooks hold CommonMark and HTML only, so that they read well in Colab; this
file is what turns the same text into a page.
"""

from __future__ import annotations

import html
import importlib.metadata
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import lstm_directives
import lstm_equations
import lstm_icons
import lstm_search
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

HERE = Path(__file__).parent

# custom element -> its script in _sphinx/widgets
WIDGETS = {"lstm-cell-explorer": "cell_explorer.js"}


# 1. MathJax ---------------------------------------------------------------------


# The parts of MathJax that the book's formulas need: 0.8 MB instead of the 1.2 MB of the usual bundle. `core` and the
# fonts' metrics are loaded by those that build on them.
MATHJAX = ["input/tex-base", "[tex]/ams", "[tex]/newcommand", "output/chtml", "a11y/assistive-mml"]
MATHJAX_FILES = (
    *(
        "startup.js",
        "core.js",
        "input/tex-base.js",
        "input/tex/extensions/ams.js",
        "input/tex/extensions/newcommand.js",
    ),
    *("output/chtml.js", "output/chtml/fonts/tex.js", "a11y/assistive-mml.js"),
)


def mathjax_files():
    """Return ``(source, path below _static/mathjax)`` of each file the book needs.

    The package carries 24 MB, of which these scripts and the fonts are needed. Its
    folder has a hyphen in its name and can't be imported, hence the metadata.
    """
    try:
        files = importlib.metadata.files("sphinx-mathjax-offline") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    there = {str(file).split("/static/mathjax/")[1]: file for file in files if "/static/mathjax/" in str(file)}
    missing = [path for path in MATHJAX_FILES if path not in there]
    if missing:
        raise ExtensionError("MathJax is missing: install it with `pip install sphinx-mathjax-offline`")
    return [
        (Path(file.locate()), path) for path, file in there.items() if path in MATHJAX_FILES or path.endswith(".woff")
    ]


def configure(app, config):
    """Point Sphinx to the book's styles and to its own copy of MathJax."""
    # Not through html_static_path of _config.yml: Jupyter Book puts every script
    # that it finds there on every page.
    config.html_static_path.append(str(HERE / "static"))
    config.mathjax_path = "mathjax/startup.js"
    # The address at which the book is published stands once, as html: baseurl in _config.yml.
    config.ogp_site_url = config.html_baseurl
    config.ogp_site_name = config.html_title
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"
    config.mathjax3_config = {
        "loader": {"load": MATHJAX},
        # Without the package noundefined an unknown macro is an error that a test can see, not red text.
        "tex": {"packages": {"[+]": ["ams", "newcommand"]}},
    }


# On a phone a centred equation leaves as much room on its left as the tag takes on its
# right, and has to scroll for it; at the left edge most equations fit.
# Its tag has a line of its own there, which the page holds beside the formula.
ON_PHONE = r"""
if (window.MathJax && innerWidth < 600) {
  MathJax.chtml = { displayAlign: "left" };
  MathJax.startup = {
    pageReady: () => {
      for (const tag of document.querySelectorAll("div.math > .eq-tag")) {
        const formula = tag.previousSibling;
        formula.data = formula.data.replace(/\\tag\*?\{[^}]*\}/, "");
        tag.classList.add("shown");
      }
      return MathJax.startup.defaultPageReady();
    },
  };
}
"""


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


# 2. Scripts of a page -----------------------------------------------------------------------


def add_scripts(app, pagename, templatename, context, doctree):
    """Load a widget's script on the pages that hold its element, and what shows equations where one is linked."""
    body = context.get("body", "")
    for element, name in WIDGETS.items():
        if f"<{element}" in body:
            app.add_js_file(f"widgets/{name}", loading_method="defer")
    if "eq-link" in body:
        app.add_js_file("formulas.js", loading_method="defer")
        app.add_js_file("equations.js", loading_method="defer")
    if pagename == "search":
        app.add_js_file("sections.js", priority=900, loading_method="defer")
        app.add_js_file("search_sections.js", priority=900, loading_method="defer")


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


# 3. Formulas in <summary> --------------------------------------------------------------


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


# 4. Written pages ---------------------------------------------------------------------------

# pattern in a written page, what stands there instead
MENDED = [
    # The theme and Sphinx write three; they say the same.
    (r'<meta name="viewport"[^>]*>(?=.*<meta name="viewport")', ""),
    # A name that is not the text one sees can't be spoken to the browser.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # A button that is only an arrow.
    (r'<summary>(?=<span class="toctree-toggle")', '<summary aria-label="list its pages">'),
    # What docutils writes is deprecated, and a list may hold nothing but list items.
    (r' role="doc-biblioentry"', ' role="listitem"'),
    # Not every browser takes the SVG.
    (
        r'<link rel="icon" href="([^"]*)favicon.svg"/>(?!\s*<link rel="icon")',
        r'<link rel="icon" href="\1favicon.svg" type="image/svg+xml"/>'
        r'<link rel="icon" href="\1favicon.png" type="image/png" sizes="64x64"/>'
        r'<link rel="apple-touch-icon" href="\1favicon.png"/>',
    ),
    # The book searches its own list of sections.
    (r'\s*<script src="searchindex.js"></script>', ""),
]
FONT_AWESOME = "_static/vendor/fontawesome"


def mend_pages(app, exception):
    """Correct what the theme and docutils write, where no setting reaches it, and list the sections for the search."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    script = next(folder.glob(f"{FONT_AWESOME}/*/js/all.min.js"), None)  # not every theme has it
    icons = script.read_text(encoding="utf-8") if script else ""
    equations, sections = lstm_equations.addresses(app), []
    for page in sorted(folder.rglob("*.html")):
        text = mended = page.read_text(encoding="utf-8")
        for pattern, instead in MENDED:
            mended = re.sub(pattern, instead, mended, flags=re.DOTALL)
        if icons:
            mended = lstm_icons.inline(mended, icons)
        mended = lstm_equations.link_code(page, mended, equations)
        mended = lstm_equations.label_for_phones(mended)
        if not re.search(r'class="(?:math|[^"]*eq-link)\b', mended):  # Sphinx loads MathJax on all pages of a section
            mended = re.sub(r"\s*<script[^>]*mathjax/startup\.js[^>]*></script>", "", mended)
        if '<meta http-equiv="Refresh"' in text:  # Jupyter Book's, which has no title
            mended = lead_to_front_page(app)
        if mended != text:
            page.write_text(mended, encoding="utf-8")
        sections += lstm_search.sections_of(mended, page.relative_to(folder).as_posix())
    target = folder / "_static" / "sections.js"
    target.write_text(lstm_search.as_script(sections), encoding="utf-8")


def lead_to_front_page(app):
    """Return the page at the root, which leads to the first page of the book."""
    target = f"{app.config.root_doc}.html"
    title, home = html.escape(app.config.html_title or app.config.project), app.config.html_baseurl
    canonical = f'<link rel="canonical" href="{html.escape(home + target)}">' if home else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n{canonical}\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n</head>\n'
        f'<body><p><a href="{target}">{title}</a></p></body>\n</html>\n'
    )


def setup(app):
    """Register everything above with Sphinx."""
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_scripts)
    app.connect("env-updated", lstm_equations.write_formulas)
    app.connect("doctree-resolved", lstm_equations.link_mentions)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", drop_repeated_scripts, priority=900)
    app.connect("build-finished", mend_pages)
    app.connect("missing-reference", lstm_equations.resolve_equation)
    app.add_transform(lstm_equations.TaggedEquations)
    app.add_transform(SummaryMath)
    for name, directive in lstm_directives.DIRECTIVES.items():
        app.add_directive(name, directive)
    app.add_css_file("lstm_book.css")
    app.add_js_file("scroll_boxes.js", loading_method="defer")
    app.add_js_file("progress.js", loading_method="defer")
    app.add_js_file("tab_stops.js", loading_method="defer")
    app.add_js_file(None, body=ON_PHONE, priority=700)  # after MathJax's settings
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
