from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.errors import ScoreError
from lineament.evaluation.curve_displays import (
    CmcDisplay,
    DetDisplay,
    DetectionDisplay,
    ExpectedPerformanceDisplay,
    OpenSetDisplay,
    RocDisplay,
)
from lineament.evaluation.embedding_map import EmbeddingMapDisplay, principal_components
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.gallery_displays import (
    EnrolmentDisplay,
    GallerySizeDisplay,
    by_amount,
    fpir_by_gallery_size,
)
from lineament.evaluation.score_evaluation import ScoreEvaluation
from lineament.metrics import expected_performance_curve, false_match_rate, false_non_match_rate
from tests.evaluation.test_figures import world


@pytest.fixture(scope="module")
def found() -> ScoreEvaluation:
    return evaluate_scores(world(), replicates=40)


def test_roc_and_det_are_the_same_curve_and_pass_through_true_rates(found: ScoreEvaluation) -> None:
    assert found.comparisons is not None
    lots = found.comparisons.comparisons
    roc = RocDisplay.from_comparisons({"a": found.comparisons}).bands["a"]
    det = DetDisplay.from_comparisons({"a": found.comparisons}).bands["a"]
    assert np.allclose(1 - roc.estimate[:-1], det.estimate)
    assert (roc.low <= roc.estimate).all()
    assert (roc.estimate <= roc.high).all()
    assert (np.diff(roc.low) >= 0).all()
    for threshold in (1.0, 2.0):
        at = false_match_rate(non_mated=lots.non_mated, threshold=threshold)
        missed = false_non_match_rate(mated=lots.mated, threshold=threshold)
        assert np.interp(np.log(at), np.log(det.x), det.estimate) == pytest.approx(missed, abs=0.02)


def test_cmc_dir_and_oscr_end_at_rank_one(found: ScoreEvaluation) -> None:
    assert found.searches is not None
    rank_one = found.figure("rank_1").estimate
    systems = {"a": found.searches}
    assert CmcDisplay.from_searches(systems).bands["a"].estimate[0] == rank_one
    assert CmcDisplay.from_searches(systems).bands["a"].estimate[-1] == 1.0
    assert DetectionDisplay.from_searches(systems).bands["a"].estimate[-1] == rank_one
    (name, band), = OpenSetDisplay.from_searches(systems).bands.items()  # fmt: skip
    assert name == f"a: area {found.figure('oscr').estimate:.3f}"
    assert band.estimate[-1] == rank_one


def test_epc_is_that_of_the_metric(found: ScoreEvaluation) -> None:
    other = evaluate_scores(world(seed=3, prefix="v"), replicates=10)
    assert found.comparisons is not None
    assert other.comparisons is not None
    validation, test = other.comparisons.comparisons, found.comparisons.comparisons
    display = ExpectedPerformanceDisplay.from_comparisons({"a": (validation, found.comparisons)}, points=5)
    expected = expected_performance_curve(
        mated=validation.mated,
        non_mated=validation.non_mated,
        test_mated=test.mated,
        test_non_mated=test.non_mated,
        costs=np.linspace(0, 1, 5),
    )
    assert np.allclose(display.bands["a"].estimate, expected)


@given(seed=st.integers(0, 30), size=st.integers(1, 6))
def test_fpir_by_gallery_size_is_the_mean_over_all_galleries(seed: int, size: int) -> None:
    from itertools import combinations

    table = np.random.default_rng(seed).normal(size=(5, 6))
    band = fpir_by_gallery_size(table, np.arange(5), threshold=0.8, sizes=[size], replicates=5)
    every = [(table[:, list(some)].max(axis=1) >= 0.8).mean() for some in combinations(range(6), size)]
    assert len(every) == comb(6, size)
    assert band.estimate[0] == pytest.approx(np.mean(every))


def test_galleries_larger_than_the_enrolled_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 2 subjects"):
        fpir_by_gallery_size([[0.1, 0.2]], ["a"], threshold=0.5, sizes=[3])


def test_all_references_give_the_figures_of_the_whole_gallery(found: ScoreEvaluation) -> None:
    bands = by_amount(world(), replicates=20)
    assert bands["Rank-1"].x.tolist() == [1.0, 2.0]
    assert bands["Rank-1"].estimate[-1] == pytest.approx(found.figure("rank_1").estimate)
    assert bands["open-set EER"].estimate[-1] == pytest.approx(found.figure("open_set_eer").estimate)
    assert bands["Rank-1"].estimate[0] < bands["Rank-1"].estimate[1]
    with pytest.raises(ScoreError, match="several references"):
        by_amount(world(references=1))


def test_a_map_keeps_distances_of_flat_data_and_says_what_it_shows() -> None:
    rng = np.random.default_rng(1)
    flat = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 16))
    places, shares = principal_components(flat)
    ours = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert np.allclose(ours, np.linalg.norm(flat[:, None] - flat[None], axis=2))
    assert shares.sum() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="a subject for each"):
        EmbeddingMapDisplay.from_embeddings(flat, ["a"])
    with pytest.raises(ValueError, match="at least two"):
        principal_components([[1.0, 2.0]])


def test_every_display_draws(found: ScoreEvaluation) -> None:
    one, many = found.comparisons, found.searches
    assert one is not None
    assert many is not None
    other = world()
    strangers = other.by_subject()[~other.known]
    displays = [
        RocDisplay.from_comparisons({"a": one, "b": one}),
        DetDisplay.from_comparisons({"a": one}),
        CmcDisplay.from_searches({"a": many}),
        DetectionDisplay.from_searches({"a": many}),
        OpenSetDisplay.from_searches({"a": many}),
        EnrolmentDisplay.from_scores(other, replicates=5),
        GallerySizeDisplay.from_strangers(strangers, np.arange(len(strangers)), thresholds={"t": 9.0}, replicates=5),
        EmbeddingMapDisplay.from_embeddings(strangers, np.arange(len(strangers)), enrolled=["1"]),
    ]
    for display in displays:
        ax = display.plot()
        assert ax.get_xlabel()
        assert ax.get_ylabel()
        assert ax.get_legend() is not None
