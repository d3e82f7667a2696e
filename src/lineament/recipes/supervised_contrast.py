"""The specs of the losses in `lineament.objectives.supervised_contrast` (`lineament.recipes.components` has others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import LOSSES, Component


@LOSSES.register("supcon")
class SupCon(Component):
    """Supervised contrast: each embedding's subject told from all others in the batch by softmax over cosines."""

    name: Literal["supcon"] = "supcon"
    paper: ClassVar[str] = "Khosla et al. 2020, eq. 2"
    temperature: float = Field(0.1, gt=0)


@LOSSES.register("supcon_softmax")
class SupConSoftmax(SupCon):
    """Supervised contrast, and softmax over the cosines to a proxy for each training subject."""

    name: Literal["supcon_softmax"] = "supcon_softmax"  # type: ignore[assignment]
    paper: ClassVar[str] = "Khosla et al. 2020, eq. 2; Zhai and Wu 2019"
    proxy_temperature: float = Field(0.07, gt=0)
    proxy_weight: float = Field(1.0, ge=0, description="of the softmax over proxies")
