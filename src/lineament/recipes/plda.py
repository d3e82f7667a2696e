"""The spec of the match rule in `lineament.decisions.plda` (`lineament.recipes.components` has the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import MATCH_RULES, Component


@MATCH_RULES.register("plda")
class Plda(Component):
    """Log-likelihood ratio of one subject and two, learned from a cohort; it knows how many templates there are."""

    name: Literal["plda"] = "plda"
    paper: ClassVar[str] = "Prince and Elder 2007; two-covariance form: Brümmer and de Villiers 2010; the bound is ours"
    dim: int = Field(200, ge=1, description="directions in which the cohort's subjects lie widest apart, at most")
    shrinkage: float = Field(0.05, ge=0, le=1, description="of the scatter within subjects towards its diagonal")
    bound: float = Field(
        1.0, gt=0, description="of an embedding's length, by that which is expected: one that is longer is shortened"
    )
