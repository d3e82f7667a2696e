"""Figures of searching a gallery, known and open-set, with intervals by resampling the people who probe.

The gallery is held fixed (another gallery is another N): known people and strangers are drawn with replacement, each
kind from its own, and a probe weighs as often as its person was drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.metrics.curves import FloatArray, areas, crossing_rates, shares
from lineament.metrics.identification import mate_ranks, score_table
from lineament.metrics.replicates import Band, Resampled, draw_people

Read = Callable[[FloatArray, FloatArray], FloatArray]
LARGEST_STEP = 4_000_000  # rates held at once


class ResampledSearches:
    """Every figure of searches in a gallery, with replicates over people; all computed anew for each, exactly.

    Parameters
    ----------
    known : array (probes, subjects)
        Scores of probes of enrolled people against everybody in the gallery.
    mates : int array (probes,)
        The column of each one's true subject.
    known_people : array (probes,)
        The human being behind each.
    strangers : array (probes, subjects), optional
        Scores of probes of people who are not in the gallery.
    stranger_people : array (probes,), optional
    known_ranking, stranger_ranking : array like `known` and `strangers`, optional
        What candidates are put in order by, where that is not their score (votes): the threshold is then held against
        the score of the first.
    replicates, seed : int
        How many times people are drawn; from which seed.

    Raises
    ------
    ValueError
        When shapes disagree or there are no known probes.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mates = np.repeat(np.arange(20), 3)
    >>> known, strangers = rng.normal(size=(60, 20)), rng.normal(size=(90, 20))
    >>> known[np.arange(60), mates] += 4
    >>> drawn = ResampledSearches(known=known, mates=mates, known_people=mates, strangers=strangers,
    ...     stranger_people=np.repeat(np.arange(30), 3), seed=1)
    >>> str(drawn.rank_rate(1).interval()), str(drawn.open_set_area().interval())
    ('0.967 [0.900, 1.000]', '0.939 [0.874, 0.978]')
    """

    def __init__(
        self,
        *,
        known: ArrayLike,
        mates: ArrayLike,
        known_people: ArrayLike,
        strangers: ArrayLike | None = None,
        stranger_people: ArrayLike | None = None,
        known_ranking: ArrayLike | None = None,
        stranger_ranking: ArrayLike | None = None,
        replicates: int = 1000,
        seed: int = 0,
    ) -> None:
        table = score_table(known)
        columns = np.asarray(mates, dtype=np.intp)
        self.gallery_size = table.shape[1]
        self.ranks = mate_ranks(scores=table if known_ranking is None else known_ranking, mates=columns)
        self.best, self.correct = _first_scores(table, known_ranking), self.ranks == 1
        self.mated = table[np.arange(len(table)), columns]
        others = score_table(np.empty((0, self.gallery_size)) if strangers is None else strangers)
        if others.shape[1] != self.gallery_size:
            raise ValueError(f"the same gallery for strangers, {self.gallery_size} subjects and not {others.shape[1]}")
        self.strangers = _first_scores(others, stranger_ranking)
        self._known_table, self._stranger_table = table, others
        names, places = _names(known_people, len(table))
        outside, outside_places = _names(() if stranger_people is None else stranger_people, len(others))
        self._draws = draw_people(names, outside, replicates=replicates, seed=seed)
        self._known = _Probes(places, self._draws.times[0])
        self._outside = _Probes(outside_places, self._draws.times[1])

    def rank_rate(self, rank: int = 1) -> Resampled:
        """Return Rank-k: the share of known probes whose mate comes within `rank`."""
        return self.known_mean(self.ranks <= rank)

    def false_positive_identification_rate(self, threshold: float) -> Resampled:
        """Return FPIR at a threshold."""
        return self._draws.resampled(self._outside.mean(self.strangers >= threshold), self._outside.people)

    def false_negative_identification_rate(self, threshold: float, rank: int | None = 1) -> Resampled:
        """Return FNIR(N, R, T)."""
        return self.known_mean(self._mated_within(rank) < threshold)

    def misidentification_rate(self, threshold: float) -> Resampled:
        """Return the share of known probes taken for another, above the threshold."""
        return self.known_mean(~self.correct & (self.best >= threshold))

    def selectivity(self, threshold: float, *, of_strangers: bool = False) -> Resampled:
        """Return the mean number of candidates at or above a threshold, of known probes or of strangers."""
        table, draw = (self._stranger_table, self._outside) if of_strangers else (self._known_table, self._known)
        return self._draws.resampled(draw.mean((table >= threshold).sum(axis=1)))

    def known_mean(self, values: ArrayLike) -> Resampled:
        """Return the mean of one value a known probe; NaN values (no relevant reference) are left out.

        For mAP: of `average_precisions`.
        """
        each = np.asarray(values)
        return self._draws.resampled(self._known.mean(each), self._known.people if each.dtype == bool else None)

    def detection_identification_rate_at(self, rate: float, rank: int | None = 1) -> Resampled:
        """Return DIR@FPIR, the threshold found anew each time."""
        return self._draws.resampled(
            self._read(self._mated_within(rank), lambda accepted, false: _at_most(accepted, false, rate)),
            self._known.people,
        )

    def open_set_area(self) -> Resampled:
        """Return OSCR."""
        return self._draws.resampled(
            self._read(self._mated_within(1), lambda accepted, false: areas(false, accepted)), self._known.people
        )

    def area_under_roc(self) -> Resampled:
        """Return the AUROC of known against stranger by the best score."""
        return self._draws.resampled(
            self._read(self.best, lambda accepted, false: areas(false, accepted)), self._known.people
        )

    def open_set_equal_error_rate(self) -> Resampled:
        """Return the EER of known against stranger by the best score."""
        return self._draws.resampled(
            self._read(self.best, lambda accepted, false: crossing_rates(false, 1.0 - accepted)), self._known.people
        )

    def true_positive_rate_at(self, rate: float) -> Resampled:
        """Return TPR@FPR of known against stranger by the best score, whoever it is taken for."""
        return self._draws.resampled(
            self._read(self.best, lambda accepted, false: _at_most(accepted, false, rate)), self._known.people
        )

    def false_positive_rate_at_95(self) -> Resampled:
        """Return FPR95: the share of strangers accepted where 95 % of the known are."""

        def read(accepted: FloatArray, false: FloatArray) -> FloatArray:
            enough = accepted >= 0.95
            last = enough.shape[1] - 1 - np.argmax(enough[:, ::-1], axis=1)
            return np.asarray(false[np.arange(len(last)), last])

        return self._draws.resampled(self._read(self.best, read), self._outside.people)

    def cumulative_match_band(self, ranks: ArrayLike, level: float = 0.95) -> Band:
        """Return the CMC at given ranks with its pointwise interval."""
        at = np.asarray(ranks, dtype=np.float64)
        values = np.stack([self._known.mean(self.ranks <= rank) for rank in at], axis=1)
        return self._draws.band(at, values, level, self._known.people)

    def open_set_band(self, rates: ArrayLike, level: float = 0.95) -> Band:
        """Return the CCR over given rates of strangers accepted, with its pointwise interval."""
        return self.detection_band(rates, rank=1, level=level)

    def detection_band(self, rates: ArrayLike, rank: int | None = 1, level: float = 0.95) -> Band:
        """Return the DIR over given FPIRs with its pointwise interval; each at the lowest threshold that keeps it."""
        at = np.asarray(rates, dtype=np.float64)
        values = self._read(
            self._mated_within(rank),
            lambda accepted, false: np.stack([_at_most(accepted, false, rate) for rate in at], axis=1),
        )
        return self._draws.band(at, values, level, self._known.people)

    def _mated_within(self, rank: int | None) -> FloatArray:
        return self.mated if rank is None else np.where(self.ranks <= rank, self.mated, -np.inf)

    def _read(self, known: FloatArray, read: Read) -> FloatArray:
        """Return `read` of the shares of known and of strangers that are at least each distinct score, (R, K) each."""
        both = np.concatenate([known, self.strangers])
        thresholds = np.append(np.unique(both[both > -np.inf]), np.inf)
        step = max(1, LARGEST_STEP // len(both))
        parts = []
        for start in range(0, len(self._known.times), step):
            some = slice(start, start + step)
            parts.append(
                read(self._known.above(known, thresholds, some), self._outside.above(self.strangers, thresholds, some))
            )
        return np.concatenate(parts)


class _Probes:
    """Whose each probe is, and how often each person is there in each row of the draws."""

    def __init__(self, place: NDArray[np.intp], times: FloatArray) -> None:
        self.place, self.times = place, times
        self.people = times.shape[1]

    def mean(self, values: NDArray[np.generic]) -> FloatArray:
        """Return the weighted mean of one value a probe, (R,); NaN values are left out."""
        each = values.astype(np.float64)
        there = ~np.isnan(each)
        sums = np.bincount(self.place[there], weights=each[there], minlength=self.people)
        return shares(self.times @ sums, self.times @ np.bincount(self.place[there], minlength=self.people))

    def above(self, scores: FloatArray, thresholds: FloatArray, some: slice) -> FloatArray:
        """Return the share of the probes of some replicates that score at least each threshold, (some, K)."""
        order = np.argsort(scores, kind="stable")
        weight = self.times[some][:, self.place[order]]
        below = np.zeros((len(weight), len(scores) + 1))
        np.cumsum(weight, axis=1, out=below[:, 1:])
        places = np.searchsorted(scores[order], thresholds)
        places[-1] = len(scores)
        return shares(below[:, -1:] - below[:, places], below[:, -1:])


def _names(people: ArrayLike, probes: int) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """Return the names of people, sorted, and whose each probe is."""
    names, place = np.unique(np.asarray(people).astype(str), return_inverse=True)
    if len(place) != probes:
        raise ValueError(f"a person for each of {probes} probes, not {len(place)}")
    return names, place


def _first_scores(scores: FloatArray, ranking: ArrayLike | None) -> FloatArray:
    """Return the score of the candidate who comes first, (probes,)."""
    if ranking is None:
        return np.asarray(scores.max(axis=1))
    order = score_table(ranking)
    if order.shape != scores.shape:
        raise ValueError(f"a ranking in the shape of the scores {scores.shape}, not {order.shape}")
    return np.asarray(scores[np.arange(len(scores)), order.argmax(axis=1)])


def _at_most(accepted: FloatArray, false: FloatArray, rate: float) -> FloatArray:
    """Return what is accepted at the lowest threshold at which at most `rate` is falsely, (R,)."""
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate between 0 and 1, not {rate}")
    first = np.argmax(false <= rate, axis=1)
    rows = np.arange(len(first))
    return np.where(np.isnan(false[rows, first]), np.nan, accepted[rows, first])
