"""A character model in PyTorch: an embedding, recurrent layers, a choice among V characters.

Chapter ``07_char_lm``. How it is trained stands in :mod:`lstm_lib.char_lm.training`.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lstm_lib.core.weights import parameter_count
from lstm_lib.data.texts import contiguous_rows, overlapping_rows, text_windows
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import device_of, embedding, evaluating, linear, recurrent, torch

nn, F = torch.nn, torch.nn.functional
LONG, ROWS, LEAD = 160_000, 64, 512  # a text above this many characters is scored in rows, each after a lead
State = torch.Tensor | tuple[torch.Tensor, torch.Tensor]  # h, or (h, c)


@dataclass(frozen=True)
class Architecture:
    """The shape of a :class:`CharLM`.

    Attributes
    ----------
    vocab_size, hidden_size : int
        V and H.
    cell : {"lstm", "gru", "rnn"}
    layers : int
    embedding_size : int
        E. 0: the recurrent layer reads one-hot vectors.
    dropout : float
        Share of the inputs of each layer, and of the outputs of the last, that is silenced in training.
    recurrent_dropout : float
        Share of the recurrent weights that is silenced in training, the same for all steps of a window.
    tied : bool
        The output layer uses the embedding's weights; the hidden state is first mapped to E numbers.
    forget_bias : float
        Where the LSTM's forget bias starts.
    """

    vocab_size: int
    hidden_size: int = 256
    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    layers: int = 1
    embedding_size: int = 32
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    tied: bool = False
    forget_bias: float = 1.0

    def parameters(self) -> int:
        """Count the weights, with PyTorch's two biases in each layer, without making the model."""
        V, E, H = self.vocab_size, self.embedding_size, self.hidden_size
        inputs = [E or V] + [H] * (self.layers - 1)
        layers = sum(parameter_count(self.cell, D, H, biases=2) for D in inputs)
        return V * E + layers + ((H + 1) * E + V if self.tied else (H + 1) * V)


def hidden_size_for(parameters: int, **shape: Any) -> int:
    """Return the hidden size, a multiple of 8, whose model comes closest to a number of weights.

    Parameters
    ----------
    parameters : int
    **shape
        Everything else that :class:`Architecture` wants.
    """

    def excess(H):
        return abs(Architecture(hidden_size=H, **shape).parameters() - parameters)

    H = 8
    while excess(H + 8) < excess(H):
        H += 8
    return H


class CharLM(nn.Module):
    """Return, after each character, logits for the next one.

    Weights start as in :func:`lstm_lib.core.weights.initial_weights`: orthogonal per gate, forget bias 1.

    Parameters
    ----------
    architecture : Architecture
    seed : int

    References
    ----------
    Dropped recurrent weights: Merity, Keskar & Socher (2018), arXiv:1708.02182. Tied weights: Press & Wolf (2017),
    arXiv:1608.05859.
    """

    def __init__(self, architecture: Architecture, *, seed: int) -> None:
        super().__init__()
        self.architecture = a = architecture
        if a.tied and not a.embedding_size:
            raise InputError("tied weights need an embedding: one-hot inputs have no weights to share")
        rng = np.random.default_rng(seed)
        V, E, H = a.vocab_size, a.embedding_size, a.hidden_size
        self.embedding = embedding(V, E, rng) if E else None
        self.recurrent = recurrent(
            a.cell, E or V, H, rng, layers=a.layers, dropout=a.dropout, forget_bias=a.forget_bias
        )
        self.dropout = nn.Dropout(a.dropout)
        if a.tied:
            self.project = linear(H, E, rng)
            self.bias = nn.Parameter(torch.zeros(V))
        else:
            self.output = linear(H, V, rng)

    def forward(self, xs: torch.Tensor, state: State | None = None) -> tuple[torch.Tensor, State]:
        """Read a batch.

        Parameters
        ----------
        xs : torch.Tensor of int
            Shape (B, T).
        state : tensor or tuple of tensor, optional
            What an earlier call returned; zeros if not given.

        Returns
        -------
        logits : torch.Tensor
            Shape (B, T, V).
        state : tensor or tuple of tensor
            After step T: ``h``, or ``(h, c)`` for the LSTM, each of shape (layers, B, H).
        """
        inputs = self.dropout(self.look_up(xs))
        hs, state = self._recur(inputs, state)
        return self._score(self.dropout(hs)), state

    def look_up(self, xs: torch.Tensor) -> torch.Tensor:
        """Return what the recurrent layers read for each character: its embedding, or its one-hot vector.

        Parameters
        ----------
        xs : torch.Tensor of int
            Any shape.

        Returns
        -------
        torch.Tensor
            That shape, and a last axis of E or V numbers.
        """
        if self.embedding is not None:
            return self.embedding(xs)  # eq: one-hot
        return F.one_hot(xs, self.architecture.vocab_size).to(self.recurrent.weight_ih_l0.dtype)

    def _recur(self, inputs, state):
        """Run the recurrent layers; in training with some of their recurrent weights silenced."""
        weights, share = {}, self.architecture.recurrent_dropout
        if self.training and share:
            for name, W in self.recurrent.named_parameters():
                if name.startswith("weight_hh"):
                    weights[name] = F.dropout(W, share)
        # These weights stand in place of the layers' own.
        return torch.func.functional_call(self.recurrent, weights, (inputs, state))

    def _score(self, hs):
        if self.architecture.tied:
            return F.linear(self.project(hs), self.embedding.weight, self.bias)
        return self.output(hs)


def detach(state: State) -> State:
    """Keep a state's numbers and forget how they were computed: no gradient flows past here."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def cross_entropy(logits: torch.Tensor, ys: torch.Tensor) -> torch.Tensor:
    """Return the mean of -ln p over all characters of a batch; logits (B, T, V), ys (B, T)."""
    return F.cross_entropy(logits.flatten(0, 1), ys.flatten())  # eq: surprise


def loss(model: CharLM, ids: np.ndarray, *, window: int = 1024, batch_size: int = 1) -> float:
    """Score a whole text, carrying the state through it.

    Parameters
    ----------
    model : CharLM
    ids : numpy.ndarray of int
        Shape (N,), N at least 2.
    window : int
        Characters read at once; changes nothing but memory and speed.
    batch_size : int
        1 reads the text as it stands. A larger number cuts it into that many rows, read side by side, which is faster;
        each of them begins without knowing what came before.

    Returns
    -------
    float
        Mean of -ln p over all characters but the first of each row, in nats.
    """
    return _mean_loss(model, contiguous_rows(np.asarray(ids, np.int64), batch_size), window)


def whole_loss(model: CharLM, ids: np.ndarray) -> float:
    """Score a whole text as it stands, a long one in rows that are read side by side.

    Each row first reads LEAD characters of what came before it, which is more than any of these models looks back, so
    the loss is that of one row.

    Parameters
    ----------
    model : CharLM
    ids : numpy.ndarray of int
        Shape (N,), N at least 2.

    Returns
    -------
    float
        Mean of -ln p over all characters but the first, in nats.
    """
    if len(ids) <= LONG:
        return loss(model, ids)
    rows, counted = overlapping_rows(np.asarray(ids, np.int64), ROWS, LEAD)
    return _mean_loss(model, rows, counted=counted)


def _mean_loss(model, rows, window=1024, counted=None):
    """Return the mean of -ln p over what is predicted in rows, or over those predictions that count."""
    rows = torch.from_numpy(rows).to(device_of(model))
    total, count, state = 0.0, 0, None
    with evaluating(model):
        for k, (xs, ys) in enumerate(text_windows(rows, window)):
            logits, state = model(xs, state)
            if counted is not None:
                inside = torch.from_numpy(counted[:, k * window : k * window + ys.shape[1]]).to(logits.device)
                logits, ys = logits[inside][None], ys[inside][None]
            total += cross_entropy(logits, ys).item() * ys.numel() if ys.numel() else 0.0
            count += ys.numel()
    return total / count
