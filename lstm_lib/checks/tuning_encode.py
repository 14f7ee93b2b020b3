"""The exercise of chapter ``06_tuning`` that turns texts into rows of ids."""

from collections.abc import Callable

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.symbols import PAD, ROWS, Symbols


def _encode_arguments(rng, length=4):
    texts = ["".join(rng.choice(list("ACGTN"), size=k)) for k in rng.permutation(np.arange(2, 7))]
    return [["NGNATC", "CA", *texts], "".join(rng.permutation(list("TGCA"))) if length > 4 else "TCAG", length]


def _encode(texts, characters, length):
    return Symbols(tuple(characters), ROWS).encode_rows(texts, length=length)[0]


def _encode_from(first, unknown):
    """Number the characters from another id than 2."""

    def encode(texts, characters, length):
        ids = _encode(texts, characters, length)
        return np.where(ids > 1, ids - 2 + first, np.where(ids == 1, unknown, PAD))

    return encode


def _unknown_after_the_last(texts, characters, length):
    ids = _encode(texts, characters, length)
    return np.where(ids == 1, len(characters) + 2, ids)


def _learn_again(texts, characters, length):
    return _encode(texts, "".join(sorted(set("".join(texts)))), length)


def _encode_right(texts, characters, length):
    return np.array([np.roll(row, length - np.count_nonzero(row)) for row in _encode(texts, characters, length)])


def _pad_with_unknown(texts, characters, length):
    return np.maximum(_encode(texts, characters, length), 1)


def _skip_unknown(texts, characters, length):
    return _encode(["".join(c for c in t if c in characters) for t in texts], characters, length)


def _in_alphabet(texts, characters, length):
    return _encode(texts, "".join(sorted(characters)), length)


def _keep_the_end(texts, characters, length):
    return _encode([t[-length:] for t in texts], characters, length)


class _EncodeCheck(FunctionCheck):
    """First looks at how long the rows are, which comparing values can't say."""

    def _compare(self, result, arguments):
        texts, _, length = arguments
        try:
            lengths = [len(row) for row in result]
        except TypeError:
            return "return one row of ids for each text"
        if len(set(lengths)) > 1:
            return f"the rows have different lengths; fill each up to {length} with 0"
        if lengths and lengths[0] != length and lengths[0] == max(map(len, texts)):
            return f"the rows are as long as the longest text; cut or fill all of them to length = {length}"
        return super()._compare(result, arguments)


def _in_turn(*judges: Callable[[object], str]) -> Callable[[object], str]:
    """Judge by several; the first that is not content says why."""

    def judge(answer):
        return next(filter(None, (j(answer) for j in judges)), "")

    return judge


def _encode_check(length):
    return _EncodeCheck(
        _encode,
        lambda rng: _encode_arguments(rng, length),
        ("ids",),
        {
            "0 is taken by the padding, and your first character has it too": _encode_from(0, 1),
            "your first character and an unknown one share the id 1; begin with 2": _encode_from(1, 1),
            "an unknown character must not look like padding; its id is 1": _encode_from(2, PAD),
            "everything is one too low: 0 is for padding alone and 1 for the unknown": _encode_from(1, PAD),
            "your first character has id 3; begin with 2": _encode_from(3, 1),
            "an unknown character has id 1, not one after the last": _unknown_after_the_last,
            "take the characters that are given, and not those of these texts": _learn_again,
            "the text comes first and the padding after it": _encode_right,
            "padding has id 0, not that of an unknown character": _pad_with_unknown,
            "an unknown character keeps its place, with id 1": _skip_unknown,
            "ids follow the order in which `characters` is given, not the alphabet": _in_alphabet,
            "of a text that is too long the beginning is kept, not the end": _keep_the_end,
        },
    )


ENCODE = _in_turn(_encode_check(4), _encode_check(9))
