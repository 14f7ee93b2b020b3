"""How well each symbol of a source fits what is being written, and how attention is shared by that.

Chapter ``09_attention``. All products are learned outside; here they only meet.
"""

from collections.abc import Callable

from lstm_lib.frameworks.torch_parts import torch


def dot_scores(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Compare each query with each key by their dot product.

    Parameters
    ----------
    queries : torch.Tensor
        Shape (B, T, H).
    keys : torch.Tensor
        Shape (B, S, H).

    Returns
    -------
    torch.Tensor
        Shape (B, T, S).

    References
    ----------
    Luong, Pham & Manning (2015), arXiv:1508.04025, form "general": the keys are a learned product of the memory.
    """
    return queries @ keys.transpose(1, 2)  # eq: attention-dot


def additive_scores(
    queries: torch.Tensor, keys: torch.Tensor, energy: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Compare each query with each key by a small network.

    Parameters
    ----------
    queries, keys : torch.Tensor
        As in :func:`dot_scores`.
    energy : callable
        Maps (..., H) to (..., 1).

    Returns
    -------
    torch.Tensor
        Shape (B, T, S).

    References
    ----------
    Bahdanau, Cho & Bengio (2015), arXiv:1409.0473.
    """
    sums = queries[:, :, None] + keys[:, None]  # (B, T, S, H)
    return energy(torch.tanh(sums))[..., 0]  # eq: additive


def attention_weights(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Share each query's attention among the symbols of its source.

    Parameters
    ----------
    scores : torch.Tensor
        Shape (B, T, S).
    mask : torch.Tensor of bool
        Shape (B, S): true where the source has a symbol; the others get none.

    Returns
    -------
    torch.Tensor
        Shape (B, T, S); each row sums to 1.
    """
    return scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)  # eq: attention


def look_back(
    hs: torch.Tensor, keys: torch.Tensor, memory: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the average of a source's memory in the shares that dot products give to its symbols, and the shares.

    Parameters
    ----------
    hs : torch.Tensor
        Shape (B, T, H): the decoder's states.
    keys : torch.Tensor
        Shape (B, S, H).
    memory : torch.Tensor
        Shape (B, S, M).
    mask : torch.Tensor of bool
        Shape (B, S).

    Returns
    -------
    context : torch.Tensor
        Shape (B, T, M).
    shares : torch.Tensor
        Shape (B, T, S).
    """
    shares = attention_weights(dot_scores(hs, keys), mask)
    return shares @ memory, shares  # eq: context
