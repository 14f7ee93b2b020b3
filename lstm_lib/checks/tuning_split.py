"""The exercise of chapter ``06_tuning`` that holds out texts.

A split that is drawn has no one right answer, so it is judged by what it must and must not do.
"""

import contextlib
import dis
import inspect
import random
from collections import Counter

import numpy as np

from lstm_lib.checks import NOT_ATTEMPTED

TEXTS, EXTRA, ROWS_OF_TEXTS = 400, 900, 1200  # so many more make a set take up more room, and change its order
BLOCK = "what you hold out is a block of {}: such texts are alike; shuffle them first"
FIXED = "another rng gave the same split: draw with the `rng` that you are given, not one of your own or none"
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


@contextlib.contextmanager
def _other_global_state():
    """Put the generators of the whole program into another state for a while, as they will be in tomorrow."""
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(12345)  # noqa: NPY002
    random.seed(12345)
    try:
        yield
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        random.setstate(before[1])


def _wrong_share(texts, out, share):
    """Name what is wrong if too many or too few texts are held out."""
    found, spread = len(out) / TEXTS, 4 * np.sqrt(share * (1 - share) / TEXTS)
    if abs(found - share) <= spread:
        return ""
    times = Counter(texts)
    rows = [np.mean([times[t] for t in times if (t in out) == held]) for held in (True, False)] if out else [0, 0]
    if found > share and rows[0] > rows[1] + 0.5 and len(out) < TEXTS:
        return "you drew rows and hold out their texts: draw among the different texts, each once"
    if abs(1 - found - share) <= spread and share != 0.5:
        return "True stands for the rows that are held out; yours stands for the others"
    text = f"with a share of {share} about {share:.0%} of the texts should be held out, not {found:.0%}"
    twice = bool(abs(found - (1 - np.exp(-share))) <= 0.02 and share == 0.5)
    return text + "; were some drawn twice (`replace=False`)?" * twice


def _runs(held_texts, order):
    """Count how often held out and not held out alternate in some order of the texts."""
    marks = np.array([text in held_texts for text in order])
    return np.count_nonzero(marks[1:] != marks[:-1])


def _judge_split(answer, share, seed):
    texts, extra = _texts(seed)

    def ask(rows, seed=seed + 100):
        return np.asarray(answer(list(rows), share, np.random.default_rng(seed)))

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
    if hint := _wrong_share(texts, out, share):
        return hint
    orders = {"the alphabet": sorted(set(texts)), "the order in the file": list(dict.fromkeys(texts))}
    for name, order in orders.items():
        if _runs(out, order) < TEXTS * share * (1 - share):  # half of what a random choice has
            return BLOCK.format(name)
    with _other_global_state():
        again = ask(texts)
    if not np.array_equal(held, again):
        return "the same texts and the same rng gave two different splits; draw with the `rng` that you are given"
    if np.array_equal(held, ask([f"0{text}" for text in texts])):  # drawn, whatever the texts are
        return FIXED if np.array_equal(held, ask(texts, seed + 200)) else ""
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


def judge_split(answer: object) -> str:
    """Judge a function that says which rows are held out, however it draws.

    Parameters
    ----------
    answer : object
        What the exercise asks for: ``(texts, share, rng)`` to N times True or False.

    Returns
    -------
    str
        ``""`` if it is right, else a hint.
    """
    if not callable(answer):
        return f"this exercise asks for a function, not a {type(answer).__name__}"
    return next(filter(None, (_judge_split(answer, share, k) for k, share in enumerate((0.1, 0.3, 0.5)))), "")
