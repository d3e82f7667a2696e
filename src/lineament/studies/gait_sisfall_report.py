"""The page on recognising walkers: the floor, people apart, brute force; the published figures beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.evaluation import BarDisplay, Curve, Report
from lineament.evaluation.curve_displays import BandDisplay
from lineament.metrics import Band, Interval
from lineament.studies.gait_attack import INDEPENDENT, NEW, ONE
from lineament.studies.gait_sisfall import FMR, FPIR, TRIES, Attack, Results, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REFERENCE = {"slow walk → fast walk": 0.62, "fast walk → slow walk": 0.31}
"""An LDA on windows of 5 s measured before this system was written (closed set of gait-sisfall)."""
PUBLISHED_DEFENCE = 0.99
"""Wang et al. 2020 against brute force, on other sets (McGill, IDNet, ZJU, Osaka)."""
SHOWN = (1, 3, 10, 30)


class TriesDisplay(BandDisplay):
    """The chance of being accepted at least once, over the number of tries."""

    x_label = "tries, each 5 s of walking"
    y_label = "accepted at least once, %"
    legend = "upper left"

    def _finish(self, ax: Axes) -> None:
        ax.axhline(100 * (1 - PUBLISHED_DEFENCE), color="#57606a", linestyle=":", linewidth=1)
        ax.set_ylim(bottom=0)
        ax.set_xlim(1, TRIES[-1])


def report(results: Results) -> Report:
    """Return the page."""
    where = "simulated walkers" if results.simulated else results.data
    page = Report(
        f"Recognising people by how they walk: {where}",
        f"Same session, {results.people} people, a sensor at the waist; seeds: {len(results.seeds)}",
        numbers(results),
    )
    if results.simulated:
        page.notice("These people do not exist: the figures show that the study runs, not how well people differ.")
    page.notice(
        f"Same session, {results.people} people: the sensor was put on once for both walks of a person. How it sat, "
        "and "
        "its offsets of that day, go from the enrolled walk into the probe; whoever comes back another day is harder."
    )
    _floor(page, results)
    page.heading("People who were not trained on")
    page.text(
        "Half of the people train, both paces of each. Of the others the slow walk is enrolled, the fast one probes. "
        "Every half trains once a seed. Open set: nine of the tested people are enrolled, the others are strangers, "
        "and "
        "the other way round. 95 % intervals over people."
    )
    _rows(page, results.apart, "Every half in turn")
    if results.apart:
        page.figure(
            _bars(results.apart), "Rank-1 with 95 % intervals over people; slow walk enrolled, fast walk probed."
        )
    if results.untouched:
        _rows(page, results.untouched, "The one half by which nothing was chosen")
    for attack in results.attacks:
        _attack(page, attack)
    return _method(page, results)


def numbers(results: Results) -> dict[str, Any]:
    """Return every figure with its interval."""
    return {
        "format_version": 1,
        "study": "gait-sisfall",
        "data": results.data,
        "simulated": results.simulated,
        "people": results.people,
        "seeds": list(results.seeds),
        "reference": {} if results.simulated else REFERENCE,
        "floor": {name: i.as_json() for name, i in results.floor.items()},
        "apart": {row.system.key: _row_numbers(row) for row in results.apart},
        "set_apart": {row.system.key: _row_numbers(row) for row in results.untouched},
        "attack": {attack.system.key: _attack_numbers(attack) for attack in results.attacks},
    }


def _row_numbers(row: Row) -> dict[str, Any]:
    groups = {"rank_one": row.rank_one, "verification": row.verification, "open_set": row.open_set}
    found = {name: {key: i.as_json() for key, i in figures.items()} for name, figures in groups.items()}
    return {"deals": row.deals, **found}


def _attack_numbers(attack: Attack) -> dict[str, Any]:
    return {
        "promised": {"fmr": FMR, "fpir": FPIR},
        "fmr": attack.person.rate.as_json(),
        "fnmr": attack.false_non_match.as_json(),
        "pairs_ever_accepted": attack.person.touched().as_json(),
        "gallery_size": attack.gallery_size,
        "fpir": attack.gallery.rate.as_json(),
        "tries": list(TRIES),
        "curves": {
            against: {name: {part: getattr(band, part).round(5).tolist() for part in ("estimate", "low", "high")}
                      for name, band in bands.items()}
            for against, bands in attack.curves().items()
        },
    }  # fmt: skip


def _floor(page: Report, results: Results) -> None:
    page.heading("The floor: a closed set")
    rows = [
        [way, _short(found), None if results.simulated else REFERENCE.get(way)] for way, found in results.floor.items()
    ]
    page.table(
        ["enrolled → probed", "Rank-1, 5 s", "measured before"],
        rows,
        caption=f"LDA on mean, deviation, 10th and 90th percentile of the six channels as recorded; everybody trains "
        "on "
        f"the enrolled walk. Chance: {1 / results.people:.3f}.",
    )


def _rows(page: Report, rows: list[Row], caption: str) -> None:
    strong = [place for place, row in enumerate(rows) if row.system.key == "small"]
    page.table(
        ["system", "splits", *(f"Rank-1, {span}" for span in rows[0].rank_one)] if rows else ["system"],
        [[row.system.label, str(row.deals), *map(_short, row.rank_one.values())] for row in rows],
        caption=f"{caption}: half of the people in the gallery",
        strong=strong,
    )
    page.table(
        ["system", "EER", f"FNMR at FMR {FMR:g}", "open-set EER", "OSCR", "DIR at FPIR 0.1"],
        [
            [
                row.system.label,
                *(_short(row.verification[key]) for key in ("eer", f"fnmr_at_fmr_{FMR:g}")),
                *(_short(row.open_set[key]) for key in ("open_set_eer", "oscr", "dir_at_fpir_0.1")),
            ]
            for row in rows
        ],
        caption=f"{caption}: probes of 5 s, one to one and open-set",
        strong=strong,
    )


def _bars(rows: list[Row]) -> Axes:
    bars = []
    for span in rows[0].rank_one:
        found = [row.rank_one[span] for row in rows]
        estimate, low, high = (np.array([getattr(i, name) for i in found]) for name in ("estimate", "low", "high"))
        bars.append(Curve(f"probes of {span}", estimate, low, high))
    groups = [row.system.key for row in rows]
    return BarDisplay.from_groups(groups, bars, title="Rank-1, people who were not trained on").plot()


def _attack(page: Report, attack: Attack) -> None:
    page.heading(f"Brute force against {attack.system.label}")
    page.text(
        f"Thresholds were fixed on people who neither train nor are tested: FMR {FMR:.0%} for one enrolled person, "
        "FPIR "
        f"{FPIR:.0%} for a gallery of {attack.gallery_size}. On the tested people one try of a stranger was accepted "
        "at "
        f"FMR {_percent(attack.person.rate)} and FPIR {_percent(attack.gallery.rate)}; of genuine probes "
        f"{_percent(attack.false_non_match)} were refused (FNMR, 5 s of the fast walk). Of all pairs of a stranger and "
        f"an enrolled person, {_percent(attack.person.touched())} have any window that is accepted at all: for the "
        "others no number of tries helps."
    )
    curves = attack.curves()
    words = {"person": "one enrolled person", "gallery": f"a gallery of {attack.gallery_size}"}
    for against, bands in curves.items():
        _table_of_tries(page, bands, f"A stranger is accepted at least once in n tries, against {words[against]}, %")
    pictures = [
        (TriesDisplay(bands, f"against {words[against]}").plot(), "Dotted: 1 %, what is left of a defence of 99 %.")
        for against, bands in curves.items()
    ]
    page.figures(pictures)
    one = curves["person"][ONE]
    page.text(
        "Defence = the share of attacks that fail. Ours against one person: "
        + ", ".join(f"{100 * (1 - one.estimate[n - 1]):.1f} % after {n}" for n in SHOWN)
        + f" tries of one walker. Wang et al. 2020 publish {PUBLISHED_DEFENCE:.0%} for brute force on other data "
        "(McGill, "
        "IDNet, ZJU, Osaka) and do not say, in the table they are taken from, after how many tries or at which FNMR."
    )


def _table_of_tries(page: Report, bands: Mapping[str, Band], caption: str) -> None:
    rows: list[list[object]] = []
    for name in (ONE, NEW, INDEPENDENT):
        band = bands[name]
        cells = [
            f"{100 * band.estimate[n - 1]:.1f} [{100 * band.low[n - 1]:.1f}, {100 * band.high[n - 1]:.1f}]"
            for n in SHOWN
        ]
        rows.append([name, *cells])
    page.table(["tries by", *(f"n = {n}" for n in SHOWN)], rows, caption=caption, strong=[0])


def _method(page: Report, results: Results) -> Report:
    page.heading("How this was measured")
    page.text(
        "Walks are cut at 100 s. A probe is one window of 5 s, or the windows within 20 s decided together; probes "
        "follow "
        "one another without overlap. Match rule: similarity to each person's mean template. The settings of "
        "gait-small "
        "were chosen among one half of the people alone; as that half is tested too where every half is in turn, the "
        "other half is shown for itself. The networks of Wang et al. were trained with their margin, gamma and "
        "optimiser "
        "and chosen by nothing; where a row says fewer than 100 epochs, it was cut for time. Intervals draw people "
        "with "
        "replacement; in the attack on a person, strangers and enrolled people both."
    )
    ending = "" if results.simulated else " --data DIR"
    return page.text(f"`lineament reproduce gait-sisfall{ending}`.")


def _short(interval: Interval) -> str | None:
    if not np.isfinite(interval.estimate):
        return None
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _percent(interval: Interval) -> str:
    return f"{100 * interval.estimate:.1f} % [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"
