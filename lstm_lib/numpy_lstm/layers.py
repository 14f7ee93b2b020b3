"""An LSTM over whole sequences in plain NumPy, fast enough to train.

Chapter ``02_numpy_lstm``. The equations are those of :mod:`lstm_lib.gates`, one step at a time; here
they run over a whole batch of sequences, forward and back. Training is in :mod:`lstm_lib.training`.

The public parameters have PyTorch's shapes. Inside, four things make the layer fast:

* **one row per sequence and step**, ``z_t = [1, x_t, h_prev]``, so that bias, input and hidden state
  meet their weights in one product;
* **the gate axis before the batch axis**: a step is (gates, B, H), so that each gate is one
  contiguous block and not every fourth stretch of a row; ``c_prev`` lies behind the gates as a fifth
  block, so that ``[i f] * [g c_prev]`` is one multiplication;
* **nothing is computed twice or allocated anew**: the backward pass needs ``i * g``, ``f * c_prev``
  and ``h_t`` again, and they are kept; arrays and their views live as long as the shape stays;
* **local derivatives for a block of steps at once**, as many as fit in the processor's cache, and
  one product for the gradient of the weights at the end.
"""

import numpy as np
from numpy.typing import DTypeLike

from lstm_lib.core.weights import glorot_uniform, initial_weights
from lstm_lib.numpy_lstm.stream import LSTMStream

# The private order is o i f g: the three sigmoids are neighbours, i f stand before g c_prev, and the
# three gates that act through the cell are neighbours too. PUBLIC[k] is the place of private gate k
# in i f g o; PRIVATE goes back.
PUBLIC = [3, 0, 1, 2]
PRIVATE = [1, 2, 3, 0]
BLOCK = 2**16  # numbers of one kind in a block of steps: about what a second-level cache holds of all kinds


class LSTM:
    """One LSTM layer with a backward pass.

    Parameters
    ----------
    input_size, hidden_size : int
    seed : int or numpy.random.Generator
        Weights are orthogonal and Glorot uniform per gate, the forget bias is 1.
    dtype : data-type
        float32 is about twice as fast; float64 is for checking gradients.

    Attributes
    ----------
    W_ih, W_hh, b : numpy.ndarray
        Shapes (4H, D), (4H, H), (4H,), gate blocks in the order i f g o. They are the truth: change
        them in place and the next :meth:`forward` uses them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, seed: int | np.random.Generator, dtype: DTypeLike = np.float32
    ) -> None:
        if input_size < 1 or hidden_size < 1:
            raise ValueError(f"sizes must be at least 1, got input_size={input_size}, hidden_size={hidden_size}")
        weights = initial_weights("lstm", input_size, hidden_size, np.random.default_rng(seed))
        self.W_ih, self.W_hh, self.b = (w.astype(dtype) for w in weights)
        self._space = {}
        self._ready = False  # whether the work space holds a forward pass

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name: the arrays themselves, not copies."""
        return {"W_ih": self.W_ih, "W_hh": self.W_hh, "b": self.b}

    def _pack(self):
        """Lay the weights out as (4, 1+D+H, H): for each gate what a row ``[1, x_t, h_prev]`` is multiplied with."""
        H, D = self.W_hh.shape[1], self.W_ih.shape[1]
        W = np.empty((4, 1 + D + H, H), self.b.dtype)
        for k, gate in enumerate(PUBLIC):
            rows = slice(gate * H, (gate + 1) * H)
            W[k, 0], W[k, 1 : 1 + D], W[k, 1 + D :] = self.b[rows], self.W_ih[rows].T, self.W_hh[rows].T
        W[:3] *= 0.5  # sigmoid(a) = tanh(a / 2) / 2 + 1/2: one tanh then serves all four gates
        return W

    def _work_space(self, T, B):
        """Return the arrays for one pass and their views step by step, kept from call to call while the shape stays."""
        if self._space and self._space["shape"] == (T, B):
            return self._space
        D, H, dtype = self.W_ih.shape[1], self.W_hh.shape[1], self.W_ih.dtype
        n = min(T, max(1, BLOCK // (B * H)))  # steps in a block
        z = np.ones((T + 1, B, 1 + D + H), dtype)  # rows [1, x_t, h_prev]
        gates = np.empty((T + 1, 5, B, H), dtype)  # o i f g c_prev
        terms = np.empty((T, 2, B, H), dtype)  # i * g and f * c_prev
        tanh_c = np.empty((T, B, H), dtype)
        local = np.empty((n, 5, B, H), dtype)  # of a block: what a step adds to o i f g, and dc_t / dh_t
        da = np.empty((T, B, 4, H), dtype)  # here the gates of a row are neighbours: it meets W_hh in one product
        hs, by_gate = z[:, :, 1 + D :], da.transpose(0, 2, 1, 3)
        forward, backward = [], []
        for t in range(T):
            blocks = (gates[t, :4], gates[t, :3], gates[t, 0], gates[t, 1:3], gates[t, 3:])
            forward.append((z[t], *blocks, terms[t], *terms[t], tanh_c[t], gates[t + 1, 4], hs[t + 1]))
            d_o, d_ifg, dc_dh = local[t % n, 0], local[t % n, 1:4], local[t % n, 4]
            backward.append((d_o, d_ifg, dc_dh, gates[t, 2], by_gate[t, 0], by_gate[t, 1:], da[t].reshape(B, 4 * H)))
        arrays = (z, gates, terms, tanh_c, local, da)
        self._space = {"shape": (T, B), "arrays": arrays, "forward": forward, "backward": backward}
        return self._space

    def forward(
        self, xs: np.ndarray, state: tuple[np.ndarray, np.ndarray] | None = None
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Run a batch of sequences.

        Parameters
        ----------
        xs : numpy.ndarray
            Inputs, shape (B, T, D).
        state : tuple of numpy.ndarray, optional
            ``(h, c)``, each (B, H); zeros if not given.

        Returns
        -------
        hs : numpy.ndarray
            Hidden states of all steps, shape (B, T, H).
        state : tuple of numpy.ndarray
            ``(h, c)`` after the last step, each (B, H).

        Raises
        ------
        ValueError
            If ``xs`` or the state has another shape.
        """
        D, H = self.W_ih.shape[1], self.W_hh.shape[1]
        if xs.ndim != 3 or xs.shape[2] != D or xs.shape[1] < 1:
            raise ValueError(f"xs must be (B, T, {D}) with T at least 1, got {xs.shape}")
        self._ready = False
        B, T, _ = xs.shape
        h_0, c_0 = (0.0, 0.0) if state is None else state
        if state is not None and (h_0.shape != (B, H) or c_0.shape != (B, H)):
            raise ValueError(f"the state must be two arrays {(B, H)}, got {h_0.shape} and {c_0.shape}")

        space = self._work_space(T, B)
        z, gates, *_ = space["arrays"]
        z[:T, :, 1 : 1 + D] = xs.transpose(1, 0, 2)
        z[0, :, 1 + D :], gates[0, 4] = h_0, c_0
        W, half = self._pack(), self.b.dtype.type(0.5)
        for z_t, a, sigmoids, o, i_f, g_c, terms, i_g, f_c, tanh_c, c_t, h_t in space["forward"]:
            np.matmul(z_t, W, out=a)  # eq: lstm-gates (4, B, H)
            np.tanh(a, out=a)
            np.multiply(sigmoids, half, out=sigmoids)
            np.add(sigmoids, half, out=sigmoids)
            np.multiply(i_f, g_c, out=terms)
            np.add(i_g, f_c, out=c_t)  # eq: lstm-cell
            np.tanh(c_t, out=tanh_c)
            np.multiply(o, tanh_c, out=h_t)  # eq: lstm-hidden
        self._ready = True
        hs = z[1:, :, 1 + D :]
        return hs.transpose(1, 0, 2).copy(), (hs[-1].copy(), gates[T, 4].copy())

    def backward(
        self, dhs: np.ndarray, dstate: tuple[np.ndarray, np.ndarray] | None = None, *, inputs: bool = False
    ) -> dict[str, np.ndarray]:
        """Carry a gradient back through the last :meth:`forward`.

        Parameters
        ----------
        dhs : numpy.ndarray
            Gradient with respect to every hidden state, shape (B, T, H); zeros where the loss does
            not look.
        dstate : tuple of numpy.ndarray, optional
            Gradient with respect to the final ``(h, c)``.
        inputs : bool
            Also return the gradients with respect to ``xs`` and the initial state.

        Returns
        -------
        dict of str to numpy.ndarray
            ``W_ih``, ``W_hh``, ``b``; with ``inputs`` also ``xs`` (B, T, D), ``h_0``, ``c_0`` (B, H).

        Raises
        ------
        ValueError
            If there was no forward pass, or ``dhs`` does not fit it.
        """
        D, H = self.W_ih.shape[1], self.W_hh.shape[1]
        if not self._ready:
            raise ValueError("backward needs a forward pass before it")
        T, B = self._space["shape"]
        if dhs.shape != (B, T, H):
            raise ValueError(f"dhs must be {(B, T, H)}, as in the last forward pass, got {dhs.shape}")
        z, gates, terms, tanh_c, local, da = self._space["arrays"]
        dtype = z.dtype.type
        dh, dc = (np.zeros((B, H), dtype) if d is None else d.astype(dtype) for d in dstate or (None, None))
        W_hh, scratch = self.W_hh.reshape(4, H, H)[PUBLIC].reshape(4 * H, H), np.empty((B, H), dtype)
        for start in reversed(range(0, T, len(local))):
            steps = slice(start, min(start + len(local), T))
            _local_derivatives(gates[steps], terms[steps], tanh_c[steps], z[1:][steps, :, 1 + D :], out=local)
            for t in reversed(range(steps.start, steps.stop)):
                d_o, d_ifg, dc_dh, f, da_o, da_ifg, da_t = self._space["backward"][t]
                np.add(dh, dhs[:, t], out=dh)
                np.add(dc, np.multiply(dh, dc_dh, out=scratch), out=dc)  # eq: bptt-cell
                np.multiply(d_o, dh, out=da_o)  # eq: bptt-gates
                np.multiply(d_ifg, dc, out=da_ifg)
                np.multiply(dc, f, out=dc)  # eq: bptt-back
                np.matmul(da_t, W_hh, out=dh)

        da = da.reshape(T * B, 4 * H)
        dW = da.T @ z[:T].reshape(T * B, 1 + D + H)  # eq: bptt-weights
        dW = dW.reshape(4, H, 1 + D + H)[PRIVATE].reshape(4 * H, 1 + D + H)
        gradients = {
            "W_ih": dW[:, 1 : 1 + D].copy(),
            "W_hh": dW[:, 1 + D :].copy(),
            "b": dW[:, 0].copy(),
        }
        if inputs:
            dxs = da @ self.W_ih.reshape(4, H, D)[PUBLIC].reshape(4 * H, D)
            gradients |= {"xs": dxs.reshape(T, B, D).transpose(1, 0, 2), "h_0": dh, "c_0": dc}
        return gradients

    def stream(self, state: tuple[np.ndarray, np.ndarray] | None = None) -> LSTMStream:
        """Take a snapshot of the weights to run one time step at a time.

        Parameters
        ----------
        state : tuple of numpy.ndarray, optional
            ``(h, c)`` of one sequence, each (H,); zeros if not given.

        Returns
        -------
        LSTMStream
        """
        return LSTMStream(self, state)


def _local_derivatives(gates, terms, tanh_c, h, *, out):
    """Compute what each pre-activation adds to ``c_t`` (``o``: to ``h_t``), and what ``h_t`` adds to it, for n steps.

    Each is written with a product that the forward pass made: ``c_prev * f * (1 - f)`` as
    ``(1 - f) * (f * c_prev)``, ``i * (1 - g**2)`` as ``i - (i * g) * g``, and so on.

    Parameters
    ----------
    gates : numpy.ndarray
        o i f g c_prev, shape (n, 5, B, H).
    terms : numpy.ndarray
        ``i * g`` and ``f * c_prev``, shape (n, 2, B, H).
    tanh_c, h : numpy.ndarray
        Shape (n, B, H).
    out : numpy.ndarray
        Room for n steps or more: o i f g and ``dc_t / dh_t``, shape (..., 5, B, H).
    """
    out = out[: len(gates)]
    np.subtract(1, gates[:, :3], out=out[:, :3])  # eq: bptt-gates
    out[:, 0] *= h
    out[:, 1:3] *= terms
    np.multiply(terms[:, 0], gates[:, 3], out=out[:, 3])
    np.subtract(gates[:, 1], out[:, 3], out=out[:, 3])
    np.multiply(h, tanh_c, out=out[:, 4])  # eq: bptt-cell
    np.subtract(gates[:, 0], out[:, 4], out=out[:, 4])


class Dense:
    """A linear read-out, ``y = h W^T + b``, on the last axis of any array.

    Parameters
    ----------
    input_size, output_size : int
    seed : int or numpy.random.Generator
    dtype : data-type

    Attributes
    ----------
    W, b : numpy.ndarray
        Shapes (O, H) and (O,).
    """

    def __init__(
        self, input_size: int, output_size: int, *, seed: int | np.random.Generator, dtype: DTypeLike = np.float32
    ) -> None:
        if input_size < 1 or output_size < 1:
            raise ValueError(f"sizes must be at least 1, got input_size={input_size}, output_size={output_size}")
        self.W = glorot_uniform(output_size, input_size, np.random.default_rng(seed)).astype(dtype)
        self.b = np.zeros(output_size, dtype)

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name: the arrays themselves, not copies."""
        return {"W": self.W, "b": self.b}

    def forward(self, hs: np.ndarray) -> np.ndarray:
        """Return the outputs (..., O) for hidden states (..., H)."""
        self._hs = hs
        return hs @ self.W.T + self.b  # eq: dense

    def backward(self, dys: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the gradient with respect to the input, and a dict for ``W`` and ``b``."""
        flat, rows = dys.reshape(-1, dys.shape[-1]), self._hs.reshape(-1, self._hs.shape[-1])
        return dys @ self.W, {"W": flat.T @ rows, "b": flat.sum(axis=0)}
