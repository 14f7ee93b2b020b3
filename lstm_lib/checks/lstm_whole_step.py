"""Exercise of chapter ``02_numpy_lstm``: backward through the whole step of an LSTM."""

import numpy as np

from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.lstm_blocks import blocks_of_one_step, d_gates
from lstm_lib.checks.lstm_steps import batch
from lstm_lib.checks.probes import drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.gates import lstm_gates, lstm_step_backward


def _right_way(o, c_t, c_prev):
    return o * (1 - np.tanh(c_t) ** 2)


def _step_with(later=1.0, through_h=_right_way, dh_back="W_hh", c_back="total", dW_hh_at="h_prev", squash=False):
    """Make a wrong step: paths left out, or another state or gradient taken."""

    def step(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
        i, f, g, o = lstm_gates(x_t, h_prev, W_ih, W_hh, b)
        c_t = np.tanh(f * c_prev + i * g) if squash else f * c_prev + i * g
        total = later * dc_t + dh_t * through_h(o, c_t, c_prev)
        da = d_gates(dh_t, total, c_prev, c_t, i, f, g, o)
        dx_t, dh_prev, dW_ih, dW_hh, db = batch(
            da, x_t, h_prev if dW_hh_at == "h_prev" else o * np.tanh(c_t), W_ih, W_hh
        )
        factor = {"total": f, "i": i, "c_prev": c_prev, "f * c_prev": f * c_prev, "slope": f * (1 - f)}
        back = dc_t * f if c_back == "given" else total * factor[c_back]
        return dx_t, {"W_hh": dh_prev, "dh_t": dh_t, "both": dh_prev + dh_t}[dh_back], back, dW_ih, dW_hh, db

    return step


H_T_FOR_H_PREV = "dW_hh is made with the new state h_t; W_hh met the old one, h_prev"
STEP = BackwardCheck(
    lstm_step_backward,
    drawn(
        dict.fromkeys(("dh_t", "dc_t"), "B H")
        | {"x_t": "B D", "h_prev": "B H", "c_prev": "B H", "W_ih": "4H D", "W_hh": "4H H", "b": "4H"}
    ),
    ("dx_t", "dh_prev", "dc_prev", "dW_ih", "dW_hh", "db"),
    rows=(
        Row(H_T_FOR_H_PREV, sign=imitates(_step_with(dW_hh_at="h_t"))),
        Row("what later steps say, dc_t, is lost on its way into the cell", sign=imitates(_step_with(later=0.0))),
        Row("what reaches the cell through h_t is missing", sign=imitates(_step_with(through_h=lambda o, c, _: 0 * o))),
        Row(
            "the output gate is missing on the way through h_t into the cell",
            sign=imitates(_step_with(through_h=lambda o, c, _: 1 - np.tanh(c) ** 2)),
        ),
        Row(
            "1 - tanh(c_t)**2 is missing on the way through h_t into the cell",
            sign=imitates(_step_with(through_h=lambda o, c, _: o)),
        ),
        Row(
            "on the way through h_t the slope of tanh is taken at c_prev; it belongs to the new cell c_t",
            sign=imitates(_step_with(through_h=lambda o, c, c_prev: o * (1 - np.tanh(c_prev) ** 2))),
        ),
        Row("dc_prev must be made from the whole dc_t, both ways together", sign=imitates(_step_with(c_back="given"))),
        Row("dc_prev passes the input gate; c_prev was multiplied by f", sign=imitates(_step_with(c_back="i"))),
        Row(
            "dc_prev is dc_t * f, without c_prev: that factor belongs to df",
            sign=imitates(_step_with(c_back="c_prev"), _step_with(c_back="f * c_prev")),
        ),
        Row(
            "dc_prev is dc_t * f, without 1 - f: the slope belongs to the way into a_f",
            sign=imitates(_step_with(c_back="slope")),
        ),
        Row(
            "the cell is c_t = f * c_prev + i * g, without another tanh: that comes in h_t",
            sign=imitates(_step_with(squash=True)),
        ),
        Row("the dc_t that was given is added twice", sign=imitates(_step_with(later=2.0))),
        Row(
            "what comes through h_t is added twice: once in the whole dc_t, and once more after it",
            sign=imitates(_step_with(through_h=lambda *a: 2 * _right_way(*a))),
        ),
        Row("dh_prev is not dh_t: it comes back through W_hh, da @ W_hh", sign=imitates(_step_with(dh_back="dh_t"))),
        Row(
            "dh_t itself does not go on to h_prev, which is seen by the gates alone",
            sign=imitates(_step_with(dh_back="both")),
        ),
    ),
    blocks=blocks_of_one_step,
    parts=lambda arguments: {"f": lstm_gates(*(arguments[n] for n in ("x_t", "h_prev", "W_ih", "W_hh", "b")))[1]},
)
