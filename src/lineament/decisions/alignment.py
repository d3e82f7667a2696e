"""Dynamic time warping: how unlike two series of one length are, when each may linger where the other hurries.

Sakoe and Chiba 1978, symmetric form: a step along both counts twice, so that every path weighs as much as both series
are long, and the distance is a mean over the path. Their band bounds how far the paths may stray from the diagonal.
All references of a probe are walked at once, one anti-diagonal after another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float32Array = NDArray[np.float32]
BYTES_AT_ONCE = 24_000_000


def warping_distances(probe: ArrayLike, references: ArrayLike, *, band: int) -> Float32Array:
    """Return the distance of a series to each of several of the same length.

    Parameters
    ----------
    probe : float array (T, features)
    references : float array (references, T, features)
    band : int
        Frames by which paths may stray from the diagonal.

    Returns
    -------
    float32 array (references,)
        Mean Euclidean distance of the frames that the best path joins.

    Raises
    ------
    ValueError
        When shapes do not fit.

    Examples
    --------
    >>> late, early = np.zeros((6, 1)), np.zeros((6, 1))
    >>> late[4], early[3] = 1.0, 1.0
    >>> warping_distances(late, early[None], band=2).tolist(), warping_distances(late, early[None], band=0).round(3)
    ([0.0], array([0.333], dtype=float32))
    """
    one = np.asarray(probe, dtype=np.float32)
    many = np.asarray(references, dtype=np.float32)
    if one.ndim != 2 or many.ndim != 3 or many.shape[1:] != one.shape:
        raise ValueError(f"references of shape (n, {one.shape}), not {many.shape}")
    length = len(one)
    at_once = max(1, BYTES_AT_ONCE // (4 * length * length))
    blocks = [many[first : first + at_once] for first in range(0, len(many), at_once)]
    distances = [accumulated(local_distances(one, block), band) / (2 * length) for block in blocks]
    return np.concatenate(distances) if distances else np.zeros(0, dtype=np.float32)


def local_distances(probe: Float32Array, references: Float32Array) -> Float32Array:
    """Return the Euclidean distance of every frame to every frame: (T, T, references)."""
    count, length, features = references.shape
    # |a|² + |b|² - 2 ab as one product of matrices.
    left = np.column_stack([-2 * probe, (probe**2).sum(axis=1), np.ones(length, dtype=np.float32)])
    right = np.ones((features + 2, length, count), dtype=np.float32)
    right[:features] = references.transpose(2, 1, 0)
    right[-1] = (references**2).sum(axis=2).T
    squares: Float32Array = left @ right.reshape(features + 2, length * count)
    np.maximum(squares, 0.0, out=squares)
    np.sqrt(squares, out=squares)
    return squares.reshape(length, length, count)


def accumulated(local: Float32Array, band: int) -> Float32Array:
    """Return the least sum of local distances over all paths up to the last frame, (references,).

    Parameters
    ----------
    local : float32 array (T, T, references)
    band : int
    """
    length, _, count = local.shape
    flat = local.reshape(length * length, count)
    # Sums on this anti-diagonal and the two before, by row, with a row of infinity above the first and below the last.
    here, last, second = (np.full((length + 2, count), np.inf, dtype=np.float32) for _ in range(3))
    for diagonal in range(2 * length - 1):
        low = max(0, diagonal - length + 1, (diagonal - band + 1) // 2)
        high = min(length - 1, diagonal, (diagonal + band) // 2)
        here[low], here[high + 2] = np.inf, np.inf
        if low <= high:
            cost = flat[low * length + diagonal - low : high * length + diagonal - high + 1 : max(length - 1, 1)]
            rows = here[low + 1 : high + 2]
            np.minimum(last[low : high + 1], last[low + 1 : high + 2], out=rows)
            if diagonal:
                rows += cost
                np.minimum(rows, second[low : high + 1] + 2 * cost, out=rows)
            else:
                rows[:] = 2 * cost
        here, last, second = second, here, last
    return last[length]


def best_paths(local: Float32Array, band: int) -> Float32Array:
    """Return how much each pair of frames weighs on the best path: 2 after a step along both series, 1 after one.

    Parameters
    ----------
    local : float32 array (T, T, pairs)
        Local distances of each pair of series.
    band : int

    Returns
    -------
    float32 array (T, T, pairs)
        Sums to 2 T for every pair.

    Examples
    --------
    >>> local = np.array([[0.0, 9.0], [9.0, 0.0]], dtype=np.float32)[..., None]
    >>> best_paths(local, band=1)[..., 0].tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """
    length, _, count = local.shape
    sums = np.full((length + 1, length + 1, count), np.inf, dtype=np.float32)
    sums[0, 0] = 0.0
    flat_sums, flat = sums.reshape(-1, count), local.reshape(-1, count)
    for diagonal in range(2 * length - 1):
        low = max(0, diagonal - length + 1, (diagonal - band + 1) // 2)
        high = min(length - 1, diagonal, (diagonal + band) // 2)
        if low > high:
            continue
        cost = flat[low * length + diagonal - low : high * length + diagonal - high + 1 : max(length - 1, 1)]
        # Where the step along both series comes from; those along one lie a row below it, or a column beside it.
        both = low * (length + 1) + diagonal - low
        rows = slice(both, both + (high - low) * length + 1, length)
        above, beside, here = (slice(rows.start + by, rows.stop + by, length) for by in (1, length + 1, length + 2))
        turned = np.minimum(flat_sums[above], flat_sums[beside]) + cost
        flat_sums[here] = np.minimum(flat_sums[rows] + 2 * cost, turned)
    return _traced(sums, local)


def _traced(sums: Float32Array, local: Float32Array) -> Float32Array:
    """Return the weights on the path that leads to the last of some sums (T + 1, T + 1, pairs)."""
    length, count = len(sums) - 1, sums.shape[2]
    weights = np.zeros((length, length, count), dtype=np.float32)
    pair = np.arange(count)
    row, column = np.full(count, length), np.full(count, length)
    while len(pair):
        both, above, beside = sums[row - 1, column - 1, pair], sums[row - 1, column, pair], sums[row, column - 1, pair]
        straight = both + local[row - 1, column - 1, pair] <= np.minimum(above, beside)
        weights[row - 1, column - 1, pair] = np.where(straight, 2.0, 1.0)
        row = row - (straight | (above <= beside))
        column = column - (straight | (above > beside))
        left = (row > 0) & (column > 0)
        pair, row, column = pair[left], row[left], column[left]
    return weights
