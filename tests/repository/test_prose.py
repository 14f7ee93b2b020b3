"""The prose of a held chapter keeps its length, its objectives, and claims no more than a test found."""

import nbformat
import pages
import pytest

from lstm_lib.core import compare
from lstm_lib.storage import results
from tools import prose

HELD = [pages.CHAPTERS / f"{stem}.ipynb" for stem in prose.HELD]
IDS = [path.stem for path in HELD]


@pytest.mark.parametrize("path", HELD, ids=IDS)
def test_a_held_chapter_has_no_complaint(path):
    assert prose.complaints(prose.markdown(path)) == []


@pytest.mark.parametrize("path", [*pages.NOTEBOOKS, *pages.PAGES], ids=lambda p: p.name)
def test_every_comparative_word_is_the_verdict_of_its_key(path):
    assert pages.conclusion_complaints(path) == []


VERDICT = compare([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.1, 4.0, 5.2, 6.1], kind="paired seeds", lower_is_better=True)


@pytest.fixture
def chapter(tmp_path):
    """Make a notebook with one sentence and a printed verdict."""

    def write(sentence, printed=f"lstm_rnn: {VERDICT}\n"):
        code = nbformat.v4.new_code_cell("x", outputs=[nbformat.v4.new_output("stream", text=printed)])
        path = tmp_path / "made.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(sentence), code]), path)
        return path

    return write


RIGHT = [
    "The LSTM is better<!-- ahead: lstm_rnn --> here.",
    "The LSTM beats the RNN.<!-- ahead: lstm_rnn --> It is so.",
    "The simple network is worse<!-- behind: ~lstm_rnn --> on it.",
]


@pytest.mark.parametrize("sentence", RIGHT)
def test_a_true_claim_passes(chapter, sentence):
    path = chapter(sentence)
    assert pages.conclusion_complaints(path) == [] and prose.hit_complaints(sentence) == []


@pytest.mark.parametrize("sentence", RIGHT)
@pytest.mark.planted_fault("a verdict turned round", caught_by=test_every_comparative_word_is_the_verdict_of_its_key)
def test_a_planted_verdict_turned_round_is_caught(chapter, sentence):
    turned = compare([2.0, 3.1, 4.0, 5.2, 6.1], [1.0, 2.0, 3.0, 4.0, 5.0], kind="paired seeds", lower_is_better=True)
    (complaint,) = pages.conclusion_complaints(chapter(sentence, f"lstm_rnn: {turned}\n"))
    assert "stored is" in complaint


@pytest.mark.parametrize("path", HELD, ids=IDS)
@pytest.mark.planted_fault(
    "every stored verdict of a chapter turned round", caught_by=test_every_comparative_word_is_the_verdict_of_its_key
)
def test_planted_stored_verdicts_turned_round_are_caught(path, monkeypatch):
    known = pages.chapter_verdicts(path)
    claims = [hit for hit in prose.hits(pages.prose(path)) if hit.mark and hit.mark["verdict"] in ("ahead", "behind")]
    monkeypatch.setattr(pages, "chapter_verdicts", lambda _: {k: pages.EXCHANGED[w] for k, w in known.items()})
    assert len(pages.conclusion_complaints(path)) == len(claims)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a comparison without a key", "The LSTM is better here.\n"),
        ("a comparison whose key names another word", "The LSTM is worse<!-- ahead: lstm_rnn --> here.\n"),
        ("one draw that the sentence hides", "The LSTM is better.<!-- one draw -->\n"),
        ("one key for two comparisons", "The LSTM is better than AR and beats<!-- ahead: lstm_rnn --> the RNN.\n"),
        ("a key without a comparison", "The LSTM reads<!-- ahead: lstm_rnn --> it.\n"),
        ("a key in the next sentence", "The LSTM wins. It is<!-- ahead: lstm_rnn --> new.\n"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_a_held_chapter_has_no_complaint)
def test_a_planted_claim_is_caught(what, text):
    assert prose.hit_complaints(text) != []


@pytest.mark.parametrize(
    "text",
    [
        "Which is better? It runs ten steps ahead.\n",
        "On this draw it is better.<!-- one draw -->\n",
        "No rule is better<!-- no comparison: a theorem --> on average.\n",
        "The two are not told apart<!-- not told apart: a_b --> there.\n",
        '<details class="quiz wrong"><summary>It is better.</summary>\n\nNo.\n\n</details>\n',
        "`better` and $better$ in code and formulas.\n\n## References\n\n- Better living.\n",
    ],
)
def test_what_claims_nothing_or_says_why_passes(text):
    assert prose.hit_complaints(text) == []


OBJECTIVES = """| You can | proved by |
|---|---|
| write it | exercises 1, 2 |

**1. One.** About 5 minutes.

**2. Two.** About half an hour. <details>Solution</details>
"""


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("an objective that no exercise proves", "exercises 1, 2", "exercise 3"),
        ("an objective without an exercise", "exercises 1, 2", "reading"),
        ("an exercise without its minutes", "About 5 minutes.", ""),
        ("an exercise with its minutes folded away", "About half an hour. <details>", "<details>About 9 minutes."),
        ("a chapter without objectives", "| You can |", "| One can |"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_a_held_chapter_has_no_complaint)
def test_a_planted_objective_is_caught(what, old, new):
    assert prose.objective_complaints(OBJECTIVES) == []
    assert len(prose.objective_complaints(OBJECTIVES.replace(old, new))) == 1


@pytest.mark.planted_fault("a chapter of too many words", caught_by=test_a_held_chapter_has_no_complaint)
def test_a_planted_long_chapter_is_caught():
    folded = "<details><summary>Solution</summary>\n\n" + "word " * 5000 + "</details>"
    assert prose.complaints(OBJECTIVES + folded + "word " * 4000) == []
    (complaint,) = prose.complaints(OBJECTIVES + "word " * 4500)
    assert "4,500 are the most" in complaint


def test_the_word_of_one_of_several_comparisons_is_the_adjusted_one():
    assert results.word_of({"word": "ahead", "verdict": "not told apart"}) == "not told apart"
    assert results.word_of({"word": "ahead"}) == "ahead"
