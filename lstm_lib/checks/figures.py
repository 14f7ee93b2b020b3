"""Hold a figure to its data: a comparison of pictures would not notice two curves that are swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plotted(ax: Axes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return what a figure shows.

    Parameters
    ----------
    ax : matplotlib.axes.Axes

    Returns
    -------
    dict of str to tuple of numpy.ndarray
        Label to ``(xs, ys)``, each of shape (N,), for every line, row of bars and cloud of points that has
        a label. What has none, such as a line that marks a constant, is left out.
    """
    shown = {line.get_label(): line.get_data() for line in ax.lines}
    for bars in ax.containers:
        if hasattr(bars, "patches"):
            centers = [bar.get_x() + bar.get_width() / 2 for bar in bars.patches]
            shown[bars.get_label()] = centers, [bar.get_height() for bar in bars.patches]
    for points in ax.collections:
        if len(points.get_offsets()) > 1:
            shown[points.get_label()] = points.get_offsets().T
    return {label: (np.asarray(xs), np.asarray(ys)) for label, (xs, ys) in shown.items() if not label.startswith("_")}


def assert_shows(ax: Axes, expected: dict[str, np.ndarray] | np.ndarray, *, xs: np.ndarray | None = None) -> None:
    """Fail unless a figure shows exactly these data, each under its own label.

    A comparison of pictures would not notice two curves that are swapped.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    expected : dict of str to numpy.ndarray, or numpy.ndarray
        Label to values of shape (N,), one entry for all that has a label; or the matrix of shape
        (rows, columns) that is drawn as a grid of colours.
    xs : numpy.ndarray, optional
        Shape (N,), where each of the values must stand.

    Raises
    ------
    AssertionError
        If a label is missing or too many, or if an array differs.
    """
    if not isinstance(expected, dict):
        np.testing.assert_array_equal(ax.images[0].get_array(), expected)
        return
    shown = plotted(ax)
    assert shown.keys() == expected.keys(), f"the figure shows {sorted(shown)}, not {sorted(expected)}"
    for label, ys in expected.items():
        np.testing.assert_array_equal(shown[label][1], ys, err_msg=f"values of {label!r}")
        if xs is not None:
            np.testing.assert_array_equal(shown[label][0], xs, err_msg=f"places of {label!r}")
