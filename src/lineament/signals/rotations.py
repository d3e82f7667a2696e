"""Rotations as arrays of quaternions (..., 4) in the order x, y, z, w, for the axes X right, Y up, Z forward.

The algebra is Hamilton's; it reads the same in left- and right-handed axes. Composition is written as for matrices:
``multiply(a, b)`` turns first by ``b``, then by ``a``. In the canonical axes a positive yaw turns forward (Z) towards
right (X), a positive pitch lowers the gaze, a positive roll turns right (X) towards up (Y), as in Unity.
NaN (not tracked) goes through every function as NaN, without a warning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

RIGHT, UP, FORWARD = np.eye(3)
IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])
VERTICAL = 0.01
"""A gaze whose horizontal part is shorter than this (0.57 degrees from the vertical) has no heading of its own."""


def normalise(q: ArrayLike) -> FloatArray:
    """Return quaternions of unit norm, shape (..., 4); one of norm zero is no rotation and becomes NaN.

    Examples
    --------
    >>> normalise([0, 0, 0, 2])
    array([0., 0., 0., 1.])
    """
    q = np.asarray(q, dtype=np.float64)
    norm = np.linalg.norm(q, axis=-1, keepdims=True)
    return q / np.where(norm > 0, norm, np.nan)


def multiply(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Return the Hamilton products ``a * b`` of quaternions that broadcast, shape (..., 4): first b, then a."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    ax, ay, az, aw = np.moveaxis(a, -1, 0)
    bx, by, bz, bw = np.moveaxis(b, -1, 0)
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return out


def inverse(q: ArrayLike) -> FloatArray:
    """Return the inverses (conjugates) of unit quaternions, shape (..., 4)."""
    conjugate: FloatArray = np.asarray(q, dtype=np.float64) * np.array([-1.0, -1.0, -1.0, 1.0])
    return conjugate


def rotate(q: ArrayLike, v: ArrayLike) -> FloatArray:
    """Return vectors turned by unit quaternions, shape (..., 3); the two broadcast.

    Examples
    --------
    >>> rotate(from_yaw(np.pi / 2), FORWARD).round(12) + 0.0
    array([1., 0., 0.])
    """
    q, v = np.asarray(q, dtype=np.float64), np.asarray(v, dtype=np.float64)
    twice = 2.0 * np.cross(q[..., :3], v)
    return v + q[..., 3:] * twice + np.cross(q[..., :3], twice)


def canonicalise(q: ArrayLike) -> FloatArray:
    """Return of each pair q, -q (one and the same rotation) the one with w > 0, shape (..., 4).

    Where w is exactly 0, the first of x, y, z that is not 0 is made positive: multiplying by the sign of w, as the
    motion-learning-toolbox does, would make such a half turn 0 or NaN.

    Examples
    --------
    >>> canonicalise([[0.6, 0, 0, -0.8], [0, -1, 0, 0]])
    array([[-0.6, -0. , -0. ,  0.8],
           [-0. ,  1. , -0. , -0. ]])
    """
    q = np.asarray(q, dtype=np.float64)
    sign = np.sign(q[..., 3])
    for axis in range(3):
        sign = np.where(sign == 0, np.sign(q[..., axis]), sign)
    return q * np.where(sign == 0, 1.0, sign)[..., None]


def delta(q: ArrayLike, lag: int = 1) -> FloatArray:
    """Return the turns ``q[t-lag]^-1 * q[t]`` in the turning body's own frame, canonical, shape (T - lag, 4).

    Parameters
    ----------
    q : array (T, ..., 4)
        Unit quaternions, frame after frame.
    lag : int
        Frames between the two.
    """
    q = np.asarray(q, dtype=np.float64)
    return canonicalise(multiply(inverse(q[: max(len(q) - lag, 0)]), q[lag:]))


def to_rotation_vector(q: ArrayLike) -> FloatArray:
    """Return axis times angle in radians (at most pi), shape (..., 3): the logarithm of unit quaternions."""
    q = canonicalise(q)
    sine = np.linalg.norm(q[..., :3], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., 3:])
    return q[..., :3] * np.where(sine > 0, angle / np.where(sine > 0, sine, 1.0), 2.0)


def from_axis(axis: ArrayLike, angle: ArrayLike) -> FloatArray:
    """Return the turns by ``angle`` (...) radians about a unit ``axis`` (3,) or (..., 3), shape (..., 4)."""
    half = np.asarray(angle, dtype=np.float64)[..., None] / 2.0
    turned = np.sin(half) * np.asarray(axis, dtype=np.float64)
    return np.concatenate([turned, np.broadcast_to(np.cos(half), (*turned.shape[:-1], 1))], axis=-1)


def from_yaw(yaw: ArrayLike) -> FloatArray:
    """Return the turns about Y (up) by ``yaw`` (...) radians, forward towards right, shape (..., 4)."""
    return from_axis(UP, yaw)


def yaw_about_up(q: ArrayLike) -> FloatArray:
    """Return the heading of the gaze in radians, in [-pi, pi], shape (...): 0 is Z, pi/2 is X.

    Closed form: ``atan2(f_x, f_z)`` of the gaze ``f = q Z q^-1``; no arccos, no sign to get wrong.
    Where the gaze is vertical (see `VERTICAL`) it has no heading, and the crown of the head tells it: looking straight
    down, the crown points where the body faces; looking straight up, the opposite way. That needs no earlier frame
    and turns with the scene, so that encodings stay invariant to yaw; for a head without roll it is continuous.

    Examples
    --------
    >>> yaw_about_up(from_yaw([0.5, -3.0]))
    array([ 0.5, -3. ])
    """
    q = np.asarray(q, dtype=np.float64)
    gaze = rotate(q, FORWARD)
    vertical = np.hypot(gaze[..., 0], gaze[..., 2]) < VERTICAL
    if vertical.any():
        crown = rotate(q, UP) * -np.sign(gaze[..., 1:2])
        gaze = np.where(vertical[..., None], crown, gaze)
    yaw: FloatArray = np.arctan2(gaze[..., 0], gaze[..., 2])
    return yaw


def slerp(start: ArrayLike, end: ArrayLike, fraction: ArrayLike) -> FloatArray:
    """Return the rotations at ``fraction`` (...) of the shorter way from ``start`` to ``end``, shape (..., 4).

    Spherical linear interpolation (Shoemake 1985). Exactly opposite rotations (180 degrees apart) have two shorter
    ways; one of them is taken.

    Parameters
    ----------
    start, end : array (..., 4)
        Unit quaternions.
    fraction : array (...)
        0 is `start`, 1 is `end`.
    """
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    t = np.asarray(fraction, dtype=np.float64)[..., None]
    b = np.where(np.sum(a * b, axis=-1, keepdims=True) < 0, -b, b)
    between = np.linalg.norm(b - a, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(between, np.linalg.norm(b + a, axis=-1, keepdims=True))
    # sin(t angle) / sin(angle), with its limit t where the two rotations are one
    sine = np.sin(angle)
    near = sine < 1e-9
    sine = np.where(near, 1.0, sine)
    first = np.where(near, 1.0 - t, np.sin((1.0 - t) * angle) / sine)
    second = np.where(near, t, np.sin(t * angle) / sine)
    return normalise(first * a + second * b)


def from_euler_zxy_degrees(angles: ArrayLike) -> FloatArray:
    """Return the rotations of Unity's Euler angles, shape (..., 4): first about Z, then X, then Y (fixed axes).

    ``q = q_y * q_x * q_z``.

    Parameters
    ----------
    angles : array (..., 3)
        Degrees about x (pitch), y (yaw), z (roll), in this order, as Unity shows them.
    """
    x, y, z = np.moveaxis(np.radians(np.asarray(angles, dtype=np.float64)), -1, 0)
    return multiply(from_axis(UP, y), multiply(from_axis(RIGHT, x), from_axis(FORWARD, z)))
