"""The simple recurrent network over whole sequences, to be compared with the LSTM in the same harness.

Chapter ``02_numpy_lstm``. Same interface as :class:`lstm_lib.numpy_lstm.LSTM`, but for a gradient of the
final state, and no attempt at speed: it calls the steps of :mod:`lstm_lib.gates`.
"""

import numpy as np
from numpy.typing import DTypeLike

from lstm_lib.core.weights import initial_weights
from lstm_lib.gates import rnn_step, rnn_step_backward


class RNN:
    """One layer of :func:`~lstm_lib.gates.rnn_step` with a backward pass.

    Parameters
    ----------
    input_size, hidden_size : int
    seed : int or numpy.random.Generator
    dtype : data-type

    Attributes
    ----------
    W_ih, W_hh, b : numpy.ndarray
        Shapes (H, D), (H, H), (H,).
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, seed: int | np.random.Generator, dtype: DTypeLike = np.float32
    ) -> None:
        weights = initial_weights("rnn", input_size, hidden_size, np.random.default_rng(seed))
        self.W_ih, self.W_hh, self.b = (w.astype(dtype) for w in weights)

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name: the arrays themselves, not copies."""
        return {"W_ih": self.W_ih, "W_hh": self.W_hh, "b": self.b}

    def forward(
        self, xs: np.ndarray, state: tuple[np.ndarray, None] | None = None
    ) -> tuple[np.ndarray, tuple[np.ndarray, None]]:
        """Run a batch, (B, T, D) to (B, T, H); the state is ``(h, None)``, as there is no cell."""
        h = np.zeros((len(xs), len(self.b)), self.b.dtype) if state is None else state[0]
        self._xs, self._hs = xs, [h]
        for t in range(xs.shape[1]):
            self._hs.append(rnn_step(xs[:, t], self._hs[-1], *self.parameters.values()))
        return np.stack(self._hs[1:], axis=1), (self._hs[-1], None)

    def backward(self, dhs: np.ndarray, *, inputs: bool = False) -> dict[str, np.ndarray]:
        """Carry a gradient (B, T, H) back; with ``inputs`` also return the one for ``xs``."""
        gradients = {name: np.zeros_like(p) for name, p in self.parameters.items()}
        dxs, dh = np.empty(self._xs.shape, self.b.dtype), np.zeros_like(self._hs[0])
        if dhs.shape != (*self._xs.shape[:2], len(self.b)):
            raise ValueError(f"dhs must be {(*self._xs.shape[:2], len(self.b))}, got {dhs.shape}")
        for t in reversed(range(dhs.shape[1])):
            dxs[:, t], dh, *step = rnn_step_backward(
                dh + dhs[:, t], self._xs[:, t], self._hs[t], *self.parameters.values()
            )
            for total, part in zip(gradients.values(), step, strict=True):
                total += part
        return gradients | ({"xs": dxs} if inputs else {})
