"""What is cut off a distribution is what the definitions say, and sequences are drawn as often as they are probable."""

import itertools
from functools import partial

import numpy as np
import pytest

from lstm_lib.beam_search.sampling import min_p, nucleus, sample_sequences
from lstm_lib.beam_search.search import every_sequence
from lstm_lib.beam_search.toy_decoders import END, START, random_tree, table_decoder

pytestmark = pytest.mark.numpy


def smallest_set(p, mass):
    """Return the most probable of the smallest sets of tokens that reach a mass, by trying all sets."""
    for size in range(1, len(p) + 1):
        reaching = [s for s in itertools.combinations(range(len(p)), size) if p[list(s)].sum() >= mass]
        if reaching:
            return set(max(reaching, key=lambda s: p[list(s)].sum()))
    raise AssertionError("not even all of them reach it")


@pytest.mark.parametrize("mass", [0.05, 0.5, 0.83, 0.97])
def test_the_nucleus_is_the_smallest_set_that_reaches_the_mass(mass):
    rng = np.random.default_rng(0)
    for p in rng.dirichlet(np.ones(7), size=40):
        kept = nucleus(p, mass)
        chosen = smallest_set(p, mass)
        assert set(np.flatnonzero(kept)) == chosen
        np.testing.assert_allclose(kept[list(chosen)], p[list(chosen)] / p[list(chosen)].sum(), rtol=1e-12)


def test_a_mass_that_is_reached_exactly_takes_no_further_token_and_all_of_it_keeps_everything():
    p = np.array([0.1, 0.5, 0.2, 0.2])
    np.testing.assert_allclose(nucleus(p, 0.5), [0, 1, 0, 0])
    np.testing.assert_allclose(nucleus(p, 0.7), [0, 5 / 7, 2 / 7, 0])  # of two alike the lower id
    np.testing.assert_allclose(nucleus(p, 1.0), p)
    np.testing.assert_allclose(nucleus(np.full(10, 0.1), 0.8), [1 / 8] * 8 + [0] * 2)  # eight times 0.1 is below 0.8


def test_min_p_keeps_what_reaches_the_share_of_the_highest():
    p = np.array([0.08, 0.4, 0.32, 0.2])
    np.testing.assert_allclose(min_p(p, 0.5), np.array([0, 0.4, 0.32, 0.2]) / 0.92)
    np.testing.assert_allclose(min_p(p, 1.0), [0, 1, 0, 0])
    np.testing.assert_allclose(min_p(p, 0.1), p)


@pytest.mark.parametrize("rule", [partial(nucleus, mass=0.6), partial(min_p, share=0.3)])
def test_each_row_of_an_array_is_cut_by_itself_and_left_as_it_was(rule):
    p = np.random.default_rng(1).dirichlet(np.ones(5), size=(2, 3))
    before = p.copy()
    found = rule(p)
    for row, cut in zip(p.reshape(-1, 5), found.reshape(-1, 5), strict=True):
        np.testing.assert_array_equal(rule(row), cut)
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, np.nan])
def test_a_mass_or_share_that_is_none_is_refused(value):
    for rule, name in ((nucleus, "mass"), (min_p, "share")):
        with pytest.raises(ValueError, match=f"{name} must be above 0 and at most 1"):
            rule(np.array([0.5, 0.5]), value)


def side_by_side(step_fn):
    """Return a decoder of one sequence as one of many; what it says after the end is not to matter."""

    def go_on(token, state):
        return (np.log([1e-9, 0.5, 0.5]), state) if token == END else step_fn(token, state)

    def step(tokens, states):
        pairs = [go_on(token, s) for token, s in zip(tokens.tolist(), states or [None] * len(tokens), strict=True)]
        return np.array([log_p for log_p, _ in pairs]), [s for _, s in pairs]

    return step


def test_sequences_are_drawn_as_often_as_they_are_probable():
    step_fn, N, T = random_tree(3, 3), 6000, 3
    start = np.full(N, START)
    drawn = sample_sequences(side_by_side(step_fn), None, start, END, T, np.random.default_rng(0))
    counts = {}
    for tokens in drawn:
        counts[tuple(tokens)] = counts.get(tuple(tokens), 0) + 1
    expected = {tuple(tokens): np.exp(log_p) for tokens, log_p in every_sequence(step_fn, None, START, END, T)}
    assert counts.keys() <= expected.keys()
    for tokens, p in expected.items():
        assert abs(counts.get(tokens, 0) - N * p) < 4 * np.sqrt(N * p * (1 - p)) + 1e-9


def test_what_is_cut_off_is_never_drawn_and_a_seed_repeats_the_draws():
    table = {"": [0.1, 0.5, 0.4], "a": [0.6, 0.3, 0.1], "b": [0.2, 0.2, 0.6]}
    table |= {first + second: [1.0, 0.0, 0.0] for first, second in itertools.product("ab", repeat=2)}
    step = side_by_side(table_decoder(table, ".ab"))

    def draw(seed, rule):
        return sample_sequences(step, None, np.full(300, START), END, 5, np.random.default_rng(seed), rule)

    cut = {tuple(tokens) for tokens in draw(0, partial(nucleus, mass=0.8))}
    assert cut == {(1, 0), (1, 1, 0), (2, 2, 0), (2, 0), (2, 1, 0)} - {(2, 1, 0)}
    assert {tuple(tokens) for tokens in draw(0, partial(min_p, share=1.0))} == {(1, 0)}
    assert draw(4, None) == draw(4, None) != draw(5, None)


def test_sequences_stop_at_the_limit_and_without_an_end_all_have_that_length():
    def step(tokens, state):
        return np.log(np.tile([0.25, 0.75], (len(tokens), 1))), state

    ended = sample_sequences(step, None, np.zeros(50, int), 0, 4, np.random.default_rng(0))
    assert max(map(len, ended)) == 4 and min(map(len, ended)) == 1
    assert all((tokens[-1] == 0) == (0 in tokens) and 0 not in tokens[:-1] for tokens in ended)
    endless = sample_sequences(step, None, np.zeros(50, int), None, 4, np.random.default_rng(0))
    assert {len(tokens) for tokens in endless} == {4}
    assert abs(np.mean(endless) - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 200)
