"""Find out what a network that does not learn is missing: what its last state knows, and how far its gradient reaches.

Chapter ``03_training``.
"""

import numpy as np

from lstm_lib.numpy_lstm.model import SequenceRegressor


def last_state_knows(model: SequenceRegressor, xs: np.ndarray, ys: np.ndarray, *, lengths: np.ndarray) -> float:
    """Measure which share of the target's variance a straight line can read from the last hidden state.

    Chapter ``03_training``, equation (probe). The line is fitted by least squares on the first half of the sequences
    and judged on the second. The network's own read-out is not used, nothing of the network changes.

    Parameters
    ----------
    model : SequenceRegressor
        With one output a sequence.
    xs, ys : numpy.ndarray
        Shapes (N, T, D) and (N, 1); N is to be many times the number of units.
    lengths : numpy.ndarray of int
        Shape (N,).

    Returns
    -------
    float
        1 if the state holds all of the target, 0 if it holds no more than a constant would, below 0 if the line fits
        the first half by chance.

    References
    ----------
    Alain & Bengio (2016), arXiv:1610.01644.
    """
    hs = xs
    for layer in model.layers:
        hs, _ = layer.forward(hs)
    last = hs[np.arange(len(hs)), lengths - 1].astype(np.float64)
    last = np.column_stack([last, np.ones(len(last))])
    half = len(last) // 2
    line, *_ = np.linalg.lstsq(last[:half], ys[:half], rcond=1e-6)
    errors = ys[half:] - last[half:] @ line
    return float(1 - np.mean(errors**2) / np.var(ys[half:]))  # eq: probe


def reach(model: SequenceRegressor, xs: np.ndarray) -> np.ndarray:
    """Measure how strongly the last hidden state depends on the input of each lag, relative to lag 0.

    Chapter ``01_gates``, equation (gradient-lag): the Frobenius norm of d h_T / d x_{T-k}, all units together, here as
    the root of the mean square over sequences.

    Parameters
    ----------
    model : SequenceRegressor
        With one recurrent layer, an LSTM.
    xs : numpy.ndarray
        Shape (B, T, D).

    Returns
    -------
    numpy.ndarray
        Shape (T,), by lag; the first entry is 1.
    """
    (layer,) = model.layers
    hs, _ = layer.forward(xs)
    squares = np.zeros(xs.shape[1])
    for unit in range(hs.shape[2]):
        dhs = np.zeros_like(hs)
        dhs[:, -1, unit] = 1
        dxs = layer.backward(dhs, inputs=True)["xs"].astype(np.float64)
        squares += np.mean(np.sum(dxs**2, axis=2), axis=0)
    norms = np.sqrt(squares[::-1])
    return norms / norms[0]
