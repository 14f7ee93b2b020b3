"""The long runs of chapter ``04_forecasting`` on the yearly sunspots."""

import numpy as np

from experiments.grids import LOWER
from lstm_lib.core.several import compare_pairs
from lstm_lib.data.series import sunspots
from lstm_lib.forecasting.model import LSTMForecaster
from lstm_lib.forecasting.rivals import LinearAR, persistence
from lstm_lib.forecasting.scoring import rmse, rolling_origin
from lstm_lib.forecasting.sunspots import CHOSEN, lstm_rule

ENSEMBLES = range(5)
BLOCK = 11  # years, about a cycle: errors of neighbouring years are alike
WINDOWS, RATES = (6, 9, 12, 18, 24, 30), (0.005, 0.01, 0.02, 0.03, 0.05, 0.08)


def sunspots_choice():
    """Score networks on 1809 to 1848, refitted in 1809 and 1829, each setting changed by itself; five ensembles."""
    series = sunspots()
    first, end = (int(np.flatnonzero(series.times == year)[0]) for year in (1809, 1849))
    past = series.values[:end]

    def errors(transform="none", window=CHOSEN["window"], rate=CHOSEN["learning_rate"], targets="every"):
        found = []
        for ensemble in ENSEMBLES:

            def make_rule(xs, ys, seed=100 + ensemble):
                forecaster = LSTMForecaster(16, members=6, transform=transform, targets=targets, seed=seed)
                forecaster.fit(xs, ys, epochs=25, learning_rate=rate, batch_size=16)
                return forecaster.predict

            found.append(rmse(rolling_origin(past, first, make_rule, every=20, length=window), past[first:]))
        return found

    chosen = errors()
    by_window = {w: chosen if w == CHOSEN["window"] else errors(window=w) for w in WINDOWS}
    by_rate = {r: chosen if r == CHOSEN["learning_rate"] else errors(rate=r) for r in RATES}
    others = {"last": errors(targets="last"), "sqrt": errors(transform="sqrt")}
    best_window = min(by_window, key=lambda w: np.mean(by_window[w]))
    best_rate = min(by_rate, key=lambda r: np.mean(by_rate[r]))
    per_seed = {"chosen": chosen} | others
    per_seed |= {"best_window": by_window[best_window], "best_rate": by_rate[best_rate]}
    pairs = {f"choice_vs_{name}": (chosen, found) for name, found in per_seed.items() if name != "chosen"}
    pairs = {key: pair for key, pair in pairs.items() if pair[0] is not pair[1]}
    values = {f"choice_{name}": float(np.mean(found)) for name, found in per_seed.items()}
    grids = {"window": by_window, "rate": by_rate}
    return {
        "config": {"test": "1809 to 1848", "every": 20, "members": 6, "hidden_size": 16, "epochs": 25}
        | {"best window": best_window, "best rate": best_rate},
        "seeds": ENSEMBLES,
        "values": values | {"choice_best_window_is": best_window, "choice_best_rate_is": best_rate},
        "per_seed": per_seed,
        "verdicts": compare_pairs(pairs, kind="paired seeds", **LOWER),
        "grids": {  # the best of each; what is used was fixed before, and choice_vs_... compares it with them
            name: {"chosen": str(best), "scores": {str(k): float(np.mean(v)) for k, v in found.items()}}
            for (name, found), best in zip(grids.items(), (best_window, best_rate), strict=True)
        },
    }


def sunspots_rolling():
    """Forecast 1849 to 2008, refitting every 20 years; five ensembles of six."""
    series = sunspots()
    first = int(np.flatnonzero(series.times == 1849)[0])
    actual = series.values[first:]
    rules = {
        "persistence": (1, lambda xs, ys: persistence),
        "ar9": (9, lambda xs, ys: LinearAR(xs, ys).predict),
        "sqrt_ar9": (9, sqrt_ar),
    }
    forecasts = {
        name: rolling_origin(series.values, first, rule, every=20, length=length)
        for name, (length, rule) in rules.items()
    }
    losses = {name: np.square(f - actual) for name, f in forecasts.items()}
    values = {f"rolling_{name}": rmse(f, actual) for name, f in forecasts.items()}
    singles, ensembles = [], []
    for ensemble in ENSEMBLES:
        seeds = range(6 * ensemble, 6 * ensemble + 6)
        members = [
            rolling_origin(series.values, first, lstm_rule(seed), every=20, length=CHOSEN["window"]) for seed in seeds
        ]
        singles += [rmse(member, actual) for member in members]
        ensembles.append(np.mean(members, axis=0))
    mixed = [(lstm + forecasts["sqrt_ar9"]) / 2 for lstm in ensembles]
    ours, both = (np.mean([np.square(f - actual) for f in found], axis=0) for found in (ensembles, mixed))
    per_seed = {"rmse": [rmse(f, actual) for f in ensembles], "mixed_with_sqrt_ar9": [rmse(f, actual) for f in mixed]}
    values |= {
        "rolling_lstm_best": min(per_seed["rmse"]),
        "rolling_lstm_worst": max(per_seed["rmse"]),
        "rolling_lstm_mean": float(np.mean(per_seed["rmse"])),
        "rolling_single_best": min(singles),
        "rolling_single_worst": max(singles),
        "rolling_mixed": float(np.mean(per_seed["mixed_with_sqrt_ar9"])),
    }
    pairs = {f"rolling_vs_{name}": (ours, loss) for name, loss in losses.items()}
    pairs |= {f"rolling_mixed_vs_{name}": (both, losses[name]) for name in ("ar9", "sqrt_ar9")}
    pairs["rolling_mixed_vs_lstm"] = both, ours
    verdicts = compare_pairs(pairs, kind="series", **LOWER, block=BLOCK)
    values["rolling_p_vs_sqrt_ar9"] = verdicts["rolling_vs_sqrt_ar9"]["p_value"]
    per_seed["lead"] = [  # how far the sum of squared errors has fallen behind the rival's, year by year
        np.cumsum(losses["sqrt_ar9"] - np.square(f - actual)).round(1).tolist() for f in ensembles
    ]
    config = CHOSEN | {"first": 1849, "every": 20, "members": 6, "block": BLOCK, "seeds of ensemble k": "6k to 6k + 5"}
    return {
        "config": config,
        "seeds": ENSEMBLES,
        "values": values,
        "per_seed": per_seed,
        "verdicts": verdicts,
        "recipes": RECIPES,
    }


def sunspots_fixed():
    """Forecast the last 60 years with rules fitted once on 1700 to 1948."""
    series = sunspots()
    first = len(series.values) - 60
    actual = series.values[first:]
    rules = {
        "persistence": (1, lambda xs, ys: persistence),
        "cycle": (11, lambda xs, ys: lambda now: now[:, 0]),
        "ar2": (2, lambda xs, ys: LinearAR(xs, ys).predict),
        "ar9": (9, lambda xs, ys: LinearAR(xs, ys).predict),
        "sqrt_ar9": (9, sqrt_ar),
    }
    forecasts = {
        name: rolling_origin(series.values, first, rule, every=60, length=length)
        for name, (length, rule) in rules.items()
    }
    values = {f"fixed_{name}": rmse(f, actual) for name, f in forecasts.items()}
    seeds = range(10)
    members = [rolling_origin(series.values, first, lstm_rule(s), every=60, length=CHOSEN["window"]) for s in seeds]
    singles = [rmse(m, actual) for m in members]
    lstm, sqrt = np.mean(members, axis=0), forecasts["sqrt_ar9"]
    usual = ~np.isin(series.times[first:], range(1956, 1960))
    year_1958 = int(np.flatnonzero(series.times[first:] == 1958)[0])
    values |= {
        "fixed_lstm": rmse(lstm, actual),
        "fixed_lstm_without_peak": rmse(lstm[usual], actual[usual]),
        "fixed_sqrt_ar9_without_peak": rmse(sqrt[usual], actual[usual]),
        "fixed_lstm_1958": float(lstm[year_1958]),
        "fixed_sqrt_ar9_1958": float(sqrt[year_1958]),
        "fixed_observed_1958": float(actual[year_1958]),
        "fixed_single_best": min(singles),
        "fixed_single_worst": max(singles),
    }
    losses = {name: np.square(f - actual) for name, f in forecasts.items()}
    pairs = {f"fixed_vs_{name}": (np.square(lstm - actual), losses[name]) for name in ("ar9", "sqrt_ar9")}
    return {
        "config": CHOSEN | {"test": "1949 to 2008", "block": BLOCK},
        "seeds": seeds,
        "values": values,
        "per_seed": {"rmse": singles},
        "verdicts": compare_pairs(pairs, kind="series", **LOWER, block=BLOCK),
        "recipes": RECIPES,
    }


RECIPES = {
    "LSTM": {"weights": 4 * 16 * 18 + 17, "window": CHOSEN["window"], "rate": CHOSEN["learning_rate"]}
    | {"batch": CHOSEN["batch_size"], "epochs": CHOSEN["epochs"], "targets": "every step", "members": 6},
    "AR(9)": {"weights": 10, "window": 9},
    "AR(9) on the square root": {"weights": 10, "window": 9},
}


def sqrt_ar(xs, ys):
    """Fit linear autoregression on the square root and square what it forecasts."""
    rule = LinearAR(np.sqrt(xs), np.sqrt(ys))
    return lambda now: np.square(np.maximum(rule.predict(np.sqrt(now)), 0))
