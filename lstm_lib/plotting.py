"""Draw the figures of the book: one size, one font, one colour for each gate.

Every helper takes arrays and an optional ``ax`` and returns the axes. Labels of axes have units; curves
differ in dash as well as in colour. Matplotlib is imported when a figure is drawn, not before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = np.ndarray | Sequence[float]
Traces = Mapping[str, tuple[Numbers, Numbers]]  # (xs, ys) by label
# Okabe & Ito's colours, which stay apart for people who see few of them.
GATE_COLORS = {"i": "#0072B2", "f": "#D55E00", "g": "#009E73", "o": "#CC79A7"}
GATE_NAMES = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o"}
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
DASHES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1))]
MARKERS = ["o", "x", "s", "^", "+", "D", "v", "*", "P"]
WIDTH, HEIGHT = 6.4, 3.4  # inches

STYLE = {
    "figure.figsize": (WIDTH, HEIGHT),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}


def new_axes(rows: int = 1, columns: int = 1, *, height: float = HEIGHT, **options: Any) -> Any:
    """Make a figure in the book's style and return its axes, one or an array.

    Parameters
    ----------
    rows, columns : int
    height : float
        Inches.
    **options
        For ``matplotlib.pyplot.subplots``.
    """
    import matplotlib.pyplot as plt

    plt.rcParams.update(STYLE)
    _, axes = plt.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)
    return axes


def plot_curves(
    curves: Mapping[str, Numbers],
    *,
    xlabel: str,
    ylabel: str,
    xs: Numbers | None = None,
    log: bool = False,
    colors: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw named curves over a common axis.

    Parameters
    ----------
    curves : dict of str to numpy.ndarray
        Label to values, each of shape (N,).
    xlabel, ylabel : str
    xs : numpy.ndarray, optional
        Shape (N,); 0, 1, 2, … if not given.
    log : bool
        Logarithmic vertical axis.
    colors : list of str, optional
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    for k, (label, values) in enumerate(curves.items()):
        where = np.arange(len(values)) if xs is None else xs
        ax.plot(where, values, label=label, color=(colors or COLORS)[k % 7], linestyle=DASHES[k % 7])
    if log:
        ax.set_yscale("log")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if len(curves) > 1:
        ax.legend()
    return ax


def plot_points(points: Traces, *, xlabel: str, ylabel: str, ax: Axes | None = None) -> Axes:
    """Draw named clouds of points; they differ in marker as well as in colour.

    Parameters
    ----------
    points : dict of str to tuple
        Label to ``(xs, ys)``, each of shape (N,).
    xlabel, ylabel : str
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    for k, (label, (xs, ys)) in enumerate(points.items()):
        ax.plot(xs, ys, MARKERS[k % 7], color=COLORS[k % 7], markersize=5, alpha=0.75, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def plot_gates(gates: Mapping[str, Numbers], *, ax: Axes | None = None) -> Axes:
    """Draw gate values over time, each gate in its colour.

    Parameters
    ----------
    gates : dict of str to numpy.ndarray
        Keys among i f g o; values of shape (T,).
    ax : matplotlib.axes.Axes, optional
    """
    curves = {GATE_NAMES[k]: values for k, values in gates.items()}
    colors = [GATE_COLORS[k] for k in gates]
    return plot_curves(curves, xlabel="time step t", ylabel="value", colors=colors, ax=ax)


def plot_forecast(
    times: Numbers,
    actual: Numbers,
    forecasts: Traces,
    *,
    xlabel: str = "time",
    ylabel: str = "value",
    ax: Axes | None = None,
) -> Axes:
    """Draw a series as points and forecasts of it as lines.

    Parameters
    ----------
    times, actual : numpy.ndarray
        Shape (N,).
    forecasts : dict of str to tuple
        Label to ``(times, values)``.
    xlabel, ylabel : str
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    ax.plot(times, actual, "o", color="0.35", markersize=3, label="observed")
    for k, (label, (when, values)) in enumerate(forecasts.items()):
        ax.plot(when, values, color=COLORS[k], linestyle=DASHES[k], label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def plot_traces(traces: Traces, *, xlabel: str, ylabel: str, ax: Axes | None = None) -> Axes:
    """Draw named curves, each over places of its own.

    Parameters
    ----------
    traces : dict of str to tuple
        Label to ``(xs, ys)``, each of shape (N,); N may differ.
    xlabel, ylabel : str
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    for k, (label, (xs, ys)) in enumerate(traces.items()):
        ax.plot(xs, ys, marker="o", markersize=3, label=label, color=COLORS[k], linestyle=DASHES[k])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def plot_levels(levels: Mapping[str, float], *, ax: Axes, first: int = 0) -> Axes:
    """Draw a level across the figure for each named number: what a rival without a curve reaches.

    Parameters
    ----------
    levels : dict of str to float
    ax : matplotlib.axes.Axes
    first : int
        Colours and dashes that are taken already.
    """
    for k, (label, level) in enumerate(levels.items(), start=first):
        ax.axhline(level, label=label, color=COLORS[k], linestyle=DASHES[k], linewidth=1.2)
    ax.legend()
    return ax


def plot_matrix(
    values: np.ndarray,
    *,
    xlabel: str,
    ylabel: str,
    label: str,
    ax: Axes | None = None,
    cmap: str = "cividis",
    annotate: np.ndarray | None = None,
) -> Axes:
    """Draw a matrix as a grid of colours, with a colour bar.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (rows, columns).
    xlabel, ylabel, label : str
        What columns, rows and colours are.
    ax : matplotlib.axes.Axes, optional
    cmap : str
    annotate : numpy.ndarray of str, optional
        Text for each place.
    """
    ax = new_axes() if ax is None else ax
    image = ax.imshow(values, cmap=cmap, aspect="auto")
    if annotate is not None:
        low, high = np.min(values), np.max(values)
        for (r, c), text in np.ndenumerate(annotate):
            dark = values[r, c] < (low + high) / 2
            ax.text(c, r, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    ax.figure.colorbar(image, ax=ax, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[:].set_visible(False)
    return ax


def plot_history(history: Sequence[Mapping[str, float]], *, axes: np.ndarray | None = None) -> np.ndarray:
    """Draw loss and accuracy over the epochs, for the training and the validation part.

    Parameters
    ----------
    history : list of dict
        One row an epoch: ``epoch``, and ``loss`` and ``accuracy`` after ``train_`` and ``validation_``.
    axes : array of two matplotlib.axes.Axes, optional
        Made if not given, and returned.
    """
    axes = new_axes(1, 2, height=2.8) if axes is None else axes
    epochs = [row["epoch"] for row in history]
    for ax, name, unit in zip(axes, ("loss", "accuracy"), ("loss (nats)", "accuracy"), strict=True):
        parts = {"training": f"train_{name}", "validation": f"validation_{name}"}
        curves = {label: [row[key] for row in history] for label, key in parts.items()}
        plot_curves(curves, xs=epochs, xlabel="epoch", ylabel=unit, ax=ax)
        ax.xaxis.get_major_locator().set_params(integer=True)
        if len(epochs) == 1:
            for line in ax.lines:
                line.set_marker("o")  # one epoch is a point, and a line of one point is nothing
    return axes


def plot_answers(probabilities: np.ndarray, ys: np.ndarray, names: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw the predictions of a two-class model, those of each class sorted, a curve each.

    A model that knows gives one curve at 0 and one at 1; one that does not, two curves on top of each other.

    Parameters
    ----------
    probabilities : numpy.ndarray
        Shape (N,): of the second class.
    ys : numpy.ndarray of int
        Shape (N,): 0 or 1.
    names : tuple of str
        Of the two classes.
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    for y, name in enumerate(names):
        found = np.sort(probabilities[ys == y])
        share = (np.arange(len(found)) + 0.5) / len(found)
        style = {"color": COLORS[y], "linestyle": DASHES[y], "marker": MARKERS[y], "markersize": 4}
        ax.plot(share, found, **style, markevery=max(1, len(found) // 8), label=f"truly {name}")
    ax.set(xlabel="share of the class, sorted", ylabel=f"predicted probability of {names[1]}", ylim=(-0.05, 1.05))
    ax.legend()
    return ax


def plot_paths(paths: list[np.ndarray], labels: list[str], *, xlabel: str, ylabel: str, ax: Axes | None = None) -> Axes:
    """Draw paths in the plane, an open circle at the start of each and its marker at the end.

    Parameters
    ----------
    paths : list of numpy.ndarray
        Shapes (T_n, 2).
    labels : list of str
        One for each path; those with the same label share colour, dash and marker.
    xlabel, ylabel : str
    ax : matplotlib.axes.Axes, optional
    """
    ax = new_axes() if ax is None else ax
    kinds = sorted(set(labels))
    for n, (path, label) in enumerate(zip(paths, labels, strict=True)):
        k = kinds.index(label)
        ax.plot(*path[0], "o", color=COLORS[k], markerfacecolor="none", markersize=4)
        ax.plot(*path[-1], MARKERS[k], color=COLORS[k], markersize=6)
        name = None if label in labels[n + 1 :] else label  # the last of its kind stands in the legend
        ax.plot(*path.T, color=COLORS[k], linestyle=DASHES[k], linewidth=0.9, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax
