"""The vein study as a report: paper 003's tables beside ours, the twin labels, the honest protocol."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from lineament.evaluation import Report
from lineament.evaluation.displays import ScoreHistogramDisplay
from lineament.evaluation.scores import Scores
from lineament.recipes.components import MATCH_RULES
from lineament.recipes.recipe import component
from lineament.studies.open_set_vein import FINGERS, HANDS, SIMULATED, Study
from lineament.studies.open_set_vein_figures import FIGURES, Searches, Summary, operating_point, signed
from lineament.studies.open_set_vein_pages import MAIN, VeinPages
from lineament.studies.open_set_vein_published import published_notes, published_rows, published_titles
from lineament.studies.open_set_vein_runs import Mixing
from lineament.studies.open_set_vein_scores import COUNTINGS, counted, fused, has_twin
from lineament.studies.open_set_vein_systems import FLOOR, LINES, OURS, RULES, SHORT, VeinSystem

PARTS = (
    "twins",
    "published",
    "hands",
    "anybody",
    "rules",
    "losses",
    "sizes",
    "fingers",
    "across",
    "simulated",
    "tables",
)
BEFORE: dict[str, tuple[str, str, str, str]] = {
    "correlation, nothing trained": (".888", ".944", "10.5 %", ".903"),
    "small CNN, ArcFace, 150 s": (".959", ".981", "6.0 %", ".977"),
    "small CNN, both hands fused": (".980", ".986", "2.9 %", ".980"),
    "small CNN, three person splits": (".920", ".971", "7.5 %", ".937"),
}
"""Prototypes measured before this system was written."""


class VeinReport(VeinPages):
    """Writes the report part by part (see `VeinPages`)."""

    def write(self, parts: Sequence[str] = PARTS) -> Report:
        """Return the report of some parts."""
        writers = {
            "twins": self.twins,
            "published": self.published,
            "hands": self.hands,
            "anybody": self.anybody,
            "rules": self.rules,
            "losses": self.losses,
            "sizes": self.sizes,
            "fingers": self.fingers,
            "across": self.across,
            "simulated": self.simulated,
            "tables": self.tables,
        }
        for part in parts:
            if part not in ("fingers", "across") or self.study.material.fingers is not None:
                writers[part]()
        return self.page

    def twins(self) -> None:
        """Ask whether DB1's and DB2's people are the same."""
        means, second, first = self.study.likeness()
        own = [first.index(hand) for hand in second]
        best = means.argmax(axis=1)
        rows: list[list[object]] = []
        for side in ("left", "right"):
            chosen = [place for place, hand in enumerate(second) if hand.endswith(side)]
            same_side = [place for place, hand in enumerate(first) if hand.endswith(side)]
            hits = sum(same_side[int(means[place, same_side].argmax())] == own[place] for place in chosen)
            among_all = sum(int(best[place]) == own[place] for place in chosen)
            but_four = sum(int(best[p]) == own[p] for p in chosen if not second[p].startswith("004"))
            rows.append([side, len(chosen), hits, among_all, f"{but_four} of {len(chosen) - 1}"])
        swapped = {
            f"DB2 {a}, DB1 {b}": float(means[second.index(f"004-{a}"), first.index(f"004-{b}")])
            for a in ("left", "right")
            for b in ("left", "right")
        }
        others = means.copy()
        others[np.arange(len(second)), own] = -np.inf
        mine, theirs = means[np.arange(len(second)), own], others.max(axis=1)
        self.numbers["twins"] = {"rows": rows, "person 4": swapped, "own": _points(mine), "best other": _points(theirs)}
        self.page.heading("Is the set of 502 classes one of 276 hands?")
        self.page.text(
            "Each hand of DB2 was correlated with each hand of DB1, nothing trained. If the second capture were of "
            "other people, the same-numbered hand would be the best match of one in 138, or one in 276."
        )
        self.page.table(
            ["hands of DB2", "how many", "same number best of 138 on its side", "of all 276", "without person 4"],
            rows,
        )
        self.page.table(
            ["correlation with", "5 %", "median", "95 %"],
            [["the same-numbered hand", *_points(mine)], ["the best other hand", *_points(theirs)]],
            caption="Percentiles over DB2's hands, mean over a hand's images",
        )
        self.page.table(
            ["person 4", "correlation"],
            [[pair, f"{value:.2f}"] for pair, value in swapped.items()],
            caption="Left and right are exchanged between the captures",
        )

    def published(self) -> None:
        """Count the 502 labels in three ways."""
        self.page.heading("The 502 labels, counted three ways")
        self.page.text(
            "Split as the paper's: 70 % of 251 people known, of them 55 % train, 10 % validate and 35 % are enrolled; "
            "its 7 and 3 images do not fit classes of 4 and 3, so the last image of each class probes and the others "
            "are enrolled. One network and one gallery a split; only how strangers are counted differs. Twins removed "
            "leaves a same-capture figure, which flatters: it is no headline."
        )
        row = next(row for row in published_rows() if (row.table, row.label) == ("3", "Dorsal"))
        printed = [row.figures[name] for name in ("oscr", "auroc", "eer", "rank_1")]
        rows: list[list[object]] = [
            [
                "paper, Table 3",
                "ResNet50-CBAM",
                *(f"{v:.4f}" for v in printed[:2]),
                f"{printed[2]:.2f} %",
                f"{printed[3]:.4f}",
            ]
        ]
        told: dict[str, Any] = {}
        for system in self._main():
            for put_right in (False, True):
                scores = self.study.labels(system, put_right=put_right)
                for counting in COUNTINGS:
                    if counting == "naive" and put_right:
                        continue
                    summary = self._summary([counted(one, counting) for one in scores])
                    label = counting if counting == "naive" else f"{counting}, person 4 {_four(put_right)}"
                    rows.append([label, system.label, *self._cells(summary, MAIN)])
                    told[f"{system.key}: {label}"] = self._json(summary)
            self._strangers(system, told)
        self.page.table(["counted", "system", *MAIN], rows)
        self.numbers["published"] = told

    def _strangers(self, system: VeinSystem, told: dict[str, Any]) -> None:
        """Add the distribution of the best scores of strangers with and without an enrolled twin."""
        groups: dict[str, list[float]] = {"enrolled": [], "stranger, twin enrolled": [], "stranger, no twin": []}
        accepted = {"with": 0, "all": 0}
        for scores in self.study.labels(system, put_right=True):
            best, twin, known = scores.by_subject().max(axis=1), has_twin(scores), scores.known
            groups["enrolled"] += best[known].tolist()
            groups["stranger, twin enrolled"] += best[twin].tolist()
            groups["stranger, no twin"] += best[~known & ~twin].tolist()
            threshold = _eer_threshold(best[known], best[~known])
            accepted["all"] += int((best[~known] >= threshold).sum())
            accepted["with"] += int((best[twin] >= threshold).sum())
        rows: list[list[object]] = [[name, len(values), *_points(values)] for name, values in groups.items()]
        display = ScoreHistogramDisplay.from_scores(
            mated=groups["stranger, twin enrolled"],
            non_mated=groups["stranger, no twin"],
            title=f"Strangers' best scores, {system.label}",
            names=("twin enrolled", "no twin enrolled"),
        )
        self.page.figure(display.plot(), "Best scores of strangers' probes whose hand is enrolled, and of the others'.")
        self.page.table(
            [f"best score by {system.label}", "probes", "5 %", "median", "95 %"],
            rows,
            caption=f"At the threshold of the naive EER {accepted['all']} probes of strangers are accepted (all "
            f"splits); of {accepted['with']} of them the hand is enrolled.",
        )
        told[f"{system.key}: strangers"] = {"percentiles": rows, "accepted at the naive EER": accepted}

    def hands(self) -> None:
        """Add the honest protocol."""
        self.page.heading("276 hands, enrolled from DB1, probed in DB2, people disjoint")
        self.page.text(
            "Persons 73 to 138 train and validate, and every setting was chosen on them. Of persons 1 to 72, 50 are "
            "enrolled (100 hands, 4 images each) and 22 are strangers; 300 probes of enrolled hands and 132 of "
            "strangers' a split. Both hands: the mean of the left and the right hand's scores, a person is the subject."
        )
        told: dict[str, Any] = {}
        summaries: dict[str, Summary] = {}
        for title, both in (("a hand", False), ("both hands fused", True)):
            rows: list[list[object]] = []
            for system in self._main():
                scores = self.study.hands(system)
                summary = self._summary([fused(one) for one in scores] if both else scores)
                summaries[f"{system.key} {title}"] = summary
                rows.append([system.label, *self._cells(summary, FIGURES)])
                told[f"{system.key}: {title}"] = self._json(summary, FIGURES)
            self.page.table(["system", *FIGURES], rows, caption=title[0].upper() + title[1:])
        self._gains(summaries, told)
        self._swapped(told)
        self._operating(told)
        self.page.table(
            ["measured before, elsewhere", "OSCR", "AUROC", "EER", "Rank-1"],
            [[name, *cells] for name, cells in BEFORE.items()],
            caption="Prototypes; persons 1-50 enrolled, 51-72 strangers, 73-138 train, except the last row",
        )
        self.numbers["hands"] = told

    def _gains(self, summaries: dict[str, Summary], told: dict[str, Any]) -> None:
        """Add what is gained over the floor, the same people drawn for both."""
        rows: list[list[object]] = []
        for key, summary in summaries.items():
            system, _, title = key.partition(" ")
            floor = summaries.get(f"{FLOOR} {title}")
            if floor is None or system == FLOOR:
                continue
            gains = [(summary.figure(name) - floor.figure(name)).interval() for name in MAIN]
            rows.append([f"{self._label(system)}, {title}", *map(signed, gains)])
            told[f"{key} above the floor"] = dict(zip(MAIN, (gain.as_json() for gain in gains), strict=True))
        if rows:
            self.page.table(["above the floor", *MAIN], rows, caption="Paired differences; an EER should be below")

    def _swapped(self, told: dict[str, Any]) -> None:
        """Add the figures with person 4 as the files say."""
        rows: list[list[object]] = []
        for system in self._main():
            summary = self._summary(self.study.hands(system, swapped=True))
            rows.append([system.label, *self._cells(summary, MAIN)])
            told[f"{system.key}: person 4 as filed"] = self._json(summary)
        self.page.table(["person 4 as the files say", *MAIN], rows, caption="A hand; the same fits")

    def _operating(self, told: dict[str, Any]) -> None:
        """Add accuracy and rejection at a threshold fixed on validation people, and what it costs."""
        rows: list[list[object]] = []
        for system in self._main():
            tested, fixed = self.study.hands(system), self.study.hands(system, validation=True)
            found = [operating_point(Searches.of(v), Searches.of(t)) for v, t in zip(fixed, tested, strict=True)]
            threshold, accuracy, rejection = np.mean(found, axis=0)
            cost = {} if system.recipe is None else self.study.costs(system)
            failed = [Searches.of(one).failed for one in tested]
            rows.append(
                [
                    system.label,
                    f"{threshold:.3f}",
                    f"{accuracy:.3f}",
                    f"{rejection:.3f}",
                    *(f"{cost[name]:.1f}" if cost else None for name in ("train_s", "region_ms", "embedding_ms")),
                    f"{int(cost['parameters']):,}" if cost else None,
                    f"{sum(f for f, _ in failed)} / {sum(f for _, f in failed)}",
                ]
            )
            told[f"{system.key}: operating point"] = {
                "threshold": threshold,
                "accuracy": accuracy,
                "rejection": rejection,
                **cost,
            }
        self.page.table(
            [
                "system",
                "threshold",
                "accuracy",
                "rejection",
                "train, s",
                "region, ms",
                "embed, ms",
                "parameters",
                "FTE / FTA",
            ],
            rows,
            caption="Threshold: greatest CCR - FPR on 8 validation people (4 enrolled, 4 strangers). Accuracy: "
            "enrolled probes accepted and named rightly; rejection: strangers refused. Times on one busy core: region "
            "(reading, finding and normalising it) and embedding, an image. FTE / FTA: regions not found.",
        )

    def anybody(self) -> None:
        """Add splits in which anybody may be tested."""
        self.page.heading("The same with anybody tested")
        self.page.text(
            "72 of all 113 people who came twice are drawn for the test, 50 of them enrolled; the others train. "
            "Regions and recipes were chosen on persons 73 to 138, who are among the tested ones here, so these "
            "figures flatter; on the other hand training sees people of both ends of the numbering."
        )
        makers: dict[str, Callable[[], list[Scores]]] = {}
        for system in self._main():
            makers[f"{system.label}, a hand"] = partial(self.study.anybody, system)
            makers[f"{system.label}, both hands"] = partial(_both, self.study, system)
        self._plain("anybody", makers)

    def losses(self) -> None:
        """Repeat the paper's Table 4 on the honest protocol."""
        self._varied("loss", "Losses (the paper's Table 4), on the honest protocol")

    def sizes(self) -> None:
        """Repeat the paper's Table 5 on the honest protocol."""
        self._varied("dim", "Embedding sizes (the paper's Table 5), on the honest protocol")

    def _varied(self, part: str, title: str) -> None:
        """Add ours beside what differs in one thing."""
        chosen = [s for s in self.systems if s.key == SHORT or s.part == part]
        if len(chosen) > 1:
            self.page.heading(title)
            self.page.text("vein-small trained for 300 steps instead of 600, one thing varied.")
            self._plain(part, {s.label: partial(self.study.hands, s) for s in chosen})

    def rules(self) -> None:
        """Repeat the paper's Table 6 on the honest protocol."""
        self.page.heading("Decision rules (the paper's Table 6), on the honest protocol")
        self.page.text(
            "The paper's k-NN averages over the k most similar prototypes, k - 1 of which are other people's. The rule "
            "that asks k of a hand's own templates is beside it (a hand has 4)."
        )
        told: dict[str, Any] = {}
        for system in self._learned():
            rows: list[list[object]] = []
            for label, spec in RULES.items():
                summary = self._summary(self.study.hands(system, rule=component(MATCH_RULES, spec)))
                rows.append([label, *self._cells(summary, MAIN)])
                told[f"{system.key}: {label}"] = self._json(summary)
            self.page.table([f"decision rule, {system.label}", *MAIN], rows)
        self.numbers["rules"] = told

    def fingers(self) -> None:
        """Add `vein-sdumla`, people disjoint."""
        self.page.heading("Fingers: vein-sdumla, people disjoint, one session")
        self.page.text(
            "53 people train, 6 validate, 33 are enrolled (198 fingers, 3 images each, 3 probe) and 14 are strangers. "
            "Enrolment and probes are of one session, so these figures flatter."
        )
        self._plain("fingers", {s.label: partial(self.study.fingers, s) for s in self._main()})

    def across(self) -> None:
        """Train on one set, enrol and probe on the other; with simulated hands beside it, and without."""
        self.page.heading("Across sets: trained on one, enrolled and probed on the other")
        words = {HANDS: "hands", FINGERS: "fingers"}
        ways = ((FINGERS, HANDS, (False, True)), (HANDS, FINGERS, (False, True)), (FINGERS, FINGERS, (True,)))
        self._plain(
            "across",
            {
                f"{s.label}: {words[source]}{' and simulated hands' * simulated} to {target}": partial(
                    self.study.across, s, source, target, simulated=simulated
                )
                for s in self._learned()
                for source, target, mixed in ways
                for simulated in mixed
            },
        )

    def simulated(self) -> None:
        """Learn from hands that do not exist: before the real ones, beside them, or from them alone."""
        known = {system.key: system for system in self.systems}
        makers: dict[str, Callable[[], list[Scores]]] = {}
        ways: dict[str, tuple[Mixing, ...]] = {OURS: ("before",), LINES: ("beside", "alone")}
        for key, mixings in ways.items():
            if key in known:
                system = known[key]
                makers[f"{system.label}; real hands"] = partial(self.study.hands, system)
                for mixing in mixings:
                    makers[f"{system.label}; simulated hands {mixing}"] = partial(self.study.simulated, system, mixing)
        if makers:
            self.page.heading(f"{SIMULATED} simulated people")
            self._plain("simulated", makers)

    def tables(self) -> None:
        """Add the paper's tables as printed."""
        self.page.heading("Paper 003's tables as printed")
        self.page.text(" ".join(published_notes()))
        for number, title in published_titles().items():
            rows: list[list[object]] = []
            for row in published_rows():
                if row.table == number:
                    rows.append([row.label, *(f"{figure:.4f}" for figure in row.figures.values())])
            columns = list(next(row for row in published_rows() if row.table == number).figures)
            self.page.table([f"Table {number}", *columns], rows, caption=title)


def _both(study: Study, system: VeinSystem) -> list[Scores]:
    return [fused(scores) for scores in study.anybody(system)]


def _points(values: Sequence[float] | Any) -> list[str]:
    return [f"{value:.2f}" for value in np.percentile(values, [5, 50, 95])] if len(values) else ["–"] * 3


def _four(put_right: bool) -> str:
    return "put right" if put_right else "as filed"


def _eer_threshold(known: Any, strangers: Any) -> float:
    from lineament.metrics import threshold_at_equal_error_rate

    return threshold_at_equal_error_rate(mated=known, non_mated=strangers)
