"""Sub-words lead back to their text, keep digits apart, and join what often stands together."""

import sys

import numpy as np
import pytest

from lstm_lib.data.pieces import learn_pieces, piece_rows
from lstm_lib.data.symbols import BOS, EOS, PAD, UNKNOWN
from lstm_lib.errors import InputError

pytest.importorskip("sentencepiece")
TEXTS = ["the cat sat in 1992", "the cat ran in 2019", "the rat sat in 1909"] * 5


@pytest.fixture(scope="module")
def pieces():
    return learn_pieces(TEXTS, 40)


def test_special_ids_are_those_of_pairs(pieces):
    assert (pieces.pad_id(), pieces.bos_id(), pieces.eos_id(), pieces.unk_id()) == (PAD, BOS, EOS, UNKNOWN)
    assert pieces.vocab_size() == 40


def test_a_text_comes_back_from_its_pieces(pieces):
    assert pieces.decode(pieces.encode(TEXTS)) == TEXTS
    assert UNKNOWN in pieces.encode("the zoo") and UNKNOWN not in pieces.encode("the hat")


def test_frequent_words_are_one_piece_and_every_digit_is_one(pieces):
    cut = pieces.encode("the cat in 1992", out_type=str)
    assert cut == ["▁the", "▁cat", "▁in", "▁", "1", "9", "9", "2"]


def test_rows_are_padded_from_the_right_and_end_if_asked(pieces):
    texts = ["the cat", "the cat sat in 1909"]
    plain, ended = piece_rows(pieces, texts), piece_rows(pieces, texts, end=True)
    ids = pieces.encode(texts)
    assert plain.shape == (2, len(ids[1])) and ended.shape == (2, len(ids[1]) + 1)
    for row, found, listed in zip(plain, ended, ids, strict=True):
        assert row.tolist() == listed + [PAD] * (len(ids[1]) - len(listed))
        assert found.tolist() == [*listed, EOS] + [PAD] * (len(ids[1]) - len(listed))


def test_it_says_how_to_install_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(InputError, match="pip install sentencepiece"):
        learn_pieces(TEXTS, 40)


def test_learning_twice_gives_the_same_pieces(pieces):
    again = learn_pieces(iter(TEXTS), 40)
    assert [again.id_to_piece(k) for k in range(40)] == [pieces.id_to_piece(k) for k in range(40)]
    assert np.array_equal(piece_rows(again, TEXTS), piece_rows(pieces, TEXTS))
