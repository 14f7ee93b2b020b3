"""Verdicts on several pairs of contenders at once."""

from collections.abc import Mapping

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
