from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.metrics import (
    ComparisonStream,
    area_under_roc,
    equal_error_rate,
    error_curve,
    false_match_rate,
    false_non_match_rate,
    false_non_match_rate_at,
)

RATES = (0.5, 0.1, 0.01, 0.001, 0.0)
THRESHOLDS = (-0.5, 0.0, 0.3, 7.0)
numbers = st.floats(-3, 3, allow_subnormal=True) | st.integers(-3, 3).map(float)
scores = st.lists(numbers, min_size=1, max_size=40)


def chunks(mated: np.ndarray, non_mated: np.ndarray, size: int) -> Iterator[dict[str, np.ndarray]]:
    for start in range(0, max(len(mated), len(non_mated)), size):
        yield {"mated": mated[start : start + size], "non_mated": non_mated[start : start + size]}


def check(mated: np.ndarray, non_mated: np.ndarray, size: int) -> ComparisonStream:
    """Assert that both passes over chunks give what all scores in memory do."""
    stream, rest = ComparisonStream(), ComparisonStream()
    for k, chunk in enumerate(chunks(mated, non_mated, size)):
        (stream if k % 2 else rest).add(**chunk)
    stream.merge(rest)
    second = stream.second_pass(thresholds=THRESHOLDS, false_match_rates=RATES)
    for chunk in reversed(list(chunks(mated, non_mated, size))):
        second.add(**chunk)
    both = {"mated": mated, "non_mated": non_mated}
    whole = error_curve(**both)
    assert second.equal_error_rate() == equal_error_rate(**both)
    for rate in RATES:
        assert second.false_non_match_rate_at(rate) == false_non_match_rate_at(**both, rate=rate)
        assert second.threshold_at_false_match_rate(rate) == whole.threshold_at_false_match_rate(rate)
    for threshold in THRESHOLDS:
        expected = [
            false_match_rate(non_mated=non_mated, threshold=threshold),
            false_non_match_rate(mated=mated, threshold=threshold),
        ]
        assert second.rates(threshold) == pytest.approx(expected, abs=1e-15)
    least, greatest = stream.area_under_roc()
    assert least - 1e-12 <= area_under_roc(**both) <= greatest + 1e-12
    return stream


@settings(max_examples=8, deadline=None)  # the counts are 32 MiB a side, however few the scores
@given(scores, scores, st.integers(20, 50))
def test_any_scores_in_any_chunks(mated: list[float], non_mated: list[float], size: int) -> None:
    check(np.array(mated), np.array(non_mated), size)


def test_many_scores() -> None:
    rng = np.random.default_rng(0)
    mated, non_mated = np.tanh(rng.normal(1, 0.5, 20_000)), np.tanh(rng.normal(0, 0.3, 400_000))
    stream = check(mated, non_mated, 37_000)
    curve = stream.curve()
    for k in range(0, len(curve.thresholds), 97):  # at every edge of a bin the rates are exact
        assert curve.false_match[k] == false_match_rate(non_mated=non_mated, threshold=curve.thresholds[k])
        assert curve.false_non_match[k] == false_non_match_rate(mated=mated, threshold=curve.thresholds[k])
    least, greatest = stream.area_under_roc()
    assert greatest - least < 0.002
    second = stream.second_pass(false_match_rates=[0.001])
    second.add(mated=mated, non_mated=non_mated)
    kept = sum(len(scores) for scores in second._kept())
    assert kept < 0.02 * (len(mated) + len(non_mated))


def test_a_second_pass_over_other_scores_is_refused() -> None:
    stream = ComparisonStream()
    stream.add(mated=[0.5, 0.6], non_mated=[0.5, 0.1])
    second = stream.second_pass()
    second.add(mated=[0.5], non_mated=[0.5, 0.1])
    with pytest.raises(ValueError, match="the same scores"):
        second.equal_error_rate()
    with pytest.raises(ValueError, match="asked for"):
        second.rates(-3.0)
    with pytest.raises(ValueError, match="finite"):
        stream.add(mated=[np.nan])
    with pytest.raises(ValueError, match="at least one mated"):
        ComparisonStream().second_pass()
