from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.metrics import (
    bayes_threshold,
    detection_cost,
    error_curve,
    log_likelihood_ratio_cost,
    minimum_detection_cost,
    minimum_log_likelihood_ratio_cost,
    pav_log_likelihood_ratios,
)

scores = st.lists(st.integers(-8, 8).map(float), min_size=1, max_size=30)
priors = st.sampled_from([0.001, 0.01, 0.5, 0.9])


@given(scores, scores, priors)
def test_the_least_cost_is_the_least_over_all_thresholds(mated: list[float], others: list[float], prior: float) -> None:
    thresholds = error_curve(mated=mated, non_mated=others).thresholds
    slow = min(detection_cost(mated=mated, non_mated=others, threshold=t, prior=prior) for t in thresholds)
    least = minimum_detection_cost(mated=mated, non_mated=others, prior=prior)
    assert least == pytest.approx(slow)
    assert least <= 1.0 + 1e-12
    assert least <= detection_cost(mated=mated, non_mated=others, prior=prior) + 1e-12


def test_the_cost_by_hand() -> None:
    """One of four mated refused, one of two others accepted; a false match counts ten times, half are mated."""
    cost = detection_cost(
        mated=[1.0, 2.0, 3.0, 4.0], non_mated=[0.0, 3.0], threshold=2.0, prior=0.5, cost_miss=1.0, cost_false=10.0
    )
    assert cost == pytest.approx((1 * 0.25 * 0.5 + 10 * 0.5 * 0.5) / 0.5)


@given(scores, scores)
def test_calibrating_never_costs_and_calibrated_cost_the_minimum(mated: list[float], others: list[float]) -> None:
    least = minimum_log_likelihood_ratio_cost(mated=mated, non_mated=others)
    assert least <= log_likelihood_ratio_cost(mated=mated, non_mated=others) + 1e-9
    ratios = dict(zip(("mated", "non_mated"), pav_log_likelihood_ratios(mated=mated, non_mated=others), strict=True))
    assert log_likelihood_ratio_cost(**ratios) == pytest.approx(least, abs=1e-9)
    for side, before in (("mated", mated), ("non_mated", others)):
        order = np.argsort(before)
        assert (ratios[side][order][1:] >= ratios[side][order][:-1]).all()


def test_true_ratios_are_calibrated() -> None:
    """Scores N(±1, 2) are their own log-likelihood ratios: nearly no calibration loss; a shift makes one."""
    rng = np.random.default_rng(0)
    mated, others = rng.normal(1, np.sqrt(2), 20_000), rng.normal(-1, np.sqrt(2), 20_000)
    loss = log_likelihood_ratio_cost(mated=mated, non_mated=others) - minimum_log_likelihood_ratio_cost(
        mated=mated, non_mated=others
    )
    assert 0 < loss < 0.005
    assert log_likelihood_ratio_cost(mated=mated + 2, non_mated=others + 2) > 0.2 + loss
    assert detection_cost(mated=mated, non_mated=others, prior=0.1) == pytest.approx(
        minimum_detection_cost(mated=mated, non_mated=others, prior=0.1), abs=0.02
    )


def test_large_ratios_do_not_overflow() -> None:
    assert log_likelihood_ratio_cost(mated=[800.0], non_mated=[800.0]) == pytest.approx(400 / np.log(2))
    assert bayes_threshold(prior=0.5, cost_false=np.e) == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [{"prior": 0.0}, {"prior": 1.0}, {"cost_miss": 0.0}, {"cost_false": -1.0}])
def test_priors_and_costs_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="prior between"):
        minimum_detection_cost(mated=[1.0], non_mated=[0.0], **wrong)
