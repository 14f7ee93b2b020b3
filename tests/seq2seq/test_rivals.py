"""Words are cut in the likeliest way there is, and a table of letters backs off as far as it must."""

import itertools

import numpy as np
import pytest

from lstm_lib.seq2seq.rivals import LetterRules, _cut, align, windows

pytestmark = pytest.mark.numpy


def best_by_exhaustion(xs, ys, log_p, V):
    """Try every way to share the phonemes among the letters, none, one or two each; the highest log-probability."""
    best = -np.inf
    for sizes in itertools.product((0, 1, 2), repeat=len(xs)):
        if sum(sizes) == len(ys):
            total, j = 0.0, 0
            for x, size in zip(xs, sizes, strict=True):
                chunk = [0, 1 + ys[j] if size else 0, 1 + V + V * ys[j] + ys[j + 1] if size == 2 else 0][size]
                total, j = total + log_p[x, chunk], j + size
            best = max(best, total)
    return best


def spelled_out(chunk, V):
    if chunk == 0:
        return []
    return [chunk - 1] if chunk <= V else [(chunk - 1 - V) // V, (chunk - 1 - V) % V]


@pytest.mark.parametrize(("S", "T"), [(1, 0), (1, 2), (3, 1), (4, 3), (4, 8), (5, 6)])
def test_a_word_is_cut_in_the_likeliest_of_all_ways(S, T):
    rng = np.random.default_rng(S + 10 * T)
    letters, V, B = 5, 3, 20
    log_p = np.log(rng.dirichlet(np.ones(1 + V + V * V), size=letters))
    xs, ys = rng.integers(0, letters, size=(B, S)), rng.integers(0, V, size=(B, T))
    for word, phonemes, chunks in zip(xs, ys, _cut(xs, ys, log_p, V), strict=True):
        assert [p for chunk in chunks for p in spelled_out(chunk, V)] == phonemes.tolist()
        total = log_p[word, chunks].sum()
        padded = np.append(phonemes, [0, 0])  # what the exhaustive search may look at and not use
        assert total == pytest.approx(best_by_exhaustion(word, padded[:T], log_p, V), abs=1e-12)


CIPHER = {"a": ("AH",), "b": ("B",), "e": (), "k": ("K",), "n": ("N",), "x": ("K", "S")}


def words_of_a_cipher(rng, n):
    words = ["".join(rng.choice(list(CIPHER), size=rng.integers(3, 8))) for _ in range(n)]
    return words, [[p for c in word for p in CIPHER[c]] for word in words]


def test_what_each_letter_writes_is_found_out():
    words, sounds = words_of_a_cipher(np.random.default_rng(0), 500)
    wrong = sum(cut != [CIPHER[c] for c in word] for word, cut in zip(words, align(words, sounds), strict=True))
    assert wrong < 0.1 * len(words)  # where kx could as well be read as K S for k and nothing for x, either will do
    rules = LetterRules(words, align(words, sounds), context=0)
    unseen, heard = words_of_a_cipher(np.random.default_rng(1), 100)
    assert [rules.pronounce(word) for word in unseen] == heard


def test_a_word_with_too_many_phonemes_is_passed_over():
    cut = align(["ab", "b", "aa"], [["AH", "B"], ["D", "AH", "B"], ["AH", "AH"]])
    assert cut == [[("AH",), ("B",)], None, [("AH",), ("AH",)]]


def test_the_widest_window_that_was_seen_decides():
    words = ["cat", "cot", "cut", "city", "cite"]
    sounds = [["K", "A", "T"], ["K", "O", "T"], ["K", "U", "T"], ["S", "I", "T", "Y"], ["S", "I", "T"]]
    assert windows("cat", 1, 2) == ["a", "cat", "_cat_"]
    assert LetterRules(words, align(words, sounds), context=0).pronounce("ci") == ["K", "I"]
    assert LetterRules(words, align(words, sounds), context=1).pronounce("cit") == ["S", "I", "T"]
    assert LetterRules(words, align(words, sounds), context=1).pronounce("czt") == [
        "K",
        "T",
    ]  # _cz is new, z was never seen
