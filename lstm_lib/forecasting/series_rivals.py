"""What an LSTM has to beat on a stranger's series: rules that look at the whole of it.

Chapter ``04_forecasting``. Each learns from the training part, forecasts one step ahead with :meth:`Rival.roll`, and
continues the series with :meth:`Rival.ahead`.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

import numpy as np

from lstm_lib.forecasting.recipes import Examples, Inputs, Recipe, pieces_of, scaled, with_inputs

LONGEST = 24  # steps of a season that exponential smoothing is asked to learn
MOST = 3000  # values that it learns from: the last ones
STRENGTHS = np.geomspace(1e-4, 1e2, 13)  # of ridge regression, times the number of examples
FORMS = (  # of exponential smoothing: error, trend, season
    ("add", None, None),
    ("add", "add", None),
    ("add", None, "add"),
    ("add", "add", "add"),
    ("mul", "add", "mul"),
)


class Rival(ABC):
    """A rule that was fitted on the beginning of a series."""

    @abstractmethod
    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Forecast ``series[first:]`` one step ahead, each value from the true ones before it; shape (N - first,)."""

    def ahead(self, series: np.ndarray, steps: int) -> np.ndarray:
        """Continue a series, each forecast fed back as if it had been seen; shape (steps,)."""
        known = np.asarray(series, np.float64)
        for _ in range(steps):
            known = np.append(known, self.roll(np.append(known, known[-1]), len(known))[0])
        return known[len(series) :]


class Mean(Rival):
    """The mean of the training part."""

    def __init__(self, train: np.ndarray) -> None:
        self.mean = float(np.mean(train))

    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Repeat the mean."""
        return np.full(len(series) - first, self.mean)


class Naive(Rival):
    """The value a number of steps ago, and what the training part gained in one step on average.

    Parameters
    ----------
    train : numpy.ndarray
    season : int
        1: persistence.
    drift : bool
        Whether the gain is added.
    """

    def __init__(self, train: np.ndarray, *, season: int = 1, drift: bool = False) -> None:
        self.season = season
        self.gain = (train[-1] - train[0]) / max(1, len(train) - 1) if drift else 0.0

    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Look back."""
        return series[first - self.season : len(series) - self.season] + self.gain


class Autoregression(Rival):
    """The linear rule of best fit on the last values, by least squares.

    Parameters
    ----------
    train : numpy.ndarray
    season : int
        It looks back at 12 values, or at a season and one.
    """

    def __init__(self, train: np.ndarray, *, season: int = 1) -> None:
        self.window = max(1, min(max(12, season + 1), len(train) // 3))
        pieces = pieces_of(train, self.window + 1)
        self.coefficients = np.linalg.lstsq(self._rows(pieces[:, :-1]), pieces[:, -1])[0]

    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Weigh the last values."""
        return self._rows(pieces_of(series[first - self.window : -1], self.window)) @ self.coefficients

    @staticmethod
    def _rows(pieces):
        return np.concatenate([np.ones((len(pieces), 1)), pieces], axis=1)


class Reference(Rival):
    """A recipe without a network: its reference, and the mean change.

    Parameters
    ----------
    train : numpy.ndarray
    recipe : Recipe
    inputs : Inputs, optional
        Of all times that will be asked for; a linear rule uses them.
    """

    def __init__(self, train: np.ndarray, recipe: Recipe, inputs: Inputs | None = None) -> None:
        self.recipe, self.examples = recipe, Examples(train, recipe, inputs)
        self.inputs = inputs and inputs.scaled(self.examples.input_mean, self.examples.input_std)

    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Take every change for the mean one."""
        recipe, scaling = self.recipe, self.examples.scaling
        u = recipe.forward(series[first - recipe.memory : -1])
        xs, references = recipe.inputs_and_references(pieces_of(u, recipe.memory))
        xs = scaled(xs, scaling)
        if self.inputs:
            xs = with_inputs(xs, self.inputs.windows(np.arange(first, len(series)), recipe.window))
        answers = self._answers(xs)
        return recipe.back(references + answers * scaling["y_std"] + scaling["y_mean"])

    def _answers(self, xs):
        return 0.0


class LinearRecipe(Reference):
    """The linear rule on the same examples as the network: ridge regression.

    Its strength is chosen by generalised cross-validation.

    References
    ----------
    Golub, Heath & Wahba (1979), doi:10.1080/00401706.1979.10489751.
    """

    def __init__(self, train: np.ndarray, recipe: Recipe, inputs: Inputs | None = None) -> None:
        super().__init__(train, recipe, inputs)
        X, y = self._rows(self.examples.xs), self.examples.ys[:, 0].astype(np.float64)
        U, s, Vt = np.linalg.svd(X, full_matrices=False)
        z, best = U.T @ y, None
        for strength in STRENGTHS * len(y):
            shrink = s**2 / (s**2 + strength)
            error = np.sum((y - U @ (shrink * z)) ** 2) / max(len(y) - shrink.sum() - 1, 0.5) ** 2
            if best is None or error < best[0]:
                best = error, Vt.T @ (shrink / np.maximum(s, 1e-12) * z)
        self.coefficients = best[1]

    def _answers(self, xs):
        return self._rows(xs) @ self.coefficients

    @staticmethod
    def _rows(xs):
        return xs.reshape(len(xs), -1).astype(np.float64)


class ExponentialSmoothing(Rival):
    """Exponential smoothing, with a trend and a season if they lower Akaike's criterion.

    Parameters
    ----------
    train : numpy.ndarray
    season : int
        1: none.

    References
    ----------
    Hyndman, Koehler, Snyder & Grose (2002), doi:10.1016/S0169-2070(01)00110-8; by statsmodels.
    """

    def __init__(self, train: np.ndarray, *, season: int = 1) -> None:
        import statsmodels.tsa.exponential_smoothing.ets  # noqa: F401  (its import turns warnings on)

        self.best = None
        for error, trend, seasonal in FORMS:
            if (seasonal and not 1 < season <= min(LONGEST, len(train) // 3)) or (error == "mul" and train.min() <= 0):
                continue
            form = {"error": error, "trend": trend, "damped_trend": bool(trend), "seasonal": seasonal}
            form["seasonal_periods"] = season if seasonal else None
            fitted = _quietly(lambda form=form: _ets(train[-MOST:], form).fit(disp=False, maxiter=200))
            if fitted is not None and np.isfinite(fitted.aic) and (self.best is None or fitted.aic < self.best[0]):
                self.best = fitted.aic, form, fitted.params

    def roll(self, series: np.ndarray, first: int) -> np.ndarray:
        """Smooth the series with what was learned; repeat the last value where that fails."""
        forecasts = None
        if self.best:
            _, form, parameters = self.best
            start = max(0, first - MOST)
            forecasts = _quietly(lambda: np.asarray(_ets(series[start:], form).smooth(parameters).fittedvalues))
        if forecasts is None or not np.isfinite(forecasts).all():
            return series[first - 1 : -1]
        return forecasts[first - start :]

    def ahead(self, series: np.ndarray, steps: int) -> np.ndarray:
        """Continue a series from its last level, trend and season."""
        forecasts = None
        if self.best:
            _, form, parameters = self.best
            forecasts = _quietly(lambda: np.asarray(_ets(series[-MOST:], form).smooth(parameters).forecast(steps)))
        if forecasts is None or not np.isfinite(forecasts).all():
            return np.full(steps, series[-1], np.float64)
        return forecasts


def rivals(recipe: Recipe, *, season: int, inputs: Inputs | None = None) -> dict[str, Callable[[np.ndarray], Rival]]:
    """Return the rules to beat by name, each a function that fits it on a training part.

    Parameters
    ----------
    recipe : Recipe
        Of the network.
    season : int
        1: none.
    inputs : Inputs, optional
        Of the network; the linear rule on its recipe gets them, too.
    """
    found = {
        "training_mean": Mean,
        "persistence": Naive,
        "drift": partial(Naive, drift=True),
        "seasonal_naive": partial(Naive, season=season),
        "reference": partial(Reference, recipe=recipe),
        "linear_ar": partial(Autoregression, season=season),
        "linear_recipe": partial(LinearRecipe, recipe=recipe, inputs=inputs),
        "exponential_smoothing": partial(ExponentialSmoothing, season=season),
    }
    return {name: make for name, make in found.items() if season > 1 or name != "seasonal_naive"}


def _ets(series, form):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    return ETSModel(np.asarray(series, np.float64), **form)


def _quietly(fit):
    """Return what a fit returns, None if it fails: not every form suits every series."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return fit()
    except (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError):
        return None
