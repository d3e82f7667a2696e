"""Closed-set identification: how often the right person comes first, or among the first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import shares, with_weights

FloatArray = NDArray[np.float64]


def mate_ranks(*, scores: ArrayLike, mates: ArrayLike) -> NDArray[np.intp]:
    """Return for each probe the rank of its mate, from 1; ties count against the mate.

    Parameters
    ----------
    scores : array (probes, subjects)
        Comparison scores, higher = more alike.
    mates : int array (probes,)
        The column of each probe's true subject.

    Raises
    ------
    ValueError
        When the shapes disagree, a score is NaN or a mate is no column.

    Examples
    --------
    >>> mate_ranks(scores=[[0.9, 0.1], [0.2, 0.7], [0.5, 0.5]], mates=[0, 0, 0]).tolist()
    [1, 2, 2]
    """
    table = score_table(scores)
    columns = np.asarray(mates, dtype=np.intp)
    if columns.shape != (len(table),) or ((columns < 0) | (columns >= table.shape[1])).any():
        raise ValueError(f"a mate for each probe, one of {table.shape[1]} columns, not {columns.shape}")
    mated = np.take_along_axis(table, columns[:, None], axis=1)
    return np.asarray((table >= mated).sum(axis=1))  # the mate itself is one of them: so this counts from 1


def rank_one_correct(*, scores: ArrayLike, mates: ArrayLike) -> NDArray[np.bool_]:
    """Return for each probe whether its mate alone has the highest score.

    A tie for the first place counts as wrong: a decision that was drawn by lot is not knowledge.

    Examples
    --------
    >>> rank_one_correct(scores=[[0.9, 0.1], [0.2, 0.7], [0.5, 0.5]], mates=[0, 0, 0]).tolist()
    [True, False, False]
    """
    return np.asarray(mate_ranks(scores=scores, mates=mates) == 1)


def cumulative_match_curve(*, ranks: ArrayLike, gallery_size: int, weights: ArrayLike | None = None) -> FloatArray:
    """Return the CMC: the share of probes whose mate comes within rank 1, 2, ... gallery_size.

    Parameters
    ----------
    ranks : int array (probes,)
        See `mate_ranks`.

    Examples
    --------
    >>> cumulative_match_curve(ranks=[1, 1, 3, 2], gallery_size=3).tolist()
    [0.5, 0.75, 1.0]
    """
    places, weight = with_weights(ranks, weights)
    if ((places < 1) | (places > gallery_size)).any():
        raise ValueError(f"ranks from 1 to {gallery_size}, the size of the gallery")
    at = np.bincount(places.astype(np.intp) - 1, weights=weight, minlength=gallery_size)
    return shares(np.cumsum(at), np.asarray(at.sum()))


def rank_rate(*, ranks: ArrayLike, rank: int = 1, weights: ArrayLike | None = None) -> float:
    """Return the share of probes whose mate comes within `rank` (Rank-k).

    Examples
    --------
    >>> rank_rate(ranks=[1, 1, 3, 2], rank=2)
    0.75
    """
    places, weight = with_weights(ranks, weights)
    return float(shares(np.asarray(weight[places <= rank].sum()), np.asarray(weight.sum())))


def per_person_accuracy(*, correct: ArrayLike, subjects: ArrayLike) -> dict[str, float]:
    """Return the share of each person's probes that were right.

    Parameters
    ----------
    correct : bool array (probes,)
        Whether each probe was identified rightly.
    subjects : array (probes,)
        Whose probe it was.

    Examples
    --------
    >>> per_person_accuracy(correct=[1, 0, 1], subjects=["a", "a", "b"])
    {'a': 0.5, 'b': 1.0}
    """
    right, who = _pairs(correct, subjects)
    names, place = np.unique(who, return_inverse=True)
    shares = np.bincount(place, weights=right) / np.bincount(place)
    return dict(zip(names.tolist(), shares.tolist(), strict=True))


def macro_accuracy(*, correct: ArrayLike, subjects: ArrayLike) -> float:
    """Return the accuracy averaged over people, each with the same say (paper 002 §5.4).

    Examples
    --------
    >>> macro_accuracy(correct=[1, 1, 1, 0], subjects=["a", "a", "a", "b"])
    0.5
    """
    return float(np.mean(list(per_person_accuracy(correct=correct, subjects=subjects).values())))


def pooled_accuracy(*, correct: ArrayLike, subjects: ArrayLike) -> float:
    """Return the accuracy over all probes, whoever they come from.

    Examples
    --------
    >>> pooled_accuracy(correct=[1, 1, 1, 0], subjects=["a", "a", "a", "b"])
    0.75
    """
    return float(np.mean(_pairs(correct, subjects)[0]))


def score_table(scores: ArrayLike) -> FloatArray:
    """Return scores as (probes, subjects), refused where they are not; NaN too.

    Examples
    --------
    >>> score_table([[1, 2, 3]]).shape
    (1, 3)
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or not table.shape[1]:
        raise ValueError(f"scores of shape (probes, subjects), not {table.shape}")
    if np.isnan(table).any():
        raise ValueError("scores without NaN")
    return table


def _pairs(correct: ArrayLike, subjects: ArrayLike) -> tuple[FloatArray, NDArray[np.str_]]:
    """Return both as arrays of one length that is not zero."""
    right, who = np.asarray(correct, dtype=np.float64), np.asarray(subjects).astype(str)
    if right.ndim != 1 or right.shape != who.shape or not len(right):
        raise ValueError(f"a subject for each of at least one probe, not {right.shape} and {who.shape}")
    return right, who
