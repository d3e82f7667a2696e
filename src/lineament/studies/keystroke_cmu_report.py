"""The password's detectors and our encoder side by side, as a report."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation import Curve, CurveDisplay, Report
from lineament.metrics import Interval, wilcoxon_signed_rank
from lineament.studies.keystroke_cmu import Results, interval
from lineament.studies.keystroke_detectors import DETECTORS, SPEED
from lineament.studies.keystroke_phrase import CHOSEN, PLAIN, TEST_NORM, chosen_most
from lineament.studies.keystroke_trials import Taken, all_taken

FloatArray = NDArray[np.float64]
LABELS = {CHOSEN: "ours", PLAIN: "ours, plain cosine", TEST_NORM: "ours, T-normalised"}
PUBLISHED = 200
SEARCH_FIGURES = ("rank_1", "open_set_eer", "dir_at_fpir_0.1", "dir_at_fpir_0.01")
DRAWN = ("manhattan-scaled", "nearest-mahalanobis", "svm")


def report(results: Results, practised: Results | None = None) -> Report:
    """Return the report; `practised` holds the same against practised impostors."""
    page = Report(
        "One password, typed by everybody: CMU",
        f"{len(results.subjects)} people, .tie5Roanl and Return; equal error rate of each person, mean over people",
        numbers(results) if practised is None else numbers(results) | {"practised_impostors": numbers(practised)},
    )
    page.notice(
        "Everybody typed the same password hundreds of times, eight sessions long: who enrols in the first minutes is "
        "tested after weeks of practice, and impostors are in their first minute."
    )
    _published(page, results)
    first = [taken for taken in all_taken(results.plan) if not taken.latest]
    latest = [taken for taken in all_taken(results.plan) if taken.latest]
    page.heading("From how many repetitions")
    _table(page, results, first, "The first repetitions ever typed enrol; the tests come four sessions later and more")
    _picture(page, results, first)
    page.heading("Once the typist is practised")
    _table(page, results, latest, "The latest repetitions before the tests enrol")
    page.heading("Ours against the best detector")
    _differences(page, results, [*first, *latest])
    if practised is not None:
        _practised(page, practised)
    _searches(page, results)
    return _method(page, results)


def numbers(results: Results) -> dict[str, Any]:
    """Return every figure with its interval."""
    systems = [*results.detectors, *results.ours]
    takes = all_taken(results.plan)
    rates = {system: {taken.key: results.rates(system, taken) for taken in takes} for system in systems}
    return {
        "format_version": 1,
        "study": "keystroke-cmu",
        "people": len(results.subjects),
        "seeds": list(results.plan.seeds),
        "recipe": results.recipe,
        "mean_eer": {
            system: {
                key: {**interval(values).as_json(), "deviation": round(float(values.std(ddof=1)), 6)}
                for key, values in by.items()
                if values is not None
            }
            for system, by in rates.items()
        },
        "published": {detector.key: detector.published for detector in DETECTORS},
        "searches": {
            key: {figure.key: figure.interval.as_json() for figure in found.figures if figure.key in SEARCH_FIGURES}
            for key, found in results.searches.items()
        },
    }


def _published(page: Report, results: Results) -> None:
    """Add the published table beside ours, where the plan is the published one."""
    page.heading("The published detectors, under their own protocol")
    whole = Taken(results.plan.enrolled, results.plan.enrolled)
    rows: list[list[object]] = []
    notes: list[str] = []
    for detector in DETECTORS:
        rates = results.rates(detector.key, whole) if detector.key in results.detectors else None
        if rates is None:
            continue
        mean, deviation = detector.published
        told = f"{mean:.4f} ({deviation:.4f})" if results.plan.enrolled == PUBLISHED else None
        rows.append([detector.label, f"{rates.mean():.4f} ({rates.std(ddof=1):.4f})", told])
        if detector.note:
            notes.append(f"{detector.label}: {detector.note}.")
    caption = f"Mean (SD) equal error rate over people; {results.plan.enrolled} repetitions enrol"
    page.table(["detector", "here", "published"], rows, caption=caption)
    if notes:
        page.text(" ".join(notes))


def _labels(results: Results) -> dict[str, str]:
    """Return the systems, ours first."""
    known = {detector.key: detector.label for detector in (*DETECTORS, SPEED)}
    return LABELS | {key: known[key] for key in results.detectors}


def _table(page: Report, results: Results, takes: list[Taken], caption: str) -> None:
    rows = []
    for key, label in _labels(results).items():
        cells = [results.rates(key, taken) for taken in takes]
        ours = key in results.ours
        rows.append([label, *(None if one is None else _written(interval(one), whole=ours) for one in cells)])
    columns = ["system", *(taken.key for taken in takes)]
    page.table(columns, rows, caption=f"{caption}. Mean equal error rate, ours with 95 % intervals", strong=[0])


def _written(value: Interval, *, whole: bool) -> str:
    return f"{value.estimate:.3f} [{value.low:.3f}, {value.high:.3f}]" if whole else f"{value.estimate:.3f}"


def _picture(page: Report, results: Results, takes: list[Taken]) -> None:
    labels, curves = _labels(results), []
    for key in (CHOSEN, *(key for key in DRAWN if key in results.detectors)):
        found = [results.rates(key, taken) for taken in takes]
        bounds = [None if one is None else interval(one) for one in found]
        mean, low, high = (
            np.array([np.nan if bound is None else getattr(bound, name) for bound in bounds])
            for name in ("estimate", "low", "high")
        )
        curves.append(Curve(labels[key], mean, low, high))
    positions = [f"{taken.amount}" for taken in takes]
    axes = CurveDisplay.from_curves(
        positions,
        curves,
        title="Equal error rate by what enrols",
        x_label="repetitions that enrol, the first ever typed",
        y_label="mean equal error rate, %",
    ).plot()
    axes.set_ylim(0, 55)
    page.figure(axes, "Mean equal error rate over people, with 95 % intervals; these detectors need two or more.")


def _differences(page: Report, results: Results, takes: list[Taken]) -> None:
    labels, rows = _labels(results), []
    for taken in takes:
        ours = results.rates(CHOSEN, taken)
        keys = [key for key in results.detectors if key != SPEED.key]
        others = {key: rates for key in keys if (rates := results.rates(key, taken)) is not None}
        if ours is None or not others:
            continue
        best = min(others, key=lambda key: float(others[key].mean()))
        gap = interval(ours - others[best])
        test = wilcoxon_signed_rank(ours=ours, theirs=others[best])
        better = int((ours < others[best]).sum())
        rows.append(
            [
                taken.key,
                labels[best],
                f"{others[best].mean():.3f}",
                f"{ours.mean():.3f}",
                f"{gap.estimate:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]",
                f"{better} of {len(ours)}",
                f"{test.p_value:.1g}",
            ]
        )
    columns = ["enrolled", "best detector", "its rate", "ours", "difference", "people better off", "p (Wilcoxon)"]
    page.table(columns, rows, caption="Paired differences over people, with 95 % intervals; below zero ours is better")


def _practised(page: Report, results: Results) -> None:
    """Add what is left once impostors are as practised as the others."""
    takes = all_taken(results.plan)
    page.heading("Impostors as practised as the owner")
    page.text(
        "In the published trials an impostor types the password for the first time and its owner for the two "
        "hundredth: speed alone, which knows nobody, tells many of them apart. Here everybody else's repetitions "
        f"{results.plan.enrolled + 1} to {results.plan.enrolled + results.plan.impostors} are the impostor trials; "
        "all else is the same. The two neural networks are left out."
    )
    _table(page, results, takes, "Practised impostors")
    _differences(page, results, takes)


def _searches(page: Report, results: Results) -> None:
    """Add who is found among many."""
    if not results.searches:
        return
    page.heading("Who is it, or nobody we know?")
    first = next(iter(results.searches.values()))
    people = first.scores.probes.groupby(first.scores.known)["person"].nunique()
    page.text(
        f"{people[True]} people are enrolled and {people[False]} are strangers; {len(results.subjects) - people.sum()} "
        "others trained. Every later repetition is one search, decided by itself. Rates are read off these scores' own "
        "curves."
    )
    named = {figure.key: figure.label for figure in first.figures}
    rows = [
        [key, *(_written(found.figure(name), whole=True) for name in SEARCH_FIGURES)]
        for key, found in results.searches.items()
    ]
    page.table(["enrolled", *(named[name] for name in SEARCH_FIGURES)], rows, caption="One deal; 95 % intervals")


def _method(page: Report, results: Results) -> Report:
    plan = results.plan
    page.heading("How this was measured")
    page.text(
        f"Repetitions after the first {plan.enrolled} are a person's genuine trials; the first {plan.impostors} of "
        "everybody else are impostors'. Detectors are trained on the person's own enrolment alone."
    )
    page.text(
        f"Ours is the recipe {results.recipe}, fitted in closed form. People are dealt into {plan.groups} groups, "
        f"{len(plan.seeds)} times; trials between two groups are scored by an encoder that was trained on the others, "
        "so that it knows neither the tested person nor the impostor. One threshold must do for the scores of all "
        "encoders that a person is tested with. The weight of sessions, and for each enrolment whether scores are "
        "T-normalised by the training people, are chosen for each encoder on halves of its training people: "
        f"{chosen_most(results.settings)}. The form of the recipe itself, and its other numbers, were settled while "
        "looking at the first deal of all people, where neighbouring values come to the same within 0.005."
    )
    page.text("Intervals resample people. `lineament reproduce keystroke-cmu --data DIR`, the folder of keystroke-cmu.")
    return page
