"""Train a :class:`~lstm_lib.char_lm.CharLM`: truncated backpropagation through a text, alone or by several processes.

Chapter ``07_char_lm``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstm_lib.char_lm.model import CharLM, State, cross_entropy, detach, loss
from lstm_lib.core.optim import one_cycle
from lstm_lib.data.texts import contiguous_rows, require_windows, text_windows
from lstm_lib.frameworks.torch_parts import device_of, torch
from lstm_lib.frameworks.torch_training import (
    TrainingProgress,
    average_gradients,
    own_random_numbers,
    random_state,
    require_finite,
    resume_state,
    save_state,
    seed_epoch,
    set_random_state,
    set_rate,
)
from lstm_lib.storage.checkpoint import Run
from lstm_lib.storage.stopping import kept

MEASURED = 100_000  # characters of the validation text that are scored on the way
MEASURING = 0.2  # most that scoring on the way takes, as a share of the time for the steps, where that is a budget


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    learning_rate : float
        AdamW's highest.
    batch_size, window : int
        B rows are read side by side, T characters at a time; no gradient reaches back further.
    weight_decay : float
        Share by which AdamW shrinks each weight, in units of the rate.
    clip_norm : float
        Longest gradient.
    schedule : {"one_cycle", "constant"}
        one_cycle: a rise, then half a cosine down to 0.
    """

    learning_rate: float = 0.01
    batch_size: int = 32
    window: int = 64
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    schedule: Literal["one_cycle", "constant"] = "one_cycle"

    def rate(self, progress: float) -> float:
        """Return the learning rate for a progress in [0, 1]."""
        return self.learning_rate * (one_cycle(progress) if self.schedule == "one_cycle" else 1.0)


def train(
    model: CharLM,
    ids: np.ndarray,
    recipe: Recipe,
    *,
    epochs: int | None = None,
    budget: float | None = None,
    seed: int = 0,
    validation: np.ndarray | None = None,
    rows_of_history: int = 12,
    rank: int = 0,
    world_size: int = 1,
    run: Run | None = None,
    name: str = "model",
    on_step: Callable[[float, float, int], None] | None = None,
) -> list[dict[str, float]]:
    """Train a model along a text: carry the state from window to window, and make a step after each.

    Everything random in an epoch follows from ``seed`` and the epoch's number, so that a run of a number of ``epochs``
    that was stopped and goes on from ``run`` on the same device ends with the same weights, bit for bit, as one that
    was not. One process alone also saves its state within an epoch: every 30 seconds, and when SIGTERM or SIGINT tells
    it to stop, which it then does after the step.

    Parameters
    ----------
    model : CharLM
        Changed in place, on the device that it is on.
    ids : numpy.ndarray of int
        Shape (N,): the training text.
    recipe : Recipe
    epochs : int, optional
        Passes over the text.
    budget : float, optional
        Time instead, in seconds: of this process on the CPU, of the wall clock on a GPU. Scoring is not counted.
    seed : int
        Of the dropout.
    validation : numpy.ndarray of int, optional
        Its first 100,000 characters are scored along the way (cut into ``batch_size`` rows).
    rows_of_history : int
        Rows of the history over the whole training, besides the one at the end of each epoch; with a ``budget`` fewer,
        if scoring would take more than a fifth of it.
    rank, world_size : int
        Which of how many processes this is. Each reads its share of the rows, and all make the same step, by the mean
        of their gradients. The process group must have been made.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save the state after each epoch and on the way, and from where to resume.
    name : str
        Name of the state in ``run``.
    on_step : callable, optional
        Called after each step with its progress in [0, 1], its loss, and the characters it read.

    Returns
    -------
    list of dict
        ``epoch`` begun, ``step``, ``characters`` read so far, ``seconds``, ``train_loss`` since the row before and, if
        asked for, ``validation_loss``.

    Raises
    ------
    InputError
        If the text is shorter than one window in each row, or ``run`` holds another model.
    DivergedError
        If a loss is not finite.
    StoppedError
        If the process was told to stop, once the state is saved in ``run``.
    """
    B, T = recipe.batch_size, recipe.window
    if B % world_size:
        raise ValueError(f"batch_size {B} must be a multiple of world_size {world_size}")
    require_windows(len(ids), B, T)
    device = device_of(model)
    rows = torch.from_numpy(contiguous_rows(np.asarray(ids, np.int64), B)[rank::world_size]).to(device)
    steps_in_epoch = -(-(rows.shape[1] - 1) // T)
    progress = TrainingProgress(epochs, budget, steps_in_epoch, "characters", device, world_size)
    optimizer = make_optimizer(model, recipe)
    carried = resume_state(run, name, model, optimizer, progress) if run else {}
    reported, losses, state = int(progress.share * rows_of_history), [], None
    measuring = 0.0

    def save():
        within = progress.within and random_state(device) | {"losses": np.array(losses)} | _state_arrays(state)
        save_state(run, name, model, optimizer, progress, within or None)

    with own_random_numbers(device), kept(save if run and rank == 0 else None) as keeper:
        while not progress.done:
            seed_epoch(seed, progress.epoch, rank)
            model.train()
            state = None
            if carried:
                losses, state = carried["losses"].tolist(), _state_of(carried, device)
                set_random_state(carried, device)
                carried = {}
            for k, (xs, ys) in enumerate(text_windows(rows, T), start=1):
                if k <= progress.within:
                    continue
                read = ys.numel() * world_size
                with progress.next_step(read):
                    set_rate(optimizer, recipe.rate(progress.share))
                    value, state = train_step(model, optimizer, xs, ys, state, recipe.clip_norm, world_size)
                losses.append(value)
                if on_step:
                    on_step(progress.share, value, read)
                due = k == steps_in_epoch or progress.share * rows_of_history >= reported + 1
                affordable = budget is None or measuring <= MEASURING * progress.seconds
                if progress.done or (due and affordable):
                    reported = int(progress.share * rows_of_history)
                    measured = {"train_loss": float(np.mean(losses))}
                    if validation is not None:
                        started = time.process_time()
                        measured["validation_loss"] = validation_loss(model, validation[:MEASURED], recipe)
                        measuring += time.process_time() - started
                    require_finite(recipe.learning_rate, *measured.values())
                    progress.record(**measured)
                    losses = []
                if progress.done:
                    break
                if world_size == 1 and k < steps_in_epoch:
                    keeper.after_step()
            progress.end_epoch()
            keeper.keep()
    return progress.history


def _state_arrays(state):
    """Return the recurrent state as arrays by name: one tensor, or the two of an LSTM."""
    parts = state if isinstance(state, tuple) else (state,)
    return {f"state.{k}": part.cpu().numpy() for k, part in enumerate(parts)}


def _state_of(arrays, device):
    """Return what :func:`_state_arrays` was called with."""
    parts = tuple(torch.from_numpy(arrays[n]).to(device) for n in sorted(arrays) if n.startswith("state."))
    return parts if len(parts) > 1 else parts[0]


def train_step(
    model: CharLM,
    optimizer: torch.optim.Optimizer,
    xs: torch.Tensor,
    ys: torch.Tensor,
    state: State | None,
    clip_norm: float,
    world_size: int = 1,
) -> tuple[float, State]:
    """Make one step: forward, loss, backward, average over processes, clip, change the parameters.

    Parameters
    ----------
    model : CharLM
    optimizer : torch.optim.Optimizer
        From :func:`make_optimizer`.
    xs, ys : torch.Tensor of int
        Shape (B, T).
    state : tensor or tuple of tensor or None
        After the window before; a constant here.
    clip_norm : float
    world_size : int

    Returns
    -------
    loss : float
        In nats, before the step, over this process's rows.
    state : tensor or tuple of tensor
        Detached, for the next window.
    """
    logits, state = model(xs, state)
    value = cross_entropy(logits, ys)
    model.zero_grad(set_to_none=True)
    value.backward()
    average_gradients(model, world_size)
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return value.item(), detach(state)


def validation_loss(model: CharLM, ids: np.ndarray, recipe: Recipe) -> float:
    """Return the loss on a text cut into as many rows as in training, or fewer: each begins without a past."""
    return loss(model, ids, batch_size=max(1, min(recipe.batch_size, len(ids) // 500)), window=recipe.window)


def make_optimizer(model: CharLM, recipe: Recipe) -> torch.optim.AdamW:
    """Return the AdamW that moves all parameters of a model."""
    return torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
