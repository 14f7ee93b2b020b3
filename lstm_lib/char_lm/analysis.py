"""Look into a trained character model: how far its gradient reaches, how much context it uses, what a unit follows.

Chapter ``07_char_lm``.
"""

import numpy as np

from lstm_lib.char_lm.model import CharLM
from lstm_lib.frameworks.torch_parts import device_of, evaluating, torch

F = torch.nn.functional


def _segments(ids, n, length, seed, device):
    """Draw n pieces of a text, shape (n, length); they may overlap."""
    starts = np.random.default_rng(seed).integers(0, len(ids) - length + 1, size=n)
    return torch.from_numpy(np.asarray(ids, np.int64)[starts[:, None] + np.arange(length)]).to(device)


def gradient_by_lag(model: CharLM, ids: np.ndarray, *, lags: int = 64, n: int = 512, seed: int = 0) -> np.ndarray:
    """Measure how much a loss depends on what was read some characters before.

    Parameters
    ----------
    model : lstm_lib.char_lm.CharLM
        With an embedding.
    ids : numpy.ndarray of int
        Shape (N,), N at least ``2 * lags + 1``.
    lags : int
        L.
    n : int
        Places that are averaged over.
    seed : int

    Returns
    -------
    numpy.ndarray
        Shape (L,): at k, the mean length of the gradient of the loss at step t in the embedding read at step t - k.
        The state before those L steps is one that the model reaches by reading.
    """
    pieces = _segments(ids, n, 2 * lags + 1, seed, device_of(model))
    read = []

    def keep(module, inputs, output):
        read.append(output)

    with evaluating(model):
        _, state = model(pieces[:, :lags])
        # A GPU's own recurrent layers compute gradients in training mode only.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            hook = model.embedding.register_forward_hook(keep)
            logits, _ = model(pieces[:, lags:-1], state)
            hook.remove()
            # A sum: each piece has a term of its own, and so a gradient of its own.
            loss = F.cross_entropy(logits[:, -1], pieces[:, -1], reduction="sum")
            (gradient,) = torch.autograd.grad(loss, read)
    return gradient.norm(dim=2).mean(dim=0).flip(0).cpu().numpy()  # eq: gradient-reach


def excess_by_context(
    model: CharLM, ids: np.ndarray, *, longest: int = 128, n: int = 1000, seed: int = 0
) -> np.ndarray:
    """Measure how much is lost if only the last k characters are true and what was read before is from elsewhere.

    Parameters
    ----------
    model : lstm_lib.char_lm.CharLM
    ids : numpy.ndarray of int
        Shape (N,), N at least ``2 * longest + 1``.
    longest : int
        K.
    n : int
        Pieces of text that are averaged over.
    seed : int

    Returns
    -------
    numpy.ndarray
        Shape (K,): at k - 1, the mean of -ln p after k true characters that follow ``longest`` characters from
        another place, minus the same after what really stood there, in nats.
    """
    pieces = _segments(ids, n, 2 * longest + 1, seed, device_of(model))
    before, xs, ys = pieces[:, :longest], pieces[:, longest:-1], pieces[:, longest + 1 :]

    def losses(before):
        _, state = model(before)
        logits, _ = model(xs, state)
        return F.cross_entropy(logits.flatten(0, 1), ys.flatten(), reduction="none").view(n, longest)

    with evaluating(model):
        excess = losses(before.roll(1, dims=0)) - losses(before)  # eq: excess
    return excess.mean(dim=0).cpu().numpy()


def cell_states(model: CharLM, ids: np.ndarray) -> np.ndarray:
    """Return the cell state of a model of one LSTM layer after each character of a text.

    Parameters
    ----------
    model : lstm_lib.char_lm.CharLM
    ids : numpy.ndarray of int
        Shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (N, H): tanh of the cell state.
    """
    xs = torch.from_numpy(np.asarray(ids, np.int64)).to(device_of(model))
    with evaluating(model):
        weights = tuple(model.recurrent.parameters())
        inputs = model.look_up(xs)
        h = c = inputs.new_zeros(1, model.architecture.hidden_size)
        states = []
        for x_t in inputs.split(1):
            h, c = torch.lstm_cell(x_t, (h, c), *weights)  # a layer called for one step costs four times as much
            states.append(torch.tanh(c[0]))
    return torch.stack(states).cpu().numpy()


def readable_unit(states: np.ndarray, wanted: np.ndarray) -> tuple[int, int, float]:
    """Find the unit that follows something in the text, and the level that parts it best.

    Parameters
    ----------
    states : numpy.ndarray
        Shape (N, H).
    wanted : numpy.ndarray of bool
        Shape (N,): what is to be read from the unit, for example "within brackets".

    Returns
    -------
    unit : int
    sign : int
        1 if a high state says yes, -1 if a low one does.
    level : float
        ``sign * states[:, unit] > level`` is the guess; chosen for the best mean of the two shares that it gets right.
    """
    best = (0.0, 0, 1, 0.0)
    yes, no = wanted.sum(), (~wanted).sum()
    for unit in range(states.shape[1]):
        for sign in (1, -1):
            order = np.argsort(-sign * states[:, unit], kind="stable")
            right = np.cumsum(wanted[order]) / yes + 1 - np.cumsum(~wanted[order]) / no
            place = int(right[:-1].argmax())
            if right[place] > best[0]:
                level = sign * (states[order[place], unit] + states[order[place + 1], unit]) / 2
                best = (right[place], unit, sign, float(level))
    return best[1:]


def within_brackets(text: str, opening: str = "[", closing: str = "]") -> np.ndarray:
    """Return for each character of a text whether a bracket is open after it, shape (N,)."""
    signs = np.array([(c == opening) - (c == closing) for c in text])
    return np.cumsum(signs) > 0
