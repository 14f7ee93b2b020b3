"""Several networks that are trained one after the other and write together.

Chapter ``09_attention``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lstm_lib.core.losses import entropy, require_learned
from lstm_lib.data.symbols import PAD, UNKNOWN
from lstm_lib.frameworks.torch_parts import device_of, evaluating, torch
from lstm_lib.frameworks.torch_training import require_finite_weights
from lstm_lib.seq2seq.batches import bucketed_batches, shifted, take_batch
from lstm_lib.seq2seq.model import Seq2Seq
from lstm_lib.seq2seq.training import Recipe, masked_loss, train


class Ensemble(torch.nn.Module):
    """Several models of one architecture that write together: at each step the mean of their probabilities counts.

    It encodes and steps as :class:`Seq2Seq` does; its state holds theirs, under ``0.hidden``, ``1.hidden`` and so on.

    Parameters
    ----------
    models : list of Seq2Seq
    """

    def __init__(self, models: Sequence[Seq2Seq]) -> None:
        super().__init__()
        self.models = torch.nn.ModuleList(models)
        self.architecture = models[0].architecture

    def encode(self, xs: torch.Tensor, lengths: torch.Tensor) -> dict[str, torch.Tensor]:
        """Read the sources; see :meth:`~lstm_lib.seq2seq.Seq2Seq.encode`."""
        states = [model.encode(xs, lengths) for model in self.models]
        return {f"{k}.{name}": part for k, state in enumerate(states) for name, part in state.items()}

    def step(
        self, tokens: torch.Tensor, state: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Go on by one symbol; see :meth:`~lstm_lib.seq2seq.Seq2Seq.step`."""
        log_ps, after = [], {}
        for k, model in enumerate(self.models):
            its_state = {name.partition(".")[2]: part for name, part in state.items() if name.startswith(f"{k}.")}
            log_p, its_state = model.step(tokens, its_state)
            log_ps.append(log_p)
            after |= {f"{k}.{name}": part for name, part in its_state.items()}
        return torch.logsumexp(torch.stack(log_ps), dim=0) - np.log(len(log_ps)), after  # eq: ensemble

    def forward(self, xs: torch.Tensor, lengths: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Score given targets: the log of the mean probability, shape (B, T, V)."""
        log_ps = torch.stack([model(xs, lengths, inputs) for model in self.models])
        return torch.logsumexp(log_ps, dim=0) - np.log(len(log_ps))

    def align(self, xs: torch.Tensor, lengths: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Return the mean attention, shape (B, T, S); see :meth:`~lstm_lib.seq2seq.Seq2Seq.align`."""
        return torch.stack([model.align(xs, lengths, inputs) for model in self.models]).mean(dim=0)


def train_in_turn(
    models: Sequence[Seq2Seq],
    sources: tuple[np.ndarray, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    *,
    budget: float | None = None,
    seed: int = 0,
    on_start: Callable[[int], None] | None = None,
    on_epoch: Callable[[list[dict]], None] | None = None,
    on_step: Callable[[float, float, int], None] | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """Train models one after the other, as the members of an ensemble: each with a seed and a state of its own.

    Parameters
    ----------
    models : list of Seq2Seq
    sources, targets, recipe
        As in :func:`train`.
    budget : float, optional
        Seconds that all of them share.
    seed : int
        Of the first model; the next has the next number.
    on_start : callable, optional
        Called with the number of each model, from 1, before it is trained.
    on_epoch : callable, optional
        Called after each epoch with the history so far, of the earlier models too.
    on_step : callable, optional
        As in :func:`train`, with the progress of the whole.
    **options
        Of :func:`train`.

    Returns
    -------
    list of dict
        The rows of all models, each with the number of its ``model``.

    Raises
    ------
    DivergedError
        If a model ends clearly worse than it began and than a constant answer, or with weights that are not finite in
        16 bits.
    """
    history = []
    for k, model in enumerate(models):
        if on_start:
            on_start(k + 1)
        before = sample_loss(model, sources, targets, recipe.batch_size)
        rows = train(
            model,
            sources,
            targets,
            recipe,
            budget=budget and budget / len(models),
            seed=seed + k,
            name=f"state_{k + 1}",
            on_epoch=on_epoch and (lambda rows, k=k, earlier=tuple(history): on_epoch([*earlier, *_numbered(k, rows)])),
            on_step=on_step and (lambda share, *seen, k=k: on_step((k + share) / len(models), *seen)),
            **options,
        )
        require_finite_weights(model, recipe.learning_rate, np.float16)  # as they are saved
        after = sample_loss(model, sources, targets, recipe.batch_size)
        require_learned(
            after, constant_loss(targets), before, f"lower the learning rate (now {recipe.learning_rate:g})"
        )
        history += _numbered(k, rows)
    return history


def sample_loss(
    model: Seq2Seq,
    sources: tuple[np.ndarray, np.ndarray],
    targets: tuple[np.ndarray, np.ndarray],
    batch_size: int,
    batches: int = 8,
) -> float:
    """Return the loss per symbol on a few batches of the training pairs, in nats, with the true symbols given."""
    total, symbols, order = 0.0, 0, np.random.default_rng(0)
    with evaluating(model):
        for chosen in bucketed_batches(sources[1], targets[1], batch_size, order)[:batches]:
            xs, lengths, ys = take_batch(sources, targets, chosen, device_of(model))
            total += masked_loss(model(xs, lengths, shifted(ys)), ys).item()
            symbols += int(((ys != PAD) & (ys != UNKNOWN)).sum())
    return total / symbols


def constant_loss(targets: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the loss per symbol of guessing the targets by how often each symbol occurs in them, in nats."""
    counts = np.bincount(targets[0].ravel())
    counts[[k for k in (PAD, UNKNOWN) if k < len(counts)]] = 0
    return entropy(counts)


def _numbered(k, rows):
    """Return the rows of a history with the number of their model, counted from 1."""
    return [{"model": k + 1} | row for row in rows]
