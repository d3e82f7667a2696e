"""What errors cost, and what scores are worth as evidence: minDCF, actDCF, Cllr and its minimum.

Sources: Brümmer and du Preez (2006) for Cllr, NIST SRE for the detection cost. Logarithms of likelihood ratios are
natural; Cllr is in bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import ErrorCurve, error_curve, hull_corners, with_weights
from lineament.metrics.verification import false_match_rate, false_non_match_rate

FloatArray = NDArray[np.float64]


def detection_cost(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    threshold: float | None = None,
    prior: float = 0.01,
    cost_miss: float = 1.0,
    cost_false: float = 1.0,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the normalised cost of detection at a threshold (actDCF).

    (cost_miss FNMR prior + cost_false FMR (1 - prior)) / min(cost_miss prior, cost_false (1 - prior)): 1 is what
    accepting nobody, or everybody, costs.

    Parameters
    ----------
    threshold : float, optional
        By default Bayes' for scores that are log-likelihood ratios: log(cost_false (1 - prior) / (cost_miss prior)).
    prior : float
        How probable a mated comparison is.

    Examples
    --------
    >>> detection_cost(mated=[5.0, 6.0, 1.0, 7.0], non_mated=[-3.0, -1.0], prior=0.5)
    0.0
    >>> detection_cost(mated=[5.0, 6.0, 1.0, 7.0], non_mated=[-3.0, -1.0], prior=0.01)
    0.25
    """
    miss, false = _weights_of_errors(prior, cost_miss, cost_false)
    if threshold is None:
        threshold = bayes_threshold(prior=prior, cost_miss=cost_miss, cost_false=cost_false)
    rate = false_match_rate(non_mated=non_mated, threshold=threshold, weights=non_mated_weights)
    return miss * false_non_match_rate(mated=mated, threshold=threshold, weights=mated_weights) + false * rate


def minimum_detection_cost(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    prior: float = 0.01,
    cost_miss: float = 1.0,
    cost_false: float = 1.0,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return the lowest normalised cost of detection over all thresholds (minDCF).

    Examples
    --------
    >>> round(minimum_detection_cost(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5], prior=0.5), 6)
    0.25
    """
    curve = error_curve(
        mated=mated, non_mated=non_mated, mated_weights=mated_weights, non_mated_weights=non_mated_weights
    )
    costs = curve_costs(
        curve.false_match, curve.false_non_match, prior=prior, cost_miss=cost_miss, cost_false=cost_false
    )
    return float(costs.min())


def curve_costs(
    false_match: FloatArray,
    false_non_match: FloatArray,
    *,
    prior: float = 0.01,
    cost_miss: float = 1.0,
    cost_false: float = 1.0,
) -> FloatArray:
    """Return the normalised cost of detection at each point of a curve, in the shape of the rates.

    Examples
    --------
    >>> curve_costs(np.array([1.0, 0.0]), np.array([0.0, 1.0]), prior=0.01).round(6).tolist()
    [99.0, 1.0]
    """
    miss, false = _weights_of_errors(prior, cost_miss, cost_false)
    return miss * false_non_match + false * false_match


def bayes_threshold(*, prior: float = 0.01, cost_miss: float = 1.0, cost_false: float = 1.0) -> float:
    """Return the log-likelihood ratio from which accepting costs less than rejecting.

    Examples
    --------
    >>> bayes_threshold(prior=0.5), round(bayes_threshold(prior=0.01), 3)
    (0.0, 4.595)
    """
    _weights_of_errors(prior, cost_miss, cost_false)
    return float(np.log(cost_false * (1 - prior)) - np.log(cost_miss * prior))


def log_likelihood_ratio_cost(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return Cllr of scores that are natural log-likelihood ratios, in bits: 0 perfect, 1 what knowing nothing gives.

    Examples
    --------
    >>> log_likelihood_ratio_cost(mated=[0.0, 0.0], non_mated=[0.0])
    1.0
    """
    (llr_m, weight_m), (llr_n, weight_n) = (
        with_weights(mated, mated_weights),
        with_weights(non_mated, non_mated_weights),
    )
    if not (weight_m.sum() > 0 and weight_n.sum() > 0):
        return float("nan")
    return float((np.average(bits(-llr_m), weights=weight_m) + np.average(bits(llr_n), weights=weight_n)) / 2)


def minimum_log_likelihood_ratio_cost(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> float:
    """Return min Cllr: what remains when the scores are calibrated as well as any rising function can (PAV).

    Cllr minus it is the loss of calibration. Equal scores get one likelihood ratio.

    Examples
    --------
    >>> minimum_log_likelihood_ratio_cost(mated=[2.0, 3.0], non_mated=[0.0, 1.0])
    0.0
    >>> minimum_log_likelihood_ratio_cost(mated=[1.0, 2.0], non_mated=[1.0, 2.0])
    1.0
    """
    curve = error_curve(
        mated=mated, non_mated=non_mated, mated_weights=mated_weights, non_mated_weights=non_mated_weights
    )
    return curve_minimum_llr_cost(curve.false_match, curve.false_non_match)


def curve_minimum_llr_cost(false_match: FloatArray, false_non_match: FloatArray) -> float:
    """Return min Cllr from FMR and FNMR at the thresholds of one curve, in bits; NaN where a side has no scores."""
    if np.isnan(false_match[0] + false_non_match[0]):
        return float("nan")
    corners = hull_corners(false_match, false_non_match)
    mated, non_mated = np.diff(false_non_match[corners]), -np.diff(false_match[corners])
    both = (mated > 0) & (non_mated > 0)  # a pool of one kind has an infinite ratio and costs nothing
    ratio = np.log(mated[both]) - np.log(non_mated[both])
    return float((mated[both] * bits(-ratio) + non_mated[both] * bits(ratio)).sum() / 2)


def pav_log_likelihood_ratios(*, mated: ArrayLike, non_mated: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the best calibrated natural log-likelihood ratios of these very scores, mated and non-mated.

    They are infinite where only one kind is found; for seeing what min Cllr means, not for new scores.

    Examples
    --------
    >>> mated, non_mated = pav_log_likelihood_ratios(mated=[2.0, 4.0], non_mated=[1.0, 3.0])
    >>> mated.tolist(), non_mated.tolist()
    ([0.0, inf], [-inf, 0.0])
    """
    curve = error_curve(mated=mated, non_mated=non_mated)
    hull: ErrorCurve = curve.convex_hull()
    with np.errstate(divide="ignore"):
        ratios = np.log(np.diff(hull.false_non_match)) - np.log(-np.diff(hull.false_match))
    places = [
        np.searchsorted(hull.thresholds, np.asarray(scores, dtype=np.float64), side="right") - 1
        for scores in (mated, non_mated)
    ]
    return ratios[places[0]], ratios[places[1]]


def bits(values: FloatArray) -> FloatArray:
    """Return log2(1 + exp(values)), without overflow.

    Examples
    --------
    >>> bits(np.array([0.0, -np.inf])).tolist()
    [1.0, 0.0]
    """
    return np.asarray(np.logaddexp(0.0, values) / np.log(2))


def _weights_of_errors(prior: float, cost_miss: float, cost_false: float) -> tuple[float, float]:
    """Return what FNMR and FMR weigh in the normalised cost."""
    if not (0 < prior < 1 and cost_miss > 0 and cost_false > 0):
        raise ValueError(f"a prior between 0 and 1 and costs above 0, not {prior}, {cost_miss} and {cost_false}")
    miss, false = cost_miss * prior, cost_false * (1 - prior)
    return miss / min(miss, false), false / min(miss, false)
