from collections import Counter

import numpy as np
import pytest

from lstm_lib import classification as cl
from lstm_lib.data import negation_sentences
from lstm_lib.data.negation import BAD, CLAUSES, GOOD, NOUNS

pytestmark = pytest.mark.numpy


def counts_of(sentence):
    """Count the words of a sentence, all good ones as one word, all bad ones, and all nouns."""
    names = dict.fromkeys(GOOD, "GOOD") | dict.fromkeys(BAD, "BAD") | dict.fromkeys(NOUNS, "noun")
    return frozenset(Counter(names.get(word, word) for word in sentence.split()).items())


def as_seen(counts):
    """Return the counts of a kind without what only a template holds."""
    template = {"{noun}": "noun", "{word}": "", "{0}": "", "{1}": ""}
    return frozenset((template.get(word, word), n) for word, n in counts if template.get(word, word))


def test_the_best_rule_by_counts_is_that_by_hand():
    cases = [("a", 0, 0.3), ("a", 1, 0.1), ("b", 1, 0.25), ("b", 0, 0.15), ("c", 2, 0.2)]
    assert cl.best_by_counts(cases) == pytest.approx(0.75)
    assert cl.best_by_counts((k, y, 10 * w) for k, y, w in cases) == pytest.approx(0.75)


def test_the_kinds_of_sentences_are_all_that_are_drawn_and_as_often():
    kinds = list(cl.negation_kinds())
    assert sum(p for _, _, p, _ in kinds) == pytest.approx(1)
    assert sum(n for *_, n in kinds) == 480 + 3 * 480**2  # clauses, and pairs of clauses in three frames
    expected = Counter()
    for counts, y, p, _ in kinds:
        expected[as_seen(counts), y] += p
    found = Counter()
    rng = np.random.default_rng(0)
    for _ in range(3000):  # the first sentence of each draw is not thinned by those before it
        (sentence,), (y,) = negation_sentences(rng, 1)
        found[counts_of(sentence), y] += 1 / 3000
    assert found.keys() <= expected.keys()
    for key, p in expected.items():
        assert abs(found[key] - p) < 5 * np.sqrt(p * (1 - p) / 3000), key


def test_the_bound_is_what_the_best_rule_reaches_on_drawn_sentences():
    weights = {}
    for counts, y, p, _ in cl.negation_kinds():
        weights.setdefault(as_seen(counts), Counter())[y] += p
    rule = {counts: max(found, key=found.get) for counts, found in weights.items()}
    shares = []
    for seed in range(4):
        sentences, ys = negation_sentences(np.random.default_rng(seed), 3500)
        shares.append(np.mean([rule[counts_of(s)] == y for s, y in zip(sentences, ys, strict=True)]))
    assert np.mean(shares) == pytest.approx(cl.negation_bound(3500), abs=0.012)
    assert abs(np.mean(shares) - cl.negation_bound()) > 0.04  # with repetitions more of them are short
    assert cl.negation_bound() == 23 / 32 == pytest.approx(cl.negation_bound(2), abs=0.01)


def test_more_sentences_are_harder_for_counts():
    found = [cl.negation_bound(n) for n in (10, 1000, 10_000, 100_000)]
    assert found == sorted(found, reverse=True) and found[-1] > 0.5
    assert len(CLAUSES) == 3
