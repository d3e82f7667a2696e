"""The systems of the vein study: a recipe each, and what is changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lineament.errors import RecipeError
from lineament.recipes.recipe import Recipe, load_recipe, with_changes
from lineament.registry import nearest

Part = Literal["main", "short", "loss", "dim"]

RULES: dict[str, dict[str, Any]] = {
    "k = 1: the prototype": {"name": "prototype"},
    "k = 3: mean over prototypes (paper)": {"name": "prototype_knn", "k": 3},
    "k = 5: mean over prototypes (paper)": {"name": "prototype_knn", "k": 5},
    "k = 3: mean of a hand's own best templates": {"name": "top_mean", "k": 3},
    "k = 5: mean of a hand's own best templates": {"name": "top_mean", "k": 5},
}
"""Table 6: the paper's k-NN over other people's prototypes, and the mean over a subject's own templates."""


@dataclass(frozen=True)
class VeinSystem:
    """One way to tell veins apart.

    Parameters
    ----------
    key : str
        What it is called on the command line.
    label : str
        What stands in the tables.
    recipe : str or None
        Name or path of its recipe; None: no training, regions are correlated.
    changes : tuple of str
        What is changed in it (see `lineament.recipes.recipe.with_changes`).
    part : str
        Which table it stands in.
    moved : bool
        Whether a probe is embedded with small displacements too, of which the likest to each subject counts.
    correlated : bool
        Whether its scores are added to those of the correlation, both in units of the validation strangers' spread.
    """

    key: str
    label: str
    recipe: str | None
    changes: tuple[str, ...] = ()
    part: Part = "main"
    moved: bool = False
    correlated: bool = False

    def load(self) -> Recipe:
        """Return the recipe with its changes.

        Raises
        ------
        RecipeError
            When it has none, or a change does not fit.
        """
        if self.recipe is None:
            raise RecipeError(f"system {self.key}: a recipe", "none: nothing is trained", "choose another system")
        return with_changes(load_recipe(self.recipe), self.changes)


SHORTER = ("training.steps=300",)
"""What is varied for the ablations is trained for half as long as vein-small: what is compared is alike."""


def _loss(key: str, label: str, loss: str) -> VeinSystem:
    return VeinSystem(key, label, "vein-small", (*SHORTER, f"loss={loss}"), "loss")


def _dim(dim: int) -> VeinSystem:
    return VeinSystem(f"dim-{dim}", f"embedding of {dim}", "vein-small", (*SHORTER, f"network.dim={dim}"), "dim")


FLOOR = "correlation"
OURS = "vein-small"
SHORT = "vein-small-short"
LINES = "vein-lines"
OURS_BOTH = "lines-and-correlation"
SYSTEMS: tuple[VeinSystem, ...] = (
    VeinSystem(FLOOR, "correlation of regions, nothing trained", None),
    VeinSystem(OURS, "vein-small: ArcFace, embedding of 128", "vein-small"),
    VeinSystem(LINES, "vein-lines: lines, whitened", "vein-lines"),
    VeinSystem(
        OURS_BOTH,
        "vein-lines, probe moved, and correlation",
        "vein-lines",
        ("network.shifts=[0]",),
        moved=True,
        correlated=True,
    ),
    VeinSystem(SHORT, "ArcFace, embedding of 128", "vein-small", SHORTER, "short"),
    _loss("triplet", "batch-hard triplet", "batch_hard_triplet"),
    _loss("triplet-centre", "triplet + centre", "triplet_centre"),
    _loss("contrastive", "contrastive", "contrastive"),
    _dim(64),
    _dim(256),
    _dim(512),
)


def systems(keys: Sequence[str] | None = None) -> list[VeinSystem]:
    """Return the systems of those keys; all without.

    Raises
    ------
    RecipeError
        When there is none of that key.

    Examples
    --------
    >>> [system.key for system in systems(["correlation"])]
    ['correlation']
    """
    known = {system.key: system for system in SYSTEMS}
    for key in keys or ():
        if key not in known:
            raise RecipeError("systems: a key", repr(key), nearest(key, list(known)))
    return [known[key] for key in keys] if keys else list(SYSTEMS)
