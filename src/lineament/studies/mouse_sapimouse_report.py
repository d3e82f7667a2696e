"""The study of SapiMouse: every system and seed, kept on file, and the report with the published figure beside ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lineament.datasets import Dataset
from lineament.evaluation import Curve, CurveDisplay, Report
from lineament.evaluation.figures import evaluate_scores
from lineament.evaluation.score_report import written
from lineament.evaluation.scores import Scores
from lineament.metrics import Interval
from lineament.metrics.intervals import mean_interval
from lineament.recipes.recipe import Recipe, load_recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.mouse_sapimouse import (
    BLOCKS,
    Embedded,
    Sides,
    by_embedding,
    by_machines,
    fit_system,
    open_set,
    seconds_of_blocks,
    user_areas,
)

if TYPE_CHECKING:
    from lineament.training.windows import Recording

SYSTEMS = {"mouse-lda": "window statistics (floor)", "mouse-fcn": "the paper's network", "mouse-small": "ours"}
"""Recipes, and what they are called in tables."""
DECIDERS = {"embedding": "embedding", "svm": "one-class SVM"}
HEADLINE = 4
"""Blocks that come nearest to the paper's 15 s (`seconds_of_blocks`)."""
PUBLISHED = 0.94
FIGURES = ("auroc", "eer", "rank_1")
OPEN = ("oscr", "open_set_eer", "dir_at_fpir_0.1")
ACROSS_USERS = "user_auroc"

Progress = Callable[[str, int], Iterable[int]]
Found = dict[str, dict[str, list[float]]]


@dataclass(frozen=True, eq=False)
class MouseStudy:
    """Fits systems to those who teach and judges them on the others; what is done is kept on file.

    Parameters
    ----------
    dataset : Dataset
    sides : Sides
    out : path
    seeds : sequence of int
    replicates : int
        Draws of people for the intervals.
    """

    dataset: Dataset
    sides: Sides
    out: Path
    seeds: Sequence[int] = (0, 1, 2)
    replicates: int = 1000

    def run(self, recipes: Sequence[Recipe], progress: Progress) -> dict[str, list[Found]]:
        """Return the figures of every recipe, one `Found` a seed.

        Raises
        ------
        MissingExtraError
            When torch is not installed.
        """
        need_training()
        found: dict[str, list[Found]] = {}
        for recipe in recipes:
            sides = [self.sides.train, self.sides.test, self.sides.enrol, self.sides.probe]
            setting = [self.dataset.name, recipe.model_dump(mode="json"), sides, self.replicates]
            cells = Cells(self.out / "fits", setting)
            wanted = [seed for seed in self.seeds if f"{recipe.name} {seed}" not in cells]
            recordings = self._encoded(recipe) if wanted else []
            for step in progress(recipe.name, len(wanted)):
                cells[f"{recipe.name} {wanted[step]}"] = self._judged(recipe, recordings, wanted[step])
            found[recipe.name] = [cells[f"{recipe.name} {seed}"] for seed in self.seeds]
        return found

    def _encoded(self, recipe: Recipe) -> list[Recording]:
        from lineament.encodings import build_encoding
        from lineament.training.encoded import encode

        return encode(build_encoding(recipe.encoding), self.dataset)

    def _judged(self, recipe: Recipe, recordings: list[Recording], seed: int) -> Found:
        """Return the figures of one fit by decider and blocks."""
        system = Embedded.of(fit_system(recipe, recordings, self.sides, seed), recordings, self.sides)
        metric = "cosine" if recipe.normalise else "euclidean"
        found: Found = {"seconds": {"fitting": [system.seconds]}}
        for blocks in BLOCKS:
            found[f"embedding {blocks}"] = self.figures(by_embedding(system, recipe.match_rule, blocks, metric=metric))
            found[f"svm {blocks}"] = self.figures(by_machines(system, blocks))
        return found

    def figures(self, scores: Scores) -> dict[str, list[float]]:
        """Return each figure as [estimate, low, high]; of the open set, those with either half enrolled."""
        closed = evaluate_scores(scores, replicates=self.replicates)
        found = {key: closed.figure(key) for key in FIGURES}
        for part in (0, 1):
            half = evaluate_scores(open_set(scores, part), replicates=self.replicates, fpir=(0.1,))
            found.update({f"{key} {part}": half.figure(key) for key in OPEN})
        areas = user_areas(scores)
        low, high = mean_interval(per_person=areas, replicates=self.replicates)
        found[ACROSS_USERS] = Interval(float(areas.mean()), float(low), float(high))
        return {key: [value.estimate, value.low, value.high] for key, value in found.items()}


def run(
    dataset: Dataset,
    out: Path,
    *,
    seeds: Sequence[int],
    systems: Sequence[str] | None,
    progress: Progress,
    replicates: int = 1000,
) -> Report:
    """Run the study and return its report.

    Parameters
    ----------
    dataset : Dataset
        `mouse-sapimouse`, or simulated people.
    out : path
        What a later run goes on from.
    seeds : sequence of int
    systems : sequence of str, optional
        Names of recipes, or files; by default `SYSTEMS`.
    progress : callable
        Told what is done and in how many steps; yields the steps.
    replicates : int
        Draws of people for the intervals.

    Raises
    ------
    ProtocolError
        When the data set is neither, or incomplete.
    """
    simulated = dataset.name.startswith("simulated")
    sides = Sides.simulated(dataset) if simulated else Sides.published(dataset)
    recipes = [load_recipe(name) for name in (systems or SYSTEMS)]
    probes = list(dataset.filter(subject=sides.test, session=(sides.probe,)))
    lengths = np.quantile(seconds_of_blocks(probes), [0.25, 0.5, 0.75])
    found = MouseStudy(dataset, sides, out, seeds, replicates).run(recipes, progress)
    return report(dataset, sides, found, seeds, [float(part) for part in lengths])


def report(
    dataset: Dataset, sides: Sides, found: dict[str, list[Found]], seeds: Sequence[int], lengths: list[float]
) -> Report:
    """Return the report: decisions over four blocks, over one to five, and the open set."""
    seconds = HEADLINE * lengths[1]
    page = Report(
        f"Recognising people by their mouse: {dataset.name}",
        f"{len(sides.train)} people teach, {len(sides.test)} others are tested: session {sides.enrol} enrols, session "
        f"{sides.probe} probes; seeds: {len(seeds)}; 95 % intervals over people (of the first seed)",
        {"seeds": list(seeds), "block_seconds": lengths, "published_auroc": PUBLISHED, "systems": found},
    )
    page.text(
        f"A block is 128 movements: a median of {lengths[1]:.1f} s (the middle half {lengths[0]:.1f} to "
        f"{lengths[2]:.1f} s), pauses included. {HEADLINE} blocks are about {seconds:.0f} s."
    )
    page.heading(f"Decisions over {HEADLINE} blocks")
    columns = ["system", "decided by", "AUROC, pooled", "seeds", "AUROC, mean of users", "EER", "Rank-1"]
    rows: list[list[object]] = [
        [
            SYSTEMS.get(name, name),
            words,
            _written(every, f"{decider} {HEADLINE}", "auroc", rate=False),
            _range(every, f"{decider} {HEADLINE}", "auroc"),
            _written(every, f"{decider} {HEADLINE}", ACROSS_USERS, rate=False),
            _written(every, f"{decider} {HEADLINE}", "eer"),
            _written(every, f"{decider} {HEADLINE}", "rank_1"),
        ]
        for name, every in found.items()
        for decider, words in DECIDERS.items()
    ]
    rows.append(["Antal, Fejér and Buza 2021", "one-class SVM", str(PUBLISHED), None, None, None, None])
    page.table(columns, rows, caption=f"{len(sides.test)} people enrolled, each a probe of all.")
    page.figure(_picture(found, lengths[1]), "AUROC of all comparisons over the seconds of a decision (medians).")
    page.heading("Decisions over one to five blocks")
    page.table(
        ["AUROC, pooled", *(f"{blocks} ({blocks * lengths[1]:.1f} s)" for blocks in BLOCKS)],
        [
            [
                f"{SYSTEMS.get(name, name)}, {words}",
                *(_written(every, f"{decider} {blocks}", "auroc", rate=False) for blocks in BLOCKS),
            ]
            for name, every in found.items()
            for decider, words in DECIDERS.items()
        ],
    )
    page.heading("Half of them enrolled, the others strangers")
    page.table(
        ["system", "decided by", "OSCR", "EER against strangers", "DIR (R = 1) at FPIR 10 %"],
        [
            [SYSTEMS.get(name, name), words, *(_halves(every, f"{decider} {HEADLINE}", key) for key in OPEN)]
            for name, every in found.items()
            for decider, words in DECIDERS.items()
        ],
        caption=f"Over {HEADLINE} blocks, the first seed; either half enrolled in turn, and the intervals of both.",
    )
    return page


def _interval(every: Sequence[Found], key: str, figure: str) -> Interval:
    return Interval(*every[0][key][figure])


def _written(every: Sequence[Found], key: str, figure: str, *, rate: bool = True) -> str:
    return written(_interval(every, key, figure), rate=rate)


def _range(every: Sequence[Found], key: str, figure: str) -> str:
    values = [one[key][figure][0] for one in every]
    return f"{min(values):.3f}–{max(values):.3f}"


def _halves(every: Sequence[Found], key: str, figure: str) -> str:
    parts = [_written(every, key, f"{figure} {part}", rate=figure != "oscr") for part in (0, 1)]
    return "; ".join(parts)


def _picture(found: dict[str, list[Found]], seconds: float) -> Any:
    """Draw the AUROC of every system over the length of a decision."""
    curves = []
    for name, every in found.items():
        for decider, words in DECIDERS.items():
            lines = np.array([[one[f"{decider} {blocks}"]["auroc"] for blocks in BLOCKS] for one in every])
            banded = decider == "embedding"
            curves.append(
                Curve(
                    f"{SYSTEMS.get(name, name)}, {words}",
                    lines[..., 0].mean(axis=0),
                    lines[0, :, 1] if banded else None,
                    lines[0, :, 2] if banded else None,
                    dashed=not banded,
                )
            )
    ax = CurveDisplay.from_curves(
        [round(blocks * seconds, 1) for blocks in BLOCKS],
        curves,
        title="People not trained on, enrolled for 3 minutes",
        x_label="seconds of movement that are decided together",
        y_label="AUROC, %",
    ).plot()
    ax.plot([15.0], [100 * PUBLISHED], "k*", markersize=11, label="published, one-class SVM")
    ax.set_ylim(70, 100.5)
    ax.legend(fontsize=7, loc="lower right")
    return ax
