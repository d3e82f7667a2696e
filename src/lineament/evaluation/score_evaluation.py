"""What the figures of a score file are, and two systems compared on the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lineament.errors import ScoreError
from lineament.evaluation.operating_points import OperatingPoint
from lineament.evaluation.scores import Scores
from lineament.metrics import Interval, Resampled, ResampledComparisons, ResampledSearches, SubjectErrors

FORMAT_VERSION = 1
VERIFICATION = "comparison of one with one"
SEARCH = "search for enrolled people"
OPEN_SET = "enrolled people against strangers"
AT_POINT = "at a threshold"


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure of a report.

    Parameters
    ----------
    key : str
        Name in JSON and CSV.
    label : str
        Name in tables.
    group : str
        Which table it stands in.
    value : Resampled
        With everybody, and with people drawn again.
    higher_is_better : bool
    rate : bool
        Whether it is written in per cent.
    """

    key: str
    label: str
    group: str
    value: Resampled
    higher_is_better: bool = False
    rate: bool = True

    @cached_property
    def interval(self) -> Interval:
        """The figure with its 95 % interval."""
        return self.value.interval()


@dataclass(frozen=True)
class Difference:
    """One figure of two systems on the same people: ours minus theirs."""

    key: str
    label: str
    ours: Interval
    theirs: Interval
    difference: Interval
    higher_is_better: bool
    rate: bool

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the interval leaves zero out, otherwise ``not told apart``."""
        if not self.difference.excludes_zero:
            return "not told apart"
        return "better" if (self.difference.low > 0) == self.higher_is_better else "worse"


@dataclass(frozen=True, eq=False)
class ScoreEvaluation:
    """What `evaluate_scores` found.

    Parameters
    ----------
    scores : Scores
    figures : tuple of Figure
    points : tuple of OperatingPoint
        The thresholds, and where they come from.
    comparisons, searches : optional
        What the figures were read from; None where there were no comparisons of that kind.
    errors : SubjectErrors or None
        Who fails, at the first threshold.
    notes : tuple of str
        What a reader must know.
    """

    scores: Scores
    figures: tuple[Figure, ...]
    points: tuple[OperatingPoint, ...]
    comparisons: ResampledComparisons | None
    searches: ResampledSearches | None
    errors: SubjectErrors | None
    failures: Mapping[str, Interval]
    notes: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def figure(self, key: str) -> Interval:
        """Return a figure by its key.

        Raises
        ------
        KeyError
            When there is none; the message names those that are there.
        """
        for figure in self.figures:
            if figure.key == key:
                return figure.interval
        raise KeyError(f"{key!r} is none of {', '.join(figure.key for figure in self.figures)}")

    def numbers(self) -> dict[str, Any]:
        """Return everything as JSON."""
        scores = self.scores
        return {
            "format_version": FORMAT_VERSION,
            "system": scores.name,
            "probes": len(scores.probes),
            "probes_of_strangers": int((~scores.known).sum()),
            "people": len(scores.people),
            "gallery_size": len(scores.subjects),
            "references": len(scores.references),
            "comparisons": len(scores),
            "mated_comparisons": 0 if self.comparisons is None else len(self.comparisons.comparisons.mated),
            "non_mated_comparisons": 0 if self.comparisons is None else len(self.comparisons.comparisons.non_mated),
            "left_out_comparisons": 0 if self.comparisons is None else self.comparisons.comparisons.left_out,
            **self.options,
            "failures": {name: rate.as_json() for name, rate in self.failures.items()},
            "thresholds": [point.as_json() for point in self.points],
            "figures": {
                figure.key: {"label": figure.label, "group": figure.group, **figure.interval.as_json()}
                for figure in self.figures
            },
            "people_table": [] if self.errors is None else self.errors.rows(),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """Return a line a figure."""
        return "\n".join(f"{figure.label}: {figure.interval}" for figure in self.figures)


def compare(ours: ScoreEvaluation, theirs: ScoreEvaluation) -> list[Difference]:
    """Return the figures of two systems that were evaluated on the same people, with intervals of the differences.

    In each replicate both systems are given the same people, so that what is hard about people cancels out.

    Raises
    ------
    ScoreError
        When people, replicates or seed differ.
    """
    others = {figure.key: figure for figure in theirs.figures}
    shared = [figure for figure in ours.figures if figure.key in others and figure.group != AT_POINT]
    found = []
    for figure in shared:
        other = others[figure.key]
        try:
            difference = (figure.value - other.value).interval()
        except ValueError as error:
            raise ScoreError(
                f"{theirs.scores.name}: scores of the same people as {ours.scores.name}",
                "scores of others",
                "score the same probes and references with both systems",
            ) from error
        found.append(
            Difference(
                figure.key,
                figure.label,
                figure.interval,
                other.interval,
                difference,
                figure.higher_is_better,
                figure.rate,
            )
        )
    return found
