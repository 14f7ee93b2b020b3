"""What each of the four gates of an LSTM hands back, and what it would with a mistake in it."""

import numpy as np

from lstm_lib.gates import lstm_gates

Array = np.ndarray


def lstm_blocks(dh_t: Array, dc_t: Array, c_prev: Array, c_t: Array, i: Array, f: Array, g: Array, o: Array) -> dict:
    """Describe the four blocks of a step; ``dc_t`` holds both paths."""
    tanh_c = np.tanh(c_t)
    s = [v * (1 - v) for v in (i, f, o)]
    return {
        "i": (
            dc_t * g,
            i,
            "sigmoid",
            {
                "{blocks}: i multiplies g in the cell, so g must stand here, not i": dc_t * i * s[0],
                "{blocks}: the factor g, which i multiplies in the cell, is missing": dc_t * s[0],
                "{blocks}: i acts through the cell; dc_t belongs here, not dh_t": dh_t * g * s[0],
            },
        ),
        "f": (
            dc_t * c_prev,
            f,
            "sigmoid",
            {
                "{blocks}: f multiplies the old cell, c_prev, not c_t": dc_t * c_t * s[1],
                "{blocks}: the factor c_prev, which f multiplies, is missing": dc_t * s[1],
                "{blocks}: f acts through the cell; dc_t belongs here, not dh_t": dh_t * c_prev * s[1],
            },
        ),
        "g": (
            dc_t * i,
            g,
            "tanh",
            {
                "{blocks}: g multiplies i in the cell, so i must stand here, not g": dc_t * g * (1 - g**2),
                "{blocks}: the factor i, which g multiplies, is missing": dc_t * (1 - g**2),
                "{blocks}: g acts through the cell; dc_t belongs here, not dh_t": dh_t * i * (1 - g**2),
            },
        ),
        "o": (
            dh_t * tanh_c,
            o,
            "sigmoid",
            {
                "{blocks}: o acts on h_t alone; dh_t belongs here, not dc_t": dc_t * tanh_c * s[2],
                "{blocks}: o multiplies tanh(c_t); the tanh is missing": dh_t * c_t * s[2],
                "{blocks}: the factor tanh(c_t), which o multiplies, is missing": dh_t * s[2],
            },
        ),
    }


def d_gates(dh_t: Array, dc_t: Array, c_prev: Array, c_t: Array, i: Array, f: Array, g: Array, o: Array) -> Array:
    """Return the gradients of the pre-activations of a step, (B, 4H); ``dc_t`` holds both paths."""
    blocks = lstm_blocks(dh_t, dc_t, c_prev, c_t, i, f, g, o).values()
    slopes = (v * (1 - v) if kind == "sigmoid" else 1 - v**2 for _, v, kind, _ in blocks)
    return np.concatenate([up * slope for (up, *_), slope in zip(blocks, slopes, strict=True)], axis=1)


def step_blocks(arguments: dict) -> dict:
    """Describe the blocks of one step, for :func:`~lstm_lib.checks.blocks.wrong_blocks`, from its arguments by name."""
    dh_t, dc_t, x_t, h_prev, c_prev, W_ih, W_hh, b = arguments.values()
    i, f, g, o = lstm_gates(x_t, h_prev, W_ih, W_hh, b)
    c_t = f * c_prev + i * g
    return lstm_blocks(dh_t, dc_t + dh_t * o * (1 - np.tanh(c_t) ** 2), c_prev, c_t, i, f, g, o)


def blocks_of_one_step(arguments: dict) -> dict:
    """Describe the blocks of a step that later steps have told something, too."""
    blocks = step_blocks(arguments)
    hint = "{blocks}: made with the dc_t that was given; it takes the whole one, both ways together"
    return blocks | {
        gate: (*parts[:3], parts[3] | {hint: block})
        for (gate, parts), block in zip(blocks.items(), _given_blocks(arguments), strict=True)
        if gate != "o"
    }


def _given_blocks(arguments):
    i, f, g, o = lstm_gates(*(arguments[n] for n in ("x_t", "h_prev", "W_ih", "W_hh", "b")))
    c_prev, dc_t = arguments["c_prev"], arguments["dc_t"]
    da = d_gates(arguments["dh_t"], dc_t, c_prev, f * c_prev + i * g, i, f, g, o)
    return np.split(da, 4, axis=1)
