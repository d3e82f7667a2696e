"""Making protocols: people are drawn for each side, and the recordings of the tested ones are enrolled or probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lineament.datasets.dataset import Dataset
from lineament.datasets.protocol import OpenSet, Protocol, Selection
from lineament.errors import ProtocolError


def make_protocol(
    dataset: Dataset,
    *,
    train: int | float = 0.5,
    validation: int | float = 0.0,
    strangers: int | float = 0.5,
    enrol_sessions: Sequence[str] | int = 1,
    enrol_samples: int | None = None,
    seed: int = 0,
    name: str | None = None,
) -> Protocol:
    """Split a data set by people, and the tested people's recordings by session or by sample.

    Parameters
    ----------
    dataset : Dataset
        Where its table has a column ``person``, that is who is split; otherwise the subject.
    train, validation : int or float
        People that train and validate: a number, or a share of all. Two or more validation people are split once more
        into enrolled ones and strangers, for thresholds to be fixed on (`Protocol.calibration`).
    strangers : int or float
        People among the rest that are never enrolled: a number, or a share of the rest. Whoever cannot both be
        enrolled and probe (too few sessions or samples) becomes a stranger too.
    enrol_sessions : sequence of str, or int
        Sessions that are enrolled, or how many of each data set's first ones; the others probe.
    enrol_samples : int, optional
        Instead of sessions: so many samples of each subject, drawn at random, are enrolled, and the others probe. Where
        a subject has one session, both then come from it, and figures flatter.
    seed : int
        Of the shuffle of people, and of samples.

    Raises
    ------
    ProtocolError
        When too few people, sessions or samples are there, or a session that is to be enrolled does not occur.
    """
    people = dataset.people()
    rng = np.random.default_rng(seed)
    rng.shuffle(people)
    counts = [_count(share, len(people)) for share in (train, validation)]
    rest = len(people) - sum(counts)
    outside = _count(strangers, rest)
    if rest < 2 or outside >= rest:
        raise ProtocolError(
            f"{dataset.name}: people left to enrol and probe",
            f"{rest} left of {len(people)}, {outside} of them strangers",
            "train on fewer people",
        )
    divide: _BySession | _BySample
    if enrol_samples is None:
        divide = _BySession.of(dataset, enrol_sessions)
    else:
        divide = _BySample.of(dataset, enrol_samples, seed)
    ends = np.cumsum([*counts, rest - outside])
    training, validating, known, unknown = (list(map(str, part)) for part in np.split(np.array(people, object), ends))
    test = _open_set(dataset, known, unknown, divide)
    if not test.mated.subjects:
        raise ProtocolError(
            f"{dataset.name}: people who can be enrolled and probe", "none", "enrol fewer sessions or samples"
        )
    return Protocol(
        name=name or f"{dataset.name}-{seed}",
        dataset=dataset.name,
        seed=seed,
        train=Selection(subjects=_subjects(dataset, training)),
        validation=Selection(subjects=_subjects(dataset, validating)),
        **test.sides(),
        calibration=_calibration(dataset, validating, strangers, divide),
        people={} if "person" not in dataset.table else dataset.person_of(),
    ).check()


def make_protocols(dataset: Dataset, *, repeats: int, seed: int = 0, **options: object) -> list[Protocol]:
    """Return several random splits of one kind, with the seeds that follow one another (see `make_protocol`).

    Raises
    ------
    ProtocolError
        As `make_protocol`; and for less than one repeat.
    """
    if repeats < 1:
        raise ProtocolError("protocol: one repeat or more", str(repeats), "ask for one or more")
    return [make_protocol(dataset, seed=seed + number, **options) for number in range(repeats)]  # type: ignore[arg-type]


@dataclass(frozen=True)
class _BySession:
    """Whole sessions enrol, the others probe."""

    enrol: tuple[str, ...]
    probe: tuple[str, ...]
    sessions: dict[str, set[str]]

    @classmethod
    def of(cls, dataset: Dataset, enrol_sessions: Sequence[str] | int) -> _BySession:
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
        seen: dict[str, set[str]] = {}
        for subject, session in zip(dataset.table["subject"], dataset.table["session"], strict=True):
            seen.setdefault(str(subject), set()).add(str(session))
        return cls(enrol, probe, seen)

    def can_be_known(self, subject: str) -> bool:
        return bool(self.sessions[subject] & set(self.enrol)) and self.can_be_stranger(subject)

    def can_be_stranger(self, subject: str) -> bool:
        return bool(self.sessions[subject] & set(self.probe))

    def sides(self, known: tuple[str, ...], strangers: tuple[str, ...]) -> OpenSet:
        return OpenSet(
            gallery=Selection(subjects=known, sessions=self.enrol),
            mated=Selection(subjects=known, sessions=self.probe),
            non_mated=Selection(subjects=strangers, sessions=self.probe),
        )


@dataclass(frozen=True)
class _BySample:
    """Some samples of each subject enrol, the others probe."""

    count: int
    samples: dict[str, list[str]]
    seed: int

    @classmethod
    def of(cls, dataset: Dataset, count: int, seed: int) -> _BySample:
        if count < 1:
            raise ProtocolError(f"{dataset.name}: one sample or more to enrol", str(count), "enrol one or more")
        samples: dict[str, list[str]] = {}
        for subject, sample in zip(dataset.table["subject"].astype(str), dataset.sample_ids(), strict=True):
            samples.setdefault(subject, []).append(sample)
        return cls(count, samples, seed)

    def can_be_known(self, subject: str) -> bool:
        return len(self.samples[subject]) > self.count

    def can_be_stranger(self, subject: str) -> bool:
        return bool(self.samples[subject])

    def sides(self, known: tuple[str, ...], strangers: tuple[str, ...]) -> OpenSet:
        rng = np.random.default_rng(self.seed)
        chosen: set[str] = set()
        for subject in known:
            chosen.update(rng.permutation(self.samples[subject])[: self.count].tolist())
        every = [sample for subject in known for sample in self.samples[subject]]
        return OpenSet(
            gallery=Selection(subjects=known, samples=tuple(sample for sample in every if sample in chosen)),
            mated=Selection(subjects=known, samples=tuple(sample for sample in every if sample not in chosen)),
            non_mated=Selection(subjects=strangers),
        )


def _open_set(dataset: Dataset, known: list[str], strangers: list[str], divide: _BySession | _BySample) -> OpenSet:
    """Enrol the known people, and make strangers of those who cannot be enrolled and probe."""
    able = {person for person in known if any(map(divide.can_be_known, _subjects(dataset, [person])))}
    unable = [person for person in known if person not in able]
    enrolled = filter(divide.can_be_known, _subjects(dataset, sorted(able)))
    outside = filter(divide.can_be_stranger, _subjects(dataset, [*strangers, *unable]))
    return divide.sides(tuple(enrolled), tuple(outside))


def _calibration(
    dataset: Dataset, people: list[str], strangers: int | float, divide: _BySession | _BySample
) -> OpenSet | None:
    """Split the validation people as the tested ones are; None where nobody would be known, or nobody a stranger."""
    outside = strangers if isinstance(strangers, float) else len(people) // 2
    count = max(_count(outside, len(people)), 1)
    sides = _open_set(dataset, people[count:], people[:count], divide)
    return sides if sides.mated.subjects and sides.non_mated.subjects else None


def _subjects(dataset: Dataset, people: Sequence[str]) -> tuple[str, ...]:
    """Return the subjects of people, sorted."""
    wanted = set(people)
    return tuple(sorted(subject for subject, person in dataset.person_of().items() if person in wanted))


def _count(share: int | float, whole: int) -> int:
    """Return a number of people from a number or a share."""
    return share if isinstance(share, int) else round(share * whole)
