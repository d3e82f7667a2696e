"""The figures of `lineament.studies.web_bpu150`: all seeds' searches together, with intervals over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lineament.evaluation.scores import Scores
from lineament.metrics import Interval, Resampled, ResampledComparisons, ResampledSearches, pooled_interval

FloatArray = NDArray[np.float64]
FPIR = 0.1
SPANS = {"1 to 2 weeks later": (1, 2), "3 to 4": (3, 4), "5 to 8": (5, 8), "9 and more": (9, 99)}


@dataclass(frozen=True, eq=False)
class Figures:
    """What a system does with sequences of a length.

    Parameters
    ----------
    probes, gallery : int
        Of all seeds together; enrolled at a time, at most.
    rank_one, rank_five : Resampled
        Everybody who is tested being enrolled.
    eer : Resampled
        Of comparisons with one enrolled person.
    open_eer, dir : Resampled
        Half of those tested being enrolled, the others strangers, and the other way round: the EER of the best score,
        and the share of enrolled people identified where a tenth of strangers is.
    pairs : Interval
        How often a window is liker another of its person than one of somebody else's: chance is a half.
    seconds : float
        To train or fit, on average.
    """

    probes: int
    gallery: int
    rank_one: Resampled
    rank_five: Resampled
    eer: Resampled
    open_eer: Resampled
    dir: Resampled
    pairs: Interval
    seconds: float

    @classmethod
    def of(cls, results: Sequence[Mapping[str, Any]], *, replicates: int = 1000) -> Figures:
        """Return the figures of what `WebStudy.judge` found for each seed."""
        closed = searches([(result, None) for result in results], replicates)
        halves = [(result, side) for result in results for side in (0, 1)]
        opened = searches(halves, replicates)
        right = np.concatenate([np.asarray(result["pairs"]) for result in results])
        people = np.concatenate([result["people"] for result in results])
        return cls(
            len(people),
            closed.gallery_size,
            closed.rank_rate(1),
            closed.rank_rate(5),
            comparisons(results, replicates).equal_error_rate(),
            opened.open_set_equal_error_rate(),
            opened.detection_identification_rate_at(FPIR),
            pooled_interval(correct=right.mean(axis=1), subjects=people, replicates=replicates),
            float(np.mean([result["seconds"] for result in results])),
        )

    def as_json(self) -> dict[str, Any]:
        """Return every figure with its interval."""
        drawn = {name: getattr(self, name).interval().as_json() for name in INTERVALS}
        return {
            "probes": self.probes,
            "gallery": self.gallery,
            **drawn,
            "pairs": self.pairs.as_json(),
            "seconds": round(self.seconds, 1),
        }


INTERVALS = ("rank_one", "rank_five", "eer", "open_eer", "dir")


def searches(blocks: Sequence[tuple[Mapping[str, Any], int | None]], replicates: int) -> ResampledSearches:
    """Return searches in several galleries as one.

    Parameters
    ----------
    blocks : sequence of (result, side)
        With side 0 or 1 every second person alone is enrolled, and the others are strangers; with None everybody is.
    replicates : int
    """
    known, mates, known_people, strangers, stranger_people = [], [], [], [], []
    widest = max(len(_enrolled(result, side)) for result, side in blocks)
    for result, side in blocks:
        enrolled = _enrolled(result, side)
        column = {result["subjects"][place]: spot for spot, place in enumerate(enrolled)}
        scores, people = np.asarray(result["scores"], dtype=np.float64), np.asarray(result["people"])
        # where fewer could be enrolled, nobody is in the last places
        table = np.full((len(scores), widest), scores.min() - 1.0)
        table[:, : len(enrolled)] = scores[:, enrolled]
        inside = np.array([name in column for name in people])
        known.append(table[inside])
        mates += [column[name] for name in people[inside]]
        known_people.append(people[inside])
        strangers.append(table[~inside])
        stranger_people.append(people[~inside])
    apart = np.concatenate(strangers)
    return ResampledSearches(
        known=np.concatenate(known),
        mates=mates,
        known_people=np.concatenate(known_people),
        strangers=apart if len(apart) else None,
        stranger_people=np.concatenate(stranger_people) if len(apart) else None,
        replicates=replicates,
    )


def _enrolled(result: Mapping[str, Any], side: int | None) -> list[int]:
    everybody = range(len(result["subjects"]))
    return list(everybody if side is None else everybody[side::2])


def comparisons(results: Sequence[Mapping[str, Any]], replicates: int) -> ResampledComparisons:
    """Return every comparison of a probe with one enrolled person, of all seeds."""
    sizes = [np.asarray(result["scores"]).shape for result in results]
    table = np.full((sum(rows for rows, _ in sizes), sum(columns for _, columns in sizes)), np.nan)
    row = column = 0
    for result, (rows, columns) in zip(results, sizes, strict=True):
        table[row : row + rows, column : column + columns] = result["scores"]
        row, column = row + rows, column + columns
    return ResampledComparisons(
        scores=table,
        probe_subjects=np.concatenate([result["people"] for result in results]),
        reference_subjects=np.concatenate([result["subjects"] for result in results]),
        replicates=replicates,
    )


def drift(results: Sequence[Mapping[str, Any]], *, replicates: int = 1000) -> dict[str, tuple[int, Interval]]:
    """Return Rank-1 in the very weeks of enrolment and later, with how many probes, every second window enrolled."""
    right: dict[str, list[bool]] = {"the same weeks": [], **{name: [] for name in SPANS}}
    people: dict[str, list[str]] = {name: [] for name in right}
    for result in results:
        found = result["drift"]
        right["the same weeks"] += _named(result, found["same"], found["same_people"])
        people["the same weeks"] += found["same_people"]
        later = _named(result, found["later"], result["people"])
        for name, (first, last) in SPANS.items():
            here = [place for place, week in enumerate(result["weeks"]) if first <= week <= last]
            right[name] += [later[place] for place in here]
            people[name] += [result["people"][place] for place in here]
    return {
        name: (len(answers), pooled_interval(correct=answers, subjects=people[name], replicates=replicates))
        for name, answers in right.items()
        if answers
    }


def _named(result: Mapping[str, Any], scores: Sequence[Sequence[float]], people: Sequence[str]) -> list[bool]:
    """Return whether the best of each probe's scores is its own person's."""
    winners = np.asarray(scores).argmax(axis=1)
    return [result["subjects"][winner] == person for winner, person in zip(winners, people, strict=True)]


def score_file(result: Mapping[str, Any]) -> Scores:
    """Return one seed's scores for `lineament.evaluation.evaluate_scores`: every second person is enrolled."""
    enrolled = _enrolled(result, 0)
    subjects = [result["subjects"][place] for place in enrolled]
    probes = pd.DataFrame({"subject": result["people"], "weeks_later": result["weeks"]})
    return Scores.from_matrix(np.asarray(result["scores"])[:, enrolled], probes=probes, references=subjects)
