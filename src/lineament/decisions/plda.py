"""Probabilistic linear discriminant analysis: how much likelier one subject is than two.

A cohort of other people, each with several templates, says how embeddings scatter within people and between them. Both
are taken to be normal. A probe and a subject's templates then have a likelihood if they are of one person, and another
if they are not; the score is the logarithm of their ratio. A subject with more templates is better known, and a probe
of more windows tells more: both are in the score, which is why one threshold serves.

Embeddings are best as long as they come: to give them unit norm takes away what the score rests on. What lies farther
out than the normal distribution allows for would rule the score, and is brought in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from lineament.decisions.comparison import Scores, checked_probe
from lineament.decisions.match_rules import MatchRule
from lineament.errors import GalleryError
from lineament.gallery import Gallery, Header, refuse_other_encoder
from lineament.gallery.base import NO_ENCODER
from lineament.recipes.plda import Plda

FloatArray = NDArray[np.float64]
SMALLEST = 1e-3
"""Least scatter between subjects, in units of that within: a direction below it tells nothing."""
RIDGE = 1e-6
"""Part of the mean scatter that is added to every direction's, so that none is zero."""


@dataclass(frozen=True, eq=False)
class Scatter:
    """What a cohort says: the directions in which the scatter within is 1 and that between is known.

    Parameters
    ----------
    mean : float array (dim,)
    matrix : float array (dim, directions)
    between : float array (directions,)
    bound : float
        See `Plda`.
    """

    mean: FloatArray
    matrix: FloatArray
    between: FloatArray
    bound: float

    @classmethod
    def of(cls, templates: NDArray[np.floating], counts: NDArray[np.int64], spec: Plda) -> Scatter:
        """Learn from templates (N, dim), one subject's after another's, and how many each has.

        Raises
        ------
        GalleryError
            When there are fewer than two subjects, or none has two templates.
        """
        subjects = len(counts)
        if subjects < 2 or counts.max(initial=0) < 2:
            raise GalleryError(
                "match rule plda: a cohort of two people or more, some with several templates",
                f"{subjects} people with {int(counts.sum())} templates",
                "give a gallery of others, enrolled more than once",
            )
        wide = templates.astype(np.float64)
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        means = np.add.reduceat(wide, firsts) / counts[:, None]
        rest = wide - np.repeat(means, counts, axis=0)
        within = rest.T @ rest / (len(wide) - subjects)
        mean = means.mean(axis=0)
        apart = means - mean
        between = apart.T @ apart / (subjects - 1) - within * (1.0 / counts).mean()
        ridge = RIDGE * np.trace(within) / len(within) * np.eye(len(within))
        shrunk = (1 - spec.shrinkage) * within + spec.shrinkage * np.diag(np.diag(within)) + ridge
        first = max(0, len(within) - spec.dim)
        values, vectors = eigh(between, shrunk, subset_by_index=(first, len(within) - 1))
        return cls(mean, vectors, np.maximum(values, SMALLEST), spec.bound)

    def project(self, embeddings: NDArray[np.floating]) -> FloatArray:
        """Map embeddings (N, dim) to (N, directions), none longer than the bound."""
        rows: FloatArray = (embeddings.astype(np.float64) - self.mean) @ self.matrix
        lengths = np.sqrt((rows**2 / (self.between + 1)).mean(axis=1, keepdims=True))
        shares: FloatArray = np.minimum(1.0, self.bound / np.maximum(lengths, np.finfo(np.float64).tiny))
        return rows * shares


@dataclass(frozen=True, eq=False)
class Subjects:
    """What is known of each subject before a probe of so many windows: the score is a square form of the probe's mean.

    Parameters
    ----------
    squared, linear : float arrays (subjects, directions)
    constant : float array (subjects,)
    """

    squared: FloatArray
    linear: FloatArray
    constant: FloatArray

    @classmethod
    def of(cls, scatter: Scatter, means: FloatArray, counts: NDArray[np.int64], windows: int) -> Subjects:
        """Prepare for probes of so many windows.

        Parameters
        ----------
        scatter : Scatter
        means : float array (subjects, directions)
            Of each subject's projected templates.
        counts : int array (subjects,)
            How many these are.
        windows : int
        """
        number = counts[:, None].astype(np.float64)
        expected = number * scatter.between / (number * scatter.between + 1) * means
        one = scatter.between / (number * scatter.between + 1) + 1 / windows
        two = scatter.between + 1 / windows
        constant = -0.5 * (expected**2 / one + np.log(one) - np.log(two)).sum(axis=1)
        return cls(0.5 / two - 0.5 / one, expected / one, constant)

    def ratios(self, probe: FloatArray) -> Scores:
        """Return the log-likelihood ratio (subjects,) of the mean (directions,) of a probe's projected windows."""
        ratios: Scores = self.squared @ probe**2 + self.linear @ probe + self.constant
        return ratios


class PldaRule(MatchRule):
    """The log-likelihood ratio (natural) of one subject and two.

    What the cohort says, and the subjects' means, are reckoned at the first probe after it or the gallery changed.

    Parameters
    ----------
    spec : Plda
    cohort : Gallery or None
        People who are not enrolled and do not probe, embedded by the gallery's encoder. Without them there are no
        scores.

    Examples
    --------
    >>> from lineament.decisions import build_match_rule
    >>> from lineament.gallery import MemoryGallery
    >>> gallery, cohort = (MemoryGallery(dim=1, metric="euclidean") for _ in range(2))
    >>> gallery.enrol("anna", [[1.0], [1.2]])
    >>> gallery.enrol("ben", [[-1.0]])
    >>> for place, name in enumerate("cdef"):
    ...     cohort.enrol(name, [[place - 1.6], [place - 1.4]])
    >>> rule = build_match_rule("plda", cohort)
    >>> scores = rule.scores([[1.1]], gallery)
    >>> bool(scores[0] > 0 > scores[1])
    True
    """

    spec: Plda
    ranks_by_comparison = True

    def __init__(self, spec: Plda, cohort: Gallery | None) -> None:
        super().__init__(spec)
        self.cohort = cohort
        self._learned: tuple[NDArray[np.float32], Scatter] | None = None
        self._known: dict[tuple[int, int], tuple[NDArray[np.float32], Subjects]] = {}

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the log-likelihood ratios (see `MatchRule.scores`).

        Raises
        ------
        GalleryError
            Also when there is no cohort, it is too small, or another encoder made it.
        """
        windows = checked_probe(embeddings, gallery)
        scatter = self._scatter(gallery)
        return self._subjects(gallery, scatter, len(windows)).ratios(scatter.project(windows).mean(axis=0))

    comparison = scores

    def _scatter(self, gallery: Gallery) -> Scatter:
        """Return what the cohort says, if it fits the gallery."""
        if self.cohort is None:
            raise GalleryError("match rule plda: a cohort of other people", "none", "give a gallery of others")
        known = self.cohort.encoder if gallery.encoder == NO_ENCODER else gallery.encoder
        ours = Header(known, gallery.dim, gallery.metric)
        refuse_other_encoder(ours, Header(self.cohort.encoder, self.cohort.dim, self.cohort.metric), "cohort")
        templates, counts = self.cohort.grouped_templates()
        if self._learned is None or self._learned[0] is not templates:
            self._learned, self._known = (templates, Scatter.of(templates, counts, self.spec)), {}
        return self._learned[1]

    def _subjects(self, gallery: Gallery, scatter: Scatter, windows: int) -> Subjects:
        """Return what is known of a gallery's subjects before a probe of so many windows."""
        templates, counts = gallery.grouped_templates()  # another array whenever somebody was enrolled or removed
        kept = self._known.get((id(gallery), windows))
        if kept is None or kept[0] is not templates:
            firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
            means = np.add.reduceat(scatter.project(templates), firsts) / counts[:, None]
            kept = templates, Subjects.of(scatter, means, counts, windows)
            self._known[id(gallery), windows] = kept
        return kept[1]
