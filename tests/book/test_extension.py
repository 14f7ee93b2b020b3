"""The pieces of the book's own Sphinx extension, each on a page small enough to judge by eye."""

import base64
import importlib
import json
import re
import shutil
import subprocess
import sys
import zlib

import pytest
from pages import ROOT

EXTENSION = ROOT / "_sphinx"


@pytest.fixture
def extension(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSION)
    return importlib.import_module


# --- icons ---------------------------------------------------------------------------------

SCRIPT = (
    'var a={sun:[1,2,[],"f185","M0regular"]};'
    'var b={sun:[3,4,[9728],"f185","M0solid"],pencil:[5,6,["pen"],"f040","M1"]};'
)
PAGE = (
    '<link href="../_static/vendor/fontawesome/6/css/all.min.css?digest=1" rel="stylesheet" />'
    '<script src="../_static/vendor/fontawesome/6/js/all.min.js?digest=1"></script>'
    '<i class="theme-switch fa-solid fa-sun fa-lg" data-mode="light"></i><span class="fa-pen"></span><i>word</i>'
)


def test_an_icon_becomes_the_solid_shape_and_nothing_is_loaded(extension):
    page = extension("lstm_icons").inline(PAGE, SCRIPT)
    assert "fontawesome" not in page and page.endswith("<i>word</i>")
    assert 'viewBox="0 0 3 4"><path fill="currentColor" d="M0solid"/>' in page
    assert 'class="book-icon theme-switch fa-solid fa-sun fa-lg" data-mode="light"' in page
    assert 'viewBox="0 0 5 6"><path fill="currentColor" d="M1"/>' in page  # by its older name


def test_an_icon_that_is_not_there_is_an_error(extension):
    icons = extension("lstm_icons")
    with pytest.raises(icons.UnknownIcon, match="no icon 'moon'"):
        icons.inline('<i class="fa-moon"></i>', SCRIPT)


# --- sections for the search ---------------------------------------------------------------

ARTICLE = """<article class="bd-article"><section id="top"><h1>2. Loops<a class="headerlink">#</a></h1>
<p>The <b>loss</b>, then <span class="math">\\(x_t\\)</span> (a state).</p>
<section id="inner"><h2>2.1. Inner</h2><p>Only here.</p>
<pre>import numpy as np
y = 3</pre><details class="solution"><p>secret</p></details></section></section></article>"""


def test_a_section_has_its_own_text_alone(extension):
    top, inner = extension("lstm_search").sections_of(ARTICLE, "chapters/x.html")
    assert top == ["chapters/x.html", "2. Loops", "2. Loops", "The loss, then … (a state).", ""]
    assert inner == ["chapters/x.html#inner", "2. Loops", "2.1. Inner", "Only here.", "y = 3"]


def test_a_page_without_an_article_has_no_sections(extension):
    assert extension("lstm_search").sections_of("<p>x</p>", "x.html") == []


# --- results of chapters, and how to cite ------------------------------------------------------


def png():
    """Return a picture of one pixel."""

    def chunk(name, data):
        body = name + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def build(folder, text):
    """Build one page beside a notebook; return the completed process and the page."""
    folder.joinpath("conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXTENSION)!r})\n"
        "extensions = ['myst_parser', 'sphinx.ext.mathjax', 'lstm_book']\nmyst_enable_extensions = ['dollarmath']\n",
        encoding="utf-8",
    )
    folder.joinpath("index.md").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", folder)
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n", "c\n"]},
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": base64.b64encode(png()).decode()}},
    ]
    notebook = {"cells": [{"id": "shown", "cell_type": "code", "source": "", "outputs": outputs}]}
    folder.joinpath("chapters").mkdir()
    folder.joinpath("chapters", "09_x.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "exclude_patterns=chapters"]
    done = subprocess.run(
        [*command, str(folder), str(folder / "_build" / "html")], capture_output=True, text=True, timeout=120
    )
    page = folder / "_build" / "html" / "index.html"
    return done, page.read_text(encoding="utf-8") if page.exists() else ""


def test_a_result_of_a_chapter_and_the_citation_are_shown(tmp_path):
    text = "# X\n\n```{from-notebook} 09_x shown\n:alt: a pixel\n```\n\n"
    text += "```{from-notebook} 09_x shown\n:lines: 2-3\n```\n\n```{cite-this}\n```\n"
    done, page = build(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "")
    assert 'alt="a pixel"' in page and (tmp_path / "_build/html/_images/09_x-shown.png").read_bytes() == png()
    assert "b\nc" in page and "a\nb" not in page
    said = re.sub(r"<.*?>", "", page)
    assert "@book{lstm_course," in said and "title = {LSTM, from gates to sequences}," in said


def test_a_result_that_is_not_there_stops_the_build(tmp_path):
    done, _ = build(tmp_path, "# X\n\n```{from-notebook} 09_x gone\n:alt: nothing\n```\n")
    assert done.returncode and "the cell 'gone' of 09_x.ipynb shows no such result" in done.stderr
