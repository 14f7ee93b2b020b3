"""An LSTM as a textbook writes it: one product per gate and step, float64, nothing kept between calls.

The naive baseline of the speed table. Same numbers as :class:`lstm_lib.numpy_lstm.LSTM`.
"""

import numpy as np


def sigmoid(a):
    """The definition, as it is usually written."""
    return 1 / (1 + np.exp(-a))


class TextbookLSTM:
    """One layer; weights in dictionaries by gate.

    Parameters
    ----------
    W_ih, W_hh, b : numpy.ndarray
        Stacked i f g o, as in :class:`lstm_lib.numpy_lstm.LSTM`.
    """

    def __init__(self, W_ih, W_hh, b):
        parts = (np.split(np.asarray(a, np.float64), 4) for a in (W_ih, W_hh, b))
        self.W, self.U, self.b = (dict(zip("ifgo", blocks, strict=True)) for blocks in parts)

    def forward(self, xs):
        """Map (B, T, D) to hidden states (B, T, H)."""
        B, T, _ = xs.shape
        h = c = np.zeros((B, len(self.b["i"])))
        self.steps, hs = [], []
        for t in range(T):
            x, h_prev, c_prev = xs[:, t], h, c
            i = sigmoid(x @ self.W["i"].T + h @ self.U["i"].T + self.b["i"])
            f = sigmoid(x @ self.W["f"].T + h @ self.U["f"].T + self.b["f"])
            g = np.tanh(x @ self.W["g"].T + h @ self.U["g"].T + self.b["g"])
            o = sigmoid(x @ self.W["o"].T + h @ self.U["o"].T + self.b["o"])
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            self.steps.append((x, h_prev, c_prev, i, f, g, o, c))
            hs.append(h)
        return np.stack(hs, axis=1)

    def backward(self, dhs):
        """Return gradients, stacked i f g o."""
        dW, dU, db = ({k: np.zeros_like(v) for k, v in p.items()} for p in (self.W, self.U, self.b))
        dh = dc = np.zeros_like(dhs[:, 0])
        for t in reversed(range(dhs.shape[1])):
            x, h_prev, c_prev, i, f, g, o, c = self.steps[t]
            dh = dh + dhs[:, t]
            tanh_c = np.tanh(c)
            dc = dc + dh * o * (1 - tanh_c**2)
            da = {
                "i": dc * g * i * (1 - i),
                "f": dc * c_prev * f * (1 - f),
                "g": dc * i * (1 - g**2),
                "o": dh * tanh_c * o * (1 - o),
            }
            dh = np.zeros_like(h_prev)
            for k, a in da.items():
                dW[k] += a.T @ x
                dU[k] += a.T @ h_prev
                db[k] += a.sum(axis=0)
                dh += a @ self.U[k]
            dc = dc * f
        return {name: np.concatenate(list(parts.values())) for name, parts in (("W_ih", dW), ("W_hh", dU), ("b", db))}
