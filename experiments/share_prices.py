"""The price of a share and what forecasts it: a long run of chapter ``05_classification``."""

import numpy as np

from experiments.classification_sets import KERAS, SEEDS
from lstm_lib import classification as cl
from lstm_lib.core import compare_all
from lstm_lib.data.series import stock_prices, windows
from lstm_lib.forecasting.model import LSTMForecaster
from lstm_lib.forecasting.rivals import LinearAR, persistence
from lstm_lib.forecasting.scoring import rmse, rolling_origin

STOCK_TEST = 48  # months, the last ones


def stocks():
    """Forecast Apple's price of the next month, and whether it will be higher, over the last 48 months."""
    series = stock_prices("AAPL")
    first = len(series.values) - STOCK_TEST
    actual = series.values[first:]

    moves = np.diff(np.log(series.values))

    def rolled(rule, length):
        return rolling_origin(series.values, first, rule, every=12, length=length)

    def rolled_moves(rule):
        forecasts = rolling_origin(moves, first - 1, rule, every=12, length=12)
        return series.values[first - 1 : -1] * np.exp(forecasts)

    def network(seed, **options):
        def make(xs, ys):
            forecaster = LSTMForecaster(8, seed=seed, **options)
            forecaster.fit(xs, ys, epochs=30, batch_size=16, learning_rate=0.01)
            return forecaster.predict

        return make

    forecasts = {
        "persistence": rolled(lambda xs, ys: persistence, 1),
        "ar3": rolled(lambda xs, ys: LinearAR(xs, ys).predict, 3),
        "mean_move": rolled_moves(lambda xs, ys: lambda now: np.full((len(now), 1), ys.mean())),
    }
    prices = np.array([rolled(network(seed), 12) for seed in SEEDS])
    returns = np.array([rolled_moves(network(seed, relative_to="nothing")) for seed in SEEDS])
    greatest = np.array([series.values[: first + 12 * (k // 12)].max() for k in range(STOCK_TEST)])  # learned from
    above = actual > greatest
    per_seed = {
        "rmse on prices": [rmse(f, actual) for f in prices],
        "rmse on returns": [rmse(f, actual) for f in returns],
        "rmse on prices, months inside": [rmse(f[~above], actual[~above]) for f in prices],
        "rmse on prices, months above": [rmse(f[above], actual[above]) for f in prices],
        "forecasts above all that was learned from": [int(np.sum(f > greatest)) for f in prices],
        "direction": [],
    }
    errors = {name: (found - actual) ** 2 for name, found in forecasts.items()}
    errors |= {"lstm_prices": ((prices - actual) ** 2).mean(axis=0)}  # of a month, the mean over the seeds
    errors |= {"lstm_returns": ((returns - actual) ** 2).mean(axis=0)}
    judged = compare_all(errors.pop("persistence"), errors, kind="series", lower_is_better=True)
    verdicts = {f"stocks_persistence_{name}": verdict for name, verdict in judged.items()}
    inside = compare_all(
        ((forecasts["persistence"] - actual) ** 2)[~above],
        {"lstm_prices": errors["lstm_prices"][~above]},
        kind="series",
        lower_is_better=True,
    )
    verdicts |= {f"stocks_inside_persistence_{name}": verdict for name, verdict in inside.items()}
    xs, ys = windows(moves, 12)
    up = (ys[:, 0] > 0).astype(int)
    train, choose, test = slice(0, -STOCK_TEST - 12), slice(-STOCK_TEST - 12, -STOCK_TEST), slice(-STOCK_TEST, None)
    for seed in SEEDS:
        model = cl.SequenceClassifier(hidden_size=8, seed=seed)
        model.fit(xs[train], up[train], validation=(xs[choose], up[choose], None), epochs=30, learning_rate=0.01)
        per_seed["direction"].append(cl.score(model.predict_probabilities(xs[test]), up[test])["accuracy"])
    values = {
        **{f"stocks_{name}": rmse(found, actual) for name, found in forecasts.items()},
        "stocks_above": int(above.sum()),
        "stocks_persistence_inside": rmse(forecasts["persistence"][~above], actual[~above]),
        "stocks_persistence_above": rmse(forecasts["persistence"][above], actual[above]),
        "stocks_lstm_prices_inside": float(np.mean(per_seed["rmse on prices, months inside"])),
        "stocks_lstm_prices_above": float(np.mean(per_seed["rmse on prices, months above"])),
        "stocks_lstm_forecasts_above": max(per_seed["forecasts above all that was learned from"]),
        "stocks_lstm_prices_best": min(per_seed["rmse on prices"]),
        "stocks_lstm_prices_worst": max(per_seed["rmse on prices"]),
        "stocks_lstm_returns_best": min(per_seed["rmse on returns"]),
        "stocks_lstm_returns_worst": max(per_seed["rmse on returns"]),
        "stocks_up": float(up[test].mean()),
        "stocks_direction": float(np.mean(per_seed["direction"])),
        "stocks_direction_best": max(per_seed["direction"]),
        "stocks_direction_worst": min(per_seed["direction"]),
    }
    config = {"share": "AAPL", "window": 12, "units": 8, "test months": STOCK_TEST, "refitted every": 12}
    config |= {"price": "NumPy LSTM, 30 epochs, rate 0.01", "direction": "Keras LSTM on log returns"}
    made = {"units": 8, "weights": 4 * 8 * (1 + 8 + 1) + 9, "rate": 0.01, "batch": 16, "epochs": 30, "rates tried": 1}
    recipes = {"LSTM on prices": made | {"input": "12 prices"}, "LSTM on returns": made | {"input": "12 log returns"}}
    recipes["AR(3)"] = {"weights": 4, "input": "3 prices"}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS,
            "verdicts": verdicts, "recipes": recipes}  # fmt: skip
