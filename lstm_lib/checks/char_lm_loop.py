"""What the learner of chapter ``07_char_lm`` writes with PyTorch, second half: a training step, and a sampler."""

import contextlib
import random
from typing import Any

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, Answer, FunctionCheck
from lstm_lib.checks.char_lm_parts import (
    SAMPLE_ERRORS,
    TRAINING_ERRORS,
    B,
    T,
    V,
    judged,
    language_model,
    load_torch,
)

COLD, HOT = 0.01, 1e3  # temperatures at which the likeliest is drawn always, and all alike
PRIME, LENGTH = 4, 12


def _trained(step, seed):
    """Make three steps with a learner's function; return the losses and all weights after them."""
    torch = load_torch()
    torch.manual_seed(seed)
    model = language_model()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(6)  # large gradients, so that clipping shows
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    ids = torch.randint(V, (B, 3 * T + 1))
    losses, state = [], None
    for k in range(0, 3 * T, T):
        try:
            found = step(model, optimizer, ids[:, k : k + T], ids[:, k + 1 : k + T + 1], state)
        except NotImplementedError as error:
            if "not implemented for" in str(error):  # PyTorch's, of ids that stand in the logits' place
                return "F.cross_entropy takes the logits first, and then the targets"
            raise
        if found is None:
            return None
        if not isinstance(found, tuple | list) or len(found) != 2:
            return "return 2 values, the loss and the state"
        loss, state = found
        if isinstance(loss, tuple | list):
            return "return the loss first, and then the state"
        losses.append(float(loss))
        if isinstance(state, tuple | list) and any(part.requires_grad for part in state):
            return TRAINING_ERRORS["backward through the graph a second time"]
    return losses, torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()


def _step_in(*, zero=True, clip=1.0, carry=True, step=True, scale=1.0, mistaken=None):
    """Return the training step, or a wrong one."""

    def train_step(model, optimizer, xs, ys, state):
        torch = load_torch()
        F = torch.nn.functional
        logits, after = model(xs, state if carry else None)
        if mistaken == "reshape":
            loss = F.cross_entropy(logits.transpose(0, 1).flatten(0, 1), ys.flatten())
        elif mistaken == "inputs":
            loss = F.cross_entropy(logits.flatten(0, 1), xs.flatten())
        elif mistaken == "softmax":
            loss = F.cross_entropy(logits.softmax(dim=2).flatten(0, 1), ys.flatten())
        elif mistaken == "last":
            loss = F.cross_entropy(logits[:, -1], ys[:, -1])
        else:
            loss = scale * F.cross_entropy(logits.flatten(0, 1), ys.flatten())
        if zero:
            optimizer.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        if step:
            optimizer.step()
        return loss.item(), tuple(part.detach() for part in after)

    return train_step


def _wrong_step(**options):
    return lambda seed: _trained(_step_in(**options), seed)


class _TrainStepCheck(FunctionCheck):
    """A check that knows the hints which a run of three steps can end in."""

    def _compare(self, result, arguments):
        return result if isinstance(result, str) else super()._compare(result, arguments)


TRAIN_STEP = _TrainStepCheck(
    lambda seed: _trained(_step_in(), seed),
    lambda rng: [int(rng.integers(1000))],
    ("losses", "weights"),
    {
        "the gradients of earlier steps are still in there: call optimizer.zero_grad() before backward": _wrong_step(
            zero=False
        ),
        "the gradient is not clipped to length 1: clip_grad_norm_ stands between backward and step": _wrong_step(
            clip=None
        ),
        "clip_grad_norm_ must stand between backward and step, with length 1": _wrong_step(clip=0.1),
        "each window begins from zeros: use the state that came in, return the one that came out": _wrong_step(
            carry=False
        ),
        "the weights stay as they were: zero_grad, backward, clip, step, in this order; which is missing?": _wrong_step(
            step=False
        ),
        "the loss is the mean over all characters, not the sum": _wrong_step(scale=float(B * T)),
        "the targets are ys, what follows; yours compares with xs": _wrong_step(mistaken="inputs"),
        "F.cross_entropy takes logits and applies the softmax itself; yours is applied twice": _wrong_step(
            mistaken="softmax"
        ),
        "every character counts, not only the last of each row": _wrong_step(mistaken="last"),
        "logits and targets are not in the same order: flatten both, with the batch first": _wrong_step(
            mistaken="reshape"
        ),
    },
    rtol=1e-4,
)


def judge_train_step(answer: Any) -> str:
    """Judge a training step by the losses and weights of three steps in a row."""
    return judged(TRAIN_STEP, answer, _trained, TRAINING_ERRORS)


def _model_to_sample(seed):
    torch = load_torch()
    torch.manual_seed(seed)
    model = language_model(hidden_size=16)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(2.0 * torch.randn(p.shape))
    return model, torch.randint(V, (PRIME,))


def _written(write, seed, temperature, draws):
    """Return the ids that a learner's function writes."""
    torch = load_torch()
    model, prime = _model_to_sample(seed)
    torch.manual_seed(draws)
    np.random.seed(draws)  # noqa: NPY002 -- whoever draws with NumPy draws from this one
    random.seed(draws)
    with torch.no_grad():
        found = write(model, prime, LENGTH, temperature)
    if found is None:
        return None
    return np.array([int(k) for k in np.ravel(found)])


def _write(
    *,
    read=None,
    feed="last",
    first=0,
    place=-1,
    prime_twice=False,
    keep_state=True,
    extra=0,
    with_prime=False,
    forget=False,
):
    """Return a sampler, or a wrong one."""

    def write(model, prime, length, temperature):
        torch = load_torch()
        xs, state, ids = prime[None], None, []
        if read == "last":
            xs = xs[:, -1:]
        if read == "first":
            xs = xs[:, :1]
        if prime_twice:
            _, state = model(xs)
            xs = xs[:, -1:]
        whole = prime[None]
        for _ in range(length + extra):
            logits, after = model(xs, state if keep_state else None)
            state = state if forget and ids else after
            p = torch.softmax(logits[0, place] / temperature, dim=0)
            ids.append(int(torch.multinomial(p, 1)))
            xs = torch.tensor([[ids[-1]]])
            whole = torch.cat([whole, xs], dim=1)
            xs = whole if feed == "whole" else xs
        return ([*prime.tolist()] if with_prime else []) + ids

    return write


def _wrong_write(**options):
    return lambda seed: _written(_write(**options), seed, COLD, 0)


SAMPLE = FunctionCheck(
    lambda seed: _written(_write(), seed, COLD, 0),
    lambda rng: [int(rng.integers(1000))],
    ("ids",),
    {
        "return what is written after the prime, without the prime": _wrong_write(with_prime=True),
        "one character too many: the first is drawn after the prime, the last is not read": _wrong_write(extra=1),
        "one character is missing: the first is drawn from the logits after the prime": _wrong_write(extra=-1),
        "the state is lost between characters: hand the one that came back to the next call": _wrong_write(
            keep_state=False
        ),
        "only the last character of the prime is read; read all of it": _wrong_write(read="last"),
        "only the first character of the prime is read; read all of it": _wrong_write(read="first"),
        "the prime's last character is read twice: its logits came with the prime": _wrong_write(prime_twice=True),
        "the state knows what was read: feed the new character alone, not the text again": _wrong_write(feed="whole"),
        "the state stays that of the prime: take the one that comes back with each new character": _wrong_write(
            forget=True
        ),
        "all are drawn from the logits after the prime: let the model read each new character before the next": (
            lambda seed: np.repeat(_written(_write(), seed, COLD, 0)[:1], LENGTH)
        ),
        "the logits after the first character of the prime are used; those after its last say what follows": (
            _wrong_write(place=0)
        ),
    },
)


def judge_sample(answer: Any) -> str:
    """Judge a sampler: cold it must write the likeliest characters, warm it must draw."""

    def run(write, seed, temperature=COLD, draws=0):
        return _written(write, seed, temperature, draws)

    hint = judged(SAMPLE, answer, run, SAMPLE_ERRORS)
    if hint == NOT_ATTEMPTED or not callable(answer):
        return hint
    if hint and not hint.startswith("right shape"):
        return hint
    function = answer.function if isinstance(answer, Answer) else answer
    with contextlib.closing(Answer(lambda *arguments: run(function, *arguments))) as again:
        calls = ((COLD, 0), (COLD, 1), (HOT, 0), (HOT, 1))
        drawn = [np.array(again(1, temperature, draws)) for temperature, draws in calls]
    if hint:
        if not np.array_equal(drawn[0], drawn[1]):
            return (
                "at temperature 0.01 it still draws at random: logits over temperature, then softmax over the V numbers"
            )
        return "at temperature 0.01 it does not write the likeliest characters; look at which logits are used"
    if np.array_equal(drawn[2], drawn[3]):
        return "it writes the same each time, even hot: draw with torch.multinomial, without a seed of its own"
    return ""
