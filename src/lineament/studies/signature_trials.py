"""The trials of the first signature verification competition, on tables of distances.

SVC2004 (Yeung et al. 2004): for each writer and trial five signatures of the first session are drawn and enrolled; the
second session's are accepted or not, and so are the skilled forgeries and as many signatures of other writers drawn at
random (random forgeries). Thresholds are common to all writers, or each writer's own, as the competition had them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lineament.decisions.warping import scores_of_distances
from lineament.metrics import (
    Interval,
    clopper_pearson_interval,
    equal_error_rate,
    multiplicities,
    percentile_interval,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Against = Literal["skilled", "random"]

FIRST, SECOND, FORGED = 0, 1, 2
"""Kinds of signature: of the first session, of a later one, a skilled forgery."""
ENROLLED, TRIALS, RANDOM = 5, 10, 20
REPLICATES = 500


@dataclass(frozen=True, eq=False)
class DistanceTable:
    """How far the signatures of some writers lie from those of them that may be enrolled.

    Parameters
    ----------
    writers : tuple of str
    distances : float array (signatures, references)
        References are the signatures of the first sessions.
    row_writer, row_kind : int array (signatures,)
        Place of the writer (of a forgery: of its target), and `FIRST`, `SECOND` or `FORGED`.
    """

    writers: tuple[str, ...]
    distances: NDArray[np.float32]
    row_writer: IntArray
    row_kind: IntArray

    @property
    def references(self) -> IntArray:
        """The row of each reference, (references,)."""
        return np.flatnonzero(self.row_kind == FIRST)

    def rows(self, writer: int, kind: int) -> IntArray:
        """Return the rows of a writer's signatures of a kind."""
        return np.flatnonzero((self.row_writer == writer) & (self.row_kind == kind))

    def scores(self, rows: IntArray, enrolled: Sequence[IntArray], power: float | None) -> FloatArray:
        """Return the comparison scores of signatures with subjects of whom some references are enrolled.

        Parameters
        ----------
        rows : int array (signatures,)
        enrolled : sequence of int array
            Of each subject, its references (columns).
        power : float or None
            Of the room that a subject's own distances give (see `lineament.decisions.warping`); None takes the mean
            distance as it is, as `top_mean` does.

        Returns
        -------
        array (signatures, subjects)
        """
        counts = np.array([len(columns) for columns in enrolled])
        together = self.distances[np.ix_(rows, np.concatenate(list(enrolled)))].astype(np.float64)
        if power is None:
            means: FloatArray = -np.add.reduceat(together, np.cumsum(counts) - counts, axis=1) / counts
            return means
        own = []
        for columns in enrolled:
            among = self.distances[np.ix_(self.references[columns], columns)]
            own.append(among.sum() / (len(columns) * (len(columns) - 1)))
        return scores_of_distances(together, counts, own, power)

    def columns(self, writer: int) -> IntArray:
        """Return the references of a writer."""
        return np.flatnonzero(self.row_writer[self.references] == writer)


@dataclass(frozen=True, eq=False)
class TrialScores:
    """Comparison scores of every trial.

    Parameters
    ----------
    writers : tuple of str
        Of each row.
    genuine, skilled, random : array (writers, trials, comparisons)
    """

    writers: tuple[str, ...]
    genuine: FloatArray
    skilled: FloatArray
    random: FloatArray

    def common(self, against: Against, times: FloatArray | None = None) -> float:
        """Return the EER at one threshold for all writers and trials.

        Parameters
        ----------
        against : {"skilled", "random"}
        times : array (writers,), optional
            How often each writer counts.
        """
        sides = self.genuine, getattr(self, against)
        weights = np.ones(len(self.writers)) if times is None else times
        mated, non_mated = (np.broadcast_to(weights[:, None, None], side.shape).ravel() for side in sides)
        return equal_error_rate(
            mated=sides[0].ravel(), non_mated=sides[1].ravel(), mated_weights=mated, non_mated_weights=non_mated
        )

    def own(self, against: Against) -> FloatArray:
        """Return each writer's EER at thresholds of their own, the mean over the trials, (writers,)."""
        other = getattr(self, against)
        return np.array(
            [
                np.mean([equal_error_rate(mated=g, non_mated=f) for g, f in zip(genuine, forged, strict=True)])
                for genuine, forged in zip(self.genuine, other, strict=True)
            ]
        )


def run_trials(
    tables: Sequence[DistanceTable], *, power: float | None, seed: int, trials: int = TRIALS, enrolled: int = ENROLLED
) -> TrialScores:
    """Return the scores of all trials of the writers of some tables; random forgeries are of the same table's writers.

    Parameters
    ----------
    tables : sequence of DistanceTable
    power : float or None
        See `DistanceTable.scores`.
    seed : int
        Of what is enrolled and of the random forgeries: systems with one seed are given the same trials.
    """
    names: list[str] = []
    sides: tuple[list[FloatArray], list[FloatArray], list[FloatArray]] = ([], [], [])
    for table in tables:
        for place, name in enumerate(table.writers):
            rng = np.random.default_rng([seed, *name.encode()])
            names.append(name)
            rows = [_trial(table, place, rng, power, enrolled) for _ in range(trials)]
            for side, parts in zip(sides, zip(*rows, strict=True), strict=True):
                side.append(np.stack(parts))
    order = np.argsort(names)
    return TrialScores(tuple(sorted(names)), *(np.stack(side)[order] for side in sides))


def _trial(
    table: DistanceTable, writer: int, rng: np.random.Generator, power: float | None, enrolled: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the scores of one trial: of genuine signatures, skilled and random forgeries."""
    columns = rng.permutation(table.columns(writer))[:enrolled]
    strangers = np.flatnonzero((table.row_writer != writer) & (table.row_kind != FORGED))
    kinds = table.rows(writer, SECOND), table.rows(writer, FORGED), rng.permutation(strangers)[:RANDOM]
    genuine, skilled, random = (table.scores(rows, [columns], power)[:, 0] for rows in kinds)
    return genuine, skilled, random


@dataclass(frozen=True, eq=False)
class ErrorRate:
    """An EER with its interval, and with writers drawn again.

    Parameters
    ----------
    interval : Interval
    drawn : array (replicates,)
        The same draws for every system: differences are paired.
    """

    interval: Interval
    drawn: FloatArray

    def minus(self, other: ErrorRate) -> Interval:
        """Return the paired difference to another system's."""
        return percentile_interval(self.interval.estimate - other.interval.estimate, self.drawn - other.drawn)


def common_rate(runs: Sequence[TrialScores], against: Against) -> ErrorRate:
    """Return the EER at a common threshold, the mean over runs (seeds), writers being drawn again."""
    times = multiplicities(len(runs[0].writers), REPLICATES, 0)
    drawn = np.mean([[run.common(against, row) for row in times] for run in runs], axis=0)
    return _rate(float(np.mean([run.common(against) for run in runs])), drawn, len(runs[0].writers))


def own_rate(runs: Sequence[TrialScores], against: Against) -> ErrorRate:
    """Return the mean of writers' EERs at their own thresholds, over runs (seeds) and writers."""
    each = np.mean([run.own(against) for run in runs], axis=0)
    drawn = multiplicities(len(each), REPLICATES, 0) @ each / len(each)
    return _rate(float(each.mean()), drawn, len(each))


def _rate(estimate: float, drawn: FloatArray, writers: int) -> ErrorRate:
    """Return a rate with its interval: where nobody ever erred, that of as many trials as there are writers."""
    if estimate == 0:
        return ErrorRate(clopper_pearson_interval(errors=0, trials=writers), drawn)
    return ErrorRate(percentile_interval(estimate, drawn), drawn)


def of_writers(run: TrialScores, writers: Sequence[str]) -> TrialScores:
    """Return the scores of some writers."""
    rows = [run.writers.index(name) for name in writers]
    return TrialScores(tuple(writers), run.genuine[rows], run.skilled[rows], run.random[rows])
