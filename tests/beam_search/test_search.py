"""Beam search against a search that looks at everything, on random tables and on cases worked by hand."""

import itertools
import math

import numpy as np
import pytest

from lstm_lib.beam_search.search import (
    beam_search,
    beam_search_n_best,
    best_possible,
    error_kind,
    every_sequence,
    exhaustive_search,
    greedy_search,
    is_proved_best,
    rank,
    sequence_log_p,
)

pytestmark = pytest.mark.numpy

BOS, EOS = 0, 1
PENALTIES = (0.0, 0.6, 1.0, 2.5, -0.7)


class Table:
    """A model that has a random distribution for every prefix: state is the prefix, without the token to be read.

    Parameters
    ----------
    kind : {"smooth", "peaked", "coarse", "holes"}
        Peaked: nearly decided. Coarse: probabilities are powers of 2 and sums of logs are exact, so many sequences tie.
        Holes: some tokens can't follow.
    """

    def __init__(self, seed, V, kind="smooth"):
        self.seed, self.V, self.kind, self.calls = seed, V, kind, 0
        self.rows = {}

    def log_p(self, prefix):
        if prefix not in self.rows:
            rng = np.random.default_rng([self.seed, len(prefix), *prefix])
            if self.kind == "coarse":
                log_p = -rng.integers(1, 4, size=self.V).astype(float)
            else:
                logits = rng.normal(size=self.V) * (6 if self.kind == "peaked" else 1.5)
                log_p = logits - np.log(np.exp(logits).sum())
            if self.kind == "holes":
                log_p[rng.permutation(self.V)[: rng.integers(0, self.V + 1)]] = -np.inf
            self.rows[prefix] = log_p
        return self.rows[prefix]

    def __call__(self, token, state):
        self.calls += 1
        prefix = (*state, token)
        return self.log_p(prefix), prefix


def probability_by_product(table, tokens):
    """Go along a sequence and multiply."""
    p, prefix = 1.0, (BOS,)
    for token in tokens:
        p *= math.exp(table.log_p(prefix)[token])
        prefix = (*prefix, token)
    return p


def all_by_product(V, max_len):
    """Every hypothesis, written down without a search."""
    for length in range(1, max_len + 1):
        for tokens in itertools.product(range(V), repeat=length):
            ended = tokens[-1] == EOS or length == max_len
            if ended and EOS not in tokens[:-1]:
                yield list(tokens)


def random_cases(number):
    rng = np.random.default_rng(7)
    kinds = ("smooth", "peaked", "coarse", "holes")
    for seed in range(number):
        V, max_len = int(rng.integers(2, 5)), int(rng.integers(1, 5))
        yield Table(seed, V, kinds[seed % 4]), max_len, PENALTIES[int(rng.integers(len(PENALTIES)))]


def search(function, *args, **options):
    """The result, or None where no sequence has a probability."""
    try:
        return function(*args, **options)
    except ValueError as error:
        assert "probability 0" in str(error)
        return None


def test_every_sequence_is_listed_once_with_its_probability():
    for V, max_len in ((2, 5), (3, 4), (4, 3)):
        table = Table(V, V)
        found = dict((tuple(tokens), log_p) for tokens, log_p in every_sequence(table, (), BOS, EOS, max_len))
        expected = [tuple(tokens) for tokens in all_by_product(V, max_len)]
        assert sorted(found) == sorted(expected) and len(set(expected)) == len(expected)
        for tokens, log_p in found.items():
            assert math.exp(log_p) == pytest.approx(probability_by_product(table, tokens), rel=1e-12)
        assert sum(map(math.exp, found.values())) == pytest.approx(1, rel=1e-12)


def test_a_beam_that_holds_everything_is_exhaustive():
    ties = errors = 0
    for table, max_len, penalty in random_cases(3000):
        args = table, (), BOS, EOS
        width = table.V**max_len
        found = search(exhaustive_search, *args, max_len, penalty)
        assert search(beam_search, *args, width, max_len, penalty) == found
        assert search(beam_search, *args, 10 * width, max_len, penalty) == found
        hypotheses = sorted(
            ((tokens, log_p / len(tokens) ** penalty) for tokens, log_p in every_sequence(*args, max_len)), key=rank
        )
        for n in (1, 3, 1000):
            assert (search(beam_search_n_best, *args, width, max_len, penalty, n_best=n) or []) == hypotheses[:n]
        errors += found is None
        ties += len(hypotheses) > 1 and hypotheses[0][1] == hypotheses[1][1]
    assert ties > 100 and errors > 30  # the random cases reach the corners


def test_width_one_is_greedy_search():
    for table, max_len, penalty in random_cases(3000):
        args = table, (), BOS, EOS
        assert search(beam_search, *args, 1, max_len, penalty) == search(greedy_search, *args, max_len, penalty)


def slow_beam(table, beam_width, max_len, penalty):
    """The same rule without any early end: levels of tuples, and a pool of the finished."""
    alive, pool = [((), 0.0)], []
    for length in range(1, max_len + 1):
        longer = []
        for tokens, log_p in alive:
            for token in range(table.V):
                value = log_p + float(table.log_p((BOS, *tokens))[token])
                if value > -math.inf:
                    longer.append(((*tokens, token), value))
        longer.sort(key=lambda item: item[1], reverse=True)
        alive = []
        for tokens, log_p in longer[:beam_width]:
            if tokens[-1] == EOS or length == max_len:
                pool.append((list(tokens), log_p / length**penalty))
            else:
                alive.append((tokens, log_p))
    return sorted(pool, key=rank)


def test_ending_early_changes_no_answer_for_any_width_or_penalty():
    saved = 0
    for table, max_len, penalty in random_cases(1500):
        for width in (1, 2, 3, 7):
            pool = slow_beam(table, width, max_len + 3, penalty)
            for n in (1, 2, 5):
                table.calls = 0
                found = search(beam_search_n_best, table, (), BOS, EOS, width, max_len + 3, penalty, n_best=n)
                assert (found or []) == pool[:n]
                saved += n == 1 and pool != [] and max(len(tokens) for tokens, _ in pool) > len(pool[0][0])
    assert saved > 500


def chain(*rows):
    """A model whose distribution depends on the position alone."""
    rows = np.array(rows)

    def step_fn(token, t):
        with np.errstate(divide="ignore"):
            return np.log(rows[min(t, len(rows) - 1)]), t + 1

    return step_fn


# Tokens: 0 start, 1 end, 2 = a, 3 = b. Greedy takes a (0.6), after which nothing is likely; b leads to 0.4 · 0.9.
A, B = 2, 3
GARDEN_PATH = {
    (BOS,): [0, 0, 0.6, 0.4],
    (BOS, A): [0, 0.35, 0.35, 0.3],
    (BOS, B): [0, 0.9, 0.05, 0.05],
}


def garden_path(token, state):
    prefix = (*state, token)
    with np.errstate(divide="ignore"):
        return np.log(GARDEN_PATH.get(prefix, [0, 1, 0, 0])), prefix


def test_greedy_walks_into_the_trap_and_a_beam_of_two_does_not():
    tokens, log_p = greedy_search(garden_path, (), BOS, EOS, 4)
    assert tokens == [A, EOS] and math.exp(log_p) == pytest.approx(0.6 * 0.35)
    for width in (2, 3, 50):
        tokens, log_p = beam_search(garden_path, (), BOS, EOS, width, 4)
        assert tokens == [B, EOS] and math.exp(log_p) == pytest.approx(0.4 * 0.9)


def test_a_finished_hypothesis_is_kept_while_longer_ones_fill_the_beam():
    # The end has 0.3 at once; a is likelier, but then must be followed by coin tosses.
    step_fn = chain([0, 0.3, 0.36, 0.34], [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5], [0, 1, 0, 0])
    found = beam_search_n_best(step_fn, 0, BOS, EOS, 3, 4, n_best=3)
    assert found[0] == ([EOS], pytest.approx(math.log(0.3)))
    assert [len(tokens) for tokens, _ in found[1:]] == [4, 4]
    assert greedy_search(step_fn, 0, BOS, EOS, 4)[0] == [A, A, A, EOS]


def test_the_search_ends_when_nothing_can_overtake_and_not_before():
    calls = []

    def counting(rows):
        step_fn = chain(*rows)
        calls.clear()
        return lambda token, t: (calls.append(t), step_fn(token, t))[1]

    rows = [[0, 0.5, 0.4, 0.1], [0, 1, 0, 0]]
    assert beam_search(counting(rows), 0, BOS, EOS, 3, 50)[0] == [EOS]
    assert calls == [0]  # 0.4 and 0.1 are below 0.5 already
    beam_search(counting(rows), 0, BOS, EOS, 3, 50, 1.0)
    assert calls == [0, 1, 1]  # ln 0.4 over up to 50 tokens may overtake ln 0.5 over one
    beam_search(counting(rows), 0, BOS, EOS, 3, 50, -1.0)
    assert calls == [0]  # a penalty below 0 makes waiting costlier still
    assert best_possible(math.log(0.4), 1, 50, 1.0) == math.log(0.4) / 50
    assert best_possible(math.log(0.4), 1, 50, 0.0) == math.log(0.4)
    assert best_possible(math.log(0.4), 1, 50, -1.0) == math.log(0.4) * 2


def test_a_positive_penalty_favours_the_longer_sequence():
    # [end]: 0.4. [a, a, end]: 0.6 · 0.6 · 1 = 0.36; ln 0.4 = -0.916, ln 0.36 / 3 = -0.341.
    step_fn = chain([0, 0.4, 0.6, 0], [0, 0.4, 0.6, 0], [0, 1, 0, 0])
    assert beam_search(step_fn, 0, BOS, EOS, 5, 9)[0] == [EOS]
    tokens, value = beam_search(step_fn, 0, BOS, EOS, 5, 9, 1.0)
    assert tokens == [A, A, EOS] and value == pytest.approx(math.log(0.36) / 3)
    assert beam_search(step_fn, 0, BOS, EOS, 5, 9, -1.0)[0] == [EOS]


def test_max_len_cuts_and_what_was_cut_competes():
    step_fn = chain([0, 0.2, 0.8, 0])
    assert greedy_search(step_fn, 0, BOS, EOS, 3) == ([A] * 3, pytest.approx(3 * math.log(0.8)))
    found = beam_search_n_best(step_fn, 0, BOS, EOS, 4, 3, n_best=9)
    assert [tokens for tokens, _ in found] == [[A, A, A], [EOS], [A, EOS], [A, A, EOS]]
    assert beam_search(step_fn, 0, BOS, EOS, 4, 1)[0] == [A]


def test_of_equals_the_shorter_then_the_lower_ids_come_first():
    certain_end = chain([0, 0.25, 0.25, 0.5], [0, 1, 0, 0])
    found = beam_search_n_best(certain_end, 0, BOS, EOS, 3, 5, n_best=3)
    assert [tokens for tokens, _ in found] == [[B, EOS], [EOS], [A, EOS]]
    uniform = chain([0.25] * 4)
    assert greedy_search(uniform, 0, BOS, EOS, 2)[0] == [BOS, BOS] == beam_search(uniform, 0, BOS, EOS, 1, 2)[0]
    assert beam_search(uniform, 0, BOS, EOS, 2, 2)[0] == [EOS]


def test_what_has_probability_zero_is_never_written():
    dead = {(BOS,): [0, 0, 0.9, 0.1], (BOS, A): [0, 0, 0, 0], (BOS, B): [0, 1, 0, 0]}

    def step_fn(token, state):
        prefix = (*state, token)
        with np.errstate(divide="ignore"):
            return np.log(dead[prefix]), prefix

    assert beam_search(step_fn, (), BOS, EOS, 2, 6) == ([B, EOS], pytest.approx(math.log(0.1)))
    assert beam_search_n_best(step_fn, (), BOS, EOS, 9, 6, n_best=9) == [([B, EOS], pytest.approx(math.log(0.1)))]
    for failing in (
        lambda: greedy_search(step_fn, (), BOS, EOS, 6),
        lambda: beam_search(step_fn, (), BOS, EOS, 1, 6),
        lambda: exhaustive_search(lambda token, state: (np.full(4, -np.inf), state), (), BOS, EOS, 6),
    ):
        with pytest.raises(ValueError, match="probability 0"):
            failing()


def test_what_is_no_log_probability_is_refused():
    for log_p in ([1.0, 2.0], [0.5, np.nan], [-1.0, np.nan]):
        for search_function in (greedy_search, exhaustive_search):
            with pytest.raises(ValueError, match="log-softmax"):
                search_function(lambda token, state, log_p=log_p: (log_p, state), (), 0, 1, 3)
        with pytest.raises(ValueError, match="log-softmax"):
            beam_search(lambda token, state, log_p=log_p: (log_p, state), (), 0, 1, 2, 3)


@pytest.mark.parametrize("wrong", [{"beam_width": 0}, {"max_len": 0}, {"n_best": 0}])
def test_numbers_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be at least 1, got 0"):
        beam_search_n_best(chain([0.5, 0.5]), 0, BOS, EOS, **({"beam_width": 2, "max_len": 3, "n_best": 1} | wrong))
    with pytest.raises(ValueError, match="max_len must be at least 1"):
        greedy_search(chain([0.5, 0.5]), 0, BOS, EOS, -1)


def test_a_state_is_passed_along_and_never_compared_or_changed():
    class State:
        def __init__(self, t):
            self.t = t

        def __eq__(self, other):
            raise AssertionError("compared")

    table = Table(3, 4, "coarse")
    seen = []

    def step_fn(token, state):
        seen.append(state)
        log_p, prefix = table(token, state.t)
        return log_p, State(prefix)

    start = State(())
    assert beam_search(step_fn, start, BOS, EOS, 4, 4) == beam_search(table, (), BOS, EOS, 4, 4)
    assert seen[0] is start and start.t == ()


def test_an_answer_that_is_proved_best_is_the_best_of_all():
    proved = best = 0
    for table, max_len, _ in random_cases(1200):
        found = search(exhaustive_search, table, (), BOS, EOS, max_len)
        if found is None or table.kind == "coarse":  # whose probabilities do not sum to 1
            continue
        for width in (1, 2, 3, 6):
            answer = search(beam_search, table, (), BOS, EOS, width, max_len)
            if answer is None:
                continue
            best += answer == found
            if is_proved_best(answer[1], width):
                proved += 1
                assert answer[1] == found[1]
    assert 500 < proved < best


def test_the_proof_is_as_sharp_as_it_can_be():
    # Width 1 takes a (0.5), after which each of two tokens has half; b, as likely, leads to certain end.
    table = {(BOS,): [0, 0, 0.5, 0.5], (BOS, A): [0, 1, 0, 0], (BOS, B): [0, 1, 0, 0]}

    def step_fn(token, state):
        prefix = (*state, token)
        with np.errstate(divide="ignore"):
            return np.log(table[prefix]), prefix

    answer = greedy_search(step_fn, (), BOS, EOS, 3)
    assert math.exp(answer[1]) == pytest.approx(0.5) and not is_proved_best(math.log(0.5), 1)
    assert is_proved_best(math.log(0.5), 2) and is_proved_best(math.log(0.501), 1)


def test_a_given_sequence_has_the_probability_that_the_search_gave_it():
    for table, max_len, _ in random_cases(60):
        for tokens, log_p in every_sequence(table, (), BOS, EOS, max_len):
            assert sequence_log_p(table, (), BOS, tokens) == log_p


def test_whose_fault_a_wrong_answer_is():
    assert error_kind(True, -5.0, -1.0) == "right"
    assert error_kind(False, -5.0, -1.0) == "search error"
    assert error_kind(False, -1.0, -5.0) == "model error" == error_kind(False, -1.0, -1.0)
