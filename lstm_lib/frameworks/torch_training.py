"""What trainings in PyTorch have in common around their step: progress, time, random numbers, processes, a state.

Chapters ``07_char_lm`` and ``08_seq2seq``, whose ``training`` modules hold the loop itself: forward, loss, backward,
step.
"""

import contextlib
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstm_lib.errors import DivergedError, InputError
from lstm_lib.frameworks.torch_parts import parameter_arrays, set_parameters, torch
from lstm_lib.storage.checkpoint import Run

COUNTED = ("epoch", "step", "within", "read", "seconds", "history")  # of the progress of a training
ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps of each parameter


class TrainingProgress:
    """How far a training has come on its way to a number of epochs, or to the end of a budget of time.

    Parameters
    ----------
    epochs : int or None
        Passes over the data.
    budget : float or None
        Seconds instead: of this process on the CPU, of the wall clock on a GPU. Only steps are counted.
    steps_in_epoch : int
    unit : str
        What is read, and its name in the history: "characters", "pairs".
    device : torch.device
        Where the steps are made.
    world_size : int
        Processes that train together. They stop after the same step.

    Attributes
    ----------
    epoch, step : int
        Epochs and steps that are done.
    within : int
        Those of the steps that belong to the epoch that is going on.
    read : int
        Characters or pairs, by all processes.
    seconds : float
        Spent on steps.
    share : float
        In [0, 1]: how much of the training is done.
    history : list of dict
        Rows from :meth:`record`.

    Raises
    ------
    ValueError
        Unless either ``epochs`` or ``budget`` is given.
    """

    def __init__(
        self,
        epochs: int | None,
        budget: float | None,
        steps_in_epoch: int,
        unit: str,
        device: torch.device,
        world_size: int = 1,
    ) -> None:
        if (epochs is None) == (budget is None):
            raise ValueError("give either epochs or budget")
        self.budget, self.unit, self.device, self.world_size = budget, unit, device, world_size
        self.steps = epochs and epochs * steps_in_epoch
        self.epoch, self.step, self.within, self.read, self.seconds, self.share = 0, 0, 0, 0, 0.0, 0.0
        self.history: list[dict] = []

    @property
    def done(self) -> bool:
        """Whether the training is at its end."""
        return self.share >= 1

    @contextlib.contextmanager
    def next_step(self, read: int) -> Iterator[None]:
        """Count and time one step, which the block makes, and what all processes read in it."""
        started = _now(self.device)
        yield
        self.step, self.within, self.read = self.step + 1, self.within + 1, self.read + read
        self.seconds += _now(self.device) - started
        self._update()

    def record(self, **measured: Any) -> None:
        """Add a row to the history: the epoch that is going on, what is counted, and what was measured."""
        counted = {"epoch": self.epoch + 1, "step": self.step, self.unit: self.read, "seconds": self.seconds}
        self.history.append(counted | measured)

    def end_epoch(self) -> None:
        """Count an epoch."""
        self.epoch, self.within = self.epoch + 1, 0

    def state(self) -> dict[str, Any]:
        """Return what :meth:`go_on` wants, as values that YAML can hold."""
        return {name: getattr(self, name) for name in COUNTED}

    def go_on(self, state: dict[str, Any]) -> None:
        """Take up a training again at the step that :meth:`state` describes; ``KeyError`` if something is missing."""
        counted = {name: state[name] for name in COUNTED}
        vars(self).update(counted)
        self._update()

    def _update(self):
        if self.budget is None:
            self.share = min(1.0, self.step / self.steps)
        else:
            self.share = min(1.0, _furthest(self.seconds / self.budget, self.device, self.world_size))


def _now(device):
    """Return the time in seconds: of this process on the CPU; on a GPU of the wall clock, once it has caught up."""
    if device.type != "cuda":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def _furthest(share, device, world_size):
    """Return the share of the budget that is gone in the process that has used most of it."""
    if world_size == 1:
        return share
    shared = torch.tensor(share, device=device)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return shared.item()


def own_random_numbers(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """Return a context that leaves PyTorch's random numbers afterwards as they were before."""
    return torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])


def seed_epoch(seed: int, epoch: int, rank: int) -> None:
    """Seed PyTorch with an epoch's number, so that what was drawn before it does not matter."""
    torch.manual_seed(int(np.random.SeedSequence([seed, epoch, rank]).generate_state(1, np.uint64)[0] >> 1))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all groups of parameters."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def sum_gradients(model: torch.nn.Module, world_size: int) -> None:
    """Add each gradient up over the processes; one that a process does not have counts as 0."""
    if world_size > 1:
        for p in model.parameters():
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
            torch.distributed.all_reduce(p.grad)


def average_gradients(model: torch.nn.Module, world_size: int) -> None:
    """Replace each gradient by its mean over the processes."""
    sum_gradients(model, world_size)
    if world_size > 1:
        for p in model.parameters():
            p.grad /= world_size


def require_finite(learning_rate: float, *losses: float) -> None:
    """Raise :class:`DivergedError` unless all losses are finite; the message names the learning rate."""
    if not all(map(math.isfinite, losses)):
        raise DivergedError(
            f"training diverged: the loss is not finite; lower the learning rate (now {learning_rate:g})"
        )


def random_state(device: torch.device) -> dict[str, np.ndarray]:
    """Return the state of PyTorch's random numbers as arrays by name."""
    states = {"random.cpu": torch.get_rng_state().numpy()}
    if device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(device).numpy()
    return states


def set_random_state(states: dict[str, np.ndarray], device: torch.device) -> None:
    """Take back what :func:`random_state` returned; a device that it does not name keeps its own."""
    torch.set_rng_state(torch.from_numpy(states["random.cpu"]))
    if device.type == "cuda" and "random.cuda" in states:
        torch.cuda.set_rng_state(torch.from_numpy(states["random.cuda"]), device)


def require_finite_weights(model: torch.nn.Module, learning_rate: float, dtype: type = np.float32) -> None:
    """Raise :class:`DivergedError` unless all weights are finite as ``dtype``, in which they will be saved."""
    for name, array in parameter_arrays(model).items():
        with np.errstate(over="ignore"):
            finite = np.isfinite(array.astype(dtype)).all()
        if not finite:
            raise DivergedError(
                f"training diverged: the weights {name} are not finite; lower the learning rate (now {learning_rate:g})"
            )


def save_state(
    run: Run,
    name: str,
    model: torch.nn.Module,
    optimizer: torch.optim.AdamW,
    progress: TrainingProgress,
    carried: dict[str, np.ndarray] | None = None,
) -> None:
    """Save a model, what its AdamW remembers, and how far its training has come, as the state ``name`` of a run.

    The arrays are tied to no device: training may go on elsewhere.

    Parameters
    ----------
    run : lstm_lib.storage.checkpoint.Run
    name : str
    model : torch.nn.Module
    optimizer : torch.optim.AdamW
    progress : TrainingProgress
    carried : dict of str to numpy.ndarray, optional
        Within an epoch: what its next step needs besides.
    """
    arrays = {f"model.{n}": array for n, array in parameter_arrays(model).items()}
    for n, p in model.named_parameters():
        for key, value in optimizer.state.get(p, {}).items():
            arrays[f"{key}.{n}"] = value.cpu().numpy()
    arrays |= {f"carried.{n}": array for n, array in (carried or {}).items()}
    run.save(name, arrays, progress.state())


def resume_state(
    run: Run, name: str, model: torch.nn.Module, optimizer: torch.optim.AdamW, progress: TrainingProgress
) -> dict[str, np.ndarray]:
    """Take back what :func:`save_state` saved, and return what was carried; nothing happens if nothing was saved yet.

    Parameters
    ----------
    run : lstm_lib.storage.checkpoint.Run
    name : str
    model : torch.nn.Module
    optimizer : torch.optim.AdamW
    progress : TrainingProgress

    Returns
    -------
    dict of str to numpy.ndarray
        Empty between two epochs.

    Raises
    ------
    InputError
        If the state is that of another model.
    """
    stored = run.resume(name)
    if stored is None:
        return {}
    arrays, meta = stored
    names = {p: n for n, p in model.named_parameters()}
    ordered = [p for group in optimizer.param_groups for p in group["params"]]
    try:
        set_parameters(model, {n[6:]: a for n, a in arrays.items() if n.startswith("model.")})
        state = {
            k: {key: torch.from_numpy(arrays[f"{key}.{names[p]}"]) for key in ADAM_STATE} for k, p in enumerate(ordered)
        }
        for k, p in enumerate(ordered):
            _require_adam_state(p, **state[k])
        optimizer.load_state_dict(optimizer.state_dict() | {"state": state})  # each tensor to its parameter's device
        progress.go_on(meta)
    except (AttributeError, IndexError, KeyError, OverflowError, RuntimeError, TypeError, ValueError):
        raise InputError(
            f"{run.directory}: the state {name!r} is that of another model; choose another folder"
        ) from None
    return {n[8:]: array for n, array in arrays.items() if n.startswith("carried.")}


def _require_adam_state(p, *, step, exp_avg, exp_avg_sq):
    """Raise ValueError unless this can be what AdamW remembers of a parameter."""
    right = step.shape == () and exp_avg.shape == exp_avg_sq.shape == p.shape
    finite = all(bool(torch.isfinite(part).all()) for part in (step, exp_avg, exp_avg_sq))
    if not right or not finite or step < 0 or bool((exp_avg_sq < 0).any()):
        raise ValueError("what no AdamW remembers")
