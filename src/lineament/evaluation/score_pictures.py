"""The pictures of a report on a score file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lineament.errors import ScoreError
from lineament.evaluation.curve_displays import (
    CmcDisplay,
    DetDisplay,
    DetectionDisplay,
    ExpectedPerformanceDisplay,
    OpenSetDisplay,
    RocDisplay,
)
from lineament.evaluation.displays import ScoreHistogramDisplay
from lineament.evaluation.gallery_displays import EnrolmentDisplay, GallerySizeDisplay
from lineament.evaluation.score_evaluation import ScoreEvaluation
from lineament.evaluation.scores import Scores
from lineament.metrics import comparisons, threshold_at_false_match_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def curves(systems: Sequence[ScoreEvaluation], validation: Scores | None = None) -> Iterator[tuple[Axes, str]]:
    """Yield every curve with its caption.

    Parameters
    ----------
    systems : sequence of ScoreEvaluation
        They share a plot; what only one can show is that of the first.
    validation : Scores, optional
        What thresholds were fixed on: for the EPC.
    """
    found = systems[0]
    one = {each.scores.name: each.comparisons for each in systems if each.comparisons is not None}
    many = {each.scores.name: each.searches for each in systems if each.searches is not None}
    if one:
        yield RocDisplay.from_comparisons(one).plot(), "ROC, one with one."
        yield DetDisplay.from_comparisons(one).plot(), "DET, one with one: normal scores give a straight line."
    if many:
        yield CmcDisplay.from_searches(many).plot(), "CMC, enrolled people; ties count against the mate."
    if many and all(len(each.strangers) for each in many.values()):
        yield DetectionDisplay.from_searches(many).plot(), "Enrolled people found, strangers named."
        yield OpenSetDisplay.from_searches(many).plot(), "Open-set classification rate."
        yield _gallery_size(found)
    yield from _further(found, validation)


def histograms(found: ScoreEvaluation) -> Iterator[tuple[Axes, str]]:
    """Yield the distributions of comparison scores, and of the best scores of searches."""
    marked = {point.label: point.threshold for point in found.points[:3]}
    if found.comparisons is not None:
        lots = found.comparisons.comparisons
        display = ScoreHistogramDisplay.from_scores(
            mated=lots.mated,
            non_mated=lots.non_mated,
            thresholds=marked,
            title="One with one",
            names=("mated", "non-mated"),
            counted="comparisons",
        )
        yield display.plot(), "Comparison scores."
    if found.searches is not None:
        best = ScoreHistogramDisplay.from_scores(
            mated=found.searches.best,
            non_mated=found.searches.strangers,
            thresholds=marked,
            title=f"Score of the first candidate, N = {found.searches.gallery_size}",
        )
        yield best.plot(), "What a threshold is held against in a search."


def _gallery_size(found: ScoreEvaluation) -> tuple[Axes, str]:
    """Draw FPIR over gallery size, at the thresholds fixed before or at those of a one-to-one FMR."""
    scores = found.scores
    strangers = scores.by_subject()[~scores.known]
    people = scores.probes["person"].to_numpy(str)[~scores.known]
    if found.points:
        strictest = sorted(found.points, key=lambda point: -point.threshold)[:3]
        thresholds = {point.label: point.threshold for point in strictest}
        caption = "Thresholds that stay as they are, over the size of the gallery."
    else:
        rates = [rate for rate in (0.01, 0.001) if rate * strangers.size >= 5]
        thresholds = {
            f"threshold of FMR {rate:g}": threshold_at_false_match_rate(non_mated=strangers.ravel(), rate=rate)
            for rate in rates or [0.1]
        }
        caption = "A threshold fixed for one-to-one comparison fails as the gallery grows."
    display = GallerySizeDisplay.from_strangers(strangers, people, thresholds=thresholds)
    return display.plot(), f"{caption} Dotted: as if comparisons were independent."


def _further(found: ScoreEvaluation, validation: Scores | None) -> Iterator[tuple[Axes, str]]:
    """Yield the curves that only some score files allow."""
    if found.comparisons is not None and validation is not None:
        fixed = comparisons(
            scores=validation.matrix(),
            probe_subjects=validation.probes["subject"].to_numpy(str),
            reference_subjects=validation.references["subject"].to_numpy(str),
            probe_people=validation.probes["person"].to_numpy(str),
            reference_people=validation.references["person"].to_numpy(str),
        )
        pair = {found.scores.name: (fixed, found.comparisons)}
        yield ExpectedPerformanceDisplay.from_comparisons(pair).plot(), "EPC: thresholds fixed on validation people."
    if found.searches is not None and not found.scores.one_a_subject:
        try:
            yield EnrolmentDisplay.from_scores(found.scores).plot(), "Templates drawn at random from those enrolled."
        except ScoreError:
            return  # too few subjects have several
