import numpy as np
import pytest

from lstm_lib import classification as cl

pytestmark = pytest.mark.numpy


@pytest.fixture(scope="module")
def words():
    return cl.stressed_words()


def test_the_stress_is_where_the_dictionary_has_it(words):
    place = {word: k for k, word in enumerate(words.words)}
    some = words.take([place[w] for w in ("photograph", "photographer", "photographic", "banana")])
    assert some.classes().tolist() == [0, 1, 2, 1]
    assert some.sounds[3] == ["B", "AH", "N", "AE", "N", "AH"] and some.marks[3] == [-1, 0, -1, 1, -1, 0]


def test_each_word_has_one_stress_three_vowels_and_stands_once(words):
    assert len(set(words.words)) == len(words) > 40_000
    for word, sounds, marks in zip(words.words, words.sounds, words.marks, strict=True):
        assert marks.count(1) == 1 and len(sounds) == len(marks) and len(word) <= 14
        assert len(marks) - marks.count(-1) >= 3
        assert [s[0] in "AEIOU" for s in sounds] == [m >= 0 for m in marks]
    assert len(cl.stressed_words(fewest=2)) > len(words)


def test_no_family_of_words_is_in_two_parts(words):
    parts = cl.family_split(words.words, (3000, 500, 1100), seed=3)
    assert [len(part) for part in parts] == [3000, 500, 1100]
    beginnings = [{words.words[k][:4] for k in part} for part in parts]
    assert not beginnings[0] & beginnings[1] and not beginnings[2] & (beginnings[0] | beginnings[1])
    assert len({*np.concatenate(parts).tolist()}) == 4600
    again = cl.family_split(words.words, (3000, 500, 1100), seed=3)
    assert all(map(np.array_equal, parts, again))
    with pytest.raises(ValueError, match="ask for fewer"):
        cl.family_split(words.words[:1000], (900, 200))


def test_letters_become_vectors_one_a_step():
    xs, lengths = cl.one_hot_letters(["cab", "ab"])
    assert xs.shape == (2, 3, 26) and lengths.tolist() == [3, 2]
    assert xs.argmax(axis=2)[0].tolist() == [2, 0, 1] and not xs[1, 2].any() and xs.sum() == 5
