"""Train a :class:`~lstm_lib.numpy_lstm.SequenceRegressor`: mini-batches, clipping, early stopping, truncated BPTT.

Chapter ``03_training``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from lstm_lib.core.losses import mse
from lstm_lib.core.optim import SGD, Adam, clip_global_norm, one_cycle_step
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.numpy_lstm.model import SequenceRegressor
from lstm_lib.storage.stopping import kept

if TYPE_CHECKING:
    from lstm_lib.storage.checkpoint import Run

Loss = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]  # (predictions, targets) -> loss, gradient
OPTIMIZERS = {"adam": Adam, "sgd": SGD}
SCHEDULES = ("one_cycle", "constant")


def fit(
    model: SequenceRegressor,
    xs: np.ndarray,
    ys: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    optimizer: Literal["adam", "sgd"] = "adam",
    schedule: Literal["one_cycle", "constant"] = "one_cycle",
    clip_norm: float | None = 1.0,
    loss: Loss = mse,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    patience: int | None = None,
    run: Run | None = None,
    name: str = "model",
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> list[dict[str, float]]:
    """Train by mini-batches, on the mean squared error if no other loss is given.

    The order of the batches in an epoch depends on ``seed`` and the epoch's number alone, so that a
    run that was stopped goes on exactly as if it had not been. With a ``run``, SIGTERM and SIGINT stop it after a step,
    once its state is saved.

    Parameters
    ----------
    model : SequenceRegressor
        Changed in place.
    xs, ys : numpy.ndarray
        Shapes (N, T, D) and (N, O), or (N, T, O) for a model with ``every_step``.
    epochs, batch_size : int
    learning_rate : float
        The highest rate of the one-cycle schedule, or the constant one.
    seed : int
    optimizer : {"adam", "sgd"}
    schedule : {"one_cycle", "constant"}
    clip_norm : float or None
        Longest gradient, over all parameters together; None leaves it as it is.
    loss : callable
        ``(predictions, targets) -> (loss, gradient)``, as :func:`~lstm_lib.core.mse`.
    validation : tuple of numpy.ndarray, optional
        ``(xs, ys)``, scored after each epoch. The parameters of the best epoch are kept.
    patience : int, optional
        Stop after this many epochs without a better validation loss.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save the state after each epoch and, every 30 seconds, within one; and from where to resume.
    name : str
        Name of the state in ``run``.
    on_epoch : callable, optional
        Called with each row of the history.

    Returns
    -------
    list of dict
        One row an epoch: ``epoch``, ``train_loss`` (mean over the epoch's batches, each before its
        step), ``gradient_norm`` (mean, before clipping), and ``validation_loss`` if asked for.

    Raises
    ------
    DivergedError
        If a loss is not finite.
    StoppedError
        If the process was told to stop, once the state is saved in ``run``.
    """
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}, got {schedule!r}")
    step_rule = OPTIMIZERS[optimizer](model.parameters, learning_rate)
    batches = -(-len(xs) // batch_size)
    history, best, best_loss = [], None, np.inf
    losses, norms = [], []  # of the steps within an epoch
    stored = run.resume(name) if run else None
    if stored:
        arrays, meta = stored
        try:
            history, best_loss = meta["history"], meta["best_loss"]
            _copy_into(model.parameters, arrays, "model.")
            losses, norms = list(arrays["losses"]), list(arrays["norms"])
            if optimizer == "adam":
                step_rule.load_state({k[5:]: v for k, v in arrays.items() if k.startswith("step.")})
        except (KeyError, ValueError):
            raise InputError(
                f"{run.directory}: the state {name!r} is that of another model; choose another folder"
            ) from None
        best = {k[5:]: v for k, v in arrays.items() if k.startswith("best.")} or None

    def save():
        arrays = {f"model.{n}": p for n, p in model.parameters.items()}
        arrays |= {f"best.{n}": p for n, p in (best or {}).items()}
        arrays |= {"losses": np.array(losses), "norms": np.array(norms)}
        if optimizer == "adam":
            arrays |= {f"step.{n}": a for n, a in step_rule.state().items()}
        run.save(name, arrays, {"history": history, "best_loss": float(best_loss)})

    with kept(save if run else None) as keeper:
        for epoch in range(len(history), epochs):
            if patience is not None and _epochs_since_best(history) >= patience:
                break
            order = np.random.default_rng([seed, epoch]).permutation(len(xs))
            for k in range(len(losses), batches):
                rows = order[k * batch_size : (k + 1) * batch_size]
                if schedule == "one_cycle":
                    step_rule.learning_rate = learning_rate * one_cycle_step(epoch * batches + k, epochs * batches)
                step = train_step(model, step_rule, xs[rows], ys[rows], clip_norm=clip_norm, loss=loss)
                _require_finite("loss", step.loss, epoch + 1, learning_rate)
                losses.append(step.loss * len(rows))
                norms.append(step.norm)
                if k < batches - 1:
                    keeper.after_step()
            row = {
                "epoch": epoch + 1,
                "train_loss": float(np.sum(losses) / len(xs)),
                "gradient_norm": float(np.mean(norms)),
            }
            if validation is not None:
                row["validation_loss"] = loss(model.predict(validation[0]), validation[1])[0]
                _require_finite("validation loss", row["validation_loss"], epoch + 1, learning_rate)
                if row["validation_loss"] < best_loss:
                    best_loss = row["validation_loss"]
                    best = {n: p.copy() for n, p in model.parameters.items()}
            history.append(row)
            losses, norms = [], []
            keeper.keep()
            if on_epoch:
                on_epoch(row)
    if best:
        _copy_into(model.parameters, best)
    return history


class Step(NamedTuple):
    """The result of :func:`train_step`.

    Attributes
    ----------
    loss : float
        Before the step. If it is not finite, no step was made.
    norm : float
        Length of the gradient before clipping.
    predictions : numpy.ndarray
        Before the step.
    state : list of tuple
        After the batch, computed before the step.
    """

    loss: float
    norm: float
    predictions: np.ndarray
    state: list[tuple]


def train_step(
    model: SequenceRegressor,
    optimizer: Adam | SGD,
    xs: np.ndarray,
    ys: np.ndarray,
    *,
    state: list[tuple] | None = None,
    lengths: np.ndarray | None = None,
    clip_norm: float | None = 1.0,
    loss: Loss = mse,
) -> Step:
    """Make one step: forward, loss, backward, clip, change the parameters.

    Parameters
    ----------
    model : SequenceRegressor
    optimizer : Adam or SGD
    xs, ys : numpy.ndarray
        One batch.
    state : list of tuple, optional
        As in :meth:`~lstm_lib.numpy_lstm.SequenceRegressor.forward`; a constant here, no gradient flows into it.
    lengths : numpy.ndarray of int, optional
    clip_norm : float or None
    loss : callable
        As for :func:`fit`.

    Returns
    -------
    Step
    """
    predictions, state = model.forward(xs, state, lengths=lengths)
    scored, dys = loss(predictions, ys)
    if not np.isfinite(scored):
        return Step(scored, np.nan, predictions, state)
    gradients = model.backward(dys)
    norm = clip_global_norm(gradients, np.inf if clip_norm is None else clip_norm)
    optimizer.step(gradients)
    return Step(scored, norm, predictions, state)


def fit_truncated(
    model: SequenceRegressor,
    xs: np.ndarray,
    ys: np.ndarray,
    *,
    window: int,
    epochs: int,
    learning_rate: float,
    clip_norm: float | None = 1.0,
) -> list[dict[str, float]]:
    """Train on long sequences by truncated backpropagation through time.

    The sequences are cut into windows. The state goes on from one window to the next, so that the
    forward pass sees everything; the gradient stops at the window's start, so that memory and the
    delay before a step stay those of one window.

    Parameters
    ----------
    model : SequenceRegressor
        With ``every_step``; changed in place.
    xs, ys : numpy.ndarray
        Shapes (B, T, D) and (B, T, O).
    window : int
        Steps a gradient can reach back; the last window of a pass may be shorter.
    epochs : int
    learning_rate : float
    clip_norm : float or None

    Returns
    -------
    list of dict
        One row an epoch: ``epoch`` and ``train_loss`` (mean over all steps, each before the change of parameters that
        its window led to).

    Raises
    ------
    DivergedError
        If a loss is not finite.

    References
    ----------
    Williams & Peng (1990), doi:10.1162/neco.1990.2.4.490.
    """
    optimizer, history = Adam(model.parameters, learning_rate), []
    T = xs.shape[1]
    for epoch in range(1, epochs + 1):
        state, total = None, 0.0
        for s in range(0, T, window):
            piece, target = xs[:, s : s + window], ys[:, s : s + window]
            # eq: truncated
            step = train_step(model, optimizer, piece, target, state=state, clip_norm=clip_norm)
            _require_finite("loss", step.loss, epoch, learning_rate)
            state = step.state
            total += step.loss * piece.shape[1]
        history.append({"epoch": epoch, "train_loss": total / T})
    return history


def _require_finite(name, loss, epoch, learning_rate):
    if not np.isfinite(loss):
        raise DivergedError(
            f"training diverged: the {name} is not finite in epoch {epoch};"
            f" lower the learning rate (now {learning_rate:g})"
        )


def _epochs_since_best(history):
    losses = [row["validation_loss"] for row in history if "validation_loss" in row]
    return len(losses) - 1 - int(np.argmin(losses)) if losses else 0


def _copy_into(parameters, arrays, prefix=""):
    for name, p in parameters.items():
        if arrays[prefix + name].shape != p.shape or not np.isfinite(arrays[prefix + name]).all():
            raise ValueError(f"{name} must be {p.shape} and finite, got {arrays[prefix + name].shape}")
        p[...] = arrays[prefix + name]
