"""The nearest known text is the one that shares the most of three characters in a row."""

from lstm_lib.attention import nearest_targets
from lstm_lib.data.lexicons import Pairs

KNOWN = Pairs("three", ["mardi 3 mars 1992", "lundi 3 mai 1992", "mardi 30 juin 2004"], ["a", "b", "c"])


def test_a_known_text_finds_itself():
    assert nearest_targets(KNOWN, KNOWN.sources[::-1]) == ["c", "b", "a"]


def test_a_new_text_finds_what_it_resembles_by_hand():
    # "mardi 5 juin 2004" shares _ma mar ard rdi "di " with a and c, and with c also the last ten
    assert nearest_targets(KNOWN, ["mardi 5 juin 2004", "lundi 3 mai 1991"]) == ["c", "b"]


def test_of_equally_similar_texts_the_first_counts():
    assert nearest_targets(Pairs("two", ["abc", "abc"], ["first", "second"]), ["abc", "xyz"]) == ["first", "first"]
