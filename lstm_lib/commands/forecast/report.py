"""Lay out what ``lstm-lib forecast`` found: as text, as a table of the next values, as a plot."""

import csv
import warnings
from pathlib import Path

import numpy as np

from lstm_lib.commands.output import IMAGES
from lstm_lib.errors import InputError
from lstm_lib.storage.checkpoint import atomic

WORDS = {"ahead": "wins", "behind": "loses"}
SHOWN = 12  # of the next values
NAMES = {
    "training_mean": "mean of the training part",
    "persistence": "persistence (last value)",
    "linear_ar": "linear autoregression",
    "drift": "last value and the mean change",
    "seasonal_naive": "the value a season ago",
    "reference": "the same recipe without a network",
    "linear_recipe": "a linear rule on the same recipe",
    "exponential_smoothing": "exponential smoothing",
    "linear_ar_sqrt": "the same on the square root",
    "best_possible": "best possible (only phase unknown)",
}


def table(result):
    """Lay the results of a training out as lines of text."""
    clean = result["excess_over_clean"]
    head = f"{result['series']}: mean squared error on {len(result['test']['observed'])} test windows"
    lines = [head, f"{'':36}{'test':>12}{'above clean' if clean else 'root':>{14 if clean else 12}}"]

    def line(name, loss, excess):
        second = f"{excess:14.6f}" if clean else f"{np.sqrt(loss):12.4g}"
        lines.append(f"{name:36}{loss:12.6g}{second}")

    line("LSTM", result["test_loss"], clean and clean["lstm"])
    for key, loss in result["baselines"].items():
        line(NAMES[key], loss, clean and clean[key])
    if result["noise_floor"] is not None:
        line("the noise itself", result["noise_floor"], 0.0)
    lines.append(f"training loss of the LSTM: {result['train_loss']:.6g}   seed: {result['seed']}")
    return "\n".join([*lines, _next_values(result)])


def table_of_own(result):
    """Lay the results of a forecast of the user's own series out as lines of text, a loss first."""
    losses = {"LSTM": result["test_loss"]} | {NAMES[name]: loss for name, loss in result["baselines"].items()}
    best, n = result["best_rival"], len(result["test"]["observed"])
    lost = result["test_loss"] > result["baselines"][best]
    verdict = result["verdicts"].get(best, {"verdict": "too few test values to tell"})["verdict"]
    root = {name: np.sqrt(result["baselines"][name]) for name in result["baselines"]}
    compared = f"root mean squared error {np.sqrt(result['test_loss']):.4g}, {root[best]:.4g} of {NAMES[best]}"
    head, told = f"the LSTM {'loses' if lost else 'is ahead'}", f" ({verdict}: the difference may be chance)"
    if verdict in WORDS:
        head, told = f"the LSTM {WORDS[verdict]}", ""
    elif result["test_loss"] == result["baselines"][best]:
        head, told = "the LSTM is as good as its best rival", ""
    lines = [
        f"{result['series']}: {head}, {compared}{told}",
        f"{n} test values, one step ahead; recipe: {result['recipe_in_words']}",
        f"{'':36}{'test':>12}{'root':>12}   the LSTM is, each rule by itself",
    ]
    for name, loss in losses.items():
        key = next((key for key, shown in NAMES.items() if shown == name), None)
        word = result["verdicts"].get(key, {}).get("word", "")
        lines.append(f"{name:36}{loss:12.6g}{np.sqrt(loss):12.4g}   {word}".rstrip())
    lines.append(f"training loss of the LSTM: {result['train_loss']:.6g}   seed: {result['seed']}")
    lines.append(_next_values(result))
    if lost:
        times, values = result["forecast"]["times"], result["rival_forecast"]
        loss = result["baselines"][best]
        shown = [f"{t}: {_rounded(v, loss)}" for t, v in zip(times, values, strict=True)]
        lines.append(f"{NAMES[best]} says: {_first(shown)}")
    return "\n".join(lines)


def table_of_use(result):
    """Lay out what a saved model forecasts, and its test error where there is one, as lines of text."""
    if result["test"] is None:
        lines = [f"{result['series']}: too few values after those that the model was trained on to test it"]
    else:
        n = len(result["test"]["observed"])
        lines = [f"{result['series']}: mean squared error on {n} windows that the model was not trained on"]
        lines.append(f"{'':36}{'test':>12}{'root':>12}")
        losses = {"LSTM": result["test_loss"]} | {NAMES[key]: loss for key, loss in result["baselines"].items()}
        lines += [f"{name:36}{loss:12.6g}{np.sqrt(loss):12.4g}" for name, loss in losses.items()]
    return "\n".join([*lines, _next_values(result)])


def _next_values(result):
    ahead = result["forecast"]
    shown = []
    for k, (time, value) in enumerate(zip(ahead["times"], ahead["values"], strict=True)):
        low, high = (ahead.get(end, {k: None})[k] if ahead.get(end) else None for end in ("low", "high"))
        value, *ends = (_rounded(v, result["test_loss"]) for v in (value, low, high) if v is not None)
        interval = f" ({' to '.join(ends)})" if ends else ""
        shown.append(f"{time if isinstance(time, str) else f'{time:g}'}: {value}{interval}")
    share = f", and where {ahead['share']:.0%} should lie" if ahead.get("low") and ahead["low"][0] is not None else ""
    return f"next values{share}: {_first(shown)}"


def _rounded(value, loss):
    """Return a value with the digits that its error warrants: down to the second of the error's own."""
    error = np.sqrt(loss or 0.0)
    if not 0 < error < np.inf:
        return f"{value:.4g}"
    places = 1 - int(np.floor(np.log10(error)))
    return f"{round(value, places):.{max(0, places)}f}"


def _first(values):
    """Join the first of some values."""
    more = len(values) - SHOWN
    return "  ".join(values[:SHOWN]) + (f"  and {more} more, which --output writes" if more > 0 else "")


def write_next(path, ahead):
    """Write the next values and their times as CSV."""
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        names = ["low", "high"] if "low" in ahead else []
        writer.writerow(["time", "forecast", *names])
        writer.writerows(zip(ahead["times"], ahead["values"], *(ahead[name] for name in names), strict=True))


def require_image_name(path):
    """Raise :class:`InputError` unless the file's ending is that of an image we can write."""
    if Path(path).suffix.lower() not in IMAGES:
        raise InputError(f"--plot {path}: the name must end in {', '.join(IMAGES)}")


def _on_axis(times):
    """Return times as matplotlib can place them: dates as dates, numbers as they are."""
    times = np.asarray(times)
    return times.astype("datetime64[s]") if times.dtype.kind in "UM" else times


def draw(path, series, result):
    """Draw the test values, their forecasts and the values beyond the end, and write the image."""
    import matplotlib as mpl

    mpl.use("Agg")  # no window is wanted, and none may exist
    from lstm_lib.plotting import plot_forecast

    test, ahead = result["test"], result["forecast"]
    shown = slice(-120, None)
    curves = {"beyond the end, fed back": (ahead["times"], ahead["values"])}
    times, observed = series.times[shown], series.values[shown]
    if test:
        times, observed = test["times"][shown], test["observed"][shown]
        curves = {"one step ahead": (times, test["forecast"][shown])} | curves
    curves = {label: (_on_axis(when), values) for label, (when, values) in curves.items()}
    label = series.name.replace("$", r"\$")  # a dollar would begin a formula
    ax = plot_forecast(_on_axis(times), observed, curves, ylabel=label)
    if ahead.get("low"):
        low, high = (np.array(ahead[end], float) for end in ("low", "high"))
        color = ax.lines[-1].get_color()
        ax.fill_between(_on_axis(ahead["times"]), low, high, color=color, alpha=0.2, linewidth=0)
    with atomic(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        ax.figure.savefig(temporary)
