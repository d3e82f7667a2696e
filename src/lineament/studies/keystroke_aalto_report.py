"""The report of `lineament.studies.keystroke_aalto`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from lineament.datasets import Dataset
from lineament.evaluation.displays import Curve, CurveDisplay, new_axes
from lineament.evaluation.report import Report
from lineament.studies.keystroke_aalto import ENROLLED, HEADLINE, KEYS, PROBES, Sides
from lineament.studies.keystroke_aalto_run import Trial

PUBLISHED = ("TypeNet, 68,000 people train, 1,000 tested, 50 keys (Acien et al. 2021)", 0.022)
PROTOTYPE = ("a first try, 1,829 people train", ("3.84", "5.68", "41.2", "74.0"))
COLUMNS = ("EER of a person, mean, %", "EER, one threshold, %", "Rank-1, %", "Rank-5, %")
NAMES = ("person_eer", "eer", "rank_1", "rank_5")
Found = Mapping[Trial, Mapping[str, Any]]


def report(dataset: Dataset, sides: Sides, found: Found) -> Report:
    """Return the report.

    Parameters
    ----------
    dataset : Dataset
    sides : Sides
    found : mapping
        Figures of every trial.
    """
    data = {trial.key: dict(figures) for trial, figures in found.items()}
    page = Report(
        f"Free text: {dataset.name}",
        f"{len(sides.test)} tested people, of whom nothing was trained on; {len(sides.train)} trained, "
        f"{len(sides.validation)} validated. 95 % intervals over people.",
        data,
    )
    page.notice("Same session: everybody typed all sentences at one sitting. Another day's figures are worse.")
    page.heading("Rules, and the published system")
    page.text(
        f"{ENROLLED} sentences enrol, each of the last {PROBES} probes alone. A person's EER is over own and others' "
        "probes; the EER under one threshold is over all comparisons. The cohort that plda learns from, and by which "
        "scores are normalised, is of the people who trained."
    )
    rows = [
        [trial.system, "all" if trial.keys is None else str(trial.keys), trial.rule, *_cells(figures)]
        for trial, figures in found.items()
        if (trial.enrolled, trial.together, trial.people) == (ENROLLED, 1, len(sides.train))
    ]
    rows.append([PROTOTYPE[0], "60", "mean template", *PROTOTYPE[1]])
    rows.append([PUBLISHED[0], str(KEYS), "mean of five comparisons", f"{100 * PUBLISHED[1]:.1f}", "–", "–", "–"])
    page.table(["encoder", "keys", "match rule", *COLUMNS], rows)
    _add_amounts(page, found, len(sides.train))
    _add_curve(page, found)
    return page


def _cells(figures: Mapping[str, Any]) -> Iterable[str]:
    """Return the figures in percent, each with its interval."""
    for name in NAMES:
        value = figures[name]
        yield f"{100 * value['estimate']:.2f} [{100 * value['low']:.2f}, {100 * value['high']:.2f}]"


def _add_amounts(page: Report, found: Found, people: int) -> None:
    """Add how much enrols, and how much probes, of the first system."""
    first = next(iter(found)).system
    headline = [
        (trial, figures)
        for trial, figures in found.items()
        if (trial.system, trial.people, trial.rule, trial.keys) == (first, people, HEADLINE, None)
    ]
    amounts = sorted((pair for pair in headline if pair[0].together == 1), key=lambda pair: pair[0].enrolled)
    probes = sorted((pair for pair in headline if pair[0].enrolled == ENROLLED), key=lambda pair: pair[0].together)
    page.heading("How much enrols, and how much probes")
    page.text(f"{first}, by {HEADLINE}; the same ten sentences probe, whatever enrols.")
    page.table(
        ["sentences that enrol", *COLUMNS], [[str(trial.enrolled), *_cells(figures)] for trial, figures in amounts]
    )
    page.table(
        ["sentences of a probe", *COLUMNS], [[str(trial.together), *_cells(figures)] for trial, figures in probes]
    )


def _add_curve(page: Report, found: Found) -> None:
    """Add the curve over training people, of each system that was trained on several numbers of them."""
    lines: dict[str, dict[int, Mapping[str, Any]]] = {}
    for trial, figures in found.items():
        if trial.rule == HEADLINE and (trial.enrolled, trial.together, trial.keys) == (ENROLLED, 1, None):
            lines.setdefault(trial.system, {})[trial.people] = figures
    lines = {system: points for system, points in lines.items() if len(points) > 1}
    if not lines:
        return
    page.heading("How many people train")
    page.text(
        "The people of a smaller number are among those of every larger one; they are the cohort, too. An encoder "
        "whose steps of training stand beside its name was trained for fewer than above."
    )
    for system, points in lines.items():
        rows = [[str(people), *_cells(figures)] for people, figures in sorted(points.items())]
        page.table(["people who train", *COLUMNS], rows, caption=system)
        page.figure(_curve(system, points), system, alternative="EER against training people")


def _curve(system: str, points: Mapping[int, Mapping[str, Any]]) -> Axes:
    """Draw a system's EERs against training people, beside TypeNet's."""
    people = sorted(points)

    def line(name: str, part: str) -> NDArray[np.float64]:
        return np.array([points[number][name][part] for number in people], dtype=np.float64)

    curves = [
        Curve(label, line(name, "estimate"), line(name, "low"), line(name, "high"))
        for label, name in (("one threshold", "eer"), ("a person, mean", "person_eer"))
    ]
    title, label = f"EER of {system}", "people who train"
    display = CurveDisplay.from_curves(list(map(str, people)), curves, title=title, x_label=label, y_label="EER, %")
    axes = display.plot(new_axes())
    axes.set_ylim(0, 105 * max(points[number][name]["high"] for number in people for name in NAMES[:2]))
    axes.axhline(100 * PUBLISHED[1], color="grey", linestyle=":", linewidth=1)
    axes.annotate(
        "TypeNet, 68,000 people: 2.2 % (a person, mean)", (0, 100 * PUBLISHED[1]), size=7, color="grey", va="top"
    )
    return axes
