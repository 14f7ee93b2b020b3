"""Pictures of what a formula connects, drawn from boxes and arrows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Literal

from lstm_lib.plotting import COLORS, GATE_COLORS, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


CELL_LINES = {  # gid: the line of the moment it belongs to, and the points it runs through
    "c to forget": ("forget cell", [(0.3, 4.5), (1.8, 4.5)]),
    "forget to sum": ("cell", [(2.6, 4.5), (4.2, 4.5)]),
    "sum to c": ("cell", [(5.0, 4.5), (9.7, 4.5)]),
    "x, h to f": ("forget", [(0.3, 0.5), (2.2, 0.5), (2.2, 1.0)]),
    "x, h to i": ("input", [(0.3, 0.5), (3.8, 0.5), (3.8, 1.0)]),
    "x, h to g": ("candidate", [(0.3, 0.5), (5.4, 0.5), (5.4, 1.0)]),
    "x, h to o": ("output", [(0.3, 0.5), (7.0, 0.5), (7.0, 1.0)]),
    "f to its product": ("forget", [(2.2, 2.4), (2.2, 4.1)]),
    "i to its product": ("input", [(3.8, 2.4), (3.8, 3.2), (4.2, 3.2)]),
    "g to its product": ("candidate input", [(5.4, 2.4), (5.4, 3.2), (5.0, 3.2)]),
    "i times g to sum": ("input cell", [(4.6, 3.6), (4.6, 4.1)]),
    "o to its product": ("output", [(7.0, 2.4), (7.0, 2.85), (7.9, 2.85)]),
    "c to output": ("output", [(8.3, 4.5), (8.3, 3.25)]),
    "product to h": ("output", [(8.7, 2.85), (9.7, 2.85)]),
}
CELL_BLOCKS = {"f": (2.2, "forget"), "i": (3.8, "input"), "g": (5.4, "candidate"), "o": (7.0, "output")}
CELL_NODES = [
    (2.2, 4.5, "×", "forget cell"),
    (4.6, 4.5, "+", "input cell"),
    (4.6, 3.2, "×", "input"),
    (8.3, 2.85, "×", "output"),
]


def draw_lstm_cell(
    highlight: Literal["cell", "candidate", "input", "forget", "output"] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw one step of an LSTM: the cell's line on top, the four blocks that act on it below.

    Parameters
    ----------
    highlight : {"cell", "candidate", "input", "forget", "output"}, optional
        The line of the moment: it is drawn thick, its letters bold, and all others thin, dashed and grey.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Each line has as its ``gid`` what it joins, such as ``"f to its product"``. Highlighted lines are at least
        2 points thick, and highlighted texts have the weight ``"bold"``.

    Raises
    ------
    ValueError
        If ``highlight`` is none of these.
    """
    if highlight not in (None, "cell", *(part for _, part in CELL_BLOCKS.values())):
        raise ValueError(f"highlight must be cell, candidate, input, forget or output, got {highlight!r}")
    ax = new_axes(height=3.4) if ax is None else ax
    ax.set(xlim=(0, 10), ylim=(0.2, 5.5))
    ax.set_axis_off()

    def of_the_moment(parts):
        return highlight is not None and highlight in parts.split()

    def look(parts):
        """Return colour, width, dash and order of a line, and the weight of a text."""
        if highlight is None:
            return "0.25", 1.4, "-", 2, "normal"
        return ("black", 2.8, "-", 3, "bold") if of_the_moment(parts) else ("0.6", 0.9, (0, (3, 2)), 1, "normal")

    for name, (parts, points) in CELL_LINES.items():
        color, width, dash, order, _ = look(parts)
        xs, ys = zip(*points, strict=True)
        ax.plot(xs, ys, color=color, linewidth=width, linestyle=dash, zorder=order, gid=name)
        (x, y), (x_before, y_before) = points[-1], points[-2]
        tail = (x - 0.01 * (x > x_before) + 0.01 * (x < x_before), y - 0.01 * (y > y_before) + 0.01 * (y < y_before))
        head = {"arrowstyle": "-|>", "color": color, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", (x, y), tail, arrowprops=head, zorder=order)
    for x, y, text, parts in CELL_NODES:
        color, width, _, _, weight = look(parts)
        box = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": color, "linewidth": width}
        ax.text(x, y, text, ha="center", va="center", fontsize=16, color=color, weight=weight, bbox=box, zorder=4)
    for key, (x, parts) in CELL_BLOCKS.items():
        color, width, _, _, weight = look(parts)
        grey = highlight is not None and not of_the_moment(parts)
        edge = color if grey else GATE_COLORS[key]
        box = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": edge, "linewidth": width if grey else 2.6}
        text = f"{key}\n{'tanh' if key == 'g' else 'σ'}"
        style = {"color": color if grey else "black", "weight": weight, "linespacing": 1.0}
        ax.text(x, 1.7, text, ha="center", va="center", fontsize=16, bbox=box, zorder=4, **style)
    for x, y, text, parts in (
        (0.3, 4.75, "$c_{t-1}$", "forget cell"),
        (9.2, 4.75, "$c_t$", "cell"),
        (9.2, 3.15, "$h_t$", "output"),
        (8.45, 3.75, "tanh", "output"),
        (0.2, 0.75, "$x_t,\\ h_{t-1}$", "forget input candidate output"),
    ):
        color, _, _, _, weight = look(parts)
        ax.text(x, y, text, fontsize=16, color=color, weight=weight)
    return ax


def draw_prefix_tree(probabilities: dict[str, float], *, bold: set[str], ax: Axes | None = None) -> Axes:
    """Draw all that can be written as a tree that grows to the right, with some of it bold.

    Parameters
    ----------
    probabilities : dict of str to float
        Every prefix and every sequence, with its probability; one symbol is one character.
    bold : set of str
        Those that stand out, each together with the line that leads to it.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Each text has the prefix as its ``gid``; the bold ones have the weight ``"bold"``.
    """
    prefixes = {text[:-1] for text in probabilities}
    leaves = sorted(set(probabilities) - prefixes)
    ax = new_axes(height=0.26 * len(leaves) + 0.4) if ax is None else ax
    ax.set(xlim=(-0.1, max(map(len, leaves)) + 0.75), ylim=(-len(leaves), 1))
    ax.set_axis_off()
    heights = {leaf: -k for k, leaf in enumerate(leaves)}
    for prefix in sorted(prefixes, key=len, reverse=True):  # children before their parents
        below = [heights[text] for text in probabilities if text[:-1] == prefix]
        heights[prefix] = sum(below) / len(below)
    for text, p in probabilities.items():
        strong = text in bold
        style = {"color": COLORS[0], "linewidth": 2.6} if strong else {"color": "0.7", "linewidth": 0.9}
        beginning = len(text) - 1 + 0.62 * (len(text) > 1)
        ax.plot([beginning, len(text)], [heights[text[:-1]], heights[text]], **style)
        look = {"weight": "bold", "color": COLORS[0]} if strong else {"weight": "normal", "color": "0.35"}
        ax.text(len(text) + 0.03, heights[text], f"{text} {p:.3f}", va="center", fontsize=9, gid=text, **look)
    return ax


FORWARD, BACK = "#0072B2", "#D55E00"  # apart without colour, too: solid and dashed


def _path(ax, *points, back=False):
    """Draw an arrow through points; one that carries a gradient is dashed, and of another colour."""
    xs, ys = zip(*points, strict=True)
    color, dash = (BACK, (0, (4, 2))) if back else (FORWARD, "-")
    if len(points) > 2:
        ax.plot(xs[:-1], ys[:-1], color=color, linewidth=1.6, linestyle=dash, solid_joinstyle="round")
    style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.6, "linestyle": dash, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", points[-1], points[-2], arrowprops=style)


def draw_unrolled(direction: str, ax: Axes | None = None) -> Axes:
    """Draw three steps of an LSTM unrolled over time, with the shape of all that goes from box to box.

    Parameters
    ----------
    direction : {"forward", "back"}
        States that go to the right, or gradients that go to the left, dashed. A plus marks the share of a gradient
        that the step after sends; no step comes after the last one, which is sent zeros.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    if direction not in ("forward", "back"):
        raise ValueError(f'direction must be "forward" or "back", got {direction!r}')
    back = direction == "back"
    ax = new_axes(height=4.3) if ax is None else ax
    ax.set(xlim=(0, 12), ylim=(0, 8))
    ax.set_axis_off()
    d = r"\delta " if back else ""
    text = {"ha": "center", "va": "center", "fontsize": 16, "color": BACK if back else FORWARD}

    def arrow(*points):
        _path(ax, *(points[::-1] if back else points), back=back)

    for t, x in enumerate((2.4, 6.0, 9.6), start=1):
        box = {"boxstyle": "round,pad=0.75", "fc": "white", "ec": "0.25", "linewidth": 1.6}
        ax.text(x, 4.0, f"step {t}", ha="center", va="center", fontsize=15, bbox=box, zorder=3)
        arrow((x, 1.75), (x, 3.3))
        ax.text(x, 1.25, f"${d}x_{t}$", **text)
        arrow((x, 4.7), (x, 7.0))
        ax.text(x, 7.45, "loss", **text | {"fontsize": 14})
        top = rf"$\delta h_{t}^{{\mathrm{{loss}}}}$" if back else f"$h_{t}$"
        ax.text(x + 0.25, 5.9, top, **text | {"ha": "left"})
    for t, (left, right) in enumerate(((0.05, 1.4), (3.4, 5.0), (7.0, 8.6), (10.6, 11.95))):
        arrow((left, 4.3), (right, 4.3))
        arrow((left, 3.7), (right, 3.7))
        for y, name in ((4.9, "c"), (3.1, "h")):
            sent = "0" if t == 3 else rf"$\delta {name}_{t}^+$"
            ax.text((left + right) / 2, y, sent if back else f"${name}_{t}$", **text)
    for x, y, shape in ((4.2, 1.25, "x: (B, D)"), (4.2, 2.3, "c, h: (B, H)")):
        ax.text(x, y, shape, ha="center", va="center", fontsize=13, color="0.25")
    weights = (
        r"$\delta W_{ih},\ \delta W_{hh},\ \delta b$: a sum over the steps" if back else "the same weights at each step"
    )
    ax.text(6.0, 0.3, weights, **text | {"fontsize": 14})
    return ax


def draw_two_ways(ax: Axes | None = None) -> Axes:
    """Draw one step from its cell on: forward solid, and dashed the two ways on which a gradient comes to the cell.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(height=4.0) if ax is None else ax
    ax.set(xlim=(0, 12), ylim=(0, 7.4))
    ax.set_axis_off()

    def node(x, y, label):
        shape = {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": "0.25", "linewidth": 1.6}
        ax.text(x, y, label, ha="center", va="center", fontsize=14, bbox=shape, zorder=3)

    def word(x, y, text, back=False):
        ax.text(x, y, text, va="center", fontsize=14, color=BACK if back else FORWARD)

    for here, there in (
        (((0.2, 6.2), (2.3, 6.2)), ((9.3, 5.8), (3.75, 5.8))),
        (((3.7, 6.2), (9.3, 6.2)), ((3.3, 4.35), (3.3, 5.3))),
        (((2.85, 5.3), (2.85, 4.35)), ((3.3, 2.0), (3.3, 3.1))),
        (((2.85, 3.1), (2.85, 2.0)), ((9.3, 1.1), (7.8, 1.1))),
        (((0.9, 1.5), (2.5, 1.5)), ((6.3, 1.1), (3.65, 1.1))),
        (((3.65, 1.5), (6.3, 1.5)), ((2.5, 1.1), (0.9, 1.1))),
        (((7.8, 1.5), (9.3, 1.5)), None),
    ):
        _path(ax, *here)
        if there:
            _path(ax, *there, back=True)
    for x, y, label in ((3.0, 6.0, "$c_t$"), (3.0, 3.7, "tanh"), (3.0, 1.3, "×"), (7.0, 1.3, "$h_t$")):
        node(x, y, label)
    word(0.3, 1.3, "$o_t$")
    word(0.2, 6.65, r"$f_t \odot c_{t-1} + i_t \odot g_t$")
    word(9.5, 6.2, "step $t+1$")
    word(9.5, 1.65, "step $t+1$")
    word(9.5, 1.0, "and the loss")
    word(4.6, 5.2, r"one way: $\delta c_t^+$ of the later steps", back=True)
    word(3.7, 3.7, r"other way: $\delta h_t \odot o_t \odot (1 - \tanh^2 c_t)$", back=True)
    word(0.2, 0.35, r"$\delta o_t = \delta h_t \odot \tanh c_t$", back=True)
    word(8.2, 0.45, r"$\delta h_t$", back=True)
    return ax


def draw_step_graph(ax: Axes | None = None) -> Axes:
    """Draw one step from its pre-activations to its states, and dashed the way of one gradient, into the forget gate.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(height=4.6) if ax is None else ax
    ax.set(xlim=(0, 12), ylim=(0, 8.6))
    ax.set_axis_off()
    text = {"ha": "center", "va": "center", "fontsize": 15}
    for y, gate in ((6.0, "f"), (4.3, "i"), (2.9, "g"), (1.0, "o")):
        ax.text(0.6, y, f"$a_{gate}$", color=FORWARD, **text)
        box = {"boxstyle": "round,pad=0.3", "fc": "white", "ec": GATE_COLORS[gate], "linewidth": 2.2}
        ax.text(2.8, y, "tanh" if gate == "g" else "σ", bbox=box, zorder=3, **text)
        _path(ax, (1.1, y), (2.1, y))
        ax.text(4.0, y - 0.45, f"${gate}_t$", color=FORWARD, **text)
    circle = {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": "0.25", "linewidth": 1.6}
    for x, y, label in ((5.6, 6.0, "×"), (5.6, 3.6, "×"), (7.8, 4.8, "+"), (9.9, 1.0, "×"), (9.9, 2.9, "tanh")):
        ax.text(x, y, label, bbox=circle, zorder=3, **text | {"fontsize": 13})
    for points in (
        ((3.4, 6.0), (5.1, 6.0)),
        ((5.6, 7.5), (5.6, 6.5)),
        ((3.4, 4.3), (4.6, 4.3), (5.2, 3.9)),
        ((3.4, 2.9), (4.6, 2.9), (5.2, 3.3)),
        ((6.0, 5.75), (7.4, 5.05)),
        ((6.0, 3.85), (7.4, 4.55)),
        ((8.3, 4.8), (11.9, 4.8)),
        ((9.9, 4.8), (9.9, 3.7)),
        ((9.9, 2.1), (9.9, 1.5)),
        ((3.4, 1.0), (9.4, 1.0)),
        ((10.4, 1.0), (11.9, 1.0)),
    ):
        _path(ax, *points)
    for points in (((7.6, 5.4), (6.2, 6.1)), ((5.1, 6.4), (3.4, 6.4)), ((2.1, 6.4), (1.1, 6.4))):
        _path(ax, *points, back=True)
    for x, y, label in ((5.6, 7.9, "$c_{t-1}$"), (11.2, 5.25, "$c_t$"), (11.3, 1.45, "$h_t$")):
        ax.text(x, y, label, color=FORWARD, **text)
    for x, y, label in ((7.6, 6.1, r"$\delta c_t$"), (4.2, 6.95, r"$\delta f_t$"), (1.2, 7.0, r"$\delta a_f$")):
        ax.text(x, y, label, color=BACK, **text)
    return ax


def draw_encoder_decoder(source: list[str], target: list[str], ax: Axes | None = None) -> Axes:
    """Draw an encoder that reads a source and a decoder that writes a target, each unrolled over its steps.

    Parameters
    ----------
    source, target : list of str
        Symbols of the two sides; "begin" and "end" are added to the target.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Dashed arrows lead from each symbol written to the next step, which reads it.
    """
    S, T = len(source), len(target) + 1
    ax = new_axes(height=3.6) if ax is None else ax
    ax.set(xlim=(0, S + T + 0.9), ylim=(0, 6))
    ax.set_axis_off()
    text = {"ha": "center", "va": "center", "fontsize": 13}
    encoder = [k + 0.5 for k in range(S)]
    decoder = [S + 1.4 + k for k in range(T)]
    for places, edge in ((encoder, "0.25"), (decoder, GATE_COLORS["o"])):
        for x in places:
            box = {"boxstyle": "round,pad=0.45", "fc": "white", "ec": edge, "linewidth": 1.8}
            ax.text(x, 3.0, "h, c", bbox=box, zorder=3, **text | {"fontsize": 11})
        for left, right in itertools.pairwise(places):
            _path(ax, (left + 0.34, 3.0), (right - 0.34, 3.0))
    for x, symbol in zip(encoder, source, strict=True):
        ax.text(x, 0.9, symbol, **text)
        _path(ax, (x, 1.3), (x, 2.4))
    _path(ax, (encoder[-1] + 0.34, 3.0), (decoder[0] - 0.34, 3.0))
    ax.text((encoder[-1] + decoder[0]) / 2, 3.65, "$h_0, c_0$", color=FORWARD, **text)
    for x, read, written in zip(decoder, ["begin", *target], [*target, "end"], strict=True):
        ax.text(x, 0.9, read, **text)
        ax.text(x, 5.1, written, **text | {"weight": "bold"})
        _path(ax, (x, 1.3), (x, 2.4))
        _path(ax, (x, 3.6), (x, 4.7))
    for left, right in itertools.pairwise(decoder):
        _path(ax, (left + 0.25, 5.1), (left + 0.5, 5.1), (left + 0.5, 0.9), (right - 0.27, 0.9), back=True)
    ax.text((encoder[0] + encoder[-1]) / 2, 0.2, "the encoder reads", color="0.25", **text)
    ax.text((decoder[0] + decoder[-1]) / 2, 0.2, "the decoder reads what it wrote", color="0.25", **text)
    return ax
