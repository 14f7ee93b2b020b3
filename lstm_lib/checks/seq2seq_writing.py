"""The exercise of chapter ``08_seq2seq`` on greedy writing, in PyTorch."""

from typing import Any

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.seq2seq_networks import H, loaded_torch, network, prepared
from lstm_lib.data.symbols import BOS, EOS, PAD


def _writing(rng):
    """Draw until a network writes several tokens, others after each beginning, and ends, or goes on to the limit."""
    most, ends = 7, rng.random() < 0.6
    while True:
        net = network(rng, scale=2.5)
        state = tuple(loaded_torch().from_numpy(rng.normal(size=(1, 1, H)).astype(np.float32)) for _ in "hc")
        written = [_write(net, state, most, begin=begin) for begin in (BOS, EOS, PAD)]
        differ = written[1] not in (written[0], written[2]) and written[0] != written[2]
        if differ and len(set(written[0])) > 3 and (EOS in written[0] and len(written[0]) < most) == ends:
            return [net, state, most]


def greedy(net: Any, state: tuple, most: int) -> list[int]:
    """Return what is written with one's own tokens as inputs: the answer to exercise ``greedy``."""
    return _write(net, state, most)


def _scores(net, hs):
    return net.output(hs)


def _write(net, state, most, *, begin=BOS, feed_back=True, carry=True, end=EOS, choose="argmax", scores=_scores):
    tokens, last = [], begin
    for _ in range(most):
        hs, after = net.decoder(net.target_embedding(loaded_torch().tensor([[last]])), state)
        state = after if carry else state
        token = int(getattr(scores(net, hs)[0, 0], choose)())
        tokens.append(token)
        last = token if feed_back else begin
        if token == end:
            break
    return tokens


def _without_the_end(net, state, most):
    return [token for token in greedy(net, state, most) if token != EOS]


def _reads_all_again(net, state, most):
    read = [BOS]
    while len(read) <= most and (read[-1] != EOS):
        hs, state = net.decoder(net.target_embedding(loaded_torch().tensor([read])), state)
        read.append(int(net.output(hs)[0, -1].argmax()))
    return read[1:]


def _as_a_list(found):
    return list(found) if isinstance(found, tuple) else found


CHECKS = {
    "greedy": prepared(
        FunctionCheck(
            greedy,
            _writing,
            ("tokens",),
            {
                "it goes on after the end symbol; stop when it is written": lambda *a: _write(*a, end=-1),
                "the end symbol is missing; it is a token, and a search stops after it": _without_the_end,
                "the begin symbol is read, not written; leave it out": lambda *a: [BOS, *greedy(*a)],
                "every step reads the begin symbol; after the first it must read the token just written": (
                    lambda *a: _write(*a, feed_back=False)
                ),
                "every step starts from the encoder's state; carry the decoder's own state on": (
                    lambda *a: _write(*a, carry=False)
                ),
                "the begin symbol is in your list, and counts towards the limit; it is read, not written": (
                    lambda net, state, most: [BOS, *greedy(net, state, most - 1)]
                ),
                "one step too many: at most most tokens may be written": lambda net, state, most: greedy(
                    net, state, most + 1
                ),
                "it stops at padding, which ends nothing; the end symbol does": lambda *a: _write(*a, end=PAD),
                "the token is the place of the greatest state; net.output turns a state into scores": (
                    lambda *a: _write(*a, scores=lambda net, hs: hs)
                ),
                "all tokens are read again, from a state that has read them; read the last one alone": _reads_all_again,
                "one step too few: most tokens may be written": lambda net, state, most: greedy(net, state, most - 1),
                "the least likely token is written; greedy takes the likeliest, argmax": lambda *a: _write(
                    *a, choose="argmin"
                ),
                "the first step reads the end symbol; it must read the begin symbol": lambda *a: _write(*a, begin=EOS),
                "the first step reads padding; it must read the begin symbol": lambda *a: _write(*a, begin=PAD),
            },
        ),
        _as_a_list,
    )
}
