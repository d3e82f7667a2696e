"""The error curve: FMR and FNMR at every threshold that matters. ROC, DET and every figure read off them start here.

Definitions: ISO/IEC 19795-1. ``score >= threshold`` accepts: at a threshold that is a score, that score is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorCurve:
    """FMR and FNMR at every distinct score, and beyond the highest; NaN where a side has no scores.

    Parameters
    ----------
    thresholds : array (K,)
        Rising; the last is infinite, where everything is rejected.
    false_match : array (K,)
        FMR, falling from 1 to 0.
    false_non_match : array (K,)
        FNMR, rising from 0 to 1.

    Examples
    --------
    >>> curve = error_curve(mated=[0.4, 0.6, 0.8, 0.9], non_mated=[0.1, 0.2, 0.3, 0.5])
    >>> curve.false_match.tolist()
    [1.0, 0.75, 0.5, 0.25, 0.25, 0.0, 0.0, 0.0, 0.0]
    >>> curve.equal_error_rate(), curve.false_non_match_rate_at(0.0), curve.area_under_roc()
    (0.25, 0.25, 0.9375)
    """

    thresholds: FloatArray
    false_match: FloatArray
    false_non_match: FloatArray

    @property
    def true_match(self) -> FloatArray:
        """Share of mated comparisons accepted, 1 - FNMR: the height of the ROC."""
        return 1.0 - self.false_non_match

    def probit(self) -> tuple[FloatArray, FloatArray]:
        """Return FMR and FNMR on the axes of a DET plot (normal deviates; rates of 0 and 1 are infinite).

        Examples
        --------
        >>> x, y = ErrorCurve(np.array([0.0]), np.array([0.5]), np.array([0.025])).probit()
        >>> x.round(2).tolist(), y.round(2).tolist()
        ([0.0], [-1.96])
        """
        from scipy.special import ndtri

        return np.asarray(ndtri(self.false_match)), np.asarray(ndtri(self.false_non_match))

    def equal_error_rate(self) -> float:
        """Return the rate at which FMR and FNMR are equal, linear between the two thresholds beside it."""
        return float(crossing_rates(self.false_match[None], self.false_non_match[None])[0])

    def convex_hull_equal_error_rate(self) -> float:
        """Return the EER of the convex hull of the curve (ROCCH; Brümmer and de Villiers 2013), never above the EER."""
        return self.convex_hull().equal_error_rate()

    def threshold_at_equal_error_rate(self) -> float:
        """Return the score at which FMR and FNMR are nearest to each other; of two, the lower."""
        self._refuse_without_scores()
        gap = np.abs(self.false_match - self.false_non_match)[:-1]
        return float(self.thresholds[np.argmin(gap)])

    def threshold_at_false_match_rate(self, rate: float) -> float:
        """Return the lowest threshold of the curve whose FMR is at most `rate`; infinite where only that will do."""
        self._refuse_without_scores()
        return float(self.thresholds[self._at_false_match_rate(rate)])

    def false_non_match_rate_at(self, rate: float) -> float:
        """Return the FNMR at the lowest threshold whose FMR is at most `rate` (FNMR@FMR); no interpolation."""
        return float(self.false_non_match[self._at_false_match_rate(rate)])

    def false_match_rate_at(self, rate: float) -> float:
        """Return the FMR at the highest threshold whose FNMR is at most `rate` (FMR@FNMR); no interpolation."""
        within = np.flatnonzero(self.false_non_match <= rate)
        return float(self.false_match[within[-1]]) if len(within) else float("nan")

    def area_under_roc(self) -> float:
        """Return the area under the ROC: the share of mated and non-mated pairs in the right order, ties a half."""
        return float(areas(self.false_match[None], self.true_match[None])[0])

    def convex_hull(self) -> ErrorCurve:
        """Return the corners of the lower convex hull of (FMR, FNMR), by pooling adjacent violators."""
        return ErrorCurve(*(values[hull_corners(self.false_match, self.false_non_match)] for values in self._columns))

    @property
    def _columns(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.thresholds, self.false_match, self.false_non_match

    def _at_false_match_rate(self, rate: float) -> int:
        """Return the place of the lowest threshold whose FMR is at most `rate`; the last where FMR is unknown."""
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate between 0 and 1, not {rate}")
        within = self.false_match <= rate
        return int(np.argmax(within)) if within.any() else len(within) - 1

    def _refuse_without_scores(self) -> None:
        """Raise where a side has no scores."""
        if np.isnan(self.false_match[0]) or np.isnan(self.false_non_match[0]):
            raise ValueError("at least one mated and one non-mated score")


def error_curve(
    *,
    mated: ArrayLike,
    non_mated: ArrayLike,
    mated_weights: ArrayLike | None = None,
    non_mated_weights: ArrayLike | None = None,
) -> ErrorCurve:
    """Return FMR and FNMR at every distinct score.

    Parameters
    ----------
    mated, non_mated : array (n,), array (m,)
        Comparison scores, higher = more alike; ±infinity is allowed, NaN is not.
    mated_weights, non_mated_weights : array, optional
        Weight of each score, not negative; equal where not given. A weight of 2 is the score twice.

    Raises
    ------
    ValueError
        For NaN scores and for weights that do not fit the scores.
    """
    scores_m, weight_m = with_weights(mated, mated_weights)
    scores_n, weight_n = with_weights(non_mated, non_mated_weights)
    thresholds = np.unique(np.concatenate([scores_m, scores_n]))
    below_m, below_n = weight_below(scores_m, weight_m, thresholds), weight_below(scores_n, weight_n, thresholds)
    # from sums, not from 1 - share: one of a hundred must be 0.01 to the last bit, or "at most 0.01" refuses it
    false_match = shares(below_n[-1] - below_n, below_n[-1:])
    return ErrorCurve(np.append(thresholds, np.inf), false_match, shares(below_m, below_m[-1:]))


def weight_below(scores: FloatArray, weight: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Return the weight of the scores below each of K thresholds, and of them all, (K + 1,).

    Examples
    --------
    >>> weight_below(np.array([3.0, 1.0]), np.array([2.0, 1.0]), np.array([1.0, 2.0, 3.0])).tolist()
    [0.0, 1.0, 1.0, 3.0]
    """
    order = np.argsort(scores, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weight[order])])
    return np.asarray(running[np.append(np.searchsorted(scores[order], thresholds), len(scores))])


def shares(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return `part` / `whole`; NaN where the whole is nothing.

    Examples
    --------
    >>> shares(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[4.0], [0.0]])).tolist()
    [[0.25, 0.5], [nan, nan]]
    """
    nothing = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0))


def with_weights(scores: ArrayLike, weights: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Return scores and their weights, both (n,) and checked."""
    values = np.asarray(scores, dtype=np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or weight.shape != values.shape:
        raise ValueError(f"a weight for each score, not {values.shape} and {weight.shape}")
    if np.isnan(values).any():
        raise ValueError("scores without NaN")
    if not (weight >= 0).all():
        raise ValueError("weights that are not negative")
    return values, weight


def crossing_rates(false_match: FloatArray, false_non_match: FloatArray) -> FloatArray:
    """Return where FMR (falling) and FNMR (rising) cross in each row of two arrays (R, K), linear between; (R,).

    Examples
    --------
    >>> crossing_rates(np.array([[1.0, 0.5, 0.0]]), np.array([[0.0, 0.25, 1.0]])).tolist()
    [0.4]
    """
    rows = np.arange(len(false_match))
    beyond = first_crossings(false_match, false_non_match)
    before = np.maximum(beyond - 1, 0)
    left = (false_non_match - false_match)[rows, before]
    right = (false_non_match - false_match)[rows, beyond]
    step = right - left
    part = np.divide(-left, step, out=np.zeros(len(rows)), where=step != 0)
    start = false_match[rows, before]
    rates = start + part * (false_match[rows, beyond] - start)
    at_once = (false_match[rows, 0] + false_non_match[rows, 0]) / 2  # crossed at the very first threshold
    return np.asarray(np.maximum(np.where(beyond == 0, at_once, rates), 0.0))


def first_crossings(false_match: FloatArray, false_non_match: FloatArray) -> NDArray[np.intp]:
    """Return for each row the first place where FNMR is at least FMR."""
    return np.asarray(np.argmax(false_non_match >= false_match, axis=1))


def areas(false_match: FloatArray, true_match: FloatArray) -> FloatArray:
    """Return for each row the area under `true_match` over `false_match` (falling), by trapezoids, (R,)."""
    steps = -np.diff(false_match, axis=1)
    return np.asarray((steps * (true_match[:, :-1] + true_match[:, 1:]) / 2).sum(axis=1))


def hull_corners(false_match: FloatArray, false_non_match: FloatArray) -> NDArray[np.intp]:
    """Return the places of the corners of the lower convex hull of one curve.

    The pools of the isotonic regression of "mated" on the score are the edges of the hull.
    """
    from scipy.optimize import isotonic_regression

    mated, non_mated = np.diff(false_non_match), -np.diff(false_match)
    seen = np.flatnonzero(mated + non_mated > 0)
    if not len(seen):
        return np.arange(len(false_match))
    weight = (mated + non_mated)[seen]
    blocks = isotonic_regression(mated[seen] / weight, weights=weight).blocks
    return np.append(seen[blocks[:-1]], seen[-1] + 1)
