"""Rates of wrong acceptance and wrong rejection; ``score >= threshold`` accepts, everywhere.

Definitions: ISO/IEC 19795-1 (FMR, FNMR), NIST FRTE 1:N (FPIR, FNIR). Every function takes optional weights of the
probes, so that people can be resampled by giving their probes a multiplicity (see `lineament.metrics.intervals`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.identification import rank_one_correct

FloatArray = NDArray[np.float64]


def false_match_rate(*, non_mated: ArrayLike, threshold: float, weights: ArrayLike | None = None) -> float:
    """Return the share of non-mated comparisons that are accepted.

    Examples
    --------
    >>> false_match_rate(non_mated=[0.1, 0.5, 0.7, 0.2], threshold=0.5)
    0.5
    """
    scores, weight = _weighted(non_mated, weights)
    return float(weight[scores >= threshold].sum())


def false_non_match_rate(*, mated: ArrayLike, threshold: float, weights: ArrayLike | None = None) -> float:
    """Return the share of mated comparisons that are rejected.

    Examples
    --------
    >>> false_non_match_rate(mated=[0.4, 0.5, 0.7, 0.9], threshold=0.5)
    0.25
    """
    scores, weight = _weighted(mated, weights)
    return float(weight[scores < threshold].sum())


def equal_error_rate(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the rate at which FMR and FNMR are equal, interpolated linearly between the two nearest thresholds.

    Parameters
    ----------
    mated, non_mated : array (n,), array (m,)
        Comparison scores.
    mated_weights, non_mated_weights : array, optional
        Weight of each score; equal where not given.

    Returns
    -------
    float
        NaN where one side has no weight at all.

    Examples
    --------
    >>> equal_error_rate(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    0.25
    >>> equal_error_rate(mated=[1.0, 2.0], non_mated=[0.0])
    0.0
    """
    curve = _error_curve(mated, non_mated, mated_weights, non_mated_weights)
    return float("nan") if curve is None else _crossing(*curve)[0]


def threshold_at_equal_error_rate(*, mated: ArrayLike, non_mated: ArrayLike) -> float:
    """Return the threshold at which FMR and FNMR are nearest to each other; recompute the rates there.

    Examples
    --------
    >>> threshold_at_equal_error_rate(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    0.5
    """
    curve = _error_curve(mated, non_mated, None, None)
    if curve is None:
        raise ValueError("at least one mated and one non-mated score")
    thresholds, false_match, false_non_match = curve
    finite = np.isfinite(thresholds)
    return float(thresholds[finite][np.argmin(np.abs(false_match - false_non_match)[finite])])


def false_positive_identification_rate(
    *, scores: ArrayLike, threshold: float, weights: ArrayLike | None = None
) -> float:
    """Return the share of strangers' searches that produce at least one candidate.

    Parameters
    ----------
    scores : array (probes, subjects)
        Scores of probes of people who are not in the gallery.

    Examples
    --------
    >>> false_positive_identification_rate(scores=[[0.1, 0.6], [0.2, 0.3]], threshold=0.6)
    0.5
    """
    return false_match_rate(non_mated=_table(scores).max(axis=1), threshold=threshold, weights=weights)


def false_negative_identification_rate(
    *, scores: ArrayLike, mates: ArrayLike, threshold: float, weights: ArrayLike | None = None
) -> float:
    """Return the share of enrolled people's searches that do not return them first and above the threshold (R = 1).

    Parameters
    ----------
    scores : array (probes, subjects)
        Scores of probes of people who are in the gallery.
    mates : int array (probes,)
        The column of each probe's true subject.

    Examples
    --------
    >>> scores = [[0.9, 0.1], [0.2, 0.7], [0.4, 0.1]]
    >>> round(false_negative_identification_rate(scores=scores, mates=[0, 0, 0], threshold=0.5), 3)
    0.667
    """
    table, columns = _table(scores), np.asarray(mates, dtype=np.intp)
    found = rank_one_correct(scores=table, mates=columns) & (table[np.arange(len(table)), columns] >= threshold)
    return false_non_match_rate(mated=found.astype(float), threshold=0.5, weights=weights)


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
    table = _table(scores)
    wrong = ~rank_one_correct(scores=table, mates=mates) & (table.max(axis=1) >= threshold)
    return false_match_rate(non_mated=wrong.astype(float), threshold=0.5, weights=weights)


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
        mated=_table(known).max(axis=1),
        non_mated=_table(strangers).max(axis=1),
        mated_weights=known_weights,
        non_mated_weights=stranger_weights,
    )


def _table(scores: ArrayLike) -> FloatArray:
    """Return scores as (probes, subjects)."""
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or not table.shape[1]:
        raise ValueError(f"scores of shape (probes, subjects), not {table.shape}")
    return table


def _weighted(scores: ArrayLike, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Return scores and weights that add up to one (NaN where there is no weight at all)."""
    values = np.asarray(scores, dtype=np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or weight.shape != values.shape:
        raise ValueError(f"a weight for each score, not {values.shape} and {weight.shape}")
    if np.isnan(values).any():
        raise ValueError("scores without NaN")
    total = float(weight.sum())
    return values, weight / total if total > 0 else np.full(len(values), np.nan)


def _error_curve(
    mated: ArrayLike, non_mated: ArrayLike, mated_weights: ArrayLike | None, non_mated_weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return every threshold that matters with its FMR (falling) and FNMR (rising), or None without scores."""
    scores_m, weight_m = _weighted(mated, mated_weights)
    scores_n, weight_n = _weighted(non_mated, non_mated_weights)
    if not len(scores_m) or not len(scores_n) or np.isnan(weight_m[0]) or np.isnan(weight_n[0]):
        return None
    thresholds, place = np.unique(np.concatenate([scores_m, scores_n]), return_inverse=True)
    at_m = np.bincount(place[: len(scores_m)], weights=weight_m, minlength=len(thresholds))
    at_n = np.bincount(place[len(scores_m) :], weights=weight_n, minlength=len(thresholds))
    # Below a threshold lies everything before it; a last threshold beyond all scores rejects everything.
    false_non_match = np.concatenate([[0.0], np.cumsum(at_m)])
    false_match = 1.0 - np.concatenate([[0.0], np.cumsum(at_n)])
    return np.append(thresholds, np.inf), false_match, false_non_match


def _crossing(thresholds: FloatArray, false_match: FloatArray, false_non_match: FloatArray) -> tuple[float, int]:
    """Return the common rate at the crossing of both curves, and the index of the first threshold beyond it."""
    gap = false_non_match - false_match
    beyond = int(np.argmax(gap >= 0))
    if beyond == 0:
        return float(false_match[0] + false_non_match[0]) / 2, 0
    left, right = gap[beyond - 1], gap[beyond]
    share = -left / (right - left)
    rate = false_match[beyond - 1] + share * (false_match[beyond] - false_match[beyond - 1])
    return max(float(rate), 0.0), beyond
