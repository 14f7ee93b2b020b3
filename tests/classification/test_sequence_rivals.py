"""The rivals of the experiments against the same thing written with loops."""

from functools import cache

import numpy as np
import pytest

from experiments import sequence_rivals as rivals

pytestmark = pytest.mark.numpy


def distance(a, b, edit):
    """Recursion over the ends of both sequences."""
    cost = (lambda i, j: float(a[i] != b[j])) if a.ndim == 1 else (lambda i, j: np.linalg.norm(a[i] - b[j]))

    @cache
    def between(i, j):
        if i < 0 or j < 0:
            return float(i + j + 2) if edit else (0.0 if i == j else np.inf)
        if edit:
            return min(between(i - 1, j) + 1, between(i, j - 1) + 1, between(i - 1, j - 1) + cost(i, j))
        return cost(i, j) + min(between(i - 1, j), between(i, j - 1), between(i - 1, j - 1))

    return between(len(a) - 1, len(b) - 1)


@pytest.mark.parametrize("edit", [False, True])
@pytest.mark.parametrize("symbols", [False, True])
def test_distances_are_those_of_the_recursion(symbols, edit):
    rng = np.random.default_rng(0)
    draw = (lambda n: rng.integers(0, 3, n)) if symbols else (lambda n: rng.normal(size=(n, 2)))
    ours, theirs = ([draw(n) for n in lengths] for lengths in ((3, 6, 1, 4), (2, 5, 3)))
    found = rivals.warped_distances(ours, theirs, edit=edit)
    expected = [[distance(a, b, edit) for b in theirs] for a in ours]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_neighbours_as_near_as_the_last_vote_too():
    distances = np.array([[1, 2, 2, 2], [3, 1, 4, 5]])
    ys = np.array([0, 1, 1, 1])
    assert rivals.neighbours(distances, ys, 1).tolist() == [0, 1]
    assert rivals.neighbours(distances, ys, 2).tolist() == [1, 0]


def test_convolutions_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    N, T, D = 5, 11, 3
    lengths = np.array([11, 3, 8, 10, 5])
    xs = rng.normal(size=(N, T, D)).astype(np.float32)
    for x, n in zip(xs, lengths, strict=True):
        x[n:] = 0
    groups = rivals.random_kernels(rng, 40, (3, 5), D, T)
    found = rivals.convolved(xs, lengths, groups)
    expected = []
    for x, n in zip(xs, lengths, strict=True):
        row = []
        for (size, dilation), kernels in sorted(groups.items()):
            half = (size - 1) * dilation // 2
            for_each = [[], []]
            for weights, bias, padded in zip(*kernels, strict=True):
                weights = weights.reshape(size, D)
                whole = range(half, n - half)
                places = range(n) if padded or len(whole) == 0 else whole
                out = []
                for t in places:
                    at = t - half + dilation * np.arange(size)
                    out.append(bias + sum(w @ x[k] for w, k in zip(weights, at, strict=True) if 0 <= k < n))
                for_each[0].append(max(out))
                for_each[1].append(np.mean(np.array(out) > 0))
            row += [*for_each[0], *for_each[1]]
        expected.append(row)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert found.shape == (N, 80)


@pytest.mark.parametrize("features", [4, 90])
def test_the_ridge_is_that_of_the_normal_equations(features):
    rng = np.random.default_rng(features)
    X, V, Z = (rng.normal(size=(n, features)) for n in (60, 40, 7))
    ys, held = ((part[:, 0] > 0) + (part[:, 1] > 1).astype(int) for part in (X, V))
    found, _, grid = rivals.ridge(X, ys, (V, held), Z)
    mean, std = X.mean(axis=0), X.std(axis=0) + 1e-6
    X, Z = (X - mean) / std, (Z - mean) / std
    Y = 2.0 * (ys[:, None] == np.arange(3)) - 1
    A = X.T @ X + float(grid["chosen"]) * np.eye(features)
    expected = Z @ np.linalg.solve(A, X.T @ (Y - Y.mean(axis=0))) + Y.mean(axis=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8)
