"""Match rules: how the windows of one probe, decided together, give a score for each enrolled subject."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import GalleryError, RecipeError
from lineament.gallery import Gallery
from lineament.recipes.components import MATCH_RULES, Component, KnnVote, Prototype
from lineament.recipes.recipe import parse

Scores = NDArray[np.float64]


class MatchRule(ABC):
    """Scores of every enrolled subject for one probe.

    Parameters
    ----------
    spec : Component
        Name and parameters, as recipes and calibrations write them.
    """

    def __init__(self, spec: Component) -> None:
        self.spec = spec

    @abstractmethod
    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return a score for each subject of the gallery, higher for the likelier, (subjects,).

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
        """Return a score for each subject (see `MatchRule.scores`)."""
        neighbours, nearness = self._neighbours(embeddings, gallery)
        votes = self._votes(neighbours, len(gallery))
        one_vote = 1 / votes.shape[0] / (neighbours.shape[1] if self.spec.soft else 1)
        best = np.full(len(gallery), -np.inf)
        np.maximum.at(best, neighbours.ravel(), nearness.ravel())
        scores: Scores = votes.mean(axis=0) + 0.5 * one_vote * _places(best) / len(gallery)
        return scores

    def _neighbours(self, embeddings: ArrayLike, gallery: Gallery) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return subject and similarity of each window's neighbours, nearest first, each (windows, at most k)."""
        _refuse_nothing(embeddings, gallery)
        nearness, neighbours = gallery.search(embeddings, min(self.spec.k, gallery.size))
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


class PrototypeRule(MatchRule):
    """Similarity of the probe's mean embedding to each subject's mean template (paper 003, equation 1)."""

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return a score for each subject (see `MatchRule.scores`)."""
        return comparison_scores(embeddings, gallery)


def comparison_scores(embeddings: ArrayLike, gallery: Gallery) -> Scores:
    """Return the comparison score of a probe with each subject, (subjects,): what thresholds are set on.

    It is the cosine of the probe's mean embedding and the subject's prototype or, in a gallery whose metric is
    Euclidean, the negative distance between them.

    Parameters
    ----------
    embeddings : float array (windows, dim)
    gallery : Gallery

    Raises
    ------
    GalleryError
        When the gallery is empty, or the embeddings do not fit it or are none.

    Examples
    --------
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0]])
    >>> comparison_scores([[0.6, 0.8], [0.6, -0.8]], gallery)
    array([1.])
    """
    _refuse_nothing(embeddings, gallery)
    windows = gallery.checked_probes(embeddings)
    mean = windows.mean(axis=0, dtype=np.float64)
    prototypes = gallery.prototypes().astype(np.float64)
    if gallery.metric == "euclidean":
        distances: Scores = np.linalg.norm(prototypes - mean, axis=1)
        return -distances
    # A mean of opposite windows points nowhere: it is as like to everybody as a right angle.
    cosines: Scores = prototypes @ mean / max(float(np.linalg.norm(mean)), np.finfo(np.float64).tiny)
    return cosines


_BUILDERS: dict[type[Component], Callable[[Any], MatchRule]] = {KnnVote: KnnVoteRule, Prototype: PrototypeRule}


def build_match_rule(spec: Component | Mapping[str, Any] | str) -> MatchRule:
    """Return the match rule that a spec describes.

    Parameters
    ----------
    spec : Component, mapping or str
        E.g. ``KnnVote(k=50)``, ``{"name": "knn_vote", "k": 50}`` or ``"prototype"``.

    Raises
    ------
    RecipeError
        When there is no such rule or a parameter is unknown or wrong.
    """
    component = spec if isinstance(spec, Component) else _read(spec)
    build = _BUILDERS.get(type(component))
    if build is None:
        names = ", ".join(MATCH_RULES.names())
        raise RecipeError("match rule: a match rule's spec", repr(component), f"use one of {names}")
    return build(component)


def _read(spec: Mapping[str, Any] | str) -> Component:
    """Return a spec from a name or a mapping."""
    content = {"name": spec} if isinstance(spec, str) else dict(spec)
    name = str(content.get("name", ""))
    component: Component = parse(MATCH_RULES.get(name), content, f"match rule {name}")
    return component


def _refuse_nothing(embeddings: ArrayLike, gallery: Gallery) -> None:
    """Raise where there is nobody or nothing to compare."""
    if not len(gallery):
        raise GalleryError("gallery: at least one enrolled subject", "an empty gallery", "enrol somebody first")
    if not len(np.atleast_1d(embeddings)):
        raise GalleryError("probe: at least one embedding", "none", "record for longer")


def _places(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many of the values each is greater than: equal values share a place."""
    return np.searchsorted(np.sort(values), values, side="left").astype(np.float64)
