"""What the best classifier reaches that sees only which words a sentence holds: computed, not trained.

Chapter ``05_classification``.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import expm1

from lstm_lib.data.negation import BAD, CLAUSES, GOOD, NOUNS, SENTENCES

SHARES = dict(zip(CLAUSES, (0.5, 0.25, 0.25), strict=True))  # how often a clause is built so


def best_by_counts(cases: Iterable[tuple[object, int, float]]) -> float:
    """Return the accuracy of the best rule that sees a case's counts alone.

    The rule answers each with the likelier class of all that look the same; no other rule is right more often.

    Parameters
    ----------
    cases : iterable of tuple
        ``(counts, class, probability)``: whatever can be a key, a whole number, and a weight.

    Returns
    -------
    float
    """
    heaps = {}
    for counts, y, weight in cases:
        heap = heaps.setdefault(counts, Counter())
        heap[y] += weight
    right = sum(max(heap.values()) for heap in heaps.values())
    return right / sum(heap.total() for heap in heaps.values())


def negation_kinds() -> Iterator[tuple[frozenset, int, float, int]]:
    """Yield every kind of sentence of :func:`~lstm_lib.data.negation_sentences`.

    Nouns are alike, and so are the ten good words, and the ten bad ones: which one stands there says nothing.

    Yields
    ------
    counts : frozenset
        Of pairs: a word, or whether a good or a bad word stands there, and how often.
    y : int
        The verdict.
    probability : float
    sentences : int
        Different sentences of this kind.
    """
    same = len(NOUNS) * len(GOOD)
    assert len(GOOD) == len(BAD)
    clauses = [(good, clause, share / 2) for good in (False, True) for clause, share in SHARES.items()]
    for frame, place in SENTENCES.items():
        for first in clauses:
            for second in clauses if "{1}" in frame else [None]:
                used = [clause for clause in (first, second) if clause]
                counts = Counter(frame.split())
                probability, sentences = 1 / len(SENTENCES), 1
                for good, clause, share in used:
                    counts.update([*clause.split(), "GOOD" if good else "BAD"])
                    probability, sentences = probability * share, sentences * same
                good, clause, _ = used[place]
                yield frozenset(counts.items()), int(good != CLAUSES[clause]), probability, sentences


def negation_bound(n: int | None = None) -> float:
    """Return what the best rule reaches on generated sentences that sees which words they hold, and not their order.

    Parameters
    ----------
    n : int, optional
        Different sentences that are drawn. Short ones, whose words do fix the verdict, are soon used up, so the more
        are drawn the less of them are short. None: repetitions are allowed.

    Returns
    -------
    float
        With ``n``, the expected shares of the kinds are those of draws at the times of a Poisson process, whose mean
        number of different sentences is ``n``.
    """
    kinds = list(negation_kinds())
    if n is None:
        return best_by_counts(kind[:3] for kind in kinds)

    def different(draws):
        return [-sentences * expm1(-draws * probability / sentences) for _, _, probability, sentences in kinds]

    low, high = 0.0, 1.0
    while sum(different(high)) < n:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(different(middle)) < n else (low, middle)
    return best_by_counts((*kind[:2], weight) for kind, weight in zip(kinds, different(high), strict=True))
