"""What an inspection found: faults, warnings, and the facts of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Parameters
    ----------
    level : "fault" or "warning"
        A fault makes a recording unfit as it stands; a warning is a suspicion, or something missing.
    code : str
        What it is about: file, clock, gaps, joints, tracking, frozen, rotations, axes, handedness, units, floor, pace.
    message : str
        What was seen.
    remedy : str
        What to do, in the imperative.
    """

    level: Literal["fault", "warning"]
    code: str
    message: str
    remedy: str


def fault(code: str, message: str, remedy: str) -> Finding:
    """Return a finding that makes a recording unfit."""
    return Finding("fault", code, message, remedy)


def warning(code: str, message: str, remedy: str) -> Finding:
    """Return a finding to be looked at."""
    return Finding("warning", code, message, remedy)


@dataclass(frozen=True)
class Inspection:
    """What is known of one recording after looking at it.

    `facts` hold duration, rate, joints, unit, axes and so on, in plain numbers and words (ready for JSON).
    """

    source: str
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that make the recording unfit."""
        return tuple(finding for finding in self.findings if finding.level == "fault")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings to be looked at."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def verdict(self) -> str:
        """The result: "fault", "usable with warnings" or "good"."""
        return "fault" if self.faults else "usable with warnings" if self.warnings else "good"

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "file": self.source,
            "verdict": self.verdict,
            "findings": [vars(finding) for finding in self.findings],
            "facts": dict(self.facts),
        }
