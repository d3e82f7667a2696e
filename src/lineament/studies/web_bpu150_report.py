"""What browsing tells of people, as a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lineament.evaluation import Curve, CurveDisplay, Report, evaluate_scores
from lineament.evaluation.score_evaluation import OPEN_SET, VERIFICATION, ScoreEvaluation
from lineament.evaluation.score_report import written
from lineament.metrics import Interval, Resampled
from lineament.studies.web_bpu150 import DEVELOPERS, DRIFT_LENGTH, LENGTHS, PROBES, SYSTEMS, System, WebStudy
from lineament.studies.web_bpu150_figures import FPIR, Figures, drift, score_file
from lineament.studies.xr_objects_table import Progress

FLOOR, PAPER, OURS = "tf-idf", "tl-rnn", "ours"
RATES = (0.1, 0.01)
PUBLISHED = 0.989
"""TL-RNN at 200 visits, by the survey's table (paper 000)."""


@dataclass(frozen=True, eq=False)
class Results:
    """What came out: for each system the figures at each length, and over time."""

    dataset: str
    people: int
    seeds: tuple[int, ...]
    lengths: tuple[int, ...]
    labels: dict[str, str]
    figures: dict[str, dict[int, Figures]] = field(default_factory=dict)
    drift: dict[str, dict[str, tuple[int, Interval]]] = field(default_factory=dict)
    full: list[ScoreEvaluation] = field(default_factory=list)


def run(
    study: WebStudy,
    seeds: tuple[int, ...],
    *,
    systems: Sequence[System] = SYSTEMS,
    lengths: tuple[int, ...] = LENGTHS,
    progress: Progress,
) -> Results:
    """Run systems at every length, for every seed."""
    labels = {system.key: system.label for system in systems}
    results = Results(study.dataset.name, len(study.dataset.people()), seeds, lengths, labels)
    for system in systems:
        found = study.results(system, seeds, lengths, progress)
        results.figures[system.key] = {length: Figures.of(each) for length, each in found.items()}
        if DRIFT_LENGTH in found:
            results.drift[system.key] = drift(found[DRIFT_LENGTH])
            if system.key == OURS:
                scores = score_file(found[DRIFT_LENGTH][0])
                results.full.append(evaluate_scores(scores, fmr=RATES, fpir=RATES))
    return results


def report(results: Results) -> Report:
    """Return the report."""
    first = next(iter(results.figures.values()))
    gallery = max(figures.gallery for figures in first.values())
    page = Report(
        f"Recognising people by the sites they visit: {results.dataset}",
        f"People not trained on, enrolled from their earlier weeks and probed in the later ones; {len(results.seeds)} "
        "splits of the people",
        numbers(results),
    )
    page.notice(
        f"The published {100 * PUBLISHED:.1f} % of TL-RNN at 200 visits is on other data, a Comscore panel. Its open "
        "implementation judges triplets: is a sequence nearer to another of its person than to one of somebody else? "
        "There half is chance; in a gallery it is one in its size. The table of triplets below is that question."
    )
    _table(page, results, "Rank-1", "rank_one", f"Of {gallery} enrolled; chance {1 / gallery:.3f}")
    _curves(page, results)
    _table(page, results, "Rank-5", "rank_five", f"Of {gallery} enrolled")
    _table(page, results, "EER", "eer", "Comparisons with one enrolled person")
    _table(page, results, "Open-set EER", "open_eer", "Half of the people enrolled, the others strangers")
    _table(
        page,
        results,
        f"Identified where FPIR is {100 * FPIR:.0f} %",
        "dir",
        "Half of the people enrolled, the others strangers",
    )
    _table(page, results, "Triplets", "pairs", "One sequence with one: its own person's before another's; chance 0.5")
    _gains(page, results)
    _drift(page, results)
    _full(page, results)
    return _method(page, results)


def numbers(results: Results) -> dict[str, Any]:
    """Return every figure with its interval."""
    return {
        "format_version": 1,
        "study": "web-bpu150",
        "dataset": results.dataset,
        "people": results.people,
        "seeds": list(results.seeds),
        "systems": {
            key: {str(length): found.as_json() for length, found in lengths.items()}
            for key, lengths in results.figures.items()
        },
        "drift": {
            key: {span: {"probes": probes, **rate.as_json()} for span, (probes, rate) in spans.items()}
            for key, spans in results.drift.items()
        },
    }


def _interval(value: Resampled | Interval) -> Interval:
    return value.interval() if isinstance(value, Resampled) else value


def _table(page: Report, results: Results, title: str, name: str, caption: str) -> None:
    page.heading(title)
    rows = [
        [results.labels[key], *(_short(_interval(getattr(lengths[length], name))) for length in results.lengths)]
        for key, lengths in results.figures.items()
    ]
    strong = [place for place, key in enumerate(results.figures) if key == OURS]
    columns = ["system", *(f"{length} visits" for length in results.lengths)]
    page.table(columns, rows, caption=f"{caption}, with 95 % intervals over people", strong=strong)


def _curves(page: Report, results: Results) -> None:
    curves = []
    for key, lengths in results.figures.items():
        intervals = [lengths[length].rank_one.interval() for length in results.lengths]
        estimate, low, high = (np.array([getattr(i, name) for i in intervals]) for name in ("estimate", "low", "high"))
        curves.append(Curve(results.labels[key], estimate, low, high))
    places = [f"{length}" for length in results.lengths]
    display = CurveDisplay.from_curves(places, curves, title="Rank-1", x_label="visits of a probe", y_label="Rank-1, %")
    page.figure(display.plot(), "Rank-1 against the number of visits, with 95 % intervals over people.")


def _gains(page: Report, results: Results) -> None:
    """Add how much ours is ahead, people paired."""
    if OURS not in results.figures:
        return
    rows: list[list[object]] = []
    for key, lengths in results.figures.items():
        if key == OURS:
            continue
        for length in results.lengths:
            mine, theirs = results.figures[OURS][length], lengths[length]
            gains = [mine.rank_one - theirs.rank_one, theirs.eer - mine.eer, theirs.open_eer - mine.open_eer]
            rows.append([f"over {results.labels[key]}", str(length), *(_signed(gain.interval()) for gain in gains)])
    if rows:
        page.heading("Ours beside the others")
        columns = [results.labels[OURS], "visits", "Rank-1 gained", "EER taken off", "open-set EER taken off"]
        page.table(columns, rows, caption="Paired differences with 95 % intervals over people")


def _drift(page: Report, results: Results) -> None:
    if not results.drift:
        return
    page.heading("The same weeks, and later ones")
    spans = list(next(iter(results.drift.values())))
    rows = [
        [results.labels[key], *(_short(found[span][1]) if span in found else None for span in spans)]
        for key, found in results.drift.items()
    ]
    counts = next(iter(results.drift.values()))
    probes = ", ".join(f"{counts[span][0]} of {span}" for span in spans)
    caption = (
        f"Rank-1 at {DRIFT_LENGTH} visits where every second window of the earlier weeks is enrolled: probes are the "
        f"windows between those, or windows of later weeks ({probes})"
    )
    page.table(["system", *spans], rows, caption=caption)


def _full(page: Report, results: Results) -> None:
    """Add more figures of ours on the first split: every second tested person is enrolled."""
    for found in results.full:
        page.heading(f"More figures: {results.labels[OURS]}, {DRIFT_LENGTH} visits, the first split")
        rows = [
            [figure.label, written(figure.interval, rate=figure.rate)]
            for group in (VERIFICATION, OPEN_SET)
            for figure in found.figures
            if figure.group == group
        ]
        page.table(["figure", "with 95 % interval over people"], rows, caption=str(found.scores))


def _method(page: Report, results: Results) -> Report:
    page.heading("How this was measured")
    page.text(
        f"{DEVELOPERS} people, drawn once, developed: all settings were chosen on them, and TL-RNN's best weights; "
        "they are never tested. Of the others, drawn anew for each seed, half train and half are tested. A tested "
        "person's calendar weeks are halved in time. Each earlier week gives one template, the mean of its sequences; "
        f"probes are sequences of the later weeks, at most {PROBES} a person and seed, evenly spread. No sequence "
        "crosses the end of a week. Which sites are known, what they weigh and which go together is learned from "
        "those who train alone. Open-set figures enrol every second tested person, then the others. Intervals resample "
        "people, all seeds together, galleries held fixed."
    )
    page.text("`lineament reproduce web-bpu150 --data DIR`")
    rows = [
        [results.labels[key], *(f"{lengths[length].seconds:.0f} s" for length in results.lengths)]
        for key, lengths in results.figures.items()
    ]
    page.table(["time to train", *(f"{length} visits" for length in results.lengths)], rows)
    probes = next(iter(results.figures.values()))
    counts = [str(probes[length].probes) for length in results.lengths]
    return page.table(["", *(f"{length} visits" for length in results.lengths)], [["probes, all seeds", *counts]])


def _short(interval: Interval) -> str:
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _signed(interval: Interval) -> str:
    return f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
