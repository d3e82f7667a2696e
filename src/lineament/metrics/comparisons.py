"""A matrix of comparison scores with whose they are: what is mated, what is not, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Comparisons:
    """Mated and non-mated comparisons, each with the two people it belongs to.

    Mated: probe and reference of one subject. Non-mated: of two different *people*; two subjects of one person (her
    left hand and her right) are neither and are left out, as are comparisons that were not made (NaN).

    Parameters
    ----------
    people : array (people,)
        Their names, sorted.
    mated, mated_people : array (n,)
        Scores, and whose: places in `people`.
    non_mated, probe_people, reference_people : array (m,)
        Scores, and between whom.
    left_out : int
        Comparisons between two subjects of one person.
    """

    people: NDArray[np.str_]
    mated: FloatArray
    mated_people: IntArray
    non_mated: FloatArray
    probe_people: IntArray
    reference_people: IntArray
    left_out: int


def comparisons(
    *,
    scores: ArrayLike,
    probe_subjects: ArrayLike,
    reference_subjects: ArrayLike,
    probe_people: ArrayLike | None = None,
    reference_people: ArrayLike | None = None,
) -> Comparisons:
    """Return the comparisons of a matrix of scores.

    Parameters
    ----------
    scores : array (probes, references)
        Comparison scores, higher = more alike; NaN where two were not compared.
    probe_subjects, reference_subjects : array (probes,), array (references,)
        The enrolled identity of each.
    probe_people, reference_people : array, optional
        The human being behind each; by default the subject.

    Raises
    ------
    ValueError
        When the shapes disagree.

    Examples
    --------
    >>> found = comparisons(scores=[[0.9, 0.2, 0.4]], probe_subjects=["anna-left"],
    ...     reference_subjects=["anna-left", "anna-right", "ben-left"],
    ...     probe_people=["anna"], reference_people=["anna", "anna", "ben"])
    >>> found.mated.tolist(), found.non_mated.tolist(), found.left_out
    ([0.9], [0.4], 1)
    """
    table = np.asarray(scores, dtype=np.float64)
    subjects = [np.asarray(side).astype(str) for side in (probe_subjects, reference_subjects)]
    owners = [
        own if given is None else np.asarray(given).astype(str)
        for own, given in zip(subjects, (probe_people, reference_people), strict=True)
    ]
    if any(tuple(map(len, sides)) != table.shape for sides in (subjects, owners)):
        raise ValueError(f"a subject for each row and column of scores {table.shape}")
    people, place = np.unique(np.concatenate(owners), return_inverse=True)
    probe_at, reference_at = place[: len(table)], place[len(table) :]
    numbers = np.unique(np.concatenate(subjects), return_inverse=True)[1]
    same_subject = numbers[: len(table), None] == numbers[None, len(table) :]
    same_person = probe_at[:, None] == reference_at[None]
    if (same_subject & ~same_person).any():
        raise ValueError("each subject of one person")
    made = ~np.isnan(table)
    mated, non_mated = np.nonzero(same_subject & made), np.nonzero(~same_person & made)
    return Comparisons(
        people=people,
        mated=table[mated],
        mated_people=probe_at[mated[0]],
        non_mated=table[non_mated],
        probe_people=probe_at[non_mated[0]],
        reference_people=reference_at[non_mated[1]],
        left_out=int((same_person & ~same_subject & made).sum()),
    )
