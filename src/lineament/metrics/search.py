"""Rates of searching a gallery (one to many), in the words of NIST FRTE 1:N: FPIR, FNIR(N, R, T), DIR, selectivity.

N, the size of the gallery, belongs beside each of them. ``score >= threshold`` accepts; ties count against the mate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import with_weights
from lineament.metrics.identification import mate_ranks, score_table
from lineament.metrics.open_set import rates_above
from lineament.metrics.verification import equal_error_rate, false_match_rate, weighted_share

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DetectionCurve:
    """The detection and identification rate against FPIR (Li and Jain 2005, ch. 14).

    Parameters
    ----------
    thresholds : array (K,)
        Rising; the last is infinite.
    false_positive : array (K,)
        FPIR, falling from 1 to 0.
    detection : array (K,)
        DIR, falling to 0.
    """

    thresholds: FloatArray
    false_positive: FloatArray
    detection: FloatArray

    def detection_rate_at(self, rate: float) -> float:
        """Return the DIR at the lowest threshold whose FPIR is at most `rate`."""
        within = self.false_positive <= rate
        return float(self.detection[np.argmax(within)]) if within.any() else float("nan")


def false_positive_identification_rate(
    *, scores: ArrayLike, threshold: float, weights: ArrayLike | None = None
) -> float:
    """Return the share of strangers' searches that produce at least one candidate (FPIR).

    Parameters
    ----------
    scores : array (probes, subjects)
        Scores of probes of people who are not in the gallery.

    Examples
    --------
    >>> false_positive_identification_rate(scores=[[0.1, 0.6], [0.2, 0.3]], threshold=0.6)
    0.5
    """
    return false_match_rate(non_mated=score_table(scores).max(axis=1), threshold=threshold, weights=weights)


def false_negative_identification_rate(
    *, scores: ArrayLike, mates: ArrayLike, threshold: float, rank: int | None = 1, weights: ArrayLike | None = None
) -> float:
    """Return the share of enrolled people's searches that do not return them within `rank` and above the threshold.

    FNIR(N, R, T); DIR is 1 minus it. With an infinite negative threshold it is NIST's investigation mode.

    Parameters
    ----------
    scores : array (probes, subjects)
        Scores of probes of people who are in the gallery.
    mates : int array (probes,)
        The column of each probe's true subject.
    threshold : float
    rank : int or None
        R; None for any rank (NIST's identification mode).

    Examples
    --------
    >>> scores = [[0.9, 0.1], [0.2, 0.7], [0.4, 0.1]]
    >>> round(false_negative_identification_rate(scores=scores, mates=[0, 0, 0], threshold=0.5), 3)
    0.667
    >>> round(false_negative_identification_rate(scores=scores, mates=[0, 0, 0], threshold=0.2, rank=None), 3)
    0.0
    """
    mated = mate_scores(scores=scores, mates=mates, rank=rank)
    return weighted_share(mated < threshold, with_weights(mated, weights)[1])


def misidentification_rate(
    *, scores: ArrayLike, mates: ArrayLike, threshold: float, weights: ArrayLike | None = None
) -> float:
    """Return the share of enrolled people's searches whose first candidate is somebody else, above the threshold.

    FPIR does not count these, FNIR does not tell them from "unknown": so they are reported on their own.

    Examples
    --------
    >>> round(misidentification_rate(scores=[[0.9, 0.1], [0.2, 0.7], [0.4, 0.1]], mates=[0, 0, 0], threshold=0.5), 3)
    0.333
    """
    table = score_table(scores)
    wrong = (mate_ranks(scores=table, mates=mates) > 1) & (table.max(axis=1) >= threshold)
    return weighted_share(wrong, with_weights(table[:, 0], weights)[1])


def selectivity(*, scores: ArrayLike, threshold: float, weights: ArrayLike | None = None) -> float:
    """Return the mean number of candidates at or above the threshold per search.

    Examples
    --------
    >>> selectivity(scores=[[0.1, 0.6, 0.7], [0.2, 0.3, 0.5]], threshold=0.5)
    1.5
    """
    table = score_table(scores)
    candidates, weight = with_weights((table >= threshold).sum(axis=1), weights)
    return float(np.average(candidates, weights=weight)) if weight.sum() > 0 else float("nan")


def detection_identification_curve(
    *,
    known: ArrayLike,
    mates: ArrayLike,
    strangers: ArrayLike,
    rank: int | None = 1,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> DetectionCurve:
    """Return DIR and FPIR at every threshold that matters.

    Parameters
    ----------
    known, strangers : array (probes, subjects)
        Scores of probes of enrolled people and of strangers against everybody in the gallery.
    mates : int array (probes,)
        The column of each known probe's true subject.
    rank : int or None
        R: within which rank the mate must come; None for any.
    """
    mated, weight_m = with_weights(mate_scores(scores=known, mates=mates, rank=rank), known_weights)
    best, weight_s = with_weights(score_table(strangers).max(axis=1), stranger_weights)
    thresholds, detection, false_positive = rates_above(mated, weight_m, best, weight_s)
    return DetectionCurve(thresholds, false_positive, detection)


def detection_identification_rate_at(
    *,
    known: ArrayLike,
    mates: ArrayLike,
    strangers: ArrayLike,
    rate: float,
    rank: int | None = 1,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> float:
    """Return the DIR at the lowest threshold whose FPIR is at most `rate` (DIR@FPIR).

    Examples
    --------
    >>> known, strangers = [[0.9, 0.2], [0.1, 0.4], [0.8, 0.7]], [[0.5, 0.1], [0.2, 0.3]]
    >>> round(detection_identification_rate_at(known=known, mates=[0, 1, 1], strangers=strangers, rate=0.5), 3)
    0.667
    """
    curve = detection_identification_curve(
        known=known,
        mates=mates,
        strangers=strangers,
        rank=rank,
        known_weights=known_weights,
        stranger_weights=stranger_weights,
    )
    return curve.detection_rate_at(rate)


def open_set_equal_error_rate(
    *,
    known: ArrayLike,
    strangers: ArrayLike,
    known_weights: ArrayLike | None = None,
    stranger_weights: ArrayLike | None = None,
) -> float:
    """Return the EER of telling enrolled people from strangers by the best score in the gallery.

    Parameters
    ----------
    known, strangers : array (probes, subjects)
        Scores of probes of enrolled people and of strangers against everybody in the gallery.

    Examples
    --------
    >>> open_set_equal_error_rate(known=[[0.9, 0.2], [0.1, 0.8]], strangers=[[0.3, 0.1], [0.2, 0.4]])
    0.0
    """
    return equal_error_rate(
        mated=score_table(known).max(axis=1),
        non_mated=score_table(strangers).max(axis=1),
        mated_weights=known_weights,
        non_mated_weights=stranger_weights,
    )


def mate_scores(*, scores: ArrayLike, mates: ArrayLike, rank: int | None = 1) -> FloatArray:
    """Return each probe's score of its mate, minus infinity where the mate does not come within `rank`, (probes,).

    Examples
    --------
    >>> mate_scores(scores=[[0.9, 0.1], [0.2, 0.7]], mates=[0, 0]).tolist()
    [0.9, -inf]
    """
    table, columns = score_table(scores), np.asarray(mates, dtype=np.intp)
    ranks = mate_ranks(scores=table, mates=columns)
    mated = table[np.arange(len(table)), columns]
    return mated if rank is None else np.where(ranks <= rank, mated, -np.inf)
