"""The book on paper, for e-readers and without a network holds what the site holds."""

import re
import zipfile

import pytest
from browser import TIMEOUT_MS, launch_chromium, pages_of
from bs4 import BeautifulSoup

from tools import formats

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def counted(built_book):
    """What the site's pages hold: solutions, formulas, figures and tables."""
    total = dict.fromkeys(formats.COUNTED, 0)
    for page in pages_of(built_book.html):
        article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one("article.bd-article")
        for name, selector in formats.COUNTED.items():
            total[name] += len(article.select(selector)) if article else 0
    return total


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "BUILD", tmp_path)
    return tmp_path


def test_the_pdf_holds_the_whole_book(counted, folder):
    found = formats.pdf(folder / "book.pdf")
    written = (folder / "book.pdf").read_bytes()
    assert written.startswith(b"%PDF") and b"/Outlines" in written
    assert found["solutions"] == counted["solutions"] > 50
    assert found["figures"] == counted["figures"] and found["tables"] == counted["tables"]
    assert found["formulas"] >= counted["formulas"]  # a formula of several parts counts each


def test_the_epub_holds_the_whole_book(counted, folder):
    pytest.importorskip("pypandoc", reason="make epub installs Pandoc")
    assert formats.epub(folder / "book.epub") == counted
    with zipfile.ZipFile(folder / "book.epub") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xhtml")}
    everything = "".join(texts.values())
    assert len(texts) > 20 and len(re.findall(r"<math\b", everything)) == counted["formulas"]
    assert len(re.findall(r"<img\b", everything)) == counted["figures"]
    assert not re.search(r"\\\(|\\\[", re.sub(r"<(pre|code|math)\b.*?</\1>", "", everything, flags=re.DOTALL))


def test_the_archive_reads_and_searches_from_a_folder(folder):
    formats.offline(folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder / "unpacked")
    search = folder / "unpacked" / formats.NAME / "search.html"
    with launch_chromium() as browser, browser.new_page() as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{search.as_uri()}?q=forget+gate")
        page.locator("#search-results li a").first.click(timeout=TIMEOUT_MS)
        assert page.url.endswith("01_gates.html#the-forget-gate-keep-or-clear")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
