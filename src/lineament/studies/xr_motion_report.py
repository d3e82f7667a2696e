"""Paper 002's figures beside ours, as a report."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineament.evaluation import AccuracyGrid, BarDisplay, Curve, CurveDisplay, HeatMapDisplay, Report
from lineament.studies.published import Published, published_figures
from lineament.studies.xr_motion_result import Group, Reproduction

ALPHA = 0.05
NEIGHBOURS = "no more neighbours than the person with the fewest templates has (the paper lowers k likewise)"
RULES = {
    "soft": f"nearest neighbours decide by averaged votes (the paper's code), {NEIGHBOURS}",
    "hard": f"nearest neighbours decide by a majority of majorities (the paper's text), {NEIGHBOURS}",
    "prototype": "the mean of a probe's windows is compared with everybody's mean template",
}


def report(found: Reproduction) -> Report:
    """Return the report: Figures 4 to 7 with the published figure on the left and ours on the right."""
    published = published_figures()
    kind = "simulated people" if found.simulated else "recorded people"
    page = Report(
        "Extensible motion-based identification: paper 002 and ours",
        f"{found.data} ({kind}), {found.people['tested']} tested people; embeddings by {found.source}",
        numbers(found, published),
    )
    if found.simulated:
        page.notice(
            "These people are simulated: our figures show how the method behaves, not how well it knows people."
        )
    page.text(
        "On the left of each pair stands the published figure (Who Is Alyx?, 27 test users, GRU, two sessions of 45 "
        f"minutes of one game), on the right ours on {found.data}. People, tasks and devices differ: compare shapes, "
        "not cells."
    )
    page.facts(_facts(found))
    _figure_4(page, found, published)
    _figure_5(page, found, published)
    if found.figure_6:
        _figure_6(page, found, published)
    if found.figure_7:
        _figure_7(page, found.figure_7, published)
    return _method(page, found, published)


def numbers(found: Reproduction, published: Published) -> dict[str, Any]:
    """Return everything in numbers; nothing of single people."""
    return {
        "format_version": 1,
        "study": "xr-motion",
        "data": found.data,
        "simulated": found.simulated,
        "source": found.source,
        "recipe": found.recipe,
        "people": found.people,
        "seed": found.options.seed,
        "rule": found.rule,
        "repetitions": found.options.repetitions,
        "figure_4a": found.embedding.as_json(),
        "figure_4b": found.classification.as_json() if found.classification else None,
        "figure_4c": _delta(found),
        "figure_5": {
            "use_s": found.embedding.use_s[found.use_column],
            "tests": {row: {"p": test.p_value, "pairs": test.pairs} for row, test in found.tests.items()},
        },
        "figure_6": [dict(zip(("people", "accuracy", "low", "high"), point, strict=True)) for point in found.figure_6],
        "figure_7": [_group_numbers(group) for group in found.figure_7],
        "timing": {name: round(seconds, 3) for name, seconds in found.timing.items()},
        "peak_memory_bytes": found.peak_memory_bytes,
        "published": published.content,
    }


def _facts(found: Reproduction) -> dict[str, object]:
    grid = found.embedding
    facts: dict[str, object] = {
        f"Acc, enrolment {grid.rows[-1]}, use-time {grid.columns[-1]}": f"{grid.mean[-1, -1]:.1%}",
        f"Acc, enrolment {grid.rows[0]}, use-time {grid.columns[0]}": f"{grid.mean[0, 0]:.1%}",
        "chance": f"{1 / len(grid.people):.1%}",
    }
    if "classifier_training_s_each" in found.timing:
        facts["to train the classifier, for each row"] = f"{found.timing['classifier_training_s_each']:.0f} s"
        facts["to train the embedding for them"] = "none"
    return facts


def _figure_4(page: Report, found: Reproduction, published: Published) -> None:
    page.heading("Figure 4: accuracy over enrolment and use-time")
    rows, columns = published.rows, published.columns
    left = HeatMapDisplay.from_table(published.embedding, rows=rows, columns=columns, title="published: embedding, %")
    right = HeatMapDisplay.from_grid(found.embedding, title="ours: embedding, %")
    page.figures([(left.plot(), "Figure 4(a), as published."), (right.plot(), "Figure 4(a), ours.")])
    page.table(*_interval_table(found.embedding), caption="Ours with 95 % intervals (people resampled), %")
    if found.classification is None or found.shared is None:
        page.text("The classification model was not trained in this run.")
        return
    left = HeatMapDisplay.from_table(
        published.classification, rows=rows, columns=columns, title="published: classification, %"
    )
    right = HeatMapDisplay.from_grid(found.classification, title="ours: classification, %")
    page.figures([(left.plot(), "Figure 4(b), as published."), (right.plot(), "Figure 4(b), ours.")])
    left = HeatMapDisplay.from_table(
        published.delta, rows=rows, columns=columns, title="published: embedding minus classification", delta=True
    )
    right = HeatMapDisplay.from_difference(
        found.shared, found.classification, title="ours: embedding minus classification"
    )
    page.figures([(left.plot(), "Figure 4(c), as published, points."), (right.plot(), "Figure 4(c), ours, points.")])


def _figure_5(page: Report, found: Reproduction, published: Published) -> None:
    grid, column = found.embedding, found.use_column
    page.heading(f"Figure 5: one column, {grid.columns[column]} of use-time")
    rows = list(published.rows[::-1])
    theirs = [
        Curve("embedding", published.column("5 min", published.embedding, rows)),
        Curve("classification", published.column("5 min", published.classification, rows)),
    ]
    left = CurveDisplay.from_curves(rows, theirs, title="published: 5 min of use-time", x_label="enrolment")
    ours = [_curve("embedding", grid, column, grid.rows)]
    if found.classification is not None:
        ours.append(_curve("classification", found.classification, column, grid.rows))
    right = CurveDisplay.from_curves(
        grid.rows, ours, title=f"ours: {grid.columns[column]} of use-time", x_label="enrolment"
    )
    words = "Rings: single repetitions; shaded: 95 % intervals, people resampled."
    page.figures([(left.plot(), "As published (means)."), (right.plot(), f"Ours. {words}")])
    page.text(published.note("figure_5"))
    if found.classification is not None and found.shared is not None:
        means = zip(found.shared.rows, found.shared.mean[:, column], found.classification.mean[:, column], strict=True)
        page.table(
            ["enrolment", "embedding", "classification", "difference", "Wilcoxon p", f"below {ALPHA}"],
            [[r, a, b, f"{a - b:+.3f}", found.tests[r].p_value, _verdict(found.tests[r].p_value)] for r, a, b in means],
            caption="Ours; signed rank test over people",
        )


def _figure_6(page: Report, found: Reproduction, published: Published) -> None:
    page.heading("Figure 6: number of training people")
    theirs = published.content["figure_6"]
    accuracy = [np.nan if value is None else value / 100 for value in theirs["accuracy"]]
    left = CurveDisplay.from_curves(
        [float(n) for n in theirs["training_subjects"]],
        [Curve("embedding", np.array(accuracy))],
        title="published: all enrolment, 1 min of use-time",
        x_label="training people",
    )
    people, mean, low, high = (np.array(values, dtype=np.float64) for values in zip(*found.figure_6, strict=True))
    use = found.embedding.columns[0]
    right = CurveDisplay.from_curves(
        people.tolist(),
        [Curve("embedding", mean, low, high)],
        title=f"ours: all enrolment, {use} of use-time",
        x_label="training people",
    )
    page.figures([(left.plot(), "The one point that is given in numbers."), (right.plot(), "Ours, 95 % intervals.")])
    page.text(published.note("figure_6"))
    rows = [[n, *(f"{value:.3f}" for value in values)] for n, *values in found.figure_6]
    page.table(["training people", f"accuracy at {use}", "from", "to"], rows, caption="Ours, with 95 % intervals")


def _figure_7(page: Report, groups: list[Group], published: Published) -> None:
    page.heading("Figure 7: other devices, other data")
    theirs = published.content["figure_7"]
    bars = [Curve(name, np.array(theirs[name]) / 100) for name in ("embedding", "classification")]
    left = BarDisplay.from_groups(theirs["devices"], bars, title="published: 41 users throwing a ball")
    ours = [_bars("embedding", [group.embedding for group in groups])]
    trained = [group.classification for group in groups if group.classification is not None]
    if len(trained) == len(groups):
        ours.append(_bars("classification", trained))
    labels = [f"{group.label} ({group.people})" for group in groups]
    uses = list(dict.fromkeys(group.embedding.columns[0] for group in groups))
    right = BarDisplay.from_groups(labels, ours, title=f"ours: {' or '.join(uses)} of use-time")
    page.figures([(left.plot(), "As published."), (right.plot(), "Ours (people); whiskers: 95 % intervals.")])
    page.text(published.note("figure_7"))
    rows = [[group.label, group.people, group.embedding.columns[0], *_cells(group)] for group in groups]
    caption = "Ours, everything enrolled; %, with 95 % intervals"
    page.table(["recordings", "people", "use-time", "embedding", "classification"], rows, caption=caption)


def _method(page: Report, found: Reproduction, published: Published) -> Report:
    page.heading("How this was measured")
    page.text(
        "Enrolment from the sessions before the last, probes from the last. Amounts below a session begin at a random "
        f"moment, drawn anew for each person and each of {found.options.repetitions} repetitions; both models get the "
        f"same stretches. Use-time slides in steps of {max(1.0, found.options.stride_s):g} s; accuracy is averaged "
        f"over people; {RULES[found.rule]}; intervals resample people, with the gallery held fixed. The classifier is "
        "a small one, trained anew for each row and repetition, unless a recipe was named."
    )
    page.text(published.note("table_3"))
    page.text(published.note("figure_4"))
    spent = [[name.removesuffix("_s").replace("_", " "), f"{seconds:.1f} s"] for name, seconds in found.timing.items()]
    if found.peak_memory_bytes is not None:
        spent.append(["most memory held", f"{found.peak_memory_bytes / 1e9:.1f} GB"])
    return page.table(["spent on", "time"], spent, caption="What this run took")


def _curve(name: str, grid: AccuracyGrid, column: int, onto: list[str]) -> Curve:
    """Return a grid's column as a curve over rows that hold its own; NaN where it has none."""
    places = [onto.index(row) for row in grid.rows]

    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.full((len(onto), *values.shape[1:]), np.nan)
        whole[places] = values
        return whole

    low, high = grid.interval()
    mean, repetitions = spread(grid.mean[:, column]), spread(grid.repetitions[:, :, column])
    return Curve(name, mean, spread(low[:, column]), spread(high[:, column]), repetitions)


def _cells(group: Group) -> list[object]:
    """Return a group's accuracy by embedding and by classification, each with its interval."""
    grids = (group.embedding, group.classification)
    return [None if grid is None else _interval_table(grid)[1][0][1] for grid in grids]


def _bars(name: str, grids: list[AccuracyGrid]) -> Curve:
    bounds = [grid.interval() for grid in grids]
    values = np.array([grid.mean[0, 0] for grid in grids])
    return Curve(name, values, np.array([low[0, 0] for low, _ in bounds]), np.array([high[0, 0] for _, high in bounds]))


def _interval_table(grid: AccuracyGrid) -> tuple[list[str], list[list[object]]]:
    """Return header and rows, most enrolment first."""
    low, high = grid.interval()
    cells = [
        [f"{100 * m:.0f} [{100 * a:.0f}–{100 * b:.0f}]" for m, a, b in zip(*row, strict=True)]
        for row in zip(grid.mean, low, high, strict=True)
    ]
    rows: list[list[object]] = [[label, *line] for label, line in zip(grid.rows, cells, strict=True)]
    return ["enrolment", *grid.columns], rows[::-1]


def _delta(found: Reproduction) -> list[list[float]] | None:
    if found.classification is None or found.shared is None:
        return None
    difference: list[list[float]] = (found.shared.mean - found.classification.mean).round(6).tolist()
    return difference


def _group_numbers(group: Group) -> dict[str, Any]:
    return {
        "group": group.label,
        "people": group.people,
        "embedding": group.embedding.as_json(),
        "classification": group.classification.as_json() if group.classification else None,
    }


def _verdict(p_value: float) -> str:
    return "yes" if p_value < ALPHA else "no"
