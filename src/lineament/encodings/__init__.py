"""How a sample becomes network input."""

from __future__ import annotations

from typing import Any

from lineament.encodings.encoding import Encoding
from lineament.encodings.image import ImageFrames
from lineament.encodings.inertial import InertialFrames
from lineament.encodings.keystrokes import KeystrokeFeatures
from lineament.encodings.motion import MotionFeatures
from lineament.encodings.mouse import MouseMovements
from lineament.encodings.segment import Segment
from lineament.encodings.signature import SignatureFrames
from lineament.encodings.visits import VisitClasses
from lineament.errors import EncoderError, RecipeError
from lineament.recipes.components import ENCODINGS, Component
from lineament.registry import Registry

__all__ = ["Encoding", "Segment", "build_encoding", "read_encoding"]

_KINDS: Registry[type[Encoding]] = Registry("encoding")
_KINDS.register("motion")(MotionFeatures)
_KINDS.register("image")(ImageFrames)
_KINDS.register("inertial")(InertialFrames)
_KINDS.register("keystrokes")(KeystrokeFeatures)
_KINDS.register("visits")(VisitClasses)
_KINDS.register("mouse")(MouseMovements)
_KINDS.register("signature")(SignatureFrames)


def build_encoding(spec: Component) -> Encoding:
    """Return the encoding that a spec describes, not fitted yet.

    Raises
    ------
    RecipeError
        When it is no encoding's spec, or its joints leave a feature set empty.

    Examples
    --------
    >>> from lineament.recipes.components import MotionEncoding
    >>> build_encoding(MotionEncoding()).shape
    (18,)
    """
    specs = [ENCODINGS.get(name) for name in ENCODINGS.names()]
    if type(spec) not in specs:
        known = ", ".join(kind.__name__ for kind in specs)
        raise RecipeError(f"encoding: one of {known}", type(spec).__name__, "pass recipe.encoding")
    return _KINDS.get(spec.name)(spec)


def read_encoding(content: Any) -> Encoding:
    """Return the encoding that `Encoding.spec` wrote as JSON.

    Raises
    ------
    EncoderError, RecipeError
        When it is damaged or not known here.
    """
    try:
        name = content["spec"]["name"]
    except (KeyError, TypeError) as error:
        raise EncoderError("encoding: a spec with a name", "something else", "restore the encoder's folder") from error
    return _KINDS.get(str(name)).from_spec(content)
