"""A gallery in memory, searched exactly by numpy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lineament.gallery.base import NO_ENCODER, Gallery
from lineament.gallery.enrolment import EncoderMark, Float32Array, Metric

COMPARISONS_AT_ONCE = 4_000_000
"""Bounds the memory of a search, whatever the number of probes: 32 MB of float64 scores."""


class MemoryGallery(Gallery):
    """Exact search by matrix products; right up to some hundred thousand templates.

    Of the templates found that are equally alike, the one enrolled first comes first.

    Examples
    --------
    >>> gallery = MemoryGallery(dim=2)
    >>> gallery.enrol("anna", [[1.0, 0.0]], session="monday")
    >>> gallery.enrol("ben", [[0.0, 2.0], [0.6, 0.8]])
    >>> scores, subjects = gallery.search([[0.0, 1.0]], k=2)
    >>> [gallery.subjects()[i] for i in subjects[0]], [f"{score:.1f}" for score in scores[0]]
    (['ben', 'ben'], ['1.0', '0.8'])
    """

    name: ClassVar[str] = "memory"
    capabilities: ClassVar[frozenset[str]] = frozenset({"exact", "remove", "save"})

    def __init__(self, dim: int, metric: Metric = "cosine", encoder: EncoderMark = NO_ENCODER) -> None:
        super().__init__(dim, metric, encoder)
        self._space: Float32Array = np.empty((0, dim), dtype=np.float32)

    @property
    def _templates(self) -> Float32Array:
        """The used part of the space, (size, dim)."""
        return self._space[: self._size]

    def _add(self, templates: Float32Array) -> None:
        used = self._size - len(templates)
        if self._size > len(self._space):
            # Doubling the space keeps a thousand enrolments from copying everything a thousand times.
            space = np.empty((max(2 * used, self._size), self.dim), dtype=np.float32)
            space[:used] = self._space[:used]
            self._space = space
        self._space[used : self._size] = templates

    def _discard(self, rows: NDArray[np.bool_]) -> None:
        self._space = self._templates[~rows]

    def _nearest(self, probes: Float32Array, k: int) -> tuple[Float32Array, NDArray[np.int64]]:
        step = max(1, COMPARISONS_AT_ONCE // len(self._templates))
        parts = [self._nearest_few(probes[i : i + step], k) for i in range(0, len(probes), step)]
        return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])

    def _nearest_few(self, probes: Float32Array, k: int) -> tuple[Float32Array, NDArray[np.int64]]:
        scores = self._compare(probes)
        rows = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
        if k < scores.shape[1]:
            # Ascending rows, so that the stable sort below puts the first enrolled first among equals.
            rows = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
            scores = np.take_along_axis(scores, rows, axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _compare(self, probes: Float32Array) -> NDArray[np.floating]:
        """Return the score of each probe with each template, (q, size)."""
        if self.metric == "cosine":
            cosines: NDArray[np.floating] = probes @ self._templates.T
            return cosines
        # |a - b|^2 by a product loses the small distances in float32; in float64 it keeps them.
        wide, templates = probes.astype(np.float64), self._templates.astype(np.float64)
        squares = (wide**2).sum(1)[:, None] + (templates**2).sum(1) - 2 * wide @ templates.T
        distances: NDArray[np.floating] = np.sqrt(np.maximum(squares, 0))
        return -distances
