"""What ``lstm-lib chars`` does: train a character model, score it, let it write, compare the cells.

Chapter ``07_char_lm`` does the same by hand; here each is one call.
"""

import hashlib
import math
import sys
import time
from pathlib import Path

from lstm_lib import char_lm
from lstm_lib.commands import output, sizes
from lstm_lib.commands.chars import report, settings as st
from lstm_lib.commands.device import DEVICE, start_torch
from lstm_lib.commands.parsing import dispatch, parse
from lstm_lib.commands.progress import Progress
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.data.texts import SCORED, encode_parts, load_text, require_windows, shakespeare
from lstm_lib.errors import InputError
from lstm_lib.storage.files import read_text

SHAPE = ("layers", "embedding_size", "dropout", "recurrent_dropout", "tied", "forget_bias")
RECIPE = ("batch_size", "window", "weight_decay", "clip_norm", "schedule")
MODEL = ("model.safetensors",)
LONG = 10 * SCORED  # characters; to score more takes long enough to say so
ENCODING = "--encoding"


def train(argv):
    """Train one model, score it, and keep it."""
    settings, options = parse(
        argv,
        command="chars train",
        description="Train a character model. Without --data: on seven plays of Shakespeare.",
        settings=st.TrainSettings,
        options={"output": output.describe(MODEL), **output.RESUME, **DEVICE},
    )
    out = output.locate(options["output"], MODEL)
    out.require_apart({"--config": options["config"], "--data": settings.data})
    text, vocab_size = read(settings)
    device = start_torch(options["device"])
    learning_rate = st.RATES[settings.cell] if settings.learning_rate is None else settings.learning_rate
    require_room(vocab_size, settings, settings.cell, device)
    with out.training("chars train", decisive(settings, text), resume=options["resume"]) as run:
        with Progress(settings.cell.upper(), "characters") as progress:
            model, row = char_lm.train_and_score(
                text,
                settings.cell,
                shape=subset(settings, SHAPE),
                parameters=settings.parameters,
                hidden_size=settings.hidden_size,
                recipe=char_lm.Recipe(learning_rate=learning_rate, **subset(settings, RECIPE)),
                until=settings.until(),
                seed=settings.seed,
                device=device,
                run=run,
                on_step=progress.step,
            )
        model.record = row | {"text": text.name, "settings": as_dict(settings)}
        for place in out.files.values():
            model.save(place)
    print(report.describe_training(text, row))
    out.announce()
    if not out.files:
        print("the model is not kept: --output model.safetensors would write it")


def evaluate(argv):
    """Score a trained model on a text."""
    settings, options = parse(
        argv,
        command="chars evaluate",
        description="Score a trained character model on a text that it has not seen, carrying its state through it.",
        settings=st.EvaluateSettings,
        options={"output": output.describe(report.SCORES), **DEVICE},
    )
    out = output.locate(options["output"], report.SCORES)
    file = find_model(settings)
    out.require_apart({"--config": options["config"], "--data": settings.data, "--model": file})
    if settings.data is not None:
        texts = {Path(settings.data).name: read_text(settings.data, settings.encoding, option=ENCODING)}
    else:
        plays = shakespeare()
        texts = {"Shakespeare, validation": plays.validation, "Shakespeare, test": plays.test}
    for name, text in texts.items():
        if len(text) < 2:
            raise InputError(
                f"{name}: {len(text)} characters are too few to score: each is predicted from those before"
            )
    model = char_lm.CharModel.load(file, device=start_torch(options["device"]))
    rows = [score(model, name, text) for name, text in texts.items()]
    report.write_scores(out.files, settings.model, rows)
    print(report.score_table(rows))
    out.announce()


def score(model, name, text):
    """Score one text; return a row ready for JSON."""
    unknown = int((model.symbols.encode(text) == model.symbols.unknown).sum())
    if unknown == len(text):
        raise InputError(f"{name}: the model knows none of its characters; train one on such text")
    if len(text) > LONG:
        started = time.monotonic()
        model.score(text[:SCORED])
        minutes = (time.monotonic() - started) * len(text) / SCORED / 60
        print(f"{name}: scoring {len(text):,} characters takes about {minutes:.1f} minutes", file=sys.stderr)
    nats = model.score(text)
    if not math.isfinite(nats):
        raise InputError(f"{name}: the model's loss on it is not finite; train the model again")
    scores = {"nats": nats, "bits": nats / math.log(2), "perplexity": math.exp(min(nats, 700))}
    return {"text": name, "characters": len(text), "unknown": unknown} | scores


def sample(argv):
    """Write with a trained model."""
    settings, options = parse(
        argv,
        command="chars sample",
        description="Let a trained character model go on from a beginning.",
        settings=st.SampleSettings,
        options=DEVICE,
    )
    file = find_model(settings)
    model = char_lm.CharModel.load(file, device=start_torch(options["device"]))
    how = subset(settings, ("prime", "length", "temperature", "top_k", "seed"))
    try:
        written = model.sample(**how)
    except InputError as error:
        raise InputError(f"--prime: {error}") from None
    print(report.describe_drawing(settings), file=sys.stderr)  # stdout is the text alone
    print(written)


def compare(argv):
    """Train and count on one text; print a table, and write a report."""
    settings, options = parse(
        argv,
        command="chars compare",
        description="Compare RNN, GRU and LSTM at equal parameters and for equal time, beside 3-grams and 5-grams."
        " Without --data: on seven plays of Shakespeare.",
        settings=st.CompareSettings,
        options={"output": report.OUTPUT, **output.RESUME, **DEVICE},
    )
    out = report.locate(options["output"])
    out.require_apart({"--config": options["config"], "--data": settings.data})
    text, vocab_size = read(settings)
    device = start_torch(options["device"])
    for cell in char_lm.CELLS:
        require_room(vocab_size, settings, cell, device)
    with out.training("chars compare", decisive(settings, text), resume=options["resume"]) as run:
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
                run=run,
                on_step=progress.step_of,
            )
        result |= {"config": as_dict(settings), "budget": settings.until().get("budget"), "device": str(device)}
        report.write(out, result, texts)
    print(report.table(result), *report.no_better(*result["rows"]), sep="\n")
    out.announce()


def decisive(settings, text):
    """Return what decides the result of a training: the settings, and a digest of the text, wherever it stands."""
    whole = "\0".join((text.train, text.validation, text.test))
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    return as_dict(settings) | {"data": {"sha256": digest}}


def require_room(vocab_size, settings, cell, device):
    """Refuse a network that does not fit into memory, and announce one that takes long to begin."""
    shape = subset(settings, SHAPE) | {"vocab_size": vocab_size, "cell": cell}
    H = getattr(settings, "hidden_size", None) or char_lm.hidden_size_for(settings.parameters, **shape)
    if device.type == "cpu":
        one = settings.window * (8 * H * settings.layers + 3 * vocab_size)  # gates and states, and the logits
        weights = char_lm.Architecture(hidden_size=H, **shape).parameters()
        sizes.require_room(weights, one, settings.batch_size)
    sizes.announce(H, settings.layers)


def read(settings):
    """Return the text to learn, the user's or Shakespeare, and how many ids its symbols have.

    Every complaint about it comes before PyTorch is loaded.
    """
    text = shakespeare() if settings.data is None else load_text(settings.data, settings.encoding, option=ENCODING)
    symbols, parts = encode_parts(text)
    require_windows(len(parts["train"]), settings.batch_size, settings.window)
    return text, symbols.size


def find_model(settings):
    """Return the file of the model that is named; None for the course's own."""
    return None if settings.model is None else output.find_model(settings.model)


COMMANDS = {
    "train": ("train one model on a text", train),
    "evaluate": ("score a trained model on a text it has not seen", evaluate),
    "sample": ("let a trained model write", sample),
    "compare": ("RNN, GRU, LSTM and counting side by side on a text", compare),
}


def main(argv):
    """``lstm-lib chars``: see chapter ``07_char_lm``."""
    dispatch(argv, "chars", COMMANDS)
