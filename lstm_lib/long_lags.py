"""Train on the adding problem until it is solved, and count the sequences that took.

Chapter ``02_numpy_lstm``.
"""

import numpy as np

from lstm_lib.core.optim import Adam
from lstm_lib.core.weights import chrono_bias
from lstm_lib.datasets import adding_problem
from lstm_lib.regressor import SequenceRegressor
from lstm_lib.training import train_step

STARTS = ("chrono", "forget gates only", "input gates only", "forget bias 1")
TOLERANCE = 0.04  # largest absolute error of a right answer, as in 1997


class AddingRun:
    """One network learning the adding problem, batch by batch.

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
        How many of the latest were answered rightly in a row, each before its own step.
    losses, errors : list of float
        Mean squared and mean absolute error of each batch before its step.
    """

    def __init__(
        self,
        T,
        *,
        seed,
        start="chrono",
        cell="lstm",
        hidden_size=16,
        batch_size=16,
        learning_rate=0.02,
        halve_every=6000,
    ):
        self.T, self.batch_size = T, batch_size
        self.learning_rate, self.halve_every = learning_rate, halve_every
        self.rng = np.random.default_rng(seed)
        self.model = SequenceRegressor(2, hidden_size, 1, cell=cell, seed=self.rng)
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

    def step(self):
        """Draw a batch, learn from it, and judge the answers given before that."""
        xs, ys, lengths = adding_problem(self.rng, self.batch_size, self.T)
        self.optimizer.learning_rate = self.learning_rate * 0.5 ** (self.sequences / self.halve_every)
        step = train_step(self.model, self.optimizer, xs, ys, lengths=lengths)
        distance = np.abs(step.predictions - ys)
        wrong = np.flatnonzero(distance >= TOLERANCE)
        self.streak = self.batch_size - 1 - int(wrong[-1]) if len(wrong) else self.streak + self.batch_size
        self.sequences += self.batch_size
        self.losses.append(step.loss)
        self.errors.append(float(distance.mean()))

    def train(self, most, *, streak=2000):
        """Train until ``streak`` sequences in a row are right, or ``most`` sequences were seen.

        The paper also asks for a mean training error below 0.01. That is asked of the mean absolute
        error of the same sequences, the stricter reading.

        Returns
        -------
        bool
            Whether it was solved.
        """
        latest = -(-streak // self.batch_size)

        def solved():
            return self.streak >= streak and np.mean(self.errors[-latest:]) < 0.01

        while not solved() and self.sequences + self.batch_size <= most:
            self.step()
        return bool(solved())

    def test(self, n=2560):
        """Answer ``n`` new sequences; return how many are wrong, and the mean squared error."""
        xs, ys, lengths = adding_problem(np.random.default_rng([self.rng.integers(2**31), 1]), n, self.T)
        errors = np.concatenate(
            [
                self.model.forward(xs[s : s + 256], lengths=lengths[s : s + 256])[0] - ys[s : s + 256]
                for s in range(0, n, 256)
            ]
        )
        return int(np.sum(np.abs(errors) >= TOLERANCE)), float(np.mean(np.square(errors)))


def constant_error(T):
    """Give the mean squared error of the best constant answer to the adding problem of length T.

    Each of the two numbers has variance 1/3, a marked first step has value 0, and the target holds
    a quarter of the sum. The first mark is on the first step in 1 of 10 sequences; the second, if
    the first is not, in 1 of T/2 - 1.
    """
    counted = 2 - 0.1 - 0.9 / (T // 2 - 1)  # numbers that are not 0 by rule, on average
    return counted / 3 / 16
