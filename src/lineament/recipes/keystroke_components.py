"""The spec of what keystrokes are encoded by (see `lineament.recipes.components` for the others)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from lineament.recipes.components import ENCODINGS, Component, each_once

Latency = Literal["hold", "press_press", "release_press", "release_release", "press_release"]


@ENCODINGS.register("keystrokes")
class KeystrokeEncoding(Component):
    """A frame a key: how long it was held, how long after the key before it came, and which key it is.

    `features` are latencies in seconds, compressed:

    - ``hold``: from a key's press to its release.
    - ``press_press``, ``release_release``: from the key before to this one.
    - ``release_press``: from the release of the key before to this one's press (the flight; below zero where the two
      overlap).
    - ``press_release``: from the press of the key before to this one's release.
    """

    name: Literal["keystrokes"] = "keystrokes"
    paper: ClassVar[str] = (
        "Acien et al. 2021 (TypeNet: hold, flight, press and release latencies, key); the form is ours"
    )
    features: tuple[Latency, ...] = Field(("hold", "press_press", "release_press", "release_release"), min_length=1)
    key: bool = Field(True, description="whether a frame says which key it is, as a class number (0: not known)")
    compression_s: float | None = Field(
        0.1, gt=0, description="latencies become asinh(seconds / this): linear below, logarithmic above; none: seconds"
    )
    longest_s: float = Field(10.0, gt=0, allow_inf_nan=False, description="a longer latency is taken for this one")
    length: int | None = Field(
        None,
        ge=2,
        description="keys of a sample: the first of a longer one are taken, a shorter one is filled up in front, and "
        "a feature says which keys are there; where not given, as many as were typed",
    )
    phrase: tuple[Annotated[int, Field(ge=0, le=255)], ...] | None = Field(
        None, description="key codes of the one text that is typed: a sample of other keys is refused, as a mistake"
    )
    least: int = Field(2, ge=1, description="a sample of fewer keys is too short to say anything")

    _once = field_validator("features")(each_once)
