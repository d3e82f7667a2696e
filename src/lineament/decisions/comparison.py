"""Comparison scores: how like a probe is to each enrolled subject's prototype. Higher is more alike, everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from lineament.errors import GalleryError
from lineament.gallery import Gallery, Metric

Scores = NDArray[np.float64]
REFERENCES_AT_ONCE = 65_536
"""Bounds the memory of a comparison by distances, which are taken in float64."""


def comparison_scores(embeddings: ArrayLike, gallery: Gallery) -> Scores:
    """Return the comparison score of a probe with each subject's prototype, (subjects,).

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
    windows = checked_probe(embeddings, gallery)
    scores: Scores = compare_means(windows.mean(axis=0, dtype=np.float64)[None], gallery)[0]
    return scores


def compare_means(means: NDArray[np.floating], gallery: Gallery) -> Scores:
    """Return the comparison score of each of several probes with each subject's prototype, (probes, subjects).

    Parameters
    ----------
    means : float array (probes, dim)
        The mean of each probe's windows, these as `Gallery.checked_probes` returns them.
    gallery : Gallery
        With at least one subject.
    """
    wide = means.astype(np.float64)
    if gallery.metric == "cosine":
        # A mean of opposite windows points nowhere: it is as like to everybody as a right angle.
        wide = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return compare(wide, gallery.prototypes(), gallery.metric)


def compare(probes: NDArray[np.floating], references: NDArray[np.float32], metric: Metric) -> Scores:
    """Return the score of each probe with each reference, (probes, references).

    Parameters
    ----------
    probes : float array (probes, dim)
        Of unit norm where the metric is cosine, and so the references.
    references : float32 array (references, dim)
    metric : {"cosine", "euclidean"}

    Examples
    --------
    >>> compare(np.array([[3.0, 4.0]]), np.zeros((1, 2), dtype=np.float32), "euclidean")
    array([[-5.]])
    """
    if metric == "cosine":
        cosines: Scores = (probes.astype(np.float32) @ references.T).astype(np.float64)
        return cosines
    scores = np.empty((len(probes), len(references)))
    for first in range(0, len(references), REFERENCES_AT_ONCE):
        block = slice(first, first + REFERENCES_AT_ONCE)
        scores[:, block] = -cdist(probes, references[block])
    return scores


def checked_probe(embeddings: ArrayLike, gallery: Gallery) -> NDArray[np.float32]:
    """Return a probe's windows fit for comparison, (windows, dim).

    Raises
    ------
    GalleryError
        When the gallery is empty, or the embeddings do not fit it or are none.
    """
    if not len(gallery):
        raise GalleryError("gallery: at least one enrolled subject", "an empty gallery", "enrol somebody first")
    if not len(np.atleast_1d(embeddings)):
        raise GalleryError("probe: at least one embedding", "none", "record for longer")
    return gallery.checked_probes(embeddings)
