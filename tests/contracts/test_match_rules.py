"""One battery for every registered match rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.decisions import Calibration, MatchRule, build_match_rule, identify
from lineament.errors import GalleryError, RecipeError
from lineament.gallery import GALLERIES, EncoderMark, Gallery, MemoryGallery
from lineament.gallery.enrolment import METRICS, Metric
from lineament.recipes.components import MATCH_RULES

DIM = 3
VARIANTS = {
    "knn_vote": ({"k": 1}, {"k": 4}, {"k": 3, "soft": False}),
    "normalised": (
        *({"norm": norm} for norm in ("z", "t", "s", "as")),
        {"norm": "as", "top": 4, "rule": {"name": "top_mean", "k": 2}},
        {"norm": "s", "rule": "knn_vote"},
        {"norm": "as", "rule": "plda", "cohort_probe": 1},
    ),
    "plda": ({}, {"dim": 2, "bound": 0.5}),
    "prototype": ({},),
    "prototype_knn": ({"k": 1}, {"k": 3}),
    "top_mean": ({"k": 1}, {"k": 2}, {"k": 50}),
    "warping": ({"points": 3},),
}
SPECS = [{"name": name, **parameters} for name in MATCH_RULES.names() for parameters in VARIANTS[name]]

rules = pytest.mark.parametrize("spec", SPECS, ids=str)
metrics = pytest.mark.parametrize("metric", METRICS)
backends = pytest.mark.parametrize("backend", GALLERIES.names())


def vectors(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, DIM))


def cohort(metric: Metric) -> MemoryGallery:
    """Six people, as far from anybody as from anybody else."""
    places = np.concatenate([np.eye(DIM), -np.eye(DIM)])
    return enrolled({f"c{i}": place + 0.2 * vectors(1 + i % 2, 700 + i) for i, place in enumerate(places)}, metric)


def build(spec: dict, metric: Metric = "cosine") -> MatchRule:
    return build_match_rule(spec, cohort(metric))


def enrolled(people: dict[str, np.ndarray], metric: Metric = "cosine", backend: str = "memory") -> Gallery:
    gallery = GALLERIES.get(backend)(DIM, metric)
    for name, templates in people.items():
        gallery.enrol(name, templates)
    return gallery


PEOPLE = {"anna": vectors(4, 1), "ben": vectors(1, 2), "cleo": vectors(2, 3), "dora": vectors(4, 4)}
PROBE = vectors(5, 99)


def both(rule: MatchRule, probe: np.ndarray, gallery: Gallery) -> dict[str, np.ndarray]:
    said = np.stack([rule.scores(probe, gallery), rule.comparison(probe, gallery)], axis=1)
    return dict(zip(gallery.subjects(), said, strict=True))


@rules
@metrics
@backends
def test_a_finite_score_for_everybody(spec: dict, metric: Metric, backend: str) -> None:
    gallery, rule = enrolled(PEOPLE, metric, backend), build(spec, metric)
    for scores in (rule.scores(PROBE, gallery), rule.comparison(PROBE, gallery)):
        assert scores.shape == (4,)
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()


@rules
@metrics
def test_the_order_of_people_templates_and_windows_does_not_matter(spec: dict, metric: Metric) -> None:
    rule, rng = build(spec, metric), np.random.default_rng(5)
    first = both(rule, PROBE, enrolled(PEOPLE, metric))
    for _ in range(3):
        shuffled = {name: rng.permutation(PEOPLE[name]) for name in rng.permutation(list(PEOPLE))}
        again = both(rule, rng.permutation(PROBE), enrolled(shuffled, metric))
        assert again.keys() == first.keys()
        if rule.ranks_by_comparison:
            assert all(ranked == held for ranked, held in again.values())
        for name, scores in first.items():
            np.testing.assert_allclose(again[name], scores, rtol=0, atol=1e-5)


@rules
@given(seed=st.integers(0, 2**31), metric=st.sampled_from(METRICS))
@settings(max_examples=25, deadline=None)
def test_a_stranger_who_enrols_raises_nobody_else(spec: dict, seed: int, metric: Metric) -> None:
    """What is held against the threshold is between the probe and the subject alone."""
    rng = np.random.default_rng(seed)
    people = {f"p{i}": rng.standard_normal((rng.integers(1, 5), DIM)) for i in range(rng.integers(1, 5))}
    probe, rule = rng.standard_normal((rng.integers(1, 4), DIM)), build(spec, metric)
    before = both(rule, probe, enrolled(people, metric))
    after = both(rule, probe, enrolled({**people, "stranger": probe[:1]}, metric))
    assert rule.compares_alone == (spec["name"] != "prototype_knn")
    for name, (_, comparison) in before.items():
        if rule.compares_alone:
            assert after[name][1] == pytest.approx(comparison, abs=1e-5)


def test_the_rule_of_the_paper_s_table_6_does_raise_others() -> None:
    rule, probe = build({"name": "prototype_knn", "k": 2}), np.eye(DIM)[:1]
    people = {"anna": np.eye(DIM)[1:2], "ben": np.eye(DIM)[2:]}
    before, after = rule.comparison(probe, enrolled(people)), rule.comparison(probe, enrolled({**people, "me": probe}))
    assert before.tolist() == [0, 0]
    assert after[:2].tolist() == [0.5, 0.5]


@rules
@metrics
def test_one_subject_of_one_template(spec: dict, metric: Metric) -> None:
    rule, gallery = build(spec, metric), enrolled({"ben": PEOPLE["ben"]}, metric)
    assert np.isfinite(rule.scores(PROBE, gallery)).all()
    near, far = (rule.comparison(probe, gallery)[0] for probe in (PEOPLE["ben"], -PEOPLE["ben"]))
    assert near > far


@rules
@metrics
def test_one_s_own_templates_come_first(spec: dict, metric: Metric) -> None:
    people = {name: 10 * np.eye(DIM)[[axis] * 3] + 0.1 * vectors(3, axis) for axis, name in enumerate("abc")}
    gallery, rule = enrolled(people, metric), build(spec, metric)
    for number, templates in enumerate(people.values()):
        assert rule.scores(templates, gallery).argmax() == number
        assert identify(templates, gallery, rule, Calibration(-99.0, spec)).subject == gallery.subjects()[number]


@rules
def test_the_length_of_an_embedding_does_not_matter_to_the_cosine(spec: dict) -> None:
    rule, gallery = build(spec), enrolled(PEOPLE)
    long = PROBE * np.array([1, 10, 100, 1000, 0.1])[:, None]
    np.testing.assert_allclose(rule.scores(long, gallery), rule.scores(PROBE, gallery), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(rule.comparison(long, gallery), rule.comparison(PROBE, gallery), rtol=1e-6, atol=1e-5)


@rules
def test_a_removed_subject_leaves_no_trace(spec: dict) -> None:
    rule, gallery = build(spec), enrolled(PEOPLE)
    rule.scores(PROBE, gallery)
    gallery.remove("ben")
    left = both(rule, PROBE, gallery)
    anew = both(build(spec), PROBE, enrolled({name: own for name, own in PEOPLE.items() if name != "ben"}))
    assert left.keys() == anew.keys()
    for name in left:
        np.testing.assert_allclose(left[name], anew[name], rtol=0, atol=1e-6)


@rules
def test_nobody_and_nothing_are_refused(spec: dict) -> None:
    rule, gallery = build(spec), enrolled(PEOPLE)
    for ask in (rule.scores, rule.comparison):
        with pytest.raises(GalleryError, match="empty gallery"):
            ask(PROBE, MemoryGallery(DIM))
        with pytest.raises(GalleryError, match="at least one embedding"):
            ask(np.empty((0, DIM)), gallery)
        with pytest.raises(GalleryError, match="finite"):
            ask([[np.nan, 0, 1]], gallery)
        with pytest.raises(GalleryError, match="shape"):
            ask([[1.0, 0]], gallery)


@rules
def test_its_spec_builds_it_again(spec: dict) -> None:
    rule = build(spec)
    again = build_match_rule(rule.spec.model_dump(mode="json"), cohort("cosine"))
    assert again.spec == rule.spec
    assert type(again) is type(rule)
    gallery = enrolled(PEOPLE)
    np.testing.assert_array_equal(again.scores(PROBE, gallery), rule.scores(PROBE, gallery))
    with pytest.raises(RecipeError, match="'kk'"):
        build_match_rule({**spec, "kk": 3})


def test_a_cohort_of_another_encoder_is_refused() -> None:
    mark = EncoderMark("tiny", "1", "tiny-1-0123abcd")
    one, two, unmarked = MemoryGallery(DIM, encoder=mark), MemoryGallery(DIM), enrolled(PEOPLE)
    other = MemoryGallery(DIM, encoder=EncoderMark("tiny", "1", "tiny-1-ffffffff"))
    for gallery in (one, two, other):
        gallery.enrol("a", vectors(1, 0))
        gallery.enrol("b", vectors(1, 1))
    build_match_rule("normalised", one).scores(PROBE, one.alone("a"))
    build_match_rule("normalised", one).scores(PROBE, unmarked)  # in memory, nobody knows who made it
    with pytest.raises(GalleryError, match="cohort"):
        build_match_rule("normalised", other).scores(PROBE, one)
    with pytest.raises(GalleryError, match="cohort"):
        build_match_rule("normalised", enrolled(PEOPLE, "euclidean")).scores(PROBE, unmarked)
