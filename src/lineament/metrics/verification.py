"""Rates of wrong acceptance and wrong rejection in one-to-one comparison; ``score >= threshold`` accepts, everywhere.

Definitions: ISO/IEC 19795-1. Every function takes optional weights of the scores, so that people can be resampled by
giving their scores a multiplicity (`lineament.metrics.resampling` does it for all figures at once). Who needs several
figures of the same scores builds the `ErrorCurve` once and asks it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import ErrorCurve, error_curve, shares, with_weights

FloatArray = NDArray[np.float64]


def false_match_rate(*, non_mated: ArrayLike, threshold: float, weights: ArrayLike | None = None) -> float:
    """Return the share of non-mated comparisons that are accepted.

    Examples
    --------
    >>> false_match_rate(non_mated=[0.1, 0.5, 0.7, 0.2], threshold=0.5)
    0.5
    """
    scores, weight = with_weights(non_mated, weights)
    return weighted_share(scores >= threshold, weight)


def false_non_match_rate(*, mated: ArrayLike, threshold: float, weights: ArrayLike | None = None) -> float:
    """Return the share of mated comparisons that are rejected.

    Examples
    --------
    >>> false_non_match_rate(mated=[0.4, 0.5, 0.7, 0.9], threshold=0.5)
    0.25
    """
    scores, weight = with_weights(mated, weights)
    return weighted_share(scores < threshold, weight)


def half_total_error_rate(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    threshold: float,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the mean of FMR and FNMR at a threshold (HTER).

    Examples
    --------
    >>> half_total_error_rate(mated=[0.4, 0.6], non_mated=[0.1, 0.2, 0.3, 0.5], threshold=0.5)
    0.375
    """
    false_match = false_match_rate(non_mated=non_mated, threshold=threshold, weights=non_mated_weights)
    return (false_match + false_non_match_rate(mated=mated, threshold=threshold, weights=mated_weights)) / 2


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
    return _curve(mated, non_mated, mated_weights, non_mated_weights).equal_error_rate()


def convex_hull_equal_error_rate(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the EER on the convex hull of the ROC, what the best mixture of thresholds reaches.

    Examples
    --------
    >>> convex_hull_equal_error_rate(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    0.125
    """
    return _curve(mated, non_mated, mated_weights, non_mated_weights).convex_hull_equal_error_rate()


def threshold_at_equal_error_rate(*, mated: ArrayLike, non_mated: ArrayLike) -> float:
    """Return the threshold at which FMR and FNMR are nearest to each other; recompute the rates there.

    Examples
    --------
    >>> threshold_at_equal_error_rate(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    0.5
    """
    return error_curve(mated=mated, non_mated=non_mated).threshold_at_equal_error_rate()


def threshold_at_false_match_rate(*, non_mated: ArrayLike, rate: float, weights: ArrayLike | None = None) -> float:
    """Return the lowest threshold whose FMR is at most `rate`: a hair above the first score that must be refused.

    Also for FPIR: give the strangers' best scores. The rate reached may lie below `rate`; recompute it.

    Raises
    ------
    ValueError
        Without scores, or for a rate outside 0..1.

    Examples
    --------
    >>> threshold_at_false_match_rate(non_mated=[1.0, 2.0, 3.0, 4.0], rate=0.25)
    3.0000000000000004
    >>> threshold_at_false_match_rate(non_mated=[1.0, 2.0], rate=1.0)
    -inf
    """
    scores, weight = with_weights(non_mated, weights)
    if not 0 <= rate <= 1 or not weight.sum() > 0:
        raise ValueError(f"at least one score and a rate between 0 and 1, not {len(scores)} and {rate}")
    distinct, place = np.unique(scores, return_inverse=True)
    at = np.bincount(place, weights=weight)
    above = at.sum() - np.concatenate([[0.0], np.cumsum(at)])[:-1]  # weight accepted when the threshold is that score
    refused = distinct[above / at.sum() > rate]
    return float(np.nextafter(refused[-1], np.inf)) if len(refused) else -np.inf


def false_non_match_rate_at(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    rate: float,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the FNMR at the lowest threshold whose FMR is at most `rate` (FNMR@FMR), without interpolation.

    Examples
    --------
    >>> false_non_match_rate_at(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5], rate=0.01)
    0.25
    """
    return _curve(mated, non_mated, mated_weights, non_mated_weights).false_non_match_rate_at(rate)


def true_positive_rate_at(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    rate: float,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return TPR@FPR: the share of mated (or known) scores accepted where at most `rate` of the others are.

    Positive = mated, or known; it is 1 - FNMR@FMR.

    Examples
    --------
    >>> true_positive_rate_at(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5], rate=0.01)
    0.75
    """
    return 1.0 - _curve(mated, non_mated, mated_weights, non_mated_weights).false_non_match_rate_at(rate)


def area_under_roc(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the AUROC: the share of pairs (mated, non-mated) in which the mated score is higher, ties counted a half.

    The same whichever side is called positive.

    Examples
    --------
    >>> area_under_roc(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    0.9375
    """
    return _curve(mated, non_mated, mated_weights, non_mated_weights).area_under_roc()


def decidability(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return d': the distance of both means in units of the root mean variance (Daugman 2000; variances over n).

    Examples
    --------
    >>> decidability(mated=[3.0, 5.0], non_mated=[-1.0, 1.0])
    4.0
    """
    (mean_m, variance_m), (mean_n, variance_n) = _moments(mated, mated_weights), _moments(non_mated, non_mated_weights)
    spread = np.sqrt((variance_m + variance_n) / 2)
    return float((mean_m - mean_n) / spread) if spread > 0 else float("nan")


def expected_performance_curve(
    *, mated: ArrayLike, non_mated: ArrayLike, test_mated: ArrayLike, test_non_mated: ArrayLike, costs: ArrayLike
) -> FloatArray:
    """Return the HTER on test scores at thresholds chosen on validation scores, one for each cost (EPC).

    For each cost b the threshold minimises b FMR + (1 - b) FNMR on the validation scores (Bengio, Mariéthoz and Keller
    2005); it lies half way between two neighbouring scores.

    Parameters
    ----------
    mated, non_mated : array
        Validation scores.
    test_mated, test_non_mated : array
        Scores that the thresholds have not seen.
    costs : array (C,)
        Weight of a false match against a false non-match, 0..1.

    Returns
    -------
    array (C,)

    Examples
    --------
    >>> expected_performance_curve(
    ...     mated=[2.0, 3.0], non_mated=[0.0, 1.0], test_mated=[1.4, 3.0], test_non_mated=[0.0, 1.6], costs=[0.0, 0.5]
    ... ).tolist()
    [0.5, 0.5]
    """
    thresholds = [threshold_at_minimum_error(mated=mated, non_mated=non_mated, cost=float(c)) for c in np.ravel(costs)]
    return np.array(
        [half_total_error_rate(mated=test_mated, non_mated=test_non_mated, threshold=t) for t in thresholds]
    )


def threshold_at_minimum_error(*, mated: ArrayLike, non_mated: ArrayLike, cost: float = 0.5) -> float:
    """Return the threshold that minimises cost FMR + (1 - cost) FNMR, half way between two neighbouring scores.

    Of several, the one with the lowest HTER; of those, the highest.

    Examples
    --------
    >>> threshold_at_minimum_error(mated=[2.0, 3.0], non_mated=[0.0, 1.0])
    1.5
    """
    curve = error_curve(mated=mated, non_mated=non_mated)
    if not 0 <= cost <= 1 or np.isnan(curve.false_match[0] + curve.false_non_match[0]):
        raise ValueError(f"scores of both kinds and a cost between 0 and 1, not {cost}")
    error = cost * curve.false_match + (1 - cost) * curve.false_non_match
    half = curve.false_match + curve.false_non_match
    best = np.flatnonzero(error <= error.min() + 1e-12)
    best = best[half[best] <= half[best].min() + 1e-12]
    place = int(best[-1])
    scores = curve.thresholds[:-1]
    if place == len(scores):
        return float(np.nextafter(scores[-1], np.inf))
    return float(scores[0] if place == 0 else (scores[place - 1] + scores[place]) / 2)


def weighted_share(chosen: NDArray[np.bool_], weight: FloatArray) -> float:
    """Return the share of the weight that is chosen; NaN where there is no weight at all.

    Examples
    --------
    >>> weighted_share(np.array([True, False]), np.array([1.0, 3.0]))
    0.25
    """
    return float(shares(np.asarray(weight[chosen].sum()), np.asarray(weight.sum())))


def _curve(
    mated: ArrayLike, non_mated: ArrayLike, mated_weights: ArrayLike | None, non_mated_weights: ArrayLike | None
) -> ErrorCurve:
    return error_curve(
        mated=mated, non_mated=non_mated, mated_weights=mated_weights, non_mated_weights=non_mated_weights
    )


def _moments(scores: ArrayLike, weights: ArrayLike | None) -> tuple[float, float]:
    """Return the weighted mean and variance."""
    values, weight = with_weights(scores, weights)
    if not weight.sum() > 0:
        return float("nan"), float("nan")
    mean = float(np.average(values, weights=weight))
    return mean, float(np.average((values - mean) ** 2, weights=weight))
