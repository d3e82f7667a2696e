"""Weighted rates of a set of comparisons for many weightings of the people at once, from counts a pair of people.

A mated comparison weighs as its person, a non-mated one as the product of both. The weight of the non-mated comparisons
that are accepted at a threshold is then w' C w with C (people, people) their counts: one matrix product for all
replicates instead of a sort of all scores for each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lineament.metrics.comparisons import Comparisons, FloatArray, IntArray
from lineament.metrics.curves import shares

# condition on FMR and FNMR, (R, K) each, that holds from some threshold on
Condition = Callable[[FloatArray, FloatArray], NDArray[np.bool_]]

FEWEST_CUTS, MOST_CUTS = 64, 512
PRODUCTS = (
    1.6e10  # multiplications that all cuts together may cost where they are not the fewest: a fraction of a second
)
SPLIT = 16
LARGEST_STEP = 8_000_000  # weights held at once when a stretch is read score by score
LARGEST_EXACT_FLOAT32 = 2.0**24


class PersonPairs:
    """Comparisons in the order of their scores, counted a person and a pair of people.

    Parameters
    ----------
    found : Comparisons
    times : array (R, people)
        Weight of each person in each replicate: whole numbers.
    """

    def __init__(self, found: Comparisons, times: FloatArray) -> None:
        self.times = times
        order = np.argsort(found.mated, kind="stable")
        self.mated, self.mated_people = found.mated[order], found.mated_people[order]
        self._rows, row = _used(found.probe_people, times.shape[1])
        self._columns, column = _used(found.reference_people, times.shape[1])
        order = np.argsort(found.non_mated)
        self.non_mated = found.non_mated[order]
        self._pair = (row * len(self._columns) + column)[order]
        cost = len(times) * self._size
        self.thresholds = _cuts(self.mated, self.non_mated, int(np.clip(PRODUCTS / cost, FEWEST_CUTS, MOST_CUTS)))
        self._left, self._right = times[:, self._rows], times[:, self._columns]

    def mated_sums(self, values: FloatArray) -> FloatArray:
        """Return the weighted sum of one value a mated comparison (in the order of `mated`), (R,)."""
        return np.asarray(self.times @ np.bincount(self.mated_people, weights=values, minlength=self.times.shape[1]))

    def non_mated_sums(self, values: FloatArray) -> FloatArray:
        """Return the weighted sum of one value a non-mated comparison (in the order of `non_mated`), (R,)."""
        return self._forms(np.bincount(self._pair, weights=values, minlength=self._size))

    @cached_property
    def mated_total(self) -> FloatArray:
        """Weight of all mated comparisons, (R,)."""
        return self.mated_sums(np.ones(len(self.mated)))

    @cached_property
    def non_mated_total(self) -> FloatArray:
        """Weight of all non-mated comparisons, (R,)."""
        return self._accepted_from(np.array([0]))[:, 0]

    @cached_property
    def false_match(self) -> FloatArray:
        """FMR at each of `thresholds`, (R, K)."""
        return shares(self._accepted, self.non_mated_total[:, None])

    @cached_property
    def false_non_match(self) -> FloatArray:
        """FNMR at each of `thresholds`, (R, K)."""
        return shares(self.rejected(self.thresholds), self.mated_total[:, None])

    def accepted(self, threshold: float) -> FloatArray:
        """Return the weight of the non-mated comparisons at or above a threshold, (R,)."""
        return self._accepted_from(np.searchsorted(self.non_mated, [threshold]))[:, 0]

    def rejected(self, thresholds: FloatArray, members: IntArray | slice = slice(None)) -> FloatArray:
        """Return the weight of the mated comparisons below each of some rising thresholds, (members, K)."""
        people, count = self.times.shape[1], len(thresholds)
        cell = np.searchsorted(thresholds, self.mated, side="right")  # the first threshold above each
        counts = np.bincount(self.mated_people * (count + 1) + cell, minlength=people * (count + 1))
        return np.cumsum(self.times[members] @ counts.reshape(people, count + 1)[:, :-1].astype(np.float64), axis=1)

    def around(self, condition: Condition) -> tuple[FloatArray, FloatArray]:
        """Return FMR and FNMR beside the first threshold, of all scores, at which a condition holds.

        Returns
        -------
        false_match, false_non_match : array (R, 2)
            At the threshold before, and at the first itself; NaN for a replicate without comparisons of a kind. The
            condition must not hold at the lowest score, and must hold at infinity.
        """
        found = np.full((2, len(self.times), 2), np.nan)
        drawn = np.flatnonzero((self.mated_total > 0) & (self.non_mated_total > 0))
        cells = np.argmax(condition(self.false_match[drawn], self.false_non_match[drawn]), axis=1) - 1
        starts = np.append(np.searchsorted(self.non_mated, self.thresholds[:-1]), len(self.non_mated))
        for cell in np.unique(cells):
            bounds = (int(starts[cell]), int(starts[cell + 1]), self.thresholds[cell], self.thresholds[cell + 1])
            some = drawn[cells == cell]
            self._descend(some, bounds, self._accepted[some, cell], condition, found)
        return found[0], found[1]

    def _descend(
        self,
        members: IntArray,
        bounds: tuple[int, int, float, float],
        accepted: FloatArray,
        condition: Condition,
        found: FloatArray,
    ) -> None:
        """Fill in `found` for some replicates whose threshold lies in one stretch of scores.

        A stretch that is long is split by counts again; a short one is read score by score.
        """
        start, stop, low, high = bounds
        if (stop - start) * len(members) > LARGEST_STEP:
            steps = np.linspace(start, stop, SPLIT + 1)[1:-1].astype(np.intp)
            within = np.unique(self.non_mated[steps])
            thresholds = np.concatenate([[low], within[within > low], [high]])
            if len(thresholds) > 2:
                starts = np.concatenate([[start], np.searchsorted(self.non_mated, thresholds[1:-1]), [stop]])
                sums = self._accepted_from(starts, members)
                rates = self._rates(sums + (accepted - sums[:, 0])[:, None], thresholds, members)
                cells = np.argmax(condition(*rates), axis=1) - 1
                for cell in np.unique(cells):
                    smaller = (int(starts[cell]), int(starts[cell + 1]), thresholds[cell], thresholds[cell + 1])
                    chosen = cells == cell
                    at = (sums[:, cell] + accepted - sums[:, 0])[chosen]
                    self._descend(members[chosen], smaller, at, condition, found)
                return
        rates = self._inside(bounds, accepted, members)
        first = np.argmax(condition(*rates), axis=1)
        rows = np.arange(len(members))
        for side in (0, 1):
            found[side, members] = np.stack([rates[side][rows, first - 1], rates[side][rows, first]], axis=1)

    def _inside(
        self, bounds: tuple[int, int, float, float], accepted: FloatArray, members: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return FMR and FNMR of some replicates at every distinct score of a stretch and at its end, (members, K)."""
        start, stop, low, high = bounds
        scores, pair = self.non_mated[start:stop], self._pair[start:stop]
        some = slice(*np.searchsorted(self.mated, [low, high]))
        mated = self.mated[some]
        thresholds = np.append(np.unique(np.concatenate([[low], scores, mated])), high)
        rows, columns = np.divmod(pair, len(self._columns))
        weight = self._left[members][:, rows] * self._right[members][:, columns]
        above = accepted[:, None] - _running(weight)[:, np.searchsorted(scores, thresholds)]
        above[:, -1] = accepted - weight.sum(axis=1)
        below = _running(self.times[members][:, self.mated_people[some]])[:, np.searchsorted(mated, thresholds)]
        below += self.rejected(np.array([low]), members)
        return shares(above, self.non_mated_total[members][:, None]), shares(below, self.mated_total[members][:, None])

    def _rates(self, accepted: FloatArray, thresholds: FloatArray, members: IntArray) -> tuple[FloatArray, FloatArray]:
        rejected = self.rejected(thresholds, members)
        return shares(accepted, self.non_mated_total[members][:, None]), shares(
            rejected, self.mated_total[members][:, None]
        )

    @cached_property
    def _accepted(self) -> FloatArray:
        """Weight of the non-mated comparisons at or above each of `thresholds`, (R, K)."""
        starts = np.append(np.searchsorted(self.non_mated, self.thresholds[:-1]), len(self.non_mated))
        return self._accepted_from(starts)

    def _accepted_from(self, starts: IntArray, members: IntArray | slice = slice(None)) -> FloatArray:
        """Return the weight of the non-mated comparisons from each of some rising places on, (members, starts)."""
        counts = np.zeros(self._size, dtype=np.int64)
        sums = np.empty((len(self.times[members]), len(starts)))
        stop = len(self._pair)
        for k in range(len(starts) - 1, -1, -1):
            counts += np.bincount(self._pair[starts[k] : stop], minlength=self._size)
            stop = starts[k]
            sums[:, k] = self._forms(counts, members)
        return sums

    @property
    def _size(self) -> int:
        return len(self._rows) * len(self._columns)

    @cached_property
    def _left_float32(self) -> NDArray[np.float32]:
        return self._left.astype(np.float32)

    def _forms(self, sums: NDArray[np.int64] | FloatArray, members: IntArray | slice = slice(None)) -> FloatArray:
        """Return w' S w for the weights w of some replicates, (members,); S (probe people, reference people) flat."""
        table = sums.reshape(len(self._rows), len(self._columns))
        if table.dtype != np.float64 and table.sum(axis=0).max() * self._left.max() < LARGEST_EXACT_FLOAT32:
            # whole numbers: as exact in half the bits, and twice as fast
            product = (self._left_float32[members] @ table.astype(np.float32)).astype(np.float64)
        else:
            product = self._left[members] @ table.astype(np.float64)
        return np.asarray(np.einsum("rj,rj->r", product, self._right[members]))


def _used(places: IntArray, people: int) -> tuple[IntArray, IntArray]:
    """Return which people occur, and each place among them."""
    occurs = np.bincount(places, minlength=people) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[places]


def _running(values: FloatArray) -> FloatArray:
    """Return the sums of the first 0, 1, 2... columns."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _cuts(mated: FloatArray, non_mated: FloatArray, most: int) -> FloatArray:
    """Return rising thresholds, from the lowest score to infinity: all distinct scores where they are few.

    Otherwise a third at even steps of FMR, a third at even steps of its logarithm (the ranks 1, 2, 3... from the top
    are among them), a third at even steps of FNMR.

    Parameters
    ----------
    mated, non_mated : array
        Sorted.
    """
    distinct = np.concatenate([side[np.append(True, side[1:] != side[:-1])] for side in (mated, non_mated)])
    if len(distinct) <= 2 * most and len(np.unique(distinct)) <= most:
        return np.append(np.unique(distinct), np.inf)
    cuts = [np.minimum(mated[:1], non_mated[:1])]
    for scores, logarithmic in ((mated, False), (non_mated, False), (non_mated, True)):
        count, third = len(scores), most // 3
        ranks = count - np.geomspace(1, count, third) if logarithmic else np.linspace(0, count - 1, third)
        cuts.append(scores[np.rint(ranks).astype(np.intp)])
    return np.append(np.unique(np.concatenate(cuts)), np.inf)
