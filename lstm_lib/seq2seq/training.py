"""Train a :class:`~lstm_lib.seq2seq.Seq2Seq`: a masked loss, teacher forcing, one or more processes.

Chapter ``08_seq2seq``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstm_lib.core.optim import one_cycle
from lstm_lib.data.symbols import EOS, PAD, SPECIAL, UNKNOWN
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import device_of, torch
from lstm_lib.frameworks.torch_training import (
    TrainingProgress,
    own_random_numbers,
    random_state,
    require_finite,
    resume_state,
    save_state,
    seed_epoch,
    set_random_state,
    set_rate,
    sum_gradients,
)
from lstm_lib.seq2seq.batches import bucketed_batches, shifted, take_batch
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.storage.checkpoint import Run
from lstm_lib.storage.stopping import kept

MEASURING = 0.25  # of the time of the steps: what measuring may take within a budget


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes
    ----------
    learning_rate : float
        The highest rate of AdamW.
    batch_size : int
        B, pairs in a batch.
    weight_decay : float
        Share by which AdamW shrinks each weight, in units of the rate; biases are left alone.
    clip_norm : float
        Longest gradient.
    label_smoothing : float
        Share of the target's probability that is spread evenly over all symbols that can be written.
    teacher_forcing : float
        Probability with which the decoder is given the target's last symbol, not its own likeliest.
    teacher_forcing_end : float or None
        Where that probability ends, in a straight line over the training (scheduled sampling); None: where it began.
    schedule : {"linear", "one_cycle", "constant"}
        linear: a short rise, the highest rate for 60 % of the training, then straight down to 0.
    """

    learning_rate: float = 2e-3
    batch_size: int = 64
    weight_decay: float = 1e-5
    clip_norm: float = 1.0
    label_smoothing: float = 0.1
    teacher_forcing: float = 1.0
    teacher_forcing_end: float | None = None
    schedule: Literal["linear", "one_cycle", "constant"] = "linear"

    def rate(self, progress: float) -> float:
        """Return the learning rate for a progress in [0, 1]."""
        if self.schedule == "one_cycle":
            return self.learning_rate * one_cycle(progress)
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * min(1.0, (progress + 1e-3) / 0.02, max(0.0, (1 - progress) / 0.4))

    def forcing(self, progress: float) -> float:
        """Return the teacher-forcing ratio for a progress in [0, 1]."""
        end = self.teacher_forcing if self.teacher_forcing_end is None else self.teacher_forcing_end
        return self.teacher_forcing + progress * (end - self.teacher_forcing)


def train(
    model: Seq2Seq,
    sources: tuple[np.ndarray, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    *,
    epochs: int | None = None,
    budget: float | None = None,
    seed: int = 0,
    measure: Callable[[Seq2Seq], dict[str, float]] | None = None,
    rank: int = 0,
    world_size: int = 1,
    run: Run | None = None,
    name: str = "model",
    on_epoch: Callable[[list[dict]], None] | None = None,
    on_step: Callable[[float, float, int], None] | None = None,
) -> list[dict[str, float]]:
    """Train a model on pairs, epoch after epoch, with a step after each batch.

    Everything random in an epoch follows from ``seed`` and the epoch's number, so that a run of a number of ``epochs``
    that was stopped and goes on from ``run`` on the same device ends with the same weights, bit for bit, as one that
    was not. One process alone also saves its state within an epoch: every 30 seconds, and when SIGTERM or SIGINT tells
    it to stop, which it then does after the step.

    Parameters
    ----------
    model : Seq2Seq
        Changed in place, on the device that it is on.
    sources, targets : tuple of numpy.ndarray
        ``(ids (N, T), lengths (N,))`` from :meth:`lstm_lib.data.Symbols.encode`, the targets with their end.
    recipe : Recipe
    epochs : int, optional
        Passes over the pairs.
    budget : float, optional
        Time instead, in seconds: of this process on the CPU, of the wall clock on a GPU. Measuring is not counted, but
        where epochs are so short that it would take more than a quarter as long, only some of them are measured.
    seed : int
        Of the order of the pairs, the dropout and the sampling.
    measure : callable, optional
        ``model -> dict`` of what should stand in the history too, called after each epoch, or some within a ``budget``.
    rank, world_size : int
        Which of how many processes this is. Each takes its share of each batch, and all make the same step, by the
        gradient of the whole batch. The process group must have been made.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save the state after each epoch that is measured and on the way, and from where to resume.
    name : str
        Name of the state in ``run``.
    on_epoch : callable, optional
        Called after each epoch that is measured with the history.
    on_step : callable, optional
        Called after each step with its progress in [0, 1], its loss, and the pairs it read.

    Returns
    -------
    list of dict
        After each epoch that is measured: its number ``epoch``, ``step`` and ``pairs`` so far, ``seconds``, the
        ``train_loss`` since the last row, and what ``measure`` returned.

    Raises
    ------
    InputError
        If there are fewer pairs than processes, or ``run`` holds another model.
    DivergedError
        If a loss is not finite.
    StoppedError
        If the process was told to stop, once the state is saved in ``run``.
    """
    N = len(sources[0])
    if world_size > N or recipe.batch_size % world_size:
        raise InputError(f"{N} pairs in batches of {recipe.batch_size} can't be shared among {world_size} processes")
    device = device_of(model)
    progress = TrainingProgress(epochs, budget, -(-N // recipe.batch_size), "pairs", device, world_size)
    optimizer = make_optimizer(model, recipe)
    carried = resume_state(run, name, model, optimizer, progress) if run else {}
    losses, measuring = [], 0.0  # seconds for measuring, saving and reporting
    clock = time.process_time if device.type == "cpu" else time.perf_counter

    def save():
        within = progress.within and random_state(device) | {"losses": np.array(losses)}
        save_state(run, name, model, optimizer, progress, within or None)

    with own_random_numbers(device), kept(save if run and rank == 0 else None) as keeper:
        while not progress.done:
            seed_epoch(seed, progress.epoch, rank)
            model.train()
            if carried:
                losses = carried["losses"].tolist()
                set_random_state(carried, device)
                carried = {}
            order = np.random.default_rng([seed, progress.epoch])
            batches = bucketed_batches(sources[1], targets[1], recipe.batch_size, order)
            for chosen in batches[progress.within :]:
                with progress.next_step(len(chosen)):
                    set_rate(optimizer, recipe.rate(progress.share))
                    batch = take_batch(sources, targets, chosen[rank::world_size], device)
                    tokens = targets[1][chosen].sum()
                    losses.append(train_step(model, optimizer, batch, recipe, progress.share, tokens, world_size))
                if on_step:
                    on_step(progress.share, losses[-1], len(chosen))
                if progress.done:
                    break
                if world_size == 1 and progress.within < len(batches):
                    keeper.after_step()
            if budget and measure and not progress.done and measuring > MEASURING * progress.seconds:
                progress.end_epoch()
                keeper.after_step()
                continue
            started = clock()
            progress.record(train_loss=float(np.mean(losses)), **(measure(model) if measure else {}))
            losses = []
            progress.end_epoch()
            keeper.keep()
            if on_epoch:
                on_epoch(progress.history)
            measuring += clock() - started
    return progress.history


def masked_loss(log_p: torch.Tensor, ys: torch.Tensor, *, label_smoothing: float = 0.0) -> torch.Tensor:
    """Sum -ln p over the symbols of some targets; padding counts nowhere.

    Parameters
    ----------
    log_p : torch.Tensor
        Shape (B, T, V).
    ys : torch.Tensor of int
        Shape (B, T). Padding and unknown symbols, which no model writes, add nothing.
    label_smoothing : float
        This share of the target's probability is spread evenly over all symbols that can be written, its end included.

    Returns
    -------
    total : torch.Tensor
        In nats.

    References
    ----------
    Szegedy et al. (2016), arXiv:1512.00567, section 7.
    """
    counts = (ys != PAD) & (ys != UNKNOWN)
    log_p, ys = log_p[counts], ys[counts]  # (symbols, V), (symbols,)
    loss = -log_p.gather(1, ys[:, None]).sum()  # eq: masked-loss
    if not label_smoothing:
        return loss
    written = torch.cat([log_p[:, EOS : EOS + 1], log_p[:, SPECIAL:]], dim=1)
    spread = -written.mean(dim=1).sum()
    return (1 - label_smoothing) * loss + label_smoothing * spread


def train_step(
    model: Seq2Seq,
    optimizer: torch.optim.Optimizer,
    batch: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    recipe: Recipe,
    progress: float,
    tokens: int,
    world_size: int = 1,
) -> float:
    """Make one step: forward, loss, backward, add up over processes, clip, change the parameters.

    Parameters
    ----------
    model : Seq2Seq
    optimizer : torch.optim.Optimizer
    batch : tuple of torch.Tensor
        From :func:`take_batch`: this process's share.
    recipe : Recipe
    progress : float
        In [0, 1].
    tokens : int
        Symbols of the targets of the whole batch.
    world_size : int

    Returns
    -------
    float
        Loss per symbol before the step, in nats, over the whole batch.

    Raises
    ------
    DivergedError
        If it is not finite.
    """
    xs, lengths, ys = batch
    model.zero_grad(set_to_none=True)
    value = torch.zeros((), device=device_of(model))
    if len(xs):
        log_p = model(xs, lengths, shifted(ys), teacher_forcing=recipe.forcing(progress))
        value = masked_loss(log_p, ys, label_smoothing=recipe.label_smoothing) / int(tokens)
        value.backward()
    value = value.detach()
    if world_size > 1:
        torch.distributed.all_reduce(value)
    sum_gradients(model, world_size)
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
    optimizer.step()
    require_finite(recipe.learning_rate, value.item())
    return value.item()


def make_optimizer(model: Seq2Seq, recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW with two groups of parameters: matrices, which decay, and biases, which do not."""
    biases = [p for n, p in model.named_parameters() if "bias" in n]
    matrices = [p for n, p in model.named_parameters() if "bias" not in n]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, recipe.learning_rate, fused=True)  # one pass over the memory
