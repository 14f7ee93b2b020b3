"""Pictures of what a formula connects, drawn from boxes and arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_lib.plotting import COLORS, GATE_COLORS, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_lstm_cell(ax: Axes | None = None) -> Axes:
    """Draw one step of an LSTM: the cell's line on top, the four blocks that act on it below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(height=3.6) if ax is None else ax
    ax.set(xlim=(0, 10), ylim=(0, 5.4))
    ax.set_axis_off()

    def arrow(*points):
        xs, ys = zip(*points, strict=True)
        ax.plot(xs[:-1], ys[:-1], color="0.25", linewidth=1.4, solid_joinstyle="round")
        style = {"arrowstyle": "-|>", "color": "0.25", "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", points[-1], points[-2], arrowprops=style)

    def node(x, y, text):
        ax.text(x, y, text, ha="center", va="center", fontsize=12, bbox={"boxstyle": "circle", "fc": "white"}, zorder=3)

    def block(x, key, text):
        box = {"boxstyle": "round,pad=0.35", "fc": "white", "ec": GATE_COLORS[key], "linewidth": 2.2}
        ax.text(x, 1.7, text, ha="center", va="center", fontsize=11, bbox=box, zorder=3)

    arrow((0.3, 4.5), (2.2, 4.5))
    arrow((2.2, 4.5), (4.9, 4.5))
    arrow((4.9, 4.5), (9.7, 4.5))
    arrow((0.3, 0.5), (6.9, 0.5), (6.9, 1.3))
    for x in (2.2, 3.8, 5.4):
        arrow((x, 0.5), (x, 1.3))
    block(2.2, "f", "f  sigmoid")
    block(3.8, "i", "i  sigmoid")
    block(5.4, "g", "g  tanh")
    block(6.9, "o", "o  sigmoid")
    arrow((2.2, 2.1), (2.2, 4.15))
    arrow((3.8, 2.1), (3.8, 3.1), (4.55, 3.1))
    arrow((5.4, 2.1), (5.4, 3.1), (5.25, 3.1))
    arrow((4.9, 3.35), (4.9, 4.15))
    arrow((6.9, 2.1), (6.9, 2.75), (7.85, 2.75))
    arrow((8.2, 4.5), (8.2, 3.1))
    arrow((8.55, 2.75), (9.7, 2.75))
    node(2.2, 4.5, "×")
    node(4.9, 4.5, "+")
    node(4.9, 3.1, "×")
    node(8.2, 2.75, "×")
    ax.text(8.3, 3.75, "tanh", fontsize=10)
    for x, y, text in ((0.3, 4.75, "$c_{t-1}$"), (9.3, 4.75, "$c_t$"), (9.3, 3.0, "$h_t$")):
        ax.text(x, y, text, fontsize=12)
    ax.text(0.3, 0.75, "$x_t,\\ h_{t-1}$", fontsize=12)
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
