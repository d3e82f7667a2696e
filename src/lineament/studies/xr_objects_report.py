"""The table on `xr-objects` as a report: every system in every setting, and ours against the floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset
from lineament.evaluation import BarDisplay, Curve, Report
from lineament.metrics import Interval
from lineament.studies.xr_objects_summary import Summary, summarise
from lineament.studies.xr_objects_systems import FLOORS, TableSystem
from lineament.studies.xr_objects_table import Fold, Progress, TableRun, held_out_folds, session_folds

PROTOTYPES: dict[str, tuple[str, str, str, str]] = {
    "LDA on mean, std, p10, p90": (".83 / .85 / .88", ".27", ".69 / .74 / .85", ".33"),
    "LDA on mean, std": (".77 / .78 / .77", ".24", ".64 / .71 / .77", ".28"),
    "dense convolution, ArcFace": (".81 / .83 / .90", ".18", ".62 / .64 / .67", ".32"),
    "GRU 2×128, ArcFace, 170 s": ("–", "–", ".48 / .53 / .54", ".38"),
}
"""Floors and a prototype measured before this system was written (one thread, one seed): Rank-1, EER at 60 s, twice."""
MAIN_SPANS = ("1 min", "session")


@dataclass(frozen=True)
class Plan:
    """Which tables are made.

    Parameters
    ----------
    systems : sequence of TableSystem
    seeds : tuple of int
    galleries : tuple of int
        Sizes of the groups held out.
    sessions : bool
        Whether one session is left out in turn, too (main systems; not those trained step by step, which take long).
    ours : str
        Key of the system that is compared with the floors, and that attempts are compared with.
    """

    systems: Sequence[TableSystem]
    seeds: tuple[int, ...] = (0, 1, 2)
    galleries: tuple[int, ...] = (4, 8)
    sessions: bool = True
    ours: str = "ours"


@dataclass(frozen=True, eq=False)
class Results:
    """What came out: for each setting, each system's summary."""

    dataset: str
    people: int
    plan: Plan
    settings: dict[str, dict[str, Summary]] = field(default_factory=dict)


def run(dataset: Dataset, out: Path, plan: Plan, *, progress: Progress) -> Results:
    """Run every system over every fold, keeping each fold's judgements under ``out``."""
    results = Results(dataset.name, len(dataset.subjects()), plan)
    table = TableRun(dataset, out)
    people = len(dataset.subjects())
    settings: dict[str, list[Fold]] = {
        f"train {people - gallery}, gallery of {gallery}": held_out_folds(dataset, gallery=gallery, seeds=plan.seeds)
        for gallery in plan.galleries
    }
    for name, folds in settings.items():
        results.settings[name] = {s.key: summarise(table.judgements(s, folds, progress)) for s in plan.systems}
    if plan.sessions:
        folds = session_folds(dataset, seeds=plan.seeds[:1])
        main = [system for system in plan.systems if system.part == "main" and not system.costly]
        results.settings["leave one session out"] = {
            s.key: summarise(table.judgements(s, folds, progress)) for s in main
        }
    return results


def report(results: Results) -> Report:
    """Return the report."""
    page = Report(
        f"Identifying people by XR motion: {results.dataset}",
        f"{results.people} people, enrolled from their first session, probed in the later ones; "
        f"seeds: {len(results.plan.seeds)}; nobody who is scored was trained on, except where a session is left out",
        numbers(results),
    )
    labels = {system.key: system.label for system in results.plan.systems}
    parts = {system.key: system.part for system in results.plan.systems}
    for setting, systems in results.settings.items():
        page.heading(setting[0].upper() + setting[1:])
        if setting.startswith("leave"):
            page.text(
                "Everybody is trained on and enrolled from three sessions and probed in the fourth: a closed set."
            )
        _main_table(page, systems, labels, parts, results.plan.ours)
        _gains(page, systems, labels, results.plan.ours)
    _attempts(page, results, labels, parts)
    for part, title in (("encodings", "Encodings"), ("classification", "Classification baseline")):
        chosen = [key for key in labels if parts[key] == part]
        if chosen:
            page.heading(title)
            _part_table(page, results, chosen, labels)
    page.heading("Measured before")
    page.table(
        ["prototype", "train 12: Rank-1", "EER 60 s", "train 8: Rank-1", "EER 60 s "],
        [[label, *cells] for label, cells in PROTOTYPES.items()],
        caption="Floors and a prototype, one seed, untuned; 20 s / 60 s / session",
    )
    return _method(page, results)


def numbers(results: Results) -> dict[str, Any]:
    """Return every figure with its interval."""
    parts = {system.key: system.part for system in results.plan.systems}
    return {
        "format_version": 1,
        "study": "xr-objects",
        "data": results.dataset,
        "people": results.people,
        "seeds": list(results.plan.seeds),
        "systems": {s.key: {"label": s.label, "part": s.part, "recipe": s.recipe} for s in results.plan.systems},
        "settings": {
            setting: {
                key: _numbers(summary, systems, results.plan.ours, key, parts[key]) for key, summary in systems.items()
            }
            for setting, systems in results.settings.items()
        },
    }


def _numbers(summary: Summary, systems: Mapping[str, Summary], ours: str, key: str, part: str) -> dict[str, Any]:
    """Return one system's figures in one setting, with our paired gain over a floor, or an attempt's over ours."""
    figures: dict[str, Any] = {"seconds_to_train": round(summary.seconds, 2)}
    for span in summary.spans:
        eer = summary.eer(span)
        centroid = summary.centroid_rank_one(span)
        figures[span] = {
            "probes": summary.probes(span),
            "rank_one": summary.rank_one(span).as_json(),
            "rank_one_macro": round(summary.macro(span), 6),
            "rank_one_centroid": None if centroid is None else round(centroid, 6),
            "eer": eer.as_json() if eer else None,
        }
        if key in FLOORS and ours in systems:
            gain = systems[ours].eer_gain(summary, span)
            figures[span]["ours_above_rank_one"] = systems[ours].rank_one_gain(summary, span).as_json()
            figures[span]["ours_below_eer"] = gain.as_json() if gain else None
        elif part == "attempts" and ours in systems:
            gain = summary.eer_gain(systems[ours], span)
            figures[span]["above_ours_rank_one"] = summary.rank_one_gain(systems[ours], span).as_json()
            figures[span]["below_ours_eer"] = gain.as_json() if gain else None
    return figures


def _main_table(
    page: Report, systems: Mapping[str, Summary], labels: Mapping[str, str], parts: Mapping[str, str], ours: str
) -> None:
    chosen = [key for key in systems if parts[key] == "main"]
    absent = [key for key in labels if parts[key] == "main" and key not in systems]
    if not chosen:
        return
    spans = systems[chosen[0]].spans
    probes = ", ".join(f"{systems[chosen[0]].probes(span)} of {span}" for span in spans)
    strong = [place for place, key in enumerate(chosen) if key == ours]
    header = ["system", *spans]
    dashes: list[list[object]] = [[labels[key], *(None for _ in spans)] for key in absent]
    ranks = [[labels[key], *(_short(systems[key].rank_one(span)) for span in spans)] for key in chosen] + dashes
    page.table(header, ranks, caption=f"Rank-1 with 95 % intervals over people; probes: {probes}", strong=strong)
    rates = [[labels[key], *(_short(systems[key].eer(span)) for span in spans)] for key in chosen] + dashes
    page.table(header, rates, caption="Open-set EER with 95 % intervals over people", strong=strong)
    bars = []
    for key in chosen:
        intervals = [systems[key].rank_one(span) for span in spans]
        estimate, low, high = (np.array([getattr(i, name) for i in intervals]) for name in ("estimate", "low", "high"))
        bars.append(Curve(labels[key], estimate, low, high))
    display = BarDisplay.from_groups([f"probes of {span}" for span in spans], bars, title="Rank-1")
    page.figure(display.plot(), "Rank-1 with 95 % intervals over people.")


def _gains(page: Report, systems: Mapping[str, Summary], labels: Mapping[str, str], ours: str) -> None:
    """Add our paired gains over the floors."""
    floors = [key for key in FLOORS if key in systems and key != ours]
    if ours not in systems or not floors:
        return
    rows: list[list[object]] = []
    for floor in floors:
        for span in systems[ours].spans:
            rank, eer = systems[ours].rank_one_gain(systems[floor], span), systems[ours].eer_gain(systems[floor], span)
            rows.append([f"over {labels[floor]}", span, _signed(rank), _clear(rank), _signed(eer), _clear(eer)])
    page.table(
        [labels[ours], "probes", "Rank-1 gained", "> 0", "EER taken off", "> 0 "],
        rows,
        caption="Paired differences with 95 % intervals over people; > 0: whether the interval lies above zero",
    )


def _attempts(page: Report, results: Results, labels: Mapping[str, str], parts: Mapping[str, str]) -> None:
    """Add what was tried, in each setting beside ours and with the paired difference to it at a minute."""
    minute, ours = MAIN_SPANS[0], results.plan.ours
    tried = [key for key in labels if parts[key] == "attempts"]
    if not tried:
        return
    page.heading("What was tried")
    page.text(
        "Simulated people do not exist: they were made by lineament's simulator. Figures of systems that learned from "
        "them are still of real people."
    )
    for setting, systems in results.settings.items():
        rows: list[list[object]] = []
        for key in [ours, *tried]:
            if key not in systems:
                continue
            summary, reference = systems[key], systems.get(ours) if key != ours else None
            rank = summary.rank_one_gain(reference, minute) if reference else None
            eer = summary.eer_gain(reference, minute) if reference else None
            figures = [f"{summary.rank_one(span).estimate:.2f}" for span in summary.spans]
            rows.append([labels[key], *figures, _short(summary.eer(minute)), _signed(rank), _signed(eer)])
        if any(key in systems for key in tried):
            spans = next(iter(systems.values())).spans
            page.table(
                ["system", *spans, f"EER {minute}", "Rank-1 above ours", "EER below ours"],
                rows,
                caption=f"{setting}: Rank-1, open-set EER, and the paired differences to ours at {minute}",
                strong=[0] if ours in systems else (),
            )


def _part_table(page: Report, results: Results, chosen: Sequence[str], labels: Mapping[str, str]) -> None:
    """Add a table of some systems over the settings they were run in."""
    settings = [name for name, systems in results.settings.items() if any(key in systems for key in chosen)]
    rows: list[list[object]] = []
    for key in chosen:
        cells: list[object] = [labels[key]]
        for name in settings:
            summary = results.settings[name][key]
            ranks = " / ".join(f"{summary.rank_one(span).estimate:.2f}" for span in summary.spans)
            eers = [summary.eer(span) for span in MAIN_SPANS]
            cells += [ranks, " / ".join(f"{eer.estimate:.2f}" if eer else "–" for eer in eers)]
        rows.append(cells)
    columns = ["system", *(cell for name in settings for cell in (f"{name}: Rank-1", f"{name}: EER"))]
    page.table(columns, rows, caption="Rank-1 at 20 s / 1 min / session; EER at 1 min / session")


def _method(page: Report, results: Results) -> Report:
    page.heading("How this was measured")
    page.text(
        "People are dealt into groups; each group in turn is enrolled from its first session and probed in the others, "
        "with an encoder trained on everybody else. Windows lie 5 s apart; probes of 20 s and 1 min follow one another "
        "without overlap and are pooled over folds and seeds. The open-set EER enrols half of each group, in every way "
        "(at most 35), the others being strangers; the score is the likeness of the probe's mean embedding to the "
        "nearest enrolled mean template; it is averaged over folds. Intervals speak of other people, with galleries "
        "held fixed: Rank-1 by resampling people (1,000 times, percentiles), the EER by leaving each out in turn "
        "(jackknife: percentiles lean towards zero where a threshold is fitted to the same people). Differences are "
        "paired: the same people for both systems. Session and task are confounded in this set: each session used "
        "another response mode."
    )
    rows = [
        [system.label, *(f"{systems[system.key].seconds:.1f} s" if system.key in systems else "–" for systems in all_)]
        for all_ in [list(results.settings.values())]
        for system in results.plan.systems
    ]
    return page.table(["time to train a fold", *results.settings], rows)


def _short(interval: Interval | None) -> str | None:
    """Return a figure to two decimals with its interval."""
    if interval is None or not np.isfinite(interval.estimate):
        return None
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _signed(interval: Interval | None) -> str | None:
    return None if interval is None else f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def _clear(interval: Interval | None) -> str | None:
    return None if interval is None else ("yes" if interval.low > 0 else "no")
