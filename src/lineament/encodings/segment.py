"""A `Segment`: a stretch of encoded frames at a steady rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Segment:
    """Encoded frames at a steady rate.

    Parameters
    ----------
    values : float32 array (T, features)
        The frames, without NaN.
    times : float array (T,)
        Seconds since the start of the recording.
    seams : bool array (T,)
        True at the first frame after a gap. All false unless the encoding joins the stretches of a recording.
    """

    values: Float32Array
    times: NDArray[np.float64]
    seams: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.values)
