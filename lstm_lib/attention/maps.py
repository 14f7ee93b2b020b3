"""Look at where a trained decoder looked.

Chapter ``09_attention``.
"""

from collections.abc import Sequence

import numpy as np

from lstm_lib.data.symbols import BOS
from lstm_lib.frameworks.torch_parts import device_of, evaluating, torch


def attention_maps(
    model: torch.nn.Module, sources: tuple[np.ndarray, np.ndarray], outputs: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """Return the attention with which each symbol of some outputs was written.

    Parameters
    ----------
    model : lstm_lib.seq2seq.Seq2Seq or lstm_lib.seq2seq.Ensemble
    sources : tuple of numpy.ndarray
        ``(ids (N, S), lengths (N,))``.
    outputs : list of list of int

    Returns
    -------
    list of numpy.ndarray
        For each source, shape (its output's symbols, its own symbols); rows sum to 1.
    """
    maps, device = [], device_of(model)
    for xs, length, tokens in zip(*sources, outputs, strict=True):
        inputs = torch.tensor([[BOS, *tokens[:-1]]], device=device)
        with evaluating(model):
            shares = model.align(
                torch.from_numpy(xs[None, :length]).to(device), torch.tensor([length], device="cpu"), inputs
            )
        maps.append(shares[0].cpu().numpy())
    return maps
