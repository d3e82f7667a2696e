"""The spec of the network that compares events place by place (see `lineament.recipes.components` for the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.components import NETWORKS, Component


@NETWORKS.register("aligned_events")
class AlignedEvents(Component):
    """Convolutions over a window's events that keep their places: for what everybody does in the same order."""

    name: Literal["aligned_events"] = "aligned_events"
    paper: ClassVar[str] = "ours"
    channels: int = Field(64, ge=1)
    kernel: int = Field(3, ge=1, description="an odd number of events")
    dilations: tuple[int, ...] = Field((1, 2), description="one residual block each")
    dropout: float = Field(0.1, ge=0, lt=1, description="of whole channels of a window")
    category_dim: int = Field(16, ge=1, description="size of the vector learned for each class of an event (its key)")
    present: int | None = Field(
        None, ge=0, description="place of the feature that is 1 where there is an event; all frames are, if not given"
    )
    place_dim: int = Field(8, ge=1, description="numbers of the embedding for each place")
    whole_dim: int = Field(32, ge=0, description="further numbers, of means over all events")

    @field_validator("kernel")
    @classmethod
    def _odd(cls, value: int) -> int:
        """Refuse a kernel without a middle."""
        if value % 2 == 0:
            raise ValueError("an odd number")
        return value
