"""Choose the sequence that is expected to be wrong by least, in place of the most probable one.

Chapter ``10_beam_search``.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np


def minimum_risk(
    candidates: Sequence[Sequence[int]],
    distance: Callable[[Sequence[int], Sequence[int]], float],
    weights: Sequence[float] | None = None,
) -> tuple[list[int], float]:
    """Return the candidate whose expected distance from the truth is least, and that distance.

    The candidates stand for the truth as well: each is believed to be it as much as its weight says.

    Parameters
    ----------
    candidates : sequence of sequence of int
        Samples of a model, or the best few of a beam; a sequence that comes twice counts twice.
    distance : callable
        ``(candidate, truth) -> float``, 0 for equal ones.
    weights : sequence of float, optional
        How much each is believed, in any unit. By default all the same, as is right for samples; for the best few of a
        beam their probabilities.

    Returns
    -------
    candidate : list of int
        Of those with the least risk the one with the most weight, then the first.
    risk : float
        Its expected distance.

    Raises
    ------
    ValueError
        If there is no candidate, the numbers of weights and candidates differ, or the weights have no sum above 0.

    References
    ----------
    Kumar & Byrne (2004), aclanthology.org/N04-1022. With samples: Eikema & Aziz (2020), arXiv:2005.10283.
    """
    weights = [1.0] * len(candidates) if weights is None else weights
    belief = defaultdict(float)
    for candidate, weight in zip(candidates, weights, strict=True):
        belief[tuple(candidate)] += float(weight)
    if not sum(belief.values()) > 0:
        raise ValueError("minimum_risk needs candidates, and weights with a sum above 0")
    different, share = list(belief), np.array(list(belief.values())) / sum(belief.values())
    costs = np.array([[distance(candidate, truth) for truth in different] for candidate in different])
    risks = costs @ share  # eq: risk
    best = min(range(len(different)), key=lambda k: (risks[k], -share[k]))
    return list(different[best]), float(risks[best])
