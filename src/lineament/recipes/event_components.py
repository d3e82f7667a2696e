"""The spec of the network in `lineament.networks.event_conv` (`lineament.recipes.components` has the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from lineament.recipes.components import NETWORKS, Component


@NETWORKS.register("event_conv")
class EventConv(Component):
    """Convolutions over a window's events, pooled as a whole and by the kinds of events."""

    name: Literal["event_conv"] = "event_conv"
    paper: ClassVar[str] = "ours; attentive statistics after Okabe et al. 2018"
    channels: int = Field(96, ge=1, description="a multiple of heads")
    kernel: int = Field(3, ge=1, description="an odd number of events")
    dilations: tuple[int, ...] = Field((1, 2, 4, 8), description="one residual block each")
    dropout: float = Field(0.15, ge=0, lt=1, description="of whole channels of a window")
    category_dim: int = Field(24, ge=1, description="size of the vector learned for each class of an event (its key)")
    present: int | None = Field(
        None, ge=0, description="place of the feature that is 1 where there is an event; all frames are, if not given"
    )
    heads: int = Field(8, ge=1, description="attentions, each of its share of the channels: mean and deviation")
    kinds: int = Field(32, ge=0, description="kinds of events, learned, whose means are taken apart")
    kind_channels: int = Field(8, ge=1, description="numbers of each kind's mean")
    dim: int = Field(192, ge=1)

    @model_validator(mode="after")
    def _check_sizes(self) -> EventConv:
        if self.channels % self.heads:
            raise ValueError(f"channels must be a multiple of the {self.heads} heads")
        if self.kernel % 2 == 0:
            raise ValueError("kernel must be odd")
        return self
