"""An LSTM over whole sequences in plain NumPy, fast enough to train.

Chapter ``02_numpy_lstm``. The equations are those of :mod:`lstm_lib.gates`, one step at a time; here
they run over a whole batch of sequences, forward and back. Training is in :mod:`lstm_lib.training`.

The public parameters have PyTorch's shapes. Inside, three things make the layer fast:

* **one product per step**: bias, input and hidden state stand side by side in one row
  ``z_t = [1, x_t, h_prev]`` and so do their weights;
* **the gate axis first**: activations have shape (4, T, B, H), so that each gate is one contiguous
  block and not every fourth stretch of a row;
* **what can wait is done once**: local derivatives for all steps before the backward loop, the
  gradient of the weights in one product after it.
"""

import numpy as np

from lstm_lib.core.weights import glorot_uniform, initial_weights

# The private order is o i f g: the three sigmoids are neighbours, and so are the three gates that
# act through the cell. PUBLIC[k] is the place of private gate k in i f g o; PRIVATE goes back.
PUBLIC = [3, 0, 1, 2]
PRIVATE = [1, 2, 3, 0]


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

    def __init__(self, input_size, hidden_size, *, seed, dtype=np.float32):
        if input_size < 1 or hidden_size < 1:
            raise ValueError(f"sizes must be at least 1, got input_size={input_size}, hidden_size={hidden_size}")
        weights = initial_weights("lstm", input_size, hidden_size, np.random.default_rng(seed))
        self.W_ih, self.W_hh, self.b = (w.astype(dtype) for w in weights)
        self._space = {}
        self._ready = False  # whether the work space holds a forward pass

    @property
    def parameters(self):
        """The parameters by name: the arrays themselves, not copies."""
        return {"W_ih": self.W_ih, "W_hh": self.W_hh, "b": self.b}

    def _pack(self):
        """Lay the weights out as (4, H, 1+D+H), one block per gate, rows ready for ``[1, x_t, h]``."""
        H, D = self.W_hh.shape[1], self.W_ih.shape[1]
        packed = np.concatenate(
            [self.b.reshape(4, H, 1), self.W_ih.reshape(4, H, D), self.W_hh.reshape(4, H, H)], axis=2
        )[PUBLIC]
        packed[:3] *= 0.5  # sigmoid(a) = tanh(a / 2) / 2 + 1/2: one tanh then serves all four gates
        return packed

    def _work_space(self, T, B):
        """Arrays for one pass, kept from call to call as long as the shape stays."""
        D, H, dtype = self.W_ih.shape[1], self.W_hh.shape[1], self.W_ih.dtype
        if not self._space or self._space["gates"].shape[1:3] != (T, B):
            self._space = {
                "z": np.ones((T + 1, B, 1 + D + H), dtype),  # rows [1, x_t, h_{t-1}]
                "gates": np.empty((4, T, B, H), dtype),  # o i f g
                "c": np.empty((T + 1, B, H), dtype),
                "tanh_c": np.empty((T, B, H), dtype),
                "dgates": np.empty((4, T, B, H), dtype),
                "dc_dh": np.empty((T, B, H), dtype),
                "dh_sum": np.empty((4, B, H), dtype),
                "scratch": np.empty((B, H), dtype),
            }
        return self._space

    def forward(self, xs, state=None):
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
        z, gates, c, tanh_c, scratch = (space[k] for k in ("z", "gates", "c", "tanh_c", "scratch"))
        z[:T, :, 1 : 1 + D] = xs.transpose(1, 0, 2)
        h = z[:, :, 1 + D :]
        h[0], c[0] = h_0, c_0
        W = self._pack().transpose(0, 2, 1)
        for t in range(T):
            a = gates[:, t]  # (4, B, H)
            np.matmul(z[t], W, out=a)  # eq: lstm-gates
            np.tanh(a, out=a)
            a[:3] *= 0.5
            a[:3] += 0.5
            o, i, f, g = a
            np.multiply(f, c[t], out=c[t + 1])  # eq: lstm-cell
            np.multiply(i, g, out=scratch)
            c[t + 1] += scratch
            np.tanh(c[t + 1], out=tanh_c[t])
            np.multiply(o, tanh_c[t], out=h[t + 1])  # eq: lstm-hidden
        self._ready = True
        return h[1:].transpose(1, 0, 2).copy(), (h[T].copy(), c[T].copy())

    def backward(self, dhs, dstate=None, *, inputs=False):
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
            raise ValueError("each backward needs a forward pass of its own before it")
        space = self._space
        z, gates, c, tanh_c = (space[k] for k in ("z", "gates", "c", "tanh_c"))
        da, dc_dh, dh_sum, scratch = (space[k] for k in ("dgates", "dc_dh", "dh_sum", "scratch"))
        _, T, B, _ = gates.shape
        if dhs.shape != (B, T, H):
            raise ValueError(f"dhs must be {(B, T, H)}, as in the last forward pass, got {dhs.shape}")

        # Local derivatives of all steps at once: what each pre-activation adds to c_t (or, for the
        # output gate, to h_t), and what h_t adds to the gradient of c_t.
        o, i, f, g = gates
        np.multiply(tanh_c, o, out=da[0])  # eq: bptt-gates
        np.multiply(g, i, out=da[1])
        np.multiply(c[:T], f, out=da[2])
        np.multiply(o, np.subtract(1, np.square(tanh_c, out=dc_dh), out=dc_dh), out=dc_dh)
        np.multiply(i, np.subtract(1, np.square(g, out=da[3]), out=da[3]), out=da[3])
        np.subtract(1, gates[:3], out=gates[:3])  # the gates are not needed again, but f is: 1 - f stays
        da[:3] *= gates[:3]
        np.subtract(1, f, out=f)

        W_hh = self.W_hh.reshape(4, H, H)[PUBLIC]
        dh = np.zeros((B, H), z.dtype) if dstate is None else dstate[0].astype(z.dtype)
        dc = np.zeros((B, H), z.dtype) if dstate is None else dstate[1].astype(z.dtype)
        dhs = np.ascontiguousarray(dhs.transpose(1, 0, 2), dtype=z.dtype)
        for t in range(T - 1, -1, -1):
            dh += dhs[t]
            dc += np.multiply(dh, dc_dh[t], out=scratch)  # eq: bptt-cell
            da[1:, t] *= dc  # eq: bptt-gates
            da[0, t] *= dh
            dc *= f[t]  # eq: bptt-back
            np.matmul(da[:, t], W_hh, out=dh_sum)
            np.add.reduce(dh_sum, axis=0, out=dh)

        da = da.reshape(4, T * B, H)
        rows = z[:T].reshape(T * B, 1 + D + H)
        dW = np.matmul(da.transpose(0, 2, 1), rows)[PRIVATE].reshape(4 * H, 1 + D + H)  # eq: bptt-weights
        gradients = {
            "W_ih": dW[:, 1 : 1 + D].copy(),
            "W_hh": dW[:, 1 + D :].copy(),
            "b": dW[:, 0].copy(),
        }
        if inputs:
            dxs = np.matmul(da, self.W_ih.reshape(4, H, D)[PUBLIC]).sum(axis=0)
            gradients |= {"xs": dxs.reshape(T, B, D).transpose(1, 0, 2), "h_0": dh, "c_0": dc}
        self._ready = False
        return gradients

    def stream(self, state=None):
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


class LSTMStream:
    """One sequence, one time step at a time; made by :meth:`LSTM.stream`.

    Attributes
    ----------
    h, c : numpy.ndarray
        The state, each of shape (H,).
    """

    def __init__(self, layer, state=None):
        H = layer.W_hh.shape[1]
        order = np.concatenate([np.arange(H) + H * k for k in PUBLIC])
        scale = np.repeat([0.5, 0.5, 0.5, 1.0], H).astype(layer.b.dtype)  # as in LSTM._pack
        self._W_x = np.ascontiguousarray((layer.W_ih[order] * scale[:, None]).T)  # (D, 4H)
        self._W_h = np.ascontiguousarray((layer.W_hh[order] * scale[:, None]).T)  # (H, 4H)
        self._b = layer.b[order] * scale
        self._one_hot = self._W_x + self._b
        h, c = (0.0, 0.0) if state is None else state
        self.h, self.c = np.empty(H, layer.b.dtype), np.empty(H, layer.b.dtype)
        self.h[...], self.c[...] = h, c
        self._a = np.empty((4, H), layer.b.dtype)

    def step(self, x_t):
        """Read one input of shape (D,) and return ``h_t``, shape (H,)."""
        return self._advance(x_t @ self._W_x + self._b)

    def step_one_hot(self, index):
        """Read the one-hot input whose 1 stands at ``index``: its product is one row of the weights."""
        return self._advance(self._one_hot[index])

    def _advance(self, from_input):
        a = self._a
        np.matmul(self.h, self._W_h, out=a.reshape(-1))
        a.reshape(-1)[...] += from_input
        np.tanh(a, out=a)
        a[:3] *= 0.5
        a[:3] += 0.5
        o, i, f, g = a
        self.c *= f
        i *= g
        self.c += i
        self.h = o * np.tanh(self.c)
        return self.h


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

    def __init__(self, input_size, output_size, *, seed, dtype=np.float32):
        if input_size < 1 or output_size < 1:
            raise ValueError(f"sizes must be at least 1, got input_size={input_size}, output_size={output_size}")
        self.W = glorot_uniform(output_size, input_size, np.random.default_rng(seed)).astype(dtype)
        self.b = np.zeros(output_size, dtype)

    @property
    def parameters(self):
        """The parameters by name: the arrays themselves, not copies."""
        return {"W": self.W, "b": self.b}

    def forward(self, hs):
        """Map (..., H) to (..., O)."""
        self._hs = hs
        return hs @ self.W.T + self.b  # eq: dense

    def backward(self, dys):
        """Return the gradient with respect to the input, and a dict for ``W`` and ``b``."""
        flat, rows = dys.reshape(-1, dys.shape[-1]), self._hs.reshape(-1, self._hs.shape[-1])
        return dys @ self.W, {"W": flat.T @ rows, "b": flat.sum(axis=0)}
