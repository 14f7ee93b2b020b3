"""Each measure counts what it says, on texts counted by hand."""

import numpy as np
import pytest

from lstm_lib.char_lm.scoring import closed_brackets, distinct_word_ngrams, longest_copy, quality, real_words

pytestmark = pytest.mark.numpy


def test_real_words_are_long_and_known_whatever_their_case():
    train = "Denmark's rotten; something is. Ärger über alles"
    assert real_words("DENMARK somethang is rotten", train) == pytest.approx(2 / 3)
    assert real_words("ärger, Ürger", train) == 0.5
    assert real_words("is a be", train) is None and real_words("rot", train, letters=3) == 0


def test_brackets_are_closed_before_another_of_their_kind():
    assert closed_brackets("[a] [b [c] d) (e] [") == pytest.approx(2 / 5)
    assert closed_brackets("no bracket") is None and closed_brackets("] )") is None
    assert closed_brackets("<a> <b", pairs=("<>",)) == 0.5
    assert closed_brackets("{a(b)}", pairs=("()", "{}", "^-")) == 1


def test_distinct_runs_of_words():
    assert distinct_word_ngrams("a b a b a b", 2) == pytest.approx(2 / 5)
    assert distinct_word_ngrams("one two, THREE four", 4) == 1 and distinct_word_ngrams("a b c", 4) is None


def test_the_longest_copy_is_that_of_trying_every_length():
    rng = np.random.default_rng(0)
    for _ in range(30):
        text, train = ("".join(rng.choice(list("ab"), size=n)) for n in (rng.integers(1, 40), rng.integers(1, 60)))
        lengths = [n for n in range(len(text) + 1) for k in range(len(text) - n + 1) if text[k : k + n] in train]
        assert longest_copy(text, train) == max(lengths)
    assert longest_copy("x", "y") == 0 and longest_copy("", "y") == 0 and longest_copy("abc", "zabcz") == 3


def test_what_depends_on_the_length_is_measured_within_the_same_length():
    train = "the quick brown fox jumps over the lazy dog"
    text = "quick brown cat (sat) " + "quick brown fox jumps over " * 2
    whole, cut = quality(text, train), quality(text, train, at=22)
    assert cut["longest_copy"] == 12 and whole["longest_copy"] == 28
    assert cut["distinct_4grams"] == 1 and whole["distinct_4grams"] < 1
    assert cut["real_words"] == whole["real_words"] and cut["closed_brackets"] == 1
