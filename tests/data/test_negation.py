"""The verdict of a sentence is that of its grammar, and no word gives it away."""

import re

import numpy as np
import pytest

from lstm_lib.data.negation import BAD, GOOD, NOUNS, negation_sentences, one_hot_words

pytestmark = pytest.mark.numpy


def verdict(sentence):
    """Read a sentence as a person would, by other means than the generator."""
    if " but " in sentence:
        sentence = sentence.split(" but ")[1]
    elif sentence.startswith("although"):
        sentence = re.split(f"(?={'|'.join(map(re.escape, ('the ', 'nobody ')))})", sentence)
        starts = [part for part in sentence if part.startswith(("the ", "nobody "))]
        sentence = "".join(starts[-2:]) if starts[-2].startswith("nobody") else starts[-1]
    else:
        sentence = sentence.split(" although ")[0]
    words = sentence.split()
    return (words[-1] in GOOD) != ("not" in words or "nobody" in words)


def test_verdicts_are_those_of_an_independent_reader():
    sentences, ys = negation_sentences(np.random.default_rng(0), 2000)
    assert len(set(sentences)) == 2000
    assert [verdict(s) for s in sentences] == ys.astype(bool).tolist()
    assert verdict("although the plot was good nobody said that the film was bad")
    assert not verdict("the film was good but the plot was not good")


def test_no_word_is_a_clue():
    sentences, ys = negation_sentences(np.random.default_rng(1), 6000)
    for word in (*GOOD, *BAD, *NOUNS, "not", "nobody", "but", "although"):
        there = np.array([word in s.split() for s in sentences])
        assert abs(ys[there].mean() - ys[~there].mean()) < 0.09, word


def test_words_become_vectors_of_one_vocabulary():
    a, b = one_hot_words(["the film was good", "although the plot was not dim the cast was bad"])
    assert a.shape[0] == 4 and b.shape[0] == 10 and a.shape[1] == b.shape[1] == 36
    assert (a.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(a[0], b[1])  # the
    assert not (a[3] == b).all(axis=1).any()  # good is not in b
