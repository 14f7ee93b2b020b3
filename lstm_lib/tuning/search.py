"""Search for the hyperparameters of a sequence regressor at random, with KerasTuner, and train the winner.

Chapter ``06_tuning``. What a trial is follows from the seed and the trial's number alone: its
hyperparameters, its first weights, the order of its batches. So it does not matter who runs it, or
after how many interruptions.
"""

import dataclasses
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

# KerasTuner loads TensorFlow in its own way, so this comes first.
from lstm_lib.frameworks.keras_setup import FileError

# isort: split
import keras_tuner
import numpy as np

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.storage.checkpoint import Run, read_json, write_json
from lstm_lib.tuning.model import HAND_MADE, READ_OUTS, Choices
from lstm_lib.tuning.regressor import TextRegressor

TUNERS_OWN = "keras_tuner"  # folder of KerasTuner's own files, while a search runs


def declare(hp: keras_tuner.HyperParameters) -> Choices:
    """Declare the hyperparameters and their ranges, and return the values that ``hp`` has for them.

    Parameters
    ----------
    hp : keras_tuner.HyperParameters

    Returns
    -------
    Choices
    """
    rates = {"min_value": 2e-3, "max_value": 6e-2, "sampling": "log"}
    first = HAND_MADE
    return Choices(
        # What a trial draws follows from this name, so it stays.
        hidden_size=hp.Int("units", 8, 32, step=8, default=first.hidden_size),
        layers=hp.Int("layers", 1, 2, default=first.layers),
        read_out=hp.Choice("read_out", READ_OUTS, default=first.read_out),
        dropout=hp.Choice("dropout", [0.0, 0.1, 0.2, 0.3], default=first.dropout),
        l2=hp.Choice("l2", [0.0, 1e-8, 1e-7, 1e-6], default=first.l2),
        learning_rate=hp.Float("learning_rate", **rates, default=first.learning_rate),
    )


def derived_seed(seed: int, number: int, name: str = "") -> int:
    """Return a seed below 2**32 for one purpose, which no other purpose shares.

    Parameters
    ----------
    seed : int
    number : int
        Of the trial.
    name : str
        Of the hyperparameter, if it is for one.
    """
    return int(np.random.SeedSequence([seed, number, *name.encode()]).generate_state(1)[0])


@dataclasses.dataclass(frozen=True)
class Trial:
    """One set of hyperparameters and what it reached.

    Attributes
    ----------
    number : int
    choices : Choices
    history : list of dict
        What :meth:`lstm_lib.tuning.TextRegressor.fit` returned; empty if training diverged.
    """

    number: int
    choices: Choices
    history: list[dict[str, float]]

    @property
    def error(self) -> float:
        """Validation MSE of the best epoch; infinite if training diverged."""
        return min((row["validation_mse"] for row in self.history), default=np.inf)


def draw(seed: int, number: int) -> keras_tuner.HyperParameters:
    """Draw the hyperparameters of one trial; the first trial gets the hand-made ones.

    Parameters
    ----------
    seed : int
        Of the search.
    number : int
        Of the trial, from 0.

    Returns
    -------
    keras_tuner.HyperParameters
        For :func:`declare`.
    """
    hp = keras_tuner.HyperParameters()
    declare(hp)
    if number:
        hp.values = {p.name: p.random_sample(derived_seed(seed, number, p.name)) for p in hp.space}
    return hp


class _Oracle(keras_tuner.oracles.RandomSearchOracle):
    """Random search in which a trial's values follow from the seed and the trial's number.

    KerasTuner's own draws number k from the seed + k, so that neighbouring seeds share most of their
    draws, and takes seed 0 for none.
    """

    def __init__(self, search_seed, trials):
        objective = keras_tuner.Objective("val_mse", "min")
        super().__init__(objective, max_trials=trials, max_consecutive_failed_trials=trials + 1)
        self.search_seed = search_seed

    def populate_space(self, trial_id):
        """Return the values of one trial."""
        return {"status": "RUNNING", "values": draw(self.search_seed, int(trial_id)).values}


class _Tuner(keras_tuner.Tuner):
    """With the oracle above, what KerasTuner calls RandomSearch; each trial is handed to ``run``."""

    def run_trial(self, trial, run, **_):
        """Run one trial; whatever goes wrong in it ends the search."""
        try:
            error = run(int(trial.trial_id), trial.hyperparameters).error
        except Exception as reason:  # KerasTuner counts what it catches as a failed trial and goes on
            raise keras_tuner.errors.FatalError from reason
        return {"val_mse": error if np.isfinite(error) else np.nan}


class Search:
    """A random search for the network with the smallest validation error on sequences.

    Parameters
    ----------
    train, validation : tuple
        ``(sequences, targets)``: a list of str and an array (N,).
    encoding : {"embedding", "onehot", "scaled-ids"}
    max_length : int, optional
        Characters read of a sequence; those of the longest training sequence if not given.
    batch_size, patience, seed : int
        See :meth:`lstm_lib.tuning.TextRegressor.fit`.
    progress : bool
        Show a bar for each training.
    """

    def __init__(
        self,
        train: tuple[Sequence[str], np.ndarray],
        validation: tuple[Sequence[str], np.ndarray],
        *,
        encoding: Literal["embedding", "onehot", "scaled-ids"] = "embedding",
        max_length: int | None = None,
        batch_size: int = 64,
        patience: int = 20,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.train, self.validation = train, validation
        self.options, self.seed = {"encoding": encoding, "max_length": max_length}, seed
        self.fit_options = {"batch_size": batch_size, "patience": patience}
        self.progress = progress

    def train_network(
        self, choices: Choices, *, epochs: int, seed: int, name: str = "training", run: Run | None = None
    ) -> tuple[TextRegressor, list[dict[str, float]]]:
        """Train one network.

        Parameters
        ----------
        choices : Choices
        epochs, seed : int
        name : str
            What the bar says, and the name of the state in ``run``.
        run : lstm_lib.storage.checkpoint.Run, optional
            Where to save the state, and from where to resume.

        Returns
        -------
        regressor : lstm_lib.tuning.TextRegressor
        history : list of dict
            See :meth:`lstm_lib.tuning.TextRegressor.fit`, as for what is raised.
        """
        regressor = TextRegressor(choices, seed=seed, **self.options)
        fit_options = {"epochs": epochs, "progress": name if self.progress else None} | self.fit_options
        fit_options |= {"run": run, "name": name}
        return regressor, regressor.fit(*self.train, validation=self.validation, **fit_options)

    def run(
        self,
        folder: str | os.PathLike,
        *,
        trials: int,
        epochs: int,
        run: Run | None = None,
        on_trial: Callable[[Trial], None] | None = None,
    ) -> list[Trial]:
        """Run the trials that ``folder`` does not hold yet, and return all of them.

        Parameters
        ----------
        folder : str or Path
            Keeps each finished trial in a file of its own.
        trials : int
        epochs : int
            Of each trial; the learning rate falls to nothing within them.
        run : lstm_lib.storage.checkpoint.Run, optional
            Where to save the state of the trial that is going on.
        on_trial : callable, optional
            Called with each :class:`Trial` when it is there.

        Returns
        -------
        list of Trial

        Raises
        ------
        DivergedError
            If all trials diverged.
        InputError
            If the folder can't be written, or holds something else.
        """
        folder, finished = Path(folder), []

        def run_one(number, hp):
            choices, file = declare(hp), _file(folder, number)
            if file.exists():
                trial = _read_trial(file, number, choices)
            else:
                trial = Trial(number, choices, self._history(choices, number, epochs, run))
                write_json(file, dataclasses.asdict(trial))
            if run:
                run.forget(_name(number))
            finished.append(trial)
            if on_trial:
                on_trial(trial)
            return trial

        with warnings.catch_warnings():
            # KerasTuner asks for the name of its thread in the way of Python 3.9.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"keras_tuner\.")
            try:
                own = {"directory": str(folder), "project_name": TUNERS_OWN, "overwrite": True}
                _Tuner(_Oracle(self.seed, trials), declare, **own).search(run_one, verbose=0)
            except keras_tuner.errors.FatalError as error:
                raise error.__cause__ from None
            except (OSError, FileError) as error:  # KerasTuner's own files; ours say so themselves
                raise InputError(f"cannot write into {folder}: {error}; choose another place") from None
            finally:
                shutil.rmtree(folder / TUNERS_OWN, ignore_errors=True)  # a search goes on from the files of its trials
        if not np.isfinite(best(finished).error):
            raise DivergedError(f"all {trials} trials diverged: no loss is finite; look at the targets")
        return finished

    @staticmethod
    def remove(folder: str | os.PathLike, trials: int) -> None:
        """Delete what :meth:`run` wrote into a folder, and nothing else.

        Parameters
        ----------
        folder : str or Path
        trials : int
        """
        for number in range(trials):
            _file(Path(folder), number).unlink(missing_ok=True)

    def _history(self, choices, number, epochs, run):
        try:
            seed = derived_seed(self.seed, number)
            return self.train_network(choices, epochs=epochs, seed=seed, name=_name(number), run=run)[1]
        except DivergedError:
            return []


def _name(number):
    return f"trial {number}"


def _file(folder, number):
    return folder / f"trial_{number}.json"


def _read_trial(file, number, choices):
    """Read the trial that an earlier run has finished, or raise :class:`InputError` if it is another."""
    stored = read_json(file)
    try:
        history = [{"epoch": row["epoch"], "validation_mse": float(row["validation_mse"])} for row in stored["history"]]
        trial = Trial(stored["number"], Choices(**stored["choices"]), history)
    except (KeyError, TypeError, ValueError):
        trial = None
    if trial is None or (trial.number, trial.choices) != (number, choices):
        raise InputError(f"{file}: not a trial of this search; choose another folder")
    return trial


def best(trials: Sequence[Trial]) -> Trial:
    """Return the trial with the smallest validation error, the first of them if several have it."""
    return min(trials, key=lambda trial: trial.error)  # eq: random-search
