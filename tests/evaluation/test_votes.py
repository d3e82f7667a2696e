from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from lineament.decisions import Calibration, build_match_rule, identify
from lineament.evaluation.grids import EmbeddingSystem
from lineament.evaluation.judging import judge_spans
from lineament.evaluation.spans import sliding_spans, span_winners
from lineament.evaluation.votes import neighbour_votes
from lineament.gallery import MemoryGallery
from lineament.recipes.components import Component, KnnVote, Normalised, Prototype, PrototypeKnn, TopMean
from tests.evaluation.worlds import recordings, tracks_of_people


def gallery_of_first_sessions(metric: str = "cosine") -> MemoryGallery:
    gallery = MemoryGallery(6, metric)  # type: ignore[arg-type]
    for track in tracks_of_people():
        if track.session == "S1":
            gallery.enrol(track.subject, track.vectors)
    return gallery


def counted_by_hand(labels: np.ndarray, soft: bool) -> Counter[int]:
    """The published votes of one span, with `Counter`, whose most common is the first seen among equals."""
    if soft:
        return Counter(labels.ravel().tolist())
    return Counter(Counter(row.tolist()).most_common(1)[0][0] for row in labels)


@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("k", [1, 7, 50])
def test_votes_summed_over_spans_are_those_counted_span_by_span(soft: bool, k: int) -> None:
    gallery = gallery_of_first_sessions()
    track = next(t for t in tracks_of_people() if t.key == ("p2", "S2"))
    bounds = sliding_spans(track.starts, window_s=10.0, use_s=15.0)
    votes = neighbour_votes(gallery.search, track.vectors, subjects=4, k=k, soft=soft)
    for first, last in bounds:
        _, labels = gallery.search(track.vectors[first:last], k)
        expected = counted_by_hand(labels, soft)
        assert votes[first:last].sum(0).tolist() == [expected[s] for s in range(4)]


RULES = [
    KnnVote(k=5), KnnVote(k=5, soft=False), KnnVote(k=400), Prototype(), PrototypeKnn(k=2), TopMean(k=1), TopMean(k=4),
    Normalised(), Normalised(norm="z", rule=TopMean()), Normalised(norm="t", rule=KnnVote(k=5)),
]  # fmt: skip


@pytest.mark.parametrize("spec", RULES, ids=str)
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("use_s", [10.0, 11.0, 25.0, None])
def test_spans_are_judged_as_the_match_rule_judges_each_alone(
    spec: Component, metric: str, use_s: float | None
) -> None:
    gallery = gallery_of_first_sessions(metric)
    cohort = MemoryGallery(6, metric)  # type: ignore[arg-type]
    for number, row in enumerate(np.random.default_rng(8).standard_normal((5, 6))):
        cohort.enrol(f"c{number}", row[None])
    rule = build_match_rule(spec, cohort)
    for track in tracks_of_people(noise=1.5):
        bounds = sliding_spans(track.starts, window_s=10.0, use_s=use_s)
        judged = judge_spans(track, bounds, gallery, rule)
        said = [identify(track.vectors[a:b], gallery, rule, Calibration(-99.0, spec.model_dump())) for a, b in bounds]
        assert [gallery.subjects()[winner] for winner in judged.winners] == [one.subject for one in said]
        assert judged.decision_scores == pytest.approx([one.score for one in said], abs=1e-5)
        expected = [rule.comparison(track.vectors[a:b], gallery) for a, b in bounds]
        assert judged.comparison == pytest.approx(np.array(expected).reshape(-1, len(gallery)), abs=1e-5)


@pytest.mark.parametrize(
    ("rule", "spec"), [("soft", KnnVote(k=9)), ("hard", KnnVote(k=9, soft=False)), ("prototype", Prototype())]
)
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_grid_s_system_names_whom_the_match_rule_names(rule: str, spec: KnnVote | Prototype, metric: str) -> None:
    tracks = tracks_of_people(noise=1.5)
    enrolment, probes = recordings(tracks, ["S1"]), recordings(tracks, ["S2"])
    system = EmbeddingSystem(tracks, rule=rule, k=9, metric=metric)
    probe_list = [own[0] for own in probes.values()]
    judged = system.judge(enrolment, probe_list)
    gallery, reference = gallery_of_first_sessions(metric), build_match_rule(spec)
    gallery = MemoryGallery(6, metric)  # type: ignore[arg-type]
    by_key = {track.key: track for track in tracks}
    for subject in sorted(enrolment):
        gallery.enrol(subject, by_key[subject, "S1"].vectors)
    for track in judged:
        vectors = by_key[track.key].vectors
        bounds = sliding_spans(track.starts, window_s=10.0, use_s=14.0)
        winners = span_winners(track.vectors, bounds, track.nearness)[0]
        assert winners.tolist() == [reference.scores(vectors[a:b], gallery).argmax() for a, b in bounds]


def test_missing_neighbours_do_not_vote() -> None:
    found = lambda vectors, k: (np.array([[0.9, -np.inf]]), np.array([[1, -1]]))  # noqa: E731
    for soft in (True, False):
        assert neighbour_votes(found, np.zeros((1, 2)), subjects=2, k=2, soft=soft).tolist() == [[0, 1]]
