"""Write with a character model: draw each character after those before it.

Chapter ``07_char_lm``.
"""

import numpy as np

from lstm_lib.char_lm.model import CharLM
from lstm_lib.data.symbols import TEXT
from lstm_lib.frameworks.torch_parts import device_of, evaluating, torch

F = torch.nn.functional
UNKNOWN = TEXT.index("unknown")  # never written


def draw(
    logits: torch.Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Draw characters from softmax(logits / temperature).

    Parameters
    ----------
    logits : torch.Tensor
        Shape (B, V).
    temperature : float
        Above 0. Below 1 the likely become likelier, above 1 less so.
    top_k : int, optional
        Draw among this many of the likeliest only.
    generator : torch.Generator, optional

    Returns
    -------
    torch.Tensor of int
        Shape (B,).
    """
    if top_k is not None and top_k < logits.shape[1]:
        least = logits.topk(top_k, dim=1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    logits = logits - logits.max(dim=1, keepdim=True).values  # a low temperature must not overflow
    p = F.softmax(logits / temperature, dim=1)  # eq: temperature
    return torch.multinomial(p, 1, generator=generator)[:, 0]


def sample(
    model: CharLM,
    prime: np.ndarray,
    length: int,
    *,
    streams: int = 1,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Write texts with a model: read a beginning, then draw each character after those before it.

    Parameters
    ----------
    model : CharLM
    prime : numpy.ndarray of int
        Shape (N,), N at least 1: what has been written so far.
    length : int
        Characters to write.
    streams : int
        Texts that are written side by side from the same beginning.
    temperature, top_k
        As in :func:`draw`.
    seed : int

    Returns
    -------
    numpy.ndarray
        Shape (streams, length), without the beginning and without the unknown symbol.
    """
    device = device_of(model)
    generator = torch.Generator(device).manual_seed(seed)
    written = torch.empty(streams, length, dtype=torch.int64, device=device)
    last, state = torch.from_numpy(np.asarray(prime, np.int64)).to(device).expand(streams, -1), None
    with evaluating(model):
        for t in range(length):
            logits, state = model(last, state)
            logits = logits[:, -1]
            logits[:, UNKNOWN] = -torch.inf
            written[:, t] = draw(logits, temperature=temperature, top_k=top_k, generator=generator)
            last = written[:, t : t + 1]
    return written.cpu().numpy()
