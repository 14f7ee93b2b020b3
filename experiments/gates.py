"""The long runs of chapter 01: what one draw of weights shows, over many draws."""

import numpy as np

from lstm_lib.core import compare_pairs
from lstm_lib.core.weights import initial_weights
from lstm_lib.gates import input_gradient_by_lag

SEEDS = range(20)
D, T = 4, 101
CELLS = {  # key: cell, units, options of its first weights, factor of its recurrent weights
    "rnn_05": ("rnn", 32, {}, 0.5),
    "rnn_1": ("rnn", 32, {}, 1.0),
    "rnn_15": ("rnn", 32, {}, 1.5),
    "lstm_0": ("lstm", 32, {"forget_bias": 0.0}, 1.0),
    "lstm_1": ("lstm", 32, {"forget_bias": 1.0}, 1.0),
    "lstm_3": ("lstm", 32, {"forget_bias": 3.0}, 1.0),
    "gru": ("gru", 32, {}, 1.0),
    "wide_rnn_1": ("rnn", 66, {}, 1.0),  # with about as many weights as the LSTM has with 32 units
    "wide_gru": ("gru", 37, {}, 1.0),
}
PAIRS = {  # key: ours and theirs, equal in weights; "ahead" means that ours passes on the larger gradient
    "loud_lstm_0_rnn_1": ("loud_lstm_0_100", "loud_wide_rnn_1_100"),
    "loud_lstm_1_rnn_1": ("loud_lstm_1_100", "loud_wide_rnn_1_100"),
    "loud_gru_rnn_1": ("loud_wide_gru_100", "loud_wide_rnn_1_100"),
    "loud_gru_lstm_0": ("loud_wide_gru_100", "loud_lstm_0_100"),
    "quiet_lstm_3_grows": ("quiet_lstm_3_100", "quiet_lstm_3_50"),
}
STEPS, UNITS = 10_000, 1000  # of the cells without and with a forget gate


def judged(pairs, per_seed, *, lower_is_better):
    """Compare, draw by draw, the logarithms of what two contenders found."""
    logs = {key: tuple(np.log10(per_seed[name]) for name in pair) for key, pair in pairs.items()}
    return compare_pairs(logs, kind="paired seeds", lower_is_better=lower_is_better)


def gradient_by_lag():
    """Measure the gradient at lags 50 and 100 for small (0.1) and large (1) inputs, over draws of both."""
    per_seed, counts = {}, {}
    for seed in SEEDS:
        noise = np.random.default_rng([seed, 0]).normal(size=(T, D))
        for key, (cell, H, options, factor) in CELLS.items():
            W_ih, W_hh, b = initial_weights(cell, D, H, np.random.default_rng([seed, 1]), **options)
            weights = (W_ih, factor * W_hh, b) + ((np.zeros(H),) if cell == "gru" else ())
            counts[key] = sum(array.size for array in weights)
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
    recipes = {
        key: {"cell": cell, "units": H, "weights": counts[key], "recurrent": f"{factor} x orthogonal", "trained": "no"}
        | options
        for key, (cell, H, options, factor) in CELLS.items()
    }
    return {
        "config": {"D": D, "T": T, "inputs": {"quiet": 0.1, "loud": 1.0}},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": judged(PAIRS, per_seed, lower_is_better=False),
        "recipes": recipes,
    }


def carousel():
    """Measure how far cells wander that add noise with a forget gate of exactly 1, and with one of 0.99."""
    gates = {"f_1": 1.0, "f_099": 0.99}
    per_seed = {}
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        cells = {key: np.zeros(UNITS) for key in gates}
        for t in range(1, STEPS + 1):
            written = 0.5 * np.tanh(rng.normal(size=UNITS))
            for key, f in gates.items():
                cells[key] = f * cells[key] + written
                if t in (100, STEPS):
                    per_seed.setdefault(f"spread_{key}_{t}", []).append(float(cells[key].std()))
        for key, c in cells.items():
            per_seed.setdefault(f"stuck_{key}", []).append(float(np.mean(1 - np.tanh(c) ** 2 < 0.01)))
    values = {}
    for name, over_draws in per_seed.items():
        for statistic in (np.min, np.mean, np.max):
            values[f"{name}_{statistic.__name__.removeprefix('a')}"] = float(statistic(over_draws))
    pairs = {"forgetting_wanders_less": (f"spread_f_099_{STEPS}", f"spread_f_1_{STEPS}")}
    return {
        "config": {"steps": STEPS, "units": UNITS, "written": "0.5 tanh of a normal number"},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": judged(pairs, per_seed, lower_is_better=True),
        "recipes": {key: {"forget gate": f, "steps": STEPS, "units": UNITS} for key, f in gates.items()},
    }


EXPERIMENTS = {"gradient_by_lag": gradient_by_lag, "carousel": carousel}
