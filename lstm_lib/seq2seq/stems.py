"""Find words that belong together, as *phone*, *phones* and *phoned* do: a part of a lexicon may give another away.

Chapter ``08_seq2seq``. The rule is crude, and knows English endings only.
"""

ENDINGS = ("ings", "iest", "ing", "ies", "ers", "est", "er", "ed", "es", "ly", "s")  # the longer first
LEAST = 3  # letters that must be left


def stem(word: str) -> str:
    """Return what is left of an English word without its ending.

    Parameters
    ----------
    word : str
        In small letters.

    Returns
    -------
    str
        Words with the same one count as related. Some are not, such as *car* and *carry*, and some relatives are
        missed, such as *buy* and *bought*.
    """
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) >= LEAST + len(ending):
            word = word[: -len(ending)]
            break
    if word[-1] in "eiy" and len(word) > LEAST:
        word = word[:-1]
    doubled = len(word) > LEAST and word[-1] == word[-2]
    return word[:-1] if doubled else word
