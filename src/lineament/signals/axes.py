"""Axis conventions by name: "RUF" is X right, Y up, Z forward; the canonical one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineament.errors import SignalError

FloatArray = NDArray[np.float64]

CANONICAL_AXES = "RUF"
CENTIMETRES = {"cm": 1.0, "mm": 0.1, "dm": 10.0, "m": 100.0, "in": 2.54, "ft": 30.48}
_DIRECTIONS = {
    "R": (1.0, 0.0, 0.0),
    "L": (-1.0, 0.0, 0.0),
    "U": (0.0, 1.0, 0.0),
    "D": (0.0, -1.0, 0.0),
    "F": (0.0, 0.0, 1.0),
    "B": (0.0, 0.0, -1.0),
}


def axes_matrix(axes: str) -> FloatArray:
    """Return the matrix (3, 3) that takes coordinates in the axes called ``axes`` to the canonical ones.

    Parameters
    ----------
    axes : str
        Where x, y and z point, each one of R(ight), L(eft), U(p), D(own), F(orward), B(ackward): "RUB" for OpenVR,
        OpenXR and WebXR, "RUF" for Unity, "FRU" for Unreal.

    Raises
    ------
    SignalError
        When the three letters are not one of each pair.

    Examples
    --------
    >>> axes_matrix("RUB").diagonal()
    array([ 1.,  1., -1.])
    """
    letters = axes.upper()
    pairs = {"R": "x", "L": "x", "U": "y", "D": "y", "F": "z", "B": "z"}
    if len(letters) != 3 or {pairs.get(letter) for letter in letters} != {"x", "y", "z"}:
        raise SignalError(
            "axes: three letters, one of R/L, one of U/D, one of F/B", repr(axes), "name them like RUF (Unity) or RUB"
        )
    return np.array([_DIRECTIONS[letter] for letter in letters]).T


def axes_names() -> tuple[str, ...]:
    """Return the names of all 48 conventions.

    Examples
    --------
    >>> len(axes_names())
    48
    """
    from itertools import permutations, product

    return tuple("".join(order) for letters in product("RL", "UD", "FB") for order in permutations(letters))


def is_left_handed(axes: str) -> bool:
    """Return whether a convention is left-handed.

    Examples
    --------
    >>> is_left_handed("RUF"), is_left_handed("RUB")
    (True, False)
    """
    return bool(np.linalg.det(axes_matrix(axes)) > 0)


def convert_positions(positions: ArrayLike, axes: str) -> FloatArray:
    """Return positions (..., 3) measured in the axes called ``axes`` in the canonical ones."""
    converted: FloatArray = np.asarray(positions, dtype=np.float64) @ axes_matrix(axes).T
    return converted


def convert_rotations(rotations: ArrayLike, axes: str) -> FloatArray:
    """Return quaternions (..., 4) x, y, z, w given in the axes called ``axes`` in the canonical ones.

    With M the matrix of the axes, R becomes M R M^T: the vector part is turned by M and, where M mirrors, negated.

    Examples
    --------
    >>> convert_rotations([0.1, 0.2, 0.3, 0.9], "RUB")
    array([-0.1, -0.2,  0.3,  0.9])
    """
    matrix, rotations = axes_matrix(axes), np.asarray(rotations, dtype=np.float64)
    vector = np.linalg.det(matrix).round() * rotations[..., :3] @ matrix.T
    return np.concatenate([vector, rotations[..., 3:]], axis=-1)
