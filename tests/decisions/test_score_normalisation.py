from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.decisions import build_match_rule, synthetic_cohort
from lineament.decisions.score_normalisation import SMALLEST_DEVIATION
from lineament.errors import GalleryError, RecipeError
from lineament.gallery import Gallery, MemoryGallery
from lineament.gallery.enrolment import METRICS, Metric


def people(n: int, seed: int, metric: Metric = "cosine", dim: int = 6, most: int = 4) -> MemoryGallery:
    rng, gallery = np.random.default_rng(seed), MemoryGallery(dim, metric)
    for number in range(n):
        gallery.enrol(f"p{number}", rng.standard_normal(dim) + 0.5 * rng.standard_normal((rng.integers(1, most), dim)))
    return gallery


def slow_score(probe: np.ndarray, gallery: Gallery, subject: str, rule: str, k: int) -> float:
    """The comparison score by its definition, one number after another."""
    cosine = gallery.metric == "cosine"
    windows = [w / np.linalg.norm(w) if cosine else w for w in np.asarray(probe, dtype=float)]

    def like(a: np.ndarray, b: np.ndarray) -> float:
        if cosine:
            return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        return -float(np.linalg.norm(a - b))

    own = [t.astype(float) for t in gallery.templates(subject)]
    if rule == "prototype":
        return like(np.mean(windows, axis=0), np.mean(own, axis=0))
    return float(np.mean([np.mean(sorted((like(w, t) for t in own), reverse=True)[:k]) for w in windows]))


def slow_normalised(
    probe: np.ndarray, gallery: Gallery, cohort: Gallery, *, norm: str, top: int, rule: str, k: int
) -> list[float]:
    said = []
    for subject in gallery.subjects():
        raw = slow_score(probe, gallery, subject, rule, k)
        of_subject = sorted(slow_score(cohort.templates(c), gallery, subject, rule, k) for c in cohort.subjects())
        of_probe = sorted(slow_score(probe, cohort, c, rule, k) for c in cohort.subjects())
        if norm == "as":
            of_subject, of_probe = of_subject[-top:], of_probe[-top:]
        z = (raw - np.mean(of_subject)) / max(float(np.std(of_subject)), SMALLEST_DEVIATION)
        t = (raw - np.mean(of_probe)) / max(float(np.std(of_probe)), SMALLEST_DEVIATION)
        said.append({"z": z, "t": t}.get(norm, (z + t) / 2))
    return said


@given(
    seed=st.integers(0, 2**31),
    metric=st.sampled_from(METRICS),
    norm=st.sampled_from(["z", "t", "s", "as"]),
    rule=st.sampled_from(["prototype", "top_mean"]),
    top=st.integers(3, 9),
)
@settings(max_examples=60, deadline=None)
def test_against_a_slow_loop(seed: int, metric: Metric, norm: str, rule: str, top: int) -> None:
    gallery, cohort = people(3, seed, metric), people(6, seed + 1, metric)
    probe = np.random.default_rng(seed + 2).standard_normal((3, 6))
    inner = {"name": rule, "k": 2} if rule == "top_mean" else {"name": rule}
    built = build_match_rule({"name": "normalised", "norm": norm, "top": top, "rule": inner}, cohort)
    truth = slow_normalised(probe, gallery, cohort, norm=norm, top=top, rule=rule, k=2)
    np.testing.assert_allclose(built.scores(probe, gallery), truth, rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(built.comparison(probe, gallery), built.scores(probe, gallery))


def test_subjects_who_are_like_everybody_no_longer_draw_strangers() -> None:
    """A lamb: half of her is what all people have in common. Z tells how much that is worth."""
    rng, dim = np.random.default_rng(0), 24
    common = np.eye(dim)[0] * 2
    gallery, cohort = MemoryGallery(dim), MemoryGallery(dim)
    for number in range(60):
        cohort.enrol(f"c{number}", (common + rng.standard_normal(dim))[None])
    gallery.enrol("lamb", (3 * common + 0.3 * rng.standard_normal(dim))[None])
    gallery.enrol("sheep", (common + rng.standard_normal(dim))[None])
    strangers = common + rng.standard_normal((400, dim))
    plain, normal = build_match_rule("prototype"), build_match_rule({"name": "normalised", "norm": "z"}, cohort)
    drawn = [np.mean([rule.scores(s[None], gallery).argmax() == 0 for s in strangers]) for rule in (plain, normal)]
    assert drawn[0] > 0.75
    assert 0.3 < drawn[1] < 0.7


def test_votes_are_left_as_they_are() -> None:
    gallery, cohort = people(4, 0), people(5, 1)
    rule = build_match_rule({"name": "normalised", "norm": "s", "rule": {"name": "knn_vote", "k": 3}}, cohort)
    probe = np.random.default_rng(3).standard_normal((4, 6))
    np.testing.assert_array_equal(
        rule.scores(probe, gallery), build_match_rule({"name": "knn_vote", "k": 3}).scores(probe, gallery)
    )
    by_prototype = build_match_rule({"name": "normalised", "norm": "s"}, cohort)
    np.testing.assert_array_equal(rule.comparison(probe, gallery), by_prototype.comparison(probe, gallery))


def test_the_subjects_statistics_follow_enrolment() -> None:
    gallery, cohort, probe = people(4, 0), people(5, 1), np.ones((1, 6))
    kept = build_match_rule({"name": "normalised", "norm": "z"}, cohort)
    kept.scores(probe, gallery)
    first = kept._known
    kept.scores(-probe, gallery)
    assert kept._known is first  # reckoned once for all probes
    gallery.enrol("p0", -np.ones((3, 6)))
    anew = build_match_rule({"name": "normalised", "norm": "z"}, cohort)
    np.testing.assert_array_equal(kept.scores(probe, gallery), anew.scores(probe, gallery))


def test_without_a_cohort_there_are_no_scores() -> None:
    one = people(1, 0)
    for cohort, came in ((None, "none"), (MemoryGallery(6), "none"), (one, "one")):
        with pytest.raises(GalleryError, match=f"two people or more was expected, but {came}"):
            build_match_rule("normalised", cohort).scores(np.ones((1, 6)), people(2, 1))


def test_members_who_are_all_alike_give_finite_scores() -> None:
    cohort = MemoryGallery(6)
    for name in "abc":
        cohort.enrol(name, np.ones((1, 6)))
    assert np.isfinite(build_match_rule("normalised", cohort).scores(np.ones((1, 6)), people(2, 1))).all()


@pytest.mark.parametrize("rule", ["normalised", "gru", {"name": "knn_vots"}])
def test_only_plain_rules_are_normalised(rule: object) -> None:
    with pytest.raises(RecipeError):
        build_match_rule({"name": "normalised", "rule": rule})


class TestSyntheticCohort:
    def test_z_and_t_by_it_are_as_by_the_people(self) -> None:
        rng, dim, mean = np.random.default_rng(0), 16, np.linspace(0, 1, 16)
        real, gallery = MemoryGallery(dim), MemoryGallery(dim)
        for number in range(80):
            real.enrol(f"r{number}", (mean + rng.standard_normal(dim))[None])
        for number in range(30):
            gallery.enrol(f"g{number}", (mean + rng.standard_normal(dim))[None])
        drawn = synthetic_cohort(real, members=4000)
        probe = mean + rng.standard_normal((1, dim))
        for norm in ("z", "t", "s"):
            by_real, by_drawn = (
                build_match_rule({"name": "normalised", "norm": norm}, cohort).scores(probe, gallery)
                for cohort in (real, drawn)
            )
            np.testing.assert_allclose(by_drawn, by_real, atol=0.25)
            assert np.corrcoef(by_drawn, by_real)[0, 1] > 0.99

    def test_mean_and_covariance_are_the_people_s(self) -> None:
        rng = np.random.default_rng(1)
        real = MemoryGallery(3, "euclidean")
        for number in range(10):
            real.enrol(f"r{number}", rng.standard_normal((1, 3)) + np.array([5, 0, -5]))
        drawn = synthetic_cohort(real, members=20_000, seed=2).prototypes()
        np.testing.assert_allclose(drawn.mean(axis=0), real.prototypes().mean(axis=0), atol=0.05)
        np.testing.assert_allclose(np.cov(drawn.T), np.cov(real.prototypes().T), atol=0.06)

    def test_nobody_is_in_it(self) -> None:
        real = people(12, 5)
        drawn = synthetic_cohort(real, members=300)
        assert (drawn.prototypes() @ real.prototypes().T).max() < 0.99
        assert drawn.encoder == real.encoder
        assert drawn.subjects()[:2] == ["nobody-1", "nobody-2"]

    def test_one_seed_one_cohort(self) -> None:
        real = people(5, 0)
        one, two, other = (synthetic_cohort(real, 4, seed).prototypes() for seed in (1, 1, 2))
        assert one.tolist() == two.tolist() != other.tolist()

    def test_too_few_are_refused(self) -> None:
        with pytest.raises(GalleryError, match="three people"):
            synthetic_cohort(people(2, 0))
        with pytest.raises(GalleryError, match="two to draw"):
            synthetic_cohort(people(3, 0), members=1)
