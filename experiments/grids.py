"""Choose one value of a grid, and widen the grid until the choice is not at its edge."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

LOWER = {"lower_is_better": True}  # an error, for compare and compare_all


def best_inside(
    score: Callable[[float], float], grid: Sequence[float], *, lower_is_better: bool = True, most: int = 6
) -> tuple[float, dict]:
    """Score the values of a grid, add values beyond the end at which the best stands, and return the best.

    Parameters
    ----------
    score : callable
        Value to score, on data that scores nothing else; nan or inf is the worst.
    grid : sequence of float
        At least two positive values in rising order. Each new one keeps the ratio of the last two at that end.
    lower_is_better : bool
    most : int
        Values that may be added.

    Returns
    -------
    best : float
    tried : dict
        ``{"chosen": text, "scores": {text: score}}``, with ``"lower_is_better": False`` if so: an entry of ``grids``
        in the stored results.

    Raises
    ------
    ValueError
        If the best is still at an end.
    """
    worst = float("inf") if lower_is_better else -float("inf")
    values, scores = list(grid), {}
    for _ in range(most + 1):
        for value in values:
            if value not in scores:
                found = float(score(value))
                scores[value] = found if abs(found) < float("inf") else worst
        values.sort()
        best = (min if lower_is_better else max)(values, key=scores.get)
        if values[0] < best < values[-1]:
            shown = {f"{value:.6g}": scores[value] for value in values if scores[value] != worst}
            lost = {f"{value:.6g}": None for value in values if scores[value] == worst}
            direction = {} if lower_is_better else {"lower_is_better": False}
            return best, {"chosen": f"{best:.6g}", "scores": shown | lost} | direction
        end, inner = (values[0], values[1]) if best == values[0] else (values[-1], values[-2])
        values.append(end * end / inner)
    raise ValueError(f"the best of {len(scores)} values, {best:.6g}, is still at the edge of the grid")


def best_rate(loss: Callable[[float, int], float], rates: Sequence[float], seeds: Iterable[int]) -> tuple[float, dict]:
    """Return the rate with the lowest mean loss over the seeds, and the grid; a rate that lost a run is out."""
    with np.errstate(all="ignore"):
        return best_inside(lambda rate: np.mean([loss(rate, seed) for seed in seeds]), rates)
