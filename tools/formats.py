"""Make the book in other forms: ``make pdf``, ``make epub``, ``make offline``.

The PDF is the whole book printed by Chromium from one page, which Sphinx's builder ``singlehtml`` writes from the same
sources: links and bookmarks live, questions unfolded, solutions in an appendix. (LaTeX was the other way. It knows none
of the HTML that the results, questions and solutions are.)

The EPUB is written from the same page by Pandoc, questions and solutions folded as e-readers can.

``offline`` packs the built site into one archive that reads from a folder: no page needs a server, the search included.
"""

import argparse
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from bs4 import BeautifulSoup

from tools.chromium import CHROMIUM_FLAGS, MISSING, find_chromium

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
NAME = "lstm-course"

# Unfold what a reader can't unfold on paper, and carry the solutions to the end, with a link to each.
ON_PAPER = r"""() => {
  const article = document.querySelector("article.bd-article");
  const solutions = [...document.querySelectorAll("details.solution")];
  const appendix = document.createElement("section");
  appendix.innerHTML = "<h1>Solutions</h1>";
  let chapter = null;
  solutions.forEach((solution, k) => {
    const above = [...document.querySelectorAll("article h1")].filter(
      (h) => h.compareDocumentPosition(solution) & Node.DOCUMENT_POSITION_FOLLOWING);
    const heading = above.at(-1).textContent.replace(/#$/, "").trim();
    if (heading !== chapter) {
      chapter = heading;
      appendix.append(Object.assign(document.createElement("h2"), { textContent: chapter }));
    }
    let exercise = solution.previousElementSibling;
    while (exercise && !/^\d+\. /.test(exercise.querySelector?.("strong")?.textContent ?? ""))
      exercise = exercise.previousElementSibling ?? exercise.parentElement?.previousElementSibling;
    const title = exercise?.querySelector("strong")?.textContent ?? "Solution";
    const place = document.createElement("p");
    place.innerHTML = `<a href="#solution-${k}">Solution</a>`;
    solution.replaceWith(place);
    const entry = Object.assign(document.createElement("h3"), { id: `solution-${k}`, textContent: title });
    solution.querySelector("summary").remove();
    appendix.append(entry, ...solution.childNodes);
  });
  article.append(appendix);
  for (const details of document.querySelectorAll("details:not(.above-input)")) details.open = true;
  for (const code of document.querySelectorAll("details.above-input")) code.remove();
  for (const made of document.querySelectorAll("lstm-cell-explorer")) made.remove();
  const count = (selector) => document.querySelectorAll(selector).length;
  return { solutions: solutions.length, formulas: count("mjx-container"), figures: count("article img"),
           tables: count("article table") };
}"""
FOOT = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>'
PAPER = {
    **{"format": "A4", "scale": 0.85, "margin": dict.fromkeys(("top", "bottom", "left", "right"), "16mm")},
    **{"display_header_footer": True, "header_template": "<span></span>", "footer_template": FOOT},
    **{"outline": True, "tagged": True, "print_background": True},
}
NOT_IN_EPUB = "script, style, .headerlink, .copybtn, lstm-cell-explorer, .eq-tag, details.above-input, form, svg"
COUNTED = {"solutions": "details.solution", "formulas": ".math", "figures": "img", "tables": "table"}


def build(builder, folder):
    """Build the book below a folder of ``_build``; return where its pages are."""
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    subprocess.run([*command, "build", str(ROOT), "--builder", builder, "--path-output", str(folder), "-n", "-W",
                    "--keep-going", "--quiet"], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    return folder / "_build" / builder


def one_page():
    """Write the page that holds the whole book where its links to styles and scripts begin; return its file.

    In it a link to a chapter is one within the page, and the title of a chapter a heading of the first level.
    """
    folder = build("singlehtml", BUILD / "paper")
    page = max((folder / "chapters").glob("*.html"), key=lambda p: p.stat().st_size)
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'href="(?:\.\./)*(?:chapters/)?index\.html(#[^"]+)"', r'href="\1"', text)
    soup = BeautifulSoup(text, "html.parser")
    for heading in soup.select("div.toctree-wrapper :is(h2, h3, h4, h5, h6)"):
        depth = len(heading.find_parents("div", class_="toctree-wrapper"))
        heading.name = f"h{max(1, int(heading.name[1]) - depth)}"
    target = folder / "book.html"
    target.write_text(str(soup), encoding="utf-8")
    return target


def pdf(output):
    """Print the book; return what it holds, counted."""
    from playwright.sync_api import sync_playwright

    path = find_chromium() or sys.exit(MISSING)
    page_file = one_page()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 1200}, color_scheme="light")
        page.set_default_timeout(300_000)
        page.goto(page_file.as_uri(), wait_until="load")
        page.wait_for_function("window.MathJax?.startup?.promise")
        page.evaluate("MathJax.startup.promise.then(() => true)")
        counted = page.evaluate(ON_PAPER)
        page.pdf(path=str(output), **PAPER)
        browser.close()
    return counted


def epub(output):
    """Write the book for e-readers, formulas as MathML, by Pandoc; return what it holds, counted."""
    import pypandoc

    source = one_page()
    soup = BeautifulSoup(source.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article")
    for unwanted in article.select(NOT_IN_EPUB):
        unwanted.decompose()
    for formula in article.select("div.math, span.math"):
        formula.string = re.sub(r"\\tag\*?\{([^}]*)\}", r"\\qquad\\text{(\1)}", formula.get_text())
    counted = {name: len(article.select(selector)) for name, selector in COUNTED.items()}
    for wrapper in article.select("div.toctree-wrapper, section"):
        # What a link leads to stays.
        wrapper.insert_before(soup.new_tag("a", id=wrapper["id"]) if wrapper.get("id") else "")
        wrapper.unwrap()
    page = source.with_name("epub.html")
    page.write_text(f"<html><body>{article.decode_contents()}</body></html>", encoding="utf-8")
    options = ["--mathml", "--toc", "--toc-depth=2", "--split-level=1", f"--resource-path={source.parent}"]
    options += ["--metadata=title:LSTM, from gates to sequences", "--metadata=lang:en"]
    options += [f"--css={ROOT / '_sphinx' / 'epub.css'}"]
    pypandoc.convert_file(page, "epub3", format="html+tex_math_single_backslash", outputfile=output, extra_args=options)
    return counted


def offline(output):
    """Pack the built site into one archive; return the number of files."""
    site = build("html", BUILD / "offline")
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        files = [file for file in sorted(site.rglob("*")) if file.is_file() and file.suffix != ".map"]
        for file in files:
            archive.write(file, Path(NAME, file.relative_to(site)))
    return {"files": len(files)}


FORMS = {"pdf": (pdf, ".pdf"), "epub": (epub, ".epub"), "offline": (offline, "-offline.zip")}


def main(argv=None):
    """Make one form of the book and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("form", choices=FORMS)
    make, ending = FORMS[parser.parse_args(argv).form]
    BUILD.mkdir(exist_ok=True)
    unfinished = BUILD / f"unfinished-{NAME}{ending}"
    told = make(unfinished)
    output = BUILD / f"{NAME}{ending}"
    shutil.move(unfinished, output)
    print(f"{output.relative_to(ROOT)}: {output.stat().st_size / 1e6:.1f} MB, {told}")


if __name__ == "__main__":
    main()
