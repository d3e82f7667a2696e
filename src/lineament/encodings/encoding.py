"""What every encoding has in common: from a sample of one modality to frames that a network takes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from lineament.encodings.normalisation import Normalisation
from lineament.encodings.segment import Segment
from lineament.errors import EncoderError
from lineament.recipes.components import Component
from lineament.recipes.recipe import parse
from lineament.signals import Sample

PRESENT = "present"
"""The feature that is 1 where there is an event, and 0 where a short sample was filled up; it is not normalised."""


class Encoding(ABC):
    """Base of every encoding.

    Attributes
    ----------
    modality : str
        Of the samples that it takes.
    spec_type : type
        Of its component.
    unit : str
        What time is counted in: ``s``, or the events that a sample is made of (``keys``, ``visits``), of which `fps` is
        then 1 and each segment's times are the numbers.
    normalises : bool
        Whether each number of a frame is taken to mean 0 and deviation 1 of the training frames (see `fit`). Where
        not, nothing is fitted.
    component : Component
        The spec that it was built from.
    shape : tuple of int
        Of one frame: (features,), or an image's (colours, height, width). A segment holds it flat.
    names : tuple of str
        A name for each feature, or for each colour of an image.
    categories : mapping
        Places of features that are class numbers (0: not known), with the number of classes; they are not normalised.
    channels : tuple of str
        The channels that a sample must have.
    fps : float
        Frames a second of what `encode` returns; 1 where frames are single captures without a clock.
    least : int
        Events of a sample, of fewer of which nothing is encoded.
    lost : int
        Frames lost at the beginning of each stretch.
    max_gap_s : float or None
        Seconds; a longer pause in a recording ends a stretch. None where samples are captures or events, not seconds.
    joins : bool
        Whether the stretches of a recording are joined, their seams marked.
    normalisation : Normalisation or None
        As fitted.
    """

    modality: ClassVar[str]
    spec_type: ClassVar[type[Component]]
    unit: ClassVar[str] = "s"
    normalises: ClassVar[bool] = True
    component: Component
    shape: tuple[int, ...]
    names: tuple[str, ...]
    channels: tuple[str, ...]
    categories: Mapping[int, int] = MappingProxyType({})
    fps: float = 1.0
    least: int = 1
    lost: int = 0
    max_gap_s: float | None = None
    joins: bool = False
    normalisation: Normalisation | None = None

    @abstractmethod
    def __init__(self, component: Any) -> None:
        """Take the spec of the encoding."""

    @property
    def inputs(self) -> int:
        """Numbers in a frame."""
        return math.prod(self.shape)

    @property
    def fitted(self) -> bool:
        """Whether it needs no `fit` any more."""
        return self.normalisation is not None or not self.normalises

    @abstractmethod
    def encode(self, sample: Sample) -> list[Segment]:
        """Return the stretches of a sample, normalised once fitted.

        Raises
        ------
        SignalError
            When it is of another modality, or lacks what is encoded.
        """

    def spec(self) -> dict[str, Any]:
        """Return all of it as JSON: at least ``spec``, the component's (see `from_spec`)."""
        fitted = None if self.normalisation is None else self.normalisation.as_dict()
        return {"spec": self.component.model_dump(mode="json"), "names": list(self.names), "normalisation": fitted}

    @classmethod
    def from_spec(cls, content: Any) -> Self:
        """Read it from `spec`'s JSON.

        Raises
        ------
        EncoderError
            When something is missing, or its features are no longer those that it was written with.
        RecipeError
            When a key or value of the spec is wrong.
        """
        if not isinstance(content, dict) or not {"spec", "normalisation"} <= set(content):
            raise EncoderError("encoding: a spec and a normalisation", "something else", "restore the encoder's folder")
        encoding = cls(parse(cls.spec_type, content["spec"], f"encoding {cls.modality}"))
        if list(encoding.names) != content.get("names", list(encoding.names)):
            raise EncoderError(
                f"encoding: the features {', '.join(encoding.names)}", f"{content['names']}", "train the encoder again"
            )
        if content["normalisation"] is not None:
            encoding.normalisation = Normalisation.from_dict(content["normalisation"], len(encoding.names))
        return encoding

    def unfitted(self) -> Self:
        """Return the same encoding, not fitted."""
        return type(self)(self.component)

    def copy(self) -> Self:
        """Return the same encoding, which can be fitted without changing this one."""
        other = self.unfitted()
        other.normalisation = self.normalisation
        return other

    def fit(self, samples: Iterable[Sample]) -> None:
        """Set the normalisation to the mean and standard deviation of these samples' frames, where it normalises.

        Raises
        ------
        SignalError
            When they have no frames.
        """
        plain = self.unfitted()
        self.fit_segments(segment for sample in samples for segment in plain.encode(sample))

    def fit_segments(self, segments: Iterable[Segment]) -> None:
        """Do the same with segments that are not normalised."""
        if self.normalises:
            fitted = Normalisation.fit(segment.values.astype(np.float64) for segment in segments)
            self.normalisation = fitted.sparing([*self.categories, *self.present])

    def normalised(self, segment: Segment) -> Segment:
        """Return a segment that is not normalised as a fitted encoding would have made it.

        What is missing (NaN: a latency before the first key, a frame that a short sample is filled up by) is at its
        mean, 0.
        """
        if self.normalisation is None:
            return segment
        values = self.normalisation.apply(segment.values.astype(np.float64))
        return replace(segment, values=np.nan_to_num(values).astype(np.float32))

    @property
    def present(self) -> list[int]:
        """Place of the feature `PRESENT`, where there is one."""
        return [place for place, name in enumerate(self.names) if name == PRESENT]
