"""Agreement with bob.measure 6.1.1 to 1e-9 (tests/golden/make_bob_measure.py made the file)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lineament.metrics import (
    cumulative_match_curve,
    error_curve,
    expected_performance_curve,
    false_match_rate,
    false_negative_identification_rate,
    false_non_match_rate,
    false_non_match_rate_at,
    false_positive_identification_rate,
    half_total_error_rate,
    log_likelihood_ratio_cost,
    mate_ranks,
    rank_rate,
    threshold_at_equal_error_rate,
    threshold_at_false_match_rate,
    threshold_at_minimum_error,
)

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden" / "bob_measure.npz"))
WORLDS = ("continuous", "tied", "poor", "apart")
close = pytest.approx


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    start = f"{request.param}/"
    return {key.removeprefix(start): value for key, value in GOLDEN.items() if key.startswith(start)}


def test_rates_at_thresholds(world: dict[str, np.ndarray]) -> None:
    for threshold, (far, frr) in zip(GOLDEN["thresholds"], world["farfrr"], strict=True):
        assert false_match_rate(non_mated=world["non_mated"], threshold=threshold) == close(far, abs=1e-9)
        assert false_non_match_rate(mated=world["mated"], threshold=threshold) == close(frr, abs=1e-9)


def test_its_equal_error_rate_is_our_half_total_error_at_the_nearest_threshold(world: dict[str, np.ndarray]) -> None:
    scores = {"mated": world["mated"], "non_mated": world["non_mated"]}
    threshold = threshold_at_equal_error_rate(**scores)
    assert half_total_error_rate(**scores, threshold=threshold) == close(float(world["eer"]), abs=1e-9)


def test_every_point_of_its_roc_lies_on_our_curve(world: dict[str, np.ndarray]) -> None:
    curve = error_curve(mated=world["mated"], non_mated=world["non_mated"])
    ours = np.stack([curve.false_match, curve.false_non_match])
    # some of its thresholds lie a hair beside a score: their rates are those of our curve all the same
    distance = np.abs(world["roc"][:, :, None] - ours[:, None, :]).max(axis=0).min(axis=1)
    assert distance.max() < 1e-9


def test_det_axes(world: dict[str, np.ndarray]) -> None:
    """Its normal deviates are a rational approximation, good to 1e-7; the rates agree to 1e-9."""
    inside = (world["roc"] > 1e-6) & (world["roc"] < 1 - 1e-6)
    curve = error_curve(mated=world["mated"], non_mated=world["non_mated"])
    x, _ = curve.probit()
    at = np.abs(world["roc"][0][:, None] - curve.false_match[None]).argmin(axis=1)
    assert x[at][inside[0]] == close(world["det"][0][inside[0]], abs=1e-7)


def test_fnmr_at_fmr(world: dict[str, np.ndarray]) -> None:
    """Its threshold is the lowest *non-mated* score that will do; ours the lowest of all: never a higher FNMR."""
    scores = {"mated": world["mated"], "non_mated": world["non_mated"]}
    for rate, theirs, (_, frr) in zip(GOLDEN["rates"], world["far_threshold"], world["roc_for_far"].T, strict=True):
        ours = threshold_at_false_match_rate(non_mated=world["non_mated"], rate=rate)
        reached = [false_match_rate(non_mated=world["non_mated"], threshold=t) for t in (ours, theirs)]
        assert reached[0] == close(reached[1], abs=1e-9)
        assert ours <= theirs
        fnmr = false_non_match_rate_at(**scores, rate=rate)
        assert fnmr == close(false_non_match_rate(mated=world["mated"], threshold=ours), abs=1e-9)
        between = ((world["mated"] >= ours) & (world["mated"] < theirs)).mean()
        assert fnmr + between == close(frr, abs=1e-9)


def test_threshold_of_the_least_weighted_error(world: dict[str, np.ndarray]) -> None:
    for cost, theirs in zip(GOLDEN["costs"], world["min_weighted"], strict=True):
        ours = threshold_at_minimum_error(mated=world["mated"], non_mated=world["non_mated"], cost=cost)
        errors = [
            cost * false_match_rate(non_mated=world["non_mated"], threshold=t)
            + (1 - cost) * false_non_match_rate(mated=world["mated"], threshold=t)
            for t in (ours, theirs)
        ]
        assert errors[0] == close(errors[1], abs=1e-9)


def test_expected_performance_curve(world: dict[str, np.ndarray]) -> None:
    """Where everything between the two sides costs nothing, its threshold for cost 0 accepts the highest non-mated."""
    costs, theirs = world["epc"]
    ours = expected_performance_curve(
        mated=world["mated"],
        non_mated=world["non_mated"],
        test_mated=world["test_mated"],
        test_non_mated=world["test_non_mated"],
        costs=costs,
    )
    first = int(world["mated"].min() > world["non_mated"].max())
    assert ours[first:] == close(theirs[first:], abs=1e-9)


def test_log_likelihood_ratio_cost(world: dict[str, np.ndarray]) -> None:
    cost = log_likelihood_ratio_cost(mated=world["mated"], non_mated=world["non_mated"])
    assert cost == close(float(world["cllr"]), abs=1e-9)


def test_searches() -> None:
    scores, mates = GOLDEN["searches/scores"], GOLDEN["searches/mates"]
    known, strangers = scores[mates >= 0], scores[mates < 0]
    mates = mates[mates >= 0]
    ranks = mate_ranks(scores=known, mates=mates)
    cmc = cumulative_match_curve(ranks=ranks, gallery_size=12)
    assert cmc == close(GOLDEN["searches/cmc"], abs=1e-9)
    assert rank_rate(ranks=ranks, rank=5) == close(GOLDEN["searches/cmc"][4], abs=1e-9)
    for k, threshold in enumerate(GOLDEN["thresholds"]):
        for j, rank in enumerate(GOLDEN["ranks"]):
            fnir = false_negative_identification_rate(scores=known, mates=mates, threshold=threshold, rank=int(rank))
            assert 1 - fnir == close(GOLDEN["searches/dir"][j, k], abs=1e-9)
        fpir = false_positive_identification_rate(scores=strangers, threshold=threshold)
        assert fpir == close(GOLDEN["searches/false_alarm"][k], abs=1e-9)
