"""The judge of every comparison: which of two contenders is ahead, or whether the data can't say.

That two intervals overlap is no test, and a single draw is no evidence. So the judge looks at the *difference* of
two contenders, over items, seeds or times, and finds one ahead only if the interval of that difference leaves out 0.
"""

import dataclasses
import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["items", "seeds", "paired seeds", "series"]
Found = tuple[float, float, float, float]  # difference, low, high, p-value


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a comparison found; as a string, one line for a table.

    Parameters
    ----------
    word : {"ahead", "behind", "not told apart"}
        Said of ours. "Not told apart" does not mean equal: the interval says how large a difference may yet be.
    difference : float
        Mean of ours minus mean of theirs, in the units of the results.
    low, high : float
        Interval of the difference, of level ``1 - alpha``.
    p_value : float
        How often chance alone would lead to a difference as clear as this one.
    alpha : float
    method : str
    n : int
        Items, seeds (the smaller number, if they differ) or blocks of consecutive times.
    """

    word: Literal["ahead", "behind", "not told apart"]
    difference: float
    low: float
    high: float
    p_value: float
    alpha: float
    method: str
    n: int

    def __str__(self) -> str:
        level = f"{100 * (1 - self.alpha):.3g} % interval {self.low:.3g} to {self.high:.3g}"
        p = f"p = {self.p_value:.2g}" if self.p_value >= 1e-4 else "p < 0.0001"
        return f"{self.word}: difference {self.difference:.3g}, {level}, {p} ({self.method}, n = {self.n})"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return dataclasses.asdict(self)


def compare(
    ours: ArrayLike,
    theirs: ArrayLike,
    *,
    kind: Kind,
    lower_is_better: bool,
    alpha: float = 0.05,
    block: int | None = None,
    draws: int = 9999,
    seed: int = 0,
) -> Verdict:
    """Judge whether one contender is ahead of another, behind it, or not told apart from it.

    ================  ======================================  ==============================================
    ``kind``          ``ours[k]`` and ``theirs[k]`` are       method
    ================  ======================================  ==============================================
    "items"           scores of the same item, 0 or 1         McNemar's test (mid-p), Tango's score interval
    "items"           other scores of the same item           paired bootstrap-t
    "seeds"           results of unrelated trainings          Welch's t
    "paired seeds"    results on the same seed, fold, split   paired t
    "series"          losses at the same time, in order       circular block bootstrap-t
    ================  ======================================  ==============================================

    Parameters
    ----------
    ours, theirs : array_like
        Shape (N,), one result each; for seeds the numbers of results may differ. For a mean squared error over a
        series these are the squared errors, not their root.
    kind : {"items", "seeds", "paired seeds", "series"}
    lower_is_better : bool
        True for losses and errors, False for accuracies.
    alpha : float
        Share of false verdicts where there is no difference. Of m comparisons at once, take ``alpha / m`` or adjust
        the p-values by :func:`~lstm_lib.core.several.holm`.
    block : int, optional
        Times in a block; by default the square root of their number. More if losses further apart are still alike.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If there are fewer than two results (or blocks), if results that belong together differ in number, or if one
        is not finite: a run that diverged has no place in a mean, so count and report such runs apart.

    Notes
    -----
    Seeds answer for the recipe, items for the one trained model on other items like these; neither answers for both.
    A contender that draws nothing, such as a fitted line, gets its result repeated once per seed. Folds share most of
    their training data, which makes the paired t too sure of itself (Nadeau & Bengio 2003).

    The bootstrap divides each resampled mean by its own standard error and keeps the absolute value. Where there was
    no difference it found one in 1 to 7 % of the draws (differences normal, heavy-tailed, exponential or mostly 0 of
    20 to 150 items; AR(1) with coefficient 0 to 0.6 at 40 to 200 times), but in 10 % for 20 or 50 lognormal ones. BCa
    and percentiles found one in 7 to 18 % for 20 items, and blocks without standard errors in up to 22 %. McNemar's
    exact test finds one in 0.5 to 4 % for 200 items; its mid-p misses less and stays at 5 %.

    Where the p-value is above ``alpha`` and the interval leaves out 0, it is stretched to 0. Differences without any
    spread count by their signs alone: p = 2 / 2^n, or 2 / C(2 n, n) for unpaired seeds, as in permutation tests.

    References
    ----------
    McNemar (1947), doi:10.1007/BF02295996; mid-p: Fagerland, Lydersen & Laake (2013), doi:10.1186/1471-2288-13-91;
    Tango (1998), Statistics in Medicine 17, 891-908; Welch (1947), Biometrika 34, 28-35; Nadeau & Bengio (2003),
    doi:10.1023/A:1024068626366; blocks: Künsch (1989), doi:10.1214/aos/1176347265.
    """
    if kind not in ("items", "seeds", "paired seeds", "series"):
        raise ValueError(f'kind must be "items", "seeds", "paired seeds" or "series", got {kind!r}')
    if not 0 < alpha < 1 or alpha * (draws + 1) < 1:
        raise ValueError(f"alpha must be below 1 and at least 1 / (draws + 1), got {alpha} with {draws} draws")
    if block is not None and kind != "series":
        raise ValueError(f'block is for kind="series", not for {kind!r}')
    a, b = _results("ours", ours), _results("theirs", theirs)
    if kind != "seeds" and len(a) != len(b):
        raise ValueError(f'{len(a)} and {len(b)} results: kind="{kind}" needs both contenders on the same ones')
    tiny = 1e-12 * max(np.abs(a).max(), np.abs(b).max())  # what rounding leaves of a difference of 0
    n, rng = min(len(a), len(b)), np.random.default_rng(seed)
    if kind == "seeds":
        found, method = _welch(a, b, alpha, tiny), "Welch's t"
    elif kind == "paired seeds":
        found, method = _paired_t(a - b, alpha, tiny), "paired t"
    elif kind == "series":
        block = min(math.ceil(math.sqrt(n)), n // 2) if block is None else block
        if not 1 <= block <= n // 2:
            raise ValueError(f"{n} times hold no two blocks of {block}: a single draw is no evidence")
        found, method = _bootstrap_t(a - b, block, alpha, draws, rng, tiny), f"bootstrap-t of blocks of {block}"
        n = -(-n // block)
    elif np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all():
        found, method = _mcnemar(int(np.sum(a > b)), int(np.sum(a < b)), n, alpha), "McNemar's test, mid-p"
    else:
        found, method = _bootstrap_t(a - b, 1, alpha, draws, rng, tiny), "paired bootstrap-t"

    difference, low, high, p_value = map(float, found)
    if p_value > alpha:
        low, high = min(low, 0.0), max(high, 0.0)
    word = "not told apart" if low <= 0 <= high else "ahead" if (high < 0) == lower_is_better else "behind"
    return Verdict(word, difference, low, high, p_value, alpha, method, n)


def _results(name: str, values: ArrayLike) -> np.ndarray:
    """Return results as float64, or say why they can't be judged."""
    results = np.asarray(values, dtype=np.float64)
    if results.ndim != 1:
        raise ValueError(f"{name} must be one row of results, shape (N,), got {results.shape}")
    if len(results) < 2:
        raise ValueError(f"{name} must have at least 2 results, got {len(results)}: a single draw is no evidence")
    if wrong := int(np.sum(~np.isfinite(results))):
        raise ValueError(f"{name}: {wrong} of {len(results)} results not finite; report diverged runs apart")
    return results


def _without_spread(difference: float, tiny: float, chance: float) -> Found:
    """Judge equal differences by their sign; ``chance`` is how often luck alone makes all signs agree."""
    return difference, difference, difference, min(1.0, chance) if abs(difference) > tiny else 1.0


def _paired_t(d: np.ndarray, alpha: float, tiny: float) -> Found:
    n, mean = len(d), d.mean()
    if np.ptp(d) <= tiny:
        return _without_spread(mean, tiny, 2.0 ** (1 - n))
    return _student(mean, d.std(ddof=1) / math.sqrt(n), n - 1, alpha)


def _welch(a: np.ndarray, b: np.ndarray, alpha: float, tiny: float) -> Found:
    mean = a.mean() - b.mean()
    if max(np.ptp(a), np.ptp(b)) <= tiny:
        return _without_spread(mean, tiny, 2 / math.comb(len(a) + len(b), len(a)))
    variance_a, variance_b = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    share = variance_a / (variance_a + variance_b)
    df = 1 / (share**2 / (len(a) - 1) + (1 - share) ** 2 / (len(b) - 1))
    return _student(mean, math.sqrt(variance_a + variance_b), df, alpha)


def _t_tails(t: float, df: float) -> float:
    """Return how often Student's t is further from 0 than ``t``."""
    return _beta_share(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t))


def _beta_share(a: float, b: float, x: float, y: float) -> float:
    """Return the share of a beta distribution below x = 1 - y, by its continued fraction, dlmf.nist.gov/8.17.E22."""
    if x > (a + 1) / (a + b + 2):  # there the fraction of the other side converges fast
        return 1 - _beta_share(b, a, y, x)
    fraction = 1.0
    for k in range(50 + math.ceil(10 * math.sqrt(a + b)), 0, -1):
        m = k // 2
        top = -(a + m) * (a + b + m) if k % 2 else m * (b - m)
        fraction = 1 + top * x / ((a + k - 1) * (a + k) * fraction)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return x**a * y**b * math.exp(-log_beta) / (a * fraction)


def _t_quantile(alpha: float, df: float) -> float:
    """Return what Student's t exceeds, in either direction, with chance ``alpha``: Newton's method from below."""
    log_peak = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    t, step = NormalDist().inv_cdf(1 - alpha / 2), math.inf
    while step > 1e-13 * t:
        density = math.exp(log_peak - (df + 1) / 2 * math.log1p(t * t / df))
        step = (_t_tails(t, df) - alpha) / (2 * density)
        t += step
    return t


def _student(mean: float, error: float, df: float, alpha: float) -> Found:
    half = _t_quantile(alpha, df) * error
    return mean, mean - half, mean + half, _t_tails(abs(mean) / error, df)


def _bootstrap_t(d: np.ndarray, block: int, alpha: float, draws: int, rng: np.random.Generator, tiny: float) -> Found:
    """Resample blocks of a circle of differences; a block of 1 resamples the differences themselves."""
    n, mean, count = len(d), d.mean(), -(-len(d) // block)
    means = np.lib.stride_tricks.sliding_window_view(np.concatenate([d, d[: block - 1]]), block).mean(axis=1)
    if np.ptp(means) <= tiny:
        return _without_spread(mean, tiny, 2.0 ** (1 - count))
    error = means.std() * math.sqrt(block / n)
    ts = np.sort(np.concatenate(list(_draw_ts(means, count, draws, rng, tiny))))
    t = abs(mean) / error
    p_value = (1 + draws - np.searchsorted(ts, t)) / (draws + 1)
    half = ts[-math.floor(alpha * (draws + 1) + 1e-9)]  # exceeded with chance alpha
    if half == math.inf:  # so few differ that many resamples miss them all: the p-value is above alpha
        half = np.max(ts, where=np.isfinite(ts), initial=t)
    return mean, mean - half * error, mean + half * error, p_value


def _draw_ts(means: np.ndarray, count: int, draws: int, rng: np.random.Generator, tiny: float) -> Iterator[np.ndarray]:
    rows = max(1, 2**18 // count)  # few enough to stay in the cache
    for first in range(0, draws, rows):
        picked = means[rng.integers(len(means), size=(min(rows, draws - first), count))]
        error = picked.std(axis=1) / math.sqrt(count)
        flat = error <= tiny
        yield np.where(flat, np.inf, np.abs(picked.mean(axis=1) - means.mean()) / np.where(flat, 1.0, error))


def _mcnemar(won: int, lost: int, n: int, alpha: float) -> Found:
    """Judge by the items that only one contender got right."""
    discordant, fewer = won + lost, min(won, lost)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, discordant + 1)))])  # of factorials
    k = np.arange(fewer + 1)
    chances = np.exp(logs[discordant] - logs[k] - logs[discordant - k] - discordant * math.log(2))
    p_value = min(1.0, 2 * chances.sum() - chances[-1])
    return (won - lost) / n, -_tango_end(lost, won, n, alpha), _tango_end(won, lost, n, alpha), p_value


def _tango_end(won: int, lost: int, n: int, alpha: float) -> float:
    """Return the largest difference of shares that the score test does not reject, by bisection."""
    z = NormalDist().inv_cdf(1 - alpha / 2)
    low, high = (won - lost) / n, 1.0
    for _ in range(60):
        delta = (low + high) / 2
        half_b = ((2 * n - won + lost) * delta - won - lost) / 2
        share = (math.sqrt(half_b**2 + 2 * n * lost * delta * (1 - delta)) - half_b) / (2 * n)  # lost, if delta is true
        variance = n * max(0.0, 2 * share + delta * (1 - delta))
        low, high = (delta, high) if n * delta - won + lost <= z * math.sqrt(variance) else (low, delta)
    return low
