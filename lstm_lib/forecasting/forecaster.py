"""Learn a series, forecast what comes next, and keep what was learned in a file.

Chapter ``04_forecasting``. The work is done by :class:`~lstm_lib.forecasting.LSTMForecaster`, on windows of the series.
"""

import os
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from lstm_lib.data.series import windows
from lstm_lib.errors import InputError
from lstm_lib.forecasting.fingerprint import as_series, fingerprint, require_fingerprint, trained_until
from lstm_lib.forecasting.model import TRANSFORMS, LSTMForecaster
from lstm_lib.storage import checkpoint, records

KIND = "lstm_lib.forecasting 1"
FORM = {  # of what a file says
    "kind": records.choice(KIND),
    "settings": {
        **dict.fromkeys(("hidden_size", "window", "horizon"), records.whole(1)),
        **dict.fromkeys(("layers", "members"), records.whole(1, 1000)),
        "transform": records.choice(*TRANSFORMS),
        "targets": records.choice("last", "every"),
        "relative_to": records.choice("nothing", "mean"),
        "seed": records.whole(0, 2**63),
    },
    "record": records.history,
}
MOST_LAYERS = 10_000  # of all members


class Forecaster:
    """An ensemble of LSTMs that continues a series.

    Parameters
    ----------
    hidden_size : int
        LSTM units in a layer.
    window : int
        Values from which the next ones are forecast.
    horizon : int
        Values forecast at once. For more steps the forecasts are fed back as if they had been seen.
    layers, members, transform, targets, relative_to, seed
        As in :class:`~lstm_lib.forecasting.LSTMForecaster`.

    Attributes
    ----------
    settings : dict
        The arguments above.
    model : LSTMForecaster
        It answers windows, shape (N, window, 1), with forecasts, shape (N, horizon).
    record : dict
        What is known of the training: ``training``, the arguments of :meth:`fit`; ``train_loss``, each member's last;
        ``learned``, by which :meth:`trained_until` recognises the series.

    Examples
    --------
    >>> series = np.sin(np.arange(80) / 3)
    >>> forecaster = Forecaster(hidden_size=8, window=12)
    >>> history = forecaster.fit(series, epochs=60)
    >>> forecaster.predict(series, steps=3).shape
    (3,)
    """

    def __init__(
        self,
        hidden_size: int = 16,
        *,
        window: int = 18,
        horizon: int = 1,
        layers: int = 1,
        members: int = 1,
        transform: Literal["none", "sqrt"] = "none",
        targets: Literal["last", "every"] = "last",
        relative_to: Literal["nothing", "mean"] = "nothing",
        seed: int = 0,
    ) -> None:
        choices = {"layers": layers, "members": members, "transform": transform}
        choices |= {"targets": targets, "relative_to": relative_to, "seed": seed}
        self.settings: dict[str, Any] = {"hidden_size": hidden_size, "window": window, "horizon": horizon, **choices}
        for name in ("hidden_size", "window", "horizon", "layers", "members"):
            if not self.settings[name] >= 1:
                raise ValueError(f"{name} must be at least 1, got {self.settings[name]}")
        self.model = LSTMForecaster(hidden_size, **choices)
        self.record: dict[str, Any] = {}

    def fit(
        self,
        series: ArrayLike,
        *,
        epochs: int = 25,
        batch_size: int = 16,
        learning_rate: float = 0.03,
        run: checkpoint.Run | None = None,
        on_epoch: Callable[[dict[str, float]], None] | None = None,
        **training: Any,
    ) -> list[dict[str, float]]:
        """Train every member on the windows of a series.

        Parameters
        ----------
        series : array_like
            Shape (N,), equally spaced in time.
        epochs, batch_size, learning_rate, run, on_epoch, **training
            As in :meth:`LSTMForecaster.fit <lstm_lib.forecasting.LSTMForecaster.fit>`.

        Returns
        -------
        list of dict
            One row an epoch and ``member``, these counted from 1; losses are in units of the scaled series.

        Raises
        ------
        InputError
            If the series is too short, holds what is no finite number, or can't be transformed.
        DivergedError
            If training diverged.
        """
        window, horizon = self.settings["window"], self.settings["horizon"]
        series = self._checked(series, least=window + horizon, what=f"a window of {window} and {horizon} to follow it")
        choices = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, **training}
        xs, ys = windows(series, window, horizon=horizon)
        histories = self.model.fit(xs, ys, run=run, on_epoch=on_epoch, **choices)
        self.record = {
            "training": choices,
            "train_loss": [rows[-1]["train_loss"] for rows in histories],
            "learned": fingerprint(series),
        }
        return [{"member": k, **row} for k, rows in enumerate(histories, 1) for row in rows]

    def predict(self, series: ArrayLike, steps: int = 1) -> np.ndarray:
        """Return the values that come next.

        Parameters
        ----------
        series : array_like
            Shape (N,), at least as long as the window.
        steps : int

        Returns
        -------
        numpy.ndarray
            Shape (steps,), in the units of the series.

        Raises
        ------
        InputError
            If the series is too short, holds what is no finite number, or can't be transformed.
        """
        self._require_fitted()
        window = self.settings["window"]
        if steps < 1:
            raise ValueError(f"steps must be at least 1, got {steps}")
        known = self._checked(series, least=window, what=f"the forecaster's window of {window}")
        start = len(known)
        while len(known) < start + steps:
            known = np.append(known, self.model.predict(known[None, -window:, None])[0])
        return known[start : start + steps]

    def trained_until(self, series: ArrayLike) -> int:
        """Return the index of the first value after the part of a series that was learned, 0 if that part is not in it.

        Forecasts of earlier values are no test: they, or the windows before them, were seen in training.
        """
        return trained_until(self.record, series)

    def save(self, path: str | os.PathLike) -> None:
        """Write parameters, scaling, settings and record into one safetensors file.

        Parameters
        ----------
        path : str or Path
        """
        self._require_fitted()
        about = {"kind": KIND, "settings": self.settings, "record": self.record}
        checkpoint.save(path, self.model.state(), about)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Return the forecaster that :meth:`save` wrote; it predicts the same bits.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        InputError
            If the file is missing, cut short, or holds something else.
        """
        arrays, about = checkpoint.load(path, kind=KIND, expect=_shapes, types=("F32", "F64"))
        try:
            forecaster = cls(**about["settings"])
            forecaster.model.load_state(arrays, horizon=about["settings"]["horizon"])
        except ValueError as error:
            raise InputError(f"{path}: its weights and its description disagree: {error}; train it again") from None
        forecaster.record = dict(about["record"])
        return forecaster

    def _require_fitted(self):
        if not hasattr(self.model, "models"):
            raise InputError("this forecaster has learned nothing; call fit, or load one that has")

    def _checked(self, series, *, least, what):
        """Return a series as float64, or raise :class:`InputError`."""
        series = as_series(series, least=least, what=what)
        with np.errstate(invalid="ignore"):
            usable = np.isfinite(TRANSFORMS[self.settings["transform"]][0](series))
        if not usable.all():
            place = int(np.argmin(usable))
            raise InputError(f"value {series[place]:g}, at index {place} of the series, has no square root")
        return series


def _shapes(about):
    """Return the shapes of the arrays that a file must have by what it says, before memory is taken for them."""
    records.require(about, FORM)
    require_fingerprint(about["record"])
    s = about["settings"]
    if s["members"] * s["layers"] > MOST_LAYERS:
        raise ValueError(f"{s['members']} members of {s['layers']} layers")
    H, shapes = s["hidden_size"], {f"scaling.{name}": () for name in ("mean", "std", "target_std")}
    for k in range(s["members"]):
        for n in range(s["layers"]):
            shapes |= {f"member{k}.layer{n}.W_ih": (4 * H, H if n else 1), f"member{k}.layer{n}.W_hh": (4 * H, H)}
            shapes[f"member{k}.layer{n}.b"] = (4 * H,)
        shapes |= {f"member{k}.dense.W": (s["horizon"], H), f"member{k}.dense.b": (s["horizon"],)}
    return shapes
