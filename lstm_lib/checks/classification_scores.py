"""Exercises of chapter ``05_classification`` that score answers: counts and shares."""

from collections.abc import Callable

import numpy as np

from lstm_lib.checks import FunctionCheck

K = 5


def confusion(ys: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Count true classes by row and answers by column: the answer to exercise ``confusion``."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (ys, answers), 1)
    return counts


def _answers(rng):
    """The last class, and one in the middle, never occur."""
    there = np.array([0, 1, 3])
    return [rng.choice(there, size=40), rng.choice(there, size=40), K]


def _shares(ys, answers, classes):
    return _over(confusion(ys, answers, classes), axis=1)


def _shares_of_columns(ys, answers, classes):
    return _over(confusion(ys, answers, classes), axis=0)


def _over(counts, axis):
    totals = counts.sum(axis=axis, keepdims=True)
    return np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)


def _last_counted_once(ys, answers, classes):
    counts = np.zeros((classes, classes))
    counts[ys, answers] += 1
    return counts


def _as_large_as_seen(ys, answers, classes):
    return confusion(ys, answers, max(ys.max(), answers.max()) + 1)


def _only_seen(ys, answers, classes):
    seen = np.unique([ys, answers])
    return confusion(np.searchsorted(seen, ys), np.searchsorted(seen, answers), len(seen))


def _only_right(ys, answers, classes):
    return np.diag(np.diag(confusion(ys, answers, classes)))


def _only_wrong(ys, answers, classes):
    counts = confusion(ys, answers, classes)
    return counts - np.diag(np.diag(counts))


def _first_pair(ys, answers, classes):
    return confusion(ys[:1], answers[:1], classes)


def _one_list_for_all(ys, answers, classes):
    return np.tile(confusion(ys, answers, classes).sum(axis=0), (classes, 1))


def _from_one(ys, answers, classes):
    return np.roll(confusion(ys, answers, classes), -1, axis=(0, 1))


CONFUSION = FunctionCheck(
    confusion,
    _answers,
    ("counts",),
    {
        "rows and columns are swapped: a row is a true class": lambda ys, a, k: confusion(a, ys, k),
        "counts[ys, answers] += 1 counts a pair once, however often it occurs; use np.add.at": _last_counted_once,
        "a class that never occurs has its row and column too: the size is classes, not the largest seen": (
            _as_large_as_seen
        ),
        "classes that do not occur are left out; there must be classes rows and columns": _only_seen,
        "only the right answers are counted; the others belong beside the diagonal": _only_right,
        "only the wrong answers are counted; the right ones belong on the diagonal": _only_wrong,
        "only the first pair is counted: the return stands inside the loop": _first_pair,
        "all rows are one list: [[0] * classes] * classes holds it several times; use np.zeros": _one_list_for_all,
        "rows and columns are shifted by one: the classes are numbered from 0": _from_one,
        "all is divided by the number of sequences; return counts": lambda ys, a, k: confusion(ys, a, k) / len(ys),
    },
)


def judge_confusion(answer: Callable) -> str:
    """Return the hint for counts; shares, which are nan for a class that does not occur, are told apart here."""
    kinds = []

    def seen(ys, answers, classes):
        found = answer(ys, answers, classes)
        if np.shape(found) == (classes, classes):
            for kind, wrong in (("row", _shares), ("column", _shares_of_columns)):
                if np.allclose(np.nan_to_num(np.asarray(found, float)), np.nan_to_num(wrong(ys, answers, classes))):
                    kinds.append(kind)
        return found

    hint = CONFUSION(seen if callable(answer) else answer)
    return f"those are shares of each {kinds[0]}; return counts" if kinds else hint


def majority(train_ys: np.ndarray, test_ys: np.ndarray) -> float:
    """Return the test accuracy of the most frequent class of the training part: exercise ``majority``."""
    return np.mean(test_ys == np.bincount(train_ys).argmax())


def _skewed(rng):
    """Five classes, so that the likeliest of train, of test and of both, the median and the largest all differ."""
    likely, of_both, of_test = (0, 3, 1) if rng.random() < 0.5 else (3, 1, 0)
    classes = [likely, of_both, of_test, 2, 4]
    train, test = np.repeat(classes, [8, 7, 4, 7, 5]), np.repeat(classes, [6, 12, 13, 2, 1])
    return [np.concatenate([rng.permutation(train[:-5]), train[-5:]]), rng.permutation(test)]


def _share_of(choose):
    """Return the rule that answers what ``choose`` finds in the training part."""
    return lambda train, test: np.mean(test == choose(train))


MAJORITY = FunctionCheck(
    majority,
    _skewed,
    ("accuracy",),
    {
        "the class must be chosen on the training part; yours has seen the test labels": lambda train, test: majority(
            test, test
        ),
        "chosen on both parts together; the class must be chosen on the training part alone": lambda train, test: (
            majority(np.concatenate([train, test]), test)
        ),
        "that is the accuracy on the training part": lambda train, test: majority(train, train),
        "that is the class, not how often it is right": lambda train, test: np.bincount(train).argmax(),
        "that is the number of right answers; divide by that of the test sequences": lambda train, test: (
            len(test) * majority(train, test)
        ),
        "divided by the number of training sequences; the share is one of the test sequences": lambda train, test: (
            len(test) / len(train) * majority(train, test)
        ),
        "in percent; return a share between 0 and 1": lambda train, test: 100 * majority(train, test),
        "that is one over the number of classes, the chance of guessing; here one answer is given to all": (
            lambda train, test: 1 / len(np.unique(train))
        ),
        "np.max finds the largest class, not the most frequent: np.bincount counts them": _share_of(np.max),
        "that is the median class, not the most frequent": _share_of(np.median),
        "answered a place or a count, which is no class: np.bincount(train_ys).argmax() is the class": (
            lambda train, test: 0.0
        ),
        "the parts are exchanged: choose on train_ys, measure on test_ys": lambda train, test: majority(test, train),
    },
)

TAGS = (3, 7)


def tag_accuracy(answers: np.ndarray, marks: np.ndarray) -> tuple[float, float]:
    """Return the shares of steps and of sequences that are right, where marks are not -1: exercise ``tag_accuracy``."""
    there = marks != -1
    right = answers == marks
    return right[there].mean(), (right | ~there).all(axis=1).mean()


def _tags(rng):
    """Six sequences: three are right throughout, one of them without a -1; one has a single step that counts."""
    marks = rng.integers(0, 2, size=(6, TAGS[1]))
    for row, first in zip(marks, (1, 4, 6, 2, 5, 7), strict=True):
        row[first:] = -1
        row[0] = 1
    marks[2, 1] = 0
    answers = rng.integers(0, 2, size=marks.shape)
    answers[:, 0] = [1, 1, 0, 0, 0, 1]
    answers[2] = 1  # right where the mark is 1 alone
    for k in (1, 5):
        answers[k] = np.where(marks[k] >= 0, marks[k], 1)
    answers[4, 1] = 1 - marks[4, 1]
    return [answers, marks]


def _words_of(answers, marks):
    return tag_accuracy(answers, marks)[1]


def _all_steps(answers, marks):
    return (answers == marks).mean(), _words_of(answers, marks)


def _mean_of_means(answers, marks):
    shares = [(a == m)[m != -1].mean() for a, m in zip(answers, marks, strict=True)]
    return np.mean(shares), _words_of(answers, marks)


def _words_with_padding(answers, marks):
    return tag_accuracy(answers, marks)[0], (answers == marks).all(axis=1).mean()


def _any(answers, marks):
    return tag_accuracy(answers, marks)[0], ((answers == marks) & (marks != -1)).any(axis=1).mean()


def _only_ones(answers, marks):
    return (answers == marks)[marks == 1].mean(), _words_of(answers, marks)


def _zero_is_no_label(answers, marks):
    return tag_accuracy(answers, np.where(marks == 0, -1, marks))


def _padding_is_right(answers, marks):
    return ((answers == marks) | (marks == -1)).mean(), _words_of(answers, marks)


def _by_columns(answers, marks):
    return tag_accuracy(answers, marks)[0], tag_accuracy(answers.T, marks.T)[1]


def _all_at_once(answers, marks):
    return tag_accuracy(answers, marks)[0], 0.0


def _numbers(answers, marks):
    steps, sequences = tag_accuracy(answers, marks)
    return steps * np.sum(marks != -1), sequences * len(marks)


TAG_ACCURACY = FunctionCheck(
    tag_accuracy,
    _tags,
    ("share of steps", "share of sequences"),
    {
        "the steps marked -1 count among the steps; leave them out of what you divide by": _all_steps,
        "that is the mean of each sequence's own share; take all steps together": _mean_of_means,
        "a sequence is right if all its steps with a mark are; the steps marked -1 must not fail it": (
            _words_with_padding
        ),
        "a sequence is right if all its steps are, not any": _any,
        "0 is a label too, an unstressed vowel; only -1 means that there is none": _zero_is_no_label,
        "the steps marked -1 count as right; leave them out of both numbers": _padding_is_right,
        "that asks which steps are right in all sequences; a sequence is a row, so .all(axis=1)": _by_columns,
        "that asks whether all sequences are right; .all(axis=1) asks each, and the mean is the share": _all_at_once,
        "those are numbers of steps and of sequences; divide each by how many there are": _numbers,
        "those are the shares that are wrong; return those that are right": (
            lambda a, m: tuple(1 - share for share in tag_accuracy(a, m))
        ),
        "only the steps marked 1 are counted; an unstressed vowel can be answered wrongly too": _only_ones,
        "the two shares are exchanged: steps first, then sequences": lambda a, m: tag_accuracy(a, m)[::-1],
    },
)
