"""The long runs of chapter ``05_classification``.

Every contender gets the same budget: three learning rates, tried once with a seed of their own and
judged on the validation part; then five seeds at the best of them, judged on test data that chose nothing.
"""

import importlib.metadata

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from experiments import classification_sets
from experiments.statistics import interval
from lstm_lib import classification as cl
from lstm_lib.commands.classify import run as classify, settings as st
from lstm_lib.commands.settings import as_dict
from lstm_lib.data.labelled import japanese_vowels, pad
from lstm_lib.data.negation import negation_sentences, one_hot_words
from lstm_lib.data.parts import stratified_split
from lstm_lib.data.series import stock_prices, windows
from lstm_lib.data.tasks import temporal_order
from lstm_lib.forecasting.model import LSTMForecaster
from lstm_lib.forecasting.rivals import LinearAR, persistence
from lstm_lib.forecasting.scoring import rmse, rolling_origin
from lstm_lib.training.long_lags import TemporalOrderRun

SEEDS = range(5)
TUNING_SEED = 100
RATES = (0.001, 0.003, 0.01)
TENSORFLOW = importlib.metadata.packages_distributions()["tensorflow"][0]  # tensorflow-cpu on some machines
KERAS = ("numpy", "keras", TENSORFLOW, "scikit-learn")


def temporal_order_1997():
    """Count sequences to success on experiment 6a of 1997 with the NumPy LSTM, from three starts, and a simple network.

    The cap of the starts that fail is the published count; that of the chrono runs is 14,000.
    """
    per_seed = {"sequences": [], "wrong": [], "forget_bias_1_wrong": [], "forget_bias_1_mse": []}
    per_seed |= {f"rnn_wrong at rate {rate}": [] for rate in RNN_RATES}
    for seed in SEEDS:
        run = TemporalOrderRun(100, seed=seed, start="chrono")
        solved = run.train(14_000)
        per_seed["sequences"].append(run.sequences if solved else None)
        per_seed["wrong"].append(run.test()[0])
        plain = TemporalOrderRun(100, seed=seed, start="forget bias 1")
        assert not plain.train(31_390), "the chapter says that forget bias 1 fails"
        wrong, error = plain.test()
        per_seed["forget_bias_1_wrong"].append(wrong)
        per_seed["forget_bias_1_mse"].append(error)
        for rate in RNN_RATES:
            simple = TemporalOrderRun(100, seed=seed, cell="rnn", learning_rate=rate)
            assert not simple.train(31_390), "the chapter says that the simple network fails"
            per_seed[f"rnn_wrong at rate {rate}"].append(simple.test()[0])
    solved = [n for n in per_seed["sequences"] if n]
    values = {
        "order_solved": len(solved),
        "order_fewest": min(solved),
        "order_most": max(solved),
        "order_wrong": max(per_seed["wrong"]),
        "order_fb1_mse": float(np.mean(per_seed["forget_bias_1_mse"])),
        "order_fb1_wrong": min(per_seed["forget_bias_1_wrong"]),
        "order_rnn_wrong": min(min(per_seed[f"rnn_wrong at rate {rate}"]) for rate in RNN_RATES),
    }
    config = {"T": 100, "library": "NumPy", "hidden": 16, "batch": 16, "rate": 0.02, "halved every": 6000}
    config |= {"streak": 2000, "cap": {"chrono": 14_000, "others": 31_390}, "rates of the simple network": RNN_RATES}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed}


RNN_RATES = [0.02, 0.005, 0.001]
LENGTHS = (10, 20, 50, 100)
CONTENDERS = {
    "SimpleRNN": {"cell": "rnn"},
    "GRU": {"cell": "gru", "start": "keras"},
    "GRU, chrono": {"cell": "gru", "start": "chrono"},
    "LSTM": {"cell": "lstm", "start": "keras"},
    "LSTM, chrono": {"cell": "lstm", "start": "chrono"},
}


def least_validation_loss(history):
    """The validation loss of the epoch that a classifier keeps."""
    return min(row["validation_loss"] for row in history)


def _order_accuracy(T, options, seed, rate, **training):
    """Train 32 units on the order of two symbols; return the least validation loss and the test accuracy."""
    rng = np.random.default_rng([seed, T])
    train, validation, test = (temporal_order(rng, n, T, classes=2) for n in (2000, 500, 1000))
    network = cl.SequenceClassifier(hidden_size=32, seed=seed, **options)
    history = network.fit(*train, validation=validation, learning_rate=rate, epochs=6, patience=6, **training)
    return least_validation_loss(history), cl.score(network.predict_probabilities(test[0], test[2]), test[1])[
        "accuracy"
    ]


def _tuned_order_accuracies(T, options, **training):
    """Choose the rate with a seed of its own; return it, and the test accuracies of five seeds at it."""
    rate = min(RATES, key=lambda rate: _order_accuracy(T, options, TUNING_SEED, rate, **training)[0])
    return rate, [_order_accuracy(T, options, seed, rate, **training)[1] for seed in SEEDS]


ORDER = {"units": 32, "train": 2000, "validation": 500, "test": 1000, "epochs": 6, "batch": 32, "classes": 2}
ORDER |= {"rates": list(RATES)}


def order_by_length():
    """Measure the accuracy on the order of two symbols against the length, for five kinds of network of 32 units."""
    per_seed, values, chosen = {}, {}, {}
    for name, options in CONTENDERS.items():
        key = name.lower().replace(", ", "_")
        for T in LENGTHS:
            rate, found = _tuned_order_accuracies(T, options)
            per_seed[f"{name}, T = {T}"], chosen[f"{name}, T = {T}"] = found, rate
            values[f"length_{key}_{T}"] = float(np.mean(found))
            print(name, T, rate, found, flush=True)
    config = ORDER | {"chosen": chosen, "lengths": list(LENGTHS)}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


def order_raw():
    """Repeat the two LSTMs of length 100 on letters that are not normalised."""
    per_seed, values, chosen = {}, {}, {}
    for name in ("LSTM", "LSTM, chrono"):
        chosen[name], per_seed[name] = _tuned_order_accuracies(100, CONTENDERS[name], normalise=False)
        key = name.lower().replace(", ", "_")
        values |= {f"raw_{key}_worst": min(per_seed[name]), f"raw_{key}_best": max(per_seed[name])}
    config = ORDER | {"chosen": chosen, "T": 100}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


def classify_default():
    """Run ``lstm-lib classify`` with five values of RANDOM_SEED."""
    per_seed = {"lstm": [], "order_free": [], "order_free_low": [], "order_free_high": [], "epochs": []}
    for seed in SEEDS:
        settings = st.ClassifySettings(seed=seed)
        data = classify.load(settings, ("id", "step", "label"))
        result, _, _ = classify.run(data, classify.split(data, settings), settings)
        logistic = result["baselines"]["order_free_logistic"]
        per_seed["lstm"].append(result["test"]["accuracy"])
        per_seed["order_free"].append(logistic["accuracy"])
        per_seed["order_free_low"].append(logistic["accuracy_95"][0])
        per_seed["order_free_high"].append(logistic["accuracy_95"][1])
        per_seed["epochs"].append(result["epochs"])
    covered = [a < 0.5 < b for a, b in zip(per_seed["order_free_low"], per_seed["order_free_high"], strict=True)]
    values = {
        "default_lstm_worst": min(per_seed["lstm"]),
        "default_order_free": float(np.mean(per_seed["order_free"])),
        "default_covered": sum(covered),
    }
    config = as_dict(st.ClassifySettings())
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


VOWEL_NETWORKS = {"lstm": "LSTM(64)", "gru": "GRU(64)", "rnn": "SimpleRNN(64)"}


def vowels():
    """Classify nine speakers: three cells beside logistic regression, with and without the order of the steps.

    The 370 test utterances are those of the authors; the seed decides which fifth of their 270
    training utterances chooses rate and epoch, and the network's first weights.
    """
    xs, ys, lengths = japanese_vowels("train")
    test_xs, test_ys, test_lengths = japanese_vowels("test")

    def parts(seed):
        return stratified_split(ys, (0.2,), np.random.default_rng(seed))

    def network(cell, seed, rate, xs, test_xs):
        train, choose = parts(seed)
        model = cl.SequenceClassifier(cell=cell, hidden_size=64, seed=seed)
        validation = (xs[choose], ys[choose], lengths[choose])
        options = {"learning_rate": rate, "epochs": 60, "patience": 10, "batch_size": 16}
        history = model.fit(xs[train], ys[train], lengths[train], validation=validation, **options)
        return least_validation_loss(history), cl.score(model.predict_probabilities(test_xs, test_lengths), test_ys)[
            "accuracy"
        ]

    def logistic(describe, seed):
        train, choose = parts(seed)
        features = describe(xs, lengths)
        p = cl.logistic_baseline(
            features[train], ys[train], (features[choose], ys[choose]), describe(test_xs, test_lengths)
        )
        return cl.score(p, test_ys)["accuracy"]

    rng = np.random.default_rng(0)
    shuffled, test_shuffled = cl.shuffle_time(rng, xs, lengths), cl.shuffle_time(rng, test_xs, test_lengths)
    per_seed, chosen = {}, {}
    for cell in VOWEL_NETWORKS:
        rate = min(RATES, key=lambda rate: network(cell, TUNING_SEED, rate, xs, test_xs)[0])
        chosen[cell] = rate
        per_seed[cell] = [network(cell, seed, rate, xs, test_xs)[1] for seed in SEEDS]
    per_seed["lstm_shuffled"] = [network("lstm", seed, chosen["lstm"], shuffled, test_shuffled)[1] for seed in SEEDS]
    per_seed["logistic_order_free"] = [logistic(cl.order_free_features, seed) for seed in SEEDS]
    per_seed["logistic_ends"] = [logistic(moments_and_ends, seed) for seed in SEEDS]
    values = {}
    for name, found in per_seed.items():
        values[f"vowels_{name}"], values[f"vowels_{name}_half"] = interval(found)
    values["vowels_majority"] = float(np.bincount(test_ys)[np.bincount(ys).argmax()] / len(test_ys))
    config = {"units": 64, "epochs": 60, "patience": 10, "batch": 16, "rates": list(RATES), "chosen": chosen}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


def moments_and_ends(xs, lengths):
    """Mean and standard deviation of each feature, and its values at the first and the last step."""
    D = xs.shape[2]
    ends = [xs[:, 0], xs[np.arange(len(xs)), lengths - 1]]
    return np.hstack([cl.order_free_features(xs, lengths)[:, : 2 * D], *ends])


def negation():
    """Judge generated sentences: an LSTM, with and without the order of the words, beside n-gram models."""
    per_seed = {"lstm": [], "lstm_shuffled": [], "majority": []} | {f"ngrams_{n}": [] for n in range(1, 6)}

    def draw(seed):
        sentences, ys = negation_sentences(np.random.default_rng(seed), 3500)
        return sentences, ys, *pad(one_hot_words(sentences))

    def network(seed, rate, *, shuffled=False):
        _, ys, xs, lengths = draw(seed)
        if shuffled:
            xs = cl.shuffle_time(np.random.default_rng(seed), xs, lengths)
        train, choose, test = ((xs[s], ys[s], lengths[s]) for s in NEGATION_PARTS)
        model = cl.SequenceClassifier(hidden_size=32, seed=seed)
        history = model.fit(*train, validation=choose, learning_rate=rate, epochs=20, patience=5)
        return least_validation_loss(history), cl.score(model.predict_probabilities(test[0], test[2]), test[1])[
            "accuracy"
        ]

    rate = min(RATES, key=lambda rate: network(TUNING_SEED, rate)[0])
    shuffled_rate = min(RATES, key=lambda rate: network(TUNING_SEED, rate, shuffled=True)[0])
    for seed in SEEDS:
        per_seed["lstm"].append(network(seed, rate)[1])
        per_seed["lstm_shuffled"].append(network(seed, shuffled_rate, shuffled=True)[1])
        sentences, ys, _, _ = draw(seed)
        per_seed["majority"].append(float(np.mean(ys[NEGATION_PARTS[2]] == (ys[NEGATION_PARTS[0]].mean() > 0.5))))
        for n in range(1, 6):
            per_seed[f"ngrams_{n}"].append(ngram_accuracy(sentences, ys, n))
    values = {}
    for name, found in per_seed.items():
        values[f"negation_{name}"], values[f"negation_{name}_half"] = interval(found)
    values["negation_lstm_worst"] = min(per_seed["lstm"])
    config = {"units": 32, "epochs": 20, "patience": 5, "batch": 32, "train": 2000, "validation": 500, "test": 1000}
    config |= {"rates": list(RATES), "chosen": {"lstm": rate, "lstm_shuffled": shuffled_rate}, "C": [0.1, 1, 10]}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


NEGATION_PARTS = (slice(2000), slice(2000, 2500), slice(2500, 3500))


def ngram_accuracy(sentences, ys, n):
    """Logistic regression on counts of up to n words in a row, its regularisation chosen on the validation part."""
    train, choose, test = NEGATION_PARTS
    counter = CountVectorizer(ngram_range=(1, n))
    features = counter.fit_transform(sentences[train])
    models = [LogisticRegression(C=c, max_iter=5000).fit(features, ys[train]) for c in (0.1, 1, 10)]
    best = max(models, key=lambda m: m.score(counter.transform(sentences[choose]), ys[choose]))
    return float(best.score(counter.transform(sentences[test]), ys[test]))


STOCK_TEST = 48  # months, the last ones


def stocks():
    """Forecast Apple's price of the next month, and whether it will be higher, over the last 48 months."""
    series = stock_prices("AAPL")
    first = len(series.values) - STOCK_TEST
    actual = series.values[first:]

    moves = np.diff(np.log(series.values))

    def rolled(rule, length):
        return rmse(rolling_origin(series.values, first, rule, every=12, length=length), actual)

    def rolled_moves(rule):
        forecasts = rolling_origin(moves, first - 1, rule, every=12, length=12)
        return rmse(series.values[first - 1 : -1] * np.exp(forecasts), actual)

    def network(seed, **options):
        def make(xs, ys):
            forecaster = LSTMForecaster(8, seed=seed, **options)
            forecaster.fit(xs, ys, epochs=30, batch_size=16, learning_rate=0.01)
            return forecaster.predict

        return make

    per_seed = {
        "rmse on prices": [rolled(network(seed), 12) for seed in SEEDS],
        "rmse on returns": [rolled_moves(network(seed, relative_to="nothing")) for seed in SEEDS],
        "direction": [],
    }
    xs, ys = windows(moves, 12)
    up = (ys[:, 0] > 0).astype(int)
    train, choose, test = slice(0, -STOCK_TEST - 12), slice(-STOCK_TEST - 12, -STOCK_TEST), slice(-STOCK_TEST, None)
    for seed in SEEDS:
        model = cl.SequenceClassifier(hidden_size=8, seed=seed)
        model.fit(xs[train], up[train], validation=(xs[choose], up[choose], None), epochs=30, learning_rate=0.01)
        per_seed["direction"].append(cl.score(model.predict_probabilities(xs[test]), up[test])["accuracy"])
    values = {
        "stocks_persistence": rolled(lambda xs, ys: persistence, 1),
        "stocks_ar3": rolled(lambda xs, ys: LinearAR(xs, ys).predict, 3),
        "stocks_mean_move": rolled_moves(lambda xs, ys: lambda now: np.full((len(now), 1), ys.mean())),
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
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS}


EXPERIMENTS = {
    "temporal_order": temporal_order_1997,
    "order_by_length": order_by_length,
    "order_raw": order_raw,
    "classify_default": classify_default,
    "vowels": vowels,
    "negation": negation,
    "stocks": stocks,
    **classification_sets.EXPERIMENTS,
}
