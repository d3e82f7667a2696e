from __future__ import annotations

import json

import numpy as np
import pytest

from lineament.datasets.simulate.embeddings import EmbeddingPopulation
from lineament.decisions import Calibration, build_match_rule, identify, verify
from lineament.decisions.decision import _first
from lineament.errors import EncoderError, GalleryError
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


@pytest.fixture(scope="module")
def many() -> tuple[MemoryGallery, Calibration]:
    """Three hundred simulated people enrolled, and a calibration on six hundred others."""
    people = EmbeddingPopulation(seed=7)
    gallery = MemoryGallery(people.dim)
    for number, prototype in enumerate(people.prototypes(0, 300)):
        gallery.enrol(f"p{number}", prototype[None])
    others = people.prototypes(1000, 300)
    mates = (people.probes(1000, 300) * others).sum(axis=1)
    return gallery, Calibration.fit(mates, people.probes(2000, 300) @ others.T, match_rule={"name": "prototype"})


class TestPromises:
    """What is asked for, is what a decision carries."""

    def test_a_decision_carries_them(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        probe = EmbeddingPopulation(seed=7).probes(3, 1)
        said = identify(probe, gallery, PROTOTYPE, calibration, fpir=0.02, review_fpir=0.3)
        assert (said.threshold.criterion, said.threshold.target, said.threshold.gallery_size) == ("fpir", 0.02, 300)
        assert said.threshold.calibration == calibration.id
        assert said.llr == calibration.llr([said.score])[0]
        content = json.loads(json.dumps(said.to_json()))
        assert (content["target"], content["gallery_size"], content["calibration"]) == (0.02, 300, calibration.id)
        assert content["review"] < content["threshold"]
        low, high = content["interval"]
        assert low < 0.02 < high
        own = identify(probe, gallery, PROTOTYPE, calibration).threshold
        assert (own.criterion, own.target) == ("fpir", calibration.target_fpir)

    def test_confidence_costs_a_higher_threshold(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        probe = gallery.prototypes()[:1]
        usual = identify(probe, gallery, PROTOTYPE, calibration, fpir=0.02).threshold
        sure = identify(probe, gallery, PROTOTYPE, calibration, fpir=0.02, confidence=0.95).threshold
        assert sure.value > usual.value
        assert sure.confidence == 0.95
        one = verify(probe, gallery, "p0", calibration, fmr=0.01, confidence=0.95).threshold
        assert one.value > calibration.threshold(fmr=0.01).value
        with pytest.raises(EncoderError, match="one fixed threshold"):
            identify(probe, gallery, PROTOTYPE, Calibration(0.5), confidence=0.9)

    def test_three_outcomes(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        strict, loose = (calibration.threshold(fpir=rate, gallery_size=300).value for rate in (0.02, 0.3))
        first = gallery.prototypes()[0]
        aside = np.linalg.svd(gallery.prototypes())[2][-1]  # a direction hardly anybody has
        aside -= (aside @ first) * first
        for score, outcome, subject in (
            (strict + 0.01, "identified", "p0"), ((strict + loose) / 2, "review", None), (0.0, "unknown", None),
        ):  # fmt: skip
            probe = score * first + np.sqrt(1 - score**2) * aside / np.linalg.norm(aside)
            said = identify(probe[None], gallery, PROTOTYPE, calibration, fpir=0.02, review_fpir=0.3)
            assert (said.outcome, said.subject) == (outcome, subject), said.score
            assert outcome == "unknown" or said.candidates[0][0] == "p0"

    def test_strangers_are_named_at_the_rate_that_was_asked_for(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        strangers = EmbeddingPopulation(seed=7).probes(50_000, 400)
        said = [identify(probe[None], gallery, PROTOTYPE, calibration, fpir=0.1) for probe in strangers]
        assert 0.05 < np.mean([one.subject is not None for one in said]) < 0.17

    def test_a_claim_is_a_comparison_of_one_with_one(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        probe = EmbeddingPopulation(seed=7).probes(3, 1)
        said = verify(probe, gallery, "p3", calibration, fmr=0.001)
        assert (said.threshold.criterion, said.threshold.target, said.threshold.gallery_size) == ("fmr", 0.001, 1)
        assert said.threshold.value < calibration.threshold(fpir=0.001, gallery_size=300).value
        assert said.score == pytest.approx(identify(probe, gallery, PROTOTYPE, calibration).score, abs=1e-6)
        assert said.accepted
        assert said.llr is not None

    def test_the_rule_of_the_calibration_compares(self) -> None:
        gallery = MemoryGallery(2)
        gallery.enrol("anna", [[1, 0], [0, 1]])
        by_best = Calibration(0.9, {"name": "top_mean", "k": 1})
        assert verify([[1, 0]], gallery, "anna", by_best).accepted
        assert not verify([[1, 0]], gallery, "anna", by_best, rule=PROTOTYPE).accepted

    def test_what_was_never_measured_promises_nothing(self, gallery: MemoryGallery) -> None:
        said = identify([[1, 0, 0]], gallery, PROTOTYPE, Calibration(0.5))
        assert (said.threshold.criterion, said.threshold.target, said.llr) == ("fixed", None, None)

    def test_what_cannot_be_promised_is_refused(self, many: tuple[MemoryGallery, Calibration]) -> None:
        gallery, calibration = many
        probe = gallery.prototypes()[:1]
        with pytest.raises(EncoderError, match="strangers"):
            identify(probe, gallery, PROTOTYPE, calibration, fpir=1e-9)
        with pytest.raises(EncoderError, match=r"review: an FPIR above 0\.1"):
            identify(probe, gallery, PROTOTYPE, calibration, fpir=0.1, review_fpir=0.05)
        with pytest.raises(EncoderError, match="one fixed threshold"):
            identify(probe, gallery, PROTOTYPE, Calibration(0.5), fpir=0.01)
        with pytest.raises(EncoderError, match="between 0 and 1"):
            verify(probe, gallery, "p0", calibration, fmr=2.0)


def test_the_first_candidates_are_those_of_a_plain_sort() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        size = int(rng.integers(1, 30))
        support, scores = rng.integers(0, 4, size).astype(float), rng.integers(0, 5, size).astype(float)
        for count in (1, 3, 5, 40):
            found = _first(support, scores, count)
            plain = np.lexsort((-scores, -support))[:count]
            assert support[found].tolist() == support[plain].tolist()
            assert scores[found].tolist() == scores[plain].tolist()
            assert len(set(found)) == len(found)


def test_nobody_and_nothing(gallery: MemoryGallery) -> None:
    with pytest.raises(GalleryError, match="empty gallery"):
        identify([[1, 0, 0]], MemoryGallery(3), PROTOTYPE, Calibration(0.9))
    with pytest.raises(GalleryError, match="empty gallery"):
        verify([[1, 0, 0]], MemoryGallery(3), "anna", Calibration(0.9))
    with pytest.raises(GalleryError, match="at least one embedding"):
        identify(np.empty((0, 3)), gallery, PROTOTYPE, Calibration(0.9))
