"""Exercises of chapter ``08_seq2seq``; ``seq2seq_networks`` and ``seq2seq_writing`` have those in PyTorch."""

import itertools
import math

import numpy as np

from lstm_lib.checks import FunctionCheck, seq2seq_networks, seq2seq_writing
from lstm_lib.data.symbols import EOS, SPECIAL
from lstm_lib.seq2seq import metrics

# How an output is made from the two references of its source, and how many are: every mistake counts another number.
KINDS = {
    "second": 2,
    "first": 1,
    "turned": 1,  # the tokens of the first in another order
    "no end": 2,  # the limit came before it
    "too long": 3,
    "another count": 3,  # the same tokens, not each as often
    "one wrong": 1,
    "too short": 1,
    "other": 4,
    "borrowed": 3,  # right for another source
}


def _sequence(rng, length):
    return [*rng.integers(SPECIAL, SPECIAL + 3, size=length).tolist(), EOS]


def _outputs(rng):
    """Make outputs of other lengths than their references, some of them right."""
    outputs, references = [], []
    for kind in rng.permutation([kind for kind, count in KINDS.items() for _ in range(count)]):
        length = int(rng.integers(3, 7))
        first, second = _sequence(rng, length), _sequence(rng, length + 1)
        if kind in ("turned", "another count"):
            first = [SPECIAL, SPECIAL + 1, *(SPECIAL + 2,) * (length - 2), EOS]
        made = {
            "second": list(second),
            "first": list(first),
            "turned": [*first[1:-1], first[0], EOS],
            "no end": first[:-1],
            "too long": [*first[:-1], SPECIAL, EOS],
            "another count": [SPECIAL, SPECIAL, SPECIAL + 1, *first[3:]] if length > 3 else [*first[:-1], *first[2:]],
            "one wrong": [SPECIAL + 7, *first[1:]],
            "too short": [*first[:-2], EOS],
            "other": _sequence(rng, length + 2),
            "borrowed": None,
        }
        outputs.append(made[kind])
        references.append([first, second])
    others = [listed[0] for listed, output in zip(references, outputs, strict=True) if output is not None]
    for k in [k for k, output in enumerate(outputs) if output is None]:
        outputs[k] = list(
            next(other for other in rng.permutation(np.array(others, object)) if other not in references[k])
        )
    return outputs, references


def _pairs(rng):
    outputs, references = _outputs(rng)
    return [outputs, [listed[0] for listed in references]]


def _token_accuracy(outputs, references):
    return metrics.free_token_accuracy(outputs, [[reference] for reference in references])


def _hits(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return [sum(y == r for y, r in zip(*pair, strict=False)) for pair in pairs]


def _share(outputs, references, total):
    lengths = [total(len(output), len(reference)) for output, reference in zip(outputs, references, strict=True)]
    return sum(_hits(outputs, references)) / sum(lengths)


def _bag_accuracy(outputs, references):
    hits = sum(y in reference for output, reference in zip(outputs, references, strict=True) for y in output)
    return hits / sum(map(len, references))


def _end_left_out(outputs, references):
    short = [[token for token in reference if token != EOS] for reference in references]
    return _share(outputs, short, lambda a, b: b)


def _share_right(right, choose=any):
    """Return the accuracy of whoever takes an output for right if ``right(output, reference)`` of ``choose`` is."""
    return lambda outputs, references: np.mean(
        [choose(right(output, r) for r in listed) for output, listed in zip(outputs, references, strict=True)]
    )


def _up_to_a_mistake(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return sum(sum(np.cumprod([y == r for y, r in zip(*pair, strict=False)])) for pair in pairs)


def _joined(outputs, references):
    return sum(y == r for y, r in zip(*(itertools.chain(*rows) for rows in (outputs, references)), strict=False))


def _total(references):
    return sum(map(len, references))


def _hits_but_ends(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return sum(y == r != EOS for pair in pairs for y, r in zip(*pair, strict=False))


def _one_minus_edits(outputs, references):
    return 1 - metrics.free_running_scores(outputs, [[r] for r in references], eos=EOS)["token_error_rate"]


def _any_words(outputs, references):
    every = [reference for listed in references for reference in listed]
    return metrics.sequence_accuracy(outputs, [every] * len(outputs))


def _best_share(output, listed):
    return max(sum(y == r for y, r in zip(output, one, strict=False)) / len(one) for one in listed)


def _one_reference(place):
    return lambda outputs, references: metrics.sequence_accuracy(outputs, [[listed[place]] for listed in references])


def mcnemar(ours: np.ndarray, theirs: np.ndarray) -> tuple[int, int, float]:
    """Return how many items one alone got right, and a p-value: the answer to exercise ``mcnemar``."""
    won, lost = int(np.sum(ours > theirs)), int(np.sum(ours < theirs))
    return won, lost, _two_sided(min(won, lost), won + lost)


def _tail(k, n):
    return sum(math.comb(n, j) for j in range(k + 1)) / 2**n


def _two_sided(k, n):
    return min(1.0, 2 * _tail(k, n))


def _judged(p):
    """Return the counts of :func:`mcnemar` with another p-value, of the two counts and the number of items."""

    def wrong(ours, theirs):
        won, lost, _ = mcnemar(ours, theirs)
        return won, lost, p(won, lost, len(ours))

    return wrong


def _chi_squared(less):
    return _judged(lambda won, lost, n: math.erfc(max(abs(won - lost) - less, 0) / math.sqrt(2 * (won + lost))))


def _totals(ours, theirs):
    n, a, b = len(ours), int(ours.sum()), int(theirs.sum())
    return a, b, _two_sided(min(a, b), min(a + b, n))


def _both_right(ours, theirs):
    both, neither = int(np.sum(ours & theirs)), int(np.sum((1 - ours) & (1 - theirs)))
    return both, neither, _two_sided(min(both, neither), both + neither)


def _answers(rng):
    """Both right or both wrong on most items; of three draws one is won, one lost, and one neither."""
    kind = rng.random()
    many, few = int(rng.integers(6, 10)), int(rng.integers(1, 5))
    won, lost = (many, many) if kind < 0.3 else (few, many) if kind < 0.6 else (many, few)
    pairs = np.repeat([[1, 0], [0, 1], [1, 1], [0, 0]], [won, lost, 11, 7], axis=0)
    return list(rng.permutation(pairs).T.copy())


MCNEMAR = FunctionCheck(
    mcnemar,
    _answers,
    ("won", "lost", "p"),
    {
        "p is one-sided: double the tail, since either could have been ahead": _judged(
            lambda won, lost, n: _tail(min(won, lost), won + lost)
        ),
        "p comes out above 1 where won equals lost; take the smaller of it and 1": _judged(
            lambda won, lost, n: 2 * _tail(min(won, lost), won + lost)
        ),
        "p counts all items; those on which both agree say nothing, so n is won + lost": _judged(
            lambda won, lost, n: _two_sided(min(won, lost), n)
        ),
        "p is the chance of exactly this count; add those of the smaller ones": _judged(
            lambda won, lost, n: min(1.0, 2 * math.comb(won + lost, min(won, lost)) / 2 ** (won + lost))
        ),
        "the sum leaves out the count itself: range(k + 1) goes up to k": _judged(
            lambda won, lost, n: 2 * _tail(min(won, lost) - 1, won + lost)
        ),
        "the tail runs over the larger count; take the smaller": _judged(
            lambda won, lost, n: _two_sided(max(won, lost), won + lost)
        ),
        "that is the mid-p, which compare computes; here the chance of k counts in full": _judged(
            lambda won, lost, n: _tail(min(won, lost), won + lost) + _tail(min(won, lost) - 1, won + lost)
        ),
        "that is 1 - p": _judged(lambda won, lost, n: 1 - _two_sided(min(won, lost), won + lost)),
        "won and lost are counts, not shares": lambda a, b: (
            *(count / len(a) for count in mcnemar(a, b)[:2]),
            mcnemar(a, b)[2],
        ),
        "that is the chi-squared approximation; sum the binomial chances themselves": _chi_squared(0),
        "that is the chi-squared approximation, corrected; sum the binomial chances themselves": _chi_squared(1),
        "won and lost are exchanged": lambda a, b: (*mcnemar(a, b)[1::-1], mcnemar(a, b)[2]),
        "those are all that each got right; count the items that one got right and the other wrong": _totals,
        "those are the items on which both agree; count those on which they differ": _both_right,
    },
)

CHECKS = {
    **seq2seq_networks.CHECKS,
    **seq2seq_writing.CHECKS,
    "token_accuracy": FunctionCheck(
        _token_accuracy,
        _pairs,
        ("accuracy",),
        {
            "divide by the tokens of the references, not of the outputs": lambda o, r: _share(o, r, lambda a, b: a),
            "the positions that an output does not reach are wrong, and count": lambda o, r: _share(o, r, min),
            "divide by the tokens of the references alone, also where the output is longer": lambda o, r: _share(
                o, r, max
            ),
            "compare position by position: a token in another place is wrong": _bag_accuracy,
            "only places before the first mistake count with you; compare them all": lambda o, r: (
                _up_to_a_mistake(o, r) / _total(r)
            ),
            "compare each output with its own reference; joined in one list, a longer output shifts all behind it": (
                lambda o, r: _joined(o, r) / _total(r)
            ),
            "an output of another length has right places too": lambda o, r: (
                sum(hits for hits, y, z in zip(_hits(o, r), o, r, strict=True) if len(y) == len(z)) / _total(r)
            ),
            "the end symbol is among your hits, and not in what you divide by": lambda o, r: (
                sum(_hits(o, r)) / (_total(r) - len(r))
            ),
            "the end symbol is in what you divide by, and not among your hits": lambda o, r: (
                _hits_but_ends(o, r) / _total(r)
            ),
            "divide by the number of tokens, not of sequences": lambda o, r: sum(_hits(o, r)) / len(r),
            "a share lies between 0 and 1; yours is in percent": lambda o, r: 100 * _token_accuracy(o, r),
            "that is one minus the token error rate, which counts edits; compare place by place": _one_minus_edits,
            "pool the tokens of all sequences; yours is the mean over sequences": lambda o, r: np.mean(
                [_token_accuracy([y], [z]) for y, z in zip(o, r, strict=True)]
            ),
            "that is the number of hits; divide by the tokens of the references": lambda o, r: sum(_hits(o, r)),
            "the end symbol is a token too: it counts in both numbers": _end_left_out,
            "that is the share of whole sequences; count tokens": lambda o, r: np.mean(
                [y == z for y, z in zip(o, r, strict=True)]
            ),
            "that is the share that is wrong": lambda o, r: 1 - _token_accuracy(o, r),
        },
    ),
    "sequence_accuracy": FunctionCheck(
        metrics.sequence_accuracy,
        lambda rng: list(_outputs(rng)),
        ("accuracy",),
        {
            "any listed reference counts, not only the first": _one_reference(0),
            "any listed reference counts, not only the last": _one_reference(-1),
            "one listed reference is enough; you ask for all of them, or compare with the whole list": _share_right(
                lambda y, r: y == r, all
            ),
            "the order of the tokens counts, and a set has none": _share_right(lambda y, r: set(y) == set(r)),
            "the order of the tokens counts; sorting both loses it": _share_right(lambda y, r: sorted(y) == sorted(r)),
            "an output that goes on after the reference has ended is wrong": _share_right(
                lambda y, r: y[: len(r) - 1] == r[:-1]
            ),
            "the length alone does not make an output right": _share_right(lambda y, r: len(y) == len(r)),
            "an output that stops before the end symbol is wrong (and zip stops at the shorter)": _share_right(
                lambda y, r: all(a == b for a, b in zip(y, r, strict=False))
            ),
            "that output is right for another source; compare it with the references of its own": _any_words,
            "divide by the number of outputs; each counts once, however many references it has": lambda o, r: (
                len(o) * metrics.sequence_accuracy(o, r) / _total(r)
            ),
            "a share lies between 0 and 1; yours is in percent": lambda o, r: 100 * metrics.sequence_accuracy(o, r),
            "those are tokens; an output is right as a whole or not at all": lambda o, r: np.mean(
                [_best_share(*pair) for pair in zip(o, r, strict=True)]
            ),
            "that is the number of right sequences; divide by how many there are": lambda o, r: (
                len(o) * metrics.sequence_accuracy(o, r)
            ),
            "that is the share that is wrong": lambda o, r: 1 - metrics.sequence_accuracy(o, r),
        },
    ),
    "mcnemar": MCNEMAR,
}
