"""Train a :class:`~lstm_lib.char_lm.CharLM`: truncated backpropagation through a text, alone or by several processes.

Chapter ``05_char_lm``.
"""

import time
from dataclasses import dataclass

import numpy as np

from lstm_lib.char_lm.model import cross_entropy, detach, loss
from lstm_lib.core.optim import one_cycle
from lstm_lib.data.texts import contiguous_rows, text_windows
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.torch_parts import latest, resume_state, save_state, seed_epoch, torch

CLOCKS = ("step", "characters", "cpu_seconds")  # of a row of the history: how far training has come


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
    """

    learning_rate: float = 0.01
    batch_size: int = 32
    window: int = 64
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    schedule: str = "one_cycle"


def train(
    model,
    ids,
    recipe,
    *,
    epochs=None,
    budget=None,
    seed=0,
    validation=None,
    rows_of_history=12,
    rank=0,
    world_size=1,
    run=None,
    name="model",
    on_step=None,
):
    """Go along the text, carry the state from window to window, and make a step after each.

    Everything random in an epoch follows from ``seed`` and the epoch's number, so that a run of so many ``epochs``
    that was stopped and goes on from ``run`` ends with the same weights, bit for bit, as one that was not.

    Parameters
    ----------
    model : CharLM
        Changed in place.
    ids : numpy.ndarray of int
        Shape (N,): the training text.
    recipe : Recipe
    epochs : int, optional
        Passes over the text.
    budget : float, optional
        CPU time of this process instead, in seconds; scoring is not counted.
    seed : int
        Of the dropout.
    validation : numpy.ndarray of int, optional
        Scored along the way (cut into ``batch_size`` rows).
    rows_of_history : int
        How often, beside the end of each epoch.
    rank, world_size : int
        Which of how many processes this is. Each reads its share of the rows, and all make the same step, by the mean
        of their gradients. The process group must have been made.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save the state after each epoch, and from where to resume.
    name : str
        Name of the state in ``run``.
    on_step : callable, optional
        Called after each step with its progress in [0, 1], its loss, and the characters it read.

    Returns
    -------
    list of dict
        ``epoch`` begun, ``step``, ``characters`` read so far, ``cpu_seconds``, ``train_loss`` since the row before
        and, if asked for, ``validation_loss``.

    Raises
    ------
    InputError
        If the text is shorter than one window in each row, or ``run`` holds another model.
    DivergedError
        If a loss is not finite.
    """
    if (epochs is None) == (budget is None):
        raise ValueError("give either epochs or budget")
    B, T = recipe.batch_size, recipe.window
    if B % world_size:
        raise ValueError(f"batch_size {B} must be a multiple of world_size {world_size}")
    if len(ids) < B * (T + 1):
        raise InputError(
            f"the training text has {len(ids)} characters; {B} rows of one window of {T} need {B * (T + 1)}:"
            " take a longer text, a smaller batch_size or a shorter window"
        )
    rows = torch.from_numpy(contiguous_rows(np.asarray(ids, np.int64), B))
    mine = rows[rank::world_size]
    steps_in_epoch = -(-(rows.shape[1] - 1) // T)
    optimizer = make_optimizer(model, recipe)
    history, epoch = [], 0
    stored = resume_state(run, name, model, optimizer, ("history", "epoch")) if run else None
    if stored:
        history, epoch = stored
    step, characters, spent = (history[-1][key] for key in CLOCKS) if history else (0, 0, 0.0)

    def so_far():
        return step / (epochs * steps_in_epoch) if epochs else latest(spent / budget, world_size)

    progress, losses = so_far(), []
    reported = int(progress * rows_of_history)
    with torch.random.fork_rng(devices=[]):
        while progress < 1:
            seed_epoch(seed, epoch, rank)
            model.train()
            state = None
            for k, (xs, ys) in enumerate(text_windows(mine, T), start=1):
                started = time.process_time()
                set_rate(optimizer, progress, recipe)
                value, state = train_step(model, optimizer, xs, ys, state, recipe.clip_norm, world_size)
                losses.append(value)
                step, characters = step + 1, characters + ys.numel() * world_size
                spent += time.process_time() - started
                progress = so_far()
                if on_step:
                    on_step(min(progress, 1.0), value, ys.numel() * world_size)
                if k == steps_in_epoch or progress >= 1 or progress * rows_of_history >= reported + 1:
                    reported, now = int(progress * rows_of_history), (step, characters, spent)
                    row = {"epoch": epoch + 1, **dict(zip(CLOCKS, now, strict=True))}
                    history.append(row | measure(model, losses, validation, recipe))
                    losses = []
                if progress >= 1:
                    break
            epoch += 1
            if run and rank == 0:
                meta = {"epoch": epoch, "history": history}
                save_state(run, name, model, optimizer, meta)
    return history


def train_step(model, optimizer, xs, ys, state, clip_norm, world_size=1):
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
    if world_size > 1:
        for p in model.parameters():
            torch.distributed.all_reduce(p.grad)
            p.grad /= world_size
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return value.item(), detach(state)


def set_rate(optimizer, progress, recipe):
    """Set the learning rate for a progress in [0, 1]: a rise, then half a cosine down to 0; or the highest always."""
    rate = recipe.learning_rate
    if recipe.schedule == "one_cycle":
        rate *= one_cycle(progress)
    optimizer.param_groups[0]["lr"] = rate


def measure(model, losses, validation, recipe):
    """Give the mean of some training losses and the loss on the validation text; raise if either is not finite."""
    found = {"train_loss": float(np.mean(losses))}
    if validation is not None:
        rows = max(1, min(recipe.batch_size, len(validation) // 500))  # a row begins without knowing what came before
        found["validation_loss"] = loss(model, validation, batch_size=rows, window=recipe.window)
    if not np.isfinite(list(found.values())).all():
        raise DivergedError(
            f"training diverged: the loss is not finite; lower the learning rate (now {recipe.learning_rate:g})"
        )
    return found


def make_optimizer(model, recipe):
    """Give the AdamW that moves all parameters of a model."""
    return torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)


def training_memory(model, recipe):
    """Count the bytes that one training step holds at once, without what PyTorch itself takes.

    Returns
    -------
    int
        Weights, gradients, the optimizer's means, and what the forward pass keeps for the backward pass.
    """
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    xs = torch.zeros(recipe.batch_size, recipe.window, dtype=torch.int64)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        value = cross_entropy(model(xs)[0], xs)
    weights = {p.untyped_storage().data_ptr(): p.untyped_storage().nbytes() for p in model.parameters()}
    del value
    means = 2 * sum(weights.values())  # AdamW's
    return 2 * sum(weights.values()) + means + sum(kept[key] for key in kept.keys() - weights.keys())
