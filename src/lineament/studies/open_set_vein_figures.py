"""The figures of the vein study over several splits: means, with intervals over the people of all splits.

As in paper 003, detection holds the best score of each probe against the threshold: OSCR, AUROC, EER and TPR@FPR are of
enrolled probes against strangers' (§3.4). A figure is the mean over the splits; its interval draws people again (1,000
times, BCa), each with all of their probes in every split, galleries held fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation.scores import Scores
from lineament.metrics import Interval
from lineament.metrics.identification import mate_ranks, rank_rate
from lineament.metrics.intervals import left_out, multiplicities
from lineament.metrics.open_set import open_set_area
from lineament.metrics.replicates import Resampled
from lineament.metrics.verification import area_under_roc, equal_error_rate, true_positive_rate_at

FloatArray = NDArray[np.float64]
REPLICATES = 1000
FIGURES = ("OSCR", "AUROC", "EER", "Rank-1", "Rank-5", "TPR@FPR 1 %", "TPR@FPR 0.1 %")


@dataclass(frozen=True, eq=False)
class Searches:
    """One split's probes in its gallery, reduced to what the figures need.

    Parameters
    ----------
    known, strangers : array (probes,)
        Score of the first candidate, probes of enrolled people and of strangers.
    ranks : int array (probes,)
        Of the known probes' mates; 1 is first, ties count against.
    known_people, stranger_people : str array
    failed : (int, int)
        Images not enrolled, and probes not compared, since no region was found.
    """

    known: FloatArray
    strangers: FloatArray
    ranks: NDArray[np.intp]
    known_people: NDArray[np.str_]
    stranger_people: NDArray[np.str_]
    failed: tuple[int, int]

    @staticmethod
    def of(scores: Scores) -> Searches:
        """Return what scores say of each probe."""
        held, ranked = scores.by_subject(), scores.by_subject(ranking=True)
        first = held[np.arange(len(held)), ranked.argmax(axis=1)]
        known = scores.known
        places = {subject: place for place, subject in enumerate(scores.subjects)}
        mates = np.array([places[subject] for subject in scores.probes["subject"][known]], dtype=np.intp)
        people = scores.probes["person"].to_numpy(dtype=str)
        return Searches(
            first[known],
            first[~known],
            mate_ranks(scores=ranked[known], mates=mates),
            people[known],
            people[~known],
            (len(scores.failed_references), len(scores.failed_probes)),
        )

    def figure(self, name: str, known: FloatArray | None = None, strangers: FloatArray | None = None) -> float:
        """Return a figure, with weights of the probes where people were drawn again; NaN where a side is empty."""
        if known is not None and strangers is not None and not (known.any() and strangers.any()):
            return float("nan")
        sides = {"mated_weights": known, "non_mated_weights": strangers}
        match name:
            case "OSCR":
                right = self.ranks == 1
                return open_set_area(
                    known=self.known,
                    correct=right,
                    strangers=self.strangers,
                    known_weights=known,
                    stranger_weights=strangers,
                )
            case "AUROC":
                return area_under_roc(mated=self.known, non_mated=self.strangers, **sides)
            case "EER":
                return equal_error_rate(mated=self.known, non_mated=self.strangers, **sides)
            case "Rank-1":
                return rank_rate(ranks=self.ranks, rank=1, weights=known)
            case "Rank-5":
                return rank_rate(ranks=self.ranks, rank=5, weights=known)
        rate = {"TPR@FPR 1 %": 0.01, "TPR@FPR 0.1 %": 0.001}[name]
        return true_positive_rate_at(mated=self.known, non_mated=self.strangers, rate=rate, **sides)


@dataclass(frozen=True, eq=False)
class Summary:
    """A system over several splits.

    Parameters
    ----------
    splits : sequence of Searches
    people : tuple of str
        Who is drawn again: everybody of the study, so that two systems' draws are the same and can be subtracted.
    """

    splits: Sequence[Searches]
    people: tuple[str, ...]
    _made: dict[str, Resampled] = field(default_factory=dict)

    def figure(self, name: str) -> Resampled:
        """Return a figure over all splits, as it is and with people drawn again; made once."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Resampled:
        estimate = float(np.mean([split.figure(name) for split in self.splits]))
        place = {person: column for column, person in enumerate(self.people)}
        columns = [
            tuple(np.array([place[who] for who in side]) for side in (split.known_people, split.stranger_people))
            for split in self.splits
        ]

        def mean(row: FloatArray) -> float:
            """Return the figure with each person so many times."""
            found = [s.figure(name, row[k], row[u]) for s, (k, u) in zip(self.splits, columns, strict=True)]
            return float(np.mean(found))

        drawn = np.array([mean(row) for row in self._draws])
        involved = np.unique(np.concatenate([np.concatenate(pair) for pair in columns]))
        influence = np.zeros(len(self.people))
        influence[involved] = [estimate - mean(row) for row in left_out(len(self.people))[involved]]
        return Resampled(estimate, drawn, influence, self._about(name), f"{len(self.people)} people")

    def interval(self, name: str) -> Interval:
        """Return a figure with its 95 % interval."""
        return self.figure(name).interval()

    def _about(self, name: str) -> int | None:
        """Return how many people a rate is about: its interval where nobody failed is that of as many trials."""
        if name in ("OSCR", "AUROC"):
            return None
        sides = [split.known_people for split in self.splits]
        if name == "EER":
            sides += [split.stranger_people for split in self.splits]
        return len(np.unique(np.concatenate(sides)))

    @cached_property
    def _draws(self) -> FloatArray:
        return multiplicities(len(self.people), REPLICATES, 0)


def operating_point(validation: Searches, test: Searches) -> tuple[float, float, float]:
    """Return the threshold that maximises CCR - FPR on validation people, and what it does on the tested ones.

    Returns
    -------
    threshold : float
    accuracy : float
        Share of known probes that are accepted and named rightly.
    rejection : float
        Share of strangers that are rejected.
    """
    right = np.where(validation.ranks == 1, validation.known, -np.inf)
    candidates = np.unique(np.concatenate([validation.known, validation.strangers]))
    gain = [(right >= t).mean() - (validation.strangers >= t).mean() for t in candidates]
    threshold = float(candidates[int(np.argmax(gain))])
    accuracy = float(((test.ranks == 1) & (test.known >= threshold)).mean())
    return threshold, accuracy, float((test.strangers < threshold).mean())


def written(name: str, interval: Interval) -> str:
    """Return a figure with its interval; the EER in per cent."""
    if name == "EER":
        return f"{interval.estimate:.2%} [{interval.low:.1%}, {interval.high:.1%}]".replace("%", " %")
    return f"{interval.estimate:.4f} [{interval.low:.3f}, {interval.high:.3f}]"


def signed(interval: Interval) -> str:
    """Return a difference with its interval."""
    return f"{interval.estimate:+.4f} [{interval.low:+.3f}, {interval.high:+.3f}]"
