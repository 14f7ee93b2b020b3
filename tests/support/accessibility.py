"""Look at a page with axe-core, which knows what keyboards, screen readers and weak eyes need.

A page is looked at as a reader can have it: at both widths, light and dark, with every
solution unfolded and the widget running. axe-core comes with a package from PyPI.
"""

from dataclasses import dataclass

import pytest
from browser import NARROW, SCHEMES, TIMEOUT_MS, UNFOLD, WIDE, switch_to


@dataclass(frozen=True)
class Excused:
    """One element of the theme's own that may break one rule."""

    rule: str
    element: str  # CSS selector
    reason: str


# The whole baseline. What is not the theme's own is mended instead; an entry that excuses nothing is a fault.
BASELINE = (
    Excused(
        "label-content-name-mismatch",
        "button.search-button-field",
        "the theme names the button Search, and its text shows the keys Ctrl + K too",
    ),
    Excused(
        "region",
        ".bd-sidebar-primary .sidebar-primary-item:has(> a.navbar-brand)",
        "the theme leaves the book's title above the navigation outside every landmark",
    ),
)

# Off by default in axe-core, because it is new there; people who speak to their browser need it.
MORE_RULES = {"label-content-name-mismatch": {"enabled": True}}

# A chapter has thousands of coloured words of code, and to judge colours is slow: of each kind one is enough.
ONE_OF_EACH_WORD = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span[class]")) {
    const kind = [word, word.closest("[class*='highlight-']"), word.closest("details")].map(e => e?.className).join();
    // axe-core passes no judgement on a single letter
    if (word.textContent.length < 2 || seen.has(kind)) word.replaceWith(...word.childNodes);
    else seen.add(kind);
  }
}"""

RUN_AXE = """async ({rules, baseline}) => {
  const options = {resultTypes: ["violations"], elementRef: true, selectors: false, rules};
  const found = await axe.run(document, options);
  return found.violations.flatMap(({id, help, nodes}) => nodes.map(node => ({
    text: `${id}: ${help}: ${node.html.replace(/\\s+/g, " ").slice(0, 120)}`,
    excused: baseline.findIndex(([rule, selector]) => rule === id && node.element.matches(selector)),
  })));
}"""


def look(browser, address, baseline=BASELINE):
    """Return the faults of one page, and the entries of the baseline that excused one."""
    axe = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    pairs = [(entry.rule, entry.element) for entry in baseline]
    faults, used = [], set()
    for width in (WIDE, NARROW):
        viewport = {"width": width, "height": 900}
        with browser.new_context(viewport=viewport, reduced_motion="reduce") as context:
            page = context.new_page()
            page.goto(address, wait_until="networkidle", timeout=TIMEOUT_MS)
            page.evaluate(UNFOLD)
            page.evaluate(ONE_OF_EACH_WORD)
            page.evaluate(axe)
            for scheme in SCHEMES:
                switch_to(page, scheme)
                for found in page.evaluate(RUN_AXE, {"rules": MORE_RULES, "baseline": pairs}):
                    if found["excused"] < 0:
                        faults.append(f"{width} px, {scheme}: {found['text']}")
                    else:
                        used.add(baseline[found["excused"]])
    return faults, used


def stale(used, baseline=BASELINE):
    """Say which entries of the baseline excused nothing in the whole book."""
    return [f"baseline entry that excuses nothing: {e.rule} {e.element}" for e in baseline if e not in used]
