"""One sequence, one time step at a time, as fast as NumPy goes.

Chapter ``02_numpy_lstm``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lstm_lib.numpy_lstm.layers import LSTM


class LSTMStream:
    """One sequence, one time step at a time; made by :meth:`LSTM.stream`.

    Attributes
    ----------
    h, c : numpy.ndarray
        The state, each of shape (H,).
    """

    def __init__(self, layer: LSTM, state: tuple[np.ndarray, np.ndarray] | None = None) -> None:
        D, H = layer.W_ih.shape[1], layer.W_hh.shape[1]
        W = layer._pack().transpose(1, 0, 2).reshape(1 + D + H, 4 * H)
        self._b, self._W_x, self._W_h = W[0], W[1 : 1 + D], W[1 + D :]
        self._one_hot = self._W_x + self._b
        self._half = W.dtype.type(0.5)
        gates = np.zeros((5, H), W.dtype)  # o i f g c_prev, as in the layer
        self._a, self._sigmoids = gates[:4].reshape(4 * H), gates[:3]
        self._o, self._i_f, self._g_c, self.c = gates[0], gates[1:3], gates[3:], gates[4]
        self._terms = np.zeros((2, H), W.dtype)
        self._i_g, self._f_c = self._terms
        self.h = np.zeros(H, W.dtype)
        if state is not None:
            self.h[...], self.c[...] = state

    def step(self, x_t: np.ndarray) -> np.ndarray:
        """Read one input of shape (D,) and return ``h_t``, shape (H,)."""
        return self._advance(x_t @ self._W_x + self._b)

    def step_one_hot(self, index: int) -> np.ndarray:
        """Read the one-hot input whose 1 stands at ``index``: its product is one row of the weights."""
        return self._advance(self._one_hot[index])

    def _advance(self, from_input):
        a, sigmoids = self._a, self._sigmoids
        self.h.dot(self._W_h, a)
        a += from_input  # eq: lstm-gates (4H,)
        np.tanh(a, a)
        sigmoids *= self._half
        sigmoids += self._half
        np.multiply(self._i_f, self._g_c, self._terms)
        np.add(self._i_g, self._f_c, self.c)  # eq: lstm-cell
        self.h = h_t = np.tanh(self.c)
        h_t *= self._o  # eq: lstm-hidden
        return h_t
