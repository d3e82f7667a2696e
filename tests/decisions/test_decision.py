from __future__ import annotations

import json

import numpy as np
import pytest

from lineament.decisions import Calibration, build_match_rule, identify, verify
from lineament.errors import GalleryError
from lineament.gallery import MemoryGallery


@pytest.fixture
def gallery() -> MemoryGallery:
    made = MemoryGallery(3)
    made.enrol("anna", [[1, 0, 0], [1, 0.1, 0]])
    made.enrol("ben", [[0, 1, 0]])
    made.enrol("cleo", [[0, 0, 1]])
    return made


PROTOTYPE = build_match_rule("prototype")


def test_known_people_are_named(gallery: MemoryGallery) -> None:
    decision = identify([[0.1, 1, 0], [0, 1, 0.1]], gallery, PROTOTYPE, Calibration(0.9, {"name": "prototype"}))
    assert (decision.subject, decision.outcome) == ("ben", "identified")
    assert decision.score >= decision.threshold.value == 0.9
    assert decision.candidates[0][0] == "ben"
    assert decision.candidates[0][1] == decision.score
    assert decision.doubts == ()


def test_strangers_are_unknown(gallery: MemoryGallery) -> None:
    decision = identify([[1, 1, 1]], gallery, PROTOTYPE, Calibration(0.9))
    assert (decision.subject, decision.outcome) == (None, "unknown")
    assert decision.score < 0.9
    assert len(decision.candidates) == len(decision.support) == 3


def test_a_score_at_the_threshold_is_accepted(gallery: MemoryGallery) -> None:
    score = identify([[0.2, 1, 0]], gallery, PROTOTYPE, Calibration(0.0)).score
    assert identify([[0.2, 1, 0]], gallery, PROTOTYPE, Calibration(score)).outcome == "identified"
    assert identify([[0.2, 1, 0]], gallery, PROTOTYPE, Calibration(np.nextafter(score, 2))).outcome == "unknown"


def test_the_rule_says_who_and_the_score_says_whether() -> None:
    # Anna has the nearest templates to two of three windows, yet the mean of the windows lies nearer to ben.
    gallery = MemoryGallery(2, "euclidean")
    gallery.enrol("anna", [[0, 0], [0, 1], [0, -1]])
    gallery.enrol("ben", [[9, 0]])
    probe = [[0, 0], [0, 1], [20, 0]]
    vote = build_match_rule({"name": "knn_vote", "k": 1})
    assert identify(probe, gallery, PROTOTYPE, Calibration(-100)).subject == "ben"
    decision = identify(probe, gallery, vote, Calibration(-100))
    assert decision.subject == "anna"
    assert decision.score == pytest.approx(-np.hypot(20 / 3, 1 / 3))
    assert decision.support == pytest.approx((2 / 3, 1 / 3), abs=0.17)
    assert identify(probe, gallery, vote, Calibration(-5)).outcome == "unknown"


def test_as_many_candidates_as_asked_for(gallery: MemoryGallery) -> None:
    for asked, given in ((1, 1), (2, 2), (9, 3), (0, 1)):
        assert len(identify([[1, 0, 0]], gallery, PROTOTYPE, Calibration(0.5), candidates=asked).candidates) == given


def test_doubts_come_along(gallery: MemoryGallery) -> None:
    calibration = Calibration(0.5, {"name": "knn_vote"}, gallery_size=2, use_time_s=60)
    decision = identify([[1, 0, 0]], gallery, PROTOTYPE, calibration, use_time_s=10)
    assert len(decision.doubts) == 3
    assert len(verify([[1, 0, 0]], gallery, "anna", calibration, use_time_s=10).doubts) == 1


def test_verification(gallery: MemoryGallery) -> None:
    yes = verify([[0, 1, 0.1]], gallery, "ben", Calibration(0.9))
    no = verify([[0, 1, 0.1]], gallery, "anna", Calibration(0.9))
    assert (yes.accepted, no.accepted) == (True, False)
    assert yes.score == pytest.approx(1 / np.hypot(1, 0.1))
    with pytest.raises(GalleryError, match="use 'anna'"):
        verify([[0, 1, 0]], gallery, "Anna", Calibration(0.9))


def test_json(gallery: MemoryGallery) -> None:
    decision = identify([[1, 1, 1]], gallery, PROTOTYPE, Calibration(0.9))
    content = json.loads(json.dumps(decision.to_json()))
    assert content["subject"] is None
    assert content["outcome"] == "unknown"
    assert [set(candidate) for candidate in content["candidates"]] == [{"subject", "score", "support"}] * 3
    said = json.loads(json.dumps(verify([[1, 0, 0]], gallery, "anna", Calibration(0.9)).to_json()))
    assert said["accepted"] is True


def test_nobody_and_nothing(gallery: MemoryGallery) -> None:
    with pytest.raises(GalleryError, match="empty gallery"):
        identify([[1, 0, 0]], MemoryGallery(3), PROTOTYPE, Calibration(0.9))
    with pytest.raises(GalleryError, match="empty gallery"):
        verify([[1, 0, 0]], MemoryGallery(3), "anna", Calibration(0.9))
    with pytest.raises(GalleryError, match="at least one embedding"):
        identify(np.empty((0, 3)), gallery, PROTOTYPE, Calibration(0.9))
