"""Dates in full: the English ones are read back by the standard library, the others keep the numbers."""

import datetime
import re
import sys

import numpy as np
import pytest

from lstm_lib.data.dates import FIRST, LANGUAGES, LAST, written_dates
from lstm_lib.errors import InputError

pytest.importorskip("babel")


@pytest.fixture(scope="module")
def pairs():
    return written_dates(np.random.default_rng(3), 600)


def read(text):
    return datetime.datetime.strptime(text, "%A, %B %d, %Y").date()


def test_targets_are_different_dates_with_their_true_weekday(pairs):
    dates = [read(text) for text in pairs.targets]
    assert len(set(dates)) == 600
    assert all(FIRST <= day <= LAST for day in dates)
    assert [f"{day:%A}" for day in dates] == [text.split(",")[0] for text in pairs.targets]
    assert {day.month for day in dates} == set(range(1, 13)) and max(dates).year - min(dates).year > 190


def test_a_source_has_the_year_and_the_day_of_its_target_and_no_other_number(pairs):
    for source, target in zip(pairs.sources, pairs.targets, strict=True):
        day = read(target)
        assert sorted(map(int, re.findall(r"\d+", source))) == sorted([day.year, day.day])


def test_languages_take_turns(pairs):
    first = len(LANGUAGES)
    assert pairs.sources[LANGUAGES.index("fr")].split()[0] in "lundi mardi mercredi jeudi vendredi samedi dimanche"
    by_language = [pairs.sources[k::first] for k in range(first)]
    begins_with_year = [all(text[:4].isdigit() for text in texts) for texts in by_language]
    assert begins_with_year == [code in ("eu", "hu", "lt") for code in LANGUAGES]


def test_the_same_seed_gives_the_same_dates_and_one_space_between_words(pairs):
    again = written_dates(np.random.default_rng(3), 600)
    assert again == pairs and written_dates(np.random.default_rng(4), 600) != pairs
    assert all(text == re.sub(r"\s+", " ", text.strip()) for text in pairs.sources)


def test_all_dates_can_be_had_once():
    days = (LAST - FIRST).days + 1
    assert days == 73_049
    with pytest.raises(ValueError, match="larger sample"):
        written_dates(np.random.default_rng(0), days + 1)


def test_it_says_how_to_install_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    with pytest.raises(InputError, match="pip install babel"):
        written_dates(np.random.default_rng(0), 2)
