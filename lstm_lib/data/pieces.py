"""Sub-words: pieces between a character and a word, learned from texts.

Chapter ``09_attention``.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_lib.data.symbols import BOS, EOS, PAD, UNKNOWN
from lstm_lib.errors import InputError

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor


def learn_pieces(texts: Iterable[str], size: int) -> "SentencePieceProcessor":
    """Return sub-words that byte-pair encoding has learned from texts; every digit stays a piece of its own.

    Parameters
    ----------
    texts : iterable of str
    size : int
        Pieces in all, the special ones included.

    Returns
    -------
    sentencepiece.SentencePieceProcessor
        Its ids 0 to 3 are those of :data:`~lstm_lib.data.PAIRS`.

    Raises
    ------
    InputError
        If SentencePiece is missing.

    References
    ----------
    Sennrich, Haddow & Birch (2016), arXiv:1508.07909. Kudo & Richardson (2018), arXiv:1808.06226.
    """
    try:
        import sentencepiece
    except ImportError:
        raise InputError("sub-words come from SentencePiece: pip install sentencepiece") from None
    learned = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=learned,
        model_type="bpe",
        vocab_size=size,
        character_coverage=1.0,
        split_digits=True,
        pad_id=PAD,
        bos_id=BOS,
        eos_id=EOS,
        unk_id=UNKNOWN,
        num_threads=1,
        minloglevel=2,  # errors only
    )
    return sentencepiece.SentencePieceProcessor(model_proto=learned.getvalue())


def piece_rows(pieces: "SentencePieceProcessor", texts: Sequence[str], *, end: bool = False) -> np.ndarray:
    """Return texts as rows of ids, padded from the right, shape (N, T).

    Parameters
    ----------
    pieces : sentencepiece.SentencePieceProcessor
    texts : list of str
    end : bool
        Whether each row ends in the end symbol.
    """
    rows = [ids + [EOS] * end for ids in pieces.encode(list(texts))]
    padded = np.full((len(rows), max(map(len, rows))), PAD)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded
