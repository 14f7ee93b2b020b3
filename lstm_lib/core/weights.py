"""The weights that a recurrent cell starts from, and how many there are."""

from typing import Literal

import numpy as np

GATES = {"rnn": 1, "lstm": 4, "gru": 3}  # blocks of weights per cell


def orthogonal(size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a random rotation: a square matrix whose singular values are all 1.

    A vector multiplied by it keeps its length, so a recurrent network that starts here neither
    shrinks nor stretches its state.

    Parameters
    ----------
    size : int
        Rows and columns.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Shape (size, size), float64, uniformly distributed over the orthogonal matrices.

    References
    ----------
    Saxe, McClelland & Ganguli (2014), arXiv:1312.6120.
    """
    Q, R = np.linalg.qr(rng.normal(size=(size, size)))
    return Q * np.sign(np.diag(R))  # without the signs QR does not draw all rotations with equal probability


def glorot_uniform(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a weight matrix whose outputs have about the variance of its inputs.

    Parameters
    ----------
    rows, columns : int
        Outputs and inputs of the layer.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns), uniform in ±sqrt(6 / (rows + columns)), float64.

    References
    ----------
    Glorot & Bengio (2010), Proceedings of Machine Learning Research 9, 249-256.
    """
    limit = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-limit, limit, size=(rows, columns))


def parameter_count(
    cell: Literal["rnn", "lstm", "gru"],
    input_size: int,
    hidden_size: int,
    *,
    layers: int = 1,
    biases: Literal[1, 2] = 1,
) -> int:
    """Count the weights of recurrent layers on top of each other.

    Chapter ``01_gates``, equation (parameter-count).

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    input_size, hidden_size : int
    layers : int
        Each but the first reads the hidden states of the one below.
    biases : {1, 2}
        Bias vectors of a layer: 1 here and in Keras, 2 in PyTorch. (For the GRU, Keras also keeps 2.)

    Returns
    -------
    int
    """
    first, others = (
        GATES[cell] * hidden_size * (size + hidden_size + biases)  # eq: parameter-count
        for size in (input_size, hidden_size)
    )
    return first + (layers - 1) * others


def initial_weights(
    cell: Literal["rnn", "lstm", "gru"],
    input_size: int,
    hidden_size: int,
    rng: np.random.Generator,
    *,
    forget_bias: float = 1.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the weights that a cell starts from.

    Input weights are Glorot uniform and recurrent weights orthogonal, **per gate**, so that no
    gate's scale depends on how many gates are stacked with it. Biases are 0, but for the LSTM's
    forget gate.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru"}
    input_size, hidden_size : int
    rng : numpy.random.Generator
    forget_bias : float
        Start of the LSTM's forget bias: at 1 a new cell keeps 73 % of its content at each step.

    Returns
    -------
    W_ih, W_hh, b : numpy.ndarray
        float64, shapes (G*H, D), (G*H, H), (G*H,) with G gate blocks.

    References
    ----------
    Forget bias 1: Gers, Schmidhuber & Cummins (2000); Jozefowicz, Zaremba & Sutskever (2015).
    """
    gates = range(GATES[cell])
    W_ih = np.concatenate([glorot_uniform(hidden_size, input_size, rng) for _ in gates])
    W_hh = np.concatenate([orthogonal(hidden_size, rng) for _ in gates])
    b = np.zeros(len(gates) * hidden_size)
    if cell == "lstm":
        b[hidden_size : 2 * hidden_size] = forget_bias
    return W_ih, W_hh, b


def chrono_bias(hidden_size: int, longest_lag: int, rng: np.random.Generator) -> np.ndarray:
    """Draw LSTM biases that give the units memories of every length up to ``longest_lag``.

    Chapter ``01_gates``, equation (chrono): a forget gate held at ``f`` keeps its content for about
    ``1 / (1 - f)`` steps, and a bias of ``log(k)`` makes that ``1 + k``.

    Parameters
    ----------
    hidden_size : int
    longest_lag : int
        Steps between a cause and its effect, at least 3.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Shape (4H,): forget biases log U(1, longest_lag - 1), input biases their negatives, else 0.

    Raises
    ------
    ValueError
        If ``longest_lag`` is below 3, where no range is left to draw from.

    References
    ----------
    Tallec & Ollivier (2018), arXiv:1804.11188.
    """
    if longest_lag < 3:
        raise ValueError(f"longest_lag must be at least 3, got {longest_lag}")
    b_f = np.log(rng.uniform(1, longest_lag - 1, size=hidden_size))  # eq: chrono
    zero = np.zeros(hidden_size)
    return np.concatenate([-b_f, b_f, zero, zero])
