"""The runs of the page "Your own data": sets that the course was not tuned on, beside their rivals.

Each set is treated as the command of its chapter treats a stranger's file, by the library's public classes with the
command's own settings; what differs is in the stored ``config``. The judge is
:func:`lstm_lib.core.several.compare_all`: for each set ours is compared with every rival, and the p-values of these
comparisons are adjusted after Holm. A verdict counts if its adjusted p-value is at most 5 %; if not, the word is "not
told apart". The intervals are those of each comparison by itself.

``per_seed`` holds for each set one dict a seed: ``scores`` of ours and of each rival, and ``verdicts`` by rival. The
first seed is the command's own, and its verdicts are what the page quotes; the others show what a seed is worth.
"""

import tempfile
import warnings

import numpy as np

from experiments import own_sets
from lstm_lib.core.several import compare_all

SEED = 42
BLOCK = 500  # characters whose mean loss is one value of a series
DATA = {
    "series": ("statsmodels", "sktime"),
    "classification": ("sktime",),
    "text_regression": ("chemicals", "vaderSentiment"),
}
DATA |= {"lexicons": ("german-nouns", "pypinyin"), "texts": ()}


def stored(sets, seeds, config, kind, packages):
    """Return what :func:`lstm_lib.storage.results.record` wants.

    Parameters
    ----------
    sets : dict of str to list of dict
        For each set one row a seed: ``n``, ``scores`` of "lstm" and of each rival, ``verdicts``, and
        ``lower_is_better``.
    seeds, config
        As they are stored.
    kind : str
        Of the sets: a key of ``DATA``.
    packages : tuple of str
    """
    for name, rows in sets.items():
        print(f"  {name}: {rows[0]['scores']}", flush=True)
    config = {"alpha": 0.05, "adjusted": "Holm, over the rivals of a set"} | config
    packages = (*packages, *DATA[kind])
    return {"config": config, "seeds": seeds, "values": quoted(sets), "per_seed": sets, "packages": packages}


def best_rival(row):
    """Return the name of the rival with the best score."""
    rivals = {name: score for name, score in row["scores"].items() if name != "lstm"}
    return (min if row["lower_is_better"] else max)(rivals, key=rivals.get)


def quoted(sets):
    """Return the numbers that a page may quote, by key: of the first seed but for ``least`` and ``greatest``."""
    values = {}
    for name, rows in sets.items():
        first, best, key = rows[0], best_rival(rows[0]), name.lower()
        words = [verdict["verdict"] for verdict in first["verdicts"].values()]
        values |= {f"own_{key}_n": first["n"], f"own_{key}_learned": first["learned"]}
        values |= {f"own_{key}_rivals": len(words), f"own_{key}_ahead": words.count("ahead")}
        values |= {f"own_{key}_behind": words.count("behind"), f"own_{key}_best": first["scores"][best]}
        values |= {f"own_{key}_{contender}": score for contender, score in first["scores"].items()}
        values |= {f"own_{key}_{field}": first["verdicts"][best][field] for field in ("difference", "low", "high")}
        values[f"own_{key}_p"] = first["verdicts"][best]["p_holm"]
        lstm = [row["scores"]["lstm"] for row in rows]
        values |= {f"own_{key}_least": min(lstm), f"own_{key}_greatest": max(lstm)}
    return values


# --- series -----------------------------------------------------------------------------------

FORECAST_SEEDS = range(SEED, SEED + 5)
FORECAST_MEMBERS = 5


def series():
    """Forecast the last fifth of seven series one step ahead, by five ensembles each, beside rules and known models."""
    from lstm_lib.forecasting.automatic import AutomaticForecaster

    sets = {}
    for name, read in own_sets.SERIES.items():
        values, sets[name] = read(), []
        first = len(values) - len(values) // 5
        for seed in FORECAST_SEEDS:
            forecaster = AutomaticForecaster(members=FORECAST_MEMBERS, seed=seed)
            forecaster.fit(values[:first])
            forecasts = forecast_rivals(name, values, first, forecaster.recipe)
            squares = {rival: np.square(f - values[first:]) for rival, f in forecasts.items()}
            ours = np.square(forecaster.roll(values, first) - values[first:])
            scores = {rival: float(np.sqrt(s.mean())) for rival, s in {"lstm": ours, **squares}.items()}
            verdicts = compare_all(ours, squares, kind="series", lower_is_better=True)
            row = {"n": len(values) - first, "learned": first, "scores": scores, "verdicts": verdicts}
            sets[name].append(row | {"lower_is_better": True, "recipe": str(forecaster.recipe)})
    config = {"command": "forecast", "members": FORECAST_MEMBERS, "test": "the last fifth, one step ahead"}
    config |= {
        "scores": "root mean squared error",
        "compared": "squared errors, in blocks",
        "data": "installed packages",
    }
    return stored(sets, FORECAST_SEEDS, config, "series", ("numpy", "scipy", "statsmodels"))


def forecast_rivals(name, values, first, recipe):
    """Return forecasts of ``values[first:]`` by name: the rules of ``lstm-lib forecast``, and a published model."""
    from lstm_lib.forecasting.series_rivals import rivals

    found = {rule: make(values[:first]) for rule, make in rivals(recipe, season=recipe.season).items()}
    forecasts = {rule: fitted.roll(values, first) for rule, fitted in found.items()}
    return forecasts | ({"published": PUBLISHED[name](values, first)} if name in PUBLISHED else {})


def airline_model(values, first):
    """Forecast by the model of Box & Jenkins (1970): logarithms, (0,1,1)(0,1,1) with a season of 12."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    log = np.log(values)
    model = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}
    return np.exp(_one_step(lambda end: SARIMAX(log[:end], **model), first, len(values)))


def log_ar2(values, first):
    """Forecast by the model of Moran (1953) for the lynx: AR(2) on logarithms."""
    log = np.log(values)
    rows = np.stack([np.ones(len(log) - 2), log[1:-1], log[:-2]], axis=1)
    coefficients = np.linalg.lstsq(rows[: first - 2], log[2:first])[0]
    return np.exp(rows[first - 2 :] @ coefficients)


def local_level(values, first):
    """Forecast by the local level model, as Durbin & Koopman (2001) do for the Nile."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return _one_step(lambda end: UnobservedComponents(values[:end], "llevel"), first, len(values))


def _one_step(make, first, n):
    """Fit a state-space model on the training part, and forecast the rest one step ahead with what it learned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learned = make(first).fit(disp=False).params
        return np.asarray(make(n).filter(learned).predict(first, n - 1))


PUBLISHED = {"air_passengers": airline_model, "lynx": log_ar2, "nile": local_level}


# --- labelled sequences -----------------------------------------------------------------------

CLASSIFY_SEEDS = range(SEED, SEED + 3)
LONGER = {"batch_size": 8, "epochs": 200, "patience": 40}  # set once by hand: many small steps


def classification():
    """Classify the test parts of four sets of the UCR and UEA archives, each network trained from three seeds."""
    sets = {name: [_classified(name, seed) for seed in CLASSIFY_SEEDS] for name in own_sets.CLASSIFICATION}
    return stored(sets, CLASSIFY_SEEDS, _classify_config(), *CLASSIFY_PACKAGES)


def classification_longer():
    """Classify the same sets by networks that take many small steps, each trained once."""
    sets = {f"{name}_longer": [_classified(name, SEED, **LONGER)] for name in own_sets.CLASSIFICATION}
    return stored(sets, [SEED], _classify_config(**LONGER), *CLASSIFY_PACKAGES)


CLASSIFY_PACKAGES = ("classification", ("numpy", "keras", "scikit-learn"))


def _classify_config(**changed):
    from lstm_lib.commands.classify.settings import ClassifySettings

    names = ("hidden_size", "start", "validation", "epochs", "batch_size", "learning_rate", "patience", "clip_norm")
    usual = {name: getattr(ClassifySettings, name) for name in names}
    about = {"command": "classify", "test": "the archive's own part", "scores": "accuracy"}
    return about | usual | changed


def _classified(name, seed, **changed):
    """Train on one set with the command's settings but for some, and judge."""
    from sklearn.neighbors import KNeighborsClassifier

    from lstm_lib import classification as cl
    from lstm_lib.data.parts import stratified_split

    config = _classify_config(**changed)
    xs, labels, lengths = own_sets.labelled(name, "train")
    test_xs, test_labels, test_lengths = own_sets.labelled(name, "test")
    classes, ys = np.unique(labels, return_inverse=True)
    test_ys = np.searchsorted(classes, test_labels)
    train, choose = stratified_split(ys, (config["validation"],), np.random.default_rng([seed, 1]))
    network = cl.SequenceClassifier(hidden_size=config["hidden_size"], start=config["start"], seed=seed)
    training = {key: config[key] for key in ("epochs", "batch_size", "learning_rate", "patience", "clip_norm")}
    held = (xs[choose], ys[choose], lengths[choose])
    history = network.fit(xs[train], ys[train], lengths[train], validation=held, **training)
    features, test_features = cl.order_free_features(xs, lengths), cl.order_free_features(test_xs, test_lengths)
    logistic = cl.logistic_baseline(features[train], ys[train], (features[choose], ys[choose]), test_features)
    nearest = KNeighborsClassifier(1).fit(xs.reshape(len(xs), -1), ys)  # learns all: it has nothing to choose
    answers = {
        "lstm": network.predict_probabilities(test_xs, test_lengths).argmax(axis=1),
        "majority": np.full(len(test_ys), np.bincount(ys[train]).argmax()),
        "order_free_logistic": logistic.argmax(axis=1),
        "nearest_neighbour": nearest.predict(test_xs.reshape(len(test_xs), -1)),
    }
    right = {contender: (answer == test_ys).astype(float) for contender, answer in answers.items()}
    scores = {contender: float(r.mean()) for contender, r in right.items()}
    verdicts = compare_all(right.pop("lstm"), right, kind="items", lower_is_better=False)
    row = {"n": len(test_ys), "learned": len(train), "scores": scores, "verdicts": verdicts}
    print(name, seed, len(history), scores, flush=True)
    return row | {"lower_is_better": False, "epochs": len(history)}


# --- a number for each text -------------------------------------------------------------------

ROWS, HOLDOUT, TRIALS, EPOCHS, FINAL_EPOCHS = 4000, 0.2, 4, 3, 20


def text_regression():
    """Predict melting points from SMILES and the valence of words from their letters, by one short search each."""
    from lstm_lib.data.parts import split
    from lstm_lib.data.tokens import Tokens
    from lstm_lib.tuning.rivals import kmer_ridge
    from lstm_lib.tuning.search import Search, best, derived_seed

    sets = {}
    for name, read in own_sets.TEXT_REGRESSION.items():
        texts, targets = read()
        chosen = np.random.default_rng(0).permutation(len(texts))[:ROWS]
        texts, targets = [texts[k] for k in chosen], targets[chosen]
        texts = Tokens.learn(texts, "smiles" if name == "melting_points" else None).encode(texts)
        train, validation, holdout = split(texts, targets, validation=0.2, holdout=HOLDOUT, seed=0)
        search = Search(train, validation, seed=0)
        with tempfile.TemporaryDirectory() as folder:
            winner = best(search.run(folder, trials=TRIALS, epochs=EPOCHS))
        network, _ = search.train_network(winner.choices, epochs=FINAL_EPOCHS, seed=derived_seed(0, TRIALS))
        predictions = {
            "lstm": network.predict(holdout[0]),
            "mean": np.full(len(holdout[0]), train[1].mean()),
            "ridge_counts": kmer_ridge(*train)(holdout[0]),
            "ridge_shares": kmer_ridge(*train, shares=True)(holdout[0]),
            "ridge_3mers": kmer_ridge(*train, longest=3)(holdout[0]),
            "ridge_4mers": kmer_ridge(*train, longest=4)(holdout[0]),
        }
        squares = {contender: np.square(p - holdout[1]) for contender, p in predictions.items()}
        scores = {contender: float(np.sqrt(s.mean())) for contender, s in squares.items()}
        verdicts = compare_all(squares.pop("lstm"), squares, kind="items", lower_is_better=True)
        row = {"n": len(holdout[0]), "learned": len(train[0]), "scores": scores, "verdicts": verdicts}
        sets[name] = [row | {"lower_is_better": True, "winner": winner.number}]
    config = {
        "command": "tune",
        "rows": ROWS,
        "holdout": HOLDOUT,
        "validation": 0.2,
        "trials": TRIALS,
        "epochs": EPOCHS,
    }
    config |= {"final_epochs": FINAL_EPOCHS, "token_pattern": {"melting_points": "smiles"}}
    config |= {"scores": "root mean squared error", "compared": "squared errors of the same texts"}
    return stored(sets, [0], config, "text_regression", ("numpy", "keras", "keras-tuner", "scikit-learn"))


# --- lexicons ---------------------------------------------------------------------------------

BUDGET = {"german_plurals": 180.0, "pinyin": 120.0, "hangul": 60.0}


def lexicons():
    """Write the plurals of German nouns, Chinese phrases in pinyin and Korean syllables in Latin letters."""
    from lstm_lib import seq2seq
    from lstm_lib.commands.seq2seq.settings import TrainSettings
    from lstm_lib.commands.settings import subset

    sets, chosen = {}, {}
    for name, read in own_sets.LEXICONS.items():
        lexicon = read()
        settings = TrainSettings(budget=BUDGET[name])
        resolved = settings.resolved(len(lexicon.train))
        shape = subset(settings, ("beam_width", "cell", "attention", "bidirectional", "layers", "embedding_size"))
        shape |= subset(settings, ("readout_size",)) | {
            key: resolved[key] for key in ("models", "length_penalty", "hidden_size", "encoder_size", "dropout")
        }
        recipe = ("schedule", "batch_size", "weight_decay", "clip_norm", "label_smoothing")
        translator = seq2seq.Translator(form="NFD" if name == "hangul" else "NFC", seed=settings.seed, **shape)
        recipe = seq2seq.Recipe(resolved["learning_rate"], **subset(settings, recipe))
        history = translator.fit(lexicon.train, lexicon.validation, budget=settings.budget, recipe=recipe)
        references = lexicon.test.in_form(translator.form).references()
        known = [source for source in references if translator.source_symbols.knows_some_of(source)]
        written = {"lstm": dict.fromkeys(references, "")}  # as in the command: of the others there is nothing to say
        written["lstm"] |= zip(known, translator.translate(known, strict=False), strict=True)
        for rule, write in word_rules(name, lexicon.train).items():
            written[rule] = {source: write(source) for source in references}
        right = {
            contender: np.array([output[source] in answers for source, answers in references.items()], float)
            for contender, output in written.items()
        }
        scores = {contender: float(r.mean()) for contender, r in right.items()}
        verdicts = compare_all(right.pop("lstm"), right, kind="items", lower_is_better=False)
        row = {"n": len(references), "learned": len(lexicon.train), "scores": scores, "verdicts": verdicts}
        sets[name] = [row | {"lower_is_better": False, "epochs": history[-1]["epoch"]}]
        chosen[name] = resolved
        print(name, sets[name][0], flush=True)
    config = {"command": "seq2seq train", "budget": BUDGET, "chosen": chosen, "form": {"hangul": "NFD"}}
    config |= {"scores": "share of the sources whose output is one of the listed targets", "beam_width": 5}
    return stored(sets, [SEED], config, "lexicons", ("numpy", "torch"))


def word_rules(name, train):
    """Return the rivals of a lexicon by name: tables of letters with up to 3 neighbours, and for plurals of endings."""
    from lstm_lib.seq2seq.rivals import LetterRules, align

    if name == "pinyin":  # a syllable for each character
        cuts, join = [[(syllable,) for syllable in target.split()] for target in train.targets], " ".join
    else:
        cuts, join = align(train.sources, list(map(list, train.targets))), "".join
    tables = {k: LetterRules(train.sources, cuts, context=k) for k in (0, 2, 3)}
    found = {
        f"letter_table_{k}": (lambda word, table=table: join(table.pronounce(word))) for k, table in tables.items()
    }
    if name == "german_plurals":
        found["longest_ending"] = longest_ending(train)
    return found


def longest_ending(train):
    """Return a rule that changes a word as the known words with the longest common ending are changed most often."""
    counts = {}
    for source, target in zip(train.sources, train.targets, strict=True):
        same = next(
            (k for k, (a, b) in enumerate(zip(source, target, strict=False)) if a != b), min(len(source), len(target))
        )
        change = source[same:], target[same:]
        for start in range(same + 1):
            by_change = counts.setdefault(source[start:].lower(), {})
            by_change[change] = by_change.get(change, 0) + 1

    def write(word):
        for start in range(len(word) + 1):
            if found := counts.get(word[start:].lower()):
                old, new = max(found, key=found.get)
                return word[: len(word) - len(old)] + new
        return word

    return write


# --- texts ------------------------------------------------------------------------------------

SECONDS = 90.0


def texts():
    """Predict the characters of Python's source and of its documentation by one LSTM each, beside counting."""
    from lstm_lib import char_lm
    from lstm_lib.commands.chars.settings import RATES, TrainSettings
    from lstm_lib.commands.settings import subset
    from lstm_lib.data.texts import encode_parts

    settings, sets = TrainSettings(budget=SECONDS), {}
    shape = ("layers", "embedding_size", "dropout", "recurrent_dropout", "tied", "forget_bias")
    recipe = subset(settings, ("batch_size", "window", "weight_decay", "clip_norm", "schedule"))
    for name, read in own_sets.TEXTS.items():
        text = read()
        symbols, parts = encode_parts(text)
        model, row = char_lm.train_and_score(
            text,
            "lstm",
            shape=subset(settings, shape),
            parameters=settings.parameters,
            recipe=char_lm.Recipe(learning_rate=RATES["lstm"], **recipe),
            until=settings.until(),
            seed=settings.seed,
        )
        losses = {"lstm": character_losses(model.network, parts["test"])}
        for order in (3, 5):
            counted = char_lm.NGram(parts["train"], order, symbols.size)
            losses[f"{order}_gram"] = -np.log(counted.probabilities(parts["test"])[1:])
        scores = {contender: float(loss.mean()) for contender, loss in losses.items()}
        blocks = {
            contender: loss[: len(loss) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
            for contender, loss in losses.items()
        }
        verdicts = compare_all(blocks.pop("lstm"), blocks, kind="series", lower_is_better=True)
        found = {"n": len(parts["test"]), "learned": len(parts["train"]), "scores": scores, "verdicts": verdicts}
        found |= {"read": row["characters"], "network": row["name"], "parameters": row["parameters"]}
        sets[name] = [found | {"lower_is_better": True}]
    config = {"command": "chars train", "budget": SECONDS, "parameters": settings.parameters, "recipe": recipe}
    config |= {"scores": "nats per character", "compared": f"mean losses of {BLOCK} consecutive characters"}
    return stored(sets, [SEED], config, "texts", ("numpy", "torch"))


def character_losses(network, ids):
    """Return -ln p of each character of a text but the first, the state carried through it; shape (N - 1,)."""
    import torch

    network.eval()
    losses, state = [], None
    with torch.no_grad():
        rows = torch.from_numpy(np.asarray(ids, np.int64))[None]
        for s in range(0, len(ids) - 1, 1024):
            ys = rows[:, s + 1 : s + 1025]
            logits, state = network(rows[:, s : s + ys.shape[1]], state)
            losses.append(torch.nn.functional.cross_entropy(logits[0], ys[0], reduction="none").double().numpy())
    return np.concatenate(losses)


EXPERIMENTS = {f.__name__: f for f in (series, classification, classification_longer, text_regression, lexicons, texts)}
