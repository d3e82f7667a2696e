"""Closed-set identification: how often the right person comes first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def rank_one_correct(*, scores: ArrayLike, mates: ArrayLike) -> NDArray[np.bool_]:
    """Return for each probe whether its mate alone has the highest score.

    A tie for the first place counts as wrong: a decision that was drawn by lot is not knowledge.

    Parameters
    ----------
    scores : array (probes, subjects)
        Comparison scores, higher = more alike.
    mates : int array (probes,)
        The column of each probe's true subject.

    Examples
    --------
    >>> rank_one_correct(scores=[[0.9, 0.1], [0.2, 0.7], [0.5, 0.5]], mates=[0, 0, 0]).tolist()
    [True, False, False]

    Raises
    ------
    ValueError
        When the shapes disagree.
    """
    table = np.asarray(scores, dtype=np.float64)
    columns = np.asarray(mates, dtype=np.intp)
    if table.ndim != 2 or columns.shape != (len(table),):
        raise ValueError(f"scores (probes, subjects) and a mate for each probe, not {table.shape} and {columns.shape}")
    rows = np.arange(len(table))
    mated = table[rows, columns]
    others = table.copy()
    others[rows, columns] = -np.inf
    return np.asarray(mated > others.max(axis=1, initial=-np.inf))


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


def _pairs(correct: ArrayLike, subjects: ArrayLike) -> tuple[FloatArray, NDArray[np.str_]]:
    """Return both as arrays of one length that is not zero."""
    right, who = np.asarray(correct, dtype=np.float64), np.asarray(subjects).astype(str)
    if right.ndim != 1 or right.shape != who.shape or not len(right):
        raise ValueError(f"a subject for each of at least one probe, not {right.shape} and {who.shape}")
    return right, who
