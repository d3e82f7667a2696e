"""Spans of use-time: which windows are decided upon together, and how all spans are scored at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Bounds = NDArray[np.intp]


def sliding_spans(starts: ArrayLike, *, window_s: float, use_s: float | None, step_s: float = 1.0) -> Bounds:
    """Return first and one-past-last window of every span of ``use_s`` seconds, in steps of ``step_s``.

    After paper 002 §5.4. Each span begins with a window, ends inside the recording, and holds the windows that lie
    wholly inside it.

    Parameters
    ----------
    starts : array (windows,)
        Seconds of signal before each window, rising.
    use_s : float or None
        Seconds of use-time; ``None``: the whole recording as one span.
    step_s : float
        Least time from one span's start to the next; where windows lie further apart, their distance counts.

    Returns
    -------
    int array (spans, 2)
        Empty where the recording is too short.

    Examples
    --------
    >>> sliding_spans([0, 1, 2, 3], window_s=2.0, use_s=4.0).tolist()
    [[0, 3], [1, 4]]
    >>> sliding_spans([0, 1, 2, 3], window_s=2.0, use_s=None).tolist()
    [[0, 4]]
    """
    moments = np.asarray(starts, dtype=np.float64)
    if use_s is None:
        return np.array([[0, len(moments)]], dtype=np.intp)
    slack = seam_slack(moments)
    first = _stepping(moments, step_s - 1e-6)
    first = first[moments[first] + use_s <= moments[-1] + window_s + slack]
    if use_s < window_s - 1e-6 or not len(first):
        return np.empty((0, 2), dtype=np.intp)
    last = np.searchsorted(moments, moments[first] + (use_s - window_s) + slack, side="right")
    return np.stack([first, np.maximum(last, first + 1)], axis=1)


def tiled_spans(starts: ArrayLike, *, window_s: float, use_s: float | None) -> Bounds:
    """Return spans that follow one another without overlap, so that none is counted twice.

    Examples
    --------
    >>> tiled_spans(range(0, 50, 5), window_s=20.0, use_s=20.0).tolist()
    [[0, 1], [4, 5], [8, 9]]
    """
    return sliding_spans(starts, window_s=window_s, use_s=use_s, step_s=window_s if use_s is None else use_s)


def span_means(values: ArrayLike, bounds: Bounds) -> FloatArray:
    """Return the mean of the windows of every span, by cumulative sums.

    Parameters
    ----------
    values : array (windows, n)
        Scores or vectors. Whole numbers (votes) are summed exactly, so that equal votes stay equal.
    bounds : int array (spans, 2)
        From `sliding_spans`.

    Returns
    -------
    array (spans, n)

    Examples
    --------
    >>> span_means([[1, 0], [0, 1], [1, 0]], np.array([[0, 2], [0, 3]])).round(3).tolist()
    [[0.5, 0.5], [0.667, 0.333]]
    """
    table = np.asarray(values)
    exact = np.int64 if np.issubdtype(table.dtype, np.integer) or table.dtype == bool else np.float64
    sums = np.zeros((len(table) + 1, table.shape[1]), dtype=exact)
    np.cumsum(table, axis=0, out=sums[1:], dtype=exact)
    return np.asarray((sums[bounds[:, 1]] - sums[bounds[:, 0]]) / (bounds[:, 1] - bounds[:, 0])[:, None])


def span_winners(
    values: ArrayLike, bounds: Bounds, nearness: ArrayLike | None = None
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return which column has the greatest mean in every span, and whether it has it alone.

    Parameters
    ----------
    values : array (windows, subjects)
        Votes or scores.
    bounds : int array (spans, 2)
    nearness : array (windows, subjects), optional
        Among equals, the subject with the greatest of these in the span wins, as in `KnnVoteRule`.

    Examples
    --------
    >>> votes, near = [[1, 0], [0, 1]], [[0.5, -np.inf], [-np.inf, 0.7]]
    >>> winners, alone = span_winners(votes, np.array([[0, 1], [0, 2]]))
    >>> winners.tolist(), alone.tolist()
    ([0, 0], [True, False])
    >>> span_winners(votes, np.array([[0, 2]]), near)[0].tolist()
    [1]
    """
    means = span_means(values, bounds)
    first = means == means.max(axis=1, keepdims=True)
    if nearness is not None:
        near = np.asarray(nearness)
        for tied in np.flatnonzero(first.sum(axis=1) > 1):
            begin, end = bounds[tied]
            reach = np.where(first[tied], near[begin:end].max(axis=0), -np.inf)
            first[tied] &= reach == reach.max()
    return first.argmax(axis=1), first.sum(axis=1) == 1


def seam_slack(starts: FloatArray) -> float:
    """Return the seconds forgiven where a span must end: at seams of takes, windows shift by fractions of a frame."""
    return min(0.4, 0.45 * float(np.median(np.diff(starts)))) if len(starts) > 1 else 0.4


def _stepping(moments: FloatArray, step_s: float) -> NDArray[np.intp]:
    """Return windows at least ``step_s`` apart, beginning with the first, as near to a steady step as they allow."""
    chosen, due = [], -np.inf
    for place, moment in enumerate(moments):
        if moment >= due:
            chosen.append(place)
            due = moment + step_s
    return np.array(chosen, dtype=np.intp)
