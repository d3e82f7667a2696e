"""The figures of the table on `xr-objects`: Rank-1, open-set EER, paired differences, with intervals over people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation.open_set import DetectionScores, half_enrolled_scores, halves, mean_equal_error_rates
from lineament.metrics import Interval, jackknife_interval, left_out, multiplicities, percentile_interval

FloatArray = NDArray[np.float64]
REPLICATES = 1000


@dataclass(frozen=True, eq=False)
class Summary:
    """One system in one setting.

    Parameters
    ----------
    folds : sequence of dict
        Judgements as `TableRun.judgements` returns them.
    people : tuple of str
        Everybody who probes, over all folds.
    seed : int
        Of the resampling; two systems with one seed are resampled alike, so that differences are paired.
    """

    folds: Sequence[dict[str, Any]]
    people: tuple[str, ...]
    seed: int = 0

    @property
    def spans(self) -> list[str]:
        """The lengths of probes."""
        return list(self.folds[0]["spans"])

    @property
    def seconds(self) -> float:
        """Mean time to train a fold."""
        return float(np.mean([fold["seconds"] for fold in self.folds]))

    def rank_one(self, span: str) -> Interval:
        """Return the share of probes whose person comes first, probes of all folds pooled."""
        return percentile_interval(*self._with_replicates(self._rank_one(span)))

    def eer(self, span: str) -> Interval | None:
        """Return the open-set EER averaged over folds; None for a classifier."""
        if not self._detection[span]:
            return None
        return jackknife_interval(*self._with_replicates(self._eer(span)))

    def eer_estimate(self, span: str) -> float:
        """Return the open-set EER without its interval."""
        return float(self._eer(span)[0])

    def probes(self, span: str) -> int:
        """Return the number of probes of that length over all folds."""
        return sum(len(fold["spans"][span]["people"]) for fold in self.folds)

    def macro(self, span: str) -> float:
        """Return Rank-1 averaged over people."""
        right, total = self._counts[span]
        return float(np.mean(right[total > 0] / total[total > 0]))

    def centroid_rank_one(self, span: str) -> float | None:
        """Return Rank-1 by the likeness to mean templates, whatever the match rule; None for a classifier."""
        if not self._detection[span]:
            return None
        right = []
        for fold in self.folds:
            part = fold["spans"][span]
            first = np.array(part["comparison"]).argmax(axis=1)
            right += [fold["subjects"][column] == who for column, who in zip(first, part["people"], strict=True)]
        return float(np.mean(right))

    def rank_one_gain(self, other: Summary, span: str) -> Interval:
        """Return our Rank-1 minus another's, with the paired interval over people."""
        return percentile_interval(*self._with_replicates(self._rank_one(span) - other._rank_one(span)))

    def eer_gain(self, other: Summary, span: str) -> Interval | None:
        """Return another's EER minus ours (so that more is better), with the paired interval over people."""
        if not self._detection[span] or not other._detection[span]:
            return None
        return jackknife_interval(*self._with_replicates(other._eer(span) - self._eer(span)))

    @staticmethod
    def _with_replicates(values: FloatArray) -> tuple[float, FloatArray]:
        """Return the estimate, which comes first, and the replicates."""
        return float(values[0]), values[1:]

    @cached_property
    def _times(self) -> FloatArray:
        """Return multiplicities of people: everybody once, then the replicates."""
        drawn = multiplicities(len(self.people), REPLICATES, self.seed)
        return np.concatenate([np.ones((1, len(self.people))), drawn])

    @cached_property
    def _counts(self) -> dict[str, tuple[FloatArray, FloatArray]]:
        """Return for each span the right probes and all probes of each person."""
        counts = {}
        for span in self.spans:
            right, total = np.zeros(len(self.people)), np.zeros(len(self.people))
            for fold in self.folds:
                part = fold["spans"][span]
                for who, winner in zip(part["people"], part["winners"], strict=True):
                    place = self.people.index(who)
                    total[place] += 1
                    right[place] += fold["subjects"][winner] == who
            counts[span] = right, total
        return counts

    def _rank_one(self, span: str) -> FloatArray:
        """Return Rank-1 with everybody, then with resampled people."""
        right, total = self._counts[span]
        return np.asarray((self._times @ right) / np.maximum(self._times @ total, 1e-12))

    @cached_property
    def _detection(self) -> dict[str, list[DetectionScores]]:
        """Return for each span the scores of every fold, half of its people enrolled; none for a classifier."""
        return {span: [s for fold in self.folds if (s := self._half_enrolled(fold, span))] for span in self.spans}

    def _half_enrolled(self, fold: dict[str, Any], span: str) -> DetectionScores | None:
        part, subjects = fold["spans"][span], fold["subjects"]
        if part["comparison"] is None:
            return None
        mates = [subjects.index(who) for who in part["people"]]
        numbers = [self.people.index(who) for who in subjects]
        return half_enrolled_scores(part["comparison"], mates, halves(len(subjects)), people=numbers)

    def _eer(self, span: str) -> FloatArray:
        """Return the EER with everybody, then with each person left out."""
        if span not in self._rates:
            times = np.concatenate([np.ones((1, len(self.people))), left_out(len(self.people))])
            self._rates[span] = mean_equal_error_rates(self._detection[span], times)
        return self._rates[span]

    @cached_property
    def _rates(self) -> dict[str, FloatArray]:
        return {}


def summarise(folds: Sequence[dict[str, Any]], *, seed: int = 0) -> Summary:
    """Return the summary of a system's folds."""
    people = {who for fold in folds for part in fold["spans"].values() for who in part["people"]}
    return Summary(list(folds), tuple(sorted(people)), seed)
