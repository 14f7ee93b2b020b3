"""Where the links, citations and images of the book lead, and whether anything is there.

Each function takes files and returns complaints, as those of pages do. Nothing
is asked of the network: a link to another host is held to what the repository knows of it.
"""

import re
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urlsplit

import nbformat
import yaml
from browser import LOOKS_LIKE_A_PATH, pages_of
from markdown_it import MarkdownIt
from pages import ROOT
from pybtex.database import parse_file

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "iframe": "src"}


class Page(HTMLParser):
    """The anchors of a built page, its links, and the links of each entry of a bibliography in it."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.entries = {"", "top"}, [], {}
        self.entry, self.depth = None, 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs.get("id"), attrs.get("name") if tag == "a" else None} - {None}
        if tag == "div":
            if "citation" in (attrs.get("class") or "").split():
                self.entry, self.depth = self.entries.setdefault(attrs["id"], set()), 0
            self.depth += 1
        if tag == "meta" and attrs.get("http-equiv", "").lower() == "refresh":
            self.links.append(attrs["content"].partition("url=")[2])
        if link := attrs.get(LINKS.get(tag)):
            self.links.append(link)
            if self.entry is not None:
                self.entry.add(link)

    def handle_endtag(self, tag):
        if tag == "div":
            self.depth -= 1
            if self.depth == 0:
                self.entry = None


def read_pages(folder):
    """Read every page of a built book, by path."""
    return {path.resolve(): Page(path) for path in pages_of(folder)}


def is_external(link):
    return bool(urlsplit(link).scheme or urlsplit(link).netloc)


# --- within the book -----------------------------------------------------------------------


def internal_complaints(folder):
    """Say which link of a built book leads to no file of it, or to no anchor of that file."""
    pages, complaints = read_pages(folder), []
    for path, page in pages.items():
        for link in page.links:
            if is_external(link):
                continue
            target, anchor = urldefrag(link)
            file = (path.parent / unquote(urlsplit(target).path)).resolve() if target else path
            if not file.is_file():
                complaints.append(f"{path.name}: {link}: no such file")
            elif file in pages and unquote(anchor) not in pages[file].ids:
                complaints.append(f"{path.name}: {link}: no such anchor")
    return complaints


def citation_complaints(folder, bibliography):
    """Say which citation leads to no entry that is shown, and which entry of the file nobody cites.

    A paper is cited by a link to where it can be read, which works in Colab too, or by its anchor on the page of
    references. To link to a host of papers is to cite.
    """
    pages = read_pages(folder)
    shown = {key.removeprefix("cite-"): links for page in pages.values() for key, links in page.entries.items()}
    papers = {link for links in shown.values() for link in links}
    hosts = {urlsplit(link).netloc for link in papers}
    cited, complaints = set(), []
    for path, page in pages.items():
        if page.entries:
            continue
        for link in page.links:
            if link in papers:
                cited |= {key for key, links in shown.items() if link in links}
            elif urlsplit(link).netloc in hosts:
                complaints.append(f"{path.name}: {link}: not in the list of references")
            elif "#cite-" in link:
                cited.add(link.partition("#cite-")[2])
    keys = set(parse_file(str(bibliography)).entries)
    complaints += [f"{key}: an entry of {bibliography.name} that is not shown" for key in sorted(keys - shown.keys())]
    complaints += [f"{key}: an entry of {bibliography.name} that no page cites" for key in sorted(keys - cited)]
    return complaints


# --- to the repository ------------------------------------------------------------------------


@dataclass(frozen=True)
class Repository:
    """What a link to the repository may name: its place, its branch, its tracked files."""

    slug: str  # owner/name
    branch: str
    files: frozenset = field(repr=False)  # paths from the root

    def has(self, path):
        """Say whether a path is a tracked file, or a folder that holds one."""
        path = path.strip("/")
        return path in self.files or any(file.startswith(f"{path}/") for file in self.files)


def this_repository():
    """Read the repository's place from ``_config.yml`` and its files from git."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    slug = urlsplit(config["url"]).path.strip("/")
    return Repository(slug, config["branch"], frozenset(listed.split("\0")) - {""})


# Host, and the form of a path that names a file; the rest of a GitHub address names no file.
FORMS = {
    "colab.research.google.com": r"/github/(?P<slug>[^/]+/[^/]+)/blob/(?P<branch>[^/]+)/(?P<path>.+)",
    "mybinder.org": r"/v2/gh/(?P<slug>[^/]+/[^/]+)/(?P<branch>[^/]+)/?",
    "raw.githubusercontent.com": r"/(?P<slug>[^/]+/[^/]+)/(?P<branch>[^/]+)/(?P<path>.+)",
    "github.com": r"/(?P<slug>[^/]+/[^/]+)/(?:blob|edit|raw|tree)/(?P<branch>[^/]+)/(?P<path>.+)",
}
LAUNCHERS = {"colab.research.google.com", "mybinder.org"}
BINDER_VIEW = re.compile(r"/?(?:lab/tree|doc/tree|tree|notebooks)/")


def repository_complaint(link, repository, pages=()):
    """Say what is wrong with a link to the repository; nothing for a good one and for any other link.

    Parameters
    ----------
    link : str
    repository : Repository
    pages : collection of str
        Pages of the book that an issue may be about, as ``chapters/01_gates.html``.
    """
    parts = urlsplit(link)
    if parts.netloc not in FORMS:
        return None
    match = re.fullmatch(FORMS[parts.netloc], unquote(parts.path))
    if not match:
        if parts.netloc in LAUNCHERS:
            return f"{link}: starts nothing"
        about = parse_qs(parts.query).get("title", [""])[0].partition("/")[2]
        if parts.path == f"/{repository.slug}/issues/new" and about and about not in pages:
            return f"{link}: no such page"
        return None
    if match["slug"] != repository.slug:
        # someone else's repository may be cited, but not launched
        return f"{link}: not the repository of _config.yml" if parts.netloc in LAUNCHERS else None
    if match["branch"] != repository.branch:
        return f"{link}: not the branch of _config.yml"
    if parts.netloc == "mybinder.org":
        query = parse_qs(parts.query)
        view = next((query[key][0] for key in ("urlpath", "labpath", "filepath") if key in query), "")
        path = BINDER_VIEW.sub("", view, count=1)
        if path in ("", "lab", "tree"):
            return None
    else:
        path = match["path"]
    return None if repository.has(path) else f"{link}: no tracked file"


def launch_complaints(folder, repository):
    """Say which launch, source or issue link of a built book leads to no tracked file or page."""
    names = {path.relative_to(folder).as_posix() for path in pages_of(folder)}
    found = []
    for path, page in read_pages(folder).items():
        complaints = (repository_complaint(link, repository, names) for link in page.links)
        found += [f"{path.name}: {complaint}" for complaint in complaints if complaint]
    return found


# --- in Markdown ------------------------------------------------------------------------------

IMAGE_TAG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
FIGURE = re.compile(r"^```\{(?:figure|image)\} *(\S+)\n((?::.*\n)*)", re.MULTILINE)


def tracked_markdown(repository):
    """List the Markdown files and notebooks of the repository."""
    return [ROOT / name for name in sorted(repository.files) if name.endswith((".md", ".ipynb"))]


def markdown(path):
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return path.read_text(encoding="utf-8")


def inline_tokens(text):
    parser = MarkdownIt("commonmark").enable("table")
    return [token for block in parser.parse(text) for token in block.children or []]


def heading_anchors(text):
    """Give the anchors that GitHub makes of the headings of a text."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def markdown_complaints(path, repository, home=None):
    """Say which relative link of a Markdown file or notebook leads to no tracked file or heading.

    ``home`` is the folder that its links start from, if not its own.
    """
    complaints, text = [], markdown(path)
    for token in inline_tokens(text):
        link = token.attrGet("href") or token.attrGet("src")
        if not link:
            continue
        if is_external(link):
            # a badge lies with the launcher and starts nothing
            if token.type == "link_open" and (complaint := repository_complaint(link, repository)):
                complaints.append(f"{path.name}: {complaint}")
            continue
        target, anchor = urldefrag(link)
        file = (Path(home or path.parent) / unquote(target)).resolve() if target else path
        if target and not (file.is_relative_to(ROOT) and repository.has(file.relative_to(ROOT).as_posix())):
            complaints.append(f"{path.name}: {link}: no tracked file")
        elif anchor and file.suffix == ".md" and anchor not in heading_anchors(markdown(file)):
            complaints.append(f"{path.name}: {link}: no such heading")
    return complaints


def alt_complaints(path):
    """Say which image of a Markdown file or notebook, drawn by a cell or named in its text, lacks alt text.

    A figure needs a sentence; an image that is a link's text, such as a badge, needs a word.
    """
    text, images, figures = markdown(path), {}, {}
    for token in inline_tokens(text):
        if token.type == "image":
            images[token.attrGet("src")] = token.content
    for tag in IMAGE_TAG.findall(text):
        images[tag] = (re.search(r"""\balt=["']([^"']*)""", tag) or ["", ""])[1]
    for name, options in FIGURE.findall(text):
        figures[name] = (re.search(r"^:alt: *(.+)", options, re.MULTILINE) or ["", ""])[1]
    if path.suffix == ".ipynb":
        for cell in nbformat.read(path, as_version=4).cells:
            if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
                figures[cell.id] = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    lacking = [name for name, alt in (images | figures).items() if not alt.strip() or LOOKS_LIKE_A_PATH.search(alt)]
    lacking += [name for name, alt in figures.items() if 0 < len(alt) < 40]
    return [f"{path.name}: {name}: no alt text that says what it shows" for name in lacking]
