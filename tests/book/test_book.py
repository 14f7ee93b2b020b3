"""The book builds without a warning, and its own Sphinx extension does what it says."""

import importlib.util
import json
import re
import subprocess
import sys

import pytest
import yaml
from book_fixtures import ROOT, build_book
from browser import pages_of

from tools.as_colab import make_repository

EXTENSION = ROOT / "_sphinx" / "lstm_book.py"


def toc_files():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def entries(node):
        for part in node.get("parts", []):
            yield from entries(part)
        for chapter in node.get("chapters", []) + node.get("sections", []):
            yield chapter["file"]
            yield from entries(chapter)

    return [toc["root"], *entries(toc)]


# --- the whole book ------------------------------------------------------------------


def test_book_builds_without_warning(built_book):
    warnings = [line for line in built_book.log.splitlines() if re.search(r"\b(WARNING|ERROR)\b", line)]
    assert warnings == []
    assert built_book.returncode == 0, built_book.log[-3000:]


@pytest.mark.planted_fault(
    "an equation that a page names and no chapter has", caught_by=test_book_builds_without_warning
)
def test_a_planted_warning_stops_the_build(tmp_path):
    make_repository(tmp_path / "copy")
    page = tmp_path / "copy" / "chapters" / "notation.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nSee {eq}`no-such`.\n", encoding="utf-8")
    book = build_book(tmp_path / "copy", tmp_path)
    assert book.returncode != 0 and "no-such" in book.log


@pytest.mark.parametrize("name", toc_files())
def test_page_of_toc_exists(built_book, name):
    assert (built_book.html / f"{name}.html").is_file()


def test_chapters_are_numbered_in_their_order_and_the_appendix_is_not(built_book):
    chapters = [name for name in toc_files() if re.fullmatch(r"chapters/\d\d_\w+", name)]
    for number, name in enumerate(chapters, 1):
        page = (built_book.html / f"{name}.html").read_text(encoding="utf-8")
        found = re.search(r'<h1><span class="section-number">([\d.]+)', page)
        assert (found and found.group(1)) == (f"{number}." if name != "chapters/11_scaling" else None), name
    page = (built_book.html / "chapters/api/gates.html").read_text(encoding="utf-8")
    assert 'class="section-number"' not in page


def test_mathjax_is_there_once_and_loaded_once(built_book):
    copies = [c.relative_to(built_book.html).as_posix() for c in built_book.html.rglob("mathjax/startup.js")]
    assert copies == ["_static/mathjax/startup.js"]
    loads = {}
    for page in pages_of(built_book.html):
        text = page.read_text(encoding="utf-8")
        loads[page.name] = (text.count("mathjax/startup.js"), 'class="math' in text)
    assert {name for name, (count, _) in loads.items() if count > 1} == set()
    assert {name for name, (count, formulas) in loads.items() if formulas and count != 1} == set()
    assert any(formulas for _, formulas in loads.values())


def test_fonts_of_mathjax_are_there(built_book):
    assert len(list((built_book.html / "_static" / "mathjax").rglob("*.woff"))) > 20


def test_widget_script_is_only_where_the_widget_is(built_book):
    having, loading = set(), set()
    for page in pages_of(built_book.html):
        text = page.read_text(encoding="utf-8")
        if "<lstm-cell-explorer" in text:
            having.add(page.name)
        if "cell_explorer.js" in text:
            loading.add(page.name)
    assert having == loading == {"01_gates.html"}


def test_launch_links_name_the_notebook(built_book):
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    slug = config["repository"]["url"].removeprefix("https://github.com/")
    branch = config["repository"]["branch"]
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
        text = (built_book.html / "chapters" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        path = f"chapters/{notebook.name}"
        assert f'"https://colab.research.google.com/github/{slug}/blob/{branch}/{path}"' in text
        assert f'"https://mybinder.org/v2/gh/{slug}/{branch}?urlpath=lab/tree/{path}"' in text
        assert "/./" not in text


def test_every_tag_in_a_chapter_is_a_target_in_its_page(built_book):
    missing = []
    for name in toc_files():
        source = ROOT / f"{name}.ipynb"
        if source.exists():
            cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
            text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
            page = (built_book.html / f"{name}.html").read_text(encoding="utf-8")
            missing += [
                f"{name}: {tag}" for tag in re.findall(r"\\tag\{([^}]*)\}", text) if f'id="eq-{tag}"' not in page
            ]
    assert missing == []


# --- the extension alone, on a page made for it ------------------------------------------

PAGE = r"""# Page

$$\begin{aligned}
a &= W x \\
b &= a < 1
\end{aligned}\tag{two-lines}$$

$$
\begin{align}
c_t &= f c_{t-1} \tag{first} \\
h_t &= o c_t \tag{second}
\end{align}
$$

See [the second](#eq-second) and {eq}`first`.

<details class="quiz right"><summary>It is $a < b$, for \$5</summary>

Right.

</details>

```{notebook-cost}
```
"""


def build_small_book(folder, cost=None):
    """Build one page with the extension and return its HTML; a warning is a failure."""
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXTENSION.parent)!r})\n"
        "extensions = ['myst_parser', 'sphinx.ext.mathjax', 'lstm_book']\n"
        "myst_enable_extensions = ['dollarmath']\n",
        encoding="utf-8",
    )
    (folder / "index.md").write_text(PAGE, encoding="utf-8")
    if cost is not None:
        path = folder / "lstm_lib" / "results" / "notebook_cost.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(cost), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-n", "-q"]
    done = subprocess.run([*command, str(folder), str(folder / "out")], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def small_page(tmp_path_factory):
    return build_small_book(tmp_path_factory.mktemp("small"))


def test_equation_keeps_its_tag_and_is_not_wrapped_in_split(small_page):
    assert r"\tag{two-lines}\]" in small_page
    assert r"\begin{split}" not in small_page


@pytest.mark.parametrize("tag", ["two-lines", "first", "second"])
def test_each_tag_has_an_id(small_page, tag):
    assert small_page.count(f'id="eq-{tag}"') == 1


def test_equations_can_be_linked(small_page):
    assert '<a class="reference internal" href="#eq-second">' in small_page
    assert '<a class="eq-link reference internal" href="#eq-first">(first)</a>' in small_page


def test_formula_in_summary_is_a_formula(small_page):
    summary = re.search(r"<summary>.*?</summary>", small_page, flags=re.DOTALL).group()
    assert r'<span class="math notranslate nohighlight">\(a &lt; b\)</span>' in summary
    assert "for $5" in summary


def test_cost_table_says_how_it_is_made_when_it_is_missing(small_page):
    assert "Not measured yet" in small_page


def test_cost_table_shows_each_notebook_and_the_limits(tmp_path):
    cost = {
        "notebooks": {
            "01_gates": {"cpu_seconds": 31, "calibrated_seconds": 12.4, "peak_mb": 310},
            "02_numpy_lstm": {"cpu_seconds": 71, "calibrated_seconds": 28.4, "peak_mb": 270},
        },
        "limits": {"calibrated_seconds": 60, "calibrated_seconds_together": 480, "peak_mb": 1500},
        "calibration_seconds": 0.2512,
        "date": "2026-11-22",
        "machine": "one thread, 2.4 GHz server core",
    }
    page = build_small_book(tmp_path, cost)
    cells = [re.sub(r"<.*?>", "", c).strip() for c in re.findall(r"<td.*?</td>", page, flags=re.DOTALL)]
    assert [cells[k : k + 3] for k in range(0, len(cells), 3)] == [
        ["01_gates", "12", "310"],
        ["02_numpy_lstm", "28", "270"],
        ["limit of each", "60", "1500"],
        ["all together", "41", ""],
        ["limit of all", "480", ""],
    ]
    said = " ".join(re.sub(r"<.*?>", "", page).split())
    assert "Measured 2026-11-22 on one thread, 2.4 GHz server core." in said
    assert "a machine that needs 0.25 s for the mix of work in tests/support/calibration.py" in said


def test_missing_mathjax_package_is_one_clear_line(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSION.parent)
    spec = importlib.util.spec_from_file_location("lstm_book", EXTENSION)
    extension = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)

    def not_installed(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(extension.importlib.metadata, "files", not_installed)
    with pytest.raises(extension.ExtensionError, match="pip install sphinx-mathjax-offline"):
        extension.mathjax_files()
