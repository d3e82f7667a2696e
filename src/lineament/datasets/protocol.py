"""A `Protocol`: who trains, who is enrolled, who probes, who is a stranger; written to JSON so that it can be cited.

Nobody stands on two sides: split are people (the column ``person`` of a data set), not their fingers or hands.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from lineament.errors import ProtocolError
from lineament.files import read_json, write_json

FORMAT_VERSION = 2
READABLE = (1, 2)
"""Version 1 had no samples, no people and no calibration."""


class Selection(BaseModel):
    """Some subjects, of them some sessions (``None``: all), and of these some samples by id (``None``: all).

    Examples
    --------
    >>> first = Selection(subjects=("a",), samples=("a/1/1", "a/1/2"))
    >>> first.overlaps(Selection(subjects=("a",), samples=("a/1/3",))), first.overlaps(Selection(subjects=("a",)))
    (False, True)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    subjects: tuple[str, ...] = ()
    sessions: tuple[str, ...] | None = None
    samples: tuple[str, ...] | None = None

    def overlaps(self, other: Selection) -> bool:
        """Return whether a recording could belong to both."""
        pairs = ((self.sessions, other.sessions), (self.samples, other.samples))
        apart = any(ours is not None and theirs is not None and not set(ours) & set(theirs) for ours, theirs in pairs)
        return bool(set(self.subjects) & set(other.subjects)) and not apart


class OpenSet(BaseModel):
    """A gallery, the probes of its subjects, and strangers: what a threshold is fixed on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gallery: Selection = Selection()
    mated: Selection = Selection()
    non_mated: Selection = Selection()

    def sides(self) -> dict[str, Selection]:
        """Return the three sides by name."""
        return {"gallery": self.gallery, "mated": self.mated, "non_mated": self.non_mated}


class Protocol(BaseModel):
    """A split of a data set by person, session and sample.

    Examples
    --------
    >>> p = Protocol(name="toy", dataset="toy", train=Selection(subjects=("a", "b")),
    ...              gallery=Selection(subjects=("c",), sessions=("1",)),
    ...              mated=Selection(subjects=("c",), sessions=("2",)), non_mated=Selection(subjects=("d",)))
    >>> p.check().name
    'toy'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format_version: int = FORMAT_VERSION
    name: str
    dataset: str
    seed: int | None = None
    train: Selection = Selection()
    validation: Selection = Selection()
    gallery: Selection = Selection()
    mated: Selection = Selection()
    non_mated: Selection = Selection()
    calibration: OpenSet | None = None
    """The validation people once more: who of them is enrolled and who a stranger when thresholds are fixed."""
    people: Mapping[str, str] = {}
    """From a subject to the person, where a person has several subjects (fingers, hands)."""

    def sides(self) -> dict[str, Selection]:
        """Return the five sides by name."""
        return {side: getattr(self, side) for side in ("train", "validation", "gallery", "mated", "non_mated")}

    def persons(self, side: Selection) -> set[str]:
        """Return the people of a side."""
        return {self.people.get(subject, subject) for subject in side.subjects}

    def check(self) -> Protocol:
        """Refuse leakage and return self.

        Raises
        ------
        ProtocolError
            When a person stands on two sides that must be disjoint, a recording is both enrolled and probed, a mated
            probe has no enrolment, or somebody calibrates who does not validate.
        """
        self._check_sides(self.sides(), "")
        if self.calibration is not None:
            sides = self.calibration.sides()
            self._check_sides(sides, "calibration ")
            outside = set().union(*(side.subjects for side in sides.values())) - set(self.validation.subjects)
            if outside:
                self._refuse(
                    "validation people to calibrate with", f"{len(outside)} other subjects", "let them validate too"
                )
        return self

    def _check_sides(self, sides: Mapping[str, Selection], what: str) -> None:
        for one, other in combinations(sides, 2):
            shared = self.persons(sides[one]) & self.persons(sides[other])
            if {one, other} == {"gallery", "mated"}:
                if sides[one].overlaps(sides[other]):
                    self._refuse(
                        f"{what}recordings that are enrolled or probed",
                        "some that are both",
                        "enrol and probe different sessions or samples",
                    )
            elif shared:
                self._refuse(
                    f"{what}people that are in {one} or in {other}",
                    f"{len(shared)} who are in both",
                    "move them to one side",
                )
        orphans = set(sides["mated"].subjects) - set(sides["gallery"].subjects)
        if orphans:
            self._refuse(
                f"{what}mated probes of people in the gallery",
                f"{len(orphans)} who are not",
                "enrol them or make them non-mated",
            )

    def _refuse(self, expected: str, came: str, remedy: str) -> None:
        raise ProtocolError(f"protocol {self.name}: {expected}", came, remedy)

    def check_people(self, persons: Mapping[str, str]) -> Protocol:
        """Refuse leakage between people as a data set knows them, and return self.

        Parameters
        ----------
        persons : mapping
            From subject to person (`Dataset.persons`).

        Raises
        ------
        ProtocolError
            As `check`.
        """
        self.model_copy(update={"people": dict(persons)}).check()
        return self

    def save(self, path: str | Path) -> None:
        """Write the protocol as JSON."""
        write_json(path, self.model_dump(mode="json"))

    @staticmethod
    def load(path: str | Path) -> Protocol:
        """Read a protocol and refuse one that leaks.

        Raises
        ------
        ProtocolError
            When the file is no protocol, of a later format, or leaks.
        """
        content: Any = read_json(path, "a protocol")
        version = content.get("format_version", FORMAT_VERSION) if isinstance(content, dict) else FORMAT_VERSION
        if version not in READABLE:
            raise ProtocolError(f"{path}: protocol format 1 or 2", f"format {version}", "update lineament")
        try:
            protocol = Protocol.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "content"
            raise ProtocolError(
                f"{path}, {place}: a protocol", first["msg"], "make it with 'lineament protocol make'"
            ) from error
        return protocol.check()
