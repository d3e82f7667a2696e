"""What the study of paper 002 is asked, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from lineament.evaluation import AccuracyGrid
from lineament.metrics import SignedRankTest
from lineament.recipes.recipe import Recipe

Progress = Callable[[str, int], Iterable[int]]
"""From a description and a count to an iterable over ``range(count)``."""
USE_S = 300.0
"""Figure 5's use-time."""


def no_progress(what: str, total: int) -> Iterable[int]:
    """Show nothing."""
    return range(total)


@dataclass(frozen=True)
class Options:
    """What may be asked of the study.

    Parameters
    ----------
    repetitions : int
        Random enrolment starts of each amount.
    classifier : bool
        Whether the classification model is trained too.
    classifier_recipe : Recipe, optional
        Instead of the small one.
    classifier_steps : int
        Optimiser steps of the small one.
    rows : tuple of str, optional
        Labels of the amounts of enrolment ("1 min", "all"); all that the data give where not set.
    classifier_rows : tuple of str, optional
        Those the classifier is trained for.
    training_people : tuple of int
        Numbers of training people for Figure 6 (only where a recipe is trained).
    groups : str, optional
        An attribute of the recordings (device, scene) whose values are evaluated apart, for Figure 7.
    hard : bool
        Majority of majorities (the paper's text) rather than averaged votes (its code).
    stride_s : float
        Seconds between windows.
    seed : int
    """

    repetitions: int = 5
    classifier: bool = True
    classifier_recipe: Recipe | None = None
    classifier_steps: int = 300
    rows: tuple[str, ...] | None = None
    classifier_rows: tuple[str, ...] | None = None
    training_people: tuple[int, ...] = ()
    groups: str | None = None
    hard: bool = False
    stride_s: float = 1.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Group:
    """A bar of Figure 7: a device, a scene, or another data set."""

    label: str
    people: int
    embedding: AccuracyGrid
    classification: AccuracyGrid | None


@dataclass(frozen=True, eq=False)
class Reproduction:
    """Everything the study found; ``rule`` is how the embedding decides (``soft``, ``hard`` or ``prototype``)."""

    data: str
    simulated: bool
    source: str
    recipe: str | None
    people: dict[str, int]
    options: Options
    rule: str
    embedding: AccuracyGrid
    classification: AccuracyGrid | None
    tests: dict[str, SignedRankTest] = field(default_factory=dict)
    figure_6: list[tuple[int, float, float, float]] = field(default_factory=list)
    figure_7: list[Group] = field(default_factory=list)
    timing: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int | None = None

    @property
    def shared(self) -> AccuracyGrid | None:
        """The embedding's rows that the classifier has too."""
        return None if self.classification is None else self.embedding.only(self.classification.amounts)

    @property
    def use_column(self) -> int:
        """The column of Figure 5: five minutes of use-time, or the longest that is there."""
        return int(np.argmin(np.abs(np.array(self.embedding.use_s) - USE_S)))
