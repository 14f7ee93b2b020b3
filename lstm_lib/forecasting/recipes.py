"""Turn a stranger's series into examples that a small network can learn from, and back.

Chapter ``04_forecasting``. A recipe writes the series, or its logarithm, as

    u[t] = reference[t] + change[t],

where the reference is known one step ahead: the last value, the value a season ago, the last value and last season's
change together, or the mean of the window. What is left to forecast is the change, from a window of past changes. With
a season of m steps each step of the window has a second input, the change m - 1 steps before it: the last step of the
window then sees what followed a season ago.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

SEASONS = (4, 7, 12, 24, 52)  # quarters, days, months, hours and weeks are looked at in any case
WINDOWS = (6, 12, 24)
LONGEST_SEASON = 400
VALIDATION = 0.3  # share of a series, its end, on which recipes are compared
BLOCKS = 3  # times that the linear rule is refitted within it
KEPT = 4  # recipes that are left when the linear rule has seen them all


@dataclass(frozen=True)
class Recipe:
    """How a series becomes examples.

    Attributes
    ----------
    season : int
        m, steps after which the series repeats; 1: none.
    logarithm : bool
        Whether u is the logarithm of the series.
    reference : {"mean", "last", "season", "both"}
        Mean of the window, last value, value a season ago, or the last value plus what followed a season ago.
    window : int
        W, steps of a window.
    """

    season: int = 1
    logarithm: bool = False
    reference: Literal["mean", "last", "season", "both"] = "last"
    window: int = 12

    @property
    def memory(self) -> int:
        """M, values from which one is forecast."""
        return self._lag + self.window + self.season - 1

    @property
    def inputs(self) -> int:
        """Numbers at each step of a window: 2 with a season."""
        return 2 if self.season > 1 else 1

    @property
    def _lag(self):
        return {"mean": 0, "last": 1, "season": self.season, "both": self.season + 1}[self.reference]

    def forward(self, values: np.ndarray) -> np.ndarray:
        """Return u."""
        return np.log(values) if self.logarithm else np.asarray(values, np.float64)

    def back(self, u: np.ndarray) -> np.ndarray:
        """Return the values of which :meth:`forward` made u."""
        with np.errstate(over="ignore"):
            return np.exp(u) if self.logarithm else u

    def inputs_and_references(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what a network reads of pieces of u, and to what its answer is added.

        Parameters
        ----------
        u : numpy.ndarray
            Shape (N, M): pieces of the transformed series, each followed by the value that is forecast.

        Returns
        -------
        xs : numpy.ndarray
            Shape (N, W, 1), or (N, W, 2) with a season.
        references : numpy.ndarray
            Shape (N,).
        """
        m, W, lag = self.season, self.window, self._lag
        known = {  # of each value, before it came: all have W + m - 1 columns
            "mean": lambda: np.float64(0),
            "last": lambda: u[:, lag - 1 : -1],
            "season": lambda: u[:, :-m],
            "both": lambda: u[:, m:-1] + u[:, 1:-m] - u[:, : -m - 1],
        }[self.reference]()
        changes = u[:, lag:] - known
        xs = changes[:, m - 1 :, None]
        if m > 1:
            xs = np.concatenate([xs, changes[:, :W, None]], axis=2)
        if self.reference == "mean":
            references = xs[:, :, 0].mean(axis=1)
            return xs - references[:, None, None], references
        if self.reference == "last":
            return xs, u[:, -1]
        if self.reference == "season":
            return xs, u[:, -m]
        return xs, u[:, -1] + u[:, -m] - u[:, -m - 1]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)

    def __str__(self):
        names = {"mean": "the window's mean", "last": "the last value", "season": "the value a season ago"}
        reference = names.get(self.reference, "the last value and last season's change")
        season = f", season {self.season}" if self.season > 1 else ""
        return (
            f"{'logarithms' if self.logarithm else 'values'} relative to {reference}{season}, windows of {self.window}"
        )


@dataclass(frozen=True)
class Inputs:
    """Other series by which one is forecast.

    Attributes
    ----------
    values : numpy.ndarray
        Shape (N, D), or with rows for later times, too.
    known : tuple of bool
        For each, whether it is known one step ahead, as a calendar is; if not, its last value is the one before.
    """

    values: np.ndarray
    known: tuple[bool, ...]

    def windows(self, origins: np.ndarray, length: int, step: int = 0) -> np.ndarray:
        """Return what is known of the inputs at each step of a window.

        Parameters
        ----------
        origins : numpy.ndarray of int
            Shape (N,): indices of the first value that is not known.
        length : int
            W.
        step : int
            How many values after the first one are skipped. What is not known by then is taken to stay as it was.

        Returns
        -------
        numpy.ndarray
            Shape (N, W, D).
        """
        steps = origins[:, None] + step - length + np.arange(length)
        lagged = np.minimum(np.minimum(steps, origins[:, None] - 1), len(self.values) - 1)
        ahead = np.minimum(steps + 1, len(self.values) - 1)
        return np.where(self.known, self.values[ahead], self.values[lagged])

    def scaled(self, mean: np.ndarray, std: np.ndarray) -> Inputs:
        """Return the inputs as a network reads them."""
        return Inputs((self.values - mean) / std, self.known)


class Examples:
    """The examples that a recipe makes of a series, scaled by their own mean and standard deviation.

    Parameters
    ----------
    series : numpy.ndarray
        Shape (N,).
    recipe : Recipe
    inputs : Inputs, optional
        Of at least N times.

    Attributes
    ----------
    xs, ys : numpy.ndarray
        Shapes (N - M, W, 1 or 2, and D) and (N - M, 1), float32.
    scaling : dict of str to float
        ``x_mean``, ``x_std``, ``y_mean`` and ``y_std``.
    input_mean, input_std : numpy.ndarray
        Shape (D,).
    """

    def __init__(self, series: np.ndarray, recipe: Recipe, inputs: Inputs | None = None) -> None:
        self.recipe = recipe
        known = np.empty((1, 0)) if inputs is None else inputs.values[: len(series)]
        self.input_mean, self.input_std = known.mean(axis=0), np.where(known.std(axis=0) > 0, known.std(axis=0), 1.0)
        u = recipe.forward(series)
        xs, references = recipe.inputs_and_references(pieces_of(u[:-1], recipe.memory))
        ys = u[recipe.memory :] - references
        scaling = {"x_mean": xs.mean(), "x_std": xs.std() or 1.0, "y_mean": ys.mean(), "y_std": ys.std() or 1.0}
        self.scaling = {name: float(value) for name, value in scaling.items()}
        self.xs = scaled(xs, self.scaling)
        if inputs is not None:
            others = inputs.scaled(self.input_mean, self.input_std)
            origins = np.arange(recipe.memory, len(series))
            self.xs = with_inputs(self.xs, others.windows(origins, recipe.window))
        self.ys = ((ys - self.scaling["y_mean"]) / self.scaling["y_std"]).astype(np.float32)[:, None]


def pieces_of(u: np.ndarray, length: int) -> np.ndarray:
    """Return all pieces of a series of that length, shape (N - length + 1, length), without copying it."""
    return np.lib.stride_tricks.sliding_window_view(u, length)


def scaled(xs: np.ndarray, scaling: dict[str, float]) -> np.ndarray:
    """Return inputs as a network reads them."""
    return ((xs - scaling["x_mean"]) / scaling["x_std"]).astype(np.float32)


def with_inputs(xs: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return what a network reads, (N, W, 1 or 2), with the windows of other series beside it, (N, W, D)."""
    return np.concatenate([xs, others.astype(np.float32)], axis=2)


def find_seasons(series: np.ndarray) -> tuple[int, ...]:
    """Return up to two lengths of a season that a series may have; none if nothing speaks for one.

    The first peak of the autocorrelation that is nearly the highest, once of the changes from value to value, once of
    the series about a cubic trend.

    Parameters
    ----------
    series : numpy.ndarray
        Shape (N,).
    """
    u = np.log(series) if series.min() > 0 else np.asarray(series, np.float64)
    t = np.linspace(-1, 1, len(u))
    level = u - np.polyval(np.polyfit(t, u, 3), t) if len(u) > 12 else u
    found = _peak(np.diff(u), max(0.2, 3 / np.sqrt(len(u)))), _peak(level, 0.3)
    return tuple(dict.fromkeys(m for m in found if m > 1))


def _peak(w, least):
    """Return the first lag whose autocorrelation peaks nearly as high as the highest, 1 if that is below ``least``."""
    n, w = len(w), w - w.mean()
    longest = min(n // 3, LONGEST_SEASON)
    if longest < 4 or np.ptp(w) < 1e-12:
        return 1
    r = np.fft.irfft(np.abs(np.fft.rfft(w, 2 * n)) ** 2, 2 * n)[: longest + 2]
    r = r / r[0] * n / (n - np.arange(longest + 2))
    peaks = {k for k in range(2, longest + 1) if r[k] >= max(r[k - 1], r[k + 1])} | {m for m in SEASONS if m <= longest}
    peaks = sorted(k for k in peaks if r[1:k].min() < max(0.0, r[k] - 0.3))  # it must have fallen before
    best = max((r[k] for k in peaks), default=0.0)
    return next(k for k in peaks if r[k] >= 0.9 * best) if best >= least else 1


def first_validated(n: int) -> int:
    """Return the index of the first value on which the recipes for a series of n values are compared."""
    return n - int(VALIDATION * n)


def candidates(series: np.ndarray, *, logarithm: bool = True) -> list[Recipe]:
    """Return the recipes that leave enough examples, also before the part on which they are compared.

    Parameters
    ----------
    series : numpy.ndarray
    logarithm : bool
        Whether they may take logarithms, where the values are above 0.
    """
    n, found = len(series), []
    logarithms = (False, True) if logarithm and series.min() > 0 else (False,)
    for m in sorted({1, *find_seasons(series)}):
        for reference in ("mean", "last") if m == 1 else ("mean", "last", "season", "both"):
            for window in WINDOWS:
                recipes = [Recipe(m, logarithm, reference, window) for logarithm in logarithms]
                M = recipes[0].memory
                if n - M >= max(20, 0.4 * n) and first_validated(n) - M >= 10:
                    found += recipes
    return found or [Recipe(window=max(1, min(WINDOWS[0], n // 4)))]


def shortlist(series: np.ndarray, inputs: Inputs | None = None, *, logarithm: bool = True) -> list[Recipe]:
    """Return the recipes with which a linear rule does best at the end of a series, one of each kind, the best first.

    The linear rule is fitted on what comes before, three times as time goes on.
    """
    kinds = {}
    for recipe in sorted(
        candidates(series, logarithm=logarithm), key=lambda recipe: _linear_error(series, recipe, inputs)
    ):
        kinds.setdefault((recipe.reference, recipe.season), recipe)
    return list(kinds.values())[:KEPT]


def _linear_error(series, recipe, inputs):
    from lstm_lib.forecasting.series_rivals import LinearRecipe

    origins = np.linspace(first_validated(len(series)), len(series), BLOCKS + 1).astype(int)
    squares = [
        np.square(LinearRecipe(series[:a], recipe, inputs).roll(series[:b], a) - series[a:b])
        for a, b in pairwise(origins)
    ]
    return float(np.mean(np.concatenate(squares)))
