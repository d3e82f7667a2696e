"""The course of a pen at even times, and what is read off it (formulas: Fierrez et al. 2007, in true units)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineament.signals import Sample

FloatArray = NDArray[np.float64]
SLOW_MM_S = 1.0
"""Below this speed a direction means nothing: it keeps logarithms and radii finite."""
SLOW_TURN = 0.1
"""Radians a second, for the same reason."""
SMOOTHING = np.array([0.25, 0.5, 0.25])
"""Weights of three neighbouring points by which the path is smoothed."""


@dataclass(frozen=True, eq=False)
class Course:
    """A signature at even times.

    Parameters
    ----------
    path : array (T, 2)
        Millimetres, smoothed, from the middle of what is written.
    velocity : array (T, 2)
        Millimetres a second.
    size : float
        Root mean square distance of the path from its middle, in mm.
    step : float
        Seconds from one point to the next.
    channels : dict
        The other channels, (T,) each.
    """

    path: FloatArray
    velocity: FloatArray
    size: float
    step: float
    channels: dict[str, FloatArray]

    @classmethod
    def of(cls, sample: Sample, length: int, pause_s: float, *, upright: bool) -> Course:
        """Return the course of a signature.

        Parameters
        ----------
        sample : Sample
            A signature.
        length : int
            Points, T.
        pause_s : float
            A longer pause between two points is cut to this many seconds.
        upright : bool
            Whether the longest axis is turned level.
        """
        clock = np.concatenate([[0.0], np.cumsum(np.minimum(np.diff(sample.times), pause_s))])
        later = np.concatenate([[True], np.diff(clock) > 0])
        even = np.linspace(0.0, clock[-1], length)
        channels = {
            name: np.interp(even, clock[later], column[later])
            for name, column in zip(sample.channels, _unwrapped(sample).T, strict=True)
        }
        path = np.stack([_smoothed(channels.pop("x")), _smoothed(channels.pop("y"))], axis=1)
        path -= path.mean(axis=0)
        if upright:
            path = _level(path)
        step = even[1]
        size = float(np.sqrt((path**2).sum(axis=1).mean()))
        return cls(path, np.gradient(path, step, axis=0), size, step, channels)

    @property
    def speed(self) -> FloatArray:
        """Millimetres a second, (T,)."""
        return np.asarray(np.linalg.norm(self.velocity, axis=1))

    def derivative(self, values: FloatArray) -> FloatArray:
        """Return the change a second of values (T, ...)."""
        return np.asarray(np.gradient(values, self.step, axis=0))


@dataclass(frozen=True)
class Feature:
    """Columns that belong together: their names, the channels they need, and how they are computed, (T, names)."""

    names: tuple[str, ...]
    channels: tuple[str, ...]
    of: Callable[[Course], FloatArray]


def _unwrapped(sample: Sample) -> FloatArray:
    """Return the values with an azimuth that does not jump by a whole turn."""
    values = sample.values.copy()
    if "azimuth" in sample.channels:
        place = sample.channels.index("azimuth")
        values[:, place] = np.rad2deg(np.unwrap(np.deg2rad(values[:, place])))
    return values


def _smoothed(values: FloatArray) -> FloatArray:
    return np.convolve(np.pad(values, 1, mode="edge"), SMOOTHING, mode="valid")


def _level(path: FloatArray) -> FloatArray:
    """Return a path whose longest axis lies level, turned by no more than a right angle."""
    _, axes = np.linalg.eigh(path.T @ path)
    longest = axes[:, -1] if axes[0, -1] >= 0 else -axes[:, -1]
    turn = np.array([[longest[0], -longest[1]], [longest[1], longest[0]]])
    return np.asarray(path @ turn)


def _relative(values: FloatArray, course: Course) -> FloatArray:
    return values / max(course.size, np.finfo(float).tiny)


def _direction(course: Course) -> FloatArray:
    speed = np.maximum(course.speed, SLOW_MM_S)[:, None]
    return (course.velocity / speed)[:, ::-1]


def _curvature(course: Course) -> FloatArray:
    """Return the logarithm of the radius of the bend: speed over turning speed."""
    turning = np.abs(course.derivative(np.unwrap(np.arctan2(course.velocity[:, 1], course.velocity[:, 0]))))
    return np.log((course.speed + SLOW_MM_S) / (turning + SLOW_TURN))[:, None]


def _tilt(course: Course) -> FloatArray:
    azimuth = course.channels["azimuth"]
    return np.stack([course.channels["altitude"], azimuth - azimuth.mean()], axis=1)


WAY = ("x", "y")
FEATURES: dict[str, Feature] = {
    "path": Feature(("path_x", "path_y"), WAY, lambda c: _relative(c.path, c)),
    "velocity": Feature(("velocity_x", "velocity_y"), WAY, lambda c: _relative(c.velocity, c)),
    "acceleration": Feature(
        ("acceleration_x", "acceleration_y"), WAY, lambda c: _relative(c.derivative(c.velocity), c)
    ),
    "speed": Feature(("speed",), WAY, lambda c: np.log(c.speed + SLOW_MM_S)[:, None]),
    "direction": Feature(("direction_sin", "direction_cos"), WAY, _direction),
    "curvature": Feature(("curvature",), WAY, _curvature),
    "pressure": Feature(("pressure",), ("pressure",), lambda c: c.channels["pressure"][:, None]),
    "pressure_change": Feature(
        ("pressure_change",), ("pressure",), lambda c: c.derivative(c.channels["pressure"])[:, None]
    ),
    "tilt": Feature(("altitude", "azimuth"), ("azimuth", "altitude"), _tilt),
    "down": Feature(("down",), ("down",), lambda c: c.channels["down"][:, None]),
}
