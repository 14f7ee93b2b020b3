"""Related words have one stem."""

import pytest

from lstm_lib.seq2seq import stem


@pytest.mark.parametrize(
    "family",
    [
        ("phone", "phones", "phoned", "phoning"),
        ("run", "runs", "running", "runner", "runners"),
        ("study", "studies", "studied", "studying"),
        ("big", "bigger", "biggest"),
        ("quick", "quickly", "quicker", "quickest"),
        ("smith", "smiths"),
    ],
)
def test_a_family_has_one_stem(family):
    assert len({stem(word) for word in family}) == 1


def test_strangers_have_different_stems_and_something_is_always_left():
    words = ("phone", "photo", "run", "ran", "study", "sturdy", "big", "bag", "sing", "king", "red", "her", "as", "see")
    stems = [stem(word) for word in words]
    assert len(set(stems)) == len(words) and all(len(s) >= min(3, len(w)) for s, w in zip(stems, words, strict=True))
