"""The glossary is in order and leads to the chapters; each myth is met by a number or a verdict with its source."""

import itertools
import re

import pages
import pytest

from tools import prose

GLOSSARY, MYTHS = pages.CHAPTERS / "glossary.md", pages.CHAPTERS / "myths.md"
TERM = re.compile(r"\{term\}`(?:[^`<]*<)?([^`<>]+?)>?`")
CHAPTER = re.compile(r"\]\((?:\d\d_\w+|which_setting)\.ipynb\)")


def entries(text):
    """Return ``(term, definition)`` for each entry of a glossary."""
    body = re.search(r"```\{glossary\}\n(.*?)```", text, re.DOTALL)[1]
    return [entry.split("\n", 1) for entry in body.strip().split("\n\n")]


def glossary_complaints(text):
    """Say which entry is out of order or leads to no chapter, and which reference to a term finds no entry."""
    found = entries(text)
    names = [term for term, _ in found]
    complaints = [
        f"{after}: after {before}" for before, after in itertools.pairwise(names) if before.lower() >= after.lower()
    ]
    for term, definition in found:
        if not CHAPTER.search(definition) and not definition.strip().startswith("See {term}"):
            complaints.append(f"{term}: leads to no chapter")
        complaints += [f"{term}: no entry for {other}" for other in TERM.findall(definition) if other not in names]
    return complaints


def myth_complaints(text):
    """Say which comparative word has no mark, and which myth no sourced number or verdict, no remedy or no chapter."""
    complaints = prose.hit_complaints(text)
    for section in text.split("\n## ")[1:]:
        title = section.partition("\n")[0]
        verdicts = [mark for mark in prose.MARK.finditer(section) if mark["verdict"]]
        for what, there in (
            ("no number or verdict with its source", pages.PROSE.search(section) or verdicts),
            ("does not say what to say instead", section.count("**Instead:**") == 1),
            ("leads to no chapter", CHAPTER.search(section)),
        ):
            if not there:
                complaints.append(f"{title}: {what}")
    return complaints


def test_the_glossary_is_in_order_and_leads_to_the_chapters():
    text = pages.prose(GLOSSARY)
    assert len(entries(text)) >= 100
    assert glossary_complaints(text) == []


def test_each_myth_is_met_by_what_was_measured():
    text = pages.prose(MYTHS)
    assert 10 <= text.count("\n## ") <= 16
    assert myth_complaints(text) == []


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("an entry of the glossary out of order", "\nablation\n", "\nzablation\n"),
        (
            "an entry of the glossary that leads nowhere",
            "[Chapter 5](05_classification.ipynb).\n\naccuracy",
            "\n\naccuracy",
        ),
        ("a reference to a missing entry of the glossary", "{term}`encoder`", "{term}`incoder`"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_the_glossary_is_in_order_and_leads_to_the_chapters)
def test_a_planted_entry_is_caught(what, old, new):
    text = pages.prose(GLOSSARY)
    assert old in text
    assert len(glossary_complaints(text.replace(old, new, 1))) == 1


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("a myth without a number", "0.0006<!-- marked_wrong -->", "0.0006"),
        ("a comparison in a myth without its verdict", "behind<!-- behind: loud_lstm_0_rnn_1 -->", "behind"),
        ("a myth without a remedy", "**Instead:** report the error", "Report the error"),
        ("a myth that leads to no chapter", "[Where the time goes](11_scaling.ipynb)", "Where the time goes"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_each_myth_is_met_by_what_was_measured)
def test_a_planted_myth_is_caught(what, old, new):
    text = pages.prose(MYTHS)
    assert text.count(old) == 1
    planted = text.replace(old, new)
    if what == "a myth without a number":
        planted = re.sub(r"<!-- (wrong_error|wrong_cosine|marked_constant) -->", "", planted)
    assert len(myth_complaints(planted)) == 1
