"""The figures of validation, against slow oracles and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest

from lineament.decisions import build_match_rule, identify
from lineament.decisions.calibration import Calibration
from lineament.evaluation.tracks import Track
from lineament.gallery import MemoryGallery
from lineament.recipes.components import Component, KnnVote, Prototype
from lineament.training.validation import classification_accuracy, identification_accuracy


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


@pytest.mark.parametrize("tracks", [[], crowd(1), crowd(3, 1, windows=1)], ids=["none", "one person", "no probes"])
def test_nothing_to_identify_gives_none(tracks: list[Track]) -> None:
    assert identification_accuracy(tracks, KnnVote()) is None


def test_a_classifier_is_rated_by_windows_averaged_over_people() -> None:
    tracks = [
        track("a", "1", np.array([[2.0, 1], [2, 1], [0, 1], [2, 1]])),
        track("b", "1", np.array([[0.0, 1], [1, 0]])),
        track("stranger", "1", np.array([[1.0, 0]])),
    ]
    assert classification_accuracy(tracks, ["a", "b"]) == pytest.approx((0.75 + 0.5) / 2)
    assert classification_accuracy(tracks[2:], ["a", "b"]) is None
