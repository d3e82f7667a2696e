"""Figures of a score file that is larger than the memory: exact, in two passes over it, without intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineament.errors import ScoreError
from lineament.evaluation.score_files import comparisons_in
from lineament.metrics.streaming import ComparisonStream

FALSE_MATCH_RATES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@dataclass(frozen=True)
class StreamedFigures:
    """The figures of one-to-one comparison that need no more than the scores.

    Parameters
    ----------
    mated, non_mated : int
        Comparisons.
    equal_error_rate : float
    area_under_roc : tuple of float
        The least and the greatest that two passes leave open.
    points : tuple of (float, float, float)
        FMR asked for, the threshold that gives at most it, and the FNMR there; rates for which there are too few
        non-mated comparisons (fewer than one expected) are left out.
    at : tuple of (float, float, float)
        Thresholds asked for, with FMR and FNMR.
    """

    mated: int
    non_mated: int
    equal_error_rate: float
    area_under_roc: tuple[float, float]
    points: tuple[tuple[float, float, float], ...]
    at: tuple[tuple[float, float, float], ...]

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures as names and values for people."""
        low, high = self.area_under_roc
        return [
            ("comparisons", f"{self.mated:,} mated, {self.non_mated:,} non-mated"),
            ("EER", f"{self.equal_error_rate:.6f}"),
            ("AUROC", f"{low:.6f}" if high - low < 1e-6 else f"{low:.6f} to {high:.6f}"),
            *((f"FNMR at FMR {rate:g}", f"{missed:.6f} (threshold {at:.6g})") for rate, at, missed in self.points),
            *((f"at {at:g}", f"FMR {matched:.6g}, FNMR {missed:.6g}") for at, matched, missed in self.at),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "mated": self.mated,
            "non_mated": self.non_mated,
            "equal_error_rate": self.equal_error_rate,
            "area_under_roc": list(self.area_under_roc),
            "at_false_match_rates": [
                dict(zip(("fmr", "threshold", "fnmr"), point, strict=True)) for point in self.points
            ],
            "at_thresholds": [dict(zip(("threshold", "fmr", "fnmr"), point, strict=True)) for point in self.at],
        }


def streamed_figures(
    path: str | Path, *, thresholds: Sequence[float] = (), progress: Callable[[int], object] = lambda read: None
) -> StreamedFigures:
    """Return the figures of a score file, whose comparisons are never held together.

    Parameters
    ----------
    path : path
        A score file (see `lineament.evaluation.score_files`); memory does not grow with it.
    thresholds : sequence of float
        At which FMR and FNMR are wanted.
    progress : callable
        Told how many comparisons have been read, after each chunk of both passes.

    Raises
    ------
    ScoreError
        When the file is damaged, or holds no mated or no non-mated comparison.
    """
    stream, read = ComparisonStream(), 0
    for mated, non_mated in comparisons_in(path):
        stream.add(mated=mated, non_mated=non_mated)
        read += len(mated) + len(non_mated)
        progress(read)
    counts = int(stream.mated.sum()), int(stream.non_mated.sum())
    if not all(counts):
        raise ScoreError(f"{path}: mated and non-mated comparisons", f"{counts[0]} and {counts[1]}", "score both kinds")
    rates = [rate for rate in FALSE_MATCH_RATES if rate * counts[1] >= 1]
    second = stream.second_pass(thresholds=thresholds, false_match_rates=rates)
    for mated, non_mated in comparisons_in(path):
        second.add(mated=mated, non_mated=non_mated)
        read += len(mated) + len(non_mated)
        progress(read)
    return StreamedFigures(
        *counts,
        second.equal_error_rate(),
        stream.area_under_roc(),
        tuple((r, second.threshold_at_false_match_rate(r), second.false_non_match_rate_at(r)) for r in rates),
        tuple((float(at), *second.rates(at)) for at in thresholds),
    )
