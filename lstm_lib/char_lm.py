"""A character model in PyTorch: an embedding, recurrent layers, a choice among V characters.

Chapter ``05_char_lm``. How it is trained stands in :mod:`lstm_lib.char_training`.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lstm_lib import checkpoint
from lstm_lib.core.errors import InputError
from lstm_lib.core.weights import GATES
from lstm_lib.texts import UNKNOWN, Alphabet, contiguous_rows
from lstm_lib.torch_parts import embedding, linear, recurrent, set_parameters, torch

nn, F = torch.nn, torch.nn.functional
KIND = "character model"  # what its file says it is
SHIPPED = Path(__file__).parent / "weights" / "05_char_lm.safetensors"  # the model that an hour of one core trained


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
    cell: str = "lstm"
    layers: int = 1
    embedding_size: int = 32
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    tied: bool = False
    forget_bias: float = 1.0

    def parameters(self):
        """Count the weights, with PyTorch's two biases in each layer, without making the model."""
        V, E, H = self.vocab_size, self.embedding_size, self.hidden_size
        inputs = [E or V] + [H] * (self.layers - 1)
        layers = sum(GATES[self.cell] * H * (D + H + 2) for D in inputs)
        return V * E + layers + ((H + 1) * E + V if self.tied else (H + 1) * V)


def units_for(parameters, **shape):
    """Give the hidden size, a multiple of 8, whose model has about so many weights.

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
    """Give, after each character, logits for the next one.

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

    def __init__(self, architecture, *, seed):
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

    def forward(self, xs, state=None):
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
        if self.embedding is None:
            inputs = F.one_hot(xs, self.architecture.vocab_size).to(self.recurrent.weight_ih_l0.dtype)
        else:
            inputs = self.embedding(xs)
        inputs = self.dropout(inputs)
        weights = {}
        if self.training and self.architecture.recurrent_dropout:
            for name, W in self.recurrent.named_parameters():
                if name.startswith("weight_hh"):
                    weights[name] = F.dropout(W, self.architecture.recurrent_dropout)
        hs, state = torch.func.functional_call(self.recurrent, weights, (inputs, state))
        hs = self.dropout(hs)
        if self.architecture.tied:
            return F.linear(self.project(hs), self.embedding.weight, self.bias), state
        return self.output(hs), state


def detach(state):
    """Keep a state's numbers and forget how they were computed: no gradient flows past here."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def cross_entropy(logits, ys):
    """Give the mean of -ln p over all characters of a batch; logits (B, T, V), ys (B, T)."""
    return F.cross_entropy(logits.flatten(0, 1), ys.flatten())


@torch.no_grad()
def loss(model, ids, *, window=1024, batch_size=1):
    """Score a whole text, carrying the state through it.

    Parameters
    ----------
    model : CharLM
    ids : numpy.ndarray of int
        Shape (N,), N at least 2.
    window : int
        Characters read at once; changes nothing but memory and speed.
    batch_size : int
        1 reads the text as it stands. More cut it into so many rows that are read side by side, which is faster; each
        of them begins without knowing what came before.

    Returns
    -------
    float
        Mean of -ln p over all characters but the first of each row, in nats.
    """
    rows = torch.from_numpy(contiguous_rows(np.asarray(ids, np.int64), batch_size))
    was_training = model.training
    model.eval()
    total, count, state = 0.0, 0, None
    for s in range(0, rows.shape[1] - 1, window):
        ys = rows[:, s + 1 : s + 1 + window]
        logits, state = model(rows[:, s : s + ys.shape[1]], state)
        total += cross_entropy(logits, ys).item() * ys.numel()
        count += ys.numel()
    model.train(was_training)
    return total / count


def draw(logits, *, temperature=1.0, top_k=None, generator=None):
    """Draw characters from softmax(logits / temperature).

    Parameters
    ----------
    logits : torch.Tensor
        Shape (B, V).
    temperature : float
        Above 0. Below 1 the likely become likelier, above 1 less so.
    top_k : int, optional
        Draw among so many of the likeliest only.
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
    return torch.multinomial(F.softmax(logits / temperature, dim=1), 1, generator=generator)[:, 0]


@torch.no_grad()
def sample(model, prime, length, *, streams=1, temperature=1.0, top_k=None, seed=0):
    """Let the model write: read a beginning, then draw each character after those before it.

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
    was_training = model.training
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    written = torch.empty(streams, length, dtype=torch.int64)
    last, state = torch.from_numpy(np.asarray(prime, np.int64)).expand(streams, -1), None
    for t in range(length):
        logits, state = model(last, state)
        logits = logits[:, -1]
        logits[:, UNKNOWN] = -torch.inf
        written[:, t] = draw(logits, temperature=temperature, top_k=top_k, generator=generator)
        last = written[:, t : t + 1]
    model.train(was_training)
    return written.numpy()


def save_model(path, model, alphabet, record, *, half=False):
    """Write a model, its alphabet and how it was trained in one safetensors file.

    Parameters
    ----------
    path : str or Path
    model : CharLM
    alphabet : lstm_lib.texts.Alphabet
    record : dict
        Whatever should be known of it; anything YAML can hold.
    half : bool
        Store 16-bit numbers, which take half the room; they are read back as 32-bit ones.
    """
    arrays = {name: (p.detach().half() if half else p.detach()).numpy() for name, p in model.named_parameters()}
    about = {"kind": KIND, "architecture": asdict(model.architecture), "characters": alphabet.characters}
    checkpoint.save(path, arrays, about | {"record": record})


def load_model(path):
    """Read what :func:`save_model` wrote.

    Returns
    -------
    model : CharLM
    alphabet : lstm_lib.texts.Alphabet
    record : dict

    Raises
    ------
    InputError
        If the file is missing, cut short, or holds something else.
    """
    arrays, about = checkpoint.load(path)
    if about.get("kind") != KIND:
        raise InputError(f"{path}: not a {KIND}; lstm-lib chars train --output writes one")
    try:
        model = CharLM(Architecture(**about["architecture"]), seed=0)
        alphabet = Alphabet(about["characters"])
        set_parameters(model, arrays)
        if alphabet.size != model.architecture.vocab_size:
            raise ValueError
        return model, alphabet, about["record"]
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise InputError(f"{path}: its weights and its description disagree; train the model again") from None
