"""Make or read the series of ``lstm-lib forecast``, and part it into training and test windows."""

import numpy as np

from lstm_lib.commands.parsing import warn
from lstm_lib.commands.settings import as_names
from lstm_lib.data.own_series import read_series
from lstm_lib.data.series import noisy_sine, sunspots, windows
from lstm_lib.data.times import show
from lstm_lib.errors import InputError


def load_series(data, *, horizon=1):
    """Make or read the series that the :class:`~lstm_lib.commands.forecast.settings.DataSettings` name.

    A sine is made long enough for windows followed by ``horizon`` values.
    """
    if data.csv is not None:
        series = read_own(data, data.column)
    elif data.name == "sunspots":
        series = sunspots()
    else:
        n = data.n_train + data.n_test + data.sequence_length + 2 * horizon - 1
        series = noisy_sine(n, noise_std=data.noise_std, seed=data.random_seed)
    if data.transform == "sqrt" and (series.values < 0).any():
        row = int(np.argmax(series.values < 0))
        raise InputError(
            f"{series.name}: value {series.values[row]:g} at {show(series.times[row])} has no square root;"
            " set data.transform to none"
        )
    return series


def read_own(data, column):
    """Read a column of the user's file, and warn of what there is to warn of."""
    others = {"inputs": as_names(data.inputs), "known": as_names(data.known)}
    series, notes = read_series(data.csv, column, time=data.time, where=data.where, fill=data.fill, **others)
    for note in notes:
        warn(f"{data.csv}: {note}")
    return series


def split(series, settings):
    """Cut a series into training and test windows.

    Returns
    -------
    dict
        ``train`` and ``test``, each ``(xs, ys)``, and ``learned``, the part of the series that the training windows
        are cut from. The test windows are the last ones. The training windows are the ones before them (for the sine:
        the first ones), with a gap where more than one value is forecast, so that no training target is a test target.

    Raises
    ------
    InputError
        If the series is too short.
    """
    data, horizon = settings.data, settings.model.output_dim
    length = data.sequence_length
    available = len(series.values) - length - horizon + 1
    if available < 2:
        raise InputError(
            f"{series.name}: {len(series.values)} values are too few for a window of {length} (data.sequence_length)"
            f" and {horizon} to forecast; take a shorter window"
        )
    gap = horizon - 1
    n_test = data.n_test or max(1, available // 5)
    n_train = data.n_train or available - n_test - gap
    if n_train < 1 or n_train + n_test + gap > available:
        raise InputError(
            f"{series.name}: {len(series.values)} values give {available} windows of {length}, not the"
            f" {n_train + n_test} asked for by data.n_train and data.n_test; ask for fewer, or set data.n_train to null"
        )
    xs, ys = windows(series.values, length, horizon=horizon)
    first = 0 if series.clean is not None else available - n_test - gap - n_train
    return {
        "learned": series.values[first : first + n_train + length + gap],
        "train": (xs[first : first + n_train], ys[first : first + n_train]),
        "test": (xs[-n_test:], ys[-n_test:]),
    }
