"""The sections of the written pages, for a search that leads to a section (``static/search_sections.js``)."""

import copy
import json
import re

from bs4 import BeautifulSoup

UNWANTED = (
    ".headerlink, .viewcode-link, script, style, .eq-tag, button, .cell_input summary, .toctree-wrapper, .solution, nav"
)
FORMULA = "div.math, span.math"


def sections_of(page, url):
    """Return the sections of a page: ``[address, title of the page, own title, text, code]``.

    A section's text is its own, without that of the sections in it, and without code and formulas. On a page of the
    API reference each name is a section.
    """
    soup = BeautifulSoup(page, "html.parser")
    article = soup.select_one("article.bd-article")
    if article is None or article.find(["h1", "h2"]) is None:
        return []
    for element in article.select(UNWANTED):
        element.decompose()
    for formula in article.select(FORMULA):
        formula.replace_with(" … " if formula.name == "span" else " ")
    top = article.find(["h1", "h2"])
    title = words(top)
    found = []
    for section in [*article.select("section[id]"), *article.select("dt.sig[id]")]:
        name, code, text = title, [], []
        if section.name == "dt":
            name, body = section["id"], copy.copy(section.find_next_sibling("dd"))
            for inner in body.select("dl.py") if body else ():
                inner.decompose()
            text = [words(body)] if body else []
            code = [words(section)]
        else:
            heading = section.find(["h1", "h2", "h3", "h4"], recursive=False)
            name = words(heading) if heading else title
            for part in section.find_all(recursive=False):
                if part.name == "section" or part is heading or part.select_one("dt.sig[id]"):
                    continue
                if part.name == "pre":
                    code.append(without_imports(part))
                    continue
                code += [without_imports(pre) for pre in part.select("pre")]
                for pre in part.select("pre, .highlight"):
                    pre.decompose()
                text.append(words(part))
        anchor = "" if name == title and section.name != "dt" else f"#{section['id']}"
        found.append([url + anchor, title, name, " ".join(filter(None, text)), " ".join(code)])
    return found


def words(element):
    """Return the text of an element in one line."""
    text = re.sub(r"\s+", " ", element.get_text(" ")).strip()
    return re.sub(r"(?<=[(\[]) | (?=[,.;:!?)\]])", "", text)


def without_imports(pre):
    """Return code in one line, without its imports."""
    lines = [line for line in pre.get_text().splitlines() if not re.match(r"\s*(import|from) ", line)]
    return re.sub(r"\s+", " ", " ".join(lines)).strip()


def as_script(sections):
    """Return the script that the search page loads."""
    return f"window.lstmSections = {json.dumps(sections, ensure_ascii=False, separators=(',', ':'))};\n"
