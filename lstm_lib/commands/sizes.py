"""Say before a network is built what it takes: refuse what can't fit into memory, and announce a long wait."""

import os
import sys
from pathlib import Path

from lstm_lib.errors import InputError

SHARE = 0.9  # of what is free; PyTorch itself and the data want the rest
BYTES = 4  # of a float32
LARGE, MINUTES = 4000, 2 / 12_000**3  # units; minutes to draw an orthogonal start for H units, over H cubed


def available():
    """Return the bytes that this process can still take; None where that can't be found out."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        free = int(text.split("MemAvailable:")[1].split()[0]) * 1024
        mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError, ValueError):
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return free if limit == resource.RLIM_INFINITY else min(free, limit - mapped)


def require_room(weights, activations, batch_size, free=None):
    """Raise :class:`InputError` if a training does not fit into memory.

    Parameters
    ----------
    weights : int
        Of the network. Each is there four times: itself, its gradient, and the two means of AdamW.
    activations : int
        Numbers that a step keeps of one row of the batch for the way back.
    batch_size : int
    free : int, optional
        Bytes that there are; by default, as many as the system says.
    """
    free = available() if free is None else free
    if free is None:
        return
    room = SHARE * free - 4 * BYTES * weights
    if room < BYTES * activations:
        needed = 4 * BYTES * weights + BYTES * activations
        raise InputError(
            f"{weights:,} weights need {needed / 1e9:.1f} GB to be trained, and {free / 1e9:.1f} GB are free; take a"
            " smaller hidden_size or fewer layers"
        )
    fits = int(room // (BYTES * activations))
    if fits < batch_size:
        needed = 4 * BYTES * weights + BYTES * activations * batch_size
        raise InputError(
            f"a step on {batch_size} rows needs {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free; a batch_size"
            f" of {fits} would fit, or shorter rows or fewer units"
        )


def announce(hidden_size, layers):
    """Warn on the standard error if the first weights will take long to draw."""
    if hidden_size >= LARGE:
        minutes = MINUTES * layers * hidden_size**3
        print(f"drawing the first weights of {hidden_size:,} units takes about {minutes:.1f} minutes", file=sys.stderr)
