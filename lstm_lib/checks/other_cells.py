"""Exercises of chapter ``02_numpy_lstm``: backward through one step of the simple recurrent network and of a GRU."""

import numpy as np

from lstm_lib.checks.backward import BackwardCheck, Row
from lstm_lib.checks.lstm_whole_step import H_T_FOR_H_PREV
from lstm_lib.checks.probes import drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.gates import gru_gates, gru_step_backward, rnn_step, rnn_step_backward


def _rnn_blocks(arguments):
    dh_t, x_t, h_prev, *weights = arguments.values()
    W_ih, W_hh, b = weights
    a = x_t @ W_ih.T + h_prev @ W_hh.T + b
    others = {
        "the derivative is 1 - h_t squared, with h_t = tanh(a); yours squares a": dh_t * (1 - a**2),
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


def _gru_with(
    *,
    direct=lambda z: z,
    reset_W=True,
    reset_b=True,
    slope=True,
    lost="",
    exchanged=(),
    in_both=False,
    reset_first=False,
):
    """Make a wrong backward step of a GRU: something left out, or another block n taken for some gradients."""

    def backward(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn):
        r, z, n, product = _gru_parts(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn)
        dn = dh_t * (1 - z)
        da_n = dn * (1 - n**2)
        da_r, da_z = (da_n if slope else dn) * (product + b_hn) * r * (1 - r), dh_t * (h_prev - n) * z * (1 - z)
        da_x = np.concatenate([da_r, da_z, da_n], axis=1)
        da_h = np.concatenate([da_r, da_z, da_n * r], axis=1) if reset_W else da_x
        da_x = da_h if in_both else da_x
        used = dict.fromkeys(("dx_t", "dW_ih", "db"), da_x) | dict.fromkeys(("dh_prev", "dW_hh"), da_h)
        used |= {name: da_h if used[name] is da_x else da_x for name in exchanged}
        ways = np.stack(np.split(used["dh_prev"], 3, axis=1)) @ np.stack(np.split(W_hh, 3))
        dh_prev = sum(way for gate, way in zip("rzn", ways, strict=True) if gate != lost) + direct(z) * dh_t
        dW_hh = used["dW_hh"].T @ h_prev
        if reset_first:
            H = len(b_hn)
            dh_prev = ways[0] + ways[1] + r * (da_n @ W_hh[-H:]) + direct(z) * dh_t
            dW_hh = np.concatenate([dW_hh[:-H], da_n.T @ (r * h_prev)])
        db_hn = (da_n * r if reset_b else da_n).sum(axis=0)
        return used["dx_t"] @ W_ih, dh_prev, used["dW_ih"].T @ x_t, dW_hh, used["db"].sum(axis=0), db_hn

    return backward


def _other_block(name):
    meets, other = ("W_hh", "W_ih") if name in ("dh_prev", "dW_hh") else ("W_ih", "W_hh")
    hint = f"{name} is made with block n of what meets {other}; it belongs to what meets {meets}"
    return Row(
        hint,
        within={"dx_t": "x", "dh_prev": "h", "db": "b"}.get(name, meets),
        sign=imitates(_gru_with(exchanged=(name,))),
    )


GRU_BACKWARD = BackwardCheck(
    gru_step_backward,
    drawn({"dh_t": "B H", "x_t": "B D", "h_prev": "B H", "W_ih": "3H D", "W_hh": "3H H", "b": "3H", "b_hn": "H"}),
    ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db", "db_hn"),
    rows=(
        Row(
            "the direct path is missing: h_prev also stands in h_t itself, times z",
            sign=imitates(_gru_with(direct=lambda z: 0 * z)),
        ),
        Row("the direct path is multiplied by z, not by 1 - z", sign=imitates(_gru_with(direct=lambda z: 1 - z))),
        Row("the direct path lacks its factor z", sign=imitates(_gru_with(direct=lambda z: 1 + 0 * z))),
        *(
            Row(f"the way of h_prev through {gate} is missing in dh_prev", sign=imitates(_gru_with(lost=gate)))
            for gate in "rzn"
        ),
        *(_other_block(name) for name in ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db")),
        Row(
            "one block n for both: r stands before the product with W_hh alone, so what meets W_ih holds da_n",
            sign=imitates(_gru_with(in_both=True)),
        ),
        Row(
            "r multiplies the product with W_hh, not h_prev before it: block n of what meets W_hh is da_n * r",
            sign=imitates(_gru_with(reset_first=True)),
        ),
        Row(
            "the slope of n's tanh is missing on the way to r, which goes through a_n",
            sign=imitates(_gru_with(slope=False)),
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
