"""Dynamic time warping against a slow loop; the match rule on hand-made galleries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineament.decisions import build_match_rule
from lineament.decisions.alignment import accumulated, best_paths, local_distances, warping_distances
from lineament.decisions.warping import own_distances
from lineament.errors import RecipeError
from lineament.gallery import MemoryGallery


def slow(one: np.ndarray, other: np.ndarray, band: int) -> float:
    """The symmetric recurrence of Sakoe and Chiba, cell by cell."""
    length = len(one)
    sums = np.full((length, length), np.inf)
    for i in range(length):
        for j in range(length):
            if abs(i - j) > band:
                continue
            cost = float(np.linalg.norm(one[i] - other[j]))
            ways = [2 * cost] if i == j == 0 else []
            ways += [sums[i - 1, j] + cost] if i else []
            ways += [sums[i, j - 1] + cost] if j else []
            ways += [sums[i - 1, j - 1] + 2 * cost] if i and j else []
            sums[i, j] = min(ways)
    return float(sums[-1, -1] / (2 * length))


@given(st.integers(1, 12), st.integers(0, 14), st.integers(1, 4), st.integers(0, 10_000))
def test_distances_are_those_of_the_slow_loop(length: int, band: int, features: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    probe, references = rng.normal(size=(length, features)), rng.normal(size=(3, length, features))
    wanted = [slow(probe, reference, band) for reference in references]
    np.testing.assert_allclose(warping_distances(probe, references, band=band), wanted, rtol=1e-4, atol=1e-4)


@given(st.integers(1, 10), st.integers(0, 12), st.integers(0, 10_000))
def test_the_best_path_costs_what_the_distance_says(length: int, band: int, seed: int) -> None:
    local = np.random.default_rng(seed).uniform(0.1, 1, size=(length, length, 4)).astype(np.float32)
    weights = best_paths(local, band)
    np.testing.assert_allclose(weights.sum((0, 1)), 2 * length)
    np.testing.assert_allclose((weights * local).sum((0, 1)), accumulated(local, band), rtol=1e-4)
    rows, columns, _ = np.nonzero(weights)
    assert (np.abs(rows - columns) <= band).all()


def test_distances_are_symmetric_and_many_references_do_not_change_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    series = rng.normal(size=(6, 20, 3)).astype(np.float32)
    table = np.stack([warping_distances(one, series, band=4) for one in series])
    np.testing.assert_allclose(table, table.T, atol=1e-5)
    assert np.diag(table).max() < 1e-2  # the root of what rounding leaves
    monkeypatch.setattr("lineament.decisions.alignment.BYTES_AT_ONCE", 1)
    np.testing.assert_allclose(np.stack([warping_distances(one, series, band=4) for one in series]), table, atol=1e-6)


def test_a_wider_band_never_lengthens_the_way() -> None:
    rng = np.random.default_rng(1)
    local = local_distances(rng.normal(size=(15, 2)).astype(np.float32), rng.normal(size=(5, 15, 2)).astype(np.float32))
    sums = np.stack([accumulated(local, band) for band in range(15)])
    assert (np.diff(sums, axis=0) <= 1e-5).all()


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match="references of shape"):
        warping_distances(np.zeros((4, 2)), np.zeros((3, 5, 2)), band=1)


def gallery(rng: np.random.Generator, spread: float) -> tuple[MemoryGallery, np.ndarray]:
    """Two subjects with three templates each around a course of their own; the second as spread as asked for."""
    courses = rng.normal(size=(2, 10, 2))
    people = MemoryGallery(dim=20, metric="euclidean")
    for name, course, size in zip(("anna", "ben"), courses, (0.1, spread), strict=True):
        people.enrol(name, (course + size * rng.normal(size=(3, 10, 2))).reshape(3, -1))
    return people, courses


def test_the_rule_is_what_its_docstring_says() -> None:
    rng = np.random.default_rng(3)
    people, _ = gallery(rng, 0.3)
    probe = rng.normal(size=(2, 20)).astype(np.float32)
    rule = build_match_rule({"name": "warping", "points": 10, "band": 3})
    wanted = []
    for name in ("anna", "ben"):
        own = people.templates(name).reshape(-1, 10, 2)
        mutual = np.mean([slow(own[i], own[j], 3) for i in range(3) for j in range(3) if i != j])
        windows = [[slow(one.reshape(10, 2), template, 3) for template in own] for one in probe]
        wanted.append(np.mean([-(np.mean(row) + np.min(row)) / 2 / mutual for row in windows]))
    np.testing.assert_allclose(rule.scores(probe, people), wanted, rtol=1e-3)
    np.testing.assert_array_equal(rule.scores(probe, people), rule.comparison(probe, people))


def test_who_varies_more_has_more_room() -> None:
    near, far = (gallery(np.random.default_rng(5), spread)[0] for spread in (0.1, 0.5))
    probe = np.random.default_rng(6).normal(size=(1, 20))
    strict, loose = (build_match_rule({"name": "warping", "points": 10}).scores(probe, g)[1] for g in (near, far))
    assert loose > strict


def test_enrolling_again_is_noticed_and_a_single_template_borrows_room() -> None:
    rng = np.random.default_rng(7)
    people, courses = gallery(rng, 0.1)
    rule = build_match_rule({"name": "warping", "points": 10})
    probe = (courses[0] + 0.1 * rng.normal(size=(10, 2))).reshape(1, -1)
    before = rule.scores(probe, people)
    people.enrol("carl", probe + 5)
    after = rule.scores(probe, people)
    np.testing.assert_allclose(after[:2], before)
    assert after.argmax() == 0
    assert np.isfinite(after).all()
    assert own_distances([np.zeros((1, 10, 2), np.float32)], 3).tolist() == [1.0]


def test_embeddings_that_are_no_sequences_are_refused() -> None:
    people = MemoryGallery(dim=3, metric="euclidean")
    people.enrol("anna", [[1.0, 2.0, 3.0]])
    with pytest.raises(RecipeError, match="sequences of 100 frames"):
        build_match_rule("warping").scores([[1.0, 2.0, 3.0]], people)
