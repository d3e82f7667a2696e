"""Recordings that come as short trials: laid one after another, so that one session is one sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

PAUSE_S = 10.0
"""Seconds between two trials: longer than any gap that resampling would bridge."""


def lay_out(trials: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray, list[float]]:
    """Lay trials one after another with a pause between them.

    Parameters
    ----------
    trials : sequence of (values (T, channels), times (T,) in seconds)
        Each with its own clock.

    Returns
    -------
    values : array (sum of T, channels)
    times : array (sum of T,)
    starts : list of float
        When each trial begins, in seconds.

    Examples
    --------
    >>> values, times, starts = lay_out([(np.zeros((2, 1)), np.array([5.0, 6.0])), (np.ones((1, 1)), np.array([0.0]))])
    >>> times.tolist(), starts
    ([0.0, 1.0, 11.0], [0.0, 11.0])
    """
    clock, times, starts = 0.0, [], []
    for _, own in trials:
        starts.append(clock)
        times.append(own - own[0] + clock)
        clock = float(times[-1][-1]) + PAUSE_S
    return np.concatenate([values for values, _ in trials]), np.concatenate(times), starts
