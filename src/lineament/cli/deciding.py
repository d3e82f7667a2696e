"""By which rule and threshold commands decide, and how their decisions are shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from lineament.decisions import Calibration, Decision, MatchRule, Threshold, Verification, build_match_rule
from lineament.decisions.calibration_threshold import Balance
from lineament.encoder import Encoder
from lineament.errors import EncoderError
from lineament.gallery import MemoryGallery

COLOURS = {"identified": "green", "review": "yellow", "unknown": "yellow"}
NAMES = {
    "fpir": "FPIR",
    "fmr": "FMR",
    "eer": "at the EER",
    "max_oscr": "at the greatest OSCR",
    "fixed": "a fixed threshold",
}


def rate(value: float | None) -> float | None:
    """Return a rate that somebody asked for.

    Raises
    ------
    BadParameter
        When it does not lie between 0 and 1.
    """
    if value is not None and not 0 < value < 1:
        raise typer.BadParameter(f"a rate between 0 and 1 was expected, but {value:g} came; write e.g. 0.01.")
    return value


@dataclass(frozen=True)
class Deciding:
    """By what is decided: options of every command that says who it is."""

    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Accept from this comparison score on; else as calibrated.")
    ] = None
    confidence: Annotated[
        float | None,
        typer.Option(
            "--confidence",
            min=0.5,
            max=0.999,
            help="That the rate is no higher, e.g. 0.95; else it is so on average.",
        ),
    ] = None
    criterion: Annotated[
        Balance | None,
        typer.Option(
            "--criterion",
            help="Instead of a rate: where both errors are equally frequent, where the known who are accepted exceed "
            "the strangers by most (paper 003), or what was fixed.",
        ),
    ] = None
    cohort: Annotated[
        Path | None,
        typer.Option("--cohort", metavar="GALLERY", help="Other people, by whom a calibration normalises scores."),
    ] = None

    def calibration(self, encoder: Encoder, asked: float | None, review: float | None = None) -> Calibration:
        """Return the encoder's calibration, or one of a threshold that was given.

        Parameters
        ----------
        encoder : Encoder
        asked, review : float or None
            The rate that was asked for, and that from which somebody is to look.

        Raises
        ------
        EncoderError
            When there is neither.
        """
        own = encoder.calibration
        if self.threshold is not None:
            if (asked, review, self.confidence, self.criterion) != (None,) * 4:
                raise typer.BadParameter("either a threshold or a rate was expected, but both came; leave one out.")
            return Calibration(self.threshold, own.match_rule if own else {"name": "knn_vote"})
        if self.criterion is not None and (asked is not None or self.confidence is not None):
            raise typer.BadParameter("either a rate or a criterion was expected, but both came; leave one out.")
        if own is None:
            remedy = "calibrate it with 'lineament calibrate', or give one: --threshold 0.5"
            raise EncoderError(f"{encoder.id}: a calibrated encoder", "one without a threshold", remedy)
        return own

    def rule(self, calibration: Calibration) -> MatchRule:
        """Return the match rule that a calibration was made with."""
        return build_match_rule(calibration.match_rule, MemoryGallery.load(self.cohort) if self.cohort else None)


def shown_decision(decision: Decision) -> RenderableType:
    """Return a decision for people."""
    who = decision.subject if decision.subject is not None else decision.outcome
    said = f"[bold {COLOURS[decision.outcome]}]{escape(who)}[/] (threshold {decision.threshold.value:.3f})"
    if decision.outcome == "review":
        said += f": is it [bold]{escape(decision.candidates[0][0])}[/]? Somebody should look."
    rows = [[escape(subject), f"{score:.3f}"] for subject, score in decision.candidates]
    table = Table("candidate", "score", box=None)
    if decision.support != tuple(score for _, score in decision.candidates):
        table.add_column("ranked by")
        rows = [[*row, f"{support:.3f}"] for row, support in zip(rows, decision.support, strict=True)]
    for row in rows:
        table.add_row(*row)
    return Group(said, table, _promise(decision.threshold, decision.llr))


def shown_verification(said: Verification) -> RenderableType:
    """Return a verification for people."""
    subject = escape(said.subject)
    answer = f"[bold green]accepted as {subject}[/]" if said.accepted else f"[bold yellow]not {subject}[/]"
    line = f"{answer}: score {said.score:.3f}, threshold {said.threshold.value:.3f}"
    return Group(line, _promise(said.threshold, said.llr))


def _promise(threshold: Threshold, llr: float | None) -> str:
    """Return what stands behind a threshold, in a line."""
    parts = [promised(threshold)]
    if threshold.review is not None:
        parts.append(f"to be reviewed from {threshold.review:.3f} on")
    if llr is not None:
        parts.append(f"likelihood ratio {np.exp(llr):.3g}")
    return f"[dim]{'; '.join(parts)}[/]"


def promised(threshold: Threshold) -> str:
    """Return in words what a threshold was chosen for.

    Examples
    --------
    >>> promised(Threshold(0.8, "fpir", 0.01, 250, 0.9, (0.004, 0.012), calibration="0123456789ab"))
    'FPIR 1 % in a gallery of 250, with confidence 90 % (90 % interval 0.4 to 1.2 %), calibration 0123456789ab'
    >>> promised(Threshold(0.8, "fixed", 0.1))
    'a fixed threshold, set for an FPIR of 10 %'
    """
    words = NAMES[threshold.criterion]
    if threshold.target is not None and threshold.criterion == "fixed":
        words += f", set for an FPIR of {100 * threshold.target:.3g} %"
    elif threshold.target is not None:
        words += f" {100 * threshold.target:.3g} %"
    if threshold.criterion == "fpir":
        words += f" in a gallery of {threshold.gallery_size}"
    if threshold.confidence is not None:
        words += f", with confidence {100 * threshold.confidence:.3g} %"
    if threshold.interval is not None:
        low, high = (f"{100 * end:.2g}" for end in threshold.interval)
        words += f" (90 % interval {low} to {high} %)"
    return f"{words}, calibration {threshold.calibration}" if threshold.calibration else words
