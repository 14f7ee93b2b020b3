"""The long runs of chapter ``04_forecasting`` on the noisy sine: one step, six recipes, why, and many steps."""

import functools
import itertools

import numpy as np

from experiments.grids import LOWER, best_inside
from lstm_lib.commands.forecast import run as forecast, settings as st
from lstm_lib.commands.settings import as_dict
from lstm_lib.core.several import compare_pairs
from lstm_lib.data.series import noisy_sine, windows
from lstm_lib.errors import DivergedError
from lstm_lib.forecasting.model import LSTMForecaster, closed_loop
from lstm_lib.forecasting.rivals import LinearAR, best_linear_sine_forecast, best_sine_forecast, persistence

SEEDS = range(10)
TUNING_SEEDS = range(100, 103)  # draws that score nothing
STEP, NOISE, WINDOW = 8 * np.pi / 2520, 0.05, 20
KNOWN = {"step": STEP, "noise_std": NOISE}
TRAINING = {"epochs": 20, "batch_size": 32}


def seven(first):
    """Return seven rates, each twice the one before, for every contender; more follow if its best is at an end."""
    return tuple(first * 2**k for k in range(7))


ADAM_RATES = seven(0.00125)
FIRST_RATES = {"sgd": 0.01, "sgd_clipped": 0.01, "adam": 0.00015625, "sgd_relative": 0.01}


def squared(forecasts, truth):
    """Return the mean squared error."""
    return float(np.mean(np.square(forecasts - truth)))


def weights_of(forecaster):
    """Return the number of weights of a network."""
    model = forecaster.models[0] if hasattr(forecaster, "models") else forecaster.model
    return sum(p.size for p in model.parameters.values())


def tuned(losses, rates):
    """Return the rate with the lowest mean loss over the draws that score nothing, inside its grid."""

    def score(rate):
        try:
            return np.mean([losses(seed, rate) for seed in TUNING_SEEDS])
        except DivergedError:
            return np.inf

    return best_inside(score, rates)


def draw(seed):
    """Return series, windows, what follows and the clean value that follows."""
    series = noisy_sine(2521, noise_std=NOISE, seed=seed)
    return series, *windows(series.values, WINDOW), windows(series.clean, WINDOW)[1]


def sine():
    """Run the seed project's YAML with ten values of RANDOM_SEED."""
    rows, linear = [], {"test": [], "excess": []}
    for seed in SEEDS:
        settings = st.ForecastSettings(data=st.DataSettings(random_seed=seed))
        series = forecast.load_series(settings.data)
        rows.append(forecast.run(series, forecast.split(series, settings), settings)[0])
        _, xs, ys, clean = draw(seed)
        forecasts = best_linear_sine_forecast(xs[-500:], **KNOWN)
        linear["test"].append(squared(forecasts, ys[-500:]))
        linear["excess"].append(squared(forecasts, clean[-500:]))
    losses = {"lstm": [row["test_loss"] for row in rows]}
    losses |= {name: [row["baselines"][name] for row in rows] for name in rows[0]["baselines"]}
    losses |= {"noise": [row["noise_floor"] for row in rows], "best_linear": linear["test"]}
    excess = {
        f"excess_{name}": [row["excess_over_clean"][name] for row in rows] for name in rows[0]["excess_over_clean"]
    }
    excess["excess_best_linear"] = linear["excess"]
    ratios = [row["test_loss"] / row["baselines"]["linear_ar"] for row in rows]
    per_seed = losses | excess | {"ratio_to_ar": ratios}
    values = {f"sine_{name}": float(np.mean(v)) for name, v in per_seed.items()}
    values["sine_ratio_worst"] = max(ratios)
    values["sine_gap_closed"] = (values["sine_excess_linear_ar"] - values["sine_excess_lstm"]) / (
        values["sine_excess_linear_ar"] - values["sine_excess_best_possible"]
    )
    ours = excess["excess_lstm"]
    rivals = ("linear_ar", "best_linear", "best_possible", "persistence")
    pairs = {f"sine_vs_{r}": (ours, excess[f"excess_{r}"]) for r in rivals}
    verdicts = compare_pairs(pairs, kind="paired seeds", **LOWER)
    recipe = {"weights": 4385, "optimizer": "Adam, one cycle", "rate": 0.005, "batch": 32, "steps": 20 * 63}
    return {
        "config": as_dict(st.ForecastSettings()) | {"judged by": "error against the clean curve"},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": verdicts,
        "recipes": {
            "LSTM": recipe,
            "AR(20)": {"weights": 21, "optimizer": "least squares"},
            "best linear rule": {"weights": 20, "optimizer": "from the covariance"},
        },
    }


RECIPES = {  # each changes one thing of the one before it
    "sgd": {"optimizer": "sgd", "schedule": "constant", "clip_norm": None, "relative_to": "nothing"},
    "sgd_clipped": {"optimizer": "sgd", "schedule": "constant", "clip_norm": 1.0, "relative_to": "nothing"},
    "adam": {"optimizer": "adam", "schedule": "constant", "clip_norm": 1.0, "relative_to": "nothing"},
    "one_cycle": {"optimizer": "adam", "schedule": "one_cycle", "clip_norm": 1.0, "relative_to": "nothing"},
    "relative": {"optimizer": "adam", "schedule": "one_cycle", "clip_norm": 1.0, "relative_to": "mean"},
    "sgd_relative": {"optimizer": "sgd", "schedule": "one_cycle", "clip_norm": 1.0, "relative_to": "mean"},
}


def sine_recipes():
    """Train on the same data by six recipes, each at the best of seven rates."""

    def trained(seed, rate, optimizer, schedule, clip_norm, relative_to):
        _, xs, ys, clean = draw(seed)
        forecaster = LSTMForecaster(32, relative_to=relative_to, seed=seed)
        how = {"optimizer": optimizer, "schedule": schedule, "clip_norm": clip_norm, "learning_rate": rate}
        forecaster.fit(xs[:2000], ys[:2000], **how, **TRAINING)
        return squared(forecaster.predict(xs[-500:]), clean[-500:])

    per_seed, grids, recipes = {}, {}, {}
    for name, recipe in RECIPES.items():
        loss = functools.partial(trained, **recipe)
        rate, grids[name] = tuned(loss, seven(FIRST_RATES.get(name, 0.00125)))
        print(name, rate, grids[name], flush=True)
        per_seed[name] = [loss(seed, rate) for seed in SEEDS]
        recipes[name] = {"weights": 4385, "rate": rate, "batch": 32, "steps": 20 * 63} | recipe
    for name in ("linear_ar", "best_linear"):
        per_seed[name] = []
    for seed in SEEDS:
        _, xs, ys, clean = draw(seed)
        ar = LinearAR(xs[:2000], ys[:2000]).predict(xs[-500:])
        per_seed["linear_ar"].append(squared(ar, clean[-500:]))
        per_seed["best_linear"].append(squared(best_linear_sine_forecast(xs[-500:], **KNOWN), clean[-500:]))
    names = list(RECIPES)
    pairs = {f"recipe_{b}_vs_{a}": (per_seed[b], per_seed[a]) for a, b in itertools.pairwise(names)}
    pairs |= {f"recipe_{name}_vs_ar": (per_seed[name], per_seed["linear_ar"]) for name in names}
    values = {f"recipe_{name}": float(np.mean(losses)) for name, losses in per_seed.items()}
    values |= {f"recipe_{name}_rate": recipes[name]["rate"] for name in names}
    return {
        "config": {"score": "error against the clean curve", "rates tuned on draws": list(TUNING_SEEDS)},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "recipes": recipes,
        "grids": grids,
    }


def by_height_and_sign(xs):
    """Forecast by the mean of a window, its height, and by the sign alone of its slope; the rest follows from 1."""
    W = xs.shape[1]
    places = np.arange(W) - (W - 1) / 2
    height = np.clip(xs[..., 0].mean(axis=1) / np.mean(np.cos(STEP * places)), -1, 1)  # in the middle of the window
    slope = np.sign(xs[..., 0] @ places) * np.sqrt(1 - height**2)
    ahead = STEP * (W + 1) / 2
    return (height * np.cos(ahead) + slope * np.sin(ahead))[:, None]


def sine_why():
    """Take away, by a random amplitude, what a nonlinear rule can know, and nothing that a linear one can."""

    def windows_of(rng, n, amplitude):
        height = np.sqrt(rng.exponential(size=(n, 1))) if amplitude == "random" else np.ones((n, 1))
        clean = height * np.sin(rng.uniform(0, 2 * np.pi, (n, 1)) + STEP * np.arange(WINDOW + 1))
        noisy = clean + rng.normal(0, NOISE, clean.shape)
        return noisy[:, :WINDOW, None], noisy[:, WINDOW:], clean[:, WINDOW:]

    def scores(seed, rate, amplitude, rivals=True):
        rng = np.random.default_rng([seed, 4])
        xs, ys, _ = windows_of(rng, 2000, amplitude)
        now, _, clean = windows_of(rng, 5000, amplitude)
        forecaster = LSTMForecaster(32, relative_to="mean", seed=seed)
        forecaster.fit(xs, ys, learning_rate=rate, **TRAINING)
        found = {"lstm": squared(forecaster.predict(now), clean)}
        if rivals:
            linear = best_linear_sine_forecast(now, **KNOWN)
            found["best_linear"] = squared(linear, clean)
            found["height_and_sign"] = squared(by_height_and_sign(now), clean)
            found["linear_ar"] = squared(LinearAR(xs, ys).predict(now), clean)
            best = best_sine_forecast(now, **KNOWN) if amplitude == "fixed" else linear
            found["best_possible"] = squared(best, clean)
        return found

    per_seed, grids, recipes = {}, {}, {}
    for amplitude in ("fixed", "random"):
        rate, grids[amplitude] = tuned(lambda s, r, a=amplitude: scores(s, r, a, rivals=False)["lstm"], ADAM_RATES)
        print(amplitude, rate, grids[amplitude], flush=True)
        recipes[f"LSTM, {amplitude} amplitude"] = {"weights": 4385, "rate": rate, "batch": 32, "steps": 20 * 63}
        rows = [scores(seed, rate, amplitude) for seed in SEEDS]
        per_seed |= {f"{amplitude}_{name}": [row[name] for row in rows] for name in rows[0]}
        per_seed[f"{amplitude}_behind_linear"] = [row["lstm"] - row["best_linear"] for row in rows]
    pairs = {f"why_{a}_vs_linear": (per_seed[f"{a}_lstm"], per_seed[f"{a}_best_linear"]) for a in ("fixed", "random")}
    pairs["why_height_vs_linear"] = per_seed["fixed_height_and_sign"], per_seed["fixed_best_linear"]
    pairs["why_height_vs_lstm"] = per_seed["fixed_height_and_sign"], per_seed["fixed_lstm"]
    pairs["why_lead_fixed_vs_random"] = per_seed["fixed_behind_linear"], per_seed["random_behind_linear"]
    return {
        "config": {"train": 2000, "test": 5000, "windows": "independent, phase uniform", "amplitude": "1, or Rayleigh"},
        "seeds": SEEDS,
        "values": {f"why_{name}": float(np.mean(v)) for name, v in per_seed.items()},
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "recipes": recipes,
        "grids": grids,
    }


AHEAD = (1, 10, 100)
DIRECT_UNITS = 22  # with 100 outputs as many weights as 32 units with one


def sine_steps():
    """Forecast 100 steps by feeding back, or by learning all of them at once, from the same 2,020 values."""

    def lstm(seed, rate, direct):
        series, xs, ys, _ = draw(seed)
        if direct:
            xs, ys = windows(series.values[:2020], WINDOW, horizon=100)
        forecaster = LSTMForecaster(DIRECT_UNITS if direct else 32, relative_to="mean", seed=seed)
        forecaster.fit(xs[:2000], ys[:2000], learning_rate=rate, **TRAINING)
        return forecaster

    def curve(forecasts, seed):
        clean = windows(draw(seed)[0].clean, WINDOW, horizon=100)[1][-401:-1]
        return np.sqrt(np.mean(np.square(forecasts - clean), axis=0))

    def of_lstm(seed, rate, direct):
        forecaster, starts = lstm(seed, rate, direct), starts_of(seed)
        return curve(
            forecaster.predict(starts) if direct else closed_loop(forecaster.predict, starts[..., 0], 100), seed
        )

    def starts_of(seed):
        return draw(seed)[1][-500:-100]

    grids, rates, curves = {}, {}, {}
    for direct in (False, True):
        name = "lstm_direct" if direct else "lstm_loop"
        rates[name], grids[name] = tuned(lambda s, r, d=direct: of_lstm(s, r, d).mean(), ADAM_RATES)
        print(name, rates[name], grids[name], flush=True)
        curves[name] = [of_lstm(seed, rates[name], direct) for seed in SEEDS]
    names = ("persistence", "ar_loop", "ar_direct", "best_one_step", "floor")
    curves |= {name: [] for name in names}
    for seed in SEEDS:
        series, xs, ys, _ = draw(seed)
        starts = starts_of(seed)
        ahead = {
            "persistence": persistence(starts, horizon=100),
            "ar_loop": closed_loop(LinearAR(xs[:2000], ys[:2000]).predict, starts[..., 0], 100),
            "ar_direct": LinearAR(*windows(series.values[:2020], WINDOW, horizon=100)).predict(starts),
            "best_one_step": closed_loop(functools.partial(best_sine_forecast, **KNOWN), starts[..., 0], 100),
            "floor": best_sine_forecast(starts, horizon=100, **KNOWN),
        }
        for name, forecasts in ahead.items():
            curves[name].append(curve(forecasts, seed))
    per_seed = {f"{name}_{k}": [float(c[k - 1]) for c in found] for name, found in curves.items() for k in AHEAD}
    contests = [("lstm_direct", "lstm_loop"), ("ar_direct", "ar_loop"), ("lstm_loop", "ar_loop")]
    contests += [("lstm_direct", "ar_direct"), ("lstm_direct", "ar_loop"), ("lstm_loop", "best_one_step")]
    pairs = {f"steps_{a}_vs_{b}_{k}": (per_seed[f"{a}_{k}"], per_seed[f"{b}_{k}"]) for a, b in contests for k in AHEAD}
    values = {f"steps_{name}": float(np.mean(errors)) for name, errors in per_seed.items()}
    shared = {"batch": 32, "epochs": 20}
    recipes = {
        "LSTM, fed back": {"units": 32, "weights": weights_of(lstm(0, 0.005, False)), "rate": rates["lstm_loop"]},
        "LSTM, direct": {"units": DIRECT_UNITS, "weights": weights_of(lstm(0, 0.005, True))}
        | {"rate": rates["lstm_direct"]},
    }
    return {
        "config": {"starts": 400, "score": "RMSE against the clean curve"}
        | {"curves": {name: np.mean(found, axis=0).round(5).tolist() for name, found in curves.items()}},
        "seeds": SEEDS,
        "values": values,
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "recipes": {
            "LSTM, fed back": recipes["LSTM, fed back"] | shared | {"steps": 20 * 63},
            "LSTM, direct": recipes["LSTM, direct"] | shared | {"steps": 20 * 60},
            "AR(20), fed back": {"weights": 21},
            "AR(20), direct": {"weights": 2100},
        },
        "grids": grids,
    }
