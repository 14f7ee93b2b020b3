"""What learners write in the exercises of chapter ``02_numpy_lstm``: right answers, and plausible mistakes.

``WRONG`` holds a fragment of the hint that each mistake must get.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gates(x_t, h_prev, W_ih, W_hh, b):
    a_i, a_f, a_g, a_o = np.split(x_t @ W_ih.T + h_prev @ W_hh.T + b, 4, axis=1)
    return sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)


# 1. The output gate.


def output_by_row(dh_t, o, c_t):
    do = np.zeros_like(o)
    for k in range(len(o)):
        do[k] = np.tanh(c_t[k]) * dh_t[k]
    return do


D_OUTPUT = [lambda dh_t, o, c_t: dh_t * np.tanh(c_t), output_by_row, lambda dh_t, o, c_t: dh_t * (o * np.tanh(c_t)) / o]
D_OUTPUT_WRONG = [
    ("the tanh is missing", lambda dh_t, o, c_t: dh_t * c_t),
    ("that is the way into the cell", lambda dh_t, o, c_t: dh_t * o * (1 - np.tanh(c_t) ** 2)),
    ("belongs to the way into the cell", lambda dh_t, o, c_t: dh_t * (1 - np.tanh(c_t) ** 2)),
    ("dh_t is missing", lambda dh_t, o, c_t: np.tanh(c_t)),
    ("one step too far", lambda dh_t, o, c_t: dh_t * np.tanh(c_t) * o * (1 - o)),
    ("a factor too many", lambda dh_t, o, c_t: dh_t * o * np.tanh(c_t)),
    ("the factor is o itself", lambda dh_t, o, c_t: dh_t * o),
]


# 2. The cell, on two ways.


def cell_in_place(dh_t, dc_t, o, c_t):
    total = dc_t.copy()
    total += dh_t * o / np.cosh(c_t) ** 2
    return total


D_CELL = [
    lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o * (1 - np.tanh(c_t) ** 2),
    cell_in_place,
    lambda dh_t, dc_t, o, c_t: dh_t * (o - o * np.tanh(c_t) * np.tanh(c_t)) + dc_t,
]
D_CELL_WRONG = [
    ("is lost: add to it", lambda dh_t, dc_t, o, c_t: dh_t * o * (1 - np.tanh(c_t) ** 2)),
    ("the way through h_t is missing", lambda dh_t, dc_t, o, c_t: dc_t),
    ("output gate is missing", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * (1 - np.tanh(c_t) ** 2)),
    ("1 - tanh(c_t)**2, is missing", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o),
    ("where its derivative", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o * np.tanh(c_t)),
    ("square is missing", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o * (1 - np.tanh(c_t))),
    ("yours is 1 - c_t**2", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o * (1 - c_t**2)),
    ("are multiplied", lambda dh_t, dc_t, o, c_t: dc_t * (dh_t * o * (1 - np.tanh(c_t) ** 2))),
    ("through h_t alone", lambda dh_t, dc_t, o, c_t: o * (dc_t + dh_t * (1 - np.tanh(c_t) ** 2))),
    (
        "tanh stands on the way through h_t alone",
        lambda dh_t, dc_t, o, c_t: (dc_t + dh_t * o) * (1 - np.tanh(c_t) ** 2),
    ),
    ("square is inside the tanh", lambda dh_t, dc_t, o, c_t: dc_t + dh_t * o * (1 - np.tanh(c_t**2))),
    ("sign is turned round", lambda dh_t, dc_t, o, c_t: dc_t - dh_t * o * (1 - np.tanh(c_t) ** 2)),
]


# 3. The four pre-activations.


def d_gates(dh_t, dc_t, c_prev, c_t, i, f, g, o, /, **changed):
    blocks = {
        "i": dc_t * g * i * (1 - i),
        "f": dc_t * c_prev * f * (1 - f),
        "g": dc_t * i * (1 - g**2),
        "o": dh_t * np.tanh(c_t) * o * (1 - o),
    }
    values = {"dh": dh_t, "dc": dc_t, "c_prev": c_prev, "c_t": c_t, "i": i, "f": f, "g": g, "o": o}
    blocks |= {name: eval(text, {"np": np}, values) for name, text in changed.items() if name != "order"}
    return np.concatenate([blocks[name] for name in changed.get("order", "ifgo")], axis=1)


def d_gates_in_an_empty_array(dh_t, dc_t, c_prev, c_t, i, f, g, o):
    H = i.shape[1]
    da = np.empty((len(i), 4 * H))
    da[:, :H] = dc_t * g * (i - i**2)
    da[:, H : 2 * H] = dc_t * c_prev * (f - f**2)
    da[:, 2 * H : 3 * H] = dc_t * i * (1 - g) * (1 + g)
    da[:, 3 * H :] = dh_t * np.tanh(c_t) * (o - o**2)
    return da


def with_blocks(**changed):
    return lambda *arguments: d_gates(*arguments, **changed)


D_GATES = [d_gates, d_gates_in_an_empty_array]
D_GATES_WRONG = [
    ("order i f o g; the book's", with_blocks(order="ifog")),
    ("order f i g o; the book's", with_blocks(order="figo")),
    *(
        (f"gradient of a_{gate}: all zero, as if it had been forgotten", with_blocks(**{gate: "0 * i"}))
        for gate in "ifgo"
    ),
    (
        "a_i, a_f, a_o: the derivative of the sigmoid, s * (1 - s), is missing",
        with_blocks(i="dc * g", f="dc * c_prev", o="dh * np.tanh(c_t)"),
    ),
    ("a_f: the derivative of the sigmoid, s * (1 - s), is missing", with_blocks(f="dc * c_prev")),
    ("a_g: the derivative of tanh, 1 - tanh**2, is missing", with_blocks(g="dc * i")),
    ("a_g: tanh itself stands where its derivative", with_blocks(g="dc * i * g")),
    ("a_g: the derivative of the sigmoid stands behind a tanh", with_blocks(g="dc * i * g * (1 - g)")),
    ("a_i: the derivative of tanh stands behind a sigmoid", with_blocks(i="dc * g * (1 - i**2)")),
    ("f multiplies the old cell", with_blocks(f="dc * c_t * f * (1 - f)")),
    ("o acts on h_t alone", with_blocks(o="dc * np.tanh(c_t) * o * (1 - o)")),
    ("o multiplies tanh(c_t); the tanh is missing", with_blocks(o="dh * c_t * o * (1 - o)")),
    ("a_i: i multiplies g in the cell", with_blocks(i="dc * i * i * (1 - i)")),
    ("a_g: the factor i", with_blocks(g="dc * (1 - g**2)")),
    ("a_i: the value was squashed already", with_blocks(i="dc * g / (2 + np.exp(i) + np.exp(-i))")),
    ("a_g: the value was squashed already", with_blocks(g="dc * i * (1 - np.tanh(g) ** 2)")),
    ("da has shape (12, 5)", lambda *a: np.concatenate(np.split(d_gates(*a), 4, axis=1))),
    ("a_g: the square is missing", with_blocks(g="dc * i * (1 - g)")),
]


# 4. The products of one sequence, 5. of a batch.


def gates_with_the_cell_again(dh, dc, c_prev, c_t, i, f, g, o):
    return d_gates(dh, dc + dh * o * (1 - np.tanh(c_t) ** 2), c_prev, c_t, i, f, g, o)


def gates_squashed_again(dh, dc, c_prev, c_t, i, f, g, o):
    return d_gates(dh, dc, c_prev, c_t, sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o))


def gates_interleaved(*arguments):
    return np.stack(np.split(d_gates(*arguments), 4, axis=1), axis=2).reshape(len(arguments[0]), -1)


D_GATES_WRONG += [
    ("dc_t is the whole one already", gates_with_the_cell_again),
    ("i, f, g, o are squashed already", gates_squashed_again),
    ("the blocks are interleaved", gates_interleaved),
    ("da has shape (4, 3, 5)", lambda *a: np.stack(np.split(d_gates(*a), 4, axis=1))),
    ("da has shape (3, 4, 5)", lambda *a: np.stack(np.split(d_gates(*a), 4, axis=1), axis=1)),
    ("return 1 value (da), not 4", lambda *a: tuple(np.split(d_gates(*a), 4, axis=1))),
]


def products_by_sums(da, x_t, h_prev, W_ih, W_hh):
    dx_t = (W_ih * da[:, None]).sum(axis=0)
    dh_prev = np.array([sum(W_hh[k, j] * da[k] for k in range(len(da))) for j in range(len(h_prev))])
    return dx_t, dh_prev, da[:, None] * x_t, da[:, None] * h_prev


PRODUCTS = [
    lambda da, x, h, W_ih, W_hh: (W_ih.T @ da, W_hh.T @ da, np.outer(da, x), np.outer(da, h)),
    products_by_sums,
    lambda da, x, h, W_ih, W_hh: (da @ W_ih, da @ W_hh, da[:, None] @ x[None], np.einsum("a,h->ah", da, h)),
]
PRODUCTS_WRONG = [
    ("look at the transposes", lambda da, x, h, W, U: (W @ da, U @ da, np.outer(da, x), np.outer(da, h))),
    ("dW_ih is transposed", lambda da, x, h, W, U: (W.T @ da, U.T @ da, np.outer(x, da), np.outer(da, h))),
    ("dW_hh is transposed", lambda da, x, h, W, U: (W.T @ da, U.T @ da, np.outer(da, x), np.outer(h, da))),
    (
        "in another order; return dx_t, dh_prev, dW_ih, dW_hh",
        lambda da, x, h, W, U: (W.T @ da, U.T @ da, np.outer(da, h), np.outer(da, x)),
    ),
    ("right, but in another order", lambda da, x, h, W, U: (U.T @ da, W.T @ da, np.outer(da, x), np.outer(da, h))),
    (
        "dx_t is not added up",
        lambda da, x, h, W, U: (W * da[:, None], U * da[:, None], np.outer(da, x), np.outer(da, h)),
    ),
    ("does not depend on W_ih", lambda da, x, h, W, U: (W.T @ da, U.T @ da, W * da[:, None], U * da[:, None])),
    ("return 4 values", lambda da, x, h, W, U: (np.outer(da, x), np.outer(da, h))),
    (".T does nothing on a vector", lambda da, x, h, W, U: (W.T @ da, U.T @ da, da @ x.T, da @ h.T)),
    (".T does nothing on a vector", lambda da, x, h, W, U: (W.T @ da, U.T @ da, da.T @ x, da.T @ h)),
    ("look at the transposes", lambda da, x, h, W, U: (da @ W.T, da @ U.T, np.outer(da, x), np.outer(da, h))),
]


def batch(da, x_t, h_prev, W_ih, W_hh):
    return da @ W_ih, da @ W_hh, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def batch_by_a_loop(da, x_t, h_prev, W_ih, W_hh):
    dx, dh = np.empty_like(x_t), np.empty_like(h_prev)
    dW_ih, dW_hh, db = np.zeros_like(W_ih), np.zeros_like(W_hh), np.zeros(len(W_ih))
    for k in range(len(da)):
        dx[k], dh[k] = W_ih.T @ da[k], W_hh.T @ da[k]
        dW_ih += np.outer(da[k], x_t[k])
        dW_hh += np.outer(da[k], h_prev[k])
        db += da[k]
    return dx, dh, dW_ih, dW_hh, db


def batch_mean(da, *rest):
    dx, dh, *weights = batch(da, *rest)
    return dx, dh, *(w / len(da) for w in weights)


def batch_last_only(da, x_t, h_prev, W_ih, W_hh):
    for k in range(len(da)):
        dW_ih, dW_hh, db = np.outer(da[k], x_t[k]), np.outer(da[k], h_prev[k]), da[k]
    return da @ W_ih, da @ W_hh, dW_ih, dW_hh, db


BATCH = [batch, batch_by_a_loop]
BATCH_WRONG = [
    ("a sum, not a mean", lambda da, *a: [r / len(da) for r in batch(da, *a)]),
    ("right shapes in another order", lambda da, *a: (lambda x, h, *w: (*w, 2 * x, h))(*batch(da, *a))),
    ("dx_t has shape (2, 3)", lambda da, x, h, W, U: (W.T @ da.T, U.T @ da.T, *batch(da, x, h, W, U)[2:])),
    ("are a mean over the batch", batch_mean),
    ("db must be added up over the batch", lambda da, *a: (*batch(da, *a)[:4], da)),
    ("db is added up over the wrong axis", lambda da, *a: (*batch(da, *a)[:4], da.sum(axis=1))),
    ("dW_ih is transposed", lambda da, x, h, W, U: (da @ W, da @ U, x.T @ da, h.T @ da, da.sum(axis=0))),
    ("dW_hh is transposed", lambda da, x, h, W, U: (da @ W, da @ U, da.T @ x, h.T @ da, da.sum(axis=0))),
    (
        "dW_ih holds a matrix for each sequence",
        lambda da, x, h, W, U: (
            da @ W,
            da @ U,
            da[:, :, None] * x[:, None],
            da[:, :, None] * h[:, None],
            da.sum(axis=0),
        ),
    ),
    ("look at the transposes", lambda da, x, h, W, U: (da @ W.T, da @ U.T, da.T @ x, da.T @ h, da.sum(axis=0))),
    ("only one sequence of the batch counts", batch_last_only),
    ("are added up over the batch; each", lambda *a: (*(r.sum(axis=0) for r in batch(*a)[:2]), *batch(*a)[2:])),
]


# 6. The whole step.


def step(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b, change=""):
    i, f, g, o = gates(x_t, h_prev, W_ih, W_hh, b)
    c_t = f * c_prev + i * g
    total = dc_t + dh_t * o * (1 - np.tanh(c_t) ** 2)
    if change == "h path":
        total = dc_t
    if change == "c path":
        total = total - dc_t
    if change == "no o":
        total = dc_t + dh_t * (1 - np.tanh(c_t) ** 2)
    if change == "no slope":
        total = dc_t + dh_t * o
    if change == "cell squashed":
        c_t = np.tanh(c_t)
        total = dc_t + dh_t * o * (1 - np.tanh(c_t) ** 2)
    if change == "dc twice":
        total = total + dc_t
    if change == "h path twice":
        total = 2 * total - dc_t
    if change == "slope at c_prev":
        total = dc_t + dh_t * o * (1 - np.tanh(c_prev) ** 2)
    changed = {"tanh for its derivative": {"g": "dc * i * g"}, "no sigma": {"i": "dc * g"}, "forgot f": {"f": "0 * f"}}
    changed |= {"order": {"order": "fiog"}, "c_t for c_prev": {"f": "dc * c_t * f * (1 - f)"}}
    da = d_gates(
        dh_t, dc_t if change == "given to the gates" else total, c_prev, c_t, i, f, g, o, **changed.get(change, {})
    )
    dx, dh, dW_ih, dW_hh, db = batch(da, x_t, h_prev, W_ih, W_hh)
    dc_prev = total * f
    if change == "no forget":
        dc_prev = total
    if change == "given":
        dc_prev = dc_t * f
    if change == "times c_prev":
        dc_prev = dc_prev * c_prev
    if change == "slope of f":
        dc_prev = dc_prev * (1 - f)
    if change == "states exchanged":
        dh, dc_prev = dc_prev, dh
    if change == "negative":
        return [-d for d in (dx, dh, dc_prev, dW_ih, dW_hh, db)]
    if change == "weights first":
        return dW_ih, dW_hh, db, dx, dh, 0 * dc_prev
    if change == "input gate":
        dc_prev = total * i
    if change == "dh_t goes on":
        dh = dh + dh_t
    if change == "exchanged":
        dW_ih, dW_hh = dW_hh, dW_ih
    if change == "h_t":
        dW_hh = da.T @ (o * np.tanh(c_t))
    if change == "mean":
        dW_ih, dW_hh, db = (w / len(da) for w in (dW_ih, dW_hh, db))
    if change == "db":
        db = da
    if change == "transposed":
        dW_hh = dW_hh.T
    return dx, dh, dc_prev, dW_ih, dW_hh, db


def step_unstacked(dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b):
    i, f, g, o = gates(x_t, h_prev, W_ih, W_hh, b)
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc_t + dh_t * o * (1 - tanh_c**2)
    slopes = [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g**2), dh_t * tanh_c * o * (1 - o)]
    W, U = np.split(W_ih, 4), np.split(W_hh, 4)
    dx = sum(s @ w for s, w in zip(slopes, W, strict=True))
    dh = sum(s @ u for s, u in zip(slopes, U, strict=True))
    dW, dU = np.vstack([s.T @ x_t for s in slopes]), np.vstack([s.T @ h_prev for s in slopes])
    return dx, dh, dc * f, dW, dU, np.hstack([s.sum(axis=0) for s in slopes])


def changed_step(change):
    return lambda *arguments: step(*arguments, change=change)


STEP = [lambda *a: step(*a), step_unstacked]
STEP_WRONG = [
    ("made with the new state h_t", changed_step("h_t")),
    ("dW_hh is transposed", changed_step("transposed")),
    ("are a mean over the batch", changed_step("mean")),
    ("db must be added up", changed_step("db")),
    ("must pass the forget gate", changed_step("no forget")),
    ("dc_prev must be made from the whole", changed_step("given")),
    ("dc_prev passes the input gate", changed_step("input gate")),
    ("a_i, a_f, a_g: made with the dc_t that was given", changed_step("given to the gates")),
    ("what reaches the cell through h_t is missing", changed_step("h path")),
    ("is lost on its way into the cell", changed_step("c path")),
    ("the output gate is missing on the way", changed_step("no o")),
    ("1 - tanh(c_t)**2 is missing on the way", changed_step("no slope")),
    ("is taken at c_prev", changed_step("slope at c_prev")),
    ("dh_t itself does not go on", changed_step("dh_t goes on")),
    ("right, but in another order", changed_step("exchanged")),
    ("a_g: tanh itself stands where its derivative", changed_step("tanh for its derivative")),
    ("a_i: the derivative of the sigmoid", changed_step("no sigma")),
    ("a_f: all zero", changed_step("forgot f")),
    ("a_f: f multiplies the old cell", changed_step("c_t for c_prev")),
    ("order f i o g; the book's", changed_step("order")),
    ("without another tanh", changed_step("cell squashed")),
    ("the dc_t that was given is added twice", changed_step("dc twice")),
    ("what comes through h_t is added twice", changed_step("h path twice")),
    ("right, but in another order", changed_step("states exchanged")),
    ("without c_prev: that factor belongs to df", changed_step("times c_prev")),
    ("without 1 - f", changed_step("slope of f")),
    ("the sign of all gradients is turned round", changed_step("negative")),
    ("right shapes in another order", changed_step("weights first")),
]


# 7. The loop over time.


def loop(dhs, xs, hs, cs, h_0, c_0, W_ih, W_hh, b, change=""):
    T = xs.shape[1]
    dxs = np.zeros(xs.shape)
    dW_ih, dW_hh, db = np.zeros(W_ih.shape), np.zeros(W_hh.shape), np.zeros(b.shape)
    dh, dc = np.zeros_like(h_0), np.zeros_like(c_0)
    order = range(T) if change == "forwards" else range(T - 1, -1, -1)
    if change in ("no first", "no last"):
        order = list(order)[:-1] if change == "no first" else list(order)[1:]
    for t in order:
        if t == 0 and change != "last for first":
            h_prev, c_prev = h_0, c_0
        else:
            h_prev, c_prev = hs[:, t - 1], cs[:, t - 1]
        if t == 0 and change == "zeros":
            h_prev, c_prev = 0 * h_0, 0 * c_0
        if change == "states after":
            h_prev, c_prev = hs[:, t], cs[:, t]
        if change == "cell after":
            c_prev = cs[:, t]
        given = dh + dhs[:, t]
        if change == "shifted":
            given = dh + dhs[:, t - 1]
        if change == "twice" and t < T - 1:
            given = given + dhs[:, t]
        if change == "h dropped":
            given = dhs[:, t]
        if change == "only the last" and t < T - 1:
            given = dh
        if change == "c dropped":
            dc = np.zeros_like(dc)
        if change == "both dropped":
            given, dc = dhs[:, t], 0 * dc
        inner = change if change in ("no forget", "h_t", "mean", "forgot f", "no sigma") else ""
        dxs[:, t], dh, dc, d_ih, d_hh, d_b = step(given, dc, xs[:, t], h_prev, c_prev, W_ih, W_hh, b, change=inner)
        if change == "not added":
            dW_ih, dW_hh, db = d_ih, d_hh, d_b
        else:
            dW_ih, dW_hh, db = dW_ih + d_ih, dW_hh + d_hh, db + d_b
    if change == "mean of steps":
        dW_ih, dW_hh, db = dW_ih / T, dW_hh / T, db / T
    if change == "reversed":
        dxs = dxs[:, ::-1]
    if change == "order":
        return dW_ih, dW_hh, db, dxs, dh, dc
    return dxs, dh, dc, dW_ih, dW_hh, db


def loop_with_lists(dhs, xs, hs, cs, h_0, c_0, W_ih, W_hh, b):
    before_h = np.concatenate([h_0[:, None], hs], axis=1)
    before_c = np.concatenate([c_0[:, None], cs], axis=1)
    carried, dxs, parts = (0 * h_0, 0 * c_0), [], []
    for t in reversed(range(xs.shape[1])):
        found = step_unstacked(
            carried[0] + dhs[:, t], carried[1], xs[:, t], before_h[:, t], before_c[:, t], W_ih, W_hh, b
        )
        dxs.insert(0, found[0])
        carried = found[1:3]
        parts.append(found[3:])
    return np.stack(dxs, axis=1), *carried, *(sum(p) for p in zip(*parts, strict=True))


def changed_loop(change):
    return lambda *arguments: loop(*arguments, change=change)


def loop_as_it_goes_wrong(dhs, xs, hs, cs, h_0, c_0, *weights, change=""):
    """Go back in other ways than the book's, with a mistake in them."""
    B, T, H = dhs.shape
    dh, dc = np.zeros((B, H)), np.zeros((B, H))
    if change == "one array":
        dh = dc = np.zeros((B, H))
    if change == "ones":
        dc = np.ones((B, H))
    if change == "last twice":
        dh = dhs[:, -1].copy()
    dxs, sums = [], [0 * w for w in weights]
    for t in reversed(range(1, T) if change == "from 1" else range(4) if change == "four" else range(T)):
        h_prev, c_prev = (hs[:, t - 1], cs[:, t - 1]) if t else (h_0, c_0)
        if t == 0 and change in ("c zeros", "c last", "c zeros, dh kept"):
            c_prev = cs[:, -1] if change == "c last" else 0 * c_0
        if t == 0 and change in ("h zeros", "h last"):
            h_prev = 0 * h_0 if change == "h zeros" else hs[:, -1]
        dh += dhs[:, t]
        told = dh.copy(), dc.copy()
        dx, dh, dc, *parts = step_unstacked(*told, xs[:, t], h_prev, c_prev, *weights)
        if change in ("dh kept", "c zeros, dh kept"):
            dh = dh + told[0]
        if change == "dc kept":
            dc = dc + told[1]
        if change == "both kept":
            dh, dc = dh + told[0], dc + told[1]
        if change == "exchanged":
            dh, dc = dc, dh
        dxs.append(dx)
        sums = [a + p for a, p in zip(sums, parts, strict=True)]
    if change == "list":
        return dxs[::-1], dh, dc, *sums
    if change == "axis 0":
        return np.stack(dxs[::-1]), dh, dc, *sums
    if change == "axis 0, unreversed":
        return np.stack(dxs), dh, dc, *sums
    return np.stack(dxs if change == "unreversed" else dxs[::-1], axis=1), dh, dc, *sums


def going_wrong(change):
    return lambda *arguments: loop_as_it_goes_wrong(*arguments, change=change)


LOOP = [lambda *a: loop(*a), loop_with_lists, loop_as_it_goes_wrong]
LOOP_WRONG = [
    ("the loop runs forwards", changed_loop("forwards")),
    ("at t = 0, hs[:, t - 1] is the last step", changed_loop("last for first")),
    ("not from zeros", changed_loop("zeros")),
    ("not from hs[:, t] and cs[:, t]", changed_loop("states after")),
    ("the cell before step t is", changed_loop("cell after")),
    ("dhs is shifted by a step", changed_loop("shifted")),
    ("counts twice", changed_loop("twice")),
    ("the first step, t = 0, is left out", changed_loop("no first")),
    ("the last step is left out", changed_loop("no last")),
    ("dxs is in reverse order", changed_loop("reversed")),
    ("right, but in another order", changed_loop("order")),
    ("path through h is dropped", changed_loop("h dropped")),
    ("path through c is dropped", changed_loop("c dropped")),
    ("know nothing of each other", changed_loop("both dropped")),
    ("reaches only the last step", changed_loop("only the last")),
    ("not added up over the steps", changed_loop("not added")),
    ("are a mean over the steps", changed_loop("mean of steps")),
    ("are a mean over the batch", changed_loop("mean")),
    ("must pass the forget gate", changed_loop("no forget")),
    ("made with the new state h_t", changed_loop("h_t")),
    ("a_f: all zero", changed_loop("forgot f")),
    ("a_i: the derivative of the sigmoid", changed_loop("no sigma")),
    ("dxs is in reverse order", going_wrong("unreversed")),
    ("the steps of dxs stand on axis 0", going_wrong("list")),
    ("the steps of dxs stand on axis 0", going_wrong("axis 0")),
    ("on axis 0, and the last comes first", going_wrong("axis 0, unreversed")),
    ("dh and dc are two names of one array", going_wrong("one array")),
    ("dc starts as zeros", going_wrong("ones")),
    ("the last step is told dhs[:, -1] twice", going_wrong("last twice")),
    ("dxs has a step too few", going_wrong("from 1")),
    ("the cell is c_0", going_wrong("c zeros")),
    ("the cell is c_0", going_wrong("c last")),
    ("the hidden state is h_0", going_wrong("h zeros")),
    ("the hidden state is h_0", going_wrong("h last")),
    ("dh is what the step returns alone", going_wrong("dh kept")),
    ("dc is what the step returns alone", going_wrong("dc kept")),
    ("dh and dc are what the step returns alone", going_wrong("both kept")),
    ("dh and dc are exchanged", going_wrong("exchanged")),
    ("or does that step start from zeros, not from c_0", going_wrong("c zeros, dh kept")),
    ("right for 4 steps", going_wrong("four")),
    ("the sign of all gradients is turned round", lambda *a: [-d for d in loop(*a)]),
]


# 8. Truncation.


def sequence(xs, h, c, W_ih, W_hh, b):
    hs, cs = [], []
    for t in range(xs.shape[1]):
        i, f, g, o = gates(xs[:, t], h, W_ih, W_hh, b)
        c = f * c + i * g
        h = o * np.tanh(c)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


def truncated(dhs, xs, h_0, c_0, W_ih, W_hh, b, k, change=""):
    weights = (W_ih, W_hh, b)
    h, c = h_0, c_0
    if change == "start":
        h, c = 0 * h, 0 * c
    totals, all_hs = [0 * w for w in weights], []
    T = xs.shape[1]
    if change == "whole":
        hs, cs = sequence(xs, h, c, *weights)
        return hs, *loop(dhs, xs, hs, cs, h, c, *weights)[3:]
    if change == "short":
        T -= T % k
    for start in range(0, T, k):
        stop = min(start + k, T)
        hs, cs = sequence(xs[:, start:stop], h, c, *weights)
        told = dhs[:, : stop - start] if change == "first dhs" else dhs[:, start:stop]
        back_to = {"back to h_0": (h_0, c_0), "back to zeros": (0 * h_0, 0 * c_0)}.get(change, (h, c))
        parts = loop(told, xs[:, start:stop], hs, cs, *back_to, *weights)[3:]
        totals = [a + p for a, p in zip(totals, parts, strict=True)]
        if change == "last":
            totals = parts
        all_hs.append(hs)
        h, c = (hs[:, 0], cs[:, 0]) if change == "first state" else (hs[:, -1], cs[:, -1])
        if change in ("zeros", "only c"):
            h = 0 * h
        if change in ("zeros", "only h"):
            c = 0 * c
    if change == "short":
        all_hs.append(0 * xs[:, T:, :1] + 0 * h[:, None])
    return np.concatenate(all_hs, axis=1), *totals


def truncated_by_restarting(dhs, xs, h_0, c_0, W_ih, W_hh, b, k):
    hs, cs = sequence(xs, h_0, c_0, W_ih, W_hh, b)
    totals = np.zeros(W_ih.shape), np.zeros(W_hh.shape), np.zeros(b.shape)
    for start in reversed(range(0, xs.shape[1], k)):
        w = slice(start, start + k)
        h, c = (hs[:, start - 1], cs[:, start - 1]) if start else (h_0, c_0)
        for total, part in zip(
            totals, loop(dhs[:, w], xs[:, w], hs[:, w], cs[:, w], h, c, W_ih, W_hh, b)[3:], strict=True
        ):
            total += part
    return hs, *totals


def windows_as_they_go_wrong(dhs, xs, h_0, c_0, W_ih, W_hh, b, k, change=""):
    T, weights = xs.shape[1], (W_ih, W_hh, b)
    h, c, all_hs, totals = h_0, c_0, [], [0 * w for w in weights]
    k = 3 if change == "three" else k
    count = T // k + 1 if change == "one more" else -(-T // k)
    for w in range(count):
        window = slice(w * k, (w + 1) * k)
        if change == "zeros inside":
            h, c = 0 * h_0, 0 * c_0
        if change == "h_0 inside":
            h, c = h_0, c_0
        if change == "c at c_0":
            c = c_0
        if change == "h at h_0":
            h = h_0
        hs, cs = sequence(xs[:, window], h, c, *weights)
        start = h, c
        h, c = hs[:, -1], cs[:, -1]
        if change == "too early":
            start = h, c
        told = dhs if change == "dhs unsliced" else dhs[:, window]
        parts = loop_as_it_goes_wrong(told[:, : hs.shape[1]], xs[:, window], hs, cs, *start, *weights)[3:]
        totals = [a + p for a, p in zip(totals, parts, strict=True)]
        all_hs.append(hs)
    if change in ("only dh", "only dc"):
        hs, cs = sequence(xs, h_0, c_0, *weights)
        dh, dc, totals = 0 * h_0, 0 * c_0, [0 * w for w in weights]
        for t in reversed(range(T)):
            before = (hs[:, t - 1], cs[:, t - 1]) if t else (h_0, c_0)
            _, dh, dc, *parts = step(dh + dhs[:, t], dc, xs[:, t], *before, *weights)
            totals = [a + p for a, p in zip(totals, parts, strict=True)]
            if t % k == 0:
                dh, dc = (0 * dh, dc) if change == "only dh" else (dh, 0 * dc)
    if change == "states as a list":
        return all_hs, *totals
    return np.concatenate(all_hs, axis=1), *totals


def wrong_windows(change):
    return lambda *arguments: windows_as_they_go_wrong(*arguments, change=change)


def changed_windows(change):
    return lambda *arguments: truncated(*arguments, change=change)


TRUNCATED = [lambda *a: truncated(*a), truncated_by_restarting, windows_as_they_go_wrong]
TRUNCATED_WRONG = [
    ("each window starts from zeros", changed_windows("zeros")),
    ("the cell is not carried over", changed_windows("only h")),
    ("the hidden state is not carried over", changed_windows("only c")),
    ("runs through all windows", changed_windows("whole")),
    ("only the last window counts", changed_windows("last")),
    ("shorter than k steps", changed_windows("short")),
    ("the first window starts from zeros", changed_windows("start")),
    ("takes the first k steps again", changed_windows("first dhs")),
    ("so backward it must, too; yours takes h_0", changed_windows("back to h_0")),
    ("so backward it must, too; yours takes zeros", changed_windows("back to zeros")),
    ("is the last of a window, not its first", changed_windows("first state")),
    ("with T = 6 and k = 2, where k divides T", wrong_windows("one more")),
    ("k = 3 is written into it", wrong_windows("three")),
    ("each window starts from zeros", wrong_windows("zeros inside")),
    ("each window starts from h_0 and c_0", wrong_windows("h_0 inside")),
    ("the cell is not carried over: each window starts from c_0", wrong_windows("c at c_0")),
    ("the hidden state is not carried over: each window starts from h_0", wrong_windows("h at h_0")),
    ("go on to the next window before the way back", wrong_windows("too early")),
    ("takes the first k steps again", wrong_windows("dhs unsliced")),
    ("dc still goes from window to window", wrong_windows("only dh")),
    ("dh still goes from window to window", wrong_windows("only dc")),
]


# 9. The layer.


class Layer:
    change = ""

    def __init__(self, W_ih, W_hh, b):
        self.weights = (W_ih, W_hh, b)

    def forward(self, xs):
        self.xs = xs
        self.start = np.zeros((len(xs), self.weights[1].shape[1]))
        self.hs, self.cs = sequence(xs, self.start, self.start, *self.weights)
        return self.hs

    def backward(self, dhs):
        change = self.change
        return loop(dhs, self.xs, self.hs, self.cs, self.start, self.start, *self.weights, change=change)[3:]


class LayerWithLists:
    def __init__(self, W_ih, W_hh, b):
        self.W_ih, self.W_hh, self.b = W_ih, W_hh, b

    def forward(self, xs):
        h = c = np.zeros((len(xs), len(self.b) // 4))
        self.steps, hs = [], []
        for x_t in xs.transpose(1, 0, 2):
            self.steps.append((x_t, h, c))
            i, f, g, o = gates(x_t, h, self.W_ih, self.W_hh, self.b)
            c = f * c + i * g
            h = o * np.tanh(c)
            hs.append(h)
        return np.stack(hs, axis=1)

    def backward(self, dhs):
        dh = dc = np.zeros(dhs[:, 0].shape)
        gradients = [0 * self.W_ih, 0 * self.W_hh, 0 * self.b]
        for t in range(len(self.steps))[::-1]:
            _, dh, dc, *parts = step(dhs[:, t] + dh, dc, *self.steps[t], self.W_ih, self.W_hh, self.b)
            gradients = [g + p for g, p in zip(gradients, parts, strict=True)]
        return gradients


class LayerThatNeverForgets(LayerWithLists):
    """Keeps the states of all forward passes in one list."""

    def __init__(self, *weights):
        super().__init__(*weights)
        self.kept = []

    def forward(self, xs):
        hs = super().forward(xs)
        self.kept += self.steps
        return hs

    def backward(self, dhs):
        self.steps = self.kept[: dhs.shape[1]]
        return super().backward(dhs)


class LayerThatSumsForEver(LayerWithLists):
    def __init__(self, *weights):
        super().__init__(*weights)
        self.sums = [0 * w for w in weights]

    def backward(self, dhs):
        self.sums = [s + g for s, g in zip(self.sums, super().backward(dhs), strict=True)]
        return self.sums


class LayerOfCopies(LayerWithLists):
    def __init__(self, *weights):
        super().__init__(*(w.copy() for w in weights))


class LayerThatGoesOn(Layer):
    """Starts where the last forward pass ended."""

    def forward(self, xs):
        h, c = getattr(self, "last", (np.zeros((len(xs), self.weights[1].shape[1])),) * 2)
        self.xs, self.start = xs, h
        self.hs, self.cs = sequence(xs, h, c, *self.weights)
        self.last = self.hs[:, -1], self.cs[:, -1]
        return self.hs


class LayerOfStatesBefore(Layer):
    def forward(self, xs):
        hs = super().forward(xs)
        return np.concatenate([self.start[:, None], hs[:, :-1]], axis=1)


class LayerWithoutItsCell(Layer):
    def forward(self, xs):
        h, hs = np.zeros((len(xs), self.weights[1].shape[1])), []
        for t in range(xs.shape[1]):
            i, _, g, o = gates(xs[:, t], h, *self.weights)
            h = o * np.tanh(i * g)
            hs.append(h)
        self.xs, self.start, self.hs = xs, 0 * h, np.stack(hs, axis=1)
        self.cs = 0 * self.hs
        return self.hs


class LayerThatReturnsItsState(Layer):
    def forward(self, xs):
        hs = super().forward(xs)
        return hs, (hs[:, -1], self.cs[:, -1])


class LayerThatReturnsAll(Layer):
    def backward(self, dhs):
        return loop(dhs, self.xs, self.hs, self.cs, self.start, self.start, *self.weights)


class LayerThatReturnsADictionary(LayerWithLists):
    def backward(self, dhs):
        return dict(zip(("W_ih", "W_hh", "b"), super().backward(dhs), strict=True))


class LayerInTimeFirst(LayerWithLists):
    def forward(self, xs):
        return super().forward(xs).transpose(1, 0, 2)


class LayerThatNegates(LayerWithLists):
    def backward(self, dhs):
        return [-g for g in super().backward(dhs)]


class LayerOfFourSteps(LayerWithLists):
    def forward(self, xs):
        return np.concatenate([super().forward(xs[:, :4]), np.zeros((len(xs), xs.shape[1] - 4, len(self.b) // 4))], 1)


def changed_layer(change):
    return type("Changed", (Layer,), {"change": change})


def layer_going_wrong(change):
    def backward(self, dhs):
        return loop_as_it_goes_wrong(
            dhs, self.xs, self.hs, self.cs, self.start, self.start, *self.weights, change=change
        )[3:]

    return type("GoingWrong", (Layer,), {"backward": backward})


LAYER = [Layer, LayerWithLists]
LAYER_WRONG = [
    ("second backward gives other gradients", LayerThatNeverForgets),
    ("second backward gives other gradients", LayerThatSumsForEver),
    ("does not follow its weights", LayerOfCopies),
    ("second forward gives other hidden states", LayerThatGoesOn),
    ("forward must return one array", LayerThatReturnsItsState),
    ("backward must return 3 arrays (dW_ih, dW_hh, db), not 6", LayerThatReturnsAll),
    ("it returned a dictionary", LayerThatReturnsADictionary),
    ("hs has shape (4, 3, 5)", LayerInTimeFirst),
    ("asks for a class", loop),
    ("forward: hs[:, t] must be the state after", LayerOfStatesBefore),
    ("forward: the cell is not carried", LayerWithoutItsCell),
    ("path through h is dropped", changed_layer("h dropped")),
    ("path through c is dropped", changed_layer("c dropped")),
    ("know nothing of each other", changed_layer("both dropped")),
    ("the loop runs forwards", changed_layer("forwards")),
    ("not added up over the steps", changed_layer("not added")),
    ("are a mean over the steps", changed_layer("mean of steps")),
    ("are a mean over the batch", changed_layer("mean")),
    ("must pass the forget gate", changed_layer("no forget")),
    ("made with the new state h_t", changed_layer("h_t")),
    ("only the last step", changed_layer("only the last")),
    ("only block f is wrong", changed_layer("forgot f")),
    ("a_i: the derivative of the sigmoid", changed_layer("no sigma")),
    ("the sign of all gradients is turned round", LayerThatNegates),
    ("right for 4 steps", LayerOfFourSteps),
    ("at t = 0, hs[:, t - 1] is the last step", changed_layer("last for first")),
    ("dh and dc are two names of one array", layer_going_wrong("one array")),
    ("the last step is told dhs[:, -1] twice", layer_going_wrong("last twice")),
    ("dh is what the step returns alone", layer_going_wrong("dh kept")),
    ("dc is what the step returns alone", layer_going_wrong("dc kept")),
    ("dh and dc are exchanged", layer_going_wrong("exchanged")),
    ("the first step, t = 0, is left out", layer_going_wrong("from 1")),
    ("right shapes in another order", type("B", (Layer,), {"backward": lambda s, d: Layer.backward(s, 2 * d)[::-1]})),
]


# 10. The simple network, 11. the GRU.


def rnn(dh_t, x_t, h_prev, W_ih, W_hh, b, change=""):
    h_t = np.tanh(x_t @ W_ih.T + h_prev @ W_hh.T + b)
    a = x_t @ W_ih.T + h_prev @ W_hh.T + b
    slope = {
        "none": 1,
        "a": 1 - a**2,
        "again": 1 - np.tanh(h_t) ** 2,
        "h_prev": 1 - h_prev**2,
        "tanh": h_t,
        "square": 1 - h_t,
    }.get(change, 1 - h_t**2)
    da = dh_t * slope
    dx, dh, dW_ih, dW_hh, db = da @ W_ih, da @ W_hh, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)
    if change == "untransposed":
        dh = da @ W_hh.T
    if change == "dW_hh":
        dW_hh = dW_hh.T
    if change == "h_t":
        dW_hh = da.T @ h_t
    if change == "mean":
        dW_ih, dW_hh, db = dW_ih / len(da), dW_hh / len(da), da.mean(axis=0)
    if change == "db":
        db = da
    return dx, dh, dW_ih, dW_hh, db


def rnn_by_sequence(dh_t, x_t, h_prev, W_ih, W_hh, b):
    parts = []
    for dh, x, h in zip(dh_t, x_t, h_prev, strict=True):
        da = dh / np.cosh(W_ih @ x + W_hh @ h + b) ** 2
        parts.append((W_ih.T @ da, W_hh.T @ da, np.outer(da, x), np.outer(da, h), da))
    dx, dh, *weights = (np.array(part) for part in zip(*parts, strict=True))
    return dx, dh, *(w.sum(axis=0) for w in weights)


def changed_rnn(change):
    return lambda *arguments: rnn(*arguments, change=change)


RNN = [lambda *a: rnn(*a), rnn_by_sequence]
RNN_WRONG = [
    ("the derivative of tanh, 1 - tanh**2, is missing", changed_rnn("none")),
    ("with the new state h_t, not h_prev", changed_rnn("h_prev")),
    ("tanh itself stands where its derivative", changed_rnn("tanh")),
    ("the square is missing", changed_rnn("square")),
    ("yours squares a", changed_rnn("a")),
    ("squashed already", changed_rnn("again")),
    ("dh_prev goes back through W_hh itself", changed_rnn("untransposed")),
    ("dW_hh is transposed", changed_rnn("dW_hh")),
    ("made with the new state h_t", changed_rnn("h_t")),
    ("are a mean over the batch", changed_rnn("mean")),
    ("db must be added up", changed_rnn("db")),
]


def gru(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn, change=""):
    x_r, x_z, x_n = np.split(x_t @ W_ih.T + b, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ W_hh.T, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + b_hn))
    dn = dh_t * (z if change == "z for 1 - z" else 1 - z)
    dz = dh_t * {"only h_prev": h_prev, "sign": n - h_prev}.get(change, h_prev - n)
    da_n = dn * {"no tanh": 1, "tanh": n}.get(change, 1 - n**2)
    dr = da_n * (h_n if change == "no b_hn" else h_n + b_hn)
    da_z = dz if change == "no sigma" else dz * z * (1 - z)
    if change == "dr from dn":
        dr = dn * (h_n + b_hn)
    da_r = 0 * dr if change == "forgot r" else dr * r * (1 - r)
    da = np.concatenate([da_r, da_z, da_n], axis=1)
    reset = np.concatenate([da_r, da_z, da_n if change in ("no reset", "no reset in W") else da_n * r], axis=1)
    if change == "reset in both":
        da = reset
    direct = {"direct": 0, "1 - z": dh_t * (1 - z), "all of it": dh_t}.get(change, dh_t * z)
    dh_prev = reset @ W_hh + direct
    if change.startswith("without "):
        lost = "rzn".index(change[-1])
        dh_prev = dh_prev - np.split(reset, 3, axis=1)[lost] @ np.split(W_hh, 3)[lost]
    db_hn = (da_n if change in ("no reset", "db_hn") else da_n * r).sum(axis=0)
    dW_ih, dW_hh, db = da.T @ x_t, reset.T @ h_prev, da.sum(axis=0)
    if change == "W_hh from da":
        dW_hh = da.T @ h_prev
    if change == "dh from da":
        dh_prev = da @ W_hh + direct
    if change == "x from reset":
        return reset @ W_ih, dh_prev, dW_ih, dW_hh, db, db_hn
    if change == "W_ih from reset":
        dW_ih = reset.T @ x_t
    if change == "db from reset":
        db = reset.sum(axis=0)
    if change == "reset first":
        product = da_n.T @ (r * h_prev)
        dW_hh = np.vstack([np.split(dW_hh, 3)[0], np.split(dW_hh, 3)[1], product])
        dh_prev = da[:, : -len(b_hn)] @ W_hh[: -len(b_hn)] + r * (da_n @ W_hh[-len(b_hn) :]) + direct
    if change == "unsummed b_hn":
        db_hn = da_n * r
    if change == "mean":
        dW_ih, dW_hh, db, db_hn = (w / len(da) for w in (dW_ih, dW_hh, db, db_hn))
    return da @ W_ih, dh_prev, dW_ih, dW_hh, db, db_hn


def gru_by_blocks(dh_t, x_t, h_prev, W_ih, W_hh, b, b_hn):
    (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n) = np.split(W_ih, 3), np.split(W_hh, 3), np.split(b, 3)
    r = sigmoid(x_t @ W_r.T + h_prev @ U_r.T + b_r)
    z = sigmoid(x_t @ W_z.T + h_prev @ U_z.T + b_z)
    q = h_prev @ U_n.T + b_hn
    n = np.tanh(x_t @ W_n.T + b_n + r * q)
    a_n = dh_t * (1 - z) * (1 - n**2)
    a_z = dh_t * (h_prev - n) * z * (1 - z)
    a_r = a_n * q * r * (1 - r)
    dx = a_r @ W_r + a_z @ W_z + a_n @ W_n
    dh = a_r @ U_r + a_z @ U_z + (a_n * r) @ U_n + dh_t * z
    dW = np.vstack([a.T @ x_t for a in (a_r, a_z, a_n)])
    dU = np.vstack([a.T @ h_prev for a in (a_r, a_z, a_n * r)])
    return dx, dh, dW, dU, np.hstack([a.sum(axis=0) for a in (a_r, a_z, a_n)]), (a_n * r).sum(axis=0)


def changed_gru(change):
    return lambda *arguments: gru(*arguments, change=change)


GRU = [lambda *a: gru(*a), gru_by_blocks]
GRU_WRONG = [
    ("the reset gate is left out: r stands before", changed_gru("no reset")),
    ("the reset gate is left out of dW_hh", changed_gru("no reset in W")),
    ("db_hn lacks the reset gate", changed_gru("db_hn")),
    ("the direct path is missing", changed_gru("direct")),
    ("n is let in by 1 - z, not by z", changed_gru("z for 1 - z")),
    ("z also stands in front of n", changed_gru("only h_prev")),
    ("the sign is turned round", changed_gru("sign")),
    ("a_n: the derivative of tanh, 1 - tanh**2, is missing", changed_gru("no tanh")),
    ("a_n: tanh itself stands", changed_gru("tanh")),
    ("r also multiplies the bias b_hn", changed_gru("no b_hn")),
    ("a_z: the derivative of the sigmoid", changed_gru("no sigma")),
    ("a_r: all zero", changed_gru("forgot r")),
    ("the slope of n's tanh is missing on the way to r", changed_gru("dr from dn")),
    ("one block n for both: r stands", changed_gru("reset in both")),
    ("the direct path is multiplied by z, not by 1 - z", changed_gru("1 - z")),
    ("the direct path lacks its factor z", changed_gru("all of it")),
    *((f"the way of h_prev through {gate} is missing", changed_gru(f"without {gate}")) for gate in "rzn"),
    ("dW_hh is made with block n of what meets W_ih", changed_gru("W_hh from da")),
    ("dh_prev is made with block n of what meets W_ih", changed_gru("dh from da")),
    ("dx_t is made with block n of what meets W_hh", changed_gru("x from reset")),
    ("dW_ih is made with block n of what meets W_hh", changed_gru("W_ih from reset")),
    ("db is made with block n of what meets W_hh", changed_gru("db from reset")),
    ("r multiplies the product with W_hh, not h_prev before it", changed_gru("reset first")),
    ("db_hn must be added up over the batch", changed_gru("unsummed b_hn")),
    ("are a mean over the batch", changed_gru("mean")),
]

RIGHT = {
    "d_output": D_OUTPUT,
    "d_cell": D_CELL,
    "d_gates": D_GATES,
    "products": PRODUCTS,
    "batch": BATCH,
    "step": STEP,
    "loop": LOOP,
    "truncated": TRUNCATED,
    "layer": LAYER,
    "rnn_backward": RNN,
    "gru_backward": GRU,
}
WRONG = {
    "d_output": D_OUTPUT_WRONG,
    "d_cell": D_CELL_WRONG,
    "d_gates": D_GATES_WRONG,
    "products": PRODUCTS_WRONG,
    "batch": BATCH_WRONG,
    "step": STEP_WRONG,
    "loop": LOOP_WRONG,
    "truncated": TRUNCATED_WRONG,
    "layer": LAYER_WRONG,
    "rnn_backward": RNN_WRONG,
    "gru_backward": GRU_WRONG,
}
