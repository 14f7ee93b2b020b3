"""Strong rivals of a recurrent network on sequences: random convolutions, and neighbours under a warped distance.

Written out here because the chapters need no more of them than this: chapter ``05_classification``.
"""

import numpy as np

from experiments.grids import best_inside

AT_ONCE = 2 * 10**7  # numbers of an intermediate result
STRENGTHS = (10.0, 100.0, 1000.0)


def random_kernels(rng, count, sizes, channels, T):
    """Draw kernels as ROCKET does, by size and dilation: weights, biases, and whether the ends are padded.

    Source: Dempster, Petitjean & Webb (2020), doi:10.1007/s10618-020-00701-z; several channels as in their code.
    """
    groups = {}
    for _ in range(count):
        size = int(rng.choice(sizes))
        most = np.log2(max(1.0, (T - 1) / (size - 1)))
        dilation = int(2 ** rng.uniform(0, most))
        used = int(2 ** rng.uniform(0, np.log2(min(channels, size) + 1)))
        weights = np.zeros((size, channels), np.float32)
        picked = rng.choice(channels, size=used, replace=False)
        drawn = rng.normal(size=(size, used))
        weights[:, picked] = drawn - drawn.mean(axis=0)
        groups.setdefault((size, dilation), []).append((weights.ravel(), rng.uniform(-1, 1), rng.random() < 0.5))
    return {key: tuple(map(np.array, zip(*kernels, strict=True))) for key, kernels in groups.items()}


def convolved(xs, lengths, groups):
    """Return for each kernel its greatest value and its share of positive values, shape (N, 2 kernels)."""
    return np.hstack([_convolved(xs, lengths, *key, *kernels) for key, kernels in sorted(groups.items())])


def _convolved(xs, lengths, size, dilation, weights, biases, padded):
    N, T, D = xs.shape
    half = (size - 1) * dilation // 2
    wide = np.pad(xs, ((0, 0), (half, half), (0, 0))).astype(np.float32)
    at = np.arange(T)[:, None] + dilation * np.arange(size)
    t = np.arange(T)
    found = []
    rows = max(1, AT_ONCE // (T * max(len(biases), size * D)))
    for k in range(0, N, rows):
        ends = lengths[k : k + rows, None]
        inside = t < ends
        whole = (t >= half) & (t < ends - half)
        whole = np.where(whole.any(axis=1, keepdims=True), whole, inside)  # too short for the kernel: padded
        windows = wide[k : k + rows][:, at].reshape(len(ends) * T, size * D)
        out = (windows @ weights.T.astype(np.float32) + biases.astype(np.float32)).reshape(len(ends), T, -1)
        counted = np.where(padded, inside[:, :, None], whole[:, :, None])
        greatest = np.where(counted, out, -np.inf).max(axis=1)
        found.append(np.hstack([greatest, ((out > 0) & counted).sum(axis=1) / counted.sum(axis=1)]))
    return np.concatenate(found).astype(np.float32)


def ridge(features, ys, choose, test):
    """Fit ridge regression to the classes, its strength chosen on ``choose``, a pair; return scores and the grid."""
    mean, std = features.mean(axis=0), features.std(axis=0) + 1e-6
    X, V, Z = ((part - mean) / std for part in (features, choose[0], test))
    classes = np.arange(ys.max() + 1)
    Y, W = (2.0 * (part[:, None] == classes) - 1 for part in (ys, choose[1]))
    middle = Y.mean(axis=0)
    if len(X) < X.shape[1]:
        U, s, directions = np.linalg.svd(X, full_matrices=False)
        projected = s[:, None] * (U.T @ (Y - middle))
    else:
        values, vectors = np.linalg.eigh((X.T @ X).astype(np.float64))
        s, directions = np.sqrt(np.maximum(values, 0)), vectors.T
        projected = directions @ (X.T @ (Y - middle))

    def scores(strength, part):
        return part @ (directions.T @ (projected / (s**2 + strength)[:, None])) + middle

    best, grid = best_inside(lambda strength: np.mean((scores(strength, V) - W) ** 2), STRENGTHS)
    return scores(best, Z), scores(best, V), grid


def rocket(train, choose, test, *, sizes, seed, count=1000):
    """Return what random convolutions and a ridge answer to the test part, its validation accuracy, and the grid.

    Each part is ``(xs, ys, lengths)``.
    """
    rng = np.random.default_rng(seed)
    xs, ys, lengths = train
    kernels = random_kernels(rng, count, sizes, xs.shape[2], int(np.median(lengths)))
    features = [convolved(part[0], part[2], kernels) for part in (train, choose, test)]
    answers, held, grid = ridge(features[0], ys, (features[1], choose[1]), features[2])
    return answers.argmax(axis=1), float(np.mean(held.argmax(axis=1) == choose[1])), grid


def warped_distances(ours, theirs, *, edit=False):
    """Return the distance between each two sequences of two lists, shape (N, M), by dynamic programming.

    Sequences are whole numbers, shape (T,), two of which cost 1 where they differ, or vectors, shape (T, D), which cost
    their Euclidean distance. Time may be stretched for nothing (dynamic time warping, with no band), or, with ``edit``,
    by a cost of 1 for each step left out.
    """
    symbols = ours[0].ndim == 1
    found = np.zeros((len(ours), len(theirs)), np.uint8 if symbols else np.float32)
    ours_by, theirs_by = _by_length(ours), _by_length(theirs)
    for rows, a in ours_by:
        for columns, b in theirs_by:
            size = max(1, 10**6 // len(columns))
            for k in range(0, len(rows), size):
                found[np.ix_(rows[k : k + size], columns)] = _table(a[k : k + size], b, edit, found.dtype)
    return found


def _by_length(sequences):
    lengths = np.array([len(s) for s in sequences])
    return [(rows, np.stack([sequences[k] for k in rows]))
            for rows in (np.flatnonzero(lengths == n) for n in np.unique(lengths))]  # fmt: skip


def _table(a, b, edit, kind):
    far = 200 if kind == np.uint8 else np.inf
    shape = (len(a), len(b))
    step = 1 if edit else 0
    edge = [np.full(shape, j if edit else far, kind) for j in range(b.shape[1] + 1)]
    edge[0] = np.zeros(shape, kind)
    for i in range(a.shape[1]):
        row = [np.full(shape, i + 1 if edit else far, kind)]
        for j in range(b.shape[1]):
            if a.ndim == 2:
                cost = (a[:, i, None] != b[None, :, j]).astype(kind)
            else:
                cost = np.linalg.norm(a[:, None, i] - b[None, :, j], axis=2).astype(kind)
            sides = np.minimum(row[j], edge[j + 1])
            if edit:
                row.append(np.minimum(sides + kind.type(step), edge[j] + cost))
            else:
                row.append(np.minimum(sides, edge[j]) + cost)
        edge = row
    return edge[-1]


def neighbours(distances, ys, k):
    """Return the most frequent class among the k nearest, and all that are as near as the last of them."""
    limit = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    near = distances <= limit
    votes = np.stack([(near & (ys == c)).sum(axis=1) for c in range(ys.max() + 1)], axis=1)
    return votes.argmax(axis=1)
