"""Write with a trained model.

Chapter ``08_seq2seq``.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from lstm_lib.beam_search.batched import batched_beam_search
from lstm_lib.beam_search.search import Hypothesis
from lstm_lib.data.lexicons import in_form
from lstm_lib.data.symbols import Symbols, listed, shortened
from lstm_lib.errors import InputError
from lstm_lib.frameworks.torch_parts import device_of, evaluating, torch
from lstm_lib.seq2seq.ensemble import Ensemble
from lstm_lib.seq2seq.model import Seq2Seq

ROWS = 256  # sources that are read at once
MOST_SHOWN = 200  # characters of what a model knows, in a message


def longest_output(source_length: int) -> int:
    """Return the most symbols that are written for a source of that length, the end included."""
    return 2 * source_length + 10


def write(
    model: Seq2Seq | Ensemble,
    sources: tuple[np.ndarray, np.ndarray],
    *,
    beam_width: int = 1,
    length_penalty: float = 0.0,
    n_best: int = 1,
) -> list[list[Hypothesis]]:
    """Write the likeliest targets of some sources.

    Parameters
    ----------
    model : Seq2Seq or Ensemble
    sources : tuple of numpy.ndarray
        ``(ids (N, S), lengths (N,))``.
    beam_width, length_penalty, n_best
        As in :func:`lstm_lib.beam_search.batched_beam_search`; width 1 is greedy.

    Returns
    -------
    list of list of tuple
        For each source ``(tokens, score)``, at most ``n_best``, the best first.
    """
    xs, lengths = sources
    written, device = [None] * len(lengths), device_of(model)
    order = np.argsort(lengths, kind="stable")
    for length in np.unique(lengths):  # sources of one length have no padding
        same, most = order[lengths[order] == length], longest_output(int(length))
        for rows in np.array_split(same, -(-len(same) // ROWS)):
            with evaluating(model):
                state = model.encode(torch.from_numpy(xs[rows, :length]).to(device), torch.from_numpy(lengths[rows]))
                outputs = batched_beam_search(model, state, beam_width, most, length_penalty, n_best)
            for row, best in zip(rows, outputs, strict=True):
                written[row] = best
    return written


def readable(text: str, symbols: Symbols, form: str | None = None) -> str:
    """Return a text as a model can read it: in its form of Unicode, and in small letters if it knows no others.

    Parameters
    ----------
    text : str
    symbols : lstm_lib.data.Symbols
        Of the sources.
    form : {"NFC", "NFD"}, optional
        That of the training; None: the text stays as it is.

    Returns
    -------
    str
    """
    text, known = in_form(text, form), "".join(symbols.names)
    if known == known.lower() != known.upper():
        text = in_form(text.lower(), form)
    return text


def as_read(texts: Sequence[str], symbols: Symbols, form: str | None = None, *, strict: bool = True) -> list[str]:
    """Return texts as a model reads them: in its form of Unicode, and, unless ``strict``, :func:`readable`.

    Raises
    ------
    InputError
        If a text has an unknown symbol; unless ``strict``, if it has no other.
    """
    if isinstance(texts, str):
        raise InputError(f"a list of texts is translated, not one text: [{texts!r}]")
    texts = [in_form(text, form) if strict else readable(text, symbols, form) for text in texts]
    require_known([text for text in texts if strict or not symbols.knows_some_of(text)], symbols)
    return texts


def require_known(texts: Iterable[str], symbols: Symbols) -> None:
    """Raise :class:`InputError` unless each text has symbols, and all of them are known."""
    for text in texts:
        strange, _ = symbols.unknown_in([text])
        if strange or not symbols.split(text):
            what = f"has {listed(strange)}, which the model does not know" if strange else "is empty"
            known = symbols.separator.join(symbols.names)
            known = f"{known[:MOST_SHOWN]} ..." if len(known) > MOST_SHOWN else known
            raise InputError(f"{shortened(text)} {what}; it knows {known}")
