"""Train on a task with a long lag until it is solved, and count the sequences that took.

The adding problem, chapter ``03_training``, and temporal order, chapter ``05_classification``: two
experiments of Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735.
"""

from typing import Literal

import numpy as np

from lstm_lib.core.optim import Adam
from lstm_lib.core.weights import chrono_bias
from lstm_lib.data.tasks import ORDERS, adding_problem, temporal_order
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.training.loop import train_step

STARTS = ("chrono", "forget gates only", "input gates only", "forget bias 1")


class LongLagRun:
    """One network learning a task, batch by batch; a subclass says which task.

    The recipe: 16 units, Adam with betas (0.9, 0.99), gradient clipped at 1, learning rate 0.02,
    halved every 6,000 sequences.

    Parameters
    ----------
    T : int
        Shortest length of a sequence.
    seed : int
    start : {"chrono", "forget gates only", "input gates only", "forget bias 1"}
        Biases of the LSTM: as :func:`~lstm_lib.core.weights.chrono_bias` draws them for lag T, only
        one half of those, or forget bias 1. The other weights are the same for all.
    cell : {"lstm", "rnn"}
    hidden_size, batch_size : int
    learning_rate, halve_every : float
        Rate at the start, and the sequences after which it has halved.

    Attributes
    ----------
    sequences : int
        Seen so far.
    streak : int
        Answered rightly in a row up to now, each before the step that learned from it.
    losses, errors : list of float
        Mean squared and mean absolute error of each batch before its step.
    """

    SIZES: tuple[int, ...] = ()  # inputs and outputs
    TOLERANCE = 0.0  # largest absolute error of a right answer, in each of its outputs
    MEAN_ERROR = 0.0  # largest mean absolute error of a solution

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw ``n`` sequences: ``xs``, ``ys``, ``lengths``."""
        raise NotImplementedError

    def __init__(
        self,
        T: int,
        *,
        seed: int,
        start: Literal["chrono", "forget gates only", "input gates only", "forget bias 1"] = "chrono",
        cell: Literal["lstm", "rnn"] = "lstm",
        hidden_size: int = 16,
        batch_size: int = 16,
        learning_rate: float = 0.02,
        halve_every: float = 6000,
    ) -> None:
        self.T, self.batch_size = T, batch_size
        self.learning_rate, self.halve_every = learning_rate, halve_every
        self.rng = np.random.default_rng(seed)
        self.model = SequenceRegressor(self.SIZES[0], hidden_size, self.SIZES[1], cell=cell, seed=self.rng)
        if start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start!r}")
        if cell == "lstm" and start != "forget bias 1":
            b, H = self.model.layers[0].b, hidden_size
            b[...] = chrono_bias(H, T, self.rng)
            if start == "forget gates only":
                b[:H] = 0
            if start == "input gates only":
                b[H : 2 * H] = 1
        self.optimizer = Adam(self.model.parameters, learning_rate, betas=(0.9, 0.99))
        self.sequences, self.streak, self.losses, self.errors = 0, 0, [], []

    def step(self) -> None:
        """Draw a batch, learn from it, and judge the answers given before that."""
        xs, ys, lengths = self.draw(self.rng, self.batch_size)
        self.optimizer.learning_rate = self.learning_rate * 0.5 ** (self.sequences / self.halve_every)
        step = train_step(self.model, self.optimizer, xs, ys, lengths=lengths)
        distance = np.abs(step.predictions - ys)
        wrong = np.flatnonzero((distance >= self.TOLERANCE).any(axis=1))
        self.streak = self.batch_size - 1 - int(wrong[-1]) if len(wrong) else self.streak + self.batch_size
        self.sequences += self.batch_size
        self.losses.append(step.loss)
        self.errors.append(float(distance.mean()))

    def train(self, most: int, *, streak: int = 2000) -> bool:
        """Train until ``streak`` sequences in a row are right, or ``most`` sequences were seen.

        The paper also asks for a small mean training error. That is asked of the mean absolute
        error of the same sequences, the stricter reading.

        Returns
        -------
        bool
            Whether it was solved.
        """
        batches = -(-streak // self.batch_size)

        def solved():
            return self.streak >= streak and np.mean(self.errors[-batches:]) < self.MEAN_ERROR

        while not solved() and self.sequences + self.batch_size <= most:
            self.step()
        return bool(solved())

    def test(self, n: int = 2560) -> tuple[int, float]:
        """Answer ``n`` new sequences; return how many are wrong, and the mean squared error."""
        xs, ys, lengths = self.draw(np.random.default_rng([self.rng.integers(2**31), 1]), n)
        errors = np.concatenate(
            [
                self.model.forward(xs[s : s + 256], lengths=lengths[s : s + 256])[0] - ys[s : s + 256]
                for s in range(0, n, 256)
            ]
        )
        wrong = (np.abs(errors) >= self.TOLERANCE).any(axis=1)
        return int(np.sum(wrong)), float(np.mean(np.square(errors)))


class AddingRun(LongLagRun):
    """The adding problem, experiment 4 of 1997: an answer is right within 0.04."""

    SIZES, TOLERANCE, MEAN_ERROR = (2, 1), 0.04, 0.01

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw ``n`` sequences: ``xs``, ``ys``, ``lengths``."""
        return adding_problem(rng, n, self.T)


class TemporalOrderRun(LongLagRun):
    """Temporal order, experiment 6a of 1997: one output a class, right if all are within 0.3 of 0 or 1."""

    SIZES, TOLERANCE, MEAN_ERROR = (8, 4), 0.3, 0.1

    def draw(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw ``n`` sequences: ``xs``, ``ys`` of shape (n, 4), one-hot, and ``lengths``."""
        xs, ys, lengths = temporal_order(rng, n, self.T)
        return xs, np.eye(len(ORDERS[4]), dtype=np.float32)[ys], lengths


def constant_error(T: int) -> float:
    """Return the mean squared error of the best constant answer to the adding problem of length T.

    Each of the two numbers has variance 1/3, a marked first step has value 0, and the target holds
    a quarter of the sum. The first mark is on the first step in 1 of 10 sequences; the second, if
    the first is not, in 1 of T/2 - 1.
    """
    counted = 2 - 0.1 - 0.9 / (T // 2 - 1)  # numbers that are not 0 by rule, on average
    return counted / 3 / 16
