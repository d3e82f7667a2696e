"""Where the back of a hand is: its mask, the line through its knuckles, and the region above that line.

The fist is expected as dorsal hand-vein cameras see it: bright on dark, the wrist at the upper border, the knuckles
below, nothing but the hand of that brightness. The camera's distance is taken as fixed: lengths are shares of the
image's width, so that a smaller copy of an image gives the same region, and hands keep their sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lineament.encodings.local_contrast import local_contrast
from lineament.errors import AcquisitionError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LEVEL = 0.4
"""A pixel is hand where it is at least this share of the hand's median brightness: dim bent fingers are not."""
SPAN = 208 / 376
"""Width of the region, of the image's."""
BELOW = 22 / 182
"""How much of the region's height lies below the knuckle line, for the knuckles that stand out."""
SIGMA = 0.041
"""Width of the local average, of the region's: about that of a thick vein."""
STEEPEST = np.radians(25.0)
"""A knuckle line that is steeper is none."""


@dataclass(frozen=True)
class HandPose:
    """Where a hand lies: its mask, and its knuckle line.

    Parameters
    ----------
    mask : bool array (H, W)
    x, y : float
        The middle of the knuckle line, in pixels.
    angle : float
        Of the knuckle line against the rows, in radians; positive where it falls to the right.
    """

    mask: BoolArray
    x: float
    y: float
    angle: float


def locate_hand(grey: FloatArray, source: str = "image") -> HandPose:
    """Return where a hand lies.

    Parameters
    ----------
    grey : array (H, W)
        Brightness, 0 to 1.
    source : str
        Where it came from, for messages.

    Raises
    ------
    AcquisitionError
        When there is no hand (a failure to enrol): nothing bright, too little or too much of it, or no knuckle line.
    """
    width = grey.shape[1]
    smooth = ndimage.gaussian_filter(grey, width / 188)
    split = _otsu(smooth)
    bright = smooth > split
    if not 0 < bright.mean() < 1 or smooth[bright].mean() - smooth[~bright].mean() < 0.05:
        raise _no_hand(source, "an image without anything bright on dark")
    level = LEVEL * float(np.median(smooth[bright]))
    mask = _largest(smooth > level, round(width / 75))
    share = float(mask.mean())
    if not 0.1 < share < 0.85 or mask[-1].mean() > 0.25 or smooth[~mask].mean() > level / 2:
        raise _no_hand(source, f"a bright region of {share:.0%} of the image, not one that ends below on dark")
    slope, offset, left, right = _knuckle_line(mask)
    if abs(np.arctan(slope)) > STEEPEST or right - left < 0.25 * width:
        raise _no_hand(source, "a bright region without a knuckle line below")
    x = (left + right) / 2
    return HandPose(mask, x, slope * x + offset, float(np.arctan(slope)))


def hand_region(grey: FloatArray, size: tuple[int, int], source: str = "image") -> FloatArray:
    """Return the back of a hand, its knuckle line level and low in the middle, with its local contrast normalised.

    Parameters
    ----------
    grey : array (H, W)
        Brightness, 0 to 1.
    size : (int, int)
        Rows and columns of the result. Pixels are square: the columns are `SPAN` of the image's width.
    source : str
        For messages.

    Returns
    -------
    array (rows, columns)
        From -3 to 3, veins negative; 0 beside the hand.

    Raises
    ------
    AcquisitionError
        As `locate_hand` does.
    """
    pose = locate_hand(grey, source)
    rows, columns = size
    step = SPAN * grey.shape[1] / columns
    across, down = np.meshgrid(np.arange(columns) + 0.5 - columns / 2, np.arange(rows) + 0.5 - (1 - BELOW) * rows)
    cosine, sine = np.cos(pose.angle), np.sin(pose.angle)
    places = [
        pose.y + step * (across * sine + down * cosine),
        pose.x + step * (across * cosine - down * sine),
    ]
    smooth = ndimage.gaussian_filter(grey, step / 2)
    values = ndimage.map_coordinates(smooth, places, order=1, mode="constant")
    inside = ndimage.map_coordinates(pose.mask.astype(np.float64), places, order=1, mode="constant") > 0.5
    return local_contrast(values, SIGMA * columns, inside)


def _no_hand(source: str, came: str) -> AcquisitionError:
    return AcquisitionError(
        f"{source}: the back of a hand, bright on dark, knuckles below", came, "capture the hand again, whole"
    )


def _otsu(values: FloatArray) -> float:
    """Return the threshold that parts values best into two groups (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    centres = (edges[1:] + edges[:-1]) / 2
    below, weighted = np.cumsum(counts)[:-1], np.cumsum(counts * centres)
    above = counts.sum() - below
    between = (weighted[-1] * below / counts.sum() - weighted[:-1]) ** 2 / np.maximum(below * above, 1)
    return float(centres[:-1][between.argmax()])


def _largest(mask: BoolArray, radius: int) -> BoolArray:
    """Return the largest connected part of a mask that is thicker than a radius, without holes."""
    opened = ndimage.binary_opening(mask, iterations=max(radius, 1))
    labels, found = ndimage.label(opened)
    if not found:
        return np.zeros(mask.shape, dtype=bool)
    sizes = np.bincount(labels.ravel())[1:]
    filled: BoolArray = ndimage.binary_fill_holes(labels == 1 + sizes.argmax())
    return filled


def _knuckle_line(mask: BoolArray) -> tuple[float, float, float, float]:
    """Return slope and offset of the line along the lower edge of a mask, and the columns where that edge ends.

    The edge consists of the columns whose lowest pixel lies not far above the rest; the line is fitted to its middle by
    least squares, repeated without what lies far from it.
    """
    columns = np.flatnonzero(mask.any(axis=0))
    lowest = mask.shape[0] - 1 - np.argmax(mask[::-1], axis=0)
    edge = columns[lowest[columns] > np.percentile(lowest[columns], 90) - 0.25 * len(columns)]
    first, last = np.percentile(edge, [8, 92])
    x = edge[(edge >= first) & (edge <= last)]
    y = lowest[x]
    if len(x) < 8:
        return np.inf, 0.0, 0.0, 0.0
    kept = np.ones(len(x), dtype=bool)
    for _ in range(5):
        slope, offset = np.polyfit(x[kept], y[kept], 1)
        away = np.abs(y - slope * x - offset)
        spread = max(1.48 * float(np.median(away[kept])), mask.shape[1] / 188)
        kept = away < 2.5 * spread
    return float(slope), float(offset), float(edge[0]), float(edge[-1])
