"""The judge of a latch that was set by hand: which of its gates is to blame, if it fails."""

from typing import Any

import numpy as np

from lstm_lib.gates import lstm_gates, lstm_step


def judge(answer: Any) -> str:
    """Run a hand-set one-unit LSTM on bits and pauses, and return what is wrong with it.

    Parameters
    ----------
    answer : tuple of array_like
        ``W_ih, W_hh, b``, shapes (4, 2), (4, 1) and (4,).

    Returns
    -------
    str
        ``""`` if it keeps every bit for 200 steps, else a hint that names the gate.
    """
    try:
        W_ih, W_hh, b = (np.asarray(a, dtype=np.float64) for a in answer)
    except (TypeError, ValueError):
        return "give three arrays: W_ih, W_hh, b"
    for name, array, shape in (("W_ih", W_ih, (4, 2)), ("W_hh", W_hh, (4, 1)), ("b", b, (4,))):
        if array.shape != shape:
            return f"{name} has shape {array.shape}; it must be {shape}, with a row for each of i, f, g, o"
        if not np.isfinite(array).all():
            return f"{name} holds a number that is not finite"
    weights = W_ih, W_hh, b

    def gates(bit, store, h):
        return [gate.item() for gate in lstm_gates(np.array([[bit, store]]), h, *weights)]

    rng = np.random.default_rng(0)
    for bit in (-1.0, 1.0, -1.0, 1.0):
        h = c = np.full((1, 1), -bit)  # whatever was stored before
        writing, other, idle = gates(bit, 1.0, h), gates(-bit, 1.0, h), gates(bit, 0.0, h)
        if idle[0] > 0.5 > idle[1] and writing[0] < 0.5 < writing[1]:
            return "i and f do each other's work: the first row and bias are i, the second f"
        if W_ih[2, 0] == 0 != W_ih[2, 1] and W_ih[0, 1] == 0 != W_ih[0, 0]:
            return "the columns of W_ih are exchanged: the first is for the bit x[0], the second for x[1]"
        if not W_ih[2].any() and W_ih[3, 0]:
            return "the candidate reads nothing: its row of W_ih is the third, g; o is the fourth"
        h, c = lstm_step(np.array([[bit, 1.0]]), h, c, *weights)
        if bit * c.item() < 0.5:
            return f"after writing {bit:+.0f} the cell holds {c.item():+.2f}: {_not_written(bit, writing, other)}"
        for step in range(1, 201):
            noise = rng.choice([-1.0, 1.0])
            now, other = gates(noise, 0.0, h), gates(-noise, 0.0, h)
            h, c = lstm_step(np.array([[noise, 0.0]]), h, c, *weights)
            if bit * c.item() < 0.5:
                return f"{step} step{'s' * (step > 1)} after it was written: {_not_kept(bit * c.item(), now, other)}"
    return ""


def _not_written(bit, gates, of_other_bit):
    i, f, g, _ = gates
    if g * of_other_bit[2] > 0:
        return "the candidate g has the same sign for both bits; it must follow x[0]"
    if abs(g + of_other_bit[2]) > 0.2:
        return f"the candidate g is {g:+.2f} for it, {of_other_bit[2]:+.2f} for the other bit; it must read x[0] alone"
    if g * bit < 0:
        return "the candidate g has the sign of the opposite bit"
    if reads := _reading_the_bit(gates, of_other_bit):
        return reads
    if i < 0.9:
        return f"the input gate opens only to {i:.2f} when x[1] = 1"
    if abs(g) < 0.6:
        return f"the candidate g is only {g:+.2f}; give x[0] a larger weight there"
    return f"the forget gate stays at {f:.2f} when x[1] = 1, so the old bit is still in the sum"


def _not_kept(left, gates, of_other_bit):
    i, f, _, _ = gates
    if reads := _reading_the_bit(gates, of_other_bit):
        return f"the bit is gone: {reads}"
    if f**200 < 0.6:
        return f"the bit has leaked away, to {left:.2f}: the forget gate is only {f:.3f} when x[1] = 0"
    return f"noise has been written over the bit: the input gate is still {i:.3f} when x[1] = 0"


def _reading_the_bit(gates, of_other_bit):
    """Return a hint if the input or the forget gate depends on the bit."""
    for name, gate, other in zip(("input", "forget"), gates, of_other_bit, strict=False):
        if abs(gate - other) > 0.2:
            return f"the {name} gate follows x[0]; it must follow x[1], the second column"
    return ""
