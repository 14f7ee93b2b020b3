"""Every page of the built book in a real browser: formulas, console, network, width, images, accessibility.

One browser serves the module and is stopped with it: while it runs, its event loop
keeps other tests from starting theirs.
"""

import json
import shutil

import accessibility
import numpy as np
import pytest
from browser import NARROW, RAW_TEX, TIMEOUT_MS, WIDE, launch_chromium, pages_of, serve, visit

from lstm_lib.gates import lstm_step

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    with launch_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def site(built_book):
    with serve(built_book.html) as base:
        yield base


# --- every page ------------------------------------------------------------------------


def test_every_page_is_clean(browser, site, built_book):
    pages = pages_of(built_book.html)
    assert len(pages) > 4
    faults = {p.name: visit(browser, site, built_book.html, p) for p in pages}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("name", ["index", "chapters/index", "chapters/notation", "chapters/01_gates"])
def test_page_opens_from_a_folder(browser, built_book, name):
    folder = built_book.html
    assert visit(browser, folder.as_uri(), folder, folder / f"{name}.html") == []


def test_every_page_is_accessible(browser, site, built_book):
    folder = built_book.html
    faults, used = {}, set()
    for page in pages_of(folder):
        if page != folder / "index.html":  # it only leads to chapters/index.html
            query = "?q=lstm" if page.name == "search.html" else ""
            found, excusing = accessibility.look(browser, f"{site}/{page.relative_to(folder).as_posix()}{query}")
            faults[page.name] = found
            used |= excusing
    assert len(faults) > 4
    assert {name: found for name, found in faults.items() if found} == {}
    assert accessibility.stale(used) == []


# --- the checks can fail -------------------------------------------------------------------

# what is planted: the fragment, and what the visit must say
PLANTED = {
    "a script from another host": (
        '<script src="https://example.com/x.js"></script>',
        "request to another host: https://example.com/x.js",
    ),
    "an error in the console": ("<script>console.error('planted')</script>", "console error: planted"),
    "an exception in a script": ("<script>throw new Error('planted')</script>", "page error"),
    "a formula with an unclosed brace": (r'<span class="math">\(\frac{\)</span>', "TeX shown as text"),
    "a formula that lacks an argument": (
        r'<span class="math">\(\frac{1}\)</span>',
        "broken formula: Missing argument",
    ),
    "a formula with an unknown macro": (
        r'<span class="math">\(\nosuch\)</span>',
        "broken formula: Undefined control sequence",
    ),
    "a formula that is not set": ('<span class="math">x</span>', "shown"),
    "TeX between dollars in a paragraph": ("<p>the state $c_t$ stays</p>", "TeX shown as text: '$c_t$'"),
    "an image without alt text": ('<img src="../_static/favicon.svg">', "image without alt text"),
    "an image with its file name as alt text": (
        '<img src="../_static/favicon.svg" alt="../_images/1f2e.png">',
        "alt text is a file name",
    ),
    "a box wider than a phone": ('<div style="width:900px">wide</div>', "page scrolls sideways at 390 px, light"),
    "a box wider than a phone in dark mode only": (
        '<style>[data-theme="dark"] #wide { width: 900px }</style><div id="wide">wide</div>',
        "page scrolls sideways at 390 px, dark",
    ),
    "a wide table whose end can't be reached": (
        '<div style="overflow:hidden"><table style="width:900px"><tr><td>wide</td></tr></table></div>',
        "cut off at 390 px, light: <table",
    ),
    "an equation wider than a laptop's column": (
        r'<div class="math" id="eq-wide">\[' + "x + " * 60 + r"x\]</div>",
        "equation is cut off at 1280 px: eq-wide",
    ),
    "an image whose file is missing": ('<img src="no_such.png" alt="A plot.">', "console error"),
}

# The same for accessibility; all of them are planted in one page.
PLANTED_BARRIERS = {
    "a button without a name": ("<button></button>", "1280 px, light: button-name"),
    "grey text on white": ('<p style="color:#999;background:#fff">words</p>', "390 px, light: color-contrast"),
    "text that is dark in dark mode": (
        '<style>[data-theme="dark"] #dark { color: #333 }</style><p id="dark">words</p>',
        '1280 px, dark: color-contrast: Elements must meet minimum color contrast ratio thresholds: <p id="dark"',
    ),
    "an empty heading of a table column": (
        "<table><thead><tr><th></th><th>x</th></tr></thead><tr><td>1</td><td>2</td></tr></table>",
        "1280 px, light: empty-table-header",
    ),
    "a box that scrolls and can't be reached with the Tab key": (
        '<div style="overflow-x:auto;width:200px"><p style="width:400px">words words words words words words</p></div>',
        "390 px, dark: scrollable-region-focusable",
    ),
    "a colour of code that is too pale": (
        "<style>.highlight .kn { color: #bbb !important }</style>"
        '<div class="highlight-python"><div class="highlight"><pre><span class="kn">import</span></pre></div></div>',
        '1280 px, light: color-contrast: Elements must meet minimum color contrast ratio thresholds: <span class="kn"',
    ),
    "a slider without a label": ('<input type="range">', "1280 px, dark: label"),
}


@pytest.fixture(scope="module")
def copied_book(built_book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / "html"
    shutil.copytree(built_book.html, folder)
    with serve(folder) as base:
        yield base, folder


def test_page_before_planting_is_clean(browser, copied_book):
    base, folder = copied_book
    page = folder / "chapters" / "notation.html"
    assert visit(browser, base, folder, page) == []


def plant(folder, fragment):
    """Write a page of the copied book again, with something in it that should not be there."""
    text = (folder / "chapters" / "notation.html").read_text(encoding="utf-8")
    assert text.count("</article>") == 1
    page = folder / "chapters" / "planted.html"
    page.write_text(text.replace("</article>", fragment + "</article>"), encoding="utf-8")
    return page


@pytest.mark.parametrize("case", PLANTED)
@pytest.mark.planted_fault("{case}", caught_by=test_every_page_is_clean)
def test_planted_fault_is_reported(browser, copied_book, case):
    fragment, expected = PLANTED[case]
    base, folder = copied_book
    faults = visit(browser, base, folder, plant(folder, fragment))
    assert any(expected in fault for fault in faults), faults


NEVER = accessibility.Excused("region", "#no-such-element", "a planted entry")


@pytest.fixture(scope="module")
def barriers(browser, copied_book):
    """What axe-core says of one page with every barrier in it, and of an entry that excuses nothing."""
    base, folder = copied_book
    page = plant(folder, "".join(fragment for fragment, _ in PLANTED_BARRIERS.values()))
    baseline = (*accessibility.BASELINE, NEVER)
    faults, used = accessibility.look(browser, f"{base}/chapters/{page.name}", baseline)
    return faults, accessibility.stale(used, baseline)


@pytest.mark.parametrize("case", PLANTED_BARRIERS)
@pytest.mark.planted_fault("{case}", caught_by=test_every_page_is_accessible)
def test_planted_barrier_is_reported(barriers, case):
    assert any(PLANTED_BARRIERS[case][1] in fault for fault in barriers[0]), barriers[0]


@pytest.mark.planted_fault("an excuse for the theme that excuses nothing", caught_by=test_every_page_is_accessible)
def test_planted_excuse_is_reported(barriers):
    assert barriers[1] == [f"baseline entry that excuses nothing: region {NEVER.element}"]


# --- the page for addresses that do not exist ----------------------------------------------


def test_an_unknown_address_gets_a_page_with_a_way_back(browser, built_book, tmp_path):
    # as the server that publishes the book: below a folder of the repository's name, at any depth
    (tmp_path / "lstm-course").symlink_to(built_book.html)
    missing = []
    with serve(tmp_path) as base, browser.new_page() as page:
        page.on("response", lambda response: missing.append(response.url) if response.status >= 400 else None)
        page.goto(f"{base}/lstm-course/404.html")
        assert page.locator("article h1").inner_text() == "Page not found"
        assert page.locator("nav.bd-links a").count() > 10
        page.locator("a.navbar-brand").click()
        assert page.title().startswith("LSTM, from gates to sequences")
    assert missing == []


# --- equations -----------------------------------------------------------------------------


def test_a_link_to_an_equation_shows_it(browser, site):
    with browser.new_page() as page:
        page.goto(f"{site}/chapters/02_numpy_lstm.html", wait_until="networkidle")
        link = page.locator('p a.eq-link[href*="eq-mse"]').first
        card = page.locator("#eq-preview")
        assert not card.is_visible()
        link.hover()
        card.wait_for(state="visible", timeout=TIMEOUT_MS)
        assert "(mse)" in card.inner_text() and card.locator("mjx-container mjx-mfrac").count()
        page.keyboard.press("Escape")
        assert not card.is_visible()
        link.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        card.wait_for(state="visible", timeout=TIMEOUT_MS)
        assert link.get_attribute("aria-describedby") == "eq-preview"
        page.keyboard.press("Enter")
        assert page.url.endswith("#eq-mse")


def test_the_tag_in_code_leads_to_its_equation(browser, site):
    with browser.new_page() as page:
        page.goto(f"{site}/chapters/01_gates.html", wait_until="networkidle")
        target = page.locator("pre a.eq-link", has_text="lstm-cell").first.get_attribute("href")
    assert target == "#eq-lstm-cell"


def tag_of_the_first_equation(browser, site, width):
    with browser.new_page(viewport={"width": width, "height": 800}) as page:
        page.goto(f"{site}/chapters/01_gates.html", wait_until="networkidle")
        formula = page.locator("#eq-gradient-product")
        own = formula.locator(".eq-tag")
        return own.is_visible(), formula.locator("mjx-mlabeledtr, mjx-mtd[id]").count() > 0


def test_the_tag_has_a_line_of_its_own_on_a_phone_alone(browser, site):
    assert tag_of_the_first_equation(browser, site, NARROW) == (True, False)
    assert tag_of_the_first_equation(browser, site, WIDE) == (False, True)


# --- search ------------------------------------------------------------------------------------

# what somebody looks for, and the section that must be among the first three
WANTED = {
    "forget gate": "chapters/01_gates.html#the-forget-gate-keep-or-clear",
    "truncated backpropagation": "chapters/03_training.html#truncated-backpropagation",
    "gradient clipping": "chapters/03_training.html#clipping",
    "vanishing gradient": "chapters/07_char_lm.html#how-far-back-does-it-look",
    "perplexity": "chapters/07_char_lm.html#what-a-language-model-is",
    "teacher forcing": "chapters/08_seq2seq.html#teacher-forcing",
    "masked loss": "chapters/08_seq2seq.html#the-loss-without-the-padding",
    "confusion matrix": "chapters/05_classification.html#four-classes",
    "best of N": "chapters/06_tuning.html#the-best-of-n-flatters",
    "length penalty": "chapters/10_beam_search.html#long-and-short",
    "lstm_step": "chapters/api/gates.html#lstm_lib.gates.lstm_step",
    "chrono initialisation": "chapters/01_gates.html#where-to-start",
}


def results(page, address, query):
    page.goto(f"{address}?q={query.replace(' ', '+')}", wait_until="load")
    page.locator("#search-results li").first.wait_for(timeout=TIMEOUT_MS)
    links = page.locator("#search-results li > a")
    return [link.get_attribute("href") for link in links.all()], page.locator("#search-results li").all_inner_texts()


def test_search_leads_to_the_section(browser, site, built_book):
    with browser.new_page() as page:
        found = {query: results(page, f"{site}/search.html", query)[0][:3] for query in WANTED}
        first = results(page, (built_book.html / "search.html").as_uri(), "forget gate")  # and from a folder
    assert {query: hits for query, hits in found.items() if WANTED[query] not in hits} == {}
    assert first[0][0] == WANTED["forget gate"] and "forget gate" in first[1][0]


def test_every_section_that_the_search_knows_is_there(built_book):
    text = (built_book.html / "_static" / "sections.js").read_text(encoding="utf-8")
    sections = json.loads(text.removeprefix("window.lstmSections = ").rstrip().removesuffix(";"))
    assert len(sections) > 300 and len({url for url, *_ in sections}) == len(sections)
    pages = {}
    for url, _, title, _, _ in sections:
        file, _, anchor = url.partition("#")
        page = pages.setdefault(file, (built_book.html / file).read_text(encoding="utf-8"))
        assert title and (not anchor or f'id="{anchor}"' in page), url


def test_search_quotes_the_text_of_the_pages(browser, site):
    with browser.new_page() as page:
        _, quotes = results(page, f"{site}/search.html", "lstm")
        nothing = page.goto(f"{site}/search.html?q=zyzzyva") and page.locator("p.search-summary").inner_text()
    assert len(quotes) > 2 and all("lstm" in quote.lower() for quote in quotes)
    # neither the marks of a formula nor imports nor the theme's buttons
    assert not [quote for quote in quotes if RAW_TEX.search(quote) or ".pdf" in quote or "import " in quote]
    assert nothing.startswith("No section has all of these words")


# --- the keyboard ------------------------------------------------------------------------------

MOST_STOPS = 80
STOPS = """() => {
  const article = document.querySelector("article.bd-article");
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const stops = all.filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
  return stops.filter((e) => article.contains(e)).length + 1;  // the link that skips what stands before
}"""


def test_the_end_of_a_chapter_is_not_far_for_the_tab_key(browser, site, built_book, record_property):
    stops = {}
    with browser.new_page() as page:
        for chapter in sorted((built_book.html / "chapters").glob("[0-9]*.html")):
            page.goto(f"{site}/chapters/{chapter.name}", wait_until="networkidle")
            stops[chapter.stem] = page.evaluate(STOPS)
    record_property("told", f"Tab stops from the skip link to the end of a chapter: {stops}")
    assert {name: n for name, n in stops.items() if n >= MOST_STOPS} == {}


def test_arrow_keys_lead_through_the_options_of_a_question(browser, site):
    with browser.new_page() as page:
        page.goto(f"{site}/chapters/01_gates.html", wait_until="networkidle")
        options = page.locator("details.quiz")
        options.nth(0).locator("summary").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert [options.nth(k).evaluate("e => e.open") for k in range(3)] == [False, True, False]
        page.keyboard.press("ArrowUp")
        assert options.nth(0).locator("summary").evaluate("e => e === document.activeElement && e.tabIndex === 0")


# --- progress ----------------------------------------------------------------------------------


def test_what_a_reader_has_done_is_kept_shown_and_erased(browser, site):
    with browser.new_context() as fresh, fresh.new_page() as page:
        page.goto(f"{site}/chapters/index.html")
        assert page.locator("#progress").inner_text() == ""
        page.goto(f"{site}/chapters/02_numpy_lstm.html", wait_until="networkidle")
        boxes = page.locator("input.exercise-done")
        assert boxes.count() == 11
        boxes.nth(2).check()
        page.locator("details.quiz summary").first.click()
        page.locator("section#windows-carry-the-state-cut-the-gradient").scroll_into_view_if_needed()
        page.wait_for_function("localStorage.getItem('lstm-course-progress').includes('cut-the-gradient')")
        page.reload(wait_until="networkidle")
        assert [boxes.nth(k).is_checked() for k in (1, 2)] == [False, True]
        page.goto(f"{site}/chapters/index.html")
        shown = page.locator("#progress").inner_text()
        assert "1 of 11 exercises, 1 of 3 questions" in shown and "cut the gradient" in shown
        page.locator("#progress a").first.click()
        assert page.url.endswith("02_numpy_lstm.html#windows-carry-the-state-cut-the-gradient")
        page.goto(f"{site}/chapters/index.html")
        page.locator("#progress button").click()
        assert page.evaluate("localStorage.getItem('lstm-course-progress')") is None
        assert page.locator("#progress").inner_text() == ""


# --- weight ------------------------------------------------------------------------------------

# Bytes as they stand in the folder; a server that compresses sends less than half of the text. The aim is 1.5 million:
# this keeps what has been gained.
MOST_BYTES = 2_200_000


def test_a_page_is_not_heavy(browser, site, built_book, record_property):
    weights = {}
    for path in [
        built_book.html / "chapters" / "index.html",
        *sorted((built_book.html / "chapters").glob("[0-9]*.html")),
    ]:
        sizes = []
        with browser.new_context() as fresh, fresh.new_page() as page:
            page.on("requestfinished", lambda request, sizes=sizes: sizes.append(request.sizes()["responseBodySize"]))
            page.goto(f"{site}/chapters/{path.name}", wait_until="networkidle")
        weights[path.stem] = sum(sizes)
    told = {name: f"{size / 1e6:.2f} MB" for name, size in weights.items()}
    record_property("told", f"what a page loads, not compressed: {told}")
    assert {name: size for name, size in weights.items() if size > MOST_BYTES} == {}


# --- quizzes and solutions --------------------------------------------------------------------


def test_quiz_opens_with_the_keyboard(browser, site, built_book):
    pages = [p for p in pages_of(built_book.html) if '<details class="quiz' in p.read_text(encoding="utf-8")]
    assert pages
    with browser.new_page() as page:
        page.goto(f"{site}/{pages[0].relative_to(built_book.html).as_posix()}")
        option = page.locator("details.quiz").first
        option.locator("summary").focus()
        page.keyboard.press("Enter")
        assert option.evaluate("e => e.open")
        assert option.locator(":scope > p").first.is_visible()


# --- the cell explorer ------------------------------------------------------------------------


@pytest.fixture
def explorer(browser, site):
    """The page of chapter 01 and the widget in it."""
    with browser.new_page(viewport={"width": WIDE, "height": 900}) as page:
        page.set_default_timeout(10_000)
        page.goto(f"{site}/chapters/01_gates.html")
        page.wait_for_function("() => window.lstmCellExplorerStep")
        yield page.locator("lstm-cell-explorer")


def value(explorer, name):
    """Read a number that the widget shows: i, f, g, o, c_t or h_t."""
    return float(explorer.locator(f'[data-out="{name}"]').inner_text().replace("\u2212", "-"))


def press(explorer, name):
    explorer.get_by_role("button", name=name, exact=True).click()


def slide(explorer, label, to):
    explorer.get_by_label(label).fill(str(to))


def test_step_of_the_widget_is_the_step_of_the_library(explorer):
    rng = np.random.default_rng(0)
    for _ in range(50):
        x, h, c = rng.normal(size=3) * [2.0, 1.0, 3.0]
        w_x, w_h, b = rng.normal(size=(3, 4)) * [[1.0], [1.5], [3.0]]
        shown = explorer.page.evaluate(
            "cell => lstmCellExplorerStep(cell)",
            {"x": x, "h": h, "c": c, "w_x": w_x.tolist(), "w_h": w_h.tolist(), "b": b.tolist()},
        )
        h_t, c_t = lstm_step(np.array([[x]]), np.array([[h]]), np.array([[c]]), w_x[:, None], w_h[:, None], b)
        np.testing.assert_allclose([shown["h"], shown["c"]], [h_t.item(), c_t.item()], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("x", [-2, 0, 2])
def test_remember_keeps_the_cell_whatever_the_input(explorer, x):
    slide(explorer, "ct−1 cell before", 1.5)
    slide(explorer, "xt input", x)
    press(explorer, "remember")
    assert value(explorer, "c_t") == pytest.approx(1.5, abs=0.01)


def test_write_replaces_the_cell_by_the_candidate(explorer):
    slide(explorer, "ct−1 cell before", -3)
    press(explorer, "write")
    assert value(explorer, "c_t") == pytest.approx(value(explorer, "g"), abs=0.02)
    assert value(explorer, "g") > 0.5


def test_forget_empties_the_cell(explorer):
    slide(explorer, "ct−1 cell before", 3)
    press(explorer, "forget")
    assert value(explorer, "c_t") == pytest.approx(0, abs=0.01)


def test_hide_keeps_the_cell_and_shows_nothing(explorer):
    slide(explorer, "ct−1 cell before", 2)
    press(explorer, "hide")
    assert value(explorer, "c_t") == pytest.approx(2, abs=0.01)
    assert value(explorer, "h_t") == pytest.approx(0, abs=0.01)


def test_keyboard_moves_a_slider_and_the_text_follows(explorer):
    before = value(explorer, "c_t")
    slider = explorer.get_by_label("xt input")
    slider.focus()
    explorer.page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) == pytest.approx(1.1)
    assert value(explorer, "c_t") > before
    assert f"{value(explorer, 'c_t'):.3f}" in explorer.get_by_role("status").inner_text()


def test_run_draws_twenty_steps_of_the_cell(explorer):
    press(explorer, "step ×20")
    points = explorer.locator('[data-line="c"]').get_attribute("points").split()
    assert len(points) == 21
    # the plot follows the sliders, and its text says where the lines end
    press(explorer, "remember")
    path = explorer.evaluate("e => e.path.map(s => s.c)")
    assert path == pytest.approx([0.8] * 21, abs=0.02)
    assert explorer.get_by_role("img", name="Line plot over 20 steps").is_visible()


def test_start_again_restores_the_start(explorer):
    start = {name: value(explorer, name) for name in "ifgo"}
    press(explorer, "write")
    slide(explorer, "xt input", -1)
    press(explorer, "start again")
    assert {name: value(explorer, name) for name in "ifgo"} == start


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_gate_colours_stand_out_from_the_page(browser, site, scheme):
    """WCAG asks 3:1 for graphics; the dark mode has lighter shades for that."""
    with browser.new_page(color_scheme=scheme) as page:
        page.goto(f"{site}/chapters/01_gates.html")
        page.wait_for_function("() => window.lstmCellExplorerStep")
        colours = page.locator("lstm-cell-explorer").evaluate(
            """e => ["i", "f", "g", "o"].map(gate => {
                 const probe = document.createElement("span");
                 e.append(probe);
                 probe.style.color = `var(--${gate})`;
                 const colour = getComputedStyle(probe).color;
                 probe.remove();
                 return colour;
               }).concat(getComputedStyle(document.body).backgroundColor)"""
        )
    luminances = [luminance(colour) for colour in colours]
    paper = luminances.pop()
    assert (paper > 0.5) == (scheme == "light")
    contrasts = [(max(v, paper) + 0.05) / (min(v, paper) + 0.05) for v in luminances]
    assert min(contrasts) >= 3


def luminance(colour):
    """Relative luminance of ``rgb(r, g, b)`` as WCAG defines it."""
    channels = np.array([float(v) for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
