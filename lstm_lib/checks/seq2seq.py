"""Exercises of chapter ``08_seq2seq``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.symbols import EOS, PAD, SPECIAL
from lstm_lib.seq2seq import metrics


def _log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _surprises(log_p, ys):
    return -np.take_along_axis(log_p, ys[:, :, None], axis=2)[:, :, 0]


def _masked_loss(log_p, ys):
    return _surprises(log_p, ys)[ys != PAD].mean()


def _mean_of_means(log_p, ys):
    there = ys != PAD
    return ((_surprises(log_p, ys) * there).sum(axis=1) / there.sum(axis=1)).mean()


def _batch(rng):
    B, T, V = 3, 6, 9
    lengths = np.array([6, 2, 4])
    ys = np.where(np.arange(T) < lengths[:, None], rng.integers(SPECIAL, V, size=(B, T)), PAD)
    ys[np.arange(B), lengths - 1] = EOS
    return [_log_softmax(2 * rng.normal(size=(B, T, V))), ys]


def _sequence(rng, length):
    return [*rng.integers(SPECIAL, SPECIAL + 3, size=length).tolist(), EOS]


def _outputs(rng):
    """Make outputs of other lengths than their references, some of them right."""
    outputs, references = [], []
    for n, length in enumerate((3, 5, 2, 4, 6, 1)):
        first, second = listed = [_sequence(rng, length), _sequence(rng, length + 1)]
        too_short, too_long = [*first[:-2], EOS], [*first[:-1], SPECIAL, EOS]
        outputs.append([list(second), _sequence(rng, length + 2), list(first), too_short, too_long][n % 5])
        references.append(listed)
    return outputs, references


def _pairs(rng):
    outputs, references = _outputs(rng)
    return [outputs, [listed[0] for listed in references]]


def _token_accuracy(outputs, references):
    return metrics.free_token_accuracy(outputs, [[reference] for reference in references])


def _share(outputs, references, total):
    pairs = list(zip(outputs, references, strict=True))
    hits = sum(y == r for output, reference in pairs for y, r in zip(output, reference, strict=False))
    return hits / sum(total(len(output), len(reference)) for output, reference in pairs)


def _bag_accuracy(outputs, references):
    hits = sum(y in reference for output, reference in zip(outputs, references, strict=True) for y in output)
    return hits / sum(map(len, references))


def _first_reference(outputs, references):
    return metrics.sequence_accuracy(outputs, [listed[:1] for listed in references])


def _all_references(outputs, references):
    return np.mean([all(output == r for r in listed) for output, listed in zip(outputs, references, strict=True)])


def _as_sets(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return np.mean([any(set(output) == set(r) for r in listed) for output, listed in pairs])


def _without_end(outputs, references):
    pairs = zip(outputs, references, strict=True)
    return np.mean([any(output[: len(r) - 1] == r[:-1] for r in listed) for output, listed in pairs])


def _adamw(w, step, rate, decay):
    return w - rate * (step + decay * w)


def _weights(rng):
    return [rng.normal(size=7), rng.normal(size=7), 0.05, 0.3]


CHECKS = {
    "masked_loss": FunctionCheck(
        _masked_loss,
        _batch,
        ("loss",),
        {
            "the padding is in your mean": lambda log_p, ys: _surprises(log_p, ys).mean(),
            "that is the mean of the means of the sequences; every symbol should count alike": _mean_of_means,
            "divide by the number of symbols that are there, not by B times T": lambda log_p, ys: (
                _surprises(log_p, ys) * (ys != PAD)
            ).mean(),
            "that is the sum; divide by the number of symbols": lambda log_p, ys: _surprises(log_p, ys)[
                ys != PAD
            ].sum(),
            "the end symbol counts too: the model must learn to stop": lambda log_p, ys: _surprises(log_p, ys)[
                (ys != PAD) & (ys != EOS)
            ].mean(),
            "the sign is wrong: a loss is -ln p": lambda log_p, ys: -_masked_loss(log_p, ys),
        },
    ),
    "token_accuracy": FunctionCheck(
        _token_accuracy,
        _pairs,
        ("accuracy",),
        {
            "divide by the tokens of the references, not of the outputs": lambda o, r: _share(o, r, lambda a, b: a),
            "the positions that an output does not reach are wrong, and count": lambda o, r: _share(o, r, min),
            "divide by the tokens of the references alone, also where the output is longer": lambda o, r: _share(
                o, r, max
            ),
            "compare position by position: a token in another place is wrong": _bag_accuracy,
            "pool the tokens of all sequences; yours is the mean over sequences": lambda o, r: np.mean(
                [_token_accuracy([y], [z]) for y, z in zip(o, r, strict=True)]
            ),
        },
    ),
    "sequence_accuracy": FunctionCheck(
        metrics.sequence_accuracy,
        lambda rng: list(_outputs(rng)),
        ("accuracy",),
        {
            "any listed reference counts, not only the first": _first_reference,
            "one reference is enough; you want all of them": _all_references,
            "the order of the tokens counts": _as_sets,
            "an output that goes on after the reference has ended is wrong": _without_end,
        },
    ),
    "adamw": FunctionCheck(
        _adamw,
        _weights,
        ("w",),
        {
            "the decay is multiplied by the learning rate too": lambda w, step, rate, decay: (
                w - rate * step - decay * w
            ),
            "that is no decay at all": lambda w, step, rate, decay: w - rate * step,
            "the decay makes weights smaller, not larger": lambda w, step, rate, decay: w - rate * (step - decay * w),
            "take the decay from the old weights, not from those after the step": lambda w, step, rate, decay: (
                (w - rate * step) * (1 - rate * decay)
            ),
        },
    ),
}
