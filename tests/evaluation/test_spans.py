from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.evaluation.spans import seam_slack, sliding_spans, span_means, span_winners, tiled_spans


def spans_by_hand(starts: list[float], window_s: float, use_s: float, step_s: float) -> list[tuple[int, int]]:
    found, due, slack = [], -1e9, seam_slack(np.array(starts))
    for first, moment in enumerate(starts):
        if moment < due - 1e-6:
            continue
        due = moment + step_s
        if moment + use_s > starts[-1] + window_s + slack:
            continue
        inside = [i for i in range(first, len(starts)) if starts[i] + window_s <= moment + use_s + slack]
        found.append((first, first + len(inside)))
    return found


@given(
    st.integers(1, 60),
    st.sampled_from([0.2, 1.0, 5.0]),
    st.sampled_from([10.0, 12.0, 25.0]),
    st.sampled_from([1.0, 10.0]),
)
def test_sliding_spans_are_those_found_window_by_window(
    windows: int, stride: float, use_s: float, step_s: float
) -> None:
    starts = [stride * i for i in range(windows)]
    found = sliding_spans(starts, window_s=10.0, use_s=use_s, step_s=step_s)
    assert [tuple(row) for row in found] == spans_by_hand(starts, 10.0, use_s, step_s)


def test_a_minute_slides_by_seconds_through_three_minutes() -> None:
    """Windows of 20 s each second of 180 s: spans begin at 0 ... 120, each holds the 41 windows inside it."""
    spans = sliding_spans(np.arange(161.0), window_s=20.0, use_s=60.0)
    assert len(spans) == 121
    assert set((spans[:, 1] - spans[:, 0]).tolist()) == {41}


def test_windows_three_a_second_are_stepped_by_a_second() -> None:
    spans = sliding_spans(np.arange(0, 30, 1 / 3), window_s=10.0, use_s=20.0)
    assert np.diff(spans[:, 0]).tolist() == [3] * (len(spans) - 1)


def test_spans_that_do_not_fit_are_none() -> None:
    assert len(sliding_spans([0.0, 1.0], window_s=10.0, use_s=12.0)) == 0
    assert len(sliding_spans([0.0, 1.0], window_s=10.0, use_s=5.0)) == 0
    assert sliding_spans([0.0], window_s=10.0, use_s=10.0).tolist() == [[0, 1]]


def test_tiles_do_not_overlap() -> None:
    """The table's layout: 300-frame windows 5 s apart; 20 s spans hold one window, 60 s spans nine."""
    starts = np.arange(0, 300, 5.0)
    twenty = tiled_spans(starts, window_s=20.0, use_s=20.0)
    sixty = tiled_spans(starts, window_s=20.0, use_s=60.0)
    assert (twenty[:, 1] - twenty[:, 0]).tolist() == [1] * 15
    assert twenty[:, 0].tolist() == list(range(0, 60, 4))
    assert (sixty[:, 1] - sixty[:, 0]).tolist() == [9] * 5
    assert tiled_spans(starts, window_s=20.0, use_s=None).tolist() == [[0, 60]]


def test_seams_that_shift_windows_by_fractions_of_a_frame_lose_no_window() -> None:
    starts = np.arange(0, 100, 5.0) + 0.03 * np.arange(20)
    assert set(np.diff(tiled_spans(starts, window_s=20.0, use_s=60.0)).ravel().tolist()) == {9}


@given(st.integers(0, 2**31), st.booleans())
def test_means_and_winners_agree_with_a_loop(seed: int, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 3, (12, 4)) if whole else rng.random((12, 4))
    near = rng.random((12, 4))
    bounds = np.sort(rng.choice(13, (5, 2), replace=True), axis=1)
    bounds = bounds[bounds[:, 0] < bounds[:, 1]]
    means = span_means(values, bounds)
    winners, alone = span_winners(values, bounds, near)
    for row, (first, last) in enumerate(bounds):
        assert means[row] == pytest.approx(values[first:last].mean(0))
        sums = values[first:last].sum(0)
        best = [c for c in range(4) if np.isclose(sums[c], sums.max(), rtol=0, atol=1e-12)]
        expected = max(best, key=lambda c: near[first:last, c].max())
        assert winners[row] == expected
        assert alone[row]


def test_a_tie_without_anything_to_break_it_is_known() -> None:
    winners, alone = span_winners([[1, 1]], np.array([[0, 1]]))
    assert (winners.tolist(), alone.tolist()) == ([0], [False])
