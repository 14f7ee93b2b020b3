"""The metrics equal a slow, obvious implementation, on whatever hypothesis thinks of."""

from functools import cache

import pytest
from hypothesis import given, strategies as st

from lstm_lib.seq2seq.metrics import (
    edit_distance,
    free_running_scores,
    free_token_accuracy,
    is_right,
    sequence_accuracy,
    teacher_forced_token_accuracy,
    token_error_rate,
)

pytestmark = pytest.mark.numpy

EOS = 2
TOKEN = st.integers(3, 6)
BODY = st.lists(TOKEN, max_size=6)
REFERENCE = BODY.map(lambda body: [*body, EOS])
OUTPUT = st.one_of(REFERENCE, BODY)  # one that was cut off has no end; it may be empty
CASES = st.lists(st.tuples(OUTPUT, st.lists(REFERENCE, min_size=1, max_size=3)), min_size=1, max_size=5)


def slow_distance(a, b):
    """The definition by recursion: the last tokens agree, or one is replaced, left out or put in."""

    @cache
    def edits(i, j):
        if not i or not j:
            return i + j
        return min(edits(i - 1, j - 1) + (a[i - 1] != b[j - 1]), edits(i - 1, j) + 1, edits(i, j - 1) + 1)

    return edits(len(a), len(b))


def slow_token_accuracy(cases):
    """Position by position, with a padding that is no token where the output has ended."""
    right = positions = 0
    for output, references in cases:
        padded = output + ["nothing"] * 99
        best = None
        for reference in references:
            correct = 0
            for t in range(len(reference)):
                if padded[t] == reference[t]:
                    correct += 1
            if best is None or correct / len(reference) > best[0] / best[1]:
                best = correct, len(reference)
        right, positions = right + best[0], positions + best[1]
    return right / positions


def slow_error_rate(cases):
    edits = tokens = 0
    for output, references in cases:
        body = [y for y in output if y != EOS]
        found = [(slow_distance(body, reference[:-1]), k, len(reference) - 1) for k, reference in enumerate(references)]
        edits, tokens = edits + min(found)[0], tokens + min(found)[2]
    return edits / tokens if tokens else None


def unzipped(cases):
    return [output for output, _ in cases], [references for _, references in cases]


@given(CASES)
def test_all_scores_equal_the_slow_ones(cases):
    outputs, references = unzipped(cases)
    right = sum(any(output == reference for reference in listed) for output, listed in cases)
    assert sequence_accuracy(outputs, references) == right / len(cases)
    assert free_token_accuracy(outputs, references) == slow_token_accuracy(cases)
    expected = slow_error_rate(cases)
    if expected is None:
        with pytest.raises(ValueError, match="no token besides the end"):
            token_error_rate(outputs, references, eos=EOS)
        return
    assert token_error_rate(outputs, references, eos=EOS) == expected
    assert free_running_scores(outputs, references, eos=EOS) == {
        "free_token_accuracy": slow_token_accuracy(cases),
        "sequence_accuracy": right / len(cases),
        "token_error_rate": expected,
    }


@given(OUTPUT, OUTPUT, OUTPUT)
def test_the_edit_distance_is_a_distance(a, b, c):
    assert edit_distance(a, b) == slow_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


@given(CASES)
def test_a_score_is_perfect_exactly_when_every_output_is_right(cases):
    outputs, references = unzipped(cases)
    right = all(is_right(output, listed) for output, listed in cases)
    assert (sequence_accuracy(outputs, references) == 1) == right
    if right:
        assert free_token_accuracy(outputs, references) == 1


@given(st.lists(st.tuples(REFERENCE, st.data()), min_size=1, max_size=4))
def test_teacher_forced_accuracy_is_the_share_of_equal_positions(rows):
    references = [reference for reference, _ in rows]
    predictions = [
        data.draw(st.lists(st.integers(2, 6), min_size=len(reference), max_size=len(reference)))
        for reference, data in rows
    ]
    flat = [y == r for ys, rs in zip(predictions, references, strict=True) for y, r in zip(ys, rs, strict=True)]
    assert teacher_forced_token_accuracy(predictions, references) == sum(flat) / len(flat)


@pytest.mark.parametrize(
    ("output", "reference", "accuracy", "error"),
    [
        ([3, 4, 5, EOS], [3, 4, 5, EOS], 1, 0),
        ([3, 4, EOS], [3, 4, 5, EOS], 2 / 4, 1 / 3),  # too short: its end stands where a 5 should
        ([3, 4, 5, 5, EOS], [3, 4, 5, EOS], 3 / 4, 1 / 3),  # too long: the end is missing where it should be
        ([4, 5, EOS], [3, 4, 5, EOS], 0, 1 / 3),  # one token left out shifts all that follow
        ([3, 4, 5], [3, 4, 5, EOS], 3 / 4, 0),  # cut off before its end
        ([], [3, 4, 5, EOS], 0, 1),
        ([EOS], [3, EOS], 0, 1),
        ([3, 3, 3, EOS], [4, EOS], 0, 3),  # a rate above 1
    ],
)
def test_by_hand(output, reference, accuracy, error):
    assert free_token_accuracy([output], [[reference]]) == pytest.approx(accuracy)
    assert token_error_rate([output], [[reference]], eos=EOS) == pytest.approx(error)
    assert sequence_accuracy([output], [[reference]]) == (output == reference)


def test_any_listed_reference_will_do_and_the_closest_one_counts():
    references = [[[3, 4, 4, 4, EOS], [5, 6, EOS]]]
    assert sequence_accuracy([[5, 6, EOS]], references) == 1
    assert free_token_accuracy([[5, 5, EOS]], references) == 2 / 3
    assert token_error_rate([[5, 5, EOS]], references, eos=EOS) == 1 / 2
    assert token_error_rate([[3, 4, 4, EOS]], references, eos=EOS) == 1 / 4


def test_sources_weigh_by_their_tokens_and_not_by_their_number():
    outputs, references = [[3, EOS], [4, EOS]], [[[3, EOS]], [[5, 5, 5, 5, 5, EOS]]]
    assert free_token_accuracy(outputs, references) == 2 / 8
    assert token_error_rate(outputs, references, eos=EOS) == 5 / 6
    assert sequence_accuracy(outputs, references) == 1 / 2


def test_tuples_and_lists_are_the_same_sequence():
    assert is_right((3, EOS), [[4, EOS], [3, EOS]]) and is_right([3, EOS], ((3, EOS),))
    assert token_error_rate([(3, EOS)], [((3, 4, EOS),)], eos=EOS) == 1 / 2


@pytest.mark.parametrize("function", [free_token_accuracy, sequence_accuracy])
def test_what_makes_no_sense_is_refused(function):
    with pytest.raises(ValueError, match="nothing to score"):
        function([], [])
    with pytest.raises(ValueError, match="2 outputs for 1 sources"):
        function([[EOS], [EOS]], [[[EOS]]])
    with pytest.raises(ValueError, match="source 1: every source needs a reference"):
        function([[EOS], [EOS]], [[[EOS]], []])
    with pytest.raises(ValueError, match="source 0: every source needs a reference"):
        function([[EOS]], [[[]]])


def test_a_prediction_of_another_length_was_not_teacher_forced():
    with pytest.raises(ValueError, match="2 predictions for 3 positions: not teacher-forced"):
        teacher_forced_token_accuracy([[3, EOS]], [[3, 4, EOS]])
    with pytest.raises(ValueError, match="nothing to score"):
        teacher_forced_token_accuracy([], [])
