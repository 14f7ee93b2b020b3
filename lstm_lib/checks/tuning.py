"""Exercises of chapter ``06_tuning``."""

import numpy as np

from lstm_lib.checks import FunctionCheck
from lstm_lib.checks.tuning_encode import ENCODE
from lstm_lib.checks.tuning_split import judge_split
from lstm_lib.data.symbols import PAD


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


def _scale_one(train, other):
    return _scale(train, other)[0], other


def _standardise_each(train, other):
    return (train - train.mean()) / train.std(), (other - other.mean()) / other.std()


def _range_of_each(train, other):
    return (train - train.min()) / np.ptp(train), (other - train.min()) / np.ptp(other)


def _smallest_of_each(train, other):
    return (train - train.min()) / np.ptp(train), (other - other.min()) / np.ptp(train)


def _precedence(train, other):
    return tuple(x - train.min() / np.ptp(train) for x in (train, other))


def _around_the_mean(train, other):
    return tuple((x - train.mean()) / np.ptp(train) for x in (train, other))


def _masked_mean(hs, ids):
    there = (ids != PAD)[..., None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def _mean_arguments(rng):
    N, T, H = 3, 6, 4
    lengths = np.array([2, 4, 5])
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


def _sum_of_all_steps(hs, ids):
    return hs.sum(axis=1) / (ids != PAD).sum(axis=1)[:, None]


def _one_count_for_all(hs, ids):
    return _sum_of_states(hs, ids) / (ids != PAD).sum()


def _mean_of_padding(hs, ids):
    there = (ids == PAD)[..., None]
    return (hs * there).sum(axis=1) / there.sum(axis=1)


def _largest(hs, ids):
    return np.where((ids != PAD)[..., None], hs, -np.inf).max(axis=1)


def _weighted_by_ids(hs, ids):
    return (hs * ids[..., None]).sum(axis=1) / ids.sum(axis=1)[:, None]


class _NumberCheck(FunctionCheck):
    """Does not print arrays where the answer is a number."""

    def _compare(self, result, arguments):
        if not isinstance(result, tuple) and np.shape(result) == (1,):
            return "return the number itself, not an array or a list with one number in it"
        return super()._compare(result, arguments)

    def wrong_numbers(self, wrong: list[tuple[str, float, float]]) -> str:
        """Return the hint without the number, which could be copied."""
        return "not the number that was asked for; try it by hand with three trials"


class _UnitsCheck(FunctionCheck):
    """Says which of the two numbers is wrong, and not what it must be."""

    def wrong_numbers(self, wrong: list[tuple[str, float, float]]) -> str:
        """Return the hint for one of the two, or for both."""
        if "mse" not in [name for name, _, _ in wrong]:
            return "mse is right, and explained is not: the variance of these targets is the loss of their mean"
        return "mse is not right: by which factor does scaling shrink an error, and by which its square?"


def _chosen(validation, holdout):
    return holdout[np.argmin(validation)]


def _errors(rng):
    """Draw errors of seven trials; none is the best, or the worst, in both parts, nor is the first or the last."""
    validation = np.array([3.0, *rng.permutation([1.0, 2.0, 4.0, 6.0, 7.0]), 5.0])
    holdout = np.sort(rng.normal(size=7) ** 2 + 9)[(3 * validation.astype(int) + 1) % 7]
    return [validation + rng.random(7) / 2, holdout]


def _in_units(loss, low, high, targets):
    mse = loss * (high - low) ** 2
    return mse, 1 - mse / targets.var()


def _loss_arguments(rng):
    return [0.0137 * (1 + rng.random()), -4.0 - rng.random(), 31.0 + rng.random(), rng.normal(11, 7, size=12)]


CHECKS = {
    "encode": ENCODE,
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
            "each part has mean 0 and standard deviation 1 now: asked for is one scale, from 0 to 1, for both": (
                _standardise_each
            ),
            "`other` comes back as it was; if you overwrite `train`, keep its smallest and largest before": _scale_one,
            "`other` is divided by its own range; take that of `train`": _range_of_each,
            "from `other` its own smallest is subtracted; take that of `train`": _smallest_of_each,
            "a division goes before a subtraction: put x - low into brackets": _precedence,
            "subtract the smallest, not the mean": _around_the_mean,
            "dividing by the largest alone leaves the smallest where it is": lambda a, b: (a / a.max(), b / a.max()),
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
            "you divide by the right number, but the sum still has the padded steps in it": _sum_of_all_steps,
            "you divide by the steps of all texts together; each text has a number of its own": _one_count_for_all,
            "that is the mean over the padding: the mask is the wrong way round": _mean_of_padding,
            "that is the state at the last place, which is padding in a short text": lambda hs, ids: hs[:, -1],
            "that is the largest over time, not the mean": _largest,
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
            "that is the number of a trial, and the hold-out part has chosen it": lambda v, h: np.argmin(h),
            "that is the mean of the validation errors: of all trials, on the part that chooses": lambda v, h: v.mean(),
            "that is the largest hold-out error; report that of the trial which was chosen": lambda v, h: h.max(),
            "that is the gap between the two parts; report the hold-out error itself": lambda v, h: (
                h[np.argmin(v)] - v.min()
            ),
        },
    ),
    "split": judge_split,
    "in_units": _UnitsCheck(
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
            "the two are exchanged: first the mean squared error, then the share": lambda loss, low, high, ys: (
                _in_units(loss, low, high, ys)[::-1]
            ),
            "`targets` are others; the scale was set by `low` and `high`, so their distance is the range": (
                lambda loss, low, high, ys: _in_units(loss, ys.min(), ys.max(), ys)
            ),
            "the range is high - low, not `high`": lambda loss, low, high, ys: _in_units(loss, 0, high, ys),
            "square the difference high - low; it is not the difference of the squares": lambda loss, low, high, ys: (
                loss * (high**2 - low**2),
                1 - loss * (high**2 - low**2) / ys.var(),
            ),
            "square the range alone: the loss is a square already": lambda loss, low, high, ys: (
                (loss * (high - low)) ** 2,
                1 - (loss * (high - low)) ** 2 / ys.var(),
            ),
            "scaling divided by the range, so multiply to undo it": lambda loss, low, high, ys: (
                loss / (high - low) ** 2,
                1 - loss / (high - low) ** 2 / ys.var(),
            ),
            "1 - loss compares with a variance of 1; divide by that of the targets": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                1 - loss,
            ),
            "compare with the variance, not with the mean square: the rule that answers with the mean is the rival": (
                lambda loss, low, high, ys: (loss * (high - low) ** 2, 1 - loss * (high - low) ** 2 / np.mean(ys**2))
            ),
            "1 less the share that is left, and not the share less 1": lambda loss, low, high, ys: (
                loss * (high - low) ** 2,
                loss * (high - low) ** 2 / ys.var() - 1,
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
