"""What is special in the training of a network that reads texts: batches of one shape, and a rate that rises and falls.

Chapter ``06_tuning``.
"""

import numpy as np

from lstm_lib.core.optim import one_cycle
from lstm_lib.frameworks.keras_setup import keras

ENDS = {"start": 0.01, "end": 1e-4}  # of the schedule: it multiplies, so no rate may be 0


def whole_batches(n: int, batch_size: int, seed: int) -> np.ndarray:
    """Return places of ``n`` rows, each at least once and as many as fill every batch.

    All batches then have one shape, and the step is compiled once. Which rows fill up the last batch
    is drawn at random.
    """
    return np.resize(np.random.default_rng(seed).permutation(n), -(-n // batch_size) * batch_size)


class OneCycle(keras.callbacks.Callback):
    """Multiply the learning rate step by step, so that it rises and falls once.

    It multiplies what it finds, so another callback may lower the rate as well.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Start low."""
        self.steps, self.done = self.params["epochs"] * self.params["steps"], 0
        self._scale(self._relative(0))

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Go on by one step."""
        before, self.done = self._relative(self.done), self.done + 1
        self._scale(self._relative(self.done) / before)

    def _relative(self, steps):
        return one_cycle(steps / self.steps, **ENDS)

    def _scale(self, factor):
        self.model.optimizer.learning_rate = float(self.model.optimizer.learning_rate) * factor
