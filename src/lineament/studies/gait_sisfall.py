"""Recognising walkers by a sensor at the waist: the floor, people who were not trained on, and a brute-force attack.

1. *The floor*: everybody trains and is enrolled from one pace, and probes at the other (closed set).
2. *People apart*: half of the people train; of the others the slow walk is enrolled and the fast one probes; for
   several seeds, each half trained on once. Open set: nine of the tested people are enrolled, the others are strangers,
   and the other way round.
3. *Attack*: some train, some fix a threshold, the rest is tested: how soon is a stranger who walks again and again
   taken for an enrolled person, or for anybody of a gallery (`lineament.studies.gait_attack`).

`gait-sisfall` is one sitting of each of 38 people: all of it is "same session".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from lineament.datasets import Dataset
from lineament.datasets.simulate.gait import simulated_gait
from lineament.errors import ProtocolError
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.scores import Scores
from lineament.metrics import (
    Band,
    Interval,
    ResampledSearches,
    pooled_interval,
    threshold_at_false_match_rate,
)
from lineament.studies.gait_attack import Tries
from lineament.studies.gait_walks import (
    FAST,
    SLOW,
    SPANS,
    SYSTEMS,
    Deal,
    Judge,
    Said,
    System,
    halves,
    set_apart,
    thirds,
    walks,
)

Progress = Callable[[str, int], Iterable[int]]
FLOORS = {
    "": SYSTEMS[0],
    ", deviations alone": System("lda-std", "LDA on deviations", "gait-lda", ("network.statistics=[std]",)),
}
"""The floor, and what is left of it without means: how the sensor sits shows in them."""
ATTACKED = ("small", "small-raw", "lda")
FMR, FPIR = 0.01, 0.05
"""Rates at which thresholds are fixed on the validation people."""
TRIES = tuple(range(1, 31))
ATTACK_DEALS = 3
"""Deals of an attack for each seed."""
SIMULATED_PEOPLE = 38


@dataclass(frozen=True)
class Row:
    """The figures of one system with people apart; None where a figure cannot be had."""

    system: System
    deals: int
    rank_one: dict[str, Interval]
    verification: dict[str, Interval]
    open_set: dict[str, Interval]


@dataclass(frozen=True, eq=False)
class Attack:
    """What brute force comes to against one system.

    Parameters
    ----------
    person, gallery : Tries
        Against one enrolled person at a time, and against all who are enrolled in a deal.
    gallery_size : int
    false_non_match : Interval
        Share of genuine 5 s probes (fast walk) refused at the threshold for one person.
    """

    system: System
    person: Tries
    gallery: Tries
    gallery_size: int
    false_non_match: Interval

    def curves(self) -> dict[str, dict[str, Band]]:
        """Return the curves against a person and against a gallery."""
        return {"person": self.person.curves(TRIES), "gallery": self.gallery.curves(TRIES)}


@dataclass(eq=False)
class Results:
    """All that the report says."""

    data: str
    simulated: bool
    people: int
    seeds: tuple[int, ...]
    floor: dict[str, Interval] = field(default_factory=dict)
    apart: list[Row] = field(default_factory=list)
    untouched: list[Row] = field(default_factory=list)
    attacks: list[Attack] = field(default_factory=list)


def available(keys: Sequence[str] | None) -> list[System]:
    """Return systems by key, all where none are named.

    Raises
    ------
    ProtocolError
        When there is none of that name.
    """
    known = {system.key: system for system in SYSTEMS}
    for key in keys or ():
        if key not in known:
            raise ProtocolError(f"--systems: {', '.join(known)}", repr(key), "choose among them")
    return [system for system in SYSTEMS if keys is None or system.key in keys]


def run(
    dataset: Dataset | None, out: Path, systems: Sequence[System], seeds: tuple[int, ...], *, progress: Progress
) -> Results:
    """Run the study.

    Parameters
    ----------
    dataset : Dataset or None
        With slow and fast walks; None: simulated walkers.
    out : path
        What was trained and asked already is taken from here.
    systems : sequence of System
    seeds : tuple of int
    progress : callable

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    ProtocolError
        When there are too few people who walk at both paces.
    """
    data = simulated_gait(SIMULATED_PEOPLE, sessions=1) if dataset is None else dataset
    judge = Judge(walks(data), Path(out), data.name)
    simulated = "simulated" in data.table and bool(data.table["simulated"].all())
    results = Results(data.name, simulated, len(judge.people), seeds)
    results.floor = floor(judge)
    for seed in seeds[1:] if dataset is None else ():
        others = simulated_gait(SIMULATED_PEOPLE, sessions=1, seed=seed)
        found = floor(Judge(walks(others), Path(out), others.name))
        results.floor |= {f"{way} ({others.name})": interval for way, interval in found.items()}
    for step in progress("people apart", len(systems)):
        system = systems[step]
        results.apart.append(_row(judge, system, halves(judge.people, seeds)[: system.splits]))
        if not results.simulated and system.splits is None:
            results.untouched.append(_row(judge, system, [set_apart(judge.people)]))
    attacked = [system for system in systems if system.key in ATTACKED]
    for step in progress("brute force", len(attacked)):
        deals = thirds(judge.people, [ATTACK_DEALS * seed + n for seed in seeds for n in range(ATTACK_DEALS)])
        results.attacks.append(attack(judge, attacked[step], deals))
    return results


def floor(judge: Judge) -> dict[str, Interval]:
    """Return Rank-1 of the closed set, by from which pace to which."""
    everybody = tuple(judge.people)
    found = {}
    for what, system in FLOORS.items():
        for enrolled, probed in ((SLOW, FAST), (FAST, SLOW)):
            said = judge.said(system, Deal("closed", 0, everybody, everybody), enrolled=enrolled).at(probed)
            found[f"{enrolled} → {probed}{what}"] = _rank_one([said])
    return found


def _row(judge: Judge, system: System, deals: Sequence[Deal]) -> Row:
    said = {span: [judge.said(system, deal, span=span).at(FAST) for deal in deals] for span in SPANS}
    found = evaluate_scores(_pairs(said["5 s"]), fmr=(FMR,))
    keys = ("eer", f"fnmr_at_fmr_{FMR:g}", "auroc")
    return Row(
        system,
        len(deals),
        {span: _rank_one(parts) for span, parts in said.items()},
        {key: found.figure(key) for key in keys},
        _open_set(said["5 s"]),
    )


def _rank_one(parts: Sequence[Said]) -> Interval:
    """Return Rank-1 over the probes of several deals, intervals over people."""
    correct = np.concatenate([said.scores.argmax(axis=1) == said.mates for said in parts])
    return pooled_interval(correct=correct, subjects=np.concatenate([said.people for said in parts]))


def _pairs(parts: Sequence[Said]) -> Scores:
    """Return the comparisons of several deals; a person is another subject in each, but the same human being."""
    values, probe, reference = [], [], []
    probes: dict[str, list[str]] = {"subject": [], "person": []}
    references: dict[str, list[str]] = {"subject": [], "person": []}
    for number, said in enumerate(parts):
        rows, columns = np.indices(said.scores.shape)
        probe.append(rows.ravel() + len(probes["subject"]))
        reference.append(columns.ravel() + len(references["subject"]))
        values.append(said.scores.ravel())
        for table, people in ((probes, said.people), (references, said.subjects)):
            table["subject"] += [f"{who}/{number}" for who in people]
            table["person"] += [str(who) for who in people]
    return Scores.from_pairs(
        np.concatenate(values),
        probe=np.concatenate(probe),
        reference=np.concatenate(reference),
        probes=pd.DataFrame(probes),
        references=pd.DataFrame(references),
    )


def _open_set(parts: Sequence[Said]) -> dict[str, Interval]:
    """Return open-set figures: of each deal some are enrolled and the others strangers, and the other way round."""
    size = min(len(said.subjects) for said in parts) // 2
    known, mates, known_people, strangers, stranger_people = [], [], [], [], []
    for said in parts:
        order = np.random.default_rng(len(said.subjects)).permutation(len(said.subjects))
        for enrolled in (order[:size], order[-size:]):
            inside = np.isin(said.mates, enrolled)
            table = said.scores[:, np.sort(enrolled)]
            known.append(table[inside])
            mates.append(np.searchsorted(np.sort(enrolled), said.mates[inside]))
            known_people.append(said.people[inside])
            strangers.append(table[~inside])
            stranger_people.append(said.people[~inside])
    found = ResampledSearches(
        known=np.concatenate(known),
        mates=np.concatenate(mates),
        known_people=np.concatenate(known_people),
        strangers=np.concatenate(strangers),
        stranger_people=np.concatenate(stranger_people),
    )
    return {
        "open_set_eer": found.open_set_equal_error_rate().interval(),
        "oscr": found.open_set_area().interval(),
        "dir_at_fpir_0.1": found.detection_identification_rate_at(0.1).interval(),
        "dir_at_fpir_0.05": found.detection_identification_rate_at(0.05).interval(),
    }


def attack(judge: Judge, system: System, deals: Sequence[Deal]) -> Attack:
    """Return what strangers' tries come to at thresholds that were fixed on the validation people."""
    on_people, on_galleries, refused, genuine = [], [], [], []
    size = min(len(deal.test) for deal in deals) // 2
    for deal in deals:
        watched, tested = (judge.said(system, deal, among=side) for side in ("validation", "test"))
        person_at = threshold_at_false_match_rate(non_mated=_non_mated(watched), rate=FMR)
        gallery_at = threshold_at_false_match_rate(non_mated=_best_of(watched, size), rate=FPIR)
        on_people.append(_against_people(tested, person_at, deal.name))
        on_galleries.append(_against_gallery(tested, gallery_at, size, deal.name))
        fast = tested.at(FAST)
        refused.append(fast.scores[np.arange(len(fast.people)), fast.mates] < person_at)
        genuine.append(fast.people)
    false_non_match = pooled_interval(correct=np.concatenate(refused), subjects=np.concatenate(genuine))
    return Attack(system, Tries.join(on_people), Tries.join(on_galleries), size, false_non_match)


def _non_mated(said: Said) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return every score of a probe with somebody else."""
    outside = np.arange(len(said.subjects))[None] != said.mates[:, None]
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = said.scores[outside]
    return values


def _best_of(said: Said, size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return each probe's best score with so many others, drawn at random: a stranger's in a gallery of that size."""
    rng = np.random.default_rng(0)
    best = np.empty(len(said.people))
    for row, (scores, mate) in enumerate(zip(said.scores, said.mates, strict=True)):
        others = rng.permutation(np.delete(np.arange(len(scores)), mate))[:size]
        best[row] = scores[others].max()
    return best


def _against_people(said: Said, threshold: float, name: str) -> Tries:
    """Return the tries of every tested person against every other."""
    rows = []
    for walker in said.subjects:
        accepted = said.scores[said.people == walker] >= threshold
        for place, owner in enumerate(said.subjects):
            if owner != walker:
                rows.append((f"{name}/{owner}", owner, walker, int(accepted[:, place].sum()), len(accepted)))
    return _tries(rows)


def _against_gallery(said: Said, threshold: float, size: int, name: str) -> Tries:
    """Return the tries of those who are not enrolled against those who are; half are, and then the other half."""
    order = np.random.default_rng(len(said.people)).permutation(len(said.subjects))
    rows = []
    for half, enrolled in (("a", order[:size]), ("b", order[-size:])):
        accepted = np.asarray((said.scores[:, enrolled] >= threshold).any(axis=1))
        for place in np.setdiff1d(order, enrolled):
            walker = said.subjects[place]
            own = accepted[said.people == walker]
            rows.append((f"{name}/{half}", "", walker, int(own.sum()), len(own)))
    return _tries(rows)


def _tries(rows: Sequence[tuple[str, str, str, int, int]]) -> Tries:
    target, owner, walker, accepted, tried = zip(*rows, strict=True)
    targets, owners, walkers = (np.array(column, dtype=np.str_) for column in (target, owner, walker))
    return Tries(targets, owners, walkers, np.array(accepted), np.array(tried))
