"""Lay out what ``lstm-lib forecast`` found: as text, as a table of the next values, as a plot."""

import csv
import warnings
from pathlib import Path

import numpy as np

from lstm_lib.commands.output import IMAGES
from lstm_lib.errors import InputError
from lstm_lib.storage.checkpoint import atomic

NAMES = {
    "training_mean": "mean of the training part",
    "persistence": "persistence (last value)",
    "linear_ar": "linear autoregression",
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
    return "next values: " + "  ".join(f"{t:g}: {v:.4g}" for t, v in zip(*ahead.values(), strict=True))


def write_next(path, ahead):
    """Write the next values and their times as CSV."""
    with atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "forecast"])
        writer.writerows(zip(ahead["times"], ahead["values"], strict=True))


def require_image_name(path):
    """Raise :class:`InputError` unless the file's ending is that of an image we can write."""
    if Path(path).suffix.lower() not in IMAGES:
        raise InputError(f"--plot {path}: the name must end in {', '.join(IMAGES)}")


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
    ax = plot_forecast(
        times, observed, curves, ylabel=series.name.replace("$", r"\$")
    )  # a dollar would begin a formula
    with atomic(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name in a script that the font lacks is drawn as boxes
        ax.figure.savefig(temporary)
