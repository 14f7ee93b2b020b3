"""The smallest encoder and decoder into which a way to look back can be put.

Chapter ``09_attention``. The library's own, for any cell, depth and search, is :class:`lstm_lib.seq2seq.Seq2Seq`.
"""

from collections.abc import Callable

import numpy as np

from lstm_lib.data.symbols import BOS, EOS, PAD
from lstm_lib.frameworks.torch_parts import evaluating, torch

nn, F = torch.nn, torch.nn.functional
LookBack = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


class SmallTranslator(nn.Module):
    """A bidirectional LSTM that reads, an LSTM that writes, and a function by which it looks back.

    Parameters
    ----------
    size : int
        V, symbols of both sides, the special ones included.
    look_back : callable or None
        ``(hs (B, T, H), keys (B, S, H), memory (B, S, H), mask (B, S)) -> (context (B, T, H), shares (B, T, S))``;
        None: all that the decoder knows of the source is its first state.
    hidden_size : int
        H, even: the encoder has half as many units each way.
    embedding_size : int
    seed : int
    """

    def __init__(
        self, size: int, look_back: LookBack | None, *, hidden_size: int = 64, embedding_size: int = 32, seed: int = 0
    ) -> None:
        super().__init__()
        H, E = hidden_size, embedding_size
        self.look_back = look_back
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(size, E)
            self.encoder = nn.LSTM(E, H // 2, bidirectional=True, batch_first=True)
            self.decoder = nn.LSTM(E, H, batch_first=True)
            self.key = nn.Linear(H, H, bias=False) if look_back else None
            self.readout = nn.Linear(2 * H if look_back else H, H)
            self.output = nn.Linear(H, size)

    def encode(self, xs: torch.Tensor) -> tuple[tuple[torch.Tensor, torch.Tensor], torch.Tensor, torch.Tensor]:
        """Return the decoder's first state, the memory (B, S, H) and its mask (B, S) for sources (B, S)."""
        mask = xs != PAD
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(xs), mask.sum(1), batch_first=True, enforce_sorted=False
        )
        memory, last = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True, total_length=xs.shape[1])
        h, c = (part.transpose(0, 1).reshape(1, len(xs), -1) for part in last)  # both directions side by side
        return (h, c), memory, mask

    def decode(self, inputs: torch.Tensor, state: tuple, memory: torch.Tensor, mask: torch.Tensor) -> tuple:
        """Return the scores (B, T, V) of what follows each input (B, T), the new state, and the shares (B, T, S)."""
        hs, state = self.decoder(self.embedding(inputs), state)
        shares = None
        if self.look_back:
            context, shares = self.look_back(hs, self.key(memory), memory, mask)
            hs = torch.cat([hs, context], dim=2)
        return self.output(torch.tanh(self.readout(hs))), state, shares

    def forward(self, xs: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Return the scores (B, T, V) of what follows each symbol of given targets."""
        return self.decode(inputs, *self.encode(xs))[0]

    def write(self, xs: np.ndarray, *, most: int = 30) -> tuple[list[list[int]], list[np.ndarray]]:
        """Return what the model writes, greedily, and where it looked while it did.

        Parameters
        ----------
        xs : numpy.ndarray of int
            Shape (N, S), padded from the right.
        most : int
            Symbols after which it stops.

        Returns
        -------
        outputs : list of list of int
            Without the end symbol.
        shares : list of numpy.ndarray
            For each output, shape (its symbols and the end, those of its source); empty without a way to look back.
        """
        with evaluating(self):
            state, memory, mask = self.encode(torch.as_tensor(xs))
            tokens, looked = [torch.full((len(xs), 1), BOS)], []
            for _ in range(most):
                scores, state, shares = self.decode(tokens[-1], state, memory, mask)
                tokens.append(scores.argmax(dim=2))
                looked.append(shares)
        written = torch.cat(tokens[1:], dim=1).tolist()
        outputs = [row[: row.index(EOS)] if EOS in row else row for row in written]
        if not self.look_back:
            return outputs, []
        every = torch.cat(looked, dim=1).numpy()  # (N, most, S)
        lengths = (np.asarray(xs) != PAD).sum(axis=1)
        found = zip(every, outputs, lengths, strict=True)
        return outputs, [rows[: len(output) + 1, :length] for rows, output, length in found]


def fit(
    model: SmallTranslator,
    xs: np.ndarray,
    ys: np.ndarray,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int = 32,
    seed: int = 0,
) -> list[float]:
    """Train a translator by Adam, and return its mean loss in each epoch, in nats per symbol.

    The rate rises for 30 % of the steps and then falls to 0, both in a straight line.

    Parameters
    ----------
    model : SmallTranslator
        Changed in place.
    xs, ys : numpy.ndarray of int
        Sources (N, S) and targets (N, T), which end in the end symbol; padded from the right.
    epochs : int
    learning_rate : float
        The highest.
    batch_size : int
    seed : int
        Of the order.
    """
    rng, N = np.random.default_rng(seed), len(xs)
    xs, ys = torch.as_tensor(xs), torch.as_tensor(ys)
    inputs = torch.cat([torch.full((N, 1), BOS), ys[:, :-1]], dim=1)
    optimizer = torch.optim.Adam(model.parameters())
    steps, history = -(-N // batch_size), []
    for epoch in range(epochs):
        losses = []
        for k, rows in enumerate(np.array_split(rng.permutation(N), steps)):
            width = int((xs[rows] != PAD).sum(1).max())
            scores = model(xs[rows, :width], inputs[rows])
            loss = F.cross_entropy(scores.transpose(1, 2), ys[rows], ignore_index=PAD)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            progress = (epoch * steps + k + 1) / (epochs * steps)
            optimizer.param_groups[0]["lr"] = learning_rate * min(progress / 0.3, (1 - progress) / 0.7)
            optimizer.step()
            losses.append(loss.item())
        history.append(float(np.mean(losses)))
    return history
