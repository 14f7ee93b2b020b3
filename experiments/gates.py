"""The long runs of chapter 01: what one draw of weights shows, over many draws."""

import numpy as np

from lstm_lib.core.weights import initial_weights
from lstm_lib.gates import input_gradient_by_lag

SEEDS = range(20)
D, H, T = 4, 32, 101
CELLS = {  # key: cell, options of its first weights, factor of its recurrent weights
    "rnn_05": ("rnn", {}, 0.5),
    "rnn_1": ("rnn", {}, 1.0),
    "rnn_15": ("rnn", {}, 1.5),
    "lstm_0": ("lstm", {"forget_bias": 0.0}, 1.0),
    "lstm_1": ("lstm", {"forget_bias": 1.0}, 1.0),
    "lstm_3": ("lstm", {"forget_bias": 3.0}, 1.0),
    "gru": ("gru", {}, 1.0),
}


def gradient_by_lag():
    """Measure the gradient at lags 50 and 100 for small (0.1) and large (1) inputs, over draws of both."""
    per_seed = {}
    for seed in SEEDS:
        noise = np.random.default_rng([seed, 0]).normal(size=(T, D))
        for key, (cell, options, factor) in CELLS.items():
            W_ih, W_hh, b = initial_weights(cell, D, H, np.random.default_rng([seed, 1]), **options)
            weights = (W_ih, factor * W_hh, b) + ((np.zeros(H),) if cell == "gru" else ())
            for size, scale in (("quiet", 0.1), ("loud", 1.0)):
                norms = input_gradient_by_lag(cell, scale * noise, weights)
                for lag in (50, 100):
                    per_seed.setdefault(f"{size}_{key}_{lag}", []).append(float(norms[lag]))
    values = {}
    for name, over_draws in per_seed.items():
        for statistic in (np.min, np.median, np.max):
            values[f"{name}_{statistic.__name__.removeprefix('a')}"] = float(statistic(over_draws))
    growth = np.divide(per_seed["quiet_lstm_3_100"], per_seed["quiet_lstm_3_50"])
    values |= {"growth_least": float(growth.min()), "growth_most": float(growth.max())}
    values["draws_spread_lstm_1"] = values["loud_lstm_1_100_max"] / values["loud_lstm_1_100_min"]
    config = {"D": D, "H": H, "T": T, "inputs": {"quiet": 0.1, "loud": 1.0}}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


EXPERIMENTS = {"gradient_by_lag": gradient_by_lag}
