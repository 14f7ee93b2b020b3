"""Score what a decoder wrote: single tokens, whole sequences, and the edits between.

Chapters ``08_seq2seq`` and ``10_beam_search``. A sequence here is what a decoder writes: tokens up to *and including*
the end symbol, which is missing only if the length limit came first. A reference ends in it.

Two situations give two numbers that must not be mixed. *Free-running*: the decoder reads what it wrote itself, as in
use. *Teacher-forced*: at every position it was given the true tokens before it, as in training, so one mistake does
not lead to the next. Every function is for the free-running one unless its name says otherwise.
"""

from collections.abc import Sequence

import numpy as np


def free_token_accuracy(outputs: Sequence[Sequence[int]], references: Sequence[Sequence[Sequence[int]]]) -> float:
    """Return the share of reference positions at which the output has the same token.

    Position ``t`` of the output is compared with position ``t`` of the reference, the end symbol included. The
    denominator is the number of *reference* tokens. A position that the output does not reach is wrong. What it has
    beyond the reference is not counted, and costs one position all the same: where the reference ends, it goes on.
    One token left out or put in shifts all that follow; :func:`token_error_rate` forgives that.

    Parameters
    ----------
    outputs : sequence of sequence of int
        One for each source, as decoded without help. May be empty.
    references : sequence of sequence of sequence of int
        For each source all its references, at least one; the one that matches in the largest share of its positions
        counts, the first of these if several do.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If there is nothing to score, a source has no reference or an empty one, or the numbers of sources differ.
    """
    hits = total = 0
    for output, listed in _paired(outputs, references):
        matches = [sum(y == r for y, r in zip(output, reference, strict=False)) for reference in listed]
        best = max(range(len(listed)), key=lambda k: matches[k] / len(listed[k]))  # the first if several match as well
        hits += matches[best]
        total += len(listed[best])
    return hits / total


def teacher_forced_token_accuracy(predictions: Sequence[Sequence[int]], references: Sequence[Sequence[int]]) -> float:
    """Return the share of positions at which the likeliest token, after the *true* tokens before it, is right.

    Parameters
    ----------
    predictions : sequence of sequence of int
        One for each source, as long as its reference.
    references : sequence of sequence of int
        One for each source: the one that was fed to the decoder, end symbol included, padding left out.

    Returns
    -------
    float
        Between 0 and 1. Not what a user gets: see :func:`free_token_accuracy`.

    Raises
    ------
    ValueError
        If there is nothing to score, or lengths differ.
    """
    hits = total = 0
    for prediction, (reference,) in _paired(predictions, [[reference] for reference in references]):
        if len(prediction) != len(reference):
            raise ValueError(f"{len(prediction)} predictions for {len(reference)} positions: not teacher-forced")
        hits += sum(y == r for y, r in zip(prediction, reference, strict=True))
        total += len(reference)
    return hits / total


def sequence_accuracy(outputs: Sequence[Sequence[int]], references: Sequence[Sequence[Sequence[int]]]) -> float:
    """Return the share of sources whose output is one of the listed references, end symbol included.

    Parameters, errors as in :func:`free_token_accuracy`. With one reference a row this is the row-wise accuracy.

    Returns
    -------
    float
        Between 0 and 1. An output that was cut off before it ended is wrong.
    """
    pairs = list(_paired(outputs, references))
    return sum(is_right(output, listed) for output, listed in pairs) / len(pairs)


def is_right(output: Sequence[int], references: Sequence[Sequence[int]]) -> bool:
    """Return whether an output is one of the references of its source."""
    return any(list(output) == list(reference) for reference in references)


def token_error_rate(
    outputs: Sequence[Sequence[int]], references: Sequence[Sequence[Sequence[int]]], *, eos: int
) -> float:
    """Return the number of edits that lead from the outputs to their closest references, per reference token.

    The end symbol is no token here, as is usual for phoneme error rates.

    Parameters
    ----------
    outputs, references
        As in :func:`free_token_accuracy`.
    eos : int
        The end symbol.

    Returns
    -------
    float
        0 if all are right; above 1 if the outputs are much too long. The reference with the fewest edits counts, the
        first of these if several have as few, with its edits and its length.

    Raises
    ------
    ValueError
        As :func:`free_token_accuracy`, and if all references hold nothing but the end symbol.
    """
    edits = total = 0
    for output, listed in _paired(outputs, references):
        written, wanted = _without(eos, output), [_without(eos, reference) for reference in listed]
        distances = [edit_distance(written, reference) for reference in wanted]
        best = int(np.argmin(distances))
        edits += distances[best]
        total += len(wanted[best])
    if not total:
        raise ValueError("the references hold no token besides the end symbol")
    return edits / total


def edit_distance(a: Sequence, b: Sequence) -> int:
    """Count the tokens that must be replaced, put in or left out to turn one sequence into another.

    Parameters
    ----------
    a, b : sequence

    Returns
    -------
    int

    References
    ----------
    Wagner & Fischer (1974), doi:10.1145/321796.321811.
    """
    # row[j]: edits from the part of `a` read so far to b[:j]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(diagonal + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def free_running_scores(
    outputs: Sequence[Sequence[int]], references: Sequence[Sequence[Sequence[int]]], *, eos: int
) -> dict[str, float]:
    """Return all three scores of free-running outputs.

    Parameters, errors as in :func:`token_error_rate`.

    Returns
    -------
    dict of str to float
        ``free_token_accuracy``, ``sequence_accuracy`` and ``token_error_rate``.
    """
    return {
        "free_token_accuracy": free_token_accuracy(outputs, references),
        "sequence_accuracy": sequence_accuracy(outputs, references),
        "token_error_rate": token_error_rate(outputs, references, eos=eos),
    }


def _without(eos, tokens):
    tokens = list(tokens)
    return tokens[: tokens.index(eos)] if eos in tokens else tokens


def _paired(outputs, references):
    """Yield each output with its references, or raise ``ValueError`` if they don't go together."""
    if len(outputs) != len(references):
        raise ValueError(f"{len(outputs)} outputs for {len(references)} sources")
    if not len(outputs):
        raise ValueError("nothing to score: no outputs")
    for n, (output, listed) in enumerate(zip(outputs, references, strict=True)):
        if not len(listed) or not all(len(reference) for reference in listed):
            raise ValueError(f"source {n}: every source needs a reference, and a reference at least its end symbol")
        yield output, listed
