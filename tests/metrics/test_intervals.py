from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lineament.metrics import (
    Interval,
    jackknife_interval,
    left_out,
    mean_interval,
    multiplicities,
    percentile_interval,
    pooled_accuracy,
    pooled_interval,
    wilcoxon_signed_rank,
)


def test_the_interval_over_people_covers_the_truth_and_one_over_probes_does_not() -> None:
    """A tiny world: 30 people whose accuracies differ, 50 probes each; what share of intervals holds the true mean?"""
    rng = np.random.default_rng(3)
    by_people, by_probes = 0, 0
    worlds = 200
    for world in range(worlds):
        skill = rng.beta(6, 2, size=30)
        correct = rng.random((30, 50)) < skill[:, None]
        subjects = np.repeat(np.arange(30), 50)
        interval = pooled_interval(correct=correct.ravel(), subjects=subjects, replicates=300, seed=world)
        by_people += interval.low <= 0.75 <= interval.high
        share = correct.mean()
        naive = 1.96 * np.sqrt(share * (1 - share) / correct.size)
        by_probes += abs(share - 0.75) <= naive
    assert 0.88 <= by_people / worlds <= 0.99
    assert by_probes / worlds < 0.80


def test_a_pooled_interval_is_the_general_bootstrap_of_the_same_statistic() -> None:
    rng = np.random.default_rng(0)
    subjects = rng.integers(0, 6, 80)
    correct = rng.random(80) < 0.7
    place = np.unique(subjects, return_inverse=True)[1]

    def statistic(times: np.ndarray) -> float:
        return float((times[place] * correct).sum() / times[place].sum())

    drawn = np.array([statistic(times) for times in multiplicities(6, 200, seed=4)])
    general = percentile_interval(statistic(np.ones(6)), drawn)
    special = pooled_interval(correct=correct, subjects=subjects, replicates=200, seed=4)
    assert (special.estimate, special.low, special.high) == pytest.approx((general.estimate, general.low, general.high))
    assert special.estimate == pytest.approx(pooled_accuracy(correct=correct, subjects=subjects))


def test_leaving_people_out_of_a_mean_gives_the_t_interval() -> None:
    values = np.random.default_rng(8).normal(size=12)
    interval = jackknife_interval(float(values.mean()), left_out(12) @ values / 11)
    expected = stats.t.interval(0.95, 11, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx(expected)
    alone = jackknife_interval(0.3, [0.3])
    assert np.isnan(alone.low)
    assert jackknife_interval(0.3, [0.2, 0.4, np.nan]) == jackknife_interval(0.3, [0.2, 0.4])


def test_means_of_a_grid_get_the_bounds_of_each_mean_alone() -> None:
    values = np.random.default_rng(1).random((2, 3, 9))
    low, high = mean_interval(per_person=values, replicates=150, seed=7)
    assert low.shape == high.shape == (2, 3)
    alone_low, alone_high = mean_interval(per_person=values[1, 2], replicates=150, seed=7)
    assert (low[1, 2], high[1, 2]) == pytest.approx((float(alone_low), float(alone_high)))
    assert (low <= values.mean(-1)).all()
    assert (values.mean(-1) <= high).all()


def test_replicates_without_anybody_of_a_kind_are_left_out() -> None:
    interval = percentile_interval(0.5, np.array([np.nan, 1.0, 1.0]))
    assert (interval.low, interval.high) == (1.0, 1.0)
    nothing = percentile_interval(float("nan"), np.full(5, np.nan))
    assert nothing.as_json() == {"estimate": None, "low": None, "high": None, "level": 0.95}


def test_the_same_seed_gives_the_same_interval() -> None:
    a, b, c = (mean_interval(per_person=np.arange(5.0) ** 2, replicates=50, seed=s) for s in (1, 1, 2))
    assert a == b
    assert a != c


@pytest.mark.parametrize(
    ("low", "high", "excluded"), [(-0.1, 0.1, False), (0.01, 0.2, True), (-0.3, -0.1, True), (0.0, 1.0, False)]
)
def test_excluding_zero(low: float, high: float, excluded: bool) -> None:
    assert Interval(0.0, low, high).excludes_zero is excluded


def test_the_signed_rank_test_is_that_of_scipy_and_ties_say_nothing() -> None:
    rng = np.random.default_rng(5)
    ours, theirs = rng.random(27), rng.random(27)
    assert wilcoxon_signed_rank(ours=ours, theirs=theirs).p_value == pytest.approx(stats.wilcoxon(ours, theirs).pvalue)
    assert wilcoxon_signed_rank(ours=[0.5, 0.5], theirs=[0.5, 0.5]).p_value == 1.0
    with pytest.raises(ValueError, match="pairs"):
        wilcoxon_signed_rank(ours=[0.5], theirs=[0.5, 0.4])


def test_the_signed_rank_test_by_hand() -> None:
    """Differences 1, 2, -3 have ranks 1, 2, 3; both sums of ranks are 3, the middle of what chance gives."""
    result = wilcoxon_signed_rank(ours=[1.0, 2.0, 0.0], theirs=[0.0, 0.0, 3.0])
    assert (result.statistic, result.p_value) == (3.0, 1.0)
