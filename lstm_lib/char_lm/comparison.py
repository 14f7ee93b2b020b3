"""Compare RNN, GRU, LSTM and counting on one text: at equal parameters, and for equal CPU time or equally many epochs.

Chapter ``07_char_lm``.
"""

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from lstm_lib.char_lm.model import Architecture, CharLM, cross_entropy, hidden_size_for, loss, whole_loss
from lstm_lib.char_lm.rivals import NGram
from lstm_lib.char_lm.saved import CharModel
from lstm_lib.char_lm.scoring import quality
from lstm_lib.char_lm.training import Recipe, train, validation_loss
from lstm_lib.char_lm.writing import sample
from lstm_lib.core.losses import entropy, require_learned
from lstm_lib.data.brackets import bracket_entropy, bracket_errors, bracket_text
from lstm_lib.data.symbols import TEXT, Symbols
from lstm_lib.data.texts import SCORED, Text, encode_parts
from lstm_lib.frameworks.torch_parts import device_of, torch
from lstm_lib.frameworks.torch_training import require_finite_weights
from lstm_lib.storage.checkpoint import Run

CELLS = ("rnn", "gru", "lstm")
ORDERS = (3, 5)
SAMPLE = 20_000  # characters of the training text on which a trained model is judged
STREAMS = 64  # texts that are written side by side


def train_and_score(
    text: Text,
    cell: Literal["rnn", "gru", "lstm"],
    *,
    shape: dict[str, Any],
    parameters: int,
    hidden_size: int | None = None,
    recipe: Recipe,
    until: dict[str, Any],
    seed: int,
    device: torch.device | str = "cpu",
    run: Run | None = None,
    name: str = "model",
    on_step: Callable[[float, float, int], None] | None = None,
) -> tuple[CharModel, dict[str, Any]]:
    """Train one model and score it.

    Parameters
    ----------
    text : lstm_lib.data.Text
    cell : {"rnn", "gru", "lstm"}
    shape : dict
        What :class:`~lstm_lib.char_lm.Architecture` wants besides the cell and the sizes.
    parameters : int
        Weights that the hidden size is chosen for.
    hidden_size : int, optional
        Instead.
    recipe : lstm_lib.char_lm.Recipe
    until : dict
        ``{"budget": seconds}`` or ``{"epochs": number}``.
    seed : int
    device : torch.device or str
    run, name, on_step
        As in :func:`lstm_lib.char_lm.train`.

    Returns
    -------
    model : CharModel
    row : dict
        Ready for JSON; losses in nats per character. ``train`` is that on the beginning of the training text,
        ``constant`` that of guessing it by how often each character occurs.

    Raises
    ------
    DivergedError
        If ``train`` is clearly above both ``constant`` and the loss before the training, or something is not finite.
    """
    symbols, parts = encode_parts(text)
    shape = shape | {"cell": cell}
    H = hidden_size or hidden_size_for(parameters, vocab_size=symbols.size, **shape)
    model = CharModel(hidden_size=H, seed=seed, device=device, **shape)
    history = model.fit(text.train, text.validation, recipe=recipe, **until, run=run, name=name, on_step=on_step)
    known = parts["train"][:SAMPLE]
    losses = [validation_loss(network, known, recipe) for network in (model.network, _untrained(model))]
    constant = entropy(np.bincount(known))
    require_finite_weights(model.network, recipe.learning_rate)
    require_learned(losses[0], constant, losses[1], f"lower the learning rate (now {recipe.learning_rate:g})")
    last = history[-1]
    return model, {
        "name": f"{cell.upper()}({H})",
        "cell": cell,
        "parameters": model.network.architecture.parameters(),
        "memory_bytes": training_memory(model.network, recipe),
        "device": str(device),
        "seconds": last["seconds"],
        "steps": last["step"],
        "characters": last["characters"],
        "seconds_per_step": last["seconds"] / last["step"],
        "learning_rate": recipe.learning_rate,
        "train": losses[0],
        "constant": constant,
        "validation": whole_loss(model.network, parts["validation"][:SCORED]),
        "test": whole_loss(model.network, parts["test"][:SCORED]),
        "history": history,
    }


def _untrained(model):
    return CharLM(model.network.architecture, seed=model.seed).to(model.device)


def training_memory(model: CharLM, recipe: Recipe) -> int:
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

    xs = torch.zeros(recipe.batch_size, recipe.window, dtype=torch.int64, device=device_of(model))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        value = cross_entropy(model(xs)[0], xs)
    weights = {p.untyped_storage().data_ptr(): p.untyped_storage().nbytes() for p in model.parameters()}
    del value
    means = 2 * sum(weights.values())  # AdamW's
    return 2 * sum(weights.values()) + means + sum(kept[key] for key in kept.keys() - weights.keys())


def compare(
    text: Text,
    *,
    rates: dict[str, float],
    shape: dict[str, Any],
    parameters: int,
    recipe: dict[str, Any],
    until: dict[str, Any],
    characters: int,
    seed: int,
    device: torch.device | str = "cpu",
    run: Run | None = None,
    on_step: Callable[[str, float, float, int], None] | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Train the three cells, count two n-gram models, and have each of them write.

    Parameters
    ----------
    text : lstm_lib.data.Text
    rates : dict of str to float
        For each cell, AdamW's highest rate.
    shape, parameters, until, seed, device
        As in :func:`train_and_score`.
    recipe : dict
        Everything else of a :class:`~lstm_lib.char_lm.Recipe`.
    characters : int
        To be written by each model.
    run : lstm_lib.storage.checkpoint.Run, optional
        Where each training keeps its state, under the name of its cell.
    on_step : callable, optional
        Called with the cell, and what :func:`lstm_lib.char_lm.train` calls with.

    Returns
    -------
    result : dict
        Ready for JSON: ``rows``, one a model, and ``real``, the quality of the held-out text.
    texts : dict of str to str
        What each model wrote.
    """
    symbols, parts = encode_parts(text)
    length = -(-characters // STREAMS)
    rows, texts = [], {}
    for cell in CELLS:
        model, row = train_and_score(
            text,
            cell,
            shape=shape,
            parameters=parameters,
            recipe=Recipe(learning_rate=rates[cell], **recipe),
            until=until,
            seed=seed,
            device=device,
            run=run,
            name=cell,
            on_step=on_step and (lambda *step, cell=cell: on_step(cell, *step)),
        )
        beginning = symbols.encode("\n" if "\n" in symbols.names else symbols.names[0])
        texts[row["name"]] = _join(symbols, sample(model.network, beginning, length, streams=STREAMS, seed=seed))
        rows.append(row)
    counted = None
    for order in sorted(ORDERS, reverse=True):
        counted, row = count_and_score(parts, order, symbols.size, counted)
        texts[row["name"]] = _join(symbols, counted.sample(length, STREAMS, np.random.default_rng(seed)))
        rows.insert(len(CELLS), row)
    held_out = (text.validation + text.test)[:characters]
    for row in rows:
        written = texts[row["name"]]
        row["quality"] = quality(written, text.train, at=len(held_out))
    result = {
        "text": text.name,
        "characters": {name: len(ids) for name, ids in parts.items()},
        "unknown": {name: int((ids == 0).sum()) for name, ids in parts.items()},
        "vocab_size": symbols.size,
        "rows": rows,
        "real": quality(held_out, text.train, at=len(held_out)),
        "held_out": len(held_out),
    }
    return result, texts


def count_and_score(
    parts: dict[str, np.ndarray], order: int, vocab_size: int, longer: NGram | None = None
) -> tuple[NGram, dict[str, Any]]:
    """Learn an n-gram model by counting, and score it; return the model and a row as :func:`train_and_score` does.

    A model of a higher order that has learned the same text has the counts already.
    """
    started = time.process_time()
    model = longer.of_order(order) if longer else NGram(parts["train"], order, vocab_size)
    return model, {
        "name": f"{order}-gram",
        "cell": None,
        "parameters": model.parameters,
        "memory_bytes": model.nbytes,
        "device": "cpu",
        "seconds": time.process_time() - started,
        "steps": None,
        "characters": len(parts["train"]),
        "seconds_per_step": None,
        "validation": model.loss(parts["validation"][:SCORED]),
        "test": model.loss(parts["test"][:SCORED]),
    }


def learn_brackets(
    cell: Literal["rnn", "gru", "lstm"], learning_rate: float, deepest: int, *, parameters: int = 6000, seed: int = 0
) -> tuple[float, float]:
    """Train a small network on brackets, and return how far it is from the best possible model.

    Parameters
    ----------
    cell : {"rnn", "gru", "lstm"}
    learning_rate : float
    deepest : int
        How many brackets may be open at once.
    parameters : int
    seed : int
        Of the first weights, the training text and the fresh text.

    Returns
    -------
    excess : float
        Loss on fresh text minus its exact floor, in nats per character.
    errors : float
        Share of the characters it writes that the grammar forbids.
    """
    rng = np.random.default_rng([seed, deepest])
    made = bracket_text(200_000, rng, deepest=deepest)
    fresh = bracket_text(50_000, rng, deepest=deepest)
    known = Symbols.learn([made], special=TEXT, least=2)
    shape = {"vocab_size": known.size, "cell": cell, "embedding_size": 8}
    H = hidden_size_for(parameters, **shape)
    model = CharLM(Architecture(hidden_size=H, **shape), seed=seed)
    recipe = Recipe(learning_rate, window=32)
    train(model, known.encode(made), recipe, epochs=8, seed=seed)
    floor = bracket_entropy(deepest=deepest)
    excess = loss(model, known.encode(fresh), batch_size=16) - floor
    rows = sample(model, known.encode("("), 1000, streams=4, seed=seed)
    written = ["(" + known.decode(row) for row in rows]
    errors = sum(bracket_errors(w, deepest=deepest) for w in written)
    return excess, errors / rows.size


def _join(symbols, rows):
    return "\n".join(symbols.decode(row) for row in rows)
