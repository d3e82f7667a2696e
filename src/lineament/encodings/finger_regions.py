"""Where a finger is: its two edges, and the straightened region between them.

The finger is expected to lie across the image, brighter than what is above and below it. In each column the edges are
the places above and below the middle where a strip inside is most brighter than a strip outside (the mask of Lee, Lee
and Park, 2009, on the logarithm of brightness); a parabola is fitted to each edge, columns that disagree left out. The
region is what lies between the parabolas, every column stretched to the same height: a finger that is turned in the
plane, shifted or nearer to the camera gives the same region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lineament.encodings.local_contrast import local_contrast
from lineament.errors import AcquisitionError

FloatArray = NDArray[np.float64]

FAINTEST = 0.1
"""The least logarithm of brightness inside over outside that is an edge, half of the columns considered."""
COLUMNS = (0.03, 0.85)
"""Which part of the image's width is used; the mount at the far end of finger scanners is not."""
INSIDE, OUTSIDE = 1 / 30, 1 / 40
"""Heights of the strips on both sides of an edge, of the image's."""
DARK = 0.1
"""Added to brightness before its logarithm: edges within the dark background do not count."""
SIGMA = 2.5 / 96
"""Width of the local average, of the region's: about that of a vein."""


@dataclass(frozen=True)
class FingerPose:
    """Where a finger lies.

    Parameters
    ----------
    upper, lower : array (3,)
        Parabolas of the edges: the row at each column (highest power first), in pixels.
    agreement : float
        Share of columns whose edges lie on the parabolas.
    """

    upper: FloatArray
    lower: FloatArray
    agreement: float


def locate_finger(grey: FloatArray, source: str = "image") -> FingerPose:
    """Return where a finger lies.

    Parameters
    ----------
    grey : array (H, W)
        Brightness, 0 to 1.
    source : str
        Where it came from, for messages.

    Raises
    ------
    AcquisitionError
        When there is no finger (a failure to enrol): the edges found are no smooth lines, or do not run side by side.
    """
    height, width = grey.shape
    if height < 40 or width < 40:
        raise _no_finger(source, f"an image of {height} × {width}")
    columns = np.arange(round(COLUMNS[0] * width), round(COLUMNS[1] * width))
    above, below, strength = _edges(grey)
    if strength < FAINTEST:
        raise _no_finger(source, "an image without two edges")
    upper, first = _parabola(columns, above[columns], height)
    lower, second = _parabola(columns, below[columns], height)
    gap = np.polyval(lower, columns) - np.polyval(upper, columns)
    agreement = min(first, second)
    if agreement < 0.5:
        raise _no_finger(source, f"edges that only {agreement:.0%} of the columns agree on")
    if gap.min() < 0.15 * height or gap.max() > 2.5 * gap.min():
        raise _no_finger(source, "edges that do not run beside each other")
    return FingerPose(upper, lower, agreement)


def finger_region(grey: FloatArray, size: tuple[int, int], source: str = "image") -> FloatArray:
    """Return the finger between its edges, straightened, with its local contrast normalised.

    Parameters
    ----------
    grey : array (H, W)
        Brightness, 0 to 1.
    size : (int, int)
        Rows and columns of the result.
    source : str
        For messages.

    Returns
    -------
    array (rows, columns)
        From -3 to 3, veins negative.

    Raises
    ------
    AcquisitionError
        As `locate_finger` does.
    """
    pose = locate_finger(grey, source)
    rows, columns = size
    width = grey.shape[1]
    x = width * (COLUMNS[0] + (COLUMNS[1] - COLUMNS[0]) * (np.arange(columns) + 0.5) / columns)
    upper, lower = np.polyval(pose.upper, x), np.polyval(pose.lower, x)
    places = [upper + ((np.arange(rows) + 0.5) / rows)[:, None] * (lower - upper), np.broadcast_to(x, size)]
    smooth = ndimage.gaussian_filter(grey, width / 267)
    values: FloatArray = ndimage.map_coordinates(smooth, places, order=1, mode="nearest")
    return local_contrast(values, SIGMA * columns)


def _no_finger(source: str, came: str) -> AcquisitionError:
    return AcquisitionError(
        f"{source}: a finger lying across the image, brighter than its background", came, "capture the finger again"
    )


def _edges(grey: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp], float]:
    """Return for each column the row where the finger begins and where it ends, and how strong the weaker edge is."""
    height, width = grey.shape
    light = np.log(ndimage.gaussian_filter1d(grey, width / 107, axis=1) + DARK)
    begins, first = _strongest_rise(light)
    ends, second = _strongest_rise(light[::-1])
    return begins, height - ends, float(min(np.median(first), np.median(second)))


def _strongest_rise(light: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the row in the upper half where brightness rises most, for each column, and by how much."""
    height, width = light.shape
    inside, outside = max(round(INSIDE * height), 2), max(round(OUTSIDE * height), 2)
    sums = np.concatenate([np.zeros((1, width)), np.cumsum(light, axis=0)])
    rows = np.arange(outside, height // 2 - height // 16)
    rise = (sums[rows + inside] - sums[rows]) / inside - (sums[rows] - sums[rows - outside]) / outside
    return rows[rise.argmax(axis=0)], rise.max(axis=0)


def _parabola(x: NDArray[np.intp], y: NDArray[np.intp], height: int) -> tuple[FloatArray, float]:
    """Return a parabola through most of the points, and the share of points near it."""
    away = np.abs(y - np.median(y))
    kept = away < height / 8
    fitted = np.zeros(3)
    for degree in (1, 1, 2, 2, 2):
        fitted = np.polyfit(x[kept], y[kept], degree)
        away = np.abs(y - np.polyval(fitted, x))
        kept = away < 2.5 * max(1.48 * float(np.median(away[kept])), height / 160)
    return fitted, float((np.abs(y - np.polyval(fitted, x)) < height / 40).mean())
