"""What the models in PyTorch have in common: first weights, random numbers, and a state to save and resume.

Chapters ``05_char_lm`` and ``06_seq2seq``.
"""

import numpy as np

from lstm_lib.core.weights import initial_weights
from lstm_lib.errors import InputError

try:
    import torch
except ImportError as error:
    raise InputError(f"PyTorch can't be loaded ({error}); pip install 'lstm-lib[torch]'") from None
import torch.distributed
from torch import nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
STATE = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps of each parameter


def set_arrays(module, **arrays):
    """Copy arrays into a module's parameters, and return the module."""
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.from_numpy(np.asarray(array)))
    return module


def linear(inputs, outputs, rng, *, bias=True):
    """Make a linear layer: weights uniform in ±1/sqrt(inputs), biases 0."""
    arrays = {"weight": rng.uniform(-1, 1, size=(outputs, inputs)) / np.sqrt(inputs)}
    if bias:
        arrays["bias"] = np.zeros(outputs)
    return set_arrays(nn.Linear(inputs, outputs, bias=bias), **arrays)


def embedding(symbols, size, rng):
    """Make an embedding whose numbers are normally distributed."""
    return set_arrays(nn.Embedding(symbols, size), weight=rng.normal(size=(symbols, size)))


def recurrent(cell, inputs, units, rng, *, layers=1, bidirectional=False, dropout=0.0, forget_bias=1.0):
    """Make recurrent layers that start as in :func:`lstm_lib.core.weights.initial_weights`.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
    inputs, units : int
        D and H.
    rng : numpy.random.Generator
    layers : int
    bidirectional : bool
    dropout : float
        Share of what one layer gives the next that is silenced in training.
    forget_bias : float

    Returns
    -------
    torch.nn.Module
        Batch first.
    """
    between = dropout if layers > 1 else 0.0
    module = CELLS[cell](inputs, units, layers, batch_first=True, dropout=between, bidirectional=bidirectional)
    for k in range(layers):
        for end in ("", "_reverse")[: 1 + bidirectional]:
            D = units * (1 + bidirectional) if k else inputs
            W_ih, W_hh, b = initial_weights(cell, D, units, rng, forget_bias=forget_bias)
            arrays = {"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b, "bias_hh": 0 * b}
            set_arrays(module, **{f"{name}_l{k}{end}": array for name, array in arrays.items()})
    return module


class SequenceDropout(nn.Module):
    """Silence in training some units of a sequence, shape (B, T, D), the same at every step.

    It draws T times fewer random numbers than dropout of each value by itself, and no step tells what another hides.

    Parameters
    ----------
    share : float
        Probability that a unit is silenced; the others are made larger, so that the mean stays.

    References
    ----------
    Gal & Ghahramani (2016), arXiv:1512.05287.
    """

    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, xs):
        """Give the sequences with some of their units at 0; outside training, as they are."""
        if not self.training or not self.share:
            return xs
        kept = torch.rand(xs.shape[0], 1, xs.shape[2], dtype=xs.dtype) >= self.share
        return xs * (kept / (1 - self.share))


def set_parameters(model, arrays):
    """Copy arrays by name into a model; ``ValueError`` if names or shapes are not the model's."""
    parameters = dict(model.named_parameters())
    if arrays.keys() != parameters.keys() or any(arrays[n].shape != tuple(p.shape) for n, p in parameters.items()):
        raise ValueError("weights of another model")
    with torch.no_grad():
        for name, p in parameters.items():
            p.copy_(torch.from_numpy(arrays[name]))


def use_one_thread():
    """Let PyTorch compute on one thread, so that CPU time means the same on every machine and sums repeat."""
    torch.set_num_threads(1)


def seed_epoch(seed, epoch, rank):
    """Let everything random in an epoch follow from its number, so that what was drawn before does not matter."""
    torch.manual_seed(int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1, np.uint64)[0] >> 1))


def latest(progress, world_size):
    """Agree on the progress of the process that has used most time, so that all stop after the same step."""
    if world_size == 1:
        return progress
    shared = torch.tensor(progress)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return shared.item()


def save_state(run, name, model, optimizer, meta):
    """Save a model, what its AdamW remembers, and ``meta``, as the state ``name`` of a run."""
    arrays = {f"model.{n}": p.detach().numpy() for n, p in model.named_parameters()}
    for n, p in model.named_parameters():
        for key, value in optimizer.state.get(p, {}).items():
            arrays[f"{key}.{n}"] = value.numpy()
    run.save(name, arrays, meta)


def resume_state(run, name, model, optimizer, keys):
    """Take back what :func:`save_state` saved.

    Parameters
    ----------
    run : lstm_lib.storage.checkpoint.Run
    name : str
    model : torch.nn.Module
    optimizer : torch.optim.AdamW
    keys : tuple of str
        Of ``meta``.

    Returns
    -------
    list or None
        The values of ``meta``; None if nothing has been saved yet.

    Raises
    ------
    InputError
        If the state is that of another model.
    """
    stored = run.resume(name)
    if stored is None:
        return None
    arrays, meta = stored
    try:
        set_parameters(model, {n[6:]: a for n, a in arrays.items() if n.startswith("model.")})
        for n, p in model.named_parameters():
            optimizer.state[p] = {key: torch.from_numpy(arrays[f"{key}.{n}"]) for key in STATE}
        return [meta[key] for key in keys]
    except (KeyError, ValueError):
        raise InputError(
            f"{run.directory}: the state {name!r} is that of another model; choose another folder"
        ) from None
