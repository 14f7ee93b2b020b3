"""Forecast a series: windows, rules that need no network, LSTM ensembles, and honest tests.

Chapter ``02_numpy_lstm``. Every rule maps windows (N, W, 1) to forecasts (N, k) in the units of the series.
"""

import numpy as np

from lstm_lib.core.errors import DivergedError, InputError
from lstm_lib.regressor import SequenceRegressor
from lstm_lib.training import fit

TRANSFORMS = {  # name: (forward, back)
    "none": (lambda v: v, lambda u: u),
    "sqrt": (lambda v: np.sqrt(v), lambda u: np.square(np.maximum(u, 0))),
}


def windows(values, length, *, horizon=1):
    """Cut a series into overlapping windows and the values that follow each.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (N,).
    length, horizon : int
        Values in a window, and after it.

    Returns
    -------
    xs : numpy.ndarray
        Shape (N - length - horizon + 1, length, 1).
    ys : numpy.ndarray
        Shape (N - length - horizon + 1, horizon).
    """
    pieces = np.lib.stride_tricks.sliding_window_view(values, length + horizon)
    return pieces[:, :length, None].copy(), pieces[:, length:].copy()


def persistence(xs, *, horizon=1):
    """Forecast that nothing changes: repeat the last value of each window."""
    return np.repeat(xs[:, -1], horizon, axis=1)


class LinearAR:
    """The linear rule of best fit: autoregression on a window, by least squares, with an intercept.

    Parameters
    ----------
    xs, ys : numpy.ndarray
        Training windows (N, W, 1) and what follows them (N, k).

    References
    ----------
    Yule (1927), doi:10.1098/rsta.1927.0007.
    """

    def __init__(self, xs, ys):
        self.coefficients = np.linalg.lstsq(self._rows(xs), ys)[0]  # eq: ar

    def predict(self, xs):
        """Forecast, shape (N, k)."""
        return self._rows(xs) @ self.coefficients

    @staticmethod
    def _rows(xs):
        return np.concatenate([np.ones((len(xs), 1)), xs[..., 0]], axis=1)


def best_sine_forecast(xs, *, step, noise_std, horizon=1, phases=4096):
    """Forecast a noisy sine with everything known but the phase: no rule has a smaller expected error.

    Chapter ``02_numpy_lstm``, equation (posterior-mean): each phase is weighted by how well it explains the window.

    Parameters
    ----------
    xs : numpy.ndarray
        Windows, shape (N, W, 1), of a sine of amplitude 1.
    step : float
        Radians between two values.
    noise_std : float
        Standard deviation of the noise, above 0.
    horizon : int
    phases : int
        Points of the grid over which the average is taken; their distance, 2π / phases, should be
        well below the noise.

    Returns
    -------
    numpy.ndarray
        Shape (N, horizon).
    """
    W = xs.shape[1]
    phi = 2 * np.pi * np.arange(phases) / phases
    curves = np.sin(phi[:, None] + step * np.arange(W + horizon))  # (phases, W + horizon)
    past, future = curves[:, :W], curves[:, W:]
    log_weight = (xs[..., 0] @ past.T - 0.5 * np.sum(past**2, axis=1)) / noise_std**2
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return weight @ future / weight.sum(axis=1, keepdims=True)  # eq: posterior-mean


class LSTMForecaster:
    """The mean forecast of a few LSTMs that differ only in their seed.

    Values are transformed, then scaled to mean 0 and standard deviation 1 **of the training
    windows**; forecasts come back in the units of the series.

    Parameters
    ----------
    hidden_size, layers, members : int
    transform : {"none", "sqrt"}
    targets : {"last", "every"}
        What a member learns from a window: the value after its last step, or the value after every
        step, which is more to learn from when windows are few.
    relative_to : {"nothing", "mean"}
        With "mean" a member predicts how far the next value lies from the mean of its window. Level
        then need not pass through squashing units. Only with ``targets="last"``: the mean of a whole
        window would tell earlier steps about later ones.
    seed : int
        Member k has seed ``seed * members + k``, so that two ensembles share no member.
    """

    def __init__(
        self,
        hidden_size,
        *,
        layers=1,
        members=1,
        transform="none",
        targets="last",
        relative_to="nothing",
        seed=0,
    ):
        if targets == "every" and relative_to == "mean":
            raise ValueError("targets='every' needs relative_to='nothing': a window's mean knows its later steps")
        self.sizes = (hidden_size, layers)
        self.every_step = targets == "every"
        self.relative = relative_to == "mean"
        self.seeds = range(seed * members, (seed + 1) * members)
        self.forward_transform, self.back_transform = TRANSFORMS[transform]

    def fit(self, xs, ys, *, validation=0.0, patience=None, run=None, on_epoch=None, **training):
        """Train every member.

        Parameters
        ----------
        xs, ys : numpy.ndarray
            Training windows (N, W, 1) and what follows them (N, k).
        validation : float
            Share of the windows, the last ones, that choose each member's epoch.
        patience, run, on_epoch, **training
            As in :func:`lstm_lib.training.fit`.

        Returns
        -------
        list of list of dict
            The history of each member; losses are in units of the scaled series.

        Raises
        ------
        DivergedError
            If a loss is not finite, or a member ends clearly (10 %) worse than a constant.
        InputError
            If the share for validation leaves no window on one side.
        """
        u = self.forward_transform(xs)
        self.mean, self.std = u.mean(), u.std() or 1.0
        horizon = ys.shape[1]
        xs, ys = self._scaled(xs), self._scaled(ys)
        if self.every_step:  # after each value of a window, the next one (or the next few)
            series = np.concatenate([xs[:, :, 0], ys], axis=1)
            ys = np.lib.stride_tricks.sliding_window_view(series[:, 1:], ys.shape[1], axis=1)
        ys = ys - self._level(xs)
        self.target_std = ys.std() or 1.0
        ys = ys / self.target_std
        held_out = round(validation * len(xs))
        kept = len(xs) - held_out
        learned = kept - (horizon - 1 if held_out else 0)  # no training target is a validation target
        if learned < 1 or (validation > 0 and held_out < 1):
            raise InputError(
                f"{len(xs)} training windows can't be parted by training.validation {validation:g}; take more windows"
            )
        histories = []
        self.models = []
        for seed in self.seeds:
            model = SequenceRegressor(
                1, self.sizes[0], ys.shape[-1], layers=self.sizes[1], every_step=self.every_step, seed=seed
            )
            with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is reported below
                history = fit(
                    model,
                    xs[:learned],
                    ys[:learned],
                    seed=seed,
                    validation=(xs[kept:], ys[kept:]) if held_out else None,
                    patience=patience,
                    run=run,
                    name=f"member-{seed}",
                    on_epoch=on_epoch,
                    **training,
                )
                error = float(np.mean(np.square(model.predict(xs[:learned]) - ys[:learned])))
            constant = float(np.var(ys[:learned], axis=0).mean())
            if not error <= max(1.1 * constant, 1e-3):  # a constant series leaves nothing to beat
                rate = f"the learning rate (now {training['learning_rate']:g})"
                advice = f"lower {rate}" if not error <= 2 * constant else f"change {rate} or train longer"
                raise DivergedError(
                    f"training diverged: its loss, {error:.3g}, is above the {constant:.3g} of a constant forecast;"
                    f" {advice}"
                )
            histories.append(history)
            self.models.append(model)
        return histories

    def predict_members(self, xs):
        """Forecast with each member, shape (members, N, k)."""
        scaled = self._scaled(xs)
        outputs = np.stack([m.predict(scaled) for m in self.models]).astype(np.float64)
        if self.every_step:
            outputs = outputs[:, :, -1]
        return self.back_transform((outputs * self.target_std + self._level(scaled)) * self.std + self.mean)

    def predict(self, xs):
        """Forecast with the mean of the members, shape (N, k)."""
        return self.predict_members(xs).mean(axis=0)

    def _level(self, scaled_xs):
        """Give what forecasts are relative to: (N, 1), or 0."""
        return scaled_xs.mean(axis=1) if self.relative else np.float32(0)

    def _scaled(self, values):
        return ((self.forward_transform(values) - self.mean) / self.std).astype(np.float32)


def closed_loop(predict, window, steps):
    """Forecast many steps ahead by feeding each forecast back as if it had been seen.

    Parameters
    ----------
    predict : callable
        Windows (N, W, 1) to forecasts (N, k); the first of the k is fed back.
    window : numpy.ndarray
        The last W values, shape (W,), or several windows, (N, W).
    steps : int

    Returns
    -------
    numpy.ndarray
        Shape (steps,) or (N, steps).
    """
    pieces = np.atleast_2d(window).astype(np.float64)
    ahead = []
    for _ in range(steps):
        ahead.append(predict(pieces[:, :, None])[:, 0])
        pieces = np.concatenate([pieces[:, 1:], ahead[-1][:, None]], axis=1)  # eq: closed-loop
    return np.stack(ahead, axis=1).reshape(*np.shape(window)[:-1], steps)


def rolling_origin(values, first, make_rule, *, every, length):
    """Forecast one step ahead as time goes on, refitting the rule from time to time on all the past.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (N,).
    first : int
        Index of the first value to forecast, above ``length``.
    make_rule : callable
        ``(xs, ys) -> predict``: fits a rule on windows of the past.
    every : int
        Values forecast with one fit.
    length : int
        Values in a window.

    Returns
    -------
    numpy.ndarray
        Shape (N - first,).
    """
    xs, ys = windows(values, length)
    if first <= length:
        raise ValueError(f"first must be above length ({length}), to leave a window to learn from, got {first}")
    forecasts = []
    for origin in range(first, len(values), every):
        row = origin - length  # the window whose next value is values[origin]
        predict = make_rule(xs[:row], ys[:row])
        forecasts.append(predict(xs[row : row + every])[:, 0])
    return np.concatenate(forecasts)


def rmse(forecasts, actual):
    """Root of the mean squared error, in the units of the series."""
    return float(np.sqrt(np.mean(np.square(forecasts - actual))))


def probability_better(errors_a, errors_b, *, block, draws=10_000, seed=0):
    """Estimate how surely one forecast has the smaller squared error, by a block bootstrap.

    Errors of neighbouring years are alike, so whole blocks of years are drawn, with replacement.

    Parameters
    ----------
    errors_a, errors_b : numpy.ndarray
        Errors of two forecasts of the same values, shape (N,).
    block : int
        Length of a block.
    draws, seed : int

    Returns
    -------
    float
        Share of the draws in which ``a`` has the smaller mean squared error.

    References
    ----------
    Künsch (1989), doi:10.1214/aos/1176347265.
    """
    difference = np.square(errors_a) - np.square(errors_b)
    starts_of_blocks = np.lib.stride_tricks.sliding_window_view(difference, block).mean(axis=1)
    count = -(-len(difference) // block)
    picks = np.random.default_rng(seed).integers(len(starts_of_blocks), size=(draws, count))
    return float(np.mean(starts_of_blocks[picks].mean(axis=1) < 0))
