"""What ``lstm-lib chars`` does: train a character model, score it, let it write, compare the cells.

Chapter ``07_char_lm`` does the same by hand; here each is one call.
"""

import hashlib
import math
import os
from pathlib import Path

from lstm_lib import char_lm
from lstm_lib.commands.chars import report, settings as st
from lstm_lib.commands.device import DEVICE, start_torch
from lstm_lib.commands.parsing import dispatch, parse, require_apart
from lstm_lib.commands.progress import Progress
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.data.texts import encode_parts, load_text, shakespeare
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint
from lstm_lib.storage.files import read_text

SHAPE = ("layers", "embedding_size", "dropout", "recurrent_dropout", "tied", "forget_bias")
RECIPE = ("batch_size", "window", "weight_decay", "clip_norm", "schedule")


def train(argv):
    """Train one model, score it, and keep it."""
    settings, options = parse(
        argv,
        command="chars train",
        description="Train a character model. Without --text: on seven plays of Shakespeare.",
        settings=st.TrainSettings,
        options={
            "output": "write the model to this file (.safetensors)",
            "checkpoint": "keep the training state in this folder after each epoch, and resume from it",
            **DEVICE,
        },
    )
    output = options["output"]
    if output:
        if Path(output).suffix != ".safetensors":
            raise InputError(f"--output {output}: the name of a model must end in .safetensors")
        checkpoint.require_writable(output)
    require_apart({"--config": options["config"], "--text": settings.text, "--output": output})
    text = read(settings.text)
    device = start_torch(options["device"])
    symbols, parts = encode_parts(text)
    keep = None
    if options["checkpoint"]:
        digest = hashlib.sha256(text.train.encode("utf-8", "surrogatepass")).hexdigest()
        decisive = as_dict(settings) | {"text_sha256": digest, "characters": "".join(symbols.names)}
        keep = checkpoint.Run(options["checkpoint"], decisive)
    learning_rate = st.RATES[settings.cell] if settings.learning_rate is None else settings.learning_rate
    with Progress(settings.cell.upper(), "characters") as progress:
        model, row = char_lm.train_and_score(
            parts,
            settings.cell,
            shape=subset(settings, SHAPE) | {"vocab_size": symbols.size},
            parameters=settings.parameters,
            hidden_size=settings.hidden_size,
            recipe=char_lm.Recipe(learning_rate=learning_rate, **subset(settings, RECIPE)),
            until=settings.until(),
            seed=settings.seed,
            device=device,
            run=keep,
            on_step=progress.step,
        )
    print(report.describe_training(text, row))
    if output:
        char_lm.save_model(output, model, symbols, row | {"text": text.name, "settings": as_dict(settings)})
        print(f"wrote {output}")
    else:
        print("the model is not kept: --output model.safetensors would write it")


def evaluate(argv):
    """Score a trained model on a text."""
    settings, options = parse(
        argv,
        command="chars evaluate",
        description="Score a trained character model on a text that it has not seen, carrying its state through it.",
        settings=st.EvaluateSettings,
        options=DEVICE,
    )
    if settings.text is not None:
        texts = {Path(settings.text).name: read_text(settings.text)}
    else:
        plays = shakespeare()
        texts = {"Shakespeare, validation": plays.validation, "Shakespeare, test": plays.test}
    model, symbols = load(settings.model, options["device"])
    rows = []
    for name, text in texts.items():
        ids = symbols.encode(text)
        if len(ids) < 2:
            raise InputError(f"{name}: {len(ids)} characters are too few to score: each is predicted from those before")
        unknown = int((ids == symbols.unknown).sum())
        if unknown == len(ids):
            raise InputError(f"{name}: the model knows none of its characters; train one on such text")
        rows.append((name, len(ids), unknown, char_lm.loss(model, ids)))
    print(f"{'':28}{'characters':>11}{'unknown':>9}{'nats':>8}{'bits':>8}{'perplexity':>12}")
    for name, n, unknown, nats in rows:
        print(f"{name:28}{n:11,}{unknown:9,}{nats:8.4f}{nats / math.log(2):8.4f}{math.exp(min(nats, 700)):12.3f}")


def sample(argv):
    """Let a trained model write."""
    settings, options = parse(
        argv,
        command="chars sample",
        description="Let a trained character model go on from a beginning.",
        settings=st.SampleSettings,
        options=DEVICE,
    )
    model, symbols = load(settings.model, options["device"])
    prime = settings.prime
    if prime is None:
        prime = "\n" if "\n" in symbols.names else symbols.names[0]
    if not prime:
        raise InputError("--prime is empty: give at least one character to begin with")
    strange = "".join(sorted(set(prime) - set(symbols.names)))
    if strange:
        raise InputError(f"--prime: the model does not know {strange!r}; it knows {''.join(symbols.names)!r}")
    ids = char_lm.sample(
        model,
        symbols.encode(prime),
        settings.length,
        temperature=settings.temperature,
        top_k=settings.top_k,
        seed=settings.seed,
    )
    print(prime + symbols.decode(ids[0]))


def compare(argv):
    """Train and count on one text; print a table, and write a report."""
    settings, options = parse(
        argv,
        command="chars compare",
        description="Compare RNN, GRU and LSTM at equal parameters and for equal time, beside 3-grams and 5-grams."
        " Without --text: on seven plays of Shakespeare.",
        settings=st.CompareSettings,
        options={"output": f"write {', '.join(report.FILES)} and samples into this folder", **DEVICE},
    )
    output = options["output"]
    if output and Path(output).exists() and not Path(output).is_dir():
        raise InputError(f"--output {output}: is not a folder; choose another name")
    places = {name: os.path.join(output, name) for name in report.FILES} if output else {}
    require_apart({"--config": options["config"], "--text": settings.text, **places})
    for place in places.values():
        checkpoint.require_writable(place)
    text = read(settings.text)
    device = start_torch(options["device"])
    with Progress("RNN", "characters", parts=len(char_lm.CELLS)) as progress:
        result, texts = char_lm.compare(
            text,
            rates=st.RATES,
            shape=subset(settings, SHAPE),
            parameters=settings.parameters,
            recipe=subset(settings, RECIPE),
            until=settings.until(),
            characters=settings.characters,
            seed=settings.seed,
            device=device,
            on_step=progress.step_of,
        )
    result |= {"config": as_dict(settings), "budget": settings.until().get("budget"), "device": str(device)}
    print(report.table(result))
    if output:
        for place in report.write(output, result, texts):
            print(f"wrote {place}")


def read(path):
    """Read the text to learn: the user's, or Shakespeare."""
    return shakespeare() if path is None else load_text(path)


def load(path, device):
    """Read a model onto the device of that name, and load PyTorch only now."""
    if path is not None and not Path(path).is_file():
        raise InputError(f"{path}: no such model")
    device = start_torch(device)
    model, symbols, _ = char_lm.load_model(path or char_lm.SHIPPED)
    return model.to(device), symbols


COMMANDS = {
    "train": ("train one model on a text", train),
    "evaluate": ("score a trained model on a text it has not seen", evaluate),
    "sample": ("let a trained model write", sample),
    "compare": ("RNN, GRU, LSTM and counting side by side on a text", compare),
}


def main(argv):
    """``lstm-lib chars``: see chapter ``07_char_lm``."""
    dispatch(argv, "chars", COMMANDS)
