"""The log-likelihood ratio against normal densities written out, and the accuracy that it is for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from lineament.decisions import build_match_rule
from lineament.decisions.plda import Scatter, Subjects
from lineament.errors import GalleryError
from lineament.gallery import MemoryGallery
from lineament.metrics import equal_error_rate
from lineament.recipes.plda import Plda

DIM = 4
BETWEEN = np.diag([4.0, 1.0, 0.3, 0.05])


def people(number: int, each: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    middles = rng.multivariate_normal(np.zeros(DIM), BETWEEN, number)
    return middles[:, None] + rng.standard_normal((number, each, DIM))


def gallery(vectors: np.ndarray, name: str = "p") -> MemoryGallery:
    made = MemoryGallery(DIM, "euclidean")
    for number, own in enumerate(vectors):
        made.enrol(f"{name}{number:04d}", own)
    return made


@pytest.mark.parametrize(("templates", "windows"), [(1, 1), (5, 1), (2, 3)])
def test_the_ratio_is_that_of_the_densities_of_all_that_was_measured(templates: int, windows: int) -> None:
    between = np.array([2.0, 0.5])
    scatter = Scatter(np.zeros(2), np.eye(2), between, bound=np.inf)
    own, probe = people(1, templates, 1)[0][:, :2], people(1, windows, 2)[0][:, :2]
    ours = Subjects.of(scatter, own.mean(0)[None], np.array([templates]), windows).ratios(probe.mean(0))[0]
    wanted = 0.0
    for place, spread in enumerate(between):
        rows = np.concatenate([own[:, place], probe[:, place]])
        one = spread + np.eye(len(rows))
        two = one.copy()
        two[:templates, templates:] = two[templates:, :templates] = 0.0
        zero = np.zeros(len(rows))
        wanted += multivariate_normal(zero, one).logpdf(rows) - multivariate_normal(zero, two).logpdf(rows)
    assert ours == pytest.approx(wanted, abs=1e-9)


def test_scatters_are_found_again_in_a_large_cohort() -> None:
    cohort = people(4000, 5, 3)
    scatter = Scatter.of(cohort.reshape(-1, DIM), np.full(4000, 5), Plda(dim=DIM, shrinkage=0.0))
    assert scatter.between[::-1] == pytest.approx(np.diag(BETWEEN), rel=0.15)
    within = (cohort - cohort.mean(1, keepdims=True)).reshape(-1, DIM) @ scatter.matrix
    assert within.var(0) * 5 / 4 == pytest.approx(np.ones(DIM), rel=0.05)


def test_what_lies_too_far_out_is_brought_in() -> None:
    scatter = Scatter(np.zeros(2), np.eye(2), np.array([3.0, 3.0]), bound=1.0)
    near, far = scatter.project(np.array([[0.5, 0.5], [40.0, 0.0]]))
    assert near.tolist() == [0.5, 0.5]
    assert far.tolist() == pytest.approx([np.sqrt(8.0), 0.0])


def test_it_tells_better_than_distance_and_unequal_enrolments_share_a_threshold() -> None:
    cohort, tested = gallery(people(300, 6, 4), "c"), people(60, 8, 5)
    enrolled = gallery(np.zeros((0, 1, DIM)))
    for number, own in enumerate(tested):
        enrolled.enrol(f"{number:02d}", own[: 1 + number % 5])
    own, rates = np.repeat(np.eye(60, dtype=bool), 3, axis=0), {}
    for name in ("plda", "prototype"):
        rule = build_match_rule(name, cohort)
        scores = np.array([rule.scores(probe[None], enrolled) for person in tested for probe in person[5:]])
        rates[name] = equal_error_rate(mated=scores[own], non_mated=scores[~own])
    assert rates["plda"] < rates["prototype"] - 0.01


def test_a_cohort_that_changes_is_learned_from_anew() -> None:
    cohort, enrolled = gallery(people(20, 3, 6), "c"), gallery(people(3, 2, 7))
    rule, probe = build_match_rule("plda", cohort), people(1, 2, 8)[0]
    before = rule.scores(probe, enrolled)
    cohort.enrol("another", people(1, 4, 9)[0] + 5)
    fresh = build_match_rule("plda", cohort).scores(probe, enrolled)
    assert not np.allclose(before, fresh)
    assert rule.scores(probe, enrolled) == pytest.approx(fresh)


@pytest.mark.parametrize("each", [0, 1])
def test_a_cohort_that_tells_nothing_is_refused(each: int) -> None:
    cohort = gallery(people(4, 1, 1), "c") if each else None
    with pytest.raises(GalleryError, match="cohort"):
        build_match_rule("plda", cohort).scores(np.ones((1, DIM)), gallery(people(2, 2, 2)))
