"""Forecast a series: windows, rules that need no network, LSTM ensembles, and honest tests.

Chapter ``04_forecasting``. Every rule maps windows (N, W, 1) to forecasts (N, k) in the units of the series.
"""

import numpy as np

from lstm_lib.core.losses import mse
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training.loop import fit

TRANSFORMS = {  # name: (forward, back)
    "none": (lambda v: v, lambda u: u),
    "sqrt": (lambda v: np.sqrt(v), lambda u: np.square(np.maximum(u, 0))),
}


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
                f"{len(xs)} training windows can't be parted with a share of {validation:g} for validation;"
                " take more windows"
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
                error = mse(model.predict(xs[:learned]), ys[:learned])[0]
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
        """Return what forecasts are relative to: (N, 1), or 0."""
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
