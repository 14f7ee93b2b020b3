"""The long runs of chapter ``05_classification``; those on real sets are in ``classification_sets``.

Every contender gets the same budget: the same learning rates, tried once with a seed of their own and
judged on the validation part; then five seeds at the best of them, judged on test data that chose nothing.
"""

import re

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from experiments import classification_sets, share_prices
from experiments.classification_sets import KERAS, SEEDS, TUNING_SEED, least_validation_loss
from experiments.grids import best_inside
from experiments.statistics import interval
from lstm_lib import classification as cl
from lstm_lib.commands.classify import run as classify, settings as st
from lstm_lib.commands.settings import as_dict
from lstm_lib.core import compare_all, compare_pairs
from lstm_lib.data.labelled import pad
from lstm_lib.data.negation import negation_sentences, one_hot_words
from lstm_lib.data.tasks import temporal_order
from lstm_lib.training.long_lags import TemporalOrderRun


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
LENGTHS = (10, 20, 50, 100)  # of the simple network; the others meet it at the last
ORDER_RATES = (0.01 / 9, 0.01 / 3, 0.01, 0.03, 0.09)  # the first for the simple network alone; widened if need be
ONE_RATE = 0.01
CONTENDERS = {
    "SimpleRNN": {"cell": "rnn"},
    "GRU": {"cell": "gru", "start": "keras"},
    "GRU, chrono": {"cell": "gru", "start": "chrono"},
    "LSTM": {"cell": "lstm", "start": "keras"},
    "LSTM, chrono": {"cell": "lstm", "start": "chrono"},
}
POINTS = {f"{name}, T = {T}": (name, T) for name in CONTENDERS for T in (LENGTHS if name == "SimpleRNN" else (100,))}
ORDER = {"units": 32, "train": 2000, "validation": 500, "test": 1000, "epochs": 6, "batch": 32, "classes": 2}


def _order_run(name, T, seed, rate):
    """Train 32 units on the order of two symbols; return the least validation loss and the test accuracy."""
    rng = np.random.default_rng([seed, T])
    train, validation, test = (temporal_order(rng, n, T, classes=2) for n in (2000, 500, 1000))
    network = cl.SequenceClassifier(hidden_size=32, seed=seed, **CONTENDERS[name])
    history = network.fit(*train, validation=validation, learning_rate=rate, epochs=6, patience=6)
    p = network.predict_probabilities(test[0], test[2])
    return least_validation_loss(history), cl.score(p, test[1])["accuracy"]


def order_by_length():
    """Measure how far a simple network of 32 units keeps the order of two symbols, and who does at 100 steps.

    Each point has the rate that was best with a seed of its own. The GRU runs at one rate more, which is too small.
    """
    per_seed, values, grids = {}, {}, {}
    for where, (name, T) in POINTS.items():
        rates = ORDER_RATES if name == "SimpleRNN" else ORDER_RATES[1:]
        rate, grid = best_inside(lambda rate, at=(name, T): _order_run(*at, TUNING_SEED, rate)[0], rates)
        grids[key_of(where, "rate")] = grid
        per_seed[where] = [_order_run(name, T, seed, rate)[1] for seed in SEEDS]
        print(where, grid, per_seed[where], flush=True)
    one = f"GRU, T = 100, rate {ONE_RATE}"
    per_seed[one] = [_order_run("GRU", 100, seed, ONE_RATE)[1] for seed in SEEDS]
    for where, found in per_seed.items():
        values |= {key_of(where): float(np.mean(found)), key_of(where, "solved"): sum(a > 0.99 for a in found)}
    judged = {"verdicts": length_verdicts(per_seed), "recipes": length_recipes(grids), "grids": grids}
    return {"config": ORDER, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS} | judged


def key_of(where, *ending):
    """Return the stored key of a point, such as ``length_gru_chrono_100_rate``."""
    words = re.findall(r"[a-zA-Z]+|[0-9.]+", where.replace("T = ", "").replace(".", ""))
    return "_".join(["length", *words, *ending]).lower()


def length_verdicts(per_seed):
    """Compare at 100 steps the simple network with every other, the starts of each cell, and the GRU's two rates.

    The seed draws the sequences of all contenders, so that their accuracies belong together.
    """
    found = {name: per_seed[f"{name}, T = 100"] for name in CONTENDERS}
    pairs = {key_of(f"SimpleRNN {name}"): (found["SimpleRNN"], found[name]) for name in [*CONTENDERS][1:]}
    pairs |= {f"length_{cell.lower()}_starts": (found[f"{cell}, chrono"], found[cell]) for cell in ("GRU", "LSTM")}
    pairs["length_gru_rates"] = (found["GRU"], per_seed[f"GRU, T = 100, rate {ONE_RATE}"])
    return compare_pairs(pairs, kind="paired seeds", lower_is_better=False)


def length_recipes(grids):
    """How each point of ``order_by_length`` was made, from the grids of their rates."""
    weights = {"rnn": 1, "gru": 3, "lstm": 4}
    recipes = {}
    for where, (name, _) in POINTS.items():
        cell, grid = CONTENDERS[name]["cell"], grids[key_of(where, "rate")]
        recipes[where] = {"weights": weights[cell] * 32 * (8 + 32 + 1 + (cell == "gru")) + 33}  # a GRU has two biases
        recipes[where] |= {name: ORDER[name] for name in ("units", "batch", "epochs")}
        recipes[where] |= {"rates tried": len(grid["scores"]), "rate": float(grid["chosen"])}
    return recipes


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


def negation():
    """Judge generated sentences: an LSTM, with and without the order of the words, beside n-gram models."""
    per_seed = {"lstm": [], "lstm_shuffled": [], "majority": []} | {f"ngrams_{n}": [] for n in range(1, 6)}
    strengths = {f"n up to {n}": [] for n in range(1, 6)}

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

    rate, tried = best_inside(lambda rate: network(TUNING_SEED, rate)[0], NEGATION_RATES)
    mixed, tried_mixed = best_inside(lambda rate: network(TUNING_SEED, rate, shuffled=True)[0], NEGATION_RATES)
    grids = {"negation_rate": tried, "negation_shuffled_rate": tried_mixed}
    for seed in SEEDS:
        per_seed["lstm"].append(network(seed, rate)[1])
        per_seed["lstm_shuffled"].append(network(seed, mixed, shuffled=True)[1])
        sentences, ys, _, _ = draw(seed)
        per_seed["majority"].append(float(np.mean(ys[NEGATION_PARTS[2]] == (ys[NEGATION_PARTS[0]].mean() > 0.5))))
        for n in range(1, 6):
            accuracy, C = ngram_accuracy(sentences, ys, n)
            per_seed[f"ngrams_{n}"].append(accuracy)
            strengths[f"n up to {n}"].append(C)
    values = {}
    for name, found in per_seed.items():
        values[f"negation_{name}"], values[f"negation_{name}_half"] = interval(found)
    values["negation_lstm_worst"] = min(per_seed["lstm"])
    values |= {"negation_bound": cl.negation_bound(3500), "negation_bound_repeated": cl.negation_bound()}
    config = {"units": 32, "epochs": 20, "patience": 5, "batch": 32, "train": 2000, "validation": 500, "test": 1000}
    config |= {"rates": list(NEGATION_RATES), "chosen": {"lstm": rate, "lstm_shuffled": mixed}}
    config |= {"C": list(STRENGTHS), "chosen C, by draw": strengths}
    judged = {"verdicts": negation_verdicts(per_seed), "recipes": negation_recipes(config, grids), "grids": grids}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS} | judged


def negation_recipes(config, grids):
    """How the contenders of ``negation`` were made, from its configuration and the rates that were tried."""
    made = {"weights": 4 * 32 * (36 + 32 + 1) + 33}
    made |= {name: config[name] for name in ("units", "epochs", "patience", "batch")}
    chosen = config["chosen"]
    return {
        "LSTM(32)": made | {"rate": chosen["lstm"], "settings tried": len(grids["negation_rate"]["scores"])},
        "LSTM(32), words shuffled": made
        | {"rate": chosen["lstm_shuffled"], "settings tried": len(grids["negation_shuffled_rate"]["scores"])},
        "n-grams": {"weights": "one for each n-gram seen", "settings tried": len(config["C"])},
    }


def negation_verdicts(per_seed):
    """Compare the LSTM, and the LSTM on shuffled words, with every rival on the same five draws."""
    rivals = {name: found for name, found in per_seed.items() if not name.startswith("lstm")}
    found = {}
    for ours, theirs in (("lstm", rivals | {"lstm_shuffled": per_seed["lstm_shuffled"]}), ("lstm_shuffled", rivals)):
        judged = compare_all(per_seed[ours], theirs, kind="paired seeds", lower_is_better=False)
        found |= {f"negation_{ours}_{name}": verdict for name, verdict in judged.items()}
    return found


NEGATION_RATES = (0.003, 0.01, 0.03)  # widened if need be
NEGATION_PARTS = (slice(2000), slice(2000, 2500), slice(2500, 3500))
STRENGTHS = (0.1, 1, 10, 100, 1000, 10_000)  # C of the logistic regressions; the last is next to none


def ngram_accuracy(sentences, ys, n):
    """Count up to n words in a row; return the test accuracy of a logistic regression on them, and the chosen C."""
    train, choose, test = NEGATION_PARTS
    counter = CountVectorizer(ngram_range=(1, n))
    features = counter.fit_transform(sentences[train])
    models = [LogisticRegression(C=c, max_iter=5000).fit(features, ys[train]) for c in STRENGTHS]
    best = max(models, key=lambda m: m.score(counter.transform(sentences[choose]), ys[choose]))
    return float(best.score(counter.transform(sentences[test]), ys[test])), best.C


EXPERIMENTS = {
    "temporal_order": temporal_order_1997,
    "order_by_length": order_by_length,
    "classify_default": classify_default,
    "negation": negation,
    "stocks": share_prices.stocks,
    **classification_sets.EXPERIMENTS,
}
