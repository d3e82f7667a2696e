"""The specs of what signatures are encoded and compared by (see `lineament.recipes.components` for the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from lineament.errors import RecipeError
from lineament.recipes.components import ENCODINGS, LOSSES, MATCH_RULES, NETWORKS, Component, each_once

SignatureFeatures = Literal[
    "path", "velocity", "speed", "direction", "acceleration", "curvature", "pressure", "pressure_change", "tilt", "down"
]


@ENCODINGS.register("signature")
class SignatureEncoding(Component):
    """A signature's course at a fixed number of points: where, how fast, how bent, how hard.

    `features` are concatenated in the order given:

    - ``path``: x and y from the middle of what is written, as shares of its size (root mean square).
    - ``velocity``: their change a second; ``acceleration``: the change of that a second.
    - ``speed``: logarithm of the speed in mm a second.
    - ``direction``: sine and cosine of the direction of movement.
    - ``curvature``: logarithm of the radius of the bend, in mm.
    - ``pressure``, ``pressure_change``: the share of the largest, and its change a second.
    - ``tilt``: altitude of the pen, and its azimuth from its mean, both in degrees.
    - ``down``: whether the pen touches.
    """

    name: Literal["signature"] = "signature"
    paper: ClassVar[str] = "000 §4 (dynamic signatures); function features as Fierrez et al. 2007"
    features: tuple[SignatureFeatures, ...] = Field(
        ("path", "velocity", "speed", "direction", "curvature", "pressure", "pressure_change"), min_length=1
    )
    length: int = Field(100, ge=8, description="points of the encoded signature, evenly spaced in time")
    pause_s: float = Field(0.1, gt=0, allow_inf_nan=False, description="a longer pause of the pen is cut to this")
    upright: bool = Field(False, description="turn the signature's longest axis level")
    within: bool = Field(
        True, description="take each feature to mean 0 and deviation 1 of the signature: its scale tells nothing"
    )

    _once = field_validator("features")(each_once)


@NETWORKS.register("frame_sequence")
class FrameSequence(Component):
    """The frames of a sequence, each weighted or embedded; all of them are the embedding, which `warping` compares."""

    name: Literal["frame_sequence"] = "frame_sequence"
    paper: ClassVar[str] = "000 §3 (recurrent networks on dynamic signatures); metric: ours, after Fisher 1936"
    metric: int | None = Field(
        None,
        ge=1,
        description="numbers a frame of a projection in closed form: the directions in which aligned frames of "
        "forgeries (else of the nearest subject) differ most, measured by how those of one subject do; none: all",
    )
    shrinkage: float = Field(0.1, ge=0, le=1, description="of the differences within subjects towards their diagonal")
    hidden: int = Field(
        0, ge=0, description="units of a gated recurrent layer in each direction; 0: none, as in plain warping"
    )
    learned: int = Field(12, ge=1, description="numbers that it adds to the features of a frame")
    dropout: float = Field(0.1, ge=0, lt=1, description="of its states")
    band: int = Field(15, ge=0, description="frames by which two sequences may run apart while `metric` is fitted")

    @model_validator(mode="after")
    def _one_way(self) -> FrameSequence:
        if self.hidden and self.metric:
            raise RecipeError("network frame_sequence: hidden or metric", "both", "leave one out")
        return self


@LOSSES.register("warped_triplet")
class WarpedTriplet(Component):
    """Triplets of sequences compared by warping: ratios of distances, soft margin, hardest negatives."""

    name: Literal["warped_triplet"] = "warped_triplet"
    paper: ClassVar[str] = "ours; soft margin as Hermans et al. 2017, alignment as Jiang et al. 2022 (hard, not soft)"
    points: int = Field(100, ge=2, description="frames of a sequence")
    band: int = Field(15, ge=0, description="frames by which two sequences may run apart")
    sharpness: float = Field(4.0, gt=0, description="of the soft margin, on logarithms of distances")
    margin: float = Field(0.1, ge=0, description="logarithm of the ratio that is asked for")
    negatives: int = Field(3, ge=1, description="of each anchor: the nearest of others, before warping")


@MATCH_RULES.register("warping")
class Warping(Component):
    """Dynamic time warping to each template, as a share of how far the subject's own templates lie apart."""

    name: Literal["warping"] = "warping"
    paper: ClassVar[str] = "Sakoe and Chiba 1978; own distances as Kholmatov and Yanikoglu 2005 (SVC2004's winner)"
    points: int = Field(100, ge=2, description="frames of a sequence: those of the encoding's `length`")
    band: int = Field(15, ge=0, description="frames by which two sequences may run apart")
    own: float = Field(
        1.0, ge=0, le=1, description="power of the subject's own distances that distances are divided by"
    )
