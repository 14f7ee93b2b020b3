"""Labelled sequences in an NPZ file, padded behind or in front, with zeros or with nan."""

import os
from typing import Any

import numpy as np

from lstm_lib.data.labelled_csv import LARGEST
from lstm_lib.errors import InputError
from lstm_lib.storage.npz_files import read_npz

SHOWN = 20  # names in a message
LOOKS_PADDED = 0.25  # of the sequences end, or begin, in zeros of different number: that is worth a word


def read_arrays(path: str | os.PathLike, *, labels: bool) -> dict[str, Any]:
    """Read ``x``, ``y`` and ``lengths``.

    Returns
    -------
    dict
        ``xs``, ``lengths``, ``labels``, ``ids``, ``features`` and ``notes`` of a :class:`lstm_lib.data.Labelled`.
    """
    arrays, found = read_npz(path, ["x", "y", "lengths"])
    for name in ("x", "y") if labels else ("x",):
        if name not in arrays:
            there = ", ".join(map(repr, found[:SHOWN])) + (" and more" if len(found) > SHOWN else "")
            raise InputError(f"{path}: no array {name!r}; there are {there or 'none'}")
    x = arrays["x"]
    if x.ndim != 3 or x.dtype.kind not in "biuf" or 0 in x.shape:
        raise InputError(f"{path}: x must hold numbers of shape (N, T, D), none of them 0, not {x.dtype} {x.shape}")
    N, T, _ = x.shape
    lengths = arrays.get("lengths")
    if lengths is not None and (
        lengths.shape != (N,) or lengths.dtype.kind not in "iu" or lengths.min() < 1 or lengths.max() > T
    ):
        raise InputError(f"{path}: lengths must hold {N} whole numbers from 1 to {T}, one for each sequence of x")
    known = class_texts(path, arrays["y"], N) if "y" in arrays else None
    x, lengths, notes = _ends(path, x, lengths)
    there = np.arange(T) < lengths[:, None]
    xs = np.where(there[:, :, None], x, 0)
    bad = np.argwhere(~(np.abs(xs.astype(np.float64)) < LARGEST))
    if len(bad):
        n, t, d = bad[0]
        value = f"{path}: x[{n}, {t}, {d}] is {xs[n, t, d]}, not a finite number; fill, scale or remove it"
        end = "; nan that marks the end of a sequence must fill all its last steps, or give their number as lengths"
        raise InputError(value + (end if np.isnan(xs[n, t, d]) else ""))
    ids = [str(k) for k in range(N)]
    xs, lengths = xs.astype(np.float32), lengths.astype(int)
    return {"xs": xs, "lengths": lengths, "labels": known, "ids": ids, "features": None, "notes": notes}


def _ends(path, x, lengths):
    """Find out where the sequences end, and move them to the front if they are padded there.

    Returns
    -------
    x : numpy.ndarray
        Shape (N, T, D): each sequence from step 0.
    lengths : numpy.ndarray of int
        Shape (N,).
    notes : tuple of str
        What the user should know of it.
    """
    N, T, _ = x.shape
    if lengths is not None:
        if not _padded_in_front(x, lengths):
            return x, lengths, ()
        padding = x[int(np.argmin(lengths)), 0, 0]
        note = f"{path}: the steps of x that lengths counts stand behind the padding, {padding:g}, and are read there"
        return _moved(x, T - lengths), lengths, (note,)
    if x.dtype.kind == "f" and (missing := np.isnan(x).all(axis=2)).any():
        before, behind = _run(missing), _run(missing[:, ::-1])
        if before.max() == T:
            raise InputError(f"{path}: x[{int(np.argmax(before))}] is nan throughout; remove that sequence")
        n = int(np.sum((before > 0) | (behind > 0)))
        note = f"{path}: {n} of {N} sequences of x begin or end in nan, taken for padding; lengths would say so"
        return _moved(x, before), T - before - behind, (note,) if n else ()
    zero = (x == 0).all(axis=2)
    for runs, where in ((_run(zero[:, ::-1]), "end"), (_run(zero), "begin")):
        n = int(np.sum(runs > 0))
        if n >= LOOKS_PADDED * N and len(set(runs.tolist())) > 1 and not zero.all():
            note = f"{path}: {n} of {N} sequences of x {where} in zeros, which count as data; if they are padding, give"
            return x, np.full(N, T), (f"{note} the array lengths, the number of steps of each sequence",)
    return x, np.full(N, T), ()


def _padded_in_front(x, lengths):
    """Return whether the valid steps stand at the end: all shorter ones begin in equal steps and not all end in such.

    What stands in front must be one number, or nan, in as many steps as ``lengths`` leaves out.
    """
    T = x.shape[1]
    shorter = np.flatnonzero(lengths < T)
    if not len(shorter):
        return False
    padding = x[shorter[0], 0, 0]
    same = np.isnan(x[shorter]) if np.isnan(padding) else x[shorter] == padding
    steps, missing = same.all(axis=2), T - lengths[shorter]
    return bool((_run(steps) >= missing).all() and (_run(steps[:, ::-1]) < missing).any())


def _run(marked):
    """Return how many steps are marked before the first that is not, shape (N,)."""
    return np.where(marked.all(axis=1), marked.shape[1], marked.argmin(axis=1))


def _moved(x, steps):
    """Return x with each sequence moved to the front by a number of steps, shape (N,)."""
    places = (np.arange(x.shape[1]) + steps[:, None]) % x.shape[1]
    return np.take_along_axis(x, places[:, :, None], axis=1)


def class_texts(path: str | os.PathLike, y: np.ndarray, N: int) -> list[str]:
    """Return the classes in ``y`` as texts, N of them, or raise :class:`InputError`."""
    if y.ndim == 2 and y.shape == (N, 1):
        y = y[:, 0]
    if y.ndim == 2 and len(y) == N and y.dtype.kind in "biuf" and _one_hot(y):
        raise InputError(f"{path}: y is one-hot, {y.shape}; it must hold a class for each sequence: y.argmax(axis=1)")
    if y.shape != (N,):
        raise InputError(f"{path}: y must hold {N} classes, one for each sequence of x; its shape is {y.shape}")
    if y.dtype.kind == "f" and np.isfinite(y).all() and (y == np.round(y)).all() and np.abs(y).max() < 2**53:
        y = y.astype(np.int64)
    if y.dtype.kind not in "biuUS":
        raise InputError(f"{path}: y must hold whole numbers or text, not {y.dtype}: a class is no quantity")
    try:
        labels = [label.decode() if isinstance(label, bytes) else str(label) for label in y.tolist()]
        "".join(labels).encode()
    except (ValueError, SystemError):  # bytes that are no UTF-8, numbers that stand for no character
        raise InputError(f"{path}: y holds text that can't be read; write it with numpy.savez") from None
    return labels


def _one_hot(y):
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
