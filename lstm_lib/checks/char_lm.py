"""Exercises of chapter ``07_char_lm``; what is written with PyTorch is judged in the two modules beside this one."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.char_lm_loop import judge_sample, judge_train_step
from lstm_lib.checks.char_lm_parts import judge_model, judge_step
from lstm_lib.checks.supervised import Stopped
from lstm_lib.data.texts import contiguous_rows


def _scores(p):
    nats = -np.log(p).mean()
    return nats, nats / np.log(2), np.exp(nats)


def _scores_from(nats_of):
    """Return the wrong version that is consistent, but starts from other nats."""

    def scores(p):
        nats = nats_of(p)
        return nats, nats / np.log(2), np.exp(nats)

    return scores


def _with(**others):
    """Return the wrong version in which some of the three are computed otherwise, from the nats."""

    def scores(p):
        nats, bits, perplexity = _scores(p)
        right = {"nats": nats, "bits": bits, "perplexity": perplexity}
        return tuple(others[name](nats) if name in others else value for name, value in right.items())

    return scores


class _ScoresCheck(FunctionCheck):
    """A check that says which of the three numbers are wrong."""

    def wrong_numbers(self, wrong: list[tuple[str, float, float]]) -> str:
        """Return which of the numbers are wrong, and which are right."""
        names = [name for name, *_ in wrong]
        right = [name for name in self.outputs if name not in names]
        told = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} wrong"
        return f"{told}; right: {', '.join(right)}" if right else f"{told}: write out one character by hand"


SCORES = _ScoresCheck(
    _scores,
    lambda rng: [rng.uniform(0.01, 1, size=11)],
    ("nats", "bits", "perplexity"),
    {
        "average the logarithms, not the probabilities": _scores_from(lambda p: -np.log(np.mean(p))),
        "the loss is the mean of minus the logarithm; the minus is missing": _scores_from(lambda p: np.log(p).mean()),
        "that is the sum over the characters; the loss is their mean": _scores_from(lambda p: -np.log(p).sum()),
        "log2 gives bits; nats take the natural logarithm, np.log": _scores_from(lambda p: -np.log2(p).mean()),
        "log10 is neither nats nor bits; nats take the natural logarithm, np.log": _scores_from(
            lambda p: -np.log10(p).mean()
        ),
        "the perplexity is e to the nats, or 2 to the bits; yours is 2 to the nats": _with(perplexity=lambda n: 2**n),
        "the perplexity is e to the nats, or 2 to the bits; yours is e to the bits": _with(
            perplexity=lambda n: np.exp(n / np.log(2))
        ),
        "the perplexity is e to the nats; yours is one over it, since the sign is lost": _with(
            perplexity=lambda n: np.exp(-n)
        ),
        "a bit is ln 2 nats, so there are more bits than nats: divide by ln 2": _with(bits=lambda n: n * np.log(2)),
        "bits are nats divided by ln 2, which is np.log(2); yours divides by 2": _with(bits=lambda n: n / 2),
        "each loss is one number, the mean over the characters; yours has one for each character": _scores_from(
            lambda p: -np.log(p)
        ),
        "each character that came counts alike; yours weighs its surprise with p": _scores_from(
            lambda p: -(p * np.log(p)).sum()
        ),
        "the perplexity is e to the nats; the mean of 1/p is another number": lambda p: (
            *_scores(p)[:2],
            (1 / p).mean(),
        ),
        "one over the product of all p grows with the text: the perplexity is its N-th root": lambda p: (
            *_scores(p)[:2],
            1 / p.prod(),
        ),
        "nats and bits are exchanged": lambda p: (_scores(p)[1], _scores(p)[0], _scores(p)[2]),
    },
)


def _witten_bell(counts, shorter):
    kinds = np.count_nonzero(counts)
    return (counts + kinds * shorter) / (counts.sum() + kinds)


def _mixed(kinds_of):
    """Return the wrong version whose K(h) is another number."""

    def mixed(counts, shorter):
        kinds = kinds_of(counts)
        return (counts + kinds * shorter) / (counts.sum() + kinds)

    return mixed


def _weights_exchanged(counts, shorter):
    kinds, total = np.count_nonzero(counts), counts.sum()
    return (kinds * counts / total + total * shorter) / (total + kinds)


def _counts(rng):
    """Draw counts in which whatever could be taken for K(h) is another number."""
    numbers = []
    while len(set(numbers)) < 6:
        counts = rng.integers(0, 6, size=9) * (rng.random(9) < 0.7)
        numbers = [len(counts), counts.sum(), counts.max(), len(np.unique(counts)), np.sum(counts == 1)]
        numbers.append(np.count_nonzero(counts))
    shorter = rng.random(9)
    return [counts, shorter / shorter.sum()]


WITTEN_BELL = FunctionCheck(
    _witten_bell,
    _counts,
    ("p",),
    {
        "K(h) counts the characters that were seen after h, not all there are": _mixed(len),
        "K(h) is the number of different characters, not the sum of their counts": _mixed(np.sum),
        "K(h) is the number of different characters; yours counts those that came once": _mixed(
            lambda counts: np.sum(counts == 1)
        ),
        "K(h) is how many characters have a count above 0; np.unique(counts) has the different counts": _mixed(
            lambda counts: len(np.unique(counts))
        ),
        "K(h) is the number of different characters, not the largest count": _mixed(np.max),
        "K(h) is one number for the context; yours is 0 or 1 for each character": _mixed(lambda counts: counts > 0),
        "the fraction has both terms above its line: put them into brackets": lambda counts, shorter: (
            counts + np.count_nonzero(counts) * shorter / (counts.sum() + np.count_nonzero(counts))
        ),
        "add K(h) p(c | h') for every character, also for one that has been counted": lambda counts, shorter: (
            np.where(counts > 0, counts, np.count_nonzero(counts) * shorter) / (counts.sum() + np.count_nonzero(counts))
        ),
        "the shorter context is missing": lambda counts, shorter: counts / counts.sum(),
        "mix with the shorter context always, not only where the count is 0": lambda counts, shorter: np.where(
            counts > 0, counts / counts.sum(), shorter
        ),
        "it does not sum to 1: the K(h) below the line is missing": lambda counts, shorter: (
            (counts + np.count_nonzero(counts) * shorter) / counts.sum()
        ),
        "the K(h) above the line belongs to p(c | h'); yours is added to each count as it is": lambda counts, shorter: (
            (counts + np.count_nonzero(counts)) / (counts.sum() + np.count_nonzero(counts))
        ),
        "p(c | h') is not multiplied by K(h)": lambda counts, shorter: (
            (counts + shorter) / (counts.sum() + np.count_nonzero(counts))
        ),
        "that is add-one smoothing; here the shorter context says how the rest is shared": lambda counts, shorter: (
            (counts + 1) / (counts.sum() + len(counts))
        ),
        "the two weights are exchanged: the counts get count(h), the shorter context K(h)": _weights_exchanged,
    },
)


def _rows(ids, batch_size):
    rows = contiguous_rows(ids, batch_size)
    return rows[:, :-1], rows[:, 1:]


def _offset_rows(ids, batch_size):
    """Cut what is read and what follows it each on its own: right as well, and one character a row longer."""
    return contiguous_rows(ids[:-1], batch_size), contiguous_rows(ids[1:], batch_size)


def _interleaved(ids, batch_size):
    length = len(ids) // batch_size
    rows = ids[: batch_size * length].reshape(length, batch_size).T
    return rows[:, :-1], rows[:, 1:]


def _rows_of_batch_size(ids, batch_size):
    rows = ids[: len(ids) // batch_size * batch_size].reshape(-1, batch_size)
    return rows[:, :-1], rows[:, 1:]


def _wrapped(ids, batch_size):
    rows = contiguous_rows(ids, batch_size)
    return rows, np.roll(rows, -1, axis=1)


def _wrapped_text(ids, batch_size):
    rows = contiguous_rows(ids, batch_size)
    return rows, np.roll(rows.ravel(), -1).reshape(rows.shape)


def _next_row(ids, batch_size):
    rows = contiguous_rows(ids, batch_size)
    return rows[:-1], rows[1:]


def _transposed(ids, batch_size):
    return tuple(part.T for part in _rows(ids, batch_size))


def _from_the_end(ids, batch_size):
    return _rows(ids[len(ids) % batch_size :], batch_size)


ROWS_HINT = "a row must be a contiguous piece of the text, and ys that piece moved on by one character"
ROWS = FunctionCheck(
    _rows,
    lambda rng: [rng.permutation(int(rng.integers(30, 40))), 4],  # all different, so that a mistake shows
    ("xs", "ys"),
    {
        "each row must be a contiguous piece of the text; yours takes every fourth character": _interleaved,
        "ys must be what follows: xs moved on by one; yours is xs itself": lambda ids, B: (_rows(ids, B)[0],) * 2,
        "xs and ys are exchanged: ys is what follows, not what came before": lambda ids, B: _rows(ids, B)[::-1],
        "the last ys of each row is that row's first character: np.roll brings it back from the front": _wrapped,
        "the last ys of all is the first character of the text: np.roll brings it back from the front": _wrapped_text,
        "ys is moved on by a whole row; what follows a character stands in the same row": _next_row,
        "batch_size is the number of rows; yours is the length of a row": _rows_of_batch_size,
        "time must run along axis 1: transpose both": _transposed,
        "the rest is left out at the beginning of the text; leave it out at the end": _from_the_end,
        "the last character of each row is not read, since what follows it is not in the row: xs is too long": (
            lambda ids, B: (contiguous_rows(ids, B), _rows(ids, B)[1])
        ),
        "ys must be what follows; np.roll by 1 gives what came before, -1 would go the other way": lambda ids, B: (
            contiguous_rows(ids, B),
            np.roll(contiguous_rows(ids, B), 1, axis=1),
        ),
        "ys has what follows each character of xs, not only the last of each row": lambda ids, B: (
            _rows(ids, B)[0],
            _rows(ids, B)[1][:, -1],
        ),
        "ys is moved on by two": lambda ids, B: (contiguous_rows(ids, B)[:, :-2], contiguous_rows(ids, B)[:, 2:]),
    },
)


REST_HINT = "N need not be a multiple of batch_size: leave the rest at the end out, and then reshape"


def _judge_rows(answer):
    """Judge rows; cutting the text and the text moved on by one each into rows is right as well."""
    if not callable(answer):
        return ROWS(answer)

    def either(ids, batch_size):
        try:
            found = answer(ids, batch_size)
        except Stopped as stopped:
            rest = "cannot reshape array" in str(stopped) or "is invalid for input of size" in str(stopped)
            raise Stopped(REST_HINT) from None if rest else stopped
        parts = found if isinstance(found, list | tuple) else []
        if any(len({np.size(row) for row in part}) > 1 for part in parts if isinstance(part, list | tuple)):
            raise Stopped(REST_HINT)
        if isinstance(found, np.ndarray | list | tuple) and len(found) == 2:
            with_offset = _offset_rows(ids, batch_size)
            if all(np.array_equal(a, b) for a, b in zip(found, with_offset, strict=True)):
                return _rows(ids, batch_size)
            if isinstance(found, np.ndarray) and found.ndim == 3:
                return tuple(found)
        return found

    hint = ROWS(either)
    return ROWS_HINT if hint.startswith("right shape, wrong values") else hint


def _temperature(logits, temperature, k):
    p = np.exp((logits - logits.max()) / temperature)
    p[logits < np.sort(logits)[-k]] = 0
    return p / p.sum()


def _not_renormalised(logits, temperature, k):
    p = _temperature(logits, temperature, len(logits))
    return np.where(logits < np.sort(logits)[-k], 0, p)


def _zero_logits(logits, temperature, k):
    left = np.where(logits < np.sort(logits)[-k], 0, logits)
    return _temperature(left, temperature, len(logits))


def _power(logits, temperature, k):
    return _temperature(logits, 1, k) ** (1 / temperature)


TEMPERATURE = FunctionCheck(
    _temperature,
    lambda rng: [rng.normal(size=7), rng.uniform(0.3, 0.8), int(rng.integers(2, 6))],
    ("p",),
    {
        "divide the logits by the temperature; a low one must make the likely likelier": lambda a, tau, k: _temperature(
            a * tau**2, tau, k
        ),
        "the temperature has no effect: divide the logits by it before the softmax": lambda a, tau, k: _temperature(
            a, 1, k
        ),
        "the temperature divides the logits, not the probabilities": lambda a, tau, k: _temperature(a, 1, k) / tau,
        "the probabilities that are left must sum to 1": _not_renormalised,
        "right shares, but they must sum to 1: divide by their sum": _power,
        "return V probabilities in the order of the logits, 0 where nothing may be drawn; yours are k": (
            lambda a, tau, k: _temperature(np.sort(a)[-k:], tau, k)
        ),
        "return V probabilities, 0 where nothing may be drawn; yours are k, the likeliest first": (
            lambda a, tau, k: _temperature(np.sort(a)[-k:], tau, k)[::-1]
        ),
        "the probabilities are sorted; p[j] must stay that of logits[j]": lambda a, tau, k: np.sort(
            _temperature(a, tau, k)
        )[::-1],
        "only the k likeliest characters may have a probability above 0": lambda a, tau, k: _temperature(
            a, tau, len(a)
        ),
        "a logit of 0 is no probability of 0: what is left out needs minus infinity, or a 0 after exp": _zero_logits,
        "one character too many may be drawn: the k-th largest is np.sort(logits)[-k]": lambda a, tau, k: _temperature(
            a, tau, k + 1
        ),
        "one character too few may be drawn: the k-th largest itself is kept": lambda a, tau, k: _temperature(
            a, tau, k - 1
        ),
        "the k least likely are kept, and the likeliest must be": lambda a, tau, k: (
            np.where(a > np.sort(a)[k - 1], 0, np.exp(a / tau))
            / np.where(a > np.sort(a)[k - 1], 0, np.exp(a / tau)).sum()
        ),
    },
)


def _check_temperature(answer):
    """Compare with the formula, then try a temperature so low that a careless answer overflows."""
    hint = TEMPERATURE(answer)
    if hint.startswith("right shape") and not np.isclose(np.sum(answer(np.arange(5.0), 0.5, 3)), 1):
        return "the probabilities must sum to 1: divide by their sum at the end"
    if hint:
        return hint  # or that it was not attempted
    with np.errstate(all="ignore"):
        found = np.asarray(answer(np.array([2.0, 1.0, 0.5]), 0.001, 2), dtype=np.float64)
    if not np.allclose(found, [1, 0, 0]):
        return "at temperature 0.001 it overflows: subtract the largest logit before the exponential"
    return ""


CHECKS = {
    "scores": SCORES,
    "witten_bell": WITTEN_BELL,
    "rows": _judge_rows,
    "lstm_step": judge_step,
    "model": judge_model,
    "train_step": judge_train_step,
    "temperature": _check_temperature,
    "sample": judge_sample,
}
