"""Name the mistake in the gradients of pre-activations, gate by gate: a derivative that is missing, or another's."""

from collections.abc import Callable

import numpy as np


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two arrays have one shape and, up to rounding, the same numbers."""
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-7, atol=1e-10)


# A factor that somebody may put in the place of a squashing function's derivative, by the hint that it earns.
FACTORS: dict[str, dict[str, Callable[[np.ndarray], np.ndarray]]] = {
    "sigmoid": {
        "{blocks}: the derivative of the sigmoid, s * (1 - s), is missing": np.ones_like,
        "{blocks}: the sigmoid itself stands where its derivative, s * (1 - s), belongs": lambda s: s,
        "{blocks}: 1 - s is only one factor of the sigmoid's derivative, s * (1 - s)": lambda s: 1 - s,
        "{blocks}: the derivative of tanh stands behind a sigmoid; that of the sigmoid is s * (1 - s)": lambda s: (
            1 - s**2
        ),
        "{blocks}: the value was squashed already; its slope is s * (1 - s), with no further sigmoid": lambda s: (
            np.exp(-s) / (1 + np.exp(-s)) ** 2
        ),
    },
    "tanh": {
        "{blocks}: the derivative of tanh, 1 - tanh**2, is missing": np.ones_like,
        "{blocks}: tanh itself stands where its derivative, 1 - tanh**2, belongs": lambda s: s,
        "{blocks}: the square is missing in the derivative of tanh, 1 - tanh**2": lambda s: 1 - s,
        "{blocks}: the derivative of the sigmoid stands behind a tanh; that of tanh is 1 - tanh**2": lambda s: (
            s * (1 - s)
        ),
        "{blocks}: the value was squashed already; its slope is 1 - g**2, with no further tanh": lambda s: (
            1 - np.tanh(s) ** 2
        ),
    },
}


def wrong_blocks(da: np.ndarray, blocks: dict[str, tuple]) -> str:
    """Return the hint for pre-activations' gradients that are wrong in some of their blocks, or "".

    Parameters
    ----------
    da : numpy.ndarray
        Shape (B, G*H).
    blocks : dict of str to tuple
        Gate, in the order of the blocks, to ``(upstream, value, kind, others)``: the gradient of the gate's value and
        that value, each (B, H); ``"sigmoid"`` or ``"tanh"``; and hints with the gradient of the pre-activation, (B, H),
        that earns each.
    """
    given = dict(zip(blocks, np.split(da, len(blocks), axis=1), strict=True))
    right = {g: up * (v * (1 - v) if kind == "sigmoid" else 1 - v**2) for g, (up, v, kind, _) in blocks.items()}
    order = [next((g for g in blocks if alike(block, right[g])), None) for block in given.values()]
    if None not in order and order != list(blocks):
        return f"the blocks stand in the order {' '.join(order)}; the book's order is {' '.join(blocks)}"
    found = {}
    for gate, (upstream, value, kind, others) in blocks.items():
        if alike(given[gate], right[gate]):
            continue
        wrong = {hint: upstream * factor(value) for hint, factor in FACTORS[kind].items()} | others
        wrong |= {
            "{blocks}: all zero, as if it had been forgotten": 0 * value,
            "{blocks}: the sign is turned round": -right[gate],
        }
        for hint, block in wrong.items():
            if alike(given[gate], block):
                found.setdefault(hint, []).append(gate)
                break
    if not found:
        return ""
    hint, gates = next(iter(found.items()))
    many = "gradients" if len(gates) > 1 else "gradient"
    return hint.format(blocks=f"{many} of a_{', a_'.join(gates)}" if any(gates) else "da")
