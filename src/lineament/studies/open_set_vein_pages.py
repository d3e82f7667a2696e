"""What the parts of the vein report share: the page, the study, and tables of figures with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lineament.evaluation import Report
from lineament.evaluation.scores import Scores
from lineament.studies.open_set_vein import Study
from lineament.studies.open_set_vein_figures import Searches, Summary, written
from lineament.studies.open_set_vein_systems import VeinSystem

MAIN = ("OSCR", "AUROC", "EER", "Rank-1")


@dataclass
class VeinPages:
    """A report in the making.

    Parameters
    ----------
    study : Study
    systems : sequence of VeinSystem
        Those that are run; tables leave out the others.
    """

    study: Study
    systems: Sequence[VeinSystem]
    page: Report = field(init=False)
    numbers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the page."""
        seeds = ", ".join(map(str, self.study.seeds))
        self.numbers.update(format_version=1, study="open-set-vein", seeds=list(self.study.seeds))
        self.page = Report(
            "Open-set vein recognition",
            f"Paper 003's tables beside ours; figures are means over splits with the seeds {seeds}, in brackets 95 % "
            "intervals over people (drawn again 1,000 times with all of their probes; galleries held fixed)",
            self.numbers,
        )

    def _plain(self, name: str, makers: dict[str, Callable[[], list[Scores]]]) -> None:
        """Add a table of systems with the main figures."""
        rows: list[list[object]] = []
        told: dict[str, Any] = {}
        for label, make in makers.items():
            scores = make()
            summary = self._summary(scores)
            failed = [Searches.of(one).failed for one in scores]
            missed = f"{sum(f for f, _ in failed)} / {sum(f for _, f in failed)}"
            rows.append([label, *self._cells(summary, MAIN), missed])
            told[label] = self._json(summary)
        self.page.table(["system", *MAIN, "FTE / FTA"], rows)
        self.numbers[name] = told

    def _main(self) -> list[VeinSystem]:
        return [system for system in self.systems if system.part == "main"]

    def _learned(self) -> list[VeinSystem]:
        """Return the main systems that embed, each probe once."""
        return [system for system in self._main() if system.recipe is not None and not system.moved]

    def _label(self, key: str) -> str:
        return next(system.label for system in self.systems if system.key == key)

    def _summary(self, scores: Sequence[Scores]) -> Summary:
        people = sorted({person for one in scores for person in one.people})
        return Summary([Searches.of(one) for one in scores], tuple(people))

    def _cells(self, summary: Summary, names: Sequence[str]) -> list[object]:
        return [written(name, summary.interval(name)) for name in names]

    def _json(self, summary: Summary, names: Sequence[str] = MAIN) -> dict[str, Any]:
        return {name: summary.interval(name).as_json() for name in names}
