"""The image encoding: an image becomes one frame of a size, a region and a contrast."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lineament.encodings.encoding import Encoding
from lineament.encodings.local_contrast import local_contrast
from lineament.encodings.regions import REGIONS, localise
from lineament.encodings.segment import Segment
from lineament.errors import EncoderError, RecipeError, SignalError
from lineament.recipes.image_components import ImageEncoding
from lineament.recipes.recipe import parse
from lineament.signals import Sample
from lineament.signals.image import CHANNELS, recoloured

FloatArray = NDArray[np.float64]
FLAT = 1e-6
"""A deviation below it is rounding: the image is one plain colour."""

IMAGENET = {3: ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), 1: ((0.449,), (0.226,))}
"""Means and deviations of the colours over ImageNet, as torchvision's weights expect them; of grey, theirs averaged."""


class ImageFrames(Encoding):
    """Encodes images as an `ImageEncoding` says; each image of a sample is one frame, and nothing is fitted.

    Parameters
    ----------
    component : ImageEncoding

    Raises
    ------
    RecipeError
        When there is no such region, or one is asked for in colour.

    Examples
    --------
    >>> from lineament.signals.image import image_sample
    >>> encoding = ImageFrames(ImageEncoding(height=20, width=30))
    >>> [segment] = encoding.encode(image_sample(np.eye(64)))
    >>> encoding.shape, segment.values.shape
    ((1, 20, 30), (1, 600))
    """

    modality = "image"
    spec_type = ImageEncoding
    unit = "images"
    normalises = False
    component: ImageEncoding
    shape: tuple[int, int, int]

    def __init__(self, component: ImageEncoding) -> None:
        self.component = component
        self.names = self.channels = CHANNELS[component.colours]
        self.shape = (len(self.names), component.height, component.width)
        if component.region != "none":
            REGIONS.get(component.region)
            if component.colours != "grey":
                raise RecipeError(f"region {component.region}: colours grey", component.colours, "localise in grey")

    def encode(self, sample: Sample) -> list[Segment]:
        """Return the images as the frames of one segment, each (colours, height, width) flattened.

        Raises
        ------
        SignalError
            When the sample is no image.
        AcquisitionError
            When the region cannot be found in it.
        """
        if sample.modality != "image":
            raise SignalError(f"{sample.source}: an image", sample.modality, "choose an encoding for this modality")
        values = recoloured(sample.values, self.component.colours)
        frames = [self.frame(image, sample.source).ravel() for image in values]
        return [Segment(np.array(frames, dtype=np.float32), sample.times, np.zeros(len(frames), dtype=bool))]

    def frame(self, image: FloatArray, source: str = "image") -> FloatArray:
        """Return one image (H, W, colours), 0 to 1, as what the network sees: (colours, height, width).

        Raises
        ------
        AcquisitionError
            When the region cannot be found in it.
        """
        spec = self.component
        size = spec.height, spec.width
        if spec.region != "none":
            return localise(spec.region, image[..., 0], size, source)[None]
        planes = np.stack([_resized(plane, size) for plane in np.moveaxis(_centre(image, spec.crop), -1, 0)])
        match spec.contrast:
            case "local":
                return np.stack([local_contrast(plane, spec.sigma * spec.width) for plane in planes])
            case "whole":
                deviation = planes.std(axis=(1, 2), keepdims=True)
                centred: FloatArray = planes - planes.mean(axis=(1, 2), keepdims=True)
                return centred / np.where(deviation > FLAT, deviation, 1.0)
            case "imagenet":
                means, deviations = (np.array(row)[:, None, None] for row in IMAGENET[len(planes)])
                scaled: FloatArray = (planes - means) / deviations
                return scaled
        return planes

    def spec(self) -> dict[str, Any]:
        """Return all of it as JSON (see `from_spec`)."""
        return {"spec": self.component.model_dump(mode="json")}

    @classmethod
    def from_spec(cls, content: Any) -> Self:
        """Read it from `spec`'s JSON.

        Raises
        ------
        EncoderError, RecipeError
            When the spec is missing, or a key or value of it is wrong.
        """
        if not isinstance(content, dict) or "spec" not in content:
            raise EncoderError("encoding: a spec", "something else", "restore the encoder's folder")
        return cls(parse(cls.spec_type, content["spec"], "encoding image"))


def _centre(image: FloatArray, share: float) -> FloatArray:
    """Return the middle of an image (H, W, colours), a share of each side."""
    if share == 1:
        return image
    height, width = (max(1, round(share * side)) for side in image.shape[:2])
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def _resized(plane: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Return a plane (H, W) at another size: linear interpolation, and averages where it shrinks."""
    if plane.shape == size:
        return plane
    picture = Image.fromarray(plane.astype(np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR), dtype=np.float64)
