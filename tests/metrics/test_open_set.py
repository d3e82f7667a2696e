from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.metrics import (
    area_under_roc,
    best_candidates,
    detection_identification_curve,
    detection_identification_rate_at,
    false_negative_identification_rate,
    false_positive_identification_rate,
    open_set_area,
    open_set_curve,
    selectivity,
    threshold_at_false_match_rate,
)

sides = st.lists(st.tuples(st.integers(-6, 6).map(float), st.booleans()), min_size=1, max_size=20)
scores = st.lists(st.integers(-6, 6).map(float), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("known", "correct", "strangers", "area"),
    [
        # all known above all strangers, all right: the whole square
        ([5, 6, 7, 8], [1, 1, 1, 1], [1, 2, 3, 4], 1.0),
        # the same, one wrong: never above Rank-1
        ([5, 6, 7, 8], [1, 1, 0, 1], [1, 2, 3, 4], 0.75),
        # all strangers above all known: nothing is accepted before every stranger is
        ([1, 2, 3, 4], [1, 1, 1, 1], [5, 6, 7, 8], 0.0),
        # all scores equal: one step from (0, 0) to (1, 1), by a trapezoid
        ([5, 5, 5, 5], [1, 1, 1, 1], [5, 5, 5, 5], 0.5),
        # known 8 and 6 right, 7 wrong, 4 right; strangers 7, 5, 3, 1: at 7 a stranger and a wrong one at once.
        # (FPR, CCR): (0, .25) (.25, .25) (.25, .5) (.5, .5) (.5, .75) (1, .75): .0625 + .125 + .1875 + .1875
        ([8, 6, 7, 4], [1, 1, 0, 1], [7, 5, 3, 1], 0.5625),
        # a right one and a stranger at the same score: between (0, 0) and (.5, .5) a slope, then flat, then up at FPR 1
        ([3, 1], [1, 1], [3, 2], 0.125 + 0.25),
    ],
)
def test_oscr_by_hand(known: list[float], correct: list[bool], strangers: list[float], area: float) -> None:
    assert open_set_area(known=known, correct=correct, strangers=strangers) == pytest.approx(area, abs=1e-12)


@given(sides, scores)
def test_the_area_counts_pairs(known: list[tuple[float, bool]], strangers: list[float]) -> None:
    """OSCR is the share of pairs (known, stranger) where the known one is right and higher, ties a half."""
    best, correct = map(np.array, zip(*known, strict=True))
    above = np.sign(best[:, None] - np.array(strangers)[None]) / 2 + 0.5
    area = open_set_area(known=best, correct=correct, strangers=strangers)
    assert area == pytest.approx((above * correct[:, None]).mean(), abs=1e-12)
    assert area <= correct.mean() + 1e-12
    if correct.all():
        assert area == pytest.approx(area_under_roc(mated=best, non_mated=strangers))
    assert area == pytest.approx(
        open_set_area(known=np.exp(best), correct=correct, strangers=np.exp(strangers)), abs=1e-12
    )


@given(sides, scores, st.lists(st.integers(0, 3), min_size=20, max_size=20))
def test_a_weight_is_a_repetition(known: list[tuple[float, bool]], strangers: list[float], times: list[int]) -> None:
    best, correct = map(np.array, zip(*known, strict=True))
    repeat = np.array(times[: len(best)])
    weighted = open_set_area(known=best, correct=correct, strangers=strangers, known_weights=repeat)
    if repeat.sum():
        repeated = open_set_area(known=best.repeat(repeat), correct=correct.repeat(repeat), strangers=strangers)
        assert weighted == pytest.approx(repeated)
    else:
        assert np.isnan(weighted)


@pytest.fixture(name="searches")
def make_searches() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    mates = rng.integers(0, 7, 80)
    known = rng.integers(0, 20, (80, 7)).astype(float)
    known[np.arange(80), mates] += 6
    return {"known": known, "mates": mates, "strangers": rng.integers(0, 20, (60, 7)).astype(float)}


@pytest.mark.parametrize("rank", [1, 3, None])
def test_the_detection_curve_is_dir_and_fpir_at_each_threshold(
    searches: dict[str, np.ndarray], rank: int | None
) -> None:
    curve = detection_identification_curve(**searches, rank=rank)
    for t, fpir, found in zip(curve.thresholds, curve.false_positive, curve.detection, strict=True):
        fnir = false_negative_identification_rate(
            scores=searches["known"], mates=searches["mates"], threshold=t, rank=rank
        )
        assert found == pytest.approx(1 - fnir)
        assert fpir == pytest.approx(false_positive_identification_rate(scores=searches["strangers"], threshold=t))


def test_dir_at_fpir_is_read_at_the_threshold_that_keeps_it(searches: dict[str, np.ndarray]) -> None:
    threshold = threshold_at_false_match_rate(non_mated=searches["strangers"].max(axis=1), rate=0.1)
    fnir = false_negative_identification_rate(scores=searches["known"], mates=searches["mates"], threshold=threshold)
    assert detection_identification_rate_at(**searches, rate=0.1) == pytest.approx(1 - fnir)


def test_oscr_is_the_area_under_dir_at_rank_one(searches: dict[str, np.ndarray]) -> None:
    best, correct = best_candidates(scores=searches["known"], mates=searches["mates"])
    curve = open_set_curve(known=best, correct=correct, strangers=searches["strangers"].max(axis=1))
    detection = detection_identification_curve(**searches)
    assert curve.correct_rate_at(0.2) == detection.detection_rate_at(0.2)
    assert curve.correct_rate[0] == pytest.approx(correct.mean())


def test_selectivity_counts_candidates() -> None:
    assert selectivity(scores=[[0.5, 0.4], [0.5, 0.6]], threshold=0.5) == 1.5
    assert selectivity(scores=[[0.5, 0.4], [0.5, 0.6]], threshold=0.5, weights=[3, 1]) == 1.25
