"""Every link, citation and launch button leads somewhere, and every image says what it shows."""

import shutil

import nbformat
import pytest
import targets
from pages import CHAPTERS, ROOT

BIBLIOGRAPHY = CHAPTERS / "references.bib"


@pytest.fixture(scope="module")
def repository():
    return targets.this_repository()


def test_every_link_within_the_book_resolves(built_book):
    assert targets.internal_complaints(built_book.html) == []


def test_every_citation_resolves_and_every_entry_is_cited(built_book):
    assert targets.citation_complaints(built_book.html, BIBLIOGRAPHY) == []


def test_every_launch_and_source_link_names_a_tracked_file(built_book, repository):
    assert targets.launch_complaints(built_book.html, repository) == []


def test_every_link_in_markdown_names_a_tracked_file(repository):
    files = targets.tracked_markdown(repository)
    assert {"README.md", "CONTRIBUTING.md", "01_gates.ipynb"} <= {file.name for file in files}
    assert [complaint for file in files for complaint in targets.markdown_complaints(file, repository)] == []


def test_every_image_in_markdown_and_notebooks_has_alt_text(repository):
    assert [
        complaint for file in targets.tracked_markdown(repository) for complaint in targets.alt_complaints(file)
    ] == []


# --- these tests can fail ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def copied_book(built_book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / "html"
    shutil.copytree(built_book.html, folder)
    return folder


@pytest.fixture
def planted_page(copied_book):
    """Plant a link in a page of a copy; the folder of the copy comes back."""
    page = copied_book / "chapters" / "notation.html"
    before = page.read_text(encoding="utf-8")

    def plant(link):
        page.write_text(before.replace("</article>", f'<a href="{link}">x</a></article>'), encoding="utf-8")
        return copied_book

    yield plant
    page.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "link", "complaint"),
    [
        ("a link to a page that does not exist", "no_such.html", "no such file"),
        ("a link to a missing anchor of the same page", "#no-such-anchor", "no such anchor"),
        ("a link to a missing equation of another page", "01_gates.html#eq-no-such", "no such anchor"),
        ("a citation of a missing entry by its key", "references.html#cite-nobody1900", "no such anchor"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_link_within_the_book_resolves)
def test_a_planted_dead_link_is_caught(planted_page, what, link, complaint):
    assert targets.internal_complaints(planted_page(link)) == [f"notation.html: {link}: {complaint}"]


@pytest.mark.planted_fault(
    "a link to a paper that is not in the bibliography", caught_by=test_every_citation_resolves_and_every_entry_is_cited
)
def test_a_planted_citation_is_caught(planted_page):
    link = "https://arxiv.org/abs/0000.00000"
    complaints = targets.citation_complaints(planted_page(link), BIBLIOGRAPHY)
    assert complaints == [f"notation.html: {link}: not in the list of references"]


@pytest.mark.planted_fault(
    "an entry of references.bib that no page cites", caught_by=test_every_citation_resolves_and_every_entry_is_cited
)
def test_a_planted_entry_is_caught(built_book, tmp_path):
    longer = tmp_path / "references.bib"
    entry = "@misc{nobody1900, author = {Nobody, A.}, title = {Nothing}, year = {1900}}\n"
    longer.write_text(BIBLIOGRAPHY.read_text(encoding="utf-8") + entry, encoding="utf-8")
    assert targets.citation_complaints(built_book.html, longer) == [
        "nobody1900: an entry of references.bib that is not shown",
        "nobody1900: an entry of references.bib that no page cites",
    ]


COLAB, BINDER, GITHUB = "https://colab.research.google.com/github", "https://mybinder.org/v2/gh", "https://github.com"


@pytest.mark.parametrize(
    ("what", "link", "complaint"),
    [
        ("a Colab button for a missing notebook", f"{COLAB}/{{slug}}/blob/{{branch}}/x.ipynb", "no tracked file"),
        ("a Colab button with a doubled slash", f"{COLAB}/{{slug}}/blob/{{branch}}/./chapters/", "no tracked file"),
        ("a Colab button of another branch", f"{COLAB}/{{slug}}/blob/no/chapters/01_gates.ipynb", "not the branch"),
        (
            "a Colab button of another repository",
            f"{COLAB}/some/fork/blob/{{branch}}/chapters/01_gates.ipynb",
            "not the repository",
        ),
        (
            "a Binder button for a missing notebook",
            f"{BINDER}/{{slug}}/{{branch}}?urlpath=lab/tree/chapters/x.ipynb",
            "no tracked file",
        ),
        ("a Binder button of another form", f"{BINDER}/{{slug}}", "starts nothing"),
        ("a source link to a missing file", f"{GITHUB}/{{slug}}/blob/{{branch}}/x.py", "no tracked file"),
        ("an edit button for a missing file", f"{GITHUB}/{{slug}}/edit/{{branch}}/chapters/x.md", "no tracked file"),
        (
            "an issue button for a missing page",
            f"{GITHUB}/{{slug}}/issues/new?title=Issue%20on%20page%20%2Fchapters/x.html&body=y",
            "no such page",
        ),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_launch_and_source_link_names_a_tracked_file)
def test_a_planted_launch_link_is_caught(planted_page, repository, what, link, complaint):
    link = link.format(slug=repository.slug, branch=repository.branch)
    complaints = targets.launch_complaints(planted_page(link), repository)
    assert len(complaints) == 1 and complaint in complaints[0]


@pytest.mark.parametrize(
    "link",
    [
        f"{BINDER}/{{slug}}/{{branch}}?urlpath=lab/tree/chapters/01_gates.ipynb",
        f"{BINDER}/{{slug}}/{{branch}}?urlpath=lab%2Ftree%2Fchapters%2F01_gates.ipynb",
        f"{BINDER}/{{slug}}/{{branch}}?urlpath=tree/chapters/01_gates.ipynb",
        f"{BINDER}/{{slug}}/{{branch}}?urlpath=lab",
        f"{BINDER}/{{slug}}/{{branch}}",
        f"{GITHUB}/{{slug}}/tree/{{branch}}/chapters",
        f"{GITHUB}/{{slug}}/issues",
        f"{GITHUB}/numpy/numpy/blob/main/no_such.py",
    ],
)
def test_a_good_link_to_a_repository_passes(repository, link):
    assert targets.repository_complaint(link.format(slug=repository.slug, branch=repository.branch), repository) is None


@pytest.mark.parametrize(
    ("what", "line", "complaint"),
    [
        ("a link in the README to a missing file", "[x](no_such.md)", "no_such.md: no tracked file"),
        ("a link in the README to a file outside", "[x](../x.md)", "../x.md: no tracked file"),
        ("a link in the README to a missing heading", "[x](CONTRIBUTING.md#no-such)", "no such heading"),
        ("an image in the README whose file is missing", "![A plot.](no_such.png)", "no_such.png: no tracked file"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_link_in_markdown_names_a_tracked_file)
def test_a_planted_link_in_the_readme_is_caught(tmp_path, repository, what, line, complaint):
    copy = tmp_path / "README.md"
    copy.write_text((ROOT / "README.md").read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    complaints = targets.markdown_complaints(copy, repository, home=ROOT)
    assert len(complaints) == 1 and complaint in complaints[0]


def drop_alt(notebook):
    cell = next(c for c in notebook.cells if "mystnb" in c.metadata)
    del cell.metadata["mystnb"]


def add_image(notebook):
    notebook.cells[1].source += "\n\n![](../_sphinx/static/cover.png)"


def add_tag(notebook):
    notebook.cells[1].source += '\n\n<img src="../_sphinx/static/cover.png" alt="cover.png">'


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("a figure of a notebook without alt text", drop_alt),
        ("a Markdown image without alt text", add_image),
        ("an HTML image with its file name as alt text", add_tag),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_every_image_in_markdown_and_notebooks_has_alt_text)
def test_a_planted_image_without_alt_text_is_caught(tmp_path, what, fault):
    stored = nbformat.read(CHAPTERS / "01_gates.ipynb", as_version=4)
    fault(stored)
    copy = tmp_path / "01_gates.ipynb"
    nbformat.write(stored, copy)
    complaints = targets.alt_complaints(copy)
    assert len(complaints) == 1 and "no alt text" in complaints[0]
