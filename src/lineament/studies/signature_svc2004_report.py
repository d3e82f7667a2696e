"""Verification by online signatures, and forgeries as attacks on identification, as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lineament.evaluation import Report
from lineament.evaluation.curve_displays import DetDisplay
from lineament.evaluation.score_report import written, written_difference
from lineament.metrics import Band, error_curve, multiplicities
from lineament.studies.signature_attacks import AttackRates, FixedOn, attack_rates, searches
from lineament.studies.signature_svc2004 import FOLDS, Progress, SignatureStudy, SignatureSystem, power_of
from lineament.studies.signature_trials import (
    ENROLLED,
    RANDOM,
    TRIALS,
    Against,
    ErrorRate,
    FloatArray,
    TrialScores,
    common_rate,
    of_writers,
    own_rate,
    run_trials,
)

PLAIN, OURS = "dtw", "ours"
CHOSEN_ON = tuple(f"{number:02d}" for number in range(1, 21))
"""The writers of SVC2004 on whom features and training were chosen; the other 20 were first scored in this study."""
PUBLISHED = "2.84 % (task 1) and 2.89 % (task 2)"
THRESHOLDS: tuple[tuple[float, FixedOn], ...] = ((0.05, "strangers"), (0.01, "strangers"), (0.05, "forgeries"))
RATES = ("fpir", "fnir", "attacks")
KINDS: tuple[Against, ...] = ("skilled", "random")
BAND_DRAWS = 200


@dataclass(frozen=True)
class SystemRates:
    """The figures of one system on some writers: by forgery, at a common and at each writer's own threshold."""

    common: Mapping[str, ErrorRate]
    own: Mapping[str, ErrorRate]


@dataclass(frozen=True, eq=False)
class SignatureResults:
    """What came out.

    Parameters
    ----------
    name : str
        Of the data set.
    seeds : tuple of int
    labels : dict
        Of the systems, by key.
    groups : dict
        For each group of writers, each system's rates.
    attacks : dict
        For each system, its rates at each of `THRESHOLDS`.
    runs : dict
        For each system, its scores for each seed.
    """

    name: str
    seeds: tuple[int, ...]
    labels: dict[str, str] = field(default_factory=dict)
    groups: dict[str, dict[str, SystemRates]] = field(default_factory=dict)
    attacks: dict[str, list[AttackRates]] = field(default_factory=dict)
    runs: dict[str, list[TrialScores]] = field(default_factory=dict)


def run(
    study: SignatureStudy, systems: Sequence[SignatureSystem], seeds: Sequence[int], *, progress: Progress
) -> SignatureResults:
    """Run systems over all folds of all seeds, and return every figure."""
    results = SignatureResults(study.dataset.name, tuple(seeds))
    for system in systems:
        power = power_of(system.load().match_rule)
        tables = [study.tables(system, seed, progress) for seed in seeds]
        pairs = list(zip(seeds, tables, strict=True))
        results.labels[system.key] = system.label
        results.runs[system.key] = [run_trials(folds, power=power, seed=seed) for seed, folds in pairs]
        found = [[searches(table, power=power, seed=seed) for table in folds] for seed, folds in pairs]
        results.attacks[system.key] = [attack_rates(found, *point) for point in THRESHOLDS]
    for label, writers in groups_of(study.dataset.name, next(iter(results.runs.values()))[0].writers).items():
        results.groups[label] = {
            key: rates_of([of_writers(scores, writers) for scores in runs]) for key, runs in results.runs.items()
        }
    return results


def groups_of(name: str, writers: Sequence[str]) -> dict[str, list[str]]:
    """Return the groups of writers that are reported: all, and in SVC2004 those whom no setting was chosen on."""
    everybody = {f"all {len(writers)} writers": list(writers)}
    if name != "signature-svc2004":
        return everybody
    untouched = [writer for writer in writers if writer not in CHOSEN_ON]
    return {f"the {len(untouched)} writers on whom nothing was chosen": untouched, **everybody}


def rates_of(runs: Sequence[TrialScores]) -> SystemRates:
    """Return the four error rates of a system."""
    return SystemRates({a: common_rate(runs, a) for a in KINDS}, {a: own_rate(runs, a) for a in KINDS})


def report(results: SignatureResults) -> Report:
    """Return the report."""
    page = Report(
        f"Verification by online signatures: {results.name}",
        f"{ENROLLED} signatures of the first session enrolled, later ones and forgeries tested; {TRIALS} trials a "
        f"writer, {len(results.seeds)} deals of the writers into {FOLDS} groups; 95 % intervals over writers",
        numbers(results),
    )
    if results.name.startswith("simulated"):
        page.notice("These writers are simulated: the figures say nothing of people.")
    for label, systems in results.groups.items():
        page.heading(label[0].upper() + label[1:])
        _rates(page, results, systems)
    _published(page, results)
    page.heading("Skilled forgeries against genuine signatures")
    page.figure(
        DetDisplay(
            {results.labels[key]: det_band(runs) for key, runs in results.runs.items()}, "skilled forgeries"
        ).plot(),
        "Common threshold; FMR is the share of skilled forgeries accepted. Bands: 95 % over writers.",
    )
    _attacks(page, results)
    return _method(page)


def numbers(results: SignatureResults) -> dict[str, Any]:
    """Return every figure with its interval."""
    return {
        "format_version": 1,
        "study": "signature-svc2004",
        "dataset": results.name,
        "seeds": list(results.seeds),
        "eer": {
            label: {
                key: {
                    f"{against}, {where} threshold": rate.interval.as_json()
                    for where, rates in (("common", system.common), ("own", system.own))
                    for against, rate in rates.items()
                }
                for key, system in systems.items()
            }
            for label, systems in results.groups.items()
        },
        "identification": {
            key: [
                {
                    "asked": r.target,
                    "of": r.fixed_on,
                    **{name: getattr(r, name).as_json() for name in ("fpir", "fnir", "attacks")},
                }
                for r in rates
            ]
            for key, rates in results.attacks.items()
        },
    }


def det_band(runs: Sequence[TrialScores]) -> Band:
    """Return the FNMR over the share of skilled forgeries accepted, with writers drawn again."""
    at = np.geomspace(0.002, 0.9, 60)
    writers = len(runs[0].writers)
    rows = [np.ones(writers), *multiplicities(writers, BAND_DRAWS, 1)]
    curves = np.array([np.mean([_fnmr(scores, row, at) for scores in runs], axis=0) for row in rows])
    low, high = np.quantile(curves[1:], [0.025, 0.975], axis=0)
    return Band(at, curves[0], low, high)


def _fnmr(scores: TrialScores, times: FloatArray, at: FloatArray) -> FloatArray:
    sides = scores.genuine, scores.skilled
    mated, forged = (np.broadcast_to(times[:, None, None], side.shape).ravel() for side in sides)
    curve = error_curve(
        mated=sides[0].ravel(), non_mated=sides[1].ravel(), mated_weights=mated, non_mated_weights=forged
    )
    return np.interp(at, curve.false_match[::-1], curve.false_non_match[::-1])


def _rates(page: Report, results: SignatureResults, systems: Mapping[str, SystemRates]) -> None:
    columns = ["system", *(f"{against}, {where}" for where in ("common", "own") for against in KINDS)]
    rows = [
        [results.labels[key], *(written(rates[a].interval) for rates in (each.common, each.own) for a in KINDS)]
        for key, each in systems.items()
    ]
    strong = [place for place, key in enumerate(systems) if key == OURS]
    page.table(
        columns, rows, caption="EER, by forgery and threshold (common to all writers, or their own)", strong=strong
    )
    if PLAIN not in systems:
        return
    rows = []
    for key in (key for key in systems if key != PLAIN):
        sides = [(getattr(systems[key], where), getattr(systems[PLAIN], where)) for where in ("common", "own")]
        changes = [mine[a].minus(plain[a]) for mine, plain in sides for a in KINDS]
        rows.append([results.labels[key], *map(written_difference, changes)])
    page.table(columns, rows, caption=f"The same minus {results.labels[PLAIN]}, in percentage points, paired")


def _published(page: Report, results: SignatureResults) -> None:
    if results.name != "signature-svc2004":
        return
    page.heading("Published")
    page.text(
        f"The competition's best team had {PUBLISHED} against skilled forgeries, on 60 writers who were never "
        "released: not like for like. Its rates, as we understand its report, were of each writer at a threshold of "
        "their own, averaged, as the columns 'own' are."
    )


def _attacks(page: Report, results: SignatureResults) -> None:
    page.heading("Forgeries as attacks on identification")
    rows = [
        [
            results.labels[key],
            f"{rate.target:.0%} of {rate.fixed_on}",
            *(written(r) for r in (rate.fpir, rate.fnir, rate.attacks)),
        ]
        for key, rates in results.attacks.items()
        for rate in rates
    ]
    page.table(
        ["system", "threshold: accepts", "FPIR", "FNIR", "forgeries taken for their target"],
        rows,
        caption="Galleries of the tested writers of a group; thresholds fixed on the writers of the other groups",
    )
    page.text(
        "A threshold that keeps strangers out is fixed on people who do not try. A skilled forger does: whoever relies "
        "on signatures against forgers must fix the threshold on forgeries, and accept the FNIR that comes with it."
    )


def _method(page: Report) -> Report:
    page.heading("How this was measured")
    page.text(
        f"Writers are dealt into {FOLDS} groups, anew for each seed; each group is tested by a system that was trained "
        "on all others, their forgeries included, and never on the tested. In each trial "
        f"{ENROLLED} signatures of the first session are drawn and enrolled; all later ones are tested, all skilled "
        f"forgeries of the writer, and {RANDOM} signatures of other writers of the group (random forgeries). All "
        "systems are given the same trials. The common threshold is one for all writers and trials of a seed. "
        "Intervals draw writers again, with all that is theirs; random forgers stay."
    )
    return page.text("`lineament reproduce signature-svc2004 --data DIR`, the folder of signature-svc2004.")
