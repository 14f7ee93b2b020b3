"""Figures show the data they are given, in curves that can be told apart."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from lstm_lib.checks.figures import assert_shows, plotted
from lstm_lib.diagrams import (
    BACK,
    FORWARD,
    draw_encoder_decoder,
    draw_lstm_cell,
    draw_step_graph,
    draw_two_ways,
    draw_unrolled,
)
from lstm_lib.plotting import (
    COLORS,
    DASHES,
    GATE_COLORS,
    GATE_NAMES,
    new_axes,
    plot_answers,
    plot_curves,
    plot_forecast,
    plot_gates,
    plot_history,
    plot_levels,
    plot_matrix,
    plot_paths,
    plot_points,
    plot_traces,
)
from lstm_lib.show import show_source

pytestmark = pytest.mark.numpy


def test_curves_keep_their_labels_and_differ_in_colour_and_dash():
    rng = np.random.default_rng(0)
    curves = {f"c{k}": rng.normal(size=4) for k in range(7)}
    ax = plot_curves(curves, xlabel="x", ylabel="y (units)", xs=np.arange(4) * 2)
    for line, (label, values) in zip(ax.lines, curves.items(), strict=True):
        assert line.get_label() == label
        np.testing.assert_array_equal(line.get_xydata().T, [[0, 2, 4, 6], values])
    assert len({line.get_color() for line in ax.lines}) == len(COLORS) == len(DASHES) == 7
    assert len({str(line._unscaled_dash_pattern) for line in ax.lines}) == 7
    assert ax.get_legend() is not None and ax.get_ylabel() == "y (units)"


def test_points_stand_where_they_should_and_differ_in_colour_and_marker():
    rng = np.random.default_rng(0)
    points = {f"c{k}": rng.normal(size=(2, 3 + k)) for k in range(7)}
    ax = plot_points(points, xlabel="x (m)", ylabel="y")
    for label, (xs, ys) in plotted(ax).items():
        np.testing.assert_array_equal([xs, ys], points[label])
    assert plotted(ax).keys() == points.keys() and ax.get_xlabel() == "x (m)"
    assert len({line.get_color() for line in ax.lines}) == len({line.get_marker() for line in ax.lines}) == 7
    assert {line.get_linestyle() for line in ax.lines} == {"None"}


def test_gates_keep_their_colour_whichever_are_drawn():
    ax = plot_gates({"o": np.zeros(3), "i": np.ones(3)})
    assert [line.get_color() for line in ax.lines] == [GATE_COLORS["o"], GATE_COLORS["i"]]
    assert [line.get_label() for line in ax.lines] == [GATE_NAMES["o"], GATE_NAMES["i"]]


def test_a_forecast_stands_at_its_own_times():
    ax = plot_forecast([1, 2, 3], [4, 5, 6], {"f": ([4, 5], [7, 8])})
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[4, 7], [5, 8]])


def test_a_matrix_is_shown_with_its_numbers_and_their_meaning():
    values = np.arange(6.0).reshape(2, 3)
    ax = plot_matrix(values, xlabel="column", ylabel="row", label="what", annotate=values.astype(int).astype(str))
    np.testing.assert_array_equal(ax.images[0].get_array(), values)
    assert [t.get_text() for t in ax.texts] == list("012345")
    assert ax.figure.axes[1].get_ylabel() == "what"


def test_what_is_plotted_is_read_from_lines_bars_and_points_that_have_a_label():
    ax = new_axes()
    ax.plot([1, 2], [3, 4], label="line")
    ax.bar([5, 6, 7], [8, 9, 10], label="bars")
    ax.scatter([11, 12], [13, 14], label="points")
    ax.axhline(0)
    ax.fill_between([1, 2], [3, 4], [5, 6])
    ax.errorbar([1, 2], [3, 4], [0.1, 0.1])
    shown = {label: (xs.tolist(), ys.tolist()) for label, (xs, ys) in plotted(ax).items()}
    assert shown == {
        "line": ([1, 2], [3, 4]),
        "bars": ([5, 6, 7], [8, 9, 10]),
        "points": ([11, 12], [13, 14]),
    }


A, B = np.arange(4.0), np.arange(4.0) ** 2


@pytest.mark.parametrize(
    ("expected", "xs", "message"),
    [
        ({"a": B, "b": A}, None, "values of 'a'"),
        ({"a": A}, None, "the figure shows"),
        ({"a": A, "b": B, "c": B}, None, "the figure shows"),
        ({"a": A, "c": B}, None, "the figure shows"),
        ({"a": A, "b": B}, A + 1, "places of 'a'"),
    ],
)
def test_a_figure_that_shows_other_data_is_named(expected, xs, message):
    ax = plot_curves({"a": A, "b": B}, xlabel="x", ylabel="y")
    assert_shows(ax, {"a": A, "b": B}, xs=A)
    with pytest.raises(AssertionError, match=message):
        assert_shows(ax, expected, xs=xs)


def test_a_matrix_that_shows_other_data_is_named():
    values = np.arange(6.0).reshape(2, 3)
    ax = plot_matrix(values, xlabel="column", ylabel="row", label="what")
    assert_shows(ax, values)
    with pytest.raises(AssertionError):
        assert_shows(ax, values[::-1])


def test_a_history_shows_each_part_in_the_axes_of_its_unit():
    columns = {"epoch": [1, 2], "train_loss": [3, 2], "validation_loss": [4, 5]}
    columns |= {"train_accuracy": [0.1, 0.2], "validation_accuracy": [0.3, 0.4]}
    history = [{name: values[k] for name, values in columns.items()} for k in range(2)]
    for ax, name in zip(plot_history(history), ("loss", "accuracy"), strict=True):
        assert [line.get_label() for line in ax.lines] == ["training", "validation"]
        np.testing.assert_array_equal(ax.lines[0].get_xydata().T, [[1, 2], columns[f"train_{name}"]])
        np.testing.assert_array_equal(ax.lines[1].get_ydata(), columns[f"validation_{name}"])
        assert ax.get_ylabel().startswith(name)
    one = plot_history(history[:1])
    assert {line.get_marker() for line in one[0].lines} == {"o"}  # a line of one point would not be seen


def test_answers_are_sorted_within_their_class():
    ax = plot_answers(np.array([0.9, 0.6, 0.1, 0.2]), np.array([1, 0, 0, 0]), ("a", "b"))
    first, second = ax.lines
    np.testing.assert_allclose(first.get_xydata(), [[1 / 6, 0.1], [0.5, 0.2], [5 / 6, 0.6]])
    np.testing.assert_allclose(second.get_xydata(), [[0.5, 0.9]])
    assert (first.get_label(), second.get_label()) == ("truly a", "truly b")
    assert first.get_marker() != second.get_marker() and first.get_linestyle() != second.get_linestyle()


def test_paths_are_whole_and_named_once():
    paths = [np.array([[0, 1], [2, 3], [4, 5]]), np.array([[6, 7], [8, 9]]), np.array([[1, 1], [0, 0]])]
    ax = plot_paths(paths, ["b", "a", "b"], xlabel="x", ylabel="y")
    for k, path in enumerate(paths):
        start, end, line = ax.lines[3 * k : 3 * k + 3]
        np.testing.assert_array_equal(line.get_xydata(), path)
        np.testing.assert_array_equal(start.get_xydata()[0], path[0])
        np.testing.assert_array_equal(end.get_xydata()[0], path[-1])
    assert sorted(t.get_text() for t in ax.get_legend().get_texts()) == ["a", "b"]
    assert ax.lines[2].get_color() == ax.lines[8].get_color() != ax.lines[5].get_color()


def test_the_cell_diagram_names_every_gate_in_its_colour():
    blocks = {t.get_text()[0]: t for t in draw_lstm_cell().texts if t.get_text().endswith(("\nσ", "\ntanh"))}
    colors = {gate: to_hex(block.get_bbox_patch().get_edgecolor()).upper() for gate, block in blocks.items()}
    assert colors == GATE_COLORS
    assert {gate for gate, block in blocks.items() if block.get_text().endswith("tanh")} == {"g"}


def ends(ax):
    """Where each line of the cell diagram starts and ends."""
    return {line.get_gid(): (line.get_xydata()[0], line.get_xydata()[-1]) for line in ax.lines}


def test_the_lines_of_the_cell_diagram_join_what_the_equations_join():
    ax = draw_lstm_cell()
    drawn = {text.get_text()[0]: np.array(text.get_position()) for text in ax.texts if "\n" in text.get_text()}
    nodes = [np.array(text.get_position()) for text in ax.texts if text.get_text() in ("×", "+")]
    keep, add, write, show = nodes  # f and the old cell; the new cell; i and g; o and the new cell
    for gid, (start, end) in (
        ("f to its product", (drawn["f"], keep)),
        ("i to its product", (drawn["i"], write)),
        ("g to its product", (drawn["g"], write)),
        ("o to its product", (drawn["o"], show)),
        ("forget to sum", (keep, add)),
        ("i times g to sum", (write, add)),
    ):
        first, last = ends(ax)[gid]
        assert np.abs(first - start).max() < 0.9 and np.abs(last - end).max() < 0.5, gid


@pytest.mark.parametrize(
    ("highlight", "letters"), [("candidate", "g"), ("input", "i"), ("forget", "f"), ("output", "o"), ("cell", "")]
)
def test_the_highlighted_line_differs_from_the_others_in_more_than_colour(highlight, letters):
    ax = draw_lstm_cell(highlight)
    thick = [line for line in ax.lines if line.get_linewidth() > 2]
    thin = [line for line in ax.lines if line not in thick]
    assert thick and thin
    assert {line.get_linestyle() for line in thick} == {"-"} and {line.get_linestyle() for line in thin} == {"--"}
    blocks = [text for text in ax.texts if "\n" in text.get_text()]
    assert "".join(text.get_text()[0] for text in blocks if text.get_weight() == "bold") == letters
    assert {line.get_gid()[-1] for line in thick if line.get_gid().startswith("x, h to ")} == set(letters)


def test_a_part_that_the_cell_has_not_is_refused():
    with pytest.raises(ValueError, match="'update'"):
        draw_lstm_cell("update")


def test_source_is_shown_without_docstrings_and_otherwise_whole(capsys):
    show_source(plot_gates)
    shown = capsys.readouterr().out
    assert "Draw gate values" not in shown
    assert shown.startswith("def plot_gates(gates, *, ax=None):\n    curves =")
    assert shown.rstrip().endswith("ax=ax)")


def test_traces_have_places_of_their_own_and_levels_go_across():
    traces = {"LSTM": ([1, 2, 5], [3.0, 2.0, 1.5]), "RNN": ([1, 4], [2.5, 2.25])}
    ax = plot_traces(traces, xlabel="CPU time (s)", ylabel="loss (nats per character)")
    plot_levels({"5-gram": 1.75, "3-gram": 2.0}, ax=ax, first=2)
    shown = plotted(ax)
    assert shown.keys() == {"LSTM", "RNN", "5-gram", "3-gram"}
    for label, trace in traces.items():
        np.testing.assert_array_equal(shown[label], trace)
    assert set(shown["5-gram"][1]) == {1.75} and set(shown["3-gram"][1]) == {2.0}
    assert len({(line.get_color(), str(line.get_linestyle())) for line in ax.lines}) == 4
    assert ax.get_xlabel() == "CPU time (s)" and len(ax.get_legend().get_texts()) == 4


def arrows(ax):
    """Start, end, colour and whether it is dashed, of every arrow."""
    found = [t for t in ax.texts if t.get_text() == "" and t.arrow_patch is not None]
    return [
        (a.xyann, a.xy, to_hex(a.arrow_patch.get_edgecolor()).upper(), a.arrow_patch.get_linestyle() != "-")
        for a in found
    ]


@pytest.mark.parametrize(("direction", "colour", "sign"), [("forward", FORWARD, 1), ("back", BACK, -1)])
def test_an_unrolled_graph_turns_every_arrow_round_on_the_way_back(direction, colour, sign):
    ax = draw_unrolled(direction)
    found = arrows(ax)
    assert len(found) == 14 and {(c, dashed) for *_, c, dashed in found} == {(colour, sign < 0)}
    along = [np.sign(end[0] - start[0]) for start, end, *_ in found if start[1] == end[1]]
    up = [np.sign(end[1] - start[1]) for start, end, *_ in found if start[0] == end[0]]
    assert along == [sign] * 8 and up == [sign] * 6
    said = [t.get_text() for t in ax.texts]
    if sign > 0:
        assert {f"${v}_{t}$" for v in "ch" for t in range(4)} | {f"$x_{t}$" for t in (1, 2, 3)} <= {*said}
        assert [said.count(f"$h_{t}$") for t in range(4)] == [1, 2, 2, 2]  # to the next step, and to the loss
    else:
        shares = {rf"$\delta {v}_{t}^+$" for v in "ch" for t in range(3)} | {rf"$\delta x_{t}$" for t in (1, 2, 3)}
        assert shares <= {*said} and said.count("0") == 2  # nothing comes from beyond the last step
        assert sum("loss}" in text for text in said) == 3
    assert said.count("x: (B, D)") == said.count("c, h: (B, H)") == 1
    with pytest.raises(ValueError, match="forward"):
        draw_unrolled("up")


def test_the_graph_of_a_step_shows_each_part_and_one_gradient_on_its_way_back():
    ax = draw_step_graph()
    said = [t.get_text() for t in ax.texts]
    assert {f"$a_{k}$" for k in "ifgo"} | {f"${k}_t$" for k in "ifgoch"} | {"$c_{t-1}$"} <= {*said}
    assert (said.count("σ"), said.count("tanh"), said.count("×"), said.count("+")) == (3, 2, 3, 1)
    back = [(start[0], end[0]) for start, end, colour, dashed in arrows(ax) if dashed and colour == BACK]
    assert len(back) == 3 and all(end < start for start, end in back)
    assert all(t.get_color() == BACK for t in ax.texts if "delta" in t.get_text())


def test_two_dashed_ways_lead_into_the_cell_and_only_dashed_ones_carry_gradients():
    ax = draw_two_ways()
    found = arrows(ax)
    assert {(c, dashed) for *_, c, dashed in found} == {(FORWARD, False), (BACK, True)}
    cell = next(t.get_position() for t in ax.texts if t.get_text() == "$c_t$")
    into = [start for start, end, _, dashed in found if dashed and np.hypot(*np.subtract(end, cell)) < 1]
    assert len(into) == 2 and into[0][0] > cell[0] + 5 and into[1][1] < cell[1] - 1
    gradients = [t for t in ax.texts if "delta" in t.get_text()]
    assert len(gradients) == 4 and all(t.get_color() == BACK for t in gradients)


def test_an_encoder_passes_one_state_on_and_a_decoder_reads_what_it_wrote():
    ax = draw_encoder_decoder(list("abcd"), ["X", "Y"])
    said = [t.get_text() for t in ax.texts]
    assert said.count("h, c") == 4 + 3 and said.count("$h_0, c_0$") == 1
    places = {text: [t.get_position() for t in ax.texts if t.get_text() == text] for text in said}
    assert len(places["X"]) == len(places["Y"]) == 2 and len(places["begin"]) == len(places["end"]) == 1
    found = arrows(ax)
    along = [(start, end) for start, end, colour, dashed in found if not dashed and start[1] == end[1]]
    assert len(along) == 6  # three in the encoder, two in the decoder, and one from the one to the other
    for symbol in "XY":  # written above, read below one step later
        (read, written) = sorted(places[symbol], key=lambda place: place[1])
        assert read[0] == written[0] + 1
        assert any(d and c == BACK and np.hypot(end[0] - read[0], end[1] - read[1]) < 0.3 for _, end, c, d in found)
