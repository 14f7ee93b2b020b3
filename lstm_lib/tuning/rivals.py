"""What a regressor reaches that only counts the characters of a text.

Chapter ``06_tuning``.
"""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer


def kmer_ridge(
    sequences: Sequence[str], targets: np.ndarray, *, longest: int = 2, shares: bool = False
) -> Callable[[Sequence[str]], np.ndarray]:
    """Fit ridge regression on the counts of all k-mers, the pieces of up to ``longest`` characters.

    Parameters
    ----------
    sequences : list of str
    targets : numpy.ndarray
        Shape (N,).
    longest : int
    shares : bool
        Divide the counts of a sequence by their sum, so that its length no longer drowns the rest.

    Returns
    -------
    callable
        From a list of N sequences to an array (N,).
    """
    counts = CountVectorizer(analyzer="char", ngram_range=(1, longest), lowercase=False, max_features=1000)
    steps = [counts, *([Normalizer("l1")] if shares else []), RidgeCV(np.logspace(-6, 3, 10))]
    return make_pipeline(*steps).fit(sequences, targets).predict  # eq: kmer-ridge
