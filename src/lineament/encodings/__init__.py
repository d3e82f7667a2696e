"""How a sample becomes network input."""

from __future__ import annotations

from typing import Any

from lineament.encodings.motion import Encoding
from lineament.encodings.segment import Segment
from lineament.errors import EncoderError, RecipeError
from lineament.recipes.components import Component, MotionEncoding
from lineament.registry import Registry

__all__ = ["Encoding", "Segment", "build_encoding", "read_encoding"]

_KINDS: Registry[type[Encoding]] = Registry("encoding")
_KINDS.register("motion")(Encoding)


def build_encoding(spec: Component) -> Encoding:
    """Return the encoding that a spec describes, not fitted yet.

    Raises
    ------
    RecipeError
        When it is no encoding's spec, or its joints leave a feature set empty.

    Examples
    --------
    >>> len(build_encoding(MotionEncoding()).names)
    18
    """
    if not isinstance(spec, MotionEncoding):
        raise RecipeError("encoding: a MotionEncoding", type(spec).__name__, "pass recipe.encoding")
    return Encoding(spec)


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
