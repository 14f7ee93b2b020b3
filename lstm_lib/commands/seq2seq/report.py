"""What ``lstm-lib seq2seq`` prints, and the files that it writes."""

import contextlib
import csv
import math
import textwrap
import warnings
from pathlib import Path

from lstm_lib.commands.output import IMAGES
from lstm_lib.commands.parsing import warn
from lstm_lib.errors import InputError
from lstm_lib.seq2seq.phonemes import sounds_of
from lstm_lib.storage import checkpoint
from lstm_lib.storage.tables import for_spreadsheet

LOG, TIMES = "log.csv", "times.csv"
SCORES = TABLE, METRICS = ("predictions.tsv", "metrics.json")
TRANSLATIONS = ("translations.tsv",)
WORST = 20
MOST_DRAWN = 20  # words in one figure
WIDTH = 100  # of a key, in characters


def describe_start(pairs, validation, translator, resolved):
    """Return lines about what is learned, and by what."""
    source, target = translator.source_symbols, translator.target_symbols
    parameters = sum(p.numel() for p in translator.network.parameters()) // translator.models
    units = {"": "characters", " ": "tokens"}
    chosen = ", ".join(f"{name} {value:g}" for name, value in resolved.items())
    return (
        f"{pairs.name}: {len(pairs):,} pairs to learn; {validation.name}: {len(validation):,} to measure on\n"
        f"from {len(source.names)} {units[source.separator]} to {len(target.names)} {units[target.separator]};"
        f" {parameters:,} weights; {chosen}"
    )


def epoch_heading(model, models, device):
    """Return the heading of the lines of :func:`describe_epoch`."""
    first = [f"model {model} of {models}"] if models > 1 else []
    time = "CPU s" if str(device) == "cpu" else "GPU s"
    columns = (
        f"{'epoch':>5}{time:>9}{'loss':>8} |{'train: tokens':>14}{'sequences':>11}"
        f" |{'dev: tokens':>12}{'sequences':>11} |{'teacher-forced':>15}{'loss':>8}"
    )
    return "\n".join([*first, columns])


def describe_epoch(row, name=None):
    """Return one line about what an epoch came to: a share of symbols and of sequences right, free-running (greedy)."""
    return (
        f"{name or row['epoch']:>5}{row['seconds']:9.1f}{row['train_loss']:8.4f}"
        f" |{percent(row['train_free_token_accuracy']):>14}{percent(row['train_sequence_accuracy']):>11}"
        f" |{percent(row['validation_free_token_accuracy']):>12}{percent(row['validation_sequence_accuracy']):>11}"
        f" |{percent(row['validation_teacher_forced_token_accuracy']):>15}{row['validation_loss']:8.4f}"
    )


def no_better(loss, constant):
    """Return a line about a model that is no better than a constant."""
    return (
        f"the model is no better than a constant: {loss:.4f} nats per symbol, guessing by how often each occurs"
        f" {constant:.4f}; train longer, or change the learning rate"
    )


def percent(share):
    """Show a share of one."""
    return f"{100 * share:.2f} %"


def write_log(places, history):
    """Write what each epoch came to, and apart from it, since no two runs agree in it, the time it took.

    ``places`` has the place of each file by its name.
    """
    names = [name for name in history[0] if name != "seconds"]
    for file, columns in ((LOG, names), (TIMES, ["model", "epoch", "step", "seconds"])):
        if file in places:
            with checkpoint.atomic(places[file]) as temporary, open(temporary, "w", newline="") as handle:
                writer = csv.DictWriter(handle, columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(history)


def worst(predictions, most=WORST):
    """Return the errors with the most edits, the surest of equally many first."""
    wrong = [prediction for prediction in predictions if not prediction["right"]]
    return sorted(wrong, key=lambda prediction: (-prediction["edits"], -prediction["score"]))[:most]


SCORE_NAMES = {
    "sequence_accuracy": "sequences right (one of the source's targets)",
    "free_token_accuracy": "symbols right, place by place, free-running",
    "token_error_rate": "edits per symbol (token error rate)",
    "row_sequence_accuracy": "sequences, each row by its own target",
    "row_sequence_accuracy_any": "sequences, each row by any target of its source",
    "row_token_accuracy": "symbols, each row by its own target",
}


def describe_scores(result):
    """Lay all scores out as lines of text."""
    search = f"beam {result['beam_width']}"
    lines = [
        f"{result['data']}: {result['sources']:,} different sources in {result['rows']:,} rows;"
        f" {search}, length penalty {result['length_penalty']:g}",
        f"{'':50}{'greedy':>10}{search:>10}",
    ]
    for name, meaning in SCORE_NAMES.items():
        if name in result["beam"]:
            lines.append(f"{meaning:50}{percent(result['greedy'][name]):>10}{percent(result['beam'][name]):>10}")
    forced = result["teacher_forced"]
    lines += [
        f"teacher-forced, for comparison: {percent(forced['teacher_forced_token_accuracy'])} of the symbols,"
        f" loss {forced['teacher_forced_loss']:.4f} nats per symbol",
        "",
        f"{'source length':>14}{'sources':>9}{'greedy':>10}{search:>10}   sequences right",
    ]
    for group in result["by_length"]:
        first, last = group["shortest"], group["longest"]
        length = f"{first}" if first == last else f"{first} to {last}"
        lines.append(f"{length:>14}{group['sources']:9,}{percent(group['greedy']):>10}{percent(group['beam']):>10}")
    lines += ["", f"the {len(result['worst'])} worst errors of {search}, by edits:"]
    for error in result["worst"]:
        wanted = " or ".join(error["references"])
        lines.append(f"  {error['source']}: {error['beam'] or '(nothing)'}, not {wanted} ({error['edits']} edits)")
    return "\n".join(lines)


def write_table(path, rows, *, escape=False):
    """Write rows of texts as a TSV file, with ``'`` before what a spreadsheet would compute if ``escape`` is set."""
    # A name of a file or a word of the command line may hold bytes that are not UTF-8.
    with open(path, "w", newline="", encoding="utf-8", errors="backslashreplace") as handle:
        writer = csv.writer(handle, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n")
        writer.writerows([for_spreadsheet(text) for text in row] if escape else row for row in rows)


def write_scores(places, result, predictions, *, escape=False):
    """Write all files that have a place, or none."""
    with contextlib.ExitStack() as stack:
        files = {name: stack.enter_context(checkpoint.atomic(place)) for name, place in places.items()}
        if TABLE in files:
            rows = [
                [p["source"], " | ".join(p["references"]), p["greedy"], p["beam"], *_numbers(p)] for p in predictions
            ]
            heading = ["source", "references", "greedy", "beam", "score", "right", "edits"]
            write_table(files[TABLE], [heading, *rows], escape=escape)
        if METRICS in files:
            checkpoint.write_json(files[METRICS], result)


def _numbers(prediction):
    return f"{prediction['score']:.6f}", str(int(prediction["right"])), str(prediction["edits"])


def describe_translations(words, outputs, symbols, length_penalty):
    """List what was written for each word, the best first; ``outputs`` has None for a word that could not be read."""
    width = max(len(symbols.decode(tokens)) for best in outputs if best for tokens, _ in best)
    title = "output"
    lines = [f"{'':4}{title:{width}}{'score':>10}{'probability':>13}"]
    for word, best in zip(words, outputs, strict=True):
        lines.append(word)
        if best is None:
            lines.append("  – no symbol of it is known")
        for k, (tokens, score) in enumerate(best or (), start=1):
            probability = math.exp(score * len(tokens) ** length_penalty)
            lines.append(f"{k:3} {symbols.decode(tokens):{width}}{score:10.4f}{100 * probability:11.2f} %")
    lines.append(f"score: log-probability in nats / length^{length_penalty:g}; the nearer to 0, the likelier")
    return "\n".join(lines + describe_sounds(outputs, symbols))


def describe_sounds(outputs, symbols):
    """Return a key of the phonemes that were written, if the symbols are those of CMU's dictionary."""
    if not sounds_of(symbols.names):
        return []
    written = {name for best in outputs for tokens, _ in best or () for name in symbols.split(symbols.decode(tokens))}
    key = ", ".join(f"{name} {word}" for name, word in sounds_of(written).items())
    return textwrap.wrap(f"sounds, each as in a word: {key}", WIDTH, subsequent_indent="  ")


def write_translations(path, words, outputs, symbols, *, escape=False):
    """Write a row for each output of each word; a word that could not be read has one, with nothing beside it."""
    rows = [["word", "translation", "score"]]
    for word, best in zip(words, outputs, strict=True):
        rows += [[word, symbols.decode(tokens), f"{score:.6f}"] for tokens, score in best or ()] or [[word, "", ""]]
    with checkpoint.atomic(path) as temporary:
        write_table(temporary, rows, escape=escape)


def require_image(path):
    """Raise :class:`InputError` unless an image can be written there."""
    if Path(path).suffix.lower() not in IMAGES:
        raise InputError(f"--plot {path}: the name of the image must end in {', '.join(IMAGES)}")
    checkpoint.require_writable(path)


def drawable(symbols):
    """Return symbols with U+FFFD for bytes that are not UTF-8, as the command line can have them."""
    return [symbol.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for symbol in symbols]


def draw_attention(path, sources, outputs, maps, symbols):
    """Draw a map for each word: a row for each symbol written, a column for each that was read."""
    import matplotlib as mpl

    mpl.use("Agg")  # no window is wanted, and none may exist
    from lstm_lib.plotting import new_axes, plot_matrix

    axes = new_axes(len(maps), 1, height=3.4 * len(maps), squeeze=False)[:, 0]
    for ax, source, best, values in zip(axes, sources, outputs, maps, strict=True):
        plot_matrix(values, xlabel="symbol read", ylabel="symbol written", label="attention", ax=ax)
        written = symbols.split(symbols.decode(best[0][0]))
        ax.set_xticks(range(len(source)), drawable(source), parse_math=False)
        ax.set_yticks(range(len(values)), drawable([*written, "(end)"][: len(values)]), parse_math=False)
    with checkpoint.atomic(path) as temporary, warnings.catch_warnings(record=True) as complaints:
        warnings.filterwarnings("always", message="Glyph")
        axes[0].figure.savefig(temporary)
    if complaints:
        warn(f"{path}: matplotlib's font lacks some symbols of the labels; they are drawn as boxes")
