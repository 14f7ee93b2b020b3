"""Forecast windows with an ensemble of LSTMs, one step ahead or, fed with its own forecasts, many.

Chapter ``04_forecasting``. :class:`~lstm_lib.forecasting.Forecaster` does the same for a whole series. Every rule maps
windows (N, W, 1) to forecasts (N, k) in the units of the series.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lstm_lib.core.losses import mse
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training.loop import fit

if TYPE_CHECKING:
    from lstm_lib.storage.checkpoint import Run

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
        hidden_size: int,
        *,
        layers: int = 1,
        members: int = 1,
        transform: Literal["none", "sqrt"] = "none",
        targets: Literal["last", "every"] = "last",
        relative_to: Literal["nothing", "mean"] = "nothing",
        seed: int = 0,
    ) -> None:
        if targets == "every" and relative_to == "mean":
            raise ValueError("targets='every' needs relative_to='nothing': a window's mean knows its later steps")
        self.sizes = (hidden_size, layers)
        self.every_step = targets == "every"
        self.relative = relative_to == "mean"
        self.seeds = range(seed * members, (seed + 1) * members)
        self.forward_transform, self.back_transform = TRANSFORMS[transform]

    def fit(
        self,
        xs: np.ndarray,
        ys: np.ndarray,
        *,
        validation: float = 0.0,
        patience: int | None = None,
        run: Run | None = None,
        on_epoch: Callable[[dict[str, float]], None] | None = None,
        **training: Any,
    ) -> list[list[dict[str, float]]]:
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
            model = self._member(seed, ys.shape[-1])
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

    def predict_members(self, xs: np.ndarray) -> np.ndarray:
        """Return the forecasts of each member, shape (members, N, k)."""
        scaled = self._scaled(xs)
        outputs = np.stack([m.predict(scaled) for m in self.models]).astype(np.float64)
        if self.every_step:
            outputs = outputs[:, :, -1]
        return self.back_transform((outputs * self.target_std + self._level(scaled)) * self.std + self.mean)

    def predict(self, xs: np.ndarray) -> np.ndarray:
        """Return the mean forecast of the members, shape (N, k)."""
        return self.predict_members(xs).mean(axis=0)

    def state(self) -> dict[str, np.ndarray]:
        """Return what was learned: the parameters of each member, and the scaling, as arrays by name."""
        scaling = {"mean": self.mean, "std": self.std, "target_std": self.target_std}
        arrays = {f"scaling.{name}": np.asarray(value) for name, value in scaling.items()}
        for k, model in enumerate(self.models):
            arrays |= {f"member{k}.{name}": p for name, p in model.parameters.items()}
        return arrays

    def load_state(self, arrays: dict[str, np.ndarray], *, horizon: int) -> None:
        """Take back what :meth:`state` returned, in a forecaster made with the same arguments.

        Parameters
        ----------
        arrays : dict of str to numpy.ndarray
        horizon : int
            Values that follow a window.

        Raises
        ------
        ValueError
            If the arrays are not those of such a forecaster, or not all finite.
        """
        hidden_size, layers = self.sizes
        sizes = {"layer0.W_hh": (4 * hidden_size, hidden_size), "dense.b": (horizon,)}
        fits = all(np.shape(arrays.get(f"member0.{name}")) == shape for name, shape in sizes.items())
        if not fits or len(self.seeds) * layers > len(arrays):  # before memory for other sizes is asked for
            raise ValueError(f"not the arrays of {len(self.seeds)} members of {layers} layers of {hidden_size} units")
        self.mean, self.std, self.target_std = np.ones(()), np.ones(()), np.ones(())
        self.models = [self._member(seed, horizon) for seed in self.seeds]
        own = self.state()
        odd = own.keys() ^ arrays.keys()
        odd |= {n for n in own.keys() - odd if own[n].shape != arrays[n].shape or not np.isfinite(arrays[n]).all()}
        if odd:
            raise ValueError(f"missing, unknown, of another shape or not finite: {', '.join(sorted(odd))}")
        for k, model in enumerate(self.models):
            for name, p in model.parameters.items():
                p[...] = arrays[f"member{k}.{name}"]
        self.mean, self.std, self.target_std = (arrays[f"scaling.{n}"][()] for n in ("mean", "std", "target_std"))

    def _member(self, seed, horizon):
        hidden_size, layers = self.sizes
        return SequenceRegressor(1, hidden_size, horizon, layers=layers, every_step=self.every_step, seed=seed)

    def _level(self, scaled_xs):
        """Return what forecasts are relative to: (N, 1), or 0."""
        return scaled_xs.mean(axis=1) if self.relative else np.float32(0)

    def _scaled(self, values):
        return ((self.forward_transform(values) - self.mean) / self.std).astype(np.float32)


def closed_loop(predict: Callable[[np.ndarray], np.ndarray], window: np.ndarray, steps: int) -> np.ndarray:
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
