"""Exercises of chapter ``10_beam_search`` that write the search itself, on a table of texts."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED

SYMBOLS = ".ab"  # the first is the end
MAX_LEN, WIDTHS = 4, (1, 2, 3)
TABLES = (1, 5, 6, 50, 90)  # seeds; on these, no two mistakes below give the same answers at all widths
PAIRS = "a list of pairs (text, log_p)"


def random_table(seed: int) -> dict[str, list[float]]:
    """Return the probabilities of the next symbol for every text of at most three letters."""
    rng = np.random.default_rng(seed)
    texts = ["".join(t) for n in range(MAX_LEN) for t in itertools.product("ab", repeat=n)]
    return {text: rng.dirichlet([0.5, 1.2, 1.2]).tolist() for text in texts}


def expand(kept: list, table: dict, width: int) -> list:
    """Return the likeliest continuations: the answer to exercise ``expand``."""
    return _best(_longer(kept, table))[:width]


def part(kept: list, max_len: int) -> tuple[list, list]:
    """Return what is finished and what goes on: the answer to exercise ``part``."""
    return [p for p in kept if _ends(p[0], max_len)], [p for p in kept if not _ends(p[0], max_len)]


def search(table: dict, width: int, max_len: int) -> tuple[str, float]:
    """Return the best text that a beam finds, and its log-probability: the answer to exercise ``beam_search``."""
    return _best(_finished(table, width, max_len))[0]


def _ends(text, max_len):
    return text.endswith(SYMBOLS[0]) or len(text) == max_len


def _best(pairs):
    return sorted(pairs, key=lambda pair: -pair[1])


def _longer(kept, table, combine=lambda log_p, p: log_p + np.log(p)):
    return [(t + s, combine(log_p, p)) for t, log_p in kept for s, p in zip(SYMBOLS, table[t], strict=True)]


def _finished(table, width, max_len, expand=expand):
    alive, finished = [("", 0.0)], []
    while alive:
        ended, alive = part(expand(alive, table, width), max_len)
        finished += ended
    return finished


def _each_on_its_own(kept, table, width):
    return _best([pair for one in kept for pair in expand([one], table, width)])


def _one_of_each(kept, table, width):
    return _best([expand([one], table, 1)[0] for one in kept])[:width]


EXPAND_MISTAKES = {
    "one prefix may have several of the best continuations; yours keeps one of each": _one_of_each,
    "the width is for all prefixes together; yours keeps so many of each": _each_on_its_own,
    "those are the least likely; the best come first": lambda kept, table, width: _best(_longer(kept, table))[::-1][
        :width
    ],
    "the best are there, in the wrong order: the most probable come first": lambda kept, table, width: expand(
        kept, table, width
    )[::-1],
    "all continuations are there; keep the best beam_width of them": lambda kept, table, width: _best(
        _longer(kept, table)
    ),
    "the first beam_width continuations are kept, not the most probable": lambda kept, table, width: _longer(
        kept, table
    )[:width],
    "the log-probability of the prefix itself must be added": lambda kept, table, width: _best(
        _longer(kept, table, lambda log_p, p: np.log(p))
    )[:width],
    "the table holds probabilities; take their logarithm before you add": lambda kept, table, width: _best(
        _longer(kept, table, lambda log_p, p: log_p + p)
    )[:width],
    "log-probabilities are added, not multiplied": lambda kept, table, width: _best(
        _longer(kept, table, lambda log_p, p: log_p * np.log(p))
    )[:width],
    "those are probabilities; return log-probabilities": lambda kept, table, width: [
        (text, np.exp(log_p)) for text, log_p in expand(kept, table, width)
    ],
    "the log-probabilities are those of the prefixes before; add that of the new symbol": (
        lambda kept, table, width: _longer(kept, table, lambda log_p, p: log_p)[:width]
    ),
}

PART_MISTAKES = {
    "the two are exchanged: the finished come first": lambda kept, T: part(kept, T)[::-1],
    "what has max_len symbols is finished too, though it does not end": lambda kept, T: part(kept, T + 9),
    "what ends in the end symbol is finished too, however short it is": lambda kept, T: (
        [p for p in kept if len(p[0]) == T],
        [p for p in kept if len(p[0]) != T],
    ),
    "cut off one symbol too early: a text may have max_len of them": lambda kept, T: part(kept, T - 1),
    "what is finished goes on as well: it must leave the prefixes": lambda kept, T: (part(kept, T)[0], list(kept)),
    "everything counts as finished": lambda kept, T: (list(kept), []),
    "what ends belongs to the finished, and what does not end goes on, until max_len": lambda kept, T: (
        [p for p in kept if p[0].endswith(".") and len(p[0]) == T],
        [p for p in kept if not (p[0].endswith(".") and len(p[0]) == T)],
    ),
    "what is cut off at max_len is lost; it is finished": lambda kept, T: (
        [p for p in kept if p[0].endswith(".")],
        part(kept, T)[1],
    ),
}


def _at_the_first_end(table, width, max_len):
    alive = [("", 0.0)]
    while True:
        ended, alive = part(expand(alive, table, width), max_len)
        if ended:
            return _best(ended)[0]


def _only_the_last(table, width, max_len):
    alive = [("", 0.0)]
    while alive:
        ended, alive = part(expand(alive, table, width), max_len)
    return _best(ended)[0]


def _competing(table, width, max_len):
    """Keep finished texts among the prefixes, where they may be dropped."""
    kept = [("", 0.0)]
    for _ in range(max_len):
        ended, alive = part(kept, max_len)
        kept = _best(ended + _longer(alive, table))[:width]
    return kept[0]


def _nothing_cut_off(table, width, max_len):
    finished = [p for p in _finished(table, width, max_len) if p[0].endswith(".")]
    return _best(finished)[0] if finished else ("", -np.inf)


def _places_taken(table, width, max_len):
    """Stop when as many texts have ended as the beam is wide."""
    alive, finished = [("", 0.0)], []
    while alive and len(finished) < width:
        ended, alive = part(expand(alive, table, width), max_len)
        finished += ended
    return _best(finished)[0]


SEARCH_MISTAKES = {
    "that is greedy search: keep the best beam_width of all continuations, not one of each": lambda table, width, T: (
        search(table, 1, T)
    ),
    "yours stops at the first end; a prefix that is alive may still end better": _at_the_first_end,
    "yours returns the best of the last step; what ended earlier counts too: collect it": _only_the_last,
    "finished texts compete with prefixes for a place in the beam, and are dropped; keep them apart": _competing,
    "what is cut off at max_len is lost; it competes as it is": _nothing_cut_off,
    "yours stops when beam_width texts have ended; go on as long as a prefix is alive": _places_taken,
    "that is exhaustive search: the width is not used, or used for each prefix": lambda table, width, T: search(
        table, 10**6, T
    ),
    "the width is for all prefixes together; yours keeps so many of each": lambda table, width, T: _best(
        _finished(table, width, T, _each_on_its_own)
    )[0],
    "yours returns the least probable of what it finished: the log-probability nearest to 0 is the best": (
        lambda table, width, T: _best(_finished(table, width, T))[-1]
    ),
    "no length penalty was asked for: compare the log-probabilities themselves": lambda table, width, T: max(
        _finished(table, width, T), key=lambda pair: pair[1] / len(pair[0])
    ),
    "that is the probability; return its logarithm": lambda table, width, T: (
        search(table, width, T)[0],
        np.exp(search(table, width, T)[1]),
    ),
    "one symbol too few: a text may have max_len of them": lambda table, width, T: search(table, width, T - 1),
}


def _pairs(result: Any, what: str = PAIRS) -> tuple[list, str]:
    """Return pairs as ``(text, number)``, and what is wrong with them, if anything is."""
    if not isinstance(result, list | tuple | np.ndarray):
        return [], f"return {what}, not a {type(result).__name__}"
    found = []
    for pair in result:
        if isinstance(pair, str):
            return [], f"return {what}; the log-probabilities are missing"
        try:
            text, log_p = pair
            found.append((str(text), float(log_p)))
        except (TypeError, ValueError):
            return [], f"return {what}; one of yours is not (text, number)"
    return found, ""


def _same(a, b):
    return [t for t, _ in a] == [t for t, _ in b] and np.allclose([p for _, p in a], [p for _, p in b], rtol=1e-7)


def _kept(seed):
    """Return prefixes of two letters with their log-probabilities, not in order of the alphabet."""
    rng = np.random.default_rng(seed)
    return [(text, float(-rng.exponential(1.0) - 0.1)) for text in rng.permutation(["aa", "ab", "bb"]).tolist()]


def _judge_all(answer: Callable, cases: list, reference: Callable, mistakes: dict, read: Callable, same: Callable):
    """Compare an answer with the reference and with known mistakes, in all cases at once."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    found = []
    for first, *others in cases:
        result = answer(first.copy(), *others)
        if result is None or result is Ellipsis:
            return NOT_ATTEMPTED
        value, complaint = read(result)
        if complaint:
            return complaint
        found.append(value)

    def agrees(function):
        return all(same(value, function(*case)) for value, case in zip(found, cases, strict=True))

    if agrees(reference):
        return ""
    return next((hint for hint, wrong in mistakes.items() if agrees(wrong)), None) or _first_difference(
        found, cases, reference, same
    )


def _first_difference(found, cases, reference, same):
    value, case = next((v, c) for v, c in zip(found, cases, strict=True) if not same(v, reference(*c)))
    expected = reference(*case)
    texts = [_texts(side) for side in (value, expected)]
    if texts[0] == texts[1]:
        return "the texts are right, their log-probabilities are not"
    return f"yours is {texts[0]}, and it must be {texts[1]}; go through this step by hand"


def _texts(value):
    """Return the texts of pairs, of lists of pairs, or of one pair, in words."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value[0]
    if isinstance(value, tuple):
        return " and ".join(f"[{_texts(side)}]" for side in value)
    return ", ".join(text for text, _ in value) or "nothing"


def judge_expand(answer: Callable) -> str:
    """Return the hint for one step of a beam on a table."""
    cases = [(_kept(seed), random_table(seed), width) for seed in range(4) for width in (2, 4)]
    cases.append(([("", 0.0)], random_table(9), 2))
    return _judge_all(answer, cases, expand, EXPAND_MISTAKES, _pairs, _same)


def judge_part(answer: Callable) -> str:
    """Return the hint for what is finished and what goes on."""
    texts = [["ab.", "abb", "aab"], ["a.", "bb"], ["bab.", "abba", "bbb."], ["aa", "ab", "b."], ["aaa", "ba."]]
    lengths = [4, 3, 4, 3, 3]
    cases = [([(t, -1.0 - k) for k, t in enumerate(row)], T) for row, T in zip(texts, lengths, strict=True)]

    def read(result):
        if not isinstance(result, list | tuple) or len(result) != 2:
            return None, "return two lists, the finished and those that go on"
        sides = [_pairs(side) for side in result]
        complaint = sides[0][1] or sides[1][1]
        if complaint and not any(isinstance(pair, str) for side in result for pair in side):
            complaint = "return two lists, the finished and those that go on, with the pairs as they were given"
        return tuple(side for side, _ in sides), complaint

    def same(found, expected):
        return all(_same(sorted(a), sorted(b)) for a, b in zip(found, expected, strict=True))

    return _judge_all(answer, cases, part, PART_MISTAKES, read, same)


def judge_beam_search(answer: Callable) -> str:
    """Return the hint for a whole beam search on a table."""
    cases = [(random_table(seed), width, MAX_LEN) for seed in TABLES for width in WIDTHS]

    def read(result):
        if isinstance(result, str):
            return None, "return two values, the text and its log-probability; yours is the text alone"
        if isinstance(result, list) and result and not isinstance(result[0], str):
            return None, "return the best pair alone, not a list of pairs"
        found, _ = _pairs([result])
        return (found[0], "") if found else (None, "return two values, the text and its log-probability")

    return _judge_all(answer, cases, search, SEARCH_MISTAKES, read, lambda a, b: _same([a], [b]))
