from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.evaluation.open_set import DetectionScores, half_enrolled_scores, halves, mean_equal_error_rates
from lineament.metrics import (
    equal_error_rate,
    jackknife_interval,
    left_out,
    multiplicities,
    open_set_equal_error_rate,
    percentile_interval,
)


def test_every_half_once_or_a_random_choice_of_them() -> None:
    every = halves(8)
    assert len({tuple(way) for way in every}) == len(every) == 35
    assert len(halves(6, maximum=100)) == 20
    many = halves(40, maximum=12)
    assert many.shape == (12, 20)
    assert all(len(set(way)) == 20 for way in many)
    assert np.array_equal(many, halves(40, maximum=12))
    with pytest.raises(ValueError, match="two people"):
        halves(1)


def test_the_rate_of_one_half_is_the_open_set_rate() -> None:
    rng = np.random.default_rng(0)
    comparison, mates = rng.normal(size=(60, 4)), rng.integers(0, 4, 60)
    comparison[np.arange(60), mates] += 1
    way = np.array([[1, 3]])
    scores = half_enrolled_scores(comparison, mates, way)
    known = np.isin(mates, way[0])
    expected = open_set_equal_error_rate(known=comparison[known][:, way[0]], strangers=comparison[~known][:, way[0]])
    assert scores.equal_error_rates(np.ones((1, 4)))[0] == pytest.approx(expected)


@given(st.integers(0, 2**31), st.booleans())
def test_resampled_rates_are_weighted_rates(seed: int, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    comparison = rng.integers(0, 4, (20, 4)).astype(float) if tied else rng.normal(size=(20, 4))
    mates = rng.integers(0, 4, 20)
    pooled = half_enrolled_scores(comparison, mates, halves(4))
    times = rng.multinomial(4, [0.25] * 4, size=5)
    rates = pooled.equal_error_rates(times)
    for row, rate in zip(times, rates, strict=True):
        weight = row[pooled.person]
        expected = equal_error_rate(
            mated=pooled.scores[pooled.known],
            non_mated=pooled.scores[~pooled.known],
            mated_weights=weight[pooled.known],
            non_mated_weights=weight[~pooled.known],
        )
        assert rate == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_folds_are_averaged_and_those_without_a_rate_left_out() -> None:
    perfect = half_enrolled_scores([[1.0, 0.0], [0.0, 1.0]], [0, 1], halves(2))
    hopeless = half_enrolled_scores([[0.0, 1.0], [1.0, 0.0]], [0, 1], halves(2), people=[2, 3])
    both, first_only = np.array([[1.0, 1.0, 1.0, 1.0]]), np.array([[1.0, 1.0, 0.0, 0.0]])
    assert mean_equal_error_rates([perfect, hopeless], both)[0] == pytest.approx(0.5)
    assert mean_equal_error_rates([perfect, hopeless], first_only)[0] == pytest.approx(0.0)


def small_world(rng: np.random.Generator) -> list[DetectionScores]:
    """Sixteen people in galleries of four, whose sessions drift."""
    centres = rng.normal(size=(16, 8))
    folds = []
    for group in np.split(rng.permutation(16), 4):
        prototypes = centres[group] / np.linalg.norm(centres[group], axis=1, keepdims=True)
        mates = np.repeat(np.arange(4), 12)
        drift = np.repeat(rng.normal(size=(12, 8)) * 0.9, 4, axis=0)
        probes = centres[group][mates] + drift + 0.6 * rng.normal(size=(48, 8))
        comparison = probes / np.linalg.norm(probes, axis=1, keepdims=True) @ prototypes.T
        folds.append(half_enrolled_scores(comparison, mates, halves(4), people=group))
    return folds


def test_leaving_people_out_covers_the_truth_better_than_percentiles() -> None:
    rng = np.random.default_rng(0)
    estimates, jackknife, percentiles = [], [], []
    for world in range(120):
        folds = small_world(rng)
        estimate = float(mean_equal_error_rates(folds, np.ones((1, 16)))[0])
        estimates.append(estimate)
        jackknife.append(jackknife_interval(estimate, mean_equal_error_rates(folds, left_out(16))))
        drawn = mean_equal_error_rates(folds, multiplicities(16, 150, world))
        percentiles.append(percentile_interval(estimate, drawn))
    truth = np.mean(estimates)
    covered = [np.mean([i.low <= truth <= i.high for i in lot]) for lot in (jackknife, percentiles)]
    assert covered[0] >= 0.88
    assert covered[1] < covered[0]
