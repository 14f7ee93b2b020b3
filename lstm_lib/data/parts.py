"""Cut data into parts to learn from, to choose with, and to report on."""

import numpy as np


def stratified_split(ys: np.ndarray, shares: tuple[float, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Split sequences into parts, so that each class has its share in each part.

    Parameters
    ----------
    ys : numpy.ndarray of int
        Shape (N,).
    shares : tuple of float
        Of all parts but the first, which gets the rest. Each part gets one of each class at least.
    rng : numpy.random.Generator

    Returns
    -------
    list of numpy.ndarray of int
        Places in ``ys``, in random order.
    """
    parts = [[] for _ in range(len(shares) + 1)]
    for y in np.unique(ys):
        places = rng.permutation(np.flatnonzero(ys == y))
        if len(places) < len(parts):
            raise ValueError(f"class {y} has {len(places)} members, too few for {len(parts)} parts")
        sizes = [max(1, round(share * len(places))) for share in shares]
        while sum(sizes) >= len(places):
            sizes[int(np.argmax(sizes))] -= 1
        ends = np.cumsum([len(places) - sum(sizes), *sizes])
        for part, end, size in zip(parts, ends, [ends[0], *sizes], strict=True):
            part.append(places[end - size : end])
    return [rng.permutation(np.concatenate(part)) for part in parts]


def split(
    sequences: list[str], targets: np.ndarray, *, validation: float, holdout: float, seed: int
) -> list[tuple[list[str], np.ndarray]]:
    """Cut rows at random into a training, a validation and a hold-out part.

    Rows with the same sequence stay together: else a network could know an answer by heart.

    Parameters
    ----------
    sequences : list of str
    targets : numpy.ndarray
        Shape (N,).
    validation : float
        Share of what the hold-out leaves.
    holdout : float
        Share of all.
    seed : int

    Returns
    -------
    list of tuple
        Three ``(sequences, targets)``, in the order above; a part may be empty.
    """
    unique, which = np.unique(np.array(sequences, dtype=object), return_inverse=True)
    n_holdout = round(holdout * len(unique))
    n_validation = round(validation * (len(unique) - n_holdout))
    part = np.zeros(len(unique), int)
    order = np.random.default_rng(seed).permutation(len(unique))
    part[order[:n_holdout]] = 2
    part[order[n_holdout : n_holdout + n_validation]] = 1
    rows = [np.flatnonzero(part[which] == k) for k in range(3)]
    return [([sequences[k] for k in chosen], targets[chosen]) for chosen in rows]
