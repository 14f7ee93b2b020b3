"""Characters become numbers, and what training never saw becomes the unknown one."""

import numpy as np

from lstm_lib.vocabulary import PAD, UNKNOWN, Vocabulary


def test_characters_are_numbered_in_order_and_rows_are_filled_from_the_left():
    vocabulary = Vocabulary.learn(["CA", "GATC"])
    assert vocabulary == Vocabulary("ACGT", 4) and vocabulary.size == 6
    np.testing.assert_array_equal(vocabulary.encode(["GA", "TCCA"]), [[4, 2, PAD, PAD], [5, 3, 3, 2]])


def test_what_training_never_saw_is_unknown_and_counted():
    vocabulary = Vocabulary.learn(["CA", "GATC"])
    texts = ["AN", "a", "CC", "NNN"]
    np.testing.assert_array_equal(vocabulary.encode(texts)[:, 0], [2, UNKNOWN, 3, UNKNOWN])
    assert vocabulary.unknown_in(texts) == ("Na", 3)
    assert vocabulary.unknown_in(["CC"]) == ("", 0)


def test_length_comes_from_the_training_texts_or_is_given_and_longer_texts_are_cut():
    assert Vocabulary.learn(["ab", "abcde"]).length == 5
    short = Vocabulary.learn(["ab", "abcde"], length=3)
    np.testing.assert_array_equal(short.encode(["edcba"]), [[6, 5, 4]])
