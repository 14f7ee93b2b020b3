"""What the models in PyTorch are made of: layers with their first weights, dropout, a device, a mode.

Chapters ``07_char_lm`` and ``08_seq2seq``. How they are trained: :mod:`lstm_lib.frameworks.torch_training`.
"""

import contextlib
from collections.abc import Iterator
from typing import Literal, TypeVar

import numpy as np

from lstm_lib.core.weights import initial_weights
from lstm_lib.errors import InputError, MissingFrameworkError

try:
    import torch
except ImportError as error:
    raise MissingFrameworkError(f"PyTorch can't be loaded ({error}); pip install 'lstm-lib[torch]'") from None
from torch import nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
DEVICES = ("auto", "cpu", "cuda")
Module = TypeVar("Module", bound=nn.Module)


def set_arrays(module: Module, **arrays: np.ndarray) -> Module:
    """Copy arrays into a module's parameters, and return the module."""
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.from_numpy(np.asarray(array)))
    return module


def linear(input_size: int, output_size: int, rng: np.random.Generator, *, bias: bool = True) -> nn.Linear:
    """Return a linear layer: weights uniform in ±1/sqrt(input_size), biases 0."""
    arrays = {"weight": rng.uniform(-1, 1, size=(output_size, input_size)) / np.sqrt(input_size)}
    if bias:
        arrays["bias"] = np.zeros(output_size)
    return set_arrays(nn.Linear(input_size, output_size, bias=bias), **arrays)


def embedding(vocab_size: int, embedding_size: int, rng: np.random.Generator) -> nn.Embedding:
    """Return an embedding whose numbers are normally distributed."""
    weight = rng.normal(size=(vocab_size, embedding_size))
    return set_arrays(nn.Embedding(vocab_size, embedding_size), weight=weight)


def recurrent(
    cell: Literal["lstm", "gru", "rnn"],
    input_size: int,
    hidden_size: int,
    rng: np.random.Generator,
    *,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    forget_bias: float = 1.0,
) -> nn.RNNBase:
    """Return recurrent layers that start as in :func:`lstm_lib.core.weights.initial_weights`.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    input_size, hidden_size : int
        D and H.
    rng : numpy.random.Generator
    layers : int
    bidirectional : bool
    dropout : float
        Share of what one layer hands to the next that is silenced in training.
    forget_bias : float

    Returns
    -------
    torch.nn.RNNBase
        Batch first.
    """
    between = dropout if layers > 1 else 0.0
    module = CELLS[cell](
        input_size, hidden_size, layers, batch_first=True, dropout=between, bidirectional=bidirectional
    )
    for k in range(layers):
        for end in ("", "_reverse")[: 1 + bidirectional]:
            D = hidden_size * (1 + bidirectional) if k else input_size
            W_ih, W_hh, b = initial_weights(cell, D, hidden_size, rng, forget_bias=forget_bias)
            arrays = {"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b, "bias_hh": 0 * b}
            set_arrays(module, **{f"{name}_l{k}{end}": array for name, array in arrays.items()})
    return module


class SequenceDropout(nn.Module):
    """Silence in training some units of a sequence, shape (B, T, D), the same at every step.

    It draws T times fewer random numbers than dropout of each value by itself, and no step reveals what another hides.

    Parameters
    ----------
    share : float
        Probability that a unit is silenced; the others are made larger, so that the mean stays.

    References
    ----------
    Gal & Ghahramani (2016), arXiv:1512.05287.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, xs: torch.Tensor) -> torch.Tensor:
        """Return the sequences with some of their units at 0; outside training, as they are."""
        if not self.training or not self.share:
            return xs
        kept = torch.rand(xs.shape[0], 1, xs.shape[2], dtype=xs.dtype, device=xs.device) >= self.share
        return xs * (kept / (1 - self.share))


def parameter_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """Return the parameters of a model as NumPy arrays by name, wherever the model is."""
    return {name: p.detach().cpu().numpy() for name, p in model.named_parameters()}


def set_parameters(model: nn.Module, arrays: dict[str, np.ndarray]) -> None:
    """Copy arrays by name into a model; ``ValueError`` if names or shapes are not the model's."""
    parameters = dict(model.named_parameters())
    if arrays.keys() != parameters.keys() or any(arrays[n].shape != tuple(p.shape) for n, p in parameters.items()):
        raise ValueError("weights of another model")
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(torch.from_numpy(arrays[name]))


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model in evaluation mode, without gradients, for the length of a block.

    At its end each part of the model is again in the mode it was in, also after an exception.

    Parameters
    ----------
    model : torch.nn.Module
    """
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training


def device_of(model: nn.Module) -> torch.device:
    """Return the device that the parameters of a model are on."""
    return next(model.parameters()).device


def pick_device(name: Literal["auto", "cpu", "cuda"] = "auto") -> torch.device:
    """Return the device to compute on.

    Parameters
    ----------
    name : {"auto", "cpu", "cuda"}
        auto: a GPU where there is one that PyTorch can use, else the CPU.

    Returns
    -------
    torch.device

    Raises
    ------
    InputError
        If cuda is asked for and there is none.
    """
    if name not in DEVICES:
        raise InputError(f"device must be one of {', '.join(DEVICES)}, not {name!r}")
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise InputError("device cuda: PyTorch finds no GPU here; take cpu, or auto for a GPU where there is one")
    return torch.device("cuda" if found and name != "cpu" else "cpu")


def use_one_thread() -> None:
    """Keep PyTorch to one thread, so that CPU time means the same on every machine and sums repeat."""
    torch.set_num_threads(1)
