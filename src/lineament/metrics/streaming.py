"""Exact figures of more comparisons than fit in memory, in two passes over them.

The first pass counts scores in bins whose edges are the leading bits of the floating-point numbers themselves, so that
no range need be known and counts of several files can be added. At each edge FMR and FNMR are then exact. The second
pass keeps the scores of the few bins in which a figure lies, and gives it as if all had been in memory. Only the AUROC
is known within bounds: what scores of one bin leave open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import ErrorCurve, FloatArray, shares

BITS = 22  # sign, eleven of the exponent, ten of the fraction: 1,024 bins from 0.5 to 1; 32 MiB of counts a side
SHIFT = np.uint64(64 - BITS)
TOP_BIT = np.uint64(1) << np.uint64(63)
IntArray = NDArray[np.int64]


class ComparisonStream:
    """First pass: counts of mated and non-mated scores.

    Examples
    --------
    >>> chunks = [([0.4, 0.6], [0.1, 0.2]), ([0.8, 0.9], [0.3, 0.5])]
    >>> stream = ComparisonStream()
    >>> for mated, non_mated in chunks:
    ...     stream.add(mated=mated, non_mated=non_mated)
    >>> second = stream.second_pass(false_match_rates=[0.01], thresholds=[0.5])
    >>> for mated, non_mated in chunks:
    ...     second.add(mated=mated, non_mated=non_mated)
    >>> second.equal_error_rate(), second.false_non_match_rate_at(0.01), second.rates(0.5)
    (0.25, 0.25, (0.25, 0.25))
    """

    def __init__(self) -> None:
        self.mated = np.zeros(1 << BITS, dtype=np.int64)
        self.non_mated = np.zeros(1 << BITS, dtype=np.int64)

    def add(self, *, mated: ArrayLike = (), non_mated: ArrayLike = ()) -> None:
        """Count the scores of one more chunk; they must be finite."""
        for counts, scores in ((self.mated, mated), (self.non_mated, non_mated)):
            np.add.at(counts, _bins(scores), 1)

    def merge(self, other: Self) -> None:
        """Add the counts of another stream: of another file, or another process."""
        self.mated += other.mated
        self.non_mated += other.non_mated

    def curve(self) -> ErrorCurve:
        """Return FMR and FNMR at the edges of the bins that hold scores: exact there; an edge need not be a score."""
        held = np.flatnonzero(self.mated + self.non_mated)
        edges = np.append(_edges(held), np.inf)
        sums = [np.concatenate([[0], np.cumsum(counts[held])]).astype(np.float64) for counts in self._sides]
        return ErrorCurve(edges, shares(sums[1][-1] - sums[1], sums[1][-1:]), shares(sums[0], sums[0][-1:]))

    def area_under_roc(self) -> tuple[float, float]:
        """Return the least and the greatest AUROC that the counts allow."""
        curve = self.curve()
        mated, non_mated = np.diff(curve.false_non_match), -np.diff(curve.false_match)
        least = float((non_mated * curve.true_match[1:]).sum())
        return least, least + float((non_mated * mated).sum())

    def second_pass(self, *, thresholds: ArrayLike = (), false_match_rates: ArrayLike = ()) -> SecondPass:
        """Return what the second pass must fill in: the bins in which the EER and the figures asked for lie.

        Raises
        ------
        ValueError
            When no mated or no non-mated score was counted.
        """
        curve = self.curve()
        if not (self.mated.any() and self.non_mated.any()):
            raise ValueError("at least one mated and one non-mated score in the first pass")
        held = np.flatnonzero(self.mated + self.non_mated)
        wanted = set(_bins(thresholds).tolist())
        first = [int(np.argmax(curve.false_match <= rate)) for rate in np.ravel(np.asarray(false_match_rates, float))]
        first.append(int(np.argmax(curve.false_non_match >= curve.false_match)))
        # the first score at which a condition holds lies in the bin before the first such edge, or is the next one
        wanted.update(int(held[place]) for at in first for place in (at - 1, at) if 0 <= place < len(held))
        return SecondPass(self, np.array(sorted(wanted), dtype=np.intp))

    @property
    def _sides(self) -> tuple[IntArray, IntArray]:
        return self.mated, self.non_mated


@dataclass(eq=False)
class SecondPass:
    """Second pass: keeps the scores of a few bins; give it the very chunks of the first, in any order."""

    stream: ComparisonStream
    bins: NDArray[np.intp]

    def __post_init__(self) -> None:
        self._wanted = np.zeros(1 << BITS, dtype=bool)
        self._wanted[self.bins] = True
        self._mated: list[FloatArray] = []
        self._non_mated: list[FloatArray] = []

    def add(self, *, mated: ArrayLike = (), non_mated: ArrayLike = ()) -> None:
        """Keep what is needed of one chunk."""
        for kept, scores in ((self._mated, mated), (self._non_mated, non_mated)):
            values = np.asarray(scores, dtype=np.float64)
            kept.append(values[self._wanted[_bins(values)]])

    def equal_error_rate(self) -> float:
        """Return the EER, as `lineament.metrics.equal_error_rate` of all scores would."""
        return self.curve().equal_error_rate()

    def false_non_match_rate_at(self, rate: float) -> float:
        """Return FNMR@FMR for a rate that was asked for."""
        return self.curve().false_non_match_rate_at(rate)

    def threshold_at_false_match_rate(self, rate: float) -> float:
        """Return the lowest score whose FMR is at most a rate that was asked for."""
        return self.curve().threshold_at_false_match_rate(rate)

    def rates(self, threshold: float) -> tuple[float, float]:
        """Return FMR and FNMR at a threshold that was asked for."""
        number = int(_bins([threshold])[0])
        if not self._wanted[number]:
            raise ValueError(f"a threshold that the second pass was asked for, not {threshold}")
        rejected = []
        for counts, kept in zip(self.stream._sides, self._kept(), strict=True):
            inside = kept[_bins(kept) == number]
            rejected.append((counts[:number].sum() + (inside < threshold).sum()) / counts.sum())
        return float(1 - rejected[1]), float(rejected[0])

    def curve(self) -> ErrorCurve:
        """Return the error curve: every distinct score inside the bins kept, the edges of the others.

        Raises
        ------
        ValueError
            When the second pass has not seen the scores that the first one counted.
        """
        kept = self._kept()
        for counts, scores in zip(self.stream._sides, kept, strict=True):
            bins, kept_counts = np.unique(_bins(scores), return_counts=True)
            if kept_counts.sum() != counts[self.bins].sum() or (counts[bins] != kept_counts).any():
                raise ValueError("the same scores in the second pass as in the first")
        held = np.flatnonzero((self.stream.mated + self.stream.non_mated) * ~self._wanted)
        thresholds = np.unique(np.concatenate([_edges(held), *kept]))
        below = [
            self._below(counts, scores, held, thresholds)
            for counts, scores in zip(self.stream._sides, kept, strict=True)
        ]
        return ErrorCurve(
            np.append(thresholds, np.inf),
            shares(below[1][-1] - below[1], below[1][-1:]),
            shares(below[0], below[0][-1:]),
        )

    def _below(self, counts: IntArray, kept: FloatArray, held: NDArray[np.intp], thresholds: FloatArray) -> FloatArray:
        """Return how many scores lie below each threshold, and how many there are."""
        whole = np.concatenate([[0], np.cumsum(counts[held])])[np.searchsorted(_edges(held), thresholds)]
        return np.append(whole + np.searchsorted(np.sort(kept), thresholds), counts.sum()).astype(np.float64)

    def _kept(self) -> tuple[FloatArray, FloatArray]:
        nothing = np.empty(0)
        return np.concatenate([nothing, *self._mated]), np.concatenate([nothing, *self._non_mated])


def _bins(scores: ArrayLike) -> NDArray[np.intp]:
    """Return the bin of each score: its leading bits, in the order of the numbers (negative ones reversed)."""
    values = np.ravel(np.asarray(scores, dtype=np.float64)) + 0.0  # minus zero becomes zero
    if not np.isfinite(values).all():
        raise ValueError("finite scores")
    pattern = values.view(np.uint64)
    ordered = np.where(pattern & TOP_BIT, ~pattern, pattern | TOP_BIT)
    return (ordered >> SHIFT).astype(np.intp)


def _edges(bins: NDArray[np.intp]) -> FloatArray:
    """Return the lowest number of each bin."""
    ordered = bins.astype(np.uint64) << SHIFT
    pattern = np.where(ordered & TOP_BIT, ordered ^ TOP_BIT, ~ordered)
    return pattern.view(np.float64)
