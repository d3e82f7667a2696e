"""The specs of what recognises people by their mouse: the encoding of movements, and the published network."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator

from lineament.errors import RecipeError
from lineament.recipes.components import ENCODINGS, LOSSES, NETWORKS, Component, each_once

MouseFeatures = Literal["absolute", "steps", "log_steps", "timing", "speed", "turning", "change", "buttons"]


@ENCODINGS.register("mouse")
class MouseEncoding(Component):
    """Movements of the cursor, one a frame: how far, how fast, in which direction, and what the buttons did.

    A movement is the way from one event to the next that lies elsewhere; presses and releases at one place are told of
    by the movement that follows them. `features` are concatenated in the order given (px: pixels):

    - ``absolute``: |dx| and |dy|, px, as in the paper.
    - ``steps``: dx and dy, px.
    - ``log_steps``: sign(d) ln(1 + |d|) of both.
    - ``timing``: ln of the seconds since the movement before (0.5 ms at least, 10 s at most).
    - ``speed``: ln(1 + px a second), over the way and time of this movement and the one before.
    - ``turning``: cosine and sine of the turn since the movement before.
    - ``change``: ln of this movement's length over that of the one before.
    - ``buttons``: whether a button is held (a drag), whether one was pressed since the movement before, and released.
    """

    name: Literal["mouse"] = "mouse"
    paper: ClassVar[str] = "Antal, Fejér and Buza 2021 (absolute); the others are ours"
    features: tuple[MouseFeatures, ...] = Field(
        ("log_steps", "timing", "speed", "turning", "change", "buttons"), min_length=1
    )

    _once = field_validator("features")(each_once)


@NETWORKS.register("fcn")
class Fcn(Component):
    """Three convolutions along a window and the mean over it: no other layer, as published for mice."""

    name: Literal["fcn"] = "fcn"
    paper: ClassVar[str] = "Wang, Yan and Oates 2017; Antal, Fejér and Buza 2021"
    filters: tuple[PositiveInt, ...] = Field((128, 256, 128), min_length=1, description="the last is the embedding's")
    kernels: tuple[PositiveInt, ...] = Field((8, 5, 3), min_length=1)
    standardise: bool = Field(True, description="take all numbers of a window to mean 0 and deviation 1, as the paper")

    @model_validator(mode="after")
    def _check_kernels(self) -> Fcn:
        if len(self.kernels) != len(self.filters):
            raise RecipeError(
                f"network fcn: {len(self.filters)} kernels", str(len(self.kernels)), "give one for each convolution"
            )
        return self

    @property
    def dim(self) -> int:
        """Size of an embedding."""
        return self.filters[-1]


@LOSSES.register("linear_softmax")
class LinearSoftmax(Component):
    """Cross entropy of a linear layer on the embedding, a class for each training subject; the layer is not kept."""

    name: Literal["linear_softmax"] = "linear_softmax"
    paper: ClassVar[str] = "Antal, Fejér and Buza 2021 (features are what the last layer before it gives)"
