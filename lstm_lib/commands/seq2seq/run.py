"""What ``lstm-lib seq2seq`` does: train an encoder and decoder on pairs, score it, let it translate.

Chapter ``08_seq2seq`` does the same by hand; here each is one call.
"""

import hashlib
import os
from pathlib import Path

from lstm_lib import attention, seq2seq
from lstm_lib.commands.device import DEVICE, start_torch
from lstm_lib.commands.parsing import dispatch, parse, require_apart
from lstm_lib.commands.progress import Progress
from lstm_lib.commands.seq2seq import report, settings as st
from lstm_lib.commands.seq2seq.data import learn_symbols, read_test, read_training, sample
from lstm_lib.commands.settings import as_dict, subset
from lstm_lib.data.lexicons import load_pairs
from lstm_lib.errors import InputError
from lstm_lib.storage import checkpoint

SHAPE = ("cell", "attention", "bidirectional", "layers", "embedding_size", "readout_size")
RECIPE = (
    *("schedule", "batch_size", "weight_decay", "clip_norm"),
    *("label_smoothing", "teacher_forcing", "teacher_forcing_end"),
)
MODEL = "model.safetensors"  # in a run's folder


def train(argv):
    """Train a model, measure it after each epoch, and keep it."""
    settings, options = parse(
        argv,
        command="seq2seq train",
        description="Train an encoder and decoder on pairs of texts. Without --train: on CMU's pronouncing dictionary.",
        settings=st.TrainSettings,
        options={"output": "keep model, log and training state in this folder, and resume from it", **DEVICE},
    )
    output = options["output"]
    if output and Path(output).exists() and not Path(output).is_dir():
        raise InputError(f"--output {output}: is not a folder; choose another name")
    if output:
        checkpoint.require_writable(os.path.join(output, MODEL))
    pairs, validation = read_training(settings)
    symbols = learn_symbols(settings, pairs, validation)
    if settings.test:
        load_pairs(settings.test, source=settings.source_column, target=settings.target_column)  # or refuse it now
    device = start_torch(options["device"])
    resolved = settings.resolved(len(pairs))
    architecture = seq2seq.Architecture(
        *(side.size for side in symbols),
        **{name: resolved[name] for name in ("hidden_size", "encoder_size", "dropout")},
        **subset(settings, SHAPE),
    )
    recipe = seq2seq.Recipe(resolved["learning_rate"], **subset(settings, RECIPE))
    keep = None
    if output:
        digest = hashlib.sha256("\n".join(map("\t".join, zip(pairs.sources, pairs.targets, strict=True))).encode())
        keep = checkpoint.Run(output, as_dict(settings) | resolved | {"train_sha256": digest.hexdigest()})
    models = [seq2seq.Seq2Seq(architecture, seed=settings.seed + k).to(device) for k in range(resolved["models"])]
    parameters = sum(p.numel() for p in models[0].parameters())
    print(report.describe_start(pairs, validation, symbols, resolved, parameters))
    scorers = {
        "train": seq2seq.Scorer(sample(pairs, settings.sample), *symbols),
        "validation": seq2seq.Scorer(validation, *symbols),
    }
    data = symbols[0].encode_rows(pairs.sources), symbols[1].encode_rows(pairs.targets, end=True)
    history = []
    for k, model in enumerate(models):
        print(report.epoch_heading(k + 1, len(models), device))

        def on_epoch(rows, earlier=tuple(history), k=k):
            print(report.describe_epoch(rows[-1]), flush=True)
            if output:
                report.write_log(output, [*earlier, *numbered(k, rows)])

        with Progress(f"model {k + 1}", "pairs") as progress:
            rows = seq2seq.train(
                model,
                *data,
                recipe,
                **share(settings.until(), len(models)),
                seed=settings.seed + k,
                measure=lambda model: measure(model, scorers),
                run=keep,
                name=f"state_{k + 1}",
                on_epoch=on_epoch,
                on_step=progress.step,
            )
        history += numbered(k, rows)
    record = {"data": pairs.name, "settings": as_dict(settings) | resolved, "device": str(device), "history": history}
    if len(models) > 1:
        record["together"] = measure(seq2seq.Ensemble(models), scorers)
        print(report.describe_epoch(history[-1] | record["together"], name="all"))
    if not output:
        print("the model is not kept: --output RUN_DIR would keep it")
        return
    report.write_log(output, history)
    place = os.path.join(output, MODEL)
    seq2seq.save_model(place, seq2seq.Ensemble(models) if len(models) > 1 else models[0], *symbols, record)
    print(f"wrote {place}; lstm-lib seq2seq evaluate --run {output} scores it")


def numbered(k, rows):
    """Return the rows of a history with the number of their model, counted from 1."""
    return [{"model": k + 1} | row for row in rows]


def measure(model, scorers):
    """Score a model on a training sample and in validation: greedy, free-running; in validation also teacher-forced."""
    measured = {}
    for part, scorer in scorers.items():
        scores = scorer.free_running([tokens for tokens, _ in scorer.write(model)])
        measured |= {f"{part}_{name}": scores[name] for name in ("free_token_accuracy", "sequence_accuracy")}
    forced = scorers["validation"].teacher_forced(model)
    measured["validation_teacher_forced_token_accuracy"] = forced["teacher_forced_token_accuracy"]
    return measured | {"validation_loss": forced["teacher_forced_loss"]}


def share(until, models):
    """Return each model's part of a budget; epochs are not shared."""
    return {key: value / models if key == "budget" else value for key, value in until.items()}


def evaluate(argv):
    """Score a trained model on pairs."""
    settings, options = parse(
        argv,
        command="seq2seq evaluate",
        description="Score a trained model on pairs that it has not seen, with and without beam search.",
        settings=st.EvaluateSettings,
        options={
            "output": f"write {' and '.join(report.SCORES)} into this folder; left out: into that of the run",
            **DEVICE,
        },
    )
    model, symbols, record = load(settings.run, options["device"])
    pairs = read_test(settings, record["settings"])
    strange, count = symbols[0].unknown_in(pairs.sources)
    if count == len(pairs):
        raise InputError(
            f"{pairs.name}: every source has symbols that the model does not know: {report.shown(strange)};"
            " are source_column and target_column right?"
        )
    if strange:
        report.warn(f"{pairs.name}: {count} sources have symbols that the model does not know: {report.shown(strange)}")
    folder = options["output"] or (settings.run if settings.run and Path(settings.run).is_dir() else None)
    if folder:
        for name in report.SCORES:
            checkpoint.require_writable(os.path.join(folder, name))
        files = {f"{name} in {folder}": os.path.join(folder, name) for name in report.SCORES}
        require_apart({"--config": options["config"], "--test": settings.test, **files})
    search = search_of(settings, record["settings"])
    scorer = seq2seq.Scorer(pairs, *symbols)
    written = {"greedy": scorer.write(model), "beam": scorer.write(model, **search)}
    outputs = {name: [tokens for tokens, _ in best] for name, best in written.items()}
    result = {
        "data": pairs.name,
        "sources": len(scorer.texts),
        "rows": len(pairs),
        "unknown": count,
        "model": {"trained_on": record["data"], "settings": record["settings"]},
        **search,
        **{name: scorer.free_running(rows) for name, rows in outputs.items()},
        "teacher_forced": scorer.teacher_forced(model),
        "by_length": scorer.by_length(outputs),
    }
    predictions = scorer.predictions(written)
    result["worst"] = report.worst(predictions)
    print(report.describe_scores(result))
    if folder:
        for place in report.write_scores(folder, result, predictions):
            print(f"wrote {place}")
    else:
        print("the scores are not kept: --output DIR would write them")


def translate(argv):
    """Print the likeliest targets of some words."""
    settings, options = parse(
        argv,
        command="seq2seq translate",
        description="Translate words: print the likeliest outputs with their scores.",
        settings=st.TranslateSettings,
        options={
            "plot": "draw the attention with which each best output is written, and write this image (.png)",
            **DEVICE,
        },
        words="texts to translate",
    )
    words, plot = options["words"], options["plot"]
    if not words:
        raise InputError("seq2seq translate needs words to translate: lstm-lib seq2seq translate WORD ...")
    if plot:
        report.require_image(plot)
        require_apart({"--config": options["config"], "--plot": plot})
    model, symbols, record = load(settings.run, options["device"])
    for word in words:
        strange, _ = symbols[0].unknown_in([word])
        if strange or not symbols[0].split(word):
            known = "".join(symbols[0].names) if not symbols[0].separator else report.shown(symbols[0].names)
            what = f"has {report.shown(strange)}, which the model does not know" if strange else "is empty"
            raise InputError(f"{word!r} {what}; it knows {known}")
    if plot and model.architecture.attention == "none":
        raise InputError("--plot: this model has no attention to draw")
    search = search_of(settings, record["settings"])
    search["beam_width"] = max(search["beam_width"], settings.n_best)
    sources = symbols[0].encode_rows(words)
    outputs = seq2seq.write(model, sources, n_best=settings.n_best, **search)
    print(report.describe_translations(words, outputs, symbols[1], search["length_penalty"]))
    if plot:
        maps = attention.attention_maps(model, sources, [best[0][0] for best in outputs])
        report.draw_attention(plot, [symbols[0].split(word) for word in words], outputs, maps, symbols[1])
        print(f"wrote {plot}")


def load(run, device):
    """Read the model of a run onto the device of that name, and load PyTorch only now.

    Returns
    -------
    model : lstm_lib.seq2seq.Seq2Seq or lstm_lib.seq2seq.Ensemble
    symbols : list of lstm_lib.data.Symbols
        Of the source and of the target.
    record : dict
        How it was trained.
    """
    path = None
    if run is not None:
        path = Path(run) / MODEL if Path(run).is_dir() else Path(run)
        if not path.is_file() and Path(run).is_dir():
            raise InputError(
                f"{run}: holds no {MODEL}; lstm-lib seq2seq train --output {run} writes one when it is done"
            )
        if not path.is_file():
            raise InputError(f"{run}: no such model; --run names the folder that lstm-lib seq2seq train --output wrote")
    device = start_torch(device)
    model, *symbols, record = seq2seq.load_model(path or seq2seq.SHIPPED)
    return model.to(device), symbols, record


def search_of(settings, trained):
    """Return the beam's width and the length penalty: those that were set, else those of the training."""
    keys = ("beam_width", "length_penalty")
    return {key: trained[key] if getattr(settings, key) is None else getattr(settings, key) for key in keys}


COMMANDS = {
    "train": ("train a model on pairs of texts", train),
    "evaluate": ("score a trained model on pairs it has not seen", evaluate),
    "translate": ("let a trained model translate words", translate),
}


def main(argv):
    """``lstm-lib seq2seq``: see chapter ``08_seq2seq``."""
    dispatch(argv, "seq2seq", COMMANDS)
