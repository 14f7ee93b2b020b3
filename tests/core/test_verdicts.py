"""The judge against scipy, statsmodels, every resample there is, and simulated contenders that do not differ."""

import itertools
import json

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from lstm_lib.core.several import compare_all, holm
from lstm_lib.core.verdicts import _t_quantile, _t_tails, compare

pytestmark = pytest.mark.numpy

KINDS = ("items", "right or wrong", "seeds", "paired seeds", "series")


def judge(name, ours, theirs, **options):
    kind = "items" if name == "right or wrong" else name
    return compare(ours, theirs, **{"kind": kind, "lower_is_better": True, "draws": 499} | options)


def draw(name, n, rng, *, shift=0.0, ar=0.6, differ=0.2):
    """Draw the results of two contenders of which the first is higher by ``shift`` standard deviations."""
    if name == "right or wrong":
        theirs = rng.random(n) < 0.7
        return np.where(rng.random(n) < differ, rng.random(n) < 0.7 + shift, theirs), theirs
    common = rng.normal(size=n) * (name != "seeds")
    if name == "items":  # exponential: exchangeable, and far from normal
        return common + rng.exponential(size=n) + shift, common + rng.exponential(size=n)
    if name == "series":
        noise = rng.normal(size=n + 30)
        for t in range(1, n + 30):
            noise[t] += ar * noise[t - 1]
        return common + noise[30:] * np.sqrt(1 - ar**2) + shift, common
    return common + rng.normal(size=n) + shift, common + rng.normal(size=n) * (3 if name == "seeds" else 1)


def false_verdicts(name, n, repetitions, **options):
    rng = np.random.default_rng(n)
    words = [judge(name, *draw(name, n, rng, **options), seed=k).word for k in range(repetitions)]
    return np.mean(np.array(words) != "not told apart")


@pytest.mark.parametrize(("n_ours", "n_theirs", "alpha"), [(5, 7, 0.05), (2, 3, 0.2), (40, 4, 0.01)])
def test_seeds_are_judged_by_the_welch_test_of_scipy(n_ours, n_theirs, alpha):
    rng = np.random.default_rng(n_ours)
    a, b = rng.normal(size=n_ours), 1 + 3 * rng.normal(size=n_theirs)
    found = compare(a, b, kind="seeds", lower_is_better=True, alpha=alpha)
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval(1 - alpha)), rel=1e-10)
    assert found.difference == pytest.approx(a.mean() - b.mean()) and found.n == min(n_ours, n_theirs)


@pytest.mark.parametrize(("n", "alpha"), [(2, 0.05), (5, 0.01), (30, 0.05)])
def test_paired_seeds_are_judged_by_the_paired_t_test_of_scipy(n, alpha):
    rng = np.random.default_rng(n)
    a = rng.normal(size=n)
    b = a + 0.3 + 0.5 * rng.normal(size=n)
    found = compare(a, b, kind="paired seeds", lower_is_better=True, alpha=alpha)
    expected = stats.ttest_rel(a, b)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-10)
    assert [found.low, found.high] == pytest.approx(list(expected.confidence_interval(1 - alpha)), rel=1e-10)


def test_students_t_is_scipys_from_one_degree_of_freedom_to_many():
    for df, t in itertools.product((1, 1.5, 3.7, 8, 100, 5000.5), (0, 1e-3, 0.3, 1, 2, 5, 40)):
        assert _t_tails(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-10)
    for df, alpha in itertools.product((1, 1.5, 3.7, 8, 100, 5000.5), (1e-4, 0.01, 0.05, 0.5, 0.9)):
        assert _t_quantile(alpha, df) == pytest.approx(stats.t.isf(alpha / 2, df), rel=1e-10)


def right_or_wrong(both, won, lost, neither):
    return np.repeat([1, 1, 0, 0], [both, won, lost, neither]), np.repeat([1, 0, 1, 0], [both, won, lost, neither])


@pytest.mark.parametrize("table", [(5, 1, 7, 12), (50, 30, 12, 8), (3, 4, 4, 9), (40, 6, 0, 3), (0, 700, 800, 0)])
def test_right_or_wrong_is_judged_by_the_exact_mcnemar_test_less_half_of_each_tails_last_chance(table):
    found = judge("items", *right_or_wrong(*table), lower_is_better=False)
    _, won, lost, _ = table
    exact = mcnemar([[table[0], won], [lost, table[3]]], exact=True).pvalue
    mid = exact - stats.binom.pmf(won, won + lost, 0.5) if won != lost else 1.0
    assert found.p_value == pytest.approx(mid, rel=1e-9)
    assert found.difference == pytest.approx((won - lost) / sum(table))


@pytest.mark.parametrize("table", [(5, 3, 7, 12), (50, 30, 12, 8), (40, 9, 0, 3), (2, 0, 0, 9)])
def test_the_interval_of_shares_holds_what_the_score_test_does_not_reject(table):
    _, won, lost, _ = table
    n = sum(table)

    def distance(delta):
        """Return the score statistic, with the share lost that is likeliest if ``delta`` is the difference."""

        def unlikelihood(share):
            shares = np.array([share + delta, share, 1 - 2 * share - delta])
            return -np.sum([won, lost, n - won - lost] * np.log(np.maximum(shares, 1e-300)))

        bounds = (max(0, -delta), (1 - delta) / 2)
        share = optimize.minimize_scalar(unlikelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
        return abs((won - lost) / n - delta) / np.sqrt((2 * share + delta - delta**2) / n)

    found = judge("items", *right_or_wrong(*table), lower_is_better=False)
    for end in (found.low, found.high):
        assert distance(end) == pytest.approx(stats.norm.ppf(0.975), rel=1e-4)


def test_the_interval_of_shares_is_the_published_one():
    found = judge("items", *right_or_wrong(1, 1, 7, 12))  # Fagerland, Lydersen & Laake (2014)
    assert (round(found.low, 3), round(found.high, 3), round(found.p_value, 3)) == (-0.517, -0.026, 0.039)


def test_an_interval_that_leaves_out_0_is_stretched_to_it_where_the_test_finds_nothing():
    found = judge("items", *right_or_wrong(6, 4, 0, 2), lower_is_better=False)
    assert found.p_value == pytest.approx(0.0625) and found.low == 0 < found.high
    assert found.word == "not told apart"


@pytest.mark.parametrize(("kind", "block", "n"), [("items", 1, 6), ("series", 2, 9), ("series", 4, 12)])
def test_the_bootstrap_comes_near_to_all_the_resamples_there_are(kind, block, n):
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=n) + 0.6, rng.exponential(size=n) - 1
    d, count = a - b, -(-n // block)
    circle = np.array([np.roll(d, -start)[:block].mean() for start in range(n)])
    every = circle[np.array(list(itertools.product(range(n), repeat=count)))]
    with np.errstate(divide="ignore"):
        ts = np.abs(every.mean(axis=1) - d.mean()) / np.sqrt(every.var(axis=1) / count)
    error = np.sqrt(circle.var() * block / n)
    options = {"block": block} if kind == "series" else {}
    found = compare(a, b, kind=kind, lower_is_better=True, alpha=0.2, draws=99_999, **options)
    assert found.p_value == pytest.approx(np.mean(ts >= abs(d.mean()) / error), abs=0.005)
    half = np.quantile(ts, 0.8) * error
    assert [found.low, found.high] == pytest.approx([d.mean() - half, d.mean() + half], rel=0.03)
    assert found.n == count


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(0).random(9) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)
    np.testing.assert_allclose(holm([0.04, 0.01]), [0.04, 0.02])
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm([0.5, np.nan])


@pytest.mark.parametrize("name", KINDS)
def test_contenders_change_places_and_units_change_nothing(name):
    rng = np.random.default_rng(1)
    a, b = draw(name, 120, rng, shift=-0.7 if name == "right or wrong" else -2.0, differ=0.4)
    one, other = judge(name, a, b), judge(name, b, a)
    assert (one.word, other.word) == ("ahead", "behind")
    assert (other.difference, other.low, other.high) == (-one.difference, -one.high, -one.low)
    assert other.p_value == one.p_value
    assert judge(name, a, b, lower_is_better=False).word == "behind"
    if name != "right or wrong":
        percent = judge(name, 100 * a, 100 * b)
        assert percent.word == one.word and percent.p_value == pytest.approx(one.p_value)
        assert [percent.low, percent.high] == pytest.approx([100 * one.low, 100 * one.high])


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("alpha", [0.05, 0.3])
def test_word_interval_and_p_value_agree(name, alpha):
    rng = np.random.default_rng(2)
    words = set()
    for _ in range(150):
        shift = 0.3 * rng.normal() if name == "right or wrong" else rng.normal()
        found = judge(name, *draw(name, rng.integers(4, 60), rng, shift=shift), alpha=alpha, draws=199)
        words.add(found.word)
        assert found.low <= found.difference <= found.high
        assert (found.word == "not told apart") == (found.low <= 0 <= found.high) == (found.p_value > alpha)
        assert (found.word == "ahead") == (found.high < 0)
    assert words == {"ahead", "behind", "not told apart"}


@pytest.mark.parametrize(
    ("name", "n", "repetitions", "options"),
    [
        ("items", 20, 1500, {}),
        ("right or wrong", 200, 1500, {}),
        ("seeds", 5, 1500, {}),
        ("paired seeds", 5, 1500, {}),
        ("series", 60, 1500, {"ar": 0.3}),
        ("series", 100, 1500, {"ar": 0.6}),
    ],
)
def test_of_contenders_that_do_not_differ_one_in_twenty_is_called_ahead_or_behind(name, n, repetitions, options):
    assert 0.025 <= false_verdicts(name, n, repetitions, **options) <= 0.075


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "options"),
    [
        *(("items", n, {}) for n in (20, 50, 150)),
        *(("right or wrong", n, {"differ": differ}) for n, differ in ((50, 0.5), (200, 0.2), (1000, 0.1))),
        *((name, n, {}) for name in ("seeds", "paired seeds") for n in (3, 5, 10)),
        *(("series", n, {"ar": ar}) for n in (40, 60, 100, 200) for ar in (0.0, 0.3, 0.6)),
    ],
)
def test_false_verdicts_are_as_rare_at_every_size(name, n, options):
    assert 0.012 <= false_verdicts(name, n, 4000, **options) <= 0.075


@pytest.mark.parametrize(("name", "n"), [("items", 60), ("right or wrong", 400), ("seeds", 8), ("series", 100)])
def test_a_clear_difference_is_found(name, n):
    rng = np.random.default_rng(3)
    shift = 0.3 if name == "right or wrong" else 6.0 if name == "seeds" else 1.0
    words = [judge(name, *draw(name, n, rng, shift=shift), lower_is_better=False).word for _ in range(100)]
    assert words.count("ahead") >= 90


def test_intervals_that_overlap_do_not_hide_a_difference_and_pairs_show_what_means_can_not():
    a, b = np.array([1.0, 1.2, 1.4, 1.6, 1.8]), np.array([1.5, 1.7, 1.9, 2.1, 2.3])
    (_, a_high), (b_low, _) = (stats.t.interval(0.95, 4, x.mean(), stats.sem(x)) for x in (a, b))
    assert a_high > b_low and judge("seeds", a, b).word == "ahead"
    near = np.array([1.04, 1.26, 1.45, 1.67, 1.85])
    assert judge("seeds", a, near).word == "not told apart" and judge("paired seeds", a, near).word == "ahead"


@pytest.mark.parametrize("kind", ["items", "seeds", "paired seeds", "series"])
def test_equal_results_are_not_told_apart(kind):
    found = judge(kind, [0.1 + 0.2] * 9, [0.3] * 9)  # they differ in the last digit
    assert found.word == "not told apart" and found.p_value == 1
    assert found.low <= 0 <= found.high and found.high - found.low < 1e-15


@pytest.mark.parametrize(("kind", "few", "enough"), [("seeds", 3, 4), ("paired seeds", 5, 6), ("items", 5, 6)])
def test_differences_without_spread_count_by_their_signs(kind, few, enough):
    rest = np.random.default_rng(4).normal(size=enough) * (kind != "seeds")
    assert judge(kind, rest[:few] + 0.1, rest[:few]).word == "not told apart"
    found = judge(kind, rest + 0.1, rest)
    assert found.word == "behind" and found.low == found.high == found.difference == pytest.approx(0.1)
    assert found.p_value == pytest.approx({"seeds": 2 / 70, "paired seeds": 2 / 64, "items": 2 / 64}[kind])


def test_a_contender_that_draws_nothing_may_repeat_its_result():
    ours = np.array([0.31, 0.35, 0.30, 0.34, 0.33])
    assert judge("seeds", ours, [0.38] * 5).p_value == pytest.approx(stats.ttest_1samp(ours, 0.38).pvalue)


def test_few_items_that_differ_are_no_verdict_and_have_a_finite_interval():
    found = judge("items", np.repeat([0.5, 0.0], [2, 38]), np.zeros(40))
    assert found.word == "not told apart" and found.low <= 0 < found.difference < found.high < 1


def test_the_same_seed_draws_the_same_verdict_and_another_nearly():
    a, b = draw("items", 30, np.random.default_rng(5))
    one, same, other = (compare(a, b, kind="items", lower_is_better=True, seed=s) for s in (0, 0, 1))
    assert one == same and one.low != other.low
    assert one.low == pytest.approx(other.low, abs=0.05)


def test_a_verdict_is_one_line_and_goes_through_json():
    found = judge("seeds", [1.0, 1.2, 1.1, 1.3, 1.2], [2.0, 2.3, 2.2, 2.4, 2.1])
    expected = "ahead: difference -1.04, 95 % interval -1.24 to -0.835, p < 0.0001 (Welch's t, n = 5)"
    assert str(found) == expected
    again = json.loads(json.dumps(found.as_dict()))
    assert again == found.as_dict() and again["word"] == "ahead" and again["n"] == 5


@pytest.mark.parametrize(
    ("ours", "theirs", "options", "message"),
    [
        ([0.3], [0.4, 0.5], {"kind": "seeds"}, "a single draw is no evidence"),
        ([0.3, 0.2], [0.4], {"kind": "seeds"}, "theirs must have at least 2 results, got 1"),
        ([], [], {"kind": "items"}, "a single draw is no evidence"),
        ([0.3, np.nan, 1], [0.4, 0.5, 1], {"kind": "seeds"}, "ours: 1 of 3 results not finite; report diverged runs"),
        ([0.3, 0.2], [np.inf, np.inf], {"kind": "items"}, "theirs: 2 of 2 results not finite"),
        ([[0.3, 0.2]], [0.4, 0.5], {"kind": "items"}, r"one row of results, shape \(N,\), got \(1, 2\)"),
        ([1, 2, 3], [1, 2], {"kind": "items"}, "3 and 2 results"),
        ([1, 2, 3], [1, 2], {"kind": "paired seeds"}, "3 and 2 results"),
        ([1, 2, 3], [1, 2], {"kind": "series"}, "3 and 2 results"),
        ([1, 2, 3], [2, 1, 5], {"kind": "series", "block": 2}, "3 times hold no two blocks of 2"),
        ([1, 2, 3], [2, 1, 5], {"kind": "items", "block": 2}, "block is for"),
        ([1, 2], [2, 1], {"kind": "welch"}, "kind must be"),
        ([1, 2], [2, 1], {"kind": "seeds", "alpha": 1.0}, "alpha must be below 1"),
        ([1, 2], [2, 1], {"kind": "items", "alpha": 0.001, "draws": 99}, "99 draws"),
    ],
)
def test_what_can_not_be_judged_is_refused(ours, theirs, options, message):
    with pytest.raises(ValueError, match=message):
        compare(ours, theirs, **options, lower_is_better=True)


def test_of_many_rivals_one_that_chance_alone_beats_is_not_told_apart():
    rng = np.random.default_rng(4)
    ours = rng.normal(size=12)
    rivals = {f"r{k}": ours + rng.normal(0, 1, 12) for k in range(8)} | {"far": ours + rng.normal(3, 0.5, 12)}
    found = compare_all(ours, rivals, kind="paired seeds", lower_is_better=True)
    alone = {name: compare(ours, r, kind="paired seeds", lower_is_better=True) for name, r in rivals.items()}
    adjusted = multipletests([v.p_value for v in alone.values()], method="holm")[1]
    np.testing.assert_allclose([found[name]["p_holm"] for name in rivals], adjusted)
    assert {name: found[name]["word"] for name in rivals} == {name: v.word for name, v in alone.items()}
    assert found["far"]["verdict"] == "ahead"
