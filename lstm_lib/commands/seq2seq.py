"""What ``lstm-lib seq2seq`` does: train an encoder and decoder on pairs, score it, let it translate.

Chapter ``06_seq2seq`` does the same by hand; here each is one call.
"""

import hashlib
import os
import sys
from pathlib import Path

from lstm_lib import checkpoint
from lstm_lib.commands import seq2seq_report as report
from lstm_lib.commands.parsing import parse, require_apart
from lstm_lib.core.errors import InputError
from lstm_lib.lexicons import Symbols, cmudict, hold_out, load_pairs, separator_of, swapped
from lstm_lib.settings import as_dict
from lstm_lib.settings import seq2seq as st

COMMANDS = {
    "train": "train a model on pairs of texts",
    "evaluate": "score a trained model on pairs it has not seen",
    "translate": "let a trained model translate words",
}
SHAPE = ("cell", "attention", "encoder_size", "bidirectional", "layers", "embedding_size", "readout_size")
RECIPE = (
    *("schedule", "batch_size", "weight_decay", "clip_norm"),
    *("label_smoothing", "teacher_forcing", "teacher_forcing_end"),
)
MODEL = "model.safetensors"  # in a run's folder
SHIPPED = Path(__file__).parent.parent / "weights" / "06_seq2seq_cmudict.safetensors"


def main(argv):
    """``lstm-lib seq2seq``: see chapter ``06_seq2seq``."""
    if not argv or argv[0] in ("-h", "--help"):
        lines = "\n".join(f"  {name:<10} {text}" for name, text in COMMANDS.items())
        print(f"usage: lstm-lib seq2seq COMMAND [OPTIONS]\n\ncommands:\n{lines}\n")
        print("lstm-lib seq2seq COMMAND --help lists the options of a command.")
        if not argv:
            raise InputError("seq2seq needs a command; there are: " + ", ".join(COMMANDS))
        return
    if argv[0] not in COMMANDS:
        raise InputError(f"no command seq2seq {argv[0]!r}; there are: {', '.join(COMMANDS)}")
    globals()[argv[0]](argv[1:])


def train(argv):
    """Train a model, measure it after each epoch, and keep it."""
    settings, options = parse(
        argv,
        command="seq2seq train",
        description="Train an encoder and decoder on pairs of texts. Without --train: on CMU's pronouncing dictionary.",
        settings=st.TrainSettings,
        options={"output": "keep model, log and training state in this folder, and resume from it"},
    )
    output = options["output"]
    if output and Path(output).exists() and not Path(output).is_dir():
        raise InputError(f"--output {output}: is not a folder; choose another name")
    if output:
        checkpoint.require_writable(os.path.join(output, MODEL))
    files = {"--train": settings.train, "--dev": settings.dev, "--test": settings.test}
    require_apart({"--config": options["config"], **files})
    pairs, dev = read_training(settings)
    symbols = learn_symbols(settings, pairs, dev)
    if settings.test:
        load_pairs(settings.test, source=settings.source_column, target=settings.target_column)  # or refuse it now
    from lstm_lib import seq2seq, seq2seq_scoring, seq2seq_training, torch_parts

    torch_parts.use_one_thread()
    own = settings.resolved(len(pairs))
    architecture = seq2seq.Architecture(
        *(side.size for side in symbols),
        hidden_size=own["hidden_size"],
        dropout=own["dropout"],
        **{name: getattr(settings, name) for name in SHAPE},
    )
    recipe = seq2seq_training.Recipe(own["learning_rate"], **{name: getattr(settings, name) for name in RECIPE})
    keep = None
    if output:
        digest = hashlib.sha256("\n".join(map("\t".join, zip(pairs.sources, pairs.targets, strict=True))).encode())
        keep = checkpoint.Run(output, as_dict(settings) | own | {"train_sha256": digest.hexdigest()})
    model = seq2seq.Seq2Seq(architecture, seed=settings.random_seed)
    print(report.describe_start(pairs, dev, symbols, own, sum(p.numel() for p in model.parameters())))
    scorers = {
        "train": seq2seq_scoring.Scorer(sample(pairs, settings.sample), *symbols),
        "dev": seq2seq_scoring.Scorer(dev, *symbols),
    }

    def measure(model):
        found = {}
        for part, scorer in scorers.items():
            scores = scorer.free_running([tokens for tokens, _ in scorer.write(model)])
            found |= {f"{part}_{name}": scores[name] for name in ("free_token_accuracy", "sequence_accuracy")}
        return found | {f"dev_{name}": value for name, value in scorers["dev"].teacher_forced(model).items()}

    def on_epoch(history):
        print(report.describe_epoch(history[-1]), flush=True)
        if keep:
            report.write_log(output, history)

    print(report.EPOCH_HEADING)
    with report.Progress() as progress:
        history = seq2seq_training.train(
            model,
            symbols[0].encode(pairs.sources),
            symbols[1].encode(pairs.targets, end=True),
            recipe,
            **settings.until(),
            seed=settings.random_seed,
            measure=measure,
            run=keep,
            name="state",
            on_epoch=on_epoch,
            on_step=progress.step,
        )
    if keep:
        report.write_log(output, history)
        record = {"data": pairs.name, "settings": as_dict(settings) | own, "history": history}
        seq2seq_scoring.save_model(os.path.join(output, MODEL), model, *symbols, record)
        print(f"wrote {os.path.join(output, MODEL)}; lstm-lib seq2seq evaluate --run {output} scores it")
    else:
        print("the model is not kept: --output RUN_DIR would keep it")


def read_training(settings):
    """Read the pairs to learn and those to measure on; warn of columns that look swapped."""
    if settings.train is None:
        lexicon = cmudict(stress=settings.stress)
        return lexicon.train, lexicon.dev
    columns = {"source": settings.source_column, "target": settings.target_column}
    pairs = load_pairs(settings.train, **columns)
    warn(swapped(pairs))
    if settings.dev is None:
        return hold_out(pairs)
    dev = load_pairs(settings.dev, **columns)
    warn(swapped(dev, pairs))
    return pairs, dev


def learn_symbols(settings, pairs, dev):
    """Collect the symbols of both sides of the training pairs; warn of those that only the others have."""
    separators = {"characters": "", "tokens": " "}
    symbols = []
    for side, units in (("sources", settings.source_units), ("targets", settings.target_units)):
        texts = getattr(pairs, side)
        learned = Symbols.learn(texts, separator=separators.get(units, separator_of(texts)))
        strange, count = learned.unknown_in(getattr(dev, side))
        if strange:
            warn(f"{dev.name}: {count} {side} have symbols that {pairs.name} lacks: {report.shown(strange)}")
        symbols.append(learned)
    return symbols


def sample(pairs, sources):
    """Give all rows of so many sources, evenly spread over the pairs."""
    distinct = list(dict.fromkeys(pairs.sources))
    chosen = set(distinct[:: -(-len(distinct) // sources)])
    return pairs.where(lambda source, target: source in chosen)


def warn(message):
    """Print a warning, if there is one, in one line on the standard error."""
    if message:
        print(f"lstm-lib: warning: {message}", file=sys.stderr)
