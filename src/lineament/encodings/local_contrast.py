"""Local contrast normalisation: every pixel less its surroundings' mean, over their spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LIMIT = 3.0
"""Values are clipped to this many local spreads."""
FLOOR = 0.1
"""What is added to the local spread, as a share of the whole region's: flat skin is not blown up to noise."""


def local_contrast(image: FloatArray, sigma: float, mask: BoolArray | None = None) -> FloatArray:
    """Return an image less its local mean, over its local spread; both are Gaussian averages inside the mask.

    Parameters
    ----------
    image : array (H, W)
    sigma : float
        Width of the average, in pixels.
    mask : bool array (H, W), optional
        Where the image counts; the result is 0 elsewhere. All of it without one.

    Returns
    -------
    array (H, W)
        From -3 to 3; 0 all over where the image is constant.

    Examples
    --------
    >>> bright_left = np.tile([[2.0, 2.0, 2.0, 1.0, 2.0, 2.0, 2.0]], (5, 1))
    >>> local_contrast(bright_left, 1.5)[2].argmin()
    np.int64(3)
    >>> np.allclose(local_contrast(10 * bright_left + 5, 1.5), local_contrast(bright_left, 1.5))
    True
    """
    inside = np.ones(image.shape) if mask is None else mask.astype(np.float64)
    weight = np.maximum(ndimage.gaussian_filter(inside, sigma), 1e-6)
    mean = ndimage.gaussian_filter(image * inside, sigma) / weight
    deviation = (image - mean) * inside
    spread = np.sqrt(ndimage.gaussian_filter(deviation**2, sigma) / weight)
    whole = np.sqrt((deviation**2).sum() / max(inside.sum(), 1.0))
    # Less than that is rounding, not contrast.
    if whole <= 1e-6 * max(float(np.abs(image).max()), 1e-12):
        return np.zeros(image.shape)
    clipped: FloatArray = np.clip(deviation / (spread + FLOOR * whole), -LIMIT, LIMIT)
    return clipped
