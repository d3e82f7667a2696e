"""Retrieval: how well a ranked list of references gathers those of the probe's subject (mAP, MAP@R).

Ties count against the relevant: of equal scores, the others are ranked first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import shares
from lineament.metrics.identification import score_table

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def average_precisions(*, scores: ArrayLike, relevant: ArrayLike, ignored: ArrayLike | None = None) -> FloatArray:
    """Return the average precision of each query: the mean, over its relevant references, of the precision there.

    mAP is their mean; keep them a query, so that people can be resampled.

    Parameters
    ----------
    scores : array (queries, references)
        Comparison scores, higher = more alike.
    relevant : bool array (queries, references)
        Whether a reference is of the query's subject.
    ignored : bool array (queries, references), optional
        References that a query does not search, as the query itself.

    Returns
    -------
    array (queries,)
        NaN for a query without relevant references.

    Examples
    --------
    >>> average_precisions(scores=[[0.9, 0.8, 0.7], [0.1, 0.2, 0.2]], relevant=[[1, 0, 1], [0, 1, 0]]).round(3).tolist()
    [0.833, 0.5]
    """
    hits, whole = _ranked_hits(scores, relevant, ignored)
    return _mean_precision(hits, whole)


def average_precisions_at_r(*, scores: ArrayLike, relevant: ArrayLike, ignored: ArrayLike | None = None) -> FloatArray:
    """Return for each query the average precision among its first R results, R = how many are relevant (MAP@R).

    The sum of the precisions at the hits among the first R, over R (Musgrave et al. 2020).

    Examples
    --------
    >>> average_precisions_at_r(scores=[[0.9, 0.8, 0.7]], relevant=[[1, 0, 1]]).tolist()
    [0.5]
    """
    hits, whole = _ranked_hits(scores, relevant, ignored)
    return _mean_precision(hits & (np.arange(hits.shape[1]) < whole[:, None]), whole)


def _ranked_hits(
    scores: ArrayLike, relevant: ArrayLike, ignored: ArrayLike | None
) -> tuple[BoolArray, NDArray[np.intp]]:
    """Return whether each place of each ranked list is relevant, and how many are."""
    table = score_table(scores)
    wanted = np.asarray(relevant, dtype=bool)
    left_out = np.zeros(table.shape, dtype=bool) if ignored is None else np.asarray(ignored, dtype=bool)
    if wanted.shape != table.shape or left_out.shape != table.shape:
        raise ValueError(f"masks in the shape of the scores {table.shape}, not {wanted.shape} and {left_out.shape}")
    wanted = wanted & ~left_out
    # last key first: what is ignored goes to the end, then by falling score, then the irrelevant before the relevant
    order = np.lexsort((wanted, -table, left_out), axis=1)
    return np.take_along_axis(wanted, order, axis=1), wanted.sum(axis=1)


def _mean_precision(hits: BoolArray, whole: NDArray[np.intp]) -> FloatArray:
    """Return the sum of the precisions at the hits over `whole`, NaN where that is nothing."""
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    total = (precision * hits).sum(axis=1)
    return shares(total, whole.astype(np.float64))
