"""Exercises of chapter ``06_tuning``."""

import dis
import inspect
from collections.abc import Callable

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED, FunctionCheck
from lstm_lib.data.symbols import PAD, ROWS, Symbols


def _encode_arguments(rng, length=4):
    texts = ["".join(rng.choice(list("ACGTN"), size=k)) for k in rng.permutation(np.arange(2, 7))]
    return [["NGNATC", *texts], "".join(rng.permutation(list("TGCA"))) if length > 4 else "TCAG", length]


def _encode(texts, characters, length):
    return Symbols(tuple(characters), ROWS).encode_rows(texts, length=length)[0]


def _encode_from(first, unknown):
    """Number the characters from another id than 2."""

    def encode(texts, characters, length):
        ids = _encode(texts, characters, length)
        return np.where(ids > 1, ids - 2 + first, np.where(ids == 1, unknown, PAD))

    return encode


def _encode_right(texts, characters, length):
    return np.array([np.roll(row, length - np.count_nonzero(row)) for row in _encode(texts, characters, length)])


def _pad_with_unknown(texts, characters, length):
    return np.maximum(_encode(texts, characters, length), 1)


def _skip_unknown(texts, characters, length):
    return _encode(["".join(c for c in t if c in characters) for t in texts], characters, length)


def _in_alphabet(texts, characters, length):
    return _encode(texts, "".join(sorted(characters)), length)


def _keep_the_end(texts, characters, length):
    return _encode([t[-length:] for t in texts], characters, length)


class _EncodeCheck(FunctionCheck):
    """First looks at how long the rows are, which comparing values can't say."""

    def _compare(self, result, arguments):
        texts, _, length = arguments
        try:
            lengths = [len(row) for row in result]
        except TypeError:
            return "return one row of ids for each text"
        if len(set(lengths)) > 1:
            return f"the rows have different lengths; fill each up to {length} with 0"
        if lengths and lengths[0] != length and lengths[0] == max(map(len, texts)):
            return f"the rows are as long as the longest text; cut or fill all of them to length = {length}"
        return super()._compare(result, arguments)


def _in_turn(*judges: Callable[[object], str]) -> Callable[[object], str]:
    """Judge by several; the first that is not content says why."""

    def judge(answer):
        return next(filter(None, (j(answer) for j in judges)), "")

    return judge


def _encode_check(length):
    return _EncodeCheck(
        _encode,
        lambda rng: _encode_arguments(rng, length),
        ("ids",),
        {
            "0 is taken by the padding, and your first character has it too": _encode_from(0, 1),
            "your first character and an unknown one share the id 1; begin with 2": _encode_from(1, 1),
            "an unknown character must not look like padding; its id is 1": _encode_from(2, PAD),
            "the text comes first and the padding after it": _encode_right,
            "padding has id 0, not that of an unknown character": _pad_with_unknown,
            "an unknown character keeps its place, with id 1": _skip_unknown,
            "ids follow the order in which `characters` is given, not the alphabet": _in_alphabet,
            "of a text that is too long the beginning is kept, not the end": _keep_the_end,
        },
    )


def _scale(train, other):
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (other - low) / (high - low)


def _scale_together(train, other):
    low, high = min(train.min(), other.min()), max(train.max(), other.max())
    return (train - low) / (high - low), (other - low) / (high - low)


def _clip(train, other):
    return _scale(train, other)[0], np.clip(_scale(train, other)[1], 0, 1)


def _standardise(train, other):
    return (train - train.mean()) / train.std(), (other - train.mean()) / train.std()


def _masked_mean(hs, ids):
    there = (ids != PAD)[..., None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def _mean_arguments(rng):
    N, T, H = 3, 6, 4
    lengths = np.array([2, 6, 5])
    ids = np.where(np.arange(T) < lengths[:, None], rng.integers(2, 6, size=(N, T)), PAD)
    ids[:, 1] = 1
    return [rng.normal(size=(N, T, H)), ids]


def _mean_of_known(hs, ids):
    there = (ids > 1)[..., None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def _last_state(hs, ids):
    return hs[np.arange(len(hs)), (ids != PAD).sum(axis=1) - 1]


def _sum_of_states(hs, ids):
    return (hs * (ids != PAD)[..., None]).sum(axis=1)


def _weighted_by_ids(hs, ids):
    return (hs * ids[..., None]).sum(axis=1) / ids.sum(axis=1)[:, None]


class _NumberCheck(FunctionCheck):
    """Does not print arrays where the answer is a number."""

    def _compare(self, result, arguments):
        hint = super()._compare(result, arguments)
        if hint.startswith("the answer for "):
            return "not the number that was asked for; try it by hand with three trials"
        return hint


def _chosen(validation, holdout):
    return holdout[np.argmin(validation)]


def _errors(rng):
    """Draw errors of seven trials; none is the best, or the worst, in both parts."""
    validation, holdout = rng.permutation(np.arange(7.0)) + 1, np.sort(rng.normal(size=7) ** 2 + 9)
    return [validation, holdout[(3 * validation.astype(int) + 1) % 7]]


def _in_units(loss, low, high, targets):
    mse = loss * (high - low) ** 2
    return mse, 1 - mse / targets.var()


def _loss_arguments(rng):
    return [0.0137 * (1 + rng.random()), -4.0 - rng.random(), 31.0 + rng.random(), rng.normal(11, 7, size=12)]


TEXTS, EXTRA, ROWS_OF_TEXTS = 400, 900, 1200  # so many more make a set take up more room, and change its order
BLOCK = "what you hold out is a block of {}: such texts are alike; shuffle them first"
UNSTABLE = (
    "this split changes with each start of Python, as do the order of a set and hash(); sort the set, or take a hash "
    "of hashlib"
)


def _texts(seed):
    """Draw rows in which every text occurs, and some often."""
    rng = np.random.default_rng(seed)
    names = [str(number) for number in rng.choice(10**6, size=TEXTS + EXTRA, replace=False)]
    often = np.concatenate([np.arange(TEXTS), rng.integers(0, TEXTS, size=ROWS_OF_TEXTS - TEXTS)])
    return [names[k] for k in rng.permutation(often)], names[TEXTS:]


def _runs(held_texts, order):
    """Count how often held out and not held out alternate in some order of the texts."""
    marks = np.array([text in held_texts for text in order])
    return np.count_nonzero(marks[1:] != marks[:-1])


def _judge_split(answer, share, seed):
    texts, extra = _texts(seed)

    def ask(rows):
        return np.asarray(answer(list(rows), share, np.random.default_rng(seed + 100)))

    held = answer(list(texts), share, np.random.default_rng(seed + 100))
    if held is None or held is Ellipsis:
        return NOT_ATTEMPTED
    held = np.asarray(held)
    if held.shape != (len(texts),) or held.dtype != bool:
        return f"return one True or False for each of {len(texts)} rows, not {held.dtype} {held.shape}"
    out = {t for t, h in zip(texts, held, strict=True) if h}
    both = out & {t for t, h in zip(texts, held, strict=True) if not h}
    if both:
        return f"{len(both)} texts are held out in one row and trained on in another"
    found, spread = len(out) / TEXTS, 5 * np.sqrt(share * (1 - share) / TEXTS)
    if abs(found - share) > spread:
        if abs(1 - found - share) <= spread:
            return "True stands for the rows that are held out; yours stands for the others"
        return f"with a share of {share} about {share:.0%} of the texts should be held out, not {found:.0%}"
    orders = {"the alphabet": sorted(set(texts)), "the order in the file": list(dict.fromkeys(texts))}
    for name, order in orders.items():
        if _runs(out, order) < TEXTS * share * (1 - share):  # half of what a random choice has
            return BLOCK.format(name)
    if not np.array_equal(held, ask(texts)):
        return "the same texts and the same rng gave two different splits; draw with the `rng` that you are given"
    if np.array_equal(held, ask([f"0{text}" for text in texts])):
        return ""  # drawn, whatever the texts are
    # It goes by the spelling of the texts. A hash of a text stays when other texts come, and a place in a set does not.
    stays = np.mean(held == ask([*texts, *extra])[: len(texts)])
    return UNSTABLE if stays < 0.8 or _calls_hash(answer) else ""


def _calls_hash(answer):
    """Return whether a function calls the built-in ``hash``, which Python salts anew at each start."""
    codes = [getattr(inspect.unwrap(getattr(answer, "function", answer)), "__code__", None)]
    for code in codes:
        if code is not None:
            if any(step.opname == "LOAD_GLOBAL" and step.argval == "hash" for step in dis.get_instructions(code)):
                return True
            codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
    return False


def _split(answer):
    """Judge a function that says which rows are held out, however it draws."""
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    return _judge_split(answer, 0.3, 0) or _judge_split(answer, 0.1, 1)


CHECKS = {
    "encode": _in_turn(_encode_check(4), _encode_check(9)),
    "scale": FunctionCheck(
        _scale,
        lambda rng: [rng.normal(size=9), 2 * rng.normal(size=6)],
        ("train_scaled", "other_scaled"),
        {
            "the other part has helped to choose the scale: that is a leak": _scale_together,
            "each part has its own scale, so that one number means two things": lambda a, b: (
                _scale(a, a)[0],
                _scale(b, b)[0],
            ),
            "a value outside the range of the training part stays outside; do not clip it": _clip,
            "divide by the range, the largest less the smallest": lambda a, b: (
                (a - a.min()) / a.max(),
                (b - a.min()) / a.max(),
            ),
            "subtract the smallest before you divide by the range": lambda a, b: (a / np.ptp(a), b / np.ptp(a)),
            "that is mean 0 and standard deviation 1; asked for is the range from 0 to 1": _standardise,
            "the two parts are exchanged: it is the first that must lie between 0 and 1": lambda a, b: _scale(b, a)[
                ::-1
            ],
        },
    ),
    "masked_mean": FunctionCheck(
        _masked_mean,
        _mean_arguments,
        ("mean",),
        {
            "the states of padded steps are in your mean": lambda hs, ids: hs.mean(axis=1),
            "divide by the number of steps that are there, not by T": lambda hs, ids: (
                hs * (ids != PAD)[..., None]
            ).mean(axis=1),
            "the mean is over time, axis 1, and not over the units": lambda hs, ids: hs.mean(axis=2),
            "id 1, an unknown character, is a step like others; only 0 is padding": _mean_of_known,
            "that is the sum over the steps that are there; divide by their number": _sum_of_states,
            "that is the last state, not the mean of all that are there": _last_state,
            "an id is a name and no weight; ask only whether it is 0": _weighted_by_ids,
        },
    ),
    "chosen": _NumberCheck(
        _chosen,
        _errors,
        ("error",),
        {
            "that is the validation error, which has chosen and so flatters": lambda v, h: v.min(),
            "the hold-out part has chosen now; the validation error must": lambda v, h: h.min(),
            "the smallest error is the best, not the largest": lambda v, h: h[np.argmax(v)],
            "that is the number of the trial; return its error": lambda v, h: np.argmin(v),
            "a mean over all trials describes no network that anybody would use": lambda v, h: h.mean(),
            "the hold-out part has chosen, and the validation error is reported": lambda v, h: v[np.argmin(h)],
            "half of it is the error that has chosen; report the hold-out error alone": lambda v, h: (
                (v.min() + h[np.argmin(v)]) / 2
            ),
        },
    ),
    "split": _split,
    "in_units": FunctionCheck(
        _in_units,
        _loss_arguments,
        ("mse", "explained"),
        {
            "the loss is a square, so the range must be squared too": lambda loss, low, high, ys: (
                loss * (high - low),
                1 - loss * (high - low) / ys.var(),
            ),
            "add `low` to a prediction, not to an error: it cancels in a difference": lambda loss, low, high, ys: (
                loss * (high - low) ** 2 + low,
                1 - (loss * (high - low) ** 2 + low) / ys.var(),
            ),
            "that is the share which is left; 1 less that is explained": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                loss * (high - low) ** 2 / ys.var(),
            ),
            "compare with the variance, not with the standard deviation": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                1 - loss * (high - low) ** 2 / ys.std(),
            ),
            "the scaled loss and the variance have different units": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                1 - loss / ys.var(),
            ),
            "that is the root of the error; asked for is the mean squared error": lambda loss, low, high, ys: (
                np.sqrt(loss) * (high - low),
                1 - loss * (high - low) ** 2 / ys.var(),
            ),
            "return a share, not per cent": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                100 * (1 - loss * (high - low) ** 2 / ys.var()),
            ),
            "the mean of these rows has their variance as its error: divide by N, not by N - 1": (
                lambda loss, low, high, ys: (
                    loss * (high - low) ** 2,
                    1 - loss * (high - low) ** 2 / ys.var(ddof=1),
                )
            ),
        },
    ),
}
