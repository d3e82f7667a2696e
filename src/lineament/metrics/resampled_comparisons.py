"""Figures of one-to-one comparison with intervals by resampling people.

In each replicate people are drawn with replacement; a mated comparison weighs as often as its person was drawn, a
non-mated one as the product of both people's (two-way; a resampling of one side alone covers too little: Li 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from lineament.metrics.comparisons import FloatArray, comparisons
from lineament.metrics.costs import (
    bayes_threshold,
    bits,
    curve_costs,
    curve_minimum_llr_cost,
)
from lineament.metrics.curves import ErrorCurve, crossing_rates, error_curve, shares
from lineament.metrics.intervals import Interval, clopper_pearson_interval
from lineament.metrics.person_pairs import PersonPairs
from lineament.metrics.replicates import Band, Resampled, draw_people


class ResampledComparisons:
    """Every figure of a matrix of comparison scores, with replicates over people.

    Rates at a threshold, EER, FNMR@FMR, HTER, actDCF, Cllr and d' are computed anew for each replicate, exactly.
    AUROC, minDCF, min Cllr and the EER of the hull come from the curve at 64 to 512 cuts in each replicate, moved by
    what the cuts miss with everybody in.

    Parameters
    ----------
    scores : array (probes, references)
        Comparison scores, higher = more alike; NaN where two were not compared.
    probe_subjects, reference_subjects : array (probes,), array (references,)
        The enrolled identity of each: equal means mated.
    probe_people, reference_people : array, optional
        The human being behind each; by default the subject. Two subjects of one person are not compared.
    replicates, seed : int
        How many times people are drawn; from which seed.

    Raises
    ------
    ValueError
        When shapes disagree, or there are no mated or no non-mated comparisons.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(30), 2)
    >>> scores = rng.normal(size=(60, 60)) + 3 * (people[:, None] == people[None])
    >>> drawn = ResampledComparisons(scores=scores, probe_subjects=people, reference_subjects=people, seed=1)
    >>> str(drawn.equal_error_rate().interval())
    '0.058 [0.043, 0.089]'
    """

    def __init__(
        self,
        *,
        scores: ArrayLike,
        probe_subjects: ArrayLike,
        reference_subjects: ArrayLike,
        probe_people: ArrayLike | None = None,
        reference_people: ArrayLike | None = None,
        replicates: int = 1000,
        seed: int = 0,
    ) -> None:
        self.comparisons = comparisons(
            scores=scores,
            probe_subjects=probe_subjects,
            reference_subjects=reference_subjects,
            probe_people=probe_people,
            reference_people=reference_people,
        )
        if not len(self.comparisons.mated) or not len(self.comparisons.non_mated):
            raise ValueError("at least one mated and one non-mated comparison")
        self._draws = draw_people(self.comparisons.people, replicates=replicates, seed=seed)
        self._pairs = PersonPairs(self.comparisons, self._draws.times[0])
        self._mated_people = len(np.unique(self.comparisons.mated_people))

    def false_match_rate(self, threshold: float) -> Resampled:
        """Return the FMR at a threshold."""
        return self._draws.resampled(self._rates(threshold)[0], people=len(self.comparisons.people))

    def false_non_match_rate(self, threshold: float) -> Resampled:
        """Return the FNMR at a threshold."""
        return self._draws.resampled(self._rates(threshold)[1], people=self._mated_people)

    def half_total_error_rate(self, threshold: float) -> Resampled:
        """Return the HTER at a threshold."""
        false_match, false_non_match = self._rates(threshold)
        return self._draws.resampled((false_match + false_non_match) / 2)

    def equal_error_rate(self) -> Resampled:
        """Return the EER, interpolated; see `lineament.metrics.equal_error_rate`."""
        rates = self._pairs.around(lambda false_match, false_non_match: false_non_match >= false_match)
        return self._draws.resampled(crossing_rates(*rates), people=self._mated_people)

    def false_non_match_rate_at(self, rate: float) -> Resampled:
        """Return the FNMR at the lowest threshold whose FMR is at most `rate`, the threshold found anew each time."""
        if not 0 <= rate < 1:
            raise ValueError(f"a rate from 0 to below 1, not {rate}")
        _, false_non_match = self._pairs.around(lambda false_match, _: false_match <= rate)
        return self._draws.resampled(false_non_match[:, 1], people=self._mated_people)

    def true_positive_rate_at(self, rate: float) -> Resampled:
        """Return TPR@FPR, 1 - FNMR@FMR."""
        other = self.false_non_match_rate_at(rate)
        return replace(other, estimate=1.0 - other.estimate, drawn=1.0 - other.drawn, influence=-other.influence)

    def area_under_roc(self) -> Resampled:
        """Return the AUROC."""
        false_match, true_match = self._pairs.false_match, 1.0 - self._pairs.false_non_match
        ordered = -np.diff(false_match) * true_match[:, 1:]  # the mated score lies in a higher stretch
        within = np.diff(false_match) * np.diff(true_match) / 2
        lower, equal = (np.searchsorted(self._pairs.non_mated, self._pairs.mated, side=s) for s in ("left", "right"))
        exact = float((lower + equal).mean() / 2 / len(self._pairs.non_mated))
        return self._moved((ordered + within).sum(axis=1), exact, self._mated_people)

    def convex_hull_equal_error_rate(self) -> Resampled:
        """Return the EER of the convex hull."""
        return self._by_curve(lambda curve: curve.convex_hull_equal_error_rate(), self._mated_people)

    def minimum_detection_cost(
        self, *, prior: float = 0.01, cost_miss: float = 1.0, cost_false: float = 1.0
    ) -> Resampled:
        """Return minDCF."""

        def least(curve: ErrorCurve) -> float:
            rates = curve.false_match, curve.false_non_match
            return float(curve_costs(*rates, prior=prior, cost_miss=cost_miss, cost_false=cost_false).min())

        return self._by_curve(least)

    def detection_cost(
        self,
        *,
        threshold: float | None = None,
        prior: float = 0.01,
        cost_miss: float = 1.0,
        cost_false: float = 1.0,
    ) -> Resampled:
        """Return actDCF at a threshold; by default Bayes' for log-likelihood ratios."""
        chosen = bayes_threshold(prior=prior, cost_miss=cost_miss, cost_false=cost_false)
        threshold = chosen if threshold is None else threshold
        costs = curve_costs(*self._rates(threshold), prior=prior, cost_miss=cost_miss, cost_false=cost_false)
        return self._draws.resampled(costs)

    def log_likelihood_ratio_cost(self) -> Resampled:
        """Return Cllr of scores that are natural log-likelihood ratios."""
        pairs = self._pairs
        mated = shares(pairs.mated_sums(bits(-pairs.mated)), pairs.mated_total)
        non_mated = shares(pairs.non_mated_sums(bits(pairs.non_mated)), pairs.non_mated_total)
        return self._draws.resampled((mated + non_mated) / 2)

    def minimum_log_likelihood_ratio_cost(self) -> Resampled:
        """Return min Cllr (PAV)."""
        return self._by_curve(lambda curve: curve_minimum_llr_cost(curve.false_match, curve.false_non_match))

    def decidability(self) -> Resampled:
        """Return d'."""
        pairs = self._pairs
        moments = []
        for scores, sums, total in (
            (pairs.mated, pairs.mated_sums, pairs.mated_total),
            (pairs.non_mated, pairs.non_mated_sums, pairs.non_mated_total),
        ):
            middle = scores.mean()  # squares of what is left are not lost in rounding
            mean = shares(sums(scores - middle), total)
            moments.append((middle + mean, shares(sums((scores - middle) ** 2), total) - mean**2))
        (mean_m, variance_m), (mean_n, variance_n) = moments
        spread = np.sqrt(np.maximum((variance_m + variance_n) / 2, 0.0))
        return self._draws.resampled(
            np.divide(mean_m - mean_n, spread, out=np.full(len(spread), np.nan), where=spread > 0)
        )

    def roc_band(self, rates: ArrayLike, level: float = 0.95) -> Band:
        """Return FNMR over given rising rates of FMR, linear between the cuts, with its pointwise interval."""
        at = np.asarray(rates, dtype=np.float64)
        rows = zip(self._pairs.false_match, self._pairs.false_non_match, strict=True)
        values = np.stack([np.interp(at, fm[::-1], fnm[::-1]) for fm, fnm in rows])
        return self._draws.band(at, values, level, self._mated_people)

    def per_comparison(self, threshold: float) -> tuple[Interval, Interval]:
        """Return FMR and FNMR at a threshold with the interval that takes comparisons as independent: too narrow."""
        accepted = int((self.comparisons.non_mated >= threshold).sum())
        rejected = int((self.comparisons.mated < threshold).sum())
        return (
            clopper_pearson_interval(errors=accepted, trials=len(self.comparisons.non_mated)),
            clopper_pearson_interval(errors=rejected, trials=len(self.comparisons.mated)),
        )

    @cached_property
    def curve(self) -> ErrorCurve:
        """The error curve with everybody, at every distinct score."""
        return error_curve(mated=self._pairs.mated, non_mated=self._pairs.non_mated)

    def _by_curve(self, figure: Callable[[ErrorCurve], float], people: int | None = None) -> Resampled:
        """Return a figure of the curve at the cuts in each replicate, exact with everybody."""
        pairs = self._pairs
        rows = zip(pairs.false_match, pairs.false_non_match, strict=True)
        values = np.array([figure(ErrorCurve(pairs.thresholds, *row)) for row in rows])
        return self._moved(values, figure(self.curve), people)

    def _moved(self, values: FloatArray, exact: float, people: int | None = None) -> Resampled:
        """Return values from the cuts moved so that the one with everybody is exact."""
        return self._draws.resampled(values + (exact - values[0]), people)

    def _rates(self, threshold: float) -> tuple[FloatArray, FloatArray]:
        """Return FMR and FNMR at a threshold, (rows,) each."""
        pairs = self._pairs
        rejected = pairs.rejected(np.array([threshold]))[:, 0]
        return shares(pairs.accepted(threshold), pairs.non_mated_total), shares(rejected, pairs.mated_total)
