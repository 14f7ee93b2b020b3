"""Exercises of chapter ``08_seq2seq`` in PyTorch: an encoder, a decoder and its loss.

An answer gets a network with random weights and computes with its layers; the reference computes with the same.
PyTorch is loaded when an exercise is judged, not before.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.data.symbols import BOS, EOS, PAD, SPECIAL

V_X, V_Y, E_X, E_Y, H = 11, 9, 3, 4, 5
CLOSE = 1e-4  # float32


def loaded_torch() -> Any:
    """Return PyTorch, loaded when an exercise is judged."""
    from lstm_lib.frameworks.torch_parts import torch

    return torch


def network(rng: np.random.Generator, scale: float = 0.9) -> Any:
    """Return a network with the layers of the chapter's ``Layers``, all of its sizes different."""
    nn = loaded_torch().nn
    net = nn.Module()
    net.source_embedding, net.target_embedding = nn.Embedding(V_X, E_X), nn.Embedding(V_Y, E_Y)
    net.encoder, net.decoder = nn.LSTM(E_X, H, batch_first=True), nn.LSTM(E_Y, H, batch_first=True)
    net.output = nn.Linear(H, V_Y)
    for p in net.parameters():
        p.requires_grad_(False)
        p.copy_(loaded_torch().from_numpy(rng.uniform(-scale, scale, size=tuple(p.shape))))
    return net


def _sources(rng):
    lengths = np.array([2, 6, 4, 3])
    xs = np.where(np.arange(6) < lengths[:, None], rng.integers(SPECIAL, V_X, size=(4, 6)), PAD)
    return [network(rng), loaded_torch().from_numpy(xs), loaded_torch().from_numpy(lengths)]


def encode(net: Any, xs: Any, lengths: Any) -> tuple:
    """Return the state after the last symbol of each source: the answer to exercise ``encode``."""
    read = net.source_embedding(xs)
    packed = loaded_torch().nn.utils.rnn.pack_padded_sequence(read, lengths, batch_first=True, enforce_sorted=False)
    return net.encoder(packed)[1]


def _padding_read(net, xs, lengths):
    return net.encoder(net.source_embedding(xs))[1]


def _padding_in_the_cell(net, xs, lengths):
    return encode(net, xs, lengths)[0], _padding_read(net, xs, lengths)[1]


def _outputs_too(net, xs, lengths):
    outputs, state = net.encoder(net.source_embedding(xs))
    return outputs, loaded_torch().stack(state)


def _packed_outputs_too(net, xs, lengths):
    packed = loaded_torch().nn.utils.rnn.pack_padded_sequence(
        net.source_embedding(xs), lengths, batch_first=True, enforce_sorted=False
    )
    outputs, state = net.encoder(packed)
    return outputs.data, loaded_torch().stack(state)


def _without_packing(found):
    """Return what an encoder gave, of a packed batch of outputs its numbers alone."""
    pair = isinstance(found, tuple | list) and len(found) == 2
    if pair and isinstance(found[0], tuple | list) and isinstance(found[1], tuple | list):
        return found[0][0], np.stack(found[1])
    return found


def _in_order_of_length(net, xs, lengths):
    order = lengths.argsort(descending=True)
    return encode(net, xs[order], lengths[order])


def _one_short(net, xs, lengths):
    return encode(net, xs, lengths - 1)


def _backwards(net, xs, lengths):
    turned = xs.clone()
    for row, n in zip(turned, lengths, strict=True):
        row[:n] = row[:n].flip(0)
    return encode(net, turned, lengths)


def _squeezed(net, xs, lengths):
    return [part[0] for part in encode(net, xs, lengths)]


def _targets(rng):
    lengths = np.array([5, 2, 6])
    ys = np.where(np.arange(6) < lengths[:, None], rng.integers(SPECIAL, V_Y, size=(3, 6)), PAD)
    ys[np.arange(3), lengths - 1] = EOS
    state = tuple(loaded_torch().from_numpy(rng.normal(size=(1, 3, H)).astype(np.float32)) for _ in "hc")
    return [network(rng), state, loaded_torch().from_numpy(ys)]


def _after(ys, first, dropped=1):
    begin = loaded_torch().full_like(ys[:, :1], first)
    return loaded_torch().cat([begin, ys[:, : ys.shape[1] - dropped]], dim=1)


def _logits(net, state, inputs):
    return net.output(net.decoder(net.target_embedding(inputs), state)[0])


def decode(net: Any, state: tuple, ys: Any) -> Any:
    """Return the log-probabilities with given targets: the answer to exercise ``decode``."""
    return _logits(net, state, _after(ys, BOS)).log_softmax(2)


def _reading(inputs):
    """Return the decoder that reads what ``inputs`` makes of the targets."""
    return lambda net, state, ys: _logits(net, state, inputs(ys)).log_softmax(2)


def _from_nothing(net, state, ys):
    return decode(net, tuple(loaded_torch().zeros_like(part) for part in state), ys)


def _left(ys):
    return loaded_torch().cat([ys[:, 1:], loaded_torch().full_like(ys[:, :1], PAD)], dim=1)


def _rolled(ys):
    return ys.roll(1, dims=1)


def _covered(ys):
    return loaded_torch().cat([loaded_torch().full_like(ys[:, :1], BOS), ys[:, 1:]], dim=1)


def _down(ys):
    return loaded_torch().cat([loaded_torch().full_like(ys[:1], BOS), ys[:-1]], dim=0)


def _decode_by_steps(net, state, ys, *, forced=True, carry=True):
    """Return what a loop over the steps gives that reads its own tokens, or forgets its state."""
    inputs, found, last = _after(ys, BOS), [], _after(ys, BOS)[:, :1]
    for t in range(ys.shape[1]):
        hs, after = net.decoder(net.target_embedding(inputs[:, t : t + 1] if forced else last), state)
        state = after if carry else state
        found.append(net.output(hs).log_softmax(2))
        last = found[-1].argmax(2)
    return loaded_torch().cat(found, dim=1)


def _states(net, state, ys):
    return net.decoder(net.target_embedding(_after(ys, BOS)), state)[0]


def _log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _batch(rng):
    B, T, V = 3, 6, 9
    lengths = np.array([6, 2, 4])
    ys = np.where(np.arange(T) < lengths[:, None], rng.integers(SPECIAL, V, size=(B, T)), PAD)
    ys[np.arange(B), lengths - 1] = EOS
    return [loaded_torch().from_numpy(_log_softmax(2 * rng.normal(size=(B, T, V)))), loaded_torch().from_numpy(ys)]


def _surprises(log_p, ys):
    return -log_p.gather(2, ys[:, :, None])[:, :, 0]


def masked_loss(log_p: Any, ys: Any) -> Any:
    """Return the mean of -ln p over the tokens that are there: the answer to exercise ``masked_loss``."""
    return _surprises(log_p, ys)[ys != PAD].mean()


def _mean_of_means(log_p, ys):
    there = ys != PAD
    return ((_surprises(log_p, ys) * there).sum(1) / there.sum(1)).mean()


def prepared(judge: Callable[[Any], str], prepare: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Return the check that judges what ``prepare`` makes of an answer's value."""

    def judged(answer):
        return judge((lambda *arguments: prepare(answer(*arguments))) if callable(answer) else answer)

    return judged


CHECKS = {
    "encode": prepared(
        FunctionCheck(
            encode,
            _sources,
            ("h", "c"),
            {
                "the padding is read too: pack the batch with its lengths first": _padding_read,
                "h is the one at the last symbol, but c has read the padding; pack the batch": _padding_in_the_cell,
                "those are the outputs and the state; the decoder needs the state alone, the second of the two": (
                    _outputs_too
                ),
                "those are the outputs, packed, and the state; the decoder needs the state alone, the second": (
                    _packed_outputs_too
                ),
                "both are h; the second must be c": lambda *a: encode(*a)[:1] * 2,
                "h and c are exchanged": lambda *a: encode(*a)[::-1],
                "the rows stand in the order of their lengths; enforce_sorted=False keeps the batch's own": (
                    _in_order_of_length
                ),
                "the last symbol of each source is not read": _one_short,
                "the sources are read backwards": _backwards,
                "h and c have lost their first axis, the layers: PyTorch wants (1, B, H)": _squeezed,
            },
            CLOSE,
        ),
        _without_packing,
    ),
    "decode": FunctionCheck(
        decode,
        _targets,
        ("log_p",),
        {
            "the decoder reads the very token that it should predict; shift the targets by one": _reading(
                lambda ys: ys
            ),
            "the inputs begin with padding; they must begin with BOS": _reading(lambda ys: _after(ys, PAD)),
            "the inputs begin with the end symbol; they must begin with BOS": _reading(lambda ys: _after(ys, EOS)),
            "shifted the wrong way: step t reads the token after the one it predicts": _reading(_left),
            "one step too many: the last symbol of a target is predicted, and never read": _reading(
                lambda ys: _after(ys, BOS, 0)
            ),
            "the first token is never predicted: read BOS first": _reading(lambda ys: ys[:, :-1]),
            "those are scores; a log_softmax over the last axis makes them log-probabilities": (
                lambda net, state, ys: _logits(net, state, _after(ys, BOS))
            ),
            "those are probabilities; the logarithm is missing": lambda *a: decode(*a).exp(),
            "the softmax runs over the steps; it must run over the symbols, axis 2": (
                lambda net, state, ys: _logits(net, state, _after(ys, BOS)).log_softmax(1)
            ),
            "the softmax runs over the batch; it must run over the symbols, axis 2": (
                lambda net, state, ys: _logits(net, state, _after(ys, BOS)).log_softmax(0)
            ),
            "each row begins with its own last symbol; put BOS in its place": _reading(_rolled),
            "BOS covers the first symbol; the targets must move one place to the right": _reading(_covered),
            "the rows of the batch are shifted; shift along the steps, dim=1": _reading(_down),
            "the decoder reads what it would write; with teacher forcing it reads the targets": (
                lambda *a: _decode_by_steps(*a, forced=False)
            ),
            "every step starts from the encoder's state; carry the decoder's own state on": (
                lambda *a: _decode_by_steps(*a, carry=False)
            ),
            "those are states; net.output turns them into scores of the symbols": _states,
            "the softmax is that of the states; net.output turns them into scores first": (
                lambda *a: _states(*a).log_softmax(2)
            ),
            "those are the targets' log-probabilities alone; return those of all symbols": (
                lambda net, state, ys: decode(net, state, ys).gather(2, ys[:, :, None])[:, :, 0]
            ),
            "h and c are exchanged": lambda net, state, ys: decode(net, state[::-1], ys),
            "the decoder starts from zeros, so it knows nothing of the source; give it the state": _from_nothing,
        },
        CLOSE,
    ),
    "masked_loss": FunctionCheck(
        masked_loss,
        _batch,
        ("loss",),
        {
            "the padding is in your mean": lambda log_p, ys: _surprises(log_p, ys).mean(),
            "that is the mean of the means of the sequences; every token should count alike": _mean_of_means,
            "divide by the number of tokens that are there, not by B times T": lambda log_p, ys: (
                _surprises(log_p, ys) * (ys != PAD)
            ).mean(),
            "that is the sum; divide by the number of tokens": lambda log_p, ys: _surprises(log_p, ys)[ys != PAD].sum(),
            "that is the sum over B; divide by the number of tokens": lambda log_p, ys: (
                _surprises(log_p, ys)[ys != PAD].sum() / len(ys)
            ),
            "the end symbol counts too: the model must learn to stop": lambda log_p, ys: _surprises(log_p, ys)[
                (ys != PAD) & (ys != EOS)
            ].mean(),
            "the ln p of every symbol are in your mean; gather picks the target's": lambda log_p, ys: (
                -log_p[ys != PAD].mean()
            ),
            "the ln p of every symbol are in your sum; gather picks the target's": lambda log_p, ys: (
                -log_p[ys != PAD].sum() / (ys != PAD).sum()
            ),
            "that is the mean over the padding alone; keep the places where ys is not PAD": lambda log_p, ys: (
                _surprises(log_p, ys)[ys == PAD].mean()
            ),
            "the targets are shifted; only the decoder's inputs are": lambda log_p, ys: _surprises(
                log_p, _after(ys, BOS)
            )[ys != PAD].mean(),
            "that is e to the loss, a perplexity": lambda log_p, ys: masked_loss(log_p, ys).exp(),
            "that is the loss in bits; the natural logarithm is asked for": lambda log_p, ys: (
                masked_loss(log_p, ys) / np.log(2)
            ),
            "that is the sum over T; divide by the number of tokens": lambda log_p, ys: (
                _surprises(log_p, ys)[ys != PAD].sum() / ys.shape[1]
            ),
            "the sign is wrong: a loss is -ln p": lambda log_p, ys: -masked_loss(log_p, ys),
            "that is one number for each token; return their mean": lambda log_p, ys: _surprises(log_p, ys)[ys != PAD],
        },
        1e-6,
    ),
}
