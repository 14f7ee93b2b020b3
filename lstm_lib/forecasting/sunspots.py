"""The sunspot network of chapter ``04_forecasting``, with every choice that was made on 1809 to 1848."""

from collections.abc import Callable

import numpy as np

from lstm_lib.forecasting.model import LSTMForecaster

CHOSEN = {"window": 18, "hidden_size": 16, "epochs": 25, "learning_rate": 0.03, "batch_size": 16}


def lstm_rule(seed: int, *, members: int = 1) -> Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    """Return a rule for :func:`lstm_lib.forecasting.rolling_origin` that trains the chosen network.

    Parameters
    ----------
    seed : int
        Of the first member.
    members : int

    Returns
    -------
    callable
        ``(xs, ys) -> predict``.
    """

    def make_rule(xs, ys):
        forecaster = LSTMForecaster(CHOSEN["hidden_size"], members=members, targets="every", seed=seed)
        training = {key: CHOSEN[key] for key in ("epochs", "learning_rate", "batch_size")}
        forecaster.fit(xs, ys, **training)
        return lambda now: np.maximum(forecaster.predict(now), 0)  # there are no negative sunspots

    return make_rule
