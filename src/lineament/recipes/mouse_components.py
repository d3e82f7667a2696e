"""The specs of what recognises people by their mouse: the encoding of movements, and the published network."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.components import ENCODINGS, Component

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

    @field_validator("features")
    @classmethod
    def _once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a value that is named twice."""
        if len(set(values)) < len(values):
            raise ValueError("each may be named once")
        return values
