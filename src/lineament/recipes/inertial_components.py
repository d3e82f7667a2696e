"""The specs of what inertial recordings are encoded and varied by, and of the networks and loss of Wang et al. 2020."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.augmentations import AUGMENTATIONS
from lineament.recipes.components import ENCODINGS, LOSSES, NETWORKS, Component, each_once

InertialFeatures = Literal["raw", "aligned", "changes", "upright", "magnitudes"]
Sensor = Literal["acc", "gyr"]


@ENCODINGS.register("inertial")
class InertialEncoding(Component):
    """Accelerations and turns of a body in motion, as recorded or seen against gravity.

    `features` are concatenated in the order given:

    - ``raw``: as recorded, gravity and the sensor's own offsets included: they tell how the sensor sat.
    - ``aligned``: turned so that y points up and x along the level part of the sensor's axis `level`; less the mean of
      the last `gravity_s`, so that neither gravity nor the sensor's offsets are left.
    - ``changes``: how far ``aligned`` has gone since the frame before.
    - ``upright``: of ``aligned`` the share along gravity, and the size of the rest: blind to how the sensor is turned.
    - ``magnitudes``: the size of accelerations (less that of gravity) and of turns: blind to any turn of the sensor.
    """

    name: Literal["inertial"] = "inertial"
    paper: ClassVar[str] = "000 (Wang et al. 2020); gravity by a running mean, Mizell 2003"
    features: tuple[InertialFeatures, ...] = Field(("aligned",), min_length=1)
    sensors: tuple[Sensor, ...] = Field(("acc", "gyr"), min_length=1, description="acc: always needed, for gravity")
    fps: float = Field(50.0, gt=0, allow_inf_nan=False, description="frames a second after resampling")
    max_gap_s: float = Field(
        0.5, gt=0, allow_inf_nan=False, description="a longer gap splits the recording; a shorter one is interpolated"
    )
    gravity_s: float = Field(
        3.0, gt=0, allow_inf_nan=False, description="seconds over which gravity is averaged; lost at the beginning"
    )

    level: Literal["x", "y", "z"] = Field("x", description="the sensor's axis that is not upright as it is worn")

    _once = field_validator("features", "sensors")(each_once)


@AUGMENTATIONS.register("inertial")
class InertialAugmentation(Component):
    """What is varied from one training window of inertial measurements to the next; each zero switches itself off."""

    name: Literal["inertial"] = "inertial"
    rotation_degrees: float = Field(
        0.0,
        ge=0,
        le=180,
        description="largest turn of the sensor: about gravity where aligned, about any axis where raw",
    )
    speed: float = Field(
        0.0, ge=0, lt=1, description="largest relative change of speed; accelerations go with its square"
    )
    scale: float = Field(0.0, ge=0, description="standard deviation of the logarithm by which a window is multiplied")
    noise: float = Field(0.0, ge=0, description="standard deviation of white noise on the normalised features")


@NETWORKS.register("lenet4")
class LeNet4(Component):
    """Two convolutions, each with pooling, and two full layers: the smallest network of Wang et al. 2020."""

    name: Literal["lenet4"] = "lenet4"
    paper: ClassVar[str] = "000 (Wang et al. 2020); LeCun et al. 1995, its layers along time"
    channels: tuple[int, int] = Field((4, 16), description="maps of the two convolutions")
    kernel: int = Field(5, ge=1)
    hidden: int = Field(120, ge=1, description="units of the first full layer")
    dim: int = Field(64, ge=1)


@NETWORKS.register("vgg8")
class Vgg8(Component):
    """Six convolutions of three, in pairs with pooling, and two full layers: the middle network of Wang et al. 2020."""

    name: Literal["vgg8"] = "vgg8"
    paper: ClassVar[str] = "000 (Wang et al. 2020); Simonyan and Zisserman 2015, its layers along time"
    channels: tuple[int, ...] = Field((64, 128, 256), min_length=1, description="of each pair of convolutions")
    hidden: int = Field(256, ge=1, description="units of the first full layer")
    dropout: float = Field(0.5, ge=0, lt=1, description="before the last layer")
    dim: int = Field(64, ge=1)


@NETWORKS.register("mobilenet_v2")
class MobileNetV2(Component):
    """Inverted residuals with depthwise convolutions, over images or along time: the largest of Wang et al. 2020."""

    name: Literal["mobilenet_v2"] = "mobilenet_v2"
    paper: ClassVar[str] = "000 (Wang et al. 2020), 001; Sandler et al. 2018, Table 2"
    width: float = Field(1.0, gt=0, le=2, description="multiplies the channels")
    dropout: float = Field(0.2, ge=0, lt=1, description="before the last layer")
    dim: int = Field(128, ge=1)


@LOSSES.register("contrastive_cross_entropy")
class ContrastiveCrossEntropy(Component):
    """Pairs drawn together or pushed beyond a margin, and a classifier of the training subjects beside them."""

    name: Literal["contrastive_cross_entropy"] = "contrastive_cross_entropy"
    paper: ClassVar[str] = "000 (Wang et al. 2020); Hadsell et al. 2006"
    margin: float = Field(1.5, gt=0)
    gamma: float = Field(0.1, ge=0, description="of the cross entropy (paper 000 does not say which part it weighs)")
