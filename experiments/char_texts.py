"""Long runs of chapter ``07_char_lm`` that train no cell against another: counting, samples, the shipped model."""

import hashlib
import os
from pathlib import Path

import numpy as np

from experiments.statistics import interval
from lstm_lib.char_lm import analysis as ca, comparison as cc
from lstm_lib.char_lm.kneser_ney import KneserNey
from lstm_lib.char_lm.model import Architecture, CharLM
from lstm_lib.char_lm.saved import CharModel
from lstm_lib.char_lm.scoring import quality
from lstm_lib.char_lm.training import Recipe, train, validation_loss
from lstm_lib.char_lm.writing import sample
from lstm_lib.core import compare, compare_pairs
from lstm_lib.core.several import adjusted
from lstm_lib.data.texts import SCORED, Text, encode_parts, shakespeare
from lstm_lib.frameworks.torch_parts import evaluating, torch, use_one_thread
from lstm_lib.storage import results

SEEDS = range(5)
PACKAGES = ("numpy", "torch")
CELLS = ("rnn", "gru", "lstm")
WRITTEN = 100_000  # characters whose quality is measured


def held_out_quality(written, text):
    """Measure what a model wrote beside as much text that it has not read."""
    return quality(written, text.train, at=min(len(written), len(text.validation + text.test)))


def counting():
    """Count contexts of every length in two ways, and set the networks of the stored comparisons beside the best."""
    use_one_thread()
    text = shakespeare()
    symbols, parts = encode_parts(text)
    values, grids = {}, {}
    for name, model_of, orders in (
        ("ngram", cc.NGram, range(1, 8)),
        ("kn", KneserNey, range(2, 10)),
    ):
        for order in orders:
            model = model_of(parts["train"], order, symbols.size)
            values |= {f"{name}_{order}_{key}": model.loss(parts[key][:SCORED]) for key in ("validation", "test")}
            values[f"{name}_{order}_parameters"] = model.parameters
        scores = {str(order): values[f"{name}_{order}_validation"] for order in orders}
        grids[f"{name}_order"] = {"chosen": min(scores, key=scores.get), "scores": scores}
    best = {
        name: f"{name}_{grid['chosen']}" for name, grid in (("ngram", grids["ngram_order"]), ("kn", grids["kn_order"]))
    }
    written = _counted_texts(cc.NGram(parts["train"], 5, symbols.size), symbols, text)
    real = quality((text.validation + text.test)[:WRITTEN], text.train)
    values |= {f"real_{key}": value for key, value in real.items()}
    for key in real:
        values[f"ngram_5_{key}"], values[f"ngram_5_{key}_half"] = interval([q[key] for q in written])
    config = {"orders": {"ngram": [1, 7], "kn": [2, 9]}, "written": WRITTEN, "best": best}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": {"5-gram: quality": written},
            "packages": PACKAGES, "grids": grids,
            "verdicts": counting_verdicts(values, best, written)}  # fmt: skip


def _counted_texts(model, symbols, text):
    """Let an n-gram model write once with each seed; return what is measured of each text."""
    found = []
    for seed in SEEDS:
        rows = model.sample(WRITTEN // cc.STREAMS, cc.STREAMS, np.random.default_rng(seed))
        found.append(held_out_quality("\n".join(symbols.decode(row) for row in rows), text))
    return found


def counting_verdicts(values, best, written):
    """Compare the networks of the stored runs with the best counts, in loss and in what they write."""
    stored, verdicts = results.load("07_char_lm"), {}
    for ours, experiment in (("timed", "equal_time"), ("epochs", "equal_characters")):
        runs = stored[experiment]["per_seed"]
        pairs = {
            f"{ours}_{part}_{cell}_{name}": (runs[f"{cell}: {part}"], [values[f"{which}_{part}"]] * len(SEEDS))
            for part in ("validation", "test")
            for cell in CELLS
            for name, which in best.items()
        }
        verdicts |= compare_pairs(pairs, kind="paired seeds", lower_is_better=True)
    for key in written[0]:
        pairs = {
            f"epochs_{key}_{cell}_ngram": ([q[key] for q in runs[f"{cell}: quality"]], [q[key] for q in written])
            for cell in CELLS
        }
        verdicts |= compare_pairs(pairs, kind="seeds", lower_is_better=key == "longest_copy")
    return verdicts


def shipped_context():
    """Measure how far back the shipped model looks, and set it beside counting, character by character."""
    use_one_thread()
    text = shakespeare()
    model = CharModel.load()
    _, parts = encode_parts(text)
    excess = [ca.excess_by_context(model.network, parts["validation"], seed=seed) for seed in SEEDS]
    values = {"shipped_context": enough_context(np.mean(excess, axis=0))}
    kneser_ney = KneserNey(parts["train"], 7, model.symbols.size)
    found = {}
    for part in ("validation", "test"):
        ours = _surprises(model.network, parts[part])
        theirs = -np.log(kneser_ney.probabilities(parts[part])[1:])
        found[f"shipped_{part}_kn"] = compare(ours, theirs, kind="series", lower_is_better=True).as_dict()
        values[f"shipped_{part}_whole"] = float(ours.mean())
        values[f"kn_7_{part}_whole"] = float(theirs.mean())
    per_seed = {"excess": [[round(float(x), 5) for x in curve] for curve in excess]}
    config = {"pieces": 1000, "longest": 128, "tolerance": 0.01, "order": 7}
    return {"config": config, "seeds": SEEDS, "values": values, "per_seed": per_seed, "packages": PACKAGES,
            "verdicts": adjusted(found)}  # fmt: skip


def _surprises(network, ids):
    """Return -ln p of each character of a text but the first, read as it stands."""
    xs = torch.from_numpy(np.asarray(ids, np.int64))[None]
    parts, state = [], None
    with evaluating(network):
        for k in range(0, xs.shape[1] - 1, 1024):
            ys = xs[:, k + 1 : k + 1025]
            logits, state = network(xs[:, k : k + 1024][:, : ys.shape[1]], state)
            parts.append(torch.nn.functional.cross_entropy(logits[0], ys[0], reduction="none"))
    return torch.cat(parts).double().numpy()


def enough_context(excess, tolerance=0.01):
    """Return the number of true characters from which on the loss stays within ``tolerance`` of that with all of them.

    The curve is averaged over windows of nine steps first: it comes from a few thousand characters.
    """
    smooth = np.convolve(np.pad(excess, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    above = np.flatnonzero(smooth > tolerance)
    return int(above[-1] + 2) if len(above) else 1


MOMENTS = {"plays": (1, 5, 20, 90), "python": (1, 5, 20)}
PRIMES = {"plays": "\n", "python": "\ndef "}  # after a line break alone, the second likes to indent and indent
SAID = {"temperature": 0.6, "length": 260, "seed": 0}


def learning():
    """Let an LSTM write while it learns: plays, and Python code."""
    use_one_thread()
    code = python_code()
    per_seed, values = {}, {}
    for name, text in (("plays", shakespeare()), ("python", code)):
        moments = MOMENTS[name]
        told = _told_while_learning(text, moments, PRIMES[name])
        per_seed[f"{name}: samples"] = [[sample for sample, _ in told]]
        per_seed[f"{name}: losses"] = [[loss for _, loss in told]]
        values |= {f"learning_{name}_{s}": loss for s, (_, loss) in zip(moments, told, strict=True)}
        for s, (written, loss) in zip(moments, told, strict=True):
            print(name, s, loss, written, sep="\n", flush=True)
    config = {"moments": {name: list(m) for name, m in MOMENTS.items()}} | SAID | {"cell": "lstm", "hidden_size": 256}
    config |= {"rate": 0.022, "primes": PRIMES, "python": "the first 1,000,000 characters of the top modules"}
    config |= {"python sha256": hashlib.sha256((code.train + code.validation + code.test).encode()).hexdigest()}
    return {"config": config, "seeds": [0], "values": values, "per_seed": per_seed, "packages": PACKAGES}


def python_code():
    """Return the first million characters of Python's own modules that are one file each, in alphabetical order."""
    files = sorted(Path(os.__file__).parent.glob("[a-z]*.py"))
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    text = "".join(c for c in text if c.isascii())[:1_000_000]
    return Text("Python's modules", text[:900_000], text[900_000:950_000], text[950_000:])


def _told_while_learning(text, moments, prime):
    """Train one LSTM until the last moment; return what it writes at each, and its loss on unread text."""
    symbols, parts = encode_parts(text)
    model = CharLM(Architecture(symbols.size, hidden_size=256), seed=0)
    recipe, told, waiting = Recipe(learning_rate=0.022), [], list(moments)
    options = {"temperature": SAID["temperature"], "seed": SAID["seed"]}

    def listen(share, *_):
        while waiting and share * moments[-1] >= waiting[0]:
            waiting.pop(0)
            (row,) = sample(model, symbols.encode(prime), SAID["length"], **options)
            told.append(
                (prime.strip("\n") + symbols.decode(row), validation_loss(model, parts["validation"][:20_000], recipe))
            )
            model.train()

    train(model, parts["train"], recipe, budget=float(moments[-1]), on_step=listen)
    return told


EXPERIMENTS = {f.__name__: f for f in (counting, shipped_context, learning)}
