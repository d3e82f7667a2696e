"""The figures and the threshold of validation, against slow oracles and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.decisions import build_match_rule, identify
from lineament.decisions.calibration import Calibration
from lineament.evaluation.tracks import Track
from lineament.gallery import MemoryGallery
from lineament.recipes.components import Component, KnnVote, Prototype
from lineament.training.validation import (
    calibrate,
    classification_accuracy,
    enrol_and_use,
    identification_accuracy,
)


def track(subject: str, session: str, vectors: np.ndarray, window_s: float = 4.0) -> Track:
    return Track(subject, session, np.arange(len(vectors), dtype=float), window_s, vectors.astype(np.float32))


def crowd(people: int = 4, sessions: int = 3, windows: int = 30, noise: float = 1.5) -> list[Track]:
    rng = np.random.default_rng(0)
    own = 2 * rng.standard_normal((people, 6))
    return [
        track(f"p{who}", str(when), own[who] + noise * rng.standard_normal((windows, 6)))
        for who in range(people)
        for when in range(1, sessions + 1)
    ]


@pytest.mark.parametrize("rule", [KnnVote(k=7), KnnVote(k=7, soft=False), Prototype()], ids=str)
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_accuracy_is_that_of_identifying_each_span(rule: Component, metric: str) -> None:
    tracks, use_s = crowd(6, noise=5.0), 10.0
    gallery = MemoryGallery(6, metric)  # type: ignore[arg-type]
    for one in tracks:
        if one.session == "1":
            gallery.enrol(one.subject, one.vectors)
    right: dict[str, list[bool]] = {}
    for one in tracks:
        if one.session == "1":
            continue
        for start in range(len(one)):
            windows = [k for k in range(len(one)) if k >= start and k + 4 <= start + use_s]
            if start + use_s <= len(one) - 1 + 4:
                said = identify(one.vectors[windows], gallery, build_match_rule(rule), Calibration(fixed=-99.0))
                right.setdefault(one.subject, []).append(said.candidates[0][0] == one.subject)
    wanted = np.mean([np.mean(answers) for answers in right.values()])
    assert 0.2 < wanted < 1
    got = identification_accuracy(tracks, rule, metric=metric, use_s=use_s)  # type: ignore[arg-type]
    assert got == pytest.approx(wanted)


def test_a_recording_shorter_than_the_use_time_is_one_span() -> None:
    tracks = crowd(noise=0.1)
    assert identification_accuracy(tracks, KnnVote()) == 1.0


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


@pytest.mark.parametrize("tracks", [[], crowd(1), crowd(3, 1, windows=1)], ids=["none", "one person", "no probes"])
def test_nothing_to_identify_gives_none(tracks: list[Track]) -> None:
    assert identification_accuracy(tracks, KnnVote()) is None
    assert calibrate(tracks, KnnVote()) is None


def test_the_threshold_refuses_strangers_at_the_wanted_rate() -> None:
    tracks = crowd(6, 4, windows=40, noise=0.8)
    calibration = calibrate(tracks, KnnVote(k=5), use_s=10.0, target_fpir=0.1)
    assert calibration is not None
    assert calibration.gallery_size == 3
    assert calibration.use_time_s == 10.0
    assert calibration.fpir is not None
    assert calibration.fpir <= 0.1
    assert calibration.fnir is not None
    assert calibration.fnir < 0.5
    # 20 ways to enrol 3 of 6; each person has 3 recordings of 4 spans that follow one another
    assert calibration.non_mated == calibration.mated == 20 * 3 * 3 * 4
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


def test_a_classifier_is_rated_by_windows_averaged_over_people() -> None:
    tracks = [
        track("a", "1", np.array([[2.0, 1], [2, 1], [0, 1], [2, 1]])),
        track("b", "1", np.array([[0.0, 1], [1, 0]])),
        track("stranger", "1", np.array([[1.0, 0]])),
    ]
    assert classification_accuracy(tracks, ["a", "b"]) == pytest.approx((0.75 + 0.5) / 2)
    assert classification_accuracy(tracks[2:], ["a", "b"]) is None
