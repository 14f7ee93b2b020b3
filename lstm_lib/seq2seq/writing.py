"""Let a trained model write.

Chapter ``06_seq2seq``.
"""

import numpy as np

from lstm_lib.beam_search.batched import batched_beam_search
from lstm_lib.frameworks.torch_parts import torch

ROWS = 256  # sources that are read at once


def longest_output(source_length):
    """Give the most symbols that are written for a source of so many, the end included."""
    return 2 * source_length + 10


@torch.no_grad()
def write(model, sources, *, beam_width=1, length_penalty=0.0, n_best=1):
    """Write the likeliest targets of some sources.

    Parameters
    ----------
    model : Seq2Seq or Ensemble
    sources : tuple of numpy.ndarray
        ``(ids (N, S), lengths (N,))``.
    beam_width, length_penalty, n_best
        As in :func:`lstm_lib.beam_search.batched_beam_search`; width 1 is greedy.

    Returns
    -------
    list of list of tuple
        For each source ``(tokens, score)``, at most ``n_best``, the best first.
    """
    was_training = model.training
    model.eval()
    xs, lengths = sources
    found = [None] * len(lengths)
    order = np.argsort(lengths, kind="stable")
    for length in np.unique(lengths):  # sources of one length have no padding
        same = order[lengths[order] == length]
        for rows in np.array_split(same, -(-len(same) // ROWS)):
            state = model.encode(torch.from_numpy(xs[rows, :length]), torch.from_numpy(lengths[rows]))
            best = batched_beam_search(model, state, beam_width, longest_output(int(length)), length_penalty, n_best)
            for row, written in zip(rows, best, strict=True):
                found[row] = written
    model.train(was_training)
    return found
