"""Real sets of chapter ``05_classification``, on which a network meets strong rivals."""

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
from lstm_lib.core import compare_all
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
    """Judge the first contender of ``right``, name to bool (seeds, items), beside each other one.

    By the items of the first seed, by McNemar's test; and by the accuracies of all seeds, which belong together
    (``"paired seeds"``) if the seed chose the data of all contenders too. Each of the two families is adjusted by Holm.
    """
    ours, *rivals = right
    found = {}
    by_items = {name: right[name][0].astype(float) for name in rivals}
    by_seeds = {name: right[name].mean(axis=1) for name in rivals}
    pairs = (
        ("items", by_items, right[ours][0].astype(float), "items"),
        ("seeds", by_seeds, right[ours].mean(axis=1), seeds),
    )
    for ending, theirs, mine, kind in pairs:
        judged = compare_all(mine, theirs, kind=kind, lower_is_better=False)
        found |= {f"{prefix}_{ours}_{name}_{ending}": verdict for name, verdict in judged.items()}
    return found


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

    losses = {n: log_loss(choose[1], ngrams(n, 0.3)[0]) for n in (3, 4, 5)}
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
    values["stress_majority"] = float(np.mean(test[1] == np.bincount(train[1]).argmax()))
    recipes = {
        "LSTM": {"units": 64, "weights": 4 * 64 * (26 + 64 + 1) + 65 * 3, "rate": rate, "batch": 128, "epochs": 12,
                 "patience": 2, "settings tried": len(grids["stress_lstm_rate"]["scores"])},
        "n-grams": {"n up to": longest, "C": strength, "settings tried": 2 + len(grids["stress_ngrams_C"]["scores"])},
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

EXPERIMENTS = {"stress": stress}
