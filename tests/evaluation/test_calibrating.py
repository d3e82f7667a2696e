"""Calibrations from validation people, against slow oracles and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.decisions import build_match_rule, identify
from lineament.decisions.calibration_strangers import StrangerModel
from lineament.evaluation.calibrating import calibrate, enrol_and_use, validation_scores
from lineament.evaluation.tracks import Track
from lineament.gallery import MemoryGallery, Metric
from lineament.gallery.enrolment import METRICS
from lineament.recipes.components import Component, KnnVote, Prototype, PrototypeKnn, TopMean
from tests.training.test_validation import crowd, track


def test_the_first_session_is_enrolled_and_the_others_used() -> None:
    enrolled, used = enrol_and_use(crowd(2, 3))
    assert [one.key for one in enrolled] == [("p0", "1"), ("p1", "1")]
    assert [one.key for one in used] == [("p0", "2"), ("p0", "3"), ("p1", "2"), ("p1", "3")]


def test_halves_of_one_session_share_no_frame() -> None:
    (only,) = crowd(1, 1, windows=31)
    (enrolled,), (used,) = enrol_and_use([only])
    assert enrolled.stop <= used.starts[0] + 1e-6
    assert len(enrolled) + len(used) == 31 - 3
    assert used.stop == only.stop


def test_a_recording_of_one_window_is_enrolled_alone() -> None:
    enrolled, used = enrol_and_use([track("a", "1", np.ones((1, 2)))])
    assert len(enrolled) == 1
    assert not used


@pytest.mark.parametrize("rule", [KnnVote(k=5), Prototype(), TopMean(k=2), PrototypeKnn(k=2)], ids=str)
@pytest.mark.parametrize("metric", METRICS)
def test_every_probe_is_a_stranger_to_the_gallery_of_all_the_others(rule: Component, metric: Metric) -> None:
    tracks = crowd(4, 2, windows=12)
    enrolled, used = enrol_and_use(tracks)
    scores = validation_scores(enrolled, used, rule, metric=metric, use_s=6.0)
    assert scores is not None
    matcher, rows, known, people = build_match_rule(rule), [], [], []
    for one in used:
        for outside in (True, False):
            gallery = MemoryGallery(6, metric)
            for other in enrolled:
                if not (outside and other.subject == one.subject):
                    gallery.enrol(other.subject, other.vectors)
            for start in (0, 6):  # probes of 6 s: three windows of 4 s, one second apart
                said = matcher.comparison(one.vectors[start : start + 3], gallery)
                if outside:
                    rows.append(said)
                    people.append(one.subject)
                else:
                    known.append(said[gallery.index(one.subject)])
    np.testing.assert_allclose(scores.known, known, atol=1e-5)
    assert (scores.people, scores.subjects, scores.others) == (tuple(people), ("p0", "p1", "p2", "p3"), 3)
    for who, said, row in zip(people, scores.strangers, rows, strict=True):
        own = scores.subjects.index(who)
        np.testing.assert_allclose(np.delete(said, own), row, atol=1e-5)
        assert said[own] in np.delete(said, own)  # another score of the same probe


def test_nobody_is_a_stranger_to_another_hand_of_theirs() -> None:
    tracks = [
        track(f"{who}-{hand}", session, vectors)
        for (who, hand), vectors in zip(
            [("a", "left"), ("a", "right"), ("b", "left"), ("c", "left")], np.eye(4)[:, None], strict=True
        )
        for session in "12"
    ]
    persons = {one.subject: one.subject[0] for one in tracks}
    scores = validation_scores(*enrol_and_use(tracks), Prototype(), use_s=4.0, persons=persons)
    assert scores is not None
    assert scores.known.tolist() == [1, 1, 1, 1]
    assert (scores.strangers.shape, scores.others) == ((4, 4), 2)  # a has two others, b and c have three
    assert (scores.strangers == 0).all()
    assert (scores.people, scores.subjects) == (("a", "a", "b", "c"),) * 2


def test_probes_of_people_who_are_not_enrolled_are_strangers_alone() -> None:
    enrolled, used = enrol_and_use(crowd(5, 2))
    inside = [one for one in enrolled if one.subject != "p4"]
    scores = validation_scores(inside, used, Prototype(), use_s=60.0)
    assert scores is not None
    assert (len(scores.known), scores.strangers.shape, scores.others) == (4, (5, 4), 3)


def test_who_is_on_both_sides_is_weighed_once() -> None:
    """Where some people are like everybody, as strangers and enrolled alike, two independent draws say too little."""
    rng, people = np.random.default_rng(0), 60
    own = rng.standard_normal(people)
    table = own[:, None] + own + 0.5 * rng.standard_normal((people, people))
    spread = [
        np.log(StrangerModel.fit(table, subjects=subjects, scale="plain").drawn_rates(1.0, 1)).std()
        for subjects in (None, range(people))
    ]
    assert 1.2 < spread[1] / spread[0] < 1.7  # twice the variance


@pytest.mark.parametrize("tracks", [[], crowd(1), crowd(3, 1, windows=1)], ids=["none", "one person", "no probes"])
def test_nothing_to_calibrate_on_gives_none(tracks: list[Track]) -> None:
    assert calibrate(tracks, KnnVote()) is None


def test_the_threshold_refuses_strangers_at_the_wanted_rate() -> None:
    tracks = crowd(6, 4, windows=40, noise=0.8)
    calibration = calibrate(tracks, KnnVote(k=5), use_s=10.0, target_fpir=0.1)
    assert calibration is not None
    assert calibration.gallery_size == 5
    assert calibration.use_time_s == 10.0
    assert calibration.fpir is not None
    assert calibration.fpir <= 0.1
    assert calibration.fnir is not None
    assert calibration.fnir < 0.5
    # each of 6 people has 3 recordings of 4 spans that follow one another
    assert calibration.non_mated == calibration.mated == 6 * 3 * 4
    stranger_and_mate = []
    for outside in (True, False):
        gallery = MemoryGallery(6)
        for one in tracks:
            if one.session == "1" and (one.subject != "p0" or not outside):
                gallery.enrol(one.subject, one.vectors)
        probe = next(one for one in tracks if one.key == ("p0", "2"))
        said = identify(probe.vectors[:7], gallery, build_match_rule(KnnVote(k=5)), calibration)
        stranger_and_mate.append(said.outcome)
    assert stranger_and_mate == ["unknown", "identified"]
