"""Answers to the exercises of chapter ``01_gates``, as people write them."""

import numpy as np
from scipy.special import expit


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


# One step of the simple network.


def rnn_plain(x_t, h_prev, W_ih, W_hh, b):
    return np.tanh(x_t @ W_ih.T + h_prev @ W_hh.T + b)


def rnn_rows_and_units(x_t, h_prev, W_ih, W_hh, b):
    h_t = np.zeros_like(h_prev)
    for n in range(len(x_t)):
        for k in range(len(b)):
            h_t[n, k] = np.tanh(np.dot(W_ih[k], x_t[n]) + np.dot(W_hh[k], h_prev[n]) + b[k])
    return h_t


def rnn_einsum(x_t, h_prev, W_ih, W_hh, b):
    return np.tanh(np.einsum("bd,hd->bh", x_t, W_ih) + np.einsum("bk,hk->bh", h_prev, W_hh) + b[None])


def rnn_concatenated(x_t, h_prev, W_ih, W_hh, b):
    both = np.concatenate([x_t, h_prev], axis=1)
    return np.tanh(both @ np.concatenate([W_ih, W_hh], axis=1).T + b)


# One step of the LSTM.


def gates_of(x_t, h_prev, W_ih, W_hh, b):
    return np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 4, axis=1)


def lstm_plain(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a_i, a_f, a_g, a_o = gates_of(x_t, h_prev, W_ih, W_hh, b)
    c_t = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(c_t), c_t


def lstm_units(x_t, h_prev, c_prev, W_ih, W_hh, b):
    B, H = h_prev.shape
    h_t, c_t = np.zeros((B, H)), np.zeros((B, H))
    for n in range(B):
        for k in range(H):
            a = [W_ih[q * H + k] @ x_t[n] + W_hh[q * H + k] @ h_prev[n] + b[q * H + k] for q in range(4)]
            c_t[n, k] = expit(a[1]) * c_prev[n, k] + expit(a[0]) * np.tanh(a[2])
            h_t[n, k] = expit(a[3]) * np.tanh(c_t[n, k])
    return h_t, c_t


def lstm_sliced(x_t, h_prev, c_prev, W_ih, W_hh, b):
    H = h_prev.shape[1]
    a = np.hstack([x_t, h_prev]) @ np.hstack([W_ih, W_hh]).T + b
    i, f, o = expit(a[:, :H]), expit(a[:, H : 2 * H]), expit(a[:, 3 * H :])
    c_t = f * c_prev
    c_t += i * np.tanh(a[:, 2 * H : 3 * H])
    return [o * np.tanh(c_t), c_t]


def lstm_like(cell=lambda i, f, g, c, h: f * c + i * g, hidden=lambda o, c_t, c: o * np.tanh(c_t), order="ifgo"):
    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        blocks = dict(zip(order, gates_of(x_t, h_prev, W_ih, W_hh, b), strict=True))
        i, f, o = (sigmoid(blocks[k]) for k in "ifo")
        c_t = cell(i, f, np.tanh(blocks["g"]), c_prev, h_prev)
        return hidden(o, c_t, c_prev), c_t

    return step


def lstm_squashed(gate, candidate):
    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        a_i, a_f, a_g, a_o = gates_of(x_t, h_prev, W_ih, W_hh, b)
        c_t = gate(a_f) * c_prev + gate(a_i) * candidate(a_g)
        return gate(a_o) * np.tanh(c_t), c_t

    return step


def lstm_fourth_columns(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = (x_t @ W_ih.T + h_prev @ W_hh.T + b).reshape(len(x_t), -1, 4)
    i, f, o = sigmoid(a[..., 0]), sigmoid(a[..., 1]), sigmoid(a[..., 3])
    c_t = f * c_prev + i * np.tanh(a[..., 2])
    return o * np.tanh(c_t), c_t


def lstm_reshaped(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = (x_t @ W_ih.T + h_prev @ W_hh.T + b).reshape(len(x_t), 4, -1)
    c_t = expit(a[:, 1]) * c_prev + expit(a[:, 0]) * np.tanh(a[:, 2])
    return expit(a[:, 3]) * np.tanh(c_t), c_t


def lstm_output(squash):
    def step(x_t, h_prev, c_prev, W_ih, W_hh, b):
        a_i, a_f, a_g, a_o = gates_of(x_t, h_prev, W_ih, W_hh, b)
        c_t = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
        return squash(a_o) * np.tanh(c_t), c_t

    return step


def lstm_squashed_cell(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a_i, a_f, a_g, a_o = gates_of(x_t, h_prev, W_ih, W_hh, b)
    c_t = np.tanh(sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g))
    return sigmoid(a_o) * c_t, c_t


def lstm_not_transposed(x_t, h_prev, c_prev, W_ih, W_hh, b):
    a = [
        x_t @ W.T + h_prev @ U + bias
        for W, U, bias in zip(np.split(W_ih, 4), np.split(W_hh, 4), np.split(b, 4), strict=True)
    ]
    c_t = sigmoid(a[1]) * c_prev + sigmoid(a[0]) * np.tanh(a[2])
    return sigmoid(a[3]) * np.tanh(c_t), c_t


# A latch: W_ih (4, 2) with columns bit and store, W_hh (4, 1), b (4).


def a_latch(i=(0, 12), f=(0, -12), g=(5, 0), o=(0, 0), b=(-6, 7, 0, 0), W_hh=(0, 0, 0, 0)):
    return np.array([i, f, g, o], dtype=float), np.array(W_hh, dtype=float)[:, None], np.array(b, dtype=float)


# How far back.


def states(xs, W_ih, W_hh, b):
    h, hs = np.zeros(len(b)), []
    for x_t in xs:
        h = np.tanh(W_ih @ x_t + W_hh @ h + b)
        hs.append(h)
    return hs


def lag_backwards(xs, W_ih, W_hh, b):
    hs = states(xs, W_ih, W_hh, b)
    product, norms = np.eye(len(b)), []
    for h_t in hs[::-1]:
        to_a = product * (1 - h_t**2)
        norms.append(np.sqrt(np.sum((to_a @ W_ih) ** 2)))
        product = to_a @ W_hh
    return norms


def lag_forwards(xs, W_ih, W_hh, b):
    h, gradients = np.zeros(len(b)), []  # of the present state, for each input so far
    for x_t in xs:
        h = np.tanh(W_ih @ x_t + W_hh @ h + b)
        slope = np.diag(1 - h**2)
        gradients = [slope @ W_hh @ g for g in gradients] + [slope @ W_ih]
    return np.array([np.linalg.norm(g) for g in gradients[::-1]])


def lag_each_anew(xs, W_ih, W_hh, b):
    hs, T = states(xs, W_ih, W_hh, b), len(xs)
    norms = np.empty(T)
    for k in range(T):
        gradient = np.diag(1 - hs[T - 1 - k] ** 2) @ W_ih
        for t in range(T - k, T):
            gradient = np.diag(1 - hs[t] ** 2) @ W_hh @ gradient
        norms[k] = np.linalg.norm(gradient, "fro")
    return norms


def lag_like(slope=lambda h: 1 - h**2, end=lambda s, W: s @ W, norm=np.linalg.norm, recurrent=lambda U: U):
    def by_lag(xs, W_ih, W_hh, b):
        product, norms = np.eye(len(b)), []
        for h_t in states(xs, W_ih, W_hh, b)[::-1]:
            s = np.diag(slope(h_t))
            norms.append(norm(product @ end(s, W_ih)))
            product = product @ s @ recurrent(W_hh)
        return np.array(norms)

    return by_lag


def lag_by_differences(xs, W_ih, W_hh, b):
    norms, size = [], 1e-5
    for lag in range(len(xs)):
        columns = []
        for d in range(xs.shape[1]):
            step = np.zeros_like(xs)
            step[-1 - lag, d] = size
            up, down = (states(xs + sign * step, W_ih, W_hh, b)[-1] for sign in (1, -1))
            columns.append((up - down) / (2 * size))
        norms.append(np.linalg.norm(columns))
    return norms


def lag_jacobian(jacobian=lambda s, U: s @ U, start=np.eye, late=False, forward=states):
    def by_lag(xs, W_ih, W_hh, b):
        product, norms = start(len(b)), []
        for h_t in forward(xs, W_ih, W_hh, b)[::-1]:
            s = np.diag(1 - h_t**2)
            if late:
                product = product @ jacobian(s, W_hh)
            norms.append(np.linalg.norm(product @ s @ W_ih))
            if not late:
                product = product @ jacobian(s, W_hh)
        return np.array(norms)

    return by_lag


def lag_inside(xs, W_ih, W_hh, b):
    h, sums = np.zeros(len(b)), []
    for x_t in xs:
        sums.append(W_ih @ x_t + W_hh @ h + b)
        h = np.tanh(sums[-1])
    product, norms = np.eye(len(b)), []
    for a_t in sums[::-1]:
        norms.append(np.linalg.norm(product @ np.diag(1 - a_t**2) @ W_ih))
        product = product @ np.diag(1 - a_t**2) @ W_hh
    return np.array(norms)


def lag_old_slopes(xs, W_ih, W_hh, b):
    hs = [np.zeros(len(b)), *states(xs, W_ih, W_hh, b)]
    product, norms = np.eye(len(b)), []
    for t in range(len(xs), 0, -1):
        norms.append(np.linalg.norm(product @ np.diag(1 - hs[t - 1] ** 2) @ W_ih))
        product = product @ np.diag(1 - hs[t - 1] ** 2) @ W_hh
    return np.array(norms)


def lag_product_on_the_left(xs, W_ih, W_hh, b):
    product, norms = np.eye(len(b)), []
    for h_t in states(xs, W_ih, W_hh, b)[::-1]:
        norms.append(np.linalg.norm(product @ np.diag(1 - h_t**2) @ W_ih))
        product = np.diag(1 - h_t**2) @ W_hh @ product
    return np.array(norms)


# Counting.


def count_by_arrays(input_size, hidden_size):
    W_ih, W_hh = np.zeros((4 * hidden_size, input_size)), np.zeros((4 * hidden_size, hidden_size))
    return W_ih.size + W_hh.size + len(W_ih)


def count_by_gates(input_size, hidden_size):
    total = 0
    for _ in "ifgo":
        total += hidden_size * input_size + hidden_size**2 + hidden_size
    return total


# The GRU.


def gru_plain(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ W_hh.T, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + b_hn))
    return (1 - z) * n + z * h_prev


def gru_by_gates(x_t, h_prev, W_ih, W_hh, b, b_hn):
    (W_r, W_z, W_n), (R_r, R_z, R_n), (b_r, b_z, b_n) = np.split(W_ih, 3), np.split(W_hh, 3), np.split(b, 3)
    r = expit(np.einsum("bd,hd->bh", x_t, W_r) + b_r + np.einsum("bk,hk->bh", h_prev, R_r))
    z = expit(np.einsum("bd,hd->bh", x_t, W_z) + b_z + np.einsum("bk,hk->bh", h_prev, R_z))
    n = np.tanh(x_t @ W_n.T + b_n + r * (h_prev @ R_n.T + b_hn))
    return n + z * (h_prev - n)


def gru_units(x_t, h_prev, W_ih, W_hh, b, b_hn):
    B, H = h_prev.shape
    h_t = np.zeros((B, H))
    for m in range(B):
        for k in range(H):
            r = expit(W_ih[k] @ x_t[m] + b[k] + W_hh[k] @ h_prev[m])
            z = expit(W_ih[H + k] @ x_t[m] + b[H + k] + W_hh[H + k] @ h_prev[m])
            n = np.tanh(W_ih[2 * H + k] @ x_t[m] + b[2 * H + k] + r * (W_hh[2 * H + k] @ h_prev[m] + b_hn[k]))
            h_t[m, k] = (1 - z) * n + z * h_prev[m, k]
    return h_t


def gru_like(
    inner=lambda r, z, q, c: r * (q + c), mix=lambda z, n, h: (1 - z) * n + z * h, gate=sigmoid, squash=np.tanh
):
    def step(x_t, h_prev, W_ih, W_hh, b, b_hn):
        x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
        h_r, h_z, h_n = np.split(h_prev @ W_hh.T, 3, axis=1)
        r, z = gate(x_r + h_r), gate(x_z + h_z)
        return mix(z, squash(x_n + inner(r, z, h_n, b_hn)), h_prev)

    return step


def gru_reset_before(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    R_r, R_z, R_n = np.split(W_hh, 3)
    r, z = sigmoid(x_r + h_prev @ R_r.T), sigmoid(x_z + h_prev @ R_z.T)
    return (1 - z) * np.tanh(x_n + (r * h_prev) @ R_n.T + b_hn) + z * h_prev


def gru_z_first(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_z, x_r, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    h_z, h_r, h_n = np.split(h_prev @ W_hh.T, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    return (1 - z) * np.tanh(x_n + r * (h_n + b_hn)) + z * h_prev


def gru_of_one_product(reset):
    def step(x_t, h_prev, W_ih, W_hh, b, b_hn):
        a_r, a_z, a_n = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 3, axis=1)
        r, z = sigmoid(a_r), sigmoid(a_z)
        return (1 - z) * np.tanh(reset(r, a_n, b_hn)) + z * h_prev

    return step


def gru_order(order):
    def step(x_t, h_prev, W_ih, W_hh, b, b_hn):
        of_x = dict(zip(order, np.split(x_t @ W_ih.T + b, 3, axis=1), strict=True))
        of_h = dict(zip(order, np.split(h_prev @ W_hh.T, 3, axis=1), strict=True))
        r, z = sigmoid(of_x["r"] + of_h["r"]), sigmoid(of_x["z"] + of_h["z"])
        return (1 - z) * np.tanh(of_x["n"] + r * (of_h["n"] + b_hn)) + z * h_prev

    return step


def gru_bias_at_the_state(x_t, h_prev, W_ih, W_hh, b, b_hn):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ W_hh.T + b, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    return (1 - z) * np.tanh(x_n + r * (h_n + b_hn)) + z * h_prev


RIGHT = {
    "rnn_step": [rnn_plain, rnn_rows_and_units, rnn_einsum, rnn_concatenated],
    "lstm_step": [lstm_plain, lstm_units, lstm_sliced, lstm_reshaped],
    "latch": [
        (np.array([[0, 10.0], [0, -10.0], [5.0, 0], [0, 0]]), np.zeros((4, 1)), np.array([-6.0, 7.0, 0.0, 0.0])),
        [[[0, 20], [0, -20], [5, 0], [0, 0]], [[0], [0], [0], [0]], [-10, 10, 0, 0]],
        a_latch(g=(2, 0), o=(0, 5), b=(-8, 8, 0, 3)),
        a_latch(i=(0, 30), f=(0, -11), b=(-15, 10, 0, 0), W_hh=(0, 0.5, 0, 1)),
    ],
    "forget_bias": [
        -np.log(2 ** (1 / 100) - 1),
        np.log(0.5**0.01 / (1 - 0.5**0.01)),
        2 * np.arctanh(2 * 0.5**0.01 - 1),
        4.97,
    ],
    "gradient_by_lag": [lag_backwards, lag_forwards, lag_each_anew, lag_by_differences],
    "parameter_count": [lambda D, H: 4 * H * (D + H + 1), count_by_arrays, count_by_gates],
    "gru_step": [gru_plain, gru_by_gates, gru_units],
}

WRONG = {
    "rnn_step": [
        ("the bias b is missing", lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U.T)),
        ("belongs inside the tanh", lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U.T) + b),
        ("the tanh is missing", lambda x, h, W, U, b: x @ W.T + h @ U.T + b),
        ("tanh, not sigmoid", lambda x, h, W, U, b: sigmoid(x @ W.T + h @ U.T + b)),
        ("around the whole sum", lambda x, h, W, U, b: np.tanh(x @ W.T) + np.tanh(h @ U.T + b)),
        ("W_hh must be transposed", lambda x, h, W, U, b: np.tanh(x @ W.T + h @ U + b)),
        ("recurrent part is missing", lambda x, h, W, U, b: np.tanh(x @ W.T + b)),
        ("do not add h_prev", lambda x, h, W, U, b: h + np.tanh(x @ W.T + h @ U.T + b)),
        ("the input is missing", lambda x, h, W, U, b: np.tanh(h @ U.T + b)),
        ("transposes", lambda x, h, W, U, b: np.tanh(x @ W + h @ U + b)),
        ("b is added twice", lambda x, h, W, U, b: np.tanh((x @ W.T + b) + (h @ U.T + b))),
    ],
    "lstm_step": [
        ("wrong order; return h_t, then c_t", lambda *a: lstm_plain(*a)[::-1]),
        ("another order (i, f, o, g)", lstm_like(order="ifog")),
        ("another order (f, i, o, g)", lstm_like(order="fiog")),
        ("another order (i, g, f, o)", lstm_like(order="igfo")),
        ("another order (g, i, f, o)", lstm_like(order="gifo")),
        ("every fourth column", lstm_fourth_columns),
        ("input and output gates are exchanged", lstm_like(order="ofgi")),
        ("candidate g is not squashed", lstm_squashed(sigmoid, lambda a: a)),
        ("output gate o is not squashed", lstm_output(lambda a: a)),
        ("output gate o goes through sigmoid", lstm_output(np.tanh)),
        ("stands outside the tanh", lstm_like(hidden=lambda o, c_t, c: np.tanh(o * c_t))),
        ("the cell itself is not squashed", lstm_squashed_cell),
        ("is taken twice", lstm_like(lambda i, f, g, c, h: np.tanh(f * c + i * g))),
        ("the old cell alone, not the sum", lstm_like(lambda i, f, g, c, h: f * (c + i * g))),
        ("multiplies it by 1 - f", lstm_like(lambda i, f, g, c, h: (1 - f) * c + i * g)),
        ("input and forget gates are exchanged", lstm_like(order="figo")),
        ("forget and output gates are exchanged", lstm_like(order="iogf")),
        ("candidate g goes through tanh", lstm_squashed(sigmoid, sigmoid)),
        ("i, f and o go through sigmoid", lstm_squashed(np.tanh, np.tanh)),
        ("are not squashed", lstm_squashed(lambda a: a, lambda a: a)),
        ("the bias b is missing", lambda x, h, c, W, U, b: lstm_plain(x, h, c, W, U, np.zeros_like(b))),
        ("the tanh is missing", lstm_like(hidden=lambda o, c_t, c: o * c_t)),
        ("not its sigmoid", lstm_like(hidden=lambda o, c_t, c: o * sigmoid(c_t))),
        ("the output gate is not used", lstm_like(hidden=lambda o, c_t, c: np.tanh(c_t))),
        ("the new cell c_t, not at c_prev", lstm_like(hidden=lambda o, c_t, c: o * np.tanh(c))),
        ("1 - f stands in its place", lstm_like(lambda i, f, g, c, h: f * c + (1 - f) * g)),
        ("it multiplies the candidate", lstm_like(lambda i, f, g, c, h: f * c + g)),
        ("c_prev is added whole", lstm_like(lambda i, f, g, c, h: c + i * g)),
        ("old cell c_prev, not h_prev", lstm_like(lambda i, f, g, c, h: f * h + i * g)),
        ("recurrent part is missing", lambda x, h, c, W, U, b: lstm_plain(x, 0 * h, c, W, U, b)),
        ("the input is missing", lambda x, h, c, W, U, b: lstm_plain(0 * x, h, c, W, U, b)),
        ("block of W_hh transposed", lstm_not_transposed),
        ("the gates read h_prev, not c_prev", lambda x, h, c, W, U, b: lstm_plain(x, c, c, W, U, b)),
        ("return 2 values", lambda *a: lstm_plain(*a)[0]),
    ],
    "latch": [
        ("give three arrays", np.zeros((4, 2))),
        ("W_ih has shape (2, 4)", (np.zeros((2, 4)), np.zeros((4, 1)), np.zeros(4))),
        ("the input gate opens only to", a_latch(i=(0, 5))),
        ("the same sign for both bits", a_latch(g=(0, 5))),
        ("W_ih holds a number that is not finite", a_latch(i=(0, np.nan))),
        ("b holds a number that is not finite", a_latch(b=(-np.inf, np.inf, 0, 0))),
        ("columns of W_ih are exchanged", a_latch(i=(12, 0), f=(-12, 0), g=(0, 5))),
        ("o is the fourth", a_latch(g=(0, 0), o=(5, 0))),
        ("it must read x[0] alone", a_latch(g=(5, 5))),
        ("the sign of the opposite bit", a_latch(g=(-5, 0))),
        ("the candidate g is only", a_latch(g=(0.4, 0))),
        ("the old bit is still in the sum", a_latch(f=(0, 0))),
        ("do each other's work", a_latch(i=(0, -12), f=(0, 12), b=(7, -6, 0, 0))),
        ("the forget gate is only", a_latch(f=(0, -6), b=(-6, 3, 0, 0))),
        ("the input gate is still", a_latch(i=(0, 3), b=(0, 7, 0, 0))),
        ("the input gate follows x[0]", a_latch(i=(12, 12), b=(-6, 7, 0, 0))),
        ("the forget gate follows x[0]", a_latch(f=(12, -14), b=(-6, 2, 0, 0))),
    ],
    "forget_bias": [
        ("that is the gate", 0.5**0.01),
        ("needs a positive bias", np.log(2**0.01 - 1)),
        ("half over one step", 0.0),
        ("leaves 37 % after 100 steps", np.log(0.99 / 0.01)),
        ("half is 2 to the power of -1", -np.log(np.exp(0.01) - 1)),
        ("does not add up to half", np.log(0.995 / 0.005)),
        ("np.log, not np.log10", -np.log10(2**0.01 - 1)),
        ("not its 100th power", np.log(0.5**100 / (1 - 0.5**100))),
        ("that inverts tanh", np.arctanh(0.5**0.01)),
        ("its logarithm is missing", 0.5**0.01 / (1 - 0.5**0.01)),
        ("that is log(f)", np.log(0.5) / 100),
        ("keeps 0.732 of its content over 100 steps, not 0.500", 5.77),
        ("give one number", [1.0, 2.0]),
    ],
    "gradient_by_lag": [
        ("order is turned round", lambda *a: lag_forwards(*a)[::-1]),
        ("the slope of tanh is missing", lag_like(slope=np.ones_like)),
        ("the square is missing", lag_like(slope=lambda h: 1 - h)),
        ("not at h_prev", lag_old_slopes),
        ("its slope is missing", lag_like(end=lambda s, W: W)),
        ("one more factor is needed", lag_like(end=lambda s, W: np.eye(len(s)))),
        ("that is the gradient for the pre-activation", lag_like(end=lambda s, W: s)),
        ("grows on the right", lag_product_on_the_left),
        ("largest singular value", lag_like(norm=lambda m: np.linalg.norm(m, 2))),
        ("no second tanh", lag_like(slope=lambda h: 1 - np.tanh(h) ** 2)),
        ("the sum inside the tanh", lag_inside),
        ("one Jacobian too many", lag_jacobian(late=True)),
        ("the slopes stand on the left", lag_jacobian(lambda s, U: U @ s)),
        ("adds up the units of h_T", lag_jacobian(start=lambda H: np.ones((1, H)))),
        ("forgets the last state", lag_jacobian(forward=lambda xs, W, U, b: [np.tanh(W @ x + b) for x in xs])),
        ("leaves b out", lag_jacobian(forward=lambda xs, W, U, b: states(xs, W, U, 0 * b))),
        ("not the sum of the sizes", lag_like(norm=lambda m: np.sum(np.abs(m)))),
        ("square of the norm", lag_like(norm=lambda m: np.sum(m**2))),
        ("W_hh is used transposed", lag_like(recurrent=np.transpose)),
    ],
    "parameter_count": [
        ("that counts one gate", lambda D, H: H * (D + H + 1)),
        ("three blocks, as a GRU", lambda D, H: 3 * H * (D + H + 1)),
        ("one bias number", lambda D, H: 4 * (H * D + H * H) + 1),
        ("a bias for each unit", lambda D, H: 4 * (H * D + H * H) + H),
        ("recurrent weights of one block", lambda D, H: 4 * (D * H + H) + H * H),
        ("one bias for each block", lambda D, H: 4 * (H * (D + H) + 1)),
        ("the biases are missing", lambda D, H: 4 * (H * D + H * H)),
        ("as PyTorch stores them", lambda D, H: 4 * (H * D + H * H + H + H)),
        ("recurrent weights are missing", lambda D, H: 4 * (H * D + H)),
        ("input weights are missing", lambda D, H: 4 * (H * H + H)),
        ("that is what one unit has", lambda D, H: 4 * (D + H + 1)),
        ("sizes are exchanged", lambda H, D: 4 * H * (D + H + 1)),
    ],
    "gru_step": [
        ("yours are read z, r, n", gru_z_first),
        ("the other way round", gru_like(mix=lambda z, n, h: z * n + (1 - z) * h)),
        ("b_hn stands inside the reset", gru_like(inner=lambda r, z, q, c: r * q + c)),
        ("acts after the product", gru_reset_before),
        ("the reset gate is not used", gru_like(inner=lambda r, z, q, c: q + c)),
        ("by r, not by z", gru_like(inner=lambda r, z, q, c: z * (q + c))),
        ("yours are read r, n, z", gru_order("rnz")),
        ("yours are read n, z, r", gru_order("nzr")),
        ("yours are read z, n, r", gru_order("znr")),
        ("yours are read n, r, z", gru_order("nrz")),
        ("keep the two products apart", gru_of_one_product(lambda r, a, c: r * (a + c))),
        ("not b_hn alone", gru_of_one_product(lambda r, a, c: a + r * c)),
        ("stands outside the reset", gru_bias_at_the_state),
        ("yours is 1 - r", gru_like(inner=lambda r, z, q, c: (1 - r) * (q + c))),
        ("candidate n is not squashed", gru_like(squash=lambda a: a)),
        ("old state is added whole", gru_like(mix=lambda z, n, h: (1 - z) * n + h)),
        ("update gate is not used", gru_like(mix=lambda z, n, h: n)),
        ("b_hn is not used", gru_like(inner=lambda r, z, q, c: r * q)),
        ("the bias b is missing", lambda x, h, W, U, b, c: gru_plain(x, h, W, U, 0 * b, c)),
        ("go through sigmoid, not tanh", gru_like(gate=np.tanh)),
        ("goes through tanh, not sigmoid", gru_like(squash=sigmoid)),
        ("multiplied by 1 - z", gru_like(mix=lambda z, n, h: n + z * h)),
    ],
}
