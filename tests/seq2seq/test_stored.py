"""The stored comparisons of the page on settings say what their own seeds say."""

import numpy as np
import pytest

from experiments import which_setting
from lstm_lib.storage import results

STORED = results.load("08_seq2seq")


@pytest.mark.parametrize(
    ("name", "judge"),
    [("settings", which_setting.setting_verdicts), ("related", which_setting.related_verdicts)],
)
def test_verdicts_follow_from_the_stored_seeds(name, judge):
    found = judge(STORED[name]["per_seed"])
    stored = STORED[name]["verdicts"]
    assert found.keys() == stored.keys()
    for key, verdict in found.items():
        assert verdict["verdict"] == stored[key]["verdict"]
        assert verdict["p_holm"] == pytest.approx(stored[key]["p_holm"])


def test_contenders_of_the_settings_differ_in_one_thing_at_equal_steps():
    recipes = STORED["settings"]["recipes"]
    default = recipes["default"]
    for name, recipe in recipes.items():
        changed = [choice for choice in default if recipe[choice] != default[choice]]
        # The penalty takes the place of the decay, and at equal time there are fewer steps.
        allowed = 2 if name in ("l2", "sampled_time") else 1
        assert len(changed) <= allowed and ("steps" in changed) == (name == "sampled_time"), (name, changed)
    assert default["steps"] == 986


def test_both_parts_to_learn_from_are_of_one_size_and_share_the_test_words():
    seeds = STORED["related"]["per_seed"]
    assert seeds["random, steps"] == seeds["by_stem, steps"]
    share = np.array(seeds["share with relatives"])
    for name in ("random", "by_stem"):
        parts = share * seeds[f"{name}, with relatives"] + (1 - share) * seeds[f"{name}, without"]
        np.testing.assert_allclose(parts, seeds[name])
