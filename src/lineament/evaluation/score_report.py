"""The report on a score file: one page, the numbers as JSON and CSV, the tables as LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lineament.evaluation.latex import latex
from lineament.evaluation.report import Report
from lineament.evaluation.score_evaluation import (
    OPEN_SET,
    SEARCH,
    VERIFICATION,
    Difference,
    ScoreEvaluation,
    compare,
)
from lineament.evaluation.score_pictures import curves, histograms
from lineament.evaluation.scores import Scores
from lineament.files import write_text
from lineament.metrics import Interval

WORST = 15
HEADLINES = ("rank_1", "oscr", "dir_at_fpir_0.01", "open_set_eer", "eer", "fnmr_at_fmr_0.01", "auroc")


def written(interval: Interval, *, rate: bool = True) -> str:
    """Return a figure with its interval as a reader wants it: rates in per cent.

    Examples
    --------
    >>> written(Interval(0.01234, 0.008, 0.02)), written(Interval(0.9926, 0.98, 0.999), rate=False)
    ('1.23 % [0.80, 2.00]', '0.9926 [0.9800, 0.9990]')
    >>> written(Interval(float("nan"), 0.0, 0.0))
    '–'
    """
    if not np.isfinite(interval.estimate):
        return "–"
    values = [interval.estimate, interval.low, interval.high]
    if rate:
        digits = 2 if abs(interval.estimate) < 0.1 else 1
        estimate, low, high = (f"{100 * value:.{digits}f}" for value in values)
        return f"{estimate} % [{low}, {high}]"
    digits = 4 if abs(interval.estimate) <= 1 else 3
    estimate, low, high = (f"{value:.{digits}f}" for value in values)
    return f"{estimate} [{low}, {high}]"


def written_difference(interval: Interval, *, rate: bool = True) -> str:
    """Return a difference with its sign; of rates, in percentage points.

    Examples
    --------
    >>> written_difference(Interval(-0.0289, -0.0412, -0.0116)), written_difference(Interval(0.01, 0, 0.02), rate=False)
    ('−2.89 [−4.12, −1.16]', '+0.0100 [+0.0000, +0.0200]')
    """
    if not np.isfinite(interval.estimate):
        return "–"
    scale, digits = (100, 2) if rate else (1, 4)
    estimate, low, high = (
        f"{scale * value:+.{digits}f}".replace("-", "−") for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} [{low}, {high}]"


class FigureTable(NamedTuple):
    """The figures of one kind."""

    caption: str
    columns: list[str]
    rows: list[list[str]]


def figure_tables(found: ScoreEvaluation, other: ScoreEvaluation | None = None) -> list[FigureTable]:
    """Return all figures that need no threshold, a table a kind; with another system, both and their difference.

    Raises
    ------
    ScoreError
        When the two systems were not given the same people.
    """
    size = len(found.scores.subjects)
    captions = {
        VERIFICATION: "One probe with one reference",
        SEARCH: f"Enrolled people's probes in the gallery, N = {size}",
        OPEN_SET: f"Enrolled people against strangers by the best score in the gallery, N = {size}",
    }
    groups = {figure.key: figure.group for figure in found.figures}
    if other is None:
        columns = ["figure", "with 95 % interval"]
        lines = [(f.group, [f.label, written(f.interval, rate=f.rate)]) for f in found.figures]
    else:
        name = found.scores.name
        columns = ["figure", name, other.scores.name, "difference (points)", f"{name} is"]
        lines = [(groups[line.key], _compared_row(line)) for line in compare(found, other)]
    tables = []
    for group, caption in captions.items():
        rows = [row for kind, row in lines if kind == group]
        if rows:
            tables.append(FigureTable(caption, columns, rows))
    return tables


def score_report(
    found: ScoreEvaluation,
    *,
    other: ScoreEvaluation | None = None,
    validation: Scores | None = None,
    notices: Iterable[str] = (),
    title: str | None = None,
) -> Report:
    """Return the report.

    Parameters
    ----------
    found : ScoreEvaluation
    other : ScoreEvaluation, optional
        Another system on the same people: the two are compared in pairs.
    validation : Scores, optional
        What thresholds were fixed on: for the EPC.
    notices : iterable of str
        What must not be missed, besides the evaluation's own notes.
    title : str, optional

    Raises
    ------
    ScoreError
        When the two systems were not given the same people.
    """
    differences = [] if other is None else compare(found, other)
    data = found.numbers()
    if other is not None:
        data["other"] = other.numbers()
        data["differences"] = [_as_json(line) for line in differences]
    name = found.scores.name
    page = Report(title or (name if other is None else f"{name} and {other.scores.name}"), _subtitle(found), data)
    for notice in [*notices, *found.notes]:
        page.notice(notice[0].upper() + notice[1:] + ("" if notice.endswith(".") else "."))
    page.facts(_facts(found))
    page.heading("Figures" if other is None else "The two systems on the same people")
    for caption, columns, rows in figure_tables(found, other):
        page.table(columns, rows, caption=caption)
    _add_thresholds(page, found)
    page.heading("Scores")
    page.figures(list(histograms(found)))
    page.heading("Curves")
    pictures = list(curves([found] if other is None else [found, other], validation))
    for first in range(0, len(pictures), 2):
        page.figures(pictures[first : first + 2])
    _add_people(page, found)
    page.heading("How to read this")
    for words in _explanations(found):
        page.text(words)
    return page


def save_report(page: Report, found: ScoreEvaluation, folder: str | Path, name: str = "evaluation") -> list[Path]:
    """Write the page (HTML and Markdown), its numbers (JSON and CSV) and its tables (LaTeX); return the paths."""
    place = Path(folder)
    paths = page.save(place, name)
    beside = {f"{name}.csv": figures_csv(found), f"{name}-people.csv": people_csv(found), f"{name}.tex": latex(page)}
    for file, text in beside.items():
        if text:
            write_text(place / file, text)
            paths.append(place / file)
    return paths


def figures_csv(found: ScoreEvaluation) -> str:
    """Return the figures as CSV: a row each."""
    rows = [
        [found.scores.name, f.key, f.label, f.group, f.interval.estimate, f.interval.low, f.interval.high]
        for f in found.figures
    ]
    return _csv(["system", "key", "figure", "group", "estimate", "low", "high"], rows)


def people_csv(found: ScoreEvaluation) -> str:
    """Return everybody's errors as CSV; nothing where there were no comparisons."""
    rows = [] if found.errors is None else found.errors.rows()
    return _csv(list(rows[0]), [list(row.values()) for row in rows]) if rows else ""


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


def _short(group: str) -> str:
    return {VERIFICATION: "1:1", SEARCH: "1:N", OPEN_SET: "1:N, open set"}[group]


def _as_json(line: Difference) -> dict[str, Any]:
    parts = {"ours": line.ours, "theirs": line.theirs, "difference": line.difference}
    return {"key": line.key, **{key: part.as_json() for key, part in parts.items()}, "verdict": line.verdict}


def _compared_row(line: Difference) -> list[str]:
    shown = [written(part, rate=line.rate) for part in (line.ours, line.theirs)]
    return [line.label, *shown, written_difference(line.difference, rate=line.rate), line.verdict]


def _subtitle(found: ScoreEvaluation) -> str:
    scores = found.scores
    strangers = int((~scores.known).sum())
    return (
        f"{len(scores):,} comparisons of {len(scores.probes):,} probes with {len(scores.references):,} references; "
        f"{len(scores.subjects):,} subjects enrolled (N), {strangers:,} probes of strangers, "
        f"{len(scores.people):,} people. 95 % intervals over people, {found.options.get('replicates', 0):,} replicates."
    )


def _facts(found: ScoreEvaluation) -> dict[str, str]:
    by_key = {figure.key: figure for figure in found.figures}
    facts: dict[str, str] = {}
    for key in HEADLINES:
        if key in by_key and len(facts) < 4:
            figure = by_key[key]
            facts[f"{figure.label}, {_short(figure.group)}"] = written(figure.interval, rate=figure.rate)
    for name, rate in found.failures.items():
        facts[{"fta": "FTA: probes without a score", "fte": "FTE: references without a score"}[name]] = written(rate)
    return facts


def _add_thresholds(page: Report, found: ScoreEvaluation) -> None:
    """Add the rates at thresholds that were fixed before."""
    if not found.points:
        return
    by_key = {figure.key: figure for figure in found.figures}
    rows = []
    for kind in ("fmr", "fnmr", "hter", "fpir", "fnir", "misidentified", "selectivity"):
        cells = [by_key.get(f"{kind}_{point.key}") for point in found.points]
        there = next((cell for cell in cells if cell is not None), None)
        if there is not None:
            label = there.label.rsplit(", ", 1)[0]
            rows.append([label, *("–" if c is None else written(c.interval, rate=c.rate) for c in cells)])
    page.heading("At thresholds that were fixed before")
    page.table(
        ["threshold", "value", "fixed as"],
        [[point.label, f"{point.threshold:.4g}", point.source] for point in found.points],
    )
    page.table(["", *(point.label for point in found.points)], rows)
    if found.comparisons is not None:
        false_match, false_non_match = found.comparisons.per_comparison(found.points[0].threshold)
        page.text(
            f"For comparison: had all comparisons been independent, the intervals at the first threshold would read "
            f"FMR {written(false_match)} and FNMR {written(false_non_match)}. They are not, and these are too narrow."
        )


def _add_people(page: Report, found: ScoreEvaluation) -> None:
    """Add the people for whom it works least."""
    if found.errors is None:
        return
    rows = found.errors.rows()
    page.heading("Who fails?")
    failing = [row for row in rows if row["false_non_matches"] or row["false_matches_as_reference"] or row["kind"]]
    shown = failing[:WORST]
    columns = {
        "person": "person",
        "mated": "mated",
        "false_non_matches": "rejected",
        "as_reference": "others' attempts",
        "false_matches_as_reference": "accepted",
        "kind": "",
    }
    if not shown:
        page.text(f"Nobody, at the threshold {found.errors.threshold:.4g}.")
        return
    page.table(
        list(columns.values()),
        [[row[key] for key in columns] for row in shown],
        caption=f"At the threshold {found.errors.threshold:.4g}: {len(failing)} of {len(rows)} people with an error, "
        f"the {len(shown)} who are rejected most. Goats are those rejected most often, lambs those imitated, wolves "
        "those who imitate: the worst 2.5 % of each (Doddington et al. 1998).",
    )


def _explanations(found: ScoreEvaluation) -> Iterator[str]:
    """Yield what the figures mean."""
    yield (
        "A score at or above the threshold accepts. One with one: FMR is the share of non-mated comparisons accepted, "
        "FNMR of mated ones rejected; the EER is where they are equal, interpolated; a comparison of two subjects of "
        "one person (left with right hand) is left out. The convex hull's EER is the better one for few scores."
    )
    if found.searches is not None:
        yield (
            f"Searches in the gallery of N = {found.searches.gallery_size}: each probe's score with a subject is that "
            "with her best reference. Rank-k: enrolled people's probes whose person comes within the first k, ties "
            "counting against her. FPIR: strangers' searches with a candidate at or above the threshold; DIR (R = 1): "
            "enrolled people's searches that return her first and above it; FNIR is the rest. OSCR is the area under "
            "the rate of correct classification over that of strangers named, by trapezoids over all distinct scores; "
            "it is at most Rank-1. FPR95: strangers named where 95 % of the enrolled are."
        )
    yield (
        "Intervals: people are drawn with replacement, not comparisons, which resemble each other within a person; "
        "non-mated comparisons weigh by both people. In searches the gallery stays as it is. Where nobody erred, the "
        "interval is that of as many trials as there are people."
    )
