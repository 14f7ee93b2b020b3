"""Stacked recurrent layers with a linear read-out: the model that the NumPy chapters train.

Chapter ``02_numpy_lstm``.
"""

from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from lstm_lib.numpy_lstm.layers import LSTM, Dense
from lstm_lib.numpy_lstm.rnn import RNN

CELLS: dict[str, type[LSTM] | type[RNN]] = {"lstm": LSTM, "rnn": RNN}


class SequenceRegressor:
    """Read sequences of vectors and answer each with one vector, or one at every step.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
    layers : int
        Recurrent layers, each reading the hidden states of the one below.
    cell : {"lstm", "rnn"}
    every_step : bool
        False: one output from the last hidden state (many to one). True: an output at each step.
    seed : int or numpy.random.Generator
    dtype : data-type
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        layers: int = 1,
        cell: Literal["lstm", "rnn"] = "lstm",
        every_step: bool = False,
        seed: int | np.random.Generator,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if layers < 1:
            raise ValueError(f"layers must be at least 1, got {layers}")
        rng = np.random.default_rng(seed)
        sizes = [input_size] + [hidden_size] * layers
        self.layers = [CELLS[cell](sizes[k], hidden_size, seed=rng, dtype=dtype) for k in range(layers)]
        self.dense = Dense(hidden_size, output_size, seed=rng, dtype=dtype)
        self.every_step = every_step

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """All parameters, as ``layer0.W_ih`` … ``dense.b``: the arrays themselves, not copies."""
        parts = {f"layer{k}": layer for k, layer in enumerate(self.layers)} | {"dense": self.dense}
        return {f"{part}.{name}": p for part, layer in parts.items() for name, p in layer.parameters.items()}

    def forward(
        self, xs: np.ndarray, state: list[tuple] | None = None, *, lengths: np.ndarray | None = None
    ) -> tuple[np.ndarray, list[tuple]]:
        """Run a batch.

        Parameters
        ----------
        xs : numpy.ndarray
            Shape (B, T, D).
        state : list of tuple, optional
            ``(h, c)`` for each layer.
        lengths : numpy.ndarray of int, optional
            Shape (B,): steps that count in each sequence, when shorter ones are padded at the end.
            The one output of a sequence is read after its own last step.

        Returns
        -------
        ys : numpy.ndarray
            Shape (B, O), or (B, T, O) with ``every_step``.
        state : list of tuple
            ``(h, c)`` of each layer after step T.
        """
        if self.every_step and lengths is not None:
            raise ValueError("lengths say where the one output is read; with every_step there is one at each step")
        states, hs = [], xs
        for layer, layer_state in zip(self.layers, state or [None] * len(self.layers), strict=True):
            hs, layer_state = layer.forward(hs, layer_state)
            states.append(layer_state)
        if self.every_step:
            return self.dense.forward(hs), states
        rows = np.arange(len(hs))
        self._read = (hs.shape, rows, hs.shape[1] - 1 if lengths is None else lengths - 1)
        return self.dense.forward(hs[rows, self._read[2]]), states

    def backward(self, dys: np.ndarray) -> dict[str, np.ndarray]:
        """Carry the gradient of the last :meth:`forward`'s outputs back to every parameter.

        Parameters
        ----------
        dys : numpy.ndarray
            Same shape as the outputs.

        Returns
        -------
        dict of str to numpy.ndarray
            Named as in :attr:`parameters`.
        """
        dhs, dense = self.dense.backward(dys)
        if not self.every_step:
            shape, rows, steps = self._read
            at_end, dhs = dhs, np.zeros(shape, dhs.dtype)
            dhs[rows, steps] = at_end
        gradients = {}
        for k in reversed(range(len(self.layers))):
            layer = self.layers[k].backward(dhs, inputs=k > 0)
            gradients |= {f"layer{k}.{name}": layer[name] for name in ("W_ih", "W_hh", "b")}
            dhs = layer.get("xs")
        gradients |= {f"dense.{name}": g for name, g in dense.items()}
        return {name: gradients[name] for name in self.parameters}

    def predict(self, xs: np.ndarray, *, batch_size: int = 512) -> np.ndarray:
        """Return the outputs for any number of sequences, in pieces that fit in the cache."""
        return np.concatenate([self.forward(xs[s : s + batch_size])[0] for s in range(0, len(xs), batch_size)])
