"""The spec of the loss in `lineament.objectives.supervised_contrast` (`lineament.recipes.components` has others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import LOSSES, Component


@LOSSES.register("supcon_softmax")
class SupConSoftmax(Component):
    """Supervised contrast within the batch, and softmax over the cosines to a proxy for each training subject."""

    name: Literal["supcon_softmax"] = "supcon_softmax"
    paper: ClassVar[str] = "Khosla et al. 2020, eq. 2; Zhai and Wu 2019"
    temperature: float = Field(0.1, gt=0)
    proxy_temperature: float = Field(0.07, gt=0)
    proxy_weight: float = Field(1.0, ge=0, description="of the softmax over proxies")
