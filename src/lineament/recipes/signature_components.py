"""The specs of what signatures are encoded and compared by (see `lineament.recipes.components` for the others)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.components import ENCODINGS, Component

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

    @field_validator("features")
    @classmethod
    def _once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a feature that is named twice."""
        if len(set(values)) < len(values):
            raise ValueError("each may be named once")
        return values
