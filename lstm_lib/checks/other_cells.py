"""Exercises of chapter ``02_numpy_lstm``: backward through one step of the simple recurrent network and of a GRU."""

import numpy as np

from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.lstm_steps import H_T_FOR_H_PREV
from lstm_lib.checks.probes import drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.gates import gru_gates, gru_step_backward, rnn_step, rnn_step_backward


def _rnn_blocks(arguments):
    dh_t, x_t, h_prev, *weights = arguments.values()
    others = {
        "the derivative is 1 - h_t squared, with the new state h_t, not h_prev": dh_t * (1 - h_prev**2),
    }
    return {"": (dh_t, rnn_step(x_t, h_prev, *weights), "tanh", others)}


def _rnn_with(dW_hh_at="h_prev", transposed=False):
    def backward(dh_t, x_t, h_prev, W_ih, W_hh, b):
        h_t = rnn_step(x_t, h_prev, W_ih, W_hh, b)
        da = dh_t * (1 - h_t**2)
        dh_prev = da @ (W_hh.T if transposed else W_hh)
        return da @ W_ih, dh_prev, da.T @ x_t, da.T @ (h_t if dW_hh_at == "h_t" else h_prev), da.sum(axis=0)

    return backward


RNN_BACKWARD = BackwardCheck(
    rnn_step_backward,
    drawn({"dh_t": "B H", "x_t": "B D", "h_prev": "B H", "W_ih": "H D", "W_hh": "H H", "b": "H"}),
    ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db"),
    rows=(
        Row(
            "dh_prev goes back through W_hh itself, da @ W_hh, not its transpose",
            sign=imitates(_rnn_with(transposed=True)),
        ),
        Row(H_T_FOR_H_PREV, sign=imitates(_rnn_with(dW_hh_at="h_t"))),
    ),
    blocks=_rnn_blocks,
)


def _gru_parts(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn):
    r, z, n = gru_gates(x_t, h_prev, W_ih, W_hh, b, b_hn)
    return r, z, n, h_prev @ np.split(W_hh, 3)[2].T


def _gru_blocks(arguments):
    r, z, n, product = _gru_parts(**arguments)
    dh_t, h_prev, q = arguments["dh_t"], arguments["h_prev"], product + arguments["b_hn"]
    da_n = dh_t * (1 - z) * (1 - n**2)
    r_slope, z_slope, n_slope = r * (1 - r), z * (1 - z), 1 - n**2
    return {
        "r": (
            da_n * q,
            r,
            "sigmoid",
            {
                "{blocks}: r also multiplies the bias b_hn": da_n * product * r_slope,
                "{blocks}: r multiplies the product with W_hh, plus b_hn, not h_prev": da_n * h_prev * r_slope,
            },
        ),
        "z": (
            dh_t * (h_prev - n),
            z,
            "sigmoid",
            {
                "{blocks}: z also stands in front of n, as 1 - z": dh_t * h_prev * z_slope,
                "{blocks}: z also stands in front of h_prev": -dh_t * n * z_slope,
            },
        ),
        "n": (
            dh_t * (1 - z),
            n,
            "tanh",
            {
                "{blocks}: n is let in by 1 - z, not by z": dh_t * z * n_slope,
                "{blocks}: the factor 1 - z, which lets n in, is missing": dh_t * n_slope,
            },
        ),
    }


def _gru_with(*, direct=1.0, reset_W=True, reset_b=True):
    """Make a wrong backward step of a GRU: the reset gate, or the direct path, left out."""

    def backward(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn):
        r, z, n, product = _gru_parts(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn)
        da_n = dh_t * (1 - z) * (1 - n**2)
        da_r, da_z = da_n * (product + b_hn) * r * (1 - r), dh_t * (h_prev - n) * z * (1 - z)
        da_x = np.concatenate([da_r, da_z, da_n], axis=1)
        da_h = np.concatenate([da_r, da_z, da_n * r], axis=1) if reset_W else da_x
        db_hn = (da_n * r if reset_b else da_n).sum(axis=0)
        return da_x @ W_ih, da_h @ W_hh + direct * dh_t * z, da_x.T @ x_t, da_h.T @ h_prev, da_x.sum(axis=0), db_hn

    return backward


GRU_BACKWARD = BackwardCheck(
    gru_step_backward,
    drawn({"dh_t": "B H", "x_t": "B D", "h_prev": "B H", "W_ih": "3H D", "W_hh": "3H H", "b": "3H", "b_hn": "H"}),
    ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db", "db_hn"),
    rows=(
        Row(
            "the direct path is missing: h_prev also stands in h_t itself, times z",
            sign=imitates(_gru_with(direct=0.0)),
        ),
        Row(
            "the reset gate is left out: r stands before W_hh's block n and b_hn, so their gradients hold da_n * r",
            sign=imitates(_gru_with(reset_W=False, reset_b=False)),
        ),
        Row(
            "the reset gate is left out of dW_hh and dh_prev: block n of what meets W_hh is da_n * r",
            sign=imitates(_gru_with(reset_W=False)),
        ),
        Row("db_hn lacks the reset gate, which multiplies b_hn", sign=imitates(_gru_with(reset_b=False))),
    ),
    blocks=_gru_blocks,
)
