from __future__ import annotations

import numpy as np
import pytest

from lineament.metrics import (
    ResampledComparisons,
    area_under_roc,
    comparisons,
    convex_hull_equal_error_rate,
    decidability,
    detection_cost,
    equal_error_rate,
    false_match_rate,
    false_non_match_rate,
    false_non_match_rate_at,
    half_total_error_rate,
    log_likelihood_ratio_cost,
    minimum_detection_cost,
    minimum_log_likelihood_ratio_cost,
    multiplicities,
    person_pairs,
)
from lineament.metrics.replicates import Resampled

REPLICATES, SEED = 40, 5


def make_world(people: int, samples: int, decimals: int, seed: int) -> dict[str, np.ndarray]:
    """Two hands a person; a hand of one is compared with those of others, some comparisons are missing."""
    rng = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(2 * people), samples)
    scores = rng.normal(size=(len(subjects), len(subjects))) + 2 * (subjects[:, None] == subjects[None])
    scores += rng.normal(size=2 * people)[subjects][:, None]
    scores[rng.random(scores.shape) < 0.05] = np.nan
    return {
        "scores": np.round(scores, decimals),
        "probe_subjects": subjects,
        "reference_subjects": subjects,
        "probe_people": subjects // 2,
        "reference_people": subjects // 2,
    }


@pytest.fixture(params=[(9, 3, 0), (25, 2, 6)], ids=["few distinct scores", "all different"])
def world(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    return make_world(*request.param, seed=3)


FIGURES = {
    "equal_error_rate": (equal_error_rate, {}),
    "false_non_match_rate_at": (false_non_match_rate_at, {"rate": 0.01}),
    "half_total_error_rate": (half_total_error_rate, {"threshold": 1.5}),
    "decidability": (decidability, {}),
    "log_likelihood_ratio_cost": (log_likelihood_ratio_cost, {}),
    "detection_cost": (detection_cost, {"threshold": 1.0, "prior": 0.2}),
    "area_under_roc": (area_under_roc, {}),
    "minimum_detection_cost": (minimum_detection_cost, {"prior": 0.2}),
    "minimum_log_likelihood_ratio_cost": (minimum_log_likelihood_ratio_cost, {}),
    "convex_hull_equal_error_rate": (convex_hull_equal_error_rate, {}),
}
FROM_CUTS = {
    "area_under_roc",
    "minimum_detection_cost",
    "minimum_log_likelihood_ratio_cost",
    "convex_hull_equal_error_rate",
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_replicate_is_the_figure_of_weighted_scores(world: dict[str, np.ndarray], name: str) -> None:
    """The slow way: a weight for every comparison, w_i of a mated one, w_i w_j of another."""
    figure, options = FIGURES[name]
    drawn = getattr(ResampledComparisons(**world, replicates=REPLICATES, seed=SEED), name)(**options)
    found = comparisons(**world)
    slow = []
    for times in [np.ones(len(found.people)), *multiplicities(len(found.people), REPLICATES, (SEED, 0))]:
        weights = {
            "mated_weights": times[found.mated_people],
            "non_mated_weights": times[found.probe_people] * times[found.reference_people],
        }
        slow.append(figure(mated=found.mated, non_mated=found.non_mated, **weights, **options))
    assert drawn.estimate == pytest.approx(slow[0], abs=1e-9)
    spread = np.std(slow)
    tolerance = 0.25 * spread if name in FROM_CUTS and len(found.people) > 9 else 1e-9
    assert np.abs(drawn.drawn - slow[1:]).max() <= tolerance


def test_long_stretches_are_split_until_they_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(25, 2, 6, seed=3)
    whole = ResampledComparisons(**world, replicates=REPLICATES, seed=SEED)
    monkeypatch.setattr(person_pairs, "LARGEST_STEP", 20)
    split = ResampledComparisons(**world, replicates=REPLICATES, seed=SEED)
    assert split.equal_error_rate().drawn == pytest.approx(whole.equal_error_rate().drawn, abs=1e-12)
    for rate in (0.0, 0.01, 0.3):
        drawn = split.false_non_match_rate_at(rate).drawn
        assert drawn == pytest.approx(whole.false_non_match_rate_at(rate).drawn, abs=1e-12)


def test_rates_at_a_threshold_and_what_is_printed_beside_them(world: dict[str, np.ndarray]) -> None:
    drawn, found = ResampledComparisons(**world, replicates=REPLICATES), comparisons(**world)
    fmr, fnmr = drawn.per_comparison(1.0)
    assert drawn.false_match_rate(1.0).estimate == pytest.approx(fmr.estimate)
    assert fmr.estimate == pytest.approx(false_match_rate(non_mated=found.non_mated, threshold=1.0))
    assert drawn.false_non_match_rate(1.0).estimate == pytest.approx(fnmr.estimate)
    assert fnmr.estimate == pytest.approx(false_non_match_rate(mated=found.mated, threshold=1.0))
    wide, narrow = drawn.false_match_rate(1.0).interval(), fmr
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_no_error_among_sixty_people_does_not_mean_none() -> None:
    people = np.arange(60)
    drawn = ResampledComparisons(scores=np.eye(60), probe_subjects=people, reference_subjects=people)
    assert str(drawn.false_match_rate(0.5).interval()) == "0.000 [0.000, 0.060]"
    assert str(drawn.false_non_match_rate(0.5).interval()) == "0.000 [0.000, 0.060]"
    assert str(drawn.equal_error_rate().interval()) == "0.000 [0.000, 0.060]"
    assert str(drawn.true_positive_rate_at(0.01).interval()) == "1.000 [0.940, 1.000]"


def test_two_systems_are_compared_on_the_same_people() -> None:
    better, worse = make_world(25, 2, 6, seed=3), make_world(25, 2, 6, seed=3)
    better["scores"] = better["scores"] + 0.3 * (better["probe_subjects"][:, None] == better["reference_subjects"])
    ours, theirs = (ResampledComparisons(**w, replicates=400, seed=1).equal_error_rate() for w in (better, worse))
    gain = (theirs - ours).interval()
    assert gain.estimate == pytest.approx(theirs.estimate - ours.estimate)
    assert gain.excludes_zero
    apart = theirs.interval()
    assert gain.high - gain.low < 0.7 * (apart.high - apart.low)
    with pytest.raises(ValueError, match="same people"):
        ours - ResampledComparisons(**worse, replicates=400, seed=2).equal_error_rate()


def test_the_band_of_the_roc_holds_the_curve() -> None:
    world = make_world(25, 2, 6, seed=3)
    drawn = ResampledComparisons(**world, replicates=200)
    band = drawn.roc_band([0.01, 0.1, 0.5])
    assert (band.low <= band.estimate).all()
    assert (band.estimate <= band.high).all()
    assert (np.diff(band.estimate) <= 0).all()
    assert band.estimate[1] == pytest.approx(drawn.false_non_match_rate_at(0.1).estimate, abs=0.02)


def test_one_kind_of_comparison_is_not_enough() -> None:
    with pytest.raises(ValueError, match="at least one mated"):
        ResampledComparisons(scores=[[1.0]], probe_subjects=["a"], reference_subjects=["a"])


def test_replicates_without_mated_people_are_left_out() -> None:
    """Strangers only probe: where the one enrolled person is not drawn there is no FNMR, and no pair either."""
    drawn = ResampledComparisons(
        scores=[[0.9], [0.1], [0.2], [0.4]], probe_subjects=["a", "b", "c", "d"], reference_subjects=["a"]
    )
    eer = drawn.equal_error_rate()
    assert np.isnan(eer.drawn).any()
    assert eer.interval().high < 1.0
    assert isinstance(eer, Resampled)
