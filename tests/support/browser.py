"""Look at a page of the built book as a reader's browser does, and list what is wrong.

The test files and the check that these checks can fail share this module. A visit
returns plain text, one line per fault, so that a failing test prints all of them.
"""

import functools
import os
import re
import threading
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tools.chromium import CHROMIUM_FLAGS, MISSING, find_chromium

WIDE, NARROW = 1280, 390  # a laptop and a phone, in CSS pixels
SCHEMES = ("light", "dark")
TIMEOUT_MS = 30_000


def chromium_path():
    """Return the browser's path; skip the test without one, or fail it where CI is set."""
    if found := find_chromium():
        return found
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@contextmanager
def launch_chromium():
    """Yield a browser, and stop all of it again, its event loop too."""
    playwright_api = pytest.importorskip("playwright.sync_api")
    path = chromium_path()
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a browser that leaves a page drops its connections


@contextmanager
def serve(folder):
    """Serve a folder on a free port of 127.0.0.1 and yield its address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with QuietServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


# --- the page's source ---------------------------------------------------------------


class SourceFormulas(HTMLParser):
    """Count the elements of class ``math``, each of which holds one formula."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def handle_starttag(self, tag, attrs):
        self.count += "math" in (dict(attrs).get("class") or "").split()


def count_source_formulas(path):
    parser = SourceFormulas()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.count


# --- the page in the browser -------------------------------------------------------------

# Text that a reader sees outside code; MathJax's output holds no TeX any more.
VISIBLE_TEXT = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("pre, code, script, style, noscript, mjx-container"))
      seen.push(text.data);
  }
  return seen;
}"""

# One formula: from a dollar to a dollar with no space inside them, and no digit after,
# so that "$5 or $6" is money.
RAW_TEX = re.compile(r"\\[(\[]|\$\$|\\(?:frac|tag|begin|odot|tanh|sigma)\b|\$[^\s$](?:[^$]*[^\s$])?\$(?!\d)")

FORMULAS = """() => ({
  shown: document.querySelectorAll("mjx-container").length,
  // several parsers, several names for the same fault
  broken: [...document.querySelectorAll("mjx-merror, merror, [data-mjx-error]")]
    .map(e => e.getAttribute("data-mjx-error") || e.textContent.trim()),
})"""

IMAGES = """() => [...document.images].map(e => ({src: e.getAttribute("src"), alt: e.getAttribute("alt")}))"""

LOOKS_LIKE_A_PATH = re.compile(r"[/\\]\S*\.\w+$|\.(png|jpe?g|svg|gif|webp)$", re.IGNORECASE)


def faults_of_formulas(page, source_count):
    if source_count:
        try:
            page.wait_for_function(
                "() => window.MathJax && MathJax.startup && MathJax.startup.promise",
                timeout=TIMEOUT_MS,
            )
            page.evaluate("() => MathJax.startup.promise")
        except Exception as error:  # playwright's own classes; any of them means no formulas
            return [f"MathJax did not start: {str(error).splitlines()[0]}"]
    faults = []
    found = page.evaluate(FORMULAS)
    if found["shown"] != source_count:
        faults.append(f"{source_count} formulas in the source, {found['shown']} shown")
    faults += [f"broken formula: {text}" for text in found["broken"]]
    for text in page.evaluate(VISIBLE_TEXT):
        if match := RAW_TEX.search(text):
            faults.append(f"TeX shown as text: {match.group()!r} in {text.strip()[:80]!r}")
    return faults


def faults_of_images(page):
    faults = []
    for image in page.evaluate(IMAGES):
        alt = (image["alt"] or "").strip()
        if not alt:
            faults.append(f"image without alt text: {image['src']}")
        elif LOOKS_LIKE_A_PATH.search(alt):
            faults.append(f"alt text is a file name: {alt}")
    return faults


# Show all that a page can show, and wait until it stands still.
UNFOLD = """async () => {
  document.querySelectorAll("details").forEach(e => { e.open = true; });
  document.querySelectorAll("[data-run]").forEach(e => e.click());
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  const fading = document.getAnimations().filter(a => a.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(fading.map(a => a.finished));
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}"""

# What is wider than the page must lie whole in a box that scrolls.
CUT_OFF = """() => {
  const inPage = box => box.left > -1 && box.right < innerWidth + 1;
  const scrolls = (e, left) => {
    for (let box = e; box !== document.body; box = box.parentElement) {
      const place = box.getBoundingClientRect();
      if (/auto|scroll/.test(getComputedStyle(box).overflowX) && inPage(place))
        return left + box.scrollLeft > place.left - 1;
    }
    return false;
  };
  return [...document.querySelectorAll("article :is(pre, table, img, svg, mjx-math, button, input, p)")]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().width > 1)
    .filter(e => !inPage(e.getBoundingClientRect()) && !scrolls(e, e.getBoundingClientRect().left))
    .map(e => e.outerHTML.replace(/\\s+/g, " ").slice(0, 80));
}"""


def switch_to(page, scheme):
    """Show the page in light or dark mode, as the reader's system asks for it."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)


WIDE_EQUATIONS = """() => [...document.querySelectorAll("div.math.scrolls")].map(e => e.id || e.textContent.trim())"""


def faults_of_width(page):
    """Say which equation is wider than a laptop's column, and what is wider than a phone, in light and in dark mode."""
    page.evaluate(UNFOLD)
    faults = [f"equation is cut off at {WIDE} px: {name}" for name in page.evaluate(WIDE_EQUATIONS)]
    page.set_viewport_size({"width": NARROW, "height": 844})
    page.evaluate(UNFOLD)
    for scheme in SCHEMES:
        switch_to(page, scheme)
        wide, room = page.evaluate("[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]")
        if wide > room:
            faults.append(f"page scrolls sideways at {NARROW} px, {scheme}: it is {wide} px wide")
        faults += [f"cut off at {NARROW} px, {scheme}: {element}" for element in page.evaluate(CUT_OFF)]
    return faults


def visit(browser, base, folder, page_file):
    """Open one page of a book, at both widths, and return its faults.

    ``base`` is where the browser finds ``folder``: an address from :func:`serve`, or
    ``folder.as_uri()`` for a book opened from the disk.
    """
    address = f"{base}/{page_file.relative_to(folder).as_posix()}"
    faults = []
    host = urlsplit(address).netloc

    def on_request(request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != host:
            faults.append(f"request to another host: {request.url}")

    def on_console(message):
        if message.type == "error":
            faults.append(f"console error: {message.text}")

    with browser.new_context(viewport={"width": WIDE, "height": 900}) as context:
        page = context.new_page()
        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", lambda error: faults.append(f"page error: {error}"))
        # Reported above; let go here, so that no test needs the network to fail.
        page.route(
            lambda url: urlsplit(url).scheme.startswith("http") and urlsplit(url).netloc != host,
            lambda route: route.abort(),
        )
        page.goto(address, wait_until="load", timeout=TIMEOUT_MS)
        source = page_file
        if 'http-equiv="refresh"' in source.read_text(encoding="utf-8").lower():
            page.wait_for_url(lambda url: url != address, timeout=TIMEOUT_MS)
            source = folder / page.url.removeprefix(f"{base}/")
        page.wait_for_load_state("networkidle", timeout=TIMEOUT_MS)
        faults += faults_of_formulas(page, count_source_formulas(source))
        faults += faults_of_images(page)
        faults += faults_of_width(page)
    return faults


def pages_of(folder):
    """Return every page of the book, the search page and the index page included.

    Not the one for addresses that do not exist: a server shows it at any of them, so that its links begin at the root.
    """
    return sorted(p for p in folder.rglob("*.html") if "_static" not in p.parts and p.name != "404.html")
