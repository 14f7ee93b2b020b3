"""Exercises of chapter ``02_numpy_lstm``: backward through one step of an LSTM, equation by equation."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.backward import WEIGHTS, BackwardCheck, Row
from lstm_lib.checks.blocks import alike
from lstm_lib.checks.lstm_blocks import d_gates, lstm_blocks
from lstm_lib.checks.probes import D, H, drawn
from lstm_lib.checks.signs import imitates
from lstm_lib.checks.supervised import Stopped
from lstm_lib.core.functions import sigmoid

# Step 1: the output gate.
GATES = dict.fromkeys("ifgo", "B H")


def _as_list(draw):
    return lambda rng: list(draw(rng).values())


def _squashed(arrays):
    squash = {"i": sigmoid, "f": sigmoid, "g": np.tanh, "o": sigmoid}
    return {name: squash[name](a) if name in squash else a for name, a in arrays.items()}


def _drawn_squashed(shapes):
    draw = drawn(shapes)
    return lambda rng, sizes=(): _squashed(draw(rng, sizes))


D_OUTPUT = FunctionCheck(
    lambda dh_t, o, c_t: dh_t * np.tanh(c_t),
    _as_list(_drawn_squashed({"dh_t": "B H", "o": "B H", "c_t": "B H"})),
    ("do",),
    {
        "h_t is o times tanh(c_t): the tanh is missing": lambda dh, o, c: dh * c,
        "that is the way into the cell; into o, the other factor of h_t counts: tanh(c_t)": lambda dh, o, c: (
            dh * o * (1 - np.tanh(c) ** 2)
        ),
        "1 - tanh(c_t)**2 belongs to the way into the cell; o is multiplied by tanh(c_t) itself": lambda dh, o, c: (
            dh * (1 - np.tanh(c) ** 2)
        ),
        "dh_t is missing: how much the loss cares about h_t": lambda dh, o, c: np.tanh(c) + 0 * dh,
        "that is one step too far: o * (1 - o) leads on to a_o, and comes in step 3": lambda dh, o, c: (
            dh * np.tanh(c) * o * (1 - o)
        ),
        "o is a factor too many: the derivative of o times tanh(c_t) by o is tanh(c_t)": lambda dh, o, c: (
            dh * np.tanh(c) * o
        ),
        "the factor is o itself; the derivative by o is the other factor, tanh(c_t)": lambda dh, o, c: dh * o,
    },
)


# Step 2: both ways into the cell.
def _both(through_h, later=1.0):
    return lambda dh_t, dc_t, o, c_t: later * dc_t + dh_t * through_h(o, c_t)


def _slope(c_t):
    return 1 - np.tanh(c_t) ** 2


D_CELL = FunctionCheck(
    _both(lambda o, c: o * (1 - np.tanh(c) ** 2)),
    _as_list(_drawn_squashed({"dh_t": "B H", "dc_t": "B H", "o": "B H", "c_t": "B H"})),
    ("dc_t",),
    {
        "what later steps say, the dc_t that was given, is lost: add to it": _both(
            lambda o, c: o * (1 - np.tanh(c) ** 2), later=0.0
        ),
        "the way through h_t is missing: c_t also stands in h_t = o * tanh(c_t)": _both(lambda o, c: 0 * o),
        "the output gate is missing on the way through h_t": _both(lambda o, c: 1 - np.tanh(c) ** 2),
        "the derivative of tanh(c_t), 1 - tanh(c_t)**2, is missing": _both(lambda o, c: o),
        "tanh(c_t) stands where its derivative, 1 - tanh(c_t)**2, belongs": _both(lambda o, c: o * np.tanh(c)),
        "the square is missing: the derivative is 1 - tanh(c_t)**2": _both(lambda o, c: o * (1 - np.tanh(c))),
        "the derivative is 1 - tanh(c_t)**2; yours is 1 - c_t**2": _both(lambda o, c: o * (1 - c**2)),
        "the two ways are multiplied; what reaches c_t on two ways is added": lambda dh, dc, o, c: (
            dc * dh * o * (1 - np.tanh(c) ** 2)
        ),
        "the output gate acts on the way through h_t alone, not on the dc_t that was given": lambda dh, dc, o, c: (
            (dc + dh * (1 - np.tanh(c) ** 2)) * o
        ),
        "the tanh stands on the way through h_t alone; what later steps say does not pass it": lambda dh, dc, o, c: (
            (dc + dh * o) * _slope(c)
        ),
        "the square is inside the tanh; it is 1 - np.tanh(c_t) ** 2": _both(lambda o, c: o * (1 - np.tanh(c**2))),
        "the sign is turned round on the way through h_t; the two ways are added": _both(lambda o, c: -o * _slope(c)),
    },
)


# Step 3: the four pre-activations.
def _with_the_cell_again(dh_t, dc_t, c_prev, c_t, i, f, g, o):
    return d_gates(dh_t, dc_t + dh_t * o * _slope(c_t), c_prev, c_t, i, f, g, o)


def _squashed_again(dh_t, dc_t, c_prev, c_t, i, f, g, o):
    return d_gates(dh_t, dc_t, c_prev, c_t, sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o))


def _interleaved(*arguments):
    return np.stack(np.split(d_gates(*arguments), 4, axis=1), axis=2).reshape(len(arguments[0]), -1)


D_GATES = BackwardCheck(
    d_gates,
    _drawn_squashed({**dict.fromkeys(("dh_t", "dc_t", "c_prev", "c_t"), "B H"), **GATES}),
    ("da",),
    rows=(
        Row("dc_t is the whole one already; what comes through h_t is in it", sign=imitates(_with_the_cell_again)),
        Row("i, f, g, o are squashed already; use them as they are given", sign=imitates(_squashed_again)),
        Row("the blocks are interleaved; the four stand one after the other", sign=imitates(_interleaved)),
    ),
    blocks=lambda arguments: lstm_blocks(**arguments),
    blocks_in="da",
    blocks_on="as it is",
)


# Step 4: the products of one sequence. Step 5: those of a batch.
def _products(da, x_t, h_prev, W_ih, W_hh):
    return W_ih.T @ da, W_hh.T @ da, np.outer(da, x_t), np.outer(da, h_prev)


def batch(da: np.ndarray, x_t: np.ndarray, h_prev: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray) -> tuple:
    """Return the gradients of ``x_t, h_prev, W_ih, W_hh, b`` for that of the pre-activations, (B, 4H)."""
    return da @ W_ih, da @ W_hh, da.T @ x_t, da.T @ h_prev, da.sum(axis=0)


def _one_of_thebatch(k):
    return lambda da, x, h, W, U: (None, None, np.outer(da[k], x[k]), np.outer(da[k], h[k]), da[k])


def _outer_not_added_up(name, left, right):
    """See one matrix for each sequence."""

    def sign(case):
        arguments, returned, _ = case.on()
        return name in case.wrong() and alike(returned[name], arguments[left][:, :, None] * arguments[right][:, None])

    return sign


class _OfVectors(BackwardCheck):
    """A check that tells a product of two vectors from one with a matrix, where sizes do not fit."""

    def __call__(self, answer):
        """Return ``""`` if ``answer`` agrees with the reference, else a hint."""
        try:
            return super().__call__(answer)
        except Stopped as stopped:
            if "into a product" not in str(stopped) or not callable(answer):
                raise
            square = np.ones((4 * H, 4 * H))  # so that no product with a matrix can fail
            try:
                answer(np.ones(4 * H), np.ones(D), np.ones(H), square, square)
            except Stopped:
                return "two vectors do not fit into a product; .T does nothing on a vector, so take np.outer(da, x_t)"
            raise


PRODUCTS = _OfVectors(
    _products,
    drawn({"da": "4H", "x_t": "D", "h_prev": "H", "W_ih": "4H D", "W_hh": "4H H"}),
    ("dx_t", "dh_prev", "dW_ih", "dW_hh"),
    probes=(),
    rows=(
        Row(
            "dx_t is not added up: x_t acts on all rows of a, so add over them, W_ih.T @ da",
            sign=imitates(lambda da, x, h, W, U: (W * da[:, None], None, None, None)),
            shapes=True,
        ),
        Row(
            "dW_ih does not depend on W_ih: each number of W_ih met one number of x_t, so da and x_t make it",
            sign=imitates(lambda da, x, h, W, U: (None, None, W * da[:, None], None)),
        ),
        Row(
            "dW_hh must be the outer product of da and h_prev; in yours da and h_prev are missing one another",
            sign=imitates(lambda da, x, h, W, U: (None, None, None, np.outer(da, np.ones_like(h)))),
        ),
        Row(
            "dW_ih holds x_t alone: da, how much the loss cares about each row, is missing",
            sign=imitates(lambda da, x, h, W, U: (None, None, np.outer(np.ones_like(da), x), None)),
        ),
    ),
)
BATCH = BackwardCheck(
    batch,
    drawn({"da": "B 4H", "x_t": "B D", "h_prev": "B H", "W_ih": "4H D", "W_hh": "4H H"}),
    ("dx_t", "dh_prev", "dW_ih", "dW_hh", "db"),
    rows=(
        Row(
            "dW_ih holds a matrix for each sequence; add them up",
            sign=_outer_not_added_up("dW_ih", "da", "x_t"),
            shapes=True,
        ),
        Row(
            "dW_hh holds a matrix for each sequence; add them up",
            sign=_outer_not_added_up("dW_hh", "da", "h_prev"),
            shapes=True,
        ),
        Row(
            "only one sequence of the batch counts in the weights; add them all up",
            within=WEIGHTS,
            sign=lambda case: any(imitates(_one_of_thebatch(k))(case) for k in (0, -1)),
        ),
        Row(
            "dx_t and dh_prev are added up over the batch; each sequence has its own",
            sign=imitates(lambda *a: [r.sum(axis=0) for r in batch(*a)[:2]] + [None] * 3),
            shapes=True,
        ),
        Row(
            "db is added up over the wrong axis: over the batch, which is axis 0",
            sign=imitates(lambda da, *a: (None, None, None, None, da.sum(axis=1))),
            shapes=True,
        ),
    ),
)
