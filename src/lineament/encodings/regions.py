"""Regions of interest by name: from a whole image to the part that is compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lineament.encodings.finger_regions import finger_region
from lineament.encodings.hand_regions import hand_region
from lineament.errors import SignalError
from lineament.registry import Registry

FloatArray = NDArray[np.float64]
Locator = Callable[[FloatArray, tuple[int, int], str], FloatArray]

REGIONS: Registry[Locator] = Registry("region")
REGIONS.register("hand")(hand_region)
REGIONS.register("finger")(finger_region)


def localise(name: str, grey: FloatArray, size: tuple[int, int], source: str = "image") -> FloatArray:
    """Return a region of an image, its local contrast normalised.

    Parameters
    ----------
    name : str
        ``"hand"`` (back of a hand, level on its knuckles) or ``"finger"`` (straightened between its edges).
    grey : array (H, W)
        Brightness, 0 to 1.
    size : (int, int)
        Rows and columns of the result.
    source : str
        Where the image came from, for messages.

    Returns
    -------
    array (rows, columns)
        From -3 to 3; 0 where the mask ends.

    Raises
    ------
    RecipeError
        When there is no region of that name.
    AcquisitionError
        When the region cannot be found: a failure to enrol (or to acquire, of a probe).
    """
    image = np.asarray(grey, dtype=np.float64)
    if image.ndim != 2 or not np.isfinite(image).all():
        raise SignalError(f"{source}: a grey image, finite", f"an array of shape {image.shape}", "read it as grey")
    return REGIONS.get(name)(image, size, source)
