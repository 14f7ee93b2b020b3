"""Real sets of chapter ``05_classification``, on which a network meets strong rivals."""

import functools
import importlib.metadata

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from experiments.grids import best_inside
from experiments.sequence_rivals import neighbours, rocket, warped_distances
from experiments.statistics import interval
from lstm_lib import classification as cl
from lstm_lib.classification.words import LETTERS, family_split, one_hot_letters, stressed_words
from lstm_lib.core import compare, compare_all
from lstm_lib.data.labelled import japanese_vowels
from lstm_lib.data.parts import stratified_split

SEEDS = range(5)
TUNING_SEED = 100
RATES = (0.003, 0.01, 0.03)
TENSORFLOW = importlib.metadata.packages_distributions()["tensorflow"][0]  # tensorflow-cpu on some machines
KERAS = ("numpy", "keras", TENSORFLOW, "scikit-learn")


def least_validation_loss(history):
    """The validation loss of the epoch that a classifier keeps."""
    return min(row["validation_loss"] for row in history)


def verdicts(prefix, right, *, seeds):
    """Judge the first contender of ``right``, name to bool (seeds, items), beside each other one, in two families.

    By the items, each with the share of the seeds that are right on it: does it hold on other items? And by the
    accuracies of the seeds, which belong together (``"paired seeds"``) if the seed chose the data of all contenders
    too: does it hold for other trainings? Each family is adjusted by Holm.
    """
    ours, *rivals = right
    found = {}
    for ending, axis, kind in (("items", 0, "items"), ("seeds", 1, seeds)):
        theirs = {name: right[name].mean(axis=axis) for name in rivals}
        judged = compare_all(right[ours].mean(axis=axis), theirs, kind=kind, lower_is_better=False)
        found |= {f"{prefix}_{ours}_{name}_{ending}": verdict for name, verdict in judged.items()}
    return found


def ahead_by_mcnemar(right):
    """Count for each rival of the first contender how many of its networks are ahead by McNemar's test on the items."""
    ours, *rivals = right
    options = {"kind": "items", "lower_is_better": False}
    return {
        f"{ours}_ahead_of_{name}": sum(
            compare(mine.astype(float), theirs.astype(float), **options).word == "ahead"
            for mine, theirs in zip(right[ours], right[name], strict=True)
        )
        for name in rivals
    }


def summary(prefix, right):
    """Mean accuracies with the half of their intervals, and the accuracies of each seed."""
    values, per_seed = {}, {}
    for name, answers in right.items():
        per_seed[name] = [float(a) for a in answers.mean(axis=1)]
        values[f"{prefix}_{name}"], values[f"{prefix}_{name}_half"] = interval(per_seed[name])
    return values, per_seed


STRESS = {"train": 12_000, "validation": 1500, "test": 4000}


def stress():
    """Which syllable of an English word bears the stress, from its letters: an LSTM beside four kinds of rivals.

    One split of the words into parts, by how they begin; the seed draws weights and kernels.
    """
    found = stressed_words()
    parts = [found.take(rows) for rows in family_split(found.words, tuple(STRESS.values()))]
    texts = [part.words for part in parts]
    train, choose, test = ((xs, part.classes(), ends) for part in parts for xs, ends in [one_hot_letters(part.words)])
    right, grids, tried = {}, {}, {}

    def network(seed, rate):
        model = cl.SequenceClassifier(hidden_size=64, seed=seed)
        options = {"learning_rate": rate, "epochs": 12, "patience": 2, "batch_size": 128}
        history = model.fit(*train, validation=choose, **options)
        return least_validation_loss(history), model.predict_probabilities(test[0], test[2]).argmax(axis=1)

    rate, grids["stress_lstm_rate"] = best_inside(lambda rate: network(TUNING_SEED, rate)[0], RATES)
    right["lstm"] = np.array([network(seed, rate)[1] == test[1] for seed in SEEDS])
    print("lstm", right["lstm"].mean(axis=1), grids, flush=True)

    def ngrams(longest, strength):
        counter = CountVectorizer(analyzer="char_wb", ngram_range=(1, longest))  # a space marks both ends
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(counter.fit_transform(texts[0]), train[1])
        return [model.predict_proba(counter.transform(text)) for text in texts[1:]]

    losses = {}
    for n in range(3, 9):  # until a longer one is no gain
        losses[n] = log_loss(choose[1], ngrams(n, 0.3)[0])
        if losses[n] > min(losses.values()):
            break
    longest = min(losses, key=losses.get)
    strength, grids["stress_ngrams_C"] = best_inside(
        lambda C: log_loss(choose[1], ngrams(longest, C)[0]), (0.1, 0.3, 1.0)
    )
    once = {"ngrams": ngrams(longest, strength)[1].argmax(axis=1)}
    tried["n up to"] = {str(n): loss for n, loss in losses.items()}
    print("ngrams", longest, np.mean(once["ngrams"] == test[1]), flush=True)

    symbols = [[np.array([LETTERS.index(a) for a in word], np.uint8) for word in text] for text in texts]
    held = {edit: warped_distances(symbols[1], symbols[0], edit=edit) for edit in (False, True)}
    scores = {(edit, k): np.mean(neighbours(held[edit], train[1], k) == choose[1]) for edit in held for k in (1, 3)}
    _, nearest = max((score, k) for (edit, k), score in scores.items() if not edit)
    _, nearest_edit = max((score, k) for (edit, k), score in scores.items() if edit)
    tried["neighbours"] = {f"{'edit' if e else 'warped'} {k}": float(score) for (e, k), score in scores.items()}
    once["dtw"] = neighbours(warped_distances(symbols[2], symbols[0]), train[1], nearest)
    once["edit"] = neighbours(warped_distances(symbols[2], symbols[0], edit=True), train[1], nearest_edit)
    print(tried["neighbours"], np.mean(once["dtw"] == test[1]), np.mean(once["edit"] == test[1]), flush=True)

    features = [cl.order_free_features(part[0], part[2]) for part in (train, choose, test)]
    p = cl.logistic_baseline(features[0], train[1], (features[1], choose[1]), features[2])
    once["order_free"] = p.argmax(axis=1)

    held = {sizes: rocket(train, choose, test, sizes=sizes, seed=TUNING_SEED, count=300)[1] for sizes in KERNELS}
    sizes = max(held, key=held.get)
    tried["kernel sizes"] = {str(sizes): score for sizes, score in held.items()}
    runs = [rocket(train, choose, test, sizes=sizes, seed=seed) for seed in SEEDS]
    grids["stress_rocket_ridge"] = runs[0][2]
    right["rocket"] = np.array([answers == test[1] for answers, _, _ in runs])
    right |= {name: np.tile(answers == test[1], (len(SEEDS), 1)) for name, answers in once.items()}
    values, per_seed = summary("stress", right)
    values |= {f"stress_{name}": count for name, count in ahead_by_mcnemar(right).items()}
    values["stress_majority"] = float(np.mean(test[1] == np.bincount(train[1]).argmax()))
    recipes = {
        "LSTM": {"units": 64, "weights": 4 * 64 * (26 + 64 + 1) + 65 * 3, "rate": rate, "batch": 128, "epochs": 12,
                 "patience": 2, "settings tried": len(grids["stress_lstm_rate"]["scores"])},
        "n-grams": {"n up to": longest, "C": strength,
                    "settings tried": len(losses) - 1 + len(grids["stress_ngrams_C"]["scores"])},
        "random convolutions": {"kernels": 1000, "kernel sizes": str(sizes),
                                "ridge": float(grids["stress_rocket_ridge"]["chosen"]),
                                "settings tried": len(KERNELS) + len(grids["stress_rocket_ridge"]["scores"])},
        "neighbours, DTW": {"neighbours": nearest, "settings tried": 2},
        "neighbours, edits": {"neighbours": nearest_edit, "settings tried": 2},
        "order-free": {"settings tried": 4},
    }  # fmt: skip
    found = verdicts("stress", right, seeds="seeds")
    config = STRESS | {"vowels": "at least 3", "letters": "at most 14", "tried": tried}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS,
            "verdicts": found, "recipes": recipes, "grids": grids}  # fmt: skip


KERNELS = ((3,), (5,), (7,), (7, 9, 11))

VOWEL_NETWORKS = {"lstm": "LSTM(64)", "gru": "GRU(64)", "rnn": "SimpleRNN(64)"}
VOWELS = {"units": 64, "epochs": 60, "patience": 10, "batch": 16}


def vowels():
    """Classify nine speakers: three cells, with and without the order of the steps, beside four kinds of rivals.

    The 370 test utterances are those of the authors; the seed decides which fifth of their 270
    training utterances chooses rate and epoch, and the network's first weights.
    """
    xs, ys, lengths = japanese_vowels("train")
    test = japanese_vowels("test")
    rng = np.random.default_rng(0)
    whole = (xs, test[0])
    shuffled = cl.shuffle_time(rng, xs, lengths), cl.shuffle_time(rng, test[0], test[2])

    def parts(seed, xs=xs):
        rows = stratified_split(ys, (0.2,), np.random.default_rng(seed))
        return [(xs[r], ys[r], lengths[r]) for r in rows]

    def network(cell, seed, rate, read):
        train, choose = parts(seed, read[0])
        model = cl.SequenceClassifier(cell=cell, hidden_size=64, seed=seed)
        options = {"learning_rate": rate, "epochs": 60, "patience": 10, "batch_size": 16}
        history = model.fit(*train, validation=choose, **options)
        return least_validation_loss(history), model.predict_probabilities(read[1], test[2]).argmax(axis=1)

    def logistic(describe, seed):
        train, choose = parts(seed)
        features = [describe(part[0], part[2]) for part in (train, choose, test)]
        return cl.logistic_baseline(features[0], train[1], (features[1], choose[1]), features[2]).argmax(axis=1)

    answers = {
        "logistic_ends": [logistic(moments_and_ends, seed) for seed in SEEDS],
        "logistic_order_free": [logistic(cl.order_free_features, seed) for seed in SEEDS],
    }
    grids, chosen = {}, {"kernel sizes": [], "ridge": [], "neighbours": []}
    for name in (*VOWEL_NETWORKS, "lstm_shuffled"):
        cell, read = name.split("_")[0], shuffled if name.endswith("shuffled") else whole
        score = functools.partial(network, cell, TUNING_SEED, read=read)
        rate, grids[f"vowels_{name}_rate"] = best_inside(lambda rate, score=score: score(rate)[0], RATES)
        answers[name] = [network(cell, seed, rate, read)[1] for seed in SEEDS]
        print(name, grids[f"vowels_{name}_rate"], flush=True)
    answers |= {"rocket": [], "dtw": []}
    for seed in SEEDS:
        train, choose = parts(seed)
        scaled = [standardised(part, train) for part in (train, choose, test)]
        held = {sizes: rocket(*scaled[:2], scaled[1], sizes=sizes, seed=seed, count=300)[1] for sizes in KERNELS}
        sizes = max(held, key=held.get)
        found, _, grid = rocket(*scaled, sizes=sizes, seed=seed)
        answers["rocket"].append(found)
        series = [[x[:n] for x, n in zip(part[0], part[2], strict=True)] for part in scaled]
        near = warped_distances(series[1], series[0])
        held = {k: np.mean(neighbours(near, train[1], k) == choose[1]) for k in (1, 3)}
        k = max(held, key=held.get)
        answers["dtw"].append(neighbours(warped_distances(series[2], series[0]), train[1], k))
        for name, choice in (("kernel sizes", str(sizes)), ("ridge", grid["chosen"]), ("neighbours", k)):
            chosen[name].append(choice)
    right = {name: np.array(found) == test[1] for name, found in answers.items()}
    values, per_seed = summary("vowels", right)
    per_seed |= {f"{name}, wrong": [np.flatnonzero(~row).tolist() for row in rows] for name, rows in right.items()}
    values |= {f"vowels_{key}": count for key, count in ahead_by_mcnemar(in_family(right)).items()}
    values["vowels_majority"] = float(np.bincount(test[1])[np.bincount(ys).argmax()] / len(test[1]))
    config = VOWELS | {"rates": list(RATES), "kernels": 1000, "chosen by the rivals, by seed": chosen}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": KERAS,
            "verdicts": vowel_verdicts(right), "recipes": vowel_recipes(grids), "grids": grids}  # fmt: skip


def in_family(right):
    """The regression on means, deviations and ends, and the five that it is compared with."""
    return {name: right[name] for name in ("logistic_ends", *VOWEL_NETWORKS, "rocket", "dtw")}


def vowel_verdicts(right):
    """Judge the regression beside its five rivals, and the LSTM beside itself without the order of the steps."""
    of_order = {name: right[name] for name in ("lstm", "lstm_shuffled")}
    options = {"seeds": "paired seeds"}  # the seed chose the split of all contenders
    return verdicts("vowels", in_family(right), **options) | verdicts("vowels", of_order, **options)


def vowel_recipes(grids):
    """How the networks of ``vowels`` were made, from their grids."""
    named = VOWEL_NETWORKS | {"lstm_shuffled": "LSTM(64), steps shuffled"}
    found = {title: grids[f"vowels_{name}_rate"] for name, title in named.items()}
    return {title: VOWELS | {"rates tried": len(grid["scores"]), "rate": float(grid["chosen"])}
            for title, grid in found.items()}  # fmt: skip


def standardised(part, train):
    """Bring each feature to the mean 0 and variance 1 of the training part, and what lies after the end to 0."""
    mean, variance = cl.feature_moments(train[0], train[2])
    xs = np.where(cl.inside(part[0], part[2])[:, :, None], (part[0] - mean) / np.sqrt(variance), 0)
    return xs.astype(np.float32), part[1], part[2]


def moments_and_ends(xs, lengths):
    """Mean and standard deviation of each feature, and its values at the first and the last step."""
    D = xs.shape[2]
    ends = [xs[:, 0], xs[np.arange(len(xs)), lengths - 1]]
    return np.hstack([cl.order_free_features(xs, lengths)[:, : 2 * D], *ends])


EXPERIMENTS = {"vowels": vowels, "stress": stress}
