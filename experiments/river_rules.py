"""Rules that map the weather of a river's catchment to its discharge, for ``experiments/real_task.py``.

A rule gets a river, the days from which to learn, ``first`` to ``end``, its settings and a seed, and returns a forecast
(N,) for every day of the file, each from the weather up to that day. All learn the square root of the discharge.
"""

import numpy as np

from lstm_lib.forecasting import RiverLSTM, running_means, snow_store, summer_starts


def climatology(river, first, end, settings, seed):
    """Return the mean of the same days of the year, a week to either side."""
    day = (river.times - river.times.astype("datetime64[Y]")).astype(int)
    known = slice(first, end)
    distance = np.abs((day[known] - np.arange(366)[:, None] + 183) % 366 - 183)
    near = distance <= 7
    return ((near @ river.values[known]) / near.sum(axis=1))[day]


def windows_of(inputs, days):
    """Return the last ``days`` rows of (N, D) at each time, as (N, D * days); before the first it stands for all."""
    padded = np.concatenate([np.repeat(inputs[:1], days - 1, axis=0), inputs])
    return np.lib.stride_tricks.sliding_window_view(padded, days, axis=0).reshape(len(inputs), -1)


def means_and_days(inputs, days=10):
    """Return running means beside the single values of the last days."""
    return np.concatenate([running_means(inputs), windows_of(inputs, days)], axis=1)


def told_of_snow(inputs, melt):
    """Return the features of :func:`means_and_days` with the store and its water instead of the precipitation."""
    stores, water = snow_store(inputs, melt)
    rows = np.column_stack([water, stores, inputs[:, 1:]])
    return np.concatenate([running_means(rows), windows_of(water[:, None], 10)], axis=1)


def _rule(features, model):
    """Return a rule that fits ``model(settings, seed)`` on the features that ``features(river, settings)`` makes."""

    def rule(river, first, end, settings, seed):
        xs = features(river.inputs, settings)
        fitted = model(settings, seed).fit(xs[first:end], np.sqrt(river.values[first:end]))
        return np.square(np.maximum(fitted.predict(xs), 0))

    return rule


def _net(settings, seed):
    from sklearn.neural_network import MLPRegressor

    return _standardised(
        MLPRegressor(
            hidden_layer_sizes=(settings["units"],),
            alpha=settings["decay"],
            learning_rate_init=settings["rate"],
            max_iter=round(settings["epochs"]),
            batch_size=128,
            tol=0,
            n_iter_no_change=10**6,
            random_state=seed,
        ),
    )


def _ridge(settings, seed):
    from sklearn.linear_model import Ridge

    return _standardised(Ridge(settings["penalty"]))


def _standardised(model):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def _boosting(settings, seed):
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        learning_rate=settings["rate"],
        max_leaf_nodes=round(settings["leaves"]),
        max_iter=round(settings["trees"]),
        early_stopping=False,
    )


def _window(inputs, settings):
    return windows_of(inputs, round(settings["days"]))


def _means(inputs, settings):
    return means_and_days(inputs)


ridge_window = _rule(_window, _ridge)
net_window = _rule(_window, _net)
net_means = _rule(_means, _net)
boosting_means = _rule(_means, _boosting)
boosting_told = _rule(lambda inputs, settings: told_of_snow(inputs, settings["melt"]), _boosting)


def trained(river, first, end, settings, seed):
    """Return an LSTM that has learned from the days ``first`` to ``end``."""
    known = slice(first, end)
    model = RiverLSTM(settings["units"], seed=seed)
    training = {"epochs": round(settings["epochs"]), "learning_rate": settings["rate"]}
    model.fit(river.inputs[known], river.values[known], summer_starts(river.times[known]), **training)
    return model


def lstm(river, first, end, settings, seed):
    """Return the forecasts of one LSTM, which reads the whole file in one go."""
    return trained(river, first, end, settings, seed).predict(river.inputs)
