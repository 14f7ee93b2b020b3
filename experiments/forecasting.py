"""The long runs of chapter ``04_forecasting``: intervals and inputs here, the sine and the sunspots beside it."""

import functools

import numpy as np

from experiments import sines, spots
from experiments.grids import LOWER
from experiments.real_task import rivers_baskatong, rivers_choice, rivers_leaf, rivers_saumon
from experiments.river_memory import rivers_memory
from experiments.sines import ADAM_RATES, NOISE, SEEDS, STEP, TRAINING, TUNING_SEEDS, WINDOW, squared, tuned
from lstm_lib.core.losses import pinball
from lstm_lib.core.several import compare_pairs
from lstm_lib.data.series import windows
from lstm_lib.forecasting.model import LSTMForecaster
from lstm_lib.forecasting.quantiles import QuantileForecaster, best_sine_quantiles
from lstm_lib.forecasting.rivals import LinearAR
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training.loop import fit

LEVELS = (0.05, 0.5, 0.95)
PERIOD = 630  # values


def noise_of(phase):
    """Return the noise of the sine of changing noise: largest where the sine is."""
    return NOISE * np.exp(np.sin(phase))


def intervals():
    """Forecast 5, 50 and 95 % quantiles of a sine whose noise grows with its height."""

    def draw(seed):
        t = STEP * np.arange(2521)
        values = np.sin(t) + noise_of(t) * np.random.default_rng(seed).normal(size=len(t))
        return *windows(values, WINDOW), np.sin(t[-500:]) > 0

    def constant(seed, rate):
        """Forecast the middle by least squares; the spread of the last period, kept out of the training, about it."""
        xs, ys, _ = draw(seed)
        point = LSTMForecaster(32, relative_to="mean", seed=seed)
        learned = 2000 - PERIOD
        point.fit(xs[:learned], ys[:learned], learning_rate=rate, **TRAINING)
        residuals = ys[learned:2000] - point.predict(xs[learned:2000])
        return point.predict(xs[-500:]) + np.quantile(residuals, LEVELS)

    def lstm(seed, rate):
        xs, ys, _ = draw(seed)
        forecaster = QuantileForecaster(32, levels=LEVELS, seed=seed)
        forecaster.fit(xs[:2000], ys[:2000], learning_rate=rate, **TRAINING)
        return forecaster.predict(xs[-500:])

    def linear(seed):
        from statsmodels.regression.quantile_regression import QuantReg

        xs, ys, _ = draw(seed)
        rows = np.concatenate([np.ones((len(xs), 1)), xs[..., 0]], axis=1)
        fits = [QuantReg(ys[:2000, 0], rows[:2000]).fit(q=level, max_iter=5000).params for level in LEVELS]
        return np.sort(rows[-500:] @ np.transpose(fits), axis=1)

    def persistence(seed):
        xs, ys, _ = draw(seed)
        return xs[-500:, -1] + np.quantile(ys[:2000] - xs[:2000, -1], LEVELS)

    def ideal(seed):
        return best_sine_quantiles(draw(seed)[0][-500:], step=STEP, noise_std=noise_of, levels=LEVELS)

    def loss(quantiles, seed):
        return pinball(quantiles, draw(seed)[1][-500:], LEVELS)[0]

    rules, grids, recipes = {"persistence": persistence, "linear": linear, "ideal": ideal}, {}, {}
    for name, rule in (("constant", constant), ("lstm", lstm)):
        rate, grids[name] = tuned(lambda seed, rate, rule=rule: loss(rule(seed, rate), seed), ADAM_RATES)
        print(name, rate, grids[name], flush=True)
        rules[name] = functools.partial(rule, rate=rate)
        outputs = 1 if name == "constant" else 3
        steps = 20 * (-(-(2000 - PERIOD) // 32) if name == "constant" else 63)
        recipes[name] = {"weights": 4352 + 33 * outputs, "rate": rate, "batch": 32, "epochs": 20, "steps": steps}
    recipes["linear"] = {"weights": 63, "optimizer": "QuantReg of statsmodels"}
    per_seed = {}
    for name, rule in rules.items():
        for seed in SEEDS:
            _, ys, high = draw(seed)
            low, _, up = (quantiles := rule(seed)).T
            inside = (low <= ys[-500:, 0]) & (ys[-500:, 0] <= up)
            found = {"loss": loss(quantiles, seed), "cover": np.mean(inside), "width": np.mean(up - low)}
            found |= {"cover_high": np.mean(inside[high]), "cover_low": np.mean(inside[~high])}
            for key, value in found.items():
                per_seed.setdefault(f"{name}_{key}", []).append(float(value))
    ours = per_seed["lstm_loss"]
    rivals = ("persistence", "constant", "linear", "ideal")
    pairs = {f"interval_vs_{rival}": (ours, per_seed[f"{rival}_loss"]) for rival in rivals}
    return {
        "config": {"noise": "0.05 exp(sin t)", "levels": list(LEVELS), "held out for the constant width": PERIOD}
        | {"rates tuned on draws": list(TUNING_SEEDS)},
        "seeds": SEEDS,
        "values": {f"interval_{name}": float(np.mean(v)) for name, v in per_seed.items()},
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "recipes": {"LSTM, quantiles": recipes["lstm"], "LSTM, one width": recipes["constant"]}
        | {"linear quantiles": recipes["linear"]},
        "grids": grids,
        "packages": ("numpy", "statsmodels"),
    }


def covariates():
    """Forecast a series that another one drives, which is known in advance: with it and without, linear and bent."""
    effects = {"linear": lambda u: u, "bent": lambda u: 2 * np.maximum(u, 0)}

    def draw(seed, effect):
        rng = np.random.default_rng([seed, 5])
        shocks, noise, u, y = rng.normal(size=2520), rng.normal(0, 0.3, 2520), np.zeros(2520), np.zeros(2520)
        for t in range(1, 2520):
            u[t] = 0.9 * u[t - 1] + np.sqrt(1 - 0.9**2) * shocks[t]
            y[t] = 0.8 * y[t - 1] + effects[effect](u[t]) + noise[t]
        xs, ys = windows(y, 10)
        ahead = np.lib.stride_tricks.sliding_window_view(u[1:], 10)  # at each step: the input of the step after it
        return xs, np.stack([xs[..., 0], ahead], axis=2), ys

    def lstm(seed, rate, effect, known):
        xs, both, ys = draw(seed, effect)
        inputs = both if known else xs
        inputs = (inputs - inputs[:2000].mean(axis=(0, 1))) / inputs[:2000].std(axis=(0, 1))
        change = ys - xs[:, -1]
        spread = change[:2000].std()
        model = SequenceRegressor(inputs.shape[2], 32, 1, seed=seed)
        scaled = inputs.astype(np.float32)
        targets = (change[:2000] / spread).astype(np.float32)
        fit(model, scaled[:2000], targets, learning_rate=rate, seed=seed, **TRAINING)
        return squared(xs[-500:, -1] + spread * model.predict(scaled[-500:]), ys[-500:])

    def linear(seed, effect, known):
        xs, both, ys = draw(seed, effect)
        rows = np.concatenate([both[..., 0], both[..., 1]], axis=1)[..., None] if known else xs
        return squared(LinearAR(rows[:2000], ys[:2000]).predict(rows[-500:]), ys[-500:])

    per_seed, grids, recipes, pairs = {}, {}, {}, {}
    for effect in effects:
        for known in (False, True):
            name = f"{effect}_{'known' if known else 'alone'}"
            rate, grids[name] = tuned(lambda s, r, e=effect, k=known: lstm(s, r, e, k), ADAM_RATES)
            print(name, rate, grids[name], flush=True)
            recipes[f"LSTM, {effect}, {'with' if known else 'without'}"] = {
                "weights": 4385 + 128 * known,
                "rate": rate,
                "batch": 32,
                "steps": 20 * 63,
            }
            per_seed[f"{name}_lstm"] = [lstm(seed, rate, effect, known) for seed in SEEDS]
            per_seed[f"{name}_linear"] = [linear(seed, effect, known) for seed in SEEDS]
        per_seed[f"{effect}_persistence"] = [
            squared(xs[-500:, -1], ys[-500:]) for xs, _, ys in (draw(seed, effect) for seed in SEEDS)
        ]
        for rule in ("lstm", "linear"):
            pairs[f"input_{effect}_{rule}_known_vs_alone"] = tuple(
                per_seed[f"{effect}_{known}_{rule}"] for known in ("known", "alone")
            )
        pairs[f"input_{effect}_lstm_vs_linear"] = per_seed[f"{effect}_known_lstm"], per_seed[f"{effect}_known_linear"]
    return {
        "config": {"y": "0.8 y + effect(u) + 0.3 noise", "u": "AR(1), 0.9", "train": 2000, "test": 500},
        "seeds": SEEDS,
        "values": {f"input_{name}": float(np.mean(v)) for name, v in per_seed.items()} | {"input_floor": 0.09},
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "recipes": recipes,
        "grids": grids,
    }


EXPERIMENTS = {
    f.__name__: f
    for f in (
        *(sines.sine, sines.sine_recipes, sines.sine_why, sines.sine_steps),
        *(intervals, covariates),
        *(spots.sunspots_choice, spots.sunspots_rolling, spots.sunspots_fixed),
        *(rivers_choice, rivers_saumon, rivers_baskatong, rivers_leaf, rivers_memory),
    )
}
