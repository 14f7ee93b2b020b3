"""Tokens of several letters become one character each and come back by their names."""

import pytest

from lstm_lib.data import Tokens

pytestmark = pytest.mark.numpy


def test_smiles_are_cut_into_atoms_bonds_and_brackets():
    tokens = Tokens("smiles")
    text = "C[C@@H](N)c1cc(Br)ccc1Cl%12"
    pieces = ["C", "[C@@H]", "(", "N", ")", "c", "1", "c", "c", "(", "Br", ")", "c", "c", "c", "1", "Cl", "%12"]
    assert tokens.split(text) == pieces and "".join(pieces) == text
    assert Tokens("Co?").split("CoC") == ["Co", "C"] and Tokens().split("Cl") == ["C", "l"]


def test_each_token_is_a_character_of_its_own():
    tokens = Tokens.learn(["CCl", "BrC", "[Na+]"], "smiles")
    assert tokens.names == ["Br", "Cl", "[Na+]"]
    coded = tokens.encode(["CCl", "ClBr", "[Na+]l", "[K+]"])
    assert [len(text) for text in coded] == [2, 2, 2, 1] and coded[0][1] == coded[1][0] != coded[1][1]
    assert [tokens.shown(c) for c in "".join(coded)] == ["C", "Cl", "Cl", "Br", "[Na+]", "l", "[K+]"]
    assert Tokens.from_dict(tokens.as_dict()).encode(["BrCl"]) == tokens.encode(["BrCl"])
    assert tokens.names == ["Br", "Cl", "[Na+]"]  # what is only met later is not learned


def test_a_private_character_of_a_text_is_no_token():
    tokens = Tokens.learn(["Cl", "\U00100000"], "smiles")
    assert len(set(tokens.encode(["Cl", "\U00100000", "\U00100001"]))) == 3


def test_upper_and_lower_case_may_be_one():
    assert Tokens(lower_case=True).encode(["GaT", "gat"]) == ["gat", "gat"]
    assert Tokens.learn(["ABC"], "[a-b]+", lower_case=True).names == ["ab"]


@pytest.mark.parametrize(("pattern", "message"), [("(", "is no regular expression"), ("a*", "fits the empty text")])
def test_a_pattern_that_cuts_nothing_is_refused(pattern, message):
    with pytest.raises(ValueError, match=message):
        Tokens(pattern)


@pytest.mark.parametrize("change", [{"names": ["a", "a"]}, {"names": "ab"}, {"pattern": 3}, {"lower_case": 1}])
def test_a_description_of_something_else_is_refused(change):
    with pytest.raises(TypeError):
        Tokens.from_dict({"pattern": "ab", "lower_case": False, "names": ["ab"]} | change)
