from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from sklearn.metrics import roc_curve

from lineament.metrics import (
    equal_error_rate,
    false_match_rate,
    false_negative_identification_rate,
    false_non_match_rate,
    false_positive_identification_rate,
    misidentification_rate,
    open_set_equal_error_rate,
    threshold_at_equal_error_rate,
)

scores = st.lists(st.integers(-8, 8).map(float), min_size=1, max_size=30)


def eer_by_sklearn(mated: list[float], non_mated: list[float]) -> float:
    labels = np.r_[np.ones(len(mated)), np.zeros(len(non_mated))]
    false_match, true_match, _ = roc_curve(labels, np.r_[mated, non_mated], drop_intermediate=False)
    # The curve by its arc: points of equal FMR stay apart, so vertical stretches are interpolated too.
    arc = np.arange(len(false_match), dtype=float)
    gap = lambda at: np.interp(at, arc, false_match) - (1 - np.interp(at, arc, true_match))  # noqa: E731
    return float(np.interp(brentq(gap, 0, arc[-1]), arc, false_match))


@given(scores, scores)
def test_eer_agrees_with_a_root_on_the_curve_of_sklearn(mated: list[float], non_mated: list[float]) -> None:
    assert equal_error_rate(mated=mated, non_mated=non_mated) == pytest.approx(
        eer_by_sklearn(mated, non_mated), abs=1e-9
    )


@given(scores, scores)
def test_eer_has_symmetries(mated: list[float], non_mated: list[float]) -> None:
    rate = equal_error_rate(mated=mated, non_mated=non_mated)
    stretched = equal_error_rate(mated=np.exp(mated), non_mated=np.exp(non_mated))
    assert stretched == pytest.approx(rate)
    swapped = equal_error_rate(mated=-np.array(non_mated), non_mated=-np.array(mated))
    assert swapped == pytest.approx(rate)


@given(st.lists(st.tuples(st.integers(-5, 5).map(float), st.integers(0, 4)), min_size=1, max_size=20), scores)
def test_an_integer_weight_is_a_repetition(mated: list[tuple[float, int]], non_mated: list[float]) -> None:
    repeated = [score for score, times in mated for _ in range(times)]
    values, times = zip(*mated, strict=True)
    rate = equal_error_rate(mated=values, non_mated=non_mated, mated_weights=times)
    if not repeated:
        assert np.isnan(rate)
    else:
        assert rate == pytest.approx(equal_error_rate(mated=repeated, non_mated=non_mated))


def test_eer_of_chance_of_perfection_and_of_its_opposite() -> None:
    assert equal_error_rate(mated=[0.0, 1.0], non_mated=[0.0, 1.0]) == pytest.approx(0.5)
    assert equal_error_rate(mated=[5.0], non_mated=[1.0, 2.0]) == 0.0
    assert equal_error_rate(mated=[0.0], non_mated=[1.0]) == 1.0
    assert np.isnan(equal_error_rate(mated=[], non_mated=[1.0]))


def test_a_score_on_the_threshold_is_accepted() -> None:
    assert false_match_rate(non_mated=[0.5], threshold=0.5) == 1.0
    assert false_non_match_rate(mated=[0.5], threshold=0.5) == 0.0
    assert false_positive_identification_rate(scores=[[0.5, 0.1]], threshold=0.5) == 1.0
    assert false_negative_identification_rate(scores=[[0.5, 0.1]], mates=[0], threshold=0.5) == 0.0


def test_the_three_fates_of_a_mated_search() -> None:
    found, unknown, somebody_else = [0.9, 0.1], [0.3, 0.1], [0.2, 0.8]
    table, mates = [found, unknown, somebody_else, found], [0, 0, 0, 0]
    assert false_negative_identification_rate(scores=table, mates=mates, threshold=0.5) == pytest.approx(0.5)
    assert misidentification_rate(scores=table, mates=mates, threshold=0.5) == pytest.approx(0.25)


def test_open_set_rate_looks_at_the_best_candidate_only() -> None:
    rate = open_set_equal_error_rate(known=[[0.1, 0.9], [0.3, 0.2]], strangers=[[0.0, 0.8], [0.1, 0.1]])
    assert rate == pytest.approx(equal_error_rate(mated=[0.9, 0.3], non_mated=[0.8, 0.1]))


def test_the_threshold_at_the_eer_realises_it() -> None:
    rng = np.random.default_rng(0)
    mated, non_mated = rng.normal(2, 1, 400), rng.normal(0, 1, 400)
    threshold = threshold_at_equal_error_rate(mated=mated, non_mated=non_mated)
    rate = equal_error_rate(mated=mated, non_mated=non_mated)
    assert false_match_rate(non_mated=non_mated, threshold=threshold) == pytest.approx(rate, abs=0.005)
    assert false_non_match_rate(mated=mated, threshold=threshold) == pytest.approx(rate, abs=0.005)


def test_nan_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="without NaN"):
        equal_error_rate(mated=[np.nan], non_mated=[0.0])
