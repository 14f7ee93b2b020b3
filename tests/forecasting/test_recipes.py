"""A recipe takes a series apart and puts it together again, and knows nothing of what comes later."""

from itertools import pairwise

import numpy as np
import pytest

from lstm_lib.forecasting.recipes import (
    Examples,
    Inputs,
    Recipe,
    candidates,
    find_seasons,
    first_validated,
    pieces_of,
    shortlist,
)

pytestmark = pytest.mark.numpy
ALL = [Recipe(m, log, ref, 5) for m, refs in ((1, ("mean", "last")), (4, ("mean", "last", "season", "both")))
       for ref in refs for log in (False, True)]  # fmt: skip


def series(n=40, seed=0):
    return np.exp(np.random.default_rng(seed).normal(size=n).cumsum() / 5)


def by_hand(u, t, recipe):
    """Return the inputs and the reference for u[t], value by value."""
    m, W = recipe.season, recipe.window

    def reference(s):
        return {
            "mean": lambda: 0.0,
            "last": lambda: u[s - 1],
            "season": lambda: u[s - m],
            "both": lambda: u[s - 1] + u[s - m] - u[s - m - 1],
        }[recipe.reference]()

    change = {s: u[s] - reference(s) for s in range(t - W - m + 1, t)}
    xs = [[change[s], change[s - m + 1]][: recipe.inputs] for s in range(t - W, t)]
    if recipe.reference != "mean":
        return np.array(xs), reference(t)
    mean = np.mean(u[t - W : t])
    return np.array(xs) - mean, mean


@pytest.mark.parametrize("recipe", ALL, ids=str)
def test_inputs_and_references_are_those_taken_value_by_value(recipe):
    u = recipe.forward(series())
    xs, references = recipe.inputs_and_references(pieces_of(u[:-1], recipe.memory))
    assert xs.shape == (len(u) - recipe.memory, 5, recipe.inputs)
    for k, t in enumerate(range(recipe.memory, len(u))):
        expected, reference = by_hand(u, t, recipe)
        np.testing.assert_allclose(xs[k], expected, atol=1e-12)
        assert references[k] == pytest.approx(reference, abs=1e-12)


@pytest.mark.parametrize("recipe", ALL, ids=str)
def test_the_targets_added_to_the_references_are_the_series(recipe):
    values = series()
    examples = Examples(values, recipe)
    u = recipe.forward(values)
    _, references = recipe.inputs_and_references(pieces_of(u[:-1], recipe.memory))
    changes = examples.ys[:, 0] * examples.scaling["y_std"] + examples.scaling["y_mean"]
    np.testing.assert_allclose(recipe.back(references + changes), values[recipe.memory :], rtol=1e-5)
    assert examples.xs.dtype == examples.ys.dtype == np.float32
    assert abs(examples.ys.mean()) < 1e-5 and examples.ys.std() == pytest.approx(1, rel=1e-5)


def test_a_constant_series_has_examples_that_are_finite():
    for reference in ("mean", "last"):
        examples = Examples(np.full(30, 7.0), Recipe(reference=reference))
        assert not examples.xs.any() and not examples.ys.any()


@pytest.mark.parametrize(("m", "n"), [(7, 140), (12, 120), (11, 150), (24, 400)])
def test_a_season_is_found_under_a_trend_and_noise(m, n):
    rng, t = np.random.default_rng(m), np.arange(n)
    assert m in find_seasons(50 + 0.3 * t + 5 * np.sin(2 * np.pi * t / m) + rng.normal(0, 1, n))


def test_most_white_noise_has_no_season():  # what is found is a candidate, and the errors at the end decide
    found = [find_seasons(np.random.default_rng(k).normal(size=200)) for k in range(40)]
    assert sum(map(bool, found)) <= 20


def test_the_candidates_leave_enough_to_learn_from_and_logarithms_need_positive_values():
    for n in (13, 40, 90, 300):
        made = candidates(series(n))
        assert made
        for recipe in made:
            assert n - recipe.memory >= 5 and (n < 40 or first_validated(n) - recipe.memory >= 10)
    assert {r.logarithm for r in candidates(series(90))} == {False, True}
    assert {r.logarithm for r in candidates(series(90) - 2)} == {False}


def test_the_shortlist_has_one_recipe_of_each_kind_and_prefers_what_is_right():
    t = np.arange(160)
    values = 100 * 1.02**t * (1 + 0.2 * np.sin(2 * np.pi * t / 12))
    found = shortlist(values)
    kinds = [(r.reference, r.season) for r in found]
    assert len(set(kinds)) == len(kinds) <= 4 and found[0].season == 12 and found[0].logarithm
    assert all(a != b for a, b in pairwise(found))


def test_windows_of_inputs_hold_what_is_known_and_nothing_later():
    values = np.arange(20.0)[:, None] + np.array([0, 100])  # row t of the first is t
    inputs = Inputs(values, (False, True))
    found = inputs.windows(np.array([5, 9]), 3)
    assert found[0].tolist() == [[2, 103], [3, 104], [4, 105]]  # forecasting value 5, by input 4 and by known input 5
    assert inputs.windows(np.array([5]), 3, step=2)[0].tolist() == [[4, 105], [4, 106], [4, 107]]
    assert inputs.windows(np.array([20]), 2, step=1)[0].tolist() == [[19, 119], [19, 119]]  # nothing is known of 20


def test_examples_with_inputs_have_them_beside_the_changes_scaled_by_the_part_that_is_learned():
    values, others = series(60), np.random.default_rng(1).normal(3, 2, size=(80, 2))
    recipe = Recipe(4, reference="season", window=5)
    with_them = Examples(values, recipe, Inputs(others, (True, False)))
    assert with_them.xs.shape == (60 - recipe.memory, 5, 4)
    np.testing.assert_array_equal(with_them.xs[:, :, :2], Examples(values, recipe).xs)
    mean, std = others[:60].mean(axis=0), others[:60].std(axis=0)
    t = recipe.memory + 7
    np.testing.assert_allclose(with_them.xs[7, -1, 2:], (others[[t, t - 1], [0, 1]] - mean) / std, rtol=1e-5)
