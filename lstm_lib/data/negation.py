"""Generated sentences whose verdict hangs on negation and on "but" and "although".

Chapter ``05_classification``. No word is a clue by itself: good words stand in bad reviews as often
as in good ones.
"""

import numpy as np

GOOD = ("good", "great", "clever", "funny", "lovely", "fresh", "moving", "honest", "warm", "bright")
BAD = ("bad", "dull", "silly", "boring", "ugly", "stale", "flat", "false", "cold", "dim")
NOUNS = ("film", "plot", "cast", "music", "script", "ending", "hero", "joke")
CLAUSES = {  # how a clause is built, and whether that turns its word around
    "the {noun} was {word}": False,
    "the {noun} was not {word}": True,
    "nobody said that the {noun} was {word}": True,
}
SENTENCES = {  # how clauses are joined, and which of them is the verdict
    "{0}": 0,
    "{0} but {1}": 1,
    "although {0} {1}": 1,
    "{0} although {1}": 0,
}


def negation_sentences(rng: np.random.Generator, n: int) -> tuple[list[str], np.ndarray]:
    """Draw different sentences with their verdicts.

    A clause is turned around by a negation with probability 1/2, near the word ("was not") or far
    from it ("nobody said that"), so that the word alone says nothing. Where there are two clauses, the
    one after "but", or the one that is not under "although", is the verdict.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int

    Returns
    -------
    sentences : list of str
        Different from each other.
    ys : numpy.ndarray of int
        Shape (n,): 1 for a good verdict, else 0.
    """
    clauses, frames = list(CLAUSES), list(SENTENCES)
    review_verdicts = {}
    while len(review_verdicts) < n:
        parts, verdicts = [], []
        for _ in range(2):
            word = (GOOD + BAD)[rng.integers(len(GOOD) + len(BAD))]
            clause = clauses[rng.choice(3, p=(0.5, 0.25, 0.25))]
            parts.append(clause.format(noun=NOUNS[rng.integers(len(NOUNS))], word=word))
            verdicts.append((word in GOOD) != CLAUSES[clause])
        frame = frames[rng.integers(len(frames))]
        review_verdicts[frame.format(*parts)] = int(verdicts[SENTENCES[frame]])
    return list(review_verdicts), np.array(list(review_verdicts.values()))


def one_hot_words(sentences: list[str]) -> list[np.ndarray]:
    """Turn sentences into vectors, one word a step.

    Returns
    -------
    list of numpy.ndarray
        Shapes (words, V), float32; the vocabulary is that of the grammar, in alphabetical order.
    """
    frames = " ".join([*CLAUSES, *SENTENCES]).translate(str.maketrans("", "", "{}01"))
    words = sorted({*frames.split(), *GOOD, *BAD, *NOUNS} - {"noun", "word"})
    places, eye = {word: k for k, word in enumerate(words)}, np.eye(len(words), dtype=np.float32)
    return [eye[[places[word] for word in sentence.split()]] for sentence in sentences]
