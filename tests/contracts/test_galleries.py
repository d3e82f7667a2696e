"""One battery for every gallery backend."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lineament.errors import GalleryError
from lineament.gallery import GALLERIES, NOBODY, EncoderMark, Gallery
from lineament.gallery.enrolment import METRICS, Metric

DIM = 4
MARK = EncoderMark("tiny", "1", "tiny-1-0123abcd", "somewhere")

backends = pytest.mark.parametrize("backend", GALLERIES.names())
metrics = pytest.mark.parametrize("metric", METRICS)


def vectors(n: int, seed: int = 0, dim: int = DIM) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)


def make(backend: str, metric: Metric = "cosine", dim: int = DIM) -> Gallery:
    return GALLERIES.get(backend)(dim, metric, MARK)


def slow_score(metric: str, probe: np.ndarray, template: np.ndarray) -> float:
    """The comparison score by its definition."""
    a, b = probe.astype(np.float64), template.astype(np.float64)
    if metric == "cosine":
        return float(sum(x * y for x, y in zip(a, b, strict=True)) / (np.sqrt((a**2).sum()) * np.sqrt((b**2).sum())))
    return -float(np.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True))))


@backends
@metrics
def test_search_finds_the_true_nearest(backend: str, metric: Metric) -> None:
    gallery = make(backend, metric)
    people = {name: vectors(n, seed) for seed, (name, n) in enumerate({"anna": 7, "ben": 1, "cleo": 12}.items())}
    for name, templates in people.items():
        gallery.enrol(name, templates)
    probes = vectors(9, seed=99)

    scores, subjects = gallery.search(probes, k=6)

    assert scores.dtype == np.float32
    assert subjects.dtype == np.int64
    for row, probe in enumerate(probes):
        truth = sorted(
            ((slow_score(metric, probe, t), i) for i, name in enumerate(people) for t in people[name]), reverse=True
        )[:6]
        np.testing.assert_allclose(scores[row], [score for score, _ in truth], rtol=0, atol=1e-6)
        assert subjects[row].tolist() == [subject for _, subject in truth]


@backends
@metrics
def test_many_probes_and_templates_agree_with_a_plain_sort(backend: str, metric: Metric) -> None:
    gallery = make(backend, metric, dim=16)
    templates, probes = vectors(3000, 1, 16), vectors(1500, 2, 16)
    gallery.enrol("all", templates)

    scores, _ = gallery.search(probes, k=20)

    a, b = probes.astype(np.float64), templates.astype(np.float64)
    if metric == "cosine":
        truth = (a / np.linalg.norm(a, axis=1, keepdims=True)) @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T
    else:
        truth = np.stack([-np.linalg.norm(probe - b, axis=1) for probe in a])
    np.testing.assert_allclose(scores, -np.sort(-truth, axis=1)[:, :20], rtol=0, atol=2e-6)


@backends
def test_more_neighbours_than_templates_are_padded(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(2))

    scores, subjects = gallery.search(vectors(3, 1), k=5)

    assert scores.shape == subjects.shape == (3, 5)
    assert np.isfinite(scores[:, :2]).all()
    assert (subjects[:, :2] == 0).all()
    assert (scores[:, 2:] == -np.inf).all()
    assert (subjects[:, 2:] == NOBODY).all()


@backends
def test_an_empty_gallery_finds_nobody(backend: str) -> None:
    gallery = make(backend)

    scores, subjects = gallery.search(vectors(2), k=3)

    assert len(gallery) == gallery.size == 0
    assert gallery.subjects() == []
    assert gallery.prototypes().shape == (0, DIM)
    assert (scores == -np.inf).all()
    assert (subjects == NOBODY).all()


@backends
def test_no_probes_give_no_rows(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(2))
    scores, subjects = gallery.search(np.empty((0, DIM)), k=2)
    assert scores.shape == subjects.shape == (0, 2)


@backends
@metrics
def test_the_same_vector_scores_best_possible(backend: str, metric: Metric) -> None:
    gallery = make(backend, metric)
    far = vectors(60) + 100  # far from zero, where a float32 product would lose the small distances
    gallery.enrol("anna", far)
    scores, _ = gallery.search(far, k=1)
    np.testing.assert_allclose(scores[:, 0], 1.0 if metric == "cosine" else 0.0, rtol=0, atol=1e-5)


@backends
@metrics
def test_prototypes_follow_enrolment_and_removal(backend: str, metric: Metric) -> None:
    gallery = make(backend, metric)
    one, two, other = vectors(3, 1), vectors(5, 2), vectors(2, 3)

    def prototype(templates: np.ndarray) -> np.ndarray:
        if metric == "euclidean":
            return templates.mean(axis=0)
        mean = np.mean([t / np.linalg.norm(t) for t in templates.astype(float)], axis=0)
        return mean / np.linalg.norm(mean)

    gallery.enrol("anna", one)
    np.testing.assert_allclose(gallery.prototypes(), [prototype(one)], rtol=0, atol=1e-6)
    gallery.enrol("ben", other)
    gallery.enrol("anna", two)
    both = prototype(np.concatenate([one, two]))
    np.testing.assert_allclose(gallery.prototypes(), [both, prototype(other)], rtol=0, atol=1e-6)
    gallery.remove("anna")
    np.testing.assert_allclose(gallery.prototypes(), [prototype(other)], rtol=0, atol=1e-6)


@backends
@metrics
def test_prototypes_are_weighted_by_quality(backend: str, metric: Metric) -> None:
    gallery, templates, quality = make(backend, metric), vectors(4, 1), np.array([0.5, 3.0, 0.0, 1.0])
    gallery.enrol("anna", templates[:3], quality=quality[:3])
    gallery.enrol("anna", templates[3:])  # without a word, a template weighs 1
    rows = templates.astype(float)
    if metric == "cosine":
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    mean = sum(q * row for q, row in zip(quality, rows, strict=True)) / quality.sum()
    if metric == "cosine":
        mean /= np.linalg.norm(mean)
    np.testing.assert_allclose(gallery.prototypes(), [mean], rtol=0, atol=1e-6)
    gallery.enrol("ben", templates, quality=np.full(4, 7.0))
    alike = make(backend, metric)
    alike.enrol("ben", templates)
    np.testing.assert_allclose(gallery.prototypes()[1:], alike.prototypes(), rtol=0, atol=1e-6)


@backends
@pytest.mark.parametrize("quality", [[1.0], [1.0, -1.0], [np.nan, 1.0], [0.0, 0.0], [[1.0, 1.0]], 1.0])
def test_a_quality_that_does_not_fit_is_refused(backend: str, quality: object) -> None:
    gallery = make(backend)
    with pytest.raises(GalleryError, match="qualit"):
        gallery.enrol("anna", vectors(2), quality=quality)
    assert gallery.subjects() == []


@backends
def test_one_subject_alone(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(3), "monday", quality=[1, 2, 3])
    gallery.enrol("ben", vectors(2, 1))
    gallery.enrol("anna", vectors(1, 2))
    alone = gallery.alone("anna")
    assert (alone.subjects(), alone.size, alone.encoder) == (["anna"], 4, gallery.encoder)
    np.testing.assert_array_equal(alone.prototypes(), gallery.prototypes()[:1])
    np.testing.assert_array_equal(alone.templates("anna"), gallery.templates("anna"))
    with pytest.raises(GalleryError, match="use 'anna'"):
        gallery.alone("annna")


@backends
def test_templates_grouped_by_subject(backend: str) -> None:
    gallery = make(backend)
    templates, counts = gallery.grouped_templates()
    assert (templates.shape, counts.tolist()) == ((0, DIM), [])
    for name, n in (("anna", 2), ("ben", 1), ("anna", 3), ("cleo", 1)):
        gallery.enrol(name, vectors(n, n))
    gallery.remove("ben")
    templates, counts = gallery.grouped_templates()
    assert counts.tolist() == [5, 1]
    np.testing.assert_array_equal(templates, np.concatenate([gallery.templates("anna"), gallery.templates("cleo")]))


@backends
def test_numbers_close_up_when_somebody_is_removed(backend: str) -> None:
    gallery = make(backend)
    for axis, name in enumerate(["anna", "ben", "cleo", "dora"]):
        gallery.enrol(name, np.eye(DIM)[[axis]])

    gallery.remove("ben")

    assert gallery.subjects() == ["anna", "cleo", "dora"]
    assert "ben" not in gallery
    _, subjects = gallery.search(np.eye(DIM), k=1)
    assert subjects[[0, 2, 3], 0].tolist() == [0, 1, 2]
    gallery.enrol("ben", np.eye(DIM)[[1]])
    assert gallery.subjects() == ["anna", "cleo", "dora", "ben"]
    assert gallery.search(np.eye(DIM)[[1]], k=1)[1].tolist() == [[3]]


@backends
def test_sessions_are_kept_apart_and_add_up(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(2), session="monday")
    gallery.enrol("anna", vectors(3, 1))
    gallery.enrol("anna", vectors(2), session="monday")
    assert [(e.session, len(e.embeddings)) for e in gallery.enrolments("anna")] == [
        ("monday", 2),
        (None, 3),
        ("monday", 2),
    ]
    assert gallery.templates("anna").shape == (7, DIM)
    assert len(gallery) == 1


@backends
def test_what_was_enrolled_cannot_be_changed_from_outside(backend: str) -> None:
    gallery = make(backend, "euclidean")
    given = np.ones((2, DIM), dtype=np.float32)
    gallery.enrol("anna", given)
    given[:] = 7
    assert gallery.templates("anna").tolist() == np.ones((2, DIM)).tolist()
    with pytest.raises(ValueError, match="read-only"):
        gallery.prototypes()[:] = 0


BAD = {
    "another length": (np.ones((2, DIM + 1)), r"shape \(n, 4\)"),
    "one dimension": (np.ones(DIM), r"shape \(n, 4\)"),
    "NaN": ([[1, 2, np.nan, 4]], "finite"),
    "infinity": ([[1, 2, np.inf, 4]], "finite"),
    "none": (np.empty((0, DIM)), "at least one"),
    "a zero vector": (np.zeros((1, DIM)), "zero vector"),
}


@backends
@pytest.mark.parametrize("case", BAD)
def test_bad_embeddings_are_refused_and_change_nothing(backend: str, case: str) -> None:
    embeddings, message = BAD[case]
    gallery = make(backend)
    gallery.enrol("anna", vectors(2))
    with pytest.raises(GalleryError, match=message):
        gallery.enrol("ben", embeddings)
    assert gallery.subjects() == ["anna"]
    assert gallery.size == 2


@backends
def test_euclidean_galleries_take_zero_vectors(backend: str) -> None:
    gallery = make(backend, "euclidean")
    gallery.enrol("anna", np.zeros((1, DIM)))
    assert gallery.search([[0, 3, 4, 0]], k=1)[0].tolist() == [[-5.0]]


@backends
@pytest.mark.parametrize("name", ["", " anna", "anna\n", "\0", "an\x1bna"])
def test_names_that_cannot_be_read_are_refused(backend: str, name: str) -> None:
    with pytest.raises(GalleryError, match="name"):
        make(backend).enrol(name, vectors(1))


@backends
def test_unknown_subjects_are_refused_naming_the_nearest(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(1))
    gallery.enrol("ben", vectors(1))
    for call in (gallery.remove, gallery.templates, gallery.index):
        with pytest.raises(GalleryError, match="use 'anna'"):
            call("hanna")
    gallery.remove("anna")
    gallery.remove("ben")
    with pytest.raises(GalleryError, match="empty gallery"):
        gallery.remove("anna")


@backends
def test_probes_and_k_are_checked(backend: str) -> None:
    gallery = make(backend)
    gallery.enrol("anna", vectors(1))
    with pytest.raises(GalleryError, match="k of at least one"):
        gallery.search(vectors(1), k=0)
    with pytest.raises(GalleryError, match="shape"):
        gallery.search(np.ones((1, DIM + 1)), k=1)
    with pytest.raises(GalleryError, match="finite"):
        gallery.search(np.full((1, DIM), np.nan), k=1)


@backends
def test_makers_are_checked(backend: str) -> None:
    with pytest.raises(GalleryError, match="metric"):
        GALLERIES.get(backend)(DIM, "cosinus")  # type: ignore[arg-type]
    with pytest.raises(GalleryError, match="dim"):
        GALLERIES.get(backend)(0)


@backends
def test_capabilities_are_declared(backend: str) -> None:
    assert GALLERIES.get(backend).capabilities <= {"exact", "remove", "save"}
    assert GALLERIES.get(backend).name == backend


@backends
@metrics
def test_saved_and_loaded_it_is_the_same(backend: str, metric: Metric, tmp_path: Path) -> None:
    gallery = make(backend, metric)
    gallery.enrol("anna", vectors(3), session="monday")
    gallery.enrol("Бен 🙂", vectors(2, 1))
    gallery.enrol("anna", vectors(1, 2))
    gallery.save(tmp_path / "people.gallery")

    for other in GALLERIES.names():
        loaded = GALLERIES.get(other).load(tmp_path / "people.gallery")
        assert loaded.subjects() == gallery.subjects()
        assert (loaded.encoder, loaded.metric, loaded.dim) == (MARK, metric, DIM)
        assert [e.session for e in loaded.enrolments("anna")] == ["monday", None]
        for name in gallery.subjects():
            assert loaded.templates(name).tobytes() == gallery.templates(name).tobytes()
        np.testing.assert_allclose(loaded.search(vectors(4, 5), 3)[0], gallery.search(vectors(4, 5), 3)[0], atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["people.gallery"]


@backends
def test_an_empty_gallery_can_be_saved(backend: str, tmp_path: Path) -> None:
    make(backend).save(tmp_path / "nobody.gallery")
    assert len(GALLERIES.get(backend).load(tmp_path / "nobody.gallery")) == 0


@given(templates=st.integers(1, 40), k=st.integers(1, 60), metric=st.sampled_from(METRICS), seed=st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_backends_agree(templates: int, k: int, metric: Metric, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owners = rng.integers(0, 4, templates)
    results = []
    for backend in GALLERIES.names():
        gallery = make(backend, metric)
        for row, owner in enumerate(owners):
            gallery.enrol(f"s{owner}", vectors(1, seed + row))
        results.append(gallery.search(vectors(3, seed ^ 1), k))
    (scores, subjects), (other_scores, other_subjects) = results
    np.testing.assert_allclose(scores, other_scores, rtol=0, atol=1e-6)
    assert (subjects == other_subjects).all()


class GalleryMachine(RuleBasedStateMachine):
    """Any sequence of enrolments, removals, saves and loads, held against plain lists."""

    @initialize(backend=st.sampled_from(GALLERIES.names()), metric=st.sampled_from(METRICS))
    def begin(self, backend: str, metric: Metric) -> None:
        self.backend = backend
        self.gallery = make(backend, metric)
        self.truth: dict[str, list[np.ndarray]] = {}

    @rule(name=st.sampled_from("abcdef"), n=st.integers(1, 5), seed=st.integers(0, 999))
    def enrol(self, name: str, n: int, seed: int) -> None:
        self.gallery.enrol(name, vectors(n, seed), session=str(seed))
        self.truth.setdefault(name, []).extend(vectors(n, seed))

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.truth)))
        self.gallery.remove(name)
        del self.truth[name]

    @rule(name=st.sampled_from("uvw"))
    def refuse(self, name: str) -> None:
        with pytest.raises(GalleryError):
            self.gallery.remove(name)

    @rule(other=st.sampled_from(GALLERIES.names()))
    def save_and_load(self, other: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.gallery.save(Path(folder) / "g")
            self.gallery = GALLERIES.get(other).load(Path(folder) / "g")

    @rule(seed=st.integers(0, 999), k=st.integers(1, 12))
    def search(self, seed: int, k: int) -> None:
        probe = vectors(1, seed + 5000)
        scores, subjects = self.gallery.search(probe, k)
        rows = [
            (slow_score(self.gallery.metric, probe[0], template), number)
            for number, templates in enumerate(self.truth.values())
            for template in templates
        ]
        best = sorted(rows, key=lambda row: -row[0])[:k]
        np.testing.assert_allclose(scores[0, : len(best)], [score for score, _ in best], rtol=0, atol=2e-6)
        found = min(k, len(rows))
        assert (subjects[0, found:] == NOBODY).all()
        for score, number in zip(scores[0, :found], subjects[0, :found], strict=True):
            assert any(abs(score - s) < 2e-6 and number == n for s, n in rows)

    @invariant()
    def same_people(self) -> None:
        assert self.gallery.subjects() == list(self.truth)
        assert len(self.gallery) == len(self.truth)
        assert self.gallery.size == sum(map(len, self.truth.values()))
        assert self.gallery.prototypes().shape == (len(self.truth), DIM)
        for name, templates in self.truth.items():
            kept = self.gallery.templates(name)
            wanted = np.array(templates)
            if self.gallery.metric == "cosine":
                wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
            np.testing.assert_allclose(kept, wanted, rtol=0, atol=1e-6)


TestGalleryMachine = GalleryMachine.TestCase
TestGalleryMachine.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
