"""A threshold: the score from which a probe counts as somebody we know, and what is promised of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Criterion = Literal["fpir", "fmr", "eer", "max_oscr", "fixed"]
Balance = Literal["eer", "max_oscr", "fixed"]
"""What may be asked for instead of a rate."""
Outcome = Literal["identified", "review", "unknown"]


@dataclass(frozen=True)
class Threshold:
    """A score that decides, with the promise that was made of it.

    Parameters
    ----------
    value : float
        A probe is accepted when its comparison score is at least this.
    criterion : {"fpir", "fmr", "eer", "max_oscr", "fixed"}
        What it was chosen by: a rate of strangers accepted (in a gallery, or in one comparison), the EER or the
        greatest OSCR criterion on the calibration's people (paper 003, section 3.4), or somebody's choice.
    target : float or None
        The FPIR or FMR that was promised.
    gallery_size : int or None
        Subjects enrolled, for which it was promised.
    confidence : float or None
        Probability, over the drawing of the calibration's people, that the rate stays at or below the target; None
        where it is kept on average over calibrations instead.
    interval : (float, float) or None
        Where the rate lies with 90 % confidence, as far as the calibration's people tell.
    review : float or None
        Scores from here up to `value` are for a person to look at; None where there is no such band.
    calibration : str
        The calibration's id.
    """

    value: float
    criterion: Criterion
    target: float | None = None
    gallery_size: int | None = None
    confidence: float | None = None
    interval: tuple[float, float] | None = None
    review: float | None = None
    calibration: str = ""

    def outcome(self, score: float) -> Outcome:
        """Return what a comparison score means.

        Examples
        --------
        >>> threshold = Threshold(0.6, "fixed", review=0.5)
        >>> threshold.outcome(0.6), threshold.outcome(0.5), threshold.outcome(0.49)
        ('identified', 'review', 'unknown')
        """
        if score >= self.value:
            return "identified"
        return "review" if self.review is not None and score >= self.review else "unknown"

    def to_json(self) -> dict[str, Any]:
        """Return the threshold as JSON."""
        return {**asdict(self), "interval": None if self.interval is None else list(self.interval)}
