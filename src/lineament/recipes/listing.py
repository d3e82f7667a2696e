"""What there is to choose from, for `lineament list` and the docs."""

from __future__ import annotations

import fnmatch
from typing import Any

from lineament.errors import RecipeError
from lineament.recipes.components import KINDS, describe
from lineament.recipes.recipe import load_recipe, names
from lineament.registry import nearest


def rows(kind: str, pattern: str = "*") -> list[dict[str, Any]]:
    """Return name, help, source and parameters of what is of a kind and whose name matches a shell pattern.

    Parameters
    ----------
    kind : str
        A key of `KINDS`, or "recipes" (whose parameters are the names of their components).

    Raises
    ------
    RecipeError
        When there is no such kind, or nothing of it matches.

    Examples
    --------
    >>> [row["name"] for row in rows("losses", "normalised*")]
    ['normalised_softmax']
    """
    kinds = [*KINDS, "recipes"]
    if kind not in kinds:
        kinds.append("encoders")  # that ship are listed by lineament.encoder.listing
        raise RecipeError(f"list: {', '.join(kinds)}", repr(kind), nearest(kind, kinds))
    every = _recipes() if kind == "recipes" else describe(kind)
    found = [row for row in every if fnmatch.fnmatch(row["name"], pattern)]
    if not found:
        raise RecipeError(
            f"list: a pattern that fits some of the {kind}",
            repr(pattern),
            nearest(pattern, [row["name"] for row in every]),
        )
    return found


def _recipes() -> list[dict[str, Any]]:
    """Return a row for each shipped recipe."""
    recipes = [load_recipe(name) for name in names()]
    return [
        {
            "name": recipe.name,
            "help": recipe.title,
            "paper": recipe.paper,
            "parameters": {"network": recipe.network.name, "loss": recipe.loss.name},
        }
        for recipe in recipes
    ]
