"""Convert a recurrent layer's weights between the course's layout and those of Keras and PyTorch; NumPy only.

The course's weights are a tuple, what follows the state in a step of :mod:`lstm_lib.gates`: ``W_ih`` (G*H, D), ``W_hh``
(G*H, H), ``b`` (G*H,), and for a GRU ``b_hn`` (H,), the bias that the reset gate multiplies. What differs elsewhere:

=======  =======================  ====================================  ===========================
library  matrices                 biases                                gate blocks
=======  =======================  ====================================  ===========================
here     (G*H, D) and (G*H, H)    one, and a GRU's ``b_hn``             i f g o; r z n
Keras    (D, G*H) and (H, G*H)    one; two rows in a GRU                i f c o, c being g; z r h, h being n
PyTorch  (G*H, D) and (G*H, H)    two, which are added but in block n   i f g o; r z n
=======  =======================  ====================================  ===========================
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


def from_keras(cell: Literal["rnn", "lstm", "gru"], arrays: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return the course's weights of a Keras layer.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    arrays : list of numpy.ndarray
        What ``get_weights()`` of a ``SimpleRNN``, ``LSTM`` or ``GRU`` returns.

    Returns
    -------
    tuple of numpy.ndarray
        ``W_ih, W_hh, b``, and ``b_hn`` for a GRU.

    Raises
    ------
    ValueError
        If a GRU has one row of biases: with ``reset_after=False`` it is another cell, that of Cho et al.
    """
    kernel, recurrent_kernel, bias = map(np.array, arrays)
    if cell != "gru":
        return kernel.T, recurrent_kernel.T, bias
    if bias.ndim != 2:
        raise ValueError(f"a GRU must have reset_after=True and biases (2, 3H), got {bias.shape}")
    W_ih, W_hh, b_ih, b_hh = (_swap_r_z(a) for a in (kernel.T, recurrent_kernel.T, *bias))
    return W_ih, W_hh, *_one_bias(b_ih, b_hh)


def to_keras(cell: Literal["rnn", "lstm", "gru"], weights: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Return the arrays that ``set_weights()`` of a Keras layer takes, from the course's weights.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    weights : tuple of numpy.ndarray
        ``W_ih, W_hh, b``, and for a GRU ``b_hn``, or 0 if it is left out.

    Returns
    -------
    list of numpy.ndarray
    """
    W_ih, W_hh, b, *rest = map(np.array, weights)
    if cell != "gru":
        return [W_ih.T, W_hh.T, b]
    arrays = (W_ih, W_hh, b, _hidden_bias(b, *rest))
    kernel, recurrent_kernel, b_ih, b_hh = (_swap_r_z(a).T for a in arrays)
    return [kernel, recurrent_kernel, np.stack([b_ih, b_hh])]


def from_torch(
    cell: Literal["rnn", "lstm", "gru"], state: Mapping[str, ArrayLike], suffix: str = "_l0"
) -> tuple[np.ndarray, ...]:
    """Return the course's weights of a PyTorch layer.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    state : dict of str to torch.Tensor or numpy.ndarray
        The ``state_dict()`` of an ``RNN``, ``LSTM`` or ``GRU``, or of one of their cells.
    suffix : str
        Of the names: ``_l0`` for the first layer, ``_l0_reverse`` for its way back, nothing for a cell.

    Returns
    -------
    tuple of numpy.ndarray
        ``W_ih, W_hh, b``, and ``b_hn`` for a GRU.
    """
    W_ih, W_hh, b_ih, b_hh = (np.array(state[name + suffix]) for name in TORCH)
    return (W_ih, W_hh, *_one_bias(b_ih, b_hh)) if cell == "gru" else (W_ih, W_hh, b_ih + b_hh)


def to_torch(
    cell: Literal["rnn", "lstm", "gru"], weights: tuple[np.ndarray, ...], suffix: str = "_l0"
) -> dict[str, np.ndarray]:
    """Return the parameters of a PyTorch layer by name, from the course's weights.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    weights : tuple of numpy.ndarray
        ``W_ih, W_hh, b``, and for a GRU ``b_hn``, or 0 if it is left out.
    suffix : str
        See :func:`from_torch`.

    Returns
    -------
    dict of str to numpy.ndarray
        The second bias is 0 but for a GRU's ``b_hn``.
    """
    W_ih, W_hh, b, *rest = map(np.array, weights)
    b_hh = _hidden_bias(b, *rest) if cell == "gru" else np.zeros_like(b)
    return {name + suffix: array for name, array in zip(TORCH, (W_ih, W_hh, b, b_hh), strict=True)}


TORCH = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _swap_r_z(array):
    """Exchange the first two of three gate blocks along the first axis: r z n to z r h, and back."""
    first, second, third = np.split(array, 3)
    return np.concatenate([second, first, third])


def _one_bias(b_ih, b_hh):
    """Return a GRU's ``b`` and ``b_hn``: the two biases are added where no gate stands between them."""
    b_hr, b_hz, b_hn = np.split(b_hh, 3)
    return b_ih + np.concatenate([b_hr, b_hz, np.zeros_like(b_hn)]), b_hn


def _hidden_bias(b, b_hn=None):
    """Return a GRU's second bias (3H,), which is 0 but for ``b_hn`` in its last block."""
    b_hh = np.zeros_like(b)
    if b_hn is not None:
        b_hh[2 * len(b) // 3 :] = b_hn
    return b_hh


def torch_shapes(
    name: str,
    cell: Literal["rnn", "lstm", "gru"],
    input_size: int,
    hidden_size: int,
    *,
    layers: int = 1,
    bidirectional: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights that PyTorch's recurrent layers have, without making them.

    Parameters
    ----------
    name : str
        Of the module, which stands before each name.
    cell : {"rnn", "lstm", "gru"}
    input_size, hidden_size : int
        D and H.
    layers : int
    bidirectional : bool

    Returns
    -------
    dict of str to tuple of int
    """
    rows, shapes = {"rnn": 1, "gru": 3, "lstm": 4}[cell] * hidden_size, {}
    for k in range(layers):
        D = hidden_size * (1 + bidirectional) if k else input_size
        for end in ("", "_reverse")[: 1 + bidirectional]:
            shapes |= {f"{name}.weight_ih_l{k}{end}": (rows, D), f"{name}.weight_hh_l{k}{end}": (rows, hidden_size)}
            shapes |= {f"{name}.bias_{part}_l{k}{end}": (rows,) for part in ("ih", "hh")}
    return shapes


def linear_shapes(name: str, input_size: int, output_size: int, *, bias: bool = True) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of the weights of PyTorch's linear layer, as :func:`torch_shapes` does."""
    shapes = {f"{name}.weight": (output_size, input_size)}
    return shapes | {f"{name}.bias": (output_size,)} if bias else shapes
