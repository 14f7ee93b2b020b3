"""Fit a Keras model so that it can be stopped at any step and goes on to the weights of a fit that was not.

Chapters ``05_classification`` and ``06_tuning``.

A fit is more than its weights: there is the order of the rows, and what each callback remembers. Neither can be asked
for. So a fit that goes on is begun anew with the same seed and *replayed*: up to the step at which it was stopped each
batch is drawn and left, and at the end of each epoch the callbacks are told what came out of it then. They are where
they were, and the weights, the optimizer's variables and the random numbers are put back.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lstm_lib.errors import InputError
from lstm_lib.frameworks.keras_setup import keras
from lstm_lib.storage.checkpoint import Run
from lstm_lib.storage.stopping import kept


def fit(
    model: keras.Model,
    *data: Any,
    callbacks: Sequence[keras.callbacks.Callback],
    run: Run | None = None,
    name: str = "model",
    **options: Any,
) -> keras.callbacks.History:
    """Do what ``model.fit`` does, and keep the state in a run.

    The state is saved at the end of each epoch, every 30 seconds within one, and when SIGTERM or SIGINT tells the
    training to stop, which it then does after the step.

    Parameters
    ----------
    model : keras.Model
        Compiled, with fresh weights.
    *data, **options
        As for ``keras.Model.fit``.
    callbacks : sequence of keras.callbacks.Callback
        At most one of them an ``EarlyStopping``.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save, and from where to resume.
    name : str
        Of the state in ``run``.

    Returns
    -------
    keras.callbacks.History

    Raises
    ------
    InputError
        If the state is that of another model.
    StoppedError
        If the process was told to stop, once the state is saved.
    """
    if run is None:
        return model.fit(*data, callbacks=list(callbacks), **options)
    state = _State(model, data, run, name, callbacks)
    with kept(state.save) as keeper:
        last = _Last(state, keeper)
        return model.fit(*data, callbacks=[_First(state), *callbacks, last], **options)


class _State:
    """How far a fit has come; it is replayed up to the step ``target``."""

    def __init__(self, model, data, run, name, callbacks):
        self.model, self.run, self.name = model, run, name
        self.stop = next((c for c in callbacks if isinstance(c, keras.callbacks.EarlyStopping)), None)
        self.step, self.target, self.rows, self.arrays = 0, 0, [], {}
        if stored := run.resume(name):
            self.arrays, meta = stored
            x, y = (part[:1] for part in data)
            model.compute_metrics(x, y, model(x))  # a metric has no variables before it has seen something
            try:
                self._check(meta)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                raise InputError(
                    f"{run.directory}: the state {name!r} is that of another model; choose another folder"
                ) from None
            self.target, self.rows, self.best_epoch = meta["step"], meta["rows"], meta["best_epoch"]
            if self.target:
                self._replay()

    def variables(self):
        """Return all variables by name: weights and random numbers, sums of the metrics, and the optimizer's."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        kinds = {"model": self.model.variables, "metric": self.model.metrics_variables, "step": optimizer.variables}
        return {f"{kind}.{k}": v for kind, variables in kinds.items() for k, v in enumerate(variables)}

    def save(self):
        """Save all variables, the best weights so far, and how far the fit has come."""
        arrays = {name: np.asarray(variable) for name, variable in self.variables().items()}
        if self.stop and self.stop.best_weights:
            arrays |= {f"best.{k}": np.asarray(a) for k, a in enumerate(self.stop.best_weights)}
        best_epoch = self.stop.best_epoch if self.stop else 0
        self.run.save(self.name, arrays, {"step": self.step, "rows": self.rows, "best_epoch": best_epoch})

    def put_back(self):
        """End the replay: give all variables what they had."""
        self.model.train_function = self.learn
        for name, variable in self.variables().items():
            variable.assign(self.arrays[name])

    def _check(self, meta):
        for name, variable in self.variables().items():
            array = self.arrays[name]
            if array.shape != tuple(variable.shape) or not np.isfinite(array).all():
                raise ValueError(name)
        weights = self.model.get_weights()
        best = [self.arrays[f"best.{k}"] for k in range(len(weights) if "best.0" in self.arrays else 0)]
        if any(a.shape != w.shape or not np.isfinite(a).all() for a, w in zip(best, weights, strict=False)):
            raise ValueError("best")
        whole = {type(meta["step"]), type(meta["best_epoch"])} == {int} and meta["step"] >= 0
        if not whole or any({type(v) for v in row.values()} - {float, int} for row in meta["rows"]):
            raise TypeError

    def _replay(self):
        self.model.make_train_function()
        self.learn, self.model.train_function = self.model.train_function, lambda batches: (next(batches), {})[1]
        if self.rows:
            self.model.evaluate = lambda **_: {}


class _First(keras.callbacks.Callback):
    """Hand what came out of an epoch that is replayed to the callbacks after it."""

    def __init__(self, state: _State) -> None:
        super().__init__()
        self.state = state

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Put the results of the epoch into ``logs``, which all callbacks share, and the best weights into place."""
        state = self.state
        if epoch >= len(state.rows):
            return
        logs.update(state.rows[epoch])
        if epoch == state.best_epoch and "best.0" in state.arrays:
            n = len(self.model.get_weights())
            self.model.set_weights([state.arrays[f"best.{k}"] for k in range(n)])


class _Last(keras.callbacks.Callback):
    """Count the steps, and keep the state after what all other callbacks did."""

    def __init__(self, state: _State, keeper: Any) -> None:
        super().__init__()
        self.state, self.keeper = state, keeper

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Count a step; end the replay, or keep the state if it is time to."""
        state = self.state
        state.step += 1
        if batch + 1 == self.params["steps"]:  # the epoch is not over yet
            return
        if state.step == state.target:
            state.put_back()
        elif state.step > state.target:
            self.keeper.after_step()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Note the results of the epoch and keep the state; or end the replay."""
        state = self.state
        if epoch >= len(state.rows):
            state.rows.append({key: float(value) for key, value in logs.items()})
            self.keeper.keep()
        elif epoch + 1 == len(state.rows):
            del self.model.evaluate
            if state.step == state.target:
                state.put_back()
