"""What the experiments of a chapter share: verdicts on several pairs at once, and a setting chosen inside its grid."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from lstm_lib.core.several import NOT_TOLD_APART, holm
from lstm_lib.core.verdicts import compare


def judged(pairs: Mapping[str, tuple], *, kind: str, alpha: float = 0.05, **options) -> dict[str, dict]:
    """Compare pairs of contenders by losses, and ask for more the more pairs there are.

    Parameters
    ----------
    pairs : dict of str to tuple
        Key of the verdict to the results of ours and of theirs, lower ones better.
    kind, alpha, **options
        As for :func:`lstm_lib.core.compare`.

    Returns
    -------
    dict of str to dict
        As :func:`lstm_lib.core.compare_all` returns, by the same adjustment.
    """
    options |= {"kind": kind, "lower_is_better": True, "alpha": alpha}
    found = {key: compare(ours, theirs, **options).as_dict() for key, (ours, theirs) in pairs.items()}
    for verdict, p in zip(found.values(), holm([v["p_value"] for v in found.values()]).tolist(), strict=True):
        verdict |= {"p_holm": p, "verdict": verdict["word"] if p <= alpha else NOT_TOLD_APART}
    return found


def chosen(score: Callable[[float], float], grid: Iterable[float]) -> tuple[float, dict]:
    """Return the setting with the lowest score, and the grid as results hold it; all contenders get the same grid.

    Where grids need not be the same, :func:`experiments.grids.best_inside` widens them by itself.
    """
    scores = {setting: float(score(setting)) for setting in grid}
    best = min(scores, key=scores.get)
    if best in (min(scores), max(scores)):
        raise ValueError(f"the best setting, {best}, lies at an end of its grid: widen it; {scores}")
    return best, {"chosen": str(best), "scores": {str(k): s if np.isfinite(s) else None for k, s in scores.items()}}
