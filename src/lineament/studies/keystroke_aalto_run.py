"""The run of `lineament.studies.keystroke_aalto`: trains, embeds, compares, and goes on where it was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lineament.datasets import Dataset
from lineament.files import replacing
from lineament.gallery import Metric
from lineament.recipes.components import Normalised
from lineament.recipes.plda import Plda
from lineament.recipes.recipe import Recipe
from lineament.studies.cells import Cells
from lineament.studies.installed import need_training
from lineament.studies.keystroke_aalto import (
    AMOUNTS,
    ENROLLED,
    HEADLINE,
    KEYS,
    MEAN_OF_FIVE,
    RATIO,
    RULES,
    TEMPLATE,
    TOGETHER,
    Sides,
    Vectors,
    figures_of,
    recordings,
    scores_of,
    vectors_of,
)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """One comparison: what was trained on whom, what enrols and what probes."""

    system: str
    people: int
    rule: str
    enrolled: int = ENROLLED
    together: int = 1
    keys: int | None = None

    @property
    def key(self) -> str:
        """Name of the cell that holds its figures."""
        return f"{self.system} {self.people} {self.rule} {self.enrolled} {self.together} {self.keys or 'all'}"


@dataclass(frozen=True)
class System:
    """Encoders side by side: their embeddings, one after another, are the system's.

    Parameters
    ----------
    recipes : tuple of Recipe
    """

    recipes: tuple[Recipe, ...]

    @property
    def name(self) -> str:
        """Those of the recipes."""
        return " + ".join(recipe.name for recipe in self.recipes)

    @property
    def metric(self) -> Metric:
        """How plain rules compare."""
        return "cosine" if all(recipe.normalise for recipe in self.recipes) else "euclidean"

    def trials(self, people: int, rules: Sequence[str]) -> list[Trial]:
        """Return what is compared of an encoder of so many training people: by each rule, sentences cut off or not."""
        return [Trial(self.name, people, rule, keys=keys) for rule in rules for keys in (KEYS, None)]

    def amounts(self, people: int) -> list[Trial]:
        """Return what is compared by the headline's rule: amounts of enrolment, and of sentences together."""
        trials = [Trial(self.name, people, HEADLINE, enrolled=amount) for amount in AMOUNTS]
        return [*trials, *(Trial(self.name, people, HEADLINE, together=amount) for amount in TOGETHER if amount > 1)]


@dataclass
class Study:
    """The run in a folder.

    Parameters
    ----------
    dataset : Dataset
    sides : Sides
    out : path
        Gets the runs of training, embeddings and figures.
    replicates, seed : int
        Draws of people for the intervals; of everything that is random.
    say : callable
        Told what is being done.
    """

    dataset: Dataset
    sides: Sides
    out: Path
    replicates: int = 1000
    seed: int = 0
    progress: bool = True
    say: Say = print
    _recordings: dict[tuple[str, str, int | None], Any] = field(default_factory=dict)

    def vectors(self, recipe: Recipe, people: int, keys: int | None) -> dict[str, Vectors]:
        """Return embeddings (people, 15, dim) of the tested (``test``) and of those trained on (``cohort``)."""
        path = self.out / "vectors" / f"{self._name(recipe, people)}-{keys or 'all'}.npz"
        if not path.is_file():
            made = self._embedded(recipe, people, keys)
            with replacing(path) as beside, beside.open("wb") as file:
                np.savez(file, test=made["test"], cohort=made["cohort"])
        with np.load(path) as found:
            return {name: found[name] for name in ("test", "cohort")}

    def _embedded(self, recipe: Recipe, people: int, keys: int | None) -> Mapping[str, Vectors]:
        """Train, or take up what was trained, and embed."""
        from lineament.training.fit import fit_recordings

        sides = self.sides.fewer(people)
        self.say(f"{recipe.name}, {people} people, {keys or 'all'} keys")
        fitted = fit_recordings(
            recipe,
            self._encoded(recipe, sides.train, None),
            self._encoded(recipe, sides.validation, None),
            self.out / "models" / self._name(recipe, people),
            seed=self.seed,
            resume=True,
            progress=self.progress,
        )
        parts = {"test": sides.test, "cohort": sides.train}
        return {name: vectors_of(fitted, self._encoded(recipe, who, keys)) for name, who in parts.items()}

    def _name(self, recipe: Recipe, people: int) -> str:
        """Return the name of what is made of a recipe: other recipes, sides and seeds have others."""
        setting = {"recipe": recipe.model_dump(mode="json"), "sides": self.sides, "seed": self.seed}
        return f"{recipe.name.split()[0]}-{people}-{Cells(self.out, setting).mark}"

    def _encoded(self, recipe: Recipe, people: Sequence[str], keys: int | None) -> Any:
        """Return encoded sentences; each person is encoded once for a recipe."""
        name = recipe.encoding.model_dump_json()
        missing = [who for who in people if (name, who, keys) not in self._recordings]
        found = recordings(self.dataset, recipe, missing, keys) if missing else []
        for recording in found:
            self._recordings.setdefault((name, recording.subject, keys), []).append(recording)
        return [recording for who in people for recording in self._recordings[name, who, keys]]

    def joined(self, system: System, people: int, keys: int | None) -> dict[str, Vectors]:
        """Return the embeddings of a system's encoders, one after another."""
        parts = [self.vectors(recipe, people, keys) for recipe in system.recipes]
        return {name: np.concatenate([part[name] for part in parts], axis=2) for name in ("test", "cohort")}

    def figures(self, system: System, trials: Sequence[Trial]) -> dict[Trial, dict[str, Any]]:
        """Return the figures of trials with one system, each reckoned once."""
        setting = {
            "recipes": [recipe.model_dump(mode="json") for recipe in system.recipes],
            "rules": {name: rule.model_dump(mode="json") for name, rule in RULES.items()},
            "sides": [self.sides.train, self.sides.validation, self.sides.test],
            "replicates": self.replicates,
            "seed": self.seed,
        }
        cells = Cells(self.out / "figures", setting)
        for trial in trials:
            if trial.key not in cells:
                found, rule = self.joined(system, trial.people, trial.keys), RULES[trial.rule]
                scores = scores_of(
                    found["test"],
                    rule,
                    metric=system.metric,
                    cohort=found["cohort"] if isinstance(rule, Normalised | Plda) else None,
                    enrolled=trial.enrolled,
                    together=trial.together,
                )
                cells[trial.key] = figures_of(scores, replicates=self.replicates, seed=self.seed)
                self.say(f"{trial.key}: {written(cells[trial.key])}")
        return {trial: cells[trial.key] for trial in trials}


def written(figures: Mapping[str, Any]) -> str:
    """Return figures in a line, in percent."""
    return ", ".join(f"{name} {100 * figures[name]['estimate']:.2f}" for name in ("eer", "person_eer", "rank_1"))


def run(
    study: Study, recipes: Sequence[Recipe], rival: Recipe | None, curve: Sequence[int], curve_steps: int
) -> dict[Trial, dict[str, Any]]:
    """Run everything: our encoders alone and side by side, a rival, and ours on fewer people.

    Parameters
    ----------
    study : Study
    recipes : sequence of Recipe
        Ours.
    rival : Recipe
        The published system, where it is wanted.
    curve : sequence of int
        Numbers of training people.
    curve_steps : int
        Steps that encoders are trained for then, where by steps; 0: only those in closed form.

    Raises
    ------
    MissingExtraError
        When torch is not installed.
    """
    need_training()
    everybody, ours = len(study.sides.train), System(tuple(recipes))
    found = study.figures(ours, [*ours.trials(everybody, (HEADLINE, RATIO)), *ours.amounts(everybody)])
    if len(recipes) > 1:
        for recipe in recipes:
            alone = System((recipe,))
            rules = [rule for rule in (HEADLINE, RATIO, TEMPLATE) if recipe.normalise or rule != TEMPLATE]
            trials = [Trial(alone.name, everybody, rule) for rule in rules]
            published = [Trial(alone.name, everybody, MEAN_OF_FIVE, keys=KEYS)] if recipe.normalise else []
            found |= study.figures(alone, [*trials, *published])
    if rival is not None:
        other = System((rival,))
        found |= study.figures(
            other, [Trial(other.name, everybody, rule, keys=KEYS) for rule in (MEAN_OF_FIVE, HEADLINE)]
        )
    numbers = sorted({min(number, everybody) for number in curve})
    systems = [System((recipe,)) for recipe in closed_form(recipes)]
    if curve_steps:
        systems.append(System(recipes_of_curve(recipes, curve_steps)))
    for system in systems:
        found |= study.figures(system, [Trial(system.name, number, HEADLINE) for number in numbers])
    return found


def closed_form(recipes: Sequence[Recipe]) -> list[Recipe]:
    """Return the recipes without steps of training."""
    return [recipe for recipe in recipes if recipe.network.name == "class_statistics"]


def recipes_of_curve(recipes: Sequence[Recipe], steps: int) -> tuple[Recipe, ...]:
    """Return recipes that are trained for fewer steps, under names that say so."""
    fixed = closed_form(recipes)
    return tuple(
        recipe
        if recipe in fixed
        else recipe.model_copy(
            update={
                "name": f"{recipe.name} ({steps} steps)",
                "training": recipe.training.model_copy(update={"steps": steps}),
            }
        )
        for recipe in recipes
    )
