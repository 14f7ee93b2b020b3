"""The sets of the page on own data are what they are known to be."""

import unicodedata

import numpy as np
import pytest

from experiments import own_sets

pytestmark = pytest.mark.numpy


@pytest.mark.parametrize(
    ("name", "n", "first", "last", "mean"),
    [
        ("air_passengers", 144, 112, 432, 280.298611),
        ("lynx", 114, 269, 3396, 1538.017544),
        ("nile", 100, 1120, 740, 919.35),
        ("road_casualties", 192, 1687, 1763, 1670.307292),
    ],
)
def test_a_series_has_the_length_and_mean_that_textbooks_print(name, n, first, last, mean):
    values = own_sets.SERIES[name]()
    assert (len(values), values[0], values[-1]) == (n, first, last)
    assert values.mean() == pytest.approx(mean, abs=1e-6)


def test_series_of_statsmodels_are_those_that_it_loads():
    from statsmodels import datasets

    nino = datasets.elnino.load_pandas().data.to_numpy()[:, 1:].ravel()
    np.testing.assert_array_equal(own_sets.el_nino(), nino)
    np.testing.assert_array_equal(own_sets.unemployment(), datasets.macrodata.load_pandas().data["unemp"])
    monthly = datasets.co2.load_pandas().data["co2"].resample("MS").mean()
    np.testing.assert_allclose(own_sets.co2(), monthly.interpolate(), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "shape", "n_test", "classes"),
    [
        ("ArrowHead", (36, 251, 1), 175, 3),
        ("BasicMotions", (40, 100, 6), 40, 4),
        ("GunPoint", (50, 150, 1), 150, 2),
        ("ItalyPowerDemand", (67, 24, 1), 1029, 2),
    ],
)
def test_labelled_sets_have_the_sizes_of_the_archive(name, shape, n_test, classes):
    xs, labels, lengths = own_sets.labelled(name, "train")
    test_xs, test_labels, _ = own_sets.labelled(name, "test")
    assert xs.shape == shape and test_xs.shape == (n_test, *shape[1:])
    assert len(labels) == shape[0] and set(lengths) == {shape[1]}
    assert len(set(labels)) == classes and set(test_labels) == set(labels)


def test_one_molecule_stands_in_one_row_with_its_melting_point():
    molecules, points = own_sets.melting_points()
    assert len(molecules) == len(set(molecules)) == len(points) and max(map(len, molecules)) <= 40
    found = dict(zip(molecules, points, strict=True))
    assert found["C1=CC=CC=C1"] == pytest.approx(5.5, abs=0.5)  # benzene
    assert found["C1=CC=C(C=C1)C(=O)O"] == pytest.approx(122, abs=1)  # benzoic acid


def test_valences_are_words_from_minus_4_to_4():
    words, values = own_sets.valences()
    assert all(word.isascii() and word.islower() for word in words)
    found = dict(zip(words, values, strict=True))
    assert values.min() >= -4 and values.max() <= 4 and found["good"] > 1 and found["terrible"] < -1


@pytest.mark.parametrize("name", own_sets.LEXICONS)
def test_no_source_of_a_lexicon_stands_in_two_parts(name):
    lexicon = own_sets.LEXICONS[name]()
    parts = [set(part.sources) for part in (lexicon.train, lexicon.validation, lexicon.test)]
    assert all(parts) and len(set.union(*parts)) == sum(map(len, parts))
    assert len(parts[0]) <= own_sets.ROOM["train"] and len(parts[2]) <= own_sets.ROOM["test"]


def test_pairs_of_the_lexicons_are_right_where_one_can_tell():
    def known(lexicon):
        parts = (lexicon.train, lexicon.validation, lexicon.test)
        return {pair for part in parts for pair in zip(part.sources, part.targets, strict=True)}

    hangul = {unicodedata.normalize("NFC", a): b for a, b in known(own_sets.hangul())}
    assert len(hangul) > 11_160 and (hangul["한"], hangul["글"], hangul["값"]) == ("han", "geul", "gabs")
    assert all(len(a) == len(b.split()) for a, b in known(own_sets.pinyin()))
    nouns = known(own_sets.german_plurals())
    assert sum(a[0].isupper() == b[0].isupper() for a, b in nouns) == len(nouns) > 14_000


def test_texts_are_cut_as_the_command_cuts_a_file(tmp_path):
    from lstm_lib.data import load_text

    for name, read in own_sets.TEXTS.items():
        text = read()
        (tmp_path / name).write_text(text.train + text.validation + text.test, encoding="utf-8")
        again = load_text(tmp_path / name)
        assert (again.train, again.validation, again.test) == (text.train, text.validation, text.test)
