"""Batches of pairs: of almost equal lengths, padded, and shifted by one for the decoder.

Chapter ``08_seq2seq``.
"""

import numpy as np

from lstm_lib.data.symbols import BOS
from lstm_lib.frameworks.torch_parts import torch


def bucketed_batches(
    source_lengths: np.ndarray, target_lengths: np.ndarray, batch_size: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Cut the pairs into batches of almost equal lengths, in random order.

    Pairs are sorted by the length of their source, then by that of their target; pairs of the same lengths stand in
    random order. So almost no batch has padding in its sources, and few have much in their targets.

    Parameters
    ----------
    source_lengths, target_lengths : numpy.ndarray of int
        Shape (N,).
    batch_size : int
    rng : numpy.random.Generator

    Returns
    -------
    list of numpy.ndarray of int
        Numbers of pairs; each stands in one batch. No batch is larger than ``batch_size``, and their sizes differ by
        at most one.
    """
    N = len(source_lengths)
    order = np.lexsort((rng.permutation(N), target_lengths, source_lengths))
    batches = np.array_split(order, -(-N // batch_size))
    return [batches[k] for k in rng.permutation(len(batches))]


def take_batch(
    sources: tuple[np.ndarray, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    chosen: np.ndarray,
    device: torch.device | str = "cpu",
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return some pairs as tensors, cut to the longest of them.

    Parameters
    ----------
    sources, targets : tuple of numpy.ndarray
        As in :func:`lstm_lib.seq2seq.train`.
    chosen : numpy.ndarray of int
        Numbers of pairs.
    device : torch.device or str

    Returns
    -------
    xs : torch.Tensor of int
        Shape (B, S).
    lengths : torch.Tensor of int
        Shape (B,), of the sources. It stays on the CPU, where PyTorch wants it for packing.
    ys : torch.Tensor of int
        Shape (B, T).
    """
    (xs, x_lengths), (ys, y_lengths) = sources, targets
    x_lengths, y_lengths = x_lengths[chosen], y_lengths[chosen]
    xs, ys = xs[chosen, : max(x_lengths, default=0)], ys[chosen, : max(y_lengths, default=0)]
    return torch.from_numpy(xs).to(device), torch.from_numpy(x_lengths), torch.from_numpy(ys).to(device)


def shifted(ys: torch.Tensor) -> torch.Tensor:
    """Return the decoder's inputs for targets (B, T): begin, and each target but for its last symbol."""
    return torch.cat([torch.full_like(ys[:, :1], BOS), ys[:, :-1]], dim=1)
