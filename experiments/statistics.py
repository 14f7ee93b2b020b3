"""What several experiments compute from the values of a few seeds."""

import numpy as np
from scipy import stats


def interval(values):
    """Mean of a few seeds, and the half width of its 95 % interval by Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(half)
