"""A gallery searched exactly by faiss: the faster one for many templates."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from lineament.gallery.base import NO_ENCODER, Gallery
from lineament.gallery.enrolment import EncoderMark, Float32Array, Metric


class FlatGallery(Gallery):
    """Exact search by faiss (``IndexFlatIP`` for cosine, ``IndexFlatL2`` for Euclidean), on one thread.

    Examples
    --------
    >>> gallery = FlatGallery(dim=2, metric="euclidean")
    >>> gallery.enrol("anna", [[0.0, 0.0]])
    >>> gallery.enrol("ben", [[3.0, 4.0]])
    >>> scores, subjects = gallery.search([[0.0, 0.0]], k=2)
    >>> scores.tolist(), subjects.tolist()
    ([[-0.0, -5.0]], [[0, 1]])
    """

    name: ClassVar[str] = "flat"
    capabilities: ClassVar[frozenset[str]] = frozenset({"exact", "remove", "save"})

    def __init__(self, dim: int, metric: Metric = "cosine", encoder: EncoderMark = NO_ENCODER) -> None:
        super().__init__(dim, metric, encoder)
        import faiss  # loaded when wanted: whoever searches by numpy need not wait for it

        self._faiss = faiss
        self._index = faiss.IndexFlatIP(dim) if metric == "cosine" else faiss.IndexFlatL2(dim)

    def _add(self, templates: Float32Array) -> None:
        self._index.add(templates)

    def _discard(self, rows: NDArray[np.bool_]) -> None:
        self._index.remove_ids(self._faiss.IDSelectorBatch(np.flatnonzero(rows).astype(np.int64)))

    def _nearest(self, probes: Float32Array, k: int) -> tuple[Float32Array, NDArray[np.int64]]:
        self._faiss.omp_set_num_threads(1)
        found, rows = self._index.search(probes, k)
        if self.metric == "cosine":
            return found, rows
        # faiss may take distances from a float32 product, which loses the small ones: measure the few found anew.
        scores = np.stack([self._distances(probe, near) for probe, near in zip(probes, rows, strict=True)])
        order = np.argsort(-scores, axis=1, kind="stable")
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _distances(self, probe: Float32Array, rows: NDArray[np.int64]) -> Float32Array:
        """Return the negative distance of a probe to each of some templates, (k,)."""
        templates: Float32Array = self._index.reconstruct_batch(rows)
        distances: Float32Array = np.linalg.norm(templates - probe, axis=1)
        return -distances
