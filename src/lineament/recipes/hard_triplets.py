"""The specs of the losses in `lineament.objectives.hard_triplets` (`lineament.recipes.components` has the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import LOSSES, Component


@LOSSES.register("batch_hard_triplet")
class BatchHardTriplet(Component):
    """Each embedding with the farthest of its subject and the nearest of the others, mean over the batch."""

    name: Literal["batch_hard_triplet"] = "batch_hard_triplet"
    paper: ClassVar[str] = "003 §3.2.2; Hermans et al. 2017, eq. 5"
    margin: float = Field(0.2, ge=0, description="paper 003 leaves its margin unsaid")


@LOSSES.register("triplet_centre")
class TripletCentre(BatchHardTriplet):
    """Batch-hard triplets, and embeddings drawn to a centre learned for each subject."""

    name: Literal["triplet_centre"] = "triplet_centre"  # type: ignore[assignment]
    paper: ClassVar[str] = "003 Table 4; Wen et al. 2016, eq. 2"
    centre_weight: float = Field(0.01, ge=0, description="of the centre loss; paper 003 leaves it unsaid")
