"""What the symbols of CMU's pronouncing dictionary (ARPAbet) stand for: a word with each sound.

Chapter ``08_seq2seq``.
"""

from collections.abc import Iterable

SOUNDS = {
    **{"AA": "father", "AE": "cat", "AH": "cut", "AO": "ball", "AW": "cow", "AY": "ride", "EH": "bed", "ER": "bird"},
    **{"EY": "day", "IH": "sit", "IY": "see", "OW": "boat", "OY": "boy", "UH": "book", "UW": "food"},
    **{"B": "bat", "CH": "chin", "D": "dog", "DH": "then", "F": "fan", "G": "get", "HH": "hat", "JH": "jam"},
    **{"K": "kite", "L": "leg", "M": "man", "N": "net", "NG": "sing", "P": "pen", "R": "red", "S": "sun"},
    **{"SH": "ship", "T": "ten", "TH": "thin", "V": "van", "W": "win", "Y": "yes", "Z": "zoo", "ZH": "vision"},
}
STRESS = "012"  # digits behind a vowel: none, the main stress, a lesser one


def sounds_of(symbols: Iterable[str]) -> dict[str, str]:
    """Return a word for each sound among some symbols, in alphabetic order.

    Parameters
    ----------
    symbols : iterable of str
        ``"OW"``, or with stress ``"OW1"``.

    Returns
    -------
    dict of str to str
        Empty unless every symbol is one of the dictionary's.
    """
    names = {symbol.rstrip(STRESS) for symbol in symbols}
    return {name: SOUNDS[name] for name in sorted(names)} if names <= SOUNDS.keys() else {}
