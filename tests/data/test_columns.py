"""A header is told from a pair, and exchanged columns from those of another script."""

import numpy as np
import pytest

from lstm_lib.data.columns import swapped, titles
from lstm_lib.data.lexicons import Pairs

pytestmark = pytest.mark.numpy

LATIN, NATIVE = ["kamal", "ang"], ["कमल", "अंग"]
GREEK, ROMAN = "αβγδεζηθ", "avgdezit"


def words(letters, n=40, seed=0, longest=6):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list(letters), size=rng.integers(2, longest + 1))) for _ in range(n)]


def sentences(n=40):
    rng = np.random.default_rng(1)
    return [" ".join(rng.choice(["the", "cat", "sees", "a", "dog", "."], size=rng.integers(3, 6))) for _ in range(n)]


def transcribed(n=40):
    greek = words(GREEK, n)
    return greek, [word.translate(str.maketrans(GREEK, ROMAN)) for word in greek]


@pytest.mark.parametrize("learned", [None, Pairs("train", NATIVE, LATIN)])
def test_another_script_is_not_taken_for_exchanged_columns(learned):
    assert swapped(Pairs("hi", NATIVE, LATIN), learned) is None
    assert swapped(Pairs("hi", ["कमल"], ["kamalz"]), learned) is None  # one new letter is none either


def test_columns_exchanged_against_the_training_are_told():
    learned = Pairs("train", LATIN, NATIVE)
    assert swapped(Pairs("dev", NATIVE, LATIN), learned).startswith("dev: its columns look swapped")
    assert swapped(Pairs("dev", LATIN, NATIVE), learned) is None
    assert swapped(Pairs("fr", ["chat"], ["cat"])) is None
    spelled = Pairs("train", ["thing", "bath", "quick"], ["θɪŋ", "bæθ", "kwɪk"])  # the symbols of both overlap
    assert "look swapped" in swapped(Pairs("dev", ["bæθ", "kwɪk", "θɪŋ"], ["bath", "quick", "thing"]), spelled)


def test_a_letter_more_in_one_column_is_no_exchange():
    learned = Pairs("train", ["abcdefgh"], ["abcdefghq"])
    assert swapped(Pairs("dev", ["abcdefghq"], ["abcdefg"]), learned) is None


def test_a_column_of_counts_is_told_where_no_training_had_numbers():
    counted = Pairs("hi", LATIN, ["3", "12"])
    assert "target column holds numbers only" in swapped(counted)
    assert swapped(counted, Pairs("train", ["kamalng"], ["0123"])) is None


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        (("word", "pronunciation"), (["ab", "ba"], ["A B", "B A"])),
        (("# Source", "TARGET"), transcribed()),
        (("griechisch", "lateinisch"), transcribed()),
        (("graphie", "sons"), (words("abcdefgh"), [" ".join(word.upper()) for word in words("abcdefgh")])),
        (("anglais", "autre"), (sentences(), sentences())),
    ],
)
def test_names_of_columns_are_told(first, rows):
    pairs = Pairs("x", [first[0], *rows[0]], [first[1], *rows[1]])
    assert repr(first[0]) in titles(pairs) and repr(first[1]) in titles(pairs)
    assert titles(pairs.take(range(1, len(pairs)))) is None


@pytest.mark.parametrize(
    ("sources", "targets"),
    [
        (["word", "verb"], ["W ER D", "V ER B"]),  # a word of a dictionary
        (["phrase", "chat"], ["phrase", "cat"]),  # the same in both languages
        (["source", "target"][:1], ["target"]),  # nothing beside it
        ([chr(0x4E00 + k) * 2 for k in range(40)], words("abcdefgh")),  # each sign stands in one row
        (["qab", *words("abcdefgh")], ["zab", *words("abcdefgh")]),  # a rare letter
        (["Hello", "Go", *sentences()], ["Bonjour", "Va", *sentences()]),  # one of several short rows
    ],
)
def test_a_pair_is_not_taken_for_names(sources, targets):
    assert titles(Pairs("x", sources, targets)) is None
