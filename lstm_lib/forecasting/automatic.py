"""Forecast a stranger's series: choose a recipe by its end, train a few LSTMs on all of it, and continue it.

Chapter ``04_forecasting``. :class:`~lstm_lib.forecasting.Forecaster` is told its settings; this one finds them.
"""

import os
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.forecasting.fingerprint import as_series, fingerprint, require_fingerprint, trained_until
from lstm_lib.forecasting.recipes import (
    Examples,
    Inputs,
    Recipe,
    first_validated,
    pieces_of,
    scaled,
    shortlist,
    with_inputs,
)
from lstm_lib.forecasting.scoring import rmse
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.storage import checkpoint, records
from lstm_lib.training.loop import fit

KIND = "lstm_lib.forecasting.automatic 1"
REGIMES = ((150, 0.0), (150, 0.6), (600, 0.0), (600, 0.6))  # steps of a training, and noise on its scaled inputs
HIDDEN, BATCH, LEARNING_RATE = 16, 64, 0.01
TOGETHER = 8  # copies of a short series, each with noise of its own, that are one epoch
TRIED = 2  # networks by which a recipe is judged
LEAST = 12  # values
CHOSEN_BY = 5000  # values of a longer series by which a recipe is chosen: the last ones
SCALING = ("x_mean", "x_std", "y_mean", "y_std")
FORM = {  # of what a file says
    "kind": records.choice(KIND),
    "seed": records.whole(0, 2**63),
    "members": records.whole(1, 1000),
    "recipe": {
        "season": records.whole(1, 10**6),
        "logarithm": records.choice(False, True),
        "reference": records.choice("mean", "last", "season", "both"),
        "window": records.whole(1, 10**6),
    },
    "regime": {"steps": records.whole(1), "noise": records.number(0, 10)},
    "known": records.flags,
    "scaling": dict.fromkeys(SCALING, records.number(-1e300, 1e300)),
    "record": records.history,
}


class AutomaticForecaster:
    """An ensemble of small LSTMs that continues a series with any trend, season and scale.

    Parameters
    ----------
    members : int
        Networks that differ in their seed alone; their mean is the forecast.
    seed : int

    Attributes
    ----------
    recipe : Recipe or None
        After :meth:`fit` or :meth:`load`: how the series becomes examples.
    regime : tuple or None
        Steps of gradient descent, and the standard deviation of the noise on the inputs in training.
    record : dict
        What is known of the training; ``learned``, by which :meth:`trained_until` recognises the series.

    Examples
    --------
    >>> t = np.arange(60)
    >>> forecaster = AutomaticForecaster(members=1)
    >>> forecaster.fit(100 * 1.02**t)
    >>> forecaster.predict(100 * 1.02**t, steps=3).shape
    (3,)
    """

    def __init__(self, *, members: int = 5, seed: int = 0) -> None:
        self.members, self.seed = members, seed
        self.recipe: Recipe | None = None
        self.regime: tuple[int, float] | None = None
        self.scaling: dict[str, float] = {}
        self.known: tuple[bool, ...] = ()  # of the inputs
        self.input_scaling: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
        self.models: list[SequenceRegressor] = []
        self.record: dict[str, Any] = {}

    def fit(
        self,
        series: ArrayLike,
        *,
        inputs: Inputs | None = None,
        recipe: Recipe | None = None,
        regime: tuple[int, float] | None = None,
        logarithm: bool = True,
        run: checkpoint.Run | None = None,
        name: str = "member",
        on_step: Callable[[int, int], None] | None = None,
    ) -> None:
        """Choose a recipe, unless one is given, and train on all of a series.

        Parameters
        ----------
        series : array_like
            Shape (N,), equally spaced in time.
        inputs : Inputs, optional
            Other series by which this one is forecast, of at least N times.
        recipe, regime
            Of an earlier choice; both or neither.
        logarithm : bool
            Whether a recipe that takes logarithms may be chosen; only values above 0 have any.
        run : lstm_lib.storage.checkpoint.Run, optional
            Where to save the state of each member's training, and from where to resume.
        name : str
            With which the names of these states begin.
        on_step : callable, optional
            Called with the number of trainings that are done and that of all, after each.

        Raises
        ------
        InputError
            If the series is too short, or holds what is no finite number.
        DivergedError
            If a loss is not finite.
        """
        series = as_series(series, least=LEAST, what="a forecast from windows")
        end, others = _end(series, inputs)
        logarithm = logarithm and bool((series > 0).all())
        tried = [] if recipe else [(r, how) for r in shortlist(end, others, logarithm=logarithm) for how in REGIMES]
        done, total = 0, TRIED * len(tried) + self.members

        def count():
            nonlocal done
            done += 1
            if on_step:
                on_step(done, total)

        if tried:
            recipe, regime = self._chosen(end, others, tried, count)
        self.recipe, self.regime = recipe, regime
        self._require_logarithms(series)
        self._train(series, inputs, self.members, self.seed, count, run, name)
        self.record = {"learned": fingerprint(series)}

    def _chosen(self, series, inputs, tried, count):
        """Return the recipe and the regime with which a few networks do best on the end of a series."""
        first, best = first_validated(len(series)), None
        for recipe, regime in tried:
            trial = AutomaticForecaster(seed=self.seed)
            trial.recipe, trial.regime = recipe, regime
            try:
                trial._train(series[:first], inputs, TRIED, self.seed + 10_000, count)
                error = rmse(trial.roll(series, first, inputs), series[first:])
            except DivergedError:
                continue
            if np.isfinite(error) and (best is None or error < best[0]):
                best = error, recipe, regime
        if best is None:
            raise DivergedError("training diverged with every recipe; look at the values")
        return best[1:]

    def _train(self, series, inputs, members, seed, count, run=None, name="member"):
        examples = Examples(series, self.recipe, inputs)
        self.known = inputs.known if inputs else ()
        self.input_scaling = examples.input_mean, examples.input_std
        self.scaling, self.models = examples.scaling, []
        for k in range(members):
            state = {"run": run, "name": f"{name}-{k}"} if run else {}
            self.models.append(_trained(examples, self.regime, seed * members + k, **state))
            count()

    def roll(self, series: ArrayLike, first: int, inputs: Inputs | None = None) -> np.ndarray:
        """Forecast ``series[first:]`` one step ahead, each value from the true ones before it; shape (N - first,)."""
        M = self.recipe.memory
        if first < M:
            raise InputError(f"{first} values are too few for this forecaster, which looks back at {M}")
        known = np.asarray(series, np.float64)[first - M : -1]
        self._require_logarithms(known)
        u = self.recipe.forward(known)
        return self._forecast(pieces_of(u, M), self._windows(inputs, np.arange(first, len(series))))

    def paths(self, series: ArrayLike, first: int, steps: int, inputs: Inputs | None = None) -> np.ndarray:
        """Forecast several steps ahead from every time on, each forecast fed back as if it had been seen.

        Parameters
        ----------
        series : array_like
            Shape (N,).
        first : int
            Index of the first value that is forecast.
        steps : int
        inputs : Inputs, optional
            As in :meth:`fit`; what is not known ahead is taken to stay as it was.

        Returns
        -------
        numpy.ndarray
            Shape (N - first + 1, steps): row k is forecast from the values before ``first + k``; the last continues the
            series.
        """
        M = self.recipe.memory
        if first < M:
            raise InputError(f"{first} values are too few for this forecaster, which looks back at {M}")
        self._require_logarithms(np.asarray(series, np.float64)[first - M :])
        known, ahead = pieces_of(np.asarray(series, np.float64)[first - M :], M), []
        origins = np.arange(first, len(series) + 1)
        for step in range(steps):
            others = self._windows(inputs, origins, step)
            ahead.append(self._forecast(self.recipe.forward(known), others))
            known = np.concatenate([known[:, 1:], ahead[-1][:, None]], axis=1)  # eq: closed-loop
        return np.stack(ahead, axis=1)

    def predict(self, series: ArrayLike, steps: int = 1, inputs: Inputs | None = None) -> np.ndarray:
        """Return the values that come next, shape (steps,).

        Raises
        ------
        InputError
            If the series is too short, holds what is no finite number, or what has no logarithm where it is taken.
        """
        series = as_series(series, least=self.recipe.memory, what=f"a memory of {self.recipe.memory}")
        return self.paths(series, len(series), steps, inputs)[0]

    def _require_logarithms(self, series):
        if self.recipe.logarithm and not (series > 0).all():
            raise InputError("this forecaster takes logarithms, and the series holds values that are not above 0")

    def _windows(self, inputs, origins, step=0):
        """Return the windows of the inputs as the networks read them, (N, W, D); None if it learned without any."""
        if len(self.known) != (len(inputs.known) if inputs else 0):
            raise InputError(f"this forecaster was trained with {len(self.known)} inputs; give it the same ones")
        return inputs and inputs.scaled(*self.input_scaling).windows(origins, self.recipe.window, step)

    def _forecast(self, u, others):
        """Forecast the value after each piece (N, M) of the transformed series; shape (N,), in units of the series."""
        xs, references = self.recipe.inputs_and_references(u)
        xs = scaled(xs, self.scaling)
        if others is not None:
            xs = with_inputs(xs, others)
        answers = np.mean([model.predict(xs)[:, 0].astype(np.float64) for model in self.models], axis=0)
        return self.recipe.back(references + answers * self.scaling["y_std"] + self.scaling["y_mean"])

    def trained_until(self, series: ArrayLike) -> int:
        """Return the index of the first value after the part of a series that was learned, 0 if it is not in it."""
        return trained_until(self.record, series)

    def save(self, path: str | os.PathLike) -> None:
        """Write networks, recipe, scaling and record into one safetensors file, whole or not at all."""
        steps, noise = self.regime
        about = {"kind": KIND, "seed": self.seed, "members": self.members, "recipe": self.recipe.as_dict()}
        about |= {"regime": {"steps": steps, "noise": noise}, "known": list(self.known)}
        about |= {"scaling": self.scaling, "record": self.record}
        arrays = dict(zip(("inputs.mean", "inputs.std"), self.input_scaling, strict=True)) if self.known else {}
        arrays |= {f"member{k}.{n}": p for k, model in enumerate(self.models) for n, p in model.parameters.items()}
        checkpoint.save(path, arrays, about)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Return the forecaster that :meth:`save` wrote; it predicts the same bits.

        Raises
        ------
        InputError
            If the file is missing, cut short, or holds something else.
        """
        arrays, about = checkpoint.load(path, kind=KIND, expect=_shapes, types=("F32", "F64"))
        forecaster = cls(members=about["members"], seed=about["seed"])
        forecaster.recipe, forecaster.scaling = Recipe(**about["recipe"]), dict(about["scaling"])
        forecaster.regime, forecaster.record = tuple(about["regime"].values()), dict(about["record"])
        forecaster.known = tuple(about["known"])
        if forecaster.known:
            forecaster.input_scaling = arrays["inputs.mean"], arrays["inputs.std"]
        for k in range(about["members"]):
            model = SequenceRegressor(forecaster.recipe.inputs + len(forecaster.known), HIDDEN, 1, seed=0)
            for name, p in model.parameters.items():
                p[...] = arrays[f"member{k}.{name}"]
            forecaster.models.append(model)
        return forecaster


def _end(series, inputs):
    """Return the end of a long series, by which a recipe is chosen, with its inputs; a short one as it is."""
    start = max(0, len(series) - CHOSEN_BY)
    return series[start:], inputs and Inputs(inputs.values[start:], inputs.known)


def _trained(examples, regime, seed, **state):
    """Train one network on copies of the examples, with noise on their inputs lest it learns them by heart."""
    steps, noise = regime
    copies = max(1, round(steps * BATCH / len(examples.xs)))
    together = min(copies, TOGETHER)
    xs = np.concatenate([examples.xs] * together)
    xs += np.random.default_rng([seed, 1]).normal(0, noise, xs.shape).astype(np.float32)
    ys = np.concatenate([examples.ys] * together)
    model = SequenceRegressor(xs.shape[2], HIDDEN, 1, seed=seed)
    model.dense.parameters["W"][...] *= 0.1  # it begins near the reference itself
    epochs = max(1, round(copies / together))
    fit(model, xs, ys, epochs=epochs, batch_size=BATCH, learning_rate=LEARNING_RATE, seed=seed, **state)
    return model


def _shapes(about):
    """Return the shapes of the arrays that a file must have by what it says, before memory is taken for them."""
    records.require(about, FORM)
    require_fingerprint(about["record"])
    others = len(about["known"])
    H, D = HIDDEN, Recipe(**about["recipe"]).inputs + others
    shapes = dict.fromkeys(("inputs.mean", "inputs.std"), (others,)) if others else {}
    for k in range(about["members"]):
        shapes |= {f"member{k}.layer0.W_ih": (4 * H, D), f"member{k}.layer0.W_hh": (4 * H, H)}
        shapes |= {f"member{k}.layer0.b": (4 * H,), f"member{k}.dense.W": (1, H), f"member{k}.dense.b": (1,)}
    return shapes
