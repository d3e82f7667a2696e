from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.stats import norm
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score, roc_curve

from lineament.metrics import (
    area_under_roc,
    convex_hull_equal_error_rate,
    decidability,
    equal_error_rate,
    error_curve,
    false_match_rate,
    false_non_match_rate,
    false_non_match_rate_at,
    false_positive_rate_at_95,
    minimum_log_likelihood_ratio_cost,
    threshold_at_false_match_rate,
    threshold_at_minimum_error,
    true_positive_rate_at,
)

scores = st.lists(st.integers(-8, 8).map(float), min_size=1, max_size=30)
rates = st.sampled_from([0.0, 0.01, 0.1, 0.25, 0.5, 1.0])


@given(scores, scores)
def test_the_curve_holds_the_rates_at_every_threshold(mated: list[float], non_mated: list[float]) -> None:
    curve = error_curve(mated=mated, non_mated=non_mated)
    assert curve.thresholds.tolist() == [*sorted({*mated, *non_mated}), np.inf]
    for t, false_match, false_non_match in zip(
        *(curve.thresholds, curve.false_match, curve.false_non_match), strict=True
    ):
        assert false_match == false_match_rate(non_mated=non_mated, threshold=t)
        assert false_non_match == false_non_match_rate(mated=mated, threshold=t)


@given(scores, scores)
def test_roc_and_its_area_are_those_of_scikit_learn(mated: list[float], non_mated: list[float]) -> None:
    labels, both = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))], np.r_[mated, non_mated]
    false_positive, true_positive, _ = roc_curve(labels, both, drop_intermediate=False)
    curve = error_curve(mated=mated, non_mated=non_mated)
    assert curve.false_match[::-1] == pytest.approx(false_positive, abs=1e-12)
    assert curve.true_match[::-1] == pytest.approx(true_positive, abs=1e-12)
    assert area_under_roc(mated=mated, non_mated=non_mated) == pytest.approx(roc_auc_score(labels, both), abs=1e-12)


@given(scores, scores, rates)
def test_fnmr_at_fmr_is_the_best_of_all_thresholds_that_keep_it(
    mated: list[float], non_mated: list[float], rate: float
) -> None:
    curve = error_curve(mated=mated, non_mated=non_mated)
    kept = curve.false_match <= rate
    fnmr = false_non_match_rate_at(mated=mated, non_mated=non_mated, rate=rate)
    assert fnmr == curve.false_non_match[kept].min()
    assert true_positive_rate_at(mated=mated, non_mated=non_mated, rate=rate) == pytest.approx(1 - fnmr)
    threshold = threshold_at_false_match_rate(non_mated=non_mated, rate=rate)
    assert false_match_rate(non_mated=non_mated, threshold=threshold) <= rate
    assert false_non_match_rate(mated=mated, threshold=threshold) == fnmr


def test_one_of_a_hundred_is_a_hundredth_to_the_last_bit() -> None:
    """1 - 0.99 is a little more than 0.01: a rate made so would send the threshold one score too high."""
    non_mated = np.arange(100.0)
    assert false_non_match_rate_at(mated=[99.0], non_mated=non_mated, rate=0.01) == 0.0
    assert false_match_rate(non_mated=non_mated, threshold=99.0) == 0.01


@given(scores, scores)
def test_rank_figures_do_not_see_a_rising_transform(mated: list[float], non_mated: list[float]) -> None:
    figures = (equal_error_rate, area_under_roc, convex_hull_equal_error_rate, minimum_log_likelihood_ratio_cost)
    for figure in figures:
        here = figure(mated=mated, non_mated=non_mated)
        there = figure(mated=np.exp(np.array(mated) / 3), non_mated=np.exp(np.array(non_mated) / 3))
        assert here == pytest.approx(there, abs=1e-12)
        assert 0 <= here <= 1 + 1e-12


@given(scores, scores)
def test_swapping_the_sides_mirrors_the_area(mated: list[float], non_mated: list[float]) -> None:
    swapped = area_under_roc(mated=non_mated, non_mated=mated)
    assert swapped == pytest.approx(1 - area_under_roc(mated=mated, non_mated=non_mated), abs=1e-12)


@given(st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(0, 4)), min_size=1, max_size=20), scores)
def test_a_weight_is_a_repetition_for_every_figure_of_the_curve(
    mated: list[tuple[float, int]], others: list[float]
) -> None:
    repeated = [score for score, times in mated for _ in range(times)]
    values, times = zip(*mated, strict=True)
    for figure in (area_under_roc, convex_hull_equal_error_rate, minimum_log_likelihood_ratio_cost, decidability):
        weighted = figure(mated=values, non_mated=others, mated_weights=times)
        assert weighted == pytest.approx(figure(mated=repeated, non_mated=others), abs=1e-9, nan_ok=True)


@given(scores, scores)
def test_the_hull_is_that_of_the_points(mated: list[float], non_mated: list[float]) -> None:
    curve = error_curve(mated=mated, non_mated=non_mated)
    points = np.r_[np.stack([curve.false_match, curve.false_non_match], axis=1), [[1.0, 1.0]]]
    hull = curve.convex_hull()
    corners = points[ConvexHull(points, qhull_options="QJ").vertices] if len(points) > 3 else points
    at = np.interp(corners[:, 0], hull.false_match[::-1], hull.false_non_match[::-1])
    assert (at <= corners[:, 1] + 1e-9).all()
    slopes = np.diff(hull.false_non_match) / np.maximum(-np.diff(hull.false_match), 1e-300)
    assert (np.diff(slopes) > -1e-9).all()
    assert hull.equal_error_rate() <= curve.equal_error_rate() + 1e-12
    assert hull.equal_error_rate() <= 0.5 + 1e-12


@given(scores, scores)
def test_the_least_llr_cost_is_that_of_an_isotonic_regression(mated: list[float], non_mated: list[float]) -> None:
    both = np.r_[mated, non_mated]
    labels = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))]
    # each side weighs one half: the fitted share is then the posterior at even odds
    weight = np.r_[np.full(len(mated), 1 / len(mated)), np.full(len(non_mated), 1 / len(non_mated))]
    share = IsotonicRegression(y_min=0, y_max=1).fit(both, labels, sample_weight=weight).predict(both)
    with np.errstate(divide="ignore"):
        cost = (-np.log2(share[: len(mated)]).mean() - np.log2(1 - share[len(mated) :]).mean()) / 2
    assert minimum_log_likelihood_ratio_cost(mated=mated, non_mated=non_mated) == pytest.approx(cost, abs=1e-7)


def test_figures_of_two_normal_distributions() -> None:
    at = (np.arange(20_000) + 0.5) / 20_000
    mated, non_mated = norm.ppf(at) + 2, norm.ppf(at)
    assert equal_error_rate(mated=mated, non_mated=non_mated) == pytest.approx(norm.cdf(-1), abs=1e-4)
    assert area_under_roc(mated=mated, non_mated=non_mated) == pytest.approx(norm.cdf(np.sqrt(2)), abs=1e-4)
    assert decidability(mated=mated, non_mated=non_mated) == pytest.approx(2, abs=1e-3)
    x, y = error_curve(mated=mated, non_mated=non_mated).probit()
    inside = np.isfinite(x) & np.isfinite(y) & (np.abs(x) < 3) & (np.abs(y) < 3)
    assert y[inside] == pytest.approx(-2 - x[inside], abs=0.02)  # a DET of normal scores is a straight line


def test_fpr95_calls_the_known_positive() -> None:
    known, strangers = np.arange(100.0), np.array([4.0, 5.0, 50.0, -1.0])
    # 95 of 100 known score 5 or more; so do two strangers
    assert false_positive_rate_at_95(known=known, strangers=strangers) == 0.5


def test_the_threshold_of_least_error_lies_between_scores() -> None:
    assert threshold_at_minimum_error(mated=[2.0, 3.0], non_mated=[0.0, 1.0], cost=1.0) == 1.5
    assert threshold_at_minimum_error(mated=[0.0], non_mated=[1.0], cost=0.9) > 1.0
    assert threshold_at_minimum_error(mated=[0.0], non_mated=[1.0], cost=0.1) == 0.0
    with pytest.raises(ValueError, match="both kinds"):
        threshold_at_minimum_error(mated=[], non_mated=[1.0])


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        error_curve(mated=[1.0], non_mated=[0.0], mated_weights=[-1.0])
    with pytest.raises(ValueError, match="rate between"):
        false_non_match_rate_at(mated=[1.0], non_mated=[0.0], rate=1.5)
    with pytest.raises(ValueError, match="at least one score"):
        threshold_at_false_match_rate(non_mated=[], rate=0.1)
    assert np.isnan(area_under_roc(mated=[], non_mated=[0.0]))
    assert np.isnan(minimum_log_likelihood_ratio_cost(mated=[], non_mated=[0.0]))


def test_a_vector_of_open_metric_learning() -> None:
    """Its example of FNMR at FMR (0.1, 0.5), in distances; its thresholds are quantiles that it accepts *below*."""
    mated, non_mated = -np.array([0, 0, 1, 1, 2, 2, 5, 5, 9, 9.0]), -np.array([3, 3, 4, 4, 6, 6, 7, 7, 8, 8.0])
    ours = [false_non_match_rate_at(mated=mated, non_mated=non_mated, rate=rate) for rate in (0.1, 0.5)]
    assert ours == pytest.approx([0.4, 0.2])
