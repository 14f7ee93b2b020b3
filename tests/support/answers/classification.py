"""What people answer to the exercises of chapter ``05_classification``."""

import numpy as np

from lstm_lib.data import ORDERS, temporal_order

# masked_mean


def mean_by_mask(xs, lengths):
    there = np.arange(xs.shape[1]) < lengths[:, None]
    return (xs * there[:, :, None]).sum(axis=1) / lengths[:, None]


def mean_by_loop(xs, lengths):
    means = []
    for n in range(len(xs)):
        means.append(sum(xs[n, t] for t in range(lengths[n])) / lengths[n])
    return np.array(means)


def mean_by_nan(xs, lengths):
    xs = xs.copy()
    for n, length in enumerate(lengths):
        xs[n, length:] = np.nan
    return np.nanmean(xs, axis=1)


def mean_of_everything(xs, lengths):
    return np.mean(xs, axis=1)


def mean_over_T(xs, lengths):
    there = np.arange(xs.shape[1])[None, :] < lengths[:, None]
    return (xs * there[..., None]).mean(axis=1)


def mean_forgotten(xs, lengths):
    return np.array([x[:n].sum(axis=0) for x, n in zip(xs, lengths, strict=True)])


def mean_one_step_more(xs, lengths):
    there = np.arange(xs.shape[1]) <= lengths[:, None]
    return np.array([x[m].mean(axis=0) for x, m in zip(xs, there, strict=True)])


def mean_of_the_batch(xs, lengths):
    return xs[np.arange(xs.shape[1]) < lengths[:, None]].mean(axis=0)


def mean_of_features(xs, lengths):
    return np.array([x[:n].mean() for x, n in zip(xs, lengths, strict=True)])


def mean_padding_in_sum(xs, lengths):
    return xs.sum(1) / lengths[:, None]


def mean_one_step_less(xs, lengths):
    return np.array([xs[n, : lengths[n] - 1].mean(0) for n in range(len(xs))])


def mean_to_the_longest(xs, lengths):
    return xs[:, : lengths.max()].mean(axis=1)


def mean_from_cumsum(xs, lengths):
    return np.cumsum(xs, axis=1)[np.arange(len(xs)), lengths - 1] / lengths[:, None]


# reverse


def reverse_by_loop(xs, lengths):
    turned = xs.copy()
    for n, length in enumerate(lengths):
        turned[n, :length] = xs[n, :length][::-1]
    return turned


def reverse_with_zeros(xs, lengths):
    turned = np.zeros_like(xs)
    for n, length in enumerate(lengths):
        for t in range(length):
            turned[n, t] = xs[n, length - 1 - t]
    return turned


def reverse_by_index(xs, lengths):
    t = np.arange(xs.shape[1])
    places = np.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)
    return np.take_along_axis(xs, places[:, :, None], axis=1)


def reverse_everything(xs, lengths):
    return xs[:, ::-1]


def reverse_flip(xs, lengths):
    return np.array([np.flip(x) if n == len(x) else np.concatenate([np.flip(x[:n]), x[n:]])
                     for x, n in zip(xs, lengths, strict=True)])  # fmt: skip


def reverse_last_axis(xs, lengths):
    return xs[:, :, ::-1]


def reverse_batch(xs, lengths):
    return xs[::-1]


def reverse_one_short(xs, lengths):
    turned = xs.copy()
    for n, length in enumerate(lengths):
        turned[n, : length - 1] = xs[n, : length - 1][::-1]
    return turned


def reverse_at_the_end(xs, lengths):
    turned = np.zeros_like(xs)
    for n, length in enumerate(lengths):
        turned[n, -length:] = xs[n, :length][::-1]
    return turned


def reverse_forgets_to_assign(xs, lengths):
    turned = xs.copy()
    for n, length in enumerate(lengths):
        turned[n, :length][::-1]
    return turned


def reverse_by_roll(xs, lengths):
    return np.array([np.roll(x[::-1], n, axis=0) for x, n in zip(xs, lengths, strict=True)])


def reverse_one_late(xs, lengths):
    turned = np.zeros_like(xs)
    for n, length in enumerate(lengths):
        turned[n, :length] = xs[n, length:0:-1]
    return turned


def reverse_written_over(xs, lengths):
    turned = xs.copy()
    for n, length in enumerate(lengths):
        for t in range(length):
            turned[n, t] = turned[n, length - 1 - t]
    return turned


def reverse_wrong_axis(xs, lengths):
    turned = xs.copy()
    for n, length in enumerate(lengths):
        turned[n, :length] = np.flip(xs[n, :length], axis=1)
    return turned


def reverse_to_the_longest(xs, lengths):
    turned = xs.copy()
    turned[:, : max(lengths)] = xs[:, : max(lengths)][:, ::-1]
    return turned


def reverse_without_padding(xs, lengths):
    return [x[:n][::-1] for x, n in zip(xs, lengths, strict=True)]


# cross_entropy


def loss_shifted(scores, ys):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(ys)), ys].mean()


def loss_logaddexp(scores, ys):
    right = np.take_along_axis(scores, ys[:, None], axis=1)[:, 0]
    return np.mean(np.logaddexp.reduce(scores, axis=1) - right)


def loss_loop(scores, ys):
    total = 0.0
    for s, y in zip(scores, ys, strict=True):
        m = max(s)
        total += m + np.log(sum(np.exp(v - m) for v in s)) - s[y]
    return total / len(ys)


def loss_overflowing(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def loss_underflowing(scores, ys):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def loss_clipped(scores, ys):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(np.clip(p[np.arange(len(ys)), ys], 1e-30, 1)).mean()


def loss_summed(scores, ys):
    return loss_shifted(scores, ys) * len(ys)


def loss_of_scores(scores, ys):
    return -np.mean([scores[n, y] for n, y in enumerate(ys)])


def loss_of_all(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.mean(-np.log(p))


def loss_wrong_axis(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=0)
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def loss_no_axis(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum()
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def loss_sign(scores, ys):
    return -loss_logaddexp(scores, ys)


def loss_without_log(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return np.mean(1 - p[np.arange(len(ys)), ys])


def loss_of_mean(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(ys)), ys].mean())


def loss_in_bits(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log2(p[np.arange(len(ys)), ys]).mean()


def loss_other_formula(scores, ys):
    return np.mean((scores[np.arange(len(ys)), ys] - 1) ** 2)


def loss_one_hot(scores, ys):
    z = scores - scores.max(axis=1, keepdims=True)
    there = np.eye(scores.shape[1])[ys]
    return -(there * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum(axis=1).mean()


def loss_every_pair(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[:, ys]).mean()


def loss_sigmoid(scores, ys):
    p = 1 / (1 + np.exp(-scores))
    return -np.log(p[np.arange(len(ys)), ys]).mean()


def loss_likeliest(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p.max(axis=1)).mean()


def loss_over_all_entries(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.mean(np.eye(scores.shape[1])[ys] * np.log(p))


def loss_binary(scores, ys):
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    y = np.eye(scores.shape[1])[ys]
    return -np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))


def loss_shifted_by_one_number(scores, ys):
    e = np.exp(scores - scores.max())
    return -np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(ys)), ys]).mean()


def loss_of_ratios(scores, ys):
    return np.mean([np.log(np.sum(np.exp(s - s[y]))) for s, y in zip(scores, ys, strict=True)])


# confusion


def counts_by_loop(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        counts[y, answer] += 1
    return counts


def counts_by_bincount(ys, answers, classes):
    return np.bincount(ys * classes + answers, minlength=classes**2).reshape(classes, classes)


def counts_by_comparing(ys, answers, classes):
    return [[int(np.sum((ys == i) & (answers == j))) for j in range(classes)] for i in range(classes)]


def counts_without_classes(ys, answers, classes):
    k = max(max(ys), max(answers)) + 1
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (ys, answers), 1)
    return counts


def counts_of_seen(ys, answers, classes):
    names = sorted(set(ys) | set(answers))
    return np.array([[np.sum((ys == i) & (answers == j)) for j in names] for i in names])


def counts_swapped(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        counts[answer, y] += 1
    return counts


def counts_once(ys, answers, classes):
    counts = np.zeros((classes, classes))
    counts[ys, answers] += 1
    return counts


def counts_as_shares(ys, answers, classes):
    counts = counts_by_loop(ys, answers, classes)
    return counts / counts.sum(axis=1, keepdims=True)


def counts_as_shares_of_all(ys, answers, classes):
    return counts_by_loop(ys, answers, classes) / len(ys)


def counts_of_right(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        if y == answer:
            counts[y, y] += 1
    return counts


def counts_of_wrong(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        if y != answer:
            counts[y, answer] += 1
    return counts


def counts_by_one_hot(ys, answers, classes):
    return np.eye(classes)[ys].T @ np.eye(classes)[answers]


def counts_return_in_loop(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        counts[y, answer] += 1
        return counts


def counts_one_list(ys, answers, classes):
    counts = [[0] * classes] * classes
    for y, answer in zip(ys, answers, strict=True):
        counts[y][answer] += 1
    return counts


def counts_from_one(ys, answers, classes):
    counts = np.zeros((classes, classes))
    for y, answer in zip(ys, answers, strict=True):
        counts[y - 1, answer - 1] += 1
    return counts


# majority


def share_by_bincount(train_ys, test_ys):
    return np.mean(test_ys == np.bincount(train_ys).argmax())


def share_by_dictionary(train_ys, test_ys):
    counts = {}
    for y in train_ys:
        counts[y] = counts.get(y, 0) + 1
    likely = max(counts, key=counts.get)
    return sum(y == likely for y in test_ys) / len(test_ys)


def share_of_test(train_ys, test_ys):
    return np.bincount(test_ys).max() / len(test_ys)


def share_of_train(train_ys, test_ys):
    return np.bincount(train_ys).max() / len(train_ys)


def share_class(train_ys, test_ys):
    return np.bincount(train_ys).argmax()


def share_number(train_ys, test_ys):
    return (test_ys == np.bincount(train_ys).argmax()).sum()


def share_guess(train_ys, test_ys):
    return 1 / (train_ys.max() + 1)


def share_largest(train_ys, test_ys):
    return np.mean(test_ys == np.max(train_ys))


def share_exchanged(train_ys, test_ys):
    return np.mean(train_ys == np.bincount(test_ys).argmax())


def share_wrong(train_ys, test_ys):
    return np.mean(test_ys != np.bincount(train_ys).argmax())


def share_by_unique(train_ys, test_ys):
    classes, counts = np.unique(train_ys, return_counts=True)
    return (test_ys == classes[counts.argmax()]).mean()


def share_of_both(train_ys, test_ys):
    return np.mean(test_ys == np.bincount(np.concatenate([train_ys, test_ys])).argmax())


def share_over_train(train_ys, test_ys):
    return np.sum(test_ys == np.bincount(train_ys).argmax()) / len(train_ys)


def share_in_percent(train_ys, test_ys):
    return 100 * np.mean(test_ys == np.bincount(train_ys).argmax())


def share_of_median(train_ys, test_ys):
    return np.mean(test_ys == np.median(train_ys))


def share_argmax_of_labels(train_ys, test_ys):
    return np.mean(test_ys == np.argmax(train_ys))


def share_max_of_counts(train_ys, test_ys):
    return np.mean(test_ys == np.bincount(train_ys).max())


# tag_accuracy


def tags_by_mask(answers, marks):
    there = marks >= 0
    right = answers == marks
    return right[there].mean(), np.mean([r[m].all() for r, m in zip(right, there, strict=True)])


def tags_by_loop(answers, marks):
    steps, right, words = 0, 0, 0
    for a, m in zip(answers, marks, strict=True):
        good = True
        for x, y in zip(a, m, strict=True):
            if y == -1:
                continue
            steps += 1
            right += x == y
            good = good and x == y
        words += good
    return right / steps, words / len(marks)


def tags_no_mask(answers, marks):
    return np.mean(answers == marks), tags_by_loop(answers, marks)[1]


def tags_divided_by_all(answers, marks):
    return np.sum((answers == marks) & (marks != -1)) / marks.size, tags_by_loop(answers, marks)[1]


def tags_mean_of_means(answers, marks):
    each = [np.mean(a[m >= 0] == m[m >= 0]) for a, m in zip(answers, marks, strict=True)]
    return np.mean(each), tags_by_loop(answers, marks)[1]


def tags_words_with_padding(answers, marks):
    return tags_by_loop(answers, marks)[0], np.mean([np.array_equal(a, m) for a, m in zip(answers, marks, strict=True)])


def tags_any(answers, marks):
    right = (answers == marks) & (marks >= 0)
    return right.sum() / (marks >= 0).sum(), right.any(axis=1).mean()


def tags_only_stressed(answers, marks):
    return np.mean(answers[marks == 1] == 1), tags_by_loop(answers, marks)[1]


def tags_exchanged(answers, marks):
    steps, words = tags_by_mask(answers, marks)
    return words, steps


def tags_one_number(answers, marks):
    return tags_by_mask(answers, marks)[0]


def tags_as_array(answers, marks):
    there = marks != -1
    right = (answers == marks) & there
    return np.array([right.sum() / there.sum(), np.mean(right.sum(axis=1) == there.sum(axis=1))])


def tags_zero_left_out(answers, marks):
    there = marks > 0
    right = answers == marks
    return right[there].mean(), (right | ~there).all(axis=1).mean()


def tags_padding_right(answers, marks):
    right = np.where(marks != -1, answers == marks, True)
    return right.mean(), right.all(axis=1).mean()


def tags_by_columns(answers, marks):
    there = marks != -1
    right = answers == marks
    return right[there].mean(), (right | ~there).all(axis=0).mean()


def tags_all_at_once(answers, marks):
    there = marks != -1
    right = answers == marks
    return right[there].mean(), (right | ~there).all()


def tags_numbers(answers, marks):
    there = marks != -1
    right = answers == marks
    return right[there].sum(), (right | ~there).all(axis=1).sum()


def tags_errors(answers, marks):
    there = marks != -1
    wrong = answers != marks
    return wrong[there].mean(), (wrong & there).any(axis=1).mean()


def tags_mean_of_steps(answers, marks):
    there = marks != -1
    right = answers == marks
    return right[there].mean(), (right | ~there).mean()


# order_answers: what a network may have answered

_, TRUTH, _ = temporal_order(np.random.default_rng(7), 500, 40)
BY_COUNTS = np.where(TRUTH == 2, 1, TRUTH)  # takes YX for XY
PROBABILITIES = np.eye(4)[TRUTH]
SHUFFLED = np.random.default_rng(0).permutation(TRUTH)
NAMES = np.array(ORDERS[4])[TRUTH]

RIGHT = {
    "masked_mean": [mean_by_mask, mean_by_loop, mean_by_nan, mean_from_cumsum],
    "reverse": [reverse_by_loop, reverse_with_zeros, reverse_by_index, reverse_by_roll],
    "cross_entropy": [loss_shifted, loss_logaddexp, loss_loop, loss_one_hot],
    "confusion": [counts_by_loop, counts_by_bincount, counts_by_comparing, counts_by_one_hot],
    "majority": [share_by_bincount, share_by_dictionary, share_by_unique],
    "tag_accuracy": [tags_by_mask, tags_by_loop, tags_as_array],
    "order_answers": [TRUTH, TRUTH.astype(float), TRUTH.tolist(), np.where(np.arange(500) < 9, 0, TRUTH)],
}

WRONG = {
    "masked_mean": [
        ("the padding is averaged too", mean_of_everything),
        ("divided by T; divide by the length", mean_over_T),
        ("that is the sum over the steps", mean_forgotten),
        ("one step too many", mean_one_step_more),
        ("one mean over all sequences", mean_of_the_batch),
        ("the features are averaged too", mean_of_features),
        ("the padding is in the sum", mean_padding_in_sum),
        ("one step too few", mean_one_step_less),
        ("up to the longest sequence's end", mean_to_the_longest),
    ],
    "reverse": [
        ("the padding has moved to the front", reverse_everything),
        ("the features are turned around too", reverse_flip),
        ("only the features are turned around", reverse_last_axis),
        ("the batch is turned around, not the time", reverse_batch),
        ("one step of each sequence is left out", reverse_one_short),
        ("end where the array ends", reverse_at_the_end),
        ("that is xs as it was", reverse_forgets_to_assign),
        ("begins one step late", reverse_one_late),
        ("has written over", reverse_written_over),
        ("time is axis 0", reverse_wrong_axis),
        ("all are turned around up to the longest", reverse_to_the_longest),
        ("have lost their padding", reverse_without_padding),
    ],
    "cross_entropy": [
        ("e to the 1000 overflows", loss_overflowing),
        ("p is stored as 0, or 1 / p overflows", loss_underflowing),
        ("clipped?", loss_clipped),
        ("that is the sum over the batch", loss_summed),
        ("the softmax is missing", loss_of_scores),
        ("not those of all classes", loss_of_all),
        ("(axis 1), not over the batch", loss_wrong_axis),
        ("(axis 1), not over the whole array", loss_no_axis),
        ("a log-probability is negative", loss_sign),
        ("the logarithm is missing", loss_without_log),
        ("not the logarithm of the mean", loss_of_mean),
        ("natural, not of base 2", loss_in_bits),
        ("p[:, ys] pairs each sequence", loss_every_pair),
        ("sigmoids of single scores", loss_sigmoid),
        ("the likeliest class is taken", loss_likeliest),
        ("divided by N K", loss_over_all_entries),
        ("the loss of two classes", loss_binary),
        ("each row's own largest score", loss_shifted_by_one_number),
        ("1 / p overflows", loss_of_ratios),
        (" and must be ", loss_other_formula),
    ],
    "confusion": [
        ("the size is classes, not the largest seen", counts_without_classes),
        ("classes that do not occur are left out", counts_of_seen),
        ("rows and columns are swapped", counts_swapped),
        ("counts a pair once", counts_once),
        ("shares of each row", counts_as_shares),
        ("divided by the number of sequences", counts_as_shares_of_all),
        ("only the right answers are counted", counts_of_right),
        ("only the wrong answers are counted", counts_of_wrong),
        ("the return stands inside the loop", counts_return_in_loop),
        ("all rows are one list", counts_one_list),
        ("shifted by one", counts_from_one),
    ],
    "majority": [
        ("yours has seen the test labels", share_of_test),
        ("the accuracy on the training part", share_of_train),
        ("that is the class, not how often", share_class),
        ("that is the number of right answers", share_number),
        ("one over the number of classes", share_guess),
        ("np.max finds the largest class", share_largest),
        ("the parts are exchanged", share_exchanged),
        ("chosen on both parts together", share_of_both),
        ("divided by the number of training sequences", share_over_train),
        ("in percent", share_in_percent),
        ("the median class", share_of_median),
        ("a place or a count", share_argmax_of_labels),
        ("a place or a count", share_max_of_counts),
        ("accuracy is ", share_wrong),
    ],
    "tag_accuracy": [
        ("the steps marked -1 count among the steps", tags_no_mask),
        ("leave them out of what you divide by", tags_divided_by_all),
        ("the mean of each sequence's own share", tags_mean_of_means),
        ("the steps marked -1 must not fail it", tags_words_with_padding),
        ("if all its steps are, not any", tags_any),
        ("only the steps marked 1 are counted", tags_only_stressed),
        ("the two shares are exchanged", tags_exchanged),
        ("return 2 values", tags_one_number),
        ("0 is a label too", tags_zero_left_out),
        ("the steps marked -1 count as right", tags_padding_right),
        ("a sequence is a row", tags_by_columns),
        ("whether all sequences are right", tags_all_at_once),
        ("those are numbers of steps", tags_numbers),
        ("the shares that are wrong", tags_errors),
        ("share of sequences is", tags_mean_of_steps),
    ],
    "order_answers": [
        ("counts alone reach 75 %", BY_COUNTS),
        ("those are probabilities of four classes", PROBABILITIES),
        ("one answer to all of them", np.full(500, 3)),
        ("classes are numbered 0 to 3; yours go from 1 to 4", TRUTH + 1),
        ("the orders are told apart, but under other numbers", 3 - TRUTH),
        ("are these the answers to test_xs", SHUFFLED),
        ("not with names", NAMES),
        ("one class for each sequence", TRUTH[:, None]),
        ("nearly told apart", np.where(np.arange(500) < 25, (TRUTH + 1) % 4, TRUTH)),
        ("the first marked letter is known", TRUTH // 2 * 2),
        ("the second marked letter is known", TRUTH % 2),
        ("not for a function", tags_by_mask),
    ],
}
