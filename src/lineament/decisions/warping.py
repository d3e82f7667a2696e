"""The match rule by dynamic time warping: embeddings are sequences, and templates are aligned one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.decisions.alignment import warping_distances
from lineament.decisions.comparison import Scores, checked_probe
from lineament.decisions.match_rules import MatchRule
from lineament.errors import RecipeError
from lineament.gallery import Gallery
from lineament.recipes.signature_components import Warping

Float32Array = NDArray[np.float32]


class WarpingRule(MatchRule):
    """The mean and the least distance to a subject's templates, over the mean distance among these; negated.

    A writer whose signatures vary is given as much more room as they do. A subject with one template has no distances
    of its own: it is given the mean of the other subjects', so that enrolling twice or more is better. Of several
    windows of a probe the scores are averaged.

    Examples
    --------
    >>> from lineament.decisions import build_match_rule
    >>> from lineament.gallery import MemoryGallery
    >>> gallery = MemoryGallery(dim=4, metric="euclidean")
    >>> gallery.enrol("anna", [[0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.1]])
    >>> gallery.enrol("ben", [[0.0, 5.0, 0.0, 0.0], [0.0, 5.0, 0.1, 0.0]])
    >>> rule = build_match_rule({"name": "warping", "points": 4, "band": 1})
    >>> scores = rule.scores([[0.0, 0.0, 1.0, 0.0]], gallery)
    >>> bool(scores[0] > scores[1])
    True
    """

    spec: Warping
    ranks_by_comparison = True

    def __init__(self, spec: Warping) -> None:
        super().__init__(spec)
        self._known: tuple[Float32Array, Scores] | None = None

    def scores(self, embeddings: ArrayLike, gallery: Gallery) -> Scores:
        """Return the mean over the windows (see `MatchRule.scores`).

        Raises
        ------
        RecipeError
            When embeddings are no sequences of so many frames.
        """
        probes = self.sequences(checked_probe(embeddings, gallery))
        templates, counts = gallery.grouped_templates()
        own = self._own_distances(templates, counts)
        distances = np.stack(
            [warping_distances(probe, self.sequences(templates), band=self.spec.band) for probe in probes]
        )
        mean: Scores = scores_of_distances(distances, counts, own, self.spec.own).mean(axis=0)
        return mean

    comparison = scores

    def sequences(self, embeddings: Float32Array) -> Float32Array:
        """Return embeddings (n, dim) as sequences (n, points, features)."""
        points = self.spec.points
        if embeddings.shape[1] % points:
            raise RecipeError(
                f"match rule warping: embeddings that are sequences of {points} frames",
                f"{embeddings.shape[1]} numbers",
                "give the rule the encoding's length, and a network such as frame_sequence",
            )
        return embeddings.reshape(len(embeddings), points, -1)

    def _own_distances(self, templates: Float32Array, counts: NDArray[np.int64]) -> Scores:
        """Return the mean distance among each subject's templates, computed once for each gallery."""
        if self._known is None or self._known[0] is not templates:
            parts = np.split(self.sequences(templates), np.cumsum(counts)[:-1])
            self._known = templates, own_distances(parts, self.spec.band)
        return self._known[1]


def own_distances(subjects: list[Float32Array], band: int) -> Scores:
    """Return the mean distance among each subject's sequences; of a subject with one, the mean of the others'.

    Parameters
    ----------
    subjects : list of float32 array (n, T, features)
    band : int

    Returns
    -------
    array (subjects,)
        1 where no subject has two.
    """
    means = np.full(len(subjects), np.nan)
    for place, own in enumerate(subjects):
        if len(own) > 1:
            table = np.stack([warping_distances(one, own, band=band) for one in own])
            means[place] = table.sum() / (len(own) * (len(own) - 1))
    several = means[np.isfinite(means)]
    return np.where(np.isfinite(means), means, several.mean() if len(several) else 1.0)


def scores_of_distances(distances: ArrayLike, counts: ArrayLike, own: ArrayLike, power: float = 1.0) -> Scores:
    """Return comparison scores from distances to templates.

    Parameters
    ----------
    distances : array (probes, templates)
        Templates of one subject side by side.
    counts : int array (subjects,)
        Templates of each subject.
    own : array (subjects,)
        See `own_distances`.
    power : float

    Returns
    -------
    array (probes, subjects)

    Examples
    --------
    >>> scores_of_distances([[1.0, 3.0, 4.0]], [2, 1], [2.0, 4.0]).tolist()
    [[-0.75, -1.0]]
    """
    table, sizes = np.asarray(distances, dtype=np.float64), np.asarray(counts)
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mean = np.add.reduceat(table, firsts, axis=1) / sizes
    least = np.minimum.reduceat(table, firsts, axis=1)
    rooms: Scores = np.maximum(np.asarray(own, dtype=np.float64), np.finfo(np.float32).tiny) ** power
    scores: Scores = -(mean + least) / 2 / rooms
    return scores
