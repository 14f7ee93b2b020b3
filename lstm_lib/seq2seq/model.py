"""An encoder that reads a source and a decoder that writes a target, in PyTorch, with or without attention.

Chapter ``08_seq2seq``. How it is trained stands in :mod:`lstm_lib.seq2seq.training`, how the best output is searched
for in :mod:`lstm_lib.beam_search.batched`.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from lstm_lib.attention.scores import additive_scores, attention_weights, dot_scores
from lstm_lib.data.symbols import BOS, PAD, UNKNOWN
from lstm_lib.frameworks.torch_parts import SequenceDropout, embedding, linear, recurrent, torch

nn, F = torch.nn, torch.nn.functional
NEVER_WRITTEN = [PAD, BOS, UNKNOWN]
ATTENTIONS = ("dot", "additive", "none")


@dataclass(frozen=True)
class Architecture:
    """The shape of a :class:`Seq2Seq`.

    Attributes
    ----------
    source_size, target_size : int
        Symbols of the two sides, the special ones included; the second is V.
    hidden_size : int
        H, units of each decoder layer.
    encoder_size : int
        Units of each encoder layer and direction; 0: as many as the decoder's.
    cell : {"lstm", "gru", "rnn"}
    layers : int
        Of the encoder, and of the decoder.
    bidirectional : bool
        Whether the encoder reads both ways. M, the width of its memory, is then twice its units.
    embedding_size : int
        E, numbers that stand for a symbol.
    attention : {"dot", "additive", "none"}
        How the decoder looks back at the source: by Luong's general form, whose weights are learned products; by
        Bahdanau's; or not at all, so that all it knows of the source must fit into its first state.
    readout_size : int
        Units between decoder and output; 0: as many as the decoder's.
    dropout : float
        Share of the embeddings, of the encoder's outputs and of the readout that is silenced in training, the same
        units at every step of a sequence; at a teacher forcing below 1 the decoder's are drawn anew at each step.
    """

    source_size: int
    target_size: int
    hidden_size: int = 256
    encoder_size: int = 0
    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    layers: int = 1
    bidirectional: bool = True
    embedding_size: int = 64
    attention: Literal["dot", "additive", "none"] = "dot"
    readout_size: int = 0
    dropout: float = 0.2

    @property
    def shape(self) -> dict[str, Any]:
        """The fields but for the numbers of symbols."""
        sizes = ("source_size", "target_size")
        return {name: value for name, value in asdict(self).items() if name not in sizes}


class Seq2Seq(nn.Module):
    """Return, after each symbol of a target, the log-probabilities of the next one.

    A decoder state is a dictionary of tensors, each with the batch on its first axis, so that the states of some
    rows are ``{name: part[rows] for name, part in state.items()}``: ``hidden`` (B, layers, H), for the LSTM
    ``cell`` (B, layers, H), and with attention ``memory`` (B, S, M), ``keys`` (B, S, H), computed from it once, and
    ``mask`` (B, S), true where the source has a symbol. Padding, begin and unknown are never written: their
    log-probability is minus infinity.

    Parameters
    ----------
    architecture : Architecture
    seed : int

    References
    ----------
    Sutskever, Vinyals & Le (2014), arXiv:1409.3215. Bahdanau, Cho & Bengio (2015), arXiv:1409.0473. Luong, Pham &
    Manning (2015), arXiv:1508.04025, without feeding what was attended to back into the decoder: so all steps of a
    given target are computed at once.
    """

    def __init__(self, architecture: Architecture, *, seed: int) -> None:
        super().__init__()
        self.architecture = a = architecture
        rng = np.random.default_rng(seed)
        E, H, H_enc = a.embedding_size, a.hidden_size, a.encoder_size or a.hidden_size
        M, R = H_enc * (1 + a.bidirectional), a.readout_size or H
        shape = {"layers": a.layers, "dropout": a.dropout}
        self.source_embedding = embedding(a.source_size, E, rng)
        self.target_embedding = embedding(a.target_size, E, rng)
        self.encoder = recurrent(a.cell, E, H_enc, rng, bidirectional=a.bidirectional, **shape)
        self.decoder = recurrent(a.cell, E, H, rng, **shape)
        self.state_names = ("hidden", "cell") if a.cell == "lstm" else ("hidden",)
        self.bridge = nn.ModuleDict({name: linear(M, H, rng) for name in self.state_names} if M != H else {})
        if a.attention != "none":
            self.key = linear(M, H, rng, bias=False)
        if a.attention == "additive":
            self.query, self.energy = linear(H, H, rng), linear(H, 1, rng, bias=False)
        self.readout = linear(H + M * (a.attention != "none"), R, rng)
        self.output = linear(R, a.target_size, rng)
        self.dropout = SequenceDropout(a.dropout)

    def encode(self, xs: torch.Tensor, lengths: torch.Tensor) -> dict[str, torch.Tensor]:
        """Read the sources.

        Parameters
        ----------
        xs : torch.Tensor of int
            Shape (B, S), padded from the right.
        lengths : torch.Tensor of int
            Shape (B,), each at least 1; on the CPU, wherever the model is.

        Returns
        -------
        dict of str to torch.Tensor
            The decoder's first state.
        """
        B, S = xs.shape
        lengths = lengths.cpu()
        inputs = self.dropout(self.source_embedding(xs))
        if bool((lengths == S).all()):
            memory, last = self.encoder(inputs)
        else:  # packed, so that no padding is read, in either direction
            packed = nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
            memory, last = self.encoder(packed)
            memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True, total_length=S)
        last = last if isinstance(last, tuple) else (last,)
        state = {}
        for name, part in zip(self.state_names, last, strict=True):  # (layers * directions, B, H_enc)
            part = part.transpose(0, 1).reshape(B, self.architecture.layers, -1)
            if self.bridge:
                part = self.bridge[name](part)
                part = torch.tanh(part) if name == "hidden" else part
            state[name] = part
        if self.architecture.attention != "none":
            state["memory"] = self.dropout(memory)
            state["keys"] = self.key(state["memory"])
            state["mask"] = (torch.arange(S, device=lengths.device) < lengths[:, None]).to(xs.device)
        return state

    def step(
        self, tokens: torch.Tensor, state: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Go on by one symbol.

        Parameters
        ----------
        tokens : torch.Tensor of int
            Shape (B,): what was written last; at first :data:`~lstm_lib.data.BOS`.
        state : dict of str to torch.Tensor
            Not changed.

        Returns
        -------
        log_p : torch.Tensor
            Shape (B, V), in nats.
        state : dict of str to torch.Tensor
        """
        log_p, state, _ = self._decode(tokens[:, None], state)
        return log_p[:, 0], state

    def forward(
        self, xs: torch.Tensor, lengths: torch.Tensor, inputs: torch.Tensor, *, teacher_forcing: float = 1.0
    ) -> torch.Tensor:
        """Score given targets, or targets that the model partly writes itself.

        Parameters
        ----------
        xs, lengths
            As in :meth:`encode`.
        inputs : torch.Tensor of int
            Shape (B, T): begin, and the target but for its last symbol.
        teacher_forcing : float
            Probability with which a step is given the target's last symbol, not the model's own likeliest. At 1 all
            steps are computed at once.

        Returns
        -------
        torch.Tensor
            Shape (B, T, V): log-probabilities of what follows, in nats.

        References
        ----------
        Bengio, Vinyals, Jaitly & Shazeer (2015), arXiv:1506.03099.
        """
        state = self.encode(xs, lengths)
        if teacher_forcing >= 1:
            return self._decode(inputs, state)[0]
        log_ps = []
        for t in range(inputs.shape[1]):
            tokens = inputs[:, t]
            if t:
                taught = torch.rand(len(tokens), device=tokens.device) < teacher_forcing
                tokens = torch.where(taught, tokens, log_ps[-1].argmax(1))
            log_p, state = self.step(tokens, state)
            log_ps.append(log_p)
        return torch.stack(log_ps, dim=1)

    @torch.no_grad()
    def align(self, xs: torch.Tensor, lengths: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Return the attention, shape (B, T, S), with which each symbol of given targets is written.

        ``ValueError`` if the model has none.
        """
        if self.architecture.attention == "none":
            raise ValueError("a model without attention looks at no symbol of its source")
        return self._decode(inputs, self.encode(xs, lengths))[2]

    def _decode(self, inputs, state):
        """Go on by T symbols that are given: log-probabilities (B, T, V), the new state, attention (B, T, S)."""
        before = [state[name].transpose(0, 1).contiguous() for name in self.state_names]
        before = tuple(before) if len(before) > 1 else before[0]
        read = self.dropout(self.target_embedding(inputs))
        hs, after = self.decoder(read, before)  # eq: decoder        hs (B, T, H)
        after = after if isinstance(after, tuple) else (after,)
        names = zip(self.state_names, after, strict=True)
        new = {name: part.transpose(0, 1) for name, part in names}
        weights = None
        if self.architecture.attention != "none":
            weights = self._attention(hs, state)
            context = weights @ state["memory"]  # (B, T, M)
            hs = torch.cat([hs, context], dim=2)
        logits = self.output(self.dropout(torch.tanh(self.readout(hs))))
        logits[..., NEVER_WRITTEN] = -torch.inf
        return F.log_softmax(logits, dim=2), state | new, weights

    def _attention(self, hs, state):
        """Share each step's attention (B, T, S) among the symbols of its source."""
        if self.architecture.attention == "dot":
            scores = dot_scores(hs, state["keys"])
        else:
            scores = additive_scores(self.query(hs), state["keys"], self.energy)
        return attention_weights(scores, state["mask"])
