"""A figure with its values over resampled people: its interval, and its difference from another system's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lineament.metrics.intervals import Interval, clopper_pearson_interval, percentile_interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Resampled:
    """A figure, and what it would have been with other people.

    Parameters
    ----------
    estimate : float
        With everybody.
    drawn : array (replicates,)
        With people drawn again; NaN where nobody of a kind was drawn.
    people : int, optional
        For a rate: how many people it is about. When nobody of them ever failed (or all did always), replicates cannot
        differ, and the interval is that of as many trials without an event.
    draws : str
        Which people were drawn: two figures can be subtracted when it is the same.

    Examples
    --------
    >>> ours = Resampled(0.1, np.array([0.05, 0.1, 0.15]))
    >>> str(ours.interval()), str((ours - ours).interval())
    ('0.100 [0.053, 0.147]', '0.000 [0.000, 0.000]')
    >>> str(Resampled(0.0, np.zeros(3), people=60).interval())
    '0.000 [0.000, 0.060]'
    """

    estimate: float
    drawn: FloatArray = field(repr=False)
    people: int | None = None
    draws: str = ""

    def interval(self, level: float = 0.95) -> Interval:
        """Return the percentile interval."""
        if self.people and self.estimate in (0.0, 1.0) and (self.drawn[np.isfinite(self.drawn)] == self.estimate).all():
            errors = self.people if self.estimate else 0
            return clopper_pearson_interval(errors=errors, trials=self.people, level=level)
        return percentile_interval(self.estimate, self.drawn, level)

    def __sub__(self, other: Resampled) -> Resampled:
        """Return the paired difference: both systems were given the same people in each replicate.

        Raises
        ------
        ValueError
            When they were not.
        """
        if self.draws != other.draws or self.drawn.shape != other.drawn.shape:
            raise ValueError("both systems' figures from the same people, seed and number of replicates")
        return Resampled(self.estimate - other.estimate, self.drawn - other.drawn, draws=self.draws)


@dataclass(frozen=True)
class Band:
    """A curve with its pointwise interval: arrays (points,)."""

    x: FloatArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    level: float = 0.95


def band(x: FloatArray, values: FloatArray, level: float) -> Band:
    """Return the band of a curve whose first row is with everybody, the others with people drawn again.

    Examples
    --------
    >>> made = band(np.array([0.1]), np.array([[0.5], [0.4], [0.6]]), level=1.0)
    >>> made.estimate.tolist(), made.low.tolist(), made.high.tolist()
    ([0.5], [0.4], [0.6])
    """
    edge = (1 - level) / 2
    low, high = np.nanquantile(values[1:], [edge, 1 - edge], axis=0)
    return Band(x, values[0], low, high, level)
