"""Forecasts that need no network: what an LSTM has to beat, and the best that any rule can do.

Chapter ``04_forecasting``. Every rule maps windows (N, W, 1) to forecasts (N, k) in the units of the series.
"""

import numpy as np


def persistence(xs: np.ndarray, *, horizon: int = 1) -> np.ndarray:
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

    def __init__(self, xs: np.ndarray, ys: np.ndarray) -> None:
        self.coefficients = np.linalg.lstsq(self._rows(xs), ys)[0]  # eq: ar

    def predict(self, xs: np.ndarray) -> np.ndarray:
        """Return the forecasts, shape (N, k)."""
        return self._rows(xs) @ self.coefficients

    @staticmethod
    def _rows(xs):
        return np.concatenate([np.ones((len(xs), 1)), xs[..., 0]], axis=1)


def best_sine_forecast(
    xs: np.ndarray, *, step: float, noise_std: float, horizon: int = 1, phases: int = 4096
) -> np.ndarray:
    """Forecast a noisy sine with everything known but the phase: no rule has a smaller expected error.

    Chapter ``04_forecasting``, equation (posterior-mean): each phase is weighted by how well it explains the window.

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


def best_linear_sine_forecast(xs: np.ndarray, *, step: float, noise_std: float, horizon: int = 1) -> np.ndarray:
    """Forecast a noisy sine of unknown phase by the linear rule with the smallest expected squared error.

    Chapter ``04_forecasting``, equation (best-linear). Nothing is fitted: with the phase equally likely everywhere, two
    values k steps apart have the covariance cos(k step) / 2, and the noise adds its variance where k = 0. Another
    distribution of the amplitude with a mean square of 1 leaves this rule as it is.

    Parameters
    ----------
    xs : numpy.ndarray
        Windows, shape (N, W, 1).
    step : float
        Radians between two values.
    noise_std : float
        Standard deviation of the noise, above 0.
    horizon : int

    Returns
    -------
    numpy.ndarray
        Shape (N, horizon).

    References
    ----------
    Wiener (1949), Extrapolation, Interpolation, and Smoothing of Stationary Time Series; here for a window.
    """
    W = xs.shape[1]
    places = np.arange(W + horizon)
    covariance = 0.5 * np.cos(step * (places[:, None] - places))
    noise = noise_std**2 * np.eye(W)
    weights = np.linalg.solve(covariance[:W, :W] + noise, covariance[:W, W:])  # eq: best-linear
    return xs[..., 0] @ weights
