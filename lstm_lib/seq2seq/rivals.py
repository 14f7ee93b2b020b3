"""Pronounce a word letter by letter, by a table of what each letter wrote in the words that are known.

Chapter ``08_seq2seq``: the rival that a network has to beat.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

EDGE = "_"  # stands before the first letter of a word, and after its last


class LetterRules:
    """Look up each letter with its neighbours, or with fewer of them where these were never seen.

    Parameters
    ----------
    words : list of str
    cuts : list of (list of tuple of str) or None
        What each letter of each word writes, from :func:`align`.
    context : int
        Letters on each side that are looked at. 0: each letter always writes the same.
    """

    def __init__(self, words: Sequence[str], cuts: Sequence[list[tuple[str, ...]] | None], *, context: int) -> None:
        self.context = context
        counts = defaultdict(Counter)
        for word, chunks in zip(words, cuts, strict=True):
            for t, chunk in enumerate(chunks or ()):
                for window in windows(word, t, context):
                    counts[window][chunk] += 1
        self.table = {window: count.most_common(1)[0][0] for window, count in counts.items()}

    def pronounce(self, word: str) -> list[str]:
        """Return the phonemes of a word."""
        written = []
        for t in range(len(word)):
            seen = [window for window in windows(word, t, self.context) if window in self.table]
            written += self.table[seen[-1]] if seen else ()  # eq: letter-rule
        return written


def windows(word: str, t: int, context: int) -> list[str]:
    """Return a letter with 0, 1, …, ``context`` neighbours on each side: ``t``, ``_th``, ``__the``."""
    padded = EDGE * context + word + EDGE * context
    return [padded[t + context - c : t + context + c + 1] for c in range(context + 1)]


def align(
    words: Sequence[str], pronunciations: Sequence[Sequence[str]], *, rounds: int = 5
) -> list[list[tuple[str, ...]] | None]:
    """Find which phonemes each letter of a word writes: none, one or two.

    At first letters and phonemes are paired along the diagonal. Then, again and again, it is counted how often each
    letter writes what, and each word is cut anew in the likeliest way.

    Parameters
    ----------
    words : list of str
        N.
    pronunciations : list of list of str
    rounds : int

    Returns
    -------
    list of (list of tuple of str) or None
        One tuple for each letter; None for a word with more than two phonemes a letter.
    """
    letters = sorted({c for word in words for c in word})
    phonemes = sorted({p for listed in pronunciations for p in listed})
    V = len(phonemes)
    number = {c: k for k, c in enumerate(letters)} | {p: k for k, p in enumerate(phonemes)}
    groups = defaultdict(list)
    for n, (word, listed) in enumerate(zip(words, pronunciations, strict=True)):
        if word and len(listed) <= 2 * len(word):
            groups[len(word), len(listed)].append(n)
    batches = [
        (
            np.array([[number[c] for c in words[n]] for n in rows]),
            np.array([[number[p] for p in pronunciations[n]] for n in rows], int).reshape(len(rows), T),
        )
        for (_, T), rows in groups.items()
    ]
    log_p = None
    for _ in range(rounds + 1):
        cuts = [_cut(xs, ys, log_p, V) for xs, ys in batches]
        counts = np.full((len(letters), 1 + V + V * V), 0.01)
        for (xs, _), chunks in zip(batches, cuts, strict=True):
            np.add.at(counts, (xs, chunks), 1.0)
        log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
    found = [None] * len(words)
    for rows, chunks in zip(groups.values(), cuts, strict=True):
        for n, row in zip(rows, chunks.tolist(), strict=True):
            found[n] = [_names(chunk, phonemes) for chunk in row]
    return found


def _names(chunk, phonemes):
    """Return the phonemes of a chunk: number 0 is none, then come the single ones, then the pairs."""
    V = len(phonemes)
    if chunk == 0:
        return ()
    if chunk <= V:
        return (phonemes[chunk - 1],)
    return phonemes[(chunk - 1 - V) // V], phonemes[(chunk - 1 - V) % V]


def _cut(xs, ys, log_p, V):
    """Share the phonemes (B, T) of words of equal length (B, S) among their letters: numbers of chunks (B, S)."""
    (B, S), T = xs.shape, ys.shape[1]
    pairs = 1 + V + V * ys[:, :-1] + ys[:, 1:] if T > 1 else np.zeros((B, 0), int)
    chunks = [np.zeros((B, T + 1), int), 1 + ys, pairs]  # of each size: what starts at phoneme j
    best = np.full((B, T + 1), -np.inf)
    best[:, 0] = 0.0
    sizes = np.zeros((S, B, T + 1), int)
    for s in range(S):
        options = np.full((3, B, T + 1), -np.inf)
        for size in range(min(3, T + 1)):
            if log_p is None:
                middle = np.arange(T + 1 - size) + size / 2
                gain = np.broadcast_to(-np.abs(middle - (s + 0.5) * T / S), (B, T + 1 - size))
            else:
                gain = log_p[xs[:, s, None], chunks[size]]
            options[size, :, size:] = best[:, : T + 1 - size] + gain
        sizes[s], best = options.argmax(0), options.max(0)
    rows, j, found = np.arange(B), np.full(B, T), np.zeros((B, S), int)
    for s in reversed(range(S)):
        size = sizes[s, rows, j]
        j = j - size
        for k in (1, 2):
            here = np.flatnonzero(size == k)
            found[here, s] = chunks[k][here, j[here]]
    return found
