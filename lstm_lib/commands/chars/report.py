"""What ``lstm-lib chars`` prints, and the files that ``chars evaluate`` and ``chars compare`` write."""

import contextlib
import csv
import math
import os

from lstm_lib.commands import output
from lstm_lib.commands.device import seconds_on
from lstm_lib.data.texts import SCORED
from lstm_lib.storage import checkpoint

SCORES = ("scores.json", "scores.csv")
RESULT, REPORT, CURVES = "results.json", "report.md", "curves.png"
# Only the result can stand alone: the report shows the curves.
OUTPUT = f"where results go: a folder ({REPORT}, {CURVES}, {RESULT}, samples), or one file that ends in .json"
WRITERS = ("rnn", "gru", "lstm", "3-gram", "5-gram")  # each gets a file with its sample
EXCERPT = 400  # characters of each text in the report
UTF_8 = {"encoding": "utf-8", "errors": "backslashreplace"}  # a name of a file may hold bytes that are not UTF-8

COLUMNS = (
    ("", 11),
    ("validation", 11),
    ("bits", 7),
    ("test", 8),
    ("ms/step", 9),
    ("steps", 8),
    ("parameters", 12),
    ("memory", 10),
    ("words", 9),
    ("closed", 8),
    ("4-grams", 9),
    ("copy", 6),
)

LEGEND = {
    "validation": "mean loss on the validation part, in nats per character; bits: the same in bits",
    "test": "the same in nats on a part that chose nothing",
    "ms/step": "time of a training step",
    "parameters": "weights, or stored counts",
    "memory": "what a training step, or the tables, hold at once",
    "words": "of the words written, of five letters or more, those that the training text has",
    "closed": "opening brackets that are closed before another of their kind",
    "4-grams": "different runs of four words, of all such runs",
    "copy": "characters of the longest verbatim copy from the training text",
}


def describe_training(text, row):
    """Return lines about one trained model."""
    return "\n".join(
        [
            f"{row['name']} on {text.name}: {row['parameters']:,} weights, {row['steps']:,} steps,"
            f" {row['characters']:,} characters in {row['seconds']:.1f} {seconds_on(row['device'])}",
            *(
                f"{part:<11}{row[part]:7.4f} nats {row[part] / math.log(2):7.4f} bits per character"
                for part in ("validation", "test")
            ),
            *scored_on(len(text.validation), len(text.test)),
            *no_better(row),
        ]
    )


def scored_on(*lengths):
    """Return a line about parts that are too long to be scored whole, of which the lengths are given."""
    return [f"scored on the first {SCORED:,} characters of a part"] if max(lengths) > SCORED else []


def no_better(*rows):
    """Return lines about the networks that are no better than a constant."""
    return [
        f"{row['name']} is no better than a constant: on its training text {row['train']:.4f} nats, guessing by how"
        f" often each character occurs {row['constant']:.4f}; train longer, or change the learning rate"
        for row in rows
        if row.get("constant") is not None and row["train"] >= row["constant"]
    ]


def describe_drawing(settings):
    """Return a line about how a text was drawn, without which it says little about a model."""
    among = f", among the {settings.top_k} likeliest" if settings.top_k else ""
    return f"drawn at temperature {settings.temperature:g}{among}, seed {settings.seed}"


def score_table(rows):
    """Lay the scores of some texts out as lines of text."""
    lines = [f"{'':28}{'characters':>11}{'unknown':>9}{'nats':>8}{'bits':>8}{'perplexity':>12}"]
    for row in rows:
        scores = f"{row['nats']:8.4f}{row['bits']:8.4f}{row['perplexity']:12.3f}"
        lines.append(f"{row['text']:28}{row['characters']:11,}{row['unknown']:9,}{scores}")
    return "\n".join(lines)


def write_scores(files, model, rows):
    """Write the scores of some texts to those of the files :data:`SCORES` that are wanted."""
    if "scores.json" in files:
        checkpoint.write_json(files["scores.json"], {"model": model, "texts": rows})
    if "scores.csv" in files:
        with (
            checkpoint.atomic(files["scores.csv"]) as temporary,
            open(temporary, "w", newline="", **UTF_8) as handle,
        ):
            writer = csv.DictWriter(handle, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def cells(row, quality):
    """Lay one row of the table out as texts, one a column."""
    nats = row.get("validation")
    return [
        row["name"],
        _number(nats, ".4f"),
        _number(nats and nats / math.log(2), ".3f"),
        _number(row.get("test"), ".4f"),
        _number(row.get("seconds_per_step"), ".1f", 1000),
        _number(row.get("steps"), ",d"),
        _number(row.get("parameters"), ",d"),
        _number(row.get("memory_bytes"), ".1f", 1e-6, " MB"),
        _number(quality["real_words"], ".1f", 100, " %"),
        _number(quality["closed_brackets"], ".0f", 100, " %"),
        _number(quality["distinct_4grams"], ".1f", 100, " %"),
        _number(quality["longest_copy"], "d"),
    ]


def _number(value, form, scale=1, unit=""):
    return "–" if value is None else f"{value * scale:{form}}{unit}"


def all_cells(result):
    """Lay all rows out, the last of them the real text."""
    rows = [cells(row, row["quality"]) for row in result["rows"]]
    return [*rows, cells({"name": "real text"}, result["real"])]


def heading(result):
    """Return one line about what was compared."""
    config, n = result["config"], result["characters"]
    if epochs := config["epochs"]:
        until = f"{epochs} epoch{'s' * (epochs > 1)}"
    else:
        until = f"{result['budget']:g} {seconds_on(result['device'])} each"
    return (
        f"{result['text']}: {n['train']:,} characters to learn, {n['validation']:,} to validate, {n['test']:,} to test;"
        f" {result['vocab_size']} symbols; {until}"
        + "".join(f"; {line}" for line in scored_on(n["validation"], n["test"]))
    )


def table(result):
    """Lay the comparison out as lines of text."""
    lines = [heading(result), "".join(f"{title:>{width}}" for title, width in COLUMNS)]
    for row in all_cells(result):
        lines.append("".join(f"{text:>{width}}" for text, (_, width) in zip(row, COLUMNS, strict=True)))
    return "\n".join([*lines, "", *(f"{name + ':':12}{meaning}" for name, meaning in LEGEND.items())])


def markdown(result, texts):
    """Write the report."""
    config = result["config"]
    rows = [["model", *(title for title, _ in COLUMNS[1:])], ["---", *["--:"] * (len(COLUMNS) - 1)], *all_cells(result)]
    networks = [row for row in result["rows"] if row["steps"]]
    best = min(result["rows"], key=lambda row: row["validation"])
    lines = [
        f"# Character models on {result['text']}",
        "",
        heading(result) + ".",
        f"The lowest validation loss is that of {best['name']}: {best['validation']:.4f} nats per character.",
        "",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        *(f"- **{name}**: {meaning}" for name, meaning in LEGEND.items()),
        "",
        f"Each model wrote {config['characters']:,} characters; 4-grams and copy are counted in the first"
        f" {result['held_out']:,}, the length of the real text, which the models have not learned from.",
        "",
        "## How they were trained",
        "",
        f"| model | AdamW, highest rate | characters read | {seconds_on(result['device'])} |",
        "|---|--:|--:|--:|",
        *(
            f"| {row['name']} | {row['learning_rate']:g} | {row['characters']:,} | {row['seconds']:.1f} |"
            for row in networks
        ),
        "",
        f"Layers {config['layers']}, batch {config['batch_size']} × {config['window']} characters, embedding"
        f" {config['embedding_size']}, dropout {config['dropout']:g}, schedule {config['schedule']}, seed"
        f" {config['seed']}. One seed: another, or a busier machine, can change a loss by 0.02.",
        "",
        "![Validation loss of each network against time and against characters read, beside the n-gram models]"
        "(curves.png)",
        "",
        "Equal time favours the cell whose code is fastest. The right half of the figure shows the same losses"
        " against the characters read; `--epochs` compares at equally many. A loss before the end was"
        " taken at a high learning rate and would be lower had training been planned to stop there.",
        "",
        "## What they write",
    ]
    for name, text in texts.items():
        lines += ["", f"**{name}**", "", "```text", text[:EXCERPT].strip("\n").replace("```", "` ` `"), "```"]
    return "\n".join(lines) + "\n"


def locate(path):
    """Return the :class:`~lstm_lib.commands.output.Output` of a comparison."""
    out = output.locate(path, (RESULT,))
    if out.folder is None:
        return out
    samples = [os.path.join("samples", f"{name}.txt") for name in WRITERS]
    places = {name: os.path.join(out.folder, name) for name in (REPORT, CURVES, RESULT, *samples)}
    for place in places.values():
        checkpoint.require_writable(place)
    return output.Output(out.folder, places)


def write(out, result, texts):
    """Write the files of a comparison that are wanted, all or none."""
    with contextlib.ExitStack() as stack:
        temporary = {name: stack.enter_context(checkpoint.atomic(place)) for name, place in out.files.items()}
        if RESULT in temporary:
            checkpoint.write_json(temporary[RESULT], result)
        if out.folder is None:
            return
        temporary[REPORT].write_text(markdown(result, texts), **UTF_8)
        for name, text in texts.items():
            sample = os.path.join("samples", f"{name.partition('(')[0].lower()}.txt")
            temporary[sample].write_text(text, encoding="utf-8")
        draw(temporary[CURVES], result)


def draw(path, result):
    """Draw the losses over time and over characters, and write the image."""
    import matplotlib as mpl

    mpl.use("Agg")  # no window is wanted, and none may exist
    from lstm_lib.plotting import new_axes, plot_levels, plot_traces

    networks = [row for row in result["rows"] if row["steps"]]
    levels = {row["name"]: row["validation"] for row in result["rows"] if not row["steps"]}
    time = "CPU time (s)" if result["device"] == "cpu" else "time on a GPU (s)"
    axes = new_axes(1, 2, sharey=True)
    for ax, key, scale, label in zip(
        axes, ("seconds", "characters"), (1, 1e-6), (time, "characters read (millions)"), strict=True
    ):
        traces = {
            row["name"]: ([scale * h[key] for h in row["history"]], [h["validation_loss"] for h in row["history"]])
            for row in networks
        }
        plot_traces(traces, xlabel=label, ylabel="validation loss (nats per character)", ax=ax)
        plot_levels(levels, ax=ax, first=len(traces))
    axes[1].set_ylabel("")
    axes[1].get_legend().remove()
    low = min([*levels.values(), *(row["validation"] for row in networks)])
    axes[0].set_ylim(low - 0.05, max([low + 1, *levels.values()]) + 0.05)
    axes[0].figure.savefig(path)
