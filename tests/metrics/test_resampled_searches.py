from __future__ import annotations

import numpy as np
import pytest

from lineament.metrics import (
    ResampledSearches,
    area_under_roc,
    average_precisions,
    best_candidates,
    detection_identification_rate_at,
    equal_error_rate,
    false_negative_identification_rate,
    false_positive_identification_rate,
    false_positive_rate_at_95,
    mate_ranks,
    misidentification_rate,
    multiplicities,
    open_set_area,
    rank_rate,
    resampled_searches,
    selectivity,
    true_positive_rate_at,
)

REPLICATES, SEED = 60, 9


@pytest.fixture(name="world")
def make_world() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    known_people = np.repeat(np.arange(12), 5)
    known, strangers = rng.normal(size=(60, 12)), rng.normal(size=(63, 12))
    known[np.arange(60), known_people] += rng.normal(2.5, 1, 12)[known_people]
    return {
        "known": np.round(known, 1),
        "mates": known_people,
        "known_people": [f"known {person:02d}" for person in known_people],
        "strangers": np.round(strangers, 1),
        "stranger_people": np.repeat(np.arange(100, 121), 3),
    }


def test_each_replicate_is_the_figure_of_weighted_probes(
    world: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampled_searches, "LARGEST_STEP", 1000)  # several parts
    drawn = ResampledSearches(**world, replicates=REPLICATES, seed=SEED)
    known, mates, strangers = world["known"], world["mates"], world["strangers"]
    best, correct = best_candidates(scores=known, mates=mates)
    ranks, outside = mate_ranks(scores=known, mates=mates), strangers.max(axis=1)
    of_known = np.r_[np.ones((1, 12)), multiplicities(12, REPLICATES, (SEED, 0))]
    of_strangers = np.r_[np.ones((1, 21)), multiplicities(21, REPLICATES, (SEED, 1))]
    for k, (wk, ws) in enumerate(zip(of_known[:, mates], of_strangers[:, np.repeat(np.arange(21), 3)], strict=True)):
        sides = {"known_weights": wk, "stranger_weights": ws}
        scores = {"mated": best, "non_mated": outside, "mated_weights": wk, "non_mated_weights": ws}
        searches = {"scores": known, "mates": mates, "weights": wk}
        slow = {
            ("rank_rate", 2): rank_rate(ranks=ranks, rank=2, weights=wk),
            ("false_positive_identification_rate", 1.5): false_positive_identification_rate(
                scores=strangers, threshold=1.5, weights=ws
            ),
            ("false_negative_identification_rate", 1.5): false_negative_identification_rate(**searches, threshold=1.5),
            ("misidentification_rate", 1.5): misidentification_rate(**searches, threshold=1.5),
            ("selectivity", 1.0): selectivity(scores=known, threshold=1.0, weights=wk),
            ("detection_identification_rate_at", 0.1): detection_identification_rate_at(
                known=known, mates=mates, strangers=strangers, rate=0.1, **sides
            ),
            ("true_positive_rate_at", 0.1): true_positive_rate_at(**scores, rate=0.1),
            ("open_set_area",): open_set_area(known=best, correct=correct, strangers=outside, **sides),
            ("area_under_roc",): area_under_roc(**scores),
            ("open_set_equal_error_rate",): equal_error_rate(**scores),
            ("false_positive_rate_at_95",): false_positive_rate_at_95(known=best, strangers=outside, **sides),
        }
        for (name, *arguments), value in slow.items():
            figure = getattr(drawn, name)(*arguments)
            here = figure.estimate if k == 0 else figure.drawn[k - 1]
            assert here == pytest.approx(value, abs=1e-12), name


def test_bands_hold_their_curves(world: dict[str, np.ndarray]) -> None:
    drawn = ResampledSearches(**world, replicates=200)
    for band in (drawn.cumulative_match_band([1, 2, 5]), drawn.open_set_band([0.01, 0.1, 0.5])):
        assert (band.low <= band.estimate).all()
        assert (band.estimate <= band.high).all()
        assert (np.diff(band.estimate) >= 0).all()
    assert drawn.cumulative_match_band([1]).estimate[0] == drawn.rank_rate(1).estimate
    assert drawn.open_set_band([0.1]).estimate[0] == drawn.detection_identification_rate_at(0.1).estimate


def test_a_closed_set_has_no_strangers(world: dict[str, np.ndarray]) -> None:
    closed = ResampledSearches(known=world["known"], mates=world["mates"], known_people=world["known_people"])
    assert closed.rank_rate(12).interval().high == 1.0
    assert np.isnan(closed.open_set_area().estimate)
    assert closed.open_set_area().interval().as_json()["estimate"] is None


def test_the_mean_average_precision_leaves_out_queries_without_mates(world: dict[str, np.ndarray]) -> None:
    relevant = world["mates"][:, None] == np.arange(12)[None]
    relevant[:5] = False
    each = average_precisions(scores=world["known"], relevant=relevant)
    drawn = ResampledSearches(**world).known_mean(each)
    assert drawn.estimate == pytest.approx(np.nanmean(each))
    assert drawn.interval().low < drawn.estimate < drawn.interval().high


def test_nobody_taken_in_is_not_the_same_as_never(world: dict[str, np.ndarray]) -> None:
    drawn = ResampledSearches(**world)
    assert drawn.false_positive_identification_rate(99.0).interval().high == pytest.approx(0.161, abs=1e-3)  # 21 people


def test_shapes_that_disagree_are_refused(world: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="same gallery"):
        ResampledSearches(**{**world, "strangers": np.zeros((63, 5))})
    with pytest.raises(ValueError, match="a person for each"):
        ResampledSearches(**{**world, "stranger_people": np.zeros(5)})


def test_candidates_may_be_put_in_order_by_something_else_than_their_score() -> None:
    """Votes choose the second subject, whose score is the lower: the threshold is held against that score."""
    drawn = ResampledSearches(
        known=[[0.9, 0.4], [0.2, 0.7]],
        mates=[1, 1],
        known_people=["a", "b"],
        strangers=[[0.8, 0.1]],
        stranger_people=["c"],
        known_ranking=[[1, 5], [2, 4]],
        stranger_ranking=[[0, 3]],
        replicates=10,
    )
    assert drawn.rank_rate(1).estimate == 1.0
    assert drawn.best.tolist() == [0.4, 0.7]
    assert drawn.false_positive_identification_rate(0.2).estimate == 0.0
    with pytest.raises(ValueError, match="shape of the scores"):
        ResampledSearches(known=[[0.1, 0.2]], mates=[0], known_people=["a"], known_ranking=[[1]])
