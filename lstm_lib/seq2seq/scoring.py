"""Score what a trained model writes.

Chapter ``08_seq2seq``. Scores of a model that reads what it wrote itself, and of one that is given the true symbols,
are kept apart by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_lib.beam_search.search import Hypothesis
from lstm_lib.data.lexicons import Pairs
from lstm_lib.data.symbols import EOS, UNKNOWN, Symbols
from lstm_lib.frameworks.torch_parts import device_of, evaluating
from lstm_lib.seq2seq import metrics
from lstm_lib.seq2seq.batches import shifted, take_batch
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.seq2seq.training import masked_loss
from lstm_lib.seq2seq.writing import ROWS, write


def teacher_forced_scores(
    model: Seq2Seq | Ensemble, sources: tuple[np.ndarray, np.ndarray], targets: tuple[np.ndarray, np.ndarray]
) -> dict[str, float]:
    """Score a model that is given the true symbols at every step.

    Parameters
    ----------
    model : Seq2Seq or Ensemble
    sources, targets : tuple of numpy.ndarray
        As in :func:`lstm_lib.seq2seq.train`.

    Returns
    -------
    dict of str to float
        ``teacher_forced_loss``, the mean of -ln p over the symbols of the targets, their ends included, in nats, and
        ``teacher_forced_token_accuracy``.
    """
    total, predictions, wanted = 0.0, [], []
    order = np.lexsort((targets[1], sources[1]))
    for rows in np.array_split(order, -(-len(order) // ROWS)):
        xs, lengths, ys = take_batch(sources, targets, rows, device_of(model))
        with evaluating(model):
            log_p = model(xs, lengths, shifted(ys))
        total += masked_loss(log_p, ys).item()
        for row, likeliest in zip(rows, log_p.argmax(2).tolist(), strict=True):
            T = targets[1][row]
            predictions.append(likeliest[:T])
            wanted.append(targets[0][row, :T].tolist())
    return {
        "teacher_forced_loss": total / int(targets[1].sum()),
        "teacher_forced_token_accuracy": metrics.teacher_forced_token_accuracy(predictions, wanted),
    }


def accuracies(model: Seq2Seq | Ensemble, train: Scorer, validation: Scorer) -> dict[str, float]:
    """Return what a history records: how much of two parts a model writes correctly, greedy and free-running.

    Parameters
    ----------
    model : Seq2Seq or Ensemble
    train, validation : Scorer

    Returns
    -------
    dict of str to float
        ``train_free_token_accuracy``, ``train_sequence_accuracy``, the same in validation, and with the true symbols
        given ``validation_teacher_forced_token_accuracy`` and ``validation_loss``.
    """
    measured = {}
    for part, scorer in (("train", train), ("validation", validation)):
        scores = scorer.free_running([tokens for tokens, _ in scorer.write(model)])
        measured |= {f"{part}_{name}": scores[name] for name in ("free_token_accuracy", "sequence_accuracy")}
    forced = validation.teacher_forced(model)
    measured["validation_teacher_forced_token_accuracy"] = forced["teacher_forced_token_accuracy"]
    return measured | {"validation_loss": forced["teacher_forced_loss"]}


def sample_sources(pairs: Pairs, sources: int) -> Pairs:
    """Return all rows of at most ``sources`` different sources, evenly spread over some pairs."""
    distinct = list(dict.fromkeys(pairs.sources))
    chosen = set(distinct[:: -(-len(distinct) // sources)])
    return pairs.where(lambda source, target: source in chosen)


class Scorer:
    """Pairs that are ready to be written anew and scored.

    Parameters
    ----------
    pairs : lstm_lib.data.Pairs
    source_symbols, target_symbols : lstm_lib.data.Symbols

    Attributes
    ----------
    texts : list of str
        The different sources.
    listed : list of list of str
        All targets of each.
    """

    def __init__(self, pairs: Pairs, source_symbols: Symbols, target_symbols: Symbols) -> None:
        self._target = target_symbols
        references = pairs.references()
        self.texts, self.listed = list(references), list(references.values())
        self.sources = source_symbols.encode_rows(self.texts)
        self.references = [_rows(target_symbols.encode_rows(texts, end=True)) for texts in self.listed]
        places = {text: k for k, text in enumerate(self.texts)}
        self._row_places = [places[source] for source in pairs.sources]
        self._row_targets = _rows(target_symbols.encode_rows(pairs.targets, end=True))
        self._rows = (source_symbols.encode_rows(pairs.sources), target_symbols.encode_rows(pairs.targets, end=True))

    def write(self, model: Seq2Seq | Ensemble, **search: Any) -> list[Hypothesis]:
        """Return the likeliest target of each different source, ``(tokens, score)``."""
        return [best[0] for best in write(model, self.sources, **search)]

    def scores(self, model: Seq2Seq | Ensemble, **search: Any) -> dict[str, Any]:
        """Score what a model writes, greedily and with a beam.

        Parameters
        ----------
        model : Seq2Seq or Ensemble
        **search
            ``beam_width`` and ``length_penalty`` of the beam.

        Returns
        -------
        dict
            The numbers of different ``sources``, of ``rows``, and of rows whose source has an ``unknown`` symbol; the
            search; ``greedy`` and ``beam``, what :meth:`Scorer.free_running` returns for each; ``teacher_forced``,
            ``by_length`` and ``predictions``, what the methods of these names return.
        """
        written = {"greedy": self.write(model), "beam": self.write(model, **search)}
        outputs = {name: [tokens for tokens, _ in best] for name, best in written.items()}
        return {
            "sources": len(self.texts),
            "rows": len(self._row_places),
            "unknown": int((self._rows[0][0] == UNKNOWN).any(axis=1).sum()),
            **search,
            **{name: self.free_running(listed) for name, listed in outputs.items()},
            "teacher_forced": self.teacher_forced(model),
            "by_length": self.by_length(outputs),
            "predictions": self.predictions(written),
        }

    def free_running(self, outputs: Sequence[Sequence[int]]) -> dict[str, float]:
        """Score what was written.

        Parameters
        ----------
        outputs : list of list of int
            For each of ``texts``.

        Returns
        -------
        dict of str to float
            ``free_token_accuracy``, ``sequence_accuracy`` and ``token_error_rate``, each source once, beside the
            closest of its targets; where a source has several, also ``row_token_accuracy`` and
            ``row_sequence_accuracy``, each row beside its own target, and ``row_sequence_accuracy_any``, beside any
            that its source has.
        """
        scores = metrics.free_running_scores(outputs, self.references, eos=EOS)
        if len(self._row_places) > len(self.texts):
            by_row, its_target = [outputs[k] for k in self._row_places], [[target] for target in self._row_targets]
            scores["row_token_accuracy"] = metrics.free_token_accuracy(by_row, its_target)
            scores["row_sequence_accuracy"] = metrics.sequence_accuracy(by_row, its_target)
            listed = [self.references[k] for k in self._row_places]
            scores["row_sequence_accuracy_any"] = metrics.sequence_accuracy(by_row, listed)
        return scores

    def by_length(self, outputs: dict[str, list[list[int]]], *, most: int = 12) -> list[dict[str, float]]:
        """Return the sequence accuracy of outputs by the length of their source.

        Parameters
        ----------
        outputs : dict of str to list of list of int
            By the name of the search.
        most : int
            Groups, each of the same number of lengths.

        Returns
        -------
        list of dict
            ``shortest`` and ``longest`` source of the group in symbols, the number of ``sources``, and the sequence
            accuracy by name.
        """
        lengths = self.sources[1]
        width = -(-(lengths.max() - lengths.min() + 1) // most)
        groups = []
        for first in range(lengths.min(), lengths.max() + 1, width):
            rows = np.flatnonzero((lengths >= first) & (lengths < first + width))
            if len(rows):
                listed = [self.references[k] for k in rows]
                right = {
                    name: metrics.sequence_accuracy([written[k] for k in rows], listed)
                    for name, written in outputs.items()
                }
                groups.append({"shortest": int(first), "longest": int(first + width - 1), "sources": len(rows)} | right)
        return groups

    def predictions(self, written: dict[str, list[Hypothesis]]) -> list[dict[str, Any]]:
        """Return what was written for each different source.

        Parameters
        ----------
        written : dict of str to list of tuple
            ``greedy`` and ``beam``: ``(tokens, score)`` for each of ``texts``.

        Returns
        -------
        list of dict
            ``source``, ``references``, what ``greedy`` and ``beam`` wrote as text, the ``score`` of the latter, whether
            it is ``right``, and its ``edits`` from the closest reference.
        """
        predictions = []
        for k, (text, listed) in enumerate(zip(self.texts, self.listed, strict=True)):
            tokens, score = written["beam"][k]
            predictions.append(
                {
                    "source": text,
                    "references": listed,
                    "greedy": self._target.decode(written["greedy"][k][0]),
                    "beam": self._target.decode(tokens),
                    "score": score,
                    "right": metrics.is_right(tokens, self.references[k]),
                    "edits": min(metrics.edit_distance(tokens, reference) for reference in self.references[k]),
                }
            )
        return predictions

    def teacher_forced(self, model: Seq2Seq | Ensemble) -> dict[str, float]:
        """Score the model with the true symbols given, each row by itself."""
        return teacher_forced_scores(model, *self._rows)


def _rows(encoded):
    """Return rows as lists, their padding cut off."""
    ids, lengths = encoded
    return [row[:length].tolist() for row, length in zip(ids, lengths, strict=True)]
