"""Operating points: thresholds that were fixed before the test scores were seen, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lineament.errors import ScoreError
from lineament.evaluation.scores import Scores
from lineament.metrics import comparisons, threshold_at_equal_error_rate, threshold_at_false_match_rate


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold.

    Parameters
    ----------
    key, label : str
        Name in JSON and in tables.
    threshold : float
        ``score >= threshold`` accepts.
    source : str
        Where it comes from.
    """

    key: str
    label: str
    threshold: float
    source: str

    def as_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def operating_points(
    scores: Scores,
    *,
    validation: Scores | None = None,
    threshold: float | None = None,
    fmr: Sequence[float] = (),
    fpir: Sequence[float] = (),
) -> tuple[OperatingPoint, ...]:
    """Return the given threshold, and those that validation scores fix.

    Parameters
    ----------
    scores : Scores
        What is tested; only its people are looked at.
    validation : Scores, optional
        At the threshold of its EER, and the lowest ones that keep a FMR or, where it has strangers and whole searches,
        an FPIR. A rate that too few scores can show is left out.
    threshold : float, optional
    fmr, fpir : sequence of float

    Raises
    ------
    ScoreError
        When the threshold is not finite, or a person stands in both score files.
    """
    points = []
    if threshold is not None:
        if not np.isfinite(threshold):
            raise ScoreError("evaluation: a finite threshold", str(threshold), "give a score")
        points.append(OperatingPoint("given", "threshold given", float(threshold), "given"))
    if validation is not None:
        shared = set(validation.people) & set(scores.people)
        if shared:
            raise ScoreError(
                "evaluation: thresholds fixed on other people than the tested",
                f"{len(shared)} people in {validation.name} and in {scores.name}",
                "fix them on validation people",
            )
        points += _fixed_on(validation, fmr, fpir)
    return tuple(points)


def _fixed_on(validation: Scores, fmr: Iterable[float], fpir: Iterable[float]) -> Iterator[OperatingPoint]:
    """Yield the thresholds that validation scores fix."""
    found = comparisons(
        scores=validation.matrix(),
        probe_subjects=validation.probes["subject"].to_numpy(str),
        reference_subjects=validation.references["subject"].to_numpy(str),
        probe_people=validation.probes["person"].to_numpy(str),
        reference_people=validation.references["person"].to_numpy(str),
    )
    if len(found.mated) and len(found.non_mated):
        eer = threshold_at_equal_error_rate(mated=found.mated, non_mated=found.non_mated)
        yield OperatingPoint("validation_eer", "EER of validation", eer, f"EER on {validation.name}")
        for rate in fmr:
            if rate * len(found.non_mated) >= 1:
                at = threshold_at_false_match_rate(non_mated=found.non_mated, rate=rate)
                source = f"FMR {rate:g} on {len(found.non_mated)} non-mated comparisons of {validation.name}"
                yield OperatingPoint(f"validation_fmr_{rate:g}", f"validation FMR {rate:g}", at, source)
    strangers = validation.by_subject()[~validation.known]
    if not len(strangers) or np.isnan(strangers).any():
        return
    for rate in fpir:
        if rate * len(strangers) >= 1:
            at = threshold_at_false_match_rate(non_mated=strangers.max(axis=1), rate=rate)
            source = (
                f"FPIR {rate:g} on {len(strangers)} probes of strangers of {validation.name}, "
                f"N = {len(validation.subjects)}"
            )
            yield OperatingPoint(f"validation_fpir_{rate:g}", f"validation FPIR {rate:g}", at, source)
