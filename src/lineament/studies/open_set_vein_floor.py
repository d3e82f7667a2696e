"""The training-free floor: how well two regions correlate, at the shift where they correlate best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


def correlations(probes: Float32Array, references: Float32Array, *, down: int, across: int) -> Float32Array:
    """Return the highest normalised correlation of each probe with each reference over small shifts.

    Parameters
    ----------
    probes : array (P, H, W)
        Regions of local contrast, mean about 0, with 0 where nothing is.
    references : array (R, H, W)
    down, across : int
        The largest shifts tried, in pixels, either way. What is shifted out of the image counts as 0.

    Returns
    -------
    float32 array (P, R)
        At most 1.

    Examples
    --------
    >>> image = np.random.default_rng(0).normal(size=(1, 20, 30)).astype(np.float32)
    >>> moved = np.roll(image, 2, axis=2)
    >>> bool(abs(correlations(moved, image, down=0, across=0)[0, 0]) < 0.2)
    True
    >>> bool(correlations(moved, image, down=1, across=3)[0, 0] > 0.8)
    True
    """
    left, right = _unit(probes), _unit(references).reshape(len(references), -1)
    height, width = probes.shape[1:]
    best = np.full((len(probes), len(references)), -np.inf, dtype=np.float32)
    for row in range(-down, down + 1):
        for column in range(-across, across + 1):
            shifted = np.zeros_like(left)
            shifted[:, max(row, 0) : height + min(row, 0), max(column, 0) : width + min(column, 0)] = left[
                :, max(-row, 0) : height + min(-row, 0), max(-column, 0) : width + min(-column, 0)
            ]
            np.maximum(best, shifted.reshape(len(left), -1) @ right.T, out=best)
    return best


def _unit(images: Float32Array) -> Float32Array:
    """Return images of unit norm; one without contrast stays 0."""
    norms = np.sqrt((images.astype(np.float64) ** 2).sum(axis=(1, 2), keepdims=True))
    unit: Float32Array = (images / np.where(norms > 0, norms, 1.0)).astype(np.float32)
    return unit
