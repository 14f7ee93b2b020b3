"""Find out whose fault a wrong answer is: that of the search, or the model's own.

Chapter ``10_beam_search``. That takes the probability that the model assigns to the true answers, and its very best
answer.
"""

from collections.abc import Sequence

import numpy as np

from lstm_lib.beam_search.search import Hypothesis, is_proved_best
from lstm_lib.data.symbols import PAD
from lstm_lib.frameworks.torch_parts import device_of, evaluating
from lstm_lib.seq2seq.batches import shifted, take_batch
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.seq2seq.writing import write

ROWS = 256  # targets that are scored at once
PREFIXES = 4096  # most that are followed at once


def likeliest_references(
    model: Seq2Seq | Ensemble, sources: tuple[np.ndarray, np.ndarray], references: Sequence[Sequence[Sequence[int]]]
) -> np.ndarray:
    """Return the log-probability of the likeliest reference of each source.

    Parameters
    ----------
    model : lstm_lib.seq2seq.Seq2Seq or lstm_lib.seq2seq.Ensemble
    sources : tuple of numpy.ndarray
        ``(ids (N, S), lengths (N,))``.
    references : list of list of list of int
        For each source all that would be right, ends included.

    Returns
    -------
    numpy.ndarray
        Shape (N,), in nats.
    """
    owners = np.repeat(np.arange(len(references)), [len(listed) for listed in references])
    rows = [reference for listed in references for reference in listed]
    lengths = np.array([len(row) for row in rows])
    ids = np.full((len(rows), lengths.max()), PAD)
    for padded, row in zip(ids, rows, strict=True):
        padded[: len(row)] = row
    given = sources[0][owners], sources[1][owners]
    best = np.full(len(references), -np.inf)
    order = np.lexsort((lengths, given[1]))
    for chosen in np.array_split(order, -(-len(order) // ROWS)):
        xs, source_lengths, ys = take_batch(given, (ids, lengths), chosen, device_of(model))
        with evaluating(model):
            log_p = model(xs, source_lengths, shifted(ys)).gather(2, ys[..., None])[..., 0]
        totals = log_p.double().masked_fill(ys == PAD, 0.0).sum(1)
        np.maximum.at(best, owners[chosen], totals.cpu().numpy())
    return best


def most_probable(
    model: Seq2Seq | Ensemble, sources: tuple[np.ndarray, np.ndarray], widths: Sequence[int] = (5, 25, 125, 625)
) -> tuple[list[Hypothesis], np.ndarray]:
    """Find the most probable output of each source, and prove that it is.

    The beam is widened until (beam-proof) holds.

    Parameters
    ----------
    model : lstm_lib.seq2seq.Seq2Seq or lstm_lib.seq2seq.Ensemble
    sources : tuple of numpy.ndarray
        ``(ids (N, S), lengths (N,))``.
    widths : sequence of int

    Returns
    -------
    outputs : list of tuple
        ``(tokens, log_p)`` for each source.
    proved : numpy.ndarray of bool
        Shape (N,): whether nothing can be more probable. Where False, the best that the widest beam found.
    """
    ids, lengths = sources
    outputs, proved = [([], -np.inf)] * len(ids), np.zeros(len(ids), bool)
    for width in widths:
        waiting = np.flatnonzero(~proved)
        at_once = max(1, PREFIXES // width)
        for rows in np.split(waiting, range(at_once, len(waiting), at_once)):
            for n, best in zip(rows, write(model, (ids[rows], lengths[rows]), beam_width=width), strict=True):
                outputs[n] = max(outputs[n], best[0], key=lambda output: output[1])
                proved[n] = is_proved_best(outputs[n][1], width)
    return outputs, proved
