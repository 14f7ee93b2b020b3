"""The stored comparisons on sets that the course was not tuned on are those of the judge, and the page quotes them."""

import re

import numpy as np
import pages
import pytest

from experiments import own_data, own_sets
from lstm_lib.core.several import compare_all, holm
from lstm_lib.storage import results

pytestmark = pytest.mark.numpy

STORED = results.load("own_data")
PAGE = pages.CHAPTERS / "your_own_data.md"
SETS = {
    "series": [*own_sets.SERIES],
    "classification": [*own_sets.CLASSIFICATION],
    "classification_longer": [f"{name}_longer" for name in own_sets.CLASSIFICATION],
    "text_regression": [*own_sets.TEXT_REGRESSION],
    "lexicons": [*own_sets.LEXICONS],
    "texts": [*own_sets.TEXTS],
}
ROWS = [(name, row) for experiment in STORED.values() for name, rows in experiment["per_seed"].items() for row in rows]


def test_every_experiment_is_stored_with_all_its_sets():
    assert list(STORED) == list(own_data.EXPERIMENTS)
    assert {name: list(stored["per_seed"]) for name, stored in STORED.items()} == SETS
    assert [len(sets) for sets in SETS.values()] == [7, 4, 4, 2, 3, 2]
    for name, stored in STORED.items():
        assert stored["command"] == f"make experiments STEM=own_data NAMES={name}"
        assert stored["cpu_seconds"] <= 480
        assert stored["values"] == own_data.quoted(stored["per_seed"])


def test_every_verdict_follows_from_its_comparison():
    for name, row in ROWS:
        verdicts = row["verdicts"]
        assert verdicts.keys() == row["scores"].keys() - {"lstm"}
        adjusted = holm([verdict["p_value"] for verdict in verdicts.values()])
        for (rival, verdict), p in zip(verdicts.items(), adjusted, strict=True):
            assert verdict["p_holm"] == pytest.approx(p), (name, rival)
            better = (verdict["difference"] < 0) == row["lower_is_better"]
            word = "ahead" if better else "behind"
            assert verdict["verdict"] == (word if p <= 0.05 else "not told apart"), (name, rival)
            assert verdict["low"] <= verdict["difference"] <= verdict["high"], (name, rival)


def test_a_score_and_the_difference_that_was_judged_agree():
    for name, row in ROWS:
        scores = np.array([row["scores"]["lstm"], *(row["scores"][rival] for rival in row["verdicts"])])
        squared = scores**2 if name in (*own_sets.SERIES, *own_sets.TEXT_REGRESSION) else scores
        differences = [verdict["difference"] for verdict in row["verdicts"].values()]
        exact = 5e-3 if name in own_sets.TEXTS else 1e-9  # a rest of the text fills no block
        np.testing.assert_allclose(squared[0] - squared[1:], differences, rtol=exact, atol=exact)


def test_several_rivals_make_a_verdict_rarer():
    ours = np.tile([0.0, 1.0, 0.5, -0.2], 5)
    close, far = ours + np.tile([0.5, -0.3, 0.1, 0.4, -0.1], 4), ours + np.tile([3.0, 4.0], 10)
    one = compare_all(ours, {"close": close}, kind="items", lower_is_better=True)["close"]
    two = compare_all(ours, {"close": close, "far": far}, kind="items", lower_is_better=True)
    assert one["p_holm"] == one["p_value"] == two["close"]["p_value"] <= two["close"]["p_holm"]
    assert two["far"]["verdict"] == "ahead" and two["far"]["p_holm"] == 2 * two["far"]["p_value"]


def test_a_verdict_is_withdrawn_where_holm_takes_its_p_above_alpha():
    ours, theirs = np.repeat([1.0, 0.0, 1.0], [12, 3, 45]), np.repeat([0.0, 1.0, 1.0], [12, 3, 45])
    alone = compare_all(ours, {"a": theirs}, kind="items", lower_is_better=False)["a"]
    assert alone["word"] == alone["verdict"] == "ahead"
    crowd = compare_all(ours, dict.fromkeys("abcd", theirs), kind="items", lower_is_better=False)["a"]
    assert crowd["word"] == "ahead" and crowd["verdict"] == "not told apart"


def test_the_page_quotes_the_verdict_of_every_set():
    assert pages.verdict_complaints(PAGE) == []
    quoted = {name for _, name, rival in pages.VERDICT.findall(pages.prose(PAGE)) if rival == "best"}
    assert quoted == {name.lower() for names in SETS.values() for name in names}
    words = [pages.known_verdicts()[name, "best"] for name in quoted if not name.endswith("_longer")]
    tally = {word: int(n) for n, word in re.findall(r"(\d+)<!-- tally: ([a-z ]+) -->", pages.prose(PAGE))}
    assert tally == {word: words.count(word) for word in ("ahead", "behind", "not told apart")} and len(words) == 18
    assert "(your_own_data.md)" in (pages.CHAPTERS / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "pattern", "planted", "complaint"),
    [
        ("a verdict that is not the stored one", r"behind(?=<!-- verdict)", "ahead", "and stored is behind"),
        ("a verdict on a set that is not stored", r"verdict: \w+ best", "verdict: moon best", "and stored is nothing"),
        ("a verdict in a table without its key", r"behind<!-- verdict: \w+ best -->", "behind", "without a key"),
        ("the key of a verdict after another word", r"behind(?=<!-- verdict)", "beaten", "follows none"),
    ],
)
@pytest.mark.planted_fault("{what}", caught_by=test_the_page_quotes_the_verdict_of_every_set)
def test_a_planted_verdict_is_caught(tmp_path, what, pattern, planted, complaint):
    text, count = re.subn(pattern, planted, PAGE.read_text(encoding="utf-8"), count=1)
    copy = tmp_path / PAGE.name
    copy.write_text(text, encoding="utf-8")
    found = pages.verdict_complaints(copy)
    assert count == 1 and len(found) == 1 and complaint in found[0]
