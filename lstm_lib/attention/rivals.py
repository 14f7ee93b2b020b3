"""What a translator has to beat: the translation of the most similar text that it has seen.

Chapter ``09_attention``.
"""

from collections.abc import Sequence

from lstm_lib.data.lexicons import Pairs


def nearest_targets(known: Pairs, sources: Sequence[str]) -> list[str]:
    """Return for each source the target of the known source that shares the most of three characters in a row with it.

    Parameters
    ----------
    known : lstm_lib.data.Pairs
        At least one; of several as similar the first counts.
    sources : list of str

    Returns
    -------
    list of str
    """
    seen = [_threes(text) for text in known.sources]
    found = []
    for text in sources:
        own = _threes(text)
        similar = [2 * len(own & other) / (len(own) + len(other)) for other in seen]
        found.append(known.targets[similar.index(max(similar))])
    return found


def _threes(text):
    padded = f"_{text}_"
    return {padded[k : k + 3] for k in range(len(padded) - 2)}
