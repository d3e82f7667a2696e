"""The page on promised and measured FPIR: figures, tables, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.evaluation.displays import COLOURS, MARKERS, new_axes
from lineament.evaluation.report import Report
from lineament.studies.false_alarms import METHODS, Cell, Plan, Summary, summarise

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Found:
    """What was measured on people of one kind.

    Parameters
    ----------
    name : str
    real : bool
        Whether the people exist.
    strangers : int
        That were tested.
    cells : sequence of Cell
    """

    name: str
    real: bool
    strangers: int
    cells: Sequence[Cell]

    def summaries(self, people: int | None = None) -> list[Summary]:
        """Return what was measured with calibrations of so many people; of the most where nothing is said."""
        wanted = max(cell.people for cell in self.cells) if people is None else people
        return summarise([cell for cell in self.cells if cell.people == wanted])

    def calibrations(self) -> list[int]:
        """Return by how many people there were calibrations."""
        return sorted({cell.people for cell in self.cells})


def report(found: Sequence[Found], plan: Plan) -> Report:
    """Return the page."""
    page = Report(
        "False alarms: promised and measured",
        "FPIR = the share of strangers who are taken for somebody enrolled",
        numbers(found, plan),
    )
    page.text(
        "A threshold was asked of a calibration for a rate and a gallery's size, and applied to strangers and "
        "galleries that nothing had been fitted to. Each figure is the mean of several calibrations on different "
        "people, with the 95 % interval of that mean over calibrations, tested strangers and tested galleries; `one "
        "calibration` is the range of the single ones. `Held` is the share of calibrations whose own stated 90 % "
        "interval meets the measured one; `confident` asks for the rate to be kept with confidence 0.95, and is to be "
        "no higher than promised in at least 95 % of calibrations."
    )
    for one in found:
        _section(page, one)
    return page


def numbers(found: Sequence[Found], plan: Plan) -> dict[str, Any]:
    """Return the figures."""
    return {
        "format_version": 1,
        "plan": asdict(plan),
        "people": {
            one.name: {
                "real": one.real,
                "strangers": one.strangers,
                "summaries": [
                    {**asdict(summary), "met": summary.met}
                    for people in one.calibrations()
                    for summary in one.summaries(people)
                ],
            }
            for one in found
        },
    }


def _section(page: Report, one: Found) -> None:
    """Write about one kind of people."""
    most = max(one.calibrations())
    repeated = sum(cell.people == most and cell.method == "ours" for cell in one.cells)
    repeated //= len({(cell.size, cell.rate) for cell in one.cells})
    page.heading(one.name)
    if not one.real:
        page.notice(
            "These people are simulated: the figures say whether promises are kept, not how well people differ."
        )
    ours = [summary for summary in one.summaries() if summary.method == "ours"]
    met = [summary for summary in ours if summary.met]
    others = "as many strangers" if not one.real else "other strangers, as many as are tested"
    page.text(
        f"{one.strangers:,} strangers tested; {repeated} calibrations with {most:,} enrolled people and {others} each. "
        f"The promise lies within the interval of the mean in {len(met)} of {len(ours)} cases"
        + (": not for " + "; ".join(_case(s) for s in ours if not s.met) if len(met) < len(ours) else "")
        + "."
    )
    page.figure(
        sizes_figure(one),
        "Measured FPIR over the gallery's size, with 95 % intervals; in dots, single calibrations; dashed, a threshold "
        "that was fixed one to one so that a gallery of ten has the promised rate.",
    )
    page.table(*_rates_table(one), caption=f"Calibrated with {most:,} enrolled people")
    page.table(*_methods_table(one), caption="Measured / promised, other ways of choosing the threshold")
    if len(one.calibrations()) > 1:
        page.table(*_people_table(one), caption="One calibration, by the number of people it has: measured / promised")


def sizes_figure(one: Found) -> Axes:
    """Draw measured FPIR over the gallery's size, promised rates and the peers' rule beside it."""
    ax = new_axes(width=7.0, height=5.0)
    summaries = one.summaries()
    people = max(one.calibrations())
    for number, rate in enumerate(sorted({s.rate for s in summaries}, reverse=True)):
        colour, marker = COLOURS[number], MARKERS[number]
        ours = sorted((s for s in summaries if s.rate == rate and s.method == "ours"), key=lambda s: s.size)
        peers = sorted((s for s in summaries if s.rate == rate and s.method == "one-to-one"), key=lambda s: s.size)
        sizes = np.array([s.size for s in ours])
        means = np.array([s.mean for s in ours])
        around = np.abs(np.array([[s.low, s.high] for s in ours]).T - means)
        ax.axhline(rate, color=colour, linewidth=0.8, alpha=0.6)
        ax.errorbar(
            sizes, means, yerr=around, fmt=marker, color=colour, capsize=3, label=f"promised {rate:g}", zorder=3
        )
        singles = [c for c in one.cells if c.method == "ours" and c.rate == rate and c.people == people and c.measured]
        ax.plot([c.size * 1.12 for c in singles], [c.measured for c in singles], ".", color=colour, alpha=0.35, ms=4)
        ax.plot(sizes, [max(s.mean, 1e-9) for s in peers], "--", color=colour, marker=marker, mfc="none", ms=4)
    ax.plot([], [], "--", color="black", label="fixed one to one")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(min(s.rate for s in summaries) / 25, 1.3)
    ax.set_xlabel("people enrolled", size=9)
    ax.set_ylabel("FPIR measured", size=9)
    ax.set_title(f"FPIR over gallery size: {one.name}", size=10)
    ax.grid(visible=True, which="major", alpha=0.3)
    ax.legend(fontsize=8, loc="lower left")
    return ax


def _rates_table(one: Found) -> tuple[list[str], list[list[object]]]:
    rows: list[list[object]] = []
    by_key = {(s.method, s.size, s.rate): s for s in one.summaries()}
    for (method, size, rate), ours in by_key.items():
        if method == "ours":
            confident = by_key["confident", size, rate]
            rows.append(
                [
                    f"{size:,}",
                    f"{rate:g}",
                    f"{_rate(ours.mean)} [{_rate(ours.low)}, {_rate(ours.high)}]",
                    "yes" if ours.met else "no",
                    f"{_rate(ours.least)} to {_rate(ours.most)}",
                    None if ours.within is None else f"{ours.within:.0%}",
                    f"{_rate(confident.mean)}",
                    f"{confident.kept:.0%}",
                ]
            )
    columns = ["enrolled", "promised", "measured", "met", "one calibration", "held", "confident", "kept"]
    return columns, rows


def _methods_table(one: Found) -> tuple[list[str], list[list[object]]]:
    by_key = {(s.method, s.size, s.rate): s for s in one.summaries()}
    cases = sorted({(size, rate) for _, size, rate in by_key}, key=lambda case: (case[0], -case[1]))
    chosen = [method for method in METHODS if method != "confident"]
    rows: list[list[object]] = [
        [f"{size:,}", f"{rate:g}", *(_ratio(by_key[method, size, rate].mean / rate) for method in chosen)]
        for size, rate in cases
    ]
    return ["enrolled", "promised", *(METHODS[method] for method in chosen)], rows


def _people_table(one: Found) -> tuple[list[str], list[list[object]]]:
    rows: list[list[object]] = []
    for people in one.calibrations():
        ours = {(s.size, s.rate): s for s in one.summaries(people) if s.method == "ours"}
        for rate in sorted({rate for _, rate in ours}, reverse=True):
            cases = [ours[size, rate] for size in sorted({size for size, _ in ours})]
            rows.append(
                [f"{people:,}", f"{rate:g}", *(f"{_ratio(s.least / rate)} to {_ratio(s.most / rate)}" for s in cases)]
            )
    sizes = sorted({s.size for s in one.summaries()})
    return ["people of each kind", "promised", *(f"{size:,} enrolled" for size in sizes)], rows


def _case(summary: Summary) -> str:
    return f"{summary.rate:g} in {summary.size:,} (measured {_rate(summary.mean)})"


def _rate(value: float) -> str:
    return f"{value:.2g}" if value < 0.0995 else f"{value:.3f}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
