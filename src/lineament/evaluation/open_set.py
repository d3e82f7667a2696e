"""Telling enrolled people from strangers when there are few: half of them enrolled, the others strangers, in turn.

Prototypes do not depend on who else is enrolled, so enrolling half is choosing columns of the comparison scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BLOCK = 64


def halves(people: int, *, maximum: int = 35, seed: int = 0) -> NDArray[np.intp]:
    """Return ways to enrol half of the people: all of them, or a random choice where there are more than `maximum`.

    Returns
    -------
    int array (ways, people // 2)

    Examples
    --------
    >>> halves(4).tolist()
    [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    >>> len(halves(8)), len(halves(16, maximum=10))
    (35, 10)
    """
    if people < 2:
        raise ValueError(f"at least two people, not {people}")
    size = people // 2
    rng = np.random.default_rng(seed)
    if comb(people, size) <= 20_000:
        every = np.array(list(combinations(range(people), size)), dtype=np.intp)
        return every if len(every) <= maximum else every[rng.choice(len(every), maximum, replace=False)]
    return np.array([np.sort(rng.permutation(people)[:size]) for _ in range(maximum)], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class DetectionScores:
    """Best scores of probes in galleries of half the people, pooled over the halves.

    Parameters
    ----------
    scores : array (n,)
        The greatest comparison score with anybody enrolled.
    known : bool array (n,)
        Whether the probe's person was enrolled.
    person : int array (n,)
        Whose probe it was.
    """

    scores: FloatArray
    known: NDArray[np.bool_]
    person: NDArray[np.intp]

    def equal_error_rates(self, times: ArrayLike) -> FloatArray:
        """Return the EER for each resample of people.

        The same as `lineament.metrics.equal_error_rate` with each person's multiplicity as weight; sorted once for all.

        Parameters
        ----------
        times : array (replicates, people)
            Multiplicity of each person in each replicate.

        Returns
        -------
        array (replicates,)
            NaN where nobody known, or no stranger, was drawn.
        """
        order = np.argsort(self.scores, kind="stable")
        ends = np.append(np.diff(self.scores[order]) > 0, True)
        known, person = self.known[order], self.person[order]
        table = np.asarray(times, dtype=np.float64)
        blocks = [_rates(table[i : i + BLOCK][:, person], known, ends) for i in range(0, len(table), BLOCK)]
        return np.concatenate(blocks)


def half_enrolled_scores(
    comparison: ArrayLike, mates: ArrayLike, ways: NDArray[np.intp], *, people: ArrayLike | None = None
) -> DetectionScores:
    """Return the best score of every probe in every gallery of half the people.

    Parameters
    ----------
    comparison : array (probes, subjects)
        Comparison scores with everybody.
    mates : int array (probes,)
        The column of each probe's true subject.
    ways : int array (ways, half)
        From `halves`.
    people : int array (subjects,), optional
        Number of each column's person among all people that are resampled; the column itself where not given.

    Examples
    --------
    >>> scores = half_enrolled_scores([[0.9, 0.2], [0.3, 0.8]], [0, 1], halves(2))
    >>> scores.scores.tolist(), scores.known.tolist()
    ([0.9, 0.3, 0.2, 0.8], [True, False, False, True])
    """
    table, own = np.asarray(comparison, dtype=np.float64), np.asarray(mates, dtype=np.intp)
    number = np.arange(table.shape[1]) if people is None else np.asarray(people, dtype=np.intp)
    best = np.concatenate([table[:, way].max(axis=1) for way in ways])
    known = np.concatenate([np.isin(own, way) for way in ways])
    return DetectionScores(best, known, np.tile(number[own], len(ways)))


def mean_equal_error_rates(folds: Sequence[DetectionScores], times: ArrayLike) -> FloatArray:
    """Return the EER averaged over folds, for each resample of people; folds without a rate are left out."""
    rates = np.stack([fold.equal_error_rates(times) for fold in folds])
    there = np.isfinite(rates)
    return np.asarray(np.where(there, rates, 0.0).sum(axis=0) / np.where(there.any(axis=0), there.sum(axis=0), np.nan))


def _rates(weights: FloatArray, known: NDArray[np.bool_], ends: NDArray[np.bool_]) -> FloatArray:
    """Return the interpolated EER of each row of weights of scores in rising order."""
    accepted, refused = weights * ~known, weights * known
    totals = accepted.sum(axis=1), refused.sum(axis=1)
    usable = (totals[0] > 0) & (totals[1] > 0)
    strangers, mated = (np.where(usable, total, 1.0)[:, None] for total in totals)
    # After the last of several equal scores, a threshold beyond it refuses them all.
    false_match = 1 - np.cumsum(accepted, axis=1)[:, ends] / strangers
    false_non_match = np.cumsum(refused, axis=1)[:, ends] / mated
    start = np.ones((len(weights), 1)), np.zeros((len(weights), 1))
    false_match, false_non_match = np.hstack([start[0], false_match]), np.hstack([start[1], false_non_match])
    gap = false_non_match - false_match
    beyond = np.maximum((gap >= 0).argmax(axis=1), 1)
    rows = np.arange(len(weights))
    left, right = gap[rows, beyond - 1], gap[rows, beyond]
    share = -left / np.where(usable, right - left, 1.0)
    before, after = false_match[rows, beyond - 1], false_match[rows, beyond]
    return np.asarray(np.where(usable, np.maximum(before + share * (after - before), 0.0), np.nan))
