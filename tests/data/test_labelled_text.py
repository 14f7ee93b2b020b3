"""Texts with a class become one-hot symbols, and what is rare or new the first of them."""

import numpy as np
import pytest

from lstm_lib.data import LabelledTexts, cut_text, frequent_symbols, one_hot_texts, read_texts
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy


def test_a_text_is_read_with_its_class_and_its_name_or_number(tmp_path):
    (tmp_path / "a.csv").write_text('text,label\n"Well, no",bad\nyes,good\n')
    found = read_texts(tmp_path / "a.csv")
    assert found == LabelledTexts(["Well, no", "yes"], ["bad", "good"], ["0", "1"], str(tmp_path / "a.csv"))
    (tmp_path / "b.csv").write_text("name,words,x\nn,yes,1\n")
    found = read_texts(tmp_path / "b.csv", columns=("name", "words", "label"), labels=False)
    assert (found.texts, found.labels, found.ids) == (["yes"], None, ["n"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,label\na,b\n", "no column 'text'"),
        ("id,text\na,b\n", "no column 'label'"),
        ("text,label\na,b\n ,b\n", "line 3, column 'text': the text is empty"),
        ("text,label\na,\n", "line 2, column 'label': empty"),
        ("id,text,label\n1,a,b\n1,a,b\n", "line 3: id '1' stands on line 2 already"),
    ],
)
def test_a_file_of_texts_that_cannot_be_used_says_where(tmp_path, content, message):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(InputError, match=r"a\.csv.*" + message):
        read_texts(tmp_path / "a.csv")


def test_characters_and_words_become_one_hot():
    assert cut_text("No, NO!", "words") == ["no", ",", "no", "!"] and cut_text("No") == ["N", "o"]
    symbols = frequent_symbols(["abba", "cab"])
    assert symbols == ["<unknown>", "a", "b"]
    xs, lengths = one_hot_texts(["ab", "cabba"], symbols, length=4)
    assert lengths.tolist() == [2, 4] and xs.dtype == np.float32
    np.testing.assert_array_equal(xs.argmax(axis=2)[1], [0, 1, 2, 2])
    np.testing.assert_array_equal(xs.sum(axis=2), [[4, 4, 0, 0], [4, 4, 4, 4]])
    words = frequent_symbols(["not good", "Good, not bad"], "words")
    assert words == ["<unknown>", "good", "not"]
    np.testing.assert_array_equal(one_hot_texts(["Bad, not"], words, unit="words")[0].argmax(axis=2), [[0, 0, 2]])


def test_the_most_frequent_symbols_count():
    texts = [chr(0x4E00 + k) * (2 + (k < 500)) for k in range(600)]
    assert frequent_symbols(texts) == ["<unknown>", *(chr(0x4E00 + k) for k in range(500))]


def test_texts_that_would_fill_the_memory_are_refused():
    with pytest.raises(InputError, match=r"mine: 3 texts of up to 200 characters of 1000000 kinds take 2.4 GB; lower"):
        one_hot_texts(["a" * 300] * 3, ["<unknown>"] * 10**6, name="mine")
