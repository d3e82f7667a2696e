"""The specs of networks of events, and of TypeNet and its loss (`lineament.recipes.components` has the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from lineament.recipes.components import LOSSES, NETWORKS, Component, Discriminant


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


@NETWORKS.register("typenet")
class TypeNet(Component):
    """Two layers of long short-term memory, each behind a batch normalisation; the last state is the embedding."""

    name: Literal["typenet"] = "typenet"
    paper: ClassVar[str] = "Acien et al. 2021"
    hidden: int = Field(128, ge=1)
    dropout: float = Field(0.5, ge=0, lt=1, description="between the layers; the published one within a layer is not")
    present: int | None = Field(
        None, ge=0, description="place of the feature that is 1 where there is an event, which is left out"
    )


@LOSSES.register("squared_triplet")
class SquaredTriplet(Component):
    """Triplets by the squared Euclidean distance of embeddings as they are: TypeNet's loss."""

    name: Literal["squared_triplet"] = "squared_triplet"
    paper: ClassVar[str] = "Acien et al. 2021"
    margin: float = Field(1.5, ge=0, description="the published alpha")


@NETWORKS.register("class_statistics")
class ClassStatistics(Component, Discriminant):
    """How a window's events differ from everybody's of their class and the class before, averaged and projected."""

    name: Literal["class_statistics"] = "class_statistics"
    paper: ClassVar[str] = "ours; shrunken means; projection as Prince and Elder 2007 (PLDA)"
    present: int | None = Field(
        None, ge=0, description="place of the feature that is 1 where there is an event; all frames are, if not given"
    )
    classes: int = Field(30, ge=1, description="the commonest classes, told apart; the others are taken as one")
    pairs: int = Field(150, ge=0, description="the commonest pairs of a class and the one before, averaged apart")
    prior: float = Field(1.0, gt=0, description="events at everybody's mean that are added to each mean of a window")
    population_prior: float = Field(20.0, gt=0, description="the same, to each of everybody's means of a pair")
    projection: Literal["lda", "plda", "within"] = "plda"
    shrinkage: float = Field(0.05, ge=0, le=1)
    shrinkage_target: Literal["identity", "diagonal"] = "diagonal"
    clip: float | None = Field(4.0, gt=0)
    dim: int | None = Field(200, ge=1)
