"""Forecast the user's own series with settings that are found by its end, beside every rule that is easy to have."""

import numpy as np
from tqdm import tqdm

from lstm_lib.commands.parsing import warn
from lstm_lib.commands.settings import as_dict, as_names
from lstm_lib.core.several import compare_all
from lstm_lib.data.times import show, usual_step
from lstm_lib.errors import InputError
from lstm_lib.forecasting.automatic import LEAST, AutomaticForecaster
from lstm_lib.forecasting.recipes import Inputs, find_seasons
from lstm_lib.forecasting.scoring import rmse
from lstm_lib.forecasting.series_rivals import rivals

LONGEST = 60  # values forecast where nobody says how many
NO_SEASON = 11  # values forecast beyond the end where there is no season
SHARE = 0.8  # of the values that an interval should hold
MEMBERS = 5
COMPARED = 8  # fewest test values on which a verdict is asked for
ORIGINS = 10  # fewest errors at one distance that an interval is made of
SETTINGS = ("data.sequence_length", "data.transform", "data.n_train", "data.noise_std")  # and those of two sections
SECTIONS = ("model.", "training.")


def is_wanted(settings, options):
    """Return whether the settings of the network are left to the command: the data are the user's."""
    chosen = {name for name in options["named"] if name in SETTINGS or name.startswith(SECTIONS)} - {"model.members"}
    if chosen and settings.data.inputs:
        raise InputError(f"data.inputs: the settings are then chosen by the command; leave out {min(chosen)}")
    return settings.data.csv is not None and not chosen


def inputs_of(series, data):
    """Return the other series by which one is forecast, None if there are none."""
    if series.inputs is None:
        return None
    return Inputs(series.inputs, tuple(name in as_names(data.known) for name in as_names(data.inputs)))


def split(series, n_test):
    """Return the index of the first test value."""
    n = len(series.values)
    n_test = n_test or max(1, n // 5)
    if n - n_test < LEAST:
        raise InputError(
            f"{series.name}: {n} values, {n_test} of them to test on, leave {n - n_test} to learn from; there must be"
            f" {LEAST}: give more values, or a smaller --data.n-test"
        )
    return n - n_test


def warn_of_known(series, data, steps):
    """Warn if an input that is known ahead is not known for as many steps as are forecast."""
    if data.known and (there := len(series.inputs) - len(series.values)) < steps:
        warn(f"{data.known}: known for {there} of the {steps} steps ahead; the last value stands for the others")


def run(series, first, settings, *, members=MEMBERS, keep=None):
    """Choose and train on the part before ``first``, test on the rest beside the rivals, and learn all of it.

    Parameters
    ----------
    series : lstm_lib.data.Series
    first : int
        From :func:`split`.
    settings : lstm_lib.commands.forecast.settings.ForecastSettings
    members : int
        Networks whose mean is the forecast.
    keep : lstm_lib.storage.checkpoint.Run, optional

    Returns
    -------
    result : dict
        Ready for JSON. Losses are mean squared errors in squared units of the series.
    forecaster : lstm_lib.forecasting.AutomaticForecaster
        Trained on all values.
    """
    values, seed = series.values, settings.data.random_seed
    inputs = inputs_of(series, settings.data)
    with tqdm(total=1, unit="training", desc="choosing", disable=None) as bar:

        def on_step(done, total):
            bar.total = total + members  # and once more with all values
            bar.update()

        tested = AutomaticForecaster(members=members, seed=seed)
        positive = bool((values > 0).all())
        tested.fit(values[:first], inputs=inputs, logarithm=positive, run=keep, name="tested", on_step=on_step)
        forecaster = AutomaticForecaster(members=members, seed=seed)
        how = {"recipe": tested.recipe, "regime": tested.regime}
        forecaster.fit(values, inputs=inputs, **how, run=keep, name="member", on_step=lambda *_: bar.update())
    season = tested.recipe.season
    if season == 1:  # the network may do without one that a rule can use
        season = next(iter(find_seasons(values[:first])), 1)
    rules = rivals(tested.recipe, season=season, inputs=inputs)
    forecasts = {"lstm": tested.roll(values, first, inputs)}
    forecasts |= {name: make(values[:first]).roll(values, first) for name, make in rules.items()}
    steps = settings.horizon or (min(season, LONGEST) if season > 1 else NO_SEASON)
    paths = tested.paths(values, first, min(steps, len(values) - first), inputs)
    squares = {name: np.square(f - values[first:]) for name, f in forecasts.items()}
    ours = squares.pop("lstm")
    best = min(squares, key=lambda name: squares[name].mean())
    times, ahead = later_times(series.times, steps), forecaster.predict(values, steps, inputs).tolist()
    half, M = [*widths(paths, values[first:]), *[None] * steps][:steps], tested.recipe.memory
    warn_of_known(series, settings.data, steps)
    result = {
        "series": series.name,
        "recipe": tested.recipe.as_dict() | {"steps": tested.regime[0], "noise": tested.regime[1], "members": members},
        "recipe_in_words": str(tested.recipe),
        "train_loss": rmse(tested.roll(values[:first], M, inputs), values[M:first]) ** 2,
        "test_loss": float(ours.mean()),
        "baselines": {name: float(errors.mean()) for name, errors in squares.items()},
        "verdicts": compare_all(ours, squares, kind="series", lower_is_better=True) if len(ours) >= COMPARED else {},
        "best_rival": best,
        "forecast": {"times": times, "values": ahead} | interval(ahead, half),
        "rival_forecast": rules[best](values).ahead(values, steps).tolist(),
        "test": {
            "times": [label(t) for t in series.times[first:]],
            "observed": values[first:].tolist(),
            "forecast": forecasts["lstm"].tolist(),
        },
        "seed": seed,
        "config": as_dict(settings),
    }
    forecaster.record |= {name: result[name] for name in ("series", "test_loss", "baselines", "recipe_in_words")}
    forecaster.record["data"] = as_dict(settings.data)
    forecaster.record["widths"] = half
    return result, forecaster


def scored(forecaster, series, inputs=None):
    """Test a trained forecaster against persistence on what it was not trained on, as far as there is any."""
    values = series.values
    result = {"series": series.name, "test_loss": None, "baselines": {}, "test": None}
    first = max(forecaster.trained_until(values), forecaster.recipe.memory)
    if first >= len(values):
        return result
    forecasts = forecaster.roll(values, first, inputs)
    result["test_loss"] = rmse(forecasts, values[first:]) ** 2
    result["baselines"] = {"persistence": rmse(values[first - 1 : -1], values[first:]) ** 2}
    result["test"] = {
        "times": [label(t) for t in series.times[first:]],
        "observed": values[first:].tolist(),
        "forecast": forecasts.tolist(),
    }
    return result


def widths(paths, observed):
    """Return half the width of an interval at each distance: what :data:`SHARE` of the errors there stayed below.

    Parameters
    ----------
    paths : numpy.ndarray
        Shape (N + 1, K): forecasts of the next K values from each time of the test part on.
    observed : numpy.ndarray
        Shape (N,).

    Returns
    -------
    list of (float or None)
        K numbers; None where there are fewer than :data:`ORIGINS` errors.

    References
    ----------
    Split conformal prediction, at each distance: Vovk, Gammerman & Shafer (2005), doi:10.1007/b106715.
    """
    found, least = [], 0.0
    for k in range(paths.shape[1]):
        errors = np.sort(np.abs(paths[: len(observed) - k, k] - observed[k:])) if k < len(observed) else np.empty(0)
        place = int(np.ceil((len(errors) + 1) * SHARE)) - 1
        if len(errors) < ORIGINS or place >= len(errors):
            found.append(None)
            continue
        least = max(least, float(errors[place]))  # what is farther away is not known better
        found.append(least)
    return found


def interval(values, half):
    """Return the ends of an interval about each value, ready for JSON; None where there is none."""
    low, high = ([None if w is None else v + sign * w for v, w in zip(values, half, strict=False)] for sign in (-1, 1))
    return {"low": low, "high": high, "share": SHARE}


def later_times(times, steps):
    """Return the labels of the times after the last."""
    step = usual_step(times)
    return [label(times[-1] + step * k) for k in range(1, steps + 1)]


def label(time):
    """Return a time as JSON can hold it: a number, or a date as text."""
    return time.item() if time.dtype.kind in "if" else show(time)
