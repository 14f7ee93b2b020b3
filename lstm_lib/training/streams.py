"""A task without an end whose memory is known to the step: repeat a number when it is asked for.

Chapter ``03_training``.
"""

import numpy as np


def recall_stream(rng: np.random.Generator, n: int, T: int, *, lag: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw streams in which a marked number has to be repeated exactly ``lag`` steps later.

    Each step holds a number, uniform in [-1, 1], a mark, and a question. A question follows each mark after ``lag``
    steps, and the next mark follows a question after 1 to ``lag`` steps. The target is the marked number where it is
    asked for, else 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    n, T : int
        Streams and steps.
    lag : int

    Returns
    -------
    xs : numpy.ndarray
        Shape (n, T, 3), float32: number, mark, question.
    ys : numpy.ndarray
        Shape (n, T, 1), float32.
    asked : numpy.ndarray of bool
        Shape (n, T): where the question is.
    """
    xs, ys = np.zeros((n, T, 3), np.float32), np.zeros((n, T, 1), np.float32)
    xs[:, :, 0] = rng.uniform(-1, 1, size=(n, T))
    for row in range(n):
        mark = int(rng.integers(0, 2 * lag))
        while mark + lag < T:
            xs[row, mark, 1] = xs[row, mark + lag, 2] = 1
            ys[row, mark + lag] = xs[row, mark, 0]
            mark += lag + int(rng.integers(1, lag + 1))
    return xs, ys, xs[:, :, 2] == 1
