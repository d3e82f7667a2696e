"""The splits of the vein study: people disjoint, and dorsal hands once more as paper 003 counted them.

The honest split of `vein-dorsal`: persons 1 to 72 are tested and nobody else; of them 50, drawn at random, are enrolled
from capture DB1 and probe in DB2, and 22 are strangers (probes of DB2; neither capture was seen). Persons 73 to 138
develop: 8 of them, drawn among those who came twice, validate (4 enrolled, 4 strangers), the others train, among them
all 25 who came only once. Whatever was chosen (regions, recipe) was chosen on persons 73 to 138 alone.

The same with anybody: 72 of all who came twice are tested, so that people whom settings were chosen on are among them,
and training may see the poses of persons 1 to 72.

The published split: each hand of each capture is a class of its own, 502 of them, and each capture's people are people
of their own, 251 of them. 70 % are known, 30 % strangers (paper §4.1); of the known, 55 % train, 10 % validate and 35 %
are enrolled and probe (§3.1). The paper's 7 enrolment and 3 probe images a class do not fit classes of 4 (DB1) and 3
(DB2): here the last image of each class probes, and the others are enrolled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

import lineament.datasets
from lineament.datasets import Dataset, OpenSet, Protocol, Selection, make_protocol
from lineament.errors import ProtocolError

FOLDER = Path(lineament.datasets.__file__).parent / "protocols"
SEEDS = (0, 1, 2)
TESTED = 72
"""Persons 1 to 72 are tested; persons 73 and above develop."""
ENROLLED, VALIDATION = 50, 8
KNOWN_SHARE, TRAIN_SHARE, VALIDATION_SHARE = 0.7, 0.55, 0.1
ENROL, PROBE = ("DB1",), ("DB2",)


def hand_protocol(hands: Dataset, seed: int, *, anybody: bool = False) -> Protocol:
    """Return the honest split of dorsal hands.

    Parameters
    ----------
    hands : Dataset
        `vein-dorsal` with ``labels="hands"``.
    seed : int
    anybody : bool
        Whether 72 of all who came twice are tested, drawn at random, instead of persons 1 to 72.

    Raises
    ------
    ProtocolError
        When too few people came twice.
    """
    captures = hands.table.groupby("person")["session"].nunique()
    twice = [str(person) for person in captures.index[captures == 2]]
    rng = np.random.default_rng(seed)
    if anybody:
        dealt = _drawn(rng, twice)
        tested, developing = dealt[:TESTED], dealt[TESTED:]
    else:
        tested = _drawn(rng, (person for person in twice if int(person) <= TESTED))
        developing = _drawn(rng, (person for person in twice if int(person) > TESTED))
    if len(tested) <= ENROLLED or len(developing) <= VALIDATION:
        raise ProtocolError(
            f"{hands.name}: more than {ENROLLED} people to test and {VALIDATION} to develop with, in two captures",
            f"{len(tested)} and {len(developing)}",
            "use the whole set",
        )
    enrolled, strangers = tested[:ENROLLED], tested[ENROLLED:]
    validation = developing[:VALIDATION]
    train = set(hands.people()) - {*tested, *validation}
    half = VALIDATION // 2
    return Protocol(
        name=f"vein-dorsal-{'anybody-' if anybody else ''}{seed}",
        dataset=hands.name,
        seed=seed,
        train=Selection(subjects=_subjects(hands, train)),
        validation=Selection(subjects=_subjects(hands, validation)),
        **_by_capture(hands, enrolled, strangers).sides(),
        calibration=_by_capture(hands, validation[:half], validation[half:]),
        people=hands.person_of(),
    ).check()


def published_protocol(labels: Dataset, seed: int) -> Protocol:
    """Return the split of dorsal hands as paper 003 counted them.

    Parameters
    ----------
    labels : Dataset
        `vein-dorsal` with ``labels="published"``.
    seed : int
    """
    counted = {str(subject): str(subject).rsplit("-", 1)[0] for subject in labels.subjects()}
    people = _drawn(np.random.default_rng(seed), set(counted.values()))
    known, strangers = people[: (count := round(KNOWN_SHARE * len(people)))], people[count:]
    first, second = round(TRAIN_SHARE * count), round((TRAIN_SHARE + VALIDATION_SHARE) * count)
    train, validation, enrolled = known[:first], known[first:second], known[second:]

    def classes(some: Iterable[str]) -> tuple[str, ...]:
        wanted = set(some)
        return tuple(subject for subject, person in counted.items() if person in wanted)

    half = len(validation) // 2
    return Protocol(
        name=f"vein-dorsal-published-{seed}",
        dataset=labels.name,
        seed=seed,
        train=Selection(subjects=classes(train)),
        validation=Selection(subjects=classes(validation)),
        **_by_sample(labels, classes(enrolled), classes(strangers)).sides(),
        calibration=_by_sample(labels, classes(validation[:half]), classes(validation[half:])),
        people=counted,
    ).check()


def finger_protocol(fingers: Dataset, seed: int) -> Protocol:
    """Return the split of `vein-sdumla`: people disjoint; 3 images a finger are enrolled, 3 probe, one session."""
    return make_protocol(
        fingers, train=0.5, validation=6, strangers=0.3, enrol_samples=3, seed=seed, name=f"vein-sdumla-{seed}"
    )


def committed(name: str, seed: int) -> Protocol:
    """Return a protocol of the package: ``vein-dorsal``, with ``-anybody`` or ``-published``, or ``vein-sdumla``."""
    return Protocol.load(FOLDER / f"{name}-{seed}.json")


def _drawn(rng: np.random.Generator, people: Iterable[str]) -> list[str]:
    """Return people in a random order."""
    return [str(person) for person in rng.permutation(sorted(people))]


def _by_capture(hands: Dataset, enrolled: Sequence[str], strangers: Sequence[str]) -> OpenSet:
    known = _subjects(hands, enrolled)
    return OpenSet(
        gallery=Selection(subjects=known, sessions=ENROL),
        mated=Selection(subjects=known, sessions=PROBE),
        non_mated=Selection(subjects=_subjects(hands, strangers), sessions=PROBE),
    )


def _by_sample(labels: Dataset, enrolled: tuple[str, ...], strangers: tuple[str, ...]) -> OpenSet:
    """Enrol all but the last image of each class; strangers probe with all of theirs."""
    ids = labels.sample_ids()[labels.table["subject"].isin(enrolled)]
    last = set(ids.groupby(labels.table["subject"]).last())
    return OpenSet(
        gallery=Selection(subjects=enrolled, samples=tuple(name for name in ids if name not in last)),
        mated=Selection(subjects=enrolled, samples=tuple(name for name in ids if name in last)),
        non_mated=Selection(subjects=strangers),
    )


def _subjects(hands: Dataset, people: Iterable[str]) -> tuple[str, ...]:
    wanted = set(people)
    return tuple(subject for subject, person in hands.person_of().items() if person in wanted)
