"""A `Protocol`: who trains, who is enrolled, who probes, who is a stranger; written to JSON so that it can be cited."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from lineament.datasets.dataset import Dataset
from lineament.errors import ProtocolError
from lineament.files import read_json, write_json

FORMAT_VERSION = 1


class Selection(BaseModel):
    """Some subjects, and of them some sessions (``None``: all)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subjects: tuple[str, ...] = ()
    sessions: tuple[str, ...] | None = None

    def overlaps(self, other: Selection) -> bool:
        """Return whether a recording could belong to both."""
        if not set(self.subjects) & set(other.subjects):
            return False
        return self.sessions is None or other.sessions is None or bool(set(self.sessions) & set(other.sessions))


class Protocol(BaseModel):
    """A split of a data set by subject and session.

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

    def sides(self) -> dict[str, Selection]:
        """Return the five sides by name."""
        return {side: getattr(self, side) for side in ("train", "validation", "gallery", "mated", "non_mated")}

    def check(self) -> Protocol:
        """Refuse leakage and return self.

        Raises
        ------
        ProtocolError
            When a person stands on two sides that must be disjoint, a recording is both enrolled and probed, or a mated
            probe has no enrolment.
        """
        for one, other in combinations(self.sides(), 2):
            shared = set(getattr(self, one).subjects) & set(getattr(self, other).subjects)
            if {one, other} == {"gallery", "mated"}:
                if self.gallery.overlaps(self.mated):
                    self._refuse(
                        "recordings that are enrolled or probed",
                        "some that are both",
                        "enrol and probe different sessions",
                    )
            elif shared:
                self._refuse(
                    f"people that are in {one} or in {other}", f"{len(shared)} who are in both", "move them to one side"
                )
        orphans = set(self.mated.subjects) - set(self.gallery.subjects)
        if orphans:
            self._refuse(
                "mated probes of people in the gallery",
                f"{len(orphans)} who are not",
                "enrol them or make them non-mated",
            )
        return self

    def _refuse(self, expected: str, came: str, remedy: str) -> None:
        raise ProtocolError(f"protocol {self.name}: {expected}", came, remedy)

    def save(self, path: str | Path) -> None:
        """Write the protocol as JSON."""
        write_json(path, self.model_dump())

    @staticmethod
    def load(path: str | Path) -> Protocol:
        """Read a protocol and refuse one that leaks.

        Raises
        ------
        ProtocolError
            When the file is no protocol, of a later format, or leaks.
        """
        content: Any = read_json(path, "a protocol")
        try:
            protocol = Protocol.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "content"
            raise ProtocolError(
                f"{path}, {place}: a protocol", first["msg"], "make it with 'lineament protocol make'"
            ) from error
        if protocol.format_version != FORMAT_VERSION:
            raise ProtocolError(
                f"{path}: protocol format {FORMAT_VERSION}", f"format {protocol.format_version}", "update lineament"
            )
        return protocol.check()


def make_protocol(
    dataset: Dataset,
    *,
    train: int | float = 0.5,
    validation: int | float = 0.0,
    strangers: int | float = 0.5,
    enrol_sessions: Sequence[str] | int = 1,
    seed: int = 0,
    name: str | None = None,
) -> Protocol:
    """Split a data set by people, and the tested people's recordings by session.

    Parameters
    ----------
    dataset : Dataset
        With at least two sessions for everybody who is to be probed.
    train, validation : int or float
        People that train and validate: a number, or a share of all.
    strangers : int or float
        People among the rest that are never enrolled: a number, or a share of the rest.
    enrol_sessions : sequence of str, or int
        Sessions that are enrolled, or how many of each data set's first ones; the others probe.
    seed : int
        Of the shuffle of people.

    Raises
    ------
    ProtocolError
        When too few people or sessions are there, or a session that is to be enrolled does not occur.
    """
    people = dataset.subjects()
    np.random.default_rng(seed).shuffle(people)
    counts = [_count(share, len(people)) for share in (train, validation)]
    rest = len(people) - sum(counts)
    outside = _count(strangers, rest)
    if rest < 2 or outside >= rest:
        raise ProtocolError(
            f"{dataset.name}: people left to enrol and probe",
            f"{rest} left of {len(people)}, {outside} of them strangers",
            "train on fewer people",
        )
    sessions = dataset.sessions()
    if not isinstance(enrol_sessions, int):
        dataset.filter(session=enrol_sessions)  # refuses names that do not occur
    enrol = tuple(sessions[:enrol_sessions] if isinstance(enrol_sessions, int) else enrol_sessions)
    if not enrol:
        raise ProtocolError(f"{dataset.name}: a session to enrol", "none", "enrol one or more")
    probe = tuple(session for session in sessions if session not in enrol)
    if not probe:
        raise ProtocolError(
            f"{dataset.name}: a session left to probe", f"only {', '.join(sessions)}", "enrol fewer sessions"
        )
    parts = np.split(np.array(people, dtype=object), np.cumsum([*counts, rest - outside]))
    training, validating, known, unknown = (tuple(sorted(map(str, part))) for part in parts)
    return Protocol(
        name=name or f"{dataset.name}-{seed}",
        dataset=dataset.name,
        seed=seed,
        train=Selection(subjects=training),
        validation=Selection(subjects=validating),
        gallery=Selection(subjects=known, sessions=enrol),
        mated=Selection(subjects=known, sessions=probe),
        non_mated=Selection(subjects=unknown, sessions=probe),
    ).check()


def _count(share: int | float, whole: int) -> int:
    """Return a number of people from a number or a share."""
    return share if isinstance(share, int) else round(share * whole)
