"""A probe looked at from a little aside: small displacements of its region, of which the likest counts.

Between two captures a fist is rolled about the forearm, so that the veins lie some pixels to the side of where the
outline says. The displacements were chosen on the people who develop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Float32Array = NDArray[np.float32]

MOVES: tuple[tuple[float, float, float], ...] = (
    *((0.0, across, 0.0) for across in (-6.0, -3.0, 0.0, 3.0, 6.0)),
    *((down, across, 0.0) for down in (-3.0, 3.0) for across in (-4.0, 0.0, 4.0)),
    *((0.0, across, turn) for turn in (-5.0, 5.0) for across in (-4.0, 0.0, 4.0)),
)
"""Pixels down and across (of a region 80 wide), and degrees."""


def moved(images: Float32Array, move: tuple[float, float, float]) -> Float32Array:
    """Return images (N, H, W) moved down and across and turned about their middle; 0 comes in from beyond the edges.

    Examples
    --------
    >>> image = np.zeros((1, 9, 9), dtype=np.float32)
    >>> image[0, 4, 4] = 1
    >>> np.argwhere(moved(image, (1.0, 2.0, 0.0))[0]).tolist()
    [[5, 6]]
    """
    down, across, degrees = move
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = (np.array(images.shape[1:]) - 1) / 2
    offset = middle - turn @ (middle + np.array([down, across]))
    return np.stack([ndimage.affine_transform(image, turn, offset, order=1) for image in images])
