"""Symbols become numbers and come back as text; what training never saw becomes the unknown one."""

import numpy as np
import pytest

from lstm_lib.data.symbols import EOS, PAD, PAIRS, ROWS, SPECIAL, TEXT, UNKNOWN, Symbols, separator_of

pytestmark = pytest.mark.numpy


def test_the_ids_of_each_kind_are_those_that_stored_weights_were_trained_with():
    ids = {kind: Symbols.learn(["ba"], special=kind).encode("abx").tolist() for kind in (TEXT, ROWS, PAIRS)}
    assert ids == {TEXT: [1, 2, 0], ROWS: [2, 3, 1], PAIRS: [4, 5, 3]}


@pytest.mark.parametrize("separator", ["", " "])
def test_ids_of_pairs_come_back_as_text(separator):
    texts = [separator.join(word) for word in ("abc", "ca", "b")]
    symbols = Symbols.learn(texts, separator=separator)
    assert symbols.names == ("a", "b", "c") and symbols.size == 3 + SPECIAL
    ids, lengths = symbols.encode_rows([*texts, separator.join("azb")], end=True)
    np.testing.assert_array_equal(ids, [[4, 5, 6, EOS], [6, 4, EOS, PAD], [5, EOS, PAD, PAD], [4, UNKNOWN, 5, EOS]])
    np.testing.assert_array_equal(lengths, [4, 3, 2, 4])
    assert [symbols.decode(row) for row in ids] == [*texts, separator.join("a\ufffdb")]
    assert symbols.unknown_in([separator.join("azb"), "a", "z"]) == (["z"], 2)


def test_of_a_long_text_the_rare_and_strange_are_unknown():
    symbols = Symbols.learn(["ba\U0001f600ba\U0001f600\nx\n"], special=TEXT, least=2)
    assert symbols.names == ("\n", "a", "b", "\U0001f600") and symbols.size == 5
    ids = symbols.encode("ab\U0001f600xz\n")
    np.testing.assert_array_equal(ids, [2, 3, 4, symbols.unknown, symbols.unknown, 1])
    assert symbols.decode(ids) == "ab\U0001f600\ufffd\ufffd\n"
    assert symbols.encode("").shape == (0,) and symbols.encode("").dtype == np.int64
    assert Symbols((), TEXT).encode("ab").tolist() == [0, 0]


def test_rows_are_filled_from_the_left_and_cut_to_a_length():
    symbols = Symbols.learn(["CA", "GATC"], special=ROWS)
    assert symbols.names == tuple("ACGT") and symbols.size == 6
    ids, lengths = symbols.encode_rows(["GA", "TCCA", "GNTCA"], length=4)
    np.testing.assert_array_equal(ids, [[4, 2, PAD, PAD], [5, 3, 3, 2], [4, symbols.unknown, 5, 3]])
    np.testing.assert_array_equal(lengths, [2, 4, 4])
    assert symbols.unknown_in(["AN", "a", "CC", "NNN"]) == (["N", "a"], 3)
    with pytest.raises(ValueError):  # rows have no end
        symbols.encode_rows(["GA"], end=True)


def test_tokens_are_told_from_characters():
    assert separator_of(["K AE T"] * 9 + ["AH"]) == " " and separator_of(["cat", "the cat"]) == ""
