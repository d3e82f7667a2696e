"""Match rules: how the windows of one probe, decided together, give scores for each enrolled subject.

Each rule gives two. By the first, `scores`, subjects are ranked: it says *who*. The second, `comparison`, is held
against the threshold: it says *whether*. For most rules they are the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.decisions.comparison import Scores, checked_probe, compare, comparison_scores
from lineament.errors import RecipeError
from lineament.gallery import Gallery
from lineament.recipes.components import MATCH_RULES, Component, KnnVote, Normalised, Prototype, PrototypeKnn, TopMean
from lineament.recipes.plda import Plda
from lineament.recipes.recipe import component
from lineament.recipes.signature_components import Warping

COMPARISONS_AT_ONCE = 4_000_000
"""Bounds the memory of comparing every window with every template: 32 MB of float64 scores."""


class MatchRule(ABC):
    """Scores of every enrolled subject for one probe.

    Parameters
    ----------
    spec : Component
        Name and parameters, as recipes and calibrations write them.
    """

    ranks_by_comparison: bool = False
    """Whether `scores` is `comparison`, so that what changes the one changes the other."""
    compares_alone: bool = True
    """Whether a subject's comparison score rests on that subject's templates alone, whoever else is enrolled."""

    def __init__(self, spec: Component) -> None:
        self.spec = spec

    @abstractmethod
    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the score by which each subject of the gallery is ranked, higher for the likelier, (subjects,).

        Parameters
        ----------
        embeddings : float array (windows, dim)
            All windows of one probe.
        gallery : Gallery

        Raises
        ------
        GalleryError
            When the gallery is empty, or the embeddings do not fit it or are none.
        """

    @abstractmethod
    def comparison(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the score of each subject that is held against a threshold, (subjects,).

        Parameters and errors are those of `scores`.
        """


class PrototypeRule(MatchRule):
    """Similarity of the probe's mean embedding to each subject's mean template (paper 003, equation 1)."""

    spec: Prototype
    ranks_by_comparison = True

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the likeness to each subject's prototype (see `MatchRule.scores`)."""
        return comparison_scores(embeddings, gallery)

    comparison = scores


class PrototypeKnnRule(MatchRule):
    """The most similar prototype is named, but held to the mean of the k most similar (paper 003, Table 6).

    The others among the k are other people's, so somebody who is certain to be anna is refused because ben is unlike
    anna; OSCR and EER collapse, as the paper's table shows. It is here to be shown, not to be used: `top_mean` takes
    the mean over a subject's own templates.

    Examples
    --------
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0]])
    >>> gallery.enrol("ben", [[0.0, 1.0]])
    >>> rule = build_match_rule({"name": "prototype_knn", "k": 2})
    >>> rule.scores([[1.0, 0.0]], gallery).tolist(), rule.comparison([[1.0, 0.0]], gallery).tolist()
    ([1.0, 0.0], [0.5, 0.5])
    """

    spec: PrototypeKnn
    compares_alone = False

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the likeness to each subject's prototype (see `MatchRule.scores`)."""
        return comparison_scores(embeddings, gallery)

    def comparison(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the mean of each subject's own likeness and of the k - 1 greatest among the others'."""
        mean: Scores = self.averaged(comparison_scores(embeddings, gallery)[None])[0]
        return mean

    def averaged(self, similarities: Scores) -> Scores:
        """Return `comparison` from likenesses to prototypes, each (probes, subjects)."""
        k = min(self.spec.k, similarities.shape[1])
        best = -np.partition(-similarities, k - 1, axis=1)[:, :k]
        last = best.min(axis=1, keepdims=True)
        # Whoever is among the k has the k - 1 others of them beside; anybody else, all but the last.
        mean: Scores = (best.sum(axis=1, keepdims=True) - last + np.minimum(similarities, last)) / k
        return mean


class TopMeanRule(MatchRule):
    """Mean of each window's k best comparisons with the subject's own templates, averaged over the windows.

    Of a subject with fewer than k templates, all count. With k = 1 it is the likeness of the nearest template; with k
    as large as anybody's number of templates, the mean over them all.

    Examples
    --------
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0], [0.8, 0.6], [-1.0, 0.0]])
    >>> gallery.enrol("ben", [[0.0, 1.0]])
    >>> build_match_rule({"name": "top_mean", "k": 2}).scores([[1.0, 0.0]], gallery).round(6).tolist()
    [0.9, 0.0]
    """

    spec: TopMean
    ranks_by_comparison = True

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the mean over the windows (see `MatchRule.scores`)."""
        mean: Scores = self.window_scores(embeddings, gallery).mean(axis=0)
        return mean

    comparison = scores

    def window_scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return each window's score of each subject, (windows, subjects); parameters and errors as `scores`."""
        probes = checked_probe(embeddings, gallery)
        templates, counts = gallery.grouped_templates()
        firsts = np.concatenate([[0], np.cumsum(counts)])
        scores = np.empty((len(probes), len(counts)))
        for begin, end in _blocks(firsts, COMPARISONS_AT_ONCE // len(probes)):
            own = compare(probes, templates[firsts[begin] : firsts[end]], gallery.metric)
            scores[:, begin:end] = _top_means(own, firsts[begin:end] - firsts[begin], counts[begin:end], self.spec.k)
        return scores


class KnnVoteRule(MatchRule):
    """Each window's k nearest templates vote for their subjects.

    Soft (the code published with paper 002): a subject's score is the fraction of the neighbours that are theirs,
    averaged over the windows. Hard (the paper's text, §4.6): each window names the subject with most neighbours, and a
    subject's score is the fraction of windows that name them.

    Ties go to the nearest. Where two subjects have as many neighbours in a window, the one with the nearer neighbour is
    named. Where two subjects' scores would be equal, the one whose nearest neighbour over all windows is nearer scores
    higher, by less than half of what one vote is worth; so the greatest score is never shared by chance.

    Examples
    --------
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0], [0.9, 0.1]])
    >>> gallery.enrol("ben", [[0.0, 1.0]])
    >>> rule = build_match_rule({"name": "knn_vote", "k": 3})
    >>> rule.scores([[1.0, 0.2]], gallery).round(1).tolist()
    [0.8, 0.3]
    """

    spec: KnnVote

    def votes(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return each window's votes, (windows, subjects); each row sums to one.

        Their mean over any span of windows is that span's score, ties aside.

        Raises
        ------
        GalleryError
            As `scores`.
        """
        neighbours, _ = self._neighbours(embeddings, gallery)
        return self._votes(neighbours, len(gallery))

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the votes for each subject (see `MatchRule.scores`)."""
        neighbours, nearness = self._neighbours(embeddings, gallery)
        votes = self._votes(neighbours, len(gallery))
        one_vote = 1 / votes.shape[0] / (neighbours.shape[1] if self.spec.soft else 1)
        best = np.full(len(gallery), -np.inf)
        np.maximum.at(best, neighbours.ravel(), nearness.ravel())
        scores: Scores = votes.mean(axis=0) + 0.5 * one_vote * _places(best) / len(gallery)
        return scores

    def comparison(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the likeness to each subject's prototype: shares of votes hardly tell strangers from the enrolled."""
        return comparison_scores(embeddings, gallery)

    def _neighbours(self, embeddings: ArrayLike, gallery: Gallery) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return subject and similarity of each window's neighbours, nearest first, each (windows, at most k)."""
        probes = checked_probe(embeddings, gallery)
        nearness, neighbours = gallery.search(probes, min(self.spec.k, gallery.size))
        return neighbours, nearness

    def _votes(self, neighbours: NDArray[np.int64], subjects: int) -> Scores:
        windows, k = neighbours.shape
        flat = neighbours + subjects * np.arange(windows)[:, None]
        counts = np.bincount(flat.ravel(), minlength=windows * subjects).reshape(windows, subjects)
        if self.spec.soft:
            fractions: Scores = counts / k
            return fractions
        most = np.take_along_axis(counts, neighbours, axis=1) == counts.max(axis=1, keepdims=True)
        # The first neighbour whose subject has most of them: among equals, the nearest.
        named = np.take_along_axis(neighbours, most.argmax(axis=1)[:, None], axis=1)
        return np.equal(np.arange(subjects), named).astype(np.float64)


_BUILDERS: dict[type[Component], Callable[[Any], MatchRule]] = {
    KnnVote: KnnVoteRule,
    Prototype: PrototypeRule,
    PrototypeKnn: PrototypeKnnRule,
    TopMean: TopMeanRule,
}


def build_match_rule(spec: Component | Mapping[str, Any] | str, cohort: Gallery | None = None) -> MatchRule:
    """Return the match rule that a spec describes.

    Parameters
    ----------
    spec : Component, mapping or str
        E.g. ``KnnVote(k=50)``, ``{"name": "knn_vote", "k": 50}`` or ``"prototype"``.
    cohort : Gallery, optional
        The people by whom a `normalised` rule normalises, or whom `plda` learns from; without them these can be built,
        but give no scores.

    Raises
    ------
    RecipeError
        When there is no such rule or a parameter is unknown or wrong.
    """
    described = component(MATCH_RULES, dict(spec) if isinstance(spec, Mapping) else spec)
    if isinstance(described, Normalised):
        from lineament.decisions.score_normalisation import NormalisedRule  # which stands on this module

        return NormalisedRule(described, cohort)
    if isinstance(described, Warping):
        from lineament.decisions.warping import WarpingRule  # so does this

        return WarpingRule(described)
    if isinstance(described, Plda):
        from lineament.decisions.plda import PldaRule  # and this

        return PldaRule(described, cohort)
    build = _BUILDERS.get(type(described))
    if build is None:
        names = ", ".join(MATCH_RULES.names())
        raise RecipeError("match rule: a match rule's spec", repr(described), f"use one of {names}")
    return build(described)


def _blocks(firsts: NDArray[np.int64], templates: int) -> list[tuple[int, int]]:
    """Return spans of subjects who have about as many templates together as given, and at least one subject each."""
    ends = [0]
    while ends[-1] < len(firsts) - 1:
        reach = int(np.searchsorted(firsts, firsts[ends[-1]] + templates, side="right")) - 1
        ends.append(max(ends[-1] + 1, reach))
    return list(pairwise(ends))


def _top_means(comparisons: Scores, firsts: NDArray[np.int64], counts: NDArray[np.int64], k: int) -> Scores:
    """Return the mean of the k greatest of each subject's columns, (windows, subjects)."""
    means = np.empty((len(comparisons), len(counts)))
    for count in np.unique(counts):
        alike = np.flatnonzero(counts == count)
        own = comparisons[:, firsts[alike, None] + np.arange(count)]
        best = own if count <= k else np.partition(own, count - k, axis=2)[:, :, count - k :]
        means[:, alike] = best.mean(axis=2)
    return means


def _places(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many of the values each is greater than: equal values share a place."""
    return np.searchsorted(np.sort(values), values, side="left").astype(np.float64)
