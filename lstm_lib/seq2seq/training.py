"""Train a :class:`~lstm_lib.seq2seq.Seq2Seq`: batches of equal length, a masked loss, one or more processes.

Chapter ``06_seq2seq``.
"""

import time
from dataclasses import dataclass

import numpy as np

from lstm_lib.core.optim import one_cycle
from lstm_lib.data.symbols import BOS, EOS, PAD, SPECIAL, UNKNOWN
from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.torch_parts import latest, resume_state, save_state, seed_epoch, torch

CLOCKS = ("step", "rows", "cpu_seconds")  # of a row of the history: how far training has come


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
    schedule: str = "linear"

    def rate(self, progress):
        """Give the learning rate for a progress in [0, 1]."""
        if self.schedule == "one_cycle":
            return self.learning_rate * one_cycle(progress)
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * min(1.0, (progress + 1e-3) / 0.02, max(0.0, (1 - progress) / 0.4))

    def forcing(self, progress):
        """Give the teacher-forcing ratio for a progress in [0, 1]."""
        end = self.teacher_forcing if self.teacher_forcing_end is None else self.teacher_forcing_end
        return self.teacher_forcing + progress * (end - self.teacher_forcing)


def train(
    model,
    sources,
    targets,
    recipe,
    *,
    epochs=None,
    budget=None,
    seed=0,
    measure=None,
    rank=0,
    world_size=1,
    run=None,
    name="model",
    on_epoch=None,
    on_step=None,
):
    """Go through the pairs again and again, and make a step after each batch.

    Everything random in an epoch follows from ``seed`` and the epoch's number, so that a run of so many ``epochs``
    that was stopped and goes on from ``run`` ends with the same weights, bit for bit, as one that was not.

    Parameters
    ----------
    model : Seq2Seq
        Changed in place.
    sources, targets : tuple of numpy.ndarray
        ``(ids (N, T), lengths (N,))`` from :meth:`lstm_lib.data.Symbols.encode`, the targets with their end.
    recipe : Recipe
    epochs : int, optional
        Passes over the pairs.
    budget : float, optional
        CPU time of this process instead, in seconds; measuring is not counted.
    seed : int
        Of the order of the pairs, the dropout and the sampling.
    measure : callable, optional
        ``model -> dict`` of what should stand in the history too, called after each epoch.
    rank, world_size : int
        Which of how many processes this is. Each takes its share of each batch, and all make the same step, by the
        gradient of the whole batch. The process group must have been made.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where to save the state after each epoch, and from where to resume.
    name : str
        Name of the state in ``run``.
    on_epoch : callable, optional
        Called after each epoch with the history.
    on_step : callable, optional
        Called after each step with its progress in [0, 1], its loss, and the pairs it read.

    Returns
    -------
    list of dict
        After each epoch: its number ``epoch``, ``step`` and ``rows`` so far, ``cpu_seconds``, the ``train_loss``
        within it, and what ``measure`` gave.

    Raises
    ------
    InputError
        If there are fewer pairs than processes, or ``run`` holds another model.
    DivergedError
        If a loss is not finite.
    """
    if (epochs is None) == (budget is None):
        raise ValueError("give either epochs or budget")
    N = len(sources[0])
    if world_size > N or recipe.batch_size % world_size:
        raise InputError(f"{N} pairs in batches of {recipe.batch_size} can't be shared among {world_size} processes")
    steps_in_epoch = -(-N // recipe.batch_size)
    optimizer = make_optimizer(model, recipe)
    history, epoch = (run and resume_state(run, name, model, optimizer, ("history", "epoch"))) or ([], 0)
    step, rows, spent = (history[-1][key] for key in CLOCKS) if history else (0, 0, 0.0)

    def so_far():
        return step / (epochs * steps_in_epoch) if epochs else latest(spent / budget, world_size)

    progress = so_far()
    with torch.random.fork_rng(devices=[]):
        while progress < 1:
            seed_epoch(seed, epoch, rank)
            model.train()
            losses = []
            order = np.random.default_rng([seed, epoch])
            for chosen in bucketed_batches(sources[1], targets[1], recipe.batch_size, order):
                started = time.process_time()
                optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = recipe.rate(progress)
                batch = take_batch(sources, targets, chosen[rank::world_size])
                tokens = targets[1][chosen].sum()
                losses.append(train_step(model, optimizer, batch, recipe, progress, tokens, world_size))
                step, rows, spent = step + 1, rows + len(chosen), spent + time.process_time() - started
                progress = so_far()
                if on_step:
                    on_step(min(progress, 1.0), losses[-1], len(chosen))
                if progress >= 1:
                    break
            epoch += 1
            row = {"epoch": epoch, **dict(zip(CLOCKS, (step, rows, spent), strict=True))}
            row["train_loss"] = float(np.mean(losses))
            history.append(row | (measure(model) if measure else {}))
            if run and rank == 0:
                save_state(run, name, model, optimizer, {"epoch": epoch, "history": history})
            if on_epoch:
                on_epoch(history)
    return history


def bucketed_batches(source_lengths, target_lengths, batch_size, rng):
    """Cut the pairs into batches of almost equal lengths, in random order.

    Pairs are sorted by the length of their source, and among those by that of their target; equal ones stand in random
    order. So almost no batch has padding in its sources, and few have much in their targets.

    Parameters
    ----------
    source_lengths, target_lengths : numpy.ndarray of int
        Shape (N,).
    batch_size : int
    rng : numpy.random.Generator

    Returns
    -------
    list of numpy.ndarray of int
        Numbers of pairs; each stands in one batch. No batch is larger than ``batch_size``, and their sizes differ by
        at most one.
    """
    N = len(source_lengths)
    order = np.lexsort((rng.permutation(N), target_lengths, source_lengths))
    batches = np.array_split(order, -(-N // batch_size))
    return [batches[k] for k in rng.permutation(len(batches))]


def take_batch(sources, targets, chosen):
    """Give ``(xs (B, S), lengths (B,), ys (B, T))`` of some pairs as tensors, cut to the longest of them."""
    (xs, x_lengths), (ys, y_lengths) = sources, targets
    x_lengths, y_lengths = x_lengths[chosen], y_lengths[chosen]
    xs, ys = xs[chosen, : max(x_lengths, default=0)], ys[chosen, : max(y_lengths, default=0)]
    return torch.from_numpy(xs), torch.from_numpy(x_lengths), torch.from_numpy(ys)


def shifted(ys):
    """Give the decoder's inputs for targets (B, T): begin, and each target but for its last symbol."""
    return torch.cat([torch.full_like(ys[:, :1], BOS), ys[:, :-1]], dim=1)


def masked_loss(log_p, ys, *, label_smoothing=0.0):
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


def train_step(model, optimizer, batch, recipe, progress, tokens, world_size=1):
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
    value = torch.zeros(())
    if len(xs):
        log_p = model(xs, lengths, shifted(ys), teacher_forcing=recipe.forcing(progress))
        value = masked_loss(log_p, ys, label_smoothing=recipe.label_smoothing) / int(tokens)
        value.backward()
    value = value.detach()
    if world_size > 1:
        torch.distributed.all_reduce(value)
        for p in model.parameters():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
            torch.distributed.all_reduce(p.grad)
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
    optimizer.step()
    if not torch.isfinite(value):
        raise DivergedError(
            f"training diverged: the loss is not finite; lower learning_rate (now {recipe.learning_rate:g})"
        )
    return value.item()


def make_optimizer(model, recipe):
    """Give AdamW with two groups of parameters: matrices, which decay, and biases, which do not."""
    biases = [p for n, p in model.named_parameters() if "bias" in n]
    matrices = [p for n, p in model.named_parameters() if "bias" not in n]
    groups = [{"params": matrices, "weight_decay": recipe.weight_decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, recipe.learning_rate, fused=True)  # one pass over the memory
