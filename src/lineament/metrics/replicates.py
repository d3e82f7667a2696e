"""A figure with its values over resampled people: its interval, and its difference from another system's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from lineament.metrics.curves import FloatArray
from lineament.metrics.intervals import Interval, clopper_pearson_interval, multiplicities, percentile_interval

MOST_GROUPS = 100


@dataclass(frozen=True)
class Resampled:
    """A figure, and what it would have been with other people.

    Parameters
    ----------
    estimate : float
        With everybody.
    drawn : array (replicates,)
        With people drawn again; NaN where nobody of a kind was drawn.
    influence : array (groups,)
        By how much each group of people moves it (from leaving each out in turn): says how skewed it is.
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
    influence: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False)
    people: int | None = None
    draws: str = ""

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval by bias-corrected and accelerated percentiles (BCa; Efron 1987).

        Plain percentiles of rates near zero lie too low; these are moved by how many replicates lie below the estimate
        and by how skewed people's influence is.
        """
        usable = self.drawn[np.isfinite(self.drawn)]
        if self.people and self.estimate in (0.0, 1.0) and (usable == self.estimate).all():
            errors = self.people if self.estimate else 0
            return clopper_pearson_interval(errors=errors, trials=self.people, level=level)
        if not len(usable) or not np.isfinite(self.estimate):
            return percentile_interval(self.estimate, self.drawn, level)
        low, high = np.quantile(usable, self._quantiles(usable, level))
        return Interval(self.estimate, float(low), float(high), level)

    def __sub__(self, other: Resampled) -> Resampled:
        """Return the paired difference: both systems were given the same people in each replicate.

        Raises
        ------
        ValueError
            When they were not.
        """
        if self.draws != other.draws or self.drawn.shape != other.drawn.shape:
            raise ValueError("both systems' figures from the same people, seed and number of replicates")
        return Resampled(
            self.estimate - other.estimate,
            self.drawn - other.drawn,
            self.influence - other.influence,
            draws=self.draws,
        )

    def _quantiles(self, usable: FloatArray, level: float) -> FloatArray:
        """Return which quantiles of the replicates bound the interval."""
        from scipy.special import ndtr, ndtri

        plain = np.array([(1 - level) / 2, (1 + level) / 2])
        below = ((usable < self.estimate).mean() + (usable <= self.estimate).mean()) / 2
        moves = self.influence[np.isfinite(self.influence)]
        spread = float((moves**2).sum())
        if not 0 < below < 1 or not spread > 0:
            return plain
        shift, skew = float(ndtri(below)), float((moves**3).sum()) / (6 * spread**1.5)
        moved = shift + ndtri(plain)
        stretch = 1 - skew * moved
        return np.asarray(ndtr(shift + moved / stretch)) if (stretch > 0.1).all() else plain


@dataclass(frozen=True)
class Band:
    """A curve with its pointwise interval: arrays (points,)."""

    x: FloatArray
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    level: float = 0.95


@dataclass(frozen=True)
class Draws:
    """Which people were drawn: rows are everybody, the replicates, and everybody without each group in turn.

    Parameters
    ----------
    times : tuple of array (rows, people)
        For each kind of people (known, strangers), how often each is there.
    replicates : int
    scale : array (groups,)
        Turns the figure without a group into that group's influence.
    name : str
        The same for the same draws.
    """

    times: tuple[FloatArray, ...]
    replicates: int
    scale: FloatArray
    name: str

    def resampled(self, values: FloatArray, people: int | None = None) -> Resampled:
        """Return a figure from its values in each row."""
        drawn, without = np.split(values[1:], [self.replicates])
        return Resampled(float(values[0]), drawn, self.scale * (values[0] - without), people, self.name)

    def band(self, x: FloatArray, values: FloatArray, level: float, people: int | None = None) -> Band:
        """Return a curve from its values in each row, (rows, points)."""
        each = [self.resampled(column, people).interval(level) for column in values.T]
        low, high = (np.array([getattr(interval, side) for interval in each]) for side in ("low", "high"))
        return Band(x, values[0], low, high, level)


def draw_people(*names: Sequence[str] | NDArray[np.str_], replicates: int, seed: int) -> Draws:
    """Return draws of people with replacement, each kind from its own.

    Parameters
    ----------
    names : sequence of str
        The people of one kind.

    Examples
    --------
    >>> drawn = draw_people(["anna", "ben"], replicates=3, seed=0)
    >>> drawn.times[0].tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 2.0], [0.0, 1.0], [1.0, 0.0]]
    """
    sizes = [len(kind) for kind in names]
    groups = [min(size, MOST_GROUPS) for size in sizes]
    times = []
    for k, size in enumerate(sizes):
        drawn = multiplicities(size, replicates, (seed, k)) if size else np.ones((replicates, 0))
        without = [np.ones((count, size)) for count in groups]
        if size:
            without[k] -= np.arange(size)[None] % groups[k] == np.arange(groups[k])[:, None]
        times.append(np.concatenate([np.ones((1, size)), drawn, *without]))
    scale = np.concatenate([np.full(count, (count - 1) / max(count, 1)) for count in groups])
    text = "\1".join("\0".join(kind) for kind in names)
    return Draws(tuple(times), replicates, scale, f"{sha256(text.encode()).hexdigest()[:16]}/{replicates}/{seed}")
