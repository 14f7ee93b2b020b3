"""What ``lstm-lib seq2seq`` does: train an encoder and decoder on pairs, score it, let it translate.

Chapter ``08_seq2seq`` does the same by hand; here each is one call.
"""

import hashlib
import os
from pathlib import Path

from lstm_lib import attention, seq2seq
from lstm_lib.commands import output, sizes
from lstm_lib.commands.device import DEVICE, start_torch
from lstm_lib.commands.parsing import dispatch, parse, warn
from lstm_lib.commands.progress import Progress
from lstm_lib.commands.seq2seq import report, settings as st
from lstm_lib.commands.seq2seq.data import (
    Reading,
    file_to_score,
    learn_symbols,
    read_test,
    read_training,
    read_words,
    require_words,
)
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.core.weights import parameter_count
from lstm_lib.data.lexicons import in_form
from lstm_lib.data.symbols import listed, shortened
from lstm_lib.errors import InputError
from lstm_lib.seq2seq.files import MODEL, read_file
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import ESCAPE

SHAPE = ("cell", "attention", "bidirectional", "layers", "embedding_size", "readout_size")
RECIPE = (
    *("schedule", "batch_size", "weight_decay", "clip_norm"),
    *("label_smoothing", "teacher_forcing", "teacher_forcing_end"),
)
WRITTEN = (MODEL, report.LOG, report.TIMES)


def train(argv):
    """Train a model, measure it after each epoch, and keep it."""
    settings, options = parse(
        argv,
        command="seq2seq train",
        description="Train an encoder and decoder on pairs of texts. Without --train: on CMU's pronouncing dictionary.",
        settings=st.TrainSettings,
        options={"output": output.describe(WRITTEN), **output.RESUME, **DEVICE},
    )
    out = output.locate(options["output"], WRITTEN)
    for name, path in subset(settings, ("train", "dev", "test")).items():
        out.require_apart({"--config": options["config"], f"--{name}": path})
    pairs, validation = read_training(settings)
    symbols = learn_symbols(settings, pairs, validation)
    if settings.test:
        Reading.of_training(settings).read(settings.test)  # or refuse it now
    resolved = settings.resolved(len(pairs))
    lines = "\n".join(map("\t".join, zip(pairs.sources, pairs.targets, strict=True)))
    digest = hashlib.sha256(lines.encode()).hexdigest()
    if out.folder and is_finished(out.folder, as_dict(settings) | resolved, digest):
        print(f"{out.folder} holds this run, and it is finished; {scored_by(out.folder)}")
        return
    device = start_torch(options["device"])
    H, E = resolved["hidden_size"], settings.embedding_size
    if device.type == "cpu":
        sides = [max(map(len, texts)) for texts in (pairs.sources, pairs.targets)]
        one = 8 * H * settings.layers * sum(sides) + 3 * sides[1] * symbols[1].size
        sizes.require_room(settings.layers * parameter_count(settings.cell, E, H), one, settings.batch_size)
    sizes.announce(H, resolved["models"] * settings.layers)
    translator = seq2seq.Translator(
        separators=[side.separator for side in symbols],
        seed=settings.seed,
        device=device,
        **subset(settings, ("beam_width", "form", *SHAPE)),
        **{name: resolved[name] for name in ("models", "length_penalty", "hidden_size", "encoder_size", "dropout")},
    )

    def on_start(k):
        if k == 1:
            print(report.describe_start(pairs, validation, translator, resolved))
        print(report.epoch_heading(k, translator.models, device))

    def on_epoch(history):
        report.write_log(out.files, history)
        print(report.describe_epoch(history[-1]), flush=True)

    decisive = as_dict(settings) | resolved | {"train_sha256": digest}
    with out.training("seq2seq train", decisive, resume=options["resume"]) as run:
        with Progress("training", "pairs") as progress:
            history = translator.fit(
                pairs,
                validation,
                **settings.until(),
                recipe=seq2seq.Recipe(resolved["learning_rate"], **subset(settings, RECIPE)),
                sample=settings.sample,
                run=run,
                on_start=on_start,
                on_epoch=on_epoch,
                on_step=progress.step,
            )
        translator.record |= {"settings": as_dict(settings) | resolved, "train_sha256": digest}
        report.write_log(out.files, history)
        if MODEL in out.files:
            translator.save(out.files[MODEL])
    if "together" in translator.record:
        print(report.describe_epoch(history[-1] | translator.record["together"], name="all"))
    constant = seq2seq.constant_loss(translator.target_symbols.encode_rows(validation.targets, end=True))
    if history[-1]["validation_loss"] >= constant:
        print(report.no_better(history[-1]["validation_loss"], constant))
    out.announce()
    if MODEL in out.files:
        print(scored_by(options["output"]))
    else:
        print("the model is not kept: --output RUN_DIR would keep it")


def scored_by(path):
    """Return which command goes on from a model."""
    return f"lstm-lib seq2seq evaluate --model {path} scores the model"


def is_finished(folder, settings, digest):
    """Return whether a folder holds a finished run of these settings and pairs; raise if it holds another's model."""
    model = os.path.join(folder, MODEL)
    if not os.path.exists(model) or checkpoint.Run.unfinished(os.path.join(folder, output.STATE)):
        return False
    try:
        record = read_file(model)[1]["record"]
        stored = record["settings"] | {"train_sha256": record["train_sha256"]}
    except (InputError, KeyError, TypeError):  # the user's own file, or that of another command
        raise InputError(f"{folder} holds another {MODEL}; name another folder") from None
    now = settings | {"train_sha256": digest}
    for key in sorted(stored.keys() | now.keys()):
        if stored.get(key) != now.get(key):
            difference = f"{key}={stored.get(key)}, not {now.get(key)}"
            raise InputError(f"{folder} holds a finished run with {difference}; name another folder")
    return True


def evaluate(argv):
    """Score a trained model on pairs."""
    settings, options = parse(
        argv,
        command="seq2seq evaluate",
        description="Score a trained model on pairs that it has not seen, with and without beam search.",
        settings=st.EvaluateSettings,
        options={
            "output": f"{output.describe(report.SCORES)}; left out: the folder of the model",
            "escape_formulas": ESCAPE,
            **DEVICE,
        },
    )
    of_run = settings.model if settings.model and Path(settings.model).is_dir() else None
    out = output.locate(options["output"] or of_run, report.SCORES)
    file = find_model(settings)
    out.require_apart({"--config": options["config"], "--model": file})
    about = read_file(file)[1]
    trained = about["record"].get("settings", {})
    out.require_apart({"--config": options["config"], "--test": file_to_score(settings, trained)})
    pairs = read_test(settings, about)
    translator = seq2seq.Translator.load(file, device=start_torch(options["device"]))
    strange, count = translator.source_symbols.unknown_in(pairs.sources)
    lacking = f"symbols that the model does not know: {listed(strange)}"
    if not any(map(translator.source_symbols.knows_some_of, pairs.sources)):
        raise InputError(f"{pairs.name}: every source has only {lacking}; are source_column and target_column right?")
    if strange:
        warn(f"{pairs.name}: {count} sources have {lacking}")
    scores = translator.score(pairs, **subset(settings, ("beam_width", "length_penalty")))
    predictions = scores.pop("predictions")
    model = {"trained_on": about["record"].get("data"), "settings": trained}
    result = {"data": pairs.name, "model": model, **scores, "worst": report.worst(predictions)}
    report.write_scores(out.files, result, predictions, escape=options["escape_formulas"])
    print(report.describe_scores(result))
    out.announce()
    if not out.files:
        print("the scores are not kept: --output DIR would write them")


def translate(argv):
    """Print the likeliest targets of some words, or write them to a file."""
    settings, options = parse(
        argv,
        command="seq2seq translate",
        description="Translate words: print the likeliest outputs with their scores, or write them as a TSV file, a"
        " row for each word. An empty line, and a word of which the model knows no symbol, keep a row without output.",
        settings=st.TranslateSettings,
        options={
            "file": "UTF-8 file of texts to translate, one a line",
            "output": output.describe(report.TRANSLATIONS),
            "plot": f"draw the attention with which each best output is written ({', '.join(output.IMAGES)})",
            "escape_formulas": ESCAPE,
            **DEVICE,
        },
        words="texts to translate",
    )
    words, plot, path = options["words"], options["plot"], options["file"]
    if bool(words) == bool(path):
        usage = "lstm-lib seq2seq translate WORD ..., or --file FILE"
        raise InputError(f"seq2seq translate needs words to translate, given in one way: {usage}")
    out = output.locate(options["output"], report.TRANSLATIONS)
    file = find_model(settings)
    if plot:
        report.require_image(plot)
    out.require_apart({"--config": options["config"], "--model": file, "--file": path, "--plot": plot})
    about = read_file(file)[1]
    words = read_words(path) if path else words
    require_words(words, path, about, settings.max_length)
    if out.files and (broken := next((word for word in words if set(word) & set("\t\r\n")), None)):
        raise InputError(f"{shortened(broken)} has a tab or a line break, which no row of a TSV file can hold")
    if plot and len(words) > report.MOST_DRAWN:
        raise InputError(f"--plot draws at most {report.MOST_DRAWN} words, and there are {len(words):,}; take fewer")
    if plot and about["architecture"]["attention"] == "none":
        raise InputError("--plot: this model has no attention to draw")
    translator = seq2seq.Translator.load(file, device=start_torch(options["device"]))
    network, symbols = translator.network, translator.source_symbols
    texts = as_the_model_reads(words, translator)
    known = [k for k, text in enumerate(texts) if symbols.knows_some_of(text)]
    n_best = settings.outputs(in_file=bool(out.files))
    search = translator.search(settings.beam_width, settings.length_penalty, n_best)
    sources = symbols.encode_rows([texts[k] for k in known])
    written = seq2seq.write(network, sources, n_best=n_best, **search)
    if plot:
        maps = attention.attention_maps(network, sources, [best[0][0] for best in written])
        report.draw_attention(plot, [symbols.split(texts[k]) for k in known], written, maps, translator.target_symbols)
    outputs = [None] * len(words)
    for k, best in zip(known, written, strict=True):
        outputs[k] = best
    for place in out.files.values():
        report.write_translations(place, words, outputs, translator.target_symbols, escape=options["escape_formulas"])
    if not out.files:
        print(report.describe_translations(words, outputs, translator.target_symbols, search["length_penalty"]))
    out.announce()
    if plot:
        print(f"wrote {plot}")


def as_the_model_reads(words, translator):
    """Return words as a model reads them, and warn of what it can't; raise if it knows no symbol of any word."""
    symbols, form = translator.source_symbols, translator.form
    texts = [seq2seq.readable(word, symbols, form) for word in words]
    if not any(map(symbols.knows_some_of, texts)):
        seq2seq.require_known(words, symbols)
    small = sum(text != in_form(word, form) for word, text in zip(words, texts, strict=True))
    if small:
        warn(f"{small} of {len(words)} words are read in small letters, the only ones that the model knows")
    strange, count = symbols.unknown_in(texts)
    if strange:
        first = next(word for word, text in zip(words, texts, strict=True) if symbols.unknown_in([text])[1])
        empty = sum(bool(text) and not symbols.knows_some_of(text) for text in texts)
        rest = f", but for {empty} of which it knows nothing" if empty else ""
        warn(
            f"{count} of {len(words)} words have symbols that the model does not know: {listed(strange)}, the first"
            f" {shortened(first)}; they are translated all the same{rest}"
        )
    return texts


def find_model(settings):
    """Return the file of the model that is named; None for the course's own."""
    return None if settings.model is None else output.find_model(settings.model, MODEL)


COMMANDS = {
    "train": ("train a model on pairs of texts", train),
    "evaluate": ("score a trained model on pairs it has not seen", evaluate),
    "translate": ("let a trained model translate words", translate),
}


def main(argv):
    """``lstm-lib seq2seq``: see chapter ``08_seq2seq``."""
    dispatch(argv, "seq2seq", COMMANDS)
