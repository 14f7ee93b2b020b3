"""Make several comparisons at once: the more there are, the more often chance alone wins one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lstm_lib.core.verdicts import Kind, compare

NOT_TOLD_APART = "not told apart"


def compare_all(
    ours: ArrayLike,
    rivals: Mapping[str, ArrayLike],
    *,
    kind: Kind,
    lower_is_better: bool,
    alpha: float = 0.05,
) -> dict[str, dict[str, Any]]:
    """Compare one contender with several rivals, and ask for more the more there are.

    Parameters
    ----------
    ours : array_like
        Shape (N,).
    rivals : dict of str to array_like
        Name to results; shapes as for :func:`compare`.
    kind, lower_is_better, alpha
        As in :func:`compare`.

    Returns
    -------
    dict of str to dict
        For each rival what :meth:`Verdict.as_dict` returns; ``p_holm``, the p-value adjusted by :func:`holm`; and
        ``verdict``, the word that counts: that of the comparison if the adjusted p-value is at most ``alpha``.
    """
    pairs = {name: (ours, theirs) for name, theirs in rivals.items()}
    return compare_pairs(pairs, kind=kind, lower_is_better=lower_is_better, alpha=alpha)


def compare_pairs(pairs: Mapping[str, tuple[ArrayLike, ArrayLike]], **options: Any) -> dict[str, dict[str, Any]]:
    """Compare several pairs of contenders, and ask for more the more pairs there are.

    Parameters
    ----------
    pairs : dict of str to tuple
        Key of the verdict to the results of ours and of theirs, shapes as for :func:`compare`.
    **options
        As for :func:`compare`.

    Returns
    -------
    dict of str to dict
        For each pair what :func:`compare_all` returns for a rival.
    """
    return adjusted({key: compare(*pair, **options).as_dict() for key, pair in pairs.items()})


def adjusted(verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return verdicts with what is left of each where several comparisons are made at once.

    Parameters
    ----------
    verdicts : dict of str to dict
        Each with ``word``, ``p_value`` and ``alpha``, as :meth:`Verdict.as_dict` returns them.

    Returns
    -------
    dict of str to dict
        The same, with ``p_holm`` and ``verdict`` as :func:`compare_all` describes them.
    """
    found = {}
    for (key, v), p in zip(verdicts.items(), holm([v["p_value"] for v in verdicts.values()]).tolist(), strict=True):
        found[key] = {**v, "p_holm": p, "verdict": v["word"] if p <= v["alpha"] else NOT_TOLD_APART}
    return found


def holm(p_values: ArrayLike) -> np.ndarray:
    """Adjust the p-values of several comparisons, so that one false verdict among them all is as rare as ``alpha``.

    Parameters
    ----------
    p_values : array_like
        Shape (m,).

    Returns
    -------
    numpy.ndarray
        Shape (m,), in the same order; compare each with ``alpha``.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p-values must be one row of numbers from 0 to 1, got {p_values}")
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted
