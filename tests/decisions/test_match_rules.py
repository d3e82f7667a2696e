from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineament.decisions import KnnVoteRule, PrototypeRule, TopMeanRule, build_match_rule, comparison_scores
from lineament.errors import GalleryError, RecipeError
from lineament.gallery import GALLERIES, Gallery, MemoryGallery
from lineament.gallery.enrolment import METRICS, Metric
from lineament.recipes.components import Component, Gru, KnnVote, Prototype, PrototypeKnn, TopMean


def on_a_line(people: dict[str, list[float]]) -> MemoryGallery:
    """A gallery of points on a line, where nearness can be seen."""
    gallery = MemoryGallery(1, "euclidean")
    for name, places in people.items():
        gallery.enrol(name, np.array(places)[:, None])
    return gallery


def knn(k: int, *, soft: bool) -> KnnVoteRule:
    rule = build_match_rule(KnnVote(k=k, soft=soft))
    assert isinstance(rule, KnnVoteRule)
    return rule


def at(*places: float) -> np.ndarray:
    return np.array(places)[:, None]


class TestKnnVote:
    def test_soft_votes_are_fractions_of_neighbours(self) -> None:
        gallery = on_a_line({"anna": [0, 1], "ben": [2, 10]})
        votes = knn(3, soft=True).votes(at(0.4, 9), gallery)
        np.testing.assert_allclose(votes, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]])

    def test_hard_votes_name_one_subject_a_window(self) -> None:
        gallery = on_a_line({"anna": [0, 1], "ben": [2, 10]})
        votes = knn(3, soft=False).votes(at(0.4, 9), gallery)
        np.testing.assert_allclose(votes, [[1, 0], [0, 1]])

    def test_soft_and_hard_may_differ(self) -> None:
        # Ben has 3 of 5 neighbours in two windows; anna has all 5 in the third.
        gallery = on_a_line({"anna": [0, 1, 2, 3, 4, 53, 54], "ben": [50, 51, 52]})
        probe = at(51, 51, 2)
        assert knn(5, soft=False).scores(probe, gallery).argmax() == 1
        soft = knn(5, soft=True).scores(probe, gallery)
        np.testing.assert_allclose(soft, [9 / 15, 6 / 15], atol=0.5 / 15)
        assert soft.argmax() == 0

    def test_in_a_window_a_tie_goes_to_the_nearest(self) -> None:
        gallery = on_a_line({"anna": [0, 3], "ben": [1, 2]})
        assert knn(4, soft=False).votes(at(-1), gallery).tolist() == [[1, 0]]
        assert knn(4, soft=False).votes(at(1.1), gallery).tolist() == [[0, 1]]

    @pytest.mark.parametrize("soft", [True, False])
    @pytest.mark.parametrize(("places", "winner"), [((0.1, 9.7), 0), ((0.3, 9.9), 1)])
    def test_over_the_windows_a_tie_goes_to_the_nearest(
        self, soft: bool, places: tuple[float, float], winner: int
    ) -> None:
        gallery = on_a_line({"anna": [0], "ben": [10]})
        rule = knn(1, soft=soft)
        assert rule.votes(at(*places), gallery).mean(axis=0).tolist() == [0.5, 0.5]
        scores = rule.scores(at(*places), gallery)
        assert scores.argmax() == winner
        assert np.ptp(scores) < 0.25  # less than half of one vote

    def test_k_beyond_the_gallery_counts_the_templates_there_are(self) -> None:
        gallery = on_a_line({"anna": [0, 1], "ben": [2]})
        np.testing.assert_allclose(knn(50, soft=True).votes(at(0), gallery), [[2 / 3, 1 / 3]])

    def test_its_source_is_followed(self) -> None:
        """The published code: class fractions among 50 neighbours, averaged, arg-max."""
        rng = np.random.default_rng(0)
        gallery = MemoryGallery(3, "euclidean")
        labels, templates = rng.integers(0, 5, 300), rng.standard_normal((300, 3))
        for subject in range(5):
            gallery.enrol(f"s{subject}", templates[labels == subject])
        probe = rng.standard_normal((40, 3))
        fractions = []
        for window in probe:
            order = np.argsort(np.linalg.norm(templates - window, axis=1))[:50]
            count = Counter(labels[order].tolist())
            fractions.append([count[subject] / 50 for subject in range(5)])
        scores = knn(50, soft=True).scores(probe, gallery)
        np.testing.assert_allclose(scores, np.mean(fractions, axis=0), atol=0.5 / 2000)
        assert scores.argmax() == np.mean(fractions, axis=0).argmax()

    @given(
        seed=st.integers(0, 2**31),
        k=st.integers(1, 12),
        soft=st.booleans(),
        backend=st.sampled_from(["memory", "flat"]),
    )
    @settings(max_examples=80, deadline=None)
    def test_against_a_slow_vote(self, seed: int, k: int, soft: bool, backend: str) -> None:
        rng = np.random.default_rng(seed)
        gallery: Gallery = GALLERIES.get(backend)(2, "euclidean")
        sizes = rng.integers(1, 5, rng.integers(1, 5))
        for number, size in enumerate(sizes):
            gallery.enrol(f"s{number}", rng.standard_normal((size, 2)))
        probe = rng.standard_normal((rng.integers(1, 6), 2))
        rule = knn(k, soft=soft)

        votes = np.zeros(len(sizes))
        best = np.full(len(sizes), np.inf)
        for window in probe:
            near = sorted(
                (float(np.linalg.norm(t - window)), i)
                for i, s in enumerate(gallery.subjects())
                for t in gallery.templates(s)
            )[:k]
            for distance, owner in near:
                best[owner] = min(best[owner], distance)
            owners = [owner for _, owner in near]
            if soft:
                for owner in owners:
                    votes[owner] += 1 / len(owners)
            else:
                # Counter.most_common puts the first seen first among equals: the nearest.
                votes[Counter(owners).most_common(1)[0][0]] += 1
        votes /= len(probe)

        scores = rule.scores(probe, gallery)
        worth = 1 / len(probe) / (min(k, gallery.size) if soft else 1)
        np.testing.assert_allclose(rule.votes(probe, gallery).mean(axis=0), votes, atol=1e-12)
        assert (np.abs(scores - votes) < 0.5 * worth + 1e-12).all()
        assert (scores >= votes - 1e-12).all()
        leaders = np.flatnonzero(votes > votes.max() - 1e-9)
        assert scores.argmax() == leaders[best[leaders].argmin()]

    @given(seed=st.integers(0, 2**31), soft=st.booleans())
    @settings(max_examples=30, deadline=None)
    def test_the_order_of_windows_and_people_does_not_matter(self, seed: int, soft: bool) -> None:
        rng = np.random.default_rng(seed)
        people = {f"s{i}": rng.standard_normal((3, 2)) for i in range(4)}
        probe = rng.standard_normal((6, 2))
        scores = []
        for names, windows in ((list(people), probe), (list(people)[::-1], probe[rng.permutation(6)])):
            gallery = MemoryGallery(2)
            for name in names:
                gallery.enrol(name, people[name])
            scores.append(dict(zip(gallery.subjects(), knn(4, soft=soft).scores(windows, gallery), strict=True)))
        for name in people:
            assert scores[0][name] == pytest.approx(scores[1][name], abs=1e-9)


class TestTopMean:
    @given(
        seed=st.integers(0, 2**31),
        k=st.integers(1, 7),
        metric=st.sampled_from(METRICS),
        backend=st.sampled_from(["memory", "flat"]),
    )
    @settings(max_examples=60, deadline=None)
    def test_against_a_slow_loop(self, seed: int, k: int, metric: Metric, backend: str) -> None:
        rng = np.random.default_rng(seed)
        gallery: Gallery = GALLERIES.get(backend)(3, metric)
        for session in range(2):  # a subject's templates do not lie side by side
            for number in range(4):
                gallery.enrol(f"s{number}", rng.standard_normal((rng.integers(1, 4), 3)), str(session))
        probe = rng.standard_normal((rng.integers(1, 5), 3))

        truth = []
        for subject in gallery.subjects():
            means = []
            for window in probe:
                if metric == "cosine":
                    likeness = [float(window @ t / np.linalg.norm(window)) for t in gallery.templates(subject)]
                else:
                    likeness = [-float(np.linalg.norm(window - t)) for t in gallery.templates(subject)]
                means.append(np.mean(sorted(likeness, reverse=True)[:k]))
            truth.append(np.mean(means))

        rule = build_match_rule(TopMean(k=k))
        np.testing.assert_allclose(rule.scores(probe, gallery), truth, rtol=0, atol=1e-5)
        assert isinstance(rule, TopMeanRule)
        assert rule.window_scores(probe, gallery).shape == (len(probe), 4)

    def test_in_blocks_it_is_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rng = np.random.default_rng(1)
        gallery = MemoryGallery(3, "euclidean")
        for number in range(20):
            gallery.enrol(f"s{number}", rng.standard_normal((rng.integers(1, 9), 3)))
        probe, rule = rng.standard_normal((4, 3)), build_match_rule("top_mean")
        whole = rule.scores(probe, gallery)
        for most in (1, 30, 100):
            monkeypatch.setattr("lineament.decisions.match_rules.COMPARISONS_AT_ONCE", most)
            np.testing.assert_allclose(rule.scores(probe, gallery), whole, atol=1e-12)

    def test_one_good_template_is_enough(self) -> None:
        """Enrolled in two poses, probed in one of them: the mean template lies between them."""
        gallery = on_a_line({"anna": [0, 10], "ben": [3]})
        assert build_match_rule("prototype").scores(at(0), gallery).argmax() == 1
        assert build_match_rule({"name": "top_mean", "k": 1}).scores(at(0), gallery).tolist() == [0, -3]


class TestPrototypeKnn:
    @given(seed=st.integers(0, 2**31), k=st.integers(1, 7))
    @settings(max_examples=60, deadline=None)
    def test_against_a_slow_loop(self, seed: int, k: int) -> None:
        rng = np.random.default_rng(seed)
        gallery = MemoryGallery(3)
        for number in range(rng.integers(1, 6)):
            gallery.enrol(f"s{number}", rng.standard_normal((2, 3)))
        probe = rng.standard_normal((2, 3))
        like = comparison_scores(probe, gallery).tolist()
        truth = []
        for own, score in enumerate(like):
            others = sorted((other for i, other in enumerate(like) if i != own), reverse=True)
            truth.append(np.mean([score, *others[: k - 1]]))
        rule = build_match_rule(PrototypeKnn(k=k))
        np.testing.assert_allclose(rule.comparison(probe, gallery), truth, atol=1e-12)
        np.testing.assert_array_equal(rule.scores(probe, gallery), like)
        # The first candidate is held to the mean of the k most similar prototypes, as the paper writes.
        best = np.mean(sorted(like, reverse=True)[:k])
        assert rule.comparison(probe, gallery)[np.argmax(like)] == pytest.approx(best)

    def test_it_refuses_whom_it_knows(self) -> None:
        """The collapse of paper 003, Table 6: known and strange probes are told apart by what others look like."""
        rng, dim = np.random.default_rng(0), 16
        gallery, own = MemoryGallery(dim), rng.standard_normal((40, dim))
        for number, centre in enumerate(own):
            gallery.enrol(f"s{number}", centre + 0.3 * rng.standard_normal((3, dim)))
        known, strange = own + 0.3 * rng.standard_normal(own.shape), rng.standard_normal((40, dim))

        def confused(spec: Component) -> float:
            """Share of pairs in which the stranger scores higher (1 - AUROC)."""
            rule = build_match_rule(spec)
            best = [
                [rule.comparison(p[None], gallery)[rule.scores(p[None], gallery).argmax()] for p in probes]
                for probes in (known, strange)
            ]
            return float(np.mean(np.array(best[1])[:, None] >= np.array(best[0])))

        assert confused(PrototypeKnn(k=1)) == confused(Prototype()) < 0.01
        assert confused(PrototypeKnn(k=5)) > 0.04
        assert confused(TopMean(k=3)) < 0.01


class TestComparisonScores:
    @pytest.mark.parametrize("metric", METRICS)
    def test_mean_against_mean(self, metric: Metric) -> None:
        rng = np.random.default_rng(3)
        gallery = MemoryGallery(5, metric)
        people = [rng.standard_normal((n, 5)) for n in (2, 6, 3)]
        for number, templates in enumerate(people):
            gallery.enrol(f"s{number}", templates)
        probe = rng.standard_normal((4, 5))

        if metric == "cosine":
            means = [np.mean([v / np.linalg.norm(v) for v in rows], axis=0) for rows in [probe, *people]]
            truth = [means[0] @ m / np.linalg.norm(means[0]) / np.linalg.norm(m) for m in means[1:]]
        else:
            truth = [-np.linalg.norm(probe.mean(axis=0) - rows.mean(axis=0)) for rows in people]
        np.testing.assert_allclose(comparison_scores(probe, gallery), truth, atol=1e-6)
        np.testing.assert_array_equal(
            build_match_rule("prototype").scores(probe, gallery), comparison_scores(probe, gallery)
        )

    def test_opposite_windows_are_like_nobody(self) -> None:
        gallery = MemoryGallery(2)
        gallery.enrol("anna", [[1, 0]])
        assert comparison_scores([[1, 0], [-1, 0]], gallery).tolist() == [0.0]

    def test_the_length_of_an_embedding_does_not_matter_to_the_cosine(self) -> None:
        gallery = MemoryGallery(2)
        gallery.enrol("anna", [[1, 0]])
        long, short = [[100, 0], [0, 1]], [[1, 0], [0, 1]]
        assert comparison_scores(long, gallery) == pytest.approx(comparison_scores(short, gallery))


class TestBadInput:
    @pytest.mark.parametrize("spec", ["knn_vote", "prototype"])
    def test_nobody_and_nothing_are_refused(self, spec: str) -> None:
        rule, gallery = build_match_rule(spec), MemoryGallery(2)
        with pytest.raises(GalleryError, match="empty gallery"):
            rule.scores([[1, 0]], gallery)
        gallery.enrol("anna", [[1, 0]])
        with pytest.raises(GalleryError, match="at least one embedding"):
            rule.scores(np.empty((0, 2)), gallery)
        with pytest.raises(GalleryError, match="finite"):
            rule.scores([[np.nan, 0]], gallery)
        with pytest.raises(GalleryError, match="shape"):
            rule.scores([[1, 0, 0]], gallery)

    def test_misspelt_rules_are_refused(self) -> None:
        for spec, message in (
            ("knn_votes", "use 'knn_vote'"),
            ({"name": "knn_vote", "kk": 3}, "use 'k'"),
            ({"name": "knn_vote", "k": 0}, "k: "),
            ({"k": 3}, "add 'name"),
            (Gru(), "match rule"),
        ):
            with pytest.raises(RecipeError, match=message):
                build_match_rule(spec)

    def test_specs_build_what_they_name(self) -> None:
        assert isinstance(build_match_rule(Prototype()), PrototypeRule)
        assert build_match_rule({"name": "knn_vote", "k": 7}).spec == KnnVote(k=7)
