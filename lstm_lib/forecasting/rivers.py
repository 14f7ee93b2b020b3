"""A river's discharge from the weather alone: an LSTM that keeps what has fallen and not yet run off.

Chapter ``04_forecasting``. Arrays are days in a row: weather (N, D), discharge (N,).
"""

import numpy as np

from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.numpy_lstm.stream import LSTMStream
from lstm_lib.training.loop import fit

YEAR = 365
SPANS = (2, 4, 8, 16, 32, 64, 128, 256)  # days


class RiverLSTM:
    """An LSTM that reads the weather day by day and answers each day with the discharge.

    It learns the square root of the discharge, weather and roots scaled to mean 0 and standard deviation 1 of the days
    that it learns from. Afterwards it reads any number of days in one go, its state carried along.

    Parameters
    ----------
    hidden_size : int
    seed : int
    """

    def __init__(self, hidden_size: int, *, seed: int) -> None:
        self.hidden_size, self.seed = hidden_size, seed

    def fit(
        self,
        weather: np.ndarray,
        discharge: np.ndarray,
        starts: np.ndarray,
        *,
        length: int = YEAR,
        epochs: int,
        learning_rate: float,
    ) -> list[dict[str, float]]:
        """Learn from sequences of ``length`` days that begin at ``starts`` with a state of zeros.

        Batches hold 16 years of days, whatever their length.

        Parameters
        ----------
        weather, discharge : numpy.ndarray
            The days to learn from, shapes (N, D) and (N,).
        starts : numpy.ndarray of int
            Places of the first days, such as :func:`summer_starts`.
        length, epochs : int
        learning_rate : float

        Returns
        -------
        list of dict
            As of :func:`lstm_lib.training.fit`.
        """
        roots = np.sqrt(discharge)
        self.mean, self.std = weather.mean(axis=0), weather.std(axis=0)
        self.level, self.spread = roots.mean(), roots.std()
        rows = np.asarray(starts)[:, None] + np.arange(length)
        ys = ((roots - self.level) / self.spread).astype(np.float32)[rows][..., None]
        self.model = SequenceRegressor(weather.shape[1], self.hidden_size, 1, every_step=True, seed=self.seed)
        return fit(
            self.model,
            self._scaled(weather)[rows],
            ys,
            epochs=epochs,
            batch_size=max(1, round(16 * YEAR / length)),
            learning_rate=learning_rate,
            seed=self.seed,
        )

    def predict(self, weather: np.ndarray) -> np.ndarray:
        """Return the discharge of each day, shape (N,), from the weather up to it, shape (N, D)."""
        return self._back(self.model.predict(self._scaled(weather)[None])[0, :, 0])

    def predict_last(self, weather: np.ndarray, days: int) -> np.ndarray:
        """Return the discharge of each day but the first ``days - 1``, from the last ``days`` days and nothing earlier.

        Shape (N - days + 1,).
        """
        pieces = np.lib.stride_tricks.sliding_window_view(self._scaled(weather), days, axis=0).transpose(0, 2, 1)
        batches = [self.model.forward(pieces[k : k + 128])[0][:, -1, 0] for k in range(0, len(pieces), 128)]
        return self._back(np.concatenate(batches))

    def cells(self, weather: np.ndarray) -> np.ndarray:
        """Return what the cells hold after each day, shape (N, H)."""
        stream = LSTMStream(self.model.layers[0])
        cells = []
        for day in self._scaled(weather):
            stream.step(day)
            cells.append(stream.c.copy())
        return np.array(cells)

    def _scaled(self, weather):
        return ((weather - self.mean) / self.std).astype(np.float32)

    def _back(self, outputs):
        return np.square(np.maximum(outputs.astype(np.float64) * self.spread + self.level, 0))


def summer_starts(times: np.ndarray) -> np.ndarray:
    """Return every tenth day of a summer, when no snow lies in Québec, that a year of days follows.

    They are the 152nd, 162nd, ..., 272nd day of the year.

    Parameters
    ----------
    times : numpy.ndarray of datetime64[D]
        Shape (N,), no day missing.

    Returns
    -------
    numpy.ndarray of int
        Places of the days.
    """
    day = (times - times.astype("datetime64[Y]")).astype(int)
    places = np.flatnonzero((day >= 151) & (day < 272) & ((day - 151) % 10 == 0))
    return places[places <= len(times) - YEAR]


def running_means(weather: np.ndarray) -> np.ndarray:
    """Return today's weather and its running means over 2 to 256 days, which forget at a fixed rate.

    They are a window's usual way out where it would have to be long, and what an LSTM's cell would be if its forget
    gate stood still.

    Parameters
    ----------
    weather : numpy.ndarray
        Shape (N, D).

    Returns
    -------
    numpy.ndarray
        Shape (N, 9 D).
    """
    columns = [weather]
    for span in SPANS:
        means, mean = np.empty_like(weather), weather[:YEAR].mean(axis=0)
        for t, now in enumerate(weather):
            mean = mean + (now - mean) / span
            means[t] = mean
        columns.append(means)
    return np.concatenate(columns, axis=1)


def snow_store(weather: np.ndarray, melt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what a rule of hydrologists says of the snow: how much lies, and how much water leaves it.

    Below 0 °C precipitation is snow and stays. Above, ``melt`` mm of it melt per day and degree, and rain runs through.

    Parameters
    ----------
    weather : numpy.ndarray
        Precipitation (mm) and temperature (°C) in the first two columns, shape (N, D).
    melt : float

    Returns
    -------
    store, water : numpy.ndarray
        In mm, shape (N,) each.
    """
    store, stores, water = 0.0, [], []
    for fallen, temperature, *_ in weather:
        melted = min(store, melt * max(temperature, 0.0))
        snow = fallen if temperature < 0 else 0.0
        store += snow - melted
        stores.append(store)
        water.append(melted + fallen - snow)
    return np.array(stores), np.array(water)
