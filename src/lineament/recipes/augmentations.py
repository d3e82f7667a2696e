"""The specs of what is varied from one training sample to the next, one for each modality."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lineament.recipes.components import KINDS, Component
from lineament.registry import Registry

AUGMENTATIONS: Registry[type[Component]] = Registry("augmentation")
KINDS["augmentations"] = AUGMENTATIONS


@AUGMENTATIONS.register("motion")
class Augmentation(Component):
    """What is varied from one training window of motion to the next; each zero switches itself off."""

    name: Literal["motion"] = "motion"
    height_cm: float = Field(0.0, ge=0, description="standard deviation of a shift of the heights above the floor")
    scale: float = Field(0.0, ge=0, description="standard deviation of the logarithm of the body size")
    speed: float = Field(0.0, ge=0, lt=1, description="largest relative change of speed")
    noise: float = Field(0.0, ge=0, description="standard deviation of white noise on the normalised features")
    mask: float = Field(0.0, ge=0, lt=1, description="probability that a feature group is blanked in a window")


@AUGMENTATIONS.register("image")
class ImageAugmentation(Component):
    """What is varied from one training image to the next, after it was encoded; each zero switches itself off."""

    name: Literal["image"] = "image"
    paper: ClassVar[str] = "003 §3.1; ranges are ours"
    mirror_classes: bool = Field(
        False, description="add every subject's mirror images as a subject of its own (a left hand as a right one)"
    )
    rotation_degrees: float = Field(0.0, ge=0, le=180, description="largest turn, either way")
    shift: float = Field(0.0, ge=0, lt=1, description="largest shift, of the image's height and width")
    scale: float = Field(0.0, ge=0, lt=1, description="largest relative change of size")
    flip: float = Field(
        0.0,
        ge=0,
        le=1,
        description="probability that left and right are exchanged, the subject staying the same (paper 003 §4.2)",
    )
    elastic: float = Field(
        0.0, ge=0, lt=1, description="standard deviation of a smooth bending, of the image's height and width"
    )
    blur: float = Field(0.0, ge=0, description="largest standard deviation of a blur, pixels")
    gain: float = Field(0.0, ge=0, lt=1, description="largest relative change of all values")
    contrast: float = Field(0.0, ge=0, lt=1, description="largest relative change of what differs from an image's mean")
    noise: float = Field(0.0, ge=0, description="standard deviation of white noise, in units of the encoded image")
    cut_out: float = Field(
        0.0, ge=0, lt=1, description="largest share of the height and width of a rectangle that is blanked"
    )


@AUGMENTATIONS.register("noise")
class NoiseAugmentation(Component):
    """What is varied from one training window to the next of whatever was measured; each zero switches itself off."""

    name: Literal["noise"] = "noise"
    noise: float = Field(0.0, ge=0, description="standard deviation of white noise on the normalised features")
    shift: float = Field(
        0.0, ge=0, description="standard deviation of what is added to a feature throughout a window, normalised"
    )
    scale: float = Field(0.0, ge=0, description="standard deviation of the logarithm by which a window is multiplied")
    mask: float = Field(0.0, ge=0, lt=1, description="probability that a feature is blanked in a window")
    drop: float = Field(
        0.0, ge=0, lt=1, description="probability that a frame is blanked, its classes taken for unknown"
    )
