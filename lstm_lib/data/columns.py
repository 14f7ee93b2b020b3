"""See what looks wrong in the columns of a file of pairs: names in its first row, or two that are exchanged.

Chapter ``08_seq2seq``.
"""

from collections import Counter
from collections.abc import Sequence

from lstm_lib.data.lexicons import Pairs
from lstm_lib.data.symbols import separator_of, shortened

USUAL = """
source target src tgt trg input output original native latin script english french german spanish italian portuguese
russian greek hindi arabic chinese japanese korean word words text texts sentence sentences phrase term token lemma form
inflected normalized normalised grapheme graphemes spelling phoneme phonemes pronunciation pronunciations transcription
ipa sound translation transliteration romanization romanisation romanized romanised
"""
NAMES = frozenset(USUAL.split())
LEAST = 10  # rows beside the first from which is told what is usual
EXCHANGED = 0.1  # share of the symbols by which exchanged columns must fit better


def titles(pairs: Pairs) -> str | None:
    """Return why the first row looks like the names of the columns; None if it does not.

    It does if its texts are two usual names (``word``, ``pronunciation``), or if no other row is so unlike the
    rest: on one side at least half of its characters stand in no other row, or, where the others have several tokens,
    it is one token that stands in no other row.

    Parameters
    ----------
    pairs : lstm_lib.data.Pairs
    """
    first = pairs.sources[0], pairs.targets[0]
    shown = " and ".join(map(shortened, first))
    names = {text.strip("#<>[]").casefold() for text in first}
    if len(pairs) > 1 and len(names) == 2 and names <= NAMES:
        return f"{shown} are names of columns"
    if len(pairs) > LEAST and any(_first_alone_is_strange(texts) for texts in (pairs.sources, pairs.targets)):
        return f"{shown} are unlike all other rows"
    return None


def _first_alone_is_strange(texts: Sequence[str]) -> bool:
    spaces = separator_of(texts)
    split = [set(text.split() if spaces else text) for text in texts]
    rows = Counter(symbol for symbols in split for symbol in symbols)

    def strange(symbols):
        alone = sum(rows[symbol] == 1 for symbol in symbols)
        return alone == len(symbols) == 1 if spaces else len(symbols) > 1 and 2 * alone >= len(symbols)

    return strange(split[0]) and not any(map(strange, split[1:]))


def swapped(pairs: Pairs, learned: Pairs | None = None) -> str | None:
    """Return why the columns of a file look swapped, or wrong; None if they do not.

    The script of either side says nothing: to write Greek in Latin letters is as usual as the other way round.

    Parameters
    ----------
    pairs : lstm_lib.data.Pairs
    learned : lstm_lib.data.Pairs, optional
        Training pairs that these should be like, or the symbols of both sides.
    """
    sources, targets = set("".join(pairs.sources)), set("".join(pairs.targets))
    if learned is not None:
        like, unlike = set("".join(learned.sources)), set("".join(learned.targets))
        straight = len(sources & like) + len(targets & unlike)
        exchanged = len(sources & unlike) + len(targets & like)
        if exchanged - straight > EXCHANGED * (len(sources) + len(targets)):
            return f"{pairs.name}: its columns look swapped: its sources have the symbols of the training targets"
        return None
    for side, symbols in (("source", sources), ("target", targets)):
        if all(symbol.isdigit() for symbol in symbols):
            return f"{pairs.name}: the {side} column holds numbers only; is it a column of counts?"
    return None
